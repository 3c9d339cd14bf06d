-- Items: each user's own list, which nobody else sees.

create table public.items (
  id          uuid not null default gen_random_uuid(),
  owner_id    uuid not null default auth.uid(),
  title       text not null,
  description text,
  quantity    integer not null default 1,
  price       numeric(12,2),
  done        boolean not null default false,
  created_at  timestamptz not null default now(),
  updated_at  timestamptz not null default now(),
  constraint items_pkey primary key (id),
  constraint items_quantity_check check (quantity >= 0),
  constraint items_owner_id_fkey foreign key (owner_id) references auth.users (id) on delete cascade
);
comment on table public.items is 'Things on a user''s list. Nobody else sees them.';
comment on column public.items.id is 'The item.';
comment on column public.items.owner_id is 'The user whose item it is. The caller, when left out.';
comment on column public.items.title is 'What it is, in a line.';
comment on column public.items.description is 'What it is, at length.';
comment on column public.items.quantity is 'How many; 0 or more.';
comment on column public.items.price is 'The price of one, to two decimals. Empty when unknown.';
comment on column public.items.done is 'Whether it is dealt with.';
comment on column public.items.created_at is 'When the item was made.';
comment on column public.items.updated_at is 'When the item last changed. Kept by a trigger.';

-- Each is the policy's column and then an order in which lists are read.
create index items_owner_id_created_at_idx on public.items (owner_id, created_at desc);
create index items_owner_id_title_idx on public.items (owner_id, title);

create trigger items_set_updated_at before update on public.items
  for each row execute function public.set_updated_at();

revoke all on public.items from anon, authenticated;
-- anon may ask; no policy is for it, so it is told of no row.
grant select on public.items to anon;
grant select, insert, update, delete on public.items to authenticated;
grant all on public.items to service_role;

alter table public.items enable row level security;
alter table public.items force row level security;

-- The sub-select lets Postgres ask auth.uid() once a statement and not once a
-- row.

create policy items_select on public.items for select to authenticated
  using (owner_id = (select auth.uid()));
comment on policy items_select on public.items is 'Owners read their items.';

create policy items_insert on public.items for insert to authenticated
  with check (owner_id = (select auth.uid()));
comment on policy items_insert on public.items is 'Users make items of their own.';

create policy items_update on public.items for update to authenticated
  using (owner_id = (select auth.uid()))
  with check (owner_id = (select auth.uid()));
comment on policy items_update on public.items is 'Owners change their items and cannot give them away.';

create policy items_delete on public.items for delete to authenticated
  using (owner_id = (select auth.uid()));
comment on policy items_delete on public.items is 'Owners delete their items.';
