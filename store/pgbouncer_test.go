//go:build unix

package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgx/v5"
)

// serverConnections is what PgBouncer opens to Postgres in these tests: fewer
// than there are clients, so that clients of several roles meet on each.
const serverConnections = 2

// TestPgBouncer runs calls through a PgBouncer in transaction mode, the way in
// which statements are prepared with each of them.
func TestPgBouncer(t *testing.T) {
	program := findPgBouncer(t)
	runs := []struct {
		name     string
		prepared int // max_prepared_statements
		unnamed  bool
	}{
		{"unnamed", 0, true},
		{"unnamed where names would do", 100, true},
		{"named", 100, false},
	}
	for _, run := range runs {
		t.Run(run.name, func(t *testing.T) {
			if run.prepared > 0 && !program.carriesNames() {
				t.Skipf("PgBouncer %s does not carry named statements; 1.21 is the first that does", program.version)
			}
			t.Parallel()
			db := newRequestsDatabase(t)
			address := program.start(t, db.URL("store_login", "store"), run.prepared)
			if run.unnamed {
				address += "&pgbouncer=true"
			}
			t.Run("one round trip", func(t *testing.T) { oneTripThroughPgBouncer(t, address, run.unnamed) })
			t.Run("roles", func(t *testing.T) { rolesThroughPgBouncer(t, address) })
			t.Run("failures", func(t *testing.T) { failuresThroughPgBouncer(t, address) })
			t.Run("ends", func(t *testing.T) { endsThroughPgBouncer(t, address, db.Superuser(t)) })
			t.Run("batches and streams", func(t *testing.T) { batchesThroughPgBouncer(t, address) })
			t.Run("once", func(t *testing.T) { onceThroughPgBouncer(t, address) })
			t.Run("mix", func(t *testing.T) { mixThroughPgBouncer(t, address) })
		})
	}
}

// oneTripThroughPgBouncer counts a call's round trips to PgBouncer: one, of a
// known statement and of a new one, of one role and of another.
func oneTripThroughPgBouncer(t *testing.T, address string, unnamed bool) {
	rec, url := newRecorder(t, address)
	s := open(t, Config{URL: url, MaxConns: 1})
	call := textCall("select owner from notes where id = $1::int", 1, "2")
	const whole, known = "PBEPBEPDBES", "BEBEBES"
	for i, w := range []struct {
		as   Caller
		sent string
		code string
	}{
		{user("ann"), whole, ""},
		{user("ann"), known, ""},
		{user("bob"), known, ""},
		{anon, whole, pgerrcode.InsufficientPrivilege},
		{user("ann"), known, ""},
	} {
		var err error
		e := rec.during(func() { _, err = rows(t, s, w.as, call) })
		if code(err) != w.code || w.code == "" && err != nil {
			t.Errorf("call %d: %v", i, err)
		}
		if unnamed {
			w.sent = whole
		}
		if e.turns() != 1 || e.sent() != w.sent {
			t.Errorf("call %d: %d turns of %s, want one of %s", i, e.turns(), e.sent(), w.sent)
		}
	}
}

// rolesThroughPgBouncer lets callers of two roles, some of whom are told apart
// by their claims alone, take turns on the two server connections.
func rolesThroughPgBouncer(t *testing.T, address string) {
	const calls, clients = 1500, 8
	s := open(t, Config{URL: address, MaxConns: clients})
	var mu sync.Mutex
	servers := map[string]int{}
	served := textCall("select pg_backend_pid()::text", 1)
	concurrently(calls, clients, func(n int) {
		as, timeout := user(fmt.Sprint("user", n%50)), "7s"
		if n%2 == 0 {
			as, timeout = Caller{Role: "store_anon", Claims: fmt.Sprintf(`{"role":"store_anon","n":%d}`, n)}, "0"
		}
		askWho(t, s, context.Background(), as, timeout, n%3 == 0)
		pid, err := rows(t, s, as, served)
		if err != nil {
			t.Errorf("which server connection: %v", err)
			return
		}
		mu.Lock()
		servers[pid[0]]++
		mu.Unlock()
	})
	if len(servers) != serverConnections {
		t.Errorf("the calls ran on %d server connections, want %d", len(servers), serverConnections)
	}
	t.Logf("calls on each server connection: %v", servers)
	checkServersClean(t, address)
}

