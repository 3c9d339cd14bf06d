package migrations_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rowgate/rowgate/migrations"
)

// TestSupabaseRoles pins what the stand-in makes of the cluster.
func TestSupabaseRoles(t *testing.T) {
	c := start(t)
	db := c.database(t, "one")
	apply(t, db, migrations.Supabase())

	got := rows(t, db, `
		select rolname, rolcanlogin, rolinherit, rolbypassrls, rolsuper or rolcreaterole or rolcreatedb or rolreplication,
			array_to_string(rolconfig, ' '),
			(select string_agg(g.rolname, ' ' order by g.rolname)
			 from pg_auth_members m join pg_roles g on g.oid = m.roleid where m.member = r.oid)
		from pg_roles r where rolname !~ '^(pg_|postgres)' order by 1`)
	want := []string{
		"anon|f|f|f|f|statement_timeout=3s|∅",
		"authenticated|f|f|f|f|statement_timeout=8s|∅",
		"authenticator|t|f|f|f|statement_timeout=8s lock_timeout=8s|anon authenticated service_role",
		"service_role|f|f|t|f|∅|∅",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("roles (-want +got):\n%s", diff)
	}

	// What Supabase grants on a new table, function and sequence.
	run(t, db, `create table public.t (n serial); create function public.f() returns int language sql return 1`)
	for _, role := range []string{"anon", "authenticated", "service_role", "postgres"} {
		got := rows(t, db, `
			select has_schema_privilege('`+role+`', 'auth', 'usage'), has_schema_privilege('`+role+`', 'extensions', 'usage'),
				has_table_privilege('`+role+`', 'public.t', 'select, insert, update, delete, truncate'),
				has_function_privilege('`+role+`', 'public.f()', 'execute'),
				has_sequence_privilege('`+role+`', 'public.t_n_seq', 'usage'),
				has_table_privilege('`+role+`', 'auth.users', 'select, insert, update, delete')`)
		want := []string{"t|t|t|t|t|f"}
		if role == "postgres" {
			want = []string{"t|t|t|t|t|t"}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", role, diff)
		}
	}
	if got := rows(t, db, `select has_schema_privilege('anon', 'public', 'create')`); got[0] != "f" {
		t.Error("anon may create tables in public")
	}

	t.Run("again", func(t *testing.T) {
		all := slices.Concat(shared, local)
		before := snapshot(t, db, all...)
		apply(t, db, migrations.Supabase(), migrations.Supabase())
		if diff := cmp.Diff(before, snapshot(t, db, all...)); diff != "" {
			t.Errorf("a second run changed the catalogs:\n%s", diff)
		}
	})

	t.Run("second database", func(t *testing.T) {
		before := snapshot(t, db, shared...)
		two := c.database(t, "two")
		apply(t, two, migrations.Supabase(), migrations.App(), migrations.Seed())
		if diff := cmp.Diff(before, snapshot(t, two, shared...)); diff != "" {
			t.Errorf("the second database changed the cluster:\n%s", diff)
		}
		if got := rows(t, two, "select count(*) from public.items"); got[0] != "37" {
			t.Errorf("the second database holds %s items, want 37", got[0])
		}
	})

	t.Run("several databases at once", func(t *testing.T) {
		c := start(t)
		var databases []*pgx.Conn
		for _, name := range []string{"a", "b", "c", "d"} {
			databases = append(databases, c.database(t, name))
		}
		failed := make(chan error, len(databases))
		for _, db := range databases {
			go func() {
				var err error
				for _, file := range slices.Concat(migrations.Supabase(), migrations.App(), migrations.Setup()) {
					if _, err = db.PgConn().Exec(t.Context(), file.SQL).ReadAll(); err != nil {
						break
					}
				}
				failed <- err
			}()
		}
		for range databases {
			if err := <-failed; err != nil {
				t.Error(explain(err))
			}
		}
		got := rows(t, databases[0], "select m.member::regrole, m.roleid::regrole from pg_auth_members m where m.member::regrole::text in ('authenticator', 'rowgate') order by 1, 2")
		if len(got) != 5 {
			t.Errorf("memberships: %q, want authenticator's three and rowgate's two", got)
		}
	})
}

