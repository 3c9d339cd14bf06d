package wire

import (
	"fmt"
	"strings"
	"testing"
)

// thousand are the elements of a vector, as Postgres and text format write
// them.
var thousand = func() string {
	all := make([]string, 1000)
	for i := range all {
		all[i] = fmt.Sprint(float32(i-500) / 8)
	}
	return strings.Join(all, ",")
}()

// extensionCases are the printedCases of extensions, by what creates them.
var extensionCases = []struct {
	setup string
	cases []printedCase
}{
	{
		"create extension hstore",
		[]printedCase{
			{"hstore", "map<string, string>", ``, ``},
			{"hstore", "map<string, string>", `"a"=>"1", "b"=>"", "key"=>"value"`, `value {key: "a" value: "1"} value {key: "b" value: ""} value {key: "key" value: "value"}`},
			{"hstore", "map<string, string>", `""=>"NULL"`, `value {key: "" value: "NULL"}`},
			{
				"hstore", "map<string, string>", `"q\"k\\"=>"it's => \"x\", ☃", "ключ"=>"значение"`,
				`value {key: "q\"k\\" value: "it's => \"x\", ☃"} value {key: "ключ" value: "значение"}`,
			},
			{"hstore", "string", `"a"=>NULL`, `value: "\"a\"=>NULL"`},
			{"hstore[]", "repeated string", `{"\"a\"=>\"1\"",""}`, `value: "\"a\"=>\"1\"" value: ""`},
		},
	},
	{
		"create extension hstore; create extension citext; create extension ltree; create type tagged as (attrs hstore, name citext, path ltree, names citext[])",
		[]printedCase{
			{"tagged", "Tagged", `("""a""=>""1""",Name,a.b.c,"{X,y}")`, `value {attrs {key: "a" value: "1"} name: "Name" path: "a.b.c" names: "X" names: "y"}`},
			{"tagged", "Tagged", `("",,"",{})`, `value {path: ""}`},
			{"citext", "string", `Name`, `value: "Name"`},
			{"citext[]", "repeated string", `{Name,x}`, `value: "Name" value: "x"`},
			{"ltree[]", "repeated string", `{a.b,""}`, `value: "a.b" value: ""`},
		},
	},
	{
		"create extension postgis; create type place as (at geometry(Point,4326), area geography, spots geometry[])",
		[]printedCase{
			{
				"place", "Place", `(0101000020E6100000000000000000F03F0000000000000040,,{})`,
				`value {at: "{\"type\":\"Point\",\"coordinates\":[1,2]}"}`,
			},
			{
				"place", "Place", `(,0101000020E6100000000000000000F03F0000000000000040,{0101000020E6100000000000000000F03F0000000000000040})`,
				`value {area: "{\"type\":\"Point\",\"coordinates\":[1,2]}" ` +
					`spots: "\x01\x01\x00\x00\x20\xe6\x10\x00\x00\x00\x00\x00\x00\x00\x00\xf0\x3f\x00\x00\x00\x00\x00\x00\x00\x40"}`,
			},
			{
				"geometry[]", "repeated string", `{0101000020E6100000000000000000F03F0000000000000040}`,
				`value: "{\"type\":\"Point\",\"coordinates\":[1,2]}"`,
			},
			{
				"geometry[]", "rowgate.v1.Array", `{0101000020E6100000000000000000F03F0000000000000040:NULL}`,
				`value {dimensions {size: 2 lower_bound: 1} elements {value: "{\"type\":\"Point\",\"coordinates\":[1,2]}"} elements {}}`,
			},
		},
	},
	{
		"create extension vector; create type embedding as (id integer, at vector(3), half halfvec)",
		[]printedCase{
			{"vector", "repeated float", `[1,-2.5,0]`, `value: [1, -2.5, 0]`},
			{"vector(1)", "repeated float", `[3.4028235e+38]`, `value: 3.4028235e38`},
			{"vector(1000)", "repeated float", `[` + thousand + `]`, `value: [` + thousand + `]`},
			{"vector", "string", `[1,2]`, `value: "[1,2]"`},
			{"vector[]", "repeated string", `{"[1,2]",[3]}`, `value: "[1,2]" value: "[3]"`},
			{"halfvec(3)", "repeated float", `[1,-2.5,65504]`, `value: [1, -2.5, 65504]`},
			{"halfvec", "repeated float", `[5.9604645e-08]`, `value: 5.9604645e-8`},
			{"halfvec(1000)", "repeated float", `[` + thousand + `]`, `value: [` + thousand + `]`},
			{"sparsevec", "string", `{1:1,3:2}/5`, `value: "{1:1,3:2}/5"`},
			{"embedding", "Embedding", `(7,"[1,2,3]",[0.5])`, `value {id: 7 at: [1, 2, 3] half: 0.5}`},
			{"embedding", "Embedding", `(,,)`, `value {}`},
		},
	},
}

// TestPostgresExtensions is TestPostgresPrinted for types of extensions, as far
// as the server has them.
func TestPostgresExtensions(t *testing.T) {
	for _, e := range extensionCases {
		t.Run(e.setup, func(t *testing.T) {
			p := newPostgres(t)
			for _, sql := range strings.Split(e.setup, "; ") {
				if _, err := p.conn.Exec(t.Context(), sql); err != nil {
					t.Skipf("this Postgres lacks an extension: %v", err)
				}
			}
			for _, c := range e.cases {
				t.Run(c.sql+"/"+c.decl+"/"+c.printed, func(t *testing.T) {
					p.testPrinted(t, c)
				})
			}
		})
	}
}

// TestPostgresHstoreDuplicates has the last value of a key count, as protobuf
// has it.
func TestPostgresHstoreDuplicates(t *testing.T) {
	p := newPostgres(t)
	if _, err := p.conn.Exec(t.Context(), "create extension hstore"); err != nil {
		t.Skipf("this Postgres has no hstore: %v", err)
	}
	table, typ := p.table(t, "hstore")
	c := codec(t, typ, "map<string, string>")
	entry := func(key, value string) []byte {
		return append(append([]byte{0x0a, byte(len(key))}, key...), append([]byte{0x12, byte(len(value))}, value...)...)
	}
	param, err := c.AppendParam(nil, Value{Present: true, Items: [][]byte{entry("a", "1"), entry("b", "2"), entry("a", "3")}})
	if err != nil {
		t.Fatal(err)
	}
	row := p.query(t, "insert into "+table+" values ($1) returning col", c.Param(), param, 0)
	if got := string(row.Rows[0][0]); got != `"a"=>"3", "b"=>"2"` {
		t.Error(got)
	}
}
