package service_test

import (
	"strings"

	"google.golang.org/grpc/codes"
)

// Numbers of a size that no machine's own type has.
var (
	digits1000 = strings.Repeat("1234567890", 100)
	// mostDigits is the largest number that numeric holds, and the finest.
	mostDigits = "-" + strings.Repeat("9", 131072) + "." + strings.Repeat("9", 16383)
)

var numberCases = []typeCase{
	{name: "Bool", sql: "boolean", proto: "bool", json: asBool, both: []string{"t", "f"}, zero: "f"},
	{
		name: "Int2", sql: "smallint", proto: "int32", json: asNumber, both: []string{"0", "-32768", "32767", "-1"}, zero: "0",
		refused: []refusal{
			{"32768", codes.OutOfRange, "32768 does not fit smallint, which holds -32768 to 32767"},
			{"-2147483648", codes.OutOfRange, "-2147483648 does not fit smallint, which holds -32768 to 32767"},
		},
	},
	{
		name: "Int2Wide", sql: "smallint", proto: "sint64", chosen: true, json: asNumber, both: []string{"0", "-32768", "32767"}, zero: "0",
		refused: []refusal{{"-9223372036854775808", codes.OutOfRange, "-9223372036854775808 does not fit smallint, which holds -32768 to 32767"}},
	},
	{
		name: "Int4", sql: "integer", proto: "int32", json: asNumber, both: []string{"0", "-2147483648", "2147483647"}, zero: "0",
	},
	{
		name: "Int4Wide", sql: "integer", proto: "int64", chosen: true, json: asNumber, both: []string{"0", "-2147483648", "2147483647"}, zero: "0",
		refused: []refusal{{"2147483648", codes.OutOfRange, "2147483648 does not fit integer, which holds -2147483648 to 2147483647"}},
	},
	{
		name: "Int4Fixed", sql: "integer", proto: "sfixed64", chosen: true, json: asNumber, both: []string{"0", "-2147483648", "2147483647"}, zero: "0",
		refused: []refusal{{"-2147483649", codes.OutOfRange, "-2147483649 does not fit integer, which holds -2147483648 to 2147483647"}},
	},
	{
		name: "Int8", sql: "bigint", proto: "int64", json: asNumber, zero: "0",
		both: []string{"0", "-9223372036854775808", "9223372036854775807", "9007199254740993"},
	},
	{
		name: "Int8Text", sql: "bigint", proto: "string", chosen: true, json: asString, zero: `!"" is not an integer`,
		both:  []string{"0", "-9223372036854775808", "9223372036854775807", "9007199254740993"},
		forms: [][2]string{{`"+0012"`, "12"}},
		refused: []refusal{
			{`"9223372036854775808"`, codes.OutOfRange, `"9223372036854775808" does not fit bigint, which holds -9223372036854775808 to 9223372036854775807`},
			{`"1.0"`, codes.InvalidArgument, `"1.0" is not an integer`},
			{`" 1"`, codes.InvalidArgument, `" 1" is not an integer`},
		},
	},
	{
		name: "Int8Narrow", sql: "bigint", proto: "int32", chosen: true, json: asNumber, both: []string{"0", "-2147483648", "2147483647"}, zero: "0",
		lossy: []refusal{
			{"2147483648", codes.OutOfRange, "2147483648 does not fit int32; bind the field to int64 or string to read it"},
			{"-9223372036854775808", codes.OutOfRange, "-9223372036854775808 does not fit int32; bind the field to int64 or string to read it"},
		},
	},
	{name: "Oid", sql: "oid", proto: "uint32", json: asNumber, both: []string{"0", "4294967295", "2147483648"}, zero: "0"},
	{
		name: "OidWide", sql: "oid", proto: "uint64", chosen: true, json: asNumber, both: []string{"0", "4294967295"}, zero: "0",
		refused: []refusal{{"4294967296", codes.OutOfRange, "4294967296 does not fit oid, which holds 0 to 4294967295"}},
	},
	{
		name: "OidSigned", sql: "oid", proto: "int64", chosen: true, json: asNumber, both: []string{"0", "4294967295"}, zero: "0",
		refused: []refusal{{"-1", codes.OutOfRange, "-1 does not fit oid, which holds 0 to 4294967295"}},
	},
	{
		name: "Float4", sql: "real", proto: "float", json: asNumber, zero: "0",
		both: []string{"0", "-0", "1.5", "-0.1", "3.4028235e+38", "1e-45", "Infinity", "-Infinity", "NaN"},
	},
	{
		name: "Float4Wide", sql: "real", proto: "double", chosen: true, json: asWidened, zero: "0",
		both: []string{"0", "-0", "1.5", "-0.1", "3.4028235e+38", "1e-45", "Infinity", "-Infinity", "NaN"},
		refused: []refusal{
			{"0.1", codes.OutOfRange, "0.1 is not exact in a real; the nearest that is would be 0.10000000149011612"},
			{"1e39", codes.OutOfRange, "1e+39 is not exact in a real; the nearest that is would be +Inf"},
		},
	},
	{
		name: "Float8", sql: "double precision", proto: "double", json: asNumber, zero: "0",
		both: []string{"0", "-0", "0.1", "-1.7976931348623157e+308", "5e-324", "Infinity", "-Infinity", "NaN", "0.30000000000000004"},
	},
	{
		name: "Numeric", sql: "numeric", proto: "string", json: asString, zero: `!"" is not a decimal number`,
		both: []string{
			"0", "0.00", "1", "-1.10", "10000", "99999999", "100000000.00000001", "0.00000000000000000001",
			"NaN", "Infinity", "-Infinity", digits1000, "-" + digits1000 + "." + digits1000,
		},
		stored: []string{mostDigits},
		forms:  [][2]string{{`"1e3"`, "1000"}, {`"-.5E-3"`, "-0.0005"}, {`"+007.10"`, "7.10"}, {`"-0"`, "0"}, {`"inf"`, "Infinity"}},
		refused: []refusal{
			{`"1e131072"`, codes.OutOfRange, `"1e131072" does not fit numeric, which holds numbers below 10^131072`},
			{`"1e-16384"`, codes.OutOfRange, `"1e-16384" does not fit numeric, which holds 16383 digits after the point`},
			{`"1,5"`, codes.InvalidArgument, `"1,5" is not a decimal number`},
			{`"0x10"`, codes.InvalidArgument, `"0x10" is not a decimal number`},
		},
	},
	{
		name: "NumericDecimal", sql: "numeric", proto: "google.type.Decimal", chosen: true, json: asDecimal, zero: "!is required",
		both:  []string{"0", "0.00", "-1.10", digits1000},
		forms: [][2]string{{`{}`, "0"}, {`{"value":"2.5e1"}`, "25"}},
		lossy: []refusal{
			{"NaN", codes.OutOfRange, "NaN and Infinity do not fit google.type.Decimal; bind the field to string to read them"},
			{"-Infinity", codes.OutOfRange, "NaN and Infinity do not fit google.type.Decimal; bind the field to string to read them"},
		},
		refused: []refusal{{`{"value":"NaN"}`, codes.InvalidArgument, `"NaN" is not a decimal number`}},
	},
	{
		name: "Price", sql: "numeric(12,2)", proto: "string", json: asString, zero: `!"" is not a decimal number`,
		both:  []string{"0.00", "1.50", "-9999999999.99", "9999999999.99", "NaN"},
		forms: [][2]string{{`"1.5"`, "1.50"}, {`"1.500"`, "1.50"}, {`"2"`, "2.00"}},
		refused: []refusal{
			{`"0.001"`, codes.OutOfRange, `"0.001" does not fit numeric(12,2), which holds 2 digits after the point`},
			{`"10000000000"`, codes.OutOfRange, `"10000000000" does not fit numeric(12,2), which holds numbers below 10^10`},
			{`"Infinity"`, codes.OutOfRange, `"Infinity" does not fit numeric(12,2)`},
		},
	},
	{
		name: "PriceDecimal", sql: "numeric(12,2)", proto: "google.type.Decimal", chosen: true, json: asDecimal, zero: "!is required",
		both:    []string{"0.00", "1.50", "-9999999999.99"},
		lossy:   []refusal{{"NaN", codes.OutOfRange, "NaN and Infinity do not fit google.type.Decimal; bind the field to string to read them"}},
		refused: []refusal{{`{"value":"0.009"}`, codes.OutOfRange, `"0.009" does not fit numeric(12,2), which holds 2 digits after the point`}},
	},
	{
		name: "Money", sql: "money", proto: "string", json: asAmount, zero: `!"" is not a decimal number`,
		both:  []string{"$0.00", "-$1.50", "$1,234.50", "$92,233,720,368,547,758.07", "-$92,233,720,368,547,758.08"},
		forms: [][2]string{{`"1.5"`, "$1.50"}},
		refused: []refusal{
			{`"92233720368547758.08"`, codes.OutOfRange, `"92233720368547758.08" does not fit money, which holds -92233720368547758.08 to 92233720368547758.07`},
			{`"0.005"`, codes.OutOfRange, `"0.005" does not fit money, which holds 2 digits after the point`},
			{`"NaN"`, codes.OutOfRange, `"NaN" does not fit money`},
		},
	},
}
