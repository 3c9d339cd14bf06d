package service_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/rowgate/rowgate/service/descriptor"
	"github.com/rowgate/rowgate/store/storetest"
)

// typeCase is a Postgres type bound to a protobuf type: a table of its own,
// with the key id and two columns of the type, needed, which is NOT NULL, and
// maybe, and a message with a field for each.
type typeCase struct {
	name  string // the message's, and the table's
	sql   string // the columns' type
	proto string // the fields' type; one with a dot is a message
	// json turns the text that psql prints for a value into the JSON of the
	// field that holds the same value.
	json func(text string) string
	// both are values that the message carries both ways, as psql prints them.
	both []string
	// forms are other ways to say a value: JSON, and what psql prints then.
	forms [][2]string
	// stored are values that psql puts in and the message can carry out.
	stored []string
	// lossy are values that psql puts in and the message has no place for.
	lossy []refusal
	// refused are fields, in JSON, that the column has no place for.
	refused []refusal
	// zero is what psql prints for the column needed once an update with it in
	// the mask and not in the message has run; "!" and a text where that update
	// is refused, as INVALID_ARGUMENT when zeroCode is not set.
	zero     string
	zeroCode codes.Code
	// unsortable says that rows cannot be ordered by the type.
	unsortable bool
	// canonical makes texts that stand for one value alike; nil leaves them.
	canonical func(text string) string
	// missing is a query that gives t where the server does not have the type.
	missing string
}

// refusal is a value and how a call with it is refused. The says of a lossy
// value lacks the column before it, that of a field the field.
type refusal struct {
	value string
	code  codes.Code
	says  string
}

func typeCases() []typeCase {
	return slices.Concat(numberCases, textCases, temporalCases, jsonCases, otherCases, arrayCases, domainCases)
}

// typesPrelude has the types of a user's own.
const typesPrelude = `
	create schema types;
	grant usage on schema types to anon;
	create type types.mood as enum ('so so', 'good', 'it''s fine', 'Ünder');
	create type types.pair as (a integer, b text);
	create domain types.posint as integer check (value >= 0);
	create domain types.posint2 as types.posint check (value < 1000);
	create domain types.limited as varchar(3);
	create domain types.cents as numeric(12,2);
	create domain types.flags as bit(3);
	create domain types.tenths as timestamp(1);
	create domain types.ints as integer[];
	create domain types.prices as money[];
	create domain types.moods as types.mood[];
	create domain types.good_mood as types.mood check (value <> 'so so');
	create domain types.span as int4range;
	create domain types.couple as types.pair;
	create domain types."Odd (name)" as bit varying(5);
	do $$ begin
		if exists (select from pg_available_extensions where name = 'citext') then
			create extension citext;
		else
			create domain public.citext as text;
		end if;
	end $$;
`

const typesProtoHead = `syntax = "proto3";
package types.v1;
import "google/protobuf/empty.proto";
import "google/protobuf/field_mask.proto";
import "google/protobuf/struct.proto";
import "google/protobuf/timestamp.proto";
import "google/type/date.proto";
import "google/type/datetime.proto";
import "google/type/decimal.proto";
import "google/type/timeofday.proto";
import "rowgate/v1/interval.proto";
import "rowgate/v1/options.proto";
enum Mood {
  option (rowgate.v1.enum_type) = { schema: "types" name: "mood" };
  MOOD_UNSPECIFIED = 0;
  MOOD_SO_SO = 1 [(rowgate.v1.label) = "so so"];
  MOOD_GOOD = 2 [(rowgate.v1.label) = "good"];
  MOOD_FINE = 70 [(rowgate.v1.label) = "it's fine"];
  MOOD_UNDER = 4 [(rowgate.v1.label) = "Ünder"];
}
`

