package safety_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/rowgate/rowgate/store/catalog"
	"github.com/rowgate/rowgate/store/safety"
	"github.com/rowgate/rowgate/store/storetest"
)

// The roles of these tests; the whole server has them, so they have names of
// their own and go when the test does.
const (
	makeRoles = `
create role safe_login login noinherit;
create role safe_user nologin noinherit;
create role safe_boss nologin;
grant safe_user to safe_login;
revoke create on schema public from public;
create schema private;
create table things (id int primary key);
alter table things enable row level security;
grant select on things to safe_user;
create table private.secrets (id int primary key);
alter table private.secrets enable row level security;
create table private.open (id int primary key);
create function add_one(int) returns int language sql as 'select $1 + 1';
revoke execute on function add_one from public;
grant execute on function add_one to safe_user;`
	dropRoles = `
reassign owned by safe_login, safe_user, safe_boss to postgres;
drop owned by safe_login, safe_user, safe_boss;
drop role safe_login, safe_user, safe_boss;`
)

// spoiled is a way in which a database can be wrong, and what is found of it.
type spoiled struct {
	name, spoil string
	// want are the findings: rule, object and the SQL that mends it.
	want []string
	// since and until are major versions; 0 for all.
	since, until int
}

// TestLogin spoils the roles of a database that is right, one way at a time, and
// lets the printed SQL mend it.
func TestLogin(t *testing.T) {
	try(t, []spoiled{
		{name: "right"},
		{name: "superuser", spoil: "alter role safe_login superuser", want: []string{
			"login-superuser safe_login: alter role safe_login nosuperuser;",
		}},
		{name: "bypassrls", spoil: "alter role safe_login bypassrls", want: []string{
			"login-bypassrls safe_login: alter role safe_login nobypassrls;",
		}},
		{name: "createrole", spoil: "alter role safe_login createrole", want: []string{
			"login-createrole safe_login: alter role safe_login nocreaterole;",
		}},
		{name: "replication", spoil: "alter role safe_login replication", want: []string{
			"login-replication safe_login: alter role safe_login noreplication;",
		}},
		{name: "inherit", spoil: "alter role safe_login inherit", want: []string{
			"login-inherit safe_login: alter role safe_login noinherit;",
		}},
		{name: "a member of more", spoil: "grant safe_boss to safe_login", until: 15, want: []string{
			"login-membership safe_boss: revoke safe_boss from safe_login;",
		}},
		{name: "a member of what Postgres brings", spoil: "grant pg_read_all_data to safe_login", until: 15, want: []string{
			"login-membership pg_read_all_data: revoke pg_read_all_data from safe_login;",
		}},
		{name: "a member of more by a caller role", spoil: "grant safe_boss to safe_user", until: 15, want: []string{
			"caller-role-membership safe_user in safe_boss: revoke safe_boss from safe_user;",
		}},
		{name: "a member with admin option", spoil: "grant safe_user to safe_login with admin option", until: 15, want: []string{
			"login-membership safe_user: revoke admin option for safe_user from safe_login;",
		}},
		{name: "a caller role that bypasses", spoil: "alter role safe_user bypassrls", want: []string{
			"caller-role-attributes safe_user: alter role safe_user nosuperuser nobypassrls;",
		}},
		{name: "a caller role that makes roles", spoil: "alter role safe_user createrole", want: []string{
			"caller-role-attributes safe_user: alter role safe_user nocreaterole noreplication;",
		}},
		{name: "not a member", spoil: "revoke safe_user from safe_login", want: []string{
			"caller-role-unreachable safe_user: grant safe_user to safe_login;",
		}},
		{name: "owner of a table", spoil: "alter table things owner to safe_login", want: []string{
			"login-owner public.things: alter table public.things owner to postgres;",
			"rls-without-force public.things: alter table public.things force row level security;",
		}},
		{name: "owner of a table that holds it", spoil: "alter table things force row level security; alter table things owner to safe_login", want: []string{
			"login-owner public.things: alter table public.things owner to postgres;",
		}},
		{name: "owner by a caller role", spoil: "alter table things owner to safe_user; grant select on things to public", want: []string{
			"login-owner public.things: alter table public.things owner to postgres;",
			"rls-without-force public.things: alter table public.things force row level security;",
		}},
		{name: "owner of the schema", spoil: "alter schema public owner to safe_user", want: []string{
			"login-owner schema public: alter schema public owner to postgres;",
		}},
		{name: "owner of a function", spoil: "alter function add_one owner to safe_login", want: []string{
			"login-owner public.add_one(integer): alter routine public.add_one(integer) owner to postgres;",
		}},
		{name: "owner of the database", spoil: "alter database %I owner to safe_login", want: []string{
			"login-owner database %I: alter database %I owner to postgres;",
		}},
		{name: "grants of its own", spoil: "grant select (id) on things to safe_login", want: []string{
			"login-grants public.things: revoke all on public.things from safe_login;",
		}},
	})
}

