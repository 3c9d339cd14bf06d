package status_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	grpcstatus "google.golang.org/grpc/status"

	"github.com/rowgate/rowgate/service/status"
	"github.com/rowgate/rowgate/store"
)

func TestOtherErrors(t *testing.T) {
	live := context.Background()
	cancelled, cancel := context.WithCancel(live)
	cancel()
	expired, cancelExpired := context.WithTimeout(live, 0)
	defer cancelExpired()

	refused := connectError(t)
	noConnect := loginError(t, "42501")
	full := loginError(t, "53300")
	reset := &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
	const unreachable = "the database cannot be reached; try again later"

	for _, tc := range []struct {
		name   string
		ctx    context.Context
		err    error
		code   codes.Code
		reason string
		text   string
	}{
		{"deadline", live, context.DeadlineExceeded, codes.DeadlineExceeded, "DEADLINE_EXCEEDED", late},
		{"cancel", live, context.Canceled, codes.Canceled, "CANCELED", "the call was cancelled"},
		{"deadline wrapped", live, fmt.Errorf("store: %w", context.DeadlineExceeded), codes.DeadlineExceeded, "DEADLINE_EXCEEDED", late},
		{"no server", live, refused, codes.Unavailable, "DATABASE_UNAVAILABLE", unreachable},
		{"no server, call cancelled", cancelled, refused, codes.Canceled, "CANCELED", "the call was cancelled"},
		{"no server, deadline passed", expired, refused, codes.DeadlineExceeded, "DEADLINE_EXCEEDED", late},
		{"login may not connect", live, noConnect, codes.Unavailable, "DATABASE_UNAVAILABLE", unreachable},
		{"login finds no slot", live, full, codes.Unavailable, "DATABASE_UNAVAILABLE", unreachable},
		{"reset", live, reset, codes.Unavailable, "DATABASE_UNAVAILABLE", gone},
		{"reset after cancel", cancelled, reset, codes.Canceled, "CANCELED", "the call was cancelled"},
		{"reset after the deadline", expired, reset, codes.DeadlineExceeded, "DEADLINE_EXCEEDED", late},
		{"end of stream", live, fmt.Errorf("store: reading: %w", io.EOF), codes.Unavailable, "DATABASE_UNAVAILABLE", gone},
		{"end within a message", live, io.ErrUnexpectedEOF, codes.Unavailable, "DATABASE_UNAVAILABLE", gone},
		{"closed here", live, net.ErrClosed, codes.Unavailable, "DATABASE_UNAVAILABLE", gone},
		{"connection closed", live, pgconn.ErrConnClosed, codes.Unavailable, "DATABASE_UNAVAILABLE", gone},
		{"no rows", live, fmt.Errorf("profile: %w", pgx.ErrNoRows), codes.NotFound, "NOT_FOUND", "a row that the call needs was not found"},
		{"plan out of date", live, store.ErrSchemaChanged, codes.Internal, "SCHEMA_CHANGED", schema},
		{"no caller", live, store.ErrNoCaller, codes.Internal, "INTERNAL", failed},
		{"anything", live, errors.New("SECRET"), codes.Internal, "INTERNAL", failed},
		{"anything, after the deadline", expired, errors.New("SECRET"), codes.Internal, "INTERNAL", failed},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := status.FromError(tc.ctx, tc.err, status.Info{})
			compare(t, got, tc.code, tc.text, &errdetails.ErrorInfo{Reason: tc.reason, Domain: "rowgate"})
			if !errors.Is(got, tc.err) {
				t.Error("the error does not unwrap to its cause")
			}
		})
	}
}

// connectError is what pgx says when nothing listens.
func connectError(t *testing.T) error {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	_, err = pgconn.Connect(ctx, "postgres://nobody@"+addr+"/none?sslmode=disable")
	if err == nil {
		t.Fatal("connected to a closed port")
	}
	return err
}

// loginError is what pgx says when the server refuses the login with a code:
// the other end speaks the protocol that far.
func loginError(t *testing.T, code string) error {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			server := pgproto3.NewBackend(conn, conn)
			if _, err := server.ReceiveStartupMessage(); err == nil {
				server.Send(&pgproto3.ErrorResponse{Severity: "FATAL", Code: code, Message: "SECRET"})
				_ = server.Flush()
			}
			_ = conn.Close()
		}
	}()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	_, err = pgconn.Connect(ctx, "postgres://nobody@"+l.Addr().String()+"/none?sslmode=disable")
	var pg *pgconn.PgError
	if !errors.As(err, &pg) || pg.Code != code {
		t.Fatalf("got %v", err)
	}
	return err
}