// project is a Supabase project as it could be: every piece is there and none
// is as the stand-in would make it.
const project = `
	create role anon nologin inherit;
	alter role anon set statement_timeout = '5s';
	create role authenticated nologin inherit connection limit 7;
	create role service_role nologin noinherit bypassrls;
	alter role service_role set statement_timeout = '120s';
	create role authenticator login noinherit;
	grant anon, authenticated to authenticator;
	create schema auth;
	create table auth.users (id uuid primary key, email varchar(255), raw_user_meta_data jsonb);
	insert into auth.users values (gen_random_uuid(), 'someone@example.com', '{}');
	create function auth.uid() returns uuid language plpgsql stable as 'begin return null; end';
	create table public.theirs (id int);
	grant select on public.theirs to anon;
	alter default privileges in schema public grant select on tables to anon;`

func TestSupabaseLeavesAProjectAlone(t *testing.T) {
	for name, before := range map[string]string{
		"a project":                project,
		"a project with its admin": project + `create role supabase_admin superuser; alter schema auth owner to supabase_admin;`,
		// Somebody took a role away; it stays away.
		"a project without service_role": project + `create role supabase_admin superuser; drop role service_role;`,
	} {
		t.Run(name, func(t *testing.T) {
			db := start(t).database(t, "project")
			run(t, db, before)
			all := slices.Concat(shared, local)
			catalogs := snapshot(t, db, all...)
			users := rows(t, db, "select xmin, u.* from auth.users u")

			apply(t, db, migrations.Supabase())

			if diff := cmp.Diff(catalogs, snapshot(t, db, all...)); diff != "" {
				t.Errorf("the stand-in changed the catalogs:\n%s", diff)
			}
			if diff := cmp.Diff(users, rows(t, db, "select xmin, u.* from auth.users u")); diff != "" {
				t.Errorf("the stand-in changed auth.users:\n%s", diff)
			}
		})
	}
}

// TestSupabaseRefusesHalfAProject holds that a schema auth which is not
// Supabase's stops the migrations, and nothing is half done.
func TestSupabaseRefusesHalfAProject(t *testing.T) {
	db := start(t).database(t, "half")
	run(t, db, "create schema auth")
	before := snapshot(t, db, local...)
	files := migrations.Supabase()
	_, err := db.PgConn().Exec(t.Context(), files[1].SQL).ReadAll()
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		t.Fatalf("%s: %v, want an error of Postgres", files[1].Name, err)
	}
	got := []string{pg.Message, pg.Hint}
	want := []string{
		`this database cannot take the Supabase stand-in: it has no auth.uid(), but a schema "auth" or a role "supabase_admin" exists`,
		`Use a database without a schema "auth", or one of a Supabase project.`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("error (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(before, snapshot(t, db, local...)); diff != "" {
		t.Errorf("the refused file changed the catalogs:\n%s", diff)
	}
}

// TestClaims holds the functions of schema auth to both forms of the claims.
func TestClaims(t *testing.T) {
	db := start(t).database(t, "claims")
	apply(t, db, migrations.Supabase())
	const (
		json   = `{"sub": "a11ce000-0000-4000-8000-000000000001", "role": "authenticated", "email": "alice@example.com", "aal": "aal1"}`
		claims = `set local request.jwt.claims = '` + json + `';`
		legacy = `set local request.jwt.claim.sub = 'b0b00000-0000-4000-8000-000000000002';
			set local request.jwt.claim.role = 'anon';
			set local request.jwt.claim.email = 'bob@example.com';`
		blank = `set local request.jwt.claim.sub = ''; set local request.jwt.claim.role = ''; set local request.jwt.claim.email = '';`
		call  = `select auth.uid(), auth.role(), auth.email(), auth.jwt() ->> 'aal'`
	)
	for _, test := range []struct{ name, settings, want string }{
		{"none", ``, "∅|∅|∅|∅"},
		{"claims", claims, migrations.Alice + "|authenticated|alice@example.com|aal1"},
		{"legacy", legacy, migrations.Bob + "|anon|bob@example.com|∅"},
		{"legacy wins", claims + legacy, migrations.Bob + "|anon|bob@example.com|aal1"},
		{"blank legacy does not", claims + blank, migrations.Alice + "|authenticated|alice@example.com|aal1"},
		{"blank claims", `set local request.jwt.claims = '';` + blank, "∅|∅|∅|∅"},
		{"claims without sub", `set local request.jwt.claims = '{"role": "anon"}';`, "∅|anon|∅|∅"},
		{"a type of the caller's in the way", claims + `create type pg_temp.uuid as (x int); create domain pg_temp.jsonb as text; set local search_path = pg_temp, pg_catalog;`, migrations.Alice + "|authenticated|alice@example.com|aal1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := rows(t, db, "begin;"+test.settings+call+"; rollback")
			if diff := cmp.Diff([]string{test.want}, got); diff != "" {
				t.Errorf("claims (-want +got):\n%s", diff)
			}
		})
	}
}
