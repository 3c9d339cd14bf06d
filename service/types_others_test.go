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
		name: "JsonText", sql: "json", proto: "string", json: asString, zero: "!the text is not JSON: it ends too early", unsortable: true,
		both:   []string{`{"a" : 1.10, "a":2}`, `"\u0000"`, ` [ ] `, `12345678901234567890`, `1e400`, `"\ud800"`, `null`, nested(1000)},
		stored: []string{nested(2000)},
		refused: []refusal{
			{`"{\"a\":}"`, codes.InvalidArgument, "the text is not JSON: '}' is unexpected at byte 6"},
			{asString(nested(1001)), codes.OutOfRange, "the JSON is nested deeper than 1000 levels"},
		},
	},
	{
		name: "JsonBytes", sql: "json", proto: "bytes", json: asTextBytes, zero: "!the text is not JSON: it ends too early", unsortable: true,
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
		name: "JsonbText", sql: "jsonb", proto: "string", json: asString, zero: "!the text is not JSON: it ends too early",
		both:  []string{`{"a": 1.10}`, `12345678901234567890`, `null`, `[1, 2]`, nested(1000)},
		forms: [][2]string{{asString(`{"bb":1,"a":2,"a":3}`), `{"a": 3, "bb": 1}`}},
		refused: []refusal{
			{asString(`"\u0000"`), codes.InvalidArgument, `the JSON has \u0000 in a string, which jsonb cannot store`},
			{asString(`"\ud800"`), codes.InvalidArgument, "the JSON has half a surrogate pair in a string, which jsonb cannot store"},
		},
	},
	{name: "JsonbBytes", sql: "jsonb", proto: "bytes", json: asTextBytes, zero: "!the text is not JSON: it ends too early", both: []string{`{"a": "é"}`, `[]`}},
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
		name: "EnumText", sql: "types.mood", proto: "string", json: asString, both: []string{"good", "so so", "it's fine", "Ünder"}, zero: `!""` + notLabel,
		refused: []refusal{{`"Good"`, codes.InvalidArgument, `"Good"` + notLabel}},
	},
	{
		name: "Pair", sql: "types.pair", proto: "string", json: asString, zero: "!" + wrongForm, unsortable: true,
		both:    []string{`(1,"a b")`, `(,)`, `(-2147483648,"")`, `(0,"quote "" and \\")`},
		forms:   [][2]string{{`"( 1 ,a)"`, `(1,a)`}},
		refused: []refusal{{`"(1,a,b)"`, codes.InvalidArgument, wrongForm}},
	},
	{
		name: "Range", sql: "int4range", proto: "string", json: asString, zero: "!" + wrongForm, both: []string{"[1,5)", "empty", "(,)", "[-2147483648,)"},
		forms:   [][2]string{{`"(1,5]"`, "[2,6)"}},
		refused: []refusal{{`"[5,1)"`, codes.InvalidArgument, notValid}},
	},
	{name: "DateRange", sql: "daterange", proto: "string", json: asString, zero: "!" + wrongForm, both: []string{"[2000-01-01,2000-01-02)", "(,infinity)"}},
	{name: "NumRange", sql: "numrange", proto: "string", json: asString, zero: "!" + wrongForm, both: []string{"[1.10,2)", "(NaN,)"}},
	{name: "Multirange", sql: "int4multirange", proto: "string", json: asString, zero: "!" + wrongForm, both: []string{"{}", "{[1,5),[7,8)}"}},
	{name: "Point", sql: "point", proto: "string", json: asString, zero: "!" + wrongForm, both: []string{"(1,2.5)", "(-0,Infinity)"}, unsortable: true},
	{name: "Lsn", sql: "pg_lsn", proto: "string", json: asString, zero: "!" + wrongForm, both: []string{"16/B374D848", "0/0"}},
	{name: "Int2Vector", sql: "int2vector", proto: "string", json: asString, zero: "", both: []string{"", "1 -2 3"}, unsortable: true},
}
