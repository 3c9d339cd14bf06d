package service_test

import "google.golang.org/grpc/codes"

// rangesSQL has the range types of the cases.
const rangesSQL = `
	create type types.textspan as range (subtype = text, multirange_type_name = types.textspans);
	create type types.moodspan as range (subtype = types.mood, multirange_type_name = types.moodspans);
	create type types.posspan as range (subtype = types.posint, multirange_type_name = types.posspans);
	create type types.pairspan as range (subtype = types.pair, multirange_type_name = types.pairspans);
	create type types.floatspan as range (subtype = double precision, subtype_diff = float8mi, multirange_type_name = types.floatspans);
	create type types.dayspan as range (subtype = time, multirange_type_name = types.dayspans);
	create type types.idspan as range (subtype = uuid, multirange_type_name = types.idspans);
	create type types.spanspan as range (subtype = int4range, multirange_type_name = types.spanspans);
	create type types.listspan as range (subtype = integer[], multirange_type_name = types.listspans);
	create domain types.some_span as numrange check (not isempty(value));
	create domain types.spans as int4multirange;
`

// own has a message for ranges of instants whose bounds are texts.
const own = `syntax = "proto3";
package types.v1;
import "rowgate/v1/options.proto";
import "rowgate/v1/range.proto";
message OwnInstants {
  option (rowgate.v1.type) = { schema: "pg_catalog" name: "tstzrange" };
  optional string lower = 1;
  optional string upper = 2;
  rowgate.v1.Bounds bounds = 3;
  bool empty = 4;
}
`

const noEmpty = ".empty: an empty range has neither lower nor upper"

func upper(value string, r refusal) refusal {
	return refusal{value, r.code, "the upper bound: " + r.says}
}

func lower(value string, r refusal) refusal {
	return refusal{value, r.code, "the lower bound: " + r.says}
}

