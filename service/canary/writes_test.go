package canary_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"
)

var writeKinds = []kind{
	{"create", 6, func(w *world, c *caller) *call {
		create, r := w.call("CreateNote")
		return create.of(r.message("note", c.newNote)).then(c.keepMade)
	}},
	{"validate only", 2, func(w *world, c *caller) *call {
		create, r := w.call("CreateNote")
		r.message("note", func(n *request) { n.number("slot", freeSlot()).text("body", c.canary("doomed-validated")) })
		return create.of(r.number("validate_only", 1))
	}},
	{"upsert", 4, func(w *world, c *caller) *call {
		create, r := w.call("CreateNote")
		r.message("note", func(n *request) {
			n.text("owner", c.id).number("slot", rand.Int64N(notesEach)).text("body", c.canary(nonce())).object("doc", "who", c.canary("d"))
		})
		return create.of(r.message("on_conflict", func(o *request) { o.text("fields", "owner").text("fields", "slot").mask("update", "body", "doc") }))
	}},
	{"update", 6, func(w *world, c *caller) *call {
		update, r := w.call("UpdateNote")
		id := c.baseNote()
		r.message("note", func(n *request) { n.number("id", id).text("body", c.canary(nonce())).text("title", c.canary("t")) })
		r.mask("update_mask", "body", "title")
		switch rand.IntN(4) {
		case 0:
			r.message("merge", func(n *request) { n.object("doc", "more", c.canary("m")) })
		case 1:
			r.message("increment", func(n *request) { n.text("amount", "0.5") })
		}
		maskedRead(r)
		return update.of(r)
	}},
	{"delete", 3, func(w *world, c *caller) *call {
		id := c.madeNote()
		if id == 0 {
			return nil
		}
		remove, r := w.call("DeleteNote")
		return remove.of(r.number("id", id)).may(codes.NotFound) // a delete_many came first
	}},
	{"batch create", 3, func(w *world, c *caller) *call {
		create, r := w.call("BatchCreateNotes")
		for range 1 + rand.IntN(4) {
			r.message("requests", func(one *request) { one.message("note", c.newNote) })
		}
		return create.of(r)
	}},
	{"batch update", 3, func(w *world, c *caller) *call {
		update, r := w.call("BatchUpdateNotes")
		first := rand.IntN(len(c.base))
		for i := range 3 {
			r.message("requests", func(one *request) {
				one.message("note", func(n *request) { n.number("id", c.base[(first+i)%len(c.base)]).text("title", c.canary(nonce())) })
				one.mask("update_mask", "title")
			})
		}
		return update.of(r)
	}},
	{"update many", 3, func(w *world, c *caller) *call {
		update, r := w.call("UpdateManyNotes")
		low := rand.IntN(notesEach)
		r.text("filter", fmt.Sprintf("slot >= %d AND slot < %d", low, low+3))
		r.message("note", func(n *request) { n.text("body", c.canary(nonce())).text("raw", c.canary("b")) })
		return update.of(r.mask("update_mask", "body", "raw").mask("read_mask", "id", "body"))
	}},
	{"delete many", 3, func(w *world, _ *caller) *call {
		remove, r := w.call("DeleteManyNotes")
		return remove.of(r.text("filter", fmt.Sprintf("slot >= %d", freeSlot())).mask("read_mask", "id", "body", "doc"))
	}},
	{"import", 2, importNotes},
	{"shared create", 4, func(w *world, c *caller) *call {
		create, r := w.call("CreateMessage")
		return create.of(r.message("message", func(m *request) { c.newMessage(m, c.room()) }))
	}},
	{"shared update", 2, func(w *world, c *caller) *call {
		update, r := w.call("UpdateManyMessages")
		room := c.room()
		r.text("filter", fmt.Sprintf(`room_id = %d AND body:"%d"`, room, rand.IntN(10)))
		r.message("message", func(m *request) { c.newMessage(m, room) })
		return update.of(r.mask("update_mask", "body", "words"))
	}},
	{"shared delete", 2, func(w *world, c *caller) *call {
		remove, r := w.call("DeleteManyMessages")
		return remove.of(r.text("filter", fmt.Sprintf(`room_id = %d AND body:"-by-%s"`, c.room(), c.sign[1:])))
	}},
	{"post", 2, func(w *world, c *caller) *call {
		create, r := w.call("CreatePost")
		return create.of(r.message("post", func(p *request) { p.text("body", c.canary(nonce())).object("doc", "who", c.canary("d")) }))
	}},
	{"once", 3, createOnce},
	{"again", 4, again},
}

