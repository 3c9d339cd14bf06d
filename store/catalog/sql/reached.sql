-- The functions that a statement on a relation runs: in its policies, triggers,
-- rules (a view's own query), defaults and checks. Reads run no triggers,
-- defaults and checks.
select u.relation::int8, d.refobjid::int8, pg_catalog.bool_or(u.reads)
from (
  select 'pg_catalog.pg_policy'::pg_catalog.regclass as catalog, p.oid, p.polrelid as relation, true as reads from pg_catalog.pg_policy p
  union all
  select 'pg_catalog.pg_trigger'::pg_catalog.regclass, t.oid, t.tgrelid, false from pg_catalog.pg_trigger t where not t.tgisinternal
  union all
  select 'pg_catalog.pg_rewrite'::pg_catalog.regclass, r.oid, r.ev_class, true from pg_catalog.pg_rewrite r
  union all
  select 'pg_catalog.pg_attrdef'::pg_catalog.regclass, a.oid, a.adrelid, false from pg_catalog.pg_attrdef a
  union all
  select 'pg_catalog.pg_constraint'::pg_catalog.regclass, k.oid, k.conrelid, false from pg_catalog.pg_constraint k where k.contype = 'c'
) u
join pg_catalog.pg_depend d on d.classid = u.catalog and d.objid = u.oid
  and d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass
group by 1, 2
order by 1, 2
