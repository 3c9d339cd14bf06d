package catalog_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rowgate/rowgate/store/catalog"
)

// grantsOf writes out what may be done with each relation of the schema public:
// the commands, and in brackets the columns where these are not all.
func grantsOf(cat *catalog.Catalog, d *catalog.Description) map[string]string {
	all := map[string]string{}
	for _, r := range cat.Relations() {
		if r.Schema != "public" {
			continue
		}
		g := d.Grants(r)
		var parts []string
		say := func(command string, may bool, of func(*catalog.Column) bool) {
			var columns []string
			for _, c := range r.Columns {
				if of(c) {
					columns = append(columns, c.Name)
				}
			}
			switch {
			case !may && len(columns) > 0:
				parts = append(parts, "no "+command+" but columns")
			case may && len(columns) == len(r.Columns):
				parts = append(parts, command)
			case may:
				parts = append(parts, command+"("+strings.Join(columns, " ")+")")
			}
		}
		say("select", g.Select, g.MaySelect)
		say("insert", g.Insert, g.MayInsert)
		say("update", g.Update, g.MayUpdate)
		say("delete", g.Delete, func(*catalog.Column) bool { return g.Delete })
		all[r.Name.Name] = strings.Join(parts, " ")
	}
	return all
}

func TestGrants(t *testing.T) {
	cat, d := describe(t, `
create schema closed;
create table nobody (a int, b int);
create table whole (a int, b int);
create table by_column (a int, gone int, b int, c int);
alter table by_column drop column gone;
create table by_public (a int, b int);
create table by_group (a int, b int);
create table several (a int, b int, c int);
create table other_role (a int, b int);
create table owned (a int, b int);
create table system_column (a int, b int);
create table revoked (a int, b int);
create table parted (a int, b int) partition by list (a);
create table closed.whole (a int);
create materialized view kept as select 1 as a;
create sequence numbers;
grant select, insert, update, delete on whole, parted, kept, closed.whole to catalog_user;
grant select (a, b), insert (b), update (c) on by_column to catalog_user;
grant select on by_column to catalog_becomes;
grant select, delete on by_public to public;
grant update (b) on by_public to public;
grant select, insert on by_group to catalog_group;
grant select (a), insert (a) on several to catalog_anon;
grant select (b), insert, update (b) on several to catalog_user;
grant all on other_role to catalog_inherits;
alter table owned owner to catalog_user;
grant select (ctid) on system_column to catalog_user;
grant all on revoked to catalog_user; revoke select, update on revoked from catalog_user;`,
		"catalog_anon", "catalog_user")
	want := map[string]string{
		"nobody":        "",
		"whole":         "select insert update delete",
		"by_column":     "select(a b) insert(b) update(c)",
		"by_public":     "select update(b) delete",
		"by_group":      "",
		"several":       "select(a b) insert update(b)",
		"other_role":    "",
		"owned":         "select insert update delete",
		"system_column": "",
		"revoked":       "insert delete",
		"parted":        "select insert update delete",
		"kept":          "select",
	}
	if diff := cmp.Diff(want, grantsOf(cat, d)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if g := d.Grants(cat.Relation(catalog.Name{Schema: "closed", Name: "whole"})); g.Select || g.Insert || g.Update || g.Delete {
		t.Errorf("in a schema that nobody asked for: %+v", g)
	}
}

// A role has what it inherits, and not what it might become.
func TestGrantsByMembership(t *testing.T) {
	const schema = `create table t (a int, b int, c int); grant select, update (b) on t to catalog_group; grant insert (c) on t to public;`
	for role, want := range map[string]string{
		"catalog_inherits": "select insert(c) update(b)",
		"catalog_becomes":  "insert(c)",
		"catalog_group":    "select insert(c) update(b)",
		"postgres":         "select insert update delete",
	} {
		cat, d := describe(t, schema, role)
		if diff := cmp.Diff(map[string]string{"t": want}, grantsOf(cat, d)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", role, diff)
		}
	}
}

func TestGrantsWantUsageOfTheSchema(t *testing.T) {
	cat, d := describe(t, `
revoke all on schema public from public;
grant usage on schema public to catalog_user;
create table t (a int);
grant select on t to catalog_user, catalog_anon;
grant insert on t to catalog_anon;
grant update (a) on t to catalog_anon;
create function f() returns int language sql as 'select 1';`, "catalog_user", "catalog_anon")
	if diff := cmp.Diff(map[string]string{"t": "select"}, grantsOf(cat, d)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"catalog_user"}, d.Executable(cat.Functions()[0])); diff != "" {
		t.Errorf("executable (-want +got):\n%s", diff)
	}
}

