package catalog_test

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/rowgate/rowgate/store/catalog"
)

func TestExtensionRelations(t *testing.T) {
	cat := load(t, `
create extension pg_buffercache;
create view mine as select * from pg_buffercache;`)
	if !relation(t, cat, "pg_buffercache").Extension {
		t.Error("the extension's view is not marked")
	}
	if relation(t, cat, "mine").Extension {
		t.Error("a view over it is marked")
	}
}

func TestSecurityInvoker(t *testing.T) {
	need(t, 15, "views with security_invoker")
	cat := load(t, `
create view as_caller with (security_invoker) as select 1 as one;
create view as_caller_too with (security_barrier, security_invoker = on) as select 1 as one;
create view as_owner with (security_barrier, security_invoker = off) as select 1 as one;
create view by_default as select 1 as one;
create table plain (id int) with (fillfactor = 50);`)
	for name, want := range map[string]bool{
		"as_caller": true, "as_caller_too": true, "as_owner": false, "by_default": false, "plain": false,
	} {
		if got := relation(t, cat, name).SecurityInvoker; got != want {
			t.Errorf("%s: %t, want %t", name, got, want)
		}
	}
}

func TestRowType(t *testing.T) {
	cat := load(t, `
create table items (id int);
create type pair as (a int, b int);
create function newest() returns items language sql as 'select * from items';
create function two() returns pair language sql as 'select 1, 2';`)
	newest, two := cat.Functions()[0], cat.Functions()[1]
	if newest.Result != nil || cat.RowType(newest.ResultOID) != relation(t, cat, "items") {
		t.Errorf("newest returns %v", newest.ResultDeclared)
	}
	if two.Result != cat.Type(catalog.Name{Name: "pair"}) || cat.RowType(two.ResultOID) != nil {
		t.Errorf("two returns %v", two.ResultDeclared)
	}
	if cat.Type(catalog.Name{Name: "items"}) != nil {
		t.Error("a table's row is a type of its own")
	}
	if cat.RowType(0) != nil {
		t.Error("0 is a row type")
	}
}

// A server starts while a migration holds its locks.
func TestLoadWaitsForNoLock(t *testing.T) {
	db := newDatabase(t, `create table items (id int primary key); create view item_view as select * from items;`)
	locker := db.Superuser(t)
	if _, err := locker.PgConn().Exec(t.Context(), "begin; lock table items, item_view in access exclusive mode").ReadAll(); err != nil {
		t.Fatal(err)
	}
	conn := connect(t, db)
	if _, err := conn.Exec(t.Context(), "set lock_timeout = '100ms'"); err != nil {
		t.Fatal(err)
	}
	err := snapshot(t, conn, func(tx pgx.Tx) error {
		_, err := catalog.Load(t.Context(), tx)
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
