package store

import (
	"context"
	"errors"

	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgx/v5/pgconn"

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
	if as.Role == "" {
		return Result{}, ErrNoCaller
	}
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return Result{}, acquireError(ctx, err)
	}
	defer conn.Release()

	pg := conn.Conn().PgConn()
	ses := s.sessionOf(pg)
	p := &ses.pipeline
	p.reset(s, pg, ses)
	for attempt := 0; ; attempt++ {
		if err := p.send(ctx, &as, call); err != nil {
			return Result{}, err
		}
		res, err := p.receive(row)
		if attempt == 0 && p.recoverable(err) {
			continue
		}
		return res, p.explain(ctx, as, err)
	}
}

func acquireError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// recoverable says that the statement was refused before it ran because what
// is prepared on the connection is not what we took it for, and mends that.
func (p *pipeline) recoverable(err error) bool {
	var pgErr *pgconn.PgError
	if !errors.As(err, &pgErr) || p.broken {
		return false
	}
	switch {
	case pgErr.Code == pgerrcode.InvalidSQLStatementName && p.usedPrepared:
		// A pooler, or a DISCARD ALL, has taken the statements away.
		p.session.forget()
		return true
	case pgErr.Code == pgerrcode.FeatureNotSupported && pgErr.Routine == "RevalidateCachedQuery":
		// The columns have changed under the plan.
		p.session.prepared.Remove(p.key)
		return true
	case pgErr.Code == pgerrcode.DuplicatePreparedStatement:
		// An earlier pipeline prepared it and failed before it said so. The
		// name tells the text, so closing it and starting over is safe.
		p.session.evicted = append(p.session.evicted, p.names[p.parsed:p.parsing]...)
		return true
	}
	return false
}

// explain tells whose error it is.
func (p *pipeline) explain(ctx context.Context, as Caller, err error) error {
	if err == nil {
		return nil
	}
	var pgErr *pgconn.PgError
	if errors.As(err, &pgErr) {
		if p.inSettings && pgErr.Code != pgerrcode.QueryCanceled {
			return &SettingsError{Role: as.Role, Err: err}
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
