with operators as (
  -- The default btree operators and their schema, by the type that they take,
  -- where they have the names that statements write: hstore's have not.
  select o.oid, o.opcintype, f.nspname
  from pg_catalog.pg_opclass o
  join pg_catalog.pg_am m on m.oid = o.opcmethod
  join pg_catalog.pg_amop s on s.amopfamily = o.opcfamily and s.amopstrategy in (1, 3, 5)
    and s.amoplefttype = o.opcintype and s.amoprighttype = o.opcintype
  join pg_catalog.pg_operator p on p.oid = s.amopopr and p.oprname in ('<', '=', '>')
  join pg_catalog.pg_namespace f on f.oid = p.oprnamespace
  where m.amname = 'btree' and o.opcdefault
  group by o.oid, o.opcintype, f.nspname
  having pg_catalog.count(*) = 3
), ordered as (
  -- The type's own before those of a type that it is cast to without a change
  -- of its bytes.
  select distinct on (u.typ) u.typ, u.nspname
  from (
    select o.opcintype as typ, o.nspname, 0 as far, o.oid from operators o
    union all
    select c.castsource, o.nspname, 1, o.oid
    from operators o
    join pg_catalog.pg_cast c on c.casttarget = o.opcintype and c.castmethod = 'b' and c.castcontext = 'i'
  ) u
  order by u.typ, u.far, u.oid
), enums as (
  select e.enumtypid, pg_catalog.array_agg(e.enumlabel::text order by e.enumsortorder) as labels
  from pg_catalog.pg_enum e
  group by e.enumtypid
)
select t.oid::int8, n.nspname::text, t.typname::text, pg_catalog.format_type(t.oid, null),
       t.typtype::text,
       case when e.typarray = t.oid then e.oid else 0 end::int8,
       t.typbasetype::int8, t.typtypmod, t.typnotnull, t.typdefault is not null,
       -- The subtype of a range, and the range of a multirange.
       coalesce(r.rngsubtype, m.rngtypid, 0)::int8,
       coalesce(x.extname::text, ''),
       coalesce(o.nspname::text, ''),
       t.typsend = 0 or t.typreceive = 0,
       coalesce(l.labels, '{}')
from pg_catalog.pg_type t
join pg_catalog.pg_namespace n on n.oid = t.typnamespace
left join pg_catalog.pg_class c on c.oid = t.typrelid
left join pg_catalog.pg_type e on e.oid = t.typelem
left join pg_catalog.pg_class ec on ec.oid = e.typrelid
left join pg_catalog.pg_range r on r.rngtypid = t.oid
left join pg_catalog.pg_range m on m.rngmultitypid = t.oid
left join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass and d.objid = t.oid
  and d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass and d.deptype = 'e'
left join pg_catalog.pg_extension x on x.oid = d.refobjid
left join ordered o on o.typ = t.oid
left join enums l on l.enumtypid = t.oid
where t.typtype <> 'p'
  -- The rows of relations and arrays of them are no types of their own.
  and (t.typrelid = 0 or c.relkind = 'c')
  and (t.typcategory <> 'A' or ec.oid is null or ec.relkind = 'c')
