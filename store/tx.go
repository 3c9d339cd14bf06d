package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// TxOptions are the properties of a transaction.
type TxOptions struct {
	// Isolation is the isolation level; empty means the database's default.
	Isolation pgx.TxIsoLevel
	// ReadOnly refuses writes.
	ReadOnly bool
	// Request is what the database may read of the call.
	Request Request
}

// Tx runs fn in a transaction that has taken on the caller's role and claims.
// It commits when fn returns nil, and rolls back when fn returns an error or
// panics; the error is returned as it is. BEGIN and the settings travel in one
// round trip.
//
// The tx is for fn alone and for its time. fn must not end it, by Commit,
// Rollback or SQL: that is [ErrTxEnded], since what follows would run as the
// login. Begin gives savepoints. Statements are not shared by roles: they are
// described once and parsed at every use. fn must not change the session either
// (SET without LOCAL, LISTEN, advisory locks that outlive the transaction): the
// connection goes back to the pool.
func (s *Store) Tx(ctx context.Context, as Caller, opts TxOptions, fn func(tx pgx.Tx) error) error {
	if as.isZero() {
		return ErrNoCaller
	}
	if a := opts.Request.Audit; a != nil {
		opts.Request.Audit = nil
		return s.around(ctx, a, func() (int64, error) { return -1, s.Tx(ctx, as, opts, fn) })
	}
	conn, err := s.acquire(ctx, opts.Request.Untrusted)
	if err != nil {
		return err
	}
	defer conn.Release()

	tx, err := s.begin(ctx, conn.Conn(), as, opts)
	committed := false
	defer func() {
		if !committed {
			s.rollback(ctx, conn.Conn(), tx)
		}
	}()
	if err != nil {
		return err
	}
	if err := fn(guardedTx{Tx: tx, conn: conn.Conn()}); err != nil {
		return err
	}
	if ended(conn.Conn()) {
		return ErrTxEnded
	}
	if err := tx.Commit(ctx); err != nil {
		return fmt.Errorf("store: commit: %w", err)
	}
	committed = true
	return nil
}

// txSettings is one text for whatever there is to set.
const txSettings = "select from rows from (pg_catalog.unnest($1::pg_catalog.text[]), " +
	"pg_catalog.unnest($2::pg_catalog.text[])) as s (name, value) " +
	"where pg_catalog.set_config(s.name, s.value, true) is not null"

func (s *Store) begin(ctx context.Context, conn *pgx.Conn, as Caller, opts TxOptions) (pgx.Tx, error) {
	role := s.settings.Load().of(as.Role)
	limit, err := timeLimit(ctx, role.timeout)
	if err != nil {
		return nil, err
	}
	names := append([]string(nil), alwaysSet...)
	always := alwaysSetTo(&as, &opts.Request)
	values := always[:]
	set := func(name, value string) {
		names, values = append(names, name), append(values, value)
	}
	if opts.Request.Headers != "" {
		set("request.headers", opts.Request.Headers)
	}
	for _, e := range role.extra {
		set(e.Name, e.Value)
	}
	if limit > 0 {
		set("statement_timeout", fmt.Sprint(limit.Milliseconds()))
	}
	var batch pgx.Batch
	batch.BeginTx(pgx.TxOptions{IsoLevel: opts.Isolation})
	batch.Queue(resetAll.SQL)
	batch.Queue(txSettings, names, values)
	before, readOnly := s.preRequest.Load(), opts.ReadOnly || role.readOnly
	if before == nil && readOnly {
		batch.Queue(readOnlyFromNow)
	}
	results := conn.SendBatch(ctx, &batch)
	err = results.Close()
	tx := results.Tx()
	if err != nil {
		return tx, &SettingsError{Role: as.Role, Err: err}
	}
	if before != nil {
		return tx, preRequestInTx(ctx, conn, before.SQL, readOnly)
	}
	return tx, nil
}

const readOnlyFromNow = "set transaction read only"

// preRequestInTx runs Config.PreRequest once the caller's role is set: the batch
// in front of it has pgx describe its statements first, as the login.
func preRequestInTx(ctx context.Context, conn *pgx.Conn, sql string, readOnly bool) error {
	sent := conn.PgConn().StartPipeline(ctx)
	sent.SendQueryParams(sql, nil, nil, nil, nil)
	if readOnly {
		sent.SendQueryParams(readOnlyFromNow, nil, nil, nil, nil)
	}
	sent.SendPipelineSync()
	if err := sent.Flush(); err != nil {
		return errors.Join(err, sent.Close())
	}
	if err := sent.Close(); err != nil {
		return &PreRequestError{err}
	}
	return nil
}

// rollback ends a transaction that did not commit. When the context has ended,
// a cancel request may be under way, so the connection is closed instead,
// which rolls back as well.
func (s *Store) rollback(ctx context.Context, conn *pgx.Conn, tx pgx.Tx) {
	cleanup, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
	defer cancel()
	if ctx.Err() == nil && tx != nil && !ended(conn) {
		err := tx.Rollback(cleanup)
		if (err == nil || errors.Is(err, pgx.ErrTxClosed)) && conn.PgConn().TxStatus() == 'I' {
			return
		}
	}
	if ctx.Err() == nil && tx == nil {
		return // nothing was sent
	}
	closing, cancelClosing := context.WithTimeout(cleanup, time.Second)
	defer cancelClosing()
	_ = conn.Close(closing)
}
