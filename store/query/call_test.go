package query_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rowgate/rowgate/store/query"
)

func TestCall(t *testing.T) {
	columns := []query.Column{{Name: "id", OID: uuid}, {Name: `we"ird`, Cast: "text", OID: text}}
	function := query.Relation{Schema: "public", Name: "f"}
	no := query.Call{Function: function}
	tests := []struct {
		name    string
		stmt    *query.Statement
		sql     string
		params  []query.Param
		results []uint32
	}{
		{
			name:    "a value",
			stmt:    no.Value(query.Column{Name: "x", OID: text}),
			sql:     `select "public"."f"()`,
			results: []uint32{text},
		},
		{
			name:    "a value that is cast",
			stmt:    no.Value(query.Column{Name: "x", Cast: "text", OID: text}),
			sql:     `select "public"."f"()::pg_catalog.text`,
			results: []uint32{text},
		},
		{
			name: "arguments by position, by name and variadic",
			stmt: query.Call{Function: query.Relation{Schema: `a"b`, Name: "Do It"}, Args: []query.CallArg{
				{Arg: query.Arg{N: 0, OID: uuid, Cast: query.TypeName("pg_catalog", "uuid")}},
				{Name: `"of`, Arg: query.Arg{N: 1, OID: text, Text: true, Cast: query.TypeName("pg_catalog", "bit")}},
				{Name: "rest", Variadic: true, Arg: query.Arg{N: 2, OID: 1009, Cast: query.TypeName("Types", "_mood")}},
			}}.Value(query.Column{OID: 2278}),
			sql: `select "a""b"."Do It"($1::"pg_catalog"."uuid", """of" => $2::"pg_catalog"."bit", ` +
				`variadic "rest" => $3::"Types"."_mood")`,
			params:  []query.Param{{OID: uuid}, {OID: text, Text: true}, {OID: 1009}},
			results: []uint32{2278},
		},
		{
			name:    "a set of values",
			stmt:    no.Values(columns[1]),
			sql:     `select t."we""ird"::pg_catalog.text from "public"."f"() as t ("we""ird")`,
			results: []uint32{text},
		},
		{
			name: "a row",
			stmt: no.Row(columns),
			sql: `select (t.v)."id", (t.v)."we""ird"::pg_catalog.text, t.v is not distinct from null ` +
				`from (select "public"."f"() as v offset 0) as t`,
			results: []uint32{uuid, text, 16},
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
			if diff := cmp.Diff(tt.results, tt.stmt.Results); diff != "" {
				t.Errorf("results (-want +got):\n%s", diff)
			}
			if tt.stmt.ReadOnly {
				t.Error("the statement is read-only, and the call is not")
			}
		})
	}
	no.ReadOnly = true
	for form, stmt := range map[string]*query.Statement{
		"Value": no.Value(columns[0]), "Values": no.Values(columns[0]), "Row": no.Row(columns),
	} {
		if !stmt.ReadOnly {
			t.Errorf("%s of a read-only call is none", form)
		}
	}
	if len(columns) != 2 {
		t.Error("Row has changed the columns that it was given")
	}
}
