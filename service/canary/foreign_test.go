package canary_test

import (
	"fmt"

	"google.golang.org/grpc/codes"
)

// foreignKinds ask for what is another's.
var foreignKinds = []kind{
	{"foreign get", 3, func(w *world, c *caller) *call {
		get, r := w.call("GetNote")
		r.number("id", w.other(c).baseNote())
		maskOrInclude(r)
		return get.of(r).strange(codes.NotFound)
	}},
	{"foreign list", 2, func(w *world, c *caller) *call {
		list, r := w.call("ListNotes")
		other := w.other(c)
		return list.of(r.text("filter", one(
			fmt.Sprintf("owner = %q", other.id), fmt.Sprintf("tags:%q", other.canary("a")), fmt.Sprintf("id = %d", other.baseNote()),
			fmt.Sprintf("body:%q", other.canary("")), fmt.Sprintf("doc.who = %q", other.canary("d")), fmt.Sprintf("parts.body:%q", other.canary("p")),
		))).noRows()
	}},
	{"foreign page", 4, borrowPage},
	{"foreign update", 2, func(w *world, c *caller) *call {
		update, r := w.call("UpdateNote")
		r.message("note", func(n *request) { n.number("id", w.other(c).baseNote()).text("body", c.canary("doomed")) })
		return update.of(r.mask("update_mask", "body")).strange(codes.NotFound)
	}},
	{"foreign update many", 2, func(w *world, c *caller) *call {
		update, r := w.call("UpdateManyNotes")
		r.text("filter", fmt.Sprintf("owner = %q", w.other(c).id)).message("note", func(n *request) { n.text("body", c.canary("doomed")) })
		return update.of(r.mask("update_mask", "body")).noRows()
	}},
	{"foreign delete", 2, func(w *world, c *caller) *call {
		remove, r := w.call("DeleteNote")
		return remove.of(r.number("id", w.other(c).baseNote())).strange(codes.NotFound)
	}},
	{"foreign delete many", 1, func(w *world, c *caller) *call {
		remove, r := w.call("DeleteManyNotes")
		return remove.of(r.text("filter", fmt.Sprintf("body:%q", w.other(c).canary("")))).noRows()
	}},
	{"foreign owner", 2, func(w *world, c *caller) *call {
		create, r := w.call("CreateNote")
		r.message("note", func(n *request) {
			n.text("owner", w.other(c).id).number("slot", freeSlot()).text("body", c.canary("doomed"))
		})
		return create.of(r).strange(codes.PermissionDenied)
	}},
	{"foreign upsert", 2, func(w *world, c *caller) *call {
		create, r := w.call("CreateNote")
		r.message("note", func(n *request) { n.text("owner", w.other(c).id).number("slot", 3).text("body", c.canary("doomed")) })
		r.message("on_conflict", func(o *request) { o.text("fields", "owner").text("fields", "slot").mask("update", "body") })
		return create.of(r).strange(codes.PermissionDenied)
	}},
	{"foreign part", 2, func(w *world, c *caller) *call {
		create, r := w.call("CreatePart")
		r.message("part", func(p *request) { p.number("note_id", w.other(c).baseNote()).text("body", c.canary("doomed")) })
		return create.of(r).strange(codes.PermissionDenied)
	}},
	{"foreign room", 2, func(w *world, c *caller) *call {
		room := 0
		for c.sees(fmt.Sprintf("r%04d", room)) {
			room++
		}
		create, r := w.call("CreateMessage")
		r.message("message", func(m *request) {
			m.number("room_id", int64(room)).text("body", fmt.Sprintf("canary-r%04d-doomed", room))
		})
		return create.of(r).strange(codes.PermissionDenied)
	}},
	{"foreign request id", 2, func(w *world, c *caller) *call {
		before, ok := w.other(c).once()
		if !ok {
			return nil
		}
		// The request is the caller's own: it is done, or refused.
		return withRequestID(w, c, before.id).may(codes.InvalidArgument)
	}},
}