var rangeCases = []typeCase{
	{
		name: "Int4Range", sql: "int4range", proto: "rowgate.v1.Int32Range", json: asRange(asNumber), zero: "!is required",
		both: []string{"[1,5)", "empty", "(,)", "[-2147483648,)", "(,2147483647)", "[-2147483648,2147483647)", "[0,1)", "(,0)"},
		forms: [][2]string{
			{`{}`, "(,)"},
			{`{"bounds":"BOUNDS_INCLUSIVE"}`, "(,)"},
			{`{"lower":1,"upper":5}`, "[1,5)"},
			{`{"lower":1,"upper":5,"bounds":"BOUNDS_EXCLUSIVE_INCLUSIVE"}`, "[2,6)"},
			{`{"lower":1,"upper":5,"bounds":"BOUNDS_INCLUSIVE"}`, "[1,6)"},
			{`{"lower":1,"upper":5,"bounds":"BOUNDS_EXCLUSIVE"}`, "[2,5)"},
			{`{"lower":3,"upper":3}`, "empty"},
			{`{"lower":0,"upper":0,"bounds":"BOUNDS_INCLUSIVE"}`, "[0,1)"},
			{`{"empty":true,"bounds":"BOUNDS_INCLUSIVE"}`, "empty"},
		},
		refused: []refusal{
			{`{"lower":5,"upper":1}`, codes.InvalidArgument, notValid},
			{`{"upper":2147483647,"bounds":"BOUNDS_INCLUSIVE"}`, codes.OutOfRange, notInType},
			{`{"empty":true,"upper":1}`, codes.InvalidArgument, noEmpty},
			{`{"bounds":9}`, codes.InvalidArgument, ".bounds: 9 is not a value of enum rowgate.v1.Bounds"},
		},
	},
	{
		name: "Int4RangeArray", sql: "int4range[]", proto: "repeated rowgate.v1.Int32Range", json: each(asRange(asNumber)), zero: emptyText,
		both:    []string{"{}", arrayOf("[1,5)", "empty", "(,)")},
		lossy:   []refusal{nullItem(`{NULL,"[1,5)"}`, "1"), twoDeep(`{{empty}}`)},
		refused: []refusal{{`[{},{"empty":true,"lower":1}]`, codes.InvalidArgument, "[1]" + noEmpty}, {`[{"lower":5,"upper":1}]`, codes.InvalidArgument, notValid}},
	},
	{name: "Span", sql: "types.span", proto: "rowgate.v1.Int32Range", json: asRange(asNumber), zero: "!is required", both: []string{"[1,5)", "empty"}},
	{
		name: "SpanArray", sql: "types.span[]", proto: "repeated rowgate.v1.Int32Range", json: each(asRange(asNumber)), zero: emptyText,
		both: []string{"{}", arrayOf("[1,5)", "empty")},
	},
	{
		name: "SomeSpan", sql: "types.some_span", proto: "rowgate.v1.NumericRange", json: asRange(asString), zero: "!is required", both: []string{"[1.0,5)", "(,)"},
		refused: []refusal{{`{"empty":true}`, codes.InvalidArgument, breaksRule}},
	},
	{
		name: "Int8Range", sql: "int8range", proto: "rowgate.v1.Int64Range", json: asRange(asNumber), zero: "!is required",
		both:    []string{"[-9223372036854775808,9223372036854775807)", "empty", "(,)", "[0,9007199254740993)"},
		refused: []refusal{{`{"upper":"9223372036854775807","bounds":"BOUNDS_INCLUSIVE"}`, codes.OutOfRange, notInType}},
	},
	{
		name: "NumericRange", sql: "numrange", proto: "rowgate.v1.NumericRange", json: asRange(asString), zero: "!is required",
		both: []string{
			"[1.10,2.0]", "empty", "(,)", "(-Infinity,Infinity)", "[NaN,NaN]", "(" + digits1000 + ",)", "(,0.1]", "[0,0]",
		},
		forms: [][2]string{{`{"lower":"1e3"}`, "[1000,)"}, {`{"lower":"1","upper":"1.0"}`, "empty"}},
		refused: []refusal{
			{`{"lower":"x"}`, codes.InvalidArgument, `.lower: "x" is not a decimal number`},
			{`{"upper":""}`, codes.InvalidArgument, `.upper: "" is not a decimal number`},
			{`{"lower":"NaN","upper":"1"}`, codes.InvalidArgument, notValid},
		},
	},
	{
		name: "TstzRange", sql: "tstzrange", proto: "rowgate.v1.TimestampRange", json: asRange(asTimestamp), zero: "!is required",
		both: []string{
			`["2024-01-01 00:00:00+00","2025-01-01 00:00:00+00")`, "empty", "(,)", `["1970-01-01 00:00:00+00",)`,
			`["0001-01-01 00:00:00+00","9999-12-31 23:59:59.999999+00"]`, `(,"1969-12-31 23:59:59.999999+00"]`,
		},
		forms: [][2]string{{`{"lower":"2024-01-01T02:00:00+02:00"}`, `["2024-01-01 00:00:00+00",)`}},
		lossy: []refusal{
			upper(`["2024-01-01 00:00:00+00",infinity]`, notIn("infinity", "google.protobuf.Timestamp")),
			lower(`[-infinity,infinity]`, notIn("-infinity", "google.protobuf.Timestamp")),
			lower(`["0044-03-15 00:00:00+00 BC",)`, notIn("0044-03-15 00:00:00+00 BC", "google.protobuf.Timestamp")),
			upper(`(,"10000-01-01 00:00:00+00")`, notIn("10000-01-01 00:00:00+00", "google.protobuf.Timestamp")),
		},
		refused: []refusal{
			{`{"lower":"2024-01-01T00:00:00.000000001Z"}`, codes.OutOfRange, ".lower: nanos of 1 are finer than a microsecond, which is the finest that Postgres keeps"},
			{`{"lower":"2024-01-01T00:00:00Z","upper":"2023-01-01T00:00:00Z"}`, codes.InvalidArgument, notValid},
		},
	},
	{
		name: "TstzRangeOwn", sql: "tstzrange", proto: "OwnInstants", chosen: true, json: asRange(asISO), zero: "!is required",
		both: []string{
			`["2024-01-01 00:00:00+00",infinity]`, "empty", `[-infinity,)`, `["4714-11-24 00:00:00+00 BC","294276-12-31 23:59:59.999999+00"]`,
		},
		refused: []refusal{{
			`{"lower":"today"}`, codes.InvalidArgument,
			`.lower: "today" is not of the form YYYY-MM-DDTHH:MM:SS with up to six digits after the point and an offset such as Z or +02:00`,
		}},
	},
	{
		name: "TsRange", sql: "tsrange", proto: "rowgate.v1.DateTimeRange", json: asRange(asDateTime), zero: "!is required",
		both: []string{`["2024-01-01 00:00:00","2025-01-01 00:00:00.5"]`, "empty", "(,)", `("0001-01-01 00:00:00","9999-12-31 23:59:59.999999")`},
		lossy: []refusal{
			lower(`[-infinity,)`, notIn("-infinity", "google.type.DateTime")),
			upper(`(,"10000-01-01 00:00:00")`, notIn("10000-01-01 00:00:00", "google.type.DateTime")),
		},
		refused: []refusal{{`{"upper":{"month":1,"day":1}}`, codes.InvalidArgument, ".upper: the year is 0, which is not between 1 and 9999"}},
	},
	{
		name: "DateRange", sql: "daterange", proto: "rowgate.v1.DateRange", json: asRange(asDate), zero: "!is required",
		both:  []string{"[2024-02-29,2024-03-01)", "empty", "(,)", "[0001-01-01,9999-12-31)"},
		forms: [][2]string{{`{"lower":{"year":2024,"month":2,"day":28},"upper":{"year":2024,"month":2,"day":28},"bounds":"BOUNDS_INCLUSIVE"}`, "[2024-02-28,2024-02-29)"}},
		lossy: []refusal{
			upper("[2024-01-01,infinity)", notIn("infinity", "google.type.Date")), lower("[-infinity,2024-01-01)", notIn("-infinity", "google.type.Date")),
			upper("[9999-12-31,10000-01-01)", notIn("10000-01-01", "google.type.Date")), lower(`["0044-03-15 BC",)`, notIn("0044-03-15 BC", "google.type.Date")),
		},
		refused: []refusal{{`{"lower":{"year":2023,"month":2,"day":29}}`, codes.InvalidArgument, ".lower: 2023-02-29 is not a day of the calendar"}},
	},

	// A user's own.
	{
		name: "RangeOfText", sql: "types.textspan", proto: "Textspan", json: asRange(asString), zero: "!is required",
		both:    []string{`["",ü]`, "empty", "(,)", `["a,b","c""d\\")`, `(NULL,)`, `[a,a]`},
		refused: []refusal{{`{"upper":"\u0000"}`, codes.InvalidArgument, ".upper: " + nulInText}, {`{"lower":"b","upper":"a"}`, codes.InvalidArgument, notValid}},
	},
	{
		name: "RangeOfMood", sql: "types.moodspan", proto: "Moodspan", json: asRange(asMood), zero: "!is required",
		both:    []string{`["so so",Ünder]`, "empty", "(,)", "(good,)"},
		refused: []refusal{{`{"lower":"MOOD_UNSPECIFIED"}`, codes.InvalidArgument, ".lower: MOOD_UNSPECIFIED is not a value that can be stored; one of the others is required"}},
	},
	{
		name: "RangeOfPosint", sql: "types.posspan", proto: "Posspan", json: asRange(asNumber), zero: "!is required", both: []string{"[0,7]", "empty", "(,)", "(1,2)"},
		refused: []refusal{{`{"lower":-1}`, codes.InvalidArgument, breaksRule}},
	},
	{
		name: "RangeOfPair", sql: "types.pairspan", proto: "Pairspan", json: asRange(asPair), zero: "!is required",
		both: []string{`["(1,a)","(1,""b c"")")`, "empty", "(,)", `["(,)",)`},
	},
	{name: "RangeOfFloat", sql: "types.floatspan", proto: "Floatspan", json: asRange(asNumber), zero: "!is required", both: []string{"[-0,0.1)", "empty", "(-Infinity,NaN]", "(,)"}},
	{name: "RangeOfTime", sql: "types.dayspan", proto: "Dayspan", json: asRange(asTimeOfDay), zero: "!is required", both: []string{"[00:00:00,24:00:00]", "empty", "(12:00:00.5,)"}},
	{
		name: "RangeOfUuid", sql: "types.idspan", proto: "Idspan", json: asRange(asString), zero: "!is required",
		both: []string{"[00000000-0000-0000-0000-000000000000,ffffffff-ffff-ffff-ffff-ffffffffffff]", "empty", "(,)"},
	},
	{name: "RangeOfRange", sql: "types.spanspan", proto: "Spanspan", json: asRange(asRange(asNumber)), zero: "!is required", both: []string{`["[1,5)","[7,8)"]`, "empty", `[empty,"(,)")`, "(,)"}},
	{name: "RangeOfList", sql: "types.listspan", proto: "string", json: asString, zero: "!" + wrongForm, both: []string{`[{1},"{1,2}")`, "empty", "(,)"}},
	{
		name: "RangeOfTextArray", sql: "types.textspan[]", proto: "repeated Textspan", json: each(asRange(asString)), zero: emptyText,
		both: []string{"{}", arrayOf(`["",ü]`, "empty", `["a,b","c""d\\")`)},
	},

	// Multiranges.
	{
		name: "Int4Multirange", sql: "int4multirange", proto: "repeated rowgate.v1.Int32Range", json: asMultirange(asNumber), zero: emptyText,
		both:  []string{"{}", "{(,)}", "{[1,5),[7,8)}", "{(,-2147483648),[2147483646,2147483647)}", "{(,1),[3,)}"},
		forms: [][2]string{{`[{"lower":1,"upper":5},{"lower":4,"upper":9}]`, "{[1,9)}"}, {`[{"empty":true},{"lower":3,"upper":3}]`, "{}"}, {`[{"lower":7},{"upper":3}]`, "{(,3),[7,)}"}},
		refused: []refusal{
			{`[{"lower":1,"upper":2},{"lower":5,"upper":1}]`, codes.InvalidArgument, notValid},
			{`[{},{"empty":true,"lower":1}]`, codes.InvalidArgument, "[1]" + noEmpty},
		},
	},
	{name: "Spans", sql: "types.spans", proto: "repeated rowgate.v1.Int32Range", json: asMultirange(asNumber), zero: emptyText, both: []string{"{}", "{[1,5),[7,8)}"}},
	{name: "Int8Multirange", sql: "int8multirange", proto: "repeated rowgate.v1.Int64Range", json: asMultirange(asNumber), zero: emptyText, both: []string{"{}", "{[-9223372036854775808,9223372036854775807)}"}},
	{name: "NumMultirange", sql: "nummultirange", proto: "repeated rowgate.v1.NumericRange", json: asMultirange(asString), zero: emptyText, both: []string{"{}", "{[1.10,2.0],(3,NaN)}"}},
	{
		name: "TstzMultirange", sql: "tstzmultirange", proto: "repeated rowgate.v1.TimestampRange", json: asMultirange(asTimestamp), zero: emptyText,
		both: []string{"{}", `{["2024-01-01 00:00:00+00","2025-01-01 00:00:00+00"),("2026-01-01 00:00:00+00",)}`},
		lossy: []refusal{{
			`{["2024-01-01 00:00:00+00","2025-01-01 00:00:00+00"),["2026-01-01 00:00:00+00",infinity]}`, codes.OutOfRange,
			"item 2 of the multirange: the upper bound: infinity" + beyondTimestamp,
		}},
	},
	{name: "TsMultirange", sql: "tsmultirange", proto: "repeated rowgate.v1.DateTimeRange", json: asMultirange(asDateTime), zero: emptyText, both: []string{"{}", `{["2024-01-01 00:00:00","2025-01-01 00:00:00")}`}},
	{name: "DateMultirange", sql: "datemultirange", proto: "repeated rowgate.v1.DateRange", json: asMultirange(asDate), zero: emptyText, both: []string{"{}", "{[2024-02-29,2024-03-01),[2024-03-03,)}"}},
	{name: "MultirangeOfText", sql: "types.textspans", proto: "repeated Textspan", json: asMultirange(asString), zero: emptyText, both: []string{"{}", `{["",a],("b,(",)}`}},
	{name: "MultirangeOfList", sql: "types.listspans", proto: "string", json: asString, zero: "!" + wrongForm, both: []string{`{[{1},"{1,2}")}`, "{}"}},
	// What is a list itself is a text in a list.
	{
		name: "Int4MultirangeArray", sql: "int4multirange[]", proto: "repeated string", json: each(asString), zero: emptyText,
		both: []string{"{}", arrayOf("{[1,5),[7,8)}", "{}")}, lossy: []refusal{nullItem("{NULL}", "1")},
	},
}
