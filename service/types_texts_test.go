package service_test

import (
	"strings"

	"google.golang.org/grpc/codes"
)

const (
	nulInText  = "the text has a NUL character, which Postgres cannot store"
	wrongForm  = "a value does not have the form of its type"
	notValid   = "a value is not valid for its type or for a function that takes it"
	notInType  = "a number or a time is out of range"
	breaksRule = "a value breaks a rule of the table or of its type"
)

// fromPostgres are the texts for what Postgres refuses: it does not say which
// parameter was at fault.
var fromPostgres = []string{wrongForm, notValid, notInType, breaksRule}

// noXML is a query that gives t where the server lacks xml.
const noXML = "select not exists (select from pg_config where name = 'CONFIGURE' and setting like '%--with-libxml%')"

var textCases = []typeCase{
	{
		name: "Text", sql: "text", proto: "string", json: asString, zero: "",
		both:    []string{"", "naïve ☃ 😀", `"\'`, "a\nb\tc", " blanks ", "NULL", strings.Repeat("long", 1000)},
		refused: []refusal{{`"a\u0000b"`, codes.InvalidArgument, nulInText}},
	},
	{
		name: "Varchar", sql: "character varying", proto: "string", json: asString, zero: "", both: []string{"", "x ", "ü"},
		refused: []refusal{{`"\u0000"`, codes.InvalidArgument, nulInText}},
	},
	{
		name: "Varchar3", sql: "varchar(3)", proto: "string", json: asString, zero: "", both: []string{"", "äöü", "x  "},
		refused: []refusal{
			{`"abcd"`, codes.OutOfRange, "a text of 4 characters does not fit character varying(3)"},
			{`"abc "`, codes.OutOfRange, "a text of 4 characters does not fit character varying(3)"},
		},
	},
	{
		name: "Char3", sql: "char(3)", proto: "string", json: asString, zero: "   ", both: []string{"   ", "äöü", "a  "},
		forms:   [][2]string{{`"a"`, "a  "}, {`""`, "   "}},
		refused: []refusal{{`"abcd"`, codes.OutOfRange, "a text of 4 characters does not fit character(3)"}},
	},
	{
		name: "OneChar", sql: `"char"`, proto: "string", json: asString, zero: "", both: []string{"", "a", "|"},
		refused: []refusal{
			{`"ab"`, codes.OutOfRange, `"ab" does not fit "char", which holds one ASCII character or an octal escape such as \377`},
			{`"é"`, codes.OutOfRange, `"é" does not fit "char", which holds one ASCII character or an octal escape such as \377`},
		},
	},
	{
		name: "Name", sql: "name", proto: "string", json: asString, zero: "", both: []string{"", "table", strings.Repeat("n", 63)},
		refused: []refusal{{`"` + strings.Repeat("n", 64) + `"`, codes.OutOfRange, "a text of 64 bytes does not fit name, which holds 63"}},
	},
	{
		name: "Citext", sql: "extensions.citext", proto: "string", json: asString, zero: "", both: []string{"", "Case", "case", "b"},
		extension: "citext",
		refused:   []refusal{{`"\u0000"`, codes.InvalidArgument, nulInText}},
	},
	{
		name: "Xml", sql: "xml", proto: "string", json: asString, zero: "", both: []string{"", "<a b='c'>é</a>", "text &amp; text"}, unsortable: true,
		missing: noXML,
		refused: []refusal{{`"<a>"`, codes.InvalidArgument, notValid}},
	},
	{
		name: "Inet", sql: "inet", proto: "string", json: asString, zero: `!"" is not an IP address, with or without the length of a netmask`,
		both: []string{
			"192.168.1.1", "192.168.1.1/24", "0.0.0.0/0", "255.255.255.255", "::", "::1", "::ffff:1.2.3.4", "::1.2.3.4", "2001:db8::/32", "1:2:3:0:5:6:7:8",
		},
		forms: [][2]string{{`"192.168.1.1/32"`, "192.168.1.1"}, {`"2001:DB8:0:0::1"`, "2001:db8::1"}},
		refused: []refusal{
			{`"256.0.0.1"`, codes.InvalidArgument, `"256.0.0.1" is not an IP address, with or without the length of a netmask`},
			{`"fe80::1%eth0"`, codes.InvalidArgument, `"fe80::1%eth0" is not an IP address, with or without the length of a netmask`},
		},
	},
	{
		name: "Cidr", sql: "cidr", proto: "string", json: asString, zero: `!"" is not a network: an IP address and the length of its netmask`,
		both:  []string{"192.168.1.0/24", "10.0.0.1/32", "0.0.0.0/0", "2001:db8::/32", "::/0", "::1/128"},
		forms: [][2]string{{`"10.0.0.2"`, "10.0.0.2/32"}},
		refused: []refusal{
			{`"192.168.1.1/24"`, codes.InvalidArgument, `"192.168.1.1/24" has bits to the right of its netmask, which no cidr has; the network is "192.168.1.0/24"`},
		},
	},
	{
		name: "Macaddr", sql: "macaddr", proto: "string", json: asString, zero: "!" + wrongForm,
		both:    []string{"08:00:2b:01:02:03", "00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff"},
		forms:   [][2]string{{`"08-00-2B-01-02-04"`, "08:00:2b:01:02:04"}},
		refused: []refusal{{`"08:00:2b:01:02"`, codes.InvalidArgument, wrongForm}},
	},
	{
		name: "Macaddr8", sql: "macaddr8", proto: "string", json: asString, zero: "!" + wrongForm, both: []string{"08:00:2b:01:02:03:04:05"},
	},
	{
		name: "Bit3", sql: "bit(3)", proto: "string", json: asString, zero: "!a text of 0 bits does not fit bit(3)", zeroCode: codes.OutOfRange, both: []string{"101", "000", "111"},
		refused: []refusal{
			{`"1010"`, codes.OutOfRange, "a text of 4 bits does not fit bit(3)"},
			{`"1"`, codes.OutOfRange, "a text of 1 bits does not fit bit(3)"},
			{`"1a1"`, codes.InvalidArgument, `"1a1" is not a text of the digits 0 and 1`},
		},
	},
	{
		name: "Varbit", sql: "bit varying", proto: "string", json: asString, zero: "", both: []string{"", "10110", strings.Repeat("01", 50)},
	},
	{
		name: "Varbit5", sql: "bit varying(5)", proto: "string", json: asString, zero: "", both: []string{"", "10110"},
		refused: []refusal{{`"101101"`, codes.OutOfRange, "a text of 6 bits does not fit bit varying(5)"}},
	},
	{
		name: "Tsvector", sql: "tsvector", proto: "string", json: asString, zero: "", both: []string{"", "'a':1 'fat':2A 'it''s'"},
		forms: [][2]string{{`"b a"`, "'a' 'b'"}},
	},
	{
		name: "Uuid", sql: "uuid", proto: "string", json: asString,
		zero:  `!"" is not a UUID, 32 hexadecimal digits in the form xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`,
		both:  []string{"00112233-4455-6677-8899-aabbccddeeff", "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"},
		forms: [][2]string{{`"00112233-4455-6677-8899-AABBCCDDEEFE"`, "00112233-4455-6677-8899-aabbccddeefe"}},
		refused: []refusal{
			{`"0011223344556677"`, codes.InvalidArgument, `"0011223344556677" is not a UUID, 32 hexadecimal digits in the form xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`},
		},
	},
	{
		name: "UuidBytes", sql: "uuid", proto: "bytes", chosen: true, json: asUUIDBytes, zero: "!a UUID has 16 bytes, not 0",
		both:    []string{"00112233-4455-6677-8899-aabbccddeeff", "00000000-0000-0000-0000-000000000000"},
		refused: []refusal{{`"AAAA"`, codes.InvalidArgument, "a UUID has 16 bytes, not 3"}},
	},
	{
		name: "Bytea", sql: "bytea", proto: "bytes", json: asHex, zero: `\x`, both: []string{`\x`, `\x00`, `\x00ff0a5c27`, `\x` + strings.Repeat("ff", 1000)},
	},
}
