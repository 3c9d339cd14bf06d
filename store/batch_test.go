package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgx/v5"

	"github.com/rowgate/rowgate/store/query"
	"github.com/rowgate/rowgate/store/storetest"
)

// queue queues a call, and gathers its rows as text.
func queue(b *Batch, c *Call, into *[]string) *Result {
	return b.Queue(c.Statement, c.Args, gather(into))
}

func gather(into *[]string) func([][]byte) error {
	if into == nil {
		return nil
	}
	return func(row [][]byte) error {
		var parts []string
		for _, v := range row {
			parts = append(parts, string(v))
		}
		*into = append(*into, strings.Join(parts, "|"))
		return nil
	}
}

// insertNote inserts a note of the caller's and returns its body.
func insertNote(id int, body string) *Call {
	return write(textCall("insert into notes (id, body) values ($1::int, $2) returning body", 1, fmt.Sprint(id), body))
}

// notes lists somebody's notes above 20, those that tests write.
func notes(t testing.TB, s *Store, as Caller) []string {
	t.Helper()
	got, err := rows(t, s, as, textCall("select id::text, body from notes where id > 20 order by id", 2))
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestBatch(t *testing.T) {
	for _, unnamed := range []bool{false, true} {
		t.Run(fmt.Sprintf("unnamed=%t", unnamed), func(t *testing.T) {
			s := open(t, Config{URL: newDatabase(t), MaxConns: 1, Unnamed: unnamed})
			var inserted, who, later []string
			var changed *Result
			err := s.Batch(t.Context(), user("ann"), BatchOptions{}, func(b *Batch) error {
				args := [][]byte{[]byte("21"), []byte("one")}
				c := insertNote(21, "one")
				b.Queue(c.Statement, args, gather(&inserted))
				args[1] = []byte("spoilt")
				queue(b, textCall(whoami, 5), &who)
				if err := b.Flush(); err != nil {
					return err
				}
				if len(inserted) != 1 {
					t.Errorf("after the flush: %q", inserted)
				}
				// What an early statement has answered serves a later one.
				changed = queue(b, write(textCall("update notes set body = $1 || '!' where body = $1 returning body", 1, inserted[0])), &later)
				for id := 22; id < 25; id++ {
					queue(b, insertNote(id, fmt.Sprint("note ", id)), &inserted)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if want := []string{"one", "note 22", "note 23", "note 24"}; !slices.Equal(inserted, want) || !slices.Equal(later, []string{"one!"}) || changed.Rows != 1 {
				t.Errorf("inserted %q, changed %q (%d)", inserted, later, changed.Rows)
			}
			if want := `store_user|{"role":"store_user","sub":"ann"}|ann|7s|off`; !slices.Equal(who, []string{want}) {
				t.Errorf("it ran as %q, want %q", who, want)
			}
			if got := notes(t, s, user("ann")); !slices.Equal(got, []string{"21|one!", "22|note 22", "23|note 23", "24|note 24"}) {
				t.Errorf("afterwards: %q", got)
			}
			if got := notes(t, s, user("bob")); got != nil {
				t.Errorf("bob sees %q", got)
			}
			checkClean(t, s)
		})
	}
}

func TestBatchRoundTrips(t *testing.T) {
	rec, url := newRecorder(t, newDatabase(t))
	for _, unnamed := range []bool{false, true} {
		t.Run(fmt.Sprintf("unnamed=%t", unnamed), func(t *testing.T) {
			s := open(t, Config{URL: url, Unnamed: unnamed, MaxConns: 1})
			read := textCall("select owner from notes where id = $1::int", 1, "2")
			run := func(flushes int) exchange {
				var err error
				e := rec.during(func() {
					err = s.Batch(t.Context(), user("ann"), BatchOptions{ReadOnly: true}, func(b *Batch) error {
						for i := range 3 {
							queue(b, read, nil)
							if i < flushes {
								if err := b.Flush(); err != nil {
									return err
								}
							}
						}
						return nil
					})
				})
				if err != nil {
					t.Fatal(err)
				}
				return e
			}
			// BEGIN, the settings, the statement parsed once of three, COMMIT.
			first, second := "PBEPBEPBEPDBEBEBEPBES", "PBEBEBEBEBEBEPBES"
			if unnamed {
				second = first
			}
			for i, want := range []string{first, second} {
				if e := run(0); e.turns() != 1 || e.sent() != want {
					t.Errorf("batch %d: %d turns of %s, want one of %s", i, e.turns(), e.sent(), want)
				}
			}
			for flushes := 1; flushes <= 3; flushes++ {
				if e := run(flushes); e.turns() != flushes+1 || strings.Count(e.sent(), "H") != flushes {
					t.Errorf("%d flushes: %d turns of %s", flushes, e.turns(), e.sent())
				}
			}
			e := rec.during(func() {
				if err := s.Batch(t.Context(), user("ann"), BatchOptions{}, func(*Batch) error { return errRollback }); err != errRollback {
					t.Error(err)
				}
			})
			if e.turns() != 0 {
				t.Errorf("a batch that gives up at once: %s", e.sent())
			}
		})
	}
}

// Whatever fails, nothing is kept, the error says which statement it was, and
// the connection is good for somebody else.
func TestBatchFails(t *testing.T) {
	for _, unnamed := range []bool{false, true} {
		t.Run(fmt.Sprintf("unnamed=%t", unnamed), func(t *testing.T) { batchFails(t, open(t, Config{URL: newDatabase(t), MaxConns: 1, Unnamed: unnamed})) })
	}
}

func batchFails(t *testing.T, s *Store) {
	stop := errors.New("stop")
	fails := func([][]byte) error { return stop }
	bad := textCall("select nothing::text from notes", 1)
	zero := textCall("select (1 / (length($1) - 1))::text", 1, "x")
	pid := func() string {
		got, err := rows(t, s, user("eve"), textCall("select pg_backend_pid()::text", 1))
		if err != nil {
			t.Fatal(err)
		}
		return got[0]
	}
	before := pid()
	for _, tc := range []struct {
		name      string
		as        Caller
		f         func(b *Batch) error
		index     int // -1 for none
		code      string
		is        error
		committed bool
	}{
		{"f at its end", user("ann"), func(b *Batch) error {
			queue(b, insertNote(30, "x"), nil)
			return stop
		}, -1, "", stop, false},
		{"f after a flush", user("ann"), func(b *Batch) error {
			queue(b, insertNote(30, "x"), nil)
			if err := b.Flush(); err != nil {
				return err
			}
			queue(b, insertNote(31, "y"), nil)
			return stop
		}, -1, "", stop, false},
		{"a parse", user("ann"), func(b *Batch) error {
			queue(b, insertNote(30, "x"), nil)
			queue(b, bad, nil)
			queue(b, insertNote(31, "x"), nil)
			return nil
		}, 1, pgerrcode.UndefinedColumn, nil, false},
		{"a parse in a flush", user("ann"), func(b *Batch) error {
			queue(b, insertNote(30, "x"), nil)
			_ = b.Flush()
			queue(b, insertNote(31, "y"), nil)
			queue(b, bad, nil)
			queue(b, insertNote(32, "z"), nil)
			_ = b.Flush()
			queue(b, insertNote(33, "z"), nil) // It does not run.
			return b.Flush()
		}, 2, pgerrcode.UndefinedColumn, nil, false},
		{"one that f does not tell of", user("ann"), func(b *Batch) error {
			queue(b, zero, nil)
			_ = b.Flush()
			queue(b, insertNote(30, "x"), nil)
			return nil
		}, 0, pgerrcode.DivisionByZero, nil, false},
		{"the policy", user("ann"), func(b *Batch) error {
			queue(b, insertNote(30, "x"), nil)
			queue(b, write(textCall("insert into notes values (31, 'bob', 'y') returning body", 1)), nil)
			return nil
		}, 1, pgerrcode.InsufficientPrivilege, nil, false},
		{"the commit", user("ann"), func(b *Batch) error {
			queue(b, insertNote(30, "note 4"), nil)
			return b.Flush()
		}, -1, pgerrcode.UniqueViolation, nil, false},
		{"a row in a flush", user("ann"), func(b *Batch) error {
			queue(b, insertNote(30, "x"), nil)
			b.Queue(insertNote(31, "y").Statement, insertNote(31, "y").Args, fails)
			queue(b, insertNote(32, "z"), nil)
			return b.Flush()
		}, 1, "", stop, false},
		{"a row, and the server after it", user("ann"), func(b *Batch) error {
			b.Queue(insertNote(31, "y").Statement, insertNote(31, "y").Args, fails)
			queue(b, zero, nil)
			return b.Flush()
		}, 1, pgerrcode.DivisionByZero, nil, false},
		{"the role", Caller{Role: "postgres", Claims: "{}"}, func(b *Batch) error {
			queue(b, insertNote(30, "x"), nil)
			return b.Flush()
		}, -1, pgerrcode.InsufficientPrivilege, nil, false},
		{"a transaction that its SQL ends", user("ann"), func(b *Batch) error {
			b.Queue(query.NewStatement("rollback", nil, nil, false), nil, nil)
			queue(b, insertNote(30, "x"), nil)
			return nil
		}, -1, "", ErrTxEnded, false},
		{"a batch used by its row", user("ann"), func(b *Batch) error {
			c := insertNote(30, "x")
			b.Queue(c.Statement, c.Args, func([][]byte) error { queue(b, zero, nil); return nil })
			return b.Flush()
		}, -1, "", errReentered, false},
		{"too many arguments", user("ann"), func(b *Batch) error {
			queue(b, insertNote(30, "x"), nil)
			_ = b.Flush()
			queue(b, insertNote(31, "x"), nil)
			b.Queue(query.NewStatement("select", nil, nil, false), make([][]byte, 1<<16), nil)
			return nil
		}, 2, "", nil, false},
	} {
		err := s.Batch(t.Context(), tc.as, BatchOptions{}, tc.f)
		var of *BatchError
		index := -1
		if errors.As(err, &of) {
			index = of.Index
		}
		if err == nil || code(err) != tc.code || index != tc.index || tc.is != nil && !errors.Is(err, tc.is) ||
			of != nil && of.Committed != tc.committed || tc.is == stop && tc.index < 0 && err != stop {
			t.Errorf("%s: %v (statement %d), want %s, %v of statement %d", tc.name, err, index, tc.code, tc.is, tc.index)
		}
		if refused := new(SettingsError); errors.As(err, &refused) != (tc.name == "the role") {
			t.Errorf("%s: %v: is it the settings?", tc.name, err)
		}
		if got := notes(t, s, user("ann")); got != nil {
			t.Fatalf("%s: it has left %q", tc.name, got)
		}
		if tc.is == ErrTxEnded {
			before = pid()
		}
	}
	if after := pid(); after != before {
		t.Errorf("a connection was given up")
	}
	// What is read with the commit comes too late.
	c := insertNote(40, "kept")
	err := s.Batch(t.Context(), user("ann"), BatchOptions{}, func(b *Batch) error {
		b.Queue(c.Statement, c.Args, fails)
		return nil
	})
	var of *BatchError
	if !errors.Is(err, stop) || !errors.As(err, &of) || !of.Committed || len(notes(t, s, user("ann"))) != 1 {
		t.Errorf("a row's error at the end: %v, %q", err, notes(t, s, user("ann")))
	}
	if err := s.Batch(t.Context(), Caller{}, BatchOptions{}, nil); !errors.Is(err, ErrNoCaller) {
		t.Errorf("the zero Caller: %v", err)
	}
	var kept *Batch
	if err := s.Batch(t.Context(), user("ann"), BatchOptions{}, func(b *Batch) error { kept = b; return nil }); err != nil {
		t.Error(err)
	}
	if queue(kept, zero, nil); kept.Flush() == nil {
		t.Error("a batch is used after its end")
	}
}

func TestBatchOptions(t *testing.T) {
	s := open(t, Config{URL: newDatabase(t), MaxConns: 1})
	var got []string
	insert := func(body string) func(b *Batch) error {
		return func(b *Batch) error { queue(b, insertNote(30, body), &got); return nil }
	}
	if err := s.Batch(t.Context(), user("ann"), BatchOptions{Rollback: true}, insert("x")); err != nil || !slices.Equal(got, []string{"x"}) {
		t.Errorf("Rollback: %v, %q", err, got)
	}
	// What only a commit would find.
	if err := s.Batch(t.Context(), user("ann"), BatchOptions{Rollback: true}, insert("note 4")); code(err) != pgerrcode.UniqueViolation {
		t.Errorf("Rollback: %v, want 23505", err)
	}
	if err := s.Batch(t.Context(), user("ann"), BatchOptions{ReadOnly: true}, insert("x")); code(err) != pgerrcode.ReadOnlySQLTransaction {
		t.Errorf("ReadOnly: %v, want 25006", err)
	}
	if err := s.Batch(t.Context(), Caller{Role: "store_reader", Claims: "{}"}, BatchOptions{}, insert("x")); code(err) == "" {
		t.Errorf("a role that only reads: %v", err)
	}
	if got := notes(t, s, user("ann")); got != nil {
		t.Errorf("they have left %q", got)
	}
	o := BatchOptions{Request: Request{Method: "POST", Path: "/x", Headers: `{"a":"b"}`}}
	got = nil
	err := s.Batch(t.Context(), user("ann"), o, func(b *Batch) error {
		queue(b, textCall("select current_setting('request.method'), current_setting('request.path'), current_setting('request.headers')", 3), &got)
		return nil
	})
	if err != nil || !slices.Equal(got, []string{`POST|/x|{"a":"b"}`}) {
		t.Errorf("Request: %q, %v", got, err)
	}
}

// Neither side may wait for the other to read: thousands of statements, each
// with a large argument and a large answer, queued without a flush.
func TestBatchOfManyStatements(t *testing.T) {
	const statements, size = 3000, 10_000
	s := open(t, Config{URL: newDatabase(t), MaxConns: 1})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	text := strings.Repeat("x", size)
	next := 0
	var results []*Result
	err := s.Batch(ctx, user("ann"), BatchOptions{}, func(b *Batch) error {
		for i := range statements {
			c := textCall("select $1 || $2 || $2 || $2", 1, fmt.Sprintf("%06d", i), text)
			results = append(results, b.Queue(c.Statement, c.Args, func(row [][]byte) error {
				if want := fmt.Sprintf("%06d", i); next != i || string(row[0][:6]) != want || len(row[0]) != 6+3*size {
					return fmt.Errorf("statement %d was given row %d, %.10s", i, next, row[0])
				}
				next++
				return nil
			}))
		}
		// One whose answer no buffer holds, in front of one that none holds.
		queue(b, textCall("select repeat('x', 1000000) from generate_series(1, 20)", 1), nil)
		c := textCall("select length($1)::text from generate_series(1, 100000)", 1, strings.Repeat("y", 20<<20))
		results = append(results, queue(b, c, nil))
		queue(b, textCall("select 'x'", 1), nil)
		return nil
	})
	if err != nil || next != statements || results[statements].Rows != 100000 {
		t.Errorf("%d of %d rows, %v", next, statements, err)
	}
	for i, r := range results[:statements] {
		if r.Rows != 1 {
			t.Fatalf("statement %d: %+v", i, r)
		}
	}
}

// More statements than the cache holds are evicted while they are in use, and
// prepared again.
func TestBatchBeyondTheCache(t *testing.T) {
	s := open(t, Config{URL: newDatabase(t), MaxConns: 1, StatementCache: 3})
	for range 2 {
		var got []string
		err := s.Batch(t.Context(), user("ann"), BatchOptions{}, func(b *Batch) error {
			for i := range 60 {
				queue(b, textCall(fmt.Sprintf("select '%d'", i%10), 1), &got)
				if i%7 == 0 {
					if err := b.Flush(); err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err != nil || len(got) != 60 || got[59] != "9" {
			t.Fatalf("%q, %v", got, err)
		}
	}
}

// What is prepared can vanish, here too, without f being called again.
func TestBatchPreparedStatementsVanish(t *testing.T) {
	db := storetest.New(t, storetest.Migration{Name: "store", SQL: schema})
	s := open(t, Config{URL: db.URL("store_login", "store"), MaxConns: 1})
	calls := 0
	batch := func() error {
		calls = 0
		return s.Batch(t.Context(), user("ann"), BatchOptions{}, func(b *Batch) error {
			calls++
			var got []string
			queue(b, textCall("select body from notes where id = 2", 1), &got)
			queue(b, write(textCall("update notes set body = 'x' where id = 2 returning body", 1)), &got)
			if err := b.Flush(); err != nil {
				return err
			}
			queue(b, textCall("select body from notes where id = 2", 1), &got)
			return nil
		})
	}
	if err := batch(); err != nil {
		t.Fatal(err)
	}
	raw := func(sql string) {
		t.Helper()
		if _, err := s.pool.Exec(t.Context(), sql, pgx.QueryExecModeExec); err != nil {
			t.Fatal(err)
		}
	}
	raw("deallocate all")
	if err := batch(); err != nil || calls != 1 {
		t.Errorf("after DEALLOCATE ALL: %v, %d calls", err, calls)
	}
	conn, err := s.pool.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ses := s.sessionOf(conn.Conn().PgConn())
	ses.forget()
	ses.evicted = nil
	conn.Release()
	if err := batch(); err != nil || calls != 1 {
		t.Errorf("after it was forgotten: %v, %d calls", err, calls)
	}
	if _, err := db.Superuser(t).Exec(t.Context(), "alter table notes alter body type varchar(100)"); err != nil {
		t.Fatal(err)
	}
	var of *BatchError
	if err := batch(); !errors.Is(err, ErrSchemaChanged) || !errors.As(err, &of) || of.Index != 0 || of.Committed {
		t.Errorf("after a column's change: %v, want ErrSchemaChanged", err)
	}
}

// The end of the context ends the transaction: while a statement runs, while f
// works and before anything was sent.
func TestBatchContext(t *testing.T) {
	db := storetest.New(t, storetest.Migration{Name: "store", SQL: schema})
	s := open(t, Config{URL: db.URL("store_login", "store"), MaxConns: 1})
	super := db.Superuser(t)
	open := func() (n int) {
		t.Helper()
		for range 100 {
			err := super.QueryRow(t.Context(), "select count(*) from pg_stat_activity where datname = current_database() "+
				"and usename = 'store_login' and xact_start is not null").Scan(&n)
			if err != nil {
				t.Fatal(err)
			}
			if n == 0 {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		return n
	}
	check := func(what string, err error, want error, start time.Time) {
		t.Helper()
		if !errors.Is(err, want) || time.Since(start) > 3*time.Second {
			t.Errorf("%s: %v after %s, want %v", what, err, time.Since(start), want)
		}
		if n := open(); n != 0 {
			t.Errorf("%s: %d transactions are open", what, n)
		}
		if got := notes(t, s, user("ann")); got != nil {
			t.Errorf("%s: it has left %q", what, got)
		}
	}
	sleep := textCall("select pg_sleep(20)::text", 1)
	for _, flush := range []bool{true, false} {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(50*time.Millisecond, cancel)
		start := time.Now()
		err := s.Batch(ctx, user("ann"), BatchOptions{}, func(b *Batch) error {
			queue(b, insertNote(30, "x"), nil)
			queue(b, sleep, nil)
			if flush {
				return b.Flush()
			}
			return nil
		})
		check("while a statement runs", err, context.Canceled, start)

		ctx, cancel = context.WithCancel(t.Context())
		start = time.Now()
		err = s.Batch(ctx, user("ann"), BatchOptions{}, func(b *Batch) error {
			queue(b, insertNote(30, "x"), nil)
			if flush {
				if err := b.Flush(); err != nil {
					return err
				}
			}
			cancel()
			if n := open(); n != 0 {
				t.Errorf("while f works on: %d transactions are open", n)
			}
			queue(b, insertNote(31, "x"), nil)
			return nil
		})
		check("while f works", err, context.Canceled, start)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	start := time.Now()
	err := s.Batch(ctx, user("ann"), BatchOptions{}, func(b *Batch) error {
		queue(b, insertNote(30, "x"), nil)
		queue(b, sleep, nil)
		return nil
	})
	if code(err) != pgerrcode.QueryCanceled {
		t.Errorf("a deadline: %v, want 57014", err)
	}
	check("a deadline", errors.Join(err, context.DeadlineExceeded), context.DeadlineExceeded, start)

	// A panic, of f and of row, in the middle of an answer.
	for _, inRow := range []bool{true, false} {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic was swallowed")
				}
			}()
			_ = s.Batch(t.Context(), user("ann"), BatchOptions{}, func(b *Batch) error {
				queue(b, insertNote(30, "x"), nil)
				if err := b.Flush(); err != nil || !inRow {
					panic("f")
				}
				c := textCall("select owner from notes", 1)
				b.Queue(c.Statement, c.Args, func([][]byte) error { panic("row") })
				return b.Flush()
			})
		}()
		check("a panic", errRollback, errRollback, time.Now())
	}

	// A connection that is lost in the middle.
	err = s.Batch(t.Context(), user("ann"), BatchOptions{}, func(b *Batch) error {
		var pid []string
		queue(b, insertNote(30, "x"), nil)
		queue(b, textCall("select pg_backend_pid()::text", 1), &pid)
		if err := b.Flush(); err != nil {
			return err
		}
		if _, err := super.Exec(t.Context(), "select pg_terminate_backend($1::text::int)", pid[0]); err != nil {
			t.Error(err)
		}
		queue(b, insertNote(31, "x"), nil)
		return nil
	})
	if err == nil {
		t.Error("a lost connection is no error")
	}
	check("a lost connection", errRollback, errRollback, time.Now())
}

// Once a row was handed up nothing is run a second time, even where that would
// mend it: row could not tell.
func TestBatchIsNotRepeatedAfterRows(t *testing.T) {
	s := open(t, Config{URL: newDatabase(t), MaxConns: 1})
	one, two := textCall("select 'one'", 1), textCall("select 'two'", 1)
	var got []string
	batch := func(row func([][]byte) error) error {
		got = nil
		return s.Batch(t.Context(), user("ann"), BatchOptions{}, func(b *Batch) error {
			b.Queue(one.Statement, nil, row)
			queue(b, two, &got)
			return nil
		})
	}
	for _, tc := range []struct {
		row  func([][]byte) error
		code string
		want []string
	}{
		{gather(&got), "", []string{"one", "two"}},
		{gather(&got), pgerrcode.InvalidSQLStatementName, []string{"one"}},
		{gather(&got), "", []string{"one", "two"}},
		{nil, "", []string{"two"}},
	} {
		if err := batch(tc.row); code(err) != tc.code || (err == nil) != (tc.code == "") || !slices.Equal(got, tc.want) {
			t.Errorf("%v, %q; want %s, %q", err, got, tc.code, tc.want)
		}
		if len(got) == 2 {
			name := statementName("store_user", two.Statement)
			if _, err := s.pool.Exec(t.Context(), `deallocate "`+name+`"`, pgx.QueryExecModeExec); err != nil {
				t.Fatal(err)
			}
		}
	}
}
