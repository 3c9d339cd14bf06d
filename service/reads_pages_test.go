package service_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/rowgate/rowgate/migrations"
	"github.com/rowgate/rowgate/service"
)

// tokenRefusal is what every token gets that is not for the call.
const tokenRefusal = "page_token: is not a token that this method gave to this caller for this filter and order_by; " +
	"send a page's token as it is, and the same filter and order_by"

// TestTokensAreBound uses page tokens for other calls than those that they were
// given for.
func TestTokensAreBound(t *testing.T) {
	w := newReadsWorld(t, newReadGen(3).rows(), nil)
	p := persons(t)
	alice, bob := as(t, p[1].token), as(t, p[2].token)
	ask := func(method, filter, order string, also readFields) (*readPage, error) {
		return w.page(alice, method, w.ask(method, &readQuestion{filter: filter, orderBy: order}, also))
	}
	const filter, order = "id > 30", "score desc, made"
	first, err := ask("ListPost", filter, order, readFields{"page_size": int32(5)})
	if err != nil || first.next == "" {
		t.Fatalf("the first page has the next_page_token %q, %v", first.next, err)
	}
	second, err := ask("ListPost", filter, order, readFields{"page_size": int32(5), "page_token": first.next})
	if err != nil || second.previous == "" {
		t.Fatalf("the second page has the previous_page_token %q, %v", second.previous, err)
	}
	ranked, err := ask("Ranked", "", "", readFields{"page_size": int32(2), "low": int32(1)})
	if err != nil || ranked.next == "" {
		t.Fatalf("the first page of the function has the next_page_token %q, %v", ranked.next, err)
	}

	for _, token := range []string{first.next, second.previous} {
		use := func(ctx context.Context, method, filter, order string, also readFields) error {
			fields := readFields{"page_token": token}
			for name, value := range also {
				fields[name] = value
			}
			_, err := w.page(ctx, method, w.ask(method, &readQuestion{filter: filter, orderBy: order}, fields))
			return err
		}
		if err := use(alice, "ListPost", filter, order, readFields{"page_size": int32(9)}); err != nil {
			t.Errorf("with another page_size: %v", err)
		}
		for name, err := range map[string]error{
			"another caller": use(bob, "ListPost", filter, order, nil),
			"nobody":         use(t.Context(), "ListPost", filter, order, nil),
			"another method": use(alice, "ListScore", filter, order, nil),
			"another filter": use(alice, "ListPost", "id > 40", order, nil),
			"no filter":      use(alice, "ListPost", "", order, nil),
			"another order":  use(alice, "ListPost", filter, "score, made", nil),
			"no order":       use(alice, "ListPost", filter, "", nil),
			"a function":     use(alice, "Ranked", filter, order, readFields{"low": int32(1)}),
		} {
			refuses(t, name, err, refusal{"", codes.InvalidArgument, tokenRefusal})
		}
		edited := []string{
			"x", token[:len(token)-1], token[1:], token + "A", token + "=", token + "\n", " " + token, token + token, strings.ToLower(token),
			strings.Repeat("A", len(token)), strings.Repeat("A", 100_000),
		}
		for i := range token {
			change := byte('A')
			if token[i] == change {
				change = 'B'
			}
			edited = append(edited, token[:i]+string(change)+token[i+1:])
		}
		for _, text := range edited {
			_, err := ask("ListPost", filter, order, readFields{"page_token": text})
			refuses(t, "the token "+short(text), err, refusal{"", codes.InvalidArgument, tokenRefusal})
		}
	}
	for name, fields := range map[string]readFields{
		"another argument": {"low": int32(0)}, "no argument": {}, "one more argument": {"low": int32(1), "prefix": "a"},
	} {
		fields["page_token"] = ranked.next
		_, err := ask("Ranked", "", "", fields)
		refuses(t, "the function with "+name, err, refusal{"", codes.InvalidArgument, tokenRefusal})
	}
	if next, err := ask("Ranked", "", "", readFields{"low": int32(1), "page_token": ranked.next}); err != nil || len(next.rows) == 0 {
		t.Errorf("the function's next page: %v", err)
	}

	// A server with another secret, which each makes up, takes none of them.
	w.counted(t)
	_, err = ask("ListPost", filter, order, readFields{"page_token": first.next})
	refuses(t, "another server's token", err, refusal{"", codes.InvalidArgument, tokenRefusal})
}

