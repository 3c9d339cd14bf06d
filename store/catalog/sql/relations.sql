select c.oid::int8, n.nspname::text, c.relname::text, c.relkind::text,
       c.relrowsecurity, c.relforcerowsecurity, pg_catalog.pg_get_userbyid(c.relowner)::text, pg_catalog.pg_get_userbyid(n.nspowner)::text,
       coalesce((
         select pg_catalog.array_agg(a.attname::text order by k.ord)
         from pg_catalog.pg_index i
         cross join lateral pg_catalog.unnest(i.indkey::int2[]) with ordinality as k (attnum, ord)
         join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
         where i.indrelid = c.oid and i.indisprimary and k.ord <= i.indnkeyatts
       ), '{}'),
       coalesce((
         select pg_catalog.json_agg(u.columns)
         from (
           select pg_catalog.array_agg(a.attname::text order by k.ord) as columns
           from pg_catalog.pg_index i
           cross join lateral pg_catalog.unnest(i.indkey::int2[]) with ordinality as k (attnum, ord)
           left join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum and a.attnotnull
           where i.indrelid = c.oid and i.indisunique and i.indisvalid and i.indpred is null and k.ord <= i.indnkeyatts
           group by i.indexrelid
           having pg_catalog.bool_and(a.attname is not null)
         ) u
       ), '[]')
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'f')
  and n.nspname <> 'information_schema'
  and n.nspname !~ '^pg_'
order by n.nspname, c.relname
