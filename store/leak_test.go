package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgx/v5"

	"github.com/rowgate/rowgate/store/query"
)

// TestNothingIsLeftBehind makes ten thousand calls of a hundred users over
// eight connections, many of which fail, are cancelled or run out of time half
// way. Every call that answers must answer as its own caller, and afterwards
// no connection may carry anything of any of them.
func TestNothingIsLeftBehind(t *testing.T) {
	const calls, users, connections, workers = 10_000, 100, 8, 32
	for _, unnamed := range []bool{false, true} {
		t.Run(fmt.Sprintf("unnamed=%t", unnamed), func(t *testing.T) {
			total := calls
			if unnamed {
				total /= 10
			}
			s := open(t, Config{URL: newDatabase(t), MaxConns: connections, Unnamed: unnamed})
			var started, answered, failed atomic.Int64
			var all sync.WaitGroup
			for range workers {
				all.Go(func() {
					for started.Add(1) <= int64(total) {
						if mixedCall(t, s, rand.IntN(users)) {
							answered.Add(1)
						} else {
							failed.Add(1)
						}
					}
				})
			}
			all.Wait()
			t.Logf("%d calls answered, %d failed as they should", answered.Load(), failed.Load())
			if answered.Load() < int64(total)/4 || failed.Load() < int64(total)/4 {
				t.Error("the mix is not one")
			}
			checkClean(t, s)
		})
	}
}

const whoami = "select current_user::text, current_setting('request.jwt.claims'), current_setting('request.jwt.claim.sub'), " +
	"current_setting('statement_timeout'), current_setting('transaction_read_only')"

// mixedCall makes one call of some kind and says whether it was answered.
func mixedCall(t *testing.T, s *Store, n int) bool {
	as := user(fmt.Sprint("user", n))
	timeout := "7s"
	if n%3 == 0 {
		as, timeout = Caller{Role: "store_anon", Claims: fmt.Sprintf(`{"role":"store_anon","n":%d}`, n)}, "0"
	}
	ctx := context.Background()
	switch kind := rand.IntN(12); kind {
	case 0, 1: // a call that is answered
		return askWho(t, s, ctx, as, timeout, kind == 0)
	case 2: // one that fails while it runs
		_, err := s.Run(ctx, as, textCall("select (1 / (length(current_user) - length(current_user)))::text", 1), nil)
		return isNil(t, err, "division by zero")
	case 3: // one that fails when it is parsed
		_, err := s.Run(ctx, as, textCall("select nothing::text", 1), nil)
		return isNil(t, err, "an unknown column")
	case 4: // one that is cancelled at some moment
		cancelled, cancel := context.WithCancel(ctx)
		defer cancel()
		time.AfterFunc(time.Duration(rand.IntN(3000))*time.Microsecond, cancel)
		_, err := s.Run(cancelled, as, textCall("select pg_sleep(0.002)::text", 1), nil)
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("a cancelled call: %v", err)
		}
		return err == nil
	case 5: // one that runs out of time
		short, cancel := context.WithTimeout(ctx, time.Duration(1+rand.IntN(4))*time.Millisecond)
		defer cancel()
		_, err := s.Run(short, as, textCall("select pg_sleep(0.003)::text", 1), nil)
		return err == nil
	case 6: // a batch, which is answered, or fails half way, or is cancelled
		return mixedBatch(t, as, timeout, s)
	case 7: // a stream, which ends, or is ended
		return mixedStream(t, as, timeout, s)
	case 8, 9: // more calls that are answered
		return askWho(t, s, ctx, as, timeout, kind == 8)
	case 10: // a transaction by hand that rolls back
		err := s.Tx(ctx, as, TxOptions{}, func(tx pgx.Tx) error {
			var role string
			if err := tx.QueryRow(ctx, "select current_user::text").Scan(&role); err != nil || role != as.Role {
				t.Errorf("a transaction of %s runs as %q: %v", as.Role, role, err)
			}
			return errRollback
		})
		if !errors.Is(err, errRollback) {
			t.Errorf("a transaction: %v", err)
		}
		return false
	default: // a call that changes its settings itself, within its transaction
		_, err := s.Run(ctx, as, write(textCall("select set_config('statement_timeout', '1h', true), "+
			"set_config('request.jwt.claims', 'left', true)", 2)), nil)
		return err == nil
	}
}

