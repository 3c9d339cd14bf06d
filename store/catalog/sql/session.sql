select session_user::text, pg_catalog.current_database()::text,
       (select pg_catalog.pg_get_userbyid(d.datdba)::text from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()),
       pg_catalog.current_setting('server_version_num')::int4,
       pg_catalog.current_setting('server_encoding'),
       (select s.setting::int8 from pg_catalog.pg_settings s where s.name = 'statement_timeout'),
       (select coalesce(pg_catalog.array_agg(s.name), '{}') from pg_catalog.pg_settings s where s.context <> 'user')
