package wire

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/rowgate/rowgate/store/storetest"
)

// postgresSchema has a user's types of every sort.
const postgresSchema = `
	create type mood as enum ('sad', 'ok', 'happy');
	create domain posint as integer check (value > 0);
	create domain posint2 as posint;
	create domain limited as varchar(3);
	create domain good_mood as mood check (value <> 'sad');
	create domain prices as money[];
	create domain span as int4range;
	create domain ints as integer[];
	create domain moods as mood[];
	create domain cost as money;
	create type pair as (a integer, b text);
	create schema "Odd (name)";
	create domain "Odd (name)"."Flag s" as bit(3);
	create domain pair_domain as pair;
	create type textrange as range (subtype = text);
	create type moodrange as range (subtype = mood);
	create type posrange as range (subtype = posint);
	create type nest as (pair pair, pairs pair[], own pair_domain, owns pair_domain[]);
	create type "Every Kind" as (
		"plain int" integer, small posint, smalls posint[], ints integer[], mood mood, good good_mood, moods mood[], goods good_mood[],
		span int4range, spans int4multirange, span_array int4range[], own_span span, instant timestamptz, day date, price numeric(12,2),
		short varchar(3), id uuid, doc jsonb, ok boolean
	);
	create type textual as (doc xml, flags bit(3), bits bit varying, mac macaddr, mac8 macaddr8, path jsonpath, flag_list bit(2)[], own "Odd (name)"."Flag s");
	create type nothing as ();
`

// postgresCase is a column, the fields that it is bound to, and values as SQL
// literals without quotes.
type postgresCase struct {
	sql    string
	decls  []string
	values []string
	// equal says that the type has an = operator.
	equal bool
	// canonical makes of Postgres' text form what a string field has.
	canonical func(string) string
}

func iso(text string) string {
	text = strings.Replace(text, " ", "T", 1)
	if text, ok := strings.CutSuffix(text, "+00"); ok {
		return text + "Z"
	}
	return strings.Replace(text, "+00 BC", "Z BC", 1)
}

func isoPlain(text string) string { return strings.Replace(text, " ", "T", 1) }

func currency(text string) string {
	return strings.NewReplacer("$", "", ",", "").Replace(text)
}

