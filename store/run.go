package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/rowgate/rowgate/store/query"
)

// Call is one statement to run.
type Call struct {
	Statement *query.Statement
	// Args are the statement's arguments in the form that its Params say; nil
	// is NULL.
	Args [][]byte
	// MaxRows is the most rows to fetch, whatever the statement would give; 0
	// for all of them.
	MaxRows uint32
	// Request is what the database may read of the call.
	Request Request
}

// Result is what a statement did.
type Result struct {
	// Rows is the number of rows that the statement returned or changed.
	Rows int64
	// More says that MaxRows cut the rows short.
	More bool
}

// SettingsError says that the statement was not run, because the caller's role
// or a setting was refused. It unwraps to the server's error.
type SettingsError struct {
	Role string
	Err  error
}

// Error implements error.
func (e *SettingsError) Error() string {
	return "store: role " + e.Role + " cannot be taken on: " + e.Err.Error()
}

// Unwrap returns the server's error.
func (e *SettingsError) Unwrap() error { return e.Err }

// ErrSchemaChanged is returned when a statement gives columns of other types
// than it was planned for. What a write changed stays changed.
var ErrSchemaChanged = errors.New("store: the statement's columns have other types than it was planned for; " +
	"the schema has changed")

// Run runs one statement as a caller, in one round trip. row is called for
// each row in turn with the columns' values in Postgres's binary format; they
// are good until it returns, and an error of it is returned after the rest of
// the rows was read and dropped. row may be nil.
//
// Run returns without an error only once the server has committed. It fails
// with the context's error when that ended first, with a *pgconn.PgError when
// the server refused the statement, with a [*SettingsError] when it refused
// the caller, and with [ErrNoCaller] for the zero Caller.
func (s *Store) Run(ctx context.Context, as Caller, call *Call, row func(values [][]byte) error) (Result, error) {
	if as.isZero() {
		return Result{}, ErrNoCaller
	}
	if call.Request.Audit != nil {
		return s.runAudited(ctx, as, call, row)
	}
	conn, err := s.acquire(ctx, call.Request.Untrusted)
	if err != nil {
		return Result{}, err
	}
	defer conn.Release()

	p := s.pipelineOn(conn)
	defer p.leave()
	p.clean()
	if err := p.enter(ctx, &as, &call.Request, call.Statement.ReadOnly); err != nil {
		return Result{}, err
	}
	p.result = Result{}
	p.queue(as.Role, step{st: call.Statement, row: row, res: &p.result}, call.Args, call.MaxRows)
	if err := p.send(ctx, endSync); err != nil {
		return p.result, p.explain(ctx, as, err)
	}
	if p.open {
		return p.result, ErrTxEnded // Its SQL began one.
	}
	return p.result, nil
}

// acquireTimeout bounds the wait for a connection of a call that has no
// deadline of its own.
const acquireTimeout = 10 * time.Second

// ErrBusy is returned when no connection became free in time. Nothing was sent
// to the database.
var ErrBusy = errors.New("store: every connection was busy for too long")

// acquire takes a connection out of the pool. One that an untrusted call has had,
// or is to have, is as new.
func (s *Store) acquire(ctx context.Context, untrusted bool) (*pgxpool.Conn, error) {
	untrusted = untrusted || s.untrusted.Load()
	for {
		conn, err := s.take(ctx)
		if err != nil || s.unnamed {
			return conn, err
		}
		ses := s.sessionOf(conn.Conn().PgConn())
		if !untrusted && !ses.dirty {
			return conn, nil
		}
		ses.dirty = untrusted
		if err := ses.discard(ctx, conn.Conn().PgConn()); err == nil {
			return conn, nil
		}
		// A timeout of a millisecond may have been left in it, for one.
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		_ = conn.Conn().Close(closing)
		cancel()
		conn.Release()
	}
}

func (s *Store) take(ctx context.Context) (*pgxpool.Conn, error) {
	waiting := ctx
	if _, bounded := ctx.Deadline(); !bounded {
		var cancel context.CancelFunc
		waiting, cancel = context.WithTimeout(ctx, acquireTimeout)
		defer cancel()
	}
	conn, err := s.pool.Acquire(waiting)
	switch {
	case err == nil:
		return conn, nil
	case ctx.Err() != nil:
		return nil, fmt.Errorf("store: waiting for a connection: %w", ctx.Err())
	case waiting.Err() != nil:
		return nil, ErrBusy
	}
	return nil, err
}

// explain tells whose error it is.
func (p *pipeline) explain(ctx context.Context, as Caller, err error) error {
	if err == nil {
		return nil
	}
	var pgErr *pgconn.PgError
	if errors.As(err, &pgErr) {
		if pgErr.Code == pgerrcode.ReadOnlySQLTransaction {
			// Perhaps SQL has left a default for the session that RESET ALL, within
			// such a transaction, cannot undo.
			p.session.dirty = true
		}
		if p.failed < len(p.steps) && pgErr.Code != pgerrcode.QueryCanceled {
			switch failed := &p.steps[p.failed]; failed.kind {
			case setup:
				return &SettingsError{Role: as.Role, Err: err}
			case preRequest:
				return &PreRequestError{err}
			case audits:
				return &AuditError{err}
			}
		}
		if pgErr.Code == pgerrcode.QueryCanceled && ctx.Err() != nil {
			return errors.Join(ctx.Err(), err)
		}
		return err
	}
	if p.broken && ctx.Err() != nil {
		return errors.Join(ctx.Err(), err)
	}
	return err
}
