package query_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rowgate/rowgate/store/query"
)

const (
	uuid = 2950
	text = 25
)

var items = query.Relation{Schema: "public", Name: "items"}

func id(n int) query.Arg { return query.Arg{N: n, OID: uuid} }

func TestStatements(t *testing.T) {
	columns := []query.Column{{Name: "id", OID: uuid}, {Name: `we"ird`}, {Name: "addr", Cast: "text", OID: text}}
	byID := query.And{query.Equal{Column: "id", Arg: id(0)}}
	tests := []struct {
		name   string
		stmt   *query.Statement
		sql    string
		params []query.Param
	}{
		{
			name:   "get",
			stmt:   query.Select{From: items, Columns: columns, Where: byID}.Statement(),
			sql:    `select "id", "we""ird", "addr"::pg_catalog.text from "public"."items" as t where "id" operator(pg_catalog.=) $1`,
			params: []query.Param{{OID: uuid}},
		},
		{
			name: "names are quoted whatever they hold",
			stmt: query.Select{
				From:    query.Relation{Schema: `a"b`, Name: `"; drop table items; --`},
				Columns: []query.Column{{Name: "select"}},
			}.Statement(),
			sql: `select "select" from "a""b"."""; drop table items; --" as t`,
		},
		{
			name: "a composite key",
			stmt: query.Select{From: items, Columns: columns[:1], Where: query.And{
				query.Equal{Column: "a", Arg: query.Arg{N: 0, OID: uuid}},
				query.Equal{Column: "b", Arg: query.Arg{N: 1, OID: 869, Text: true}},
			}}.Statement(),
			sql:    `select "id" from "public"."items" as t where ("a" operator(pg_catalog.=) $1 and "b" operator(pg_catalog.=) $2)`,
			params: []query.Param{{OID: uuid}, {OID: 869, Text: true}},
		},
		{
			name: "order and limit",
			stmt: query.Select{From: items, Columns: columns[:1], OrderBy: []query.Order{
				{Column: "a", Nullable: true},
				{Column: "b", Desc: true, Nullable: true, NullsFirst: true},
				{Column: "c", Nullable: true, NullsFirst: true},
				{Column: "d", Desc: true, Nullable: true},
				{Column: "id"},
			}, Limit: 51}.Statement(),
			sql: `select "id" from "public"."items" as t order by t."a", t."b" desc, t."c" nulls first, t."d" desc nulls last, t."id" limit 51`,
		},
		{
			name:   "insert",
			stmt:   query.Insert{Into: items, Sets: []query.Set{{Column: "id", Arg: id(0)}, {Column: "n", Arg: query.Arg{N: 1, OID: 1009, Cast: "inet[]"}}}, Returning: columns[:1]}.Statement(),
			sql:    `insert into "public"."items" ("id", "n") values ($1, $2::inet[]) returning "id"`,
			params: []query.Param{{OID: uuid}, {OID: 1009}},
		},
		{
			name: "insert of defaults",
			stmt: query.Insert{Into: items}.Statement(),
			sql:  `insert into "public"."items" default values`,
		},
		{
			name: "update",
			stmt: query.Update{Relation: items, Where: byID, Returning: columns[:1], Sets: []query.Set{
				{Column: "a", Arg: query.Arg{N: 1, OID: text}}, {Column: "b", Default: true}, {Column: "c", Null: true},
			}}.Statement(),
			sql:    `update "public"."items" set "a" = $2, "b" = default, "c" = null where "id" operator(pg_catalog.=) $1 returning "id"`,
			params: []query.Param{{OID: uuid}, {OID: text}},
		},
		{
			name:   "delete",
			stmt:   query.Delete{From: items, Where: byID}.Statement(),
			sql:    `delete from "public"."items" where "id" operator(pg_catalog.=) $1`,
			params: []query.Param{{OID: uuid}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.sql, tt.stmt.SQL); diff != "" {
				t.Errorf("SQL (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.params, tt.stmt.Params); diff != "" {
				t.Errorf("parameters (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAfter(t *testing.T) {
	arg := func(n int) query.Arg { return query.Arg{N: n} }
	tests := []struct {
		name  string
		order []query.Order
		null  []bool
		want  string
	}{
		{
			name:  "one term",
			order: []query.Order{{Column: "id"}},
			null:  []bool{false},
			want:  `"id" operator(pg_catalog.>) $1`,
		},
		{
			name:  "the same way throughout is one row comparison",
			order: []query.Order{{Column: "a", Desc: true}, {Column: "id", Desc: true}},
			null:  []bool{false, false},
			want:  `("a", "id") operator(pg_catalog.<) ($1, $2)`,
		},
		{
			name:  "mixed ways",
			order: []query.Order{{Column: "a", Desc: true}, {Column: "id"}},
			null:  []bool{false, false},
			want:  `("a" operator(pg_catalog.<) $1 or ("a" operator(pg_catalog.=) $1 and "id" operator(pg_catalog.>) $2))`,
		},
		{
			name:  "nulls last, a value in the cursor",
			order: []query.Order{{Column: "a", Nullable: true}, {Column: "id"}},
			null:  []bool{false, false},
			want:  `(("a" operator(pg_catalog.>) $1 or "a" is null) or ("a" operator(pg_catalog.=) $1 and "id" operator(pg_catalog.>) $2))`,
		},
		{
			name:  "nulls last, NULL in the cursor",
			order: []query.Order{{Column: "a", Nullable: true}, {Column: "id"}},
			null:  []bool{true, false},
			want:  `("a" is null and "id" operator(pg_catalog.>) $2)`,
		},
		{
			name:  "nulls first, NULL in the cursor",
			order: []query.Order{{Column: "a", Desc: true, Nullable: true, NullsFirst: true}, {Column: "id", Desc: true}},
			null:  []bool{true, false},
			want:  `("a" is not null or ("a" is null and "id" operator(pg_catalog.<) $2))`,
		},
		{
			name:  "operators that are not built in",
			order: []query.Order{{Column: "a", Operators: "Ext"}, {Column: "id"}},
			null:  []bool{false, false},
			want:  `("a" operator("Ext".>) $1 or ("a" operator("Ext".=) $1 and "id" operator(pg_catalog.>) $2))`,
		},
		{
			name:  "nothing can follow",
			order: []query.Order{{Column: "a", Nullable: true}},
			null:  []bool{true},
			want:  `false`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			args := make([]query.Arg, len(tt.order))
			for i := range args {
				args[i] = arg(i)
			}
			sel := query.Select{From: items, Columns: []query.Column{{Name: "id"}}, Where: query.After(tt.order, args, tt.null)}
			want := `select "id" from "public"."items" as t where ` + tt.want
			if diff := cmp.Diff(want, sel.Statement().SQL); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestDigestFollowsText(t *testing.T) {
	a := query.Delete{From: items, Where: query.Equal{Column: "id", Arg: id(0)}}.Statement()
	b := query.Delete{From: items, Where: query.Equal{Column: "id", Arg: id(0)}}.Statement()
	c := query.Delete{From: items, Where: query.Equal{Column: "ID", Arg: id(0)}}.Statement()
	if a.Digest != b.Digest {
		t.Error("the same text has two digests")
	}
	if a.Digest == c.Digest {
		t.Error("two texts have one digest")
	}
}
