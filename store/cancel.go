package store

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

const (
	// deadlineGrace is how long a call that has passed its deadline waits for
	// statement_timeout, which is set to the same moment, before it sends a
	// cancel request: the timeout needs no second connection.
	deadlineGrace = 50 * time.Millisecond
	// cancelAgain is when a cancel request that had no effect is repeated.
	cancelAgain = 500 * time.Millisecond
	// drainTimeout bounds the wait for the server after a cancel request. A
	// connection that is not done by then is closed.
	drainTimeout = 5 * time.Second
)

// watch sends a cancel request when a call's context ends before the call. It
// is kept with the connection, and costs a call that ends in time no channel.
type watch struct {
	ctx  context.Context
	log  *slog.Logger
	pg   *pgconn.PgConn
	stop func() bool

	running sync.WaitGroup

	mu       sync.Mutex
	over     bool          // the call has ended
	finished chan struct{} // closed then, when cancel waits for it
	sent     bool          // a cancel request was sent
	unsure   bool          // and it may still be on its way
}

func (w *watch) start(ctx context.Context, log *slog.Logger, pg *pgconn.PgConn) {
	if ctx.Done() == nil {
		w.stop = nil
		return
	}
	w.ctx, w.log, w.pg = ctx, log, pg
	w.over, w.finished, w.sent, w.unsure = false, nil, false, false
	w.running.Add(1)
	w.stop = context.AfterFunc(ctx, w.cancel)
}

// cancel runs when the context has ended.
func (w *watch) cancel() {
	defer w.running.Done()
	w.mu.Lock()
	if w.over {
		w.mu.Unlock()
		return
	}
	w.finished = make(chan struct{})
	w.mu.Unlock()
	if errors.Is(w.ctx.Err(), context.DeadlineExceeded) {
		select {
		case <-w.finished:
			return
		case <-time.After(deadlineGrace):
		}
	}
	w.sent = true
	until := time.Now().Add(drainTimeout)
	_ = w.pg.Conn().SetDeadline(until)
	for time.Now().Before(until) {
		ctx, cancel := context.WithDeadline(context.Background(), until)
		err := w.pg.CancelRequest(ctx)
		// CancelRequest returns nil too when the time for the server's word has
		// run out.
		w.unsure = w.unsure || err != nil || ctx.Err() != nil
		cancel()
		if err != nil {
			w.log.Warn("a cancel request failed", "error", err)
		}
		// One that overtakes the statement on its way to the server is dropped
		// there.
		select {
		case <-w.finished:
			return
		case <-time.After(cancelAgain):
		}
	}
}

// end ends the watch. It says whether a cancel request was sent, and whether
// the server is known to have dealt with it. It returns only when nothing more
// will be done to the connection from here.
func (w *watch) end() (sent, known bool) {
	if w.stop == nil {
		return false, true
	}
	if w.stop() {
		w.running.Done()
		return false, true
	}
	w.mu.Lock()
	w.over = true
	if w.finished != nil {
		close(w.finished)
	}
	w.mu.Unlock()
	w.running.Wait()
	return w.sent, !w.unsure
}

// drain makes sure that a cancel request, which may reach the server after the
// statement it was meant for has ended, meets no later one. CancelRequest
// returned when the server had sent the signal, so it is pending before the
// Sync below is read; a backend that reads a command drops a pending cancel.
func (p *pipeline) drain() error {
	if err := p.pg.Conn().SetDeadline(time.Now().Add(drainTimeout)); err != nil {
		return err
	}
	front := p.pg.Frontend()
	front.SendSync(&pgproto3.Sync{})
	if err := front.Flush(); err != nil {
		return err
	}
	for {
		msg, err := front.Receive()
		if err != nil {
			return err
		}
		if _, ok := msg.(*pgproto3.ReadyForQuery); ok {
			return p.pg.Conn().SetDeadline(time.Time{})
		}
	}
}
