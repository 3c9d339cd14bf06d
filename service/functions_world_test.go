package service_test

import (
	"testing"
	"testing/fstest"

	"github.com/rowgate/rowgate/service/descriptor"
	"github.com/rowgate/rowgate/store/storetest"
)

// functionsSQL has functions of every shape.
const functionsSQL = `
	create schema fn;
	grant usage on schema fn to anon, authenticated;
	create type fn.mood as enum ('so so', 'good');
	create domain fn.posint as integer check (value > 0);
	create domain fn.short as varchar(3);
	create domain fn.ints as integer[];
	create type fn.point as (x integer, "Y y" integer);
	create domain fn.place as fn.point;
	create type fn.thing as (name text, size numeric(8,2), cost money, net macaddr, tags text[], mood fn.mood, odd fn.posint);

	-- Defaults, names and places.
	create function fn.greet(name text, greeting text default 'Hello', mark text default '!') returns text
		language sql immutable as $$ select greeting || ' ' || name || mark $$;
	create function fn.unnamed(integer, text, boolean default true, boolean default true) returns text
		language sql immutable as $$ select concat_ws('/', $1, $2, $3, $4) $$;
	create function fn.half_named(integer, b integer default 1, c integer default 2) returns text
		language sql immutable as $$ select concat_ws('/', $1, b, c) $$;
	create function fn.now_and_then(at timestamptz default '2001-02-03 04:05:06+00', on_day date default '2001-02-03') returns text
		language sql immutable as $$ select concat_ws(' ', at at time zone 'UTC', on_day) $$;
	create function fn.nulls(a integer, b text, c integer, d integer[]) returns text
		language sql immutable as $$ select format('%s %s %s %s', coalesce(a::text, 'null'), coalesce(b, 'null'), coalesce(c::text, 'null'), coalesce(d::text, 'null')) $$;
	create function fn.strict(a integer, b integer default 1) returns integer
		language sql immutable strict as $$ select a + b $$;

	-- Variadic.
	create function fn.joined(sep text, variadic parts text[]) returns text
		language sql immutable as $$ select coalesce(array_to_string(parts, sep), 'null') $$;
	create function fn.summed(start integer default 0, factor integer default 1, variadic numbers integer[] default '{1,2,3}') returns bigint
		language sql immutable as $$ select start + factor * sum(n) from unnest(numbers) n $$;
	create function fn.extremes(variadic numbers integer[], out lowest integer, out highest integer)
		language sql immutable as $$ select min(n), max(n) from unnest(numbers) n $$;

	-- OUT, INOUT and TABLE.
	create function fn.halved(n integer, out half integer) language sql immutable as $$ select n / 2 $$;
	create function fn.doubled(inout n bigint) language sql immutable as $$ select n * 2 $$;
	create function fn.swapped(inout a integer, inout b text) language sql immutable as $$ select length(b), a::text $$;
	create function fn.nameless_out(integer, out integer, out text) language sql immutable as $$ select $1 + 1, 'n' || $1 $$;
	create function fn.mixed(out total numeric, a integer, b integer default 5, out list integer[]) language sql immutable as $$ select a + b, array[a, b] $$;
	create function fn.none(out a integer, out b text) language sql immutable as $$ select 1, 'x' where false $$;
	create function fn.found(words text, most integer default 2) returns table (id integer, "The Title" text, score numeric, tags text[])
		language sql stable as $$ select i, words || i, case when i > 1 then i / 3.0 end, case when i > 1 then array[words] end from generate_series(1, most) i $$;
	create function fn.column_of(n integer) returns table (i integer) language sql immutable as $$ select generate_series(1, n) $$;

	-- Overloads.
	create function fn.pick() returns text language sql immutable as $$ select 'nothing' $$;
	create function fn.pick(a bigint) returns text language sql immutable as $$ select 'bigint ' || a $$;
	create function fn.pick(a text) returns text language sql immutable as $$ select 'text ' || a $$;
	create function fn.pick(a varchar) returns text language sql immutable as $$ select 'varchar ' || a $$;
	create function fn.pick(a fn.short) returns text language sql immutable as $$ select 'short ' || a $$;
	create function fn.pick(a fn.mood) returns text language sql immutable as $$ select 'mood ' || a $$;
	create function fn.pick(a integer[]) returns text language sql immutable as $$ select 'integers ' || a::text $$;
	create function fn.pick(a integer, b integer default 8) returns text language sql immutable as $$ select 'two ' || a || ' ' || b $$;
	create function fn.pick(b text, a integer) returns text language sql immutable as $$ select 'ba ' || b || a $$;
	create function fn.pick(a integer, b text) returns text language sql immutable as $$ select 'ab ' || a || b $$;

	create function fn.pick(a integer, c date default '2001-01-01') returns text language sql immutable as $$ select 'date ' || a $$;
	create function fn.tell(x integer) returns text language sql immutable as $$ select 'x ' || x $$;
	create function fn.tell(y integer, z text default 'Z') returns text language sql immutable as $$ select 'y ' || y || z $$;

	-- Values of every sort, there and back.
	create function fn.same(n numeric) returns numeric language sql immutable as $$ select n $$;
	create function fn.same(v bigint) returns bigint language sql immutable as $$ select v $$;
	create function fn.same(v text) returns text language sql immutable as $$ select v $$;
	create function fn.same(v bit) returns bit language sql immutable as $$ select v $$;
	create function fn.same(v character) returns character language sql immutable as $$ select v $$;
	create function fn.same(v "char") returns "char" language sql immutable as $$ select v $$;
	create function fn.same(v uuid) returns uuid language sql immutable as $$ select v $$;
	create function fn.same(v bytea) returns bytea language sql immutable as $$ select v $$;
	create function fn.same(v jsonb) returns jsonb language sql immutable as $$ select v $$;
	create function fn.same(v money) returns money language sql immutable as $$ select v $$;
	create function fn.same(v macaddr) returns macaddr language sql immutable as $$ select v $$;
	create function fn.same(v timestamptz) returns timestamptz language sql immutable as $$ select v $$;
	create function fn.same(v fn.mood) returns fn.mood language sql immutable as $$ select v $$;
	create function fn.same(v fn.mood[]) returns fn.mood[] language sql immutable as $$ select v $$;
	create function fn.same(v money[]) returns money[] language sql immutable as $$ select v $$;
	create function fn.same(v fn.posint) returns fn.posint language sql immutable as $$ select v $$;
	create function fn.same(v fn.posint[]) returns fn.posint[] language sql immutable as $$ select v $$;
	create function fn.same(v fn.ints) returns fn.ints language sql immutable as $$ select v $$;
	create function fn.same(v fn.short) returns fn.short language sql immutable as $$ select v $$;
	create function fn.square() returns integer[] language sql immutable as $$ select '{{1,2},{3,4}}'::integer[] $$;
	create function fn.no_list() returns integer[] language sql immutable as $$ select null::integer[] $$;

	-- Sets.
	create function fn.upto(n integer) returns setof integer language sql immutable as $$ select i from generate_series(0, n) i $$;
	create function fn.gaps() returns setof integer language sql immutable as $$ values (1), (null), (3) $$;
	create function fn.moods() returns setof fn.mood language sql immutable as $$ values ('good'::fn.mood), ('so so') $$;
	create function fn.texts(n integer, size integer) returns setof text language sql immutable as $$ select repeat('x', size) from generate_series(1, n) $$;
	create function fn.amounts() returns setof money language sql immutable as $$ values (1.5::money), (0::money) $$;

	-- Composites.
	create function fn.point(x integer, y integer) returns fn.point language sql immutable as $$ select row(x, y)::fn.point $$;
	create function fn.place(x integer, y integer) returns fn.place language sql immutable as $$ select row(x, y)::fn.point::fn.place $$;
	create function fn.no_point() returns fn.point language plpgsql immutable as $$ begin return null; end $$;
	create function fn.points(n integer) returns setof fn.point language sql immutable as $$ select i, nullif(-i, -2) from generate_series(1, n) i $$;
	create function fn.thing(filled boolean) returns fn.thing language sql immutable as $$
		select case when filled then row('a "thing"', 1.5, 2.5::money, '08:00:2b:01:02:03', array['a', 'b,c'], 'good', 7)::fn.thing
		else row(null, null, null, null, null, null, null)::fn.thing end $$;
	create function fn.point_text(x integer, y integer) returns fn.point language sql immutable as $$ select row(x, y)::fn.point $$;

	create type fn.shape as (name text, at fn.point, corners fn.point[], moods fn.mood[], span int4range);
	create function fn.moved(s fn.shape, by integer default 0) returns fn.shape language sql immutable as $$
		select row(s.name, row((s.at).x + by, (s.at)."Y y")::fn.point, s.corners, s.moods, s.span)::fn.shape $$;
	create function fn.shapes() returns setof fn.shape language sql immutable as $$
		values ('a', row(1, null)::fn.point, array[row(1, 2), row(null, null)]::fn.point[], '{good,good}'::fn.mood[], '[1,3]'::int4range),
			(null, null, null, null, null), ('', row(null, null)::fn.point, '{}', '{}', 'empty') $$;
	create function fn.same(p fn.point) returns fn.point language sql immutable as $$ select p $$;
	create function fn.same(p fn.place) returns fn.place language sql immutable as $$ select p $$;
	create function fn.same(variadic p fn.point[]) returns fn.point[] language sql immutable as $$ select p $$;
	create function fn.same(r int4range) returns int4range language sql immutable as $$ select r $$;
	create function fn.labelled(p fn.point, out label text, out p2 fn.point, out ps fn.point[]) language sql immutable as $$ select p::text, p, array[p] $$;
	create function fn.squares() returns setof integer[] language sql immutable as $$ values ('{{1,2},{3,null}}'::integer[]), ('{}'), ('[0:0]={5}') $$;

	-- Rows of a table, under its policies.
	create function fn.my_items(most integer default 5) returns setof public.items
		language sql stable as $$ select * from public.items order by id limit most $$;
	create function fn.my_item(n integer) returns public.items
		language sql stable as $$ select * from public.items order by id offset n limit 1 $$;
	create function fn.item_table(n integer) returns table (item public.items)
		language sql stable as $$ select i from public.items i order by id limit n $$;
	create function fn.hollow_item() returns public.items language sql immutable as $$ select row(null, null, 'hollow', null, null, null, null, null, null)::public.items $$;
	create function fn.count_mine() returns bigint language sql stable as $$ select count(*) from public.items $$;
	create function fn.count_all() returns bigint language sql stable security definer set search_path = '' as $$ select count(*) from public.items $$;
	create function fn.who() returns text language sql stable as $$ select concat_ws(' ', current_user, auth.uid(), current_setting('transaction_read_only')) $$;
	create function fn.who_writes() returns text language sql volatile as $$ select concat_ws(' ', current_user, auth.uid(), current_setting('transaction_read_only')) $$;

	-- Writes.
	create table fn.notes (id integer generated always as identity primary key, owner uuid default auth.uid(), note text not null check (note <> 'bad'));
	alter table fn.notes enable row level security;
	create policy own on fn.notes to authenticated using (owner = auth.uid()) with check (owner = auth.uid());
	grant select, insert on fn.notes to anon, authenticated;
	create function fn.add_note(note text) returns integer language sql as $$ insert into fn.notes (note) values (note) returning id $$;
	create function fn.add_and_fail(note text) returns integer language plpgsql as $$
		begin insert into fn.notes (note) values (note); raise exception 'no more than % notes', 0; end $$;
	create function fn.add_quietly(note text) returns void language sql as $$ insert into fn.notes (note) values (note) $$;
	create function fn.add_quietly_many(variadic notes text[]) returns setof void language sql as $$ insert into fn.notes (note) select unnest(notes) returning null::void $$;
	create function fn.add_many(n integer) returns setof fn.notes language sql as $$ insert into fn.notes (note) select 'many' from generate_series(1, n) returning * $$;
	create function fn.add_in_vain() returns timestamptz language sql as $$ insert into fn.notes (note) values ('in vain'); select 'infinity'::timestamptz $$;
	create function fn.add_stable(note text) returns void language sql stable as $$ insert into fn.notes (note) values (note) $$;
	create function fn.add_stable_plpgsql(note text) returns void language plpgsql stable as $$ begin insert into fn.notes (note) values (note); end $$;
	create function fn.add_through_stable(note text) returns integer language sql stable as $$ select fn.add_note(note) $$;
	create function fn.locked() returns integer language sql immutable as $$ select 1 $$;
	revoke execute on function fn.locked() from public;
	create function fn.complain(code text, message text) returns void language plpgsql as $$
		begin raise exception using errcode = code, message = message; end $$;

	-- Names that Postgres allows.
	create schema "Odd ""Schema";
	grant usage on schema "Odd ""Schema" to anon, authenticated;
	create type "Odd ""Schema"."The Type" as enum ('x');
	create function "Odd ""Schema"."Do ""it"""("User ID" integer, "select" text default 'S', "Zwölf => $1" text default 'Z', "T" "Odd ""Schema"."The Type" default 'x') returns text
		language sql immutable as $$ select concat_ws('/', $1, $2, $3, $4) $$;
`

