package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// read reads the answers, up to ReadyForQuery when a Sync was sent, and else to
// the end of the last step. An error of the server goes before one of row: what
// the row was of is then undone.
func (p *pipeline) read(synced bool) (err error) {
	var rowErr error
	failedRow := 0
	front := p.pg.Frontend()
	keep := func(e error) {
		if err == nil {
			err, p.failed = e, p.next
		}
	}
	p.reading = true // also after a panic of row
	for synced || p.next < len(p.steps) {
		msg, e := front.Receive()
		if e != nil {
			p.fail()
			keep(unread(e))
			return err
		}
		switch msg := msg.(type) {
		case *pgproto3.ReadyForQuery:
			p.open, p.skipping, p.reading = msg.TxStatus != 'I', false, false
			p.settle()
			if err == nil && rowErr != nil {
				err, p.failed = rowErr, failedRow
			}
			return err
		case *pgproto3.ErrorResponse:
			keep(pgconn.ErrorResponseToPgError(msg))
			if p.skipping = true; !synced {
				p.reading = false
				return err
			}
			continue
		case *pgproto3.ParseComplete:
			p.parseDone()
			continue
		case *pgproto3.CloseComplete:
			p.closed = min(p.closed+1, len(p.closing))
			continue
		}
		if p.next >= len(p.steps) {
			continue // a notice, a parameter's new value
		}
		s := &p.steps[p.next]
		switch msg := msg.(type) {
		case *pgproto3.DataRow:
			if s.row != nil && err == nil && rowErr == nil {
				p.answered = true
				if rowErr = s.row(msg.Values); rowErr != nil {
					failedRow = p.next
				}
			}
			if s.res != nil {
				s.res.Rows++
			}
		case *pgproto3.BindComplete:
			s.bound = true
		case *pgproto3.RowDescription:
			if !sameTypes(s.st.Results, msg.Fields) {
				p.session.prepared.Remove(s.key)
				keep(ErrSchemaChanged)
			}
		case *pgproto3.CommandComplete:
			if n, ok := affected(msg.CommandTag); ok && s.res != nil {
				s.res.Rows = n
			}
			if s.kind == callers && p.begun && endsTransaction(msg.CommandTag) {
				p.fail()
				keep(ErrTxEnded)
				return err
			}
			p.next++
		case *pgproto3.EmptyQueryResponse:
			p.next++
		case *pgproto3.PortalSuspended:
			if s.res != nil {
				s.res.More = true
			}
			p.next++
		}
	}
	p.reading = false
	if err == nil && rowErr != nil {
		err, p.failed = rowErr, failedRow
	}
	return err
}

// maxRow is the largest row that is taken from the server, in bytes: a row of
// up to a gigabyte would be held whole, whoever has made it grow.
const maxRow = 64 << 20

// ErrRowTooLarge is returned for a row of more than 64 MiB.
var ErrRowTooLarge = errors.New("store: a row is larger than 64 MiB")

// unread says why no message could be read.
func unread(err error) error {
	if errors.As(err, new(*pgproto3.ExceededMaxBodyLenErr)) {
		return ErrRowTooLarge
	}
	return fmt.Errorf("store: reading from the database: %w", err)
}

func (p *pipeline) parseDone() {
	if p.parsed >= len(p.parsing) {
		return
	}
	if done := p.parsing[p.parsed]; done.name != "" {
		p.session.prepared.Add(done.key, done.name)
	}
	p.parsed++
}

// settle closes, with the next pipeline, the names of statements that the
// server passed over after an error, and those whose Close it did. It knows
// nothing of the former, but PgBouncer takes a name as given once it has seen
// its Parse.
func (p *pipeline) settle() {
	for _, parsing := range p.parsing[p.parsed:] {
		if parsing.name != "" {
			p.session.evicted = append(p.session.evicted, parsing.name)
		}
	}
	p.session.evicted = append(p.session.evicted, p.closing[p.closed:]...)
	p.parsing, p.parsed = p.parsing[:0], 0
	p.closing, p.closed = p.closing[:0], 0
}

