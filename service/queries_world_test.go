package service_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rowgate/rowgate/service/descriptor"
	"github.com/rowgate/rowgate/store/storetest"
)

const queriesSQL = `
	create schema q;
	grant usage on schema q to anon, authenticated;
	create type q.mood as enum ('so so', 'good');
	create type q.point as (x integer, y integer);
	create domain q.odd as integer check (value % 2 = 1);
	create table q.things (
		id integer primary key, label text, addr inet, nets cidr[], cost money, mood q.mood, moods q.mood[],
		at q.point, corners q.point[], span int4range, odd q.odd, data jsonb, day date, made timestamptz, code varchar(5), raw bytea
	);
	insert into q.things values
		(1, 'one', '10.0.0.1', '{10.0.0.0/8,::/0}', 12.5, 'good', '{good,"so so"}', '(1,2)', '{"(3,4)","(5,)"}', '[1,5)', 3, '{"a":[1,null]}',
			'2020-02-29', '2020-02-29 12:00:00.5+00', 'abc', '\x00ff'),
		(2, null, null, null, null, null, '{}', null, '{}', 'empty', null, '"x"', null, null, null, null);
	grant select on q.things to anon, authenticated;

	create table q.notes (
		id integer generated always as identity primary key, owner uuid not null default auth.uid(), note text check (note <> 'bad'), cost money
	);
	alter table q.notes enable row level security;
	create policy own on q.notes to authenticated using (owner = auth.uid()) with check (owner = auth.uid());
	grant select, insert, update, delete on q.notes to authenticated;
	grant select on q.notes to anon;
	create table q.values (value text);
	insert into q.values values ('x'), (null);
	grant select on q.values to anon, authenticated;
	create function q.add_note(note text) returns integer language sql volatile as
		$$ insert into q.notes (note) values (note) returning id $$;
	create function q.half(x q.odd) returns integer language sql immutable as 'select x / 2';
	create function q.nothing(n integer) returns void language plpgsql as 'begin end';
`

// queryMethod is a method of the test's contract.
type queryMethod struct {
	name, request, response string
	// sql is the query, and option what stands beside it.
	sql, option string
}

// queryMessages are messages that several methods use. Request and Response
// within a method's messages are its own.
const queryMessages = `
message None {}
message Row { optional string value = 1; }
message Rows { repeated Row rows = 1; }
message Column { optional string column1 = 1; }
message Columns { repeated Column rows = 1; }
message ID { string id = 1; }
message IDs { repeated string ids = 1; }
message Num { int32 n = 1; }
message OptionalNum { optional int32 n = 1; }
message Texts { optional string a = 1; string b = 2; repeated string c = 3; }
message TextsRow { optional string a = 1; optional string b = 2; repeated string c = 3; optional int32 n = 4; }
message Item {
  option (rowgate.v1.relation) = { name: "items" };
  string id = 1;
  string title = 2;
  int32 quantity = 3;
  optional string price = 4;
  bool done = 5;
}
message Items { repeated Item items = 1; }
message Search { optional string words = 1; optional int32 least = 2; optional bool done = 3; repeated string ids = 4; }
message ItemRank { string title = 1; int64 rank = 2; string total = 3 [(rowgate.v1.column).name = "running total"]; optional string before = 4; }
message ItemRanks { repeated ItemRank ranks = 1; }
message Commented { string post = 1; string by = 2; string comment = 3; }
message CommentedPosts { repeated Commented rows = 1; }
message Stats { int64 count = 1; optional string sum = 2; optional double average = 3; repeated string titles = 4; }
enum Mood {
  option (rowgate.v1.enum_type) = { schema: "q" name: "mood" };
  MOOD_UNSPECIFIED = 0;
  MOOD_SO_SO = 1 [(rowgate.v1.label) = "so so"];
  MOOD_GOOD = 2 [(rowgate.v1.label) = "good"];
}
message Point {
  option (rowgate.v1.type) = { schema: "q" name: "point" };
  optional int32 x = 1;
  optional int32 y = 2;
}
message Thing {
  int32 id = 1;
  optional string label = 2;
  optional string addr = 3;
  repeated string nets = 4;
  optional string cost = 5;
  optional Mood mood = 6;
  repeated Mood moods = 7;
  Point at = 8;
  repeated Point corners = 9;
  rowgate.v1.Int32Range span = 10;
  optional int32 odd = 11;
  google.protobuf.Value data = 12;
  google.type.Date day = 13;
  google.protobuf.Timestamp made = 14;
  optional string code = 15;
  optional bytes raw = 16;
}
message Things { repeated Thing things = 1; }
message ThingFilter { optional string addr = 1; repeated string nets = 2; optional string cost = 3; optional Mood mood = 4; Point at = 5; google.type.Date day = 6; optional int32 odd = 7; }
message Made { repeated google.protobuf.Timestamp made = 1; }
message Note { int32 id = 1; string note = 2; }
message Notes { repeated Note notes = 1; }
message NewNote { string note = 1; optional string cost = 2; }
message PricedNote { string note = 1; optional string cost = 2; }
message PlainText { string value = 1; }
`

