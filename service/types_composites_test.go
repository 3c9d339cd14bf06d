package service_test

import (
	"slices"

	"google.golang.org/grpc/codes"
)

// compositesSQL has the composite types of the cases.
const compositesSQL = `
	create domain types.lawful as types.pair check ((value).a > 0);
	create type types.nest as (
		pair types.pair, pairs types.pair[], own types.couple, "Odd name" types.posint, mood types.mood, moods types.mood[], good types.good_mood,
		span int4range, spans int4multirange, instant timestamptz, born date, price numeric(5,2), numbers numeric[], short types.limited, doc jsonb,
		plain json, id uuid, ok boolean, data bytea, large bigint, ratio double precision, wait interval, bits bit(3), mac macaddr, net inet,
		plain_at timestamp, clock time, zoned timetz, single "char", named name, number oid, path jsonpath
	);
	create type types.deep as (nest types.nest, nests types.nest[], span types.posspan);
	create type types.nothing as ();
	create type types.place as (name text, at point);
`

var (
	asPair = asRecord(part{"a", asNumber}, part{"b", asString})
	asNest = asRecord(
		part{"pair", asPair}, part{"pairs", each(asPair)}, part{"own", asPair}, part{"odd_name", asNumber},
		part{"mood", asMood}, part{"moods", each(asMood)}, part{"good", asMood},
		part{"span", asRange(asNumber)}, part{"spans", asMultirange(asNumber)}, part{"instant", asTimestamp}, part{"born", asDate},
		part{"price", asString}, part{"numbers", each(asString)}, part{"short", asString}, part{"doc", asJSON}, part{"plain", asJSON},
		part{"id", asString}, part{"ok", asBool}, part{"data", asHex}, part{"large", asNumber}, part{"ratio", asNumber}, part{"wait", asInterval},
		part{"bits", asString}, part{"mac", asString}, part{"net", asString}, part{"plain_at", asDateTime}, part{"clock", asTimeOfDay},
		part{"zoned", asString}, part{"single", asString}, part{"named", asString}, part{"number", asNumber}, part{"path", asString},
	)
	asDeep = asRecord(part{"nest", asNest}, part{"nests", each(asNest)}, part{"span", asRange(asNumber)})
)

