-- What the rules of relations read and write; a view's SELECT is one of them, by
-- the name of _RETURN.
select distinct r.ev_class::int8, r.rulename::text, d.refobjid::int8
from pg_catalog.pg_rewrite r
join pg_catalog.pg_class c on c.oid = r.ev_class
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass and d.objid = r.oid
  and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
where n.nspname <> 'information_schema'
  and n.nspname !~ '^pg_'
  -- A rule depends on its own relation, too; only a view has one that it reads.
  and d.refobjid <> r.ev_class
order by 1, 2, 3
