package protogen_test

import (
	"fmt"
	"strings"
)

// sqlType is a type of a random schema.
type sqlType struct {
	// sql is the type as a column declares it.
	sql string
	// values are expressions of the type, all different, that the proposed
	// protobuf type can hold.
	values []string
	// key says that a unique index takes the type.
	key bool
	// check is the kind of check constraints that it takes: number, text or none.
	check string
	// notNull says that it is a domain that refuses NULL; enum that it is one;
	// unreferred that Postgres takes no foreign key on it.
	notNull, enum, unreferred bool
}

// literals makes a type of values in their text form.
func literals(sql string, key bool, check string, values ...string) sqlType {
	t := sqlType{sql: sql, key: key, check: check}
	for _, v := range values {
		t.values = append(t.values, fmt.Sprintf("%s::%s", sqlText(v), sql))
	}
	return t
}

func sqlText(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

func sqlName(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

// builtIn are the types of the type table, and some that it does not name.
var builtIn = []sqlType{
	literals("boolean", true, "", "true", "false"),
	literals("smallint", true, "number", "1", "2"),
	literals("integer", true, "number", "7", "8"),
	literals("bigint", true, "number", "9007199254740993", "3"),
	literals("oid", true, "", "1", "4294967295"),
	literals("real", true, "number", "1.5", "2.25"),
	literals("double precision", true, "number", "1e300", "2"),
	literals("numeric", true, "number", "1.10", "20"),
	literals("numeric(12,3)", true, "number", "1.100", "12.345"),
	literals("money", true, "", "12.34", "56.78"),
	literals("text", true, "text", "one", "two"),
	literals("varchar", true, "text", "one", "two"),
	literals("varchar(20)", true, "text", "one", "two"),
	literals("char(5)", true, "text", "one", "two"),
	literals(`"char"`, true, "", "a", "b"),
	literals("name", true, "", "one", "two"),
	literals("uuid", true, "", "a11ce000-0000-4000-8000-000000000001", "b0b00000-0000-4000-8000-000000000002"),
	literals("bytea", true, "", `\x00ff`, `\x01`),
	literals("inet", true, "", "10.0.0.1", "10.0.0.0/8"),
	literals("cidr", true, "", "10.0.0.0/8", "::/0"),
	literals("macaddr", true, "", "08:00:2b:01:02:03", "08:00:2b:01:02:04"),
	literals("macaddr8", true, "", "08:00:2b:01:02:03:04:05", "08:00:2b:01:02:03:04:06"),
	literals("timestamptz", true, "", "2026-01-02 03:04:05.678901+00", "1970-01-01 00:00:00+00"),
	literals("timestamp(3)", true, "", "2026-01-02 03:04:05.678", "1970-01-01 00:00:00"),
	literals("timestamp", true, "", "2026-01-02 03:04:05.678901", "1970-01-01 00:00:00"),
	literals("date", true, "", "2026-01-02", "0001-01-01"),
	literals("time", true, "", "03:04:05.678901", "23:59:59"),
	literals("timetz", true, "", "03:04:05+02", "23:59:59-05:30"),
	literals("interval", true, "", "1 mon 2 days 00:00:03.5", "-1 days"),
	literals("json", false, "", `{"a": [1, null, "x"]}`, `"two"`),
	literals("jsonb", true, "", `{"a": [1, null, "x"]}`, `"two"`),
	literals("xml", false, "", "<a/>", "two"),
	literals("bit(3)", true, "", "101", "010"),
	literals("bit varying(5)", true, "", "10", "1"),
	literals("point", false, "", "(1,2)", "(3,4)"),
	literals("box", false, "", "(3,4),(1,2)", "(1,1),(0,0)"),
	literals("circle", false, "", "<(1,2),3>", "<(0,0),1>"),
	literals("polygon", false, "", "((0,0),(1,1),(1,0))", "((0,0),(2,2),(2,0))"),
	literals("tsvector", true, "", "'a' 'fat' 'cat'", "'b':1"),
	literals("tsquery", true, "", "'a' & 'b'", "'c'"),
	literals("pg_lsn", true, "", "16/B374D848", "0/0"),
	literals("xid8", true, "", "1", "2"),
	literals("regclass", true, "", "pg_class", "pg_type"),
	literals("oidvector", true, "", "1 2", "3"),
	literals("jsonpath", false, "", "$.\"a\"", "$"),
	literals("int4range", true, "", "[1,5)", "empty"),
	literals("int8range", true, "", "[1,5)", "(,9)"),
	literals("numrange", true, "", "[1.5,2.5]", "(1,)"),
	literals("tsrange", true, "", "[2026-01-01 00:00:00,2026-01-02 00:00:00)", "empty"),
	literals("tstzrange", true, "", "[2026-01-01 00:00:00+00,2026-01-02 00:00:00+00)", "empty"),
	literals("daterange", true, "", "[2026-01-01,2026-01-05)", "(,)"),
	literals("int4multirange", true, "", "{[1,5),[7,9)}", "{}"),
	literals("nummultirange", true, "", "{[1.5,2.5]}", "{}"),
	literals("tstzmultirange", true, "", "{[2026-01-01 00:00:00+00,2026-01-02 00:00:00+00)}", "{}"),
	literals("datemultirange", true, "", "{[2026-01-01,2026-01-05)}", "{}"),
}

// extensionTypes are those of the extensions that may be there.
var extensionTypes = map[string]sqlType{
	"citext": literals("extensions.citext", true, "", "One", "two"),
	"hstore": literals("extensions.hstore", false, "", `"a"=>"1"`, `"b"=>""`),
	"ltree":  literals("extensions.ltree", true, "", "a.b.c", "d"),
	"vector": literals("extensions.vector(3)", false, "", "[1,2,3]", "[0,0,1]"),
}

// arrayOf is the array type of t. Arrays of hstore and vectors are text, and
// a modifier of the element's stays.
func arrayOf(t sqlType) sqlType {
	a := sqlType{sql: t.sql + "[]", key: t.key, unreferred: true}
	for n := len(t.values); n > 0; n-- {
		a.values = append(a.values, fmt.Sprintf("array[%s]::%s", strings.Join(t.values[:n], ", "), a.sql))
	}
	a.values = append(a.values, "'{}'::"+a.sql)
	return a
}
