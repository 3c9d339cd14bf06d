package wire

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"
)

// embedSchema is the tables of embedMessages. The first post has three
// comments of three, one and no replies, the second one, the third none.
const embedSchema = `
	create table authors (
		id integer, name text, balance money, mood mood, tags text[], nick limited, home pair, seen timestamptz
	);
	create table posts (id integer, title text, words tsvector, author_id integer);
	create table comments (id integer, body text, likes posint[], post_id integer, author_id integer);
	create table replies (id integer, body varchar(20), comment_id integer, author_id integer);
	insert into authors values
		(1, 'Ada', 1234.50, 'happy', '{x,"y \"z\""}', 'adá', '(1,x)', '2024-02-29 12:00:00.5Z'),
		(2, 'Bob', null, 'sad', '{}', null, '(,)', null),
		(null, null, null, null, null, null, null, null);
	insert into posts values (1, 'first', 'a:1 fat:2A', 1), (2, '', null, 2), (3, 'third', '', null), (4, null, null, 9);
	insert into comments values
		(1, 'c1', '{1,2}', 1, 2), (2, null, '{}', 1, null), (3, '', null, 1, 1), (4, 'c4', null, 2, null);
	insert into replies values (1, 'r1', 1, 1), (2, 'r2', 1, null), (3, null, 1, 2), (4, 'r4', 2, 9);
`

// related is a message that rows of a table are read as, and what they embed.
type related struct {
	message protoreflect.MessageDescriptor
	table   string
	columns []string // which are those of the message's fields, by name
	embeds  []relation
}

// relation is rows of another table within a row. where says which, by the
// outer row's alias %s and its own table's name.
type relation struct {
	field protoreflect.Name
	where string
	limit int
	cut   bool
	related
}

// postQuery is posts with authors and comments, these with authors and replies,
// and these with authors: four tables deep.
func postQuery(t *testing.T, limits embedLimits) *related {
	t.Helper()
	post := postMessage(t)
	comment := fieldNamed(post, "comments").Message()
	author := relation{
		field: "author", where: "authors.id = %s.author_id",
		related: related{
			message: fieldNamed(post, "author").Message(), table: "authors",
			columns: []string{"id", "name", "balance", "mood", "tags", "nick", "home", "seen"},
		},
	}
	replies := relation{
		field: "replies", where: "replies.comment_id = %s.id order by replies.id", limit: limits.replies, cut: limits.cutReplies,
		related: related{
			message: fieldNamed(comment, "replies").Message(), table: "replies",
			columns: []string{"id", "body"}, embeds: []relation{author},
		},
	}
	comments := relation{
		field: "comments", where: "comments.post_id = %s.id order by comments.id", limit: limits.comments, cut: limits.cutComments,
		related: related{
			message: comment, table: "comments",
			columns: []string{"id", "body", "likes"}, embeds: []relation{author, replies},
		},
	}
	return &related{message: post, table: "posts", columns: []string{"id", "title", "words"}, embeds: []relation{author, comments}}
}

// plan binds the columns as the catalog has them.
func (p *postgres) plan(t *testing.T, r *related) *Plan {
	t.Helper()
	codecs := make([]*Codec, len(r.columns))
	for i, name := range r.columns {
		codecs[i] = p.columnCodec(t, r, name)
	}
	embeds := make([]Embed, len(r.embeds))
	for i := range r.embeds {
		e := &r.embeds[i]
		embeds[i] = Embed{Field: fieldNamed(r.message, e.field), Plan: p.plan(t, &e.related), Limit: e.limit, Cut: e.cut}
	}
	return NewPlanWith(codecs, embeds)
}

