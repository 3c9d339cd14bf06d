-- The schema auth of a Supabase project, its grants and its default privileges.
--
-- The rule: a database that has a schema auth is left as it is. That is every
-- Supabase project, and a database in which this file has run before.

do $auth$
begin
  if exists (select from pg_catalog.pg_namespace where nspname = 'auth')
    or exists (select from pg_catalog.pg_roles where rolname = 'supabase_admin')
  then
    -- Somebody else's schema of that name would let every policy fail later, on
    -- the first call; better to say so now.
    if pg_catalog.to_regprocedure('auth.uid()') is null then
      raise exception 'this database cannot take the Supabase stand-in: it has no auth.uid(), but a schema "auth" or a role "supabase_admin" exists'
        using hint = 'Use a database without a schema "auth", or one of a Supabase project.';
    end if;
    return;
  end if;

  -- Supabase Auth keeps its users here. Only the columns and indexes that a
  -- policy, a foreign key or a seed may lean on matter, but all are there, so
  -- that a statement written against a Supabase project runs here.
  create schema auth;
  comment on schema auth is 'Stand-in for the schema of Supabase Auth.';

  create table auth.users (
    instance_id                 uuid,
    id                          uuid not null,
    aud                         varchar(255),
    role                        varchar(255),
    email                       varchar(255),
    encrypted_password          varchar(255),
    email_confirmed_at          timestamptz,
    invited_at                  timestamptz,
    confirmation_token          varchar(255),
    confirmation_sent_at        timestamptz,
    recovery_token              varchar(255),
    recovery_sent_at            timestamptz,
    email_change_token_new      varchar(255),
    email_change                varchar(255),
    email_change_sent_at        timestamptz,
    last_sign_in_at             timestamptz,
    raw_app_meta_data           jsonb,
    raw_user_meta_data          jsonb,
    is_super_admin              boolean,
    created_at                  timestamptz,
    updated_at                  timestamptz,
    phone                       text default null,
    phone_confirmed_at          timestamptz,
    phone_change                text default '',
    phone_change_token          varchar(255) default '',
    phone_change_sent_at        timestamptz,
    confirmed_at                timestamptz
      generated always as (least(email_confirmed_at, phone_confirmed_at)) stored,
    email_change_token_current  varchar(255) default '',
    email_change_confirm_status smallint default 0,
    banned_until                timestamptz,
    reauthentication_token      varchar(255) default '',
    reauthentication_sent_at    timestamptz,
    is_sso_user                 boolean not null default false,
    deleted_at                  timestamptz,
    is_anonymous                boolean not null default false,
    constraint users_pkey primary key (id),
    constraint users_phone_key unique (phone),
    constraint users_email_change_confirm_status_check
      check (email_change_confirm_status between 0 and 2)
  );
  comment on table auth.users is 'Users as Supabase Auth knows them.';

  -- An address is unique among the users who did not come through single
  -- sign-on.
  create unique index users_email_partial_key on auth.users (email) where not is_sso_user;
  create index users_instance_id_idx on auth.users (instance_id);
  create index users_instance_id_email_idx on auth.users (instance_id, lower(email));
  create index users_is_anonymous_idx on auth.users (is_anonymous);

  -- No policy and no grant: the API roles never see the table, as on Supabase.
  alter table auth.users enable row level security;

  -- The claims of the call. A claim stands in a setting of its own
  -- (request.jwt.claim.sub, PostgREST before version 9) or in the JSON of
  -- request.jwt.claims; the former wins, as on Supabase. A setting reads as NULL
  -- before its first use in a session and as '' after a transaction that had it
  -- set locally, so both count as none.
  -- The bodies are parsed here and now, so that no search_path of a caller
  -- bears on them.

  create function auth.uid() returns uuid language sql stable
  return coalesce(
    nullif(current_setting('request.jwt.claim.sub', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub'
  )::uuid;
  comment on function auth.uid() is 'The caller''s user id, or NULL without a token.';

  create function auth.role() returns text language sql stable
  return coalesce(
    nullif(current_setting('request.jwt.claim.role', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'role'
  );
  comment on function auth.role() is 'The role that the caller''s token names, or NULL without a token.';

  create function auth.email() returns text language sql stable
  return coalesce(
    nullif(current_setting('request.jwt.claim.email', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'email'
  );
  comment on function auth.email() is 'The caller''s e-mail address as the token has it, or NULL.';

  create function auth.jwt() returns jsonb language sql stable
  return coalesce(
    nullif(current_setting('request.jwt.claim', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')
  )::jsonb;
  comment on function auth.jwt() is 'All claims of the caller''s token, or NULL without one.';

  grant usage on schema auth to anon, authenticated, service_role;

  -- Extensions live apart from the tables. The two that Supabase installs come
  -- with contrib, which a machine may lack, and nothing here needs them.
  create schema if not exists extensions;
  grant usage on schema extensions to anon, authenticated, service_role;
  declare
    extension text;
  begin
    foreach extension in array array['pgcrypto', 'uuid-ossp'] loop
      continue when not exists (select from pg_catalog.pg_available_extensions where name = extension);
      begin
        execute format('create extension if not exists %I with schema extensions', extension);
      exception when others then
        raise notice 'extension % is left out: %', extension, sqlerrm;
      end;
    end loop;
  end;

  -- Supabase gives everything in public to the API roles and leaves the rest to
  -- RLS; a migration takes back what goes too far. The default privileges are
  -- those of the role that runs the migrations.
  grant usage on schema public to anon, authenticated, service_role;
  alter default privileges in schema public grant all on tables to anon, authenticated, service_role;
  alter default privileges in schema public grant all on functions to anon, authenticated, service_role;
  alter default privileges in schema public grant all on sequences to anon, authenticated, service_role;
  if exists (select from pg_catalog.pg_roles where rolname = 'postgres') then
    grant usage on schema auth, extensions, public to postgres;
    alter default privileges in schema public grant all on tables to postgres;
    alter default privileges in schema public grant all on functions to postgres;
    alter default privileges in schema public grant all on sequences to postgres;
  end if;

  -- PostgreSQL 14 still lets everybody create tables in public.
  if current_setting('server_version_num')::integer < 150000 then
    revoke create on schema public from public;
  end if;
end
$auth$;
