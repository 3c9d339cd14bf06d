package canary_test

import "google.golang.org/grpc/codes"

var transactKinds = []kind{
	{"transact", 4, func(w *world, c *caller) *call {
		transact, r := w.call("Transact")
		r.message("writes", func(write *request) { write.message("create_note", func(n *request) { n.message("note", c.newNote) }) })
		r.message("writes", func(write *request) {
			write.message("create_part", func(p *request) { p.message("part", func(p *request) { p.text("body", c.canary(nonce())) }) })
			write.message("uses", func(u *request) { u.text("field", "part.note_id").text("from", "id") })
		})
		r.message("writes", func(write *request) {
			write.message("update_note", func(u *request) {
				u.message("note", func(n *request) { n.number("id", c.baseNote()).text("title", c.canary(nonce())) }).mask("update_mask", "title")
			})
		})
		return transact.of(r)
	}},
	// Transactions whose second write fails: nothing of the first is left.
	{"transact that fails", 4, func(w *world, c *caller) *call {
		transact, r := w.call("Transact")
		r.message("writes", func(write *request) {
			write.message("create_note", func(n *request) {
				n.message("note", func(n *request) { n.number("slot", freeSlot()).text("body", c.canary("doomed-"+nonce())) })
			})
		})
		r.message("writes", func(write *request) { one(failingWrites...)(w, c, write) })
		r.message("writes", func(write *request) {
			write.message("update_note", func(u *request) {
				u.message("note", func(n *request) { n.number("id", c.baseNote()).text("body", c.canary("doomed")) }).mask("update_mask", "body")
			})
		})
		return transact.of(r).strange(codes.NotFound, codes.PermissionDenied, codes.FailedPrecondition, codes.InvalidArgument)
	}},
}

// failingWrites are writes that fail: on a row of another's, for another, with
// what a check refuses, and on a row that is not there.
var failingWrites = []func(w *world, c *caller, write *request){
	func(w *world, c *caller, write *request) {
		write.message("update_note", func(u *request) {
			u.message("note", func(n *request) { n.number("id", w.other(c).baseNote()).text("body", c.canary("doomed")) }).mask("update_mask", "body")
		})
	},
	func(w *world, c *caller, write *request) {
		write.message("create_note", func(n *request) {
			n.message("note", func(n *request) {
				n.text("owner", w.other(c).id).number("slot", freeSlot()).text("body", c.canary("doomed"))
			})
		})
	},
	func(_ *world, c *caller, write *request) {
		write.message("create_note", func(n *request) {
			n.message("note", func(n *request) { n.number("slot", -1).text("body", c.canary("doomed")) })
		})
	},
	func(w *world, c *caller, write *request) {
		write.message("delete_note", func(d *request) { d.number("id", w.other(c).baseNote()) })
	},
	func(_ *world, c *caller, write *request) {
		write.message("create_part", func(p *request) {
			p.message("part", func(p *request) { p.number("note_id", 1<<40).text("body", c.canary("doomed")) })
		})
	},
}
