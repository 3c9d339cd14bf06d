package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rowgate/rowgate/store/query"
	"github.com/rowgate/rowgate/store/storetest"
)

const schema = `
do $$ begin
  if not exists (select from pg_roles where rolname = 'store_anon') then
    create role store_anon nologin noinherit;
    create role store_user nologin noinherit;
    create role store_login login noinherit password 'store';
    grant store_anon, store_user to store_login;
    alter role store_user set statement_timeout = '7s';
    alter role store_user set work_mem = '3MB';
    create role store_reader nologin noinherit;
    grant store_reader to store_login;
    alter role store_reader set default_transaction_read_only = on;
  end if;
end $$;
create table notes (
  id int primary key,
  owner text not null default current_setting('request.jwt.claims', true)::json ->> 'sub',
  body text unique deferrable initially deferred
);
alter table notes enable row level security;
create policy own on notes to store_user
  using (owner = (select nullif(current_setting('request.jwt.claims', true), '')::json ->> 'sub'))
  with check (owner = (select nullif(current_setting('request.jwt.claims', true), '')::json ->> 'sub'));
grant select, insert, update, delete on notes to store_user;
grant select, update on notes to store_reader;
insert into notes select n, case when n % 2 = 0 then 'ann' else 'bob' end, 'note ' || n from generate_series(1, 20) n;
analyze notes;`

func newDatabase(t testing.TB) string {
	t.Helper()
	return storetest.New(t, storetest.Migration{Name: "store", SQL: schema}).URL("store_login", "store")
}

func open(t testing.TB, cfg Config) *Store {
	t.Helper()
	s, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func user(sub string) Caller {
	return Caller{Role: "store_user", Claims: `{"role":"store_user","sub":"` + sub + `"}`, Subject: sub}
}

var anon = Caller{Role: "store_anon", Claims: `{"role":"store_anon"}`}

// textCall is a statement that gives columns of type text.
func textCall(sql string, columns int, args ...string) *Call {
	results := make([]uint32, columns)
	for i := range results {
		results[i] = textOID
	}
	params := make([]query.Param, len(args))
	values := make([][]byte, len(args))
	for i, a := range args {
		params[i] = query.Param{OID: textOID}
		values[i] = []byte(a)
	}
	return &Call{Statement: query.NewStatement(sql, params, results, true), Args: values}
}

// write makes a call one that may write.
func write(c *Call) *Call {
	st := *c.Statement
	st.ReadOnly = false
	c.Statement = &st
	return c
}

// rows runs a call and returns its rows as text.
func rows(t testing.TB, s *Store, as Caller, c *Call) ([]string, error) {
	t.Helper()
	var all []string
	_, err := s.Run(t.Context(), as, c, func(row [][]byte) error {
		var parts []string
		for _, v := range row {
			parts = append(parts, string(v))
		}
		all = append(all, strings.Join(parts, "|"))
		return nil
	})
	return all, err
}

func code(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code
	}
	return ""
}

func TestRunHoldsPolicies(t *testing.T) {
	s := open(t, Config{URL: newDatabase(t)})
	list := textCall("select id::text, owner from notes where id < 5 order by id", 2)
	for sub, want := range map[string][]string{"ann": {"2|ann", "4|ann"}, "bob": {"1|bob", "3|bob"}, "eve": nil} {
		got, err := rows(t, s, user(sub), list)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", sub, diff)
		}
	}
	if _, err := rows(t, s, anon, list); code(err) != pgerrcode.InsufficientPrivilege {
		t.Errorf("anon: %v, want 42501", err)
	}
	if _, err := rows(t, s, Caller{}, list); !errors.Is(err, ErrNoCaller) {
		t.Errorf("the zero Caller: %v, want ErrNoCaller", err)
	}
	// In SET ROLE, none is the login itself.
	if _, err := rows(t, s, Caller{Role: "none"}, list); !errors.Is(err, ErrNoCaller) {
		t.Errorf("the role none: %v, want ErrNoCaller", err)
	}
	_, err := rows(t, s, Caller{Role: "postgres"}, list)
	var refused *SettingsError
	if !errors.As(err, &refused) || code(err) != pgerrcode.InsufficientPrivilege {
		t.Errorf("a role that the login may not become: %v, want a SettingsError of 42501", err)
	}
}

