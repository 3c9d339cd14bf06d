package wire

import (
	"context"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/dynamicpb"
)

// printedCase is a value as psql prints it, and the message that stands for it.
type printedCase struct {
	sql     string
	decl    string
	printed string
	text    string // in protobuf's text format
}

// printedCases are the types whose values have parts.
var printedCases = []printedCase{
	// Composites.
	{"pair", "Pair", `(1,x)`, `value {a: 1 text: "x"}`},
	{"pair", "Pair", `(,)`, `value {}`},
	{"pair", "Pair", `(0,"")`, `value {a: 0 text: ""}`},
	{"pair", "Pair", `(-5,"a ""quoted"", \\ and (bracketed) ☃ text")`, `value {a: -5 text: "a \"quoted\", \\ and (bracketed) ☃ text"}`},
	{"pair_domain", "Pair", `(7,y)`, `value {a: 7 text: "y"}`},
	{"pair[]", "repeated Pair", `{"(1,x)","(,)"}`, `value {a: 1 text: "x"} value {}`},
	{"pair[]", "repeated Pair", `{}`, ``},
	{"pair_domain[]", "repeated Pair", `{"(1,x)"}`, `value {a: 1 text: "x"}`},
	{"nothing", "Nothing", `()`, `value {}`},
	{
		"nest", "Nest", `("(1,x)","{""(2,)"",""(,y)""}","(3,)","{""(4,z)""}")`,
		`value {pair {a: 1 text: "x"} pairs {a: 2} pairs {text: "y"} own {a: 3} owns {a: 4 text: "z"}}`,
	},
	{"nest", "Nest", `("(,)",{},,{})`, `value {pair {}}`},
	{"nest[]", "repeated Nest", `{"(\"(,)\",{},,{})"}`, `value {pair {}}`},
	{`"Every Kind"`, "EveryKind", `(0,,{},{},,,{},{},,{},{},,,,,,,,)`, `value {}`},
	{
		`"Every Kind"`, "EveryKind",
		`(5,6,"{7,8}","{9,10}",happy,ok,"{sad,ok}",{happy},"[1,3)","{[1,2),[4,5)}","{""[1,2)"",empty}","(,9)",` +
			`"2024-02-29 12:00:00+00",2024-02-29,1.50,äöü,00112233-4455-6677-8899-aabbccddeeff,"{""a"": [1, null]}",f)`,
		`value {
			number: 5 small: 6 smalls: [7, 8] ints: [9, 10] mood: MOOD_HAPPY good: "ok" moods: [MOOD_SAD, MOOD_OK] goods: "happy"
			span {lower: 1 upper: 3 bounds: BOUNDS_INCLUSIVE_EXCLUSIVE}
			spans {lower: 1 upper: 2 bounds: BOUNDS_INCLUSIVE_EXCLUSIVE} spans {lower: 4 upper: 5 bounds: BOUNDS_INCLUSIVE_EXCLUSIVE}
			span_array {lower: 1 upper: 2 bounds: BOUNDS_INCLUSIVE_EXCLUSIVE} span_array {empty: true}
			own_span {upper: 9 bounds: BOUNDS_EXCLUSIVE}
			instant {seconds: 1709208000} day {year: 2024 month: 2 day: 29} price: "1.50" short: "äöü"
			id: "\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff"
			doc {struct_value {fields {key: "a" value {list_value {values {number_value: 1} values {null_value: NULL_VALUE}}}}}}
			ok: false}`,
	},
	{
		"textual", "Textual", `(<a/>,101,10110,08:00:2b:01:02:03,08:00:2b:01:02:03:04:05,"$.""a""[*]","{10,01}",011)`,
		`value {doc: "<a/>" flags: "101" bits: "10110" mac: "08:00:2b:01:02:03" mac8: "08:00:2b:01:02:03:04:05"
			path: "$.\"a\"[*]" flag_list: "10" flag_list: "01" own: "011"}`,
	},
	{"textual", "Textual", `("",000,"",,,,{},)`, `value {doc: "" flags: "000" bits: ""}`},
	{"textual", "Textual", `("<?xml version=""1.0"" standalone=""yes""?><a>é</a>",,,,,,{},)`, `value {doc: "<?xml version=\"1.0\" standalone=\"yes\"?><a>é</a>"}`},
	{"textual", "Textual", `(,,1111111100000000111,,,,{},)`, `value {bits: "1111111100000000111"}`},

	// Ranges.
	{"int4range", "rowgate.v1.Int32Range", `[1,5)`, `value {lower: 1 upper: 5 bounds: BOUNDS_INCLUSIVE_EXCLUSIVE}`},
	{"int4range", "rowgate.v1.Int32Range", `empty`, `value {empty: true}`},
	{"int4range", "rowgate.v1.Int32Range", `(,)`, `value {bounds: BOUNDS_EXCLUSIVE}`},
	{"int4range", "rowgate.v1.Int32Range", `[0,)`, `value {lower: 0 bounds: BOUNDS_INCLUSIVE_EXCLUSIVE}`},
	{"int4range", "rowgate.v1.Int32Range", `(,-5)`, `value {upper: -5 bounds: BOUNDS_EXCLUSIVE}`},
	{"int4range", "rowgate.v1.Int32Range", `[-2147483648,2147483647)`, `value {lower: -2147483648 upper: 2147483647 bounds: BOUNDS_INCLUSIVE_EXCLUSIVE}`},
	{"span", "rowgate.v1.Int32Range", `[1,5)`, `value {lower: 1 upper: 5 bounds: BOUNDS_INCLUSIVE_EXCLUSIVE}`},
	{"int4range[]", "repeated rowgate.v1.Int32Range", `{"[1,5)",empty}`, `value {lower: 1 upper: 5 bounds: BOUNDS_INCLUSIVE_EXCLUSIVE} value {empty: true}`},
	{"span[]", "repeated rowgate.v1.Int32Range", `{"[1,5)"}`, `value {lower: 1 upper: 5 bounds: BOUNDS_INCLUSIVE_EXCLUSIVE}`},
	{
		"int8range", "rowgate.v1.Int64Range", `[-9223372036854775808,9223372036854775807)`,
		`value {lower: -9223372036854775808 upper: 9223372036854775807 bounds: BOUNDS_INCLUSIVE_EXCLUSIVE}`,
	},
	{"numrange", "rowgate.v1.NumericRange", `(1.50,2.25]`, `value {lower: "1.50" upper: "2.25" bounds: BOUNDS_EXCLUSIVE_INCLUSIVE}`},
	{"numrange", "rowgate.v1.NumericRange", `[-Infinity,NaN]`, `value {lower: "-Infinity" upper: "NaN" bounds: BOUNDS_INCLUSIVE}`},
	{"numrange", "rowgate.v1.NumericRange", `(0,0.1)`, `value {lower: "0" upper: "0.1" bounds: BOUNDS_EXCLUSIVE}`},
	{
		"tstzrange", "rowgate.v1.TimestampRange", `["2024-01-01 00:00:00+00","2025-01-01 00:00:00+00")`,
		`value {lower {seconds: 1704067200} upper {seconds: 1735689600} bounds: BOUNDS_INCLUSIVE_EXCLUSIVE}`,
	},
	{"tstzrange", "rowgate.v1.TimestampRange", `["1970-01-01 00:00:00+00",)`, `value {lower {} bounds: BOUNDS_INCLUSIVE_EXCLUSIVE}`},
	{
		"tstzrange", "TextRange", `["2024-01-01 00:00:00+00",infinity]`,
		`value {lower: "2024-01-01T00:00:00Z" upper: "infinity" bounds: BOUNDS_INCLUSIVE}`,
	},
	{
		"tsrange", "rowgate.v1.DateTimeRange", `("2024-02-29 12:00:00.5",)`,
		`value {lower {year: 2024 month: 2 day: 29 hours: 12 nanos: 500000000} bounds: BOUNDS_EXCLUSIVE}`,
	},
	{
		"daterange", "rowgate.v1.DateRange", `[2024-02-29,9999-12-31)`,
		`value {lower {year: 2024 month: 2 day: 29} upper {year: 9999 month: 12 day: 31} bounds: BOUNDS_INCLUSIVE_EXCLUSIVE}`,
	},
	{"daterange", "DayRange", `[2024-02-29,)`, `value {lower {year: 2024 month: 2 day: 29} bounds: BOUNDS_INCLUSIVE_EXCLUSIVE}`},
	{"textrange", "TextRange", `["",ü]`, `value {lower: "" upper: "ü" bounds: BOUNDS_INCLUSIVE}`},
	{"textrange", "TextRange", `["a,b","c""d")`, `value {lower: "a,b" upper: "c\"d" bounds: BOUNDS_INCLUSIVE_EXCLUSIVE}`},
	{"textrange", "string", `["a,b",)`, `value: "[\"a,b\",)"`},
	{"moodrange", "MoodRange", `[sad,happy]`, `value {lower: MOOD_SAD upper: MOOD_HAPPY bounds: BOUNDS_INCLUSIVE}`},
	{"posrange", "PosRange", `[1,2]`, `value {lower: 1 upper: 2 bounds: BOUNDS_INCLUSIVE}`},

	// Multiranges.
	{"int4multirange", "repeated rowgate.v1.Int32Range", `{}`, ``},
	{
		"int4multirange", "repeated rowgate.v1.Int32Range", `{(,1),[3,5),[8,)}`,
		`value {upper: 1 bounds: BOUNDS_EXCLUSIVE} value {lower: 3 upper: 5 bounds: BOUNDS_INCLUSIVE_EXCLUSIVE} value {lower: 8 bounds: BOUNDS_INCLUSIVE_EXCLUSIVE}`,
	},
	{"int4multirange", "string", `{[3,5)}`, `value: "{[3,5)}"`},
	{"nummultirange", "repeated rowgate.v1.NumericRange", `{[1.5,2.5]}`, `value {lower: "1.5" upper: "2.5" bounds: BOUNDS_INCLUSIVE}`},
	{"tstzmultirange", "repeated rowgate.v1.TimestampRange", `{["2024-01-01 00:00:00+00",)}`, `value {lower {seconds: 1704067200} bounds: BOUNDS_INCLUSIVE_EXCLUSIVE}`},
	{
		"textmultirange", "repeated TextRange", `{[a,b),(c,d]}`,
		`value {lower: "a" upper: "b" bounds: BOUNDS_INCLUSIVE_EXCLUSIVE} value {lower: "c" upper: "d" bounds: BOUNDS_EXCLUSIVE_INCLUSIVE}`,
	},
	{"int4multirange[]", "repeated string", `{"{[1,2)}","{}"}`, `value: "{[1,2)}" value: "{}"`},

	// Arrays that keep what repeated fields do not.
	{"integer[]", "rowgate.v1.Array", `{}`, `value {}`},
	{
		"integer[]", "rowgate.v1.Array", `{1,NULL,-3}`,
		`value {dimensions {size: 3 lower_bound: 1} elements {value: "1"} elements {} elements {value: "-3"}}`,
	},
	{"integer[]", "rowgate.v1.Array", `[0:1][-2:0]={{1,2,3},{4,5,NULL}}`, `value {
		dimensions {size: 2 lower_bound: 0} dimensions {size: 3 lower_bound: -2}
		elements {value: "1"} elements {value: "2"} elements {value: "3"} elements {value: "4"} elements {value: "5"} elements {}}`},
	{"text[]", "rowgate.v1.Array", `{{"",NULL,"NULL","a \"b\""}}`, `value {
		dimensions {size: 1 lower_bound: 1} dimensions {size: 4 lower_bound: 1}
		elements {value: ""} elements {} elements {value: "NULL"} elements {value: "a \"b\""}}`},
	{"numeric(12,2)[]", "rowgate.v1.Array", `{1.50,NULL}`, `value {dimensions {size: 2 lower_bound: 1} elements {value: "1.50"} elements {}}`},
	{"boolean[]", "rowgate.v1.Array", `{t,f}`, `value {dimensions {size: 2 lower_bound: 1} elements {value: "true"} elements {value: "false"}}`},
	{"bytea[]", "rowgate.v1.Array", `{"\\x00ff"}`, `value {dimensions {size: 1 lower_bound: 1} elements {value: "\\x00ff"}}`},
	{"mood[]", "rowgate.v1.Array", `{{{{{{sad}}}}}}`, `value {
		dimensions {size: 1 lower_bound: 1} dimensions {size: 1 lower_bound: 1} dimensions {size: 1 lower_bound: 1}
		dimensions {size: 1 lower_bound: 1} dimensions {size: 1 lower_bound: 1} dimensions {size: 1 lower_bound: 1}
		elements {value: "sad"}}`},
	{"posint[]", "rowgate.v1.Array", `{1,NULL}`, `value {dimensions {size: 2 lower_bound: 1} elements {value: "1"} elements {}}`},
	{"cost[]", "rowgate.v1.Array", `{$1.50}`, `value {dimensions {size: 1 lower_bound: 1} elements {value: "1.50"}}`},
	{
		"timestamptz[]", "rowgate.v1.Array", `{"2024-01-01 00:00:00+00",infinity}`,
		`value {dimensions {size: 2 lower_bound: 1} elements {value: "2024-01-01T00:00:00Z"} elements {value: "infinity"}}`,
	},
	{"pair[]", "rowgate.v1.Array", `{"(1,x)",NULL}`, `value {dimensions {size: 2 lower_bound: 1} elements {value: "(1,x)"} elements {}}`},
	{`"Odd (name)"."Flag s"[]`, "rowgate.v1.Array", `{101,NULL}`, `value {dimensions {size: 2 lower_bound: 1} elements {value: "101"} elements {}}`},
}

