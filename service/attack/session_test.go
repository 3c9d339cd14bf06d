package attack_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/rowgate/rowgate/service/servicetest"
	"github.com/rowgate/rowgate/store"
)

// Settings of the session that outlast the transaction: claims, the search
// path, timeouts, what values look like. The next caller has those of a
// connection that nobody has used.
func TestSettingsLeftBehind(t *testing.T) {
	a := attacked(t)
	for _, s := range [][2]string{
		{"request.jwt.claims", `{"sub":"` + alice + `","role":"service_role"}`},
		{"request.jwt.claim.sub", alice},
		{"request.jwt.claim.role", "service_role"},
		{"request.jwt.claim", `{"sub":"` + alice + `"}`},
		{"request.headers", `{"x":"y"}`},
		{"request.method", "GET"},
		{"request.path", "/rpc"},
		{"search_path", "attack, pg_temp"},
		{"row_security", "off"},
		{"statement_timeout", "1"},
		{"lock_timeout", "1"},
		{"idle_in_transaction_session_timeout", "1"},
		{"default_transaction_read_only", "on"},
		{"default_transaction_isolation", "serializable"},
		{"DateStyle", "SQL, DMY"},
		{"IntervalStyle", "iso_8601"},
		{"TimeZone", "Asia/Tokyo"},
		{"bytea_output", "escape"},
		{"extra_float_digits", "-15"},
		{"client_encoding", "LATIN1"},
		{"app.tenant", "alice's"},
		{"plan_cache_mode", "force_generic_plan"},
		{"standard_conforming_strings", "off"},
		{"session_replication_role", "replica"},
		{"transform_null_equals", "on"},
		{"xmloption", "document"},
		{"quote_all_identifiers", "on"},
		{"check_function_bodies", "off"},
		{"default_table_access_method", "nothing"},
		{"work_mem", "64kB"},
		{"enable_indexscan", "off"},
		{"client_min_messages", "debug5"},
		{"backslash_quote", "on"},
		{"array_nulls", "off"},
		{"constraint_exclusion", "off"},
	} {
		// What a caller may not set is refused, and then there is nothing left.
		_, err := a.run(t, a.alice(t), "", fmt.Sprintf("select set_config('%s', '%s', false)", s[0], strings.ReplaceAll(s[1], "'", "''")))
		a.discreet(t, err)
		if got := a.whoami(t, a.bob(t)); got != isBob {
			t.Errorf("after %s, Bob is %q", s[0], got)
		}
		a.settingsAsNew(t, a.bob(t))
		const others = "select concat_ws(' ', current_setting('search_path'), current_setting('work_mem'), current_setting('enable_indexscan'), current_setting('standard_conforming_strings'))"
		if got, err := a.run(t, a.bob(t), others); err != nil || strings.Contains(got, "pg_temp") || !strings.HasSuffix(got, "on on") || strings.Contains(got, "64kB") {
			t.Errorf("after %s, Bob's session has %s, %v", s[0], got, err)
		}
	}
	a.nextIsThemselves(t)
}

// Another's claims, set for the session and with them the legacy ones, which
// win over the others where they are looked at.
func TestClaimsLeftBehind(t *testing.T) {
	a := attacked(t)
	for _, next := range []caller{a.anon(t), a.bob(t)} {
		if _, err := a.run(t, a.alice(t), "",
			"select set_config('request.jwt.claims', '{\"sub\":\""+alice+"\",\"role\":\"authenticated\"}', false)",
			"select set_config('request.jwt.claim.sub', '"+alice+"', false)",
			"select set_config('request.jwt.claim', '{\"sub\":\""+alice+"\"}', false)",
			"select set_config('role', 'authenticated', false)",
		); err != nil {
			t.Fatal(err)
		}
		for _, ask := range []string{"select auth.jwt() ->> 'sub'", "select auth.uid()", "select string_agg(owner_id::text, ' ') from items"} {
			got, err := a.run(t, next, ask)
			if err != nil || strings.Contains(got, alice) {
				t.Errorf("%s: %s as %s, %v", ask, got, next.name, err)
			}
		}
	}
	a.nextIsThemselves(t)
}

