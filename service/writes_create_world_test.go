package service_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/rowgate/rowgate/service"
	"github.com/rowgate/rowgate/service/descriptor"
	"github.com/rowgate/rowgate/store/storetest"
)

// writesSQL has a table of whoever owns its rows, with columns of every sort that
// matters to how rows are written, and one that can be written and not read.
const writesSQL = `
	create type mood as enum ('sad', 'so so');
	create domain posint as integer check (value > 0);
	create type spot as (x integer, y integer);
	create table notes (
		id uuid primary key default gen_random_uuid(),
		owner_id uuid not null default auth.uid(),
		number bigint generated always as identity,
		slug text unique,
		title text not null,
		rank integer not null default 7,
		body text,
		mood mood,
		size posint,
		amount numeric,
		cost money,
		span interval,
		addr inet,
		meta jsonb,
		at timestamptz,
		flag bit(3),
		code "char",
		spot spot,
		tags text[],
		place text default 'nowhere',
		unique (owner_id, title)
	);
	create unique index on notes (rank) where rank > 1000;
	create table lines (id bigint generated always as identity primary key, note_id uuid not null references notes, words text not null);
	create table drops (id bigint generated always as identity primary key, words text not null, loud boolean);
	create view open_notes as select id, title, slug, rank from notes;
	alter view open_notes set (security_invoker = true);
	alter table notes enable row level security;
	alter table lines enable row level security;
	alter table drops enable row level security;
	create policy see on notes for select using (owner_id = auth.uid());
	create policy add on notes for insert with check (owner_id = auth.uid());
	create policy change on notes for update using (owner_id = auth.uid());
	create policy see on lines for select using (true);
	create policy add on lines for insert to authenticated with check (true);
	create policy add on drops for insert with check (words <> 'forbidden');
	revoke all on drops from anon, authenticated;
	grant select, insert, update on notes, lines, open_notes to authenticated;
	grant select on notes to anon;
	grant insert on drops to anon, authenticated;
`

const writesProto = `syntax = "proto3";
package w.v1;
import "google/protobuf/field_mask.proto";
import "google/protobuf/timestamp.proto";
import "google/protobuf/struct.proto";
import "rowgate/v1/options.proto";
import "rowgate/v1/query.proto";

enum Mood {
  option (rowgate.v1.enum_type) = { name: "mood" };
  MOOD_UNSPECIFIED = 0;
  MOOD_SAD = 1 [(rowgate.v1.label) = "sad"];
  MOOD_SO_SO = 2 [(rowgate.v1.label) = "so so"];
}
message Spot {
  option (rowgate.v1.type) = { name: "spot" };
  optional int32 x = 1;
  optional int32 y = 2;
}
message Note {
  option (rowgate.v1.relation) = { name: "notes" };
  optional string id = 1;
  optional string owner_id = 2;
  int64 number = 3;
  optional string slug = 4;
  string title = 5;
  optional int32 rank = 6;
  optional string body = 7;
  optional Mood mood = 8;
  optional int32 size = 9;
  optional string amount = 10;
  optional string cost = 11;
  optional string span = 12;
  optional string addr = 13;
  optional google.protobuf.Value meta = 14;
  optional google.protobuf.Timestamp at = 15;
  optional string flag = 16;
  optional string code = 17;
  optional Spot spot = 18;
  repeated string tags = 19;
  optional string place = 20;
  repeated Line lines = 21 [(rowgate.v1.reference) = { foreign_key: "lines_note_id_fkey", inverse: true }];
}
message Line {
  option (rowgate.v1.relation) = { name: "lines" };
  int64 id = 1 [(rowgate.v1.column).name = "id"];
  string note_id = 2;
  string words = 3;
  Note note = 4 [(rowgate.v1.reference) = { foreign_key: "lines_note_id_fkey" }];
}
message Drop {
  option (rowgate.v1.relation) = { name: "drops" };
  int64 id = 1;
  string words = 2;
  optional bool loud = 3;
}
message OpenNote {
  option (rowgate.v1.relation) = { name: "open_notes", key: "id" };
  optional string id = 1;
  string title = 2;
  optional string slug = 3;
  optional int32 rank = 4;
}

message CreateNoteRequest {
  Note note = 1;
  rowgate.v1.OnConflict on_conflict = 2;
  google.protobuf.FieldMask read_mask = 3;
  repeated rowgate.v1.Include include = 4;
  string request_id = 5;
  bool validate_only = 6;
}
message BatchCreateNotesRequest {
  repeated CreateNoteRequest requests = 1;
  rowgate.v1.OnConflict on_conflict = 2;
  google.protobuf.FieldMask read_mask = 3;
  string request_id = 4;
  bool validate_only = 5;
}
message BatchCreateNotesResponse { repeated Note notes = 1; int64 count = 2; }
message ImportNotesRequest { repeated Note notes = 1; rowgate.v1.OnConflict on_conflict = 2; }
message ImportNotesResponse { int64 count = 1; }
message CreateLineRequest {
  Line line = 1;
  google.protobuf.FieldMask read_mask = 2;
  repeated rowgate.v1.Include include = 3;
}
message CreateDropRequest { Drop drop = 1; google.protobuf.FieldMask read_mask = 2; }
message BatchCreateDropsRequest { repeated CreateDropRequest requests = 1; google.protobuf.FieldMask read_mask = 2; }
message BatchCreateDropsResponse { repeated Drop drops = 1; int64 count = 2; }
message ImportDropsRequest { repeated Drop drops = 1; }
message ImportDropsResponse { int64 count = 1; }
message CreateOpenNoteRequest { OpenNote note = 1; rowgate.v1.OnConflict on_conflict = 2; }

service Writes {
  rpc CreateNote(CreateNoteRequest) returns (Note) { option (rowgate.v1.method) = { create: {} }; }
  rpc BatchCreateNotes(BatchCreateNotesRequest) returns (BatchCreateNotesResponse) { option (rowgate.v1.method) = { batch_create: {} }; }
  rpc ImportNotes(stream ImportNotesRequest) returns (ImportNotesResponse) { option (rowgate.v1.method) = { import: {} }; }
  rpc CreateLine(CreateLineRequest) returns (Line) { option (rowgate.v1.method) = { create: {} }; }
  rpc CreateDrop(CreateDropRequest) returns (Drop) { option (rowgate.v1.method) = { create: {} }; }
  rpc BatchCreateDrops(BatchCreateDropsRequest) returns (BatchCreateDropsResponse) { option (rowgate.v1.method) = { batch_create: {} }; }
  rpc ImportDrops(stream ImportDropsRequest) returns (ImportDropsResponse) { option (rowgate.v1.method) = { import: {} }; }
  rpc CreateOpenNote(CreateOpenNoteRequest) returns (OpenNote) { option (rowgate.v1.method) = { create: {} }; }
}
`

