package service_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rowgate/rowgate/migrations"
	"github.com/rowgate/rowgate/service/descriptor"
	"github.com/rowgate/rowgate/store/storetest"
)

// sampleColumn is a column of agg.samples: which aggregates its type has, and
// the JSON that SQL makes of them.
type sampleColumn struct {
	name, sql, proto string
	values           []string
	// sum and avg are the fields' types; empty for a type without them.
	sum, avg string
	// bare says that the type has no min and max.
	bare bool
	// json and total are the JSON of a value and of a sum or average, for an
	// expression; its text without them.
	json, total string
}

var sampleColumns = []sampleColumn{
	{name: "i2", sql: "int2", proto: "int32", values: []string{"32767", "-5", "32767", "0"}, sum: "int64", avg: "string", json: "(%s)"},
	{name: "i4", sql: "int4", proto: "int32", values: []string{"2147483647", "2147483646", "-1"}, sum: "int64", avg: "string", json: "(%s)"},
	{name: "i8", sql: "int8", proto: "int64", values: []string{"9223372036854775807", "9223372036854775806", "7"}, sum: "string", avg: "string"},
	{
		name: "num", sql: "numeric", proto: "string", sum: "string", avg: "string",
		values: []string{"1234567890123456789012345678901234567890.0123456789", "0.0000000000000000000000000000000000000001", "-1.50"},
	},
	{name: "cents", sql: "numeric(5,2)", proto: "string", values: []string{"999.99", "999.98", "-0.01"}, sum: "string", avg: "string"},
	{name: "odd_num", sql: "numeric", proto: "string", values: []string{"'NaN'", "'Infinity'", "3"}, sum: "string", avg: "string"},
	{name: "f4", sql: "float4", proto: "float", values: []string{"1.5", "-2.25", "1024"}, sum: "float", avg: "double", json: "(%s)", total: "(%s)"},
	{name: "f8", sql: "float8", proto: "double", values: []string{"1e100", "-0.5", "3"}, sum: "double", avg: "double", json: "(%s)", total: "(%s)"},
	{name: "cash", sql: "money", proto: "string", values: []string{"12.5", "-3", "1000000"}, sum: "string", json: "(%s)::numeric::text", total: "(%s)::numeric::text"},
	{name: "span", sql: "interval", proto: "string", values: []string{"'1 month -1 day'", "'36:00:00.5'", "'-2 years'"}, sum: "string", avg: "string"},
	{name: "posint", sql: "agg.posint", proto: "int32", values: []string{"3", "4"}, sum: "int64", avg: "string", json: "(%s)"},
	{name: "t", sql: "text", proto: "string", values: []string{"'b'", "'a'", "'Ä'", "''"}},
	{name: "vc", sql: "varchar(5)", proto: "string", values: []string{"'bb'", "'aa'"}},
	{name: "short", sql: "agg.short", proto: "string", values: []string{"'bb'", "'aa'"}},
	{name: "ch", sql: "char(3)", proto: "string", values: []string{"'b'", "'a'"}, json: "rpad(%s, 3)"},
	{name: "nm", sql: "name", proto: "string", values: []string{"'b'", "'a'"}},
	{name: "c1", sql: `"char"`, proto: "string", values: []string{"'b'", "'a'"}},
	{name: "ci", sql: "extensions.citext", proto: "string", values: []string{"'b'", "'C'", "'a'"}},
	{name: "d", sql: "date", proto: "string", values: []string{"'2024-02-29'", "'1999-12-31'"}},
	{name: "tm", sql: "time", proto: "string", values: []string{"'10:20:30'", "'09:59:59.5'"}},
	{name: "tz", sql: "timetz", proto: "string", values: []string{"'10:20:30+02'", "'09:59:59+00'"}},
	{
		name: "ts", sql: "timestamp", proto: "string", values: []string{"'2024-02-29 10:00:00'", "'1999-12-31 23:59:59'"},
		json: `to_char(%s, 'YYYY-MM-DD"T"HH24:MI:SS')`,
	},
	{
		name: "tstz", sql: "timestamptz", proto: "google.protobuf.Timestamp", values: []string{"'2024-02-29 10:00:00+00'", "'1999-12-31 23:59:59+00'"},
		json: `to_char(%s, 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`,
	},
	{name: "mood", sql: "agg.mood", proto: "Mood", values: []string{"'good'", "'bad'"}, json: "'MOOD_' || upper((%s)::text)"},
	{name: "ip", sql: "inet", proto: "string", values: []string{"'10.0.0.1'", "'10.0.0.1/8'", "'::1'"}, json: "(%s)"},
	{name: "net", sql: "cidr", proto: "string", values: []string{"'10.0.0.0/8'", "'9.1.2.3/32'"}, json: "(%s)::cidr::text"},
	{name: "o", sql: "oid", proto: "uint32", values: []string{"4294967295", "7"}, json: "(%s)::int8"},
	{name: "lsn", sql: "pg_lsn", proto: "string", values: []string{"'0/16B3748'", "'0/2'"}},
	{name: "ints", sql: "integer[]", proto: "repeated int32", values: []string{"'{2,1}'", "'{1,9}'"}, json: "(%s)"},
	{name: "moods", sql: "agg.mood[]", proto: "repeated Mood", values: []string{"'{good}'", "'{bad,good}'"}, json: "(select json_agg('MOOD_' || upper(m::text)) from unnest(%s) m)"},
	{name: "cashes", sql: "money[]", proto: "repeated string", values: []string{"'{2,1}'", "'{1.5}'"}, json: "(%s)::numeric[]::text[]"},
	{name: "dints", sql: "agg.ints", proto: "repeated int32", values: []string{"'{2,1}'", "'{1,9}'"}, json: "(%s)"},

	{name: "u", sql: "uuid", proto: "string", values: []string{"gen_random_uuid()"}, bare: true},
	{name: "b", sql: "bool", proto: "bool", values: []string{"true", "false"}, bare: true},
	{name: "by", sql: "bytea", proto: "bytes", values: []string{`'\x00'`}, bare: true},
	{name: "js", sql: "json", proto: "string", values: []string{`'{}'`}, bare: true},
	{name: "jb", sql: "jsonb", proto: "string", values: []string{`'{}'`, `'{"a":1}'`}, bare: true},
	{name: "bits", sql: "bit(3)", proto: "string", values: []string{"b'101'"}, bare: true},
	{name: "mac", sql: "macaddr", proto: "string", values: []string{"'08:00:2b:01:02:03'"}, bare: true},
	{name: "rng", sql: "int4range", proto: "string", values: []string{"'[1,2)'"}, bare: true},
	{name: "good", sql: "agg.good", proto: "Mood", values: []string{"'good'"}, bare: true},
	{name: "pt", sql: "point", proto: "string", values: []string{"'(1,2)'"}, bare: true},
}