// A prepared statement outlasts the call as well, and has a name that its role
// and text give: another statement is put behind the name of one of ours, for
// the next caller to run as themselves.
func TestPreparedStatementsReplaced(t *testing.T) {
	a := attacked(t)
	// What the server prepares for these calls.
	for range 2 {
		a.must(t, a.bob(t), "ListItems", `{"pageSize":2,"readMask":"title"}`)
		a.must(t, a.bob(t), "GetItem", `{"id":"17e50000-0000-4000-8000-00000000001b"}`)
		a.must(t, a.bob(t), "Whoami", `{}`)
	}
	names, err := a.run(t, a.alice(t), "select string_agg(name || ' ' || array_to_string(parameter_types, ','), ';') from pg_prepared_statements where name <> ''")
	if err != nil {
		t.Fatal(err)
	}
	replaced := 0
	for _, s := range strings.Split(names, ";") {
		name, types, _ := strings.Cut(s, " ")
		if types != "" {
			types = "(" + types + ")"
		}
		// Each is made one that would have Bob say what he has not asked for.
		steps := []string{
			`deallocate "` + name + `"`,
			`prepare "` + name + `"` + types + ` as select set_config('request.jwt.claims', '{"sub":"` + alice + `"}', true), set_config('role', 'authenticated', true), set_config('request.jwt.claim.sub', '` + alice + `', true), set_config('attack.here', 'true', false)`,
		}
		if _, err := a.run(t, a.alice(t), "", steps...); err == nil {
			replaced++
		}
		for range 2 {
			if got := a.whoami(t, a.bob(t)); got != isBob {
				t.Errorf("with another statement behind %s, Bob is %q", name, got)
			}
			if got := a.must(t, a.bob(t), "ListItems", `{"pageSize":2,"readMask":"title"}`); !strings.Contains(got, `"title":`) || strings.Contains(got, alice) {
				t.Errorf("with another statement behind %s, Bob lists %s", name, got)
			}
			if got := a.must(t, a.bob(t), "GetItem", `{"id":"17e50000-0000-4000-8000-00000000001b"}`); !strings.Contains(got, bob) {
				t.Errorf("with another statement behind %s, Bob gets %s", name, got)
			}
		}
	}
	if replaced == 0 {
		t.Error("no statement was replaced, so it proves nothing")
	}
	a.nextIsThemselves(t)
}

// Names that a later call will prepare are taken before it does.
func TestPreparedStatementNamesTaken(t *testing.T) {
	names := map[string]bool{}
	for range 2 { // On one server the names are learned, on a fresh one taken.
		a := attacked(t)
		for name := range names {
			// One that is there already cannot be taken.
			_, err := a.run(t, a.alice(t), "", `prepare "`+name+`" as select 'HIDDENANSWER', 1, 2, set_config('request.jwt.claims', '{"sub":"`+alice+`"}', false)`)
			a.discreet(t, err)
		}
		if got := a.must(t, a.bob(t), "ListItems", `{"pageSize":3,"readMask":"title,ownerId"}`); !onlyOf(got, bob) {
			t.Errorf("Bob lists %s", got)
		}
		a.nextIsThemselves(t)
		list, err := a.run(t, a.alice(t), "select string_agg(name, ';') from pg_prepared_statements")
		if err != nil {
			t.Fatal(err)
		}
		for name := range strings.SplitSeq(list, ";") {
			names[name] = true
		}
	}
}

// All prepared statements are taken away, by DEALLOCATE and DISCARD: the calls
// that had counted on them do as before.
func TestPreparedStatementsTakenAway(t *testing.T) {
	a := attacked(t)
	a.nextIsThemselves(t)
	for _, step := range []string{"deallocate all", "discard plans", "discard sequences"} {
		if _, err := a.run(t, a.alice(t), "", step); err != nil {
			t.Errorf("%s: %v", step, err)
		}
		a.nextIsThemselves(t)
	}
	_, err := a.run(t, a.alice(t), "", "discard all")
	if err == nil {
		t.Error("DISCARD ALL ran within a transaction")
	}
	a.nextIsThemselves(t)
}