var queryMethods = []queryMethod{
	{"GetItem", "ID", "Item", "select id, title, quantity, price, done from items where id = :id", ""},
	{"SearchItems", "Search", "Items", `select * from (select id, title, quantity, price, done from public.items) i
		where (:words::text is null or title ilike '%' || :words || '%') and (:least::int is null or quantity >= :least)
		and done = coalesce(:done, done) and (cardinality(:ids::uuid[]) = 0 or id = any(:ids)) order by title, id`, ""},
	{"ItemsByIDs", "IDs", "Items", "select id, title, quantity, price, done from items where id = any(:ids) order by price desc nulls last, id", ""},
	{"Ranks", "Num", "ItemRanks", `with ranked as (select title, rank() over w, sum(quantity) over (order by title, id) as "running total",
		lag(title) over (order by title, id) as before from items window w as (order by quantity desc))
		select * from ranked order by "running total", title limit :n`, ""},
	{"ListCommented", "Row", "CommentedPosts", `select p.title as post, a.username as by, c.body as comment
		from posts p join comments c on c.post_id = p.id join profiles a on a.id = c.author_id
		where a.username = :value or :value is null order by c.id`, ""},
	{"GetStats", "None", "Stats", "select count(*), sum(price), avg(quantity)::float8 as average, array_agg(title order by title, id) as titles from items", ""},
	{"Echo", "Texts", "TextsRow", "select :a::text as a, :b::varchar as b, :c::text[] as c, length(:b) as n", ""},
	{"Untyped", "Texts", "TextsRow", "select :a as a, :b || '' as b, :c::text[] as c, null::int as n", ""},
	{"Quoted", "Row", "Row", `select /* :a /* :b */ */ ':c ''' || E':d\'' || $x$ :e $x$ || coalesce(:value, 'none') as value -- :f`, ""},
	{"Values", "Row", "Columns", "values (:value), ('x')", ""},
	{"Twice", "Num", "Row", "select (:n::int + :n * :n)::text as value;", ""},
	{"ListThings", "ThingFilter", "Things", `select * from q.things where (:addr::inet is null or addr = :addr) and (cardinality(:nets::cidr[]) = 0 or nets = :nets)
		and (:cost::money is null or cost = :cost) and (:mood::q.mood is null or mood = :mood) and (:at::q.point is null or at = :at)
		and (:day::date is null or day = :day) and (:odd::q.odd is null or odd = :odd) order by id desc`, ""},
	{"ListMade", "None", "Made", "select array_agg(made) filter (where made is not null) as made from q.things", ""},
	{"Half", "Num", "OptionalNum", "select q.half(:n) as n", ""},
	{"Table", "None", "Notes", "select id, note from (table q.notes) n order by id", ""},
	{"ListValues", "None", "Rows", "table q.values", ""},
	{"PlainValue", "OptionalNum", "PlainText", "select label as value from q.things where id = :n", ""},
	{"Upto", "Num", "Rows", "select i::text as value from generate_series(1, :n) i", ""},
	{"Long", "Num", "Rows", "select repeat('x', 1000000) as value from generate_series(1, :n)", ""},
	{"OneOf", "Num", "Row", "select i::text as value from generate_series(1, :n) i", ""},
	{"Who", "None", "Row", "select current_user || ' ' || coalesce(auth.uid()::text, 'nobody') || ' ' || current_setting('transaction_read_only') as value", ""},
	{"WhoWrites", "None", "Row", "select current_user || ' ' || current_setting('transaction_read_only') as value", "writes: true"},

	{"AddNote", "NewNote", "Note", "insert into q.notes (note, cost) values (:note, :cost) returning id, note", "writes: true"},
	{"AddPricedNote", "NewNote", "PricedNote", "insert into q.notes (note, cost) values (:note, :cost) returning note, cost", "writes: true"},
	{"AddQuietly", "Row", "google.protobuf.Empty", "insert into q.notes (note) values (:value)", "writes: true"},
	{"AddAndForget", "Row", "google.protobuf.Empty", "insert into q.notes (note) values (:value) returning id, note", "writes: true"},
	{"AddMany", "Texts", "Notes", `with added as (insert into q.notes (note) select x from unnest(:c::text[]) x where :a::text is null or x <> :a returning id, note),
		none as (select :b::text) select added.* from added order by note desc`, "writes: true"},
	{"AddUpto", "Num", "Notes", "insert into q.notes (note) select 'n' || i from generate_series(1, :n) i returning id, note", "writes: true"},
	{"AddTwo", "None", "Note", "insert into q.notes (note) values ('a'), ('b') returning id, note", "writes: true"},
	{"Rename", "Texts", "Notes", "update q.notes set note = :b || coalesce(:a, '') where note = any(:c) returning id, note", "writes: true"},
	{"Remove", "Row", "Note", "delete from q.notes where note = :value returning id, note", "writes: true"},
	{"Merge", "Row", "google.protobuf.Empty", `merge into q.notes n using (values (:value::text)) s (note) on n.note = s.note
		when matched then update set note = n.note || '+' when not matched then insert (note) values (s.note)`, "writes: true"},
	{"AddWith", "NewNote", "PricedNote", `with s (x, y) as (select :note::text, :cost::money)
		insert into q.notes (note, cost) select x, y from s returning note, cost`, "writes: true"},
	{"Nothing", "Num", "google.protobuf.Empty", "select q.nothing(:n)", "writes: true"},
	{"AddByRead", "Row", "Num", "select q.add_note(:value) as n", ""},
	{"AddByFunction", "Row", "Num", "select q.add_note(:value) as n", "writes: true"},
	{"LockedNotes", "None", "Notes", "select id, note from q.notes for update", ""},
}

