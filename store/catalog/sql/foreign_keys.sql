-- A partition's copies of its parent's keys are left out, and so are keys with
-- a PERIOD, of PostgreSQL 18, which equality does not join: the index behind
-- them is one of an exclusion.
select k.conrelid::int8, k.conname::text, k.confrelid::int8,
       (select pg_catalog.array_agg(a.attname::text order by u.ord)
        from pg_catalog.unnest(k.conkey) with ordinality as u (attnum, ord)
        join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.attnum),
       (select pg_catalog.array_agg(a.attname::text order by u.ord)
        from pg_catalog.unnest(k.confkey) with ordinality as u (attnum, ord)
        join pg_catalog.pg_attribute a on a.attrelid = k.confrelid and a.attnum = u.attnum)
from pg_catalog.pg_constraint k
join pg_catalog.pg_index i on i.indexrelid = k.conindid and not i.indisexclusion
where k.contype = 'f' and k.conparentid = 0
order by k.conrelid, k.conname
