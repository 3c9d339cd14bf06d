-- What the attacks meet beside the example application. alice is the attacker,
-- bob the one whose rows she must not see; anon is anybody.
create schema attack;
grant usage on schema attack to anon, authenticated;

-- What an application should not have and some do: SQL text from outside, run
-- as the caller. Whoever can call it has any SQL; the rest is what must hold.
create function attack.run(steps text[], ask text default null) returns text language plpgsql volatile as $$
declare
  step text;
  answer text;
begin
  foreach step in array coalesce(steps, '{}') loop
    execute step;
  end loop;
  if ask is not null then
    execute ask into answer;
  end if;
  return answer;
end $$;

-- The same in a transaction that is said to read.
create function attack.peek(ask text) returns text language plpgsql stable as $$
declare
  answer text;
begin
  execute ask into answer;
  return answer;
end $$;

-- Who a call runs as, by every name that Postgres has for it.
create function attack.whoami() returns text language sql stable set search_path = '' as $$
  select pg_catalog.concat_ws(' ', current_user, session_user, auth.uid(), auth.role(),
    (pg_catalog.current_setting('request.jwt.claims', true)::pg_catalog.jsonb) operator(pg_catalog.->>) 'sub')
$$;

-- The settings of a call that bear on what the next statement does.
create function attack.settings() returns text language sql volatile set search_path = '' as $$
  select pg_catalog.string_agg(name operator(pg_catalog.||) '=' operator(pg_catalog.||) coalesce_setting, ' ' order by name)
  from (
    select name, setting as coalesce_setting from pg_catalog.pg_settings
    where name operator(pg_catalog.=) any (array['row_security', 'statement_timeout', 'lock_timeout', 'DateStyle', 'TimeZone',
      'IntervalStyle', 'default_transaction_read_only', 'transaction_read_only', 'session_replication_role',
      'bytea_output', 'extra_float_digits', 'client_encoding', 'role', 'transaction_isolation', 'plan_cache_mode'])
    union all select 'app.tenant', coalesce(pg_catalog.current_setting('app.tenant', true), '')
    union all select 'request.headers', coalesce(pg_catalog.current_setting('request.headers', true), '')
    union all select 'request.jwt.claim.sub', coalesce(pg_catalog.current_setting('request.jwt.claim.sub', true), '')
    union all select 'request.jwt.claim', coalesce(pg_catalog.current_setting('request.jwt.claim', true), '')
  ) s
$$;

-- A function as people write them: its names are looked up on the search path.
create function attack.my_items() returns bigint language plpgsql stable as $$
begin
  return (select count(*) from items where owner_id = auth.uid());
end $$;

create function attack.add_item(title text) returns bigint language plpgsql volatile as $$
begin
  insert into items (title) values (add_item.title);
  return (select count(*) from public.items i where i.title = add_item.title);
end $$;

-- A table with every kind of constraint, whose names would tell something.
create table attack.vault (
  id       int primary key,
  owner_id uuid not null default auth.uid(),
  code     text not null,
  divisor  int not null,
  payload  text,
  raw      text,
  during   int4range,
  constraint vault_code_secretname_key unique (code),
  constraint vault_payload_secretname_check check (payload <> 'forbidden'),
  constraint vault_during_secretname_excl exclude using gist (during with &&)
);
create table attack.holder (
  id       int primary key,
  owner_id uuid not null default auth.uid(),
  vault_id int,
  constraint holder_vault_id_secretname_fkey foreign key (vault_id) references attack.vault (id)
);
alter table attack.vault enable row level security;
alter table attack.vault force row level security;
alter table attack.holder enable row level security;
alter table attack.holder force row level security;
grant select, insert, update, delete on attack.vault, attack.holder to authenticated;
grant select on attack.vault to anon;
create policy vault_all on attack.vault to authenticated using (owner_id = (select auth.uid())) with check (owner_id = (select auth.uid()));
create policy holder_all on attack.holder to authenticated using (owner_id = (select auth.uid())) with check (owner_id = (select auth.uid()));

insert into attack.vault values
  (1, 'a11ce000-0000-4000-8000-000000000001', 'ALICE-1', 5, 'alice one', '1', '[1,2)'),
  (2, 'a11ce000-0000-4000-8000-000000000001', 'ALICE-2', 6, 'alice two', '2', '[2,3)'),
  (11, 'b0b00000-0000-4000-8000-000000000002', 'HIDDENCODE', 0, 'HIDDENPAYLOAD', 'HIDDENRAW', '[100,200)'),
  (12, 'b0b00000-0000-4000-8000-000000000002', 'HIDDENCODE2', 7, '{"n":"HIDDENJSON', '[', '[300,400)');
insert into attack.holder values
  (1, 'a11ce000-0000-4000-8000-000000000001', 1),
  (11, 'b0b00000-0000-4000-8000-000000000002', 2),
  (12, 'b0b00000-0000-4000-8000-000000000002', 11);

-- Everybody sees its rows, but not all of their columns: salary and boss_id are
-- for anon, who sees no row.
create table attack.staff (
  id      int primary key,
  name    text not null,
  salary  int not null default 0,
  boss_id int references attack.staff (id),
  diary_id int
);
create table attack.diary (id int primary key, text text not null);
alter table attack.staff add constraint staff_diary_id_fkey foreign key (diary_id) references attack.diary (id);
alter table attack.staff enable row level security;
alter table attack.staff force row level security;
alter table attack.diary enable row level security;
alter table attack.diary force row level security;
revoke all on attack.staff, attack.diary from anon, authenticated;
grant select (id, name, diary_id), insert (id, name), update (name), delete on attack.staff to authenticated;
grant select, insert, update, delete on attack.staff, attack.diary to anon;
create policy staff_all on attack.staff to authenticated using (true) with check (true);
create policy diary_all on attack.diary to authenticated using (true) with check (true);
insert into attack.diary values (1, 'HIDDENDIARY');
insert into attack.staff (id, name, salary, diary_id) values (1, 'ann', 777001, 1), (2, 'ben', 777002, 1);

