with indexes as (
  -- Of unique indexes: their columns, whether no two rows can have the same
  -- values there, and whether ON CONFLICT can name them. Columns behind INCLUDE
  -- are no part of the key.
  select i.indrelid, x.relname, i.indisprimary,
         i.indisvalid and i.indimmediate and i.indpred is null and pg_catalog.bool_and(a.attname is not null) as arbitrates,
         i.indisvalid and i.indpred is null and pg_catalog.bool_and(coalesce(a.attnotnull, false)) as identifies,
         pg_catalog.array_agg(a.attname::text order by k.ord) as columns
  from pg_catalog.pg_index i
  join pg_catalog.pg_class x on x.oid = i.indexrelid
  cross join lateral pg_catalog.unnest(i.indkey::int2[]) with ordinality as k (attnum, ord)
  left join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
  where i.indisunique and k.ord <= i.indnkeyatts
  group by i.indrelid, x.relname, i.indisprimary, i.indisvalid, i.indimmediate, i.indpred is null
), keys as (
  select i.indrelid,
         pg_catalog.json_agg(i.columns order by i.indisprimary desc, i.relname) filter (where i.identifies) as columns,
         pg_catalog.json_agg(i.columns order by i.indisprimary desc, i.relname) filter (where i.arbitrates) as arbiters
  from indexes i
  group by i.indrelid
)
select c.oid::int8, n.nspname::text, c.relname::text, c.relkind::text, c.reltype::int8, c.relispartition,
       coalesce((select o.option_value::bool from pg_catalog.pg_options_to_table(c.reloptions) o where o.option_name = 'security_invoker'), false),
       d.objid is not null,
       c.relrowsecurity, c.relforcerowsecurity, pg_catalog.pg_get_userbyid(c.relowner)::text, pg_catalog.pg_get_userbyid(n.nspowner)::text,
       coalesce(c.relacl::text[], '{}'),
       -- A primary key's constraint has its index's name.
       coalesce(p.columns, '{}'), coalesce(p.relname::text, ''), coalesce(k.columns, '[]'), coalesce(k.arbiters, '[]')
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
left join indexes p on p.indrelid = c.oid and p.indisprimary
left join keys k on k.indrelid = c.oid
left join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid and d.objsubid = 0
  and d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass and d.deptype = 'e'
where c.relkind in ('r', 'p', 'v', 'm', 'f')
  and n.nspname <> 'information_schema'
  and n.nspname !~ '^pg_'
order by n.nspname, c.relname