func (c sampleColumn) optional() string {
	if strings.Contains(c.proto, ".") || strings.HasPrefix(c.proto, "repeated ") {
		return c.proto
	}
	return "optional " + c.proto
}

// with is a JSON expression for an SQL one, its text without a form.
func with(form, of string) string {
	if form == "" {
		return "(" + of + ")::text"
	}
	return fmt.Sprintf(form, of)
}

const aggregatesSQL = `
	create extension citext schema extensions;
	create schema agg;
	grant usage on schema agg to anon, authenticated;
	create type agg.mood as enum ('good', 'bad');
	create type agg.kind as enum ('small', 'in between', 'big');
	create domain agg.posint as integer check (value >= 0);
	create domain agg.short as varchar(3);
	create domain agg.ints as integer[];
	create domain agg.good as agg.mood;

	create table agg.cities (id integer primary key, name text);
	create table agg.makers (id integer primary key, name text not null, city_id integer references agg.cities);
	create table agg.sales (
		id integer primary key, owner uuid, maker_id integer references agg.makers, kind agg.kind not null, region text,
		quantity integer not null, price numeric(12,2), sold_at timestamptz, done boolean not null, note json, tags text[], count integer, key_id integer
	);
	create table agg.sale_notes (id integer primary key, sale_id integer not null references agg.sales, note text not null);
	create table agg.many (id integer primary key, note text);
	create table agg.empty (id integer primary key, n integer, t text);
	create view agg.settings with (security_invoker) as select current_setting('transaction_read_only') as read_only, timestamptz 'infinity' as forever;
	insert into agg.cities values (1, 'Oslo'), (2, null), (3, 'Rome');
	insert into agg.makers values (1, 'Ada', 1), (2, '', 3), (3, 'Cy', 2);
	insert into agg.sales select n, (array['` + migrations.Alice + `', '` + migrations.Bob + `', null])[1 + n % 3]::uuid, nullif(n % 4, 0),
		(array['small', 'in between', 'big'])[1 + n * 7 % 5 % 3]::agg.kind, (array['north', 'south', null, ''])[1 + n % 4], n % 5, case when n % 6 > 0 then n * 1.37 end,
		case when n % 7 > 0 then timestamptz '2024-01-01 00:00:00+00' + n % 7 * interval '1 day' end, n % 2 = 0, '{}',
		(array['{a,b}', '{}', null])[1 + n / 3 % 3]::text[], n % 2, n
		from generate_series(1, 60) n;
	insert into agg.sale_notes select n, n, 'note ' || n from generate_series(1, 60, 3) n;
	insert into agg.many select n, case when n <= 4 then repeat('x', 1 << 20) end from generate_series(1, 1200) n;
	grant select on all tables in schema agg to anon, authenticated;
	alter table agg.sales enable row level security;
	create policy mine on agg.sales to anon, authenticated using (owner is null or owner = auth.uid());
	alter table agg.sale_notes enable row level security;
	create policy even on agg.sale_notes to anon, authenticated using (id % 2 = 0);
	alter table agg.cities enable row level security;
	create policy known on agg.cities to anon, authenticated using (id < 3 or auth.uid() = '` + migrations.Bob + `');
	revoke select on agg.many from anon;
`

