-- Comments: read by whoever reads the post, written by users on posts that
-- they can read.

create table public.comments (
  id         bigint generated always as identity,
  post_id    uuid not null,
  author_id  uuid not null default auth.uid(),
  body       text not null,
  created_at timestamptz not null default now(),
  constraint comments_pkey primary key (id),
  constraint comments_post_id_fkey foreign key (post_id) references public.posts (id) on delete cascade,
  constraint comments_author_id_fkey foreign key (author_id) references public.profiles (id) on delete cascade
);
comment on table public.comments is 'What users say about posts. Read by whoever reads the post.';
comment on column public.comments.id is 'The comment; a later one has a higher number.';
comment on column public.comments.post_id is 'The post it is about.';
comment on column public.comments.author_id is 'The profile of who wrote it. The caller''s, when left out.';
comment on column public.comments.body is 'The text.';
comment on column public.comments.created_at is 'When the comment was made.';

-- A post's comments in order, and what the policies and a profile's deletion
-- look for.
create index comments_post_id_id_idx on public.comments (post_id, id);
create index comments_author_id_idx on public.comments (author_id);

revoke all on public.comments from anon, authenticated;
grant select on public.comments to anon;
grant select, insert, update, delete on public.comments to authenticated;
grant all on public.comments to service_role;
-- An identity column draws from its sequence without asking for a grant on it.
revoke all on sequence public.comments_id_seq from anon, authenticated;

alter table public.comments enable row level security;
alter table public.comments force row level security;

-- The posts in a sub-select are those that the caller may read: the policies
-- of posts hold there too.

create policy comments_select on public.comments for select to anon, authenticated
  using (exists (select from public.posts where posts.id = comments.post_id));
comment on policy comments_select on public.comments is 'Whoever reads a post reads its comments.';

create policy comments_insert on public.comments for insert to authenticated
  with check (
    author_id = (select auth.uid())
    and exists (select from public.posts where posts.id = comments.post_id)
  );
comment on policy comments_insert on public.comments is 'Users comment on posts that they can read.';

create policy comments_update on public.comments for update to authenticated
  using (author_id = (select auth.uid()))
  with check (
    author_id = (select auth.uid())
    and exists (select from public.posts where posts.id = comments.post_id)
  );
comment on policy comments_update on public.comments is 'Authors change their comments on posts that they can read.';

create policy comments_delete on public.comments for delete to authenticated
  using (author_id = (select auth.uid()));
comment on policy comments_delete on public.comments is 'Authors delete their comments.';
