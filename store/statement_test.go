package store

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rowgate/rowgate/store/storetest"
)

// statementSchema has tables that the one role sees and the other does not,
// and the login sees none of them.
const statementSchema = `
	create schema inner_room;
	grant usage on schema inner_room to store_user;
	create domain inner_room.odd as integer check (value % 2 = 1);
	create table inner_room.t (id uuid, n inner_room.odd, at timestamptz);
	create function inner_room.half(n inner_room.odd) returns integer language sql as 'select n / 2';
`

func TestDescribeStatement(t *testing.T) {
	db := storetest.New(t, storetest.Migration{Name: "store", SQL: schema}, storetest.Migration{Name: "statement", SQL: statementSchema})
	for name, unnamed := range map[string]bool{"named": false, "unnamed": true} {
		t.Run(name, func(t *testing.T) {
			rec, url := newRecorder(t, db.URL("store_login", "store"))
			s := open(t, Config{URL: url, Unnamed: unnamed, MaxConns: 1})
			var d *StatementDescription
			var err error
			sent := rec.during(func() {
				d, err = s.DescribeStatement(t.Context(), []string{"store_anon", "store_user"},
					"select n, at, inner_room.half($2) as half from inner_room.t where id = any($1)", nil)
			}).sent()
			if err != nil {
				t.Fatal(err)
			}
			// uuid[], and integer, timestamptz and integer again.
			if diff := cmp.Diff([]ResultColumn{{"n", 23}, {"at", 1184}, {"half", 23}}, d.Columns); diff != "" || len(d.Params) != 2 || d.Params[0] != 2951 {
				t.Errorf("the parameters: %v; the columns (-want +got):\n%s", d.Params, diff)
			}
			// Both roles in one go: what is sent ends in a Sync for each.
			if n := strings.Count(sent, "S"); n != 2 || strings.Count(sent, "PBDEPDS") != 2 {
				t.Errorf("sent: %s", sent)
			}

			// Nothing of it stays with the connection.
			var refused *StatementError
			_, err = s.DescribeStatement(t.Context(), []string{"store_anon"}, "select n from inner_room.t", nil)
			if !errors.As(err, &refused) || refused.SQLState != "42501" || refused.Role != "store_anon" {
				t.Errorf("as who is not let in: %v", err)
			}
			_, err = s.DescribeStatement(t.Context(), []string{"store_user", "store_anon"}, "select m from inner_room.t", nil)
			if !errors.As(err, &refused) || refused.Role != "store_user" || refused.Position != 8 || refused.Message != `column "m" does not exist` {
				t.Errorf("a column that is not there: %v", err)
			}
			if d, err = s.DescribeStatement(t.Context(), []string{"store_user"}, "delete from inner_room.t", nil); err != nil || d.Columns != nil || len(d.Params) != 0 {
				t.Errorf("a statement without a result: %v, %v", d, err)
			}
			if _, err = s.DescribeStatement(t.Context(), nil, "select 1", nil); !errors.Is(err, ErrNoCaller) {
				t.Errorf("as nobody: %v", err)
			}
		})
	}
}