// mixedBatch makes a batch of several flushes that ends in some way, and says
// whether it was answered.
func mixedBatch(t *testing.T, as Caller, timeout string, s *Store) bool {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	end := rand.IntN(6)
	if end == 0 {
		time.AfterFunc(time.Duration(rand.IntN(3000))*time.Microsecond, cancel)
	}
	readOnly := end%2 == 0
	mode := map[bool]string{true: "on", false: "off"}[readOnly]
	want := strings.Join([]string{as.Role, as.Claims, as.Subject, timeout, mode}, "|")
	err := s.Batch(ctx, as, BatchOptions{ReadOnly: readOnly, Rollback: end == 3}, func(b *Batch) error {
		for i := range 1 + rand.IntN(4) {
			var got []string
			queue(b, textCall(whoami, 5), &got)
			if end == 1 && i == 1 {
				queue(b, textCall("select nothing::text", 1), nil)
			}
			if end == 0 {
				queue(b, textCall("select pg_sleep(0.001)::text", 1), nil)
			}
			if rand.IntN(2) == 0 {
				continue
			}
			if err := b.Flush(); err != nil {
				return err
			}
			if len(got) != 1 || got[0] != want {
				t.Errorf("a batch of %s was answered as %q", want, got)
			}
			if end == 2 {
				return errRollback
			}
		}
		return nil
	})
	if err != nil && !errors.Is(err, errRollback) && !errors.Is(err, context.Canceled) && code(err) != pgerrcode.UndefinedColumn {
		t.Errorf("a batch: %v", err)
	}
	return err == nil
}

// mixedStream does the same with a stream.
func mixedStream(t *testing.T, as Caller, timeout string, s *Store) bool {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	end, n := rand.IntN(4), 0
	want := strings.Join([]string{as.Role, as.Claims, as.Subject, timeout, "on"}, "|")
	_, err := s.Stream(ctx, as, textCall(whoami+" from generate_series(1, 300)", 5), 50, func(row [][]byte) error {
		var got []string
		for _, v := range row {
			got = append(got, string(v))
		}
		if strings.Join(got, "|") != want {
			t.Errorf("a stream of %s was answered as %q", want, got)
		}
		if n++; n == 40 && end == 0 {
			return errRollback
		}
		if n == 40 && end == 1 {
			cancel()
		}
		return nil
	})
	if err != nil && !errors.Is(err, errRollback) && !errors.Is(err, context.Canceled) || err == nil && n != 300 {
		t.Errorf("a stream: %d rows, %v", n, err)
	}
	return err == nil
}

var errRollback = errors.New("roll back")

func isNil(t *testing.T, err error, what string) bool {
	if err == nil || code(err) == "" {
		t.Errorf("%s: error %v", what, err)
	}
	return err == nil
}

func askWho(t *testing.T, s *Store, ctx context.Context, as Caller, timeout string, readOnly bool) bool {
	call := textCall(whoami, 5)
	call.Statement = query.NewStatement(whoami, nil, call.Statement.Results, readOnly)
	var got []string
	_, err := s.Run(ctx, as, call, func(row [][]byte) error {
		for _, v := range row {
			got = append(got, string(v))
		}
		return nil
	})
	mode := map[bool]string{true: "on", false: "off"}[readOnly]
	if want := []string{as.Role, as.Claims, as.Subject, timeout, mode}; err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("a call of %v was answered as %v (%v)", want, got, err)
	}
	return err == nil
}

// checkClean looks at every connection of the pool.
func checkClean(t *testing.T, s *Store) {
	t.Helper()
	conns := s.pool.AcquireAllIdle(t.Context())
	if len(conns) == 0 {
		t.Error("the pool has no connection to look at")
	}
	for _, c := range conns {
		var user, claims, sub, timeout, readOnly, state string
		err := c.QueryRow(t.Context(), `select current_user::text,
			coalesce(current_setting('request.jwt.claims', true), ''), coalesce(current_setting('request.jwt.claim.sub', true), ''),
			current_setting('statement_timeout'), current_setting('transaction_read_only'),
			(select state from pg_stat_activity where pid = pg_backend_pid())`).
			Scan(&user, &claims, &sub, &timeout, &readOnly, &state)
		if err != nil || user != "store_login" || claims != "" || sub != "" || timeout != "0" || readOnly != "off" {
			t.Errorf("a connection is left as %s, claims %q, sub %q, timeout %s, read only %s: %v",
				user, claims, sub, timeout, readOnly, err)
		}
		c.Release()
	}
}
