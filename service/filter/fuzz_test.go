package filter_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/rowgate/rowgate/service/filter"
	"github.com/rowgate/rowgate/store/query"
)

// sqlToken is what SQL may be made of: the schema's names, in quotes, and
// rowgate's own words. Nothing of a request is among it.
var sqlToken = func() *regexp.Regexp {
	r := regexp.MustCompile(`^(?:"(?:public|pg_catalog|jsonb|numeric|text|ext|i|id|title|price|rating|score|done|created|length|kind|tags|span|doc|plain|spot|attrs|words|raw|isbn|name|author|items|hidden)"` +
		`|operator\((?:pg_catalog|"ext")\.(?:=|<>|<|<=|>|>=|~~|~~\*|~|~\*|@@|@>|<@|&&|\?|->)\)` +
		`|pg_catalog\.(?:to_tsvector|websearch_to_tsquery|jsonb_extract_path|jsonb_extract_path_text|jsonb_typeof|isempty|cardinality)` +
		`|select|from|where|as|and|or|not|is|null|exists|any|case|when|then|end|variadic|false|order by|desc|nulls|first|last|t\d*|\$\d+|::|[ .,()])`)
	r.Longest()
	return r
}()

// foreign is the first part of SQL that rowgate did not write; empty for none.
func foreign(sql string) string {
	for sql != "" {
		n := len(sqlToken.FindString(sql))
		if n == 0 {
			return sql
		}
		sql = sql[n:]
	}
	return ""
}

func FuzzCondition(f *testing.F) {
	for _, p := range pairs {
		f.Add(p.filter)
	}
	for _, seed := range []string{
		`title = "'; drop table i; --"`, `doc."x'\"; drop".y = "z"`, `attrs."k'" = 'v"'`, `title:(a OR b AND -c)`, `NOT NOT done`, `in(rating, 1, (2), 3)`,
		`rating = (1 OR (2 AND NOT 3))`, `contains(span, "(,]")`, `overlaps(span, "[\"1\",\"\"\"2\")")`, `author.items.author.name = "x"`, `a = b.c`, "\ue0001 = 1",
		`title = "\ud800"`, `title="a""b"`, `in(title, timestamp("x"))`, `search(title, "x", simple)`, `-5 = -5`, `.5.5`, `doc.1.2 = 1.e5`, `f(x) = 1`, `title = f(x)`, `a.b(c)`,
	} {
		f.Add(seed)
	}
	item := items()
	f.Fuzz(func(t *testing.T, text string) {
		var p filter.Params
		e, err := filter.Condition(text, item, 0, &p)
		if err != nil {
			checkError(t, text, err)
			return
		}
		if strings.TrimSpace(text) == "" || e == nil {
			if strings.TrimSpace(text) != "" || e != nil {
				t.Fatalf("%q is %v", text, e)
			}
			return
		}
		st := query.Select{From: query.Relation{Schema: "public", Name: "i"}, Columns: []query.Column{{Name: "id"}}, Where: e}.Statement()
		if s := foreign(st.SQL); s != "" {
			t.Fatalf("%q became SQL: %s", s, st.SQL)
		}
		if len(st.Params) != len(p.Args) {
			t.Fatalf("%d parameters and %d arguments: %s", len(st.Params), len(p.Args), st.SQL)
		}
		for i, a := range p.Args {
			if a == nil {
				t.Fatalf("argument %d is NULL: %s", i, st.SQL)
			}
		}
	})
}

func FuzzOrderBy(f *testing.F) {
	for _, seed := range []string{
		"", "title", "title desc, rating nulls first", `doc.a."b'; drop" desc nulls last`, "author.name,author.id", "id,id", "title  desc ,", `"title"`, "isbn", "doc", "author.items.id", `doc."\u00e9"`,
	} {
		f.Add(seed)
	}
	item := items()
	f.Fuzz(func(t *testing.T, text string) {
		var p filter.Params
		terms, err := filter.OrderBy(text, item, 0, []*filter.Column{item.Column("id")}, &p)
		if err != nil {
			checkError(t, text, err)
			return
		}
		if s := foreign(orderSQL(terms)); s != "" {
			t.Fatalf("%q became SQL: %s", s, orderSQL(terms))
		}
	})
}

func checkError(t *testing.T, text string, err error) {
	t.Helper()
	e, ok := err.(*filter.Error)
	switch {
	case !ok:
		t.Fatalf("%q: %T: %v", text, err, err)
	case e.Position < 0 || e.Position > len([]rune(text))+1:
		t.Fatalf("%q: an error at %d", text, e.Position)
	case len(e.Text) > 2000:
		t.Fatalf("%q: an error of %d bytes", text, len(e.Text))
	}
}
