package wire

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestLegal pins the table of legal pairs, which DESIGN.md specifies.
func TestLegal(t *testing.T) {
	const ints = "int32|sint32|sfixed32|int64|sint64|sfixed64"
	for _, c := range []struct {
		typ  Type
		want string
	}{
		{boolType, "bool"},
		{int2Type, ints},
		{int4Type, ints},
		{int8Type, "int64|sint64|sfixed64|string|int32|sint32|sfixed32"},
		{oidType, "uint32|fixed32|uint64|fixed64|int64"},
		{float4Type, "float|double"},
		{float8Type, "double"},
		{numericType, "string|google.type.Decimal"},
		{moneyType, "string"},
		{textType, "string"},
		{varcharType, "string"},
		{bpcharType, "string"},
		{nameType, "string"},
		{charType, "string"},
		{uuidType, "string|bytes"},
		{byteaType, "bytes"},
		{inetType, "string"},
		{cidrType, "string"},
		{timestamptzType, "google.protobuf.Timestamp|string"},
		{timestampType, "google.type.DateTime|string"},
		{dateType, "google.type.Date|string"},
		{timeType, "google.type.TimeOfDay|string"},
		{timetzType, "string"},
		{intervalType, "rowgate.v1.Interval|string"},
		{jsonType, "google.protobuf.Value|string|bytes"},
		{jsonbType, "google.protobuf.Value|string|bytes"},
		{moodType, "enum|string"},
		{scalar(1560, "bit(3)"), "string"},
		{xmlType, "string"},
		{macaddrType, "string"},
		{Type{OID: 3614, Name: "tsvector"}, "string"},
		{scalar(829, "macaddr"), "string"},
		{scalar(4072, "jsonpath"), "string"},
		{citextType, "string"},
		{extension(40000, "ltree", "ltree"), "string"},
		{scalar(40000, "app.ltree"), "string"},                        // of no extension
		{Type{OID: oidInt4, Name: "app.pair", Kind: Other}, "string"}, // the Kind counts, not the OID
		{pairType, "message|string"},
		{int4rangeType, "rowgate.v1.Int32Range|message|string"},
		{rangeOf(3926, "int8range", int8Type), "rowgate.v1.Int64Range|message|string"},
		{rangeOf(3906, "numrange", numericType), "rowgate.v1.NumericRange|message|string"},
		{tstzrangeType, "rowgate.v1.TimestampRange|message|string"},
		{rangeOf(3908, "tsrange", timestampType), "rowgate.v1.DateTimeRange|message|string"},
		{rangeOf(3912, "daterange", dateType), "rowgate.v1.DateRange|message|string"},
		{textrangeType, "message|string"},
		{geometryColumn, "string|bytes"},
		{geographyColumn, "string|bytes"},
		{extension(40000, "vector", "sparsevec"), "string"},
	} {
		if got := strings.Join(Legal(c.typ), "|"); got != c.want {
			t.Errorf("%s: %s\nwant %s", c.typ.Name, got, c.want)
		}
		want := strings.Split(c.want, "|")
		for i := range want {
			want[i] = "repeated " + want[i]
		}
		want = append(want, "rowgate.v1.Array")
		if got := Legal(arrayOf(c.typ)); !slices.Equal(got, want) {
			t.Errorf("%s[]: %s\nwant %s", c.typ.Name, got, want)
		}
	}
	// Types that fill a repeated field or a map cannot do so in an array.
	for _, c := range []struct {
		typ  Type
		want []string
	}{
		{hstoreType, []string{"map<string, string>", "string"}},
		{vectorType, []string{"repeated float", "string"}},
		{halfvecType, []string{"repeated float", "string"}},
		{multirangeType, []string{"repeated rowgate.v1.Int32Range", "repeated message", "string"}},
		{Type{OID: 20013, Name: "app.textmultirange", Kind: Multirange, Elem: &textrangeType}, []string{"repeated message", "string"}},
	} {
		if got := Legal(c.typ); !slices.Equal(got, c.want) {
			t.Errorf("%s: %s\nwant %s", c.typ.Name, got, c.want)
		}
		if got := Legal(arrayOf(c.typ)); !slices.Equal(got, []string{"repeated string", "rowgate.v1.Array"}) {
			t.Errorf("%s[]: %s", c.typ.Name, got)
		}
	}
}

// everyType are the types of the table.
var everyType = []Type{
	boolType, int2Type, int4Type, int8Type, oidType, float4Type, float8Type, numericType, price, moneyType,
	textType, varcharType, bpcharType, nameType, charType, uuidType, byteaType, inetType, cidrType,
	timestamptzType, timestampType, dateType, timeType, timetzType, intervalType, jsonType, jsonbType,
	moodType, xmlType, macaddrType, citextType, pairType, int4rangeType, tstzrangeType, textrangeType, multirangeType,
	hstoreType, vectorType, halfvecType, geometryColumn, geographyColumn, deepType,
}

