package catalog_test

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/rowgate/rowgate/store/catalog"
)

// large has 270 tables and 30 views, 300 functions and 1080 policies; each table
// has 12 columns and a foreign key, and every third one grants on columns.
const large = `
create schema large;
grant usage on schema large to catalog_anon, catalog_user;
create type large.state as enum ('new', 'open', 'closed');
create domain large.email as text check (value like '%@%');
create function large.me() returns uuid language sql stable as
  $$ select (nullif(current_setting('request.jwt.claims', true), '')::json ->> 'sub')::uuid $$;
do $do$
declare
  name text;
begin
  for i in 1..270 loop
    name := 't' || i;
    execute format($$
      create table large.%1$I (
        id bigint generated always as identity primary key, parent bigint references large.%2$I,
        code text not null unique, owner uuid not null default gen_random_uuid(),
        state large.state not null default 'new', email large.email, amount numeric(12,2) check (amount >= 0),
        tags text[] not null default '{}', document jsonb, created timestamptz not null default now(),
        note varchar(200), doubled numeric generated always as (amount * 2) stored
      );
      alter table large.%1$I enable row level security;
      create policy reading on large.%1$I for select to catalog_user using (owner = (select large.me()));
      create policy removing on large.%1$I for delete to catalog_user using (owner = (select large.me()));
      create policy changing on large.%1$I for update to catalog_user
        using (owner = (select large.me())) with check (state <> 'closed');
      create policy adding on large.%1$I for insert to catalog_user
        with check (exists (select from large.%2$I p where p.id = parent and p.owner = (select large.me())));
      grant select on large.%1$I to catalog_anon;
      grant select, insert, delete on large.%1$I to catalog_user;
      comment on table large.%1$I is 'Rows of one kind.';
      comment on column large.%1$I.code is 'What people call it.';
      $$, name, 't' || greatest(i - 1, 1));
    if i % 3 = 0 then
      execute format('grant update (code, state, note) on large.%I to catalog_user', name);
    end if;
  end loop;
  for i in 1..30 loop
    execute format($$
      create view large.%1$I as select *, upper(code) as shout from large.%2$I;
      grant select, insert on large.%1$I to catalog_user;
      comment on view large.%1$I is 'The rows, loudly.';
      $$, 'v' || i, 't' || i);
  end loop;
  for i in 1..299 loop
    execute format($$
      create function large.%1$I(a int, b text default 'x', out c bigint, out d text) language sql as 'select a, b';
      comment on function large.%1$I is 'Answers.';
      $$, 'f' || i);
  end loop;
end $do$;`

// BenchmarkLoad measures what a server waits for when it starts: on a connection
// that has read the catalogs before, and on a new one.
func BenchmarkLoad(b *testing.B) {
	benchmark(b, func(b *testing.B, tx pgx.Tx) error {
		_, err := catalog.Load(b.Context(), tx)
		return err
	})
}

// BenchmarkDescribe measures what a pull waits for, Load included.
func BenchmarkDescribe(b *testing.B) {
	benchmark(b, func(b *testing.B, tx pgx.Tx) error {
		cat, err := catalog.Load(b.Context(), tx)
		if err != nil {
			return err
		}
		_, err = catalog.Describe(b.Context(), tx, cat, []string{"large"}, []string{"catalog_anon", "catalog_user"})
		return err
	})
}

func benchmark(b *testing.B, read func(*testing.B, pgx.Tx) error) {
	db := newDatabase(b, large)
	run := func(b *testing.B, conn *pgx.Conn) {
		if err := snapshot(b, conn, func(tx pgx.Tx) error { return read(b, tx) }); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("warm", func(b *testing.B) {
		conn := connect(b, db)
		run(b, conn)
		for b.Loop() {
			run(b, conn)
		}
	})
	b.Run("cold", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			conn := connect(b, db)
			b.StartTimer()
			run(b, conn)
		}
	})
}
