-- Who uses the product: profiles, organizations and who belongs to which.

create type public.org_role as enum ('viewer', 'member', 'admin', 'owner');
comment on type public.org_role is 'What someone may do in an organization; each may do what those before it may.';

create table public.profiles (
  id uuid primary key references auth.users on delete cascade,
  email text not null,
  full_name text check (char_length(full_name) between 1 and 120),
  avatar_url text,
  settings jsonb not null default '{}',
  created_at timestamptz not null default now()
);
comment on table public.profiles is 'A user as colleagues see them. Made when the user signs up.';
comment on column public.profiles.settings is 'What the app keeps for the user: theme, notifications.';

create table public.organizations (
  id uuid primary key default gen_random_uuid(),
  name text not null check (name <> ''),
  slug text not null unique check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
  created_by uuid references public.profiles,
  created_at timestamptz not null default now(),
  deleted_at timestamptz
);
comment on table public.organizations is 'A tenant. Everything else belongs to one.';
comment on column public.organizations.slug is 'The name in addresses; small letters, digits and hyphens.';

create table public.memberships (
  organization_id uuid not null references public.organizations on delete cascade,
  user_id uuid not null references public.profiles on delete cascade,
  role public.org_role not null default 'member',
  joined_at timestamptz not null default now(),
  primary key (organization_id, user_id)
);
create index on public.memberships (user_id);

-- A new user gets a profile.
create function public.handle_new_user() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  insert into public.profiles (id, email, full_name)
  values (new.id, new.email, new.raw_user_meta_data ->> 'full_name');
  return new;
end;
$$;

create trigger on_auth_user_created after insert on auth.users
  for each row execute function public.handle_new_user();

-- Policies ask these. They run as their owner, or reading memberships would
-- ask the policy of memberships, which asks them.
create function public.is_member(org uuid) returns boolean
language sql stable security definer set search_path = '' as $$
  select exists (
    select from public.memberships
    where organization_id = org and user_id = (select auth.uid())
  );
$$;
comment on function public.is_member(uuid) is 'Whether the caller belongs to the organization.';

create function public.has_role(org uuid, at_least public.org_role) returns boolean
language sql stable security definer set search_path = '' as $$
  select exists (
    select from public.memberships
    where organization_id = org and user_id = (select auth.uid()) and role >= at_least
  );
$$;

create function public.shares_organization(other uuid) returns boolean
language sql stable security definer set search_path = '' as $$
  select exists (
    select from public.memberships mine
    join public.memberships theirs using (organization_id)
    where mine.user_id = (select auth.uid()) and theirs.user_id = other
  );
$$;

alter table public.profiles enable row level security;
alter table public.organizations enable row level security;
alter table public.memberships enable row level security;

create policy "Users see themselves and their colleagues" on public.profiles
  for select to authenticated
  using (id = (select auth.uid()) or public.shares_organization(id));
create policy "Users edit their own profile" on public.profiles
  for update to authenticated
  using (id = (select auth.uid())) with check (id = (select auth.uid()));

-- The address comes from the sign-up and stays as it is.
revoke all on public.profiles from anon, authenticated;
grant select on public.profiles to authenticated;
grant update (full_name, avatar_url, settings) on public.profiles to authenticated;

create policy "Members see their organizations" on public.organizations
  for select to authenticated using (public.is_member(id));
create policy "Admins rename the organization" on public.organizations
  for update to authenticated
  using (public.has_role(id, 'admin')) with check (public.has_role(id, 'admin'));
create policy "Owners close the organization" on public.organizations
  for delete to authenticated using (public.has_role(id, 'owner'));

create policy "Members see each other" on public.memberships
  for select to authenticated using (public.is_member(organization_id));
create policy "Admins change roles up to their own" on public.memberships
  for update to authenticated
  using (public.has_role(organization_id, 'admin'))
  with check (public.has_role(organization_id, role));
create policy "Admins remove members, and everyone may leave" on public.memberships
  for delete to authenticated
  using (public.has_role(organization_id, 'admin') or user_id = (select auth.uid()));

-- An organization is made by this function alone, with its first owner.
create function public.create_organization(name text, slug text default null)
returns public.organizations
language plpgsql security definer set search_path = '' as $$
declare
  org public.organizations;
begin
  if auth.uid() is null then
    raise exception 'sign in first' using errcode = 'insufficient_privilege';
  end if;
  insert into public.organizations (name, slug, created_by)
  values (
    create_organization.name,
    coalesce(create_organization.slug,
      trim(both '-' from regexp_replace(lower(create_organization.name), '[^a-z0-9]+', '-', 'g'))),
    auth.uid()
  )
  returning * into org;
  insert into public.memberships (organization_id, user_id, role)
  values (org.id, auth.uid(), 'owner');
  return org;
end;
$$;
comment on function public.create_organization(text, text) is
  'Makes an organization whose owner is the caller. Without a slug one is made from the name.';
revoke execute on function public.create_organization(text, text) from public, anon;
