-- Profiles: one a user. Everybody reads them, each user writes their own.

create table public.profiles (
  id           uuid not null,
  username     varchar(30) not null,
  display_name text,
  bio          text,
  avatar_url   text,
  created_at   timestamptz not null default now(),
  updated_at   timestamptz not null default now(),
  constraint profiles_pkey primary key (id),
  constraint profiles_username_key unique (username),
  constraint profiles_username_check check (username ~ '^[a-z0-9_]{3,}$'),
  constraint profiles_id_fkey foreign key (id) references auth.users (id) on delete cascade
);
comment on table public.profiles is 'What a user shows of themselves. One a user.';
comment on column public.profiles.id is 'The user.';
comment on column public.profiles.username is 'The name in links: small letters, digits and underscores, three at the least.';
comment on column public.profiles.display_name is 'The name as the user writes it.';
comment on column public.profiles.bio is 'A few words about the user.';
comment on column public.profiles.avatar_url is 'Where the picture is.';
comment on column public.profiles.created_at is 'When the profile was made.';
comment on column public.profiles.updated_at is 'When the profile last changed. Kept by a trigger.';

create trigger profiles_set_updated_at before update on public.profiles
  for each row execute function public.set_updated_at();

-- Supabase grants everything on a new table; this takes it back to what the
-- policies are about. TRUNCATE in particular asks no policy.
revoke all on public.profiles from anon, authenticated;
grant select on public.profiles to anon;
grant select, insert, update, delete on public.profiles to authenticated;
grant all on public.profiles to service_role;

-- FORCE holds the owner to the policies as well, so a server that logs in as
-- the owner by mistake shows nothing rather than everything.
alter table public.profiles enable row level security;
alter table public.profiles force row level security;

create policy profiles_select on public.profiles for select to anon, authenticated
  using (true);
comment on policy profiles_select on public.profiles is 'Everybody reads every profile.';

create policy profiles_insert on public.profiles for insert to authenticated
  with check (id = (select auth.uid()));
comment on policy profiles_insert on public.profiles is 'Users make their own profile.';

create policy profiles_update on public.profiles for update to authenticated
  using (id = (select auth.uid()))
  with check (id = (select auth.uid()));
comment on policy profiles_update on public.profiles is 'Users change their own profile.';

create policy profiles_delete on public.profiles for delete to authenticated
  using (id = (select auth.uid()));
comment on policy profiles_delete on public.profiles is 'Users delete their own profile.';
