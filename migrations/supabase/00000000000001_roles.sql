-- The roles of a Supabase project. Roles belong to the whole cluster, so the
-- second database of a cluster finds them made.
--
-- The rule: a role that exists is left as it is, with its attributes, settings
-- and memberships. On a Supabase project all four exist and nothing happens.

do $roles$
declare
  made_authenticator boolean := false;
begin
  -- Only a Supabase cluster has this role. There, a role that is missing was
  -- taken away by somebody, and is not ours to bring back.
  if exists (select from pg_catalog.pg_roles where rolname = 'supabase_admin') then
    return;
  end if;

  -- Two databases of one cluster may run this file at the same moment. The
  -- later one waits on pg_authid's unique index and then finds the role made;
  -- each block takes that for "it exists".

  -- anon is who calls without a token.
  if not exists (select from pg_catalog.pg_roles where rolname = 'anon') then
    begin
      create role anon nologin noinherit;
      alter role anon set statement_timeout = '3s';
    exception when duplicate_object or unique_violation then null;
    end;
  end if;

  -- authenticated is who calls with a user's token.
  if not exists (select from pg_catalog.pg_roles where rolname = 'authenticated') then
    begin
      create role authenticated nologin noinherit;
      alter role authenticated set statement_timeout = '8s';
    exception when duplicate_object or unique_violation then null;
    end;
  end if;

  -- service_role sees every row. BYPASSRLS takes a superuser to give, or since
  -- PostgreSQL 16 a role that has it.
  if not exists (select from pg_catalog.pg_roles where rolname = 'service_role') then
    begin
      create role service_role nologin noinherit bypassrls;
    exception when duplicate_object or unique_violation then null;
    end;
  end if;

  -- authenticator is PostgREST's login, which becomes one of the three. It has
  -- no password here. rowgate does not log in as it: what a login may become, a
  -- caller's SQL may become, and this one may become service_role.
  -- Supabase also preloads the safeupdate library for it, which a plain
  -- Postgres does not have.
  if not exists (select from pg_catalog.pg_roles where rolname = 'authenticator') then
    begin
      create role authenticator login noinherit;
      alter role authenticator set statement_timeout = '8s';
      alter role authenticator set lock_timeout = '8s';
      made_authenticator := true;
    exception when duplicate_object or unique_violation then null;
    end;
  end if;

  if made_authenticator then
    grant anon, authenticated, service_role to authenticator;
  end if;
end
$roles$;