const aggregatesProto = `syntax = "proto3";
package agg.v1;
import "google/protobuf/field_mask.proto";
import "google/protobuf/timestamp.proto";
import "rowgate/v1/options.proto";

service AggregateService {
  rpc AggregateSamples(AggregateRequest) returns (AggregateSamplesResponse) { option (rowgate.v1.method) = { aggregate: { message: "Sample" } }; }
  rpc AggregateSales(AggregateRequest) returns (AggregateSalesResponse) { option (rowgate.v1.method) = { aggregate: { message: "Sale" } }; }
  rpc AggregateMany(AggregateRequest) returns (AggregateManyResponse) { option (rowgate.v1.method) = { aggregate: { message: "agg.v1.Many" } }; }
  rpc AggregateAllOfMany(ByRequest) returns (AggregateManyResponse) { option (rowgate.v1.method) = { aggregate: { message: "Many" } }; }
  rpc AggregateEmpty(AggregateRequest) returns (AggregateEmptyResponse) { option (rowgate.v1.method) = { aggregate: { message: "Empty" } }; }
  rpc AggregateSettings(MaskRequest) returns (AggregateSettingsResponse) { option (rowgate.v1.method) = { aggregate: { message: "Settings" } }; }
}
message AggregateRequest {
  string filter = 1;
  repeated string group_by = 2;
  google.protobuf.FieldMask aggregates = 3;
  string having = 4;
  string order_by = 5;
  int32 page_size = 6;
}
message ByRequest { repeated string group_by = 1; }
message MaskRequest { google.protobuf.FieldMask aggregates = 1; }
enum Mood {
  option (rowgate.v1.enum_type) = { schema: "agg" name: "mood" };
  MOOD_UNSPECIFIED = 0;
  MOOD_GOOD = 1 [(rowgate.v1.label) = "good"];
  MOOD_BAD = 2 [(rowgate.v1.label) = "bad"];
}
enum Kind {
  option (rowgate.v1.enum_type) = { schema: "agg" name: "kind" };
  KIND_UNSPECIFIED = 0;
  KIND_SMALL = 1 [(rowgate.v1.label) = "small"];
  KIND_IN_BETWEEN = 2 [(rowgate.v1.label) = "in between"];
  KIND_BIG = 3 [(rowgate.v1.label) = "big"];
}
message Maker {
  option (rowgate.v1.relation) = { schema: "agg" name: "makers" };
  int32 id = 1;
  string name = 2;
  City city = 3 [(rowgate.v1.reference).foreign_key = "makers_city_id_fkey"];
}
message City {
  option (rowgate.v1.relation) = { schema: "agg" name: "cities" };
  int32 id = 1;
  optional string name = 2;
}
message SaleNote {
  option (rowgate.v1.relation) = { schema: "agg" name: "sale_notes" };
  int32 id = 1;
  string note = 2;
}
message Sale {
  option (rowgate.v1.relation) = { schema: "agg" name: "sales" };
  optional int32 id = 1;
  optional string owner = 2;
  optional int32 maker_id = 3;
  optional Kind kind = 4;
  optional string region = 5;
  optional int32 quantity = 6;
  optional string price = 7;
  google.protobuf.Timestamp sold_at = 8;
  optional bool done = 9;
  optional string note = 10;
  repeated string tags = 11;
  optional int32 count = 12;
  optional int32 number = 13 [(rowgate.v1.column).name = "key_id"];
  Maker maker = 14 [(rowgate.v1.reference).foreign_key = "sales_maker_id_fkey"];
  repeated SaleNote notes = 15 [(rowgate.v1.reference) = { foreign_key: "sale_notes_sale_id_fkey" inverse: true }];
}
message AggregateSalesResponse {
  repeated Group groups = 7;
  message Group {
    Sale group = 1;
    int64 count = 2;
    Sum sum = 3;
    Avg avg = 4;
    Sale min = 5;
    Sale max = 6;
  }
  message Sum { optional int64 quantity = 6; optional string price = 7; optional int64 count = 12; optional int64 number = 13; }
  message Avg { optional string price = 7; optional string quantity = 2; }
}
message Many {
  option (rowgate.v1.relation) = { schema: "agg" name: "many" };
  optional int32 id = 1;
  optional string note = 2;
}
message AggregateManyResponse {
  repeated Group groups = 1;
  message Group { int64 count = 9; Many group = 3; Many max = 1; }
}
message Empty {
  option (rowgate.v1.relation) = { schema: "agg" name: "empty" };
  int32 id = 1;
  optional int32 n = 2;
  optional string t = 3;
}
message AggregateEmptyResponse {
  repeated Group groups = 1;
  message Group { Empty group = 1; int64 count = 2; N sum = 3; A avg = 4; Empty min = 5; }
  message N { optional int64 n = 1; }
  message A { optional string n = 1; }
}
message Settings {
  option (rowgate.v1.relation) = { schema: "agg" name: "settings" };
  optional string read_only = 1;
  google.protobuf.Timestamp forever = 2;
}
message AggregateSettingsResponse {
  repeated Group groups = 1;
  message Group { Settings max = 1; }
}
`

