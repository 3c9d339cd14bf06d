package store

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

const (
	// deadlineGrace is how long a call that has passed its deadline waits for
	// statement_timeout, which is set to the same moment, before it sends a
	// cancel request: the timeout needs no second connection.
	deadlineGrace = 50 * time.Millisecond
	// drainTimeout bounds the wait for the server after a cancel request. A
	// connection that is not done by then is closed.
	drainTimeout = 5 * time.Second
)

// watch sends a cancel request when a call's context ends before the call.
type watch struct {
	stopFunc func() bool
	run      *cancelRun
}

type cancelRun struct {
	finished chan struct{} // closed when the call is over
	done     chan struct{} // closed when the run is
	sent     bool          // read after done
}

func (w *watch) start(ctx context.Context, s *Store, pg *pgconn.PgConn) {
	if ctx.Done() == nil {
		*w = watch{}
		return
	}
	run := &cancelRun{finished: make(chan struct{}), done: make(chan struct{})}
	w.run = run
	w.stopFunc = context.AfterFunc(ctx, func() {
		defer close(run.done)
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			select {
			case <-run.finished:
				return
			case <-time.After(deadlineGrace):
			}
		}
		run.sent = true
		_ = pg.Conn().SetReadDeadline(time.Now().Add(drainTimeout))
		cancelCtx, cancel := context.WithTimeout(context.Background(), drainTimeout)
		defer cancel()
		if err := pg.CancelRequest(cancelCtx); err != nil {
			s.log.Warn("a cancel request failed", "error", err)
		}
	})
}

// stop ends the watch and says whether a cancel request was sent. It returns
// only when nothing more will be done to the connection from here.
func (w *watch) stop() (sent bool) {
	if w.stopFunc == nil || w.stopFunc() {
		return false
	}
	close(w.run.finished)
	<-w.run.done
	return w.run.sent
}

// drain makes sure that a cancel request, which may reach the server after the
// statement it was meant for has ended, meets no later one. CancelRequest
// returned when the server had sent the signal, so it is pending before the
// Sync below is read; a backend that reads a command drops a pending cancel.
func (p *pipeline) drain() error {
	if p.store.unnamed {
		// A pooler stands between; there the signal's way is not ours to know.
		return errors.New("store: connection dropped after a cancel request through a pooler")
	}
	if err := p.pg.Conn().SetReadDeadline(time.Now().Add(drainTimeout)); err != nil {
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
			return p.pg.Conn().SetReadDeadline(time.Time{})
		}
	}
}
