package service_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/rowgate/rowgate/service/descriptor"
	"github.com/rowgate/rowgate/store/storetest"
)

// updatesSQL has things of Alice and of Bob. Everyone sees what is shared, and
// their own; they change their own, and delete what is not locked of it.
const updatesSQL = `
	create schema ext;
	create extension hstore schema ext;
	create extension citext schema ext;
	grant usage on schema ext to anon, authenticated;
	create schema upd;
	grant usage on schema upd to anon, authenticated;
	create type upd.mood as enum ('bad', 'good');
	create domain upd.words as text[] check (cardinality(value) < 4);
	create domain upd.positive as integer check (value > 0);
	create table upd.things (
		id integer primary key, owner uuid not null, shared boolean not null default false, locked boolean not null default false,
		title text not null, note text, short varchar(8), name ext.citext, count integer not null default 0, small smallint, big bigint,
		ratio double precision, price numeric(8,2), cash money, span interval, tags text[], nums integer[] not null default '{}', raw bytea,
		meta jsonb, attrs ext.hstore, mood upd.mood, doc json, mac macaddr, code char(4), words upd.words default '{w}', most upd.positive default 1, limits upd.positive[] default '{1}', at timestamptz not null default '2024-01-02 03:04:05.678901Z',
		sealed text not null default 'sealed', total integer generated always as (count * 2) stored,
		check (count < 1000)
	);
	alter table upd.things enable row level security;
	create policy sees on upd.things for select using (shared or owner = auth.uid());
	create policy changes on upd.things for update using (owner = auth.uid());
	create policy removes on upd.things for delete using (owner = auth.uid() and not locked);
	grant select, update, delete on upd.things to authenticated;
	grant select on upd.things to anon;
	create table upd.remarks (id integer primary key, thing_id integer not null references upd.things on delete cascade, body text not null);
	grant select on upd.remarks to anon, authenticated;
	create function upd.fill() returns void language sql as $$
		truncate upd.things cascade;
		insert into upd.things (id, owner, shared, locked, title, note, short, name, count, small, big, ratio, price, cash, span, tags, nums, raw, meta, attrs, mood, doc, mac, code)
		select i, case when i % 2 = 1 then '` + alice + `'::uuid else '` + bob + `'::uuid end, i > 4, i % 8 = 3, 'thing ' || i,
			case when i % 3 > 0 then 'note ' || i end, 'ab', 'Name', i, i, i, i / 2.0, i * 1.25, i::numeric::money, make_interval(days => i),
			case when i % 4 > 0 then array['t', 't' || i] end, array[i], '\x0102',
			case i % 5 when 0 then null when 1 then '[1]' when 2 then '{"a":1,"b":{"c":2}}' when 3 then 'null' else '"text"' end::jsonb,
			'k=>v', 'good', '{}', '08:00:2b:01:02:03', 'ab'
		from generate_series(1, 12) i;
		insert into upd.remarks select i, i, 'remark ' || i from generate_series(1, 12) i
	$$;
	revoke execute on function upd.fill() from public;
	-- Lines that have no key.
	create table upd.lines (owner uuid not null default auth.uid(), line text not null);
	alter table upd.lines enable row level security;
	create policy own on upd.lines using (owner = auth.uid());
	grant select, update, delete on upd.lines to authenticated;
	-- What may be written and not be read.
	create table upd.box (id integer primary key, owner uuid not null, word text not null);
	alter table upd.box enable row level security;
	create policy own on upd.box using (owner = auth.uid());
	grant select (id, owner), update (word) on upd.box to authenticated;
`