// sampleWorld is the table, the messages and the JSON of sampleColumns.
func sampleWorld() (sql, proto string) {
	var table, message, sum, avg strings.Builder
	for i, c := range sampleColumns {
		fmt.Fprintf(&table, ", %s %s", c.name, c.sql)
		fmt.Fprintf(&message, "  %s %s = %d;\n", c.optional(), c.name, i+3)
		if c.sum != "" {
			fmt.Fprintf(&sum, "  optional %s %s = %d;\n", c.sum, c.name, i+1)
		}
		if c.avg != "" {
			fmt.Fprintf(&avg, "  optional %s %s = %d;\n", c.avg, c.name, i+1)
		}
	}
	sql = "create table agg.samples (id integer primary key, g integer" + table.String() + ");\n" +
		"insert into agg.samples select n, n % 3" + sampleValues() + " from generate_series(1, 24) n;\n" +
		"grant select on agg.samples to anon, authenticated;\n"
	proto = "message Sample {\n  option (rowgate.v1.relation) = { schema: \"agg\" name: \"samples\" };\n" +
		"  int32 id = 1;\n  optional int32 g = 2;\n" + message.String() + "}\n" +
		"message AggregateSamplesResponse {\n  repeated Group groups = 1;\n" +
		"  message Group { Sample max = 1; Sample group = 2; Avg avg = 3; int64 count = 4; Sample min = 15; Sum sum = 16; }\n" +
		"  message Sum {\n" + sum.String() + "  }\n  message Avg {\n" + avg.String() + "  }\n}\n"
	return sql, proto
}

// sampleValues is the select list of the rows n: every few of a column are NULL.
func sampleValues() string {
	var list strings.Builder
	for i, c := range sampleColumns {
		fmt.Fprintf(&list, ", case when n %% %d > 0 then case n / 2 %% %d", i%4+3, len(c.values))
		for j, v := range c.values {
			fmt.Fprintf(&list, " when %d then (%s)::%s", j, v, c.sql)
		}
		list.WriteString(" end end")
	}
	return list.String()
}

func newAggregatesWorld(t testing.TB) *functionsWorld {
	t.Helper()
	sql, proto := sampleWorld()
	contract, err := descriptor.LoadFS(t.Context(), fstest.MapFS{"agg/v1/agg.proto": {Data: []byte(aggregatesProto + proto)}}, "proto")
	if err != nil {
		t.Fatal(err)
	}
	w := &functionsWorld{world: newWorld(t, worldOptions{
		migrations: []storetest.Migration{{Name: "aggregates", SQL: aggregatesSQL + sql}}, contract: contract,
	})}
	w.caller = newCaller(w.world.conn, contract, "agg.v1")
	return w
}