// writesWorld is a server of the writes, and people who call it.
type writesWorld struct {
	*world
	*caller
	super *pgx.Conn
	// anon, alice and bob.
	anon, alice, bob person
}

func newWritesWorld(t testing.TB, options ...func(*service.Config)) *writesWorld {
	t.Helper()
	contract, err := descriptor.LoadFS(t.Context(), fstest.MapFS{"w/v1/w.proto": {Data: []byte(writesProto)}}, "proto")
	if err != nil {
		t.Fatal(err)
	}
	w := &writesWorld{world: newWorld(t, worldOptions{
		contract: contract, migrations: []storetest.Migration{{Name: "writes", SQL: writesSQL}},
		server: func(c *service.Config) {
			for _, o := range options {
				o(c)
			}
		},
	})}
	w.caller = newCaller(w.world.conn, contract, "w.v1")
	w.super = w.db.Superuser(t)
	all := persons(t)
	w.anon, w.alice, w.bob = all[0], all[1], all[2]
	return w
}

// send calls a unary method.
func (w *writesWorld) send(t testing.TB, p person, method, request string) (protoreflect.Message, error) {
	t.Helper()
	return w.call(as(t, p.token), p.name, method, w.request(t, method, request, ""))
}

// sends calls a method that has to succeed, and returns the answer's JSON.
func (w *writesWorld) sends(t testing.TB, p person, method, request string) string {
	t.Helper()
	res, err := w.send(t, p, method, request)
	if err != nil {
		t.Fatalf("%s %s: %v", method, short(request), err)
	}
	return jsonOf(t, res.Interface())
}

// importing sends messages, a stream of which is one request.
func (w *writesWorld) importing(ctx context.Context, t testing.TB, method string, messages ...string) (protoreflect.Message, error) {
	t.Helper()
	stream, err := w.open(ctx, method)
	if err != nil {
		return nil, err
	}
	for _, text := range messages {
		req := dynamicpb.NewMessage(w.method(method).Input())
		if err := protojson.Unmarshal([]byte(text), req); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if err := stream.SendMsg(req); errors.Is(err, io.EOF) {
			break // The error comes with the answer.
		} else if err != nil {
			return nil, err
		}
	}
	return w.answer(stream, method)
}

func (w *writesWorld) open(ctx context.Context, method string) (grpc.ClientStream, error) {
	return w.world.conn.NewStream(ctx, &grpc.StreamDesc{ClientStreams: true}, methodPath(w.method(method)))
}

func (w *writesWorld) answer(stream grpc.ClientStream, method string) (protoreflect.Message, error) {
	if err := stream.CloseSend(); err != nil {
		return nil, err
	}
	res := dynamicpb.NewMessage(w.method(method).Output())
	if err := stream.RecvMsg(res); err != nil {
		return nil, err
	}
	return res.ProtoReflect(), nil
}

// psql is what a query of one column gives the superuser, its rows parted by
// spaces.
func (w *writesWorld) psql(t testing.TB, query string) string {
	t.Helper()
	rows, err := w.super.Query(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (string, error) {
		var v any
		err := row.Scan(&v)
		return fmt.Sprint(v), err
	})
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return strings.Join(all, " ")
}

// clean empties the tables.
func (w *writesWorld) clean(t testing.TB) {
	t.Helper()
	if _, err := w.super.Exec(t.Context(), "truncate notes, lines, drops restart identity cascade"); err != nil {
		t.Fatal(err)
	}
}

// idle waits until no call of rowgate's holds a transaction.
func (w *writesWorld) idle(t testing.TB) {
	t.Helper()
	const busy = `select count(*) from pg_stat_activity where datname = current_database() and usename = 'rowgate_user' and xact_start is not null`
	for range 100 {
		if w.psql(t, busy) == "0" {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Errorf("a transaction is still open")
}
