package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

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
	switch kind := rand.IntN(8); kind {
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
	case 6: // a transaction by hand that rolls back
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
