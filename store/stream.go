package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

const (
	// firstRows is how many rows a stream asks for before it knows their size.
	firstRows = 32
	// chunkSize is how many bytes of rows a stream asks for at a time, going by
	// the size of the rows before.
	chunkSize = 256 << 10
	// maxChunk is how many it takes off the wire ahead of who reads them,
	// however large the rows turn out to be, and one row more.
	maxChunk = 4 << 20
	// maxFetch is the most rows that it asks for.
	maxFetch = 16 << 10
)

// Stream runs one statement as a caller and hands its rows to row, in their
// order, as Run does, but holds no more of them than two pieces of some 256 KiB.
// fetch is the most rows to ask for at a time; 0 leaves it to their size.
// call.MaxRows has no meaning here.
//
// While row reads one piece the next one is fetched, and no more, so a slow row
// slows the server down. The transaction stays open for as long as the stream
// runs, and a database that sets idle_in_transaction_session_timeout must allow
// for the slowest reader. statement_timeout counts for each piece anew, and not
// while row works; the whole is bounded by the context alone. Postgres makes no
// use of parallel workers for a statement that is fetched in pieces.
//
// An error of row ends the statement at once, and is returned; so does the end
// of the context, for which a row that blocks has to look itself. Rows that were handed up before an error are to be thrown
// away: only a nil error says that they were all, and that the server has
// committed.
func (s *Store) Stream(ctx context.Context, as Caller, call *Call, fetch uint32, row func(values [][]byte) error) (Result, error) {
	if as.isZero() {
		return Result{}, ErrNoCaller
	}
	if a := call.Request.Audit; a != nil {
		plain := *call
		plain.Request.Audit = nil
		var res Result
		err := s.around(ctx, a, func() (_ int64, err error) {
			res, err = s.Stream(ctx, as, &plain, fetch, row)
			return res.Rows, err
		})
		return res, err
	}
	conn, err := s.acquire(ctx, call.Request.Untrusted)
	if err != nil {
		return Result{}, err
	}
	defer conn.Release()

	p := s.pipelineOn(conn)
	defer p.leave()
	if fetch == 0 || fetch > maxFetch {
		fetch = maxFetch
	}
	st := &stream{p: p, fetch: fetch, row: row, current: new(chunk), ahead: new(chunk)}
	p.begun, p.result = true, Result{}
	p.queue("", step{kind: internal, st: begin}, nil, 0)
	p.clean()
	if err := p.enter(ctx, &as, &call.Request, call.Statement.ReadOnly); err != nil {
		return Result{}, err
	}
	p.queue(as.Role, step{st: call.Statement, row: st.current.add, res: &p.result}, call.Args, min(fetch, firstRows))
	if err = p.send(ctx, endSync); err == nil {
		st.state = finished
		if p.result.More {
			st.state = suspended
		}
		if err = st.run(ctx); err == nil {
			p.queue("", step{kind: internal, st: commit}, nil, 0)
			err = p.send(ctx, endSync)
		}
	}
	err = p.explain(ctx, as, err)
	if p.open {
		_ = p.rollback() // or the connection is closed, which rolls back too
	}
	return Result{Rows: st.rows}, err
}

// stream is a portal whose rows are read piece by piece.
type stream struct {
	p     *pipeline
	fetch uint32
	row   func([][]byte) error
	rows  int64
	state portalState

	// current is handed up while ahead is read.
	current, ahead *chunk
	values         [][]byte
}

// portalState says what is to be done for more rows.
type portalState uint8

const (
	suspended portalState = iota // they have to be asked for
	answering                    // they are on their way
	finished                     // there are none
)

// run hands up all rows. It leaves the transaction open.
func (st *stream) run(ctx context.Context) (err error) {
	p := st.p
	running, stop := context.WithCancel(ctx)
	defer stop()
	var read chan error // of the goroutine that reads ahead, when there is one
	p.watch.start(running, p.store.log, p.pg)
	defer func() {
		if read != nil { // row has panicked
			_ = p.pg.Conn().Close()
			err = <-read
			p.fail()
		}
		if p.done() && err == nil {
			err = ctx.Err()
		}
	}()
	for {
		if st.state != finished {
			if err := st.ask(); err != nil {
				return err
			}
			done := make(chan error, 1)
			go func() { done <- st.read() }()
			read = done
		}
		rowErr := st.handUp(ctx)
		if read == nil {
			return rowErr
		}
		if rowErr != nil {
			stop() // The watch sends a cancel request.
		}
		err := <-read
		read = nil
		for rowErr != nil && err == nil && st.state == answering {
			st.ahead.reset()
			err = st.read()
		}
		switch {
		case p.reading: // The connection is lost.
			p.fail()
			return first(rowErr, err)
		case rowErr != nil || err != nil:
			return first(rowErr, err)
		}
		st.current, st.ahead = st.ahead, st.current
	}
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// ask asks for the next piece, unless a part of it is still to be read. The Sync,
// which ends no transaction that has a BEGIN, stops the clock of
// statement_timeout; the end of a piece alone does not.
func (st *stream) ask() error {
	st.ahead.reset()
	if st.state == answering {
		return nil
	}
	p := st.p
	p.execute.MaxRows = st.fetch
	if rows := len(st.current.ends); rows > 0 {
		each := max(st.current.size()/rows, chunkSize/maxFetch)
		p.execute.MaxRows = uint32(min(max(chunkSize/each, 1), int(st.fetch)))
	}
	p.out = p.out[:0]
	p.encode(&p.execute)
	p.out = append(p.out, endSync, 0, 0, 0, 4)
	_, err := p.pg.Conn().Write(p.out)
	p.out = p.out[:0]
	if err != nil {
		p.fail()
		return fmt.Errorf("store: writing to the database: %w", err)
	}
	return nil
}

// handUp gives the rows of the current piece to row.
func (st *stream) handUp(ctx context.Context) error {
	c, from := st.current, 0
	for i := range c.ends {
		if err := ctx.Err(); err != nil {
			return err
		}
		st.values, from = c.row(st.values[:0], i, from)
		st.rows++
		if st.row == nil {
			continue
		}
		if err := st.row(st.values); err != nil {
			return err
		}
	}
	return nil
}

// read reads rows ahead, until the chunk is full or the answer has ended. It
// runs beside handUp, and leaves p.reading set when the answer is cut off.
func (st *stream) read() (err error) {
	front := st.p.pg.Frontend()
	st.p.reading = true
	if st.state == suspended {
		st.state = answering
	}
	next := st.state
	for {
		msg, e := front.Receive()
		if e != nil {
			return first(err, unread(e))
		}
		switch msg := msg.(type) {
		case *pgproto3.DataRow:
			if err != nil {
				continue
			}
			if _ = st.ahead.add(msg.Values); st.ahead.size() >= maxChunk {
				st.p.reading = false
				return nil
			}
		case *pgproto3.PortalSuspended:
			next = suspended
		case *pgproto3.CommandComplete, *pgproto3.EmptyQueryResponse:
			next = finished
		case *pgproto3.ErrorResponse:
			err = first(err, pgconn.ErrorResponseToPgError(msg))
		case *pgproto3.ReadyForQuery:
			st.state = next
			st.p.reading, st.p.open = false, msg.TxStatus != 'I'
			return err
		}
	}
}
