package store

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgerrcode"

	"github.com/rowgate/rowgate/store/storetest"
)

// series is a call whose rows are the numbers from 1 to n, each with a text. In
// FROM, generate_series would make them all before the first.
func series(n, size int) *Call {
	return textCall("select n::text, repeat('x', $2::int) from (select generate_series(1, $1::int) n) s", 2, strconv.Itoa(n), strconv.Itoa(size))
}

// inOrder is a function for the rows of a series.
func inOrder(seen *int, size int) func([][]byte) error {
	return func(row [][]byte) error {
		*seen++
		if string(row[0]) != strconv.Itoa(*seen) || len(row[1]) != size {
			return fmt.Errorf("row %d is %s with %d bytes", *seen, row[0], len(row[1]))
		}
		return nil
	}
}

func TestStream(t *testing.T) {
	for _, unnamed := range []bool{false, true} {
		t.Run(fmt.Sprintf("unnamed=%t", unnamed), func(t *testing.T) {
			s := open(t, Config{URL: newDatabase(t), MaxConns: 1, Unnamed: unnamed})
			for _, tc := range []struct {
				rows, size int
				fetch      uint32
			}{
				{0, 0, 0}, {1, 5, 0}, {31, 5, 0}, {32, 5, 0}, {33, 5, 0}, {100, 5, 1}, {1000, 0, 100}, {100_000, 3, 0}, {300, 100_000, 0}, {3, 6 << 20, 0},
			} {
				seen := 0
				res, err := s.Stream(t.Context(), user("ann"), series(tc.rows, tc.size), tc.fetch, inOrder(&seen, tc.size))
				if err != nil || seen != tc.rows || res.Rows != int64(tc.rows) {
					t.Errorf("%+v: %d rows, %+v, %v", tc, seen, res, err)
				}
			}
			var got []string
			null := textCall("select null::text, '', owner from notes where id < 5 order by id", 3)
			if _, err := s.Stream(t.Context(), user("ann"), null, 0, func(row [][]byte) error {
				got = append(got, fmt.Sprintf("%t %t %s", row[0] == nil, row[1] == nil, row[2]))
				return nil
			}); err != nil || !slices.Equal(got, []string{"true false ann", "true false ann"}) {
				t.Errorf("%q, %v", got, err)
			}
			// It may write, and fail when it commits.
			update := write(textCall("update notes set body = $1 where id = 2 returning body", 1, "streamed"))
			if _, err := s.Stream(t.Context(), user("ann"), update, 0, nil); err != nil {
				t.Error(err)
			}
			update = write(textCall("update notes set body = $1 where id = 2 returning body", 1, "note 4"))
			if _, err := s.Stream(t.Context(), user("ann"), update, 0, nil); code(err) != pgerrcode.UniqueViolation {
				t.Errorf("%v, want 23505", err)
			}
			for _, tc := range []struct {
				as   Caller
				call *Call
				code string
			}{
				{anon, textCall("select owner from notes", 1), pgerrcode.InsufficientPrivilege},
				{Caller{Role: "postgres"}, series(1, 1), pgerrcode.InsufficientPrivilege},
				{user("ann"), textCall("update notes set body = 'x' returning body", 1), pgerrcode.ReadOnlySQLTransaction},
				{user("ann"), textCall("select (1 / (5000 - n))::text from generate_series(1, 10000) n", 1), pgerrcode.DivisionByZero},
			} {
				if _, err := s.Stream(t.Context(), tc.as, tc.call, 0, nil); code(err) != tc.code {
					t.Errorf("%v, want %s", err, tc.code)
				}
			}
			body, err := rows(t, s, user("ann"), textCall("select body from notes where id = 2", 1))
			if err != nil || !slices.Equal(body, []string{"streamed"}) {
				t.Errorf("the row is %q, %v", body, err)
			}
			checkClean(t, s)
		})
	}
}

// A million rows take no more memory than a thousand.
func TestStreamKeepsMemoryFlat(t *testing.T) {
	s := open(t, Config{URL: newDatabase(t), MaxConns: 1})
	most := func(rows int) (peak uint64) {
		runtime.GC()
		seen := 0
		check := inOrder(&seen, 50)
		_, err := s.Stream(t.Context(), user("ann"), series(rows, 50), 0, func(row [][]byte) error {
			if seen%20_000 == 0 {
				var m runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&m)
				peak = max(peak, m.HeapAlloc)
			}
			return check(row)
		})
		if err != nil || seen != rows {
			t.Fatalf("%d rows, %v", seen, err)
		}
		return peak
	}
	few := most(1000)
	start := time.Now()
	many := most(1_000_000)
	t.Logf("a thousand rows: %d KiB, a million: %d KiB, in %s", few>>10, many>>10, time.Since(start))
	if many > few+4<<20 {
		t.Errorf("%d KiB for a million rows, %d for a thousand", many>>10, few>>10)
	}
	// Rows that grow all at once are not asked for by their number alone.
	largest := textCall("select repeat('x', case when n < 1000 then 1 else 100000 end) from generate_series(1, 5000) n", 1)
	var peak uint64
	n := 0
	_, err := s.Stream(t.Context(), user("ann"), largest, 0, func([][]byte) error {
		if n++; n%500 == 0 {
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapAlloc)
		}
		return nil
	})
	if err != nil || n != 5000 || peak > few+32<<20 {
		t.Errorf("%d rows of 100 kB take %d KiB, %v", n, peak>>10, err)
	}
}

