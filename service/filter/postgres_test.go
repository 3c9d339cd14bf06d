package filter_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/reflect/protoreflect"

	appv1 "github.com/rowgate/rowgate/proto/gen/app/v1"
	"github.com/rowgate/rowgate/service/filter"
	"github.com/rowgate/rowgate/store/catalog"
	"github.com/rowgate/rowgate/store/query"
	"github.com/rowgate/rowgate/store/storetest"
	"github.com/rowgate/rowgate/store/typemap"
)

// rows is a table of every type that a filter knows, at random with NULLs.
const rows = `
create schema ext;
create extension hstore schema ext;
create extension citext schema ext;
create extension isn schema ext;
create extension ltree schema ext;
create type public.post_kind as enum ('note', 'article', 'question');
create domain public.phrase as text check (value <> 'no');
create domain public.score as integer check (value > -1000000);
create table public.people (id int primary key, name text, boss_id int);
insert into people select n, (array['ann', 'bob', 'Cy%d', null])[1 + n % 4], nullif(n % 5, 0) from generate_series(1, 20) n;
select setseed(0.5);
create function pick(variadic text[]) returns text language sql volatile
  as 'select $1[1 + floor(random() * cardinality($1))::int]';
create table public.things as select n as id,
  pick(null, 'abc', 'ABC', 'a%c', 'a_c', 'a\c', 'a*c', 'xabcx', '', 'null', 'the quick brown foxes') as title,
  pick(null, 'abc', 'ABC', 'b')::varchar(3) as short, pick('abc', 'b', null)::char(5) as padded,
  pick(null, 'Abc', 'aBC', 'xyz')::ext.citext as loose,
  pick(null, '1', '2', '30000', '-5')::int2 as small, pick(null, '1', '2', '3', '-2147483648')::int as n, pick('1', '2', null)::public.score as points,
  pick(null, '9007199254740993', '9007199254740992', '1', '-9223372036854775808')::int8 as big, pick('1', '2', '3')::oid as o,
  pick(null, '0.1', '2.5', 'NaN', '-Infinity')::float4 as f4, pick(null, '0.1', '2.5', 'NaN', '1e300')::float8 as f8,
  pick(null, '12345678901234567890.123', '12345678901234567890.124', '1.5', '1.50', 'NaN')::numeric as price, pick(null, '1.5', '20')::numeric::money as cash,
  pick(null, 'true', 'false')::bool as done, pick(null, '3f2504e0-4f89-41d3-9a0c-0305e82c3301', 'a0000000-0000-0000-0000-000000000000')::uuid as key,
  pick(null, '\x00ff', '\x01')::bytea as raw, pick(null, 'note', 'article', 'question')::public.post_kind as kind,
  pick(null, '2024-05-01T00:00:00Z', '2024-05-01T00:00:00.000001Z', '2023-01-01Z', 'infinity')::timestamptz as created,
  pick(null, '2024-05-01T10:00:00', '2023-01-01')::timestamp as local, pick(null, '2024-05-01', '2023-12-31')::date as day,
  pick(null, '10:00', '23:59:59.5')::time as clock, pick(null, '20s', '1 mon', '30 days', '-1.5s')::interval as age,
  pick(null, '10.0.0.1', '10.0.0.0/8', '::1')::inet as ip, pick(null, '08:00:2b:01:02:03', '08:00:2b:01:02:04')::macaddr as mac,
  pick(null, '101', '1')::varbit as bits, pick(null, '9780306406157', '9781861972712')::ext.isbn13 as isbn, pick(null, 'a.b', 'a.c')::ext.ltree as tree,
  pick(null, '{a,b}', '{a}', '{}', '{c,null}')::text[] as tags, pick(null, '{1,2}', '{3}')::int[] as nums,
  pick(null, '{note,article}', '{question}')::public.post_kind[] as kinds, pick(null, '{08:00:2b:01:02:03}', '{}')::macaddr[] as macs,
  pick(null, '{1,2}', '{3}')::public.score[] as scores, pick(null, 'Abc', 'x')::public.phrase as phrase, pick(null, '{1.5,NaN}', '{2}')::numeric[] as prices,
  pick(null, '{2024-05-01}', '{}')::date[] as days, pick(null, '{t}', '{f}')::bool[] as flags, pick(null, '{Ab}', '{c}')::ext.citext[] as looses,
  pick(null, '[2024-01-01,2024-02-01)', '[2024-03-01,)')::daterange as stay, pick(null, '[1.5,2]', '(2,3)')::numrange as band,
  pick(null, '[1,5)', '[5,9]', 'empty', '(,3]')::int4range as span, pick(null, '["2024-01-01 00:00Z","2024-06-01 00:00Z")', '[2025-01-01 00:00Z,)')::tstzrange as period,
  pick(null, '{[1,3),[7,9)}', '{}')::int4multirange as spans,
  pick(null, 'a=>1,b=>NULL', 'a=>2,b=>3', 'c=>x', 'c=>Xy', '')::ext.hstore as attrs, to_tsvector('english', pick('the quick brown foxes', 'lazy dogs', null)) as words,
  pick(null, 'null', '{"color":"red","size":3,"on":true,"a":{"b":null},"tags":["x","y",5]}', '{"color":"reddish","size":"3","on":false,"a":{"b":1},"tags":"x"}', '{"color":7,"size":10.50,"a":[1,{"c":"d"}],"we ird":"q"}', '["color","x"]', '"color"', '3', '{"size":1e3,"color":null}')::jsonb as doc,
  null::json as plain, pick(null, '1', '2', '3', '4', '99')::int as author_id
  from generate_series(1, 400) n;
update things set plain = doc::json;
alter table things add primary key (id);
create table public.comments (id int primary key, thing_id int, author_id int, body text, votes int);
insert into comments select n, 1 + (n * 7) % 500, 1 + n % 25, pick(null, 'yes', 'no', 'maybe'), pick('1', '2', null)::int from generate_series(1, 300) n;
create table public.labels (id int primary key, name text);
insert into labels values (1, 'x'), (2, 'y');
create table public.thing_labels (thing_id int, label_id int);
insert into thing_labels select 1 + n % 70, 1 + n % 3 from generate_series(1, 90) n;`

