package access_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/rowgate/rowgate/store"
	"github.com/rowgate/rowgate/store/access"
)

// meddling has policies that try to do something, and one that never ends.
const meddling = `
grant usage, create on schema public to access_user, access_guest;
create table public.log (text text);
create sequence public.counter;
grant all on public.log to access_user, access_guest;
grant all on sequence public.counter to access_user, access_guest;
create function public.meddle(sql text) returns bool language plpgsql volatile as $$ begin execute sql; return true; end $$;
create function public.meddle_above(sql text) returns bool language plpgsql volatile security definer as $$ begin execute sql; return true; end $$;
create table public.traps (id int primary key);
insert into public.traps values (1);
grant select, update on public.traps to access_user, access_guest, access_admin;
alter table public.traps enable row level security;
create policy "1 write" on public.traps using (public.meddle('insert into public.log values (''written'')'));
create policy "2 owner" on public.traps using (public.meddle_above('delete from public.traps'));
create policy "3 count" on public.traps using (nextval('public.counter') > 0);
create policy "4 unlock" on public.traps using (public.meddle('set local transaction_read_only = off'));
create policy "5 claims" on public.traps using (public.meddle('select set_config(''request.jwt.claims'', ''{"sub":"bob"}'', false)'));
create policy "6 role" on public.traps using (public.meddle('set role access_guest'));
create policy "7 table" on public.traps using (public.meddle('create table public.made ()'));
create policy "8 commit" on public.traps using (public.meddle('commit'));
create policy "9 time" on public.traps using (public.meddle('set local statement_timeout = 0'));
create policy "a who" on public.traps using (current_user = 'access_user' and current_setting('request.jwt.claims')::json ->> 'sub' = 'ann');
create policy "b raises" on public.traps using (1 / (id - 1) > 0);
create policy "c endless" on public.traps using (pg_sleep(60) is not null);
create policy "d denied" on public.traps using (exists (select from public.secrets));
create policy "e itself" on public.traps using (exists (select from public.traps t where t.id > traps.id));
create policy "g raises" on public.traps using (public.meddle('do $do$ begin raise exception using message = repeat(''é'', 100000); end $do$'));
create policy "f table" on public.traps for update using (true);
`

const secrets = `create table public.secrets (id int);`

// everything is what could have changed.
const everything = `select concat_ws(' ', (select count(*) from public.log), (select count(*) from public.traps), (select is_called from public.counter),
  (select count(*) from pg_class), (select count(*) from pg_proc), (select sum(n_tup_ins + n_tup_upd + n_tup_del) from pg_stat_user_tables))`

// TestNothingIsChanged: policies that write are refused it and say so, and what
// they set is not there for the next one.
func TestNothingIsChanged(t *testing.T) {
	w := newWorld(t, secrets+meddling)
	var before, after string
	if err := w.super.QueryRow(t.Context(), everything).Scan(&before); err != nil {
		t.Fatal(err)
	}
	started := time.Now()
	a := w.explain(t, question("traps", "SELECT", caller("access_user", "ann"), map[string]string{"id": "1"}))
	if took := time.Since(started); took > 12*time.Second {
		t.Errorf("it took %v", took)
	}
	want := map[string]string{
		"1 write":   "cannot execute INSERT in a read-only transaction",
		"2 owner":   "cannot execute DELETE in a read-only transaction",
		"3 count":   "cannot execute nextval() in a read-only transaction",
		"4 unlock":  "cannot set transaction read-write mode inside a read-only transaction",
		"5 claims":  "passes",
		"6 role":    "passes",
		"7 table":   "cannot execute CREATE TABLE in a read-only transaction",
		"8 commit":  "EXECUTE of transaction commands is not implemented",
		"9 time":    "passes",
		"a who":     "passes",
		"b raises":  "division by zero",
		"c endless": "it took longer than a statement may, 2s or what is set for the role",
		"d denied":  "permission denied for table secrets",
		"e itself":  `infinite recursion detected in policy for relation "traps"`,
		"f table":   "not asked",
		"g raises":  strings.Repeat("é", 1024),
	}
	if len(a.Policies) != len(want) {
		t.Errorf("there are %d policies, want %d", len(a.Policies), len(want))
	}
	for _, p := range a.Policies {
		got := p.Error
		if p.Verdict != access.Raises {
			got = map[string]string{"t": "passes", "f": "fails"}[verdict(p)]
		}
		if verdict(p) == "not asked" {
			got = "not asked"
		}
		if got != want[p.Name] {
			t.Errorf("%s: %s, want %s", p.Name, got, want[p.Name])
		}
	}
	if a.Row.Visible || !a.Row.Exists || a.Visible != 0 || a.Plan != "" || !noted(a, "Counting the rows as the caller failed: infinite recursion") {
		t.Errorf("the row %+v, %d rows, the plan %q, notes %q", a.Row, a.Visible, a.Plan, a.Notes)
	}
	time.Sleep(time.Second) // Until statistics are reported.
	if err := w.super.QueryRow(t.Context(), everything).Scan(&after); err != nil {
		t.Fatal(err)
	}
	if before != after {
		t.Errorf("before: %s, after: %s", before, after)
	}
	// The connections are as they were.
	for range 3 {
		b := w.explain(t, question("log", "SELECT", caller("access_user", "ann"), nil))
		if len(b.Notes) != 2 || b.Visible != 0 {
			t.Errorf("the notes on a table without row level security: %q", b.Notes)
		}
	}
}