func TestFromErrorOfNil(t *testing.T) {
	if err := status.FromError(context.Background(), nil, status.Info{}); err != nil {
		t.Errorf("got %v", err)
	}
}

func TestStatusOfItsOwn(t *testing.T) {
	ctx := context.Background()

	own := grpcstatus.Error(codes.FailedPrecondition, "the shop is closed")
	if got := status.FromError(ctx, own, status.Info{}); got != own {
		t.Errorf("got %v, want the same error", got)
	}
	again := status.FromError(ctx, io.EOF, status.Info{})
	if got := status.FromError(ctx, again, status.Info{}); got != again {
		t.Errorf("converted twice: %v", got)
	}

	wrapped := fmt.Errorf("SECRET while ordering: %w", own)
	got := status.FromError(ctx, wrapped, status.Info{})
	compare(t, got, codes.FailedPrecondition, "the shop is closed")
	if !errors.Is(got, wrapped) {
		t.Error("the words around the status are lost")
	}

	// An error that says OK would make grpc answer OK to a failed call.
	compare(t, status.FromError(ctx, saysOK{}, status.Info{}), codes.Internal, failed,
		&errdetails.ErrorInfo{Reason: "INTERNAL", Domain: "rowgate"})
}

type saysOK struct{}

func (saysOK) Error() string                  { return "SECRET" }
func (saysOK) GRPCStatus() *grpcstatus.Status { return grpcstatus.New(codes.OK, "") }

func TestConstructors(t *testing.T) {
	cause := errors.New("SECRET")
	violation := func(field, text, reason string) *errdetails.BadRequest {
		return &errdetails.BadRequest{FieldViolations: []*errdetails.BadRequest_FieldViolation{{Field: field, Description: text, Reason: reason}}}
	}
	info := func(reason string) *errdetails.ErrorInfo {
		return &errdetails.ErrorInfo{Reason: reason, Domain: "rowgate"}
	}
	compare(t, status.InvalidArgument("item.id", "is not a uuid"), codes.InvalidArgument, "item.id: is not a uuid",
		info("INVALID_VALUE"), violation("item.id", "is not a uuid", "INVALID_VALUE"))
	compare(t, status.OutOfRange("item.quantity", "does not fit an int4"), codes.OutOfRange, "item.quantity: does not fit an int4",
		info("VALUE_OUT_OF_RANGE"), violation("item.quantity", "does not fit an int4", "VALUE_OUT_OF_RANGE"))
	compare(t, status.FailedPrecondition("item.tags", "has a NULL element"), codes.FailedPrecondition, "item.tags: has a NULL element",
		info("FAILED_PRECONDITION"), violation("item.tags", "has a NULL element", "FAILED_PRECONDITION"))
	compare(t, status.FailedPrecondition("", "the item is locked"), codes.FailedPrecondition, "the item is locked",
		info("FAILED_PRECONDITION"))
	compare(t, status.NotFound("no such item"), codes.NotFound, "no such item", info("NOT_FOUND"))
	compare(t, status.InvalidArgument("item.title", "holds \xff"), codes.InvalidArgument, "item.title: holds \uFFFD",
		info("INVALID_VALUE"), violation("item.title", "holds \uFFFD", "INVALID_VALUE"))
	compare(t, status.Internal(cause), codes.Internal, failed, info("INTERNAL"))
	compare(t, status.New(codes.Unimplemented, "NOT_BUILT", "not there yet", nil), codes.Unimplemented, "not there yet", info("NOT_BUILT"))

	e := status.NotFound("no such item")
	because := e.Because(cause)
	if !errors.Is(because, cause) || errors.Is(e, cause) || because.Error() != "no such item" {
		t.Errorf("Because: %v over %v", because, errors.Unwrap(because))
	}
	// grpc takes an error's text for the message of one that wraps it.
	if got := grpcstatus.Convert(fmt.Errorf("outer: %w", because)).Message(); strings.Contains(got, "SECRET") {
		t.Errorf("a wrapped error tells its cause: %q", got)
	}
}
