package service_test

import (
	"testing"

	"github.com/rowgate/rowgate/store/storetest"
)

// wrongFunctions are functions that no call can be made of, or not this one.
const wrongFunctions = `
	create schema fn;
	create type fn.pair as (a integer, b text);
	create function fn.one(a integer, b text default '') returns integer language sql as 'select 1';
	create function fn.two(a integer) returns integer language sql as 'select 1';
	create function fn.two(a text) returns integer language sql as 'select 1';
	create function fn.three(a integer) returns integer language sql as 'select 1';
	create function fn.three(a integer, b integer default 1) returns integer language sql as 'select 1';
	create function fn.gap(a integer default 1, integer default 2) returns integer language sql as 'select 1';
	create procedure fn.proc(a integer) language sql as '';
	create function fn.any(a anyelement) returns anyelement language sql as 'select a';
	create function fn.trig() returns trigger language plpgsql as 'begin return null; end';
	create function fn.rec() returns record language sql as 'select 1, 2';
	create function fn.of_item(i public.items) returns integer language sql as 'select 1';
	create function fn.items() returns setof public.items language sql as 'select * from public.items';
	create function fn.item() returns public.items language sql as 'select * from public.items';
	create function fn.arrays() returns setof integer[] language sql as 'select array[1]';
	create function fn.item_array() returns public.items[] language sql as 'select null::public.items[]';
	create function fn.nothing() returns void language sql as '';
	create function fn.pair() returns fn.pair language sql as 'select 1, null::text';
	create function fn.outs(out a integer, out b text, out i public.items) language sql as 'select 1, null::text, null::public.items';
	create function fn.twice(out column2 integer, out integer) language sql as 'select 1, 2';
	create aggregate fn.agg(integer) (sfunc = int4pl, stype = integer);
	create function fn.win() returns bigint language internal window as 'window_row_number';
`

