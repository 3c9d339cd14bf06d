package service_test

import "google.golang.org/grpc/codes"

var (
	hasNull  = "it is NULL, which a repeated field has no place for"
	isSquare = "the array has 2 dimensions, and a repeated field has one"
	nullItem = func(text string, n string) refusal {
		return refusal{text, codes.FailedPrecondition, "item " + n + " of the array: " + hasNull}
	}
	twoDeep   = func(text string) refusal { return refusal{text, codes.FailedPrecondition, isSquare} }
	emptyText = "{}"
)

var arrayCases = []typeCase{
	{
		name: "BoolArray", sql: "boolean[]", proto: "repeated bool", json: each(asBool), zero: emptyText, both: []string{"{}", "{f,t,f}"},
		lossy: []refusal{nullItem("{t,NULL}", "2"), twoDeep("{{t},{f}}")},
	},
	{
		name: "Int2Array", sql: "smallint[]", proto: "repeated int32", json: each(asNumber), zero: emptyText, both: []string{"{}", "{0,-32768,32767}"},
	},
	{
		name: "Int4Array", sql: "integer[]", proto: "repeated int32", json: each(asNumber), zero: emptyText,
		both: []string{"{}", "{0}", "{-2147483648,2147483647,0}"}, stored: []string{"[0:1]={1,2}"},
		lossy: []refusal{nullItem("{1,NULL}", "2"), nullItem("{NULL}", "1"), twoDeep("{{1,2},{3,4}}")},
	},
	{
		name: "Int4ArrayWide", sql: "integer[]", proto: "repeated int64", chosen: true, json: each(asNumber), zero: emptyText, both: []string{"{}", "{-2147483648,2147483647,0}"},
		refused: []refusal{{"[1,4294967296]", codes.OutOfRange, "[1]: 4294967296 does not fit integer, which holds -2147483648 to 2147483647"}},
	},
	{
		name: "Int8Array", sql: "bigint[]", proto: "repeated sint64", chosen: true, json: each(asNumber), zero: emptyText,
		both: []string{"{}", "{-9223372036854775808,9223372036854775807}"},
	},
	{
		name: "Float8Array", sql: "double precision[]", proto: "repeated double", json: each(asNumber), zero: emptyText, both: []string{"{}", "{0,-0,NaN,-Infinity,0.1}"},
	},
	{
		name: "NumericArray", sql: "numeric[]", proto: "repeated string", json: each(asString), zero: emptyText, both: []string{"{}", "{0.00,NaN,-1.10}"},
		refused: []refusal{{`["1","x"]`, codes.InvalidArgument, `[1]: "x" is not a decimal number`}},
		lossy:   []refusal{nullItem("{1,2,NULL}", "3")},
	},
	{
		name: "DecimalArray", sql: "numeric[]", proto: "repeated google.type.Decimal", chosen: true, json: each(asDecimal), zero: emptyText, both: []string{"{}", "{0.00,-1.10}"},
		lossy: []refusal{{"{1,NaN}", codes.OutOfRange, "item 2 of the array: NaN and Infinity do not fit google.type.Decimal; bind the field to string to read them"}},
	},
	{
		name: "PriceArray", sql: "numeric(5,1)[]", proto: "repeated string", json: each(asString), zero: emptyText, both: []string{"{}", "{0.0,-9999.9}"},
		refused: []refusal{{`["1.05"]`, codes.OutOfRange, `[0]: "1.05" does not fit numeric(5,1), which holds 1 digit after the point`}},
	},
	{name: "MoneyArray", sql: "money[]", proto: "repeated string", json: each(asAmount), zero: emptyText, both: []string{"{}", `{$1.50,"-$1,234.00"}`}},
	{
		name: "TextArray", sql: "text[]", proto: "repeated string", json: each(asString), zero: emptyText, both: []string{"{}", `{"",a,"NULL","b c","d\"\\e","{}",ü}`},
		lossy:   []refusal{nullItem("{a,NULL,b}", "2"), twoDeep("{{a},{b}}")},
		refused: []refusal{{`["a","\u0000"]`, codes.InvalidArgument, "[1]: " + nulInText}},
	},
	{
		name: "Varchar3Array", sql: "varchar(3)[]", proto: "repeated string", json: each(asString), zero: emptyText, both: []string{"{}", `{"",abc}`},
		refused: []refusal{{`["abcd"]`, codes.OutOfRange, "[0]: a text of 4 characters does not fit character varying(3)"}},
	},
	{name: "NameArray", sql: "name[]", proto: "repeated string", json: each(asString), zero: emptyText, both: []string{"{}", `{table,""}`}},
	{name: "OneCharArray", sql: `"char"[]`, proto: "repeated string", json: each(asString), zero: emptyText, both: []string{"{}", `{a,""}`}},
	{
		name: "CitextArray", sql: "extensions.citext[]", proto: "repeated string", json: each(asString), zero: emptyText, both: []string{"{}", `{a,A,""}`},
		extension: "citext",
	},
	{
		name: "XmlArray", sql: "xml[]", proto: "repeated string", json: each(asString), zero: emptyText, both: []string{"{}", `{<a/>,"<b c=\"d\">e f</b>"}`}, unsortable: true,
		missing: noXML,
	},
	{name: "InetArray", sql: "inet[]", proto: "repeated string", json: each(asString), zero: emptyText, both: []string{"{}", "{10.0.0.1,10.0.0.0/8,::1}"}},
	{name: "CidrArray", sql: "cidr[]", proto: "repeated string", json: each(asString), zero: emptyText, both: []string{"{}", "{10.0.0.1/32,10.0.0.0/8,::1/128}"}},
	{name: "MacaddrArray", sql: "macaddr[]", proto: "repeated string", json: each(asString), zero: emptyText, both: []string{"{}", "{08:00:2b:01:02:03}"}},
	{
		name: "Bit3Array", sql: "bit(3)[]", proto: "repeated string", json: each(asString), zero: emptyText, both: []string{"{}", "{101,000}"},
		refused: []refusal{{`["1010"]`, codes.OutOfRange, "[0]: a text of 4 bits does not fit bit(3)"}},
	},
	{name: "UuidArray", sql: "uuid[]", proto: "repeated string", json: each(asString), zero: emptyText, both: []string{"{}", "{00112233-4455-6677-8899-aabbccddeeff}"}},
	{name: "UuidBytesArray", sql: "uuid[]", proto: "repeated bytes", chosen: true, json: each(asUUIDBytes), zero: emptyText, both: []string{"{}", "{00112233-4455-6677-8899-aabbccddeeff}"}},
	{name: "ByteaArray", sql: "bytea[]", proto: "repeated bytes", json: each(asHex), zero: emptyText, both: []string{"{}", `{"\\x","\\x00ff"}`}},
	{
		name: "TimestamptzArray", sql: "timestamptz[]", proto: "repeated google.protobuf.Timestamp", json: each(asTimestamp), zero: emptyText,
		both:  []string{"{}", `{"2000-01-01 00:00:00+00","1969-12-31 23:59:59.999999+00"}`},
		lossy: []refusal{{`{"2000-01-01 00:00:00+00",infinity}`, codes.OutOfRange, "item 2 of the array: infinity does not fit google.protobuf.Timestamp, which holds the years 1 to 9999; bind the field to string to read it"}},
	},
	{name: "DateArray", sql: "date[]", proto: "repeated google.type.Date", json: each(asDate), zero: emptyText, both: []string{"{}", "{2000-01-01,9999-12-31}"}},
	{name: "DateTextArray", sql: "date[]", proto: "repeated string", chosen: true, json: each(asISO), zero: emptyText, both: []string{"{}", `{infinity,"0044-03-15 BC"}`}},
	{name: "TimeArray", sql: "time[]", proto: "repeated google.type.TimeOfDay", json: each(asTimeOfDay), zero: emptyText, both: []string{"{}", "{24:00:00,00:00:00}"}},
	{name: "IntervalArray", sql: "interval[]", proto: "repeated rowgate.v1.Interval", json: each(asInterval), zero: emptyText, both: []string{"{}", "{PT0S,P1M-1DT1S}"}},
	{
		name: "JsonbArray", sql: "jsonb[]", proto: "repeated google.protobuf.Value", json: each(asJSON), zero: emptyText, both: []string{"{}", `{"{\"a\": [1, 2]}","null","\"x\""}`},
		lossy: []refusal{nullItem("{1,NULL}", "2")},
	},
	{name: "JsonTextArray", sql: "json[]", proto: "repeated string", chosen: true, json: each(asString), zero: emptyText, both: []string{"{}", `{"{\"a\" : 1.10}","null"}`}, unsortable: true},
	{
		name: "EnumArray", sql: "types.mood[]", proto: "repeated Mood", json: each(asMood), zero: emptyText, both: []string{"{}", `{good,"so so","it's fine"}`},
		lossy:   []refusal{nullItem("{good,NULL}", "2")},
		refused: []refusal{{`["MOOD_GOOD","MOOD_UNSPECIFIED"]`, codes.InvalidArgument, "[1]: MOOD_UNSPECIFIED is not a value that can be stored; one of the others is required"}},
	},
	{name: "EnumTextArray", sql: "types.mood[]", proto: "repeated string", chosen: true, json: each(asString), zero: emptyText, both: []string{"{}", `{good,"so so"}`}},
	{name: "PairArrayText", sql: "types.pair[]", proto: "repeated string", chosen: true, json: each(asString), zero: emptyText, both: []string{"{}", `{"(1,\"a b\")","(,)"}`}, unsortable: true},
	{name: "RangeArrayText", sql: "int4range[]", proto: "repeated string", chosen: true, json: each(asString), zero: emptyText, both: []string{"{}", `{"[1,5)",empty}`}},
}
