package wire

import (
	"encoding/binary"
	"maps"
	"math/rand/v2"
	"testing"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/dynamicpb"
)

// flatRow is a row that was read by itself, and what it refers to; 0 is none.
type flatRow struct {
	id, parent, author int
	message            []byte
}

// flat reads each row of a table by itself, in the order of its key.
func (p *postgres) flat(t *testing.T, r related, parent, author string) []flatRow {
	t.Helper()
	r.embeds = nil
	plan := p.plan(t, &r)
	rows, _ := p.conn.Query(t.Context(), "select coalesce(id, 0), coalesce("+parent+"::integer, 0), coalesce("+author+"::integer, 0), "+
		r.list(plan)+" from "+r.table+" order by id", pgx.QueryResultFormats{1})
	var all []flatRow
	for rows.Next() {
		values := rows.RawValues()
		var numbers [3]int
		for i := range numbers {
			numbers[i] = int(binary.BigEndian.Uint32(values[i]))
		}
		message, err := plan.AppendRow(nil, values[len(numbers):])
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, flatRow{numbers[0], numbers[1], numbers[2], message})
	}
	if rows.Err() != nil {
		t.Fatal(rows.Err())
	}
	return all
}

// TestPostgresRandomEmbeds has random rows, related at random and cut at random
// limits, and puts the same messages together from rows read by themselves.
func TestPostgresRandomEmbeds(t *testing.T) {
	p := newPostgres(t)
	p.exec(t, embedSchema+`
		truncate authors, posts, comments, replies;
		select setseed(0.5);
		insert into authors select i, 'name ' || i, nullif(i % 5, 0)::numeric, ('{sad,ok,happy}'::mood[])[1 + i % 4],
			array_fill('tag'::text, array[i % 3]), nullif(left(i::text, i % 2), ''), row(i, null)::pair, now() from generate_series(1, 20) i;
		insert into posts select i, nullif('post ' || i, 'post 3'), to_tsvector('simple', 'word ' || i), floor(random() * 25) from generate_series(1, 50) i;
		insert into comments select i, repeat('long ', i % 60), array_fill(i::posint, array[i % 4]),
			floor(random() * 50), nullif(floor(random() * 25), 7) from generate_series(1, 150) i;
		insert into replies select i, nullif('reply ' || i, 'reply 4'), floor(random() * 150), floor(random() * 25) from generate_series(1, 400) i`)
	all := postQuery(t, embedLimits{})
	comments := all.embeds[1].related
	authors := map[int][]byte{}
	for _, a := range p.flat(t, all.embeds[0].related, "null", "null") {
		authors[a.id] = a.message
	}
	posts := p.flat(t, *all, "null", "author_id")
	flatComments := p.flat(t, comments, "post_id", "author_id")
	flatReplies := p.flat(t, comments.embeds[1].related, "comment_id", "author_id")

	random := rand.New(rand.NewPCG(7, 8))
	cutTimes := 0
	for range 20 {
		limits := embedLimits{random.IntN(6), random.IntN(5), true, true}
		query := postQuery(t, limits)
		got, cuts, err := p.read(t, query, p.plan(t, query))
		if err != nil || len(got) != len(posts) {
			t.Fatal(len(got), err)
		}
		wantCuts := map[string]int{}
		withAuthor := func(r flatRow) []byte {
			if author, ok := authors[r.author]; ok && r.author != 0 {
				return protowire.AppendBytes(protowire.AppendTag(r.message[:len(r.message):len(r.message)], 1601, protowire.BytesType), author)
			}
			return r.message[:len(r.message):len(r.message)]
		}
		// several appends the messages of the rows below one, and takes note
		// when that leaves some out.
		several := func(dst []byte, rows []flatRow, parent, limit int, path string, message func(flatRow) []byte) []byte {
			n := 0
			for _, r := range rows {
				if r.parent != parent {
					continue
				}
				if n++; limit > 0 && n > limit {
					wantCuts[path]++
					cutTimes++
					break
				}
				dst = protowire.AppendBytes(protowire.AppendTag(dst, 1602, protowire.BytesType), message(r))
			}
			return dst
		}
		for i, post := range posts {
			b := several(withAuthor(post), flatComments, post.id, limits.comments, "comments", func(c flatRow) []byte {
				return several(withAuthor(c), flatReplies, c.id, limits.replies, "comments.replies", withAuthor)
			})
			want := dynamicpb.NewMessage(query.message)
			if err := proto.Unmarshal(b, want); err != nil {
				t.Fatal(err)
			}
			if !proto.Equal(got[i], want) {
				t.Errorf("%+v: %v\nwant %v", limits, got[i], want)
			}
		}
		if !maps.Equal(cuts, wantCuts) {
			t.Errorf("%+v: %v, want %v", limits, cuts, wantCuts)
		}
	}
	if cutTimes < 100 {
		t.Errorf("%d cuts prove little", cutTimes)
	}
}
