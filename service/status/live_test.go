package status_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	grpcstatus "google.golang.org/grpc/status"

	"github.com/rowgate/rowgate/service/status"
	"github.com/rowgate/rowgate/store"
	"github.com/rowgate/rowgate/store/storetest"
)

// schemaSQL has one way to each error that a schema can raise.
const schemaSQL = `
do $$ begin
	create role status_user nologin;
	create role status_stranger nologin;
	create role status_login login noinherit password 'status';
exception when duplicate_object then null;
end $$;
grant status_user to status_login;

create function subject() returns uuid language sql stable as
	$$ select (current_setting('request.jwt.claims', true)::jsonb ->> 'sub')::uuid $$;

create table items (
	id int primary key,
	owner uuid not null,
	title text not null check (title <> ''),
	short varchar(3),
	small int2,
	parent int references items on delete restrict,
	during int4range default int4range(1, 1),
	exclude using gist (during with &&)
);
alter table items enable row level security;
create policy items on items to status_user using (owner = subject()) with check (owner = subject());
grant select, insert, update, delete on items to status_user;

create table parts (id int, title text not null) partition by list (id);
create table parts_1 partition of parts for values in (1);
grant insert on parts to status_user;

create table loops (id int);
alter table loops enable row level security;
create policy loops on loops using (exists (select from loops));
grant select on loops to status_user;

create table hidden (id int);

create view titled as select * from parts where title like 'a%' with check option;
grant insert on titled to status_user;

create function refuse() returns void language plpgsql as
	$$ begin raise exception 'Only on % days.', 'working' using detail = 'SECRET', hint = 'SECRET'; end $$;
create function strict() returns void language plpgsql as
	$$ declare x int; begin select id into strict x from items where false; end $$;
create function deep(n int) returns int language plpgsql as
	$$ begin return deep(n + 1); end $$;
create function number(t text) returns int language sql as $$ select t::int $$;
`

const otherUUID = "0b0b0b0b-0000-4000-8000-000000000000"