const updatesProto = `syntax = "proto3";
package upd.v1;
import "google/api/field_behavior.proto";
import "google/protobuf/empty.proto";
import "google/protobuf/field_mask.proto";
import "google/protobuf/struct.proto";
import "google/protobuf/timestamp.proto";
import "rowgate/v1/interval.proto";
import "rowgate/v1/options.proto";
import "rowgate/v1/query.proto";

service ThingService {
  rpc UpdateThing(UpdateThingRequest) returns (Thing) { option (rowgate.v1.method) = { update: {} }; }
  rpc UpdatePlain(UpdatePlainRequest) returns (Thing) { option (rowgate.v1.method) = { update: {} }; }
  rpc UpdateBox(UpdateBoxRequest) returns (Box) { option (rowgate.v1.method) = { update: {} }; }
  rpc DeleteThing(DeleteThingRequest) returns (google.protobuf.Empty) { option (rowgate.v1.method) = { delete: { message: "Thing" } }; }
  rpc BatchUpdateThings(BatchUpdateThingsRequest) returns (ThingsResponse) { option (rowgate.v1.method) = { batch_update: {} }; }
  rpc UpdateThings(UpdateThingsRequest) returns (ThingsResponse) { option (rowgate.v1.method) = { update_many: {} }; }
  rpc DeleteThings(DeleteThingsRequest) returns (ThingsResponse) { option (rowgate.v1.method) = { delete_many: { message: "Thing" } }; }
  rpc UpdateLines(UpdateLinesRequest) returns (LinesResponse) { option (rowgate.v1.method) = { update_many: {} }; }
}

message Thing {
  option (rowgate.v1.relation) = { schema: "upd" name: "things" };
  int32 id = 1;
  string owner = 2;
  bool shared = 3;
  bool locked = 4;
  string title = 5;
  optional string note = 6;
  optional string short = 7;
  optional string name = 8;
  optional int32 count = 9;
  optional int32 small = 10;
  optional int64 big = 11;
  optional double ratio = 12;
  optional string price = 13;
  optional string cash = 14;
  rowgate.v1.Interval span = 15;
  repeated string tags = 16;
  repeated int32 nums = 17;
  optional bytes raw = 18;
  google.protobuf.Value meta = 19;
  map<string, string> attrs = 20;
  Mood mood = 21;
  google.protobuf.Value doc = 22;
  optional string mac = 23;
  optional string code = 24;
  google.protobuf.Timestamp at = 25;
  string sealed = 26 [(google.api.field_behavior) = IMMUTABLE];
  optional int32 total = 27 [(google.api.field_behavior) = OUTPUT_ONLY];
  repeated Remark remarks = 28 [(rowgate.v1.reference) = { foreign_key: "remarks_thing_id_fkey" inverse: true }];
  repeated string words = 29;
  optional int32 most = 30;
  repeated int32 limits = 31;
}
message Remark {
  option (rowgate.v1.relation) = { schema: "upd" name: "remarks" };
  int32 id = 1;
  int32 thing_id = 2;
  string body = 3;
}
enum Mood {
  MOOD_UNSPECIFIED = 0;
  MOOD_BAD = 1 [(rowgate.v1.label) = "bad"];
  MOOD_GOOD = 2 [(rowgate.v1.label) = "good"];
}
message Box {
  option (rowgate.v1.relation) = { schema: "upd" name: "box" };
  int32 id = 1;
  string word = 2;
}
message Line {
  option (rowgate.v1.relation) = { schema: "upd" name: "lines" };
  string line = 1;
}
message UpdateLinesRequest { string filter = 1; Line to = 2; Line append = 3; }
message LinesResponse { int64 count = 1; }
message UpdateThingRequest {
  Thing expected = 1;
  Thing thing = 2;
  google.protobuf.FieldMask update_mask = 3;
  google.protobuf.FieldMask read_mask = 4;
  repeated rowgate.v1.Include include = 5;
  bool validate_only = 6;
  Thing increment = 7;
  Thing append = 8;
  Thing merge = 9;
}
message UpdatePlainRequest { Thing thing = 1; }
message UpdateBoxRequest { Box box = 1; google.protobuf.FieldMask read_mask = 2; }
message DeleteThingRequest { int32 id = 1; Thing expected = 2; bool validate_only = 3; }
message BatchUpdateThingsRequest {
  repeated UpdateThingRequest requests = 1;
  google.protobuf.FieldMask read_mask = 2;
  bool validate_only = 3;
  string request_id = 4;
}
message ThingsResponse { repeated Thing things = 1; int64 count = 2; }
message UpdateThingsRequest {
  string filter = 1;
  Thing thing = 2;
  google.protobuf.FieldMask update_mask = 3;
  Thing increment = 4;
  Thing append = 5;
  Thing merge = 6;
  optional int64 expected_count = 7;
  optional int64 max_affected = 8;
  google.protobuf.FieldMask read_mask = 9;
  bool validate_only = 10;
  string request_id = 11;
}
message DeleteThingsRequest {
  string filter = 1;
  optional int64 expected_count = 2;
  optional int64 max_affected = 3;
  google.protobuf.FieldMask read_mask = 4;
  bool validate_only = 5;
  string request_id = 6;
}
`

