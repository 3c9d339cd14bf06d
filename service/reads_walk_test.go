package service_test

import (
	"context"
	"slices"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// readWalk goes through the pages of a list.
type readWalk struct {
	w        *readsWorld
	g        *readGen
	ctx      context.Context
	what     string // for errors
	method   string
	question *readQuestion
	also     readFields
	// most is the largest page, unless size says how large each is; between runs
	// before each page but the first.
	most    int
	size    func() int
	between func()
}

// step asks for one page.
func (at *readWalk) step(token string, size int) (*readPage, error) {
	also := readFields{"page_size": int32(size), "page_token": token, "count": protoreflect.EnumNumber(1)}
	for name, value := range at.also {
		also[name] = value
	}
	return at.w.page(at.ctx, at.method, at.w.ask(at.method, at.question, also))
}

// pages goes to the end, or to the start, from a token on.
func (at *readWalk) pages(t *testing.T, token string, back bool) []*readPage {
	t.Helper()
	var all []*readPage
	for {
		if len(all) > 0 && at.between != nil {
			at.between()
		}
		var size int
		if at.size != nil {
			size = at.size()
		} else {
			size = 1 + at.g.IntN(at.most)
		}
		p, err := at.step(token, size)
		if err != nil {
			t.Fatalf("%s: %v", at.what, err)
		}
		if len(p.rows) > size {
			t.Fatalf("%s: %d rows on a page of %d", at.what, len(p.rows), size)
		}
		all = append(all, p)
		if token = p.next; back {
			token = p.previous
		}
		if token == "" {
			return all
		}
		if len(p.rows) == 0 {
			t.Fatalf("%s: an empty page has a token", at.what)
		}
		if len(all) > 1000 {
			t.Fatalf("%s: the pages do not end", at.what)
		}
	}
}

func rowsOf(pages []*readPage) (rows []protoreflect.Message) {
	for _, p := range pages {
		rows = append(rows, p.rows...)
	}
	return rows
}

// hold goes through all pages and back, and holds the rows against the one
// query's.
func (at *readWalk) hold(t *testing.T, want []string) {
	t.Helper()
	at.most = max(2, len(want)/2)
	pages := at.pages(t, "", false)
	what := at.what
	sameRows(t, what, rowTexts(t, rowsOf(pages)), want)
	if pages[0].previous != "" {
		t.Errorf("%s: the first page has one before it", what)
	}
	for _, page := range pages {
		if !page.counted || page.total != int64(len(want)) {
			t.Errorf("%s: total_size %d, want %d", what, page.total, len(want))
		}
	}
	last := pages[len(pages)-1]
	if (last.previous != "") != (len(pages) > 1) {
		t.Errorf("%s: the last of %d pages has the previous_page_token %q", what, len(pages), last.previous)
	}
	if last.previous == "" {
		return
	}
	back := at.pages(t, last.previous, true)
	slices.Reverse(back)
	sameRows(t, what+" backward", rowTexts(t, append(rowsOf(back), last.rows...)), want)
	// A page reached backward leads forward to where it was left.
	again := at.pages(t, back[0].next, false)
	sameRows(t, what+" forward again", rowTexts(t, append(slices.Clone(back[0].rows), rowsOf(again)...)), want)
}

// sameRows holds rows against others, and shows the first that differ.
func sameRows(t *testing.T, what string, got, want []string) {
	t.Helper()
	for i := range max(len(got), len(want)) {
		a, b := "nothing", "nothing"
		if i < len(got) {
			a = got[i]
		}
		if i < len(want) {
			b = want[i]
		}
		if a != b {
			t.Errorf("%s\nhas %d rows, want %d; row %d is\n     %s\nwant %s", what, len(got), len(want), i, short(a), short(b))
			return
		}
	}
}