// A temporary table outlasts the call, and comes before all others where a name
// is looked up: a function that says "items" would read Alice's rows as Bob's,
// and write his into hers.
func TestTemporaryTablesLeftBehind(t *testing.T) {
	a := attacked(t)
	want := a.must(t, a.bob(t), "MyItems", `{}`)
	_, err := a.run(t, a.alice(t), "",
		"create temp table items (id int, owner_id uuid default '"+bob+"', title text)",
		"insert into items (title) select 'planted' from generate_series(1, 1000)",
		"grant all on items to anon, authenticated",
		"create function pg_temp.uid() returns uuid language sql as $$ select '"+alice+"'::uuid $$",
	)
	if err != nil {
		t.Logf("Alice cannot make them: %v", err) // Where TEMPORARY is taken from PUBLIC.
	}
	if got := a.must(t, a.bob(t), "MyItems", `{}`); got != want {
		t.Errorf("Bob's function counts %s, want %s", got, want)
	}
	if got := a.must(t, a.bob(t), "AddItem", `{"title":"HIDDENTITLE"}`); got != `{"result":"1"}` {
		t.Errorf("Bob's function has made %s such items, want 1", got)
	}
	if got, err := a.run(t, a.alice(t), "select string_agg(title, ' ') from items"); strings.Contains(got, "HIDDENTITLE") || strings.Contains(got, "planted") {
		t.Errorf("Alice's next call finds %s, %v", got, err)
	}
	a.nextIsThemselves(t)
}

// What else a session keeps: sequences' last values, notifications, locks and
// cursors.
func TestSessionStateLeftBehind(t *testing.T) {
	a := attacked(t)
	// Bob's last value of a sequence is not Alice's to see.
	if _, err := a.run(t, a.bob(t), "", "create temp sequence if not exists mine", "select nextval('mine')"); err != nil {
		t.Logf("a sequence: %v", err)
	}
	if got, err := a.run(t, a.alice(t), "select lastval()"); err == nil {
		t.Errorf("Alice has Bob's last value %s", got)
	}
	// A lock of the session is not held for ever.
	if _, err := a.run(t, a.alice(t), "", "select pg_advisory_lock(4711)"); err != nil {
		t.Fatal(err)
	}
	a.nextIsThemselves(t)
	if n := a.ask(t, "select count(*) from pg_locks where locktype = 'advisory' and objid = 4711"); n != "0" {
		t.Errorf("Alice's call is over and holds %s locks", n)
	}
	// A cursor WITH HOLD is not there for the next.
	if _, err := a.run(t, a.alice(t), "", "declare kept cursor with hold for select 'HIDDENROW'::text from generate_series(1, 10)"); err != nil {
		t.Fatal(err)
	}
	a.nextIsThemselves(t)
	if got, err := a.run(t, a.bob(t), "select count(*) from pg_cursors where is_holdable"); err != nil || got != "0" {
		t.Errorf("Bob finds %s cursors, %v", got, err)
	}
	// Nor is a channel listened to.
	if _, err := a.run(t, a.alice(t), "", "listen attack"); err != nil {
		t.Fatal(err)
	}
	a.nextIsThemselves(t)
	if got, err := a.run(t, a.bob(t), "select count(*) from pg_listening_channels()"); err != nil || got != "0" {
		t.Errorf("Bob's session listens to %s channels, %v", got, err)
	}
}

// A notification arrives amid the answers of another's call, and is not taken
// for one.
func TestNotifications(t *testing.T) {
	a := attacked(t)
	if _, err := a.run(t, a.alice(t), "", "listen attack"); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		a.super(t, "select pg_notify('attack', repeat('HIDDENPAYLOAD', 500)) from generate_series(1, 3)")
		if got := a.whoami(t, a.bob(t)); got != isBob {
			t.Errorf("Bob is %q", got)
		}
		// One that the call itself causes comes before its end.
		if got, err := a.run(t, a.bob(t), "select auth.uid()", "notify attack, 'HIDDENPAYLOAD'", "listen attack"); err != nil || got != bob {
			t.Errorf("Bob is %q, %v", got, err)
		}
	}
	a.nextIsThemselves(t)
}

