package catalog_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rowgate/rowgate/store/catalog"
)

func TestComments(t *testing.T) {
	cat, d := describe(t, `
create extension postgres_fdw;
create server far foreign data wrapper postgres_fdw;
create type mood as enum ('good');
create type pair as (a int, b text);
create domain price as numeric check (value > 0);
create type span as range (subtype = float8);
create table items (id int primary key, gone text, name text);
alter table items drop column gone;
create view item_view as select * from items;
create materialized view kept as select 1 as one;
create foreign table remote (id int) server far;
create table parted (id int) partition by range (id);
create function f(a int) returns int language sql as 'select 1';
create function f(a text) returns int language sql as 'select 1';
create procedure p() language sql as 'select 1';
create aggregate total(int) (sfunc = int4pl, stype = int);
create policy own on items using (true);

comment on table items is E'Things.\n\n  With "quotes", ''others'' and \\ünïcode.';
comment on column items.id is 'the id of items';
comment on column items.name is 'the name of items';
comment on view item_view is 'a view';
comment on column item_view.id is 'the id of the view';
comment on materialized view kept is 'kept';
comment on column kept.one is 'the one';
comment on foreign table remote is 'remote';
comment on column remote.id is 'the id of remote';
comment on table parted is 'parted';
comment on function f(int) is 'f of a number';
comment on procedure p is 'p';
comment on aggregate total(int) is 'total';
comment on type mood is 'mood';
comment on type pair is 'pair';
comment on column pair.b is 'b of pair';
comment on domain price is 'price';
comment on type span is 'span';
comment on index items_pkey is 'an index';
comment on constraint items_pkey on items is 'a constraint';
comment on policy own on items is 'a policy';
comment on schema public is 'a schema';
comment on server far is 'a server';`)
	got := map[string]string{}
	say := func(what, comment string) {
		if comment != "" {
			got[what] = comment
		}
	}
	for _, r := range cat.Relations() {
		say(r.String(), d.Comment(r))
		for _, c := range r.Columns {
			say(r.String()+"."+c.Name, d.ColumnComment(r, c))
		}
	}
	for _, f := range cat.Functions() {
		say(f.Signature(), d.FunctionComment(f))
	}
	for _, name := range []string{"mood", "pair", "span"} {
		typ := cat.Type(catalog.Name{Name: name})
		say("type "+name, d.TypeComment(typ.OID))
		for _, a := range typ.Attributes {
			say("type "+name+"."+a.Name, d.AttributeComment(typ, a))
		}
	}
	want := map[string]string{
		"public.items":          "Things.\n\n  With \"quotes\", 'others' and \\ünïcode.",
		"public.items.id":       "the id of items",
		"public.items.name":     "the name of items",
		"public.item_view":      "a view",
		"public.item_view.id":   "the id of the view",
		"public.kept":           "kept",
		"public.kept.one":       "the one",
		"public.remote":         "remote",
		"public.remote.id":      "the id of remote",
		"public.parted":         "parted",
		"public.f(integer)":     "f of a number",
		"public.p()":            "p",
		"public.total(integer)": "total",
		"type mood":             "mood",
		"type pair":             "pair",
		"type pair.b":           "b of pair",
		"type span":             "span",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// OIDs are unique within a catalog alone: a table, a function and a domain may
// share one.
func TestSharedOIDs(t *testing.T) {
	cat, d := describe(t, `
create table one (value int constraint of_table check (value > 1));
create domain two as int constraint of_domain check (value > 2);
create type three as (a int);
create function four() returns int language sql as 'select 1';
create table uses (value two);
comment on table one is 'one';
comment on column one.value is 'value of one';
comment on domain two is 'two';
comment on type three is 'three';
comment on column three.a is 'a of three';
comment on function four is 'four';

set allow_system_table_mods = on;
create temp table shared as select 'one'::regclass::oid, 'two'::regtype::oid as domain, 'four'::regproc::oid as function;
update pg_type set oid = s.oid from shared s where pg_type.oid = s.domain;
update pg_constraint set contypid = s.oid from shared s where contypid = s.domain;
update pg_attribute set atttypid = s.oid from shared s where atttypid = s.domain;
update pg_proc set oid = s.oid from shared s where pg_proc.oid = s.function;
update pg_description set objoid = s.oid from shared s
where objoid = s.domain and classoid = 'pg_type'::regclass or objoid = s.function and classoid = 'pg_proc'::regclass;
drop table shared;
reset allow_system_table_mods;`)
	one, four := relation(t, cat, "one"), cat.Functions()[0]
	two := relation(t, cat, "uses").Columns[0].DeclaredOID
	three := cat.Type(catalog.Name{Name: "three"})
	if one.OID != two || one.OID != four.OID {
		t.Fatalf("the OIDs are %d, %d and %d", one.OID, two, four.OID)
	}
	got := []string{
		d.Comment(one), d.ColumnComment(one, one.Columns[0]), d.TypeComment(two), d.FunctionComment(four),
		d.TypeComment(three.OID), d.AttributeComment(three, three.Attributes[0]),
		d.Checks(one)[0].Name, d.DomainChecks(two)[0].Name,
	}
	want := []string{"one", "value of one", "two", "four", "three", "a of three", "of_table", "of_domain"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(d.Checks(one)) != 1 || len(d.DomainChecks(two)) != 1 {
		t.Errorf("checks %v and %v", d.Checks(one), d.DomainChecks(two))
	}
}
