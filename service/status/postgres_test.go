package status_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/jackc/pgx/v5/pgconn"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	grpcstatus "google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/rowgate/rowgate/service/status"
	"github.com/rowgate/rowgate/store"
)

// said is what Postgres put beside the code, none of which may be told.
func said(code string) *pgconn.PgError {
	return &pgconn.PgError{
		Severity: "ERROR", Code: code,
		Message:        "SECRET-message of Postgres",
		Detail:         "Key (email)=(SECRET-detail) already exists.",
		Hint:           "SECRET-hint",
		Where:          "PL/pgSQL function SECRET-where line 3",
		InternalQuery:  "select SECRET-internal",
		SchemaName:     "SECRET-schema",
		TableName:      "SECRET-table",
		ColumnName:     "SECRET-column",
		DataTypeName:   "SECRET-type",
		ConstraintName: "SECRET-constraint",
		File:           "SECRET-file", Routine: "SECRET-routine",
	}
}

// itemField knows one column of one table.
func itemField(schema, table, column string) (string, bool) {
	if schema == "public" && table == "items" && column == "title" {
		return "item.title", true
	}
	return "", false
}

const (
	someUUID = "6c8d1e7a-52a5-4f0e-9d0b-2f6f2a0d9a11"
	schema   = "the database's schema is not the one that the server was started with; run rowgate check, then restart the server"
	gone     = "the connection to the database was lost; what the call was to change may or may not be changed"
	again    = "the call met another one and was undone; try it again"
	reserves = "the database has run out of a resource"
	late     = "the call took longer than it may"
	failed   = "the server failed; its log says why"
)