// TestPostgresPrinted takes values with parts to a real Postgres and back: what
// psql would print is read as the message, and the message is stored as what
// psql prints.
func TestPostgresPrinted(t *testing.T) {
	p := newPostgres(t)
	for _, c := range printedCases {
		t.Run(c.sql+"/"+c.decl+"/"+c.printed, func(t *testing.T) {
			p.testPrinted(t, c)
		})
	}
}

func (p *postgres) testPrinted(t *testing.T, c printedCase) {
	t.Helper()
	table, typ := p.table(t, c.sql)
	codec := codec(t, typ, c.decl)
	want := parse(t, codec.column.Field.ContainingMessage(), c.text)

	p.exec(t, "insert into "+table+" values ("+quote(c.printed)+")")
	printed, got := p.stored(t, codec, table)
	if printed != c.printed {
		t.Fatalf("psql prints %s", printed)
	}
	if !proto.Equal(got, want) {
		t.Errorf("%s\nread: %v\nwant: %v", c.printed, got, want)
	}

	p.update(t, table, codec, want)
	if printed, got = p.stored(t, codec, table); printed != c.printed {
		t.Errorf("%v was stored as %s, not %s", want, printed, c.printed)
	}
	if !proto.Equal(got, want) {
		t.Errorf("%s\nread again: %v\nwant:       %v", c.printed, got, want)
	}
}

