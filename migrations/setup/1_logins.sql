-- rowgate's two logins, for a project that has the roles of Supabase. It may be
-- run again at any time: what is right stays, what is not is mended.
--
-- Neither login has a password here. Give them one each afterwards, for
-- instance with psql's \password, which sends no plain text.
--
-- Run it as the role that runs the migrations: on Supabase, postgres.

-- rowgate is the user path's login. It has no right of its own; each call
-- becomes anon or authenticated. What a login may become, SQL that a caller
-- reaches may become as well, so this one may become nothing else.
do $user$
declare
  version    constant integer := current_setting('server_version_num');
  login      pg_catalog.pg_roles%rowtype;
  granted    record;
  granted_by text;
  caller     text;
begin
  foreach caller in array array['anon', 'authenticated'] loop
    if to_regrole(caller) is null then
      raise exception 'there is no role "%", which calls take on', caller
        using hint = format('A Supabase project has it. Elsewhere: create role %I nologin; then grant it what its callers may do.', caller);
    end if;
  end loop;

  -- Two databases of one cluster may run this file at the same moment; the
  -- later one waits here until the role is there, memberships and all.
  if not exists (select from pg_catalog.pg_roles where rolname = 'rowgate') then
    begin
      create role rowgate login noinherit nosuperuser nocreatedb nocreaterole noreplication nobypassrls;
    exception when duplicate_object or unique_violation then null;
    end;
  end if;

  -- Each attribute is touched only where it is off: a role that is not a
  -- superuser may not even write "nosuperuser" in an ALTER ROLE.
  select * into login from pg_catalog.pg_roles where rolname = 'rowgate';
  if login.rolsuper       then alter role rowgate nosuperuser; end if;
  if login.rolbypassrls   then alter role rowgate nobypassrls; end if;
  if login.rolreplication then alter role rowgate noreplication; end if;
  if login.rolcreaterole  then alter role rowgate nocreaterole; end if;
  if login.rolcreatedb    then alter role rowgate nocreatedb; end if;
  if login.rolinherit     then alter role rowgate noinherit; end if;
  if not login.rolcanlogin then alter role rowgate login; end if;

  -- Up to PostgreSQL 15 a membership stands once, and NOINHERIT says whether
  -- its rights come by themselves. From 16 on it stands once for each role that
  -- granted it, has a word of its own on that (inherit_option), and is taken
  -- away from each grantor.
  for granted in
    select r.rolname as role, g.rolname as grantor, m.admin_option,
      coalesce((to_jsonb(m) ->> 'inherit_option')::boolean, false) as inherit_option
    from pg_catalog.pg_auth_members m
    join pg_catalog.pg_roles r on r.oid = m.roleid
    left join pg_catalog.pg_roles g on g.oid = m.grantor
    where m.member = 'rowgate'::regrole
  loop
    granted_by := case when version >= 160000 then format(' granted by %I', granted.grantor) else '' end;
    if granted.role not in ('anon', 'authenticated') then
      execute format('revoke %I from rowgate', granted.role) || granted_by;
      continue;
    end if;
    if granted.admin_option then
      execute format('revoke admin option for %I from rowgate', granted.role) || granted_by;
    end if;
    if granted.inherit_option then
      execute format('revoke inherit option for %I from rowgate', granted.role) || granted_by;
    end if;
  end loop;

  foreach caller in array array['anon', 'authenticated'] loop
    continue when exists (
      select from pg_catalog.pg_auth_members m
      where m.member = 'rowgate'::regrole and m.roleid = caller::regrole
        and coalesce((to_jsonb(m) ->> 'set_option')::boolean, true)
    );
    execute format('grant %I to rowgate', caller)
      || case when version >= 160000 then ' with inherit false, set true' else '' end;
  end loop;

  if not has_database_privilege('rowgate', current_database(), 'connect') then
    execute format('grant connect on database %I to rowgate', current_database());
  end if;
end
$user$;

-- rowgate_admin is the admin path's login. Policies do not hold it, so what it
-- may touch is what is granted here: the rows of public, and no other schema's.
-- BYPASSRLS takes a superuser to give, or since PostgreSQL 16 a role that has
-- it; Supabase's postgres may.
do $admin$
declare
  login  pg_catalog.pg_roles%rowtype;
  object record;
begin
  if not exists (select from pg_catalog.pg_roles where rolname = 'rowgate_admin') then
    begin
      create role rowgate_admin login noinherit nosuperuser nocreatedb nocreaterole noreplication bypassrls;
    exception when duplicate_object or unique_violation then null;
    end;
  end if;

  select * into login from pg_catalog.pg_roles where rolname = 'rowgate_admin';
  if login.rolsuper       then alter role rowgate_admin nosuperuser; end if;
  if login.rolreplication then alter role rowgate_admin noreplication; end if;
  if login.rolcreaterole  then alter role rowgate_admin nocreaterole; end if;
  if login.rolcreatedb    then alter role rowgate_admin nocreatedb; end if;
  if login.rolinherit     then alter role rowgate_admin noinherit; end if;
  if not login.rolbypassrls then alter role rowgate_admin bypassrls; end if;
  if not login.rolcanlogin then alter role rowgate_admin login; end if;

  if not has_database_privilege('rowgate_admin', current_database(), 'connect') then
    execute format('grant connect on database %I to rowgate_admin', current_database());
  end if;
  grant usage on schema public to rowgate_admin;

  -- Only what the role that runs this owns: a grant on another's table would
  -- stop the file, and what an extension brought is no row of the application.
  for object in
    select format(
        case c.relkind
          when 'S' then 'grant usage, select on sequence %s to rowgate_admin'
          else 'grant select, insert, update, delete on table %s to rowgate_admin'
        end, c.oid::regclass) as sql
    from pg_catalog.pg_class c
    where c.relnamespace = 'public'::regnamespace
      and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
      and pg_catalog.pg_has_role(c.relowner, 'usage')
    union all
    select format('grant execute on routine %s to rowgate_admin', p.oid::regprocedure)
    from pg_catalog.pg_proc p
    where p.pronamespace = 'public'::regnamespace
      and pg_catalog.pg_has_role(p.proowner, 'usage')
      and not exists (
        select from pg_catalog.pg_depend d
        where d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'
      )
  loop
    execute object.sql;
  end loop;

  -- The same for what later migrations make, as long as the same role runs
  -- them.
  alter default privileges in schema public grant select, insert, update, delete on tables to rowgate_admin;
  alter default privileges in schema public grant usage, select on sequences to rowgate_admin;
  alter default privileges in schema public grant execute on routines to rowgate_admin;
end
$admin$;
