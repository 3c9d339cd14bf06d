package canary_test

import (
	"fmt"
	"math/rand/v2"

	"google.golang.org/grpc/codes"
)

// countExact is COUNT_EXACT.
const countExact = 1

var readKinds = []kind{
	{"get", 14, func(w *world, c *caller) *call {
		one, r := w.call("GetNote")
		r.number("id", c.baseNote())
		maskOrInclude(r)
		return one.of(r)
	}},
	{"list", 14, listNotes},
	{"list others", 12, listOthers},
	{"next page", 8, func(_ *world, c *caller) *call {
		if page, ok := c.page(); ok {
			return c.ask(page)
		}
		return nil
	}},
	{"count", 3, listLedger},
	{"stream", 6, streamRows},
	{"aggregate", 5, aggregateLedger},
	{"group", 5, groupRows},
}

// openKinds are what anonymous callers do. They may ask for nearly everything and
// see what is open.
var openKinds = []kind{
	{"open list", 10, listOthers},
	{"open notes", 4, func(w *world, c *caller) *call { return listNotes(w, c).noRows() }},
	{"open count", 3, listLedger},
	{"open stream", 4, streamRows},
	{"open aggregate", 3, aggregateLedger},
	{"open group", 3, groupRows},
	{"open get", 4, func(w *world, c *caller) *call {
		one, r := w.call("GetNote")
		return one.of(r.number("id", w.other(c).baseNote())).strange(codes.NotFound)
	}},
	{"open create", 3, func(w *world, c *caller) *call {
		one, r := w.call("CreateNote")
		r.message("note", func(n *request) {
			n.number("slot", freeSlot()).text("owner", w.other(c).id).text("body", c.canary("doomed"))
		})
		return one.of(r).strange(codes.PermissionDenied)
	}},
	{"open page", 3, func(w *world, c *caller) *call { return borrowPage(w, c) }},
	{"guestbook", 6, func(w *world, c *caller) *call {
		one, r := w.call("CreateGuestbook")
		return one.of(r.message("guestbook", func(g *request) { g.text("body", c.canary(nonce())) }))
	}},
	{"guestbook update", 2, func(w *world, c *caller) *call {
		one, r := w.call("UpdateManyGuestbooks")
		r.text("filter", fmt.Sprintf("id = %d", 1+rand.IntN(20))).message("guestbook", func(g *request) { g.text("body", c.canary(nonce())) })
		return one.of(r.mask("update_mask", "body"))
	}},
	{"guestbook delete", 2, func(w *world, _ *caller) *call {
		one, r := w.call("DeleteManyGuestbooks")
		return one.of(r.text("filter", "id > 100"))
	}},
}

// maskOrInclude asks for some fields, for the note's parts as well, or for nothing
// in particular.
func maskOrInclude(r *request) {
	switch rand.IntN(4) {
	case 0:
		r.mask("read_mask", "id", "body", "doc", "raw")
	case 1:
		r.mask("read_mask", "body", "tags", "parts.body", "parts.note.body")
	case 2:
		r.message("include", func(i *request) { i.text("path", "parts").text("filter", `body:"canary"`).text("order_by", "id desc") })
	}
}

func listNotes(w *world, c *caller) *call {
	list, r := w.call("ListNotes")
	r.text("filter", one("", "slot >= 3", `body:"canary"`, `doc.n > 2 AND tags:"common"`, `tags:"`+c.canary("a")+`"`, "mood = MOOD_LOUD OR parts:*",
		`parts.body:"canary"`, "old.who:*", fmt.Sprintf("amount > %d", rand.IntN(9))))
	r.text("order_by", one("", "slot desc", "body, id", "mood, amount desc", "at desc"))
	maskOrInclude(r)
	if sometimes(5) {
		r.number("count", countExact)
	}
	return c.paged(list, r, one(0, 3, 5)).may(c.notForAnon()...)
}

// notForAnon is what anonymous callers get where they ask for parts of notes.
func (c *caller) notForAnon() []codes.Code {
	if c.anonymous() {
		return []codes.Code{codes.PermissionDenied}
	}
	return nil
}

