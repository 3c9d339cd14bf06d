package catalog_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rowgate/rowgate/store/catalog"
)

// signature writes a function out. What has a type of its own is followed by
// it in brackets.
func signature(cat *catalog.Catalog, f *catalog.Function) string {
	types := func(declared string, t *catalog.Type, oid uint32) string {
		switch r := cat.RowType(oid); {
		case t != nil && t.Format != declared:
			return declared + " [" + t.Format + "]"
		case t == nil && r != nil:
			return declared + " [row of " + r.String() + "]"
		case t == nil:
			return declared + " [none]"
		}
		return declared
	}
	var b strings.Builder
	var args []string
	for _, a := range f.Arguments {
		text := string(a.Mode) + " " + a.Name + ": " + types(a.Declared, a.Type, a.DeclaredOID)
		if a.Typmod != -1 && a.Type != nil {
			text += fmt.Sprintf(" typmod %d", a.Typmod)
		}
		if a.HasDefault {
			text += " default"
		}
		args = append(args, text)
	}
	fmt.Fprintf(&b, "%c %s(%s) ", f.Kind, f.Name, strings.Join(args, ", "))
	if f.SetOf {
		b.WriteString("setof ")
	}
	b.WriteString(types(f.ResultDeclared, f.Result, f.ResultOID))
	return b.String()
}