// TestLive provokes what Postgres really says, through the store, and pins
// what the client is told. The texts are pinned in TestSQLSTATE.
func TestLive(t *testing.T) {
	db := storetest.New(t, storetest.Migration{Name: "status", SQL: schemaSQL})
	st, err := store.Open(t.Context(), store.Config{URL: db.URL("status_login", "status")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(st.Close)

	caller := func(role, sub string) store.Caller {
		return store.Caller{Role: role, Subject: sub, Claims: fmt.Sprintf(`{"role":%q,"sub":%q}`, role, sub)}
	}
	me := caller("status_user", someUUID)
	insert := func(values string) string {
		return "insert into items (id, owner, title) values (" + values + ")"
	}
	mine := "'" + someUUID + "'"
	const seed = "insert into items (id, owner, title) values (1, '" + someUUID + "', 'a'); "

	for _, tc := range []struct {
		name     string
		as       store.Caller
		read     bool
		sql      string
		code     codes.Code
		reason   string
		sqlstate string
		field    string
		text     string // when it is not of the table
	}{
		{name: "unique", sql: seed + insert("1, "+mine+", 'b'"), code: codes.AlreadyExists, reason: "ALREADY_EXISTS", sqlstate: "23505"},
		{name: "reference to nothing", sql: seed + "update items set parent = 7", code: codes.FailedPrecondition, reason: "REFERENCE_VIOLATION", sqlstate: "23503"},
		{
			name: "still referred to", sql: seed + "insert into items (id, owner, title, parent) values (2, " + mine + ", 'b', 1); delete from items where id = 1",
			code: codes.FailedPrecondition, reason: "REFERENCE_VIOLATION", sqlstate: restrictCode(t, db),
		},
		{name: "not null", sql: insert("1, " + mine + ", null"), code: codes.InvalidArgument, reason: "VALUE_REQUIRED", sqlstate: "23502", field: "item.title"},
		{name: "not null in a partition", sql: "insert into parts values (1, null)", code: codes.InvalidArgument, reason: "VALUE_REQUIRED", sqlstate: "23502"},
		{name: "check", sql: insert("1, " + mine + ", ''"), code: codes.InvalidArgument, reason: "CHECK_VIOLATION", sqlstate: "23514"},
		{
			name: "exclusion", sql: "insert into items (id, owner, title, during) select n, " + mine + ", 'a', '[1,3]' from generate_series(1, 2) n",
			code: codes.FailedPrecondition, reason: "EXCLUSION_VIOLATION", sqlstate: "23P01",
		},
		{name: "check option", sql: "insert into titled values (1, 'b')", code: codes.InvalidArgument, reason: "CHECK_VIOLATION", sqlstate: "44000"},
		{name: "too long", sql: seed + "update items set short = 'long'", code: codes.InvalidArgument, reason: "VALUE_TOO_LONG", sqlstate: "22001"},
		{name: "too large", sql: seed + "update items set small = 40000", code: codes.OutOfRange, reason: "VALUE_OUT_OF_RANGE", sqlstate: "22003"},
		{name: "no such day", sql: "select '2026-02-30'::date", code: codes.OutOfRange, reason: "VALUE_OUT_OF_RANGE", sqlstate: "22008"},
		{name: "U+0000 in jsonb", sql: `select '"\u0000"'::jsonb`, code: codes.InvalidArgument, reason: "INVALID_TEXT", sqlstate: "22P05"},
		{name: "division by zero", sql: "select 1 / 0", code: codes.InvalidArgument, reason: "INVALID_VALUE", sqlstate: "22012"},

		{name: "policy", sql: insert("1, '" + otherUUID + "', 'a'"), code: codes.PermissionDenied, reason: "PERMISSION_DENIED", sqlstate: "42501"},
		{name: "no grant", sql: "select from hidden", code: codes.PermissionDenied, reason: "PERMISSION_DENIED", sqlstate: "42501"},
		{
			name: "role not granted", as: caller("status_stranger", someUUID), sql: "select", code: codes.PermissionDenied, reason: "ROLE_NOT_GRANTED", sqlstate: "42501",
			text: "the role status_stranger cannot be taken on: the database has no such role, or has not granted it to the server's login",
		},
		{
			name: "role not there", as: caller("status_nobody", someUUID), sql: "select", code: codes.PermissionDenied, reason: "ROLE_NOT_GRANTED", sqlstate: "22023",
			text: "the role status_nobody cannot be taken on: the database has no such role, or has not granted it to the server's login",
		},
		{name: "policies in a circle", sql: "select from loops", code: codes.Internal, reason: "POLICY_RECURSION", sqlstate: "42P17"},

		{name: "sub is no uuid", as: caller("status_user", "user_2abc"), sql: insert("1, " + mine + ", 'a'"), code: codes.PermissionDenied, reason: "SUBJECT_NOT_UUID", sqlstate: "22P02"},
		{name: "sub is no uuid, but another text is no number", as: caller("status_user", "user_2abc"), sql: "select number('x')", code: codes.InvalidArgument, reason: "INVALID_VALUE", sqlstate: "22P02"},
		{name: "a text is no number", sql: "select number('x')", code: codes.InvalidArgument, reason: "INVALID_VALUE", sqlstate: "22P02"},

		{
			name: "write in a read", read: true, sql: insert("1, " + mine + ", 'a'"), code: codes.FailedPrecondition, reason: "METHOD_IS_A_READ", sqlstate: "25006",
			text: "/t.S/M is declared a read and tried to write; if it is meant to write, declare it so in the .proto",
		},
		{name: "read-only database", sql: "set transaction read only; " + insert("1, "+mine+", 'a'"), code: codes.Unavailable, reason: "DATABASE_READ_ONLY", sqlstate: "25006"},
		{name: "raise", sql: "select refuse()", code: codes.FailedPrecondition, reason: "RAISED", sqlstate: "P0001", text: "Only on working days."},
		{name: "no data found", sql: "select strict()", code: codes.NotFound, reason: "NOT_FOUND", sqlstate: "P0002"},
		{name: "recursion", sql: "select deep(1)", code: codes.InvalidArgument, reason: "TOO_LARGE", sqlstate: "54001"},
		{name: "statement timeout", sql: "set local statement_timeout = 20; select pg_sleep(10)", code: codes.DeadlineExceeded, reason: "DEADLINE_EXCEEDED", sqlstate: "57014"},
		{name: "lock timeout", sql: "set local lock_timeout = 1; select pg_advisory_xact_lock(1)", code: codes.Aborted, reason: "CONFLICT", sqlstate: "55P03"},
		{name: "table gone", sql: "select from no_such_table", code: codes.Internal, reason: "SCHEMA_CHANGED", sqlstate: "42P01"},
		{name: "column gone", sql: "select no_such_column from items", code: codes.Internal, reason: "SCHEMA_CHANGED", sqlstate: "42703"},
		{name: "function gone", sql: "select no_such_function()", code: codes.Internal, reason: "SCHEMA_CHANGED", sqlstate: "42883"},
		{name: "syntax", sql: "selec", code: codes.Internal, reason: "INTERNAL", sqlstate: "42601"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if tc.name == "lock timeout" {
				holder := db.Superuser(t)
				if _, err := holder.Exec(t.Context(), "select pg_advisory_lock(1)"); err != nil {
					t.Fatal(err)
				}
			}
			as := tc.as
			if as.Role == "" {
				as = me
			}
			// The connection's simple protocol runs several statements.
			cause := st.Tx(t.Context(), as, store.TxOptions{ReadOnly: tc.read}, func(tx pgx.Tx) error {
				_, err := tx.Conn().PgConn().Exec(t.Context(), tc.sql).ReadAll()
				return err
			})
			got := status.FromError(t.Context(), cause, status.Info{Method: "/t.S/M", Read: tc.read, Subject: as.Subject, Field: itemField})
			s := grpcstatus.Convert(got)
			if tc.text == "" {
				tc.text = s.Message()
			}
			if s.Code() != tc.code || s.Message() != tc.text {
				t.Errorf("got %s %q for %v", s.Code(), s.Message(), cause)
			}
			details := []any{&errdetails.ErrorInfo{Reason: tc.reason, Domain: "rowgate", Metadata: map[string]string{"sqlstate": tc.sqlstate}}}
			if tc.field != "" {
				details = append(details, &errdetails.BadRequest{FieldViolations: []*errdetails.BadRequest_FieldViolation{
					{Field: tc.field, Description: "a value is required", Reason: tc.reason},
				}})
			}
			compare(t, got, tc.code, tc.text, details...)
		})
	}

	t.Run("deadline", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		sleepUntil(t, ctx, st, me, codes.DeadlineExceeded, late)
	})
	t.Run("cancel", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(50*time.Millisecond, cancel)
		sleepUntil(t, ctx, st, me, codes.Canceled, "the call was cancelled")
	})
	t.Run("connection ended by an administrator", func(t *testing.T) {
		cause := st.Tx(t.Context(), me, store.TxOptions{}, func(tx pgx.Tx) error {
			pid := tx.Conn().PgConn().PID()
			if _, err := db.Superuser(t).Exec(t.Context(), "select pg_terminate_backend($1)", int32(pid)); err != nil {
				return err
			}
			_, err := tx.Exec(t.Context(), "select pg_sleep(10)")
			return err
		})
		s := grpcstatus.Convert(status.FromError(t.Context(), cause, status.Info{}))
		if s.Code() != codes.Unavailable || s.Message() != gone {
			t.Errorf("got %s %q for %v", s.Code(), s.Message(), cause)
		}
	})
	t.Run("no such row", func(t *testing.T) {
		cause := st.Tx(t.Context(), me, store.TxOptions{}, func(tx pgx.Tx) error {
			return tx.QueryRow(t.Context(), "select id from items").Scan(new(int))
		})
		if s := grpcstatus.Convert(status.FromError(t.Context(), cause, status.Info{})); s.Code() != codes.NotFound {
			t.Errorf("got %s for %v", s.Code(), cause)
		}
	})
}

func sleepUntil(t *testing.T, ctx context.Context, st *store.Store, as store.Caller, code codes.Code, text string) {
	t.Helper()
	cause := st.Tx(ctx, as, store.TxOptions{}, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "select pg_sleep(10)")
		return err
	})
	if s := grpcstatus.Convert(status.FromError(ctx, cause, status.Info{})); s.Code() != code || s.Message() != text {
		t.Errorf("got %s %q for %v", s.Code(), s.Message(), cause)
	}
}

// restrictCode is what ON DELETE RESTRICT raises: PostgreSQL 18 took up the
// code that the standard has for it.
func restrictCode(t *testing.T, db *storetest.Database) string {
	t.Helper()
	var version int
	if err := db.Superuser(t).QueryRow(t.Context(), "select current_setting('server_version_num')::int").Scan(&version); err != nil {
		t.Fatal(err)
	}
	if version >= 180000 {
		return "23001"
	}
	return "23503"
}