// TestTokensOfOneSecret holds that servers that share a secret share tokens.
func TestTokensOfOneSecret(t *testing.T) {
	shared := func(c *service.Config) { c.PageTokenSecret = []byte("sixteen bytes or more") }
	rows := newReadGen(3).rows()
	one, other := newReadsWorld(t, rows, shared), newReadsWorld(t, rows, shared)
	alice := as(t, persons(t)[1].token)
	q := &readQuestion{orderBy: "title"}
	first, err := one.page(alice, "ListPost", one.ask("ListPost", q, readFields{"page_size": int32(5)}))
	if err != nil {
		t.Fatal(err)
	}
	ask := readFields{"page_size": int32(5), "page_token": first.next}
	want, err := one.page(alice, "ListPost", one.ask("ListPost", q, ask))
	if err != nil {
		t.Fatal(err)
	}
	got, err := other.page(alice, "ListPost", other.ask("ListPost", q, ask))
	if err != nil {
		t.Fatal(err)
	}
	sameRows(t, "the second page from the other server", rowTexts(t, got.rows), rowTexts(t, want.rows))
}

// manyPosts are 3000 posts, of which Alice sees 2000 and Bob 500.
var manyPosts = fmt.Sprintf(`insert into %s select n, case when n %% 6 = 0 then %s::uuid when n %% 6 < 5 then %s else %s end, null, null, 'post', n %% 10,
	null, null, null, null, null, null, null, null, null, null from generate_series(1, 3000) n;
	insert into reads.shares select n, %[4]s from generate_series(1, 3000) n where n %% 6 = 99`,
	postColumns, literal(migrations.Bob), literal(migrations.Alice), literal(carol))