func TestRunSetsTheCall(t *testing.T) {
	s := open(t, Config{URL: newDatabase(t)})
	settings := []string{
		"role", "request.jwt.claims", "request.jwt.claim.sub", "request.jwt.claim.role", "request.jwt.claim.email",
		"request.method", "request.path", "request.headers", "work_mem", "statement_timeout", "transaction_read_only",
	}
	sql := "select "
	for i, name := range settings {
		if i > 0 {
			sql += ", "
		}
		sql += fmt.Sprintf("coalesce(current_setting('%s', true), 'NULL')", name)
	}
	call := textCall(sql, len(settings))
	call.Request = Request{Method: "POST", Path: `/a'b"c\d`, Headers: `{"x-request-id":"1"}`}
	as := user("ann")
	as.Email = "ann@example.com"
	got, err := rows(t, s, as, call)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{`store_user|{"role":"store_user","sub":"ann"}|ann|store_user|ann@example.com|` +
		`POST|/a'b"c\d|{"x-request-id":"1"}|3MB|7s|on`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}

	// A call of another role on the same connections has nothing of that.
	got, err = rows(t, s, anon, write(textCall(sql, len(settings))))
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 1 || !strings.HasPrefix(got[0], `store_anon|{"role":"store_anon"}||store_anon||||`) ||
		!strings.HasSuffix(got[0], "|4MB|0|off") {
		t.Errorf("anon's settings: %q", got)
	}
}

func TestRunReadOnly(t *testing.T) {
	s := open(t, Config{URL: newDatabase(t)})
	_, err := rows(t, s, user("ann"), textCall("update notes set body = 'x' where id = 2 returning body", 1))
	if code(err) != pgerrcode.ReadOnlySQLTransaction {
		t.Errorf("a write in a read: %v, want 25006", err)
	}
}

// A role that is read-only by default is so in every call.
func TestReadOnlyRole(t *testing.T) {
	s := open(t, Config{URL: newDatabase(t)})
	reader := Caller{Role: "store_reader", Claims: "{}"}
	_, err := rows(t, s, reader, write(textCall("update notes set body = 'x' returning body", 1)))
	if code(err) != pgerrcode.ReadOnlySQLTransaction {
		t.Errorf("Run: %v, want 25006", err)
	}
	err = s.Tx(t.Context(), reader, TxOptions{}, func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), "update notes set body = 'x'")
		return err
	})
	if code(err) != pgerrcode.ReadOnlySQLTransaction {
		t.Errorf("Tx: %v, want 25006", err)
	}
}

// A server that does not read holds a call no longer than its deadline and the
// time in which it would have been drained.
func TestStalledServer(t *testing.T) {
	rec, url := newRecorder(t, newDatabase(t))
	s := open(t, Config{URL: url, MaxConns: 1})
	if _, err := rows(t, s, user("ann"), textCall("select 'x'", 1)); err != nil {
		t.Fatal(err)
	}
	large := textCall("select $1", 1, strings.Repeat("x", 64<<20))
	rec.mu.Lock() // the proxy notes what it has read, and reads on only then
	defer rec.mu.Unlock()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err := s.Run(ctx, user("ann"), large, nil)
	if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > drainTimeout+2*time.Second {
		t.Errorf("%v after %s, want context.DeadlineExceeded", err, time.Since(start))
	}
}

// A deferred constraint fails when the server commits, after the statement was
// complete.
func TestRunAcknowledgesAfterCommit(t *testing.T) {
	s := open(t, Config{URL: newDatabase(t)})
	got, err := rows(t, s, user("ann"), write(textCall("update notes set body = 'note 4' where id = 2 returning body", 1)))
	if code(err) != pgerrcode.UniqueViolation {
		t.Errorf("rows %q, error %v, want 23505", got, err)
	}
	body, err := rows(t, s, user("ann"), textCall("select body from notes where id = 2", 1))
	if err != nil || len(body) != 1 || body[0] != "note 2" {
		t.Errorf("after the failure the row is %q, %v", body, err)
	}
}

