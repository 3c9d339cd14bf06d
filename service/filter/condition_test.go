package filter_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rowgate/rowgate/service/filter"
)

func TestCondition(t *testing.T) {
	item := items()
	tests := []struct {
		filter, sql string
		args        []string
	}{
		{filter: `title = "a"`, sql: `t."title" operator(pg_catalog.=) $1`, args: []string{"a"}},
		{filter: ` title="a b" `, sql: `t."title" operator(pg_catalog.=) $1`, args: []string{"a b"}},
		{filter: `title = ""`, sql: `t."title" operator(pg_catalog.=) $1`, args: []string{""}},
		{filter: `title = "it's \"x\" \\ \u00e9\n"`, sql: `t."title" operator(pg_catalog.=) $1`, args: []string{"it's \"x\" \\ é\n"}},
		{filter: `title = '50%_*'`, sql: `t."title" operator(pg_catalog.~~) $1`, args: []string{`50\%\_%`}},
		{filter: `title != "*\*"`, sql: `(not t."title" operator(pg_catalog.~~) $1)`, args: []string{`%*`}},
		{filter: `title:some`, sql: `t."title" operator(pg_catalog.~~*) $1`, args: []string{"%some%"}},
		{
			filter: `rating = 5 OR done AND NOT rating > -5`, sql: `((t."rating" operator(pg_catalog.=) $1 or t."done") and (not t."rating" operator(pg_catalog.>) $2))`,
			args: []string{"\x00\x00\x00\x05", "\xff\xff\xff\xfb"},
		},
		{filter: `rating = 5000000000`, sql: `t."rating" operator(pg_catalog.=) $1`, args: []string{"\x00\x00\x00\x01\x2a\x05\xf2\x00"}},
		{filter: `in(rating, 1, 2)`, sql: `t."rating" operator(pg_catalog.=) any($1)`, args: []string{
			"\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x17\x00\x00\x00\x02\x00\x00\x00\x01\x00\x00\x00\x04\x00\x00\x00\x01\x00\x00\x00\x04\x00\x00\x00\x02",
		}},
		{filter: `done NOT(done) AND(done)`, sql: `(t."done" and (not t."done") and t."done")`},
		{filter: `in(isbn, "1", "2")`, sql: `(t."isbn" operator(pg_catalog.=) $1 or t."isbn" operator(pg_catalog.=) $2)`, args: []string{"1", "2"}},
		{filter: `plain.a."b.c" = "x"`, sql: `pg_catalog.jsonb_extract_path((t."plain")::"pg_catalog"."jsonb", variadic $1) operator(pg_catalog.=) $2`, args: []string{
			"\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x19\x00\x00\x00\x02\x00\x00\x00\x01\x00\x00\x00\x01a\x00\x00\x00\x03b.c", "\x01\"x\"",
		}},
		{filter: `doc.a = .5`, sql: `pg_catalog.jsonb_extract_path(t."doc", variadic $1) operator(pg_catalog.=) $2`, args: []string{
			"\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x19\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00\x01a", "\x010.5",
		}},
		{filter: `attrs."a b" = "1"`, sql: `(t."attrs" operator("ext".->) $1) operator(pg_catalog.=) $2`, args: []string{"a b", "1"}},
		{filter: `author.items.title = "x"`, sql: `exists (select from "public"."author" as t1 where (t1."id" operator(pg_catalog.=) t."author" and ` +
			`exists (select from "public"."items" as t2 where (t2."id" operator(pg_catalog.=) t1."items" and t2."title" operator(pg_catalog.=) $1))))`, args: []string{"x"}},
		{filter: `author = null`, sql: `(not exists (select from "public"."author" as t1 where t1."id" operator(pg_catalog.=) t."author"))`},
	}
	for _, tt := range tests {
		var p filter.Params
		e, err := filter.Condition(tt.filter, item, 0, &p)
		if err != nil {
			t.Errorf("%s: %v", tt.filter, err)
			continue
		}
		if diff := cmp.Diff(tt.sql, sqlOf(e)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.filter, diff)
		}
		var args []string
		for _, a := range p.Args {
			args = append(args, string(a))
		}
		if diff := cmp.Diff(tt.args, args); diff != "" {
			t.Errorf("%s: arguments (-want +got):\n%s", tt.filter, diff)
		}
	}
	if e, err := filter.Condition(" \n", item, 0, &filter.Params{}); e != nil || err != nil {
		t.Errorf("an empty filter is %v, %v", e, err)
	}
}

