package wire

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestLegal pins the table of legal pairs, which DESIGN.md specifies.
func TestLegal(t *testing.T) {
	const ints = "int32 sint32 sfixed32 int64 sint64 sfixed64"
	for _, c := range []struct {
		typ  Type
		want string
	}{
		{boolType, "bool"},
		{int2Type, ints},
		{int4Type, ints},
		{int8Type, "int64 sint64 sfixed64 string int32 sint32 sfixed32"},
		{oidType, "uint32 fixed32 uint64 fixed64 int64"},
		{float4Type, "float double"},
		{float8Type, "double"},
		{numericType, "string google.type.Decimal"},
		{moneyType, "string"},
		{textType, "string"},
		{varcharType, "string"},
		{bpcharType, "string"},
		{nameType, "string"},
		{charType, "string"},
		{uuidType, "string bytes"},
		{byteaType, "bytes"},
		{inetType, "string"},
		{cidrType, "string"},
		{timestamptzType, "google.protobuf.Timestamp string"},
		{timestampType, "google.type.DateTime string"},
		{dateType, "google.type.Date string"},
		{timeType, "google.type.TimeOfDay string"},
		{timetzType, "string"},
		{intervalType, "rowgate.v1.Interval string"},
		{jsonType, "google.protobuf.Value string bytes"},
		{jsonbType, "google.protobuf.Value string bytes"},
		{moodType, "enum string"},
		{scalar(1560, "bit(3)"), "string"},
		{xmlType, "string"},
		{macaddrType, "string"},
		{Type{OID: 3614, Name: "tsvector"}, "string"},
		{Type{OID: 40000, Name: "extensions.ltree"}, "string"},
		{Type{OID: oidInt4, Name: "app.pair", Kind: Other}, "string"}, // the Kind counts, not the OID
	} {
		if got := strings.Join(Legal(c.typ), " "); got != c.want {
			t.Errorf("%s: %s\nwant %s", c.typ.Name, got, c.want)
		}
		want := strings.Fields(c.want)
		for i := range want {
			want[i] = "repeated " + want[i]
		}
		if got := Legal(arrayOf(c.typ)); !slices.Equal(got, want) {
			t.Errorf("%s[]: %s\nwant %s", c.typ.Name, got, want)
		}
	}
}

// everyType are the types of the table.
var everyType = []Type{
	boolType, int2Type, int4Type, int8Type, oidType, float4Type, float8Type, numericType, price, moneyType,
	textType, varcharType, bpcharType, nameType, charType, uuidType, byteaType, inetType, cidrType,
	timestamptzType, timestampType, dateType, timeType, timetzType, intervalType, jsonType, jsonbType,
	moodType, xmlType, macaddrType,
}

// declOf is a legal type as a test's message declares it.
func declOf(legal string) string {
	return strings.Replace(legal, "enum", "Mood", 1)
}

// TestEveryPair binds every pair that Legal names, alone and in an array, and
// finds every other one refused.
func TestEveryPair(t *testing.T) {
	protos := []string{
		"bool", "int32", "sint32", "uint32", "int64", "sint64", "uint64", "sfixed32", "fixed32", "float", "sfixed64", "fixed64",
		"double", "string", "bytes", "Mood", "google.protobuf.Value", "google.protobuf.Timestamp", "google.type.Date",
		"google.type.DateTime", "google.type.Decimal", "google.type.TimeOfDay", "rowgate.v1.Interval", "google.protobuf.Struct",
		"map<string, string>", "M",
	}
	for _, typ := range everyType {
		for _, typ := range []Type{typ, arrayOf(typ)} {
			legal := Legal(typ)
			for i := range legal {
				legal[i] = declOf(legal[i])
			}
			for _, proto := range protos {
				for _, decl := range []string{proto, "repeated " + proto} {
					if strings.HasPrefix(decl, "repeated map") {
						continue
					}
					_, err := NewCodec(column(t, typ, decl))
					if want := slices.Contains(legal, decl); (err == nil) != want {
						t.Errorf("%s and %s: %v", typ.Name, decl, err)
					}
				}
			}
		}
	}
}

