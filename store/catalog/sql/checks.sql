-- Of a relation's columns, or of a domain, whose value is called VALUE. Those
-- of the domains that a domain stands on hold for it too.
with recursive domains (oid, base, depth) as (
  select t.oid, t.oid, 0 from pg_catalog.pg_type t where t.typtype = 'd'
  union all
  select d.oid, t.typbasetype, d.depth + 1
  from domains d
  join pg_catalog.pg_type t on t.oid = d.base
  join pg_catalog.pg_type b on b.oid = t.typbasetype and b.typtype = 'd'
)
select k.conrelid::int8, coalesce(d.oid, 0)::int8, k.conname::text,
       (select coalesce(pg_catalog.array_agg(a.attname::text order by a.attnum), '{}')
        from pg_catalog.pg_attribute a
        where a.attrelid = k.conrelid and a.attnum = any (k.conkey)),
       coalesce(pg_catalog.pg_get_expr(k.conbin, k.conrelid), '')
from pg_catalog.pg_constraint k
left join pg_catalog.pg_class c on c.oid = k.conrelid
left join domains d on d.base = k.contypid
where k.contype = 'c' and k.convalidated
  and (d.oid is not null or c.relnamespace in (select n.oid from pg_catalog.pg_namespace n where n.nspname = any ($1::text[])))
order by k.conrelid, d.oid, d.depth desc, k.conname
