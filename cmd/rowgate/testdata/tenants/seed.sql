-- Two tenants: Ada owns Analytical Engines, Grace owns Compilers. It may run
-- any number of times.

insert into auth.users (id, email, raw_user_meta_data) values
  ('0ada0000-0000-4000-8000-000000000001', 'ada@example.com', '{"full_name": "Ada"}'),
  ('94ace000-0000-4000-8000-000000000002', 'grace@example.com', '{"full_name": "Grace"}'),
  ('a1a40000-0000-4000-8000-000000000003', 'alan@example.com', '{"full_name": "Alan"}')
on conflict (id) do nothing;

insert into public.organizations (id, name, slug, created_by) values
  ('00000000-0000-4000-8000-00000000000a', 'Analytical Engines', 'analytical-engines', '0ada0000-0000-4000-8000-000000000001'),
  ('00000000-0000-4000-8000-00000000000b', 'Compilers', 'compilers', '94ace000-0000-4000-8000-000000000002')
on conflict (id) do nothing;

insert into public.memberships (organization_id, user_id, role) values
  ('00000000-0000-4000-8000-00000000000a', '0ada0000-0000-4000-8000-000000000001', 'owner'),
  ('00000000-0000-4000-8000-00000000000b', '94ace000-0000-4000-8000-000000000002', 'owner')
on conflict do nothing;

insert into public.projects (organization_id, name, is_public) values
  ('00000000-0000-4000-8000-00000000000a', 'The mill', false),
  ('00000000-0000-4000-8000-00000000000b', 'Flow-Matic', false),
  ('00000000-0000-4000-8000-00000000000b', 'Manual', true)
on conflict (organization_id, name) do nothing;

insert into public.tasks (project_id, title, notes, status, priority, due_on, created_by)
select p.id, t.title, t.notes, t.status::public.task_status, t.priority, t.due_on::date, p_owner.created_by
from (values
  (1, 'The mill', 'Cut the gears', 'Brass, forty teeth', 'todo', 1, '2020-12-01'),
  (2, 'The mill', 'Order cards', 'Punched, for the numbers of Bernoulli', 'in progress', 2, null),
  (3, 'Flow-Matic', 'Parse sentences', 'English verbs first', 'todo', 2, null),
  (4, 'Manual', 'Write the index', null, 'done', 4, null)
) t (nr, project, title, notes, status, priority, due_on)
join public.projects p on p.name = t.project
join public.organizations p_owner on p_owner.id = p.organization_id
where not exists (select from public.tasks)
order by t.nr;

insert into billing.plans (id, name, price, features, seats) values
  ('free', 'Free', 0, '{tasks}', '[1,3]'),
  ('team', 'Team', 19.90, '{tasks,search,audit}', '[1,50]')
on conflict do nothing;

insert into billing.subscriptions (id, organization_id, plan_id, status, period, bill_to, provider_ref) values
  ('00000000-0000-4000-8000-0000000000c1', '00000000-0000-4000-8000-00000000000a', 'team', 'active',
   '[2026-01-01 00:00+00,)', row('12 St James''s Square', null, 'London', 'SW1Y', 'GB'), 'sub_1')
on conflict do nothing;

insert into billing.invoices (subscription_id, number, issued_on, total, paid) values
  ('00000000-0000-4000-8000-0000000000c1', 1, '2026-01-31', 19.90, true),
  ('00000000-0000-4000-8000-0000000000c1', 2, '2026-02-28', 19.90, false)
on conflict do nothing;