func (p *postgres) columnCodec(t *testing.T, r *related, name string) *Codec {
	t.Helper()
	var oid uint32
	var typmod int32
	if err := p.conn.QueryRow(t.Context(), "select atttypid, atttypmod from pg_attribute where attrelid = $1::text::regclass and attname = $2",
		r.table, name).Scan(&oid, &typmod); err != nil {
		t.Fatal(err)
	}
	c, err := NewCodec(Column{Name: name, Type: p.typeOf(t, oid, typmod), OID: oid, Field: fieldNamed(r.message, protoreflect.Name(name))})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// list is the select list of r's plan.
func (r *related) list(plan *Plan) string {
	items := make([]string, 0, len(plan.steps)+len(r.embeds))
	for _, s := range plan.steps {
		item := r.table + "." + s.codec.column.Name
		if cast := s.codec.Cast(); cast != "" {
			item += "::pg_catalog." + cast
		}
		items = append(items, item)
	}
	for i := range r.embeds {
		e := &r.embeds[i]
		rows := fmt.Sprintf("(select row(%s) from %s where %s", e.list(plan.embeds[i].Plan), e.table, fmt.Sprintf(e.where, r.table))
		if plan.embeds[i].many {
			rows = "array" + rows
		}
		if e.limit > 0 {
			rows += fmt.Sprintf(" limit %d", e.limit+1)
		}
		items = append(items, rows+")")
	}
	return strings.Join(items, ", ")
}

// read selects r's rows in one statement and reads them by its plan.
func (p *postgres) read(t *testing.T, r *related, plan *Plan) (messages []*dynamicpb.Message, cuts map[string]int, err error) {
	t.Helper()
	rows, _ := p.conn.Query(t.Context(), "select "+r.list(plan)+" from "+r.table+" order by id", pgx.QueryResultFormats{1})
	defer rows.Close()
	w := plan.NewWriter()
	for rows.Next() {
		for i := range plan.embeds {
			if got := rows.FieldDescriptions()[len(plan.steps)+i].DataTypeOID; got != plan.embeds[i].ResultOID() {
				t.Errorf("the result has the OID %d, not %d", got, plan.embeds[i].ResultOID())
			}
		}
		b, err := w.AppendRow(nil, rows.RawValues())
		if err != nil {
			return nil, nil, err
		}
		msg := dynamicpb.NewMessage(r.message)
		if err := proto.Unmarshal(b, msg); err != nil {
			t.Fatal(err)
		}
		// What the library would have written, byte by byte.
		if canonical, err := (proto.MarshalOptions{Deterministic: true}).Marshal(msg); err != nil || string(canonical) != string(b) {
			t.Errorf("read:    %x\nlibrary: %x", b, canonical)
		}
		messages = append(messages, msg)
	}
	if rows.Err() != nil {
		t.Fatal(rows.Err())
	}
	return messages, maps.Collect(w.Cuts()), nil
}

// The authors of embedSchema as messages.
const (
	ada = `author {id: 1 name: "Ada" balance: "1234.50" mood: MOOD_HAPPY tags: "x" tags: "y \"z\"" nick: "adá"
		home {a: 1 text: "x"} seen {seconds: 1709208000 nanos: 500000000}} `
	bob = `author {id: 2 name: "Bob" mood: MOOD_SAD home {}} `
)

// TestPostgresEmbeds reads rows four tables deep, in one statement each.
func TestPostgresEmbeds(t *testing.T) {
	p := newPostgres(t)
	p.exec(t, embedSchema)
	const first = `id: 1 title: "first" words: "'a':1 'fat':2A" ` + ada
	const second = `id: 2 ` + bob + `comments {id: 4 body: "c4"}`
	const c1 = `id: 1 body: "c1" likes: [1, 2] ` + bob
	const r1, r2, r3 = `replies {id: 1 body: "r1" ` + ada + `} `, `replies {id: 2 body: "r2"} `, `replies {id: 3 ` + bob + `} `
	const c2, c3 = `comments {id: 2 replies {id: 4 body: "r4"}} `, `comments {id: 3 body: "" ` + ada + `} `
	for _, c := range []struct {
		limits embedLimits
		first  string
		cuts   map[string]int
	}{
		{embedLimits{}, `comments {` + c1 + r1 + r2 + r3 + `} ` + c2 + c3, nil},
		{embedLimits{3, 3, false, false}, `comments {` + c1 + r1 + r2 + r3 + `} ` + c2 + c3, nil},
		{embedLimits{2, 3, true, true}, `comments {` + c1 + r1 + r2 + r3 + `} ` + c2, map[string]int{"comments": 1}},
		{embedLimits{3, 2, true, true}, `comments {` + c1 + r1 + r2 + `} ` + c2 + c3, map[string]int{"comments.replies": 1}},
		{embedLimits{1, 1, true, true}, `comments {` + c1 + r1 + `} `, map[string]int{"comments": 1, "comments.replies": 1}},
	} {
		query := postQuery(t, c.limits)
		got, cuts, err := p.read(t, query, p.plan(t, query))
		if err != nil {
			t.Errorf("%+v: %v", c.limits, err)
			continue
		}
		if len(got) != 4 || !maps.Equal(cuts, c.cuts) {
			t.Errorf("%+v: %d posts, %v\nwant 4, %v", c.limits, len(got), cuts, c.cuts)
		}
		for i, text := range []string{first + c.first, second, `id: 3 title: "third" words: ""`, `id: 4`} {
			if want := parse(t, query.message, text); i < len(got) && !proto.Equal(got[i], want) {
				t.Errorf("%+v: %v\nwant %v", c.limits, got[i], want)
			}
		}
	}

	for path, limits := range map[string]embedLimits{"comments": {comments: 2}, "comments.replies": {comments: 2, replies: 2, cutComments: true}} {
		query := postQuery(t, limits)
		_, _, err := p.read(t, query, p.plan(t, query))
		if want := `relation "` + path + `": there are more than 2 rows` + tooMany; err == nil || err.Error() != want {
			t.Errorf("%+v: %v\nwant %s", limits, err, want)
		}
	}
}

// TestPostgresEmptyEmbed has a row of NULLs alone, which Postgres holds to be
// NULL, and is there all the same.
func TestPostgresEmptyEmbed(t *testing.T) {
	p := newPostgres(t)
	p.exec(t, embedSchema)
	query := postQuery(t, embedLimits{})
	query.embeds = query.embeds[:1]
	query.embeds[0].where = "authors.id is null and %s.id = 3"
	for _, columns := range [][]string{{"name", "mood", "seen"}, {}} {
		query.embeds[0].columns = columns
		got, _, err := p.read(t, query, p.plan(t, query))
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range []bool{false, false, true, false} {
			if has := got[i].Has(fieldNamed(query.message, "author")); has != want {
				t.Errorf("post %d with columns %v: %v", i+1, columns, got[i])
			}
		}
	}
}

// TestPostgresEmbedChanged changes a table below a plan.
func TestPostgresEmbedChanged(t *testing.T) {
	p := newPostgres(t)
	for _, c := range []struct{ sql, column, text string }{
		{"alter table replies alter body type bytea using body::bytea", "comments.replies.body", "the stored value is not of the type character varying(20)" + tableChanged},
		{"alter table authors alter nick type text", "author.nick", "the stored value is not of the type limited" + tableChanged},
		{"alter table authors alter nick type good_mood using 'ok'", "author.nick", "the stored value is not of the type limited" + tableChanged},
	} {
		p.exec(t, "drop table if exists authors, posts, comments, replies;"+embedSchema)
		query := postQuery(t, embedLimits{})
		plan := p.plan(t, query)
		p.exec(t, c.sql)
		_, _, err := p.read(t, query, plan)
		var v *ValueError
		if !errors.As(err, &v) || v.Kind != Precondition || v.Column != c.column || v.Text != c.text {
			t.Errorf("%s: %v\nwant %s: %s", c.sql, err, c.column, c.text)
		}
	}
}
