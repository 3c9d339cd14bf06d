package migrations_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/rowgate/rowgate/migrations"
)

// logins asks what the two roles are and what they may become. Since PostgreSQL
// 16 a membership may also pass its rights on by itself, which it must not.
const logins = `
	select rolname, rolcanlogin, rolinherit, rolbypassrls, rolsuper or rolcreaterole or rolcreatedb or rolreplication,
		coalesce((select string_agg(g.rolname || case when m.admin_option then ' with admin' else '' end
				|| case when to_jsonb(m) ->> 'inherit_option' = 'true' then ' with inherit' else '' end, ' ' order by g.rolname)
			from pg_auth_members m join pg_roles g on g.oid = m.roleid where m.member = r.oid), 'nothing')
	from pg_roles r where rolname in ('rowgate', 'rowgate_admin') order by 1`

var wantLogins = []string{
	"rowgate|t|f|f|f|anon authenticated",
	"rowgate_admin|t|f|t|f|nothing",
}

func TestSetup(t *testing.T) {
	c := start(t)
	db := c.database(t, "project")
	apply(t, db, migrations.Supabase(), migrations.App(), migrations.Seed(), migrations.Setup())

	check := func(t *testing.T) {
		t.Helper()
		if diff := cmp.Diff(wantLogins, rows(t, db, logins)); diff != "" {
			t.Errorf("logins (-want +got):\n%s", diff)
		}
	}
	check(t)

	t.Run("no password", func(t *testing.T) {
		if got := rows(t, db, "select rolname from pg_authid where rolname in ('rowgate', 'rowgate_admin') and rolpassword is not null"); got != nil {
			t.Errorf("roles with a password: %q", got)
		}
	})

	t.Run("again", func(t *testing.T) {
		before := snapshot(t, db, shared...)
		apply(t, db, migrations.Setup())
		if diff := cmp.Diff(before, snapshot(t, db, shared...)); diff != "" {
			t.Errorf("a second run changed the roles:\n%s", diff)
		}
	})

	// What a run of ours gives, and no more, whatever the default privileges are.
	t.Run("mends the table's grants", func(t *testing.T) {
		const grants = `select g.grantee::regrole, g.privilege_type from pg_class c, aclexplode(c.relacl) g
			where c.oid = 'rowgate.requests'::regclass and g.grantee <> c.relowner order by 1, 2`
		before := rows(t, db, grants)
		run(t, db, "insert into rowgate.requests values ('a', 'b', null, now()); grant all on rowgate.requests to public, anon; revoke insert on rowgate.requests from rowgate")
		apply(t, db, migrations.Setup())
		if diff := cmp.Diff(before, rows(t, db, grants)); diff != "" || len(before) != 8 {
			t.Errorf("grants (-want +got):\n%s", diff)
		}
		if got := rows(t, db, "delete from rowgate.requests returning encode(key, 'escape')"); len(got) != 1 {
			t.Errorf("the rows afterwards: %q", got)
		}
	})

	// Each break is one that the server refuses to start with.
	for name, broken := range map[string]string{
		"superuser":      "alter role rowgate superuser; alter role rowgate_admin superuser",
		"attributes":     "alter role rowgate createdb createrole replication bypassrls; alter role rowgate_admin createdb createrole replication",
		"no login":       "alter role rowgate nologin; alter role rowgate_admin nologin",
		"held by RLS":    "alter role rowgate_admin nobypassrls",
		"inherits":       "alter role rowgate inherit; alter role rowgate_admin inherit",
		"service_role":   "grant service_role to rowgate",
		"another role":   "create role other; grant other to rowgate",
		"admin option":   "grant anon to rowgate with admin option",
		"cannot be anon": "revoke anon from rowgate",
	} {
		t.Run("mends "+name, func(t *testing.T) {
			run(t, db, broken)
			if cmp.Diff(wantLogins, rows(t, db, logins)) == "" {
				t.Fatalf("%q broke nothing", broken)
			}
			apply(t, db, migrations.Setup())
			check(t)
		})
	}

	// From PostgreSQL 16 on a membership stands once for each role that granted
	// it.
	if since16(t, db) {
		t.Run("mends what others granted", func(t *testing.T) {
			run(t, db, `
				create role grantor createrole;
				grant anon, service_role to grantor with admin option;
				set role grantor;
				grant service_role to rowgate;
				grant anon to rowgate with inherit true;
				reset role;
				grant authenticated to rowgate with inherit true`)
			apply(t, db, migrations.Setup())
			run(t, db, "revoke anon from rowgate granted by grantor")
			check(t)
		})
	}

	t.Run("user path", func(t *testing.T) {
		conn := c.login(t, db, migrations.UserLogin)
		for _, test := range []struct{ sql, code string }{
			{"select from public.posts", "42501"},
			{"set role service_role", "42501"},
			{"set role authenticator", "42501"},
			{"set role postgres", "42501"},
			{"begin; set local role authenticated; set local role service_role", "42501"},
			{"begin; set local role anon; select from public.posts; rollback", ""},
			{"begin; set local role authenticated; select from public.items; rollback", ""},
			{"begin; insert into rowgate.requests values ('a', 'b', null, now()); update rowgate.requests set answer = 'c'; delete from rowgate.requests; rollback", ""},
			{"truncate rowgate.requests", "42501"},
			{"begin; set local role anon; select from rowgate.requests", "42501"},
			{"begin; set local role authenticated; select from rowgate.requests", "42501"},
		} {
			if got := code(t, conn, test.sql); got != test.code {
				t.Errorf("%s: SQLSTATE %q, want %q", test.sql, got, test.code)
			}
		}
	})

	t.Run("admin path", func(t *testing.T) {
		// A table of a later migration is granted as well.
		run(t, db, "create table public.later (id int generated by default as identity); insert into public.later default values; create schema private; create table private.t()")
		conn := c.login(t, db, migrations.AdminLogin)
		for _, test := range []struct{ sql, code string }{
			{"begin; update public.items set done = true; rollback", ""},
			{"begin; insert into public.later default values; rollback", ""},
			{"begin; delete from public.comments; rollback", ""},
			{"begin; insert into rowgate.requests values ('a', 'b', null, now()); update rowgate.requests set answer = 'c'; delete from rowgate.requests; rollback", ""},
			{"truncate public.items", "42501"},
			{"select from private.t", "42501"},
			{"select from auth.users", "42501"},
			{"set role service_role", "42501"},
			{"create table public.mine()", "42501"},
		} {
			if got := code(t, conn, test.sql); got != test.code {
				t.Errorf("%s: SQLSTATE %q, want %q", test.sql, got, test.code)
			}
		}
		if got := rows(t, conn, "select count(*) from public.items"); got[0] != "37" {
			t.Errorf("the admin path sees %s items, want all 37", got[0])
		}
	})
}

