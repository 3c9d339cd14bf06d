select p.oid::int8, pg_catalog.array_agg(r.role order by r.ord)
from pg_catalog.pg_proc p
join pg_catalog.pg_namespace n on n.oid = p.pronamespace
cross join pg_catalog.unnest($1::text[]) with ordinality as r (role, ord)
where n.nspname = any ($2::text[])
  and pg_catalog.has_schema_privilege(r.role, n.oid, 'USAGE')
  and pg_catalog.has_function_privilege(r.role, p.oid, 'EXECUTE')
group by p.oid
