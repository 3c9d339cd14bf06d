package service_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rowgate/rowgate/service"
	"github.com/rowgate/rowgate/store/storetest"
)

// sample is a value as psql prints it, with what makes JSON of it.
type sample struct {
	text string
	json func(string) string
}

// samples has a value of each type of Postgres' own, by pg_type.typname.
var samples = map[string]sample{
	"bool": {"t", asBool}, "bytea": {`\x00ff`, asHex}, "char": {"x", asString}, "name": {"table", asString},
	"int2": {"-2", asNumber}, "int4": {"4", asNumber}, "int8": {"9007199254740993", asNumber}, "oid": {"4294967295", asNumber},
	"float4": {"0.1", asNumber}, "float8": {"0.1", asNumber}, "numeric": {"1.50", asString}, "money": {"$1.50", asAmount},
	"text": {"a, \"b\"", asString}, "varchar": {"{}", asString}, "bpchar": {"c", asString}, "uuid": {"00112233-4455-6677-8899-aabbccddeeff", asString},
	"json": {`{"a":1}`, asJSON}, "jsonb": {`{"a": 1}`, asJSON}, "jsonpath": {`$."a"`, asString}, "xml": {"<a/>", asString},
	"date": {"2024-02-29", asDate}, "time": {"24:00:00", asTimeOfDay}, "timetz": {"12:00:00+02", asString}, "interval": {"P1Y2M3DT4H5M6.5S", asInterval},
	"timestamp": {"2024-02-29 12:00:00", asDateTime}, "timestamptz": {"2024-02-29 12:00:00+00", asTimestamp},
	"bit": {"1", asString}, "varbit": {"0110", asString}, "inet": {"10.0.0.1/8", asString}, "cidr": {"10.0.0.0/8", asString},
	"macaddr": {"08:00:2b:01:02:03", asString}, "macaddr8": {"08:00:2b:01:02:03:04:05", asString},
	"point": {"(1,2.5)", asString}, "lseg": {"[(0,0),(1,1)]", asString}, "path": {"((0,0),(1,1))", asString}, "box": {"(1,1),(0,0)", asString},
	"polygon": {"((0,0),(1,1),(1,0))", asString}, "line": {"{1,-1,0}", asString}, "circle": {"<(0,0),1.5>", asString},
	"tsvector": {"'a':1 'b':2A", asString}, "tsquery": {"'a' & !'b'", asString},
	"int2vector": {"1 -2", asString}, "oidvector": {"1 4294967295", asString}, "tid": {"(0,1)", asString}, "xid": {"42", asString}, "xid8": {"18446744073709551615", asString},
	"cid": {"7", asString}, "pg_lsn": {"16/B374D848", asString}, "txid_snapshot": {"10:20:10,14", asString}, "pg_snapshot": {"10:20:10,14", asString},
	"refcursor": {"<unnamed portal 1>", asString}, "aclitem": {"anon=r/postgres", asString},
	"regproc": {"now", asString}, "regprocedure": {"abs(integer)", asString}, "regoper": {"||/", asString}, "regoperator": {"+(integer,integer)", asString},
	"regclass": {"pg_class", asString}, "regtype": {"integer", asString}, "regrole": {"anon", asString}, "regnamespace": {"types", asString},
	"regcollation": {`"C"`, asString}, "regconfig": {"simple", asString}, "regdictionary": {"simple", asString},
	"int4range": {"[1,5)", asRange(asNumber)}, "int8range": {"(,5)", asRange(asNumber)}, "numrange": {"(1.5,)", asRange(asString)}, "daterange": {"empty", asRange(asDate)},
	"tsrange": {`["2024-02-29 12:00:00",)`, asRange(asDateTime)}, "tstzrange": {`["2024-02-29 12:00:00+00",)`, asRange(asTimestamp)},
	"int4multirange": {"{[1,5)}", asMultirange(asNumber)}, "int8multirange": {"{(,5)}", asMultirange(asNumber)}, "nummultirange": {"{(1.5,)}", asMultirange(asString)},
	"datemultirange": {"{[2024-02-29,)}", asMultirange(asDate)}, "tsmultirange": {`{["2024-02-29 12:00:00",)}`, asMultirange(asDateTime)},
	"tstzmultirange":  {`{["2024-02-29 12:00:00+00",)}`, asMultirange(asTimestamp)},
	"cardinal_number": {"7", asNumber}, "character_data": {"c", asString}, "sql_identifier": {"i", asString}, "time_stamp": {"2024-02-29 12:00:00+00", asTimestamp},
	"yes_or_no": {"YES", asString},
}