func TestConditionErrors(t *testing.T) {
	item := items()
	const fields = "id, title, price, rating, score, done, created, length, kind, tags, span, doc, plain, spot, attrs, words, raw, isbn, author"
	const syntax = `; write comparisons such as title = "x", with AND, OR, NOT and parentheses`
	tests := []struct {
		filter string
		at     int
		text   string
	}{
		{`owner = 1`, 1, `names "owner", which is none of the fields of Item: ` + fields},
		{`done AND author.age = 1`, 17, `names "age", which is none of the fields of Author: id, name, items, hidden`},
		{`title = "é" AND owner = 1`, 17, `names "owner", which is none of the fields of Item: ` + fields},
		{`author.hidden.id = 1`, 15, `names "id" within "hidden", whose rows cannot be read`},
		{`title.x = 1`, 7, `names "x" within "title", which is of type text and has no parts`},
		{`title`, 1, `has the field "title" alone, which is no boolean; write what it is compared with`},
		{`author`, 1, `has the relation author alone; write author:* for whether there is a row`},
		{`author = 1`, 10, `compares author with a value, but it is a relation; compare one of its fields, or write author:* for whether there is a row`},
		{`"x"`, 1, `has the value "\"x\"" alone; write the field that it is compared with`},
		{`5 = rating`, 1, `has "5" where a field is expected; fields stand to the left`},
		{`rating = x`, 10, `compares type integer with "x"; write a whole number`},
		{`rating = 1.5`, 10, `compares type integer with "1.5"; write a whole number`},
		{`rating = 99999999999999999999`, 10, `has the number "99999999999999999999", which is beyond 64 bits`},
		{`score = 1e999`, 9, `has the number "1e999", which is beyond type double precision`},
		{`score = 0x1p3`, 9, `compares type double precision with "0x1p3"; write a number`},
		{`price = abc`, 9, `has a value of type numeric(12,2) that is wrong: "abc" is not a decimal number`},
		{`done = "true"`, 8, `compares a boolean with "true"; write true or false`},
		{`created > 2024-13-01T00:00:00Z`, 11, `has a value of type timestamp with time zone that is wrong: "2024-13-01T00:00:00Z" is not a day of the calendar`},
		{`created > duration("5s")`, 20, `compares type timestamp with time zone with a duration`},
		{`kind = c`, 8, `has a value of type public.kind that is wrong: "c" is not one of a, b`},
		{`id = "x"`, 6, `has a value of type uuid that is wrong: "x" is not a UUID, 32 hexadecimal digits in the form xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`},
		{`raw = "?"`, 7, `compares bytes with "?"; write them in base64`},
		{`spot = "(1,2)"`, 1, `compares spot, but type point has no comparisons`},
		{`tags = "x"`, 1, `compares tags by an operator, but it is a list; write tags:"x", contains(tags, ...) or overlaps(tags, ...)`},
		{`words = "x"`, 1, `compares words by an operator, but it is of type tsvector; write search(words, "words")`},
		{`attrs = "x"`, 1, `compares attrs by an operator, but it is a map; write attrs.key = "x" or attrs:"key"`},
		{`rating < null`, 10, `compares rating with null by another operator than = and !=`},
		{`span = "1-2"`, 8, `has "1-2", which is no range of type int4range; write it as [from,to) or [from,to], with an end left out for none`},
		{`in(rating, 1, null)`, 15, `has null in a list, which nothing equals; write rating = null OR in(...)`},
		{`in(rating)`, 1, `calls in otherwise than in(field, "a", "b")`},
		{`isEmpty(tags, 1)`, 1, `calls isEmpty otherwise than isEmpty(field)`},
		{`matches(rating, "x")`, 9, `names rating, which is of type integer; the function takes texts`},
		{`search(title, "x", "pirate")`, 20, `searches by "pirate", which is none of simple, arabic, armenian, basque, catalan, danish, dutch, english, finnish, french, german, ` +
			`greek, hindi, hungarian, indonesian, irish, italian, lithuanian, nepali, norwegian, portuguese, romanian, russian, serbian, spanish, swedish, tamil, turkish, yiddish`},
		{`pg_sleep(title, 5)`, 1, `calls "pg_sleep", which is none of the functions containedBy, contains, ilike, imatches, in, isEmpty, matches, overlaps, search`},
		{`FUZZY(done, done)`, 1, `calls "FUZZY", which is none of the functions containedBy, contains, ilike, imatches, in, isEmpty, matches, overlaps, search`},
		{`contains(doc, "{")`, 15, `has a value of type jsonb that is wrong: the text is not JSON: it ends too early`},
		{`doc.a > xyz`, 9, `compares JSON with "xyz"; write a number, or a text in quotes`},
		{`title = "a", "b"`, 12, `cannot be read from "," on` + syntax},
		{`title = "a\q"`, 9, `has the escape \q, which stands for nothing; a backslash is \\`},
		{`title = "abc`, 9, `has a quoted text that does not end`},
		{`title = "a"x`, 12, `lacks a blank before "x"`},
		{`title = = 1`, 9, `has "=" where a value is expected`},
		{`title ! 1`, 7, `has a "!" that no "=" follows; NOT stands for not`},
		{`(done`, 1, `has a parenthesis that is not closed`},
		{`done)`, 5, `has a closing parenthesis too many`},
		{`done AND`, 6, `cannot be read from "AND" on` + syntax},
		{`title = `, 9, `ends where a field, a value or a parenthesis is expected`},
		{`done and done`, 6, `has the word and between conditions; it is written AND`},
		{"title\ue000 = 1", 6, `has the character U+E000, which stands for nothing; quote it`},
		{"title = \"\xff\"", 0, `is not valid UTF-8`},
		{`title = "\u0000"`, 9, `has a value of type text that is wrong: the text has a NUL character, which Postgres cannot store`},
		{strings.Repeat("x", 100) + ` = 1`, 1, `names "` + strings.Repeat("x", 60) + `"..., which is none of the fields of Item: ` + fields},
		{`author.items.author.items.author.items.title = "x"`, 34, `has a path through more than 5 relations`},
	}
	for _, tt := range tests {
		_, err := filter.Condition(tt.filter, item, 0, &filter.Params{})
		var got *filter.Error
		if !errors.As(err, &got) {
			t.Errorf("%s: error %v", tt.filter, err)
			continue
		}
		if diff := cmp.Diff(&filter.Error{Position: tt.at, Text: tt.text}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.filter, diff)
		}
	}
}