// TestMemberships goes by what a membership is since PostgreSQL 16: one for each
// grantor, with options.
func TestMemberships(t *testing.T) {
	const others = `
create role safe_grantor createrole;
grant safe_boss, safe_user to safe_grantor with admin option;
grant create on schema private to safe_grantor;
set role safe_grantor;`
	try(t, []spoiled{
		{name: "a member of more", since: 16, spoil: "grant safe_boss to safe_login", want: []string{
			"login-membership safe_boss: revoke safe_boss from safe_login granted by postgres;",
		}},
		{name: "without SET", since: 16, spoil: "grant safe_boss to safe_login with set false, inherit true", want: []string{
			"login-membership safe_boss: revoke safe_boss from safe_login granted by postgres;",
		}},
		{name: "with no option at all", since: 16, spoil: "grant safe_boss to safe_login with set false, inherit false", want: []string{
			"login-membership safe_boss: revoke safe_boss from safe_login granted by postgres;",
		}},
		{name: "by a caller role", since: 16, spoil: "grant safe_boss to safe_user", want: []string{
			"caller-role-membership safe_user in safe_boss: revoke safe_boss from safe_user granted by postgres;",
		}},
		{name: "by several grantors", since: 16, spoil: "grant safe_boss to safe_login;" + others + "grant safe_boss to safe_login; reset role", want: []string{
			"login-membership safe_boss: revoke safe_boss from safe_login granted by postgres; revoke safe_boss from safe_login granted by safe_grantor;",
		}},
		{name: "INHERIT", since: 16, spoil: "grant safe_user to safe_login with inherit true", want: []string{
			"login-membership safe_user: revoke inherit option for safe_user from safe_login granted by postgres;",
		}},
		{name: "INHERIT by another grantor", since: 16, spoil: others + "grant safe_user to safe_login with inherit true; reset role", want: []string{
			"login-membership safe_user: revoke inherit option for safe_user from safe_login granted by safe_grantor;",
		}},
		{name: "ADMIN by another grantor", since: 16, spoil: others + "grant safe_user to safe_login with admin true; reset role", want: []string{
			"login-membership safe_user: revoke admin option for safe_user from safe_login granted by safe_grantor;",
		}},
		{name: "no SET", since: 16, spoil: "grant safe_user to safe_login with set false", want: []string{
			"caller-role-unreachable safe_user: grant safe_user to safe_login with inherit false, set true;",
		}},
		{name: "SET by another grantor is enough", since: 16, spoil: "grant safe_user to safe_login with set false;" + others + "grant safe_user to safe_login; reset role"},
		{name: "a login that inherits", since: 16, spoil: "alter role safe_login inherit; grant safe_user to safe_login with inherit true", want: []string{
			"login-inherit safe_login: alter role safe_login noinherit;",
			"login-membership safe_user: revoke inherit option for safe_user from safe_login granted by postgres;",
		}},
	})
}

