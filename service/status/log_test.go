package status_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rowgate/rowgate/service/status"
)

func TestLogValue(t *testing.T) {
	pg := &pgconn.PgError{
		Severity: "ERROR", Code: "23505", Message: "duplicate key",
		Detail: "Key (id)=(1) already exists.", Hint: "h", Where: "w", SchemaName: "public", TableName: "items",
		ColumnName: "id", DataTypeName: "int4", ConstraintName: "items_pkey",
	}
	for _, tc := range []struct {
		err  error
		want string
	}{
		{
			status.FromError(context.Background(), pg, status.Info{}),
			`err.code=AlreadyExists err.text="a row with the same key or the same unique value is there already"` +
				` err.cause="ERROR: duplicate key (SQLSTATE 23505)" err.sqlstate=23505` +
				` err.detail="Key (id)=(1) already exists." err.hint=h err.schema=public err.table=items` +
				` err.column=id err.type=int4 err.constraint=items_pkey err.where=w` + "\n",
		},
		{
			status.Internal(errors.New("boom")),
			`err.code=Internal err.text="the server failed; its log says why" err.cause=boom` + "\n",
		},
		{status.NotFound("no such item"), `err.code=NotFound err.text="no such item"` + "\n"},
	} {
		var out bytes.Buffer
		log := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{
			ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
				if len(groups) == 0 && a.Key != "err" {
					return slog.Attr{}
				}
				return a
			},
		}))
		log.Error("call failed", "err", tc.err)
		if out.String() != tc.want {
			t.Errorf("got  %swant %s", out.String(), tc.want)
		}
	}
}