// SQL of a caller ends the transaction and goes on without the caller's role,
// or commits half of what it did.
func TestTransactionEndedWithin(t *testing.T) {
	a := attacked(t)
	a.super(t, `create procedure attack.commits() language plpgsql as $$ begin insert into public.items (title) values ('half'); commit; perform set_config('role', 'none', false); end $$;
		grant execute on procedure attack.commits() to authenticated, anon`)
	for _, step := range []string{
		"commit", "rollback", "end", "abort", "begin", "savepoint s", "prepare transaction 'x'", "rollback to savepoint s", "commit and chain",
		"start transaction", "call attack.commits()", "do $$ begin commit; end $$", "do $$ begin rollback; perform 1; end $$", "vacuum", "create database x",
		"set transaction isolation level serializable", "set transaction read write",
	} {
		_, err := a.run(t, a.alice(t), "", "insert into public.items (title) values ('half')", step)
		if err == nil && step != "set transaction read write" {
			t.Errorf("%s is done", step)
		}
		a.discreet(t, err)
		a.nextIsThemselves(t)
		if n := a.ask(t, "select count(*) from items where title = 'half'"); n != "0" && err != nil {
			t.Fatalf("%s has failed and left %s rows", step, n)
		}
		a.super(t, "delete from items where title = 'half'")
	}
}

// A method that reads is in a read-only transaction, which SQL of its function
// cannot make another.
func TestReadOnlyLifted(t *testing.T) {
	a := attacked(t)
	for _, ask := range []string{
		"select set_config('transaction_read_only', 'off', true)", "select set_config('transaction_read_only', 'off', false)",
		"select attack.run(array['set transaction read write', 'insert into items (title) values (''written'')'])",
		"select attack.run(array['insert into items (title) values (''written'')'])",
		"select attack.run(array['set local transaction_read_only = off'])",
		"select attack.run(array['reset all', 'insert into items (title) values (''written'')'])",
		"select attack.run(array['reset role', 'set role authenticated', 'insert into items (title) values (''written'')'])",
		"select attack.run(array['update items set title = ''written'''])",
		"select attack.run(array['create temp table t ()'])",
		"select nextval('public.comments_id_seq')", "select pg_notify('attack', '')",
	} {
		got, err := a.call(t, a.alice(t), "Peek", `{"ask":`+jsonText(ask)+`}`)
		if err == nil && !strings.Contains(ask, "create temp") && !strings.Contains(ask, "pg_notify") {
			t.Errorf("%s: %s", ask, got)
		}
		a.discreet(t, err)
		if n := a.ask(t, "select count(*) from items where title = 'written'"); n != "0" {
			t.Fatalf("%s has written %s rows", ask, n)
		}
		a.nextIsThemselves(t)
	}
}

// Up to Postgres 15, RESET goes past the check that keeps a read-only transaction
// one. What is written then is what the caller may write: policies and grants
// hold, as they do for whoever does it in psql.
func TestReadOnlyReset(t *testing.T) {
	a := attacked(t)
	lifted := a.ask(t, "select current_setting('server_version_num')::int < 160000") == "t"
	const reset = "select attack.run(array['reset transaction_read_only', 'insert into items (title, owner_id) values (''written'', ''OWNER'')'])"
	for owner, may := range map[string]bool{alice: lifted, bob: false} {
		_, err := a.call(t, a.alice(t), "Peek", `{"ask":`+jsonText(strings.Replace(reset, "OWNER", owner, 1))+`}`)
		if (err == nil) != may {
			t.Errorf("a row for %s: %v", owner, err)
		}
		a.discreet(t, err)
	}
	if n := a.ask(t, "select count(*) from items where title = 'written' and owner_id <> '"+alice+"'"); n != "0" {
		t.Errorf("%s rows are others'", n)
	}
	a.nextIsThemselves(t)
}

// The server's own limit of time is lifted by SQL of the caller, whose call
// then would hold the connection for as long as it likes.
func TestTimeoutLifted(t *testing.T) {
	a := attacked(t, func(o *servicetest.Options) { o.Store = func(c *store.Config) { c.MaxConns = 2 } })
	as := a.alice(t)
	ctx, cancel := contextFor(as, 700*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err := a.run(t, caller{as.name, ctx}, "", "set local statement_timeout = 0", "set statement_timeout = 0",
		"do $$ begin perform pg_sleep(30); exception when query_canceled then perform pg_sleep(1.2); end $$")
	if code := status.Code(err); code != codes.DeadlineExceeded || time.Since(start) > 3*time.Second {
		t.Errorf("the call ended after %s: %v", time.Since(start), err)
	}
	a.nextIsThemselves(t)
}
