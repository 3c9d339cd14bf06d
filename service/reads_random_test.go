package service_test

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// TestRandomReads asks random questions of random rows, and holds the pages
// together, forward and backward, against the one query that psql runs under the
// same role and claims. ROWGATE_TEST_SEED is the first seed, and with it only
// one is run; ROWGATE_TEST_READS is another number of seeds.
func TestRandomReads(t *testing.T) {
	first, count := uint64(1), 8
	if s := os.Getenv("ROWGATE_TEST_SEED"); s != "" {
		seed, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			t.Fatalf("ROWGATE_TEST_SEED: %v", err)
		}
		first, count = seed, 1
	}
	if s := os.Getenv("ROWGATE_TEST_READS"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatalf("ROWGATE_TEST_READS: %v", err)
		}
		count = n
	}
	for i := range count {
		seed := first + uint64(i)
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			t.Cleanup(func() {
				if t.Failed() {
					t.Logf("again with ROWGATE_TEST_SEED=%d", seed)
				}
			})
			g := newReadGen(seed)
			w := newReadsWorld(t, g.rows(), nil)
			g.citext = w.citext
			g.filters(t, w, 80)
			g.still(t, w, 12)
			g.functions(t, w, 3)
			for range 2 {
				g.moving(t, w)
			}
		})
	}
}

// filters asks for the rows that meet filters, of the fields of each type in turn.
func (g *readGen) filters(t *testing.T, w *readsWorld, n int) {
	t.Helper()
	var questions []*readQuestion
	var queries []string
	for i := range n {
		r := readTables["posts"]
		if i%4 == 3 {
			r = readTables[pick(g, readNames)]
		}
		f := r.fields[i%len(r.fields)]
		c := g.compare(f, f.name, "t."+f.name)
		if i%4 == 3 {
			c = g.filter(r, "t", 3)
		}
		q := &readQuestion{table: r, mask: r.key, filter: c.text, where: c.sql, orderSQL: keyOrder(r, "t", nil, false)}
		q.want = wants(r, q.mask, nil)
		questions, queries = append(questions, q), append(queries, q.sql("reads."+r.name))
	}
	some := 0
	for _, p := range persons(t)[1:] {
		for i, lines := range w.psql(t, p, queries...) {
			q := questions[i]
			page, err := w.page(as(t, p.token), "List"+q.table.message, w.ask("List"+q.table.message, q, readFields{"page_size": int32(1000)}))
			if err != nil {
				t.Errorf("%s for %s: %v", q, p.name, err)
				continue
			}
			sameRows(t, fmt.Sprintf("%s for %s", q, p.name), rowTexts(t, page.rows), psqlTexts(t, w.message(q.table.message), lines))
			if len(lines) > 0 {
				some++
			}
		}
	}
	if some < n {
		t.Errorf("of %d filters for two users only %d leave any rows: they show little", n, some)
	}
}

// still asks questions of rows that stay as they are, by List, Stream and Get.
func (g *readGen) still(t *testing.T, w *readsWorld, n int) {
	t.Helper()
	var questions, single []*readQuestion
	var keys []readFields
	var queries []string
	for range n {
		q := g.question(readTables[pick(g, readNames)])
		key, one := g.one(q)
		questions, single, keys = append(questions, q), append(single, one), append(keys, key)
		queries = append(queries, q.sql("reads."+q.table.name), one.sql("reads."+q.table.name))
	}
	for _, p := range persons(t) {
		ctx, answers, rows := as(t, p.token), w.psql(t, p, queries...), 0
		for i, q := range questions {
			md, what := w.message(q.table.message), fmt.Sprintf("%s for %s", q, p.name)
			want := psqlTexts(t, md, answers[2*i])
			rows += len(want)
			walk := &readWalk{w: w, g: g, ctx: ctx, what: what, method: "List" + q.table.message, question: q}
			walk.hold(t, want)
			streamed, _, err := w.received(ctx, "Stream"+q.table.message, w.ask("Stream"+q.table.message, q, nil))
			if err != nil {
				t.Fatalf("%s, streamed: %v", what, err)
			}
			got := rowTexts(t, streamed)
			if q.orderBy == "" {
				slices.Sort(got)
				slices.Sort(want)
			}
			sameRows(t, what+", streamed", got, want)

			got = nil
			m, err := w.call(ctx, p.name, "Get"+q.table.message, w.ask("Get"+q.table.message, single[i], keys[i]))
			if err == nil {
				got = []string{rowText(t, m)}
			} else if status.Code(err) != codes.NotFound {
				t.Errorf("%s of the key %v: %v", what, keys[i], err)
			}
			sameRows(t, fmt.Sprintf("%s of the key %v", what, keys[i]), got, psqlTexts(t, md, answers[2*i+1]))
		}
		t.Logf("%s: %d rows in all answers", p.name, rows)
	}
}

// one is a question of one row, which may be none or a hidden one, and its key.
func (g *readGen) one(q *readQuestion) (key readFields, one *readQuestion) {
	key = readFields{}
	var where []string
	for _, k := range q.table.key {
		if q.table.field(k).kind != "int" {
			key[k], where = "+", append(where, "t."+k+" = '+'")
			continue
		}
		n := 1 + g.IntN(3)
		if q.table.name == "posts" || q.table.name == "scores" || k == "post_id" {
			n = 10 * (1 + g.IntN(20))
		}
		key[k], where = int32(n), append(where, fmt.Sprintf("t.%s = %d", k, n))
	}
	only := *q
	only.filter, only.orderBy, only.where = "", "", strings.Join(where, " and ")
	return key, &only
}