// listOthers lists rows of some other table, view or function.
func listOthers(w *world, c *caller) *call {
	name := one("ListFeeds", "ListFeeds", "ListOwnNotes", "ListMessages", "ListPosts", "ListLedgers", "ListMembers", "ListGuestbooks", "ListParts")
	list, r := w.call(name)
	if name != "ListMembers" && name != "ListLedgers" {
		r.text("filter", one("", `body:"canary"`, "id > 100", `body != "nothing"`))
		r.text("order_by", one("", "body desc, id", "id desc"))
	}
	size := one(3, 10, 50)
	switch {
	case name == "ListParts":
		r.mask("read_mask", "body", "note.body", "note.doc")
	case name == "ListFeeds", name == "ListOwnNotes":
		// They have no key, and so no pages.
		return list.of(r.number("page_size", 1000)).may(c.notForAnon()...).may(codes.FailedPrecondition)
	}
	return c.paged(list, r, size).may(c.notForAnon()...)
}

// paged makes a list one of pages, and keeps what comes after it.
func (c *caller) paged(list *call, r *request, size int) *call {
	if size > 0 {
		r.number("page_size", int64(size))
	}
	body := r.bytes
	tokenField := list.method.desc.Output().Fields().ByName("next_page_token").Number()
	return list.of(r).then(func(o *outcome) {
		if token := text(o.messages[0], tokenField); token != "" {
			c.mu.Lock()
			c.pages = keep(c.pages, kept{method: list.method, body: body, token: token})
			c.mu.Unlock()
		}
	})
}

// page is a page that comes after one that the caller has got.
func (c *caller) page() (kept, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.pages) == 0 {
		return kept{}, false
	}
	return one(c.pages...), true
}

// ask asks for a page, and keeps what comes after it.
func (c *caller) ask(page kept) *call {
	r := page.method.request()
	r.bytes = append(r.bytes, page.body...)
	r.text("page_token", page.token)
	return c.paged(&call{method: page.method}, &request{desc: r.desc, bytes: page.body}, 0).of(r)
}

// borrowPage asks for a page by the token of another caller's. It must be refused.
func borrowPage(w *world, c *caller) *call {
	from := w.other(c)
	if !c.anonymous() && sometimes(4) {
		from = w.callers[0]
	}
	page, ok := from.page()
	if !ok {
		return nil
	}
	return c.ask(page).strange(codes.InvalidArgument)
}

func listLedger(w *world, c *caller) *call {
	list, r := w.call("ListLedgers")
	r.number("count", countExact).number("page_size", 2)
	want := uint64(ledgerEach)
	if c.anonymous() {
		want = 0
	}
	total := list.method.desc.Output().Fields().ByName("total_size").Number()
	return list.of(r).then(func(o *outcome) {
		if got := varint(o.messages[0], total); got != want {
			o.problem = fmt.Sprintf("%d lines are counted, want %d", got, want)
		}
	})
}

func streamRows(w *world, c *caller) *call {
	name := one("StreamFeeds", "StreamNotes", "StreamMessages", "StreamPosts", "StreamOwnNotes")
	stream, r := w.call(name)
	r.text("filter", one("", `body:"canary"`))
	if name == "StreamNotes" {
		maskOrInclude(r)
	}
	if sometimes(4) {
		stream.stop = 1 + rand.IntN(5)
	}
	return stream.of(r).may(c.notForAnon()...)
}

// aggregateLedger sums lines whose sums are known.
func aggregateLedger(w *world, c *caller) *call {
	sum, r := w.call("AggregateLedgers")
	r.mask("aggregates", "count", "sum.amount", "min.body", "max.body")
	want := fmt.Sprintf("%d %d.15", ledgerEach, ledgerEach*c.number())
	if c.anonymous() {
		want = "0 "
	}
	return sum.of(r).then(func(o *outcome) {
		if got := fmt.Sprintf("%d %s", varint(o.messages[0], 1, 2), text(o.messages[0], 1, 3, 3)); got != want {
			o.problem = fmt.Sprintf("the ledger sums up to %q, want %q", got, want)
		}
	})
}

func groupRows(w *world, _ *caller) *call {
	name := one("AggregateNotes", "AggregateFeeds", "AggregateMessages")
	group, r := w.call(name)
	r.mask("aggregates", "count", "min.body", "max.body")
	switch name {
	case "AggregateNotes":
		r.text("group_by", one("mood", "owner", "body")).text("having", one("", `max.body != "nothing"`, "count > 0"))
	case "AggregateFeeds":
		r.text("group_by", "kind").text("order_by", one("", "count desc, kind"))
	default:
		r.text("group_by", one("room_id", "body"))
	}
	return group.of(r)
}
