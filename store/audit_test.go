package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/rowgate/rowgate/migrations"
	"github.com/rowgate/rowgate/store/storetest"
)

// newAuditDatabase has rowgate.audit, and the table of notes for the admin
// path's login.
func newAuditDatabase(t testing.TB) *storetest.Database {
	t.Helper()
	return storetest.New(t, append(storetest.Migrations(migrations.Supabase(), migrations.Setup()),
		storetest.Migration{Name: "store", SQL: schema + "grant select, insert, update, delete on notes to rowgate_admin;"})...)
}

var (
	admin     = Caller{Role: migrations.AdminLogin, Claims: `{"role":"service_role","sub":"ops"}`}
	operation = Audit{CallID: "c1", Principal: "ops", Method: "app.v1.Notes/List", ActingAs: `{"role": "anon"}`, RequestID: "r1", Reason: "why"}
)

// auditRows lists what is in the table.
func auditRows(t testing.TB, conn *pgx.Conn) []string {
	t.Helper()
	found, err := conn.Query(t.Context(), `select concat_ws('|', call_id, event, principal, method, acting_as, request_id, reason,
		coalesce(code, '-'), coalesce(rows::text, '-'), login) from rowgate.audit order by id`)
	if err != nil {
		t.Fatal(err)
	}
	all, err := pgx.CollectRows(found, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// auditedCalls are calls of every kind. Each returns the notes that it was told
// of, and lists the rows that it leaves in the table.
var auditedCalls = []struct {
	name  string
	run   func(ctx context.Context, s *Store) (told int, err error)
	event []string
	note  bool // it writes note 40
}{
	{"read", func(ctx context.Context, s *Store) (told int, err error) {
		c := textCall("select body from notes where id <= 3", 1)
		c.Request.Audit = &operation
		_, err = s.Run(ctx, admin, c, count(&told))
		return told, err
	}, []string{"done|OK|3"}, false},
	{"write", func(ctx context.Context, s *Store) (told int, err error) {
		c := insertNote(40, "forty")
		c.Request.Audit = &operation
		_, err = s.Run(ctx, admin, c, count(&told))
		return told, err
	}, []string{"done|OK|1"}, true},
	{"batch", func(ctx context.Context, s *Store) (told int, err error) {
		err = s.Batch(ctx, admin, BatchOptions{Request: Request{Audit: &operation}}, func(b *Batch) error {
			b.Queue(insertNote(40, "forty").Statement, insertNote(40, "forty").Args, count(&told))
			if err := b.Flush(); err != nil {
				return err
			}
			b.Queue(textCall("select body from notes where id <= 2", 1).Statement, nil, count(&told))
			return nil
		})
		return told, err
	}, []string{"done|OK|3"}, true},
	{"batch that keeps nothing", func(ctx context.Context, s *Store) (told int, err error) {
		err = s.Batch(ctx, admin, BatchOptions{Request: Request{Audit: &operation}, Rollback: true}, func(b *Batch) error {
			b.Queue(insertNote(41, "no").Statement, insertNote(41, "no").Args, count(&told))
			return nil
		})
		return told, err
	}, []string{"started|-|-", "done|OK|-"}, false},
	{"stream", func(ctx context.Context, s *Store) (told int, err error) {
		c := textCall("select body from notes where id <= 20", 1)
		c.Request.Audit = &operation
		_, err = s.Stream(ctx, admin, c, 7, count(&told))
		return told, err
	}, []string{"started|-|-", "done|OK|20"}, false},
	{"transaction", func(ctx context.Context, s *Store) (told int, err error) {
		err = s.Tx(ctx, admin, TxOptions{ReadOnly: true, Request: Request{Audit: &operation}}, func(tx pgx.Tx) error {
			return tx.QueryRow(ctx, "select count(*)::int from notes where id <= 20").Scan(&told)
		})
		return told, err
	}, []string{"started|-|-", "done|OK|-"}, false},
}

func count(n *int) func([][]byte) error {
	return func([][]byte) error { *n++; return nil }
}

func TestAudit(t *testing.T) {
	for _, unnamed := range []bool{false, true} {
		for _, call := range auditedCalls {
			t.Run(fmt.Sprintf("%s/unnamed=%t", call.name, unnamed), func(t *testing.T) {
				var told []string
				operation.Written = func(r AuditRecord) { told = append(told, fmt.Sprintf("%s|%s|%d", r.Event, r.Code, r.Rows)) }
				defer func() { operation.Written = nil }()
				db := newAuditDatabase(t)
				super := db.Superuser(t)
				s := open(t, Config{URL: db.LoginURL(t, migrations.AdminLogin), MaxConns: 2, Unnamed: unnamed})
				rows, err := call.run(t.Context(), s)
				if err != nil || rows == 0 {
					t.Fatalf("%d rows, %v", rows, err)
				}
				committed := strings.NewReplacer("started|-|-", "started||-1", "OK|-", "OK|-1").Replace(strings.Join(call.event, " "))
				if got := strings.Join(told, " "); got != committed {
					t.Errorf("Written was told of %s, want %s", got, committed)
				}
				var want []string
				for _, event := range call.event {
					what, code, _ := strings.Cut(event, "|")
					want = append(want, `c1|`+what+`|ops|app.v1.Notes/List|{"role": "anon"}|r1|why|`+code+`|rowgate_admin`)
				}
				if diff := cmp.Diff(want, auditRows(t, super)); diff != "" {
					t.Errorf("rowgate.audit (-want +got):\n%s", diff)
				}
				if got := written(t, super); got != call.note {
					t.Errorf("note 40 is there: %t, want %t", got, call.note)
				}
				// A repeat finds the connection as it should be.
				if _, err := s.Run(t.Context(), admin, textCall("select 'x' where current_setting('transaction_read_only') = 'on'", 1), nil); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

func written(t testing.TB, super *pgx.Conn) (there bool) {
	t.Helper()
	if err := super.QueryRow(t.Context(), "select exists (select from notes where id >= 40)").Scan(&there); err != nil {
		t.Fatal(err)
	}
	return there
}

// TestAuditIsMissing holds that a call whose row cannot be written tells nothing
// and does nothing.
func TestAuditIsMissing(t *testing.T) {
	for name, spoil := range map[string]string{
		"the table is gone":     "drop table rowgate.audit",
		"the login may not":     "revoke insert on rowgate.audit from rowgate_admin; revoke all (call_id, event, principal, method, acting_as, request_id, reason, code, rows) on rowgate.audit from rowgate_admin",
		"a constraint refuses":  "alter table rowgate.audit add check (principal <> 'ops')",
		"a trigger refuses":     "create function no() returns trigger language plpgsql as $$ begin raise 'no'; end $$; create trigger no before insert on rowgate.audit for each row execute function no()",
		"a deferred one does":   "create function no() returns trigger language plpgsql as $$ begin raise 'no'; end $$; create constraint trigger no after insert on rowgate.audit deferrable initially deferred for each row execute function no()",
		"the schema may not be": "revoke usage on schema rowgate from rowgate_admin",
	} {
		t.Run(name, func(t *testing.T) {
			db := newAuditDatabase(t)
			super := db.Superuser(t)
			s := open(t, Config{URL: db.LoginURL(t, migrations.AdminLogin), MaxConns: 2})
			if _, err := super.Exec(t.Context(), spoil); err != nil {
				t.Fatal(err)
			}
			for _, call := range auditedCalls {
				told, err := call.run(t.Context(), s)
				var failed *AuditError
				if name == "a deferred one does" {
					// It fails the COMMIT, which is nobody's.
					if err == nil {
						t.Errorf("%s: no error", call.name)
					}
				} else if !errors.As(err, &failed) {
					t.Errorf("%s: %v, want an AuditError", call.name, err)
				}
				if len(call.event) > 1 && told > 0 {
					t.Errorf("%s: %d rows were told before", call.name, told)
				}
				if written(t, super) {
					t.Fatalf("%s: it has written", call.name)
				}
			}
		})
	}
}

// TestAuditOfFailures holds that a call that fails leaves no row of its
// transaction, and one of its start where it has a transaction of its own.
func TestAuditOfFailures(t *testing.T) {
	db := newAuditDatabase(t)
	super := db.Superuser(t)
	s := open(t, Config{URL: db.LoginURL(t, migrations.AdminLogin), MaxConns: 2})
	c := write(textCall("insert into notes (id) values (1) returning 'x'", 1))
	c.Request.Audit = &operation
	if _, err := s.Run(t.Context(), admin, c, nil); code(err) != "23505" {
		t.Fatalf("%v, want a unique violation", err)
	}
	if got := auditRows(t, super); len(got) > 0 {
		t.Errorf("a call that was rolled back has left %q", got)
	}
	stop := errors.New("stop")
	c = textCall("select body from notes order by id", 1)
	c.Request.Audit = &operation
	if _, err := s.Stream(t.Context(), admin, c, 2, func([][]byte) error { return stop }); !errors.Is(err, stop) {
		t.Fatal(err)
	}
	got := auditRows(t, super)
	if len(got) != 1 || !strings.Contains(got[0], "|started|") {
		t.Errorf("a stream that was cut off has left %q", got)
	}
}

// TestAuditRepeats holds that an answer that is given once more is audited once
// more.
func TestAuditRepeats(t *testing.T) {
	db := newAuditDatabase(t)
	super := db.Superuser(t)
	s := open(t, Config{URL: db.LoginURL(t, migrations.AdminLogin), MaxConns: 2})
	id := newRequest()
	for i := range 3 {
		_, repeated, err := s.Once(t.Context(), admin, BatchOptions{Request: Request{Audit: &operation}}, id, func(b *Batch) ([]byte, error) {
			queue(b, insertNote(40, "forty"), nil)
			return []byte("answer"), b.Flush()
		})
		if err != nil || repeated != (i > 0) {
			t.Fatal(repeated, err)
		}
	}
	if got := auditRows(t, super); len(got) != 3 {
		t.Errorf("three calls have left %q", got)
	}
	// The id is the principal's own.
	other := operation
	other.Principal = "somebody else"
	_, repeated, err := s.Once(t.Context(), admin, BatchOptions{Request: Request{Audit: &other}}, id, func(b *Batch) ([]byte, error) {
		queue(b, insertNote(42, "theirs"), nil)
		return []byte("answer"), b.Flush()
	})
	if err != nil || repeated {
		t.Errorf("another principal's request of that id: repeated %t, %v", repeated, err)
	}
	if _, err := super.Exec(t.Context(), "drop table rowgate.audit"); err != nil {
		t.Fatal(err)
	}
	answer, _, err := s.Once(t.Context(), admin, BatchOptions{Request: Request{Audit: &operation}}, id, func(b *Batch) ([]byte, error) {
		return nil, b.Flush()
	})
	if !errors.As(err, new(*AuditError)) || answer != nil {
		t.Errorf("without the table: %q, %v", answer, err)
	}
}