// TestCounts counts rows in every way, under each caller's policies.
func TestCounts(t *testing.T) {
	w := newReadsWorld(t, manyPosts, nil)
	for _, p := range persons(t) {
		for _, tt := range []struct{ filter, where string }{{"", "true"}, {"score >= 3", "score >= 3"}, {"score = 4", "score = 4"}, {"score > 100", "score > 100"}} {
			answers := w.psql(t, p, "select count(*) from reads.posts t where "+tt.where, "explain (format json) select from reads.posts t where "+tt.where)
			exact, _ := strconv.ParseInt(answers[0][0], 10, 64)
			_, plan, _ := strings.Cut(strings.Join(answers[1], "\n"), `"Plan Rows": `)
			planned, err := strconv.ParseInt(plan[:strings.IndexByte(plan, ',')], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			estimated := exact
			if exact > 1000 {
				estimated = max(planned, 1001)
			}
			for mode, want := range map[protoreflect.EnumNumber]int64{0: -1, 1: exact, 2: planned, 3: estimated} {
				page, err := w.page(as(t, p.token), "ListPost", w.ask("ListPost", &readQuestion{filter: tt.filter}, readFields{"count": mode, "page_size": int32(3)}))
				if err != nil {
					t.Errorf("count %d of %s for %s: %v", mode, tt.where, p.name, err)
					continue
				}
				got := int64(-1)
				if page.counted {
					got = page.total
				}
				if got != want || len(page.rows) != int(min(exact, 3)) {
					t.Errorf("count %d of %s for %s: %d and %d rows, want %d", mode, tt.where, p.name, got, len(page.rows), want)
				}
			}
			t.Logf("%s where %s: %d, planned %d", p.name, tt.where, exact, planned)
		}
	}
	alice := as(t, persons(t)[1].token)
	_, err := w.page(alice, "ListPost", w.ask("ListPost", nil, readFields{"count": protoreflect.EnumNumber(9)}))
	if status.Code(err) != codes.InvalidArgument {
		t.Errorf("a count that is none: %v", err)
	}
	page, err := w.page(alice, "Ranked", w.ask("Ranked", &readQuestion{filter: "score = 9"}, readFields{"low": int32(5), "count": protoreflect.EnumNumber(1)}))
	if want := int64(200); err != nil || page.total != want {
		t.Errorf("the function's rows are %v, want %d", page, want)
	}
}

// TestPagesAreCutShort holds that a page whose rows are large ends before it is
// too large to be received, and says so.
func TestPagesAreCutShort(t *testing.T) {
	w := newReadsWorld(t, fmt.Sprintf(`insert into %s select n, %s, null, null, n || repeat('x', 200000), 1,
		null, null, null, null, null, null, null, null, null, null from generate_series(1, 60) n`, postColumns, literal(migrations.Bob)), nil)
	walk := &readWalk{w: w, ctx: as(t, persons(t)[2].token), what: "large rows", method: "ListPost", question: &readQuestion{orderBy: "id desc"}}
	for _, size := range []int{1000, 16, 15, 10} {
		walk.size = func() int { return size }
		pages := walk.pages(t, "", false)
		last := pages[len(pages)-1]
		back := walk.pages(t, last.previous, true)
		for what, some := range map[string][]*readPage{"forward": pages, "backward": back} {
			for i, page := range some {
				short := i < len(some)-1 && len(page.rows) < size
				if page.size > 4<<20 || page.short != short {
					t.Errorf("%s, page %d of %d, %d rows for %d: %d bytes and cut_short %t, want %t", what, i, len(some), len(page.rows), size, page.size, page.short, short)
				}
			}
		}
		slices.Reverse(back)
		for what, rows := range map[string][]protoreflect.Message{"forward": rowsOf(pages), "backward": append(rowsOf(back), last.rows...)} {
			var ids []string
			for _, m := range rows {
				ids = append(ids, m.Get(m.Descriptor().Fields().ByName("id")).String())
			}
			if want := w.psql(t, persons(t)[2], "select id from reads.posts order by id desc")[0]; !slices.Equal(ids, want) {
				t.Errorf("%s by %d: %v", what, size, ids)
			}
		}
	}
}

// TestEveryOrderHasPages goes through pages in the order of each column that may
// be NULL, in each direction, with NULLs at each end, of rows that are alike.
func TestEveryOrderHasPages(t *testing.T) {
	g := newReadGen(11)
	w := newReadsWorld(t, g.rows()+`
		insert into reads.posts select 5000 + n, `+literal(migrations.Alice)+`, null, null, 'same' from generate_series(1, 30) n`, nil)
	alice := persons(t)[1]
	posts := readTables["posts"]
	directions := []string{"", " desc", " nulls first", " desc nulls last"}
	var questions []*readQuestion
	var queries []string
	add := func(texts, sqls []string, desc bool) {
		q := &readQuestion{table: posts, orderBy: strings.Join(texts, ","), mask: []string{"id"}, where: "true"}
		q.want = wants(posts, q.mask, nil)
		q.orderSQL = strings.Join(append(sqls, keyOrder(posts, "t", nil, desc)), ", ")
		questions, queries = append(questions, q), append(queries, q.sql("reads.posts"))
	}
	for _, f := range posts.fields {
		if f.name == "id" {
			continue
		}
		for _, direction := range directions {
			add([]string{f.name + direction}, []string{"t." + f.name + direction}, strings.Contains(direction, "desc"))
		}
	}
	for i := range 4 { // all of them, each its own way
		var texts, sqls []string
		desc := false
		for j, f := range posts.fields[1:] {
			direction := directions[(i+j*j)%4]
			desc = strings.Contains(direction, "desc")
			texts, sqls = append(texts, f.name+direction), append(sqls, "t."+f.name+direction)
		}
		add(texts, sqls, desc)
	}
	answers := w.psql(t, alice, queries...)
	for i, q := range questions {
		walk := &readWalk{w: w, g: g, ctx: as(t, alice.token), what: "order_by " + q.orderBy, method: "ListPost", question: q}
		walk.hold(t, psqlTexts(t, w.message("Post"), answers[i]))
	}
}

// TestPagesOfWhatIsGone goes on from tokens whose rows are deleted: what is left
// comes, and an empty page leads back.
func TestPagesOfWhatIsGone(t *testing.T) {
	w := newReadsWorld(t, fmt.Sprintf(`insert into %s select n, %s, null, null, 'post', n %% 3,
		null, null, null, null, null, null, null, null, null, null from generate_series(1, 40) n`, postColumns, literal(migrations.Alice)), nil)
	alice := as(t, persons(t)[1].token)
	page := func(token string) (p *readPage, ids string) {
		t.Helper()
		p, err := w.page(alice, "ListPost", w.ask("ListPost", nil, readFields{"page_size": int32(10), "page_token": token}))
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, m := range p.rows {
			all = append(all, m.Get(m.Descriptor().Fields().ByName("id")).String())
		}
		if len(all) == 0 {
			return p, ""
		}
		return p, fmt.Sprintf("%s-%s", all[0], all[len(all)-1])
	}
	is := func(what, got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("%s has the rows %q, want %q", what, got, want)
		}
	}
	first, ids := page("")
	is("the first page", ids, "1-10")
	second, ids := page(first.next)
	is("the second page", ids, "11-20")
	// The rows on both sides of the token are gone, the one that it names too.
	w.db.Psql(t, "delete from reads.posts where id between 9 and 12")
	_, ids = page(first.next)
	is("the second page without its first rows", ids, "13-22")
	_, ids = page(second.previous)
	is("the page before it", ids, "1-8")
	w.db.Psql(t, "delete from reads.posts where id > 8")
	last, ids := page(first.next)
	is("the page behind all rows", ids, "")
	if last.next != "" || last.previous == "" {
		t.Fatalf("the empty page has the tokens %q and %q, want one that leads back", last.next, last.previous)
	}
	back, ids := page(last.previous)
	is("the way back", ids, "1-8")
	if back.previous != "" || back.next == "" {
		t.Errorf("the way back has the tokens %q and %q, want the next one", back.previous, back.next)
	}
	w.db.Psql(t, "delete from reads.posts where id <= 8; update reads.posts set score = null; insert into reads.posts (id, owner, title) values (30, '"+migrations.Alice+"', 'x')")
	start, ids := page(second.previous)
	is("the page before all rows", ids, "")
	if start.previous != "" || start.next == "" {
		t.Fatalf("the empty page has the tokens %q and %q, want one that leads on", start.next, start.previous)
	}
	_, ids = page(start.next)
	is("the way on", ids, "30-30")
	_, ids = page(back.next)
	is("behind the way back", ids, "30-30")
}