-- A trigger, a policy and a function that say too much.
create table attack.loud (id int primary key, owner_id uuid not null default auth.uid(), text text not null);
alter table attack.loud enable row level security;
alter table attack.loud force row level security;
grant select, insert, update, delete on attack.loud to authenticated;
create policy loud_all on attack.loud to authenticated using (owner_id = (select auth.uid())) with check (owner_id = (select auth.uid()));
create function attack.shout() returns trigger language plpgsql set search_path = '' as $$
begin
  case new.text
    when 'raise' then
      raise exception 'that text is taken' using detail = 'HIDDENDETAIL', hint = 'HIDDENHINT', constraint = 'HIDDENCONSTRAINT', table = 'HIDDENTABLE', column = 'HIDDENCOLUMN', schema = 'HIDDENSCHEMA', datatype = 'HIDDENTYPE';
    when 'internal' then
      raise exception 'HIDDENMESSAGE' using errcode = 'XX000', detail = 'HIDDENDETAIL';
    when 'unique' then
      raise exception 'HIDDENMESSAGE' using errcode = '23505', detail = 'HIDDENDETAIL', constraint = 'HIDDENCONSTRAINT';
    when 'cast' then
      perform 'HIDDENVALUE'::pg_catalog.int4;
    when 'assert' then
      assert false, 'HIDDENASSERTION';
    when 'denied' then
      raise exception 'HIDDENMESSAGE' using errcode = '42501', hint = 'HIDDENHINT';
    else null;
  end case;
  return new;
end $$;
create trigger shout before insert or update on attack.loud for each row execute function attack.shout();

-- Its policy casts each row's text, and so fails on Bob's.
create table attack.casting (id int primary key, text text not null);
alter table attack.casting enable row level security;
alter table attack.casting force row level security;
grant select on attack.casting to authenticated;
create policy casting_all on attack.casting for select to authenticated using (text::int > 0);
insert into attack.casting values (1, 'HIDDENTEXT');

-- A table without policies, by privileges alone, whose plan does not depend on
-- who asks; and one whose policy is changed while calls run.
create table attack.plain (id int primary key, text text not null);
revoke all on attack.plain from anon, authenticated;
grant select, update on attack.plain to authenticated;
insert into attack.plain select n, 'plain ' || n from generate_series(1, 20) n;
-- Everybody may read this one, and a function on it is for one role: Postgres
-- takes the function apart when it plans, and asks for its privilege only then.
create table attack.common (id int primary key, text text not null);
revoke all on attack.common from anon, authenticated;
grant select on attack.common to anon, authenticated;
insert into attack.common values (1, 'common');
create function attack.commons() returns setof attack.common language sql stable as $$ select * from attack.common where id > 0 $$;
revoke execute on function attack.commons() from public, anon;
grant execute on function attack.commons() to authenticated;
create table attack.moody (id int primary key, owner_id uuid not null, text text not null);
alter table attack.moody enable row level security;
alter table attack.moody force row level security;
grant select on attack.moody to anon, authenticated;
create policy moody_own on attack.moody for select to authenticated using (owner_id = (select auth.uid()));
insert into attack.moody select n, case when n % 2 = 0 then 'a11ce000-0000-4000-8000-000000000001' else 'b0b00000-0000-4000-8000-000000000002' end::uuid, 'moody ' || n from generate_series(1, 40) n;

-- Ten thousand rows of Bob's, of which Alice has one: what the planner would
-- tell of them, and what a leaky condition would.
create table attack.crowd (id int primary key, owner_id uuid not null, word text not null, price int not null);
alter table attack.crowd enable row level security;
alter table attack.crowd force row level security;
grant select, update, delete on attack.crowd to authenticated;
create policy crowd_own on attack.crowd to authenticated using (owner_id = (select auth.uid())) with check (owner_id = (select auth.uid()));
insert into attack.crowd select n, 'b0b00000-0000-4000-8000-000000000002', case when n % 10 = 0 then 'rare' else 'HIDDENWORD' end, n from generate_series(1, 5000) n;
insert into attack.crowd values (0, 'a11ce000-0000-4000-8000-000000000001', 'mine', 1);
analyze attack.crowd;

-- Conditions that fail on rows of Bob's, in functions that Postgres takes apart
-- and plans together with the policies.
create function attack.divided() returns setof attack.vault language sql stable as
  $$ select * from attack.vault where 10 / divisor > 0 $$;
create function attack.casted() returns setof attack.vault language sql stable as
  $$ select * from attack.vault where raw::int > 0 $$;
create function attack.parsed() returns setof attack.vault language sql stable as
  $$ select * from attack.vault where raw::jsonb is not null $$;
create function attack.matched() returns setof attack.vault language sql stable as
  $$ select * from attack.vault where not 'x' ~ raw $$;
-- The cheapest condition there is, so that a planner that may puts it first.
create function attack.tells(text) returns boolean language plpgsql cost 0.0000001 as $$
begin
  if $1 like '%HIDDEN%' then
    raise exception '%', $1;
  end if;
  return true;
end $$;
create function attack.told() returns setof attack.vault language sql stable as
  $$ select * from attack.vault where attack.tells(payload) $$;
