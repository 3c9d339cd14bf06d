package store

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rowgate/rowgate/store/catalog"
	"github.com/rowgate/rowgate/store/storetest"
)

func TestDescribe(t *testing.T) {
	db := storetest.New(t, storetest.Migration{Name: "store", SQL: schema}, storetest.Migration{Name: "describe", SQL: `
		comment on table notes is 'What people wrote.';
		create schema empty;`})
	for name, unnamed := range map[string]bool{"named": false, "unnamed": true} {
		t.Run(name, func(t *testing.T) {
			s := open(t, Config{URL: db.URL("store_login", "store"), Unnamed: unnamed})
			cat, d, err := s.Describe(t.Context(), []string{"public", "empty"}, []string{"store_reader", "store_anon"})
			if err != nil {
				t.Fatal(err)
			}
			notes := cat.Relation(catalog.Name{Name: "notes"})
			if got := d.Comment(notes); got != "What people wrote." {
				t.Errorf("the comment: %q", got)
			}
			if g := d.Grants(notes); !g.Select || g.Insert || !g.Update || g.Delete {
				t.Errorf("the grants: %+v", g)
			}
			const own = "(owner = ( SELECT ((NULLIF(current_setting('request.jwt.claims'::text, true), ''::text))::json ->> 'sub'::text)))"
			want := []catalog.Policy{{
				Name: "own", Permissive: true, Command: '*', Roles: []string{"store_user"}, Using: own, Check: own,
			}}
			if diff := cmp.Diff(want, d.Policies(notes)); diff != "" {
				t.Errorf("the policies (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]string{"public", "empty"}, d.Schemas); diff != "" {
				t.Errorf("the schemas (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDescribeUnknownNames(t *testing.T) {
	s := open(t, Config{URL: newDatabase(t)})
	for _, test := range []struct {
		schema, role, want string
	}{
		{"app", "store_user", `the database has no schema "app"; it has public`},
		{"public", "store_nobody", `the database has no role "store_nobody": name the roles of the callers, or create it`},
	} {
		cat, d, err := s.Describe(t.Context(), []string{test.schema}, []string{test.role})
		if err == nil || err.Error() != test.want || cat != nil || d != nil {
			t.Errorf("%s, %s: %v, want %s", test.schema, test.role, err, test.want)
		}
	}
	// Neither leaves a connection broken.
	if _, _, err := s.Describe(t.Context(), []string{"public"}, []string{"store_user"}); err != nil {
		t.Error(err)
	}
}

// A database may be far away, so the number of round trips is what a start
// takes: BEGIN, the search path, two for each batch of queries that is new on a
// connection, and COMMIT.
func TestDescribeRoundTrips(t *testing.T) {
	for _, test := range []struct {
		name          string
		unnamed       bool
		first, second int
	}{
		{"named", false, 8, 6},
		{"unnamed", true, 5, 5},
	} {
		t.Run(test.name, func(t *testing.T) {
			rec, url := newRecorder(t, newDatabase(t))
			s := open(t, Config{URL: url, Unnamed: test.unnamed, MaxConns: 1})
			s.pool.Reset() // Open has read the catalog.
			if err := s.pool.Ping(t.Context()); err != nil {
				t.Fatal(err)
			}
			for i, want := range []int{test.first, test.second} {
				sent := rec.during(func() {
					if _, _, err := s.Describe(t.Context(), []string{"public"}, []string{"store_user"}); err != nil {
						t.Fatal(err)
					}
				}).sent()
				if got := strings.Count(sent, "S") + strings.Count(sent, "Q"); got != want {
					t.Errorf("time %d: %d round trips, want %d: %s", i+1, got, want, sent)
				}
			}
		})
	}
}