// world is the schemas of the tables, and where to run what comes of them.
type world struct {
	conn   *pgx.Conn
	things *filter.Schema
}

func newWorld(t testing.TB) *world {
	t.Helper()
	conn := storetest.New(t, storetest.Migration{Name: "rows", SQL: rows}).Superuser(t)
	cat, err := catalog.Load(t.Context(), conn)
	if err != nil {
		t.Fatal(err)
	}
	fields := map[string]protoreflect.FieldDescriptor{}
	post := (&appv1.Post{}).ProtoReflect().Descriptor().Fields()
	for i := range post.Len() {
		if f := post.Get(i); f.Kind() == protoreflect.EnumKind && f.Enum().Name() == "PostKind" {
			fields["kind"], fields["kinds"] = f, f
		}
	}
	if fields["kind"] == nil {
		t.Fatal("Post has no field of PostKind")
	}
	schema := func(name string) *filter.Schema {
		s := &filter.Schema{Name: name}
		for _, c := range cat.Relation(catalog.Name{Name: name}).Columns {
			s.Columns = append(s.Columns, &filter.Column{
				Name: c.Name, Column: c.Name, Field: fields[c.Name], Type: typemap.Column(c), Nullable: !c.NotNull,
				Sortable: c.Sortable, Operators: c.Type.Operators, TextOnly: c.Type.TextOnly,
			})
		}
		return s
	}
	things, people, comments, labels := schema("things"), schema("people"), schema("comments"), schema("labels")
	relate := func(s *filter.Schema, name string, to *filter.Schema, many bool, their, our string) {
		s.Relations = append(s.Relations, &filter.Relation{
			Name: name, Many: many, To: func() *filter.Schema { return to },
			Join: func(from query.Alias, p *filter.Params) query.Join {
				return query.Join{From: from, To: query.Relation{Schema: "public", Name: to.Name}, As: p.Alias(), On: []query.Pair{{Their: their, Ours: our}}}
			},
		})
	}
	relate(things, "author", people, false, "id", "author_id")
	relate(things, "comments", comments, true, "thing_id", "id")
	relate(comments, "author", people, false, "id", "author_id")
	relate(people, "boss", people, false, "id", "boss_id")
	things.Relations = append(things.Relations, &filter.Relation{
		Name: "labels", Many: true, To: func() *filter.Schema { return labels },
		Join: func(from query.Alias, p *filter.Params) query.Join {
			return query.Join{
				From: from, To: query.Relation{Schema: "public", Name: "labels"}, As: p.Alias(), On: []query.Pair{{Their: "thing_id", Ours: "id"}},
				Through: &query.Junction{Relation: query.Relation{Schema: "public", Name: "thing_labels"}, As: p.Alias(), On: []query.Pair{{Their: "id", Ours: "label_id"}}},
			}
		},
	})
	return &world{conn, things}
}

var things = query.Relation{Schema: "public", Name: "things"}

