package attack_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/rowgate/rowgate/service/servicetest"
	"github.com/rowgate/rowgate/store"
)

// A function that the caller reaches sets the role itself, for the transaction
// and for the session. It becomes what the login may become and nothing else;
// whatever it has left behind, the next caller is who its token says.
func TestRoleEscalationBySetConfig(t *testing.T) {
	a := attacked(t)
	for _, local := range []string{"true", "false"} {
		for _, role := range []string{"service_role", "rowgate_admin", "postgres", "pg_read_all_data", "pg_monitor", "authenticator"} {
			for _, as := range []caller{a.alice(t), a.anon(t)} {
				got, err := a.run(t, as, "select current_user", fmt.Sprintf("select set_config('role', '%s', %s)", role, local))
				if status.Code(err) == codes.OK {
					t.Errorf("%s has become %s", as.name, got)
				}
				a.discreet(t, err)
			}
			a.nextIsThemselves(t)
		}
		// What the login is a member of, and the login, SQL of a caller may be:
		// each is held to its policies and grants.
		for _, role := range []string{"none", "anon", "authenticated"} {
			for _, as := range []caller{a.alice(t), a.anon(t)} {
				if _, err := a.run(t, as, "", fmt.Sprintf("select set_config('role', '%s', %s)", role, local)); err != nil {
					t.Errorf("%s as %s: %v", role, as.name, err)
				}
				a.nextIsThemselves(t)
			}
		}
	}
	// Another role brings no rows that psql under that role would not show.
	for _, as := range []caller{a.alice(t), a.anon(t)} {
		got, err := a.run(t, as, "select count(*) from public.items where owner_id = '"+bob+"'", "select set_config('role', 'authenticated', false)")
		if err != nil || got != "0" {
			t.Errorf("%s sees %s items of Bob's: %v", as.name, got, err)
		}
	}
	a.nextIsThemselves(t)
}

// SET ROLE, RESET ROLE and RESET ALL lead back to the login, which has no right
// to any table of the application.
func TestResetRole(t *testing.T) {
	a := attacked(t)
	for _, step := range []string{"reset role", "set role none", "set local role none", "set session role none", "reset all; reset role", "set role rowgate", "select set_config('role', null, false)"} {
		for _, as := range []caller{a.alice(t), a.anon(t)} {
			for _, table := range []string{"public.items", "public.profiles", "attack.vault", "attack.plain", "auth.users"} {
				got, err := a.run(t, as, "select count(*) from "+table, step)
				if status.Code(err) != codes.PermissionDenied {
					t.Errorf("%s reads %s behind %q: %s, %v", as.name, table, step, got, err)
				}
			}
			a.discreet(t, nil)
		}
		got, err := a.run(t, a.alice(t), "select current_user", step)
		if err != nil || got != "rowgate" {
			t.Errorf("behind %q the role is %q: %v", step, got, err)
		}
		a.nextIsThemselves(t)
	}
}

// SET SESSION AUTHORIZATION is for superusers; the login is none.
func TestSessionAuthorization(t *testing.T) {
	a := attacked(t)
	for _, who := range []string{"postgres", "service_role", "rowgate_admin", "authenticated", "anon"} {
		for _, step := range []string{"set session authorization '%s'", "set local session authorization '%s'", "select set_config('session_authorization', '%s', false)"} {
			for _, before := range []string{"select 1", "reset role"} {
				got, err := a.run(t, a.alice(t), "select session_user", before, fmt.Sprintf(step, who))
				if err == nil {
					t.Errorf("%s after %q: %s", who, before, got)
				}
				a.discreet(t, err)
			}
		}
	}
	// Those that are allowed change nothing.
	for _, step := range []string{"reset session authorization", "set session authorization default", "set session authorization 'rowgate'"} {
		if got, err := a.run(t, a.alice(t), "select session_user", step); err != nil || got != "rowgate" {
			t.Errorf("%s: %s, %v", step, got, err)
		}
		a.nextIsThemselves(t)
	}
}

// Rights are taken by GRANT, by new roles and by changed ones. Neither caller
// role nor login may grant or make any.
func TestGrantsOfOnesOwn(t *testing.T) {
	a := attacked(t)
	const members = "select string_agg(m::text, ' ' order by m::text) from pg_auth_members m"
	before := a.ask(t, members)
	for _, back := range []string{"select 1", "reset role"} {
		for _, step := range []string{
			"grant service_role to authenticated", "grant service_role to rowgate", "grant authenticated to anon", "grant postgres to rowgate",
			"create role attack_role", "alter role authenticated bypassrls", "alter role rowgate bypassrls", "alter role rowgate superuser", "alter role rowgate createrole",
			"grant select on auth.users to authenticated", "grant select (salary) on attack.staff to authenticated",
			"alter table public.items disable row level security", "alter table public.items no force row level security",
			"create policy open on public.items for select using (true)", "drop policy items_select on public.items",
			"alter function auth.uid() security definer", "create or replace function auth.uid() returns uuid language sql as 'select null::uuid'",
			"create function public.uid() returns int language sql as 'select 1'", "create schema alice", "create table public.mine (id int)",
			"copy public.items to program 'id'", "copy (select 1) to '/tmp/attack-copied'", "load 'auto_explain'", "select pg_read_file('/etc/passwd')",
			"select lo_import('/etc/passwd')", "create extension plpython3u", "create language plpython3u", "alter system set row_security = off",
		} {
			got, err := a.run(t, a.alice(t), "", back, step)
			if err == nil {
				t.Errorf("%s after %s is done: %s", step, back, got)
			}
			a.discreet(t, err)
		}
	}
	if after := a.ask(t, members); after != before {
		t.Errorf("the memberships were %s and are %s", before, after)
	}
	a.nextIsThemselves(t)
}

