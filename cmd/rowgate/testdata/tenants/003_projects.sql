-- The work: projects, tasks and tags.

create type public.task_status as enum ('todo', 'in progress', 'done');

create function public.touch() returns trigger language plpgsql as $$
begin
  new.updated_at := now();
  return new;
end;
$$;

create table public.projects (
  id bigint generated always as identity primary key,
  organization_id uuid not null references public.organizations on delete cascade,
  name varchar(80) not null,
  description text,
  is_public boolean not null default false,
  color text not null default '#888888' check (color ~ '^#[0-9a-f]{6}$'),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (organization_id, name)
);
comment on column public.projects.is_public is 'Anyone may read a public project and its tasks, signed in or not.';

create table public.tasks (
  id bigint generated always as identity primary key,
  project_id bigint not null references public.projects on delete cascade,
  parent_id bigint references public.tasks on delete cascade,
  title varchar(200) not null,
  notes text,
  status public.task_status not null default 'todo',
  priority smallint not null default 3 check (priority between 1 and 5),
  estimate interval,
  due_on date,
  assignee_id uuid references public.profiles on delete set null,
  created_by uuid default auth.uid() references public.profiles on delete set null,
  search tsvector generated always as (to_tsvector('english', title || ' ' || coalesce(notes, ''))) stored,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
comment on table public.tasks is 'Something to do in a project.';
comment on column public.tasks.priority is '1 is the most urgent, 5 the least.';
create index on public.tasks (project_id, status);
create index on public.tasks using gin (search);

create table public.tags (
  id bigint generated always as identity primary key,
  organization_id uuid not null references public.organizations on delete cascade,
  name text not null,
  unique (organization_id, name)
);

create table public.task_tags (
  task_id bigint not null references public.tasks on delete cascade,
  tag_id bigint not null references public.tags on delete cascade,
  primary key (task_id, tag_id)
);

create trigger touch before update on public.projects for each row execute function public.touch();
create trigger touch before update on public.tasks for each row execute function public.touch();

-- The organization of a project or a task, past their policies.
create function public.org_of_project(project bigint) returns uuid
language sql stable security definer set search_path = '' as $$
  select organization_id from public.projects where id = project;
$$;
create function public.org_of_task(task bigint) returns uuid
language sql stable security definer set search_path = '' as $$
  select p.organization_id from public.tasks t join public.projects p on p.id = t.project_id where t.id = task;
$$;

alter table public.projects enable row level security;
alter table public.tasks enable row level security;
alter table public.tags enable row level security;
alter table public.task_tags enable row level security;

create policy "Members and the public read projects" on public.projects
  for select using (is_public or public.is_member(organization_id));
create policy "Members make projects" on public.projects
  for insert to authenticated with check (public.has_role(organization_id, 'member'));
create policy "Members change projects" on public.projects
  for update to authenticated
  using (public.has_role(organization_id, 'member')) with check (public.has_role(organization_id, 'member'));
create policy "Admins delete projects" on public.projects
  for delete to authenticated using (public.has_role(organization_id, 'admin'));

create policy "Whoever reads the project reads its tasks" on public.tasks
  for select using (exists (select from public.projects p where p.id = project_id));
create policy "Members write tasks" on public.tasks
  for all to authenticated
  using (public.has_role(public.org_of_project(project_id), 'member'))
  with check (public.has_role(public.org_of_project(project_id), 'member'));
create policy "Nobody touches a closed organization" on public.tasks
  as restrictive for all to authenticated
  using (not exists (
    select from public.organizations o
    where o.id = public.org_of_project(project_id) and o.deleted_at is not null));

create policy "Members read tags" on public.tags
  for select to authenticated using (public.is_member(organization_id));
create policy "Members write tags" on public.tags
  for all to authenticated
  using (public.has_role(organization_id, 'member')) with check (public.has_role(organization_id, 'member'));
create policy "Members read tags of tasks" on public.task_tags
  for select to authenticated using (public.is_member(public.org_of_task(task_id)));
create policy "Members tag tasks" on public.task_tags
  for all to authenticated
  using (public.has_role(public.org_of_task(task_id), 'member'))
  with check (public.has_role(public.org_of_task(task_id), 'member'));

-- Reads with the caller's rights.
create view public.open_tasks with (security_invoker = true) as
  select t.id, t.title, t.status, t.due_on, p.name as project, a.full_name as assignee
  from public.tasks t
  join public.projects p on p.id = t.project_id
  left join public.profiles a on a.id = t.assignee_id
  where t.status <> 'done';
comment on view public.open_tasks is 'What is left to do, with the names of project and assignee.';

-- Reads with its owner's rights, so it asks for the membership itself.
create view public.organization_directory as
  select m.organization_id, p.id as user_id, p.full_name, m.role
  from public.memberships m
  join public.profiles p on p.id = m.user_id
  where public.is_member(m.organization_id);
revoke all on public.organization_directory from anon;
revoke insert, update, delete, truncate on public.organization_directory from authenticated;

create function public.search_tasks(query text, status public.task_status default null, max_rows integer default 20)
returns setof public.tasks
language sql stable as $$
  select * from public.tasks t
  where t.search @@ websearch_to_tsquery('english', search_tasks.query)
    and (search_tasks.status is null or t.status = search_tasks.status)
  order by t.priority, t.id
  limit max_rows;
$$;
comment on function public.search_tasks(text, public.task_status, integer) is
  'Finds tasks by words of the title and the notes, the most urgent first.';

create function public.task_counts(org uuid)
returns table (status public.task_status, tasks bigint, overdue bigint)
language sql stable as $$
  select t.status, count(*), count(*) filter (where t.due_on < current_date)
  from public.tasks t join public.projects p on p.id = t.project_id
  where p.organization_id = org
  group by t.status order by t.status;
$$;

create function public.tag_task(task bigint, variadic tags text[]) returns void
language plpgsql set search_path = '' as $$
begin
  insert into public.tags (organization_id, name)
  select public.org_of_task(task), unnest(tags)
  on conflict (organization_id, name) do nothing;
  insert into public.task_tags (task_id, tag_id)
  select task, t.id from public.tags t
  where t.organization_id = public.org_of_task(task) and t.name = any (tags)
  on conflict do nothing;
end;
$$;
comment on function public.tag_task(bigint, text[]) is 'Puts tags on a task, and makes those that are new.';

-- For the operators alone: no policy and no grant.
create table public.audit_log (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  actor uuid default auth.uid(),
  action text not null,
  detail jsonb
);
alter table public.audit_log enable row level security;
revoke all on public.audit_log from anon, authenticated;
