select p.polrelid::int8, p.polname::text, p.polpermissive, p.polcmd::text,
       (select coalesce(pg_catalog.array_agg(pg_catalog.pg_get_userbyid(r.oid)::text order by pg_catalog.pg_get_userbyid(r.oid)), '{}')
        from pg_catalog.unnest(p.polroles) as r (oid) where r.oid <> 0),
       coalesce(pg_catalog.pg_get_expr(p.polqual, p.polrelid), ''),
       coalesce(pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid), ''),
       coalesce(pg_catalog.obj_description(p.oid, 'pg_policy'), '')
from pg_catalog.pg_policy p
join pg_catalog.pg_class c on c.oid = p.polrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where n.nspname = any ($1::text[])
order by p.polrelid, pg_catalog.array_position('{r,a,w,d,*}', p.polcmd::text), p.polname
