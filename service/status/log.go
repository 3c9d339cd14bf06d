package status

import (
	"errors"
	"log/slog"

	"github.com/jackc/pgx/v5/pgconn"
)

// LogValue is the error for the log: what the client was told, the cause, and
// the parts of a Postgres error that its text leaves out. DETAIL may hold a
// row's values, so a log that takes it is as private as the database.
func (e *Error) LogValue() slog.Value {
	attrs := []slog.Attr{
		slog.String("code", e.status.Code().String()),
		slog.String("text", e.status.Message()),
	}
	if e.cause == nil {
		return slog.GroupValue(attrs...)
	}
	attrs = append(attrs, slog.String("cause", e.cause.Error()))
	var pg *pgconn.PgError
	if !errors.As(e.cause, &pg) {
		return slog.GroupValue(attrs...)
	}
	for _, part := range []struct{ name, value string }{
		{"sqlstate", pg.Code},
		{"detail", pg.Detail},
		{"hint", pg.Hint},
		{"schema", pg.SchemaName},
		{"table", pg.TableName},
		{"column", pg.ColumnName},
		{"type", pg.DataTypeName},
		{"constraint", pg.ConstraintName},
		{"where", pg.Where},
	} {
		if part.value != "" {
			attrs = append(attrs, slog.String(part.name, part.value))
		}
	}
	return slog.GroupValue(attrs...)
}
