package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/rowgate/rowgate/store/query"
)

// BatchOptions are the properties of a batch.
type BatchOptions struct {
	// Request is what the database may read of the call.
	Request Request
	// ReadOnly refuses writes.
	ReadOnly bool
	// Rollback runs everything and keeps nothing. Constraints that would be
	// looked at by the commit are looked at all the same.
	Rollback bool
}

// Batch queues statements of one transaction. It is for the function that it
// was given to, for its time and for one goroutine.
type Batch struct {
	p        *pipeline // nil once the function has returned
	ctx      context.Context
	as       *Caller
	rollback bool
	claim    *claim // of a request's id
	audit    *Audit
	readOnly bool
	results  []*Result    // when there is an audit
	done     *AuditRecord // the one that goes with the commit
	queued   int
	err      error       // the first one; nothing runs after it
	idle     func() bool // ends the watch over the time without an exchange
}

// BatchError says which of a batch's statements failed. It unwraps to what Run
// returns for such a statement.
type BatchError struct {
	// Index is the statement's number in the order of the Queue calls, from 0.
	Index int
	// Committed says that the batch was committed all the same, and only its
	// answer was not what was expected.
	Committed bool
	Err       error
}

// Error implements error.
func (e *BatchError) Error() string { return fmt.Sprintf("statement %d: %v", e.Index, e.Err) }

// Unwrap returns the statement's error.
func (e *BatchError) Unwrap() error { return e.Err }

var (
	errBatchOver = errors.New("store: the batch is over")
	errReentered = errors.New("store: a batch is used by the function for its rows")
)

// Batch runs the statements that f queues in one transaction, as a caller. It
// commits when f returns nil and no statement failed, and returns nil only once
// the server has committed; otherwise nothing is kept, and the first error is
// returned: f's as it is, a statement's as a [*BatchError], a refused caller's
// as a [*SettingsError].
//
// Nothing travels before the first Flush, and what is left when f returns
// travels with the COMMIT, so a batch without a Flush is one round trip, and
// each Flush is one more. Hence a row function's error, and [ErrSchemaChanged],
// come too late to undo what f has not flushed: BatchError.Committed tells of
// it.
//
// f holds a connection, and after its first Flush locks, so it should not wait
// for anything else. The end of the context ends the transaction whatever f
// does; f itself has to look at the context. Each statement has the time that
// Run would give it.
func (s *Store) Batch(ctx context.Context, as Caller, o BatchOptions, f func(*Batch) error) error {
	return s.batch(ctx, as, o, nil, f)
}

// batch is Batch with a claim, or without. What is rolled back takes its row of
// rowgate.audit along, so that has to be one of its own.
func (s *Store) batch(ctx context.Context, as Caller, o BatchOptions, c *claim, f func(*Batch) error) error {
	if a := o.Request.Audit; a != nil && o.Rollback {
		o.Request.Audit = nil
		return s.around(ctx, a, func() (int64, error) { return -1, s.runBatch(ctx, as, o, c, f) })
	}
	return s.runBatch(ctx, as, o, c, f)
}

// runBatch is batch, whatever becomes of the audit.
func (s *Store) runBatch(ctx context.Context, as Caller, o BatchOptions, c *claim, f func(*Batch) error) error {
	if as.isZero() {
		return ErrNoCaller
	}
	conn, err := s.acquire(ctx, o.Request.Untrusted)
	if err != nil {
		return err
	}
	defer conn.Release()

	p := s.pipelineOn(conn)
	b := &Batch{p: p, ctx: ctx, as: &as, rollback: o.Rollback, claim: c, audit: o.Request.Audit, readOnly: o.ReadOnly}
	defer b.leave()
	p.begun = true
	p.queue("", step{kind: internal, st: begin}, nil, 0)
	p.clean()
	if c != nil {
		c.first(p)
	}
	if err := p.enter(ctx, &as, &o.Request, o.ReadOnly); err != nil {
		return err
	}

	if err = f(b); err == nil && b.err == nil {
		b.commit()
	}
	if err == nil {
		err = b.err
	}
	if err == nil && p.open {
		err = errors.New("store: the transaction is still open after its commit")
	}
	b.resume()
	if p.open {
		_ = p.rollback() // or the connection is closed, which rolls back too
	}
	if err == nil && b.done != nil {
		b.done.written()
	}
	return err
}

// The statements around a transaction. They are nobody's, and need no right.
var (
	begin       = query.NewStatement("begin", nil, nil, false)
	commit      = query.NewStatement("commit", nil, nil, false)
	rollback    = query.NewStatement("rollback", nil, nil, false)
	constraints = query.NewStatement("set constraints all immediate", nil, nil, false)
)

// maxQueued is how many bytes of statements wait for a Flush, at most, when
// there are several.
const maxQueued = 256 << 10