// updatesWorld is a server of the things, and psql beside it.
type updatesWorld struct {
	*world
	*caller
	super *pgx.Conn
}

func newUpdatesWorld(t testing.TB) *updatesWorld {
	t.Helper()
	contract, err := descriptor.LoadFS(t.Context(), fstest.MapFS{"upd/v1/upd.proto": {Data: []byte(updatesProto)}}, "proto")
	if err != nil {
		t.Fatal(err)
	}
	w := &updatesWorld{world: newWorld(t, worldOptions{
		migrations: []storetest.Migration{{Name: "updates", SQL: updatesSQL}}, contract: contract,
	})}
	w.caller = newCaller(w.world.conn, contract, "upd.v1")
	w.super = w.db.Superuser(t)
	w.fill(t)
	return w
}

// fill brings the things back to what they were at first.
func (w *updatesWorld) fill(t testing.TB) {
	t.Helper()
	w.exec(t, "select upd.fill()")
}

func (w *updatesWorld) exec(t testing.TB, sql string) {
	t.Helper()
	if _, err := w.super.Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}

// value is one value, as the superuser sees it.
func (w *updatesWorld) value(t testing.TB, sql string) string {
	t.Helper()
	var v string
	if err := w.super.QueryRow(t.Context(), "select ("+sql+")::text").Scan(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

// dump is all things, a line each.
func (w *updatesWorld) dump(t testing.TB) string {
	t.Helper()
	return w.value(t, "select coalesce(string_agg(t::text, E'\n' order by id), '') from upd.things t")
}

// do makes a call from protobuf's JSON, with the paths of update_mask.
func (w *updatesWorld) do(t testing.TB, p person, method, request, mask string) (protoreflect.Message, error) {
	t.Helper()
	return w.call(as(t, p.token), p.name, method, w.request(t, method, request, mask))
}

// psql runs a statement as a person and returns what it prints, without the
// count of rows.
func (w *updatesWorld) psql(t testing.TB, p person, sql string) []string {
	t.Helper()
	out := w.db.PsqlAs(t, w.db.SuperuserURL(), quiet+"set timezone = 'UTC';\n"+p.inTransaction(sql+";"))
	if out.ExitCode != 0 {
		t.Fatalf("psql: %s", out.Stderr)
	}
	if out.Stdout == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(out.Stdout, "\n"), "\n")
}

func alicePerson(t testing.TB) person { return persons(t)[1] }

// ctx is a context for calls of a person.
func (p person) ctx(t testing.TB) context.Context { return as(t, p.token) }

// decode reads a message's JSON.
func decode(t testing.TB, m proto.Message, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(jsonOf(t, m)), into); err != nil {
		t.Fatal(err)
	}
}

func newMessage(md protoreflect.MessageDescriptor) *dynamicpb.Message {
	return dynamicpb.NewMessage(md)
}