func queriesContract(t testing.TB) *descriptor.Set {
	t.Helper()
	var b strings.Builder
	b.WriteString(`syntax = "proto3";
package q.v1;
import "google/protobuf/empty.proto";
import "google/protobuf/struct.proto";
import "google/protobuf/timestamp.proto";
import "google/type/date.proto";
import "rowgate/v1/options.proto";
import "rowgate/v1/range.proto";
service QueryService {
`)
	for _, m := range queryMethods {
		fmt.Fprintf(&b, "  rpc %s(%s) returns (%s) { option (rowgate.v1.method).query = { sql: %q %s }; }\n", m.name, m.request, m.response, m.sql, m.option)
	}
	b.WriteString("}\n" + queryMessages)
	contract, err := descriptor.LoadFS(t.Context(), fstest.MapFS{"q/v1/q.proto": {Data: []byte(b.String())}}, "proto")
	if err != nil {
		t.Fatal(err)
	}
	return contract
}

// queriesWorld is a server of the queries, and psql beside it.
type queriesWorld struct {
	*world
	*caller
}

func newQueriesWorld(t testing.TB) *queriesWorld {
	t.Helper()
	contract := queriesContract(t)
	w := &queriesWorld{world: newWorld(t, worldOptions{
		migrations: []storetest.Migration{{Name: "queries", SQL: queriesSQL}}, contract: contract,
	})}
	w.caller = newCaller(w.world.conn, contract, "q.v1")
	return w
}