// A statement that is not done must end with its stream, and at once.
func TestStreamEnds(t *testing.T) {
	db := storetest.New(t, storetest.Migration{Name: "store", SQL: schema})
	s := open(t, Config{URL: db.URL("store_login", "store"), MaxConns: 1})
	super := db.Superuser(t)
	stop := errors.New("stop")
	endless := series(1<<30, 10)
	// It gives a row now and then.
	slow := textCall("select pg_sleep(case when n > 40 then 20 else 0 end)::text from (select generate_series(1, 1000) n) s", 1)
	pid := ""
	for _, tc := range []struct {
		name string
		call *Call
		at   int // the row at which it ends
		want error
		end  func(cancel func()) error
	}{
		{"a row's error at the first", endless, 1, stop, func(func()) error { return stop }},
		{"a row's error later", endless, 50_000, stop, func(func()) error { return stop }},
		{"a row's error while the server works", slow, 20, stop, func(func()) error { return stop }},
		{"a cancel", endless, 50_000, context.Canceled, func(cancel func()) error { cancel(); return nil }},
		{"a cancel while the server works", slow, 20, context.Canceled, func(cancel func()) error { time.AfterFunc(50*time.Millisecond, cancel); return nil }},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		n, start := 0, time.Now()
		_, err := s.Stream(ctx, user("ann"), tc.call, 0, func([][]byte) error {
			if n++; n == tc.at {
				return tc.end(cancel)
			}
			return nil
		})
		cancel()
		if took := time.Since(start); !errors.Is(err, tc.want) || took > 3*time.Second {
			t.Errorf("%s: %v after %s and %d rows", tc.name, err, took, n)
		}
		if tc.want == stop && n != tc.at {
			t.Errorf("%s: row was called %d times", tc.name, n)
		}
		var busy int
		err = super.QueryRow(t.Context(), "select count(*) from pg_stat_activity where datname = current_database() "+
			"and usename = 'store_login' and xact_start is not null").Scan(&busy)
		if err != nil || busy != 0 {
			t.Errorf("%s: %d statements run on, %v", tc.name, busy, err)
		}
		got, err := rows(t, s, user("bob"), textCall("select pg_backend_pid()::text", 1))
		if err != nil || pid != "" && pid != got[0] {
			t.Errorf("%s: the connection was given up: %v", tc.name, err)
		}
		pid = got[0]
	}

	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_, _ = s.Stream(t.Context(), user("ann"), endless, 0, func([][]byte) error { panic("no") })
	}()
	if _, err := rows(t, s, user("bob"), textCall("select 'x'", 1)); err != nil {
		t.Errorf("after a panic: %v", err)
	}

	n := 0
	_, err := s.Stream(t.Context(), user("ann"), endless, 0, func([][]byte) error {
		if n++; n == 1000 {
			_, err := super.Exec(t.Context(), "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'store_login' and datname = current_database()")
			if err != nil {
				t.Error(err)
			}
		}
		return nil
	})
	if code(err) != pgerrcode.AdminShutdown || n < 1000 {
		t.Errorf("a lost connection: %v after %d rows", err, n)
	}
	if _, err := rows(t, s, user("bob"), textCall("select 'x'", 1)); err != nil {
		t.Errorf("after a lost connection: %v", err)
	}
}

// statement_timeout is for the server's work, and not for the reader's, nor for
// the whole.
func TestStreamOutlivesStatementTimeout(t *testing.T) {
	db := storetest.New(t, storetest.Migration{Name: "store", SQL: schema + `
do $$ begin
  if not exists (select from pg_roles where rolname = 'store_hasty') then
    create role store_hasty nologin noinherit;
    grant store_hasty to store_login;
    alter role store_hasty set statement_timeout = '300ms';
  end if;
end $$;`})
	s := open(t, Config{URL: db.URL("store_login", "store"), MaxConns: 1})
	hasty := Caller{Role: "store_hasty", Claims: "{}"}
	start := time.Now()
	// The server itself takes longer, a little for each row.
	n := 0
	_, err := s.Stream(t.Context(), hasty, textCall("select pg_sleep(0.002)::text from generate_series(1, 300)", 1), 5, func([][]byte) error { n++; return nil })
	if err != nil || n != 300 || time.Since(start) < 600*time.Millisecond {
		t.Errorf("a slow statement: %d rows in %s, %v", n, time.Since(start), err)
	}
	// The reader does, with more in the pipe than sockets hold.
	n = 0
	_, err = s.Stream(t.Context(), hasty, series(100, 200_000), 0, func([][]byte) error {
		if n++; n == 10 || n == 60 {
			time.Sleep(time.Second)
		}
		return nil
	})
	if err != nil || n != 100 {
		t.Errorf("a slow reader: %d rows, %v", n, err)
	}
	if _, err := s.Stream(t.Context(), hasty, textCall("select pg_sleep(2)::text", 1), 0, nil); code(err) != pgerrcode.QueryCanceled {
		t.Errorf("a piece that takes too long: %v, want 57014", err)
	}
}

func TestStreamRoundTrips(t *testing.T) {
	rec, url := newRecorder(t, newDatabase(t))
	s := open(t, Config{URL: url, MaxConns: 1})
	for range 2 {
		seen := 0
		e := rec.during(func() {
			if _, err := s.Stream(t.Context(), user("ann"), series(100, 1), 0, inOrder(&seen, 1)); err != nil {
				t.Error(err)
			}
		})
		// 32 rows, the rest, the commit.
		if e.turns() != 3 || !strings.HasSuffix(e.sent(), "BESESPBES") {
			t.Errorf("%d turns of %s", e.turns(), e.sent())
		}
	}
}