// mend says that the step that failed was refused before it ran because what
// is prepared on the connection is not what we took it for, and mends that.
func (p *pipeline) mend(err error) bool {
	var pgErr *pgconn.PgError
	if !errors.As(err, &pgErr) || p.broken || p.failed >= len(p.steps) {
		return false
	}
	s := &p.steps[p.failed]
	if s.bound {
		return false // Its own SQL runs, which can raise any code.
	}
	switch {
	case pgErr.Code == pgerrcode.InvalidSQLStatementName && !s.parses && !p.store.unnamed:
		// A pooler, or a DISCARD ALL, has taken the statements away.
		p.session.forget()
		return true
	case pgErr.Code == pgerrcode.FeatureNotSupported && pgErr.Routine == "RevalidateCachedQuery":
		// The columns have changed under the plan.
		p.session.prepared.Remove(s.key)
		return true
	case pgErr.Code == pgerrcode.DuplicatePreparedStatement:
		// It was prepared without our knowledge. The name tells the text, and
		// the next pipeline closes it first.
		return true
	}
	return false
}

// rollback ends the transaction. It fails when the connection cannot be brought
// back to its beginning, which closes it.
func (p *pipeline) rollback() error {
	p.settle()
	p.unnamed = preparedKey{}
	var out []byte
	ends := 1
	if p.skipping {
		ends = 2
		out = append(out, endSync, 0, 0, 0, 4)
	}
	for _, msg := range []pgproto3.FrontendMessage{
		&pgproto3.Parse{Query: "rollback"}, &pgproto3.Bind{}, &pgproto3.Execute{}, &pgproto3.Sync{},
	} {
		out, _ = msg.Encode(out) // These are small.
	}
	conn := p.pg.Conn()
	_ = conn.SetDeadline(time.Now().Add(drainTimeout))
	_, err := conn.Write(out)
	for err == nil && ends > 0 {
		var msg pgproto3.BackendMessage
		if msg, err = p.pg.Frontend().Receive(); err != nil {
			break
		}
		if ready, ok := msg.(*pgproto3.ReadyForQuery); ok {
			ends--
			p.open = ready.TxStatus != 'I'
		}
	}
	if err == nil && p.open {
		err = errors.New("the server is still in a transaction")
	}
	if err == nil {
		err = conn.SetDeadline(time.Time{})
	}
	if err != nil {
		p.fail()
		return fmt.Errorf("store: rolling back: %w", err)
	}
	p.skipping = false
	return nil
}

// fail takes the connection out of use: the pool destroys a closed one.
func (p *pipeline) fail() {
	p.broken, p.open = true, false
	_ = p.pg.Conn().Close()
	_ = p.pg.Close(context.Background())
}

// done ends the watch. When it has sent a cancel request, whatever that may
// still do to the connection is waited for, and a transaction that is under way
// is ended: done then says so.
func (p *pipeline) done() (ended bool) {
	sent, known := p.watch.end()
	if !sent || p.broken {
		return false
	}
	ended = p.open
	switch {
	case !known, p.reading, p.store.unnamed:
		// A pooler stands between, where the signal's way is not ours to know.
		p.fail()
	case p.open:
		_ = p.rollback() // or the connection is closed
	case p.drain() != nil:
		p.fail()
	}
	return ended
}

func sameTypes(want []uint32, got []pgproto3.FieldDescription) bool {
	if len(want) != len(got) {
		return false
	}
	for i, oid := range want {
		if oid != 0 && oid != got[i].DataTypeOID {
			return false
		}
	}
	return true
}

// endsTransaction says that a statement with this command tag has ended the
// transaction that it ran in.
func endsTransaction(tag []byte) bool {
	switch string(tag) {
	case "COMMIT", "ROLLBACK", "PREPARE TRANSACTION":
		return true
	}
	return false
}

// affected reads the row count off a command tag such as "INSERT 0 1".
func affected(tag []byte) (n int64, ok bool) {
	i := len(tag)
	for i > 0 && tag[i-1] >= '0' && tag[i-1] <= '9' {
		i--
	}
	for _, c := range tag[i:] {
		n = n*10 + int64(c-'0')
	}
	return n, i < len(tag)
}
