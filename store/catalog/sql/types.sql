select t.oid::int8, n.nspname::text, t.typname::text, pg_catalog.format_type(t.oid, null),
       t.typtype::text, t.typcategory::text,
       coalesce((select e.oid::int8 from pg_catalog.pg_type e where e.oid = t.typelem and e.typarray = t.oid), 0),
       t.typbasetype::int8, t.typtypmod, t.typnotnull,
       -- The schema of the default btree operators, of the type itself before
       -- those of a type that it is cast to without a change of its bytes.
       coalesce((
         select f.nspname::text
         from pg_catalog.pg_opclass o
         join pg_catalog.pg_am m on m.oid = o.opcmethod
         join pg_catalog.pg_amop s on s.amopfamily = o.opcfamily and s.amopstrategy = 3
           and s.amoplefttype = o.opcintype and s.amoprighttype = o.opcintype
         join pg_catalog.pg_operator p on p.oid = s.amopopr
         join pg_catalog.pg_namespace f on f.oid = p.oprnamespace
         where m.amname = 'btree' and o.opcdefault and (o.opcintype = t.oid or exists (
           select from pg_catalog.pg_cast c
           where c.castsource = t.oid and c.casttarget = o.opcintype and c.castmethod = 'b' and c.castcontext = 'i'
         ))
         order by o.opcintype = t.oid desc, o.oid
         limit 1
       ), ''),
       coalesce((
         select pg_catalog.array_agg(e.enumlabel::text order by e.enumsortorder)
         from pg_catalog.pg_enum e
         where e.enumtypid = t.oid
       ), '{}')
from pg_catalog.pg_type t
join pg_catalog.pg_namespace n on n.oid = t.typnamespace
where t.typtype <> 'p'
  and (t.typrelid = 0 or exists (select from pg_catalog.pg_class c where c.oid = t.typrelid and c.relkind = 'c'))
  and not exists (
    select from pg_catalog.pg_type e
    join pg_catalog.pg_class c on c.oid = e.typrelid
    where e.oid = t.typelem and t.typcategory = 'A' and c.relkind <> 'c'
  )