// concurrently calls f with each number below calls, from several goroutines.
func concurrently(calls, goroutines int, f func(n int)) {
	var next atomic.Int64
	var all sync.WaitGroup
	for range goroutines {
		all.Go(func() {
			for n := int(next.Add(1)) - 1; n < calls; n = int(next.Add(1)) - 1 {
				f(n)
			}
		})
	}
	all.Wait()
}

// checkServersClean looks at the settings of each server connection, outside of
// any call.
func checkServersClean(t *testing.T, address string) {
	t.Helper()
	s := open(t, Config{URL: address, MaxConns: 2 * serverConnections})
	var mu sync.Mutex
	seen := map[string]string{}
	deadline := time.Now().Add(5 * time.Second)
	for len(seen) < serverConnections && time.Now().Before(deadline) {
		// Several at once cannot be served by one.
		concurrently(2*serverConnections, 2*serverConnections, func(int) {
			var pid, carries string
			err := s.pool.QueryRow(t.Context(), `select pg_backend_pid()::text, concat_ws(' ', current_user,
				current_setting('request.jwt.claims', true), current_setting('request.jwt.claim.sub', true),
				current_setting('statement_timeout'), current_setting('transaction_read_only'), current_setting('work_mem'))
				from pg_sleep(0.02)`).Scan(&pid, &carries)
			if err != nil {
				t.Errorf("looking at a server connection: %v", err)
			}
			mu.Lock()
			defer mu.Unlock()
			seen[pid] = carries
		})
	}
	if len(seen) != serverConnections {
		t.Errorf("%d server connections could be looked at, want %d", len(seen), serverConnections)
	}
	for pid, carries := range seen {
		// The claims are set to nothing, which is two blanks more.
		if strings.Join(strings.Fields(carries), " ") != "store_login 0 off 4MB" {
			t.Errorf("the server connection %s is left with %q", pid, carries)
		}
	}
}

// failuresThroughPgBouncer makes calls that fail at each place where a call can
// fail, every one followed by a call of somebody else.
func failuresThroughPgBouncer(t *testing.T, address string) {
	s := open(t, Config{URL: address, MaxConns: 1})
	for _, tc := range []struct {
		name string
		as   Caller
		call *Call
		code string
	}{
		{"the role", Caller{Role: "postgres", Claims: "{}"}, textCall("select 'x'", 1), pgerrcode.InsufficientPrivilege},
		{"the parse", user("ann"), textCall("select nothing::text from notes", 1), pgerrcode.UndefinedColumn},
		{"a parameter", user("ann"), textCall("select owner from notes where id = $1::int", 1, "two"), pgerrcode.InvalidTextRepresentation},
		{"a row half way", user("ann"), textCall("select (1 / (6 - id))::text from notes order by id", 1), pgerrcode.DivisionByZero},
		{"a read that writes", user("ann"), textCall("update notes set body = 'x' where id = 2 returning body", 1), pgerrcode.ReadOnlySQLTransaction},
		{"the policy", user("ann"), write(textCall("insert into notes values (99, 'bob', 'x') returning body", 1)), pgerrcode.InsufficientPrivilege},
		{"the commit", user("ann"), write(textCall("update notes set body = 'note 4' where id = 2 returning body", 1)), pgerrcode.UniqueViolation},
	} {
		for range 3 {
			if _, err := rows(t, s, tc.as, tc.call); code(err) != tc.code {
				t.Errorf("%s: %v, want %s", tc.name, err, tc.code)
			}
			got, err := rows(t, s, user("bob"), textCall("select string_agg(distinct owner, ' ') from notes", 1))
			if err != nil || len(got) != 1 || got[0] != "bob" {
				t.Errorf("bob's call after one that failed at %s: %q, %v", tc.name, got, err)
			}
		}
	}
	got, err := rows(t, s, user("ann"), textCall("select body from notes where id in (2, 99)", 1))
	if err != nil || !slices.Equal(got, []string{"note 2"}) {
		t.Errorf("the calls that failed have written %q, %v", got, err)
	}
	checkServersClean(t, address)
}