// TestExposed spoils what methods reach.
func TestExposed(t *testing.T) {
	const definer = "create function whoami() returns text language sql security definer as 'select current_user::text';" +
		"revoke execute on function whoami from public; grant execute on function whoami to safe_user;"
	try(t, []spoiled{
		{name: "no row level security", spoil: "alter table things disable row level security", want: []string{
			"table-without-rls public.things: alter table public.things enable row level security;",
		}},
		{name: "by a column, to PUBLIC", spoil: `create table "All" (a int, b int); grant update (b) on "All" to public`, want: []string{
			`table-without-rls public.All: alter table public."All" enable row level security;`,
		}},
		{name: "granted to nobody", spoil: "create table nobodys (a int); create view of_nobody as select * from private.secrets"},
		{name: "granted to others", spoil: "create table others (a int); grant all on others to safe_boss"},
		{name: "a partition", spoil: `
			create table parts (id int) partition by list (id); alter table parts enable row level security; grant select on parts to safe_user;
			create table part partition of parts for values in (1)`},
		{name: "a partition that is granted", spoil: `
			create table parts (id int) partition by list (id); alter table parts enable row level security;
			create table part partition of parts for values in (1); grant select on part to safe_user`, want: []string{
			"table-without-rls public.part: alter table public.part enable row level security;",
		}},

		{name: "a view as its owner", since: 15, spoil: "create view v as select * from private.secrets; grant select on v to safe_user", want: []string{
			"view-without-security-invoker public.v: alter view public.v set (security_invoker = true);",
		}},
		{name: "a view before there was another way", until: 14, spoil: "create view v as select * from private.secrets; grant select on v to safe_user", want: []string{
			"view-without-security-invoker public.v: revoke all on public.v from safe_user;",
		}},
		{name: "a view of what has no policies", spoil: "create view v as select * from private.open; grant select on v to safe_user"},
		{name: "a view in a subquery", since: 15, spoil: `
			create view v as select 1 as one where exists (select from private.secrets); grant select on v to public`, want: []string{
			"view-without-security-invoker public.v: alter view public.v set (security_invoker = true);",
		}},
		{name: "a view of a view", since: 15, spoil: `
			create view private.inner as select * from private.secrets; create view v as select * from private.inner; grant select on v to safe_user`, want: []string{
			`view-without-security-invoker private.inner: alter view private."inner" set (security_invoker = true);`,
		}},
		{name: "a view of a view before there was another way", until: 14, spoil: `
			create view private.inner as select * from private.secrets; create view v as select * from private.inner; grant select on v to safe_user`, want: []string{
			"view-without-security-invoker private.inner: revoke all on public.v from safe_user;",
		}},
		{name: "a view of a view that reads as its caller", since: 15, spoil: `
			create view private.inner with (security_invoker) as select * from private.secrets; create view v as select * from private.inner; grant select on v to safe_user`},
		{name: "a view that reads as its caller", since: 15, spoil: `
			create view v with (security_invoker) as select * from private.secrets join private.open using (id);
			grant select on v, private.secrets to safe_user`},
		{name: "a view that reads an open table as its caller", since: 15, spoil: `
			create view v with (security_invoker) as select * from private.open; grant select on v, private.open to safe_user`, want: []string{
			"table-without-rls private.open: alter table private.open enable row level security;",
		}},
		{name: "a rule", spoil: "create rule log as on insert to things do also insert into private.secrets values (new.id)", want: []string{
			"rule-as-owner public.things: drop rule log on public.things;",
		}},
		{name: "a materialized view", spoil: "create materialized view kept as select * from private.secrets; grant select on kept to safe_user, public", want: []string{
			"materialized-view public.kept: revoke all on public.kept from public, safe_user;",
		}},
		{name: "a foreign table", spoil: `
			create foreign data wrapper nothing; create server far foreign data wrapper nothing; create foreign table away (a int) server far;
			grant select on away to safe_user`, want: []string{
			"foreign-table public.away: revoke all on public.away from safe_user;",
		}},

		{name: "PUBLIC runs a function by default", spoil: "create function add_two(int) returns int language sql as 'select $1 + 2'", want: []string{
			"function-public-execute public.add_two(integer): revoke execute on routine public.add_two(integer) from public; grant execute on routine public.add_two(integer) to safe_user;",
		}},
		{name: "PUBLIC runs a function by a grant", spoil: "grant execute on function add_one to public", want: []string{
			"function-public-execute public.add_one(integer): revoke execute on routine public.add_one(integer) from public;",
		}},
		{name: "no search_path", spoil: definer, want: []string{
			"definer-function-search-path public.whoami(): alter routine public.whoami() set search_path = public, pg_temp;",
		}},
		{name: "an empty search_path", spoil: definer + "alter function whoami set search_path = ''"},
		{name: "pg_temp last", spoil: definer + "alter function whoami set search_path = public, pg_temp"},
		{name: "pg_temp not named", spoil: definer + `alter function whoami set search_path = public, private`, want: []string{
			"definer-function-search-path public.whoami(): alter routine public.whoami() set search_path = public, private, pg_temp;",
		}},
		{name: "pg_temp first", spoil: definer + `alter function whoami set search_path = pg_temp, public`, want: []string{
			"definer-function-search-path public.whoami(): alter routine public.whoami() set search_path = public, pg_temp;",
		}},
		{name: "pg_temp not named, and nobody makes temporary tables", spoil: definer + `
			alter function whoami set search_path = public; revoke temporary on database %I from public`},
		{name: "a search_path where callers create", spoil: definer + "grant create on schema private to safe_user; alter function whoami set search_path = private, pg_temp", want: []string{
			"definer-function-search-path public.whoami(): revoke create on schema private from safe_user;",
		}},
		{name: "a setting, and no search_path", spoil: definer + "alter function whoami set work_mem = '4MB'", want: []string{
			"definer-function-search-path public.whoami(): alter routine public.whoami() set search_path = public, pg_temp;",
		}},
		{name: "a trigger's function", spoil: `
			create function private.log() returns trigger language plpgsql security definer as 'begin return new; end';
			create trigger log after insert on things for each row execute function private.log()`, want: []string{
			"definer-function-search-path private.log(): alter routine private.log() set search_path = public, pg_temp;",
		}},
		{name: "a policy's function", spoil: `
			create function private.mine(int) returns bool language sql security definer as 'select true';
			create policy mine on things using (private.mine(id))`, want: []string{
			"definer-function-search-path private.mine(integer): alter routine private.mine(integer) set search_path = public, pg_temp;",
		}},
		{name: "a view's function", since: 15, spoil: `
			create function private.mine(int) returns bool language sql security definer as 'select true';
			create view v with (security_invoker) as select * from things where private.mine(id); grant select on v to safe_user`, want: []string{
			"definer-function-search-path private.mine(integer): alter routine private.mine(integer) set search_path = public, pg_temp;",
		}},
		{name: "a function of a table that nobody is granted", spoil: `
			create function private.mine(int) returns bool language sql security definer as 'select true';
			create policy mine on private.secrets using (private.mine(id))`},

		{name: "everybody creates in public", spoil: "grant create on schema public to public", want: []string{
			"schema-create schema public: revoke create on schema public from public;",
		}},
		{name: "a caller creates in a schema of its search_path", spoil: `
			create schema "Own"; alter role safe_user set search_path = "Own", public; grant create on schema "Own" to safe_user`, want: []string{
			`schema-create schema Own: revoke create on schema "Own" from safe_user;`,
		}},
		{name: "a caller creates in the schema of its name", spoil: "create schema safe_user; grant create on schema safe_user to public", want: []string{
			"schema-create schema safe_user: revoke create on schema safe_user from public;",
		}},
		{name: "a caller creates elsewhere", spoil: "grant create on schema private to safe_user"},
		{name: "a caller makes schemas", spoil: "grant create on database %I to safe_user", want: []string{
			"schema-create database %I: revoke create on database %I from safe_user;",
		}},
	})
}