// TestPagesOfRowsWithoutKey goes through the rows of a function that have no
// key, and are alike in what they are ordered by.
func TestPagesOfRowsWithoutKey(t *testing.T) {
	w := newReadsWorld(t, fmt.Sprintf(`insert into %s select n, %s, null, null, 'post', 5, null, null, null, null,
		(enum_range(null::reads.mood))[1 + n %% 3], null, null, null, null, null from generate_series(1, 60) n`, postColumns, literal(migrations.Alice)), nil)
	g := newReadGen(1)
	for _, order := range []string{"", "best", "best desc", "posts, best desc", "mood desc"} {
		walk := &readWalk{
			w: w, g: g, ctx: as(t, persons(t)[1].token), what: "order_by " + order, method: "Totals",
			question: &readQuestion{orderBy: order}, also: readFields{"low": int32(0)}, size: func() int { return 1 },
		}
		want := []string{`{"best":"5","mood":"so so","posts":"20"}`, `{"best":"5","mood":"good","posts":"20"}`, `{"best":"5","mood":"it's fine","posts":"20"}`}
		if order == "mood desc" {
			slices.Reverse(want)
		}
		walk.hold(t, want)
	}
}

// TestPagesOfRowsThatHaveAnOrdinality goes through the rows of a function that
// Postgres cannot number, since a column has the number's name: their key orders
// them.
func TestPagesOfRowsThatHaveAnOrdinality(t *testing.T) {
	w := newReadsWorld(t, "", nil)
	want := w.psql(t, persons(t)[0], "select json_build_object('id', id::text, 'ordinality', '1') from reads.odds order by id")[0]
	walk := &readWalk{
		w: w, g: newReadGen(1), ctx: t.Context(), what: "ordinality", method: "Odd", question: &readQuestion{}, size: func() int { return 4 },
	}
	walk.hold(t, psqlTexts(t, w.message("Odd"), want))
}

// TestPageSizes holds the sizes that a request may ask for.
func TestPageSizes(t *testing.T) {
	w := newReadsWorld(t, manyPosts, nil)
	alice := as(t, persons(t)[1].token)
	for size, want := range map[int32]int{0: 50, 1: 1, 49: 49, 1500: 1500, 10_000: 2000, 2_000_000_000: 2000} {
		page, err := w.page(alice, "ListPost", w.ask("ListPost", nil, readFields{"page_size": size}))
		if err != nil || len(page.rows) != want || (page.next == "") != (want == 2000) || page.short {
			t.Errorf("page_size %d: %v, want %d rows", size, err, want)
		}
	}
	_, err := w.page(alice, "ListPost", w.ask("ListPost", nil, readFields{"page_size": int32(-1)}))
	refuses(t, "page_size -1", err, refusal{"", codes.InvalidArgument, "page_size: is negative"})
}
