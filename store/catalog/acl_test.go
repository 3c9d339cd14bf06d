package catalog_test

import (
	"context"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/rowgate/rowgate/store/catalog"
	"github.com/rowgate/rowgate/store/storetest"
)

// A role may have any name, and an ACL writes it as its text form does.
const oddRole = `catalog "odd", role=é`

func TestACL(t *testing.T) {
	db := storetest.New(t, storetest.Migration{Name: "roles", SQL: roles})
	conn := db.Superuser(t)
	exec := func(sql string) {
		t.Helper()
		if _, err := conn.PgConn().Exec(context.Background(), sql).ReadAll(); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	odd := pgx.Identifier{oddRole}.Sanitize()
	exec("create role " + odd)
	t.Cleanup(func() { exec("drop owned by " + odd + "; drop role " + odd) })
	exec(`
create table t (a int, b int);
create table nothing (a int);
create schema s;
create function f() returns int language sql as 'select 1';
create function g() returns int language sql as 'select 1' set search_path = "$user", Public, "Odd, ""schema""", pg_temp;
create function h() returns int language sql as 'select 1' set search_path = '';
revoke execute on function g from public;
grant select, delete on t to catalog_user with grant option;
grant update (b) on t to public;
grant insert on t to ` + odd + `;
grant create on schema s to ` + odd + `;
alter role catalog_user set search_path = s, "$user";`)
	t.Cleanup(func() { exec("alter role catalog_user reset search_path") })
	var cat *catalog.Catalog
	if err := snapshot(t, connect(t, db), func(tx pgx.Tx) (err error) {
		cat, err = catalog.Load(t.Context(), tx)
		return err
	}); err != nil {
		t.Fatal(err)
	}

	r := relation(t, cat, "t")
	for privileges, want := range map[string][]string{
		"r": {"catalog_user", "postgres"}, "a": {oddRole, "postgres"}, "w": {"", "postgres"}, "aw": {"", oddRole, "postgres"}, "C": nil,
	} {
		if diff := cmp.Diff(want, catalog.Grantees(r.ACL, privileges)); diff != "" {
			t.Errorf("who has %s of t (-want +got):\n%s", privileges, diff)
		}
	}
	if acl := relation(t, cat, "nothing").ACL; acl != nil {
		t.Errorf("of a table without grants: %v", acl)
	}
	if diff := cmp.Diff([]string{oddRole, "postgres"}, catalog.Grantees(cat.Schema("s").ACL, "C")); diff != "" {
		t.Errorf("who creates in s (-want +got):\n%s", diff)
	}
	if !slices.Contains(catalog.Grantees(cat.ACL, "T"), "") {
		t.Errorf("PUBLIC makes no temporary tables: %v", cat.ACL)
	}
	paths := map[string][]string{}
	runs := map[string]bool{}
	for _, f := range cat.Functions() {
		runs[f.Name.Name] = slices.Contains(catalog.Grantees(f.ACL, "X"), "")
		if f.HasSearchPath {
			paths[f.Name.Name] = f.SearchPath
		}
	}
	if diff := cmp.Diff(map[string]bool{"f": true, "g": false, "h": true}, runs); diff != "" {
		t.Errorf("what PUBLIC runs (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string][]string{"g": {"$user", "public", `Odd, "schema"`, "pg_temp"}, "h": nil}, paths); diff != "" {
		t.Errorf("search paths (-want +got):\n%s", diff)
	}
	for role, want := range map[string][]string{"catalog_user": {"s", "catalog_user"}, "catalog_anon": {"catalog_anon", "public"}} {
		if diff := cmp.Diff(want, cat.CallPath(role)); diff != "" {
			t.Errorf("the search_path of %s (-want +got):\n%s", role, diff)
		}
	}
}

func TestRules(t *testing.T) {
	cat := load(t, `
create table a (id int);
create table b (id int);
create view v as select a.id from a join b using (id);
create view w as select id from v where id in (select id from b);
create materialized view m as select * from w;
create rule r as on insert to a do also insert into b values (new.id);
create function definer(int) returns bool language sql security definer as 'select true';
create function invoker(int) returns bool language sql as 'select true';
create function tr() returns trigger language plpgsql security definer as 'begin return new; end';
create table c (id int check (definer(id)), d bool default definer(1));
create policy p on a using (definer(id) and invoker(id));
create trigger t before insert on b for each row execute function tr();
create view x as select definer(id) from a;`)
	names := func(all []*catalog.Relation) []string {
		var names []string
		for _, r := range all {
			names = append(names, r.Name.Name)
		}
		slices.Sort(names)
		return names
	}
	for name, want := range map[string][]string{"v": {"a", "b"}, "w": {"b", "v"}, "m": {"w"}, "x": {"a"}, "a": nil} {
		if diff := cmp.Diff(want, names(relation(t, cat, name).Reads)); diff != "" {
			t.Errorf("what %s reads (-want +got):\n%s", name, diff)
		}
	}
	rules := relation(t, cat, "a").Rules
	if len(rules) != 1 || rules[0].Name != "r" || !slices.Equal(names(rules[0].Touches), []string{"b"}) {
		t.Errorf("rules of a: %v", rules)
	}
	for name, want := range map[string][]string{"a": {"definer"}, "b": {"tr"}, "c": {"definer"}, "x": {"definer"}, "v": nil} {
		var got []string
		for _, f := range relation(t, cat, name).Definers {
			got = append(got, f.Name.Name)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("what runs as its owner for %s (-want +got):\n%s", name, diff)
		}
	}
}
