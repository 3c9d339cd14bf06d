-- Who pays what. Only the payment provider's webhook writes here, as
-- service_role; admins of an organization read.

create schema billing;

create domain billing.currency as char(3) check (value ~ '^[A-Z]{3}$');
create type billing.address as (line1 text, line2 text, city text, postal_code text, country char(2));
create type billing.subscription_status as enum ('trialing', 'active', 'past_due', 'canceled');

create table billing.plans (
  id text primary key,
  name text not null,
  price numeric(10, 2) not null,
  currency billing.currency not null default 'EUR',
  features text[] not null default '{}',
  seats int4range not null default '[1,)'
);
comment on table billing.plans is 'What can be bought.';

create table billing.subscriptions (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null unique references public.organizations on delete cascade,
  plan_id text not null references billing.plans,
  status billing.subscription_status not null default 'trialing',
  period tstzrange not null,
  bill_to billing.address,
  provider_ref text
);

create table billing.invoices (
  subscription_id uuid not null references billing.subscriptions on delete cascade,
  number integer not null,
  issued_on date not null default current_date,
  total numeric(12, 2) not null,
  paid boolean not null default false,
  primary key (subscription_id, number)
);

alter table billing.plans enable row level security;
alter table billing.subscriptions enable row level security;
alter table billing.invoices enable row level security;
create policy "Everybody reads plans" on billing.plans for select using (true);
create policy "Admins read the subscription" on billing.subscriptions
  for select to authenticated using (public.has_role(organization_id, 'admin'));
create policy "Admins read invoices" on billing.invoices
  for select to authenticated
  using (exists (select from billing.subscriptions s where s.id = subscription_id));

grant usage on schema billing to anon, authenticated, service_role;
grant select on billing.plans to anon;
grant select on billing.plans, billing.invoices to authenticated;
grant select (id, organization_id, plan_id, status, period, bill_to) on billing.subscriptions to authenticated;
grant all on all tables in schema billing to service_role;

create function billing.current_plan(org uuid) returns billing.plans
language sql stable as $$
  select p.* from billing.plans p
  join billing.subscriptions s on s.plan_id = p.id
  where s.organization_id = org and s.period @> now();
$$;
comment on function billing.current_plan(uuid) is 'The plan that the organization is on, or nothing.';