// run runs a statement with its arguments as they are, and gives the first
// column as text.
func (w *world) run(t testing.TB, st *query.Statement, args [][]byte) ([]string, error) {
	t.Helper()
	oids, formats := make([]uint32, len(st.Params)), make([]int16, len(st.Params))
	for i, p := range st.Params {
		oids[i] = p.OID
		if !p.Text {
			formats[i] = 1
		}
	}
	result := w.conn.PgConn().ExecParams(t.Context(), st.SQL, args, oids, formats, nil).Read()
	var ids []string
	for _, row := range result.Rows {
		ids = append(ids, string(row[0]))
	}
	return ids, result.Err
}

// filtered are the rows that a filter leaves.
func (w *world) filtered(t testing.TB, text string) []string {
	t.Helper()
	var p filter.Params
	e, err := filter.Condition(text, w.things, 0, &p)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	st := query.Select{From: things, Columns: []query.Column{{Name: "id"}}, Where: e, OrderBy: []query.Order{{By: query.Ref{Column: "id"}}}}.Statement()
	ids, err := w.run(t, st, p.Args)
	if err != nil {
		t.Fatalf("%s: %v\n%s", text, err, st.SQL)
	}
	return ids
}

// selected are the rows that a condition of SQL leaves.
func (w *world) selected(t testing.TB, sql string) []string {
	t.Helper()
	ids, err := w.run(t, &query.Statement{SQL: "select id from things t where " + sql + " order by id"}, nil)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return ids
}

func TestConditionsMeanTheirSQL(t *testing.T) {
	w := newWorld(t)
	for _, pair := range pairs {
		// With NOT too, which tells false from unknown.
		for _, not := range []string{"", "NOT "} {
			text, sql := not+"("+pair.filter+")", not+"("+pair.sql+")"
			if got, want := w.filtered(t, text), w.selected(t, sql); !slices.Equal(got, want) {
				t.Errorf("%s leaves %d rows, and %s %d", text, len(got), sql, len(want))
			}
		}
		want := w.selected(t, pair.sql)
		if known := slices.Contains(none, pair.filter); known != (len(want) == 0) || len(want) == 400 {
			t.Errorf("%s leaves %d rows of 400, which tells little", pair.filter, len(want))
		}
	}
}

// A list of some thousand keys is one argument.
func TestLongLists(t *testing.T) {
	w := newWorld(t)
	list := func(value string) string { return strings.Repeat(", "+value, 5000) }
	for _, tt := range []struct{ filter, sql string }{
		{`in(key` + list("3f2504e0-4f89-41d3-9a0c-0305e82c3301") + ")", `key = '3f2504e0-4f89-41d3-9a0c-0305e82c3301'`},
		{`in(kind` + list("note") + ")", `kind = 'note'`},
		{`in(loose` + list(`"ABC"`) + ")", `lower(loose::text) = 'abc'`},
	} {
		if got, want := w.filtered(t, tt.filter), w.selected(t, tt.sql); !slices.Equal(got, want) {
			t.Errorf("%s... leaves %d rows, want %d", tt.filter[:20], len(got), len(want))
		}
	}
}

// Random filters are joined of the pairs, with parentheses where AIP-160 asks
// for them alone: OR binds more tightly than AND.
func TestRandomConditions(t *testing.T) {
	w := newWorld(t)
	const seed = 160
	r := rand.New(rand.NewPCG(seed, 0))
	var random func(depth int) (text, sql string)
	leaf := func() (string, string) {
		p := pairs[r.IntN(len(pairs))]
		return p.filter, "(" + p.sql + ")"
	}
	simple := func(depth int) (text, sql string) {
		if depth == 0 || r.IntN(3) > 0 {
			text, sql = leaf()
			if strings.ContainsAny(text[:1], "-N") || strings.Contains(text, " OR ") || strings.Contains(text, " AND ") || strings.HasSuffix(text, " done") {
				text = "(" + text + ")"
			}
		} else {
			text, sql = random(depth - 1)
			text = "(" + text + ")"
		}
		if r.IntN(4) == 0 {
			text, sql = []string{"NOT ", "-"}[r.IntN(2)]+text, "(not "+sql+")"
		}
		return text, sql
	}
	random = func(depth int) (string, string) {
		var ands, sqlAnds []string
		for range 1 + r.IntN(3) {
			var ors, sqlOrs []string
			for range 1 + r.IntN(3) {
				text, sql := simple(depth)
				ors, sqlOrs = append(ors, text), append(sqlOrs, sql)
			}
			ands, sqlAnds = append(ands, strings.Join(ors, " OR ")), append(sqlAnds, "("+strings.Join(sqlOrs, " or ")+")")
		}
		return strings.Join(ands, []string{" AND ", " "}[r.IntN(2)]), "(" + strings.Join(sqlAnds, " and ") + ")"
	}
	some := 0
	for range 300 {
		text, sql := random(2)
		got, want := w.filtered(t, text), w.selected(t, sql)
		if !slices.Equal(got, want) {
			t.Fatalf("seed %d: %s leaves %d rows, and %s %d", seed, text, len(got), sql, len(want))
		}
		if len(got) > 0 && len(got) < 400 {
			some++
		}
	}
	if some < 100 {
		t.Errorf("only %d of the filters leave some rows and not others", some)
	}
}

