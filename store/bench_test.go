package store

import (
	"io"
	"testing"

	"github.com/jackc/pgx/v5"
)

// BenchmarkRun is one call of a known statement, on one connection.
func BenchmarkRun(b *testing.B) {
	s := open(b, Config{URL: newDatabase(b), MaxConns: 1})
	call := textCall("select owner from notes where id = $1::int", 1, "2")
	as := user("ann")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Run(b.Context(), as, call, nil); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkStream is a million rows of 50 bytes, beside the COPY of the same
// select. Its figures are for all of them.
func BenchmarkStream(b *testing.B) {
	s := open(b, Config{URL: newDatabase(b), MaxConns: 1})
	b.Run("stream", func(b *testing.B) {
		for b.Loop() {
			n := 0
			_, err := s.Stream(b.Context(), user("ann"), series(1_000_000, 50), 0, func([][]byte) error { n++; return nil })
			if err != nil || n != 1_000_000 {
				b.Fatal(n, err)
			}
		}
	})
	b.Run("run", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.Run(b.Context(), user("ann"), series(1_000_000, 50), nil); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("copy", func(b *testing.B) {
		for b.Loop() {
			err := s.Tx(b.Context(), user("ann"), TxOptions{}, func(tx pgx.Tx) error {
				_, err := tx.Conn().PgConn().CopyTo(b.Context(), io.Discard,
					"copy (select n::text, repeat('x', 50) from (select generate_series(1, 1000000) n) s) to stdout (format binary)")
				return err
			})
			if err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkBatch is three known statements, their BEGIN and their COMMIT.
func BenchmarkBatch(b *testing.B) {
	s := open(b, Config{URL: newDatabase(b), MaxConns: 1})
	call := textCall("select owner from notes where id = $1::int", 1, "2")
	b.ReportAllocs()
	for b.Loop() {
		err := s.Batch(b.Context(), user("ann"), BatchOptions{ReadOnly: true}, func(batch *Batch) error {
			for range 3 {
				batch.Queue(call.Statement, call.Args, nil)
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}