// checkFunctions compares the functions of a schema with what they should be.
func checkFunctions(t *testing.T, sql string, want []string) {
	t.Helper()
	cat := load(t, sql)
	var got []string
	for _, f := range cat.Functions() {
		got = append(got, signature(cat, f))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestFunctionArguments(t *testing.T) {
	checkFunctions(t, `
create domain cents as numeric(12,2);
create domain price as cents check (value >= 0);
create table items (id int);
create function nought() returns int language sql as 'select 1';
create function nameless(int, "Second One" text, bool) returns int language sql as 'select 1';
create function defaults(a int, b text default 'x', c int default null) returns int language sql as 'select 1';
create function outs(out a int, b text, inout c bigint, out d price) language sql as 'select 1, 2::bigint, 3.0::price';
create function inout_default(a int, inout b text default 'x', out c int) language sql as $$ select 'a', 1 $$;
create function inout_both(inout a int default 1, out b int, inout c int default 2) language sql as 'select 1, 2, 3';
create function list(head text, variadic tail int[]) returns int language sql as 'select 1';
create function list_default(a int default 1, variadic b text[] default '{}') returns int language sql as 'select 1';
create function list_any(variadic "any") returns int language internal as 'pg_num_nulls';
create function out_then_list(out a int, variadic b int[]) language sql as 'select 1';
create function of_domain(p price, ps price[], n numeric) returns price language sql as 'select 1.0::price';
create function of_row(i items, many items[]) returns int language sql as 'select 1';
create function poly(a anyelement, b anyarray) returns anyelement language sql as 'select a';
create procedure change(a int, inout b text default 'x') language sql as $$ select 'y' $$;`, []string{
		"p public.change(i a: integer, b b: text default) record [none]",
		"f public.defaults(i a: integer, i b: text default, i c: integer default) integer",
		"f public.inout_both(b a: integer default, o b: integer, b c: integer default) record [none]",
		"f public.inout_default(i a: integer, b b: text default, o c: integer) record [none]",
		"f public.list(i head: text, v tail: integer[]) integer",
		"f public.list_any(v : \"any\" [none]) integer",
		"f public.list_default(i a: integer default, v b: text[] default) integer",
		"f public.nameless(i : integer, i Second One: text, i : boolean) integer",
		"f public.nought() integer",
		"f public.of_domain(i p: public.price [numeric] typmod 786438, i ps: public.price[], i n: numeric) public.price [numeric]",
		"f public.of_row(i i: public.items [row of public.items], i many: public.items[] [none]) integer",
		"f public.out_then_list(o a: integer, v b: integer[]) integer",
		"f public.outs(o a: integer, i b: text, b c: bigint, o d: public.price [numeric] typmod 786438) record [none]",
		"f public.poly(i a: anyelement [none], i b: anyarray [none]) anyelement [none]",
	})
}

func TestFunctionResults(t *testing.T) {
	checkFunctions(t, `
create table items (id int);
create view item_view as select * from items;
create type pair as (a int, b text);
create type mood as enum ('good');
create domain email as text;
create function nothing() returns void language sql as '';
create function scalars() returns setof int language sql as 'select 1';
create function arrays() returns int[] language sql as 'select array[1]';
create function moods() returns setof mood language sql as $$ select 'good'::mood $$;
create function pairs() returns setof pair language sql as $$ select 1, 'a' $$;
create function one_pair() returns pair language sql as $$ select 1, 'a' $$;
create function rows() returns setof items language sql as 'select * from items';
create function one_row() returns items language sql as 'select * from items';
create function view_rows() returns setof item_view language sql as 'select * from item_view';
create function row_array() returns items[] language sql as 'select array_agg(i) from items i';
create function emails() returns setof email language sql as $$ select 'a'::email $$;
create function tabled(n int) returns table (a int, "B b" text) language sql as $$ select 1, 'a' $$;
create function tabled_one(n int default 1) returns table (a int) language sql as 'select 1';
create function outs_set(out a int, out b text) returns setof record language sql as $$ select 1, 'a' $$;
create function anything() returns record language sql as 'select 1, 2';
create function any_set() returns setof record language sql as 'select 1, 2';
create function fire() returns trigger language plpgsql as 'begin return new; end';
create function fire_event() returns event_trigger language plpgsql as 'begin end';`, []string{
		"f public.any_set() setof record [none]",
		"f public.anything() record [none]",
		"f public.arrays() integer[]",
		"f public.emails() setof public.email [text]",
		"f public.fire() trigger [none]",
		"f public.fire_event() event_trigger [none]",
		"f public.moods() setof public.mood",
		"f public.nothing() void [none]",
		"f public.one_pair() public.pair",
		"f public.one_row() public.items [row of public.items]",
		"f public.outs_set(o a: integer, o b: text) setof record [none]",
		"f public.pairs() setof public.pair",
		"f public.row_array() public.items[] [none]",
		"f public.rows() setof public.items [row of public.items]",
		"f public.scalars() setof integer",
		"f public.tabled(i n: integer, t a: integer, t B b: text) setof record [none]",
		"f public.tabled_one(i n: integer default, t a: integer) setof integer",
		"f public.view_rows() setof public.item_view [row of public.item_view]",
	})
}

func TestFunctionKinds(t *testing.T) {
	checkFunctions(t, `
create extension citext;
create procedure refresh() language sql as 'select 1';
create procedure give(out a int, b int) language sql as 'select 1';
create aggregate total(int) (sfunc = int4pl, stype = int, initcond = '0');
create function plain() returns int language sql as 'select 1';
create function nth() returns bigint language internal window as 'window_row_number';`, []string{
		"p public.give(o a: integer, i b: integer) record [none]",
		"w public.nth() bigint",
		"f public.plain() integer",
		"p public.refresh() void [none]",
		"a public.total(i : integer) integer",
	})
}

func TestFunctionAttributes(t *testing.T) {
	cat := load(t, `
create function a_volatile() returns int language sql as 'select 1';
create function b_stable() returns int language sql stable security definer as 'select 1';
create function c_immutable(a int) returns int language sql immutable strict as 'select 1';`)
	type attributes struct {
		Name               string
		Volatility         string
		Strict, AsOwner    bool
		Owner, Signature   string
		Inputs, OutputsLen int
	}
	var got []attributes
	for _, f := range cat.Functions() {
		got = append(got, attributes{
			f.Name.Name, string(f.Volatility), f.Strict, f.SecurityDefiner, f.Owner, f.Signature(), len(f.Inputs()), len(f.Outputs()),
		})
	}
	want := []attributes{
		{"a_volatile", "v", false, false, "postgres", "public.a_volatile()", 0, 0},
		{"b_stable", "s", false, true, "postgres", "public.b_stable()", 0, 0},
		{"c_immutable", "i", true, false, "postgres", "public.c_immutable(integer)", 1, 0},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Overloads are in the order of their arguments' types, not of their OIDs,
// which a restored dump has in another order.
func TestOverloads(t *testing.T) {
	cat := load(t, `
create schema another;
create function another.find(text) returns int language sql as 'select 1';
create function find(text) returns int language sql as 'select 1';
create function find(int, out text) language sql as $$ select 'a' $$;
create function find(bigint, text) returns int language sql as 'select 1';
create function find() returns int language sql as 'select 1';
create function "find"(variadic int[]) returns int language sql as 'select 1';
create function "Find"(int) returns int language sql as 'select 1';`)
	var got []string
	for _, f := range cat.Functions() {
		got = append(got, f.Signature())
	}
	want := []string{
		"another.find(text)", "public.Find(integer)", "public.find()", "public.find(bigint, text)", "public.find(integer)",
		"public.find(integer[])", "public.find(text)",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