// methodsOf declares the five methods of a message whose key is id, and the
// messages that they need.
func methodsOf(message, key string) string {
	return strings.NewReplacer("X", message, "KEY", key).Replace(`
service XService {
  rpc GetX(GetXRequest) returns (X) { option (rowgate.v1.method) = { get: {} }; }
  rpc ListX(ListXRequest) returns (ListXResponse) { option (rowgate.v1.method) = { list: {} }; }
  rpc CreateX(CreateXRequest) returns (X) { option (rowgate.v1.method) = { create: {} }; }
  rpc UpdateX(UpdateXRequest) returns (X) { option (rowgate.v1.method) = { update: {} }; }
  rpc DeleteX(GetXRequest) returns (google.protobuf.Empty) { option (rowgate.v1.method) = { delete: { message: "X" } }; }
}
message GetXRequest { KEY }
message ListXRequest { int32 page_size = 1; string page_token = 2; string order_by = 3; }
message ListXResponse { repeated X rows = 1; string next_page_token = 2; }
message CreateXRequest { X row = 1; }
message UpdateXRequest { X row = 1; google.protobuf.FieldMask update_mask = 2; }
`)
}

// openToAnon lets anon do what it likes with a table, by a policy.
func openToAnon(table string) string {
	return fmt.Sprintf(`alter table %[1]s enable row level security;
	create policy open on %[1]s to anon using (true) with check (true);
	grant select, insert, update, delete on %[1]s to anon;
	`, table)
}

// table is the case's table in SQL.
func (c typeCase) table() string { return `types."` + c.name + `"` }

// maybe is the type of the field of a column that may be NULL.
func maybe(proto string) string {
	if strings.Contains(proto, ".") || strings.HasPrefix(proto, "repeated ") {
		return proto
	}
	return "optional " + proto
}

// typesWorld is a server over the tables of all cases, for anybody.
type typesWorld struct {
	*world
	contract *descriptor.Set
}

// newTypesWorld starts a server over the cases and whatever else the SQL and
// the declarations add.
func newTypesWorld(t testing.TB, cases []typeCase, sql, declarations string) *typesWorld {
	t.Helper()
	var tables, messages strings.Builder
	tables.WriteString(typesPrelude)
	messages.WriteString(typesProtoHead)
	for _, c := range cases {
		fmt.Fprintf(&tables, "create table %[1]s (id integer primary key, needed %[2]s not null, maybe %[2]s);\n%[3]s",
			c.table(), c.sql, openToAnon(c.table()))
		fmt.Fprintf(&messages, `message %[1]s {
  option (rowgate.v1.relation) = { schema: "types" name: %[1]q };
  int32 id = 1;
  %[2]s needed = 2;
  %[3]s maybe = 3;
}
%[4]s`, c.name, c.proto, maybe(c.proto), methodsOf(c.name, "int32 id = 1;"))
	}
	tables.WriteString(sql)
	messages.WriteString(declarations)
	contract, err := descriptor.LoadFS(t.Context(), fstest.MapFS{
		"types/v1/types.proto": {Data: []byte(messages.String())},
	}, "proto")
	if err != nil {
		t.Fatal(err)
	}
	return &typesWorld{contract: contract, world: newWorld(t, worldOptions{
		migrations: []storetest.Migration{{Name: "types", SQL: tables.String()}}, contract: contract,
	})}
}

// call calls a method of a message, such as Get, without a token. The request
// is JSON, but for the paths of its update_mask, separated by commas.
func (w *typesWorld) call(t testing.TB, message, method, request, mask string) (protoreflect.Message, error) {
	t.Helper()
	d, err := w.contract.Files.FindDescriptorByName(protoreflect.FullName("types.v1." + message + "Service"))
	if err != nil {
		t.Fatal(err)
	}
	md := d.(protoreflect.ServiceDescriptor).Methods().ByName(protoreflect.Name(method + message))
	req := dynamicpb.NewMessage(md.Input())
	if err := protojson.Unmarshal([]byte(request), req); err != nil {
		t.Fatalf("%s: %v", short(request), err)
	}
	if mask != "" {
		sent := req.Mutable(md.Input().Fields().ByName("update_mask")).Message()
		paths := sent.Mutable(sent.Descriptor().Fields().ByName("paths")).List()
		for path := range strings.SplitSeq(mask, ",") {
			paths.Append(protoreflect.ValueOfString(path))
		}
	}
	res := dynamicpb.NewMessage(md.Output())
	if err := w.conn.Invoke(t.Context(), "/"+string(md.Parent().FullName())+"/"+string(md.Name()), req, res); err != nil {
		return nil, err
	}
	return res, nil
}