// update stores a message's value.
func (p *postgres) update(t *testing.T, table string, codec *Codec, msg proto.Message) {
	t.Helper()
	param, err := write(t, codec, msg)
	if err != nil {
		t.Fatal(err)
	}
	if param == nil {
		param = []byte{} // nil would be NULL
	}
	dollar := "$1"
	if cast := codec.Param().Cast; cast != "" {
		dollar += "::" + cast
	}
	p.query(t, "update "+table+" set col = "+dollar+" returning 1", codec.Param(), param, 0)
}

// stored is the table's only value, as psql prints it and as codec reads it.
func (p *postgres) stored(t *testing.T, codec *Codec, table string) (string, *dynamicpb.Message) {
	t.Helper()
	cast := codec.Cast()
	if cast != "" {
		cast = "::" + cast
	}
	row := p.query(t, "select col"+cast+", col from "+table, Param{}, nil, 1, 0)
	if got := row.FieldDescriptions[0].DataTypeOID; got != codec.ResultOID() {
		t.Errorf("the result has the OID %d, not %d", got, codec.ResultOID())
	}
	msg, _, err := read(t, codec, row.Rows[0][0])
	if err != nil {
		t.Fatalf("%s: %v", row.Rows[0][1], err)
	}
	return string(row.Rows[0][1]), msg
}

