-- An extension's functions are its own business, and those that make values of
-- a range type are that type's.
select p.oid::int8, n.nspname::text, p.proname::text, pg_catalog.pg_get_userbyid(p.proowner)::text,
       p.prokind::text, p.provolatile::text, p.proisstrict, p.prosecdef,
       p.proretset, p.prorettype::int8, pg_catalog.format_type(p.prorettype, null),
       p.pronargdefaults,
       coalesce(p.proallargtypes::int8[], p.proargtypes::int8[]),
       (select coalesce(pg_catalog.array_agg(pg_catalog.format_type(u.typ, null) order by u.ord), '{}')
        from pg_catalog.unnest(coalesce(p.proallargtypes, p.proargtypes::oid[])) with ordinality as u (typ, ord)),
       coalesce(p.proargmodes::text[], '{}'), coalesce(p.proargnames, '{}'),
       coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))::text[], coalesce(p.proconfig, '{}'),
       l.lanname::text,
       case when l.lanname not in ('c', 'internal') then coalesce(pg_catalog.pg_get_function_sqlbody(p.oid), p.prosrc) else '' end
from pg_catalog.pg_proc p
join pg_catalog.pg_language l on l.oid = p.prolang
join pg_catalog.pg_namespace n on n.oid = p.pronamespace
where n.nspname <> 'information_schema'
  and n.nspname !~ '^pg_'
  and not exists (
    select from pg_catalog.pg_depend d
    where d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.objid = p.oid
      and (d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass and d.deptype = 'e'
        or d.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass and d.deptype = 'i')
  )