// newNote writes a note that carries its owner wherever it can.
func (c *caller) newNote(n *request) {
	n.number("slot", freeSlot()).text("body", c.canary(nonce())).text("title", c.canary("t")).text("tags", c.canary("a")).text("tags", "common")
	n.object("doc", "who", c.canary("d")).object("old", "who", c.canary("j")).text("raw", c.canary("b"))
	n.message("label", func(l *request) { l.text("name", c.canary("w")) })
}

// newMessage writes a message to a room, signed by who writes it.
func (c *caller) newMessage(m *request, room int) {
	sign := fmt.Sprintf("canary-r%04d-", room)
	m.number("room_id", int64(room)).text("body", sign+"by-"+c.sign[1:]+"-m"+nonce()).text("words", sign+"a")
}

func (c *caller) keepMade(o *outcome) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.made) < 100 {
		c.made = append(c.made, int64(varint(o.messages[0], 1)))
	}
}

func maskedRead(r *request) {
	if sometimes(2) {
		r.mask("read_mask", "id", "body", "doc", "parts.body")
	}
}

// createOnce makes a note in a request with an id. Whatever becomes of it, it may
// be repeated.
func createOnce(w *world, c *caller) *call {
	id := uuid.NewString()
	create := withRequestID(w, c, id)
	c.mu.Lock()
	c.onces = keep(c.onces, kept{method: create.method, body: create.body, id: id})
	c.mu.Unlock()
	return create.then(func(o *outcome) { c.answered(id, o) })
}

func withRequestID(w *world, c *caller, id string) *call {
	create, r := w.call("CreateNote")
	r.message("note", func(n *request) { n.number("slot", freeSlot()).text("body", c.canary("once-"+nonce())) })
	return create.of(r.text("request_id", id))
}

// again repeats a request with an id. Its answer is what it was.
func again(_ *world, c *caller) *call {
	before, ok := c.once()
	if !ok {
		return nil
	}
	return (&call{method: before.method, body: before.body}).then(func(o *outcome) {
		if before.answer != nil && !bytes.Equal(o.messages[0], before.answer) {
			o.problem = fmt.Sprintf("a repeated request is answered with %q, and was with %q", o.messages[0], before.answer)
		}
		c.answered(before.id, o)
	})
}

// once is a request with an id that the caller has made.
func (c *caller) once() (kept, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.onces) == 0 {
		return kept{}, false
	}
	return one(c.onces...), true
}

func (c *caller) answered(id string, o *outcome) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range c.onces {
		if c.onces[i].id == id {
			c.onces[i].answer = o.messages[0]
		}
	}
}

// importNotes sends notes in several messages, or leaves before the end.
func importNotes(w *world, c *caller) *call {
	imports, r := w.call("ImportNotes")
	imports.half = sometimes(2)
	note := c.newNote
	if imports.half {
		note = func(n *request) { n.number("slot", freeSlot()).text("body", c.canary("doomed-half")) }
	}
	message := func(r *request) []byte {
		for range 1 + rand.IntN(3) {
			r.message("notes", note)
		}
		return r.bytes
	}
	imports.body = message(r)
	for range rand.IntN(3) {
		imports.more = append(imports.more, message(imports.method.request()))
	}
	return imports
}
