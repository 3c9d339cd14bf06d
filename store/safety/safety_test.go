package safety_test

import (
	"context"
	"slices"
	"strings"
	"testing"

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
create table things (id int primary key);`
	dropRoles = `
reassign owned by safe_login, safe_user, safe_boss to postgres;
drop owned by safe_login, safe_user, safe_boss;
drop role safe_login, safe_user, safe_boss;`
)

// TestLogin spoils a login that is right, one way at a time, and lets the
// printed SQL mend it.
func TestLogin(t *testing.T) {
	tests := []struct {
		name, spoil string
		want        []string
	}{
		{"right", "", nil},
		{"superuser", "alter role safe_login superuser", []string{"alter role safe_login nosuperuser;"}},
		{"bypassrls", "alter role safe_login bypassrls", []string{"alter role safe_login nobypassrls;"}},
		{"createrole", "alter role safe_login createrole", []string{"alter role safe_login nocreaterole;"}},
		{"replication", "alter role safe_login replication", []string{"alter role safe_login noreplication;"}},
		{"inherit", "alter role safe_login inherit", []string{"alter role safe_login noinherit;"}},
		{"a member of more", "grant safe_boss to safe_login", []string{"revoke safe_boss from safe_login;"}},
		{"a member of more by a caller role", "grant safe_boss to safe_user", []string{"revoke safe_boss from safe_user;"}},
		{"a member with admin option", "grant safe_user to safe_login with admin option", []string{"revoke admin option for safe_user from safe_login;"}},
		{"a caller role that bypasses", "alter role safe_user bypassrls", []string{"alter role safe_user nosuperuser nobypassrls;"}},
		{"a caller role that makes roles", "alter role safe_user createrole", []string{"alter role safe_user nocreaterole noreplication;"}},
		{"not a member", "revoke safe_user from safe_login", []string{"grant safe_user to safe_login;"}},
		{"owner of a table", "alter table things owner to safe_login", []string{"alter table public.things owner to postgres;"}},
		{"owner by a caller role", "alter table things owner to safe_user", []string{"alter table public.things owner to postgres;"}},
		{"owner of the schema", "alter schema public owner to safe_user", []string{"alter schema public owner to postgres;"}},
		{"owner of the database", "", []string{"alter database %I owner to postgres;"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			db := storetest.New(t)
			conn := db.Superuser(t)
			exec := func(sql string) {
				t.Helper()
				if _, err := conn.PgConn().Exec(context.Background(), sql).ReadAll(); err != nil {
					t.Fatalf("%s: %v", sql, err)
				}
			}
			exec(makeRoles)
			t.Cleanup(func() { exec(dropRoles) })
			exec(tt.spoil)
			if tt.name == "owner of the database" {
				exec("alter database " + db.Name + " owner to safe_login")
			}
			var mends []string
			for _, f := range find(t, conn) {
				mends = append(mends, strings.ReplaceAll(f.Mend, db.Name, "%I"))
				exec(f.Mend)
			}
			if diff := cmp.Diff(tt.want, mends); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if left := find(t, conn); len(left) > 0 {
				t.Errorf("after the printed SQL there is still: %v", left)
			}
		})
	}
}

// find judges the login of the tests, with a superuser's catalog.
func find(t *testing.T, conn *pgx.Conn) []safety.Finding {
	t.Helper()
	cat, err := catalog.Load(t.Context(), conn)
	if err != nil {
		t.Fatal(err)
	}
	seen := *cat
	seen.Login = cat.Role("safe_login")
	exposed := slices.DeleteFunc(slices.Clone(cat.Relations()), func(r *catalog.Relation) bool { return r.Schema != "public" })
	return safety.Login(&seen, []string{"safe_user"}, exposed)
}
