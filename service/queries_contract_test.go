package service_test

import (
	"fmt"
	"testing"

	"github.com/rowgate/rowgate/store/storetest"
)

// queryContract is a contract of one query.
type queryContract struct {
	name string
	// sql, request and response are the query's; writes is what the option says
	// beside the SQL.
	sql, request, response, writes string
	messages                       string
	want                           []string
}

const queryHead = `syntax = "proto3";
package wrong.v1;
import "google/protobuf/empty.proto";
import "google/protobuf/timestamp.proto";
import "rowgate/v1/options.proto";
message None {}
message ID { string id = 1; }
message N { int32 n = 1; }
message Item { option (rowgate.v1.relation) = { name: "items" }; string id = 1; string title = 2; }
message Items { repeated Item items = 1; }
message Post { string id = 1; string title = 2; }
`

func (c queryContract) source() string {
	return queryHead + "service S {\n rpc M(" + c.request + ") returns (" + c.response + ") {\n" +
		"  option (rowgate.v1.method) = { query: {\n    sql: " + fmt.Sprintf("%q", c.sql) + " " + c.writes + "\n} }; }\n}\n" + c.messages + "\n"
}

// TestWrongQueries holds that every place where a query does not fit its
// request, its response or the database is told, and what would be right.
func TestWrongQueries(t *testing.T) {
	const (
		empty  = "google.protobuf.Empty"
		others = "; a query is a SELECT, WITH, VALUES or TABLE, or with writes: true an INSERT, UPDATE, DELETE or MERGE: " +
			"anything else could end the transaction that holds the caller's role, or outlive it"
		at = "15:5: "
	)
	tests := []queryContract{
		{"no SQL", "", "None", "N", "", "", []string{at + "the SQL is empty"}},
		{"two statements", "select 1 as n; select 2", "None", "N", "", "", []string{
			at + `the SQL has more than one statement: a semicolon stands before "select 2"`,
		}},
		{"a number", "select $1::int as n", "N", "N", "", "", []string{
			at + "the SQL has the parameter $1: write :name, with the name of the request's field",
		}},
		{"a role", "set role postgres", "None", empty, "writes: true", "", []string{at + `the SQL begins with "set role postgres"` + others}},
		{"a transaction's end", "Commit", "None", empty, "writes: true", "", []string{at + `the SQL begins with "Commit"` + others}},
		{"a procedure", "call p()", "None", empty, "writes: true", "", []string{at + `the SQL begins with "call p()"` + others}},
		{"a new table", "select 1 as n into temp x", "None", empty, "writes: true", "", []string{
			at + `the SQL has a SELECT INTO, which makes a table: "into temp x"`,
		}},
		{"an open quote", "select 'x", "None", "N", "", "", []string{at + `the SQL has a quote that does not end: "'x"`}},
		{"a write", "delete from items", "None", empty, "", "", []string{at + "the SQL of M writes: say writes: true beside it"}},
		{"a write in WITH", "with d as (delete from items returning 1 as n) select n from d", "None", "N", "", "", []string{
			at + "the SQL of M writes: say writes: true beside it",
		}},

		// What Postgres says.
		{"syntax", "select 1 as n form items", "None", "N", "", "", []string{
			at + `the SQL of M cannot be prepared as authenticated: syntax error at or near "form", at "form items"`,
		}},
		{"no table", "select 1 as n from item where id = :id", "ID", "N", "", "", []string{
			at + `the SQL of M cannot be prepared as authenticated: relation "item" does not exist, at "item where id = :id"`,
		}},
		{"no column behind a parameter", "select :n as n from items where größe = 1", "N", "N", "", "", []string{
			at + `the SQL of M cannot be prepared as authenticated: column "größe" does not exist, at "größe = 1"`,
		}},
		{"no function", "select frobnicate(:n) as n", "N", "N", "", "", []string{
			at + `the SQL of M cannot be prepared as authenticated: function frobnicate(unknown) does not exist, at "frobnicate(:n) as n"`,
		}},
		{"a schema behind a door", "select n from hidden.t", "None", "N", "", "", []string{
			at + `the SQL of M cannot be prepared as anon: permission denied for schema hidden, at "hidden.t"`,
		}},
		{"no type", "select 1 as n where :id is null", "ID", "N", "", "", []string{
			at + "the SQL of M does not tell the type of :id: write :id::type",
		}},
		{"two types", "select 1 as n from items where id = :id or quantity = :id", "ID", "N", "", "", []string{
			at + `the SQL of M cannot be prepared as authenticated: operator does not exist: integer = uuid, at "= :id"`,
		}},
		{"another search_path", "select a as n from twice", "None", "N", "", "", []string{
			at + "the SQL of M cannot be prepared as authenticated: it means another thing than to anon, whose search_path differs: write names with their schemas",
		}},

		// The request.
		{"no such field", "select :m::int as n", "N", "N", "", "", []string{
			at + "the request of M has no field for the parameter :m; it has n; where a colon is meant, as in a slice, write a space behind it",
			"8:13: the SQL of M has no parameter :n",
		}},
		{"a slice", "select (array[1,2])[1:n] as n", "None", "N", "", "", []string{
			at + "the request of M has no field for the parameter :n; it has none; where a colon is meant, as in a slice, write a space behind it",
		}},
		{"a parameter's type", "select quantity as n from items where id = :n", "N", "N", "", "", []string{
			`8:13: column ":n" of type uuid cannot be bound to field "n" of type int32; legal: string, bytes`,
		}},
		{"one for many", "select quantity as n from items where id = any(:id)", "ID", "N", "", "", []string{
			`7:14: column ":id" of type uuid[] cannot be bound to field "id" of type string; legal: repeated string, repeated bytes, rowgate.v1.Array`,
		}},
		{"a row for a parameter", "select (:i::items).quantity as n", "R", "N", "", "message R { Item i = 1; }", []string{
			"18:13: the parameter :i is of a type that a request cannot hold: it is a row of the table public.items; take the columns that are needed instead",
		}},
		{"a domain's values", "select q.half(:id) as n", "ID", "N", "", "", []string{
			`7:14: column ":id" of type integer cannot be bound to field "id" of type string; legal: int32, sint32, sfixed32, int64, sint64, sfixed64`,
		}},

		// The response.
		{"columns and Empty", "select id, title from items", "None", empty, "", "", []string{
			at + "M answers google.protobuf.Empty, and its SQL gives id, title: answer a message with fields for them, or say writes: true if the SQL is run for what it changes",
		}},
		{"no columns", "delete from items where id = :id", "ID", "Item", "writes: true", "", []string{
			at + "M answers wrong.v1.Item, and its SQL gives no columns: give it RETURNING, or answer google.protobuf.Empty",
		}},
		{"no names", "select 1, quantity + 1 from items", "None", "N", "", "", []string{
			at + "the column 1 of M has no name: give it one with AS",
			at + "the column 2 of M has no name: give it one with AS",
			`8:13: the SQL of M has no column "n"; it has ?column?, ?column?`,
		}},
		{"two of a name", "select i.id, p.id, p.title from items i, posts p", "None", "Items", "", "", []string{
			at + `M has two columns "id": give one of them another name with AS`,
		}},
		{"a column without a field", "select id, title, quantity, done from items", "None", "Items", "", "", []string{
			at + `the column "quantity" of M has no field in wrong.v1.Item`,
			at + `the column "done" of M has no field in wrong.v1.Item`,
		}},
		{"a field without a column", "select id from items", "None", "Items", "", "", []string{
			`9:81: the SQL of M has no column "title"; it has id`,
		}},
		{"two fields of a column", "select 1 as n", "None", "R", "", `message R { int32 n = 1; int32 m = 2 [(rowgate.v1.column).name = "n"]; }`, []string{
			`18:26: the column "n" of M is bound to the field n already`,
		}},
		{"a column's type", "select title as n from items", "None", "N", "", "", []string{
			`8:13: column "n" of type text cannot be bound to field "n" of type int32; legal: string`,
		}},
		{"a row for a column", "select i as n from items i", "None", "N", "", "", []string{
			`8:13: the column "n" of M is of a type that a message cannot hold: it is a row of the table public.items; take the columns that are needed instead`,
		}},
		{"an anonymous row", "select row(1, 2) as n", "None", "N", "", "", []string{
			`8:13: the column "n" of M is of a type that a message cannot hold: its values are the database's own`,
		}},
		{"nothing to hold columns", "select 1 as n", "None", "None", "", "", []string{at + `the column "n" of M has no field in wrong.v1.None`}},
		{"an array of values and a row", "select 1 as at", "None", "R", "", "message R { repeated google.protobuf.Timestamp at = 1; }", []string{
			`18:13: column "at" of type integer cannot be bound to field "at" of type repeated google.protobuf.Timestamp; legal: int32, sint32, sfixed32, int64, sint64, sfixed64`,
		}},
		{
			"a cast around a write in WITH", "with w as (insert into q.money values (1) returning *) select cost from w", "None", "R", "writes: true",
			"message R { string cost = 1; }",
			[]string{at + "the SQL of M cannot stand within another statement, which would cast cost::numeric: write the casts in it"},
		},
	}
	db := storetest.New(t, append(exampleApp(), storetest.Migration{Name: "queries", SQL: `
		create schema q;
		grant usage on schema q to authenticated;
		create domain q.odd as integer check (value % 2 = 1);
		create function q.half(x q.odd) returns integer language sql as 'select x / 2';
		create table q.money (cost money);
		create schema hidden;
		create table hidden.t (n integer);
		create table q.twice (a text);
		create table public.twice (a integer);`})...)
	// A database that is copied takes no settings with it.
	db.Psql(t, `do $$ begin execute format('alter role authenticated in database %I set search_path = q, public', current_database()); end $$`)
	st := openLogin(t, db)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			isWrong(t, st, tt.source(), tt.want)
		})
	}
}