func TestIllegalPair(t *testing.T) {
	for _, c := range []struct {
		typ  Type
		decl string
		want string
	}{
		{price, "int32", `column "col" of type numeric(12,2) cannot be bound to field "value" of type int32; legal: string, google.type.Decimal`},
		{int4Type, "repeated int32", `column "col" of type integer cannot be bound to field "value" of type repeated int32; legal: int32, sint32, sfixed32, int64, sint64, sfixed64`},
		{arrayOf(uuidType), "string", `column "col" of type uuid[] cannot be bound to field "value" of type string; legal: repeated string, repeated bytes`},
		{textType, "map<string, Mood>", `column "col" of type text cannot be bound to field "value" of type map<string, test.Mood>; legal: string`},
		{timestampType, "google.protobuf.Timestamp", `column "col" of type timestamp without time zone cannot be bound to field "value" of type google.protobuf.Timestamp; legal: google.type.DateTime, string`},
		{moodType, "int32", `column "col" of type mood cannot be bound to field "value" of type int32; legal: enum, string`},
		{Type{OID: 1007, Name: "integer[]", Kind: Array, Typmod: -1}, "repeated int32", `column "col" of type integer[] cannot be bound to field "value" of type repeated int32; legal: repeated string`},
	} {
		_, err := NewCodec(column(t, c.typ, c.decl))
		if err == nil || err.Error() != c.want {
			t.Errorf("error: %v\nwant:  %s", err, c.want)
		}
	}
	if _, err := NewCodec(Column{Name: "col", Type: textType}); err == nil || err.Error() != `column "col" has no field to be bound to` {
		t.Error(err)
	}
}

// TestTravel pins how the values of each sort of type travel.
func TestTravel(t *testing.T) {
	positive := arrayOf(int4Type)
	positive.OID, positive.Name = 20010, "posint[]"
	prices := arrayOf(moneyType)
	prices.OID, prices.Name = 20011, "app.prices[]"
	bits := scalar(1560, "bit(3)")
	vector := scalar(40000, `"Ext (a)".vector(3)`)
	type way struct {
		Cast   string
		Result uint32
		Param  Param
	}
	for _, c := range []struct {
		typ  Type
		decl string
		want way
	}{
		{int4Type, "int32", way{"", 23, Param{OID: 23}}},
		{textType, "string", way{"", 25, Param{OID: 25}}},
		{bpcharType, "string", way{"", 1042, Param{OID: 1042}}},
		{inetType, "string", way{"", 869, Param{OID: 869}}},
		{moodType, "Mood", way{"", 20000, Param{OID: 20000}}},
		{Type{OID: 3904, Name: "int4range", Kind: Other, Typmod: -1}, "string", way{"text", 25, Param{OID: 3904, Text: true}}},
		{moneyType, "string", way{"numeric", 1700, Param{OID: 1700, Cast: "money"}}},
		{macaddrType, "string", way{"text", 25, Param{OID: 829, Text: true}}},
		{vector, "string", way{"text", 25, Param{OID: 40000, Text: true}}},
		{arrayOf(int4Type), "repeated int32", way{"", 1007, Param{OID: 1007}}},
		{positive, "repeated int32", way{"", 20010, Param{OID: 1007, Cast: "posint[]"}}},
		{arrayOf(moneyType), "repeated string", way{"numeric[]", 1231, Param{OID: 1231, Cast: "money[]"}}},
		{prices, "repeated string", way{"numeric[]", 1231, Param{OID: 1231, Cast: "app.prices[]"}}},
		{arrayOf(macaddrType), "repeated string", way{"text[]", 1009, Param{OID: 1009, Cast: "macaddr[]"}}},
		{arrayOf(bits), "repeated string", way{"text[]", 1009, Param{OID: 1009, Cast: `"bit"[]`}}},
		{arrayOf(vector), "repeated string", way{"text[]", 1009, Param{OID: 1009, Cast: `"Ext (a)".vector[]`}}},
		{arrayOf(moodType), "repeated Mood", way{"", 20001, Param{OID: 1009, Cast: "mood[]"}}},
	} {
		codec := codec(t, c.typ, c.decl)
		if diff := cmp.Diff(c.want, way{codec.Cast(), codec.ResultOID(), codec.Param()}); diff != "" {
			t.Errorf("%s: %s", c.typ.Name, diff)
		}
	}
}
