package status

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"net"

	"github.com/jackc/pgx/v5/pgconn"
	"google.golang.org/grpc/codes"
	grpcstatus "google.golang.org/grpc/status"

	"github.com/rowgate/rowgate/store"
	"github.com/rowgate/rowgate/store/wire"
)

// Info is what a handler knows of the call that an error belongs to. All of it
// is optional.
type Info struct {
	// Method is the full name of the gRPC method, "/package.Service/Method".
	Method string

	// Read says that the method is declared a read, so that its transaction
	// refuses writes.
	Read bool

	// Function says that the method calls a SQL function, which says itself
	// whether it reads or writes.
	Function bool

	// Subject is the caller's sub claim, empty for none.
	Subject string

	// Path leads in the request to the message whose fields a codec names, for
	// example "item"; empty when that is the request itself.
	Path string

	// Field gives the path in the request of the field that a column is bound
	// to, and false for a column that the client does not know. The names are
	// as Postgres reports them: for a partitioned table the partition's.
	Field func(schema, table, column string) (field string, ok bool)
}

// FromError makes what the store, a codec or a hand-written handler returned
// an error for the client. It returns nil for nil, and otherwise an error that
// has a GRPCStatus method and unwraps to err.
//
// An error that has a gRPC status of its own is returned as it is. One that
// wraps such an error keeps the code, the text and the details of that status,
// and its own words go to the log alone.
//
// The context is the call's. It decides who ended a statement: the caller who
// cancelled, or a deadline.
func FromError(ctx context.Context, err error, info Info) error {
	if err == nil {
		return nil
	}
	if own, ok := ownStatus(err); ok {
		return own
	}
	return classify(ctx, err, info).because(err)
}

// grpcError is what grpc looks for in an error.
type grpcError interface{ GRPCStatus() *grpcstatus.Status }

// ownStatus finds the gRPC status that an error carries. OK and nil are none:
// an error that says OK is a mistake, and would be lost.
func ownStatus(err error) (error, bool) {
	var carrier grpcError
	if !errors.As(err, &carrier) {
		return nil, false
	}
	st := carrier.GRPCStatus()
	if st == nil || st.Code() == codes.OK {
		return nil, false
	}
	if _, direct := err.(grpcError); direct {
		return err, true
	}
	return &Error{status: st, cause: err}, true
}

// classify finds the answer for an error without a status.
func classify(ctx context.Context, err error, info Info) answer {
	var connect *pgconn.ConnectError
	connecting := errors.As(err, &connect)

	// What failed is the server's own, whatever Postgres has said of it.
	if errors.As(err, new(*store.AuditError)) {
		return notAudited
	}

	// A connection that could not be made may hold a refusal of the server, a
	// wrong password for example, which is no affair of the client's.
	var pg *pgconn.PgError
	if !connecting && errors.As(err, &pg) {
		return postgres(ctx, pg, err, info)
	}

	var value *wire.ValueError
	if errors.As(err, &value) {
		return valueError(value, info)
	}

	network := connecting || lostConnection(err)
	end := ended(ctx, err)
	switch {
	case errors.Is(err, store.ErrSchemaChanged):
		return schemaChanged
	case errors.Is(err, store.ErrBusy):
		return busy
	case errors.Is(err, store.ErrRowTooLarge):
		return rowTooLarge
	// A hand-written handler's QueryRow found nothing: pgx.ErrNoRows is this.
	case errors.Is(err, sql.ErrNoRows):
		return notFound
	// A time limit on connecting alone is not the end of the call.
	case connecting && ctx.Err() == nil:
		return unreachable
	// The end of a call closes its connection, so it comes before the network.
	case end != nil && (network || errors.Is(err, end)):
		if errors.Is(end, context.Canceled) {
			return canceled
		}
		return deadline
	case network:
		return lost
	}
	return internal
}

// lostConnection says whether an error is of the network, at either end.
func lostConnection(err error) bool {
	var network net.Error
	return errors.As(err, &network) ||
		errors.Is(err, io.EOF) ||
		errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, net.ErrClosed) ||
		errors.Is(err, pgconn.ErrConnClosed)
}

// ended tells how the call ended: the context's error, or, when the context is
// still good, the context error that is part of err; nil when there is none.
func ended(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, context.Canceled):
		return context.Canceled
	case errors.Is(err, context.DeadlineExceeded):
		return context.DeadlineExceeded
	}
	return nil
}
