-- Since PostgreSQL 18 a NOT NULL may be NOT VALID: the column has NULLs still.
select a.attrelid::int8, a.attnum, a.attname::text, a.atttypid::int8, a.atttypmod,
       pg_catalog.format_type(a.atttypid, a.atttypmod),
       a.attnotnull and k.oid is null, a.atthasdef, a.attidentity::text, a.attgenerated::text,
       coalesce(a.attacl::text[], '{}')
from pg_catalog.pg_attribute a
join pg_catalog.pg_class c on c.oid = a.attrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
left join pg_catalog.pg_constraint k on k.conrelid = a.attrelid and k.conkey = array[a.attnum]
  and k.contype = 'n' and not k.convalidated
where c.relkind in ('r', 'p', 'v', 'm', 'f')
  and n.nspname <> 'information_schema'
  and n.nspname !~ '^pg_'
  and a.attnum > 0
  and not a.attisdropped
order by a.attrelid, a.attnum
