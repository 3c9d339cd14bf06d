package canary_test

import (
	"fmt"
	"math/rand/v2"

	"google.golang.org/grpc/codes"
)

// functionKinds are calls of SQL functions, which everyone may make.
var functionKinds = []kind{
	{"whoami", 10, func(w *world, c *caller) *call {
		who, r := w.call("Whoami")
		return who.of(r).equal(fmt.Sprintf("%s|%s|%s|%[1]s", c.role, c.id, c.id))
	}},
	{"function of rows", 4, func(w *world, c *caller) *call {
		find, r := w.call("FindNotes")
		r.text("term", one("canary", "", c.canary(""), w.other(c).canary(""))).text("order_by", one("", "slot"))
		maskOrInclude(r)
		return c.paged(find, r, one(0, 3)).may(c.notForAnon()...)
	}},
	{"function of texts", 3, func(w *world, _ *caller) *call {
		recent, r := w.call("RecentBodies")
		return recent.of(r.number("most", 20))
	}},
	{"function that counts", 2, func(w *world, c *caller) *call {
		count, r := w.call("CountLedger")
		want := fmt.Sprintf("%d/%d.15", ledgerEach, ledgerEach*c.number())
		if c.anonymous() {
			want = "0/0"
		}
		return count.of(r).equal(want)
	}},
	{"function that writes", 3, func(w *world, c *caller) *call {
		touch, r := w.call("Touch")
		touch.of(r.number("low", rand.Int64N(notesEach)).text("words", c.canary(nonce())))
		if c.anonymous() {
			touch.then(func(o *outcome) {
				if n := varint(o.messages[0], 1); n > 0 {
					o.problem = fmt.Sprintf("%d notes are touched", n)
				}
			})
		}
		return touch
	}},
	{"function that lasts", 2, func(w *world, _ *caller) *call {
		nap, r := w.call("Nap")
		return nap.of(r.double("seconds", rand.Float64()*0.01))
	}},
	{"function that fails", 2, func(w *world, c *caller) *call {
		refuse, r := w.call("Refuse")
		return refuse.of(r.text("words", c.canary(nonce()))).strange(codes.FailedPrecondition, codes.InvalidArgument)
	}},
	// What a call leaves in the session is not there for the next one.
	{"function that remembers", 2, func(w *world, _ *caller) *call {
		remember, r := w.call("Remember")
		return remember.of(r)
	}},
	{"function that recalls", 3, func(w *world, _ *caller) *call {
		recall, r := w.call("Recall")
		return recall.of(r).equal("")
	}},
	{"function that pretends", 2, func(w *world, c *caller) *call {
		pretend, r := w.call("Pretend")
		return pretend.of(r.text("who", w.other(c).id))
	}},
}