// noInput are the types of which no text makes a value.
var noInput = map[string]bool{
	"pg_node_tree": true, "pg_ndistinct": true, "pg_dependencies": true, "pg_mcv_list": true, "gtsvector": true,
	"pg_brin_bloom_summary": true, "pg_brin_minmax_multi_summary": true,
}

// builtIns are the types of Postgres' own that a column may have.
const builtIns = `
	select t.oid::regtype, t.typname, coalesce(e.typname, '')
	from pg_type t left join pg_type e on e.typarray = t.oid
	where t.typnamespace in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
	  and coalesce(e.typtype, t.typtype) in ('b', 'r', 'm', 'd') order by t.oid`

// builtIn is a type of Postgres' own, in a column.
type builtIn struct {
	sql, column string
	// text is a value as psql prints it, NULL for a type without input, and json
	// the same in a message.
	text, json string
}

func everyBuiltIn(t *testing.T) []builtIn {
	t.Helper()
	var all []builtIn
	for i, row := range psqlRows(t, storetest.New(t), builtIns) {
		b := builtIn{sql: row[0], column: fmt.Sprintf("c%d", i), text: null}
		name, array := row[1], row[2] != ""
		if array {
			name = row[2]
		}
		s, ok := samples[name]
		switch {
		case noInput[name]:
		case !ok:
			t.Errorf("%s has no sample", name)
		case array:
			mark := byte(',')
			if name == "box" {
				mark = ';'
			}
			if strings.HasSuffix(name, "multirange") {
				s.json = asString
			}
			b.text = arrayBetween(mark, s.text, s.text)
			b.json = eachBetween(mark, s.json)(b.text)
		default:
			b.text, b.json = s.text, s.json(s.text)
		}
		all = append(all, b)
	}
	return all
}

// TestEveryBuiltInType has a column of every type that pg_type knows: pulled,
// bound and served, with NULL and with a value. A type that a later version of
// Postgres adds fails here until it has a sample.
func TestEveryBuiltInType(t *testing.T) {
	types := everyBuiltIn(t)
	if len(types) < 150 {
		t.Fatalf("pg_type has %d types", len(types))
	}
	var columns, names []string
	empty, full := `{"id":1}`, `{"id":2`
	for _, b := range types {
		// The domain time_stamp has a default of its own.
		columns, names = append(columns, b.column+" "+b.sql+" default null"), append(names, b.column)
		if b.json != "" {
			full += fmt.Sprintf(",%q:%s", b.column, b.json)
		}
	}
	full += "}"
	w := newTypesWorld(t, nil, "create table types.builtin (id integer primary key, "+strings.Join(columns, ", ")+");\n"+openToAnon("types.builtin"))
	if n := w.method(t, "Builtin", "Get").Output().Fields().Len(); n != len(types)+1 {
		t.Errorf("a pull makes %d fields of %d columns", n, len(types)+1)
	}
	report, err := service.Check(t.Context(), w.store, w.contract, []string{"anon"})
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range report.Problems {
		t.Error(problem)
	}

	for i, row := range []string{empty, full} {
		w.answers(t, "Builtin", "Create", `{"builtin":`+row+`}`, "", row)
		w.answers(t, "Builtin", "Get", fmt.Sprintf(`{"id":%d}`, i+1), "", row)
	}
	w.answers(t, "Builtin", "List", "{}", "", `{"builtins":[`+empty+","+full+`]}`)
	rows := w.query(t, "select "+strings.Join(names, ", ")+" from types.builtin order by id")
	for i, b := range types {
		for j, want := range []string{null, b.text} {
			if got := rows[j][i]; got != want {
				t.Errorf("the column of type %s has, as psql prints it, %s, want %s", b.sql, got, want)
			}
		}
	}
}
