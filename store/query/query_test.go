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

func ref(column string) query.Ref { return query.Ref{Column: column} }

func id(n int) query.Arg { return query.Arg{N: n, OID: uuid} }

func TestStatements(t *testing.T) {
	columns := []query.Column{{Name: "id", OID: uuid}, {Name: `we"ird`}, {Name: "addr", Cast: "text", OID: text}}
	byID := query.And{query.Compare{Left: ref("id"), Op: query.Equal, Right: id(0)}}
	tests := []struct {
		name   string
		stmt   *query.Statement
		sql    string
		params []query.Param
	}{
		{
			name:   "get",
			stmt:   query.Select{From: items, Columns: columns, Where: byID}.Statement(),
			sql:    `select t."id", t."we""ird", t."addr"::pg_catalog.text from "public"."items" as t where t."id" operator(pg_catalog.=) $1`,
			params: []query.Param{{OID: uuid}},
		},
		{
			name: "names are quoted whatever they hold",
			stmt: query.Select{
				From:    query.Relation{Schema: `a"b`, Name: `"; drop table items; --`},
				Columns: []query.Column{{Name: "select"}},
			}.Statement(),
			sql: `select t."select" from "a""b"."""; drop table items; --" as t`,
		},
		{
			name: "a composite key",
			stmt: query.Select{From: items, Columns: columns[:1], Where: query.And{
				query.Compare{Left: ref("a"), Op: query.Equal, Right: query.Arg{N: 0, OID: uuid}},
				query.Compare{Left: ref("b"), Op: query.Equal, Right: query.Arg{N: 1, OID: 869, Text: true}},
			}}.Statement(),
			sql:    `select t."id" from "public"."items" as t where (t."a" operator(pg_catalog.=) $1 and t."b" operator(pg_catalog.=) $2)`,
			params: []query.Param{{OID: uuid}, {OID: 869, Text: true}},
		},
		{
			name: "order and limit",
			stmt: query.Select{From: items, Columns: columns[:1], OrderBy: []query.Order{
				{By: ref("a"), Nullable: true},
				{By: ref("b"), Desc: true, Nullable: true, NullsFirst: true},
				{By: ref("c"), Nullable: true, NullsFirst: true},
				{By: ref("d"), Desc: true, Nullable: true},
				{By: ref("id")},
			}, Limit: 51}.Statement(),
			sql: `select t."id" from "public"."items" as t order by t."a", t."b" desc, t."c" nulls first, t."d" desc nulls last, t."id" limit 51`,
		},
		{
			name:   "insert",
			stmt:   query.Insert{Into: items, Sets: []query.Set{{Column: "id", Arg: id(0)}, {Column: "n", Arg: query.Arg{N: 1, OID: 1009, Cast: "inet[]"}}}, Returning: columns[:1]}.Statement(),
			sql:    `insert into "public"."items" as t ("id", "n") values ($1, $2::inet[]) returning t."id"`,
			params: []query.Param{{OID: uuid}, {OID: 1009}},
		},
		{
			name: "insert many, and update what is there",
			stmt: query.Insert{
				Into: items, Many: true, Returning: columns[:1],
				Sets:       []query.Set{{Column: "id", Arg: query.Arg{N: 0, OID: 2951}}, {Column: `n"o`, Arg: query.Arg{N: 1, OID: 1009, Cast: "inet"}}},
				OnConflict: &query.OnConflict{Key: []string{"id", `k"1`}, Update: []string{`n"o`, "m"}},
			}.Statement(),
			sql: `insert into "public"."items" as t ("id", "n""o") select v.c1, v.c2::inet ` +
				`from rows from (pg_catalog.unnest($1), pg_catalog.unnest($2)) with ordinality as v (c1, c2, n) order by v.n ` +
				`on conflict ("id", "k""1") do update set "n""o" = excluded."n""o", "m" = excluded."m" returning t."id"`,
			params: []query.Param{{OID: 2951}, {OID: 1009}},
		},
		{
			name: "insert what is not there",
			stmt: query.Insert{Into: items, OnConflict: &query.OnConflict{Key: []string{"id"}}}.Statement(),
			sql:  `insert into "public"."items" as t default values on conflict ("id") do nothing`,
		},
		{
			name: "insert of defaults",
			stmt: query.Insert{Into: items}.Statement(),
			sql:  `insert into "public"."items" as t default values`,
		},
		{
			name: "update",
			stmt: query.Update{Relation: items, Where: byID, Returning: columns[:1], Sets: []query.Set{
				{Column: "a", Arg: query.Arg{N: 1, OID: text}}, {Column: "b", Default: true}, {Column: "c", Null: true},
			}}.Statement(),
			sql:    `update "public"."items" as t set "a" = $2, "b" = default, "c" = null where t."id" operator(pg_catalog.=) $1 returning t."id"`,
			params: []query.Param{{OID: uuid}, {OID: text}},
		},
		{
			name:   "delete",
			stmt:   query.Delete{From: items, Where: byID}.Statement(),
			sql:    `delete from "public"."items" as t where t."id" operator(pg_catalog.=) $1`,
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

func TestConditions(t *testing.T) {
	author := query.Join{To: query.Relation{Schema: "public", Name: "profiles"}, As: 1, On: []query.Pair{{Their: "id", Ours: "author_id"}}}
	tags := query.Join{
		To: query.Relation{Schema: "public", Name: "tags"}, As: 2, On: []query.Pair{{Their: "item_id", Ours: "id"}},
		Through: &query.Junction{
			Relation: query.Relation{Schema: "public", Name: "item_tags"}, As: 3, On: []query.Pair{{Their: "id", Ours: "tag_id"}},
		},
	}
	name := query.Ref{Of: 1, Column: "name"}
	arg := query.Arg{N: 0, OID: text}
	tests := []struct {
		name string
		expr query.Expr
		want string
	}{
		{
			"one of a list",
			query.Compare{Left: ref("a"), Op: query.Equal, Right: query.Arg{N: 0, OID: 1009}, Any: true},
			`t."a" operator(pg_catalog.=) any($1)`,
		},
		{"not", query.Not{Expr: query.Null{Of: ref("a")}}, `(not t."a" is null)`},
		{"a boolean", query.Holds{Of: ref("done")}, `t."done"`},
		{"a path", query.Compare{
			Left: query.Func{Name: query.JSONPathText, Args: []query.Operand{ref("doc"), query.Variadic{Of: query.Arg{N: 0, OID: 1009}}}},
			Op:   query.ILike, Right: query.Arg{N: 1, OID: text},
		}, `pg_catalog.jsonb_extract_path_text(t."doc", variadic $1) operator(pg_catalog.~~*) $2`},
		{"a number in a path", query.Compare{
			Left: query.When{
				If:   query.Compare{Left: query.Func{Name: query.JSONType, Args: []query.Operand{ref("doc")}}, Op: query.Equal, Right: arg},
				Then: query.Cast{Of: ref("doc"), Type: query.TypeName("pg_catalog", "numeric")},
			},
			Op: query.Less, Right: query.Arg{N: 1},
		}, `case when pg_catalog.jsonb_typeof(t."doc") operator(pg_catalog.=) $1 then (t."doc")::"pg_catalog"."numeric" end operator(pg_catalog.<) $2`},
		{"a key's value", query.Null{Of: query.Member{Of: ref("attrs"), Key: arg, Operators: "Ext"}}, `(t."attrs" operator("Ext".->) $1) is null`},
		{
			"the one row of a relation",
			query.Exists{Join: author, Where: query.Compare{Left: name, Op: query.Equal, Right: arg}},
			`exists (select from "public"."profiles" as t1 where (t1."id" operator(pg_catalog.=) t."author_id" and t1."name" operator(pg_catalog.=) $1))`,
		},
		{
			"the rows of one through another",
			query.Exists{Join: tags},
			`exists (select from "public"."item_tags" as t3 join "public"."tags" as t2 on t2."id" operator(pg_catalog.=) t3."tag_id" ` +
				`where t3."item_id" operator(pg_catalog.=) t."id")`,
		},
		{
			"a function of an extension's",
			query.Null{Of: query.FuncIn{Schema: "Ext", Func: query.Func{Name: query.Min, Args: []query.Operand{ref("a")}}}},
			`"Ext".min(t."a") is null`,
		},
		{
			"a value looked up",
			query.Null{Of: query.Lookup{Join: author, Of: name}, Not: true},
			`(select t1."name" from "public"."profiles" as t1 where t1."id" operator(pg_catalog.=) t."author_id") is not null`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			sel := query.Select{From: items, Columns: []query.Column{{Name: "id"}}, Where: tt.expr}
			if diff := cmp.Diff(`select t."id" from "public"."items" as t where `+tt.want, sel.Statement().SQL); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestReads(t *testing.T) {
	done := query.Holds{Of: ref("done")}
	comments := &query.Embed{
		Many: true,
		Join: query.Join{To: query.Relation{Schema: "public", Name: "comments"}, As: 1, On: []query.Pair{{Their: "item_id", Ours: "id"}}},
		Columns: []query.Column{{Name: "body"}, {Embed: &query.Embed{
			Join:    query.Join{From: 1, To: query.Relation{Schema: "public", Name: "profiles"}, As: 2, On: []query.Pair{{Their: "id", Ours: "author_id"}}},
			Columns: []query.Column{{Name: "name", Cast: "text"}},
		}}},
		Where:   query.Null{Of: query.Ref{Of: 1, Column: "body"}, Not: true},
		OrderBy: []query.Order{{By: query.Ref{Of: 1, Column: "id"}, Desc: true}}, Limit: 4,
	}
	byID := []query.Operand{ref("owner_id")}
	tests := []struct {
		name string
		stmt *query.Statement
		want string
	}{
		{
			"rows in rows", query.Select{From: items, Columns: []query.Column{{Name: "id"}, {Embed: comments}}}.Statement(),
			`select t."id", array(select row(t1."body", (select row(t2."name"::pg_catalog.text) from "public"."profiles" as t2 ` +
				`where t2."id" operator(pg_catalog.=) t1."author_id")) from "public"."comments" as t1 ` +
				`where (t1."item_id" operator(pg_catalog.=) t."id" and t1."body" is not null) order by t1."id" desc limit 4) from "public"."items" as t`,
		},
		{
			"groups", query.Select{
				From: items, Columns: []query.Column{
					{Name: "owner_id"},
					{Of: query.Func{Name: query.Count}},
					{Of: query.Func{Name: query.Sum, Args: []query.Operand{ref("price")}}, Cast: "text"},
				},
				Where: done, GroupBy: byID, Having: query.Compare{Left: query.Func{Name: query.Count}, Op: query.Greater, Right: query.Arg{N: 0, OID: 20}},
				OrderBy: []query.Order{{By: query.Func{Name: query.Count}, Desc: true}},
			}.Statement(),
			`select t."owner_id", (pg_catalog.count(*)), (pg_catalog.sum(t."price"))::pg_catalog.text from "public"."items" as t where t."done" ` +
				`group by t."owner_id" having pg_catalog.count(*) operator(pg_catalog.>) $1 order by pg_catalog.count(*) desc`,
		},
		{
			"a count", query.Select{From: items, Where: done}.CountRows(),
			`select pg_catalog.count(*) from (select from "public"."items" as t where t."done") as c`,
		},
		{
			"a count that is bounded", query.Select{From: items, Limit: 1001}.CountRows(),
			`select pg_catalog.count(*) from (select from "public"."items" as t limit 1001) as c`,
		},
		{
			"an estimate", query.Select{From: items, Columns: []query.Column{{Name: "id"}}, Where: done}.Estimate(),
			`explain (format json) select t."id" from "public"."items" as t where t."done"`,
		},
		{"rows of a function", query.Select{
			From:    query.Call{Function: query.Relation{Schema: "public", Name: "found"}, Args: []query.CallArg{{Arg: query.Arg{N: 0, OID: text}}}, Ordinality: true},
			Columns: []query.Column{{Name: "id"}}, Where: done,
		}.Statement(), `select t."id" from "public"."found"($1) with ordinality as t where t."done"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, tt.stmt.SQL); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if !tt.stmt.ReadOnly {
				t.Error("it may write")
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
			order: []query.Order{{By: ref("id")}},
			null:  []bool{false},
			want:  `t."id" operator(pg_catalog.>) $1`,
		},
		{
			name:  "the same way throughout is one row comparison",
			order: []query.Order{{By: ref("a"), Desc: true}, {By: ref("id"), Desc: true}},
			null:  []bool{false, false},
			want:  `(t."a", t."id") operator(pg_catalog.<) ($1, $2)`,
		},
		{
			name:  "mixed ways",
			order: []query.Order{{By: ref("a"), Desc: true}, {By: ref("id")}},
			null:  []bool{false, false},
			want:  `(t."a" operator(pg_catalog.<=) $1 and (t."a" operator(pg_catalog.<) $1 or (t."a" operator(pg_catalog.=) $1 and t."id" operator(pg_catalog.>) $2)))`,
		},
		{
			name:  "nulls last, a value in the cursor",
			order: []query.Order{{By: ref("a"), Nullable: true}, {By: ref("id")}},
			null:  []bool{false, false},
			want:  `((t."a" operator(pg_catalog.>) $1 or t."a" is null) or (t."a" operator(pg_catalog.=) $1 and t."id" operator(pg_catalog.>) $2))`,
		},
		{
			name:  "nulls last, NULL in the cursor",
			order: []query.Order{{By: ref("a"), Nullable: true}, {By: ref("id")}},
			null:  []bool{true, false},
			want:  `(t."a" is null and t."id" operator(pg_catalog.>) $2)`,
		},
		{
			name:  "nulls first, NULL in the cursor",
			order: []query.Order{{By: ref("a"), Desc: true, Nullable: true, NullsFirst: true}, {By: ref("id"), Desc: true}},
			null:  []bool{true, false},
			want:  `(t."a" is not null or (t."a" is null and t."id" operator(pg_catalog.<) $2))`,
		},
		{
			name:  "operators that are not built in",
			order: []query.Order{{By: ref("a"), Operators: "Ext"}, {By: ref("id")}},
			null:  []bool{false, false},
			want:  `(t."a" operator("Ext".>=) $1 and (t."a" operator("Ext".>) $1 or (t."a" operator("Ext".=) $1 and t."id" operator(pg_catalog.>) $2)))`,
		},
		{
			name:  "nothing can follow",
			order: []query.Order{{By: ref("a"), Nullable: true}},
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
			want := `select t."id" from "public"."items" as t where ` + tt.want
			if diff := cmp.Diff(want, sel.Statement().SQL); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestDigestFollowsText(t *testing.T) {
	a := query.Delete{From: items, Where: query.Compare{Left: ref("id"), Op: query.Equal, Right: id(0)}}.Statement()
	b := query.Delete{From: items, Where: query.Compare{Left: ref("id"), Op: query.Equal, Right: id(0)}}.Statement()
	c := query.Delete{From: items, Where: query.Compare{Left: ref("ID"), Op: query.Equal, Right: id(0)}}.Statement()
	if a.Digest != b.Digest {
		t.Error("the same text has two digests")
	}
	if a.Digest == c.Digest {
		t.Error("two texts have one digest")
	}
	if of := query.NewStatement(a.SQL, []query.Param{{OID: text}}, nil, false); of.Digest == a.Digest {
		t.Error("two types of a parameter have one digest")
	}
}