// As the login, SQL of a caller reaches the table of kept answers. It holds
// hashes and what is encrypted under ids that only their clients know: there is
// nothing of a request or of its answer to read, and none to forge.
func TestKeptAnswersAsTheLogin(t *testing.T) {
	a := attacked(t)
	const id = "5ba8d7c0-0000-4000-8000-0000000000aa"
	request := `{"item":{"title":"HIDDENTITLE"},"requestId":"` + id + `"}`
	made := a.must(t, a.bob(t), "CreateItem", request)
	all, err := a.run(t, a.alice(t), "select string_agg(r::text || encode(answer, 'escape') || encode(key, 'escape'), ' ') from rowgate.requests r", "reset role")
	if err != nil || all == "" {
		t.Fatalf("the login cannot read its table: %q, %v", all, err)
	}
	for _, secret := range []string{"HIDDENTITLE", id, bob, "CreateItem"} {
		if strings.Contains(all, secret) {
			t.Errorf("rowgate.requests tells of %s", secret)
		}
	}
	// An answer that somebody changed is not given.
	if _, err := a.run(t, a.alice(t), "", "reset role", `update rowgate.requests set answer = '\x00'`); err != nil {
		t.Fatal(err)
	}
	if got, err := a.call(t, a.bob(t), "CreateItem", request); status.Code(err) != codes.Internal {
		t.Errorf("a forged answer is given: %s, %v", got, err)
	}
	if n := a.ask(t, "select count(*) from items where title = 'HIDDENTITLE'"); n != "1" {
		t.Errorf("there are %s such items, and %s was made", n, made)
	}
	a.nextIsThemselves(t)
}

// What other callers' statements look like to the login: their text and no
// value of theirs.
func TestActivityShowsNoValues(t *testing.T) {
	a := attacked(t, conns(2))
	watcher, err := pgx.Connect(t.Context(), a.DB.LoginURL(t, "rowgate"))
	if err != nil {
		t.Fatal(err)
	}
	defer watcher.Close(context.Background())
	for range 5 {
		a.must(t, a.bob(t), "ListItems", `{"filter":"title = \"HIDDENVALUE\""}`)
		a.must(t, a.bob(t), "CreateItem", `{"item":{"title":"HIDDENVALUE"}}`)
		var seen string
		if err := watcher.QueryRow(t.Context(), "select string_agg(query, ' ') from pg_stat_activity where datname = current_database()").Scan(&seen); err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{"HIDDENVALUE", bob} {
			if strings.Contains(seen, secret) {
				t.Errorf("pg_stat_activity shows %s: %s", secret, seen)
			}
		}
		if !strings.Contains(seen, "items") {
			t.Fatalf("pg_stat_activity shows nothing of the calls: %s", seen)
		}
	}
}

// Any role may change its own settings and password, so SQL of a caller that has
// gone back to the login may change the login's, for all new connections. That is
// Postgres', and cannot be taken away; what holds is that callers are who they
// are, and see their rows or an error.
func TestLoginChangesItself(t *testing.T) {
	server := attacked(t)
	server.super(t, "create role attack_itself login noinherit; grant anon, authenticated to attack_itself")
	t.Cleanup(func() { server.superIn(cleanup(t), t, "drop role attack_itself") })
	itself, err := url.Parse(server.DB.LoginURL(t, "attack_itself"))
	if err != nil {
		t.Fatal(err)
	}
	a := attacked(t, func(o *servicetest.Options) {
		o.Store = func(c *store.Config) {
			u, err := url.Parse(c.URL)
			if err != nil {
				t.Fatal(err)
			}
			u.User = itself.User
			c.MaxConns, c.URL = 1, u.String()
		}
	})
	alter := "alter role attack_itself in database " + a.DB.Name
	for _, set := range []string{
		`"request.jwt.claims" = '{"sub":"` + alice + `","role":"authenticated"}'`, `"request.jwt.claim.sub" = '` + alice + `'`, `"request.jwt.claim" = '{"sub":"` + alice + `"}'`,
		`role = 'authenticated'`, `row_security = off`, `search_path = 'pg_temp', 'attack'`, `session_preload_libraries = 'auto_explain'`, `session_replication_role = replica`,
		`log_statement = 'all'`, `default_transaction_isolation = 'serializable'`, `default_transaction_read_only = on`, `statement_timeout = 5`, `plan_cache_mode = force_generic_plan`,
	} {
		_, err := a.run(t, a.alice(t), "", "reset role", alter+" set "+set)
		a.discreet(t, err)
		const end = "select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = 'attack_itself' and datname = current_database()"
		a.super(t, end)
		for _, as := range []struct {
			caller
			is, owner string
		}{{a.bob(t), bob, bob}, {a.anon(t), "anon attack_itself anon", `{}`}} {
			got, err := a.call(t, as.caller, "ListItems", `{"readMask":"ownerId"}`)
			if err == nil && !onlyOf(got, as.owner) {
				t.Errorf("with %s, %s lists %s", set, as.name, got)
			}
			a.discreet(t, err)
			got, err = a.call(t, as.caller, "Whoami", `{}`)
			if err == nil && (strings.Contains(got, alice) || !strings.Contains(got, as.is)) {
				t.Errorf("with %s, %s is %q", set, as.name, got)
			}
			a.discreet(t, err)
		}
		a.super(t, alter+" reset all; "+end)
	}
}
