package service_test

import (
	"strings"

	"google.golang.org/grpc/codes"
)

const whole = "rowgate.v1.Array"

// wrapperCases are arrays in the message that keeps dimensions and NULLs.
var wrapperCases = []typeCase{
	{
		name: "Int4ArrayWhole", sql: "integer[]", proto: whole, chosen: true, json: asArray(asString), zero: "!is required",
		both: []string{
			"{}", "{1,NULL,-3}", "{NULL}", "[0:1][-2:0]={{1,2,3},{4,5,NULL}}", "{{{{{{2147483647}}}}}}", "[-2147483648:-2147483647]={-2147483648,0}",
			"[2147483646:2147483646]={1}", "{{1,2},{3,4}}",
		},
		forms: [][2]string{
			{`{}`, "{}"},
			{`{"elements":[{"value":"1"},{}]}`, "{1,NULL}"},
			{`{"elements":[{"value":" +7 "}]}`, "{7}"},
			{`{"dimensions":[{"size":1},{"size":2}],"elements":[{"value":"1"},{"value":"2"}]}`, "{{1,2}}"},
		},
		refused: []refusal{
			{`{"elements":[{"value":"x"}]}`, codes.InvalidArgument, wrongForm},
			{`{"elements":[{"value":"2147483648"}]}`, codes.OutOfRange, notInType},
			{`{"dimensions":[{"size":2}],"elements":[{}]}`, codes.InvalidArgument, ".elements: there are 1, which is not the product of the dimensions' sizes"},
			{`{"dimensions":[{"size":1},{"size":0}],"elements":[{}]}`, codes.InvalidArgument, ".dimensions[1].size: it is 0, and a dimension has at least one element"},
			{`{"dimensions":[` + strings.TrimSuffix(strings.Repeat(`{"size":1},`, 7), ",") + `],"elements":[{}]}`, codes.InvalidArgument, ".dimensions: there are 7, and an array has at most 6"},
			{`{"dimensions":[{"size":1,"lower_bound":2147483647}],"elements":[{}]}`, codes.InvalidArgument, ".dimensions[0].lower_bound: the indexes from 2147483647 on would go beyond 2147483646"},
		},
	},
	{
		name: "TextArrayWhole", sql: "text[]", proto: whole, chosen: true, json: asArray(asString), zero: "!is required",
		both:    []string{"{}", `{{"",NULL,"NULL","a \"b\"\\"},{a,"b,c","{}","ü ☃"}}`},
		refused: []refusal{{`{"elements":[{},{"value":"\u0000"}]}`, codes.InvalidArgument, ".elements[1].value: " + nulInText}},
	},
	{
		name: "PriceArrayWhole", sql: "numeric(5,1)[]", proto: whole, chosen: true, json: asArray(asString), zero: "!is required", both: []string{"{}", "{{1.5,NULL},{NaN,-9999.9}}"},
		refused: []refusal{{`{"elements":[{"value":"1.05"}]}`, codes.OutOfRange, `.elements[0].value: "1.05" does not fit numeric(5,1), which holds 1 digit after the point`}},
	},
	{name: "MoneyArrayWhole", sql: "money[]", proto: whole, chosen: true, json: asArray(asAmount), zero: "!is required", both: []string{"{}", `{$1.50,NULL,"-$1,234.00"}`}},
	{name: "BoolArrayWhole", sql: "boolean[]", proto: whole, chosen: true, json: asArray(func(s string) string { return asString(asBool(s)) }), zero: "!is required", both: []string{"{}", "{t,NULL,f}"}},
	{
		name: "TimestamptzArrayWhole", sql: "timestamptz[]", proto: whole, chosen: true, json: asArray(asISO), zero: "!is required",
		both: []string{"{}", `{infinity,NULL,"0044-03-15 00:00:00+00 BC","10000-01-01 00:00:00+00"}`},
	},
	{name: "ByteaArrayWhole", sql: "bytea[]", proto: whole, chosen: true, json: asArray(asString), zero: "!is required", both: []string{"{}", `{"\\x","\\x00ff",NULL}`}},
	{name: "JsonbArrayWhole", sql: "jsonb[]", proto: whole, chosen: true, json: asArray(asString), zero: "!is required", both: []string{"{}", `{"{\"a\": [1, 12345678901234567890]}",NULL,"null"}`}},
	{
		name: "EnumArrayWhole", sql: "types.mood[]", proto: whole, chosen: true, json: asArray(asString), zero: "!is required", both: []string{"{}", `{{"so so"},{NULL},{Ünder}}`},
		refused: []refusal{{`{"elements":[{"value":"bad"}]}`, codes.InvalidArgument, `.elements[0].value: "bad"` + notLabel}},
	},
	{
		name: "PosintArrayWhole", sql: "types.posint[]", proto: whole, chosen: true, json: asArray(asString), zero: "!is required", both: []string{"{}", "{{1,NULL},{0,7}}"},
		refused: []refusal{{`{"elements":[{"value":"-1"}]}`, codes.InvalidArgument, breaksRule}},
	},
	{name: "IntListWhole", sql: "types.ints", proto: whole, chosen: true, json: asArray(asString), zero: "!is required", both: []string{"{}", "[0:0][5:6]={{1,NULL}}"}},
	{name: "IntListArrayWhole", sql: "types.ints[]", proto: whole, chosen: true, json: asArray(asString), zero: "!is required", both: []string{"{}", `{"{1,NULL}",NULL,"{{1,2},{3,4}}"}`}},
	{
		name: "PairArrayWhole", sql: "types.pair[]", proto: whole, chosen: true, json: asArray(asString), zero: "!is required", unsortable: true,
		both: []string{"{}", `{{"(1,\"a b\")",NULL},{"(,)","(0,\"\")"}}`},
	},
	{name: "RangeArrayWhole", sql: "int4range[]", proto: whole, chosen: true, json: asArray(asString), zero: "!is required", both: []string{"{}", `{{"[1,5)"},{NULL},{empty}}`}},
	{name: "MultirangeArrayWhole", sql: "int4multirange[]", proto: whole, chosen: true, json: asArray(asString), zero: "!is required", both: []string{"{}", `{"{[1,5)}",NULL,"{}"}`}},
}
