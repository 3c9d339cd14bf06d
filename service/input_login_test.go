package service_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/rowgate/rowgate/service"
	"github.com/rowgate/rowgate/service/auth"
	"github.com/rowgate/rowgate/service/servicetest"
	"github.com/rowgate/rowgate/store"
	"github.com/rowgate/rowgate/store/storetest"
)

// TestUnsafeLogin starts servers with logins that could be more than their
// callers. Each is refused with the SQL that mends it; that SQL is run as it is
// printed, and then the server starts.
func TestUnsafeLogin(t *testing.T) {
	const head = `the database is not safe to serve with the login "LOGIN":` + "\n"
	const foot = "\n`rowgate setup` prints the SQL for logins that are right from the start." +
		"\nWhat is meant so can be allowed by its name, with a reason: `rowgate check` prints how."
	// In each, LOGIN stands for the login, CALLER for its one caller role and
	// OTHER for a third role. All are of the test alone.
	tests := []struct {
		name string
		// attributes are those of the login, setup what is run afterwards.
		attributes, setup string
		want              string
	}{
		{
			name: "nothing is wrong", attributes: "noinherit", setup: "grant CALLER to LOGIN",
		}, {
			name: "superuser", attributes: "noinherit superuser", setup: "grant CALLER to LOGIN",
			want: `  - login-superuser  LOGIN: the login "LOGIN" is a superuser, whom no policy holds
    alter role LOGIN nosuperuser;`,
		}, {
			name: "BYPASSRLS", attributes: "noinherit bypassrls", setup: "grant CALLER to LOGIN",
			want: `  - login-bypassrls  LOGIN: the login "LOGIN" has BYPASSRLS, so no policy holds it
    alter role LOGIN nobypassrls;`,
		}, {
			name: "everything that a role can have", attributes: "inherit superuser bypassrls createrole replication", setup: "grant CALLER to LOGIN",
			want: `  - login-superuser  LOGIN: the login "LOGIN" is a superuser, whom no policy holds
    alter role LOGIN nosuperuser;
  - login-bypassrls  LOGIN: the login "LOGIN" has BYPASSRLS, so no policy holds it
    alter role LOGIN nobypassrls;
  - login-createrole  LOGIN: the login "LOGIN" has CREATEROLE, so it can grant itself other roles
    alter role LOGIN nocreaterole;
  - login-replication  LOGIN: the login "LOGIN" has REPLICATION, so it can read every table's changes
    alter role LOGIN noreplication;
  - login-inherit  LOGIN: the login "LOGIN" has INHERIT, so it holds the caller roles' rights without taking one on
    alter role LOGIN noinherit;`,
		}, {
			name: "a member of service_role", attributes: "noinherit", setup: "grant CALLER, service_role to LOGIN",
			want: `  - login-membership  service_role: the login "LOGIN" is a member of "service_role", so a caller could become it
    revoke service_role from LOGIN;`,
		}, {
			name: "a member of service_role through a caller role", attributes: "noinherit", setup: "grant CALLER to LOGIN; grant service_role to CALLER",
			want: `  - caller-role-membership  CALLER in service_role: the caller role "CALLER" is a member of "service_role", so a caller could become it
    revoke service_role from CALLER;`,
		}, {
			name: "a member of another role through a caller role", attributes: "noinherit", setup: "grant CALLER to LOGIN; grant OTHER to CALLER; grant service_role to OTHER",
			want: `  - caller-role-membership  CALLER in OTHER: the caller role "CALLER" is a member of "OTHER", so a caller could become it
    revoke OTHER from CALLER;`,
		}, {
			name: "a member of a role of Postgres", attributes: "noinherit", setup: "grant CALLER, pg_read_all_data to LOGIN",
			want: `  - login-membership  pg_read_all_data: the login "LOGIN" is a member of "pg_read_all_data", so a caller could become it
    revoke pg_read_all_data from LOGIN;`,
		}, {
			name: "owner of an exposed table", attributes: "noinherit", setup: "grant CALLER to LOGIN; alter table public.items owner to LOGIN",
			want: `  - login-owner  public.items: the login "LOGIN" owns public.items, and an owner is not held to its policies and may change them
    alter table public.items owner to postgres;`,
		}, {
			name: "the caller role is not there", attributes: "noinherit", setup: "drop role CALLER",
			want: `  - caller-role-missing  CALLER: the caller role "CALLER" does not exist
    create role CALLER nologin noinherit; grant CALLER to LOGIN;`,
		}, {
			name: "the caller role is not granted", attributes: "noinherit", setup: "select",
			want: `  - caller-role-unreachable  CALLER: the login "LOGIN" cannot take on the caller role "CALLER"
    grant CALLER to LOGIN;`,
		}, {
			name: "the caller role bypasses policies", attributes: "noinherit", setup: "grant CALLER to LOGIN; alter role CALLER bypassrls",
			want: `  - caller-role-attributes  CALLER: the caller role "CALLER" is not held to policies; such a role has no place on the user path
    alter role CALLER nosuperuser nobypassrls;`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			unique := strings.ToLower(rand.Text()[:12])
			names := strings.NewReplacer("LOGIN", "login_"+unique, "CALLER", "caller_"+unique, "OTHER", "other_"+unique)
			db := storetest.New(t, exampleApp()...)
			super := db.Superuser(t)
			run := func(sql string) {
				t.Helper()
				if _, err := super.PgConn().Exec(t.Context(), names.Replace(sql)).ReadAll(); err != nil {
					t.Fatalf("%v, of:\n%s", err, names.Replace(sql))
				}
			}
			t.Cleanup(func() { dropRoles(t, db, names, "LOGIN", "CALLER", "OTHER") })
			run("create role LOGIN login " + tt.attributes + " password 'x'; create role CALLER nologin noinherit; create role OTHER nologin noinherit")
			run(tt.setup)

			start := func() error {
				st, err := store.Open(t.Context(), store.Config{URL: db.URL(names.Replace("LOGIN"), "x"), MaxConns: 1})
				if err != nil {
					return err
				}
				defer st.Close()
				verifier, err := auth.New(t.Context(), auth.Config{
					Secret: secret, Roles: []string{names.Replace("CALLER")}, AnonRole: auth.NoAnonymous, Logger: slog.New(slog.DiscardHandler),
				})
				if err != nil {
					return err
				}
				_, err = service.New(t.Context(), service.Config{Store: st, Verifier: verifier, Contract: exampleContract(t), Allow: servicetest.Fixtures()})
				return err
			}
			err := start()
			if tt.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			var unsafe *service.UnsafeError
			if !errors.As(err, &unsafe) {
				t.Fatalf("got %v", err)
			}
			if want := names.Replace(head + tt.want + foot); err.Error() != want {
				t.Errorf("got:\n%s\nwant:\n%s", err, want)
			}
			// The SQL, as whoever reads the error would copy it.
			for line := range strings.Lines(err.Error()) {
				if sql, ok := strings.CutPrefix(line, "    "); ok {
					run(sql)
				}
			}
			if err := start(); err != nil {
				t.Errorf("after the SQL that mends it:\n%v", err)
			}
		})
	}
}

// dropRoles drops a test's roles, with what they own and were granted in its
// database.
func dropRoles(t testing.TB, db *storetest.Database, names *strings.Replacer, roles ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	address, err := url.Parse(db.SuperuserURL())
	if err != nil {
		t.Error(err)
		return
	}
	conn, err := pgx.Connect(ctx, address.String())
	if err != nil {
		t.Error(err)
		return
	}
	defer conn.Close(ctx)
	for _, role := range roles {
		name := names.Replace(role)
		var there bool
		err := conn.QueryRow(ctx, "select exists (select from pg_roles where rolname = $1)", name).Scan(&there)
		if err == nil && there {
			_, err = conn.PgConn().Exec(ctx, fmt.Sprintf("reassign owned by %[1]s to postgres; drop owned by %[1]s; drop role %[1]s", name)).ReadAll()
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
