package catalog_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rowgate/rowgate/store/catalog"
)

func TestComposites(t *testing.T) {
	cat := load(t, `
create domain cents as numeric(12,2);
create type mood as enum ('good');
create type inner_pair as (a int, b text[]);
create table items (id int);
create type everything as (
  "First One" int, gone text, short varchar(10), price cents, prices cents[], feeling mood,
  nested inner_pair, nests inner_pair[], span int4range, item items
);
alter type everything drop attribute gone;
alter type everything add attribute late bool;
create type empty as ();
create domain checked as inner_pair check ((value).a > 0);
create table t (plain everything, many everything[], domained checked);`)
	type attribute struct {
		Name               string
		Number             int
		Declared, Type     string
		Typmod             int32
		IsDomain, HasElems bool
	}
	var got []attribute
	for _, a := range cat.Type(catalog.Name{Name: "everything"}).Attributes {
		got = append(got, attribute{a.Name, a.Number, a.Declared, a.Type.Format, a.Typmod, a.DeclaredOID != a.Type.OID, a.Type.Elem != nil})
	}
	const numeric12and2 = 12<<16 | 2 + 4
	want := []attribute{
		{"First One", 1, "integer", "integer", -1, false, false},
		{"short", 3, "character varying(10)", "character varying", 10 + 4, false, false},
		{"price", 4, "public.cents", "numeric", numeric12and2, true, false},
		{"prices", 5, "public.cents[]", "public.cents[]", -1, false, true},
		{"feeling", 6, "public.mood", "public.mood", -1, false, false},
		{"nested", 7, "public.inner_pair", "public.inner_pair", -1, false, false},
		{"nests", 8, "public.inner_pair[]", "public.inner_pair[]", -1, false, true},
		{"span", 9, "int4range", "int4range", -1, false, false},
		{"item", 10, "public.items", "public.items", -1, false, false},
		{"late", 11, "boolean", "boolean", -1, false, false},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}

	everything, pair := cat.Type(catalog.Name{Name: "everything"}), cat.Type(catalog.Name{Name: "inner_pair"})
	price, prices := everything.Attributes[2], everything.Attributes[3].Type
	if prices.Elem != price.Type || prices.ElemTypmod != numeric12and2 || prices.ElemOID != price.DeclaredOID {
		t.Errorf("the elements of prices: %s, %d", prices.Elem.Format, prices.ElemTypmod)
	}
	if feeling := everything.Attributes[4].Type; feeling.ArrayOID == 0 || pair.ArrayOID != everything.Attributes[6].Type.OID || prices.ArrayOID != 0 {
		t.Errorf("the arrays of mood, inner_pair and cents[] are of the types %d, %d and %d", feeling.ArrayOID, pair.ArrayOID, prices.ArrayOID)
	}
	if nests := everything.Attributes[6].Type; nests.ElemOID != pair.OID {
		t.Errorf("the elements of nests are of %d, want %d", nests.ElemOID, pair.OID)
	}
	if everything.Attributes[5].Type != pair || everything.Attributes[6].Type.Elem != pair {
		t.Error("the nested type is not the type itself")
	}
	if e := cat.Type(catalog.Name{Name: "empty"}); e == nil || e.Kind != 'c' || len(e.Attributes) != 0 {
		t.Errorf("the type without attributes: %+v", e)
	}
	r := relation(t, cat, "t")
	if r.Column("plain").Type != everything || r.Column("many").Type.Elem != everything {
		t.Error("columns are not of the type itself")
	}
	if c := r.Column("domained"); c.Type != pair || c.Declared != "public.checked" || c.DeclaredOID == pair.OID {
		t.Errorf("a column of a domain over a composite: %s of %s", c.Declared, c.Type.Format)
	}
}

func TestRanges(t *testing.T) {
	cat := load(t, `
create domain cents as numeric(12,2);
create type mood as enum ('bad', 'good');
create type mood_range as range (subtype = mood);
create type cents_range as range (subtype = cents, multirange_type_name = "Many Cents");
create domain short as int4range check (upper(value) - lower(value) < 10);
create table t (a int4range, b int8multirange, c mood_range, d mood_multirange, e cents_range, f "Many Cents", g short, h tstzrange[], i datemultirange[]);`)
	var got []string
	for _, c := range relation(t, cat, "t").Columns {
		text := c.Name + " " + c.Declared + ":"
		for typ := c.Type; typ != nil; {
			text += fmt.Sprintf(" %c %s", typ.Kind, typ.Format)
			if typ.Elem != nil {
				typ = typ.Elem
			} else {
				typ = typ.Subtype
			}
		}
		if c.Sortable {
			text += ", sortable"
		}
		got = append(got, text)
	}
	want := []string{
		"a int4range: r int4range b integer, sortable",
		"b int8multirange: m int8multirange r int8range b bigint, sortable",
		"c public.mood_range: r public.mood_range e public.mood, sortable",
		"d public.mood_multirange: m public.mood_multirange r public.mood_range e public.mood, sortable",
		"e public.cents_range: r public.cents_range b numeric, sortable",
		`f public."Many Cents": m public."Many Cents" r public.cents_range b numeric, sortable`,
		"g public.short: r int4range b integer, sortable",
		"h tstzrange[]: b tstzrange[] r tstzrange b timestamp with time zone, sortable",
		"i datemultirange[]: b datemultirange[] m datemultirange r daterange b date, sortable",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestExtensionTypes(t *testing.T) {
	cat := load(t, `
create schema extensions;
create extension citext schema extensions;
create extension hstore;
create extension ltree;
create domain handle as extensions.citext;
create type mine as enum ('a');
create table t (a extensions.citext, b extensions.citext[], c hstore, d ltree, e lquery, f handle, g handle[], h mine, i int);`)
	var got []string
	for _, c := range relation(t, cat, "t").Columns {
		typ := c.Type
		if typ.Elem != nil {
			typ = typ.Elem
		}
		got = append(got, fmt.Sprintf("%s %s %q %s %q", c.Name, typ.Format, typ.Extension, typ.Name, typ.Operators))
	}
	want := []string{
		`a extensions.citext "citext" extensions.citext "extensions"`,
		`b extensions.citext "citext" extensions.citext "extensions"`,
		`c public.hstore "hstore" public.hstore ""`,
		`d public.ltree "ltree" public.ltree "public"`,
		`e public.lquery "ltree" public.lquery ""`,
		`f extensions.citext "citext" extensions.citext "extensions"`,
		`g extensions.citext "citext" extensions.citext "extensions"`,
		`h public.mine "" public.mine "pg_catalog"`,
		`i integer "" pg_catalog.int4 "pg_catalog"`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for name, want := range map[string]string{"b": "citext", "g": ""} {
		if of := relation(t, cat, "t").Column(name).Type.Extension; of != want {
			t.Errorf("the array %s is of the extension %q, want %q", name, of, want)
		}
	}
}
