package service_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/rowgate/rowgate/migrations"
)

// TestEmbedsAreThoseOfPsql asks for relations three levels deep, of every kind,
// and holds the answers against psql's nested JSON under the same role and
// claims; each answer takes one round trip.
func TestEmbedsAreThoseOfPsql(t *testing.T) {
	w := newReadsWorld(t, newReadGen(7).rows(), nil)
	turns := w.counted(t)
	var queries []string
	for _, tt := range embedCases {
		queries = append(queries, tt.sql)
	}
	for _, p := range persons(t) {
		answers := w.psql(t, p, queries...)
		for i, tt := range embedCases {
			t.Run(tt.name+" for "+p.name, func(t *testing.T) {
				md := w.message(tt.message)
				ask := w.ask("List"+tt.message, &readQuestion{mask: strings.Split(tt.mask, ","), includes: tt.includes}, readFields{"page_size": int32(1000)})
				if tt.mask == "" {
					ask.Clear(ask.Descriptor().Fields().ByName("read_mask"))
				}
				want := psqlTexts(t, md, answers[i])
				for _, call := range []string{"first", "second"} {
					before := turns.count()
					page, err := w.page(as(t, p.token), "List"+tt.message, ask)
					if err != nil {
						t.Fatal(err)
					}
					if n := turns.count() - before; n != 1 {
						t.Errorf("the %s call takes %d round trips, want 1", call, n)
					}
					sameRows(t, tt.name, rowTexts(t, page.rows), want)
				}
				deep := 0
				for _, text := range want {
					deep += strings.Count(text, tt.deepest)
				}
				if deep == 0 && (p.name != "anon" || tt.anonDeep) {
					t.Errorf("psql's rows have no %s: the case shows nothing", tt.deepest)
				}
				t.Logf("%d rows, %d of them with %s", len(want), deep, tt.deepest)
			})
		}
	}
}