// TestAdmin spoils the login of the admin path.
func TestAdmin(t *testing.T) {
	for _, tt := range []spoiled{
		{name: "right"},
		{name: "superuser", spoil: "alter role safe_boss superuser", want: []string{
			"admin-superuser safe_boss: alter role safe_boss nosuperuser;",
		}},
		{name: "held by policies", spoil: "alter role safe_boss nobypassrls", want: []string{
			"admin-bypassrls safe_boss: alter role safe_boss bypassrls;",
		}},
		{name: "attributes", spoil: "alter role safe_boss createrole replication", want: []string{
			"admin-createrole safe_boss: alter role safe_boss nocreaterole;",
			"admin-replication safe_boss: alter role safe_boss noreplication;",
		}},
		{name: "a caller role", spoil: "grant safe_user to safe_boss", until: 15, want: []string{
			"admin-membership safe_user: revoke safe_user from safe_boss;",
		}},
		{name: "postgres", spoil: "grant postgres to safe_boss", since: 16, want: []string{
			"admin-membership postgres: revoke postgres from safe_boss granted by postgres;",
		}},
		{name: "owner", spoil: "alter table private.secrets owner to safe_boss; alter schema private owner to safe_boss; alter function add_one owner to safe_boss", want: []string{
			"admin-owner schema private: alter schema private owner to postgres;",
			"admin-owner private.secrets: alter table private.secrets owner to postgres;",
			"admin-owner public.add_one(integer): alter routine public.add_one(integer) owner to postgres;",
		}},
	} {
		tt.run(t, "alter role safe_boss login bypassrls noinherit;", func(cat *catalog.Catalog) []safety.Finding {
			return safety.Admin(as(cat, "safe_boss"))
		})
	}
}