// TestWrongFunctions holds that every place where a call does not fit its
// function is told, and what would be right.
func TestWrongFunctions(t *testing.T) {
	const head = `syntax = "proto3";
package wrong.v1;
import "google/protobuf/empty.proto";
import "rowgate/v1/options.proto";
message Int { optional int32 result = 1; }
message Ints { repeated int32 results = 1; }
message A { int32 a = 1; }
message AB { int32 a = 1; optional int32 b = 2; }
message Plain { int32 result = 1; }
message Text { optional string text = 1; }
message Item { option (rowgate.v1.relation) = { name: "items" }; string id = 1; string title = 2; }
message OneItem { Item item = 1; }
message Items { repeated Item items = 1; }
message Post { option (rowgate.v1.relation) = { name: "posts" }; string id = 1; }
message Posts { repeated Post posts = 1; }
`
	tests := []struct {
		name string
		// method is what stands between rpc M and its end: the request, the
		// response and the call.
		request, response, call string
		messages                string
		want                    []string
	}{
		{"no name", "A", "Int", ``, "", []string{"17:13: M names no function: write it in the option (rowgate.v1.method).call.name"}},
		{
			"unknown", "A", "Int", `name: "one"`, "",
			[]string{"17:13: the database has no function public.one; it has fn.one(integer, text)"},
		},
		{
			"nowhere", "A", "Int", `schema: "fn" name: "oen"`, "",
			[]string{"17:13: the database has no function fn.oen; those of Postgres and of extensions are not called"},
		},
		{
			"overloaded", "A", "Int", `schema: "fn" name: "two"`, "",
			[]string{"17:13: the database has several functions fn.two: name one's input types in the option " +
				"(rowgate.v1.method).call.arguments; it has fn.two(integer), fn.two(text)"},
		},
		{
			"other types", "A", "Int", `schema: "fn" name: "two" arguments: "bigint"`, "",
			[]string{"17:13: the database has no function fn.two(bigint); it has fn.two(integer), fn.two(text)"},
		},
		{
			"other types of the only one", "A", "Int", `schema: "fn" name: "one" arguments: "integer"`, "",
			[]string{"17:13: the database has no function fn.one(integer); it has fn.one(integer, text)"},
		},
		{
			"not to be told apart", "A", "Int", `schema: "fn" name: "three" arguments: "integer"`, "",
			[]string{"17:13: fn.three(integer) cannot be called with all of the request's fields: " + another},
		},
		{
			"behind one that has no field", "R", "Int", `schema: "fn" name: "gap"`,
			"message R { int32 second = 2; }",
			[]string{"17:13: fn.gap(integer, integer) cannot be called with all of the request's fields: second: cannot be given while " +
				"an argument before it is left out, since the function has no name for it"},
		},
		{
			"arguments", "R", "Int", `schema: "fn" name: "one"`,
			"message R { string b = 2; string b2 = 3 [(rowgate.v1.column).name = \"b\"]; int32 c = 4; int32 d = 1 [(rowgate.v1.column).number = 1]; }",
			[]string{
				`18:27: the argument b text is bound to the field b already`,
				`18:75: fn.one(integer, text) has no argument "c"; it has a integer, b text`,
				`18:88: fn.one(integer, text) has no argument "d"; it has a integer, b text`,
				`17:13: the request of M has no field for the argument a integer, which has no default`,
			},
		},
		{
			"an argument's type", "R", "Int", `schema: "fn" name: "one"`, "message R { string a = 1; }",
			[]string{`18:13: column "a" of type integer cannot be bound to field "a" of type string; legal: int32, sint32, sfixed32, int64, sint64, sfixed64`},
		},
		{
			"procedure", "A", "google.protobuf.Empty", `schema: "fn" name: "proc"`, "",
			[]string{"17:13: fn.proc(integer) is a procedure, which CALL runs and which may end the transaction that holds the caller's role: make it a function"},
		},
		{
			"aggregate", "A", "Int", `schema: "fn" name: "agg"`, "",
			[]string{"17:13: fn.agg(integer) is an aggregate, which has a value of a set of rows only: call it in a function"},
		},
		{
			"window function", "google.protobuf.Empty", "Int", `schema: "fn" name: "win"`, "",
			[]string{"17:13: fn.win() is a window function, which has a value among rows only: call it in a function"},
		},
		{
			"trigger function", "google.protobuf.Empty", "Int", `schema: "fn" name: "trig"`, "",
			[]string{"17:13: fn.trig() is a trigger function, which a trigger alone can call"},
		},
		{
			"polymorphic", "A", "Int", `schema: "fn" name: "any"`, "",
			[]string{"17:13: fn.any(anyelement) has an argument of the type anyelement, which stands for any type, and a field has one: " +
				"call it in a function whose types are named"},
		},
		{
			"a row for an argument", "R", "Int", `schema: "fn" name: "of_item"`, "message R { Item i = 1; }",
			[]string{"18:13: the argument i public.items is of a type that a request cannot hold: it is a row of the table public.items; " +
				"take the columns that are needed instead"},
		},
		{
			"record", "google.protobuf.Empty", "Int", `schema: "fn" name: "rec"`, "",
			[]string{"17:13: fn.rec() returns record without OUT arguments, so that nobody knows its columns: give it OUT arguments or let it return a table"},
		},
		{
			"void", "google.protobuf.Empty", "Int", `schema: "fn" name: "nothing"`, "",
			[]string{"17:13: M answers wrong.v1.Int, and fn.nothing() returns void: answer google.protobuf.Empty"},
		},
		{
			"not void", "A", "google.protobuf.Empty", `schema: "fn" name: "one"`, "",
			[]string{"17:13: M answers google.protobuf.Empty, which has 0 fields; a call answers a message with one field, the result of type integer"},
		},
		{
			"two results", "A", "AB", `schema: "fn" name: "one"`, "",
			[]string{"17:13: M answers wrong.v1.AB, which has 2 fields; a call answers a message with one field, the result of type integer"},
		},
		{
			"no presence", "A", "Plain", `schema: "fn" name: "one"`, "",
			[]string{"9:17: result cannot say that the result is NULL: make it optional"},
		},
		{
			"repeated", "A", "Ints", `schema: "fn" name: "one"`, "",
			[]string{`6:16: column "one" of type integer cannot be bound to field "results" of type repeated int32; legal: int32, sint32, sfixed32, int64, sint64, sfixed64`},
		},
		{
			"one row and repeated", "google.protobuf.Empty", "Items", `schema: "fn" name: "item"`, "",
			[]string{"13:17: items is of type repeated wrong.v1.Item, and fn.item() returns one row: make it no repeated field"},
		},
		{
			"not repeated", "google.protobuf.Empty", "OneItem", `schema: "fn" name: "items"`, "",
			[]string{"12:19: item is of type wrong.v1.Item, and fn.items() returns a set: make it repeated"},
		},
		{
			"arrays", "google.protobuf.Empty", "Ints", `schema: "fn" name: "arrays"`, "",
			[]string{"6:16: fn.arrays() returns a set of arrays, and a repeated field cannot hold repeated values: " +
				"make it repeated rowgate.v1.Array, or return a table with a column for the array"},
		},
		{
			"an array of rows", "google.protobuf.Empty", "OneItem", `schema: "fn" name: "item_array"`, "",
			[]string{"17:13: fn.item_array() returns public.items[], which no message can hold"},
		},
		{
			"rows of another relation", "google.protobuf.Empty", "Posts", `schema: "fn" name: "items"`, "",
			[]string{"15:17: wrong.v1.Post holds rows of public.posts, and fn.items() returns rows of public.items"},
		},
		{
			"rows and no message", "google.protobuf.Empty", "Ints", `schema: "fn" name: "items"`, "",
			[]string{"6:16: results is of type repeated int32, and fn.items() returns rows of public.items: use the message that has them"},
		},
		{
			"rows and no resource", "google.protobuf.Empty", "R", `schema: "fn" name: "items"`, "message R { repeated A items = 1; }",
			[]string{"18:13: wrong.v1.A is no resource: give the message an option (rowgate.v1.relation)"},
		},
		{
			"a result's type", "A", "Text", `schema: "fn" name: "one"`, "",
			[]string{`10:16: column "one" of type integer cannot be bound to field "text" of type string; legal: int32, sint32, sfixed32, int64, sint64, sfixed64`},
		},
		{
			"a composite's message", "google.protobuf.Empty", "R", `schema: "fn" name: "pair"`, "message R { A pair = 1; }",
			[]string{"18:13: wrong.v1.A is no message of the composite type fn.pair: give it an option (rowgate.v1.type)"},
		},
		{
			"a composite's attributes", "google.protobuf.Empty", "R", `schema: "fn" name: "pair"`,
			`message P { option (rowgate.v1.type) = { schema: "fn" name: "pair" };
optional int32 a = 1;
optional int32 c = 2;
optional int32 b = 3;
optional string d = 4 [(rowgate.v1.column).name = "b"];
} message R { P pair = 1; }`,
			[]string{
				`20:1: the composite type fn.pair has no attribute "c"; it has a, b`,
				`21:1: column "b" of type text cannot be bound to field "b" of type int32; legal: string`,
				`22:1: the attribute "b" is bound to the field b already`,
			},
		},
		{
			"OUT arguments", "google.protobuf.Empty", "R", `schema: "fn" name: "outs"`,
			"message O { optional int32 a = 1; optional int32 x = 2; Item i = 3; } message R { O o = 1; }",
			[]string{
				`18:35: fn.outs() has no OUT argument "x"; it has a integer, b text, i public.items`,
				`18:57: the OUT argument i public.items is of a type that a message cannot hold: it is a row of the table public.items; ` +
					"take the columns that are needed instead",
			},
		},
		{
			"OUT arguments and no message", "google.protobuf.Empty", "Int", `schema: "fn" name: "outs"`, "",
			[]string{"5:15: result is of type int32, and fn.outs() returns several values: use a message with fields for a integer, b text, i public.items"},
		},
		{
			"OUT arguments of one name", "google.protobuf.Empty", "R", `schema: "fn" name: "twice"`, "message R { A a = 1; }",
			[]string{`18:13: fn.twice() has two OUT arguments that Postgres calls "column2": give each a name`},
		},
	}
	db := storetest.New(t, append(exampleApp(), storetest.Migration{Name: "functions", SQL: wrongFunctions})...)
	st := openLogin(t, db)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			source := head + "\nservice S { rpc M(" + tt.request + ") returns (" + tt.response +
				") { option (rowgate.v1.method) = { call: {" + tt.call + "} }; } }\n" + tt.messages + "\n"
			isWrong(t, st, source, tt.want)
		})
	}
}