func TestSQLSTATE(t *testing.T) {
	live := context.Background()
	cancelled, cancel := context.WithCancel(live)
	cancel()
	expired, cancelExpired := context.WithTimeout(live, 0)
	defer cancelExpired()

	pg := func(code string, change ...func(*pgconn.PgError)) *pgconn.PgError {
		e := said(code)
		e.SchemaName, e.TableName, e.ColumnName, e.Routine = "", "", "", ""
		for _, f := range change {
			f(e)
		}
		return e
	}
	column := func(name string) func(*pgconn.PgError) {
		return func(e *pgconn.PgError) { e.SchemaName, e.TableName, e.ColumnName = "public", "items", name }
	}
	routine := func(name string) func(*pgconn.PgError) {
		return func(e *pgconn.PgError) { e.Routine = name }
	}
	where := func(text string) func(*pgconn.PgError) {
		return func(e *pgconn.PgError) { e.Where = text }
	}
	message := func(text string) func(*pgconn.PgError) {
		return func(e *pgconn.PgError) { e.Message = text }
	}

	for _, tc := range []struct {
		name   string
		ctx    context.Context
		err    error
		info   status.Info
		code   codes.Code
		reason string
		text   string
		field  string
	}{
		{
			name: "unique", err: pg("23505"),
			code: codes.AlreadyExists, reason: "ALREADY_EXISTS", text: "a row with the same key or the same unique value is there already",
		},
		{
			name: "foreign key", err: pg("23503"),
			code: codes.FailedPrecondition, reason: "REFERENCE_VIOLATION", text: "a row that this one refers to does not exist, or rows still refer to this one",
		},
		{
			name: "restrict", err: pg("23001"),
			code: codes.FailedPrecondition, reason: "REFERENCE_VIOLATION", text: "rows still refer to this one",
		},
		{
			name: "not null, column unknown", err: pg("23502", column("secret")), info: status.Info{Field: itemField},
			code: codes.InvalidArgument, reason: "VALUE_REQUIRED", text: "a value that is required is missing",
		},
		{
			name: "not null, no way to know the column", err: pg("23502", column("title")),
			code: codes.InvalidArgument, reason: "VALUE_REQUIRED", text: "a value that is required is missing",
		},
		{
			name: "not null, column known", err: pg("23502", column("title")), info: status.Info{Field: itemField},
			code: codes.InvalidArgument, reason: "VALUE_REQUIRED", text: "item.title: a value is required", field: "item.title",
		},
		{
			name: "check", err: pg("23514"),
			code: codes.InvalidArgument, reason: "CHECK_VIOLATION", text: "a value breaks a rule of the table or of its type",
		},
		{
			name: "check, column known", err: pg("23514", column("title")), info: status.Info{Field: itemField},
			code: codes.InvalidArgument, reason: "CHECK_VIOLATION", text: "item.title: a value breaks a rule of the table or of its type", field: "item.title",
		},
		{
			name: "exclusion", err: pg("23P01"),
			code: codes.FailedPrecondition, reason: "EXCLUSION_VIOLATION", text: "the row collides with one that is there already",
		},
		{
			name: "another constraint", err: pg("23000"),
			code: codes.FailedPrecondition, reason: "CONSTRAINT_VIOLATION", text: "the change breaks a rule of the database",
		},
		{
			name: "view with check option", err: pg("44000"),
			code: codes.InvalidArgument, reason: "CHECK_VIOLATION", text: "the row would not be part of the view that it is written through",
		},

		{
			name: "policy or grant", err: pg("42501"),
			code: codes.PermissionDenied, reason: "PERMISSION_DENIED", text: "the caller's role may not do this",
		},
		{
			name: "role not granted to the login", err: &store.SettingsError{Role: "editor", Err: pg("42501")},
			code: codes.PermissionDenied, reason: "ROLE_NOT_GRANTED", text: "the role editor cannot be taken on: the database has no such role, or has not granted it to the server's login",
		},
		{
			name: "role does not exist", err: &store.SettingsError{Role: "editor", Err: pg("22023")},
			code: codes.PermissionDenied, reason: "ROLE_NOT_GRANTED", text: "the role editor cannot be taken on: the database has no such role, or has not granted it to the server's login",
		},
		{
			name: "shutdown while the role is taken on", err: &store.SettingsError{Role: "editor", Err: pg("57P01")},
			code: codes.Unavailable, reason: "DATABASE_UNAVAILABLE", text: gone,
		},

		{
			name: "cancelled by the caller", ctx: cancelled, err: pg("57014"),
			code: codes.Canceled, reason: "CANCELED", text: "the call was cancelled",
		},
		{
			name: "cancelled by the caller, as the store says it", err: errors.Join(context.Canceled, pg("57014")),
			code: codes.Canceled, reason: "CANCELED", text: "the call was cancelled",
		},
		{
			name: "deadline", ctx: expired, err: pg("57014"),
			code: codes.DeadlineExceeded, reason: "DEADLINE_EXCEEDED", text: late,
		},
		{
			name: "statement timeout", err: pg("57014"),
			code: codes.DeadlineExceeded, reason: "DEADLINE_EXCEEDED", text: late,
		},
		{
			name: "idle in transaction", err: pg("25P03"),
			code: codes.DeadlineExceeded, reason: "DEADLINE_EXCEEDED", text: late,
		},
		{
			name: "transaction timeout", err: pg("25P04"),
			code: codes.DeadlineExceeded, reason: "DEADLINE_EXCEEDED", text: late,
		},

		{name: "serialization", err: pg("40001"), code: codes.Aborted, reason: "CONFLICT", text: again},
		{name: "deadlock", err: pg("40P01"), code: codes.Aborted, reason: "CONFLICT", text: again},
		{name: "lock not available", err: pg("55P03"), code: codes.Aborted, reason: "CONFLICT", text: again},
		{name: "snapshot too old", err: pg("72000"), code: codes.Aborted, reason: "CONFLICT", text: again},
		{name: "another rollback", err: pg("40000"), code: codes.Aborted, reason: "CONFLICT", text: again},
		{name: "completion unknown", err: pg("40003"), code: codes.Unavailable, reason: "DATABASE_UNAVAILABLE", text: gone},

		{name: "disk full", err: pg("53100"), code: codes.ResourceExhausted, reason: "DATABASE_EXHAUSTED", text: reserves},
		{name: "out of memory", err: pg("53200"), code: codes.ResourceExhausted, reason: "DATABASE_EXHAUSTED", text: reserves},
		{name: "sequence at its end", err: pg("2200H"), code: codes.ResourceExhausted, reason: "DATABASE_EXHAUSTED", text: reserves},
		{
			name: "too many connections", err: pg("53300"),
			code: codes.Unavailable, reason: "DATABASE_UNAVAILABLE", text: "the database cannot be reached; try again later",
		},
		{
			name: "login refused", err: pg("28P01"),
			code: codes.Unavailable, reason: "DATABASE_UNAVAILABLE", text: "the database cannot be reached; try again later",
		},
		{name: "admin shutdown", err: pg("57P01"), code: codes.Unavailable, reason: "DATABASE_UNAVAILABLE", text: gone},
		{name: "crash shutdown", err: pg("57P02"), code: codes.Unavailable, reason: "DATABASE_UNAVAILABLE", text: gone},
		{name: "cannot connect now", err: pg("57P03"), code: codes.Unavailable, reason: "DATABASE_UNAVAILABLE", text: gone},
		{name: "connection failure", err: pg("08006"), code: codes.Unavailable, reason: "DATABASE_UNAVAILABLE", text: gone},
		{name: "pooler", err: pg("08P01"), code: codes.Unavailable, reason: "DATABASE_UNAVAILABLE", text: gone},
		{
			name: "foreign server", err: pg("HV00N"),
			code: codes.Unavailable, reason: "DATABASE_UNAVAILABLE", text: "a database behind the database cannot be reached; try again later",
		},
		{
			name: "program limit", err: pg("54000"),
			code: codes.InvalidArgument, reason: "TOO_LARGE", text: "a value is too large or too deeply nested for the database",
		},
		{
			name: "stack depth", err: pg("54001"),
			code: codes.InvalidArgument, reason: "TOO_LARGE", text: "a value is too large or too deeply nested for the database",
		},

		{
			name: "number out of range", err: pg("22003"),
			code: codes.OutOfRange, reason: "VALUE_OUT_OF_RANGE", text: "a number or a time is out of range",
		},
		{
			name: "number out of range, column known", err: pg("22003", column("title")), info: status.Info{Field: itemField},
			code: codes.OutOfRange, reason: "VALUE_OUT_OF_RANGE", text: "item.title: a number or a time is out of range", field: "item.title",
		},
		{
			name: "date out of range", err: pg("22008"),
			code: codes.OutOfRange, reason: "VALUE_OUT_OF_RANGE", text: "a number or a time is out of range",
		},
		{
			name: "interval out of range", err: pg("22015"),
			code: codes.OutOfRange, reason: "VALUE_OUT_OF_RANGE", text: "a number or a time is out of range",
		},
		{
			name: "too long", err: pg("22001"),
			code: codes.InvalidArgument, reason: "VALUE_TOO_LONG", text: "a value is longer than its column allows",
		},
		{
			name: "bit(n)", err: pg("22026"),
			code: codes.InvalidArgument, reason: "VALUE_TOO_LONG", text: "a value does not have the length of its column",
		},
		{
			name: "NUL or not UTF-8", err: pg("22021"),
			code: codes.InvalidArgument, reason: "INVALID_TEXT", text: "a text holds a character that the database cannot store",
		},
		{
			name: "untranslatable", err: pg("22P05"),
			code: codes.InvalidArgument, reason: "INVALID_TEXT", text: "a text holds a character that the database cannot store",
		},
		{
			name: "division by zero", err: pg("22012"),
			code: codes.InvalidArgument, reason: "INVALID_VALUE", text: "a value is not valid for its type or for a function that takes it",
		},

		{
			name: "bad text form, no subject", err: pg("22P02"),
			code: codes.InvalidArgument, reason: "INVALID_VALUE", text: "a value does not have the form of its type",
		},
		{
			name: "bad text form, subject is a uuid", err: pg("22P02", routine("string_to_uuid")), info: status.Info{Subject: someUUID},
			code: codes.InvalidArgument, reason: "INVALID_VALUE", text: "a value does not have the form of its type",
		},
		{
			name: "bad text form, subject is no uuid", err: pg("22P02", routine("string_to_uuid")), info: status.Info{Subject: "user_2abc"},
			code: codes.PermissionDenied, reason: "SUBJECT_NOT_UUID", text: "the token's sub is not a uuid, and a policy of this database needs one (auth.uid())",
		},
		{
			name: "bad text form, subject is no uuid, routine not told", err: pg("22P02"), info: status.Info{Subject: "user_2abc"},
			code: codes.PermissionDenied, reason: "SUBJECT_NOT_UUID", text: "the token's sub is not a uuid, and a policy of this database needs one (auth.uid())",
		},
		{
			name: "bad text form of an integer, subject is no uuid", err: pg("22P02", routine("pg_strtoint32_safe")), info: status.Info{Subject: "user_2abc"},
			code: codes.InvalidArgument, reason: "INVALID_VALUE", text: "a value does not have the form of its type",
		},

		{
			name: "write in a read", err: pg("25006"), info: status.Info{Method: "/app.v1.ItemService/GetItem", Read: true},
			code: codes.FailedPrecondition, reason: "METHOD_IS_A_READ", text: "/app.v1.ItemService/GetItem is declared a read and tried to write; if it is meant to write, declare it so in the .proto",
		},
		{
			name: "write in a read without a name", err: pg("25006"), info: status.Info{Read: true},
			code: codes.FailedPrecondition, reason: "METHOD_IS_A_READ", text: "the method is declared a read and tried to write; if it is meant to write, declare it so in the .proto",
		},
		{
			name: "write in a function that only reads", err: pg("25006"), info: status.Info{Method: "/app.v1.S/F", Read: true, Function: true},
			code: codes.FailedPrecondition, reason: "METHOD_IS_A_READ", text: "/app.v1.S/F calls a function that is not VOLATILE, which means that it only reads, and it tried to write; if it is meant to write, declare it VOLATILE in the database",
		},
		{
			name: "write in a STABLE function", err: pg("0A000", routine("_SPI_execute_plan")), info: status.Info{Method: "/app.v1.S/F", Read: true, Function: true},
			code: codes.FailedPrecondition, reason: "METHOD_IS_A_READ", text: "/app.v1.S/F calls a function that is not VOLATILE, which means that it only reads, and it tried to write; if it is meant to write, declare it VOLATILE in the database",
		},
		{
			name: "write in a STABLE function that a policy calls", err: pg("0A000", routine("init_execution_state")), info: status.Info{Method: "/app.v1.ItemService/GetItem", Read: true},
			code: codes.Internal, reason: "INTERNAL", text: failed,
		},
		{
			name: "write in a STABLE function that a write calls", err: pg("0A000", routine("_SPI_execute_plan")), info: status.Info{Method: "/app.v1.ItemService/CreateItem"},
			code: codes.Internal, reason: "INTERNAL", text: failed,
		},
		{
			name: "read-only database", err: pg("25006"), info: status.Info{Method: "/app.v1.ItemService/CreateItem"},
			code: codes.Unavailable, reason: "DATABASE_READ_ONLY", text: "the database takes no writes at present; try again later",
		},

		{
			name: "raise exception", err: pg("P0001", message("Quantity must be even.")),
			code: codes.FailedPrecondition, reason: "RAISED", text: "Quantity must be even.",
		},
		{
			name: "raise exception with a column", err: pg("P0001", message("Quantity must be even."), column("title")), info: status.Info{Field: itemField},
			code: codes.FailedPrecondition, reason: "RAISED", text: "Quantity must be even.",
		},
		{
			name: "raise exception, empty", err: pg("P0001", message(" ")),
			code: codes.FailedPrecondition, reason: "RAISED", text: "the database refused the call",
		},
		{
			name: "raise exception, not UTF-8", err: pg("P0001", message("caf\xe9 closed")),
			code: codes.FailedPrecondition, reason: "RAISED", text: "caf\uFFFD closed",
		},
		{
			name: "raise exception, long", err: pg("P0001", message(strings.Repeat("é", 600))),
			code: codes.FailedPrecondition, reason: "RAISED", text: strings.Repeat("é", 510) + "…",
		},
		{
			name: "raise exception, long once it is UTF-8", err: pg("P0001", message(strings.Repeat("a\xff", 600))),
			code: codes.FailedPrecondition, reason: "RAISED", text: strings.Repeat("a\uFFFD", 255) + "a…",
		},
		{
			name: "no data found", err: pg("P0002"),
			code: codes.NotFound, reason: "NOT_FOUND", text: "a row that the call needs was not found",
		},

		{name: "table gone", err: pg("42P01"), code: codes.Internal, reason: "SCHEMA_CHANGED", text: schema},
		{name: "column gone", err: pg("42703"), code: codes.Internal, reason: "SCHEMA_CHANGED", text: schema},
		{name: "function gone", err: pg("42883"), code: codes.Internal, reason: "SCHEMA_CHANGED", text: schema},
		{name: "type gone", err: pg("42704"), code: codes.Internal, reason: "SCHEMA_CHANGED", text: schema},
		{name: "schema gone", err: pg("3F000"), code: codes.Internal, reason: "SCHEMA_CHANGED", text: schema},
		{name: "other type", err: pg("42804"), code: codes.Internal, reason: "SCHEMA_CHANGED", text: schema},
		{name: "no cast", err: pg("42846"), code: codes.Internal, reason: "SCHEMA_CHANGED", text: schema},
		{name: "other kind of object", err: pg("42809"), code: codes.Internal, reason: "SCHEMA_CHANGED", text: schema},
		{name: "column generated", err: pg("428C9"), code: codes.InvalidArgument, reason: "INVALID_VALUE", text: "a value is given for a column that the database generates"},
		{name: "unique index gone", err: pg("42P10"), code: codes.Internal, reason: "SCHEMA_CHANGED", text: schema},
		{name: "cached plan", err: pg("0A000", routine("RevalidateCachedQuery")), code: codes.Internal, reason: "SCHEMA_CHANGED", text: schema},
		{name: "cached plan, routine not told", err: pg("0A000"), code: codes.Internal, reason: "SCHEMA_CHANGED", text: schema},
		{name: "feature not supported", err: pg("0A000", routine("transformLockingClause")), code: codes.Internal, reason: "INTERNAL", text: failed},
		{
			name: "statement gone", err: pg("26000"),
			code: codes.Internal, reason: "PREPARED_STATEMENT_LOST", text: "a prepared statement is not where the server left it; behind a connection pooler, put ?pgbouncer=true on DATABASE_URL",
		},
		{
			name: "statement there twice", err: pg("42P05"),
			code: codes.Internal, reason: "PREPARED_STATEMENT_LOST", text: "a prepared statement is not where the server left it; behind a connection pooler, put ?pgbouncer=true on DATABASE_URL",
		},
		{
			name: "policy recursion", err: pg("42P17"),
			code: codes.Internal, reason: "POLICY_RECURSION", text: "a policy or a view of the database refers to itself; the server's log names the table",
		},
		{
			name: "not in a state", err: pg("55000"),
			code: codes.FailedPrecondition, reason: "NOT_READY", text: "what the call is about is not in a state that allows it",
		},
		{
			name: "in use", err: pg("55006"),
			code: codes.FailedPrecondition, reason: "NOT_READY", text: "what the call is about is in use",
		},

		{name: "syntax", err: pg("42601"), code: codes.Internal, reason: "INTERNAL", text: failed},
		{
			name: "syntax of an ltree", err: pg("42601", routine("parse_ltree"), where("unnamed portal parameter $2 = '...'")),
			code: codes.InvalidArgument, reason: "INVALID_VALUE", text: "a value does not have the form of its type",
		},
		{name: "syntax of an ltree in an array", err: pg("42601", routine("parse_ltree"), where("")), code: codes.InvalidArgument, reason: "INVALID_VALUE", text: "a value does not have the form of its type"},
		{
			name: "syntax within a function", err: pg("42601", routine("exec_stmt_execsql"), where("PL/pgSQL function f() line 1 at SQL statement")),
			code: codes.Internal, reason: "INTERNAL", text: failed,
		},
		{name: "no such regclass", err: pg("42P01", where("unnamed portal parameter $1 = '...'")), code: codes.InvalidArgument, reason: "INVALID_VALUE", text: "a value does not have the form of its type"},
		{
			name: "a parameter's type is gone", err: pg("XX000", routine("getTypeInputInfo"), where("unnamed portal parameter $1")),
			code: codes.Internal, reason: "INTERNAL", text: failed,
		},
		{name: "internal", err: pg("XX000"), code: codes.Internal, reason: "INTERNAL", text: failed},
		{name: "assertion", err: pg("P0004"), code: codes.Internal, reason: "INTERNAL", text: failed},
		{name: "a code of the application's", err: pg("XY404"), code: codes.Internal, reason: "INTERNAL", text: failed},
		{name: "an HTTP status, as PostgREST has it", err: pg("PT429"), code: codes.ResourceExhausted, reason: "HTTP_429", text: "SECRET-message of Postgres"},
		{name: "an HTTP status that is no error", err: pg("PT200"), code: codes.Internal, reason: "INTERNAL", text: failed},
		{name: "no code", err: pg(""), code: codes.Internal, reason: "INTERNAL", text: failed},
		{name: "half a code", err: pg("22"), code: codes.Internal, reason: "INTERNAL", text: failed},
	} {
		t.Run(tc.name, func(t *testing.T) {
			ctx := tc.ctx
			if ctx == nil {
				ctx = live
			}
			wrapped := fmt.Errorf("store: running the statement: %w", tc.err)
			got := status.FromError(ctx, wrapped, tc.info)

			var pgErr *pgconn.PgError
			if !errors.As(got, &pgErr) || !errors.Is(got, wrapped) {
				t.Errorf("the error does not unwrap to its cause")
			}
			info := &errdetails.ErrorInfo{Reason: tc.reason, Domain: "rowgate"}
			if len(pgErr.Code) == 5 {
				info.Metadata = map[string]string{"sqlstate": pgErr.Code}
			}
			details := []any{info}
			if tc.field != "" {
				details = append(details, &errdetails.BadRequest{FieldViolations: []*errdetails.BadRequest_FieldViolation{{
					Field: tc.field, Description: strings.TrimPrefix(tc.text, tc.field+": "), Reason: tc.reason,
				}}})
			}
			compare(t, got, tc.code, tc.text, details...)
		})
	}
}

