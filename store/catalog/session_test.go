package catalog_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rowgate/rowgate/migrations"
	"github.com/rowgate/rowgate/store/catalog"
	"github.com/rowgate/rowgate/store/storetest"
)

// TestLeavesSession holds which functions and relations may leave something in
// a session, by all the ways on which one leads to another.
func TestLeavesSession(t *testing.T) {
	db := storetest.New(t, storetest.Migration{Name: "session", SQL: `
create schema s;
create function s.plain() returns int language sql return 1;
create table s.quiet (id int primary key default s.plain());
create function s.runs(q text) returns void language plpgsql as $$ begin execute q; end $$;
create function s.locks() returns void language sql as $$ select pg_advisory_lock(1) $$;
create function s.locks_for_now() returns void language sql as $$ select pg_advisory_xact_lock(1) $$;
create function s.calls() returns void language plpgsql as $$ begin perform s.runs('select 1'); end $$;
create function s.calls_unqualified() returns void language plpgsql as $$ begin perform Calls(); end $$;
create function s.parsed() returns int language sql begin atomic select 1 from s.runs('select 1'); end;
create function s.listens() returns trigger language plpgsql as $$ begin LISTEN x; return new; end $$;
create table s.triggered (id int primary key);
create trigger t before insert on s.triggered for each row execute function s.listens();
create table s.parent (id int primary key);
create table s.child (id int primary key, parent int references s.parent on delete cascade);
create trigger t after delete on s.child for each row execute function s.listens();
create table s.guarded (id int primary key);
alter table s.guarded enable row level security;
create policy p on s.guarded using (s.parsed() = 1);
create table s.whole (id int) partition by range (id);
create table s.part partition of s.whole for values from (0) to (9);
create trigger t before insert on s.part for each row execute function s.listens();
create function s.temps() returns void language plpgsql as $$ begin create table pg_temp.x (); end $$;
create function s.defaults() returns void language plpgsql as $$ begin set default_transaction_read_only = on; end $$;
create view s.through as select * from s.guarded;
create function s.writes() returns void language plpgsql as $$ begin insert into s."triggered" values (1); end $$;
create function s.reads() returns void language plpgsql as $$ begin perform from s.quiet; end $$;`})
	cat, err := catalog.Load(t.Context(), db.Superuser(t))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range cat.Functions() {
		if f.Schema == "s" && f.LeavesSession {
			got = append(got, f.Name.Name)
		}
	}
	for _, r := range cat.Relations() {
		if r.Schema != "s" {
			continue
		}
		if r.ReadLeavesSession {
			got = append(got, "read "+r.Name.Name)
		}
		if r.WriteLeavesSession {
			got = append(got, "write "+r.Name.Name)
		}
	}
	slices.Sort(got)
	want := []string{
		"calls", "calls_unqualified", "defaults", "listens", "locks", "parsed", "read guarded", "read through",
		"runs", "temps", "write child", "write guarded", "write parent", "write part",
		"write through", "write triggered", "write whole", "writes",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for sql, want := range map[string]bool{
		"select * from s.quiet": false, "select s.calls()": true, "select pg_advisory_lock(:a)": true,
		"select * from s.guarded where id = :id": true, "select 'execute'": true,
	} {
		if got := cat.LeavesSession(sql); got != want {
			t.Errorf("LeavesSession(%q) is %t", sql, got)
		}
	}
}

// TestExampleKeepsSessions holds that nothing of the example application costs
// its calls a clean session.
func TestExampleKeepsSessions(t *testing.T) {
	db := storetest.New(t, storetest.Migrations(migrations.Supabase(), migrations.App(), migrations.Setup())...)
	cat, err := catalog.Load(t.Context(), db.Superuser(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range cat.Relations() {
		if r.ReadLeavesSession || r.WriteLeavesSession {
			t.Errorf("%s is marked", r)
		}
	}
	for _, f := range cat.Functions() {
		if f.LeavesSession {
			t.Errorf("%s is marked", f)
		}
	}
}
