package migrations_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/rowgate/rowgate/migrations"
)

// TestApp runs the example application as its callers do: through the user
// path's login, each case in a transaction of its own that is rolled back.
func TestApp(t *testing.T) {
	c := start(t)
	db := c.database(t, "app")
	apply(t, db, migrations.Supabase(), migrations.App(), migrations.Setup(), migrations.Seed())
	conn := c.login(t, db, migrations.UserLogin)

	const (
		alicesItem   = "'17e50000-0000-4000-8000-000000000001'"
		alicesPost   = "'90570000-0000-4000-8000-000000000001'" // published
		alicesDraft  = "'90570000-0000-4000-8000-000000000003'"
		bobsPost     = "'90570000-0000-4000-8000-000000000005'" // published
		bobsDraft    = "'90570000-0000-4000-8000-000000000007'"
		alice        = "'" + migrations.Alice + "'"
		bob          = "'" + migrations.Bob + "'"
		anon, a, b   = "anon", "alice", "bob"
		nobody       = "nobody" // authenticated, with an id that no user has
		denied       = "42501"  // insufficient_privilege, from a grant or from WITH CHECK
		foreignKey   = "23503"
		checkFailed  = "23514"
		alwaysColumn = "428C9"
	)
	for _, test := range []struct{ caller, sql, want string }{
		{anon, "select count(*) from items", "0"},
		{a, "select count(*), count(distinct owner_id) from items", "25|1"},
		{b, "select count(*), count(distinct owner_id) from items", "12|1"},
		{nobody, "select count(*) from items", "0"},
		{a, "insert into items (title) values ('x') returning owner_id, quantity, done, price", migrations.Alice + "|1|f|∅"},
		{b, "insert into items (title, owner_id) values ('x', " + alice + ")", denied},
		{anon, "insert into items (title) values ('x')", denied},
		{nobody, "insert into items (title) values ('x')", foreignKey},
		{a, "insert into items (title, quantity) values ('x', -1)", checkFailed},
		{a, "update items set done = not done where id = " + alicesItem, "UPDATE 1"},
		{b, "update items set done = not done where id = " + alicesItem, "UPDATE 0"},
		{a, "update items set owner_id = " + bob + " where id = " + alicesItem, denied},
		{a, "update items set title = 'x' where id = " + alicesItem + " returning updated_at = now(), created_at < now()", "t|t"},
		{a, "update items set title = 'x', updated_at = '2000-01-01' where id = " + alicesItem + " returning updated_at = now()", "t"},
		{b, "delete from items where id = " + alicesItem, "DELETE 0"},
		{a, "delete from items where id = " + alicesItem, "DELETE 1"},
		{a, "truncate items", denied},

		{anon, "select count(*) from profiles", "2"},
		{nobody, "select count(*) from profiles", "2"},
		{anon, "update profiles set bio = 'x'", denied},
		{a, "update profiles set bio = 'x'", "UPDATE 1"},
		{a, "update profiles set id = " + bob, denied},
		{b, "delete from profiles", "DELETE 1"},
		{b, "insert into profiles (id, username) values (" + alice + ", 'alice2')", denied},
		{nobody, "insert into profiles (id, username) values (auth.uid(), 'nobody')", foreignKey},
		{a, "update profiles set username = 'No'", checkFailed},

		{anon, "select count(*), bool_and(published) from posts", "4|t"},
		{a, "select count(*), count(*) filter (where published) from posts", "6|4"},
		{b, "select count(*), count(*) filter (where published) from posts", "6|4"},
		{anon, "insert into posts (title, body) values ('x', 'y')", denied},
		{a, "insert into posts (title, body) values ('x', 'y') returning author_id, kind, published, tags, metadata", migrations.Alice + "|note|f|{}|∅"},
		{b, "insert into posts (title, body, author_id) values ('x', 'y', " + alice + ")", denied},
		{b, "update posts set title = 'x' where id = " + alicesPost, "UPDATE 0"},
		{a, "update posts set author_id = " + bob + " where id = " + alicesPost, denied},
		{a, "update posts set kind = 'in review' where id = " + alicesPost + " returning kind, updated_at = now()", "in review|t"},
		{b, "delete from posts where id = " + alicesPost, "DELETE 0"},
		{a, "delete from posts where id = " + alicesPost, "DELETE 1"},

		{anon, "select count(*) from comments", "6"},
		{a, "select count(*) from comments", "7"},
		{b, "select count(*) from comments", "7"},
		{anon, "insert into comments (post_id, body) values (" + bobsPost + ", 'x')", denied},
		{a, "insert into comments (post_id, body) values (" + bobsPost + ", 'x') returning author_id, id > 0", migrations.Alice + "|t"},
		{a, "insert into comments (post_id, body) values (" + alicesDraft + ", 'x') returning author_id", migrations.Alice},
		{a, "insert into comments (post_id, body) values (" + bobsDraft + ", 'x')", denied},
		{a, "insert into comments (post_id, body, author_id) values (" + bobsPost + ", 'x', " + bob + ")", denied},
		{a, "insert into comments (id, post_id, body) values (7, " + bobsPost + ", 'x')", alwaysColumn},
		{a, "select setval('comments_id_seq', 1000)", denied},
		{a, "update comments set body = 'x' where author_id = " + bob, "UPDATE 0"},
		{a, "update comments set body = 'x' where post_id = " + bobsPost, "UPDATE 1"},
		{a, "update comments set post_id = " + bobsDraft + " where post_id = " + bobsPost, denied},
		{a, "delete from comments where post_id = " + bobsPost, "DELETE 1"},
		{b, "delete from comments where author_id = " + alice, "DELETE 0"},
	} {
		t.Run(test.caller+": "+test.sql, func(t *testing.T) {
			if diff := cmp.Diff(test.want, as(t, conn, test.caller, test.sql)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}

	t.Run("deleting a user takes their rows along", func(t *testing.T) {
		got := rows(t, db, "begin; delete from auth.users where id = "+alice+`;
			select (select count(*) from profiles), (select count(*) from items), (select count(*) from posts), (select count(*) from comments);
			rollback`)
		// Of the comments, Bob's on his own posts stay.
		if diff := cmp.Diff([]string{"1|12|4|2"}, got); diff != "" {
			t.Errorf("rows left (-want +got):\n%s", diff)
		}
	})
}

// as runs a statement as a caller and returns its only row, or its command tag
// when it returns none, or its SQLSTATE.
func as(t *testing.T, conn *pgx.Conn, caller, sql string) string {
	t.Helper()
	role, claims := "authenticated", ""
	switch caller {
	case "anon":
		role = "anon"
	case "alice":
		claims = fmt.Sprintf(`{"sub": "%s", "role": "authenticated"}`, migrations.Alice)
	case "bob":
		claims = fmt.Sprintf(`{"sub": "%s", "role": "authenticated"}`, migrations.Bob)
	default:
		claims = `{"sub": "00000000-0000-4000-8000-00000000dead", "role": "authenticated"}`
	}
	run(t, conn, fmt.Sprintf("begin; select set_config('role', '%s', true), set_config('request.jwt.claims', '%s', true)", role, claims))
	defer run(t, conn, "rollback")
	results, err := conn.PgConn().Exec(t.Context(), sql).ReadAll()
	if err != nil {
		return sqlstate(t, err)
	}
	if lines := printed(results); lines != nil {
		return strings.Join(lines, "\n")
	}
	return results[len(results)-1].CommandTag.String()
}
