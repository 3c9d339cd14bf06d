select r.rolname::text, r.rolsuper, r.rolinherit, r.rolcreaterole, r.rolcreatedb,
       r.rolcanlogin, r.rolreplication, r.rolbypassrls,
       coalesce((
         select pg_catalog.array_agg(g.rolname::text order by g.rolname)
         from pg_catalog.pg_auth_members m
         join pg_catalog.pg_roles g on g.oid = m.roleid
         where m.member = r.oid
       ), '{}'),
       coalesce((
         select pg_catalog.array_agg(s.setting order by d.setdatabase <> 0)
         from pg_catalog.pg_db_role_setting d
         cross join lateral pg_catalog.unnest(d.setconfig) as s (setting)
         where d.setrole = r.oid
           and d.setdatabase in (0, (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database()))
       ), '{}')
from pg_catalog.pg_roles r
order by r.rolname