func TestRunMaxRows(t *testing.T) {
	s := open(t, Config{URL: newDatabase(t)})
	call := textCall("select id::text from notes order by id limit 8", 1)
	call.MaxRows = 3
	var n int
	res, err := s.Run(t.Context(), user("ann"), call, func([][]byte) error { n++; return nil })
	if err != nil || n != 3 || !res.More {
		t.Errorf("%d rows, %+v, %v; want 3 and More", n, res, err)
	}
	call.MaxRows = 0
	res, err = s.Run(t.Context(), user("ann"), call, nil)
	if err != nil || res.Rows != 8 || res.More {
		t.Errorf("without MaxRows: %+v, %v", res, err)
	}
}

// A failed commit goes before an error of a row, since there is no such row
// then.
func TestRunRowErrorBeforeFailedCommit(t *testing.T) {
	s := open(t, Config{URL: newDatabase(t)})
	call := write(textCall("update notes set body = 'note 4' where id = 2 returning body", 1))
	_, err := s.Run(t.Context(), user("ann"), call, func([][]byte) error { return errors.New("no place for it") })
	if code(err) != pgerrcode.UniqueViolation {
		t.Errorf("error %v, want 23505", err)
	}
}

// A row's error is returned, and the connection is good for the next call.
func TestRunRowError(t *testing.T) {
	s := open(t, Config{URL: newDatabase(t), MaxConns: 1})
	stop := errors.New("stop")
	n := 0
	_, err := s.Run(t.Context(), user("ann"), textCall("select body from notes", 1), func([][]byte) error { n++; return stop })
	if !errors.Is(err, stop) || n != 1 {
		t.Errorf("error %v after %d rows", err, n)
	}
	if got, err := rows(t, s, user("bob"), textCall("select owner from notes limit 1", 1)); err != nil || got[0] != "bob" {
		t.Errorf("the next call: %q, %v", got, err)
	}
}

func TestOneRoundTrip(t *testing.T) {
	rec, url := newRecorder(t, newDatabase(t))
	for _, unnamed := range []bool{false, true} {
		t.Run(fmt.Sprintf("unnamed=%t", unnamed), func(t *testing.T) {
			s := open(t, Config{URL: url, Unnamed: unnamed, MaxConns: 1})
			call := textCall("select owner from notes where id = $1::int", 1, "2")
			const first, second = "PBEPBEPDBES", "BEBEBES"
			wants := []struct {
				as   Caller
				sent string
			}{
				{user("ann"), first}, {user("ann"), second}, {user("bob"), second},
			}
			for i, w := range wants {
				var err error
				e := rec.during(func() { _, err = rows(t, s, w.as, call) })
				if err != nil {
					t.Fatal(err)
				}
				want := w.sent
				if unnamed {
					want = first
				}
				if e.turns() != 1 || e.sent() != want {
					t.Errorf("call %d: %d turns of %s, want one of %s", i, e.turns(), e.sent(), want)
				}
			}
			// One that fails is one round trip as well, and so is the next.
			var err error
			e := rec.during(func() { _, err = rows(t, s, anon, call) })
			if code(err) != pgerrcode.InsufficientPrivilege || e.turns() != 1 {
				t.Errorf("a failing call: %d turns, %v", e.turns(), err)
			}
			e = rec.during(func() { _, err = rows(t, s, user("ann"), call) })
			if err != nil || e.turns() != 1 {
				t.Errorf("the call after it: %d turns, %v", e.turns(), err)
			}
		})
	}
}

