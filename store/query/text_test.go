package query_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rowgate/rowgate/store/query"
)

func TestText(t *testing.T) {
	for _, tt := range []struct {
		name, sql, want string
		names           []string
		writes          bool
	}{
		{"none", "select 1", "select 1", nil, false},
		{"each name once", "select :a, :b, :a", "select $1, $2, $1", []string{"a", "b"}, false},
		{"a cast", "select :a::int, x::text, :b ::int, y :: z", "select $1::int, x::text, $2 ::int, y :: z", []string{"a", "b"}, false},
		{"behind a word", "select:a from t limit:n", "select $1 from t limit $2", []string{"a", "n"}, false},
		{"behind digits", "select 1:a", "select 1 $1", []string{"a"}, false},
		{"named arguments", "select f(a := :a, b => :b)", "select f(a := $1, b => $2)", []string{"a", "b"}, false},
		{"slices", "select a[1:2], a[1: n], a[:n]", "select a[1:2], a[1: n], a[$1]", []string{"n"}, false},
		{"strings", `select ':a', 'it''s :a', E':a\':a', n':a', u&':a', b'01' :b`, `select ':a', 'it''s :a', E':a\':a', n':a', u&':a', b'01' $1`, []string{"b"}, false},
		{"a backslash in a plain string", `select ':a\', :b, ''`, `select ':a\', $1, ''`, []string{"b"}, false},
		{"a backslash that is escaped", `select e'\\', :b`, `select e'\\', $1`, []string{"b"}, false},
		{"an E-string that goes on", "select E'a' -- it's\n '\\':a', :b", "select E'a' -- it's\n '\\':a', $1", []string{"b"}, false},
		{"an E-string that does not", `select E'a' '\', :b, ''`, `select E'a' '\', $1, ''`, []string{"b"}, false},
		{"a name that ends in e", `select the'\', :b, ''`, `select the'\', $1, ''`, []string{"b"}, false},
		{"quoted names", `select ":a", "b"":b" as ":c", :d`, `select ":a", "b"":b" as ":c", $1`, []string{"d"}, false},
		{"dollar quotes", "select $$:a$$, $x$:a $$ :b $y$ $x$, :c, a$b$:d", "select $$:a$$, $x$:a $$ :b $y$ $x$, $1, a$b$ $2", []string{"c", "d"}, false},
		{"comments", "select 1 -- :a ; '\n, /* :b /* ; */ ' :c */ :d /* :e */", "select 1 -- :a ; '\n, /* :b /* ; */ ' :c */ $1", []string{"d"}, false},
		{"a comment behind an operator", "select 1 +--:a\n:b /*+ Hint(:c) */ */*:d*/ 2", "select 1 +--:a\n$1 /*+ Hint(:c) */ */*:d*/ 2", []string{"b"}, false},
		{"a semicolon at the end", "select :a ; -- done\n", "select $1", []string{"a"}, false},
		{"other letters", "select :a as größe, größe from t", "select $1 as größe, größe from t", []string{"a"}, false},
		{"parentheses", "((select :a) union select 2)", "(($1", nil, false},
		{"values", "values (:a)", "values ($1)", []string{"a"}, false},
		{"table", "table items", "table items", nil, false},
		{"insert", "insert into t values (:a)", "insert into t values ($1)", []string{"a"}, true},
		{"update", "UPDATE t set a = :a", "UPDATE t set a = $1", []string{"a"}, true},
		{"merge", "merge into t using s on true when matched then delete", "", nil, true},
		{"a write in WITH", "with n as (insert into t values (1) returning *) select * from n", "", nil, true},
		{"a write in WITH, materialized", "with n as not materialized (delete from t returning *) select * from n", "", nil, true},
		{"a write behind WITH", "with a(x) as (select 1), b as (select 2) delete from t", "", nil, true},
		{"words that are names", "with delete as (select 1 as update) select (1) insert from delete for update", "", nil, false},
		{"INTO as a name", `select 1 as into, t.into, "into"`, "", nil, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := query.ParseText(tt.sql)
			if err != nil {
				t.Fatal(err)
			}
			if sql := got.SQL(nil); tt.names != nil && sql != tt.want {
				t.Errorf("got  %s\nwant %s", sql, tt.want)
			}
			if tt.names != nil && cmp.Diff(tt.names, got.Names) != "" {
				t.Errorf("the parameters: %v, want %v", got.Names, tt.names)
			}
			if got.Writes != tt.writes {
				t.Errorf("it writes: %v", got.Writes)
			}
		})
	}
}

func TestTextCasts(t *testing.T) {
	text, err := query.ParseText("select id, addr from t where id = :id and addr = any(:all) -- rest")
	if err != nil {
		t.Fatal(err)
	}
	casts := []string{"", "inet[]"}
	columns := []query.Column{{Name: "id"}, {Name: `ad"dr`, Cast: "text"}}
	const inner = "select id, addr from t where id = $1 and addr = any(($2::inet[]))"
	if got, want := text.Cast(casts, columns), "with t as ("+inner+`) select t."id", t."ad""dr"::pg_catalog.text from t`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := text.Cast(casts, columns[:1]); got != inner {
		t.Errorf("without a cast: %s", got)
	}
}

