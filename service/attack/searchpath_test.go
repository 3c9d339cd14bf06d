package attack_test

import (
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Objects of Alice's own, found before those that were meant: tables, functions
// and operators in a schema where she may make them, put in front of pg_catalog.
// The server's own statements name their schemas, and the next caller has the
// login's search path.
func TestSearchPathShadowing(t *testing.T) {
	a := attacked(t)
	// An application that lets its users make objects, as Postgres 14 did in public.
	a.super(t, `create schema open; grant usage, create on schema open to anon, authenticated`)
	steps := []string{
		"set search_path = open, pg_catalog, public",
		"create table open.items (id uuid, owner_id uuid, title text)",
		"insert into open.items values (gen_random_uuid(), '" + bob + "', 'planted')",
		"grant all on open.items to anon, authenticated",
		"create function open.uid() returns uuid language sql as $$ select '" + alice + "'::uuid $$",
		"create function open.set_config(text, text, boolean) returns text language sql as $$ select pg_catalog.set_config($1, 'authenticated', $3) $$",
		"create function open.current_setting(text, boolean) returns text language sql as $$ select '{\"sub\":\"" + alice + "\"}'::text $$",
		"create function open.count(anyelement) returns bigint language sql as $$ select 0::bigint $$",
		"create function open.eq(uuid, uuid) returns boolean language sql as $$ select true $$",
		"create operator open.= (leftarg = uuid, rightarg = uuid, function = open.eq)",
		"create function open.eqt(text, text) returns boolean language sql as $$ select true $$",
		"create operator open.= (leftarg = text, rightarg = text, function = open.eqt)",
		"select set_config('search_path', 'open, pg_catalog, public', false)",
	}
	if _, err := a.run(t, a.alice(t), "", steps...); err != nil {
		t.Fatal(err)
	}
	// Within her own call, she has changed what her own SQL means and no policy:
	// those were parsed when they were made.
	got, err := a.run(t, a.alice(t), "select count(*) from public.items where owner_id <> '"+alice+"'", "set search_path = open, pg_catalog, public")
	if err != nil || got != "0" {
		t.Errorf("with operators of her own, Alice sees %s items of others, %v", got, err)
	}
	a.nextIsThemselves(t)
	if got := a.must(t, a.bob(t), "ListItems", `{"filter":"title = \"Bread\"","readMask":"ownerId","count":"COUNT_EXACT"}`); !onlyOf(got, bob) {
		t.Errorf("Bob lists %s", got)
	}
	if got, want := a.must(t, a.bob(t), "MyItems", `{}`), `{"result":"`+a.psql(t, "authenticated", bob, "select attack.my_items()")+`"}`; got != want {
		t.Errorf("Bob's function counts %s, want %s", got, want)
	}
	// The server's own statements, with that path in force: within one
	// transaction a trigger of Alice's row sets it before the next statement.
	a.super(t, `create function attack.turn() returns trigger language plpgsql as $$ begin
			perform pg_catalog.set_config('search_path', 'open, pg_catalog, public', false); return new; end $$;
		create trigger turn before insert or update on attack.loud for each row execute function attack.turn()`)
	for range 2 {
		a.must(t, a.alice(t), "Transact", `{"writes":[{"createLoud":{"loud":{"id":1,"text":"x"}}},{"updateItem":{"item":{"id":"17e50000-0000-4000-8000-000000000001","title":"x"}}},{"deleteLoud":{"id":1}}]}`)
		a.refused(t, codes.NotFound, a.alice(t), "Transact", `{"writes":[{"createLoud":{"loud":{"id":1,"text":"x"}}},{"updateItem":{"item":{"id":"17e50000-0000-4000-8000-00000000001b","title":"x"}}}]}`)
		a.nextIsThemselves(t)
	}
	if n := a.ask(t, "select count(*) from public.items where title = 'x'"); n != "1" {
		t.Errorf("%s items have been changed, want Alice's one", n)
	}
}

// Without such a schema there is nowhere to make an object but pg_temp, in
// which no function or operator is looked up.
func TestNowhereToMakeObjects(t *testing.T) {
	a := attacked(t)
	for _, as := range []caller{a.alice(t), a.anon(t)} {
		for _, back := range []string{"select 1", "reset role"} {
			for _, step := range []string{
				"create table public.t ()", "create table attack.t ()", "create table rowgate.t ()", "create table auth.t ()", "create table pg_catalog.t ()",
				"create view public.v as select 1", "create function attack.f() returns int language sql as 'select 1'", "create schema mine",
				"create operator public.= (leftarg = uuid, rightarg = uuid, function = uuid_eq)", "create type public.e as enum ('x')",
				"create extension hstore", "create publication p", "create event trigger e on ddl_command_end execute function attack.shout()",
				"create foreign data wrapper w", "create cast (text as int) with inout", "create text search configuration public.c (copy = simple)",
				"create trigger t before insert on public.items for each row execute function attack.shout()",
				"create rule r as on select to public.items do instead select 1", "comment on table public.items is 'x'",
			} {
				if _, err := a.run(t, as, "", back, step); status.Code(err) == codes.OK {
					t.Errorf("%s is done as %s after %s", step, as.name, back)
				}
			}
		}
	}
	a.nextIsThemselves(t)
}