// declOf is a legal type of typ as a test's message declares it.
func declOf(typ Type, legal string) string {
	message := map[string]string{
		"pair": "Pair", "deep": "Deep", "app.textrange": "TextRange", "int4range": "rowgate.v1.Int32Range",
		"int4multirange": "rowgate.v1.Int32Range",
		"tstzrange":      "TextRange", // string is legal for timestamptz
	}[strings.TrimSuffix(typ.Name, "[]")]
	return strings.NewReplacer("enum", "Mood", "message", message).Replace(legal)
}

// TestEveryPair binds every pair that Legal names, alone and in an array, and
// finds every other one refused.
func TestEveryPair(t *testing.T) {
	protos := []string{
		"bool", "int32", "sint32", "uint32", "int64", "sint64", "uint64", "sfixed32", "fixed32", "float", "sfixed64", "fixed64",
		"double", "string", "bytes", "Mood", "google.protobuf.Value", "google.protobuf.Timestamp", "google.type.Date",
		"google.type.DateTime", "google.type.Decimal", "google.type.TimeOfDay", "rowgate.v1.Interval", "google.protobuf.Struct",
		"map<string, string>", "M", "Pair", "Deep", "TextRange", "rowgate.v1.Int32Range", "rowgate.v1.TimestampRange", "rowgate.v1.Array",
	}
	for _, typ := range everyType {
		for _, typ := range []Type{typ, arrayOf(typ)} {
			legal := Legal(typ)
			for i := range legal {
				legal[i] = declOf(typ, legal[i])
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
		{arrayOf(uuidType), "string", `column "col" of type uuid[] cannot be bound to field "value" of type string; legal: repeated string, repeated bytes, rowgate.v1.Array`},
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
	positive.OID, positive.Name, positive.ElemOID = 20010, "posint[]", 20020
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
		{int4rangeType, "string", way{"text", 25, Param{OID: 3904, Text: true}}},
		{int4rangeType, "rowgate.v1.Int32Range", way{"", 3904, Param{OID: 3904}}},
		{multirangeType, "repeated rowgate.v1.Int32Range", way{"", 4451, Param{OID: 4451}}},
		{multirangeType, "string", way{"text", 25, Param{OID: 4451, Text: true}}},
		{pairType, "Pair", way{"", 20002, Param{OID: 20002}}},
		{pairType, "string", way{"text", 25, Param{OID: 20002, Text: true}}},
		{hstoreType, "map<string, string>", way{"", 20006, Param{OID: 20006}}},
		{vectorType, "repeated float", way{"", 20007, Param{OID: 20007}}},
		{geometryColumn, "string", way{"", 20009, Param{OID: 20009}}},
		{arrayOf(int4rangeType), "repeated rowgate.v1.Int32Range", way{"", 3905, Param{OID: 3905}}},
		{arrayOf(pairType), "repeated Pair", way{"", 20001, Param{OID: 20001}}},
		{arrayOf(pairType), "repeated string", way{"text[]", 1009, Param{OID: 1009, Cast: "pair[]"}}},
		{arrayOf(multirangeType), "repeated string", way{"text[]", 1009, Param{OID: 1009, Cast: "int4multirange[]"}}},
		{arrayOf(int4Type), "rowgate.v1.Array", way{"text[]", 1009, Param{OID: 1009, Cast: "integer[]"}}},
		{arrayOf(numericType), "rowgate.v1.Array", way{"", 1231, Param{OID: 1231}}},
		{moneyType, "string", way{"numeric", 1700, Param{OID: 1700, Cast: "money"}}},
		{macaddrType, "string", way{"text", 25, Param{OID: 829, Text: true}}},
		{vector, "string", way{"text", 25, Param{OID: 40000, Text: true}}},
		{arrayOf(int4Type), "repeated int32", way{"", 1007, Param{OID: 1007}}},
		{positive, "repeated int32", way{"", 20010, Param{OID: 20010}}},
		{arrayOf(moneyType), "repeated string", way{"numeric[]", 1231, Param{OID: 1231, Cast: "money[]"}}},
		{prices, "repeated string", way{"numeric[]", 1231, Param{OID: 1231, Cast: "app.prices[]"}}},
		{arrayOf(macaddrType), "repeated string", way{"text[]", 1009, Param{OID: 1009, Cast: "macaddr[]"}}},
		{arrayOf(bits), "repeated string", way{"text[]", 1009, Param{OID: 1009, Cast: `"bit"[]`}}},
		{arrayOf(vector), "repeated string", way{"text[]", 1009, Param{OID: 1009, Cast: `"Ext (a)".vector[]`}}},
		{arrayOf(moodType), "repeated Mood", way{"", 20001, Param{OID: 20001}}},
	} {
		codec := codec(t, c.typ, c.decl)
		if diff := cmp.Diff(c.want, way{codec.Cast(), codec.ResultOID(), codec.Param()}); diff != "" {
			t.Errorf("%s: %s", c.typ.Name, diff)
		}
	}
}