// TestServer goes by versions that no test has at hand.
func TestServer(t *testing.T) {
	day := func(s string) time.Time {
		at, err := time.Parse(time.DateOnly, s)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	for _, tt := range []struct {
		version int
		day     string
		want    string
	}{
		{150018, "2026-11-20", ""},
		{150014, "2026-11-20", ""},
		{150013, "2026-11-20", "15.13 -- Update the server to PostgreSQL 15.14 or later."},
		{160010, "2026-11-20", ""},
		{160009, "2026-11-20", "16.9 -- Update the server to PostgreSQL 16.10 or later."},
		{170006, "2026-11-20", ""},
		{170005, "2026-11-20", "17.5 -- Update the server to PostgreSQL 17.6 or later."},
		{180000, "2026-11-20", ""},
		{190000, "2026-11-20", ""},
		{140024, "2026-11-12", ""},
		{140018, "2026-11-12", "14.18 -- Update the server to PostgreSQL 14.19 or later."},
		{140024, "2026-11-13", "14.24 -- Move to a major version that is supported."},
		{130023, "2026-11-20", "13.23 -- Move to a major version that is supported."},
		{150018, "2027-11-12", "15.18 -- Move to a major version that is supported."},
		{180004, "2031-01-01", "18.4 -- Move to a major version that is supported."},
	} {
		var got []string
		for _, f := range safety.Server(&catalog.Catalog{ServerVersion: tt.version}, day(tt.day)) {
			if f.Rule != safety.ServerVersion {
				t.Errorf("%d: rule %s", tt.version, f.Rule)
			}
			got = append(got, f.Object+" "+f.Mend)
		}
		if diff := cmp.Diff(tt.want, strings.Join(got, "; ")); diff != "" {
			t.Errorf("%d on %s (-want +got):\n%s", tt.version, tt.day, diff)
		}
	}
}

// try spoils a database for the user path, one way at a time.
func try(t *testing.T, tests []spoiled) {
	t.Helper()
	public := func(schema, name string) bool { return schema == "public" && !strings.HasPrefix(name, "hidden") }
	for _, tt := range tests {
		tt.run(t, "", func(cat *catalog.Catalog) []safety.Finding {
			relations := slices.DeleteFunc(slices.Clone(cat.Relations()), func(r *catalog.Relation) bool { return !public(r.Schema, r.Name.Name) })
			functions := slices.DeleteFunc(slices.Clone(cat.Functions()), func(f *catalog.Function) bool { return !public(f.Schema, f.Name.Name) })
			return safety.Login(as(cat, "safe_login"), []string{"safe_user"}, relations, functions)
		})
	}
}

// as returns a catalog as a login would have read it.
func as(cat *catalog.Catalog, login string) *catalog.Catalog {
	seen := *cat
	seen.Login = cat.Role(login)
	return &seen
}

// run spoils a database of its own, compares the findings with those that are
// wanted, and runs the SQL of each, after which there are none.
func (tt spoiled) run(t *testing.T, begin string, judge func(*catalog.Catalog) []safety.Finding) {
	t.Helper()
	t.Run(tt.name, func(t *testing.T) {
		db := storetest.New(t)
		conn := db.Superuser(t)
		var version int
		if err := conn.QueryRow(t.Context(), "select current_setting('server_version_num')::int / 10000").Scan(&version); err != nil {
			t.Fatal(err)
		}
		if tt.since > version || tt.until != 0 && tt.until < version {
			t.Skipf("PostgreSQL %d is another case", version)
		}
		exec := func(sql string) {
			t.Helper()
			if _, err := conn.PgConn().Exec(context.Background(), strings.ReplaceAll(sql, "%I", db.Name)).ReadAll(); err != nil {
				t.Fatalf("%s: %v", sql, err)
			}
		}
		// A test that was killed leaves its roles to a server that others use.
		exec("drop role if exists safe_grantor")
		exec(makeRoles)
		t.Cleanup(func() {
			exec("reset role")
			exec(dropRoles)
			var there bool
			if err := conn.QueryRow(context.Background(), "select to_regrole('safe_grantor') is not null").Scan(&there); err != nil {
				t.Error(err)
			}
			if there {
				exec("drop owned by safe_grantor; drop role safe_grantor")
			}
		})
		exec(begin)
		exec(tt.spoil)
		found := judge(load(t, conn))
		var got []string
		for _, f := range found {
			got = append(got, strings.ReplaceAll(fmt.Sprintf("%s %s: %s", f.Rule, f.Object, f.Mend), db.Name, "%I"))
			if f.Text == "" || strings.HasSuffix(f.Text, ".") {
				t.Errorf("the text of %s: %q", f.Rule, f.Text)
			}
			if !slices.Contains(safety.Rules(), f.Rule) {
				t.Errorf("%s is not among the rules", f.Rule)
			}
			exec(f.Mend)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if left := judge(load(t, conn)); len(left) > 0 {
			t.Errorf("after the printed SQL there is still: %v", left)
		}
	})
}

func load(t *testing.T, conn *pgx.Conn) *catalog.Catalog {
	t.Helper()
	cat, err := catalog.Load(t.Context(), conn)
	if err != nil {
		t.Fatal(err)
	}
	return cat
}