// Two roles that take turns on one connection keep their own plans: nothing is
// parsed, and nothing is planned, once both are warm.
func TestAlternatingRolesPlanNothing(t *testing.T) {
	rec, url := newRecorder(t, newDatabase(t))
	s := open(t, Config{URL: url, MaxConns: 1})
	call := textCall("select owner from notes where id = $1::int", 1, "2")
	other := Caller{Role: "store_login", Claims: "{}"}
	plans := func() string {
		got, err := rows(t, s, user("ann"), textCall(
			"select name || ' ' || custom_plans::text from pg_prepared_statements where statement like '%notes where id%' "+
				"and statement not like '%pg_prepared%' order by name", 1))
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(got, "\n")
	}
	both := func() {
		if _, err := rows(t, s, user("ann"), call); err != nil {
			t.Error(err)
		}
		if _, err := rows(t, s, user("bob"), call); err != nil {
			t.Error(err)
		}
		if _, err := rows(t, s, other, call); code(err) != pgerrcode.InsufficientPrivilege {
			t.Errorf("the other role: %v, want 42501", err)
		}
	}
	for range 10 {
		both()
	}
	before := plans()
	e := rec.during(func() {
		for range 20 {
			both()
		}
	})
	if strings.ContainsAny(e.sent(), "PD") || e.turns() != 60 {
		t.Errorf("%d turns of %s", e.turns(), e.sent())
	}
	if after := plans(); after != before || !strings.Contains(before, "store_user") {
		t.Errorf("plans were made:\nbefore:\n%s\nafter:\n%s", before, after)
	}
}

// What is prepared can vanish: DISCARD ALL, a pooler, a changed column. The
// call goes through all the same.
func TestPreparedStatementsVanish(t *testing.T) {
	s := open(t, Config{URL: newDatabase(t), MaxConns: 1})
	call := textCall("select body from notes where id = 2", 1)
	check := func(what string) {
		t.Helper()
		if got, err := rows(t, s, user("ann"), call); err != nil || len(got) != 1 {
			t.Errorf("%s: %q, %v", what, got, err)
		}
	}
	check("before")
	raw := func(sql string) {
		t.Helper()
		if _, err := s.pool.Exec(t.Context(), sql, pgx.QueryExecModeExec); err != nil {
			t.Fatal(err)
		}
	}
	raw("deallocate all")
	check("after DEALLOCATE ALL")

	// Prepared without our knowledge: what a pipeline that failed half way
	// leaves behind.
	conn, err := s.pool.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ses := s.sessionOf(conn.Conn().PgConn())
	ses.forget()
	ses.evicted = nil
	conn.Release()
	check("after it was forgotten")
}

func TestChangedColumnType(t *testing.T) {
	db := storetest.New(t, storetest.Migration{Name: "store", SQL: schema})
	s := open(t, Config{URL: db.URL("store_login", "store"), MaxConns: 1})
	call := textCall("select body from notes where id = 2", 1)
	if _, err := rows(t, s, user("ann"), call); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Superuser(t).Exec(t.Context(), "alter table notes alter body type varchar(100)"); err != nil {
		t.Fatal(err)
	}
	if got, err := rows(t, s, user("ann"), call); !errors.Is(err, ErrSchemaChanged) || got != nil {
		t.Errorf("got %q, %v; want ErrSchemaChanged and no row", got, err)
	}
}

func TestStatementsAreEvicted(t *testing.T) {
	s := open(t, Config{URL: newDatabase(t), MaxConns: 1, StatementCache: 4})
	for i := range 20 {
		if _, err := rows(t, s, user("ann"), textCall(fmt.Sprintf("select body from notes where id = %d", i), 1)); err != nil {
			t.Fatal(err)
		}
	}
	got, err := rows(t, s, user("ann"), textCall("select count(*)::text from pg_prepared_statements", 1))
	if err != nil {
		t.Fatal(err)
	}
	// The one that is running is counted, and so is one whose close travels
	// with the next call.
	if got[0] != "4" && got[0] != "5" {
		t.Errorf("%s statements are prepared, want 4 or 5", got[0])
	}
}

