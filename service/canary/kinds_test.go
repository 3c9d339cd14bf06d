package canary_test

import (
	"fmt"
	"math/rand/v2"
	"sync/atomic"

	"google.golang.org/grpc/codes"
)

// kind is a kind of call, made with random values. A nil call means that there is
// nothing to make one of yet.
type kind struct {
	name   string
	weight int
	make   func(w *world, c *caller) *call
}

// userKinds are the calls of users, and anonymousKinds those of anonymous
// callers. Calls of the admin path would be a third list, of callers whose all
// is set.
var (
	userKinds      = join(readKinds, functionKinds, writeKinds, transactKinds, foreignKinds)
	anonymousKinds = join(openKinds, functionKinds)
)

func join(lists ...[]kind) (all []kind) {
	for _, list := range lists {
		all = append(all, list...)
	}
	return all
}

// chooser picks kinds by their weight.
type chooser []*kind

func newChooser(kinds []kind) (c chooser) {
	for i := range kinds {
		for range kinds[i].weight {
			c = append(c, &kinds[i])
		}
	}
	return c
}

func (c chooser) any() *kind { return c[rand.IntN(len(c))] }

var nonces atomic.Int64

// nonce is a text that no other call has.
func nonce() string { return fmt.Sprintf("x%d", nonces.Add(1)) }

// one returns one of some values.
func one[T any](values ...T) T { return values[rand.IntN(len(values))] }

// sometimes is true once in n times.
func sometimes(n int) bool { return rand.IntN(n) == 0 }

// freeSlot is a slot that no note has, but by chance.
func freeSlot() int64 { return 1000 + rand.Int64N(2_000_000_000) }

func (c *caller) baseNote() int64 { return c.base[rand.IntN(len(c.base))] }

// madeNote takes a note that may go, or 0.
func (c *caller) madeNote() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.made) == 0 {
		return 0
	}
	last := len(c.made) - 1
	id := c.made[last]
	c.made = c.made[:last]
	return id
}

func (c *caller) room() int { return one(c.rooms...) }

// anyUser is a user. Half of the calls are of a few, so that they meet their own.
func (w *world) anyUser() *caller {
	if sometimes(2) {
		return w.callers[1+rand.IntN(users)]
	}
	return w.callers[1+rand.IntN(50)]
}

// other is another user.
func (w *world) other(than *caller) *caller {
	for {
		if c := w.anyUser(); c != than {
			return c
		}
	}
}

// call begins a call.
func (w *world) call(name string) (*call, *request) {
	m := w.methods[name]
	if m == nil {
		panic("the contract has no " + name)
	}
	return &call{method: m}, m.request()
}

// of finishes a call.
func (c *call) of(r *request) *call {
	c.body = r.bytes
	return c
}

// may allows codes.
func (c *call) may(refused ...codes.Code) *call {
	c.refused = append(c.refused, refused...)
	return c
}

// strange marks a call as one for another's row.
func (c *call) strange(refused ...codes.Code) *call {
	c.foreign = true
	return c.may(refused...)
}

// then looks at the answer.
func (c *call) then(after func(*outcome)) *call {
	c.after = after
	return c
}

// equal is a then that holds the first text of the answer.
func (c *call) equal(want string) *call {
	return c.then(func(o *outcome) {
		if got := text(o.messages[0], 1); got != want {
			o.problem = fmt.Sprintf("%q, want %q", got, want)
		}
	})
}

// noRows is a then that holds that there is none.
func (c *call) noRows() *call {
	return c.then(func(o *outcome) {
		if n := rows(c.method, o); n > 0 {
			o.problem = fmt.Sprintf("%d rows of another's", n)
		}
	})
}

// rows counts what an answer has.
func rows(m *method, o *outcome) (n int) {
	if !m.perRows {
		return len(o.messages)
	}
	for _, message := range o.messages {
		field(message, 1, func([]byte, uint64) { n++ })
	}
	return n
}
