package store

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// ErrTxEnded is returned when a function that was given a transaction has
// ended it itself. What it had done until then is as it left it; nothing runs
// on the connection any more, for that would run as the login role.
var ErrTxEnded = errors.New("store: the function has ended its transaction itself; " +
	"return nil to commit and an error to roll back")

// ended says that a connection is in no transaction.
func ended(conn *pgx.Conn) bool { return conn.PgConn().TxStatus() == 'I' }

// guardedTx is a transaction that its user cannot end, and that runs nothing
// once it has ended all the same, by SQL.
type guardedTx struct {
	pgx.Tx
	conn *pgx.Conn
	// savepoint marks a transaction within the transaction, which is ended by
	// whoever began it.
	savepoint bool
}

func (g guardedTx) Begin(ctx context.Context) (pgx.Tx, error) {
	if ended(g.conn) {
		return nil, ErrTxEnded
	}
	tx, err := g.Tx.Begin(ctx)
	if err != nil {
		return nil, err
	}
	return guardedTx{Tx: tx, conn: g.conn, savepoint: true}, nil
}

func (g guardedTx) Commit(ctx context.Context) error {
	if !g.savepoint || ended(g.conn) {
		return ErrTxEnded
	}
	return g.Tx.Commit(ctx)
}

func (g guardedTx) Rollback(ctx context.Context) error {
	if !g.savepoint || ended(g.conn) {
		return ErrTxEnded
	}
	return g.Tx.Rollback(ctx)
}

func (g guardedTx) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	if ended(g.conn) {
		return pgconn.CommandTag{}, ErrTxEnded
	}
	return g.Tx.Exec(ctx, sql, args...)
}

func (g guardedTx) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	if ended(g.conn) {
		return nil, ErrTxEnded
	}
	return g.Tx.Query(ctx, sql, args...)
}

func (g guardedTx) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	if ended(g.conn) {
		return endedRow{}
	}
	return g.Tx.QueryRow(ctx, sql, args...)
}

func (g guardedTx) CopyFrom(ctx context.Context, table pgx.Identifier, columns []string, src pgx.CopyFromSource) (int64, error) {
	if ended(g.conn) {
		return 0, ErrTxEnded
	}
	return g.Tx.CopyFrom(ctx, table, columns, src)
}

func (g guardedTx) Prepare(context.Context, string, string) (*pgconn.StatementDescription, error) {
	return nil, errors.New("store: a statement prepared by name would be shared by all roles; run its SQL as it is")
}

func (g guardedTx) SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults {
	if ended(g.conn) {
		// A batch on a closed transaction answers with an error throughout.
		cancelled, cancel := context.WithCancelCause(ctx)
		cancel(ErrTxEnded)
		return g.Tx.SendBatch(cancelled, b)
	}
	return g.Tx.SendBatch(ctx, b)
}

// endedRow is a row of a transaction that has ended.
type endedRow struct{}

func (endedRow) Scan(...any) error { return ErrTxEnded }