func TestTx(t *testing.T) {
	rec, url := newRecorder(t, newDatabase(t))
	s := open(t, Config{URL: url, MaxConns: 1})
	ctx := t.Context()

	update := func(id int, fail error) error {
		return s.Tx(ctx, user("ann"), TxOptions{}, func(tx pgx.Tx) error {
			tag, err := tx.Exec(ctx, "update notes set body = 'mine' where id = $1", id)
			if err != nil {
				return err
			}
			if tag.RowsAffected() == 0 {
				return pgx.ErrNoRows
			}
			return fail
		})
	}
	body := func(id int) string {
		t.Helper()
		var b string
		err := s.Tx(ctx, user([]string{"ann", "bob"}[id%2]), TxOptions{ReadOnly: true}, func(tx pgx.Tx) error {
			return tx.QueryRow(ctx, "select body from notes where id = $1", id).Scan(&b)
		})
		if err != nil {
			t.Error(err)
		}
		return b
	}
	failure := errors.New("changed my mind")
	if err := update(2, failure); err != failure || body(2) != "note 2" {
		t.Errorf("rolled back: %v, body %q", err, body(2))
	}
	if err := update(2, nil); err != nil || body(2) != "mine" {
		t.Errorf("committed: %v, body %q", err, body(2))
	}
	if err := update(3, nil); !errors.Is(err, pgx.ErrNoRows) || body(3) != "note 3" {
		t.Errorf("another's row: %v, body %q", err, body(3))
	}
	if err := s.Tx(ctx, Caller{}, TxOptions{}, func(pgx.Tx) error { return nil }); !errors.Is(err, ErrNoCaller) {
		t.Errorf("the zero Caller: %v", err)
	}
	err := s.Tx(ctx, Caller{Role: "postgres"}, TxOptions{}, func(pgx.Tx) error { t.Error("ran"); return nil })
	var refused *SettingsError
	if !errors.As(err, &refused) {
		t.Errorf("a role that the login may not become: %v", err)
	}
	func() {
		defer func() { _ = recover() }()
		_ = s.Tx(ctx, user("ann"), TxOptions{}, func(pgx.Tx) error { panic("no") })
	}()
	if got := body(4); got != "note 4" {
		t.Errorf("after a panic: %q", got)
	}

	// BEGIN and the settings travel together, and a statement that the
	// connection knows follows at once.
	var turns int
	e := rec.during(func() {
		err = s.Tx(ctx, user("ann"), TxOptions{ReadOnly: true}, func(tx pgx.Tx) error {
			var b string
			err := tx.QueryRow(ctx, "select body from notes where id = $1", 2).Scan(&b)
			rec.mu.Lock()
			turns = exchange(rec.messages).turns()
			rec.mu.Unlock()
			return err
		})
	})
	if err != nil || turns > 2 || e.turns() > 3 {
		t.Errorf("%d turns to the first answer and %d in all (%s), %v", turns, e.turns(), e.sent(), err)
	}
}

