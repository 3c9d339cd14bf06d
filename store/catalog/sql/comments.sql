-- Of relations and columns, functions and types; not those of Postgres itself.
-- An attribute of a composite type is a column of the relation behind it, and
-- is given as the type's.
select case when c.relkind = 'c' then 'pg_type' else k.relname::text end,
       case when c.relkind = 'c' then c.reltype else d.objoid end::int8,
       d.objsubid, d.description
from pg_catalog.pg_description d
join pg_catalog.pg_class k on k.oid = d.classoid
left join pg_catalog.pg_class c on c.oid = d.objoid and d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass
where d.classoid in ('pg_catalog.pg_class'::pg_catalog.regclass, 'pg_catalog.pg_proc'::pg_catalog.regclass, 'pg_catalog.pg_type'::pg_catalog.regclass)
  and d.objoid >= 16384