// TestPostgresNormalized has messages that stand for a value in another form
// than the one that Postgres keeps.
func TestPostgresNormalized(t *testing.T) {
	p := newPostgres(t)
	for _, c := range []struct{ sql, decl, text, printed string }{
		{"int4range", "rowgate.v1.Int32Range", `value {lower: 1 upper: 5}`, `[1,5)`},
		{"int4range", "rowgate.v1.Int32Range", `value {lower: 1 upper: 5 bounds: BOUNDS_INCLUSIVE}`, `[1,6)`},
		{"int4range", "rowgate.v1.Int32Range", `value {lower: 1 upper: 5 bounds: BOUNDS_EXCLUSIVE_INCLUSIVE}`, `[2,6)`},
		{"int4range", "rowgate.v1.Int32Range", `value {lower: 1 upper: 1}`, `empty`},
		{"int4range", "rowgate.v1.Int32Range", `value {bounds: BOUNDS_INCLUSIVE}`, `(,)`},
		{"numrange", "rowgate.v1.NumericRange", `value {lower: "1.0" bounds: BOUNDS_INCLUSIVE}`, `[1.0,)`},
		{"int4multirange", "repeated rowgate.v1.Int32Range", `value {lower: 4 upper: 9} value {empty: true} value {lower: 1 upper: 5}`, `{[1,9)}`},
		{"integer[]", "rowgate.v1.Array", `value {elements {value: "1"} elements {}}`, `{1,NULL}`},
		{"integer[]", "rowgate.v1.Array", `value {dimensions {size: 1} dimensions {size: 2} elements {value: "1"} elements {value: " 2"}}`, `{{1,2}}`},
	} {
		table, typ := p.table(t, c.sql)
		codec := codec(t, typ, c.decl)
		p.exec(t, "insert into "+table+" values (null)")
		p.update(t, table, codec, parse(t, codec.column.Field.ContainingMessage(), c.text))
		if printed, _ := p.stored(t, codec, table); printed != c.printed {
			t.Errorf("%s %s was stored as %s, not %s", c.sql, c.text, printed, c.printed)
		}
	}
}

