select r.rolname::text, r.rolsuper, r.rolinherit, r.rolcreaterole, r.rolcreatedb,
       r.rolcanlogin, r.rolreplication, r.rolbypassrls,
       -- Since PostgreSQL 16 a membership stands once for each grantor, with
       -- options of its own; before, a member inherits by its own attribute, and
       -- the grantor means nothing and may be gone.
       coalesce((
         select pg_catalog.json_agg(o)
         from (
           select g.rolname as role, coalesce(b.rolname, '') as grantor, m.admin_option as admin,
                  coalesce((pg_catalog.to_jsonb(m) ->> 'inherit_option')::bool, r.rolinherit) as inherit,
                  coalesce((pg_catalog.to_jsonb(m) ->> 'set_option')::bool, true) as set
           from pg_catalog.pg_auth_members m
           join pg_catalog.pg_roles g on g.oid = m.roleid
           left join pg_catalog.pg_roles b on b.oid = m.grantor
           where m.member = r.oid
           order by g.rolname, b.rolname
         ) o
       ), '[]'),
       coalesce((
         select pg_catalog.array_agg(s.setting order by d.setdatabase <> 0)
         from pg_catalog.pg_db_role_setting d
         cross join lateral pg_catalog.unnest(d.setconfig) as s (setting)
         where d.setrole = r.oid
           and d.setdatabase in (0, (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database()))
       ), '{}')
from pg_catalog.pg_roles r
order by r.rolname
