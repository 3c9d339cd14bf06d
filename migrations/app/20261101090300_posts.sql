-- Posts: everybody reads those that are published, authors read and write
-- their own.

create type public.post_kind as enum ('note', 'article', 'in review');
comment on type public.post_kind is 'What a post is.';

create table public.posts (
  id         uuid not null default gen_random_uuid(),
  author_id  uuid not null default auth.uid(),
  kind       public.post_kind not null default 'note',
  title      text not null,
  body       text not null,
  published  boolean not null default false,
  tags       text[] not null default '{}',
  metadata   jsonb,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint posts_pkey primary key (id),
  -- The profile and not the user, so that a post can be read with its author.
  constraint posts_author_id_fkey foreign key (author_id) references public.profiles (id) on delete cascade
);
comment on table public.posts is 'What users write. Published posts are for everybody.';
comment on column public.posts.id is 'The post.';
comment on column public.posts.author_id is 'The profile of who wrote it. The caller''s, when left out.';
comment on column public.posts.kind is 'What the post is.';
comment on column public.posts.title is 'The heading.';
comment on column public.posts.body is 'The text.';
comment on column public.posts.published is 'Whether others than the author may read it.';
comment on column public.posts.tags is 'Words to find it by.';
comment on column public.posts.metadata is 'Whatever a client keeps with the post.';
comment on column public.posts.created_at is 'When the post was made.';
comment on column public.posts.updated_at is 'When the post last changed. Kept by a trigger.';

-- The two halves of the policy for reading, each with the order of a list.
create index posts_author_id_created_at_idx on public.posts (author_id, created_at desc);
create index posts_published_created_at_idx on public.posts (created_at desc) where published;

create trigger posts_set_updated_at before update on public.posts
  for each row execute function public.set_updated_at();

revoke all on public.posts from anon, authenticated;
grant select on public.posts to anon;
grant select, insert, update, delete on public.posts to authenticated;
grant all on public.posts to service_role;

alter table public.posts enable row level security;
alter table public.posts force row level security;

create policy posts_select on public.posts for select to anon, authenticated
  using (published or author_id = (select auth.uid()));
comment on policy posts_select on public.posts is 'Everybody reads published posts, authors read all of their own.';

create policy posts_insert on public.posts for insert to authenticated
  with check (author_id = (select auth.uid()));
comment on policy posts_insert on public.posts is 'Users write posts of their own.';

create policy posts_update on public.posts for update to authenticated
  using (author_id = (select auth.uid()))
  with check (author_id = (select auth.uid()));
comment on policy posts_update on public.posts is 'Authors change their posts.';

create policy posts_delete on public.posts for delete to authenticated
  using (author_id = (select auth.uid()));
comment on policy posts_delete on public.posts is 'Authors delete their posts.';