func TestDeadlines(t *testing.T) {
	s := open(t, Config{URL: newDatabase(t), MaxConns: 1})
	sleep := textCall("select pg_sleep(20)::text", 1)
	within := func(what string, limit time.Duration, ctx context.Context, want error) {
		t.Helper()
		start := time.Now()
		_, err := s.Run(ctx, user("ann"), sleep, nil)
		if !errors.Is(err, want) || time.Since(start) > limit {
			t.Errorf("%s: %v after %s, want %v", what, err, time.Since(start), want)
		}
		got, err := rows(t, s, user("ann"), textCall("select owner from notes where id = 2", 1))
		if err != nil || len(got) != 1 {
			t.Errorf("the call after %s: %q, %v", what, got, err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err := s.Run(ctx, user("ann"), sleep, nil)
	if code(err) != pgerrcode.QueryCanceled || time.Since(start) > 2*time.Second {
		t.Errorf("a deadline: %v after %s, want 57014 of statement_timeout", err, time.Since(start))
	}
	canceled, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	within("a cancel", 2*time.Second, canceled, context.Canceled)
	within("an ended context", time.Second, canceled, context.Canceled)
	past, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	within("a deadline in the past", time.Second, past, context.DeadlineExceeded)
}

func TestOpenErrors(t *testing.T) {
	tests := []struct {
		cfg  Config
		want string
	}{
		{Config{}, "store: Config.URL is empty"},
		{Config{URL: "postgres://x", StatementCache: 1}, "store: StatementCache must be at least 2"},
		{Config{URL: "postgres://rowgate:s3cret@127.0.0.1:1/x?connect_timeout=2"}, "store: the database cannot be read"},
		{Config{URL: "postgres://rowgate:s3cret@127.0.0.1:notaport/x"}, "store: the database URL cannot be read"},
	}
	for _, tt := range tests {
		_, err := Open(t.Context(), tt.cfg)
		if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%+v: %v, want %s", tt.cfg, err, tt.want)
		}
		if err != nil && strings.Contains(err.Error(), "s3cret") {
			t.Errorf("the error shows the password: %v", err)
		}
	}
}

func TestPgBouncerParameter(t *testing.T) {
	tests := []struct {
		url, want string
		on        bool
	}{
		{"postgres://h/db?pgbouncer=true&sslmode=disable", "postgres://h/db?sslmode=disable", true},
		{"postgres://h/db?pgbouncer=false", "postgres://h/db", false},
		{"postgres://h/db", "postgres://h/db", false},
		{"postgres://h/db?sslmode=disable&pgbouncer=true", "postgres://h/db?sslmode=disable", true},
		{"postgres://u:a#b%3f@h/db?pgbouncer=true&x=y", "postgres://u:a#b%3f@h/db?x=y", true},
		{"host=h dbname=db", "host=h dbname=db", false},
	}
	for _, tt := range tests {
		if got, on := cutPgBouncer(tt.url); got != tt.want || on != tt.on {
			t.Errorf("%s: %s %t", tt.url, got, on)
		}
	}
}

// Postgres cuts names at 63 bytes; no two statements may come out the same.
func TestStatementNames(t *testing.T) {
	a, b := query.NewStatement("select 1", nil, nil, true), query.NewStatement("select 2", nil, nil, true)
	long := strings.Repeat("r", 63)
	seen := map[string]string{}
	for _, role := range []string{"anon", "Anon", long, long[:62] + "s", "xanon", `a*/b`} {
		for _, st := range []*query.Statement{a, b} {
			name, what := statementName(role, st), role+": "+st.SQL
			if len(name) > maxName || seen[name] != "" {
				t.Errorf("%q is the name of %s and of %s", name, what, seen[name])
			}
			seen[name] = what
			if text := statementText(role, st); strings.Count(text, "*/") != 1 {
				t.Errorf("a role breaks out of its comment: %s", text)
			}
		}
	}
}

// A cancel request that has no effect, as one that overtakes its statement, is
// sent again. The function swallows the first one.
func TestCancelIsRepeated(t *testing.T) {
	const stubborn = `
create function stubborn() returns text language plpgsql as $f$
begin
  begin perform pg_sleep(20); exception when query_canceled then null; end;
  perform pg_sleep(20);
  return 'slept';
end $f$`
	db := storetest.New(t, storetest.Migration{Name: "store", SQL: schema}, storetest.Migration{Name: "stubborn", SQL: stubborn})
	s := open(t, Config{URL: db.URL("store_login", "store"), MaxConns: 1})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	time.AfterFunc(100*time.Millisecond, cancel)
	start := time.Now()
	_, err := s.Run(ctx, user("ann"), textCall("select stubborn()", 1), nil)
	if !errors.Is(err, context.Canceled) || time.Since(start) > 4*time.Second {
		t.Errorf("%v after %s, want context.Canceled", err, time.Since(start))
	}
}

// After a panic of row an answer is half read; the connection must not be the
// next caller's.
func TestPanicInRow(t *testing.T) {
	s := open(t, Config{URL: newDatabase(t), MaxConns: 1})
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_, _ = s.Run(t.Context(), user("ann"), textCall("select owner from notes", 1), func([][]byte) error { panic("no") })
	}()
	for _, sub := range []string{"eve", "bob", "eve"} {
		got, err := rows(t, s, user(sub), textCall("select owner from notes", 1))
		if err != nil {
			t.Fatal(err)
		}
		for _, owner := range got {
			if owner != sub {
				t.Errorf("%s is given a row of %s", sub, owner)
			}
		}
	}
}

// SQL can raise any code, also one that says a statement is not prepared;
// nothing is run twice for it.
func TestRaisedCodesAreNotRetried(t *testing.T) {
	const raises = `
create function raises(n int, state text) returns text language plpgsql as $f$
begin
  if n = 5 then raise exception using errcode = state; end if;
  return n::text;
end $f$`
	db := storetest.New(t, storetest.Migration{Name: "store", SQL: schema}, storetest.Migration{Name: "raises", SQL: raises})
	s := open(t, Config{URL: db.URL("store_login", "store"), MaxConns: 1})
	for _, state := range []string{"42P05", "26000"} {
		for range 2 {
			got, err := rows(t, s, anon, textCall("select raises(n, $1) from generate_series(1, 7) n", 1, state))
			if code(err) != state || len(got) != 4 {
				t.Errorf("%s: %q, %v", state, got, err)
			}
		}
	}
}

func TestTxCannotBeEndedByHand(t *testing.T) {
	s := open(t, Config{URL: newDatabase(t), MaxConns: 1})
	ctx := t.Context()
	whoami := func(tx pgx.Tx) error {
		var role string
		return tx.QueryRow(ctx, "select current_user::text").Scan(&role)
	}
	tests := map[string]func(tx pgx.Tx) error{
		"commit":          func(tx pgx.Tx) error { return tx.Commit(ctx) },
		"rollback":        func(tx pgx.Tx) error { return tx.Rollback(ctx) },
		"commit in SQL":   func(tx pgx.Tx) error { _, err := tx.Exec(ctx, "commit"); return err },
		"rollback in SQL": func(tx pgx.Tx) error { _, err := tx.Exec(ctx, "rollback"); return err },
		"a statement after it": func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, "commit"); err != nil {
				return err
			}
			return whoami(tx)
		},
		"a batch after it": func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, "commit"); err != nil {
				return err
			}
			var b pgx.Batch
			b.Queue("select 1")
			if err := tx.SendBatch(ctx, &b).Close(); err == nil {
				t.Error("a batch runs after the end")
			}
			return nil
		},
	}
	for name, fn := range tests {
		if err := s.Tx(ctx, user("ann"), TxOptions{}, fn); !errors.Is(err, ErrTxEnded) {
			t.Errorf("%s: %v, want ErrTxEnded", name, err)
		}
		if err := s.Tx(ctx, user("bob"), TxOptions{}, whoami); err != nil {
			t.Errorf("the transaction after %s: %v", name, err)
		}
	}
	// Savepoints are ended by whoever began them.
	err := s.Tx(ctx, user("ann"), TxOptions{}, func(tx pgx.Tx) error {
		inner, err := tx.Begin(ctx)
		if err != nil {
			return err
		}
		if _, err := inner.Exec(ctx, "update notes set body = 'gone' where id = 2"); err != nil {
			return err
		}
		return inner.Rollback(ctx)
	})
	if err != nil {
		t.Errorf("a savepoint: %v", err)
	}
}

func TestBusyPool(t *testing.T) {
	s := open(t, Config{URL: newDatabase(t), MaxConns: 1})
	held, release := make(chan struct{}), make(chan struct{})
	done := make(chan error)
	go func() {
		done <- s.Tx(context.Background(), user("ann"), TxOptions{}, func(pgx.Tx) error {
			close(held)
			<-release
			return nil
		})
	}()
	<-held
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := s.Run(ctx, user("bob"), textCall("select 'x'", 1), nil)
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "waiting for a connection") {
		t.Errorf("a call on a busy pool: %v", err)
	}
	// The database is there all the same.
	if err := s.Ping(t.Context()); err != nil {
		t.Errorf("Ping on a busy pool: %v", err)
	}
	close(release)
	if err := <-done; err != nil {
		t.Error(err)
	}
}
