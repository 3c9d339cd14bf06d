package differential_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"google.golang.org/grpc/codes"

	"github.com/rowgate/rowgate/store/storetest"
)

// oracle does what a call asks for as one would by hand: plain SQL, after SET
// ROLE and with the claims set.
type oracle struct {
	conn *pgx.Conn
	log  []string // the statements of the call
}

func newOracle(t testing.TB, db *storetest.Database) *oracle {
	o := &oracle{conn: db.Superuser(t)}
	if _, err := o.conn.PgConn().Exec(t.Context(), "set timezone = 'UTC'").ReadAll(); err != nil {
		t.Fatal(err)
	}
	return o
}

// refusal is how a call ends that is not carried out.
type refusal struct {
	code codes.Code
	why  string
}

func (r *refusal) Error() string { return r.code.String() + ": " + r.why }

func refuse(code codes.Code, why string) error { return &refusal{code, why} }

// sqlstates are the codes that clients are promised.
var sqlstates = map[string]codes.Code{
	"42501": codes.PermissionDenied,
	"23505": codes.AlreadyExists,
	"23503": codes.FailedPrecondition,
	"23001": codes.FailedPrecondition,
	"P0001": codes.FailedPrecondition,
	"23502": codes.InvalidArgument,
	"23514": codes.InvalidArgument,
	"44000": codes.InvalidArgument,
	"21000": codes.InvalidArgument,
	"22003": codes.OutOfRange,
}

// as runs f in a transaction as a caller. What it did is undone when it is
// refused, or when keep is false.
func (o *oracle) as(ctx context.Context, c *caller, keep bool, f func() (any, error)) (answer any, err error) {
	o.log = nil
	begin := fmt.Sprintf("begin; set local role %s; select set_config('request.jwt.claims', %s, true)", c.role, quote(toJSON(c.claims)))
	if _, err := o.run(ctx, begin); err != nil {
		return nil, err
	}
	answer, err = f()
	end := "commit"
	if !keep {
		// What a deferred constraint would refuse is told all the same.
		end = "set constraints all immediate"
	}
	if err == nil {
		_, err = o.run(ctx, end)
	}
	if o.conn.PgConn().TxStatus() != 'I' {
		if _, undone := o.run(ctx, "rollback"); undone != nil {
			return nil, undone
		}
	}
	return answer, err
}

// run runs SQL and returns the first column of its last statement's rows.
func (o *oracle) run(ctx context.Context, sql string) (*pgconn.Result, error) {
	o.log = append(o.log, sql)
	all, err := o.conn.PgConn().Exec(ctx, sql).ReadAll()
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		code, known := sqlstates[pg.Code]
		if !known {
			return nil, fmt.Errorf("the oracle does not know SQLSTATE %s: %w, of %s", pg.Code, err, sql)
		}
		return nil, refuse(code, pg.Error())
	}
	if err != nil {
		return nil, fmt.Errorf("%w, of %s", err, sql)
	}
	return all[len(all)-1], nil
}

// rows runs SQL whose one column is JSON, and says how many rows it gave or, of
// a write without RETURNING, changed.
func (o *oracle) rows(ctx context.Context, sql string) (rows []any, count int64, err error) {
	result, err := o.run(ctx, sql)
	if err != nil {
		return nil, 0, err
	}
	rows = []any{}
	for _, row := range result.Rows {
		if len(row) == 0 || row[0] == nil {
			rows = append(rows, nil)
			continue
		}
		var v any
		dec := json.NewDecoder(bytes.NewReader(row[0]))
		dec.UseNumber()
		if err := dec.Decode(&v); err != nil {
			return nil, 0, fmt.Errorf("%w, of %s", err, row[0])
		}
		rows = append(rows, v)
	}
	return rows, result.CommandTag.RowsAffected(), nil
}

// exists runs a query and says whether it gives a row.
func (o *oracle) exists(ctx context.Context, sql string) (bool, error) {
	result, err := o.run(ctx, sql)
	return err == nil && len(result.Rows) > 0, err
}

func (o *oracle) said() string { return strings.Join(o.log, ";\n") }