func TestGrantsOfViews(t *testing.T) {
	cat, d := describe(t, `
create table base (a int, b text, c int);
create function instead() returns trigger language plpgsql as 'begin return new; end';

create view simple as select a, b, c from base;
create view computed as select a, upper(b) as b, c from base;
create view grouped as select a, count(*) as b from base group by a;
create view of_view as select a, b from computed;
create view over_kept as select 1 as a;

create view by_triggers as select a, count(*) as b from base group by a;
create trigger i instead of insert on by_triggers for each row execute function instead();
create trigger u instead of update on by_triggers for each row execute function instead();
create trigger d instead of delete on by_triggers for each row execute function instead();

create view insert_trigger as select a, count(*) as b from base group by a;
create trigger i instead of insert on insert_trigger for each row execute function instead();

create view computed_insert_trigger as select a, upper(b) as b from base;
create trigger i instead of insert on computed_insert_trigger for each row execute function instead();

create view computed_update_trigger as select a, upper(b) as b from base;
create trigger u instead of update or delete on computed_update_trigger for each row execute function instead();

create view statement_trigger as select a, upper(b) as b from base;
create trigger i before insert or update on statement_trigger for each statement execute function instead();

create view by_rule as select a, count(*) as b from base group by a;
create rule i as on insert to by_rule do instead insert into base (a) values (new.a);

create view some_columns as select a, upper(b) as b, c from base;

grant select, insert, update, delete on all tables in schema public to catalog_user;
revoke insert, update on some_columns from catalog_user;
grant insert (b, c), update (b) on some_columns to catalog_user;`, "catalog_user")
	want := map[string]string{
		"base":                    "select insert update delete",
		"simple":                  "select insert update delete",
		"computed":                "select insert(a c) update(a c) delete",
		"grouped":                 "select",
		"of_view":                 "select insert(a) update(a) delete",
		"over_kept":               "select",
		"by_triggers":             "select insert update delete",
		"insert_trigger":          "select insert",
		"computed_insert_trigger": "select insert update(a) delete",
		"computed_update_trigger": "select insert(a) update delete",
		"statement_trigger":       "select insert(a) update(a) delete",
		"by_rule":                 "select insert",
		"some_columns":            "select insert(c) delete",
	}
	if diff := cmp.Diff(want, grantsOf(cat, d)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestGrantsOfForeignTables(t *testing.T) {
	cat, d := describe(t, `
create extension postgres_fdw;
create extension file_fdw;
create server far foreign data wrapper postgres_fdw;
create server file foreign data wrapper file_fdw;
create foreign data wrapper nothing;
create server no_handler foreign data wrapper nothing;
create foreign table writable (a int, b int) server far;
create foreign table read_only (a int, b int) server far options (updatable 'false');
create foreign table from_file (a int, b int) server file options (filename '/dev/null');
create foreign table dead (a int, b int) server no_handler;
grant select, insert, update, delete on all tables in schema public to catalog_user;`, "catalog_user")
	want := map[string]string{
		"writable": "select insert update delete", "read_only": "select", "from_file": "select", "dead": "select",
	}
	if diff := cmp.Diff(want, grantsOf(cat, d)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Grants are one matter, and what a column takes is another.
func TestGrantsOfGeneratedColumns(t *testing.T) {
	cat, d := describe(t, `
create table t (id int generated always as identity, a int, doubled int generated always as (a * 2) stored);
grant select, insert, update on t to catalog_user;`, "catalog_user")
	if diff := cmp.Diff(map[string]string{"t": "select insert update"}, grantsOf(cat, d)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, c := range relation(t, cat, "t").Columns {
		if c.Assignable() != (c.Name == "a") {
			t.Errorf("%s is assignable: %t", c.Name, c.Assignable())
		}
	}
}

func TestExecutable(t *testing.T) {
	cat, d := describe(t, `
create extension citext;
create schema closed;
create function by_default() returns int language sql as 'select 1';
create function by_none() returns int language sql as 'select 1';
create function by_one(a int) returns int language sql as 'select 1';
create function by_one(a text) returns int language sql as 'select 1';
create function by_group() returns int language sql as 'select 1';
create procedure change() language sql as 'select 1';
create aggregate total(int) (sfunc = int4pl, stype = int);
create function closed.elsewhere() returns int language sql as 'select 1';
revoke execute on function by_none, by_one(int), by_one(text), by_group from public;
revoke execute on procedure change from public;
grant execute on function by_one(text) to catalog_anon;
grant execute on function by_group to catalog_group;
grant execute on procedure change to catalog_user;`,
		"catalog_user", "catalog_inherits", "catalog_anon", "catalog_becomes")
	everyone := []string{"catalog_user", "catalog_inherits", "catalog_anon", "catalog_becomes"}
	got := map[string][]string{}
	for _, f := range cat.Functions() {
		got[f.Signature()] = d.Executable(f)
	}
	want := map[string][]string{
		"public.by_default()":    everyone,
		"public.by_none()":       nil,
		"public.by_one(integer)": nil,
		"public.by_one(text)":    {"catalog_anon"},
		"public.by_group()":      {"catalog_inherits"},
		"public.change()":        {"catalog_user"},
		"public.total(integer)":  everyone,
		"closed.elsewhere()":     nil,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
