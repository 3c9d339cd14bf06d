package catalog_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/rowgate/rowgate/store/catalog"
	"github.com/rowgate/rowgate/store/storetest"
)

// roles are a login without special rights, which everything is read as, and
// the roles of callers.
const roles = `
do $$ begin
  if not exists (select from pg_roles where rolname = 'catalog_login') then
    create role catalog_login nologin noinherit;
    create role catalog_anon nologin noinherit;
    create role catalog_user nologin noinherit;
    create role catalog_group nologin;
    create role catalog_inherits nologin inherit;
    create role catalog_becomes nologin noinherit;
    grant catalog_group to catalog_inherits, catalog_becomes;
  end if;
end $$;`

func newDatabase(t testing.TB, sql string) *storetest.Database {
	t.Helper()
	return storetest.New(t, storetest.Migration{Name: "roles", SQL: roles}, storetest.Migration{Name: "schema", SQL: sql})
}

// connect connects as a login without special rights, in the way of a Store.
func connect(t testing.TB, db *storetest.Database) *pgx.Conn {
	t.Helper()
	config, err := pgx.ParseConfig(db.LoginURL(t, "catalog_login"))
	if err != nil {
		t.Fatal(err)
	}
	config.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe
	conn, err := pgx.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

// snapshot runs f in a transaction as Load and Describe want it.
func snapshot(t testing.TB, conn *pgx.Conn, f func(pgx.Tx) error) error {
	t.Helper()
	options := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	return pgx.BeginTxFunc(t.Context(), conn, options, func(tx pgx.Tx) error {
		if _, err := tx.Exec(t.Context(), "set local search_path = ''"); err != nil {
			return err
		}
		return f(tx)
	})
}

func load(t *testing.T, sql string) *catalog.Catalog {
	t.Helper()
	var cat *catalog.Catalog
	err := snapshot(t, connect(t, newDatabase(t, sql)), func(tx pgx.Tx) (err error) {
		cat, err = catalog.Load(t.Context(), tx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

// describe describes the schema public.
func describe(t *testing.T, sql string, roles ...string) (*catalog.Catalog, *catalog.Description) {
	t.Helper()
	var cat *catalog.Catalog
	var d *catalog.Description
	err := snapshot(t, connect(t, newDatabase(t, sql)), func(tx pgx.Tx) (err error) {
		if cat, err = catalog.Load(t.Context(), tx); err != nil {
			return err
		}
		d, err = catalog.Describe(t.Context(), tx, cat, []string{"public"}, roles)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return cat, d
}

// relation returns a relation of the schema public.
func relation(t *testing.T, cat *catalog.Catalog, name string) *catalog.Relation {
	t.Helper()
	r := cat.Relation(catalog.Name{Name: name})
	if r == nil {
		t.Fatalf("no relation %s", name)
	}
	return r
}

// need skips a test of what younger servers have.
func need(t *testing.T, version int, what string) {
	t.Helper()
	conn := storetest.New(t).Superuser(t)
	var have int
	if err := conn.QueryRow(t.Context(), "select current_setting('server_version_num')::int4 / 10000").Scan(&have); err != nil {
		t.Fatal(err)
	}
	if have < version {
		t.Skipf("PostgreSQL %d has no %s", have, what)
	}
}
