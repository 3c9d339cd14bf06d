select n.nspname::text, pg_catalog.pg_get_userbyid(n.nspowner)::text,
       coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner))::text[]
from pg_catalog.pg_namespace n
where n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
order by n.nspname
