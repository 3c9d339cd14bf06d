package catalog_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/rowgate/rowgate/store/catalog"
)

func TestDescribeUnknownNames(t *testing.T) {
	conn := connect(t, newDatabase(t, `create schema app; create schema "Odd One"; create schema zoo;`))
	for _, test := range []struct {
		schemas, roles []string
		want           string
	}{
		{
			[]string{"app", "nope", "neither"},
			[]string{"catalog_user"},
			`the database has no schema "nope"; it has Odd One, app, public, zoo`,
		},
		{[]string{"pg_catalog"}, nil, `the database has no schema "pg_catalog"; it has Odd One, app, public, zoo`},
		{[]string{""}, nil, `the database has no schema ""; it has Odd One, app, public, zoo`},
		{
			[]string{"app"},
			[]string{"catalog_user", "catalog_nobody"},
			`the database has no role "catalog_nobody": name the roles of the callers, or create it`,
		},
		{
			[]string{"nope"},
			[]string{"public"},
			`the database has no role "public": name the roles of the callers, or create it`,
		},
	} {
		err := snapshot(t, conn, func(tx pgx.Tx) error {
			cat, err := catalog.Load(t.Context(), tx)
			if err != nil {
				t.Fatal(err)
			}
			d, err := catalog.Describe(t.Context(), tx, cat, test.schemas, test.roles)
			if d != nil {
				t.Errorf("%q %q: a description", test.schemas, test.roles)
			}
			return err
		})
		var unknown *catalog.UnknownError
		if !errors.As(err, &unknown) {
			t.Errorf("%q %q: %v", test.schemas, test.roles, err)
			continue
		}
		if diff := cmp.Diff(test.want, unknown.Error()); diff != "" {
			t.Errorf("%q %q (-want +got):\n%s", test.schemas, test.roles, diff)
		}
	}
}

// Nothing asked for is nothing found, and no error.
func TestDescribeNothing(t *testing.T) {
	err := snapshot(t, connect(t, newDatabase(t, `
create table t (a int); grant select on t to public; create function f() returns int language sql as 'select 1';`)),
		func(tx pgx.Tx) error {
			cat, err := catalog.Load(t.Context(), tx)
			if err != nil {
				return err
			}
			for _, none := range [][]string{nil, {}} {
				d, err := catalog.Describe(t.Context(), tx, cat, none, none)
				if err != nil {
					return err
				}
				if d.Grants(relation(t, cat, "t")).Select || d.Executable(cat.Functions()[0]) != nil {
					t.Error("something is granted to nobody")
				}
			}
			return nil
		})
	if err != nil {
		t.Fatal(err)
	}
}

// What others drop after the snapshot was taken does no harm.
func TestDescribeWhileOthersDrop(t *testing.T) {
	db := newDatabase(t, `
create table kept (id int check (id > 0));
create table gone (id int check (id > 0), other int);
create view gone_view as select * from gone;
create function gone() returns int language sql as 'select 1';
create policy own on gone using (id > 0);
grant select on kept to catalog_user;`)
	others := db.Superuser(t)
	err := snapshot(t, connect(t, db), func(tx pgx.Tx) error {
		cat, err := catalog.Load(t.Context(), tx)
		if err != nil {
			return err
		}
		if _, err := others.Exec(t.Context(), "drop table gone cascade"); err != nil {
			return err
		}
		if _, err := others.Exec(t.Context(), "drop function gone"); err != nil {
			return err
		}
		d, err := catalog.Describe(t.Context(), tx, cat, []string{"public"}, []string{"catalog_user"})
		if err != nil {
			return err
		}
		if !d.Grants(relation(t, cat, "kept")).Select || d.Grants(relation(t, cat, "gone")).Select {
			t.Error("the grants of what is left are wrong")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