// Queue adds a statement. Its arguments are read before Queue returns; row, and
// the result, are as in [Store.Run], and both are good once the statement's
// answer has been read: after the next Flush, or when Batch returns. What is
// queued beyond 256 KiB is flushed by Queue itself; should that fail, the next
// Flush says so.
//
// row must not use the batch.
func (b *Batch) Queue(st *query.Statement, args [][]byte, row func(values [][]byte) error) *Result {
	return b.add(st, args, row, 0)
}

// add is Queue with the most rows to fetch.
func (b *Batch) add(st *query.Statement, args [][]byte, row func(values [][]byte) error, maxRows uint32) *Result {
	res := new(Result)
	if b.audit != nil {
		b.results = append(b.results, res)
	}
	if b.p == nil || b.err != nil {
		return res
	}
	if b.p.reading {
		b.err = errReentered
		return res
	}
	if len(b.p.out) > maxQueued && b.Flush() != nil {
		return res
	}
	b.p.queue(b.as.Role, step{st: st, index: b.queued, row: row, res: res}, args, maxRows)
	b.queued++
	return res
}

// Flush sends what is queued and reads all answers. It returns the error of the
// first statement that failed; the batch then keeps nothing, and its later calls
// return the same error.
func (b *Batch) Flush() error {
	switch {
	case b.p == nil:
		return errBatchOver
	case b.err != nil:
		return b.err
	case b.p.reading:
		b.err = errReentered
		return b.err
	case len(b.p.steps) == 0:
		return nil
	}
	b.send(endFlush)
	if b.err == nil && b.ctx.Done() != nil {
		// The server would keep the locks for as long as f goes on.
		conn := b.p.pg.Conn()
		b.idle = context.AfterFunc(b.ctx, func() { _ = conn.Close() })
	}
	return b.err
}

// commit sends what is left, and ends the transaction.
func (b *Batch) commit() {
	if b.claim != nil || b.audit != nil {
		if b.audit != nil && b.Flush() != nil {
			return // It tells of the rows that there were.
		}
		b.leaveCaller()
		if b.err != nil {
			return
		}
	}
	if b.rollback {
		b.p.queue("", step{kind: internal, st: constraints}, nil, 0)
		b.p.queue("", step{kind: internal, st: rollback}, nil, 0)
	} else {
		b.p.queue("", step{kind: internal, st: commit}, nil, 0)
	}
	b.send(endSync)
}

// leaveCaller queues what the login writes at the end. Deferred triggers run as
// whoever is the role then, so they run before it is the login; what SQL of the
// caller has left to the COMMIT all the same runs as the caller again.
func (b *Batch) leaveCaller() {
	p := b.p
	if b.audit != nil && b.readOnly {
		p.queue("", step{kind: internal, st: readOnlyOver}, nil, 0)
	}
	p.queue("", step{kind: internal, st: constraints}, nil, 0)
	p.queue("", step{kind: internal, st: backToLogin}, nil, 0)
	if b.claim != nil {
		b.err = b.claim.keep(p)
	}
	if b.audit != nil {
		rows := int64(0)
		for _, res := range b.results {
			rows += res.Rows
		}
		b.done = &AuditRecord{Audit: b.audit, Event: AuditDone, Code: "OK", Rows: rows}
		b.done.queue(p)
	}
	p.queue("", step{kind: internal, st: backToCaller}, [][]byte{[]byte(b.as.Role)}, 0)
}

func (b *Batch) send(end byte) {
	if b.resume(); b.err != nil {
		return
	}
	p := b.p
	if err := b.ctx.Err(); err != nil && !p.open {
		b.err = err // Nothing was sent yet.
		return
	}
	err := p.send(b.ctx, end)
	if err == nil || b.err != nil {
		return
	}
	b.err = p.explain(b.ctx, *b.as, err)
	if p.broken || p.failed >= len(p.steps) || errors.Is(err, ErrTxEnded) {
		return
	}
	switch failed := &p.steps[p.failed]; failed.kind {
	case requests:
		b.err = refusal(failed.st, b.err)
		b.claim.refused = b.err
	case callers:
		committed := end == endSync && p.next == len(p.steps) && !p.open && !b.rollback
		b.err = &BatchError{Index: failed.index, Committed: committed, Err: b.err}
	}
}

// resume ends the watch over the time in which f works.
func (b *Batch) resume() {
	if b.idle == nil {
		return
	}
	inTime := b.idle()
	b.idle = nil
	if !inTime {
		b.p.fail()
		if b.err == nil {
			b.err = fmt.Errorf("store: the transaction was rolled back: %w", b.ctx.Err())
		}
	}
}

// leave ends the batch, also after a panic.
func (b *Batch) leave() {
	p := b.p
	if b.idle != nil && !b.idle() {
		p.fail()
	}
	b.p = nil
	p.leave()
}