// TestSetupAsTheProjectsOwner runs all on a project whose migrations are run by
// a role that is no superuser, as on Supabase.
func TestSetupAsTheProjectsOwner(t *testing.T) {
	c := start(t)
	db := c.database(t, "project")
	apply(t, db, migrations.Supabase())
	run(t, db, `
		create role owner login createrole bypassrls;
		grant anon, authenticated, service_role to owner with admin option;
		alter database project owner to owner;
		grant all on schema public to owner;
		grant usage on schema auth to owner;
		grant all on auth.users to owner;
		create table public.not_theirs ();
		revoke all on public.not_theirs from owner, public`)
	owner := c.login(t, db, "owner")
	apply(t, owner, migrations.Supabase(), migrations.App(), migrations.Seed(), migrations.Seed())

	if !since16(t, db) {
		// Only a superuser gives BYPASSRLS there. (Supabase's extension
		// supautils lifts that on its own servers.)
		if got := code(t, owner, migrations.Setup()[0].SQL); got != "42501" {
			t.Errorf("setup by an owner who may not make rowgate_admin: SQLSTATE %q, want 42501", got)
		}
		if got := rows(t, db, logins); got != nil {
			t.Errorf("half of the refused setup is there: %q", got)
		}
		return
	}
	apply(t, owner, migrations.Setup(), migrations.Setup())
	if diff := cmp.Diff(wantLogins, rows(t, db, logins)); diff != "" {
		t.Errorf("logins (-want +got):\n%s", diff)
	}
}

// since16 tells whether the server is PostgreSQL 16 or later, where memberships
// have options and BYPASSRLS can be given by whoever has it.
func since16(t *testing.T, conn *pgx.Conn) bool {
	t.Helper()
	return rows(t, conn, "select current_setting('server_version_num')::int >= 160000")[0] == "t"
}

// code runs SQL and returns the SQLSTATE of its error, or "". It rolls back what
// an error left open.
func code(t *testing.T, conn *pgx.Conn, sql string) string {
	t.Helper()
	_, err := conn.PgConn().Exec(t.Context(), sql).ReadAll()
	if err == nil {
		return ""
	}
	run(t, conn, "rollback")
	return sqlstate(t, err)
}