// Values of types.nest: of all attributes, of none, and with another value of
// one.
var (
	fullNest = []string{
		recordOf("1", "a \"b\""), arrayOf(recordOf("2", null), recordOf(null, `\`)), recordOf("3", ""), "7",
		"so so", arrayOf("good", "it's fine"), "Ünder",
		"[1,5)", "{[1,2),[4,)}", "2024-02-29 12:00:00.5+00", "2024-02-29",
		"-999.99", arrayOf("0.10", "NaN", "-Infinity"), "äöü", `{"a": [1, null, {"b": "c,d"}]}`, `["(",1.5]`,
		"00112233-4455-6677-8899-aabbccddeeff", "f", `\x00ff`, "-9223372036854775808", "-Infinity", "P1Y2M3DT4H5M6.5S",
		"101", "08:00:2b:01:02:03", "10.0.0.0/8", "1969-12-31 23:59:59.999999", "24:00:00",
		"23:59:59.999999-05:30", "x", "table", "4294967295", `$."a"[*]`,
	}
	emptyNest = nestWith(slices.Repeat([]string{null}, len(fullNest)), map[int]string{1: "{}", 5: "{}", 8: "{}", 12: "{}"})
	nullNest  = recordOf(slices.Repeat([]string{null}, len(fullNest))...)
)

func nestWith(items []string, others map[int]string) string {
	items = slices.Clone(items)
	for i, item := range others {
		items[i] = item
	}
	return recordOf(items...)
}

func lossyNest(attribute string, i int, value string, code codes.Code, says string) refusal {
	return refusal{nestWith(fullNest, map[int]string{i: value}), code, `attribute "` + attribute + `": ` + says}
}

const (
	beyondTimestamp = " does not fit google.protobuf.Timestamp, which holds the years 1 to 9999; bind the field to string to read it"
	beyondDate      = " does not fit google.type.Date, which holds the years 1 to 9999; bind the field to string to read it"
	beyondDateTime  = " does not fit google.type.DateTime, which holds the years 1 to 9999; bind the field to string to read it"
)

var compositeCases = []typeCase{
	{
		name: "Composite", sql: "types.pair", proto: "Pair", json: asPair, zero: "!is required", unsortable: true,
		both:    []string{`(1,"a b")`, `(,)`, `(-2147483648,"")`, `(0,"quote "" and \\")`, `(2147483647,)`, `(,"(),{}[]")`},
		forms:   [][2]string{{`{}`, "(,)"}, {`{"a":0}`, "(0,)"}, {`{"a":null,"b":""}`, `(,"")`}},
		refused: []refusal{{`{"a":1,"b":"a\u0000b"}`, codes.InvalidArgument, ".b: " + nulInText}},
	},
	{
		name: "CompositeArray", sql: "types.pair[]", proto: "repeated Pair", json: each(asPair), zero: emptyText, unsortable: true,
		both:    []string{"{}", arrayOf("(,)"), arrayOf(`(1,"a b")`, "(,)", `(0,"")`, `(-1,"\\ "" {}")`)},
		stored:  []string{`[0:1]={"(1,a)","(2,b)"}`},
		lossy:   []refusal{nullItem(arrayOf("(1,a)", null), "2"), twoDeep(`{{"(1,a)"},{"(2,b)"}}`)},
		refused: []refusal{{`[{},{"b":"\u0000"}]`, codes.InvalidArgument, "[1].b: " + nulInText}},
	},
	{
		name: "Couple", sql: "types.couple", proto: "Pair", json: asPair, zero: "!is required", unsortable: true, both: []string{`(1,"a b")`, "(,)"},
	},
	{
		name: "CoupleArray", sql: "types.couple[]", proto: "repeated Pair", json: each(asPair), zero: emptyText, unsortable: true,
		both:  []string{"{}", `{"(1,\"a b\")","(,)"}`},
		lossy: []refusal{nullItem(`{NULL}`, "1")},
	},
	{
		name: "Lawful", sql: "types.lawful", proto: "Pair", json: asPair, zero: "!is required", unsortable: true, both: []string{`(1,"a b")`, "(,)"},
		refused: []refusal{{`{"a":0}`, codes.InvalidArgument, breaksRule}},
	},
	{
		name: "LawfulArray", sql: "types.lawful[]", proto: "repeated Pair", json: each(asPair), zero: emptyText, unsortable: true,
		both:    []string{"{}", `{"(1,\"a b\")"}`},
		refused: []refusal{{`[{"a":1},{"a":-1}]`, codes.InvalidArgument, breaksRule}},
	},
	{
		name: "Nested", sql: "types.nest", proto: "Nest", json: asNest, zero: "!is required", unsortable: true,
		both:   []string{recordOf(fullNest...), emptyNest},
		forms:  [][2]string{{`{}`, emptyNest}, {`{"pair":{},"doc":null}`, nestWith(outItems(emptyNest[1:len(emptyNest)-1]), map[int]string{0: "(,)", 14: "null"})}},
		stored: []string{nullNest},
		lossy: []refusal{
			lossyNest("instant", 9, "infinity", codes.OutOfRange, "infinity"+beyondTimestamp),
			lossyNest("born", 10, "10000-01-01", codes.OutOfRange, "10000-01-01"+beyondDate),
			lossyNest("numbers", 12, "{1,NULL}", codes.FailedPrecondition, "item 2 of the array: "+hasNull),
			lossyNest("pairs", 1, `{{"(1,a)"},{"(2,b)"}}`, codes.FailedPrecondition, isSquare),
			lossyNest("doc", 14, "12345678901234567890", codes.OutOfRange, notExact("12345678901234567890").says),
		},
		refused: []refusal{
			{`{"odd_name":-1}`, codes.InvalidArgument, breaksRule},
			{`{"good":"MOOD_SO_SO"}`, codes.InvalidArgument, breaksRule},
			{`{"mood":"MOOD_UNSPECIFIED"}`, codes.InvalidArgument, ".mood: MOOD_UNSPECIFIED is not a value that can be stored; one of the others is required"},
			{`{"price":"1.005"}`, codes.OutOfRange, `.price: "1.005" does not fit numeric(5,2), which holds 2 digits after the point`},
			{`{"short":"abcd"}`, codes.OutOfRange, ".short: " + noFour},
			{`{"bits":"1010"}`, codes.OutOfRange, ".bits: a text of 4 bits does not fit bit(3)"},
			{`{"pairs":[{},{"b":"\u0000"}]}`, codes.InvalidArgument, ".pairs[1].b: " + nulInText},
			{`{"span":{"lower":2,"upper":1}}`, codes.InvalidArgument, notValid},
			{`{"spans":[{"empty":true,"lower":1}]}`, codes.InvalidArgument, ".spans[0].empty: an empty range has neither lower nor upper"},
		},
	},
	{
		name: "NestedArray", sql: "types.nest[]", proto: "repeated Nest", json: each(asNest), zero: emptyText, unsortable: true,
		both: []string{"{}", arrayOf(recordOf(fullNest...), emptyNest)},
	},
	{
		name: "NestedTwice", sql: "types.deep", proto: "Deep", json: asDeep, zero: "!is required", unsortable: true,
		both: []string{
			recordOf(recordOf(fullNest...), arrayOf(emptyNest, recordOf(fullNest...)), "[1,2]"), recordOf(null, "{}", null),
			recordOf(emptyNest, arrayOf(emptyNest), "(,)"),
		},
		stored: []string{recordOf(null, null, null)},
		refused: []refusal{
			{`{"nests":[{},{"pairs":[{"b":"\u0000"}]}]}`, codes.InvalidArgument, ".nests[1].pairs[0].b: " + nulInText},
			{`{"span":{"lower":-1}}`, codes.InvalidArgument, breaksRule},
		},
	},
	{name: "Hollow", sql: "types.nothing", proto: "Nothing", json: asRecord(), zero: "!is required", unsortable: true, both: []string{"()"}},
	// A part that has no binary form worth reading makes the whole a text.
	{
		name: "Placed", sql: "types.place", proto: "string", json: asString, zero: "!" + wrongForm, unsortable: true,
		both:    []string{`("a b","(1,2.5)")`, "(,)"},
		refused: []refusal{{`"(a,b)"`, codes.InvalidArgument, wrongForm}},
	},
	{
		name: "PlacedArray", sql: "types.place[]", proto: "repeated string", json: each(asString), zero: emptyText, unsortable: true,
		both: []string{"{}", arrayOf(`("a b","(1,2.5)")`, "(,)")},
	},
}