func TestOrdersMeanTheirSQL(t *testing.T) {
	w := newWorld(t)
	key := []*filter.Column{w.things.Column("id")}
	for _, tt := range []struct{ order, sql string }{
		{"", "id"},
		{"title", "title, id"},
		{"title desc", "title desc, id desc"},
		{"title desc nulls last, n", "title desc nulls last, n, id"},
		{"n nulls first, price desc", "n nulls first, price desc, id desc"},
		{"doc.size desc, doc.color", "doc -> 'size' desc, doc -> 'color', id"},
		{`plain."we ird" nulls first`, "plain::jsonb -> 'we ird' nulls first, id"},
		{"author.name desc nulls last", "(select name from people p where p.id = author_id) desc nulls last, id desc"},
		{"author.id desc, n", "(select p.id from people p where p.id = author_id) desc, n, id"},
		{"attrs.a desc, title", "attrs operator(ext.->) 'a' desc, title, id"},
		{"author.boss.name, id desc", "(select b.name from people p join people b on b.id = p.boss_id where p.id = author_id), id desc"},
		{"loose, isbn desc", "lower(loose::text), isbn using operator(ext.>), id desc"},
	} {
		var p filter.Params
		terms, err := filter.OrderBy(tt.order, w.things, 0, key, &p)
		if err != nil {
			t.Errorf("%s: %v", tt.order, err)
			continue
		}
		order := make([]query.Order, len(terms))
		columns := []query.Column{{Name: "id"}}
		for i, term := range terms {
			order[i] = term.Order
			columns = append(columns, query.Column{Name: "cursor", Of: term.By, Cast: term.Cast})
		}
		st := query.Select{From: things, Columns: columns, OrderBy: order}.Statement()
		got, err := w.run(t, st, p.Args)
		if err != nil {
			t.Errorf("%s: %v\n%s", tt.order, err, st.SQL)
			continue
		}
		want, err := w.run(t, &query.Statement{SQL: "select id from things order by " + tt.sql}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q orders otherwise than %s:\n%v\n%v", tt.order, tt.sql, got, want)
		}
		w.resumes(t, tt.order, terms, p.Args, want)
	}
}

// resumes checks that the cursor of a row leads to the rows behind it.
func (w *world) resumes(t *testing.T, text string, terms []filter.Term, args [][]byte, want []string) {
	t.Helper()
	order := make([]query.Order, len(terms))
	columns := []query.Column{{Name: "id"}}
	for i, term := range terms {
		order[i] = term.Order
		columns = append(columns, query.Column{Of: term.By, Cast: term.Cast})
	}
	for _, at := range []int{0, 57, 200, 398} {
		one := query.Select{From: things, Columns: columns, OrderBy: order}.Statement()
		oids, formats := make([]uint32, len(one.Params)), make([]int16, len(one.Params))
		for i, p := range one.Params {
			oids[i], formats[i] = p.OID, 1
		}
		read := w.conn.PgConn().ExecParams(t.Context(), fmt.Sprintf("%s offset %d limit 1", one.SQL, at), args, oids, formats, []int16{1}).Read()
		if read.Err != nil {
			t.Fatal(read.Err)
		}
		p := filter.Params{Args: slices.Clone(args)}
		cursor, nulls := make([]query.Arg, len(terms)), make([]bool, len(terms))
		for i, v := range read.Rows[0][1:] {
			if nulls[i] = v == nil; !nulls[i] {
				cursor[i] = p.Arg(v, terms[i].Form)
			}
		}
		st := query.Select{From: things, Columns: columns[:1], OrderBy: order, Where: query.After(order, cursor, nulls)}.Statement()
		got, err := w.run(t, st, p.Args)
		if err != nil {
			t.Fatalf("%s: %v\n%s", text, err, st.SQL)
		}
		if !slices.Equal(got, want[at+1:]) {
			t.Errorf("%q: behind row %d are %d rows, want %d", text, at, len(got), len(want)-at-1)
		}
	}
}
