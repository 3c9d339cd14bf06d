// Package migrate applies SQL files to a database, once each and in order, and
// keeps their history in schema rowgate, which is exposed to nobody. So far it
// is what `rowgate dev` needs: files go up, and an edited one is noticed.
package migrate

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// File is a migration. Files are applied in the order in which they are given.
type File struct {
	// Name identifies the migration in the history.
	Name string
	// SQL is one or more statements; they run in one transaction.
	SQL string
}

// lockKey is the advisory lock that one deployer holds at a time: "rowgate" in
// ASCII.
const lockKey = 0x726f7767617465

const history = `
create schema if not exists rowgate;
revoke all on schema rowgate from public;
create table if not exists rowgate.migrations (
  name text primary key,
  checksum text not null,
  applied_at timestamptz not null default now()
);`

// ErrEdited is returned for a file that was changed after it had been applied.
var ErrEdited = errors.New("the file was edited after it had been applied")

// Up applies the files that the history has not got, each in a transaction of
// its own together with its line of the history, and returns their names. It
// stops at the first that fails; those before it stay applied.
func Up(ctx context.Context, conn *pgx.Conn, files []File) (applied []string, err error) {
	if _, err := conn.Exec(ctx, "select pg_catalog.pg_advisory_lock($1)", int64(lockKey)); err != nil {
		return nil, fmt.Errorf("migrate: waiting for the lock: %w", err)
	}
	defer func() {
		_, unlockErr := conn.Exec(context.WithoutCancel(ctx), "select pg_catalog.pg_advisory_unlock($1)", int64(lockKey))
		err = errors.Join(err, unlockErr)
	}()
	if err := script(ctx, conn, history); err != nil {
		return nil, fmt.Errorf("migrate: the history table: %w", err)
	}
	done, err := checksums(ctx, conn)
	if err != nil {
		return nil, fmt.Errorf("migrate: reading the history: %w", err)
	}
	for _, f := range files {
		sum := checksum(f.SQL)
		switch known, ok := done[f.Name]; {
		case ok && known != sum:
			return applied, fmt.Errorf("migrate: %s: %w; undo the edit and write a new file instead", f.Name, ErrEdited)
		case ok:
			continue
		}
		if err := apply(ctx, conn, f, sum); err != nil {
			return applied, err
		}
		applied = append(applied, f.Name)
	}
	return applied, nil
}

func apply(ctx context.Context, conn *pgx.Conn, f File, sum string) error {
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if err := script(ctx, tx.Conn(), f.SQL); err != nil {
			return located(f, err)
		}
		_, err := tx.Exec(ctx, "insert into rowgate.migrations (name, checksum) values ($1, $2)", f.Name, sum)
		return err
	})
}

// Run runs a file that is meant to run any number of times, such as a seed, in
// one transaction and without a line in the history.
func Run(ctx context.Context, conn *pgx.Conn, f File) error {
	return located(f, script(ctx, conn, f.SQL))
}

// script sends text of several statements, which only the simple protocol
// takes. It has no arguments.
func script(ctx context.Context, conn *pgx.Conn, sql string) error {
	_, err := conn.PgConn().Exec(ctx, sql).ReadAll()
	return err
}

// located says in which line of a file an error is.
func located(f File, err error) error {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return err
	}
	line := ""
	if pos := int(pg.Position); pos > 0 {
		runes := []rune(f.SQL)
		line = fmt.Sprintf(":%d", 1+strings.Count(string(runes[:min(pos-1, len(runes))]), "\n"))
	}
	return fmt.Errorf("%s%s: %w; the file's transaction was rolled back", f.Name, line, err)
}

func checksums(ctx context.Context, conn *pgx.Conn) (map[string]string, error) {
	done := map[string]string{}
	rows, err := conn.Query(ctx, "select name, checksum from rowgate.migrations")
	if err != nil {
		return nil, err
	}
	var name, sum string
	_, err = pgx.ForEachRow(rows, []any{&name, &sum}, func() error { done[name] = sum; return nil })
	return done, err
}

func checksum(sql string) string {
	sum := sha256.Sum256([]byte(sql))
	return hex.EncodeToString(sum[:])
}
