package service

import (
	"cmp"
	"context"
	"errors"
	"net"
	"slices"
	"strconv"
	"sync"
	"time"
)

// RunningCall is a call that a server is answering.
type RunningCall struct {
	// ID is what Cancel takes.
	ID string
	// Method is its name, package.Service/Method.
	Method string
	// Path is Config.Path of the server.
	Path string
	// Role is as whom it runs, and Subject the sub claim, or the principal of the
	// admin path.
	Role, Subject string
	// Peer is the client's address.
	Peer string
	// Start is when it began.
	Start time.Time
}

// Calls are the running calls of one or several servers of a process. It is
// safe for concurrent use.
type Calls struct {
	mu      sync.Mutex
	last    uint64
	running map[uint64]*running
}

type running struct {
	call   RunningCall // without its ID and Peer
	peer   net.Addr
	cancel context.CancelCauseFunc
}

// NewCalls returns an empty list.
func NewCalls() *Calls { return &Calls{running: map[uint64]*running{}} }

// errCancelled is the cause of a call's end by Cancel.
var errCancelled = errors.New("service: the call was cancelled by an administrator")

// begin adds a call until end is called, and returns its context.
func (c *Calls) begin(ctx context.Context, call RunningCall, peer net.Addr) (_ context.Context, end func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	r := &running{call, peer, cancel}
	c.mu.Lock()
	c.last++
	id := c.last
	c.running[id] = r
	c.mu.Unlock()
	return ctx, func() {
		c.mu.Lock()
		delete(c.running, id)
		c.mu.Unlock()
		cancel(nil)
	}
}

// List returns the calls that run now, the oldest first.
func (c *Calls) List() []RunningCall {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := make([]RunningCall, 0, len(c.running))
	for id, r := range c.running {
		call := r.call
		call.ID = strconv.FormatUint(id, 10)
		if r.peer != nil {
			call.Peer = r.peer.String()
		}
		all = append(all, call)
	}
	slices.SortFunc(all, func(a, b RunningCall) int {
		return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(a.ID, b.ID))
	})
	return all
}

// CancelAll cancels the calls of which it holds, and says how many there were.
func (c *Calls) CancelAll(which func(RunningCall) bool) (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range c.running {
		if which(r.call) {
			r.cancel(errCancelled)
			n++
		}
	}
	return n
}

// Cancel cancels a call, and says whether there is one of that id.
func (c *Calls) Cancel(id string) bool {
	n, err := strconv.ParseUint(id, 10, 64)
	if err != nil {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.running[n]
	if r == nil {
		return false
	}
	r.cancel(errCancelled)
	return true
}
