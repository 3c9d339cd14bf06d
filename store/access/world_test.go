package access_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/rowgate/rowgate/store"
	"github.com/rowgate/rowgate/store/access"
	"github.com/rowgate/rowgate/store/catalog"
	"github.com/rowgate/rowgate/store/storetest"
)

// The roles belong to these tests alone, which drop them.
const roles = `
create role access_user nologin;
create role access_group nologin;
create role access_reluctant nologin;
create role access_owner nologin;
create role access_guest nologin noinherit;
create role access_bypass nologin bypassrls;
create role access_login nologin noinherit;
create role access_admin nologin noinherit bypassrls;
grant access_group to access_user;
grant access_reluctant to access_guest;
grant access_user, access_guest, access_owner, access_bypass to access_login;`

const dropRoles = `drop role if exists access_user, access_group, access_reluctant, access_owner, access_guest, access_bypass, access_login, access_admin`

// world is a database, and the ways to it.
type world struct {
	*storetest.Database
	stores access.Stores
	super  *pgx.Conn
}

// newWorld makes a database with a schema. Databases that a test has already made
// need not exist for the roles to be dropped: it is dropped before them.
func newWorld(t *testing.T, schema string, configure ...func(*store.Config)) *world {
	t.Helper()
	// A template with grants in it would keep the roles.
	keeper := storetest.New(t).Superuser(t)
	run := func(conn *pgx.Conn, sql string) {
		t.Helper()
		if _, err := conn.Exec(context.Background(), sql); err != nil {
			t.Fatal(err)
		}
	}
	run(keeper, dropRoles)
	run(keeper, roles)
	t.Cleanup(func() {
		if _, err := keeper.Exec(context.Background(), dropRoles); err != nil {
			t.Error(err)
		}
	})
	w := &world{Database: storetest.New(t)}
	w.super = w.Superuser(t)
	run(w.super, schema)
	open := func(role string) *store.Store {
		cfg := store.Config{URL: w.LoginURL(t, role), MaxConns: 2}
		if role == "access_login" {
			for _, c := range configure {
				c(&cfg)
			}
		}
		s, err := store.Open(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.Close)
		return s
	}
	w.stores = access.Stores{User: open("access_login"), Admin: open("access_admin")}
	return w
}

// caller is a caller with a sub.
func caller(role, sub string) store.Caller {
	claims, err := json.Marshal(map[string]string{"role": role, "sub": sub})
	if err != nil {
		panic(err)
	}
	return store.Caller{Role: role, Claims: string(claims), Subject: sub}
}

// question asks about a relation of public.
func question(relation, command string, as store.Caller, key map[string]string) access.Question {
	return access.Question{Relation: catalog.Name{Schema: "public", Name: relation}, Command: command, As: as, Key: key}
}

func (w *world) explain(t *testing.T, q access.Question) *access.Answer {
	t.Helper()
	a, err := access.Explain(t.Context(), w.stores, q)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// psql runs a query as a caller with psql, and returns what it prints or the code
// of its error.
func (w *world) psql(t *testing.T, as store.Caller, before, sql string) string {
	t.Helper()
	script := fmt.Sprintf("begin;\n%s\nset local role %s;\nselect from pg_catalog.set_config('request.jwt.claims', %s, true);\n%s;\nrollback;",
		before, as.Role, literal(as.Claims), sql)
	res := w.PsqlAs(t, w.SuperuserURL(), script)
	if res.ExitCode != 0 {
		return res.SQLState
	}
	var lines []string
	for line := range strings.Lines(res.Stdout) {
		switch line := strings.TrimSpace(line); line {
		case "BEGIN", "SET", "DO", "ROLLBACK", "", "(1 row)":
		default:
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// alone is SQL that leaves a table with nothing but one of its policies, and that
// one for reading and for a role. What a row passes then is what it says.
func alone(table, policy, role string) string {
	return fmt.Sprintf(`do $oracle$
declare p record; expression text;
begin
  perform set_config('search_path', '', true);
  select pg_get_expr(polqual, polrelid) into expression from pg_policy where polrelid = %[1]s::regclass and polname = %[2]s;
  for p in select polname from pg_policy where polrelid = %[1]s::regclass loop
    execute format('drop policy %%I on %%s', p.polname, %[1]s);
  end loop;
  execute format('create policy oracle on %%s for select to %%I using (%%s)', %[1]s, %[3]s, expression);
  perform set_config('search_path', coalesce((select split_part(s, '=', 2) from pg_db_role_setting d, unnest(d.setconfig) s
    join pg_database b on b.datname = current_database() where d.setrole = %[3]s::regrole and d.setdatabase in (0, b.oid) and s like 'search_path=%%'), 'public'), true);
end $oracle$;`, literal("public."+table), literal(policy), literal(role))
}

// verdict is a verdict as the oracle has it.
func verdict(p access.Policy) string {
	switch p.Verdict {
	case access.Passes:
		return "t"
	case access.Fails:
		return "f"
	case access.Raises:
		return "raises"
	}
	return "not asked"
}

// noted says whether some note has a text.
func noted(a *access.Answer, text string) bool {
	return strings.Contains(strings.Join(a.Notes, "\n"), text)
}