// TestPreRequest: what the function in front of each call writes is rolled back,
// and whom it refuses is told of.
func TestPreRequest(t *testing.T) {
	w := newWorld(t, policies+`
create table app.calls (path text);
create function app.before() returns void language plpgsql security definer as $$ begin
  insert into app.calls values (current_setting('request.path'));
  if public.sub() = 'eve' then raise 'eve is banned'; end if;
end $$;`, func(cfg *store.Config) { cfg.PreRequest, cfg.Unnamed = "app.before", true })
	q := question("notes", "SELECT", caller("access_user", "ann"), map[string]string{"id": "1"})
	if a := w.explain(t, q); len(a.Keys) != 0 && !a.Row.Visible {
		t.Errorf("%+v", a)
	}
	var calls int
	if err := w.super.QueryRow(t.Context(), "select count(*) from app.calls").Scan(&calls); err != nil || calls != 0 {
		t.Errorf("%d calls were counted, %v", calls, err)
	}
	q.As = caller("access_user", "eve")
	a := w.explain(t, q)
	if !noted(a, "refuses the caller: eve is banned") || !a.Row.Exists || a.Plan != "" || len(a.Policies) == 0 {
		t.Errorf("of a caller who is refused: %+v", a)
	}
}

// TestLargeTables: counting ends at MaxRows, and what takes too long ends, too.
func TestLargeTables(t *testing.T) {
	w := newWorld(t, `
grant usage on schema public to access_user, access_admin;
create table public.big (id int primary key, owner text);
insert into public.big select n, case when n % 2 = 0 then 'ann' else 'bob' end from generate_series(1, 100000) n;
analyze public.big;
create table public.slow (like public.big including all);
insert into public.slow select * from public.big;
alter table public.big enable row level security;
alter table public.slow enable row level security;
create function public.slowly(n int) returns bool language plpgsql as $$ begin perform pg_sleep(0.001); return false; end $$;
create policy own on public.big using (owner = current_setting('request.jwt.claims')::json ->> 'sub' and (id < 20006 or id > 50000));
create policy slow on public.slow using (public.slowly(id));
grant select on public.big, public.slow to access_user, access_admin;`)
	for sub, want := range map[string]int64{"ann": access.MaxRows, "bob": access.MaxRows, "eve": 0} {
		started := time.Now()
		a := w.explain(t, question("big", "SELECT", caller("access_user", sub), map[string]string{"id": "4"}))
		if a.Visible != want || a.More != (want > 0) || len(a.Keys) != int(min(want, access.MaxKeys)) || a.Row.Visible != (sub == "ann") {
			t.Errorf("%s: %d rows, more %v, keys %v, row %+v", sub, a.Visible, a.More, a.Keys, a.Row)
		}
		if took := time.Since(started); took > 5*time.Second {
			t.Errorf("%s: it took %v", sub, took)
		}
	}
	// As many as are counted, exactly.
	if _, err := w.super.Exec(t.Context(), "delete from public.big where id > 20000 or owner <> 'ann'"); err != nil {
		t.Fatal(err)
	}
	if a := w.explain(t, question("big", "SELECT", caller("access_user", "ann"), nil)); a.Visible != access.MaxRows || a.More {
		t.Errorf("of %d rows: %d, more %v", access.MaxRows, a.Visible, a.More)
	}
	started := time.Now()
	a := w.explain(t, question("slow", "SELECT", caller("access_user", "ann"), map[string]string{"id": "4"}))
	if took := time.Since(started); took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
	for _, what := range []string{"Counting the rows", "Listing the keys"} {
		if !noted(a, what+" as the caller failed: it took longer") {
			t.Errorf("the notes are %q", a.Notes)
		}
	}
	if a.Policies[0].Verdict != access.Fails || a.Row.Visible || a.Plan == "" {
		t.Errorf("%+v", a)
	}
	// The caller's own time holds as well.
	ctx, cancel := context.WithTimeout(t.Context(), 700*time.Millisecond)
	defer cancel()
	if a, err := access.Explain(ctx, w.stores, question("slow", "SELECT", caller("access_user", "ann"), nil)); err == nil {
		t.Errorf("after the call's time: %+v", a)
	}
	// A policy that takes no end of time each keeps to the time of all.
	var many strings.Builder
	for n := range 10 {
		fmt.Fprintf(&many, "create policy p%d on public.slow using (pg_sleep(60) is not null);", n)
	}
	if _, err := w.super.Exec(t.Context(), many.String()); err != nil {
		t.Fatal(err)
	}
	started = time.Now()
	a = w.explain(t, question("slow", "SELECT", caller("access_user", "ann"), map[string]string{"id": "4"}))
	if took := time.Since(started); took > 14*time.Second || !noted(a, "longer than 10s all together") {
		t.Errorf("it took %v; the notes are %q", took, a.Notes)
	}
}

