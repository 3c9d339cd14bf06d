package query_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rowgate/rowgate/store/query"
)

func TestWritesOfRows(t *testing.T) {
	price, note, meta := ref("price"), ref("note"), ref("meta")
	arg := query.Arg{N: 0, OID: 1700}
	byID := query.Compare{Left: ref("id"), Op: query.Equal, Right: query.Arg{N: 1, OID: 2950}}
	from := &query.Unnest{As: 2, Arrays: []query.Arg{{N: 0, OID: 2951}, {N: 1, OID: 1231}}}
	update := func(set query.Set) string {
		return query.Update{Relation: items, Sets: []query.Set{set}, Where: byID}.Statement().SQL
	}
	few := query.AtMost{
		Of: items, As: 1, Where: query.Holds{Of: query.Ref{Of: 1, Column: "done"}}, Limit: query.Arg{N: 0, OID: 20},
	}
	const prefix, where = `update "public"."items" as t set `, ` where t."id" operator(pg_catalog.=) $2`
	for _, tt := range []struct{ name, got, want string }{
		{
			"a sum", update(query.Set{Column: "price", To: query.Operation{Left: price, Op: query.Plus, Right: arg}}),
			prefix + `"price" = (t."price" operator(pg_catalog.+) $1)` + where,
		},
		{
			"what is appended", update(query.Set{Column: "note", To: query.Coalesce{query.Operation{Left: note, Op: query.Concat, Right: arg}, arg}}),
			prefix + `"note" = coalesce((t."note" operator(pg_catalog.||) $1), $1)` + where,
		},
		{
			"an extension's operator", update(query.Set{Column: "attrs", To: query.Operation{Left: ref("attrs"), Op: query.Concat, Right: arg, Operators: `E"x`}}),
			prefix + `"attrs" = (t."attrs" operator("E""x".||) $1)` + where,
		},
		{
			"an object", update(query.Set{Column: "meta", To: query.When{If: query.JSONIs{Of: meta, Type: query.JSONObject}, Then: arg}}),
			prefix + `"meta" = case when pg_catalog.jsonb_typeof(t."meta") operator(pg_catalog.=) 'object' then $1 end` + where,
		},
		{
			"rows of arrays", query.Update{
				Relation: items, From: from, Sets: []query.Set{{Column: "price", To: from.Column(1)}, {Column: "done", Default: true}},
				Where:     query.Compare{Left: ref("id"), Op: query.Equal, Right: from.Column(0)},
				Returning: []query.Column{{Name: "id"}, {Of: from.Number(), OID: 20}},
			}.Statement().SQL,
			prefix + `"price" = t2."c2", "done" = default from rows from (pg_catalog.unnest($1), pg_catalog.unnest($2)) with ordinality as t2 ("c1", "c2", "n") ` +
				`where t."id" operator(pg_catalog.=) t2."c1" returning t."id", (t2."n")`,
		},
		{
			"a delete of a few", query.Delete{From: items, Where: query.And{few, query.Untrue{Expr: byID}}, Returning: []query.Column{{Name: "id"}}}.Statement().SQL,
			`delete from "public"."items" as t where ((select pg_catalog.count(*) from (select from "public"."items" as t1 where t1."done" limit $1) as c) ` +
				`operator(pg_catalog.<) $1 and (t."id" operator(pg_catalog.=) $2) is not true) returning t."id"`,
		},
	} {
		if diff := cmp.Diff(tt.want, tt.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}
