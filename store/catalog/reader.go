package catalog

import (
	"context"
	"embed"
	"fmt"

	"github.com/jackc/pgx/v5"
)

//go:embed sql
var files embed.FS

// reader gathers queries and sends them together, since a database may be far
// away: it costs two round trips, whatever their number.
type reader struct{ batch pgx.Batch }

// reading is one query.
type reading struct {
	// name is that of its file.
	name string
	args []any
	// row is called for every row, after its values were scanned into into.
	into []any
	row  func()
	// done is called after the last row, before the next query's first; it may
	// be nil.
	done func() error
}

// queue adds a query.
func (r *reader) queue(q reading) {
	sql, err := files.ReadFile("sql/" + q.name + ".sql")
	if err != nil {
		panic(err) // The file is part of the program.
	}
	r.batch.Queue(string(sql), q.args...).Query(func(rows pgx.Rows) error {
		_, err := pgx.ForEachRow(rows, q.into, func() error { q.row(); return nil })
		if err == nil && q.done != nil {
			err = q.done()
		}
		if err != nil {
			return fmt.Errorf("reading %s: %w", q.name, err)
		}
		return nil
	})
}

// run sends the queries and reads their rows.
func (r *reader) run(ctx context.Context, db Querier) error {
	if err := db.SendBatch(ctx, &r.batch).Close(); err != nil {
		return fmt.Errorf("catalog: %w", err)
	}
	return nil
}
