package canary_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/rowgate/rowgate/service/servicetest"
)

// caller is one who calls, and what it may see.
type caller struct {
	role  string
	id    string // the sub; empty of anonymous callers
	sign  string // what its canaries carry: u0042, or a0000
	rooms []int
	signs []string        // of its rooms: r0007
	ctx   context.Context // with its token

	// conns is its way to the server. Callers of the admin path have one of their
	// own, and all that goes over it is theirs to see.
	conns *connections
	all   bool

	mu    sync.Mutex
	base  []int64 // its notes that stay
	made  []int64 // its notes that may go
	pages []kept
	onces []kept
}

// kept is a request that can be made again.
type kept struct {
	method *method
	body   []byte // for a page without its token
	token  string
	answer []byte
	id     string
}

// keepMost is how many requests a caller keeps of a sort.
const keepMost = 6

func keep(all []kept, one kept) []kept {
	if len(all) == keepMost {
		all = all[1:]
	}
	return append(all, one)
}

const idPrefix = "ca9a0000-0000-4000-8000-"

// newCallers makes the anonymous caller, and the users.
func newCallers(t testing.TB, conns *connections) []*caller {
	t.Helper()
	all := []*caller{{role: "anon", sign: "a0000", ctx: t.Context(), conns: conns}}
	for n := 1; n <= users; n++ {
		id := fmt.Sprintf("%s%012d", idPrefix, n)
		c := &caller{
			role: "authenticated", id: id, sign: fmt.Sprintf("u%04d", n),
			ctx: servicetest.As(t.Context(), servicetest.Token(t, id)), conns: conns,
		}
		for r := range roomsEach {
			room := (n + r*37) % rooms
			c.rooms, c.signs = append(c.rooms, room), append(c.signs, fmt.Sprintf("r%04d", room))
		}
		all = append(all, c)
	}
	return all
}

func (c *caller) anonymous() bool { return c.id == "" }

// number is a user's number.
func (c *caller) number() (n int) {
	_, _ = fmt.Sscanf(c.sign[1:], "%d", &n)
	return n
}

// canary is a text that only this caller may see.
func (c *caller) canary(rest string) string { return "canary-" + c.sign + "-" + rest }

// sees says whether a canary's sign is one of this caller's.
func (c *caller) sees(sign string) bool {
	return c.all || sign == c.sign || slices.Contains(c.signs, sign)
}

// scan looks for canaries, and for users' ids, in bytes of any form. It returns
// how many of them are the caller's own, and those that are not.
func (c *caller) scan(b []byte) (own int, foreign []string) {
	const needle, signSize, idSize = "canary-", 5, 12
	for rest := b; ; {
		i := bytes.Index(rest, []byte(needle))
		if i < 0 {
			break
		}
		if rest = rest[i+len(needle):]; len(rest) < signSize {
			break // an error's text that was cut
		}
		if sign := string(rest[:signSize]); c.sees(sign) {
			own++
		} else {
			foreign = append(foreign, needle+sign)
		}
	}
	for rest := b; ; {
		i := bytes.Index(rest, []byte(idPrefix))
		if i < 0 {
			break
		}
		if rest = rest[i+len(idPrefix):]; len(rest) < idSize {
			break
		}
		if id := idPrefix + string(rest[:idSize]); !c.all && id != c.id {
			foreign = append(foreign, id)
		}
	}
	return own, foreign
}
