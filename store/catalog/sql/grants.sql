-- What each of the roles in $1 may do with each relation. Privileges are NULL
-- for a relation that was dropped after the snapshot was taken.
select c.oid::int8, r.role,
       coalesce(pg_catalog.has_table_privilege(r.role, c.oid, 'SELECT'), false),
       coalesce(pg_catalog.has_table_privilege(r.role, c.oid, 'INSERT'), false),
       coalesce(pg_catalog.has_table_privilege(r.role, c.oid, 'UPDATE'), false),
       coalesce(pg_catalog.has_table_privilege(r.role, c.oid, 'DELETE'), false),
       -- Grants on columns, looked up only where there are some.
       coalesce(k.selected, '{}'), coalesce(k.inserted, '{}'), coalesce(k.updated, '{}')
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
cross join pg_catalog.unnest($1::text[]) as r (role)
left join (
  select a.attrelid, g.role,
         pg_catalog.array_agg(a.attnum) filter (where pg_catalog.has_column_privilege(g.role, a.attrelid, a.attnum, 'SELECT')) as selected,
         pg_catalog.array_agg(a.attnum) filter (where pg_catalog.has_column_privilege(g.role, a.attrelid, a.attnum, 'INSERT')) as inserted,
         pg_catalog.array_agg(a.attnum) filter (where pg_catalog.has_column_privilege(g.role, a.attrelid, a.attnum, 'UPDATE')) as updated
  from pg_catalog.pg_attribute a
  cross join pg_catalog.unnest($1::text[]) as g (role)
  where a.attacl is not null and a.attnum > 0 and not a.attisdropped
  group by a.attrelid, g.role
) k on k.attrelid = c.oid and k.role = r.role
where c.relkind in ('r', 'p', 'v', 'm', 'f')
  and n.nspname = any ($2::text[])
  and pg_catalog.has_schema_privilege(r.role, n.oid, 'USAGE')