// functionsProto has a method for each, by hand.
const functionsProto = `syntax = "proto3";
package fn.v1;
import "google/protobuf/empty.proto";
import "google/protobuf/struct.proto";
import "google/protobuf/timestamp.proto";
import "google/type/date.proto";
import "rowgate/v1/array.proto";
import "rowgate/v1/options.proto";
import "rowgate/v1/range.proto";

service FunctionService {
  rpc Greet(GreetRequest) returns (Text) { option (rowgate.v1.method) = { call: { schema: "fn" name: "greet" } }; }
  rpc Unnamed(UnnamedRequest) returns (Text) { option (rowgate.v1.method) = { call: { schema: "fn" name: "unnamed" } }; }
  rpc UnnamedByNumber(UnnamedByNumberRequest) returns (Text) { option (rowgate.v1.method) = { call: { schema: "fn" name: "unnamed" } }; }
  rpc HalfNamed(HalfNamedRequest) returns (Text) { option (rowgate.v1.method) = { call: { schema: "fn" name: "half_named" } }; }
  rpc NowAndThen(NowAndThenRequest) returns (Text) { option (rowgate.v1.method) = { call: { schema: "fn" name: "now_and_then" } }; }
  rpc Nulls(NullsRequest) returns (Text) { option (rowgate.v1.method) = { call: { schema: "fn" name: "nulls" } }; }
  rpc NullsPlain(NullsPlainRequest) returns (Text) { option (rowgate.v1.method) = { call: { schema: "fn" name: "nulls" } }; }
  rpc Strict(StrictRequest) returns (Int) { option (rowgate.v1.method) = { call: { schema: "fn" name: "strict" } }; }
  rpc Joined(JoinedRequest) returns (Text) { option (rowgate.v1.method) = { call: { schema: "fn" name: "joined" } }; }
  rpc Summed(SummedRequest) returns (Long) { option (rowgate.v1.method) = { call: { schema: "fn" name: "summed" } }; }
  rpc Extremes(ExtremesRequest) returns (ExtremesResponse) { option (rowgate.v1.method) = { call: { schema: "fn" name: "extremes" } }; }
  rpc Halved(N) returns (Int) { option (rowgate.v1.method) = { call: { schema: "fn" name: "halved" } }; }
  rpc Doubled(LongN) returns (Long) { option (rowgate.v1.method) = { call: { schema: "fn" name: "doubled" } }; }
  rpc Swapped(SwappedRequest) returns (SwappedResponse) { option (rowgate.v1.method) = { call: { schema: "fn" name: "swapped" } }; }
  rpc NamelessOut(NamelessRequest) returns (NamelessResponse) { option (rowgate.v1.method) = { call: { schema: "fn" name: "nameless_out" } }; }
  rpc Mixed(MixedRequest) returns (MixedResponse) { option (rowgate.v1.method) = { call: { schema: "fn" name: "mixed" } }; }
  rpc NoRow(google.protobuf.Empty) returns (SwappedResponse) { option (rowgate.v1.method) = { call: { schema: "fn" name: "none" } }; }
  rpc Found(FoundRequest) returns (FoundResponse) { option (rowgate.v1.method) = { call: { schema: "fn" name: "found" } }; }
  rpc ColumnOf(N) returns (Ints) { option (rowgate.v1.method) = { call: { schema: "fn" name: "column_of" } }; }

  rpc PickNothing(google.protobuf.Empty) returns (Text) { option (rowgate.v1.method) = { call: { schema: "fn" name: "pick" } }; }
  rpc TellX(TellXRequest) returns (Text) { option (rowgate.v1.method) = { call: { schema: "fn" name: "tell" arguments: "integer" } }; }
  rpc TellY(TellYRequest) returns (Text) { option (rowgate.v1.method) = { call: { schema: "fn" name: "tell" arguments: ["integer", "text"] } }; }
  rpc PickBigint(PickIntegerRequest) returns (Text) { option (rowgate.v1.method) = { call: { schema: "fn" name: "pick" arguments: "bigint" } }; }
  rpc PickText(PickTextRequest) returns (Text) { option (rowgate.v1.method) = { call: { schema: "fn" name: "pick" arguments: "text" } }; }
  rpc PickVarchar(PickTextRequest) returns (Text) { option (rowgate.v1.method) = { call: { schema: "fn" name: "pick" arguments: "character varying" } }; }
  rpc PickShort(PickTextRequest) returns (Text) { option (rowgate.v1.method) = { call: { schema: "fn" name: "pick" arguments: "fn.short" } }; }
  rpc PickMood(PickMoodRequest) returns (Text) { option (rowgate.v1.method) = { call: { schema: "fn" name: "pick" arguments: "fn.mood" } }; }
  rpc PickIntegers(PickIntegersRequest) returns (Text) { option (rowgate.v1.method) = { call: { schema: "fn" name: "pick" arguments: "integer[]" } }; }
  rpc PickTwo(PickTwoRequest) returns (Text) { option (rowgate.v1.method) = { call: { schema: "fn" name: "pick" arguments: ["integer", "integer"] } }; }
  rpc PickBA(PickABRequest) returns (Text) { option (rowgate.v1.method) = { call: { schema: "fn" name: "pick" arguments: ["text", "integer"] } }; }
  rpc PickAB(PickABRequest) returns (Text) { option (rowgate.v1.method) = { call: { schema: "fn" name: "pick" arguments: ["integer", "text"] } }; }

  rpc SameNumeric(NText) returns (Text) { option (rowgate.v1.method) = { call: { schema: "fn" name: "same" arguments: "numeric" } }; }
  rpc SameBigint(VText) returns (Text) { option (rowgate.v1.method) = { call: { schema: "fn" name: "same" arguments: "bigint" } }; }
  rpc SameText(VText) returns (Text) { option (rowgate.v1.method) = { call: { schema: "fn" name: "same" arguments: "text" } }; }
  rpc SameBit(VText) returns (Text) { option (rowgate.v1.method) = { call: { schema: "fn" name: "same" arguments: "bit" } }; }
  rpc SameCharacter(VText) returns (Text) { option (rowgate.v1.method) = { call: { schema: "fn" name: "same" arguments: "character" } }; }
  rpc SameChar(VText) returns (Text) { option (rowgate.v1.method) = { call: { schema: "fn" name: "same" arguments: "\"char\"" } }; }
  rpc SameUuid(VText) returns (Text) { option (rowgate.v1.method) = { call: { schema: "fn" name: "same" arguments: "uuid" } }; }
  rpc SameBytea(VBytes) returns (Bytes) { option (rowgate.v1.method) = { call: { schema: "fn" name: "same" arguments: "bytea" } }; }
  rpc SameJsonb(VJson) returns (Json) { option (rowgate.v1.method) = { call: { schema: "fn" name: "same" arguments: "jsonb" } }; }
  rpc SameMoney(VText) returns (Text) { option (rowgate.v1.method) = { call: { schema: "fn" name: "same" arguments: "money" } }; }
  rpc SameMacaddr(VText) returns (Text) { option (rowgate.v1.method) = { call: { schema: "fn" name: "same" arguments: "macaddr" } }; }
  rpc SameTimestamptz(VTime) returns (Time) { option (rowgate.v1.method) = { call: { schema: "fn" name: "same" arguments: "timestamp with time zone" } }; }
  rpc SameMood(VMood) returns (OneMood) { option (rowgate.v1.method) = { call: { schema: "fn" name: "same" arguments: "fn.mood" } }; }
  rpc SameMoods(VMoods) returns (Moods) { option (rowgate.v1.method) = { call: { schema: "fn" name: "same" arguments: "fn.mood[]" } }; }
  rpc SameMonies(VTexts) returns (Texts) { option (rowgate.v1.method) = { call: { schema: "fn" name: "same" arguments: "money[]" } }; }
  rpc SamePosint(VInt) returns (Int) { option (rowgate.v1.method) = { call: { schema: "fn" name: "same" arguments: "fn.posint" } }; }
  rpc SamePosints(VInts) returns (Ints) { option (rowgate.v1.method) = { call: { schema: "fn" name: "same" arguments: "fn.posint[]" } }; }
  rpc SameInts(VInts) returns (Ints) { option (rowgate.v1.method) = { call: { schema: "fn" name: "same" arguments: "fn.ints" } }; }
  rpc SameShort(VText) returns (Text) { option (rowgate.v1.method) = { call: { schema: "fn" name: "same" arguments: "fn.short" } }; }
  rpc Square(google.protobuf.Empty) returns (Ints) { option (rowgate.v1.method) = { call: { schema: "fn" name: "square" } }; }
  rpc NoList(google.protobuf.Empty) returns (Ints) { option (rowgate.v1.method) = { call: { schema: "fn" name: "no_list" } }; }

  rpc Upto(N) returns (Ints) { option (rowgate.v1.method) = { call: { schema: "fn" name: "upto" } }; }
  rpc Gaps(google.protobuf.Empty) returns (Ints) { option (rowgate.v1.method) = { call: { schema: "fn" name: "gaps" } }; }
  rpc ListMoods(google.protobuf.Empty) returns (Moods) { option (rowgate.v1.method) = { call: { schema: "fn" name: "moods" } }; }
  rpc ListTexts(TextsRequest) returns (Texts) { option (rowgate.v1.method) = { call: { schema: "fn" name: "texts" } }; }
  rpc Amounts(google.protobuf.Empty) returns (Texts) { option (rowgate.v1.method) = { call: { schema: "fn" name: "amounts" } }; }

  rpc GetPoint(PointRequest) returns (PointResponse) { option (rowgate.v1.method) = { call: { schema: "fn" name: "point" } }; }
  rpc GetPlace(PointRequest) returns (PointResponse) { option (rowgate.v1.method) = { call: { schema: "fn" name: "place" } }; }
  rpc NoPoint(google.protobuf.Empty) returns (PointResponse) { option (rowgate.v1.method) = { call: { schema: "fn" name: "no_point" } }; }
  rpc ListPoints(N) returns (PointsResponse) { option (rowgate.v1.method) = { call: { schema: "fn" name: "points" } }; }
  rpc GetThing(ThingRequest) returns (ThingResponse) { option (rowgate.v1.method) = { call: { schema: "fn" name: "thing" } }; }
  rpc PointText(PointRequest) returns (Text) { option (rowgate.v1.method) = { call: { schema: "fn" name: "point_text" } }; }

  rpc Moved(MovedRequest) returns (ShapeResponse) { option (rowgate.v1.method) = { call: { schema: "fn" name: "moved" } }; }
  rpc ListShapes(google.protobuf.Empty) returns (ShapesResponse) { option (rowgate.v1.method) = { call: { schema: "fn" name: "shapes" } }; }
  rpc SamePoint(PointResponse) returns (PointResponse) { option (rowgate.v1.method) = { call: { schema: "fn" name: "same" arguments: "fn.point" } }; }
  rpc SamePlace(PointResponse) returns (PointResponse) { option (rowgate.v1.method) = { call: { schema: "fn" name: "same" arguments: "fn.place" } }; }
  rpc SamePoints(PointsResponse) returns (PointsResponse) { option (rowgate.v1.method) = { call: { schema: "fn" name: "same" arguments: "fn.point[]" } }; }
  rpc SameRange(RangeMessage) returns (RangeMessage) { option (rowgate.v1.method) = { call: { schema: "fn" name: "same" arguments: "int4range" } }; }
  rpc Labelled(LabelledRequest) returns (LabelledResponse) { option (rowgate.v1.method) = { call: { schema: "fn" name: "labelled" } }; }
  rpc SquareArray(google.protobuf.Empty) returns (ArrayResponse) { option (rowgate.v1.method) = { call: { schema: "fn" name: "square" } }; }
  rpc ListSquares(google.protobuf.Empty) returns (ArraysResponse) { option (rowgate.v1.method) = { call: { schema: "fn" name: "squares" } }; }

  rpc MyItems(MostRequest) returns (ItemsResponse) { option (rowgate.v1.method) = { call: { schema: "fn" name: "my_items" } }; }
  rpc MyItem(N) returns (ItemResponse) { option (rowgate.v1.method) = { call: { schema: "fn" name: "my_item" } }; }
  rpc ItemTable(N) returns (ItemsResponse) { option (rowgate.v1.method) = { call: { schema: "fn" name: "item_table" } }; }
  rpc HollowItem(google.protobuf.Empty) returns (ItemResponse) { option (rowgate.v1.method) = { call: { schema: "fn" name: "hollow_item" } }; }
  rpc CountMine(google.protobuf.Empty) returns (Long) { option (rowgate.v1.method) = { call: { schema: "fn" name: "count_mine" } }; }
  rpc CountAll(google.protobuf.Empty) returns (Long) { option (rowgate.v1.method) = { call: { schema: "fn" name: "count_all" } }; }
  rpc Who(google.protobuf.Empty) returns (Text) { option (rowgate.v1.method) = { call: { schema: "fn" name: "who" } }; }
  rpc WhoWrites(google.protobuf.Empty) returns (Text) { option (rowgate.v1.method) = { call: { schema: "fn" name: "who_writes" } }; }

  rpc AddNote(NoteRequest) returns (Int) { option (rowgate.v1.method) = { call: { schema: "fn" name: "add_note" } }; }
  rpc AddAndFail(NoteRequest) returns (Int) { option (rowgate.v1.method) = { call: { schema: "fn" name: "add_and_fail" } }; }
  rpc AddQuietly(NoteRequest) returns (google.protobuf.Empty) { option (rowgate.v1.method) = { call: { schema: "fn" name: "add_quietly" } }; }
  rpc AddQuietlyMany(NotesRequest) returns (google.protobuf.Empty) { option (rowgate.v1.method) = { call: { schema: "fn" name: "add_quietly_many" } }; }
  rpc AddMany(N) returns (NotesResponse) { option (rowgate.v1.method) = { call: { schema: "fn" name: "add_many" } }; }
  rpc AddInVain(google.protobuf.Empty) returns (Time) { option (rowgate.v1.method) = { call: { schema: "fn" name: "add_in_vain" } }; }
  rpc AddStable(NoteRequest) returns (google.protobuf.Empty) { option (rowgate.v1.method) = { call: { schema: "fn" name: "add_stable" } }; }
  rpc AddStablePlpgsql(NoteRequest) returns (google.protobuf.Empty) { option (rowgate.v1.method) = { call: { schema: "fn" name: "add_stable_plpgsql" } }; }
  rpc AddThroughStable(NoteRequest) returns (Int) { option (rowgate.v1.method) = { call: { schema: "fn" name: "add_through_stable" } }; }
  rpc Locked(google.protobuf.Empty) returns (Int) { option (rowgate.v1.method) = { call: { schema: "fn" name: "locked" } }; }
  rpc Complain(ComplainRequest) returns (google.protobuf.Empty) { option (rowgate.v1.method) = { call: { schema: "fn" name: "complain" } }; }
  rpc DoIt(DoItRequest) returns (Text) { option (rowgate.v1.method) = { call: { schema: "Odd \"Schema" name: "Do \"it\"" } }; }
}

message Text { optional string result = 1; }
message Texts { repeated string results = 1; }
message Int { optional int32 result = 7; }
message Ints { repeated int32 results = 1; }
message Long { optional int64 result = 1; }
message Bytes { optional bytes result = 1; }
message Json { google.protobuf.Value result = 1; }
message Time { google.protobuf.Timestamp result = 1; }
enum Mood {
  option (rowgate.v1.enum_type) = { schema: "fn" name: "mood" };
  MOOD_UNSPECIFIED = 0;
  MOOD_SO_SO = 1 [(rowgate.v1.label) = "so so"];
  MOOD_GOOD = 2 [(rowgate.v1.label) = "good"];
}
message OneMood { optional Mood result = 1; }
message Moods { repeated Mood results = 1; }

message GreetRequest { string mark = 1; string name = 2; optional string salutation = 3 [(rowgate.v1.column).name = "greeting"]; }
message UnnamedRequest { int32 a = 1; string b = 2; optional bool c = 3; optional bool d = 4; }
message UnnamedByNumberRequest { string text = 1 [(rowgate.v1.column).number = 2]; int32 number = 9 [(rowgate.v1.column).number = 1]; }
message HalfNamedRequest { int32 first = 1; optional int32 c = 2; optional int32 b = 3; }
message NowAndThenRequest { google.protobuf.Timestamp at = 1; google.type.Date on_day = 2; }
message NullsRequest { optional int32 a = 1; optional string b = 2; optional int32 c = 3; repeated int32 d = 4; }
message NullsPlainRequest { int32 a = 1; string b = 2; optional int32 c = 3; repeated int32 d = 4; }
message StrictRequest { optional int32 a = 1; optional int32 b = 2; }
message JoinedRequest { string sep = 1; repeated string parts = 2; }
message SummedRequest { optional int32 start = 1; optional int32 factor = 2; repeated int32 numbers = 3; }
message ExtremesRequest { repeated int32 numbers = 1; }
message Extremes { optional int32 lowest = 1; optional int32 top = 2 [(rowgate.v1.column).name = "highest"]; }
message ExtremesResponse { Extremes extremes = 1; }
message N { int32 n = 1; }
message LongN { int64 n = 1; }
message SwappedRequest { int32 a = 1; optional string b = 2; }
message Swapped { optional string b = 1; optional int32 a = 2; }
message SwappedResponse { Swapped row = 3; }
message NamelessRequest { int32 number = 1; }
message Nameless { optional int32 first = 1; optional string second = 2; }
message NamelessResponse { Nameless row = 1; }
message MixedRequest { int32 a = 1; optional int32 b = 2; }
message MixedRow { optional string total = 1; repeated int32 list = 2; }
message MixedResponse { MixedRow row = 1; }
message FoundRequest { string words = 1; optional int32 most = 2; }
message FoundRow { optional int32 id = 1; optional string title = 2 [(rowgate.v1.column).name = "The Title"]; optional string score = 3; repeated string tags = 4; }
message FoundResponse { repeated FoundRow rows = 1; }
message PickIntegerRequest { int32 a = 1; }
message TellXRequest { int32 x = 1; }
message TellYRequest { int32 y = 1; optional string z = 2; }
message PickTextRequest { string a = 1; }
message PickMoodRequest { Mood a = 1; }
message PickIntegersRequest { repeated int32 a = 1; }
message PickTwoRequest { int32 a = 1; optional int32 b = 2; }
message PickABRequest { int32 a = 1; string b = 2; }
message NText { optional string n = 1; }
message VText { optional string v = 1; }
message VTexts { repeated string v = 1; }
message VBytes { optional bytes v = 1; }
message VJson { google.protobuf.Value v = 1; }
message VTime { google.protobuf.Timestamp v = 1; }
message VMood { optional Mood v = 1; }
message VMoods { repeated Mood v = 1; }
message VInt { optional int32 v = 1; }
message VInts { repeated int32 v = 1; }
message TextsRequest { int32 n = 1; int32 size = 2; }
message PointRequest { optional int32 x = 1; optional int32 y = 2; }
message Point {
  option (rowgate.v1.type) = { schema: "fn" name: "point" };
  optional int32 x = 1;
  optional int32 y = 2 [(rowgate.v1.column).name = "Y y"];
}
message PointResponse { Point point = 1 [(rowgate.v1.column).name = "p"]; }
message PointsResponse { repeated Point points = 1 [(rowgate.v1.column).name = "p"]; }
message Shape {
  option (rowgate.v1.type) = { schema: "fn" name: "shape" };
  optional string name = 1;
  Point at = 2;
  repeated Point corners = 3;
  repeated Mood moods = 4;
  rowgate.v1.Int32Range span = 5;
}
message MovedRequest { Shape s = 1; optional int32 by = 2; }
message ShapeResponse { Shape shape = 1; }
message ShapesResponse { repeated Shape shapes = 1; }
message RangeMessage { rowgate.v1.Int32Range r = 1; }
message LabelledRequest { Point p = 1; }
message LabelledRow { optional string label = 1; Point p2 = 2; repeated Point ps = 3; }
message LabelledResponse { LabelledRow row = 1; }
message ArrayResponse { rowgate.v1.Array array = 1; }
message ArraysResponse { repeated rowgate.v1.Array arrays = 1; }
message ThingRequest { bool filled = 1; }
message Thing {
  option (rowgate.v1.type) = { schema: "fn" name: "thing" };
  optional string name = 1;
  optional string size = 2;
  optional string cost = 3;
  optional string net = 4;
  repeated string tags = 5;
  optional Mood mood = 6;
  optional int32 odd = 7;
}
message ThingResponse { Thing thing = 1; }
message MostRequest { optional int32 most = 1; }
message Item {
  option (rowgate.v1.relation) = { name: "items" };
  string id = 1;
  string title = 2;
  int32 quantity = 3;
  optional string price = 4;
  bool done = 5;
}
message ItemResponse { Item item = 1; }
message ItemsResponse { repeated Item items = 1; }
message NoteRequest { string note = 1; }
message NotesRequest { repeated string notes = 1; }
message Note {
  option (rowgate.v1.relation) = { schema: "fn" name: "notes" };
  int32 id = 1;
  string note = 2;
}
message NotesResponse { repeated Note notes = 1; }
message ComplainRequest { string code = 1; string message = 2; }
enum OddType {
  option (rowgate.v1.enum_type) = { schema: "Odd \"Schema" name: "The Type" };
  ODD_TYPE_UNSPECIFIED = 0;
  ODD_TYPE_X = 1 [(rowgate.v1.label) = "x"];
}
message DoItRequest {
  int32 user_id = 1 [(rowgate.v1.column).name = "User ID"];
  optional string select = 2;
  optional string zwoelf = 3 [(rowgate.v1.column).name = "Zwölf => $1"];
  optional OddType t = 4 [(rowgate.v1.column).name = "T"];
}
`

// functionsWorld is a server of the functions, and psql beside it.
type functionsWorld struct {
	*world
	*caller
}

func newFunctionsWorld(t testing.TB) *functionsWorld {
	t.Helper()
	contract, err := descriptor.LoadFS(t.Context(), fstest.MapFS{"fn/v1/fn.proto": {Data: []byte(functionsProto)}}, "proto")
	if err != nil {
		t.Fatal(err)
	}
	w := &functionsWorld{world: newWorld(t, worldOptions{
		migrations: []storetest.Migration{{Name: "functions", SQL: functionsSQL}}, contract: contract,
	})}
	w.caller = newCaller(w.world.conn, contract, "fn.v1")
	return w
}