// endsThroughPgBouncer ends calls by a deadline and by a cancel while others
// run on the same server connections: the one that was ended stops, in the
// server too, and nobody else's does.
func endsThroughPgBouncer(t *testing.T, address string, super *pgx.Conn) {
	s := open(t, Config{URL: address, MaxConns: 6})
	others, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	var answered atomic.Int64
	for n := range 2 {
		running.Go(func() {
			for others.Err() == nil {
				if askWho(t, s, context.Background(), user(fmt.Sprint("other", n)), "7s", true) {
					answered.Add(1)
				}
			}
		})
	}
	sleep := textCall("select pg_sleep(20)::text", 1)
	for range 4 {
		late, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		start := time.Now()
		_, err := s.Run(late, user("ann"), sleep, nil)
		if took := time.Since(start); code(err) != pgerrcode.QueryCanceled && !errors.Is(err, context.DeadlineExceeded) || took > 3*time.Second {
			t.Errorf("a deadline: %v after %s", err, took)
		}
		cancel()

		canceled, cancel := context.WithCancel(t.Context())
		time.AfterFunc(50*time.Millisecond, cancel)
		start = time.Now()
		_, err = s.Run(canceled, user("bob"), sleep, nil)
		if took := time.Since(start); !errors.Is(err, context.Canceled) || took > 3*time.Second {
			t.Errorf("a cancel: %v after %s", err, took)
		}
		cancel()
	}
	stop()
	running.Wait()
	t.Logf("%d calls of others were answered meanwhile", answered.Load())
	if answered.Load() == 0 {
		t.Error("nobody else was served")
	}
	var asleep int
	err := super.QueryRow(t.Context(),
		"select count(*) from pg_stat_activity where datname = current_database() and state = 'active' and query like '%pg_sleep(20)%' and pid <> pg_backend_pid()").Scan(&asleep)
	if err != nil || asleep > 0 {
		t.Errorf("%d calls that have ended still run in the server: %v", asleep, err)
	}
	checkServersClean(t, address)
}

// batchesThroughPgBouncer runs transactions of several flushes, and streams, of
// several callers at once.
func batchesThroughPgBouncer(t *testing.T, address string) {
	rec, url := newRecorder(t, address)
	one := open(t, Config{URL: url, MaxConns: 1})
	for range 2 {
		e := rec.during(func() {
			err := one.Batch(t.Context(), user("ann"), BatchOptions{}, func(b *Batch) error {
				for range 3 {
					queue(b, textCall("select owner from notes where id = 2", 1), nil)
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
		if e.turns() != 1 {
			t.Errorf("a batch takes %d turns of %s", e.turns(), e.sent())
		}
	}
	batchFails(t, one)
	s := open(t, Config{URL: address, MaxConns: 6})
	concurrently(200, 6, func(n int) {
		if n%2 == 0 {
			mixedBatch(t, user(fmt.Sprint("user", n)), "7s", s)
		} else {
			mixedStream(t, user(fmt.Sprint("user", n)), "7s", s)
		}
	})
	checkServersClean(t, address)
}

// onceThroughPgBouncer sends each request several times at once.
func onceThroughPgBouncer(t *testing.T, address string) {
	s := open(t, Config{URL: address, MaxConns: 4})
	for n := range 20 {
		id := newRequest()
		var made atomic.Int64
		concurrently(4, 4, func(int) {
			_, repeated, err := insertOnce(t.Context(), s, user("ann"), id, 1000+n, fmt.Sprint("body ", n))
			if err != nil {
				t.Error(err)
			}
			if !repeated {
				made.Add(1)
			}
		})
		if made.Load() != 1 {
			t.Errorf("a request was made %d times", made.Load())
		}
	}
	checkServersClean(t, address)
}

// mixThroughPgBouncer makes calls of all kinds, as TestNothingIsLeftBehind
// does.
func mixThroughPgBouncer(t *testing.T, address string) {
	const calls, clients = 800, 16
	s := open(t, Config{URL: address, MaxConns: clients})
	var answered atomic.Int64
	concurrently(calls, clients, func(int) {
		if mixedCall(t, s, rand.IntN(100)) {
			answered.Add(1)
		}
	})
	if n := answered.Load(); n < calls/5 || n > calls*4/5 {
		t.Errorf("%d of %d calls were answered: the mix is not one", n, calls)
	}
	checkServersClean(t, address)
}

// TestPgBouncerVersion reads what PgBouncer says of itself.
func TestPgBouncerVersion(t *testing.T) {
	for text, want := range map[string]bool{
		"PgBouncer 1.18.0\nlibevent 2.1.12-stable": false, "PgBouncer 1.20.1": false, "PgBouncer 1.21.0": true,
		"PgBouncer 1.24.1\n": true, "PgBouncer 2.0": true, "pgbouncer version 1.12.0": false,
	} {
		p := pgBouncer{version: versionOf(text)}
		if got := p.carriesNames(); got != want {
			t.Errorf("%q, version %q: %t", strings.TrimSpace(text), p.version, got)
		}
	}
}