// TestPostgresRefusals has values that Postgres refuses and the codec leaves to
// it: what the database says is then what the client is told.
func TestPostgresRefusals(t *testing.T) {
	p := newPostgres(t)
	for _, c := range []struct{ sql, decl, text, state string }{
		{"int4range", "rowgate.v1.Int32Range", `value {lower: 5 upper: 1}`, "22000"},
		{"int4range", "rowgate.v1.Int32Range", `value {lower: 5 upper: 2147483647 bounds: BOUNDS_INCLUSIVE}`, "22003"},
		{"posrange", "PosRange", `value {lower: -1}`, "23514"},
		{"nest", "Nest", `value {own {a: 1}}`, ""},
		{`"Every Kind"`, "EveryKind", `value {small: -1}`, "23514"},
		{`"Every Kind"`, "EveryKind", `value {smalls: -1}`, "23514"},
		{"integer[]", "rowgate.v1.Array", `value {elements {value: "x"}}`, "22P02"},
	} {
		table, typ := p.table(t, c.sql)
		codec := codec(t, typ, c.decl)
		param, err := write(t, codec, parse(t, codec.column.Field.ContainingMessage(), c.text))
		if err != nil {
			t.Fatal(err)
		}
		dollar := "$1"
		if cast := codec.Param().Cast; cast != "" {
			dollar += "::" + cast
		}
		result := p.conn.PgConn().ExecParams(context.Background(), "insert into "+table+" values ("+dollar+")",
			[][]byte{param}, []uint32{codec.Param().OID}, []int16{1}, nil).Read()
		if state := sqlState(result.Err); state != c.state {
			t.Errorf("%s %s: SQLSTATE %q, want %q: %v", c.sql, c.text, state, c.state, result.Err)
		}
	}
}

func sqlState(err error) string {
	if err == nil {
		return ""
	}
	_, state, _ := strings.Cut(err.Error(), "SQLSTATE ")
	return strings.TrimSuffix(state, ")")
}
