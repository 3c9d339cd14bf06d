-- What each relation lets anyone do: 4 an UPDATE, 8 an INSERT, 16 a DELETE; and
-- into which columns an INSERT and an UPDATE may put values: any, or some. A
-- trigger or a rule that stands in for a view takes any; without one, a view has
-- columns that are expressions.
with instead as (
  select u.oid, pg_catalog.bool_or(u.insert) as insert, pg_catalog.bool_or(u.update) as update
  from (
    select t.tgrelid as oid, t.tgtype & 4 <> 0 as insert, t.tgtype & 16 <> 0 as update
    from pg_catalog.pg_trigger t
    where t.tgtype & 64 <> 0
    union all
    select r.ev_class, r.ev_type = '3', r.ev_type = '2'
    from pg_catalog.pg_rewrite r
    where r.is_instead
  ) u
  group by u.oid
)
select c.oid::int8,
       -- Postgres raises an error for a foreign table without a handler.
       case when w.fdwhandler = 0 then 0 else pg_catalog.pg_relation_is_updatable(c.oid, true) end,
       c.relkind <> 'v' or coalesce(i.insert, false),
       c.relkind <> 'v' or coalesce(i.update, false),
       case when c.relkind = 'v' then (
         select coalesce(pg_catalog.array_agg(a.attnum), '{}')
         from pg_catalog.pg_attribute a
         where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and pg_catalog.pg_column_is_updatable(c.oid, a.attnum, false)
       ) else '{}' end
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
left join instead i on i.oid = c.oid
left join pg_catalog.pg_foreign_table f on f.ftrelid = c.oid
left join pg_catalog.pg_foreign_server s on s.oid = f.ftserver
left join pg_catalog.pg_foreign_data_wrapper w on w.oid = s.srvfdw
where c.relkind in ('r', 'p', 'v', 'm', 'f')
  and n.nspname = any ($1::text[])
