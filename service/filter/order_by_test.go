package filter_test

import (
	"strings"
	"testing"

	"github.com/rowgate/rowgate/service/filter"
	"github.com/rowgate/rowgate/store/query"
)

func TestOrderBy(t *testing.T) {
	item := items()
	key := []*filter.Column{item.Column("id")}
	tests := []struct{ order, sql, err string }{
		{"", `t."id"`, ""},
		{" title desc ", `t."title" desc, t."id" desc`, ""},
		{"title asc nulls first,rating desc nulls last", `t."title" nulls first, t."rating" desc nulls last, t."id" desc`, ""},
		{"id desc, title", `t."id" desc, t."title"`, ""},
		{`plain.a."b c" desc`, `pg_catalog.jsonb_extract_path((t."plain")::"pg_catalog"."jsonb", variadic $1) desc, t."id" desc`, ""},
		{"author.hidden.id", "", `names "id" within "hidden", whose rows cannot be read (at character 15)`},
		{"author.name", `(select t1."name" from "public"."author" as t1 where t1."id" operator(pg_catalog.=) t."author"), t."id"`, ""},
		{"owner", "", `names "owner", which is none of the fields of Item: id, title, price, rating, score, done, created, length, kind, tags, span, doc, plain, spot, attrs, words, raw, isbn, author (at character 1)`},
		{"title, plain", "", `names "plain", whose type has no order; the fields with one are id, title, price, rating, score, done, created, length, kind, tags, span, doc, attrs, words, raw, isbn (at character 8)`},
		{"author", "", `names the relation "author"; name one of its fields (at character 1)`},
		{"author.items.title", "", `names "author.items.title", of which there can be several rows (at character 1)`},
		{"title,title desc", "", `names "title" twice (at character 7)`},
		{"title up", "", `has "up" behind a field, where asc or desc and nulls first or nulls last may stand (at character 7)`},
		{"title;drop", "", `names "title;drop", which is none of the fields of Item: id, title, price, rating, score, done, created, length, kind, tags, span, doc, plain, spot, attrs, words, raw, isbn, author (at character 1)`},
		{",", "", `lacks a field's name; names are separated by commas (at character 1)`},
		{"title, ", "", `ends in a comma (at character 8)`},
		{"doc.", "", `lacks a field's name; names are separated by commas (at character 5)`},
		{`doc."a`, "", `has a quoted text that does not end (at character 5)`},
		{`doc."a"b`, "", `lacks a blank or a comma behind a field (at character 8)`},
		{strings.Repeat("title,", 2000), "", "is longer than 4096 bytes"},
		{strings.Repeat("doc.a,", 40), "", `names "doc.a" twice (at character 7)`},
	}
	for _, tt := range tests {
		var p filter.Params
		terms, err := filter.OrderBy(tt.order, item, 0, key, &p)
		if got := errText(err); got != tt.err {
			t.Errorf("%s: error %q, want %q", tt.order, got, tt.err)
		}
		if err != nil {
			continue
		}
		const before = `select t."id" from "public"."i" as t order by `
		if got := orderSQL(terms)[len(before):]; got != tt.sql {
			t.Errorf("%s is ordered by %s, want %s", tt.order, got, tt.sql)
		}
		// After would look for NULL in it, and no index serve that.
		if terms[len(terms)-1].Nullable && len(tt.order) == 0 {
			t.Errorf("%s: the key may be NULL", tt.order)
		}
	}
}

func orderSQL(terms []filter.Term) string {
	order := make([]query.Order, len(terms))
	for i, term := range terms {
		order[i] = term.Order
	}
	return query.Select{From: query.Relation{Schema: "public", Name: "i"}, Columns: []query.Column{{Name: "id"}}, OrderBy: order}.Statement().SQL
}