// compare checks the whole of what grpc sends for an error.
func compare(t *testing.T, err error, code codes.Code, text string, details ...any) {
	t.Helper()
	st, ok := grpcstatus.FromError(err)
	if !ok {
		t.Fatalf("%v has no gRPC status", err)
	}
	if st.Code() != code || st.Message() != text {
		t.Errorf("got %s %q, want %s %q", st.Code(), st.Message(), code, text)
	}
	if diff := cmp.Diff(details, st.Details(), protocmp.Transform(), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("details (-want +got):\n%s", diff)
	}
}

// TestNothingOfPostgresIsTold goes over every SQLSTATE with each part of the
// error marked, and looks for the marks in the bytes that grpc sends.
func TestNothingOfPostgresIsTold(t *testing.T) {
	infos := []status.Info{
		{},
		{
			Method: "/app.v1.ItemService/GetItem", Read: true, Subject: "not-a-uuid",
			Field: func(_, _, _ string) (string, bool) { return "item.title", true },
		},
	}
	if len(everyCode) < 250 {
		t.Fatalf("only %d codes", len(everyCode))
	}
	for _, code := range everyCode {
		for i, info := range infos {
			pg := said(code)
			if code == "P0001" {
				pg.Message = "told on purpose"
			}
			for _, cause := range []error{pg, fmt.Errorf("SECRET-wrapping: %w", pg), &store.SettingsError{Role: "authenticated", Err: pg}} {
				got := status.FromError(context.Background(), cause, info)
				st := grpcstatus.Convert(got)
				wire, err := proto.Marshal(st.Proto())
				if err != nil {
					t.Fatal(err)
				}
				if strings.Contains(string(wire), "SECRET") || strings.Contains(got.Error(), "SECRET") {
					t.Errorf("%s, info %d: told %q", code, i, st.Proto())
				}
				if st.Code() == codes.OK || st.Code() == codes.Unknown || st.Message() == "" {
					t.Errorf("%s, info %d: %s %q", code, i, st.Code(), st.Message())
				}
			}
		}
	}
}

// FuzzFromError holds the same for any code and any words, and that whatever
// an application raises can be sent.
func FuzzFromError(f *testing.F) {
	f.Add("23505", "a message", "sub")
	f.Add("P0001", "words \xff for \x00 clients", someUUID)
	f.Add("22P02", "", "{}")
	f.Add("", strings.Repeat("é", 1000), "{")
	f.Fuzz(func(t *testing.T, code, message, subject string) {
		pg := said(code)
		pg.Message = message
		got := status.FromError(context.Background(), pg, status.Info{Subject: subject, Read: len(subject)%2 == 0})
		st := grpcstatus.Convert(got)
		if st.Code() == codes.OK || len(st.Message()) > 1024 {
			t.Fatalf("%s %q", st.Code(), st.Message())
		}
		wire, err := proto.Marshal(st.Proto())
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(wire), "SECRET") && !strings.Contains(message, "SECRET") {
			t.Fatalf("told %q", wire)
		}
	})
}