var postgresCases = []postgresCase{
	{sql: "boolean", decls: []string{"bool"}, values: []string{"t", "f"}, equal: true},
	{sql: "smallint", decls: []string{"int32", "sint64"}, values: []string{"0", "-32768", "32767"}, equal: true},
	{sql: "integer", decls: []string{"int32", "sint32", "sfixed32", "int64", "sint64", "sfixed64"}, values: []string{"0", "-2147483648", "2147483647"}, equal: true},
	{sql: "bigint", decls: []string{"int64", "sint64", "sfixed64", "string"}, values: []string{"0", "-9223372036854775808", "9223372036854775807"}, equal: true},
	{sql: "bigint", decls: []string{"int32"}, values: []string{"0", "-2147483648"}, equal: true},
	{sql: "oid", decls: []string{"uint32", "fixed32", "uint64", "fixed64", "int64"}, values: []string{"0", "4294967295"}, equal: true},
	{sql: "real", decls: []string{"float", "double"}, values: []string{"0", "1.5", "-0.1", "3.4028235e+38", "1e-45", "Infinity"}, equal: true},
	{sql: "double precision", decls: []string{"double"}, values: []string{"0", "0.1", "5e-324", "-1.7976931348623157e308", "-Infinity"}, equal: true},
	{sql: "numeric", decls: []string{"string"}, values: []string{"NaN", "Infinity", "-Infinity"}, equal: true},
	{sql: "numeric", decls: []string{"string", "google.type.Decimal"}, values: []string{
		"0", "0.00", "1", "-1.10", "10000", "9999", "99999999", "100000000.00000001", "0.00000000000000000001", "123456789012345678901234567890.0123456789",
		"1e1000", "-1e-1000", "1.5e-16382",
	}, equal: true},
	{sql: "numeric(12,2)", decls: []string{"string", "google.type.Decimal"}, values: []string{"0", "1.5", "-9999999999.99"}, equal: true},
	{sql: "numeric(3,5)", decls: []string{"string"}, values: []string{"0.00999"}, equal: true},
	{sql: "numeric(5,-2)", decls: []string{"string"}, values: []string{"-9999900"}, equal: true},
	{sql: "money", decls: []string{"string"}, values: []string{"0", "-1.50", "92233720368547758.07", "-92233720368547758.08"}, equal: true, canonical: currency},
	{sql: "cost", decls: []string{"string"}, values: []string{"1234.50"}, equal: true, canonical: currency},
	{sql: "text", decls: []string{"string"}, values: []string{"", "naïve ☃ 😀", `"\`, "a\nb", strings.Repeat("long", 100)}, equal: true},
	{sql: "character varying", decls: []string{"string"}, values: []string{"", "x "}, equal: true},
	{sql: "character varying(3)", decls: []string{"string"}, values: []string{"", "äöü"}, equal: true},
	{sql: "character(3)", decls: []string{"string"}, values: []string{"", "a", "äöü"}, equal: true},
	{sql: "limited", decls: []string{"string"}, values: []string{"", "äöü"}, equal: true},
	{sql: "name", decls: []string{"string"}, values: []string{"", "table"}, equal: true},
	{sql: `"char"`, decls: []string{"string"}, values: []string{"", "a"}, equal: true},
	{sql: "uuid", decls: []string{"string", "bytes"}, values: []string{"00112233-4455-6677-8899-aabbccddeeff", "00000000-0000-0000-0000-000000000000"}, equal: true},
	{sql: "bytea", decls: []string{"bytes"}, values: []string{"", `\x00ff`}, equal: true},
	{sql: "inet", decls: []string{"string"}, values: []string{
		"192.168.1.1", "192.168.1.1/24", "0.0.0.0/0", "::", "::1", "::2:1", "::ffff", "::ffff:1.2.3.4", "::ffff:1.2.3.4/100", "::1.2.3.4",
		"2001:db8::/32", "1:0:0:2::", "1:2:3:0:5:6:7:8", "1::2:0:0:3", "fe80::1",
	}, equal: true},
	{sql: "cidr", decls: []string{"string"}, values: []string{"192.168.1.0/24", "10.0.0.1", "2001:db8::/32", "::/0"}, equal: true},
	{sql: "timestamp with time zone", decls: []string{"google.protobuf.Timestamp", "string"}, values: []string{
		"2000-01-01Z", "1999-12-31 23:59:59.999999Z", "0001-01-01 00:00:00Z", "9999-12-31 23:59:59.999999Z", "2024-02-29 12:34:56.7+05:30",
	}, equal: true, canonical: iso},
	{sql: "timestamp with time zone", decls: []string{"string"}, values: []string{
		"infinity", "-infinity", "10000-01-01Z", "294276-12-31 23:59:59.999999Z", "0044-03-15 12:00:00Z BC", "4714-11-24 00:00:00Z BC", "0001-12-31 23:00:00Z BC",
	}, equal: true, canonical: iso},
	{sql: "timestamp(3) with time zone", decls: []string{"google.protobuf.Timestamp", "string"}, values: []string{"2000-01-01 00:00:00.123Z"}, equal: true, canonical: iso},
	{sql: "timestamp without time zone", decls: []string{"google.type.DateTime", "string"}, values: []string{
		"2000-01-01", "1999-12-31 23:59:59.999999", "0001-01-01", "9999-12-31 23:59:59.999999",
	}, equal: true, canonical: isoPlain},
	{sql: "timestamp without time zone", decls: []string{"string"}, values: []string{"infinity", "-infinity", "294276-12-31 23:59:59.999999", "4714-11-24 BC"}, equal: true, canonical: func(s string) string {
		return strings.Replace(isoPlain(strings.Replace(s, " BC", "_BC", 1)), "_BC", " BC", 1)
	}},
	{sql: "date", decls: []string{"google.type.Date", "string"}, values: []string{"2000-01-01", "2024-02-29", "0001-01-01", "9999-12-31", "1900-03-01"}, equal: true},
	{sql: "date", decls: []string{"string"}, values: []string{"infinity", "-infinity", "10000-01-01", "5874897-12-31", "4714-11-24 BC", "0001-02-29 BC"}, equal: true},
	{sql: "time without time zone", decls: []string{"google.type.TimeOfDay", "string"}, values: []string{"00:00", "24:00", "23:59:59.999999", "12:00:00.5"}, equal: true},
	{sql: "time(0) without time zone", decls: []string{"google.type.TimeOfDay", "string"}, values: []string{"12:34:56"}, equal: true},
	{sql: "time with time zone", decls: []string{"string"}, values: []string{"00:00Z", "24:00-05:30", "23:59:59.999999+15:59:59", "12:00:00.5+02"}, equal: true},
	{sql: "interval", decls: []string{"rowgate.v1.Interval", "string"}, values: []string{
		"0", "1 year 2 mons 3 days 04:05:06.5", "-1 year 2 days -00:00:00.5", "25:00", "-1 mon", "178000000 years", "PT2562047788H54.775807S",
		"PT-2562047788H-54.775808S", "-2147483648 days", "1 mon -1 day",
	}, equal: true},
	{sql: "interval year to month", decls: []string{"rowgate.v1.Interval", "string"}, values: []string{"14 mons"}, equal: true},
	{sql: "interval day to second(3)", decls: []string{"string"}, values: []string{"1 mon 2 days 03:04:05.678"}, equal: true},
	{sql: "json", decls: []string{"google.protobuf.Value"}, values: []string{`{"a":[1,null,true,"x",{"b":{}}]}`, `null`, `"\"\\é"`, `-1.5`}},
	{sql: "json", decls: []string{"string", "bytes"}, values: []string{`{"a" : 1.10, "a":2}`, `"\u0000"`, ` [ ] `, `12345678901234567890`, `"\ud800"`}},
	{sql: "jsonb", decls: []string{"google.protobuf.Value", "string", "bytes"}, values: []string{
		`{"a":[1,null,true,"x",{"b":{}}], "longer key": 0.30000000000000004}`, `null`, `"\"\\\n\té☃"`, `1e20`, `1e-7`, `{}`, `[[[]]]`,
	}, equal: true},
	{sql: "jsonb", decls: []string{"string", "bytes"}, values: []string{`{"a": 1.10}`, `12345678901234567890`}, equal: true},
	{sql: "mood", decls: []string{"Mood", "string"}, values: []string{"sad", "happy"}, equal: true},
	{sql: "good_mood", decls: []string{"Mood", "string"}, values: []string{"ok"}}, // a domain over an enum has no =
	{sql: "posint2", decls: []string{"int32"}, values: []string{"7"}, equal: true},

	// The types in text form.
	{sql: "xml", decls: []string{"string"}, values: []string{"<a b='c'>é</a>", ""}},
	{sql: "macaddr", decls: []string{"string"}, values: []string{"08:00:2b:01:02:03"}, equal: true},
	{sql: "macaddr8", decls: []string{"string"}, values: []string{"08:00:2b:01:02:03:04:05"}, equal: true},
	{sql: "bit(3)", decls: []string{"string"}, values: []string{"101"}, equal: true},
	{sql: "bit varying", decls: []string{"string"}, values: []string{"10110", ""}, equal: true},
	{sql: "bit varying(5)", decls: []string{"string"}, values: []string{"10110"}, equal: true},
	{sql: `"Odd (name)"."Flag s"`, decls: []string{"string"}, values: []string{"101"}, equal: true},
	{sql: "tsvector", decls: []string{"string"}, values: []string{"'a':1 'fat':2A 'it''s'"}, equal: true},
	{sql: "pair", decls: []string{"string"}, values: []string{`(1,"a b")`, `(,)`}, equal: true},
	{sql: "int4range", decls: []string{"string"}, values: []string{`[1,5)`, "empty"}, equal: true},
	{sql: "span", decls: []string{"string"}, values: []string{`[1,5)`}, equal: true},
	{sql: "point", decls: []string{"string"}, values: []string{`(1,2.5)`}},
	{sql: "pg_lsn", decls: []string{"string"}, values: []string{`16/B374D848`}, equal: true},
	{sql: "int2vector", decls: []string{"string"}, values: []string{`1 2 3`}},
	{sql: "ints", decls: []string{"repeated int32"}, values: []string{"{}", "{1,-2}"}, equal: true},
	{sql: "moods", decls: []string{"repeated Mood", "repeated string"}, values: []string{"{}", "{sad,ok}"}, equal: true},
	{sql: "prices", decls: []string{"repeated string"}, values: []string{"{1.50,2.25}"}, equal: true, canonical: currency},
}

// TestPostgres sends values of every type to a real Postgres and back: what it
// has is read in binary, compared with its text form where the field is a
// string, written as a parameter, compared with what it stores then, and once
// more with the bytes of the result as the parameter.
func TestPostgres(t *testing.T) {
	p := newPostgres(t)
	for _, c := range postgresCases {
		for _, decl := range c.decls {
			t.Run(c.sql+"/"+decl, func(t *testing.T) {
				p.testColumn(t, c, decl)
			})
			if strings.HasPrefix(decl, "repeated") || c.sql == "int2vector" {
				continue
			}
			t.Run(c.sql+"[]/"+decl, func(t *testing.T) {
				p.testArray(t, c, decl)
			})
		}
	}
	for extension, c := range map[string]postgresCase{
		"citext": {sql: "citext", decls: []string{"string"}, values: []string{"", "Case"}, equal: true},
		"ltree":  {sql: "ltree", decls: []string{"string"}, values: []string{"", "a.b.c"}, equal: true},
		"hstore": {sql: "hstore", decls: []string{"string"}, values: []string{"", `"a"=>"b", "c"=>NULL`}, equal: true},
	} {
		t.Run(extension, func(t *testing.T) {
			if _, err := p.conn.Exec(t.Context(), "create extension "+extension); err != nil {
				t.Skip(err)
			}
			p.testColumn(t, c, "string")
			p.testArray(t, c, "string")
		})
	}
}

type postgres struct {
	conn   *pgx.Conn
	tables int
}

func newPostgres(t *testing.T) *postgres {
	t.Helper()
	db := storetest.New(t, storetest.Migration{Name: "types", SQL: postgresSchema})
	p := &postgres{conn: db.Superuser(t)}
	p.exec(t, "set timezone = 'UTC'; set intervalstyle = iso_8601; set lc_monetary = 'C'")
	return p
}

func (p *postgres) exec(t *testing.T, sql string) {
	t.Helper()
	if _, err := p.conn.PgConn().Exec(context.Background(), sql).ReadAll(); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// query runs a statement with one parameter or none and returns its only row.
func (p *postgres) query(t *testing.T, sql string, param Param, value []byte, formats ...int16) *pgconn.Result {
	t.Helper()
	var values [][]byte
	var oids []uint32
	var paramFormats []int16
	if value != nil {
		values, oids, paramFormats = [][]byte{value}, []uint32{param.OID}, []int16{1}
		if param.Text {
			paramFormats[0] = 0
		}
	}
	result := p.conn.PgConn().ExecParams(context.Background(), sql, values, oids, paramFormats, formats).Read()
	if result.Err != nil {
		t.Fatalf("%s: %v", sql, result.Err)
	}
	return result
}

// table makes a table of one column and reads its type from the catalog.
func (p *postgres) table(t *testing.T, sql string) (name string, typ Type) {
	t.Helper()
	p.tables++
	name = fmt.Sprintf("t%d", p.tables)
	p.exec(t, "create table "+name+" (col "+sql+")")
	var oid uint32
	var typmod int32
	if err := p.conn.QueryRow(t.Context(), "select atttypid, atttypmod from pg_attribute where attrelid = $1::text::regclass and attname = 'col'", name).Scan(&oid, &typmod); err != nil {
		t.Fatal(err)
	}
	return name, p.typeOf(t, oid, typmod)
}

// typeOf is the type of an OID, as a catalog would give it: that of a domain's
// base type, the element's too.
func (p *postgres) typeOf(t *testing.T, oid uint32, typmod int32) Type {
	t.Helper()
	var name, typname, typtype, category, extension string
	var base, elem, subtype, relation uint32
	var baseTypmod int32
	if err := p.conn.QueryRow(t.Context(), `
		select format_type(oid, $2), typname::text, typtype::text, typcategory::text, typbasetype, typelem, typtypmod, typrelid,
		       coalesce((select rngsubtype from pg_range where rngtypid = t.oid), (select rngtypid from pg_range where rngmultitypid = t.oid), 0),
		       coalesce((select extname::text from pg_depend d join pg_extension e on e.oid = d.refobjid
		         where d.classid = 'pg_type'::regclass and d.objid = t.oid and d.deptype = 'e'), '')
		from pg_type t where oid = $1`,
		oid, typmod).Scan(&name, &typname, &typtype, &category, &base, &elem, &baseTypmod, &relation, &subtype, &extension); err != nil {
		t.Fatal(err)
	}
	typ := Type{OID: oid, Name: name, Typmod: typmod, Extension: extension, Base: typname}
	switch {
	case typtype == "d":
		typ = p.typeOf(t, base, baseTypmod)
		typ.Name = name
	case category == "A" && name != "int2vector":
		typ.Kind, typ.ElemOID = Array, elem
		of := p.typeOf(t, elem, typmod)
		typ.Elem = &of
	case typtype == "r" || typtype == "m":
		typ.Kind = Range
		if typtype == "m" {
			typ.Kind = Multirange
		}
		of := p.typeOf(t, subtype, -1)
		typ.Elem = &of
	case typtype == "c":
		typ.Kind = Composite
		typ.Attributes = p.attributes(t, relation)
	case typtype == "e":
		typ.Kind = Enum
		rows, _ := p.conn.Query(t.Context(), "select enumlabel from pg_enum where enumtypid = $1 order by enumsortorder", oid)
		labels, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		typ.Labels = labels
	case typtype != "b":
		typ.Kind = Other
	}
	return typ
}

// attributes are those of a composite type, by the OID of its pg_class.
func (p *postgres) attributes(t *testing.T, relation uint32) []Attribute {
	t.Helper()
	rows, _ := p.conn.Query(t.Context(), `
		select attname::text, atttypid, atttypmod from pg_attribute where attrelid = $1 and attnum > 0 and not attisdropped order by attnum`, relation)
	type row struct {
		Name   string
		OID    uint32
		Typmod int32
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[row])
	if err != nil {
		t.Fatal(err)
	}
	attributes := make([]Attribute, len(found))
	for i, a := range found {
		attributes[i] = Attribute{Name: a.Name, Type: p.typeOf(t, a.OID, a.Typmod), OID: a.OID}
	}
	return attributes
}

func quote(literal string) string { return "'" + strings.ReplaceAll(literal, "'", "''") + "'" }

func (p *postgres) testColumn(t *testing.T, c postgresCase, decl string) {
	t.Helper()
	table, typ := p.table(t, c.sql)
	for _, value := range c.values {
		p.exec(t, "truncate "+table+"; insert into "+table+" values ("+quote(value)+")")
		p.check(t, c, table, codec(t, typ, decl))
	}
}

func (p *postgres) testArray(t *testing.T, c postgresCase, decl string) {
	t.Helper()
	sql := c.sql + "[]"
	c.canonical = nil
	table, typ := p.table(t, sql)
	if typ.Kind != Array {
		t.Fatalf("%+v", typ)
	}
	items := make([]string, len(c.values))
	for i, value := range c.values {
		items[i] = quote(value)
	}
	for _, list := range []string{"", strings.Join(items, ", ")} {
		p.exec(t, "truncate "+table+"; insert into "+table+" values (array["+list+"]::"+sql+")")
		p.check(t, c, table, codec(t, typ, "repeated "+decl))
	}
}

// check takes the value in the table through codec and back.
func (p *postgres) check(t *testing.T, c postgresCase, table string, codec *Codec) {
	t.Helper()
	cast := codec.Cast()
	if cast != "" {
		cast = "::" + cast
	}
	row := p.query(t, "select col"+cast+", col from "+table, Param{}, nil, 1, 0)
	if got := row.FieldDescriptions[0].DataTypeOID; got != codec.ResultOID() {
		t.Errorf("the result has the OID %d, not %d", got, codec.ResultOID())
	}
	result, text := row.Rows[0][0], string(row.Rows[0][1])
	if result == nil {
		t.Fatal("there is no value")
	}
	msg, _, err := read(t, codec, result)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	canonical := text
	if c.canonical != nil {
		canonical = c.canonical(text)
	}
	if got, ok := fieldOf(msg).Interface().(string); ok && got != canonical && codec.column.Type.OID != oidMoney {
		t.Errorf("read %q, but Postgres has %q", got, canonical)
	}

	param, err := write(t, codec, msg)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	p.store(t, c, table, codec, param, text, msg)
	if codec.column.Type.Kind != Array {
		p.store(t, c, table, codec, result, text, msg)
	}
}

// store stores a parameter and wants the text and the message again.
func (p *postgres) store(t *testing.T, c postgresCase, table string, codec *Codec, param []byte, text string, msg *dynamicpb.Message) {
	t.Helper()
	if param == nil {
		param = []byte{}
	}
	dollar := "$1"
	if cast := codec.Param().Cast; cast != "" {
		dollar += "::" + cast
	}
	if c.equal {
		found := p.query(t, "select count(*) from "+table+" where col = "+dollar, codec.Param(), param, 0)
		if string(found.Rows[0][0]) != "1" {
			t.Errorf("%s: no row is equal to %x", text, param)
		}
	}
	cast := codec.Cast()
	if cast != "" {
		cast = "::" + cast
	}
	row := p.query(t, "update "+table+" set col = "+dollar+" returning col"+cast+", col", codec.Param(), param, 1, 0)
	again, _, err := read(t, codec, row.Rows[0][0])
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	if !proto.Equal(again, msg) {
		t.Errorf("%x was stored as %v, not %v", param, again, msg)
	}
	// json keeps the text that was sent, which Value does not know.
	if got := string(row.Rows[0][1]); got != text && (codec.column.Type.element().OID != oidJSON || fieldType(codec.column.Field) == "string") {
		t.Errorf("%x was stored as %q, not %q", param, got, text)
	}
}

// TestPostgresDomainArrays has arrays of domains, whose elements have an OID
// that the codec is not told.
func TestPostgresDomainArrays(t *testing.T) {
	p := newPostgres(t)
	for _, c := range []struct{ sql, decl, values string }{
		{"posint[]", "int32", "1, 2"},
		{"posint2[]", "sint64", "1, 2"},
		{"limited[]", "string", "'a', 'äöü'"},
		{"good_mood[]", "Mood", "'ok', 'happy'"},
		{"good_mood[]", "string", "'ok', 'happy'"},
		{"cost[]", "string", "1.50, 2.25"},
		{`"Odd (name)"."Flag s"[]`, "string", "'101', '011'"},
	} {
		t.Run(c.sql+"/"+c.decl, func(t *testing.T) {
			table, typ := p.table(t, c.sql)
			p.exec(t, "insert into "+table+" values (array["+c.values+"]::"+c.sql+")")
			equal := !strings.HasPrefix(c.sql, "good_mood")
			p.check(t, postgresCase{equal: equal}, table, codec(t, typ, "repeated "+c.decl))
		})
	}
}

// TestPostgresModifiers holds the checks of modifiers against Postgres over
// random values: the codec takes a value just when Postgres would keep it as
// it is.
func TestPostgresModifiers(t *testing.T) {
	p := newPostgres(t)
	random := rand.New(rand.NewPCG(5, 6))
	number := func() string {
		text := fmt.Sprint(random.Int64N(pow10(random.IntN(15))))
		if random.IntN(2) == 0 {
			text += "." + fmt.Sprint(random.Int64N(pow10(random.IntN(6))))
		}
		if random.IntN(4) == 0 {
			text += fmt.Sprintf("e%d", random.IntN(16)-8)
		}
		if random.IntN(2) == 0 {
			text = "-" + text
		}
		return text
	}
	fraction := func() string { // which often ends with zeros
		unit := pow10(random.IntN(7))
		return fmt.Sprintf("%06d", random.Int64N(1_000_000)/unit*unit)
	}
	moment := func() string { return "2024-05-06T07:08:09." + fraction() }
	duration := func() string {
		text := ""
		for _, unit := range []string{"Y", "M", "D", "TH", "M", "S"} {
			n := fmt.Sprint(random.IntN(3) * random.IntN(2))
			if unit == "S" && random.IntN(2) == 0 {
				n += "." + fraction()
			}
			if len(unit) == 2 {
				text += "T"
			}
			text += n + unit[len(unit)-1:]
		}
		return "P" + text
	}
	for _, c := range []struct {
		sql, wide string
		value     func() string
	}{
		{"numeric(12,2)", "numeric", number},
		{"numeric(3,5)", "numeric", number},
		{"numeric(5,-2)", "numeric", number},
		{"numeric(4,0)", "numeric", number},
		{"money", "numeric", number},
		{"timestamp(0)", "timestamp", moment},
		{"timestamp(3)", "timestamp", moment},
		{"timestamp(6)", "timestamp", moment},
		{"interval year", "interval", duration},
		{"interval month", "interval", duration},
		{"interval day", "interval", duration},
		{"interval hour", "interval", duration},
		{"interval minute", "interval", duration},
		{"interval second", "interval", duration},
		{"interval year to month", "interval", duration},
		{"interval day to hour", "interval", duration},
		{"interval day to minute", "interval", duration},
		{"interval hour to second", "interval", duration},
		{"interval second(2)", "interval", duration},
		{"interval(0)", "interval", duration},
	} {
		t.Run(c.sql, func(t *testing.T) {
			_, typ := p.table(t, c.sql)
			codec := codec(t, typ, "string")
			taken := 0
			for range 150 {
				value := c.value()
				_, err := codec.AppendParam(nil, Value{Bytes: []byte(value)})
				// Their texts are compared since intervals that differ may be
				// equal, but numbers only by value.
				compared := "text"
				if c.wide == "numeric" {
					compared = c.wide
				}
				var kept bool
				errPostgres := p.conn.QueryRow(t.Context(), fmt.Sprintf("select %[1]s::%[3]s::%[2]s::%[4]s = %[1]s::%[3]s::%[4]s",
					quote(value), c.sql, c.wide, compared)).Scan(&kept)
				if (err == nil) != (errPostgres == nil && kept) {
					t.Errorf("%s: %v, but Postgres kept it: %v, %v", value, err, kept, errPostgres)
				}
				if err == nil {
					taken++
				}
			}
			if taken == 0 || taken == 150 && c.sql != "timestamp(6)" && c.sql != "interval second" && c.sql != "interval hour to second" {
				t.Errorf("%d of 150 values were taken, so that nothing is proved", taken)
			}
		})
	}
}

func pow10(n int) int64 {
	p := int64(1)
	for range n {
		p *= 10
	}
	return p
}

// TestPostgresJSON holds the check of JSON against Postgres' own.
func TestPostgresJSON(t *testing.T) {
	p := newPostgres(t)
	texts := append([]string{
		``, `[1`, `[1,]`, `{"a":1,}`, `{a:1}`, `01`, `-`, `1.`, `1e`, `NaN`, `"a`, `"\x"`, `"\u12g4"`, `"\ud800"`, `"\ud800\u0041"`, `"\udc00"`,
		`"\\u0000"`, "\"a\nb\"", "\u00a01", `1 2`, `"\u00e9"`, `{"\u0000":1}`, `1e131072`, `1e-16384`, `0e-16384`, `0e16384`, `nulll`, `tru`,
	}, jsonTexts...)
	for _, text := range texts {
		for _, typ := range []Type{jsonType, jsonbType} {
			param, err := codec(t, typ, "bytes").AppendParam(nil, Value{Bytes: []byte(text)})
			_, errPostgres := p.conn.Exec(t.Context(), "select $1::text::"+typ.Name, text)
			if (err == nil) != (errPostgres == nil) {
				t.Errorf("%s %s: %v, but Postgres says %v", typ.Name, text, err, errPostgres)
			}
			if err == nil && !bytes.HasSuffix(param, []byte(text)) {
				t.Errorf("%s became %q", text, param)
			}
		}
	}
}