// embedCases ask for relations within relations. Deepest is what the deepest
// ones have, and anonDeep says that anon gets any of them.
var embedCases = []struct {
	name, message, mask string
	includes            []*readInclude
	sql                 string
	deepest             string
	anonDeep            bool
}{
	{
		name: "to-one in to-one in to-one", message: "Comment", mask: "n,body,post.title,post.parent.title,post.parent.author.name",
		sql: `select json_build_object('n', t.n, 'body', t.body, 'post', (select json_build_object('title', p.title, 'parent',
			(select json_build_object('title', q.title, 'author', (select json_build_object('name', a.name) from reads.authors a where a.id = q.author_id))
			from reads.posts q where q.id = p.parent_id)) from reads.posts p where p.id = t.post_id))
			from reads.comments t order by t.post_id, t.n`,
		deepest: `"author":{"name"`, anonDeep: true,
	},
	{
		name: "to-many in to-many in to-many", message: "Author", mask: "id,posts.id,posts.comments.n,posts.comments.reactions.kind,posts.comments.reactions.weight",
		sql: `select json_build_object('id', t.id, 'posts', (select json_agg(json_build_object('id', p.id, 'comments',
				(select json_agg(json_build_object('n', c.n, 'reactions',
					(select json_agg(json_build_object('kind', r.kind, 'weight', r.weight) order by r.post_id, r.n, r.kind) from reads.reactions r
					where (r.post_id, r.n) = (c.post_id, c.n))) order by c.post_id, c.n) from reads.comments c where c.post_id = p.id)) order by p.id)
			from reads.posts p where p.author_id = t.id)) from reads.authors t order by t.id`,
		deepest: `"reactions":[{`, anonDeep: true,
	},
	{
		name: "many-to-many there and back, and on", message: "Topic", mask: "name,posts.topics.name,posts.topics.posts.title,posts.topics.posts.score",
		sql: `select json_build_object('name', t.name, 'posts', (select json_agg(json_build_object('topics', (select json_agg(json_build_object('name', u.name, 'posts',
					(select json_agg(json_build_object('title', q.title, 'score', q.score) order by q.id) from reads.posts q join reads.post_topics k on k.post_id = q.id
					where k.topic_id = u.id)) order by u.id) from reads.topics u join reads.post_topics j on j.topic_id = u.id where j.post_id = p.id)) order by p.id)
			from reads.posts p join reads.post_topics i on i.post_id = p.id where i.topic_id = t.id)) from reads.topics t order by t.id`,
		deepest: `"posts":[{"topics":[{"name":`,
	},
	{
		name: "the same relation up and down", message: "Post", mask: "id,parent.children.parent.id,children.children.title,author.mentor.profile.bio,author.pupils.name",
		sql: `select json_build_object('id', t.id,
			'parent', (select json_build_object('children', (select json_agg(json_build_object('parent', (select json_build_object('id', u.id) from reads.posts u where u.id = c.parent_id)) order by c.id)
				from reads.posts c where c.parent_id = p.id)) from reads.posts p where p.id = t.parent_id),
			'children', (select json_agg(json_build_object('children', (select json_agg(json_build_object('title', d.title) order by d.id) from reads.posts d where d.parent_id = c.id)) order by c.id)
				from reads.posts c where c.parent_id = t.id),
			'author', (select json_build_object('mentor', (select json_build_object('profile', (select json_build_object('bio', f.bio) from reads.profiles f where f.author_id = m.id))
					from reads.authors m where m.id = a.mentor_id),
				'pupils', (select json_agg(json_build_object('name', u.name) order by u.id) from reads.authors u where u.mentor_id = a.id))
				from reads.authors a where a.id = t.author_id))
			from reads.posts t order by t.id`,
		deepest: `"profile":{"bio"`, anonDeep: true,
	},
	{
		name: "filters, orders and sizes at each level", message: "Author", mask: "name,profile.author.name,posts.comments.author.profile.bio",
		includes: []*readInclude{
			{path: "posts", filter: `score >= 0 OR title:"a"`, orderBy: "score desc nulls last, title", pageSize: 3},
			{path: "posts.comments", filter: "NOT votes = 0 AND author.open", orderBy: "author.name, votes desc"},
		},
		sql: `select json_build_object('name', t.name, 'profile', (select json_build_object('author', (select json_build_object('name', b.name) from reads.authors b where b.id = f.author_id))
				from reads.profiles f where f.author_id = t.id),
			'posts', (select json_agg(q.j) from (select json_build_object('comments', (select json_agg(json_build_object('author',
					(select json_build_object('profile', (select json_build_object('bio', g.bio) from reads.profiles g where g.author_id = a.id)) from reads.authors a where a.id = c.author_id))
					order by (select a.name from reads.authors a where a.id = c.author_id), c.votes desc, c.post_id desc, c.n desc)
					from reads.comments c where c.post_id = p.id and not c.votes = 0 and exists (select from reads.authors a where a.id = c.author_id and a.open))) as j
				from reads.posts p where p.author_id = t.id and (p.score >= 0 or p.title ilike '%a%') order by p.score desc nulls last, p.title, p.id limit 3) q))
			from reads.authors t order by t.id`,
		deepest: `"author":{"profile":{"bio"`, anonDeep: true,
	},
	{
		name: "all columns without a mask", message: "Reaction", mask: "",
		includes: []*readInclude{{path: "comment.post.author"}},
		sql: `select json_build_object('post_id', t.post_id, 'n', t.n, 'kind', t.kind, 'weight', t.weight, 'comment', (select json_build_object(
				'post_id', c.post_id, 'n', c.n, 'author_id', c.author_id, 'body', c.body, 'votes', c.votes, 'post', (select json_build_object(
					'id', p.id, 'author_id', p.author_id, 'parent_id', p.parent_id, 'title', p.title, 'score', p.score, 'price', p.price, 'label', p.label,
					'made', p.made, 'done', p.done, 'mood', p.mood, 'code', p.code, 'meta', case when p.meta is not null then json_build_array(p.meta) end,
					'tags', p.tags, 'span', p.span::text, 'words', p.words::text, 'author', (select json_build_object('id', a.id, 'name', a.name,
						'rating', a.rating, 'open', a.open, 'mentor_id', a.mentor_id) from reads.authors a where a.id = p.author_id))
					from reads.posts p where p.id = c.post_id)) from reads.comments c where (c.post_id, c.n) = (t.post_id, t.n)))
			from reads.reactions t order by t.post_id, t.n, t.kind`,
		deepest: `"author":{"id"`, anonDeep: true,
	},
}

