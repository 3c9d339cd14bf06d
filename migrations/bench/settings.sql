-- What rowgate sends, with one user's values in place of parameters. For pgbench.
select where pg_catalog.set_config('role', 'authenticated', true) is not null
 and pg_catalog.set_config('request.jwt.claims', '{"aud":"authenticated","exp":1999999999,"iat":1699999999,"role":"authenticated","sub":"{user}"}', true) is not null
 and pg_catalog.set_config('request.jwt.claim.sub', '{user}', true) is not null
 and pg_catalog.set_config('request.jwt.claim.role', 'authenticated', true) is not null
 and pg_catalog.set_config('request.jwt.claim.email', '', true) is not null
 and pg_catalog.set_config('request.method', 'POST', true) is not null
 and pg_catalog.set_config('request.path', '/app.v1.ItemService/GetItem', true) is not null
 and pg_catalog.set_config('statement_timeout', '8000', true) is not null
 and pg_catalog.set_config('transaction_read_only', 'on', true) is not null;