func TestTextNear(t *testing.T) {
	text, err := query.ParseText("select :a, größer from t where:wrong or ünder")
	if err != nil {
		t.Fatal(err)
	}
	// select $1, größer from t where $2 or ünder
	for at, want := range map[int]string{
		1:  `"select :a, größer from t where:wrong o…"`,
		8:  `":a, größer from t where:wrong or ünde…"`,
		9:  `":a, größer from t where:wrong or ünde…"`,
		10: `", größer from t where:wrong or ünder"`,
		19: `"from t where:wrong or ünder"`,
		32: `":wrong or ünder"`,
		35: `"or ünder"`,
		39: `"nder"`,
		99: "its end",
	} {
		if got := text.Near(at); got != want {
			t.Errorf("%d: %s, want %s", at, got, want)
		}
	}
}

func TestTextRefusals(t *testing.T) {
	const others = "; a query is a SELECT, WITH, VALUES or TABLE, or with writes: true an INSERT, UPDATE, DELETE or MERGE: " +
		"anything else could end the transaction that holds the caller's role, or outlive it"
	for sql, want := range map[string]string{
		"":                           "the SQL is empty",
		" -- nothing\n":              "the SQL is empty",
		";":                          "the SQL is empty",
		"()":                         `the SQL begins with ")"` + others,
		"((":                         "the SQL has no statement within its parentheses",
		"select 1; select 2":         `the SQL has more than one statement: a semicolon stands before "select 2"`,
		"select 1;;":                 `the SQL has more than one statement: a semicolon stands before ";"`,
		"select $1":                  "the SQL has the parameter $1: write :name, with the name of the request's field",
		"select 'a":                  `the SQL has a quote that does not end: "'a"`,
		`select E'a\'`:               `the SQL has a quote that does not end: "'a\\'"`,
		`select "a`:                  `the SQL has a quote that does not end: "\"a"`,
		"select $a$ $b$":             `the SQL has a dollar quote that does not end: "$a$ $b$"`,
		"select /* /* */":            `the SQL has a comment that does not end: "/* /* */"`,
		"select 1\x00":               "the SQL holds a NUL character",
		"select '\xff'":              "the SQL is not valid UTF-8",
		"set role postgres":          `the SQL begins with "set role postgres"` + others,
		"/* x */ begin":              `the SQL begins with "begin"` + others,
		"commit":                     `the SQL begins with "commit"` + others,
		"reset all":                  `the SQL begins with "reset all"` + others,
		"do $$ begin commit; end $$": `the SQL begins with "do $$ begin commit; end $$"` + others,
		"call p()":                   `the SQL begins with "call p()"` + others,
		"copy t to stdout":           `the SQL begins with "copy t to stdout"` + others,
		"listen x":                   `the SQL begins with "listen x"` + others,
		"prepare x as select 1":      `the SQL begins with "prepare x as select 1"` + others,
		"execute x":                  `the SQL begins with "execute x"` + others,
		"explain analyze select 1":   `the SQL begins with "explain analyze select 1"` + others,
		"create table t as select 1": `the SQL begins with "create table t as select 1"` + others,
		`"select" 1`:                 `the SQL begins with "\"select\" 1"` + others,
		":a":                         `the SQL begins with ":a"` + others,
		"select * into n from t":     `the SQL has a SELECT INTO, which makes a table: "into n from t"`,
		"select 1 as a into temp n":  `the SQL has a SELECT INTO, which makes a table: "into temp n"`,
		"with a as (select 1) table a into " + strings.Repeat("n", 50): `the SQL has a SELECT INTO, which makes a table: "into ` + strings.Repeat("n", 35) + `…"`,
	} {
		_, err := query.ParseText(sql)
		if err == nil || err.Error() != want {
			t.Errorf("%q:\ngot  %v\nwant %s", sql, err, want)
		}
	}
}

// FuzzText holds that a text is read without a panic, and that what is sent of
// it is read as the same statement: with its parameters as such, and not within
// quotes or as part of a name.
func FuzzText(f *testing.F) {
	for _, seed := range []string{
		"select :a::int, ':b' from t where x = any(:c) -- :d\n;", `select E'\':a' "b" $x$ :c $x$ /* /* */ */ :d`,
		"with n as (insert into t values (:a) returning *) select * from n", "select a[1:n], b[:n], 1:a", "select:a$b",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		text, err := query.ParseText(sql)
		if err != nil {
			return
		}
		sent := text.SQL(nil)
		again, err := query.ParseText(sent)
		switch {
		case len(text.Names) > 0 && (err == nil || !strings.Contains(err.Error(), "the SQL has the parameter $1:")):
			t.Errorf("%q became %q, which is read as %v, %v", sql, sent, again, err)
		case len(text.Names) == 0 && (err != nil || again.SQL(nil) != sent || !strings.Contains(sql, sent)):
			t.Errorf("%q became %q, which is read as %v, %v", sql, sent, again, err)
		}
		for i := range 3 {
			text.Near(i * len(sent) / 2)
		}
	})
}