// TestTruncationIsTold holds that rows of a relation are never left out in
// silence.
func TestTruncationIsTold(t *testing.T) {
	w := newReadsWorld(t, fmt.Sprintf(`
		insert into reads.authors select n, 'author ' || n, null, true, %[1]s from generate_series(1, 3) n;
		insert into %[2]s select n, %[1]s, 1 + n %% 3, null, 'post', n, null, null, null, null, null, null, null, null, null, null from generate_series(1, 6) n;
		insert into reads.comments select 1 + n %% 2, n, 1, 'c', 1, n > 2002, %[1]s from generate_series(1, 2010) n;
		insert into reads.reactions select 1 + n %% 2, n, k, 1, false from generate_series(1, 6) n, unnest(array['a', 'b']) k`,
		literal(migrations.Alice), postColumns), nil)
	alice := as(t, persons(t)[1].token)
	ask := func(also readFields, mask string, includes ...*readInclude) func() (*readPage, error) {
		return func() (*readPage, error) {
			q := &readQuestion{includes: includes}
			if mask != "" {
				q.mask = strings.Split(mask, ",")
			}
			return w.page(alice, "ListPost", w.ask("ListPost", q, also))
		}
	}
	// Posts 1 and 2 have 1005 comments each that their author sees.
	for path, most := range map[string]string{"comments": "1000 rows", "author.posts.comments": "316 rows"} {
		_, err := ask(nil, "id,"+path+".n")()
		if st := status.Convert(err); st.Code() != codes.FailedPrecondition || !strings.Contains(st.Message(), path) || !strings.Contains(st.Message(), most) {
			t.Errorf("%s: %s: %s, want %s with the path and %s in it", path, st.Code(), st.Message(), codes.FailedPrecondition, most)
		}
	}
	for _, tt := range []struct {
		name string
		ask  func() (*readPage, error)
		want string
	}{
		{"nothing left out", ask(nil, "id", &readInclude{path: "comments", filter: "n <= 200", pageSize: 100}), ""},
		{"no relation", ask(nil, "id"), ""},
		{"of two rows", ask(nil, "id", &readInclude{path: "comments", pageSize: 10}), "comments=2"},
		{"of one row", ask(readFields{"filter": "id = 2"}, "id", &readInclude{path: "comments", pageSize: 999}), "comments=1"},
		{"the most", ask(nil, "id", &readInclude{path: "comments", pageSize: 5000}), "comments=2"},
		{"within", ask(nil, "id", &readInclude{path: "comments", filter: "n <= 6"}, &readInclude{path: "comments.reactions", pageSize: 1}), "comments.reactions=6"},
		{"both", ask(nil, "id", &readInclude{path: "comments", pageSize: 2}, &readInclude{path: "comments.reactions", pageSize: 1}), "comments=2, comments.reactions=4"},
		{"beside", ask(nil, "id", &readInclude{path: "author.posts", pageSize: 1}, &readInclude{path: "comments", pageSize: 1}), "author.posts=6, comments=2"},
	} {
		page, err := tt.ask()
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if len(page.rows) == 0 || page.truncated != tt.want {
			t.Errorf("%s: %d rows and the trailer %q, want %q", tt.name, len(page.rows), page.truncated, tt.want)
		}
	}
	// Get and Stream tell it as well.
	q := &readQuestion{mask: []string{"id"}, includes: []*readInclude{{path: "comments", pageSize: 3}}}
	rows, trailer, err := w.received(alice, "StreamPost", w.ask("StreamPost", q, nil))
	if err != nil || len(rows) != 6 || trailer != "comments=2" {
		t.Errorf("a stream of %d rows has the trailer %q, %v", len(rows), trailer, err)
	}
	md := w.method("GetPost")
	var got metadata.MD
	err = w.world.conn.Invoke(alice, methodPath(md), w.ask("GetPost", q, readFields{"id": int32(1)}), dynamicpb.NewMessage(md.Output()), grpc.Trailer(&got))
	if err != nil || !slices.Equal(got.Get("rowgate-truncated"), []string{"comments=1"}) {
		t.Errorf("a Get has the trailers %v, %v", got, err)
	}
}
