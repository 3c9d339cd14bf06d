package service_test

import (
	"bytes"
	"encoding/json"
	"strings"

	"google.golang.org/grpc/codes"
)

// nested is JSON of a depth.
func nested(depth int) string { return strings.Repeat("[", depth) + strings.Repeat("]", depth) }

// sameJSON makes JSON texts alike that differ in blanks and in the order of
// members: a client's library writes the members of a Struct in any order.
func sameJSON(text string) string {
	var value any
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	if err := dec.Decode(&value); err != nil {
		return err.Error()
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(value); err != nil {
		return err.Error()
	}
	return b.String()
}

func notExact(number string) refusal {
	return refusal{number, codes.OutOfRange, "the number " + number +
		" in the JSON is not exact in a double, which google.protobuf.Value holds; bind the field to string to read it"}
}

var jsonCases = []typeCase{
	{
		name: "Json", sql: "json", proto: "google.protobuf.Value", json: asJSON, zero: "!is required", unsortable: true, canonical: sameJSON,
		both: []string{
			`{"a":[1,null,true,"x",{"b":{}}],"":0}`, `null`, `"\"\\é☃"`, `-1.5`, `-0`, `0.1`, `[]`, `{}`, `1e+300`, nested(1000),
		},
		stored: []string{`{"a": 1, "a": 2}`, `"\u0000"`, ` [ 1.0 ,  10e-1 ] `},
		lossy: []refusal{
			notExact("12345678901234567890"), notExact("1e400"), notExact("0.1234567890123456789"),
			{nested(1001), codes.OutOfRange, "the JSON is nested deeper than 1000 levels; bind the field to string to read it"},
			{`"\ud800"`, codes.OutOfRange, "the JSON has half a surrogate pair in a string, which no protobuf string holds; bind the field to bytes to read it"},
		},
		refused: []refusal{{nested(1001), codes.OutOfRange, "the JSON is nested deeper than 1000 levels"}},
	},
	{
		name: "JsonText", sql: "json", proto: "string", chosen: true, json: asString, zero: "!the text is not JSON: it ends too early", unsortable: true,
		both:   []string{`{"a" : 1.10, "a":2}`, `"\u0000"`, ` [ ] `, `12345678901234567890`, `1e400`, `"\ud800"`, `null`, nested(1000)},
		stored: []string{nested(2000)},
		refused: []refusal{
			{`"{\"a\":}"`, codes.InvalidArgument, "the text is not JSON: '}' is unexpected at byte 6"},
			{asString(nested(1001)), codes.OutOfRange, "the JSON is nested deeper than 1000 levels"},
		},
	},
	{
		name: "JsonBytes", sql: "json", proto: "bytes", chosen: true, json: asTextBytes, zero: "!the text is not JSON: it ends too early", unsortable: true,
		both: []string{`{"a" : 1.10, "a":2}`, `"é\ud800"`, `null`},
	},
	{
		name: "Jsonb", sql: "jsonb", proto: "google.protobuf.Value", json: asJSON, zero: "!is required",
		both: []string{
			`{"a": [1, null, true, "x", {"b": {}}], "longer key": 0.30000000000000004}`, `null`, `"\"\\é☃"`, `-1.5`, `[]`, `{}`,
			`100000000000000000000`, `0.0000001`, nested(1000),
		},
		lossy: []refusal{
			notExact("12345678901234567890"), notExact("0.1234567890123456789"),
			{nested(1001), codes.OutOfRange, "the JSON is nested deeper than 1000 levels; bind the field to string to read it"},
		},
		refused: []refusal{{`"a\u0000b"`, codes.InvalidArgument, "a string in the JSON has a NUL character, which jsonb cannot store"}},
	},
	{
		name: "JsonbText", sql: "jsonb", proto: "string", chosen: true, json: asString, zero: "!the text is not JSON: it ends too early",
		both:  []string{`{"a": 1.10}`, `12345678901234567890`, `null`, `[1, 2]`, nested(1000)},
		forms: [][2]string{{asString(`{"bb":1,"a":2,"a":3}`), `{"a": 3, "bb": 1}`}},
		refused: []refusal{
			{asString(`"\u0000"`), codes.InvalidArgument, `the JSON has \u0000 in a string, which jsonb cannot store`},
			{asString(`"\ud800"`), codes.InvalidArgument, "the JSON has half a surrogate pair in a string, which jsonb cannot store"},
		},
	},
	{name: "JsonbBytes", sql: "jsonb", proto: "bytes", chosen: true, json: asTextBytes, zero: "!the text is not JSON: it ends too early", both: []string{`{"a": "é"}`, `[]`}},
}

const notLabel = ` is not one of so so, good, it's fine, Ünder`

var otherCases = []typeCase{
	{
		name: "Enum", sql: "types.mood", proto: "Mood", json: asMood, both: []string{"good", "so so", "it's fine", "Ünder"},
		zero: "!MOOD_UNSPECIFIED is not a value that can be stored; one of the others is required",
		refused: []refusal{
			{`"MOOD_UNSPECIFIED"`, codes.InvalidArgument, "MOOD_UNSPECIFIED is not a value that can be stored; one of the others is required"},
			{`3`, codes.InvalidArgument, "3 is not a value of enum types.v1.Mood"},
		},
	},
	{
		name: "EnumText", sql: "types.mood", proto: "string", chosen: true, json: asString, both: []string{"good", "so so", "it's fine", "Ünder"}, zero: `!""` + notLabel,
		refused: []refusal{{`"Good"`, codes.InvalidArgument, `"Good"` + notLabel}},
	},
	{
		name: "PairText", sql: "types.pair", proto: "string", chosen: true, json: asString, zero: "!" + wrongForm, unsortable: true,
		both:    []string{`(1,"a b")`, `(,)`, `(-2147483648,"")`, `(0,"quote "" and \\")`},
		forms:   [][2]string{{`"( 1 ,a)"`, `(1,a)`}},
		refused: []refusal{{`"(1,a,b)"`, codes.InvalidArgument, wrongForm}},
	},
	{
		name: "RangeText", sql: "int4range", proto: "string", chosen: true, json: asString, zero: "!" + wrongForm, both: []string{"[1,5)", "empty", "(,)", "[-2147483648,)"},
		forms:   [][2]string{{`"(1,5]"`, "[2,6)"}},
		refused: []refusal{{`"[5,1)"`, codes.InvalidArgument, notValid}},
	},
	{name: "DateRangeText", sql: "daterange", proto: "string", chosen: true, json: asString, zero: "!" + wrongForm, both: []string{"[2000-01-01,2000-01-02)", "(,infinity)"}},
	{name: "NumRangeText", sql: "numrange", proto: "string", chosen: true, json: asString, zero: "!" + wrongForm, both: []string{"[1.10,2)", "(NaN,)"}},
	{name: "MultirangeText", sql: "int4multirange", proto: "string", chosen: true, json: asString, zero: "!" + wrongForm, both: []string{"{}", "{[1,5),[7,8)}"}},
	{name: "Point", sql: "point", proto: "string", json: asString, zero: "!" + wrongForm, both: []string{"(1,2.5)", "(-0,Infinity)"}, unsortable: true},
	{name: "Lsn", sql: "pg_lsn", proto: "string", json: asString, zero: "!" + wrongForm, both: []string{"16/B374D848", "0/0"}},
	{name: "Int2Vector", sql: "int2vector", proto: "string", json: asString, zero: "", both: []string{"", "1 -2 3"}, unsortable: true},
	{name: "Line", sql: "line", proto: "string", json: asString, zero: "!" + wrongForm, both: []string{"{1,-1,0}"}, unsortable: true},
	{name: "Lseg", sql: "lseg", proto: "string", json: asString, zero: "!" + wrongForm, both: []string{"[(0,0),(1,1e-300)]"}, unsortable: true},
	{
		name: "Box", sql: "box", mark: ';', proto: "string", json: asString, zero: "!" + wrongForm, both: []string{"(1,1),(0,-0.1)"}, unsortable: true,
		forms: [][2]string{{`"((0,0),(2,2))"`, "(2,2),(0,0)"}},
	},
	{name: "Path", sql: "path", proto: "string", json: asString, zero: "!" + wrongForm, both: []string{"((0,0),(1,1))", "[(0,0),(1,1),(2,0)]"}, unsortable: true},
	{name: "Polygon", sql: "polygon", proto: "string", json: asString, zero: "!" + wrongForm, both: []string{"((0,0),(1,1),(1,0))"}, unsortable: true},
	{name: "Circle", sql: "circle", proto: "string", json: asString, zero: "!" + wrongForm, both: []string{"<(0,0),0.30000000000000004>"}, unsortable: true},
	{name: "Jsonpath", sql: "jsonpath", proto: "string", json: asString, zero: "!" + wrongForm, both: []string{`$."a"[*]?(@ > 1)`, "$"}, unsortable: true},
	// Postgres does not read an empty tsquery's own binary form, so that no page
	// can begin after one.
	{name: "Tsquery", sql: "tsquery", proto: "string", json: asString, zero: "", both: []string{"'a'", "'a' & !'b' <-> 'it''s':*A"}},
	{
		name: "Xid8", sql: "xid8", proto: "string", json: asString, zero: "0", both: []string{"0", "18446744073709551615"},
	},
	{name: "TxidSnapshot", sql: "txid_snapshot", proto: "string", json: asString, zero: "!" + wrongForm, both: []string{"10:20:10,14", "1:1:"}, unsortable: true},
	{name: "Regclass", sql: "regclass", proto: "string", json: asString, zero: "!" + wrongForm, both: []string{"pg_class", "items"}, refused: []refusal{{`"nothing"`, codes.InvalidArgument, wrongForm}}},
	{name: "Tid", sql: "tid", proto: "string", json: asString, zero: "!" + wrongForm, both: []string{"(0,1)", "(4294967295,65535)"}},
}