// functions asks questions of the rows of a function, which has an order of its
// own.
func (g *readGen) functions(t *testing.T, w *readsWorld, n int) {
	t.Helper()
	var questions []*readQuestion
	var arguments []readFields
	var queries []string
	for range n {
		q := g.question(readTables["posts"])
		low, prefix := int32(g.IntN(4)-1), pick(g, []string{"", "", "a"})
		from := fmt.Sprintf("reads.ranked(%d, %s)", low, literal(prefix))
		if q.orderBy == "" {
			from, q.orderSQL = "(select * from "+from+" with ordinality)", "t.ordinality"
		}
		questions, arguments = append(questions, q), append(arguments, readFields{"low": low, "prefix": prefix})
		queries = append(queries, q.sql(from))
	}
	for _, p := range persons(t)[1:] {
		answers := w.psql(t, p, queries...)
		for i, q := range questions {
			what := fmt.Sprintf("the function of %v, %s for %s", arguments[i], q, p.name)
			walk := &readWalk{w: w, g: g, ctx: as(t, p.token), what: what, method: "Ranked", question: q, also: arguments[i]}
			walk.hold(t, psqlTexts(t, w.message("Post"), answers[i]))
		}
	}
}

// String shows a question.
func (q *readQuestion) String() string {
	text := fmt.Sprintf("%s: filter %s order_by %q read_mask %q", q.table.name, q.filter, q.orderBy, q.mask)
	for _, in := range q.includes {
		text += fmt.Sprintf(" include %s filter %s order_by %q page_size %d", in.path, in.filter, in.orderBy, in.pageSize)
	}
	return text
}

// moving asks for posts while a third user puts in others. Those that were there
// from start to end come once each, in their order, and others at most once.
func (g *readGen) moving(t *testing.T, w *readsWorld) {
	t.Helper()
	posts := readTables["posts"]
	q := &readQuestion{table: posts, mask: []string{"id"}, where: "true"}
	q.want = wants(posts, q.mask, nil)
	g.flat = true
	if g.chance(2) {
		c := g.filter(posts, "t", 2)
		q.filter, q.where = c.text, c.sql
	}
	g.flat = false
	var order func(string) string
	q.orderBy, order = g.order(posts, 3)
	q.orderSQL = order("t")
	superuser := w.db.Superuser(t)
	used := map[int]bool{}
	for _, line := range strings.Fields(w.db.Psql(t, "select id from reads.posts")) {
		id, _ := strconv.Atoi(line)
		used[id] = true
	}
	for _, p := range persons(t)[1:] {
		ids := func(of []protoreflect.Message) (all []string) {
			for _, m := range of {
				all = append(all, m.Get(m.Descriptor().Fields().ByName("id")).String())
			}
			return all
		}
		sql := strings.Replace(q.sql("reads.posts"), q.want.json("t"), "t.id", 1)
		before := w.psql(t, p, sql)[0]
		what := fmt.Sprintf("%s for %s, while rows come", q, p.name)
		at := &readWalk{
			w: w, g: g, what: what, ctx: as(t, p.token), method: "ListPost", question: q, most: max(2, len(before)/4),
			between: func() { insertAsCarol(t, superuser, g.byCarol(used, 2)) },
		}
		pages := at.pages(t, "", false)
		last := pages[len(pages)-1]
		forward, backward := ids(rowsOf(pages)), ids(last.rows)
		if last.previous != "" {
			back := at.pages(t, last.previous, true)
			slices.Reverse(back)
			backward = append(ids(rowsOf(back)), backward...)
		}
		after := w.psql(t, p, sql)[0]
		stable(t, what, forward, before, after)
		stable(t, what+" backward", backward, before, after)
		t.Logf("%s: %d rows became %d, of which %d and %d were read", p.name, len(before), len(after), len(forward), len(backward))
	}
}

// insertAsCarol runs SQL as a user whose rows are others.
func insertAsCarol(t *testing.T, conn *pgx.Conn, sql string) {
	t.Helper()
	third := person{name: "carol", role: "authenticated", claims: `{"sub":"` + carol + `","role":"authenticated"}`}
	sql = "begin; select set_config('role', '" + third.role + "', true), set_config('request.jwt.claims', '" + third.claims + "', true);" + sql + "commit;"
	if _, err := conn.PgConn().Exec(t.Context(), sql).ReadAll(); err != nil {
		t.Fatal(err)
	}
}

// stable holds what was read against what was there before and after.
func stable(t *testing.T, what string, got, before, after []string) {
	t.Helper()
	place := map[string]int{}
	for i, id := range after {
		place[id] = i
	}
	seen := map[string]bool{}
	last := -1
	for _, id := range got {
		at, ok := place[id]
		switch {
		case seen[id]:
			t.Errorf("%s: %s comes twice", what, id)
		case !ok:
			t.Errorf("%s: %s is no row that was there", what, id)
		case at < last:
			t.Errorf("%s: %s stands in the wrong place", what, id)
		}
		seen[id], last = true, at
	}
	for _, id := range before {
		if !seen[id] {
			t.Errorf("%s: %s was there and is left out", what, id)
		}
	}
}
