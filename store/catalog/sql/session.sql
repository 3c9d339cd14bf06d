select session_user::text, pg_catalog.current_database()::text,
       (select pg_catalog.pg_get_userbyid(d.datdba)::text from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()),
       (select coalesce(d.datacl, pg_catalog.acldefault('d', d.datdba))::text[] from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()),
       -- What a session begins with: the transaction that reads this has another.
       (select s.reset_val from pg_catalog.pg_settings s where s.name = 'search_path'),
       pg_catalog.current_setting('server_version_num')::int4,
       pg_catalog.current_setting('server_encoding'),
       (select s.reset_val::int8 from pg_catalog.pg_settings s where s.name = 'statement_timeout'),
       (select coalesce(pg_catalog.array_agg(s.name), '{}') from pg_catalog.pg_settings s where s.context <> 'user')