// TestKinds: what is said of relations that are no plain tables.
func TestKinds(t *testing.T) {
	w := newWorld(t, policies+`
create view public.as_owner as select id, body from public.notes;
create materialized view public.refreshed as select id from public.notes;
create table public.parts (id int, owner text, primary key (id)) partition by range (id);
create table public.part_1 partition of public.parts for values from (0) to (10);
insert into public.parts values (1, 'ann'), (2, 'bob');
alter table public.parts enable row level security;
alter table public.part_1 enable row level security;
create policy own on public.parts using (owner = public.sub());
grant select on public.as_owner, public.refreshed, public.parts, public.part_1, public.notes to access_user, access_admin;
create table public.open (id int primary key);
create policy idle on public.open using (false);
insert into public.open values (1);
grant select on public.open to access_user, access_admin;`)
	if w.version(t) >= 150000 {
		if _, err := w.super.Exec(t.Context(), "create view public.as_caller with (security_invoker) as select id, body from public.notes; grant select on public.as_caller to access_user, access_admin"); err != nil {
			t.Fatal(err)
		}
	}
	ann := caller("access_user", "ann")
	key := func(id string) map[string]string { return map[string]string{"id": id} }
	for _, test := range []struct {
		relation, id    string
		visible         int64
		rowVisible      bool
		policy          string
		notes, notNotes string
	}{
		{"as_owner", "3", 5, true, "", "without security_invoker: it reads with the rights of its owner", ""},
		{"as_caller", "3", -1, false, "", "the policies of what it reads hold, as for the caller: public.notes", ""},
		{"refreshed", "3", 5, true, "", "is a materialized view", ""},
		{"parts", "2", 1, false, "f", "its own policies hold, and not those of its partitions", ""},
		{"parts", "1", 1, true, "t", "is partitioned", ""},
		{"part_1", "1", 0, false, "", "No permissive policy of public.part_1 is for SELECT and the role access_user", ""},
		{"open", "1", 1, true, "not asked", "its policies do nothing", "No permissive"},
	} {
		if test.relation == "as_caller" && w.version(t) < 150000 {
			continue
		}
		a := w.explain(t, question(test.relation, "SELECT", ann, key(test.id)))
		if test.visible >= 0 && a.Visible != test.visible || a.Row.Visible != test.rowVisible || !a.Row.Exists {
			t.Errorf("%s %s: %d rows, %+v, %q", test.relation, test.id, a.Visible, a.Row, a.Notes)
		}
		if !noted(a, test.notes) || test.notNotes != "" && noted(a, test.notNotes) {
			t.Errorf("%s %s: the notes are %q", test.relation, test.id, a.Notes)
		}
		if test.policy != "" && verdict(a.Policies[0]) != test.policy {
			t.Errorf("%s %s: the policy says %s", test.relation, test.id, verdict(a.Policies[0]))
		}
	}
	// In a view no column is known to tell rows apart.
	if _, err := access.Explain(t.Context(), w.stores, question("as_owner", "SELECT", ann, map[string]string{"body": "two"})); err != nil {
		t.Error(err)
	}
	if _, err := w.super.Exec(t.Context(), "create view public.twice as select 1 as id union all select 1; grant select on public.twice to access_user, access_admin"); err != nil {
		t.Fatal(err)
	}
	if _, err := access.Explain(t.Context(), w.stores, question("twice", "SELECT", ann, key("1"))); err == nil || !strings.Contains(err.Error(), "several rows") {
		t.Errorf("a key of two rows: %v", err)
	}
}

func (w *world) version(t *testing.T) (n int) {
	t.Helper()
	if err := w.super.QueryRow(t.Context(), "select current_setting('server_version_num')::int").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
