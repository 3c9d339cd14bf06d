package store

import (
	"bytes"
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

	"github.com/rowgate/rowgate/migrations"
	"github.com/rowgate/rowgate/store/storetest"
)

const requestGrants = `
grant usage on schema rowgate to store_login;
grant select, insert, update, delete on rowgate.requests to store_login;`

// newRequestsDatabase has rowgate.requests too.
func newRequestsDatabase(t testing.TB) *storetest.Database {
	t.Helper()
	all := storetest.Migrations(migrations.Supabase(), migrations.Setup())
	return storetest.New(t, append(all, storetest.Migration{Name: "store", SQL: schema + requestGrants})...)
}

// newRequest is a request with an id that nobody else has.
func newRequest() RequestID {
	return RequestID{Method: "/x.Notes/Create", ID: fmt.Sprintf("%016x-%016x", rand.Uint64(), rand.Uint64()), Request: []byte("a request")}
}

// insertOnce inserts a note once, and answers with what the database says of it.
func insertOnce(ctx context.Context, s *Store, as Caller, id RequestID, note int, body string) (string, bool, error) {
	answer, repeated, err := s.Once(ctx, as, BatchOptions{}, id, func(b *Batch) ([]byte, error) {
		var got []string
		queue(b, insertNote(note, body), nil)
		queue(b, write(textCall("select body || ' ' || xmin::text from notes where id = $1::int", 1, fmt.Sprint(note))), &got)
		if err := b.Flush(); err != nil {
			return nil, fmt.Errorf("the handler's own word: %w", err)
		}
		return []byte(got[0]), nil
	})
	return string(answer), repeated, err
}

func TestOnce(t *testing.T) {
	for _, unnamed := range []bool{false, true} {
		t.Run(fmt.Sprintf("unnamed=%t", unnamed), func(t *testing.T) {
			db := newRequestsDatabase(t)
			s := open(t, Config{URL: db.URL("store_login", "store"), MaxConns: 2, Unnamed: unnamed})
			ctx, super := t.Context(), db.Superuser(t)
			id := newRequest()
			first, repeated, err := insertOnce(ctx, s, user("ann"), id, 30, "x")
			if err != nil || repeated || !strings.HasPrefix(first, "x ") {
				t.Fatalf("%q %t %v", first, repeated, err)
			}
			for range 3 {
				again, repeated, err := insertOnce(ctx, s, user("ann"), id, 30, "x")
				if err != nil || !repeated || again != first {
					t.Errorf("a repeat: %q %t %v, want %q", again, repeated, err, first)
				}
			}
			other := id
			other.Request = []byte("another request")
			if answer, repeated, err := insertOnce(ctx, s, user("ann"), other, 31, "y"); !errors.Is(err, ErrRequestReused) || repeated || answer != "" {
				t.Errorf("the id with another request: %q %t %v", answer, repeated, err)
			}
			// Another's id, and another method's, are others.
			if _, repeated, err := insertOnce(ctx, s, user("bob"), id, 32, "bob's"); err != nil || repeated {
				t.Errorf("bob's: %t %v", repeated, err)
			}
			other = id
			other.Method = "/x.Notes/Other"
			if _, repeated, err := insertOnce(ctx, s, user("ann"), other, 33, "z"); err != nil || repeated {
				t.Errorf("another method's: %t %v", repeated, err)
			}
			// What fails is not kept, and may be tried again.
			id = newRequest()
			if _, _, err := insertOnce(ctx, s, user("ann"), id, 30, "again"); code(err) != pgerrcode.UniqueViolation {
				t.Errorf("a key that is there: %v, want 23505", err)
			}
			if _, _, err := insertOnce(ctx, s, user("ann"), id, 34, "note 4"); code(err) != pgerrcode.UniqueViolation {
				t.Errorf("a deferred constraint: %v, want 23505", err)
			}
			if _, repeated, err := insertOnce(ctx, s, user("ann"), id, 34, "w"); err != nil || repeated {
				t.Errorf("after a failure: %t %v", repeated, err)
			}
			// Rollback keeps nothing.
			id = newRequest()
			for range 2 {
				_, repeated, err := s.Once(ctx, user("ann"), BatchOptions{Rollback: true}, id, func(b *Batch) ([]byte, error) {
					queue(b, insertNote(35, "v"), nil)
					return nil, nil
				})
				if err != nil || repeated {
					t.Errorf("Rollback: %t %v", repeated, err)
				}
			}
			if got := len(notes(t, s, user("ann"))); got != 3 {
				t.Errorf("%d notes, want 3", got)
			}
			// An answer may be empty.
			id = newRequest()
			for i := range 2 {
				answer, repeated, err := s.Once(ctx, user("ann"), BatchOptions{}, id, func(*Batch) ([]byte, error) { return nil, nil })
				if err != nil || repeated != (i == 1) || len(answer) != 0 {
					t.Errorf("an empty answer: %q %t %v", answer, repeated, err)
				}
			}
			if _, _, err := s.Once(ctx, user("ann"), BatchOptions{}, RequestID{Method: "x"}, nil); !errors.Is(err, errNoRequestID) {
				t.Errorf("no id: %v", err)
			}
			if _, _, err := s.Once(ctx, Caller{}, BatchOptions{}, id, nil); !errors.Is(err, ErrNoCaller) {
				t.Errorf("no caller: %v", err)
			}
			// The table tells nothing, and a changed answer is not believed.
			var table string
			if err := super.QueryRow(ctx, "select string_agg(r::text, E'\\n') from rowgate.requests r").Scan(&table); err != nil {
				t.Fatal(err)
			}
			for _, secret := range []string{first, id.ID, "a request", "store_user"} {
				if strings.Contains(table, fmt.Sprintf("%x", secret)) || strings.Contains(table, secret) {
					t.Errorf("the table tells %q", secret)
				}
			}
			if _, err := super.Exec(ctx, "update rowgate.requests set answer = set_byte(answer, 20, 1 + get_byte(answer, 20) % 255)"); err != nil {
				t.Fatal(err)
			}
			if _, _, err := s.Once(ctx, user("ann"), BatchOptions{}, id, func(*Batch) ([]byte, error) { return nil, nil }); err == nil {
				t.Error("a changed answer is believed")
			}
			checkClean(t, s)
		})
	}
}

func TestOnceRoundTrips(t *testing.T) {
	rec, url := newRecorder(t, newRequestsDatabase(t).URL("store_login", "store"))
	s := open(t, Config{URL: url, MaxConns: 2})
	s.swept.Store(time.Now().UnixNano())
	once := func(flush bool) {
		_, _, err := s.Once(t.Context(), user("ann"), BatchOptions{}, newRequest(), func(b *Batch) ([]byte, error) {
			queue(b, textCall("select 'x'", 1), nil)
			if flush {
				return nil, b.Flush()
			}
			return nil, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for flushes, flush := range []bool{false, true} {
		if e := rec.during(func() { once(flush) }); e.turns() != 1+flushes {
			t.Errorf("%d flushes: %d turns of %s", flushes, e.turns(), e.sent())
		}
	}
}

func TestOnceExpires(t *testing.T) {
	db := newRequestsDatabase(t)
	s := open(t, Config{URL: db.URL("store_login", "store"), RequestTTL: 300 * time.Millisecond})
	ctx, super := t.Context(), db.Superuser(t)
	id := newRequest()
	if _, _, err := insertOnce(ctx, s, user("ann"), id, 30, "x"); err != nil {
		t.Fatal(err)
	}
	if _, repeated, err := insertOnce(ctx, s, user("ann"), id, 30, "x"); err != nil || !repeated {
		t.Errorf("before its time: %t %v", repeated, err)
	}
	time.Sleep(400 * time.Millisecond)
	if _, repeated, err := insertOnce(ctx, s, user("ann"), id, 31, "y"); err != nil || repeated {
		t.Errorf("after its time: %t %v", repeated, err)
	}
	// The next call removes what has expired, by its own time.
	_, err := super.Exec(ctx, `insert into rowgate.requests select pg_catalog.sha256(n::text::bytea), '', '', now() - interval '1s'
		from generate_series(1, 2500) n`)
	if err != nil {
		t.Fatal(err)
	}
	s.swept.Store(0)
	if _, _, err := insertOnce(ctx, s, user("ann"), newRequest(), 32, "z"); err != nil {
		t.Fatal(err)
	}
	left := 0
	for range 100 {
		if err := super.QueryRow(ctx, "select count(*) from rowgate.requests where digest = ''").Scan(&left); err != nil {
			t.Fatal(err)
		}
		if left == 0 {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	if left > 0 {
		t.Errorf("%d expired rows are left", left)
	}
	if _, err := Open(ctx, Config{URL: db.URL("store_login", "store"), RequestTTL: -1}); err == nil {
		t.Error("a negative RequestTTL is taken")
	}
}

func TestOnceWithoutTheTable(t *testing.T) {
	do := func(s *Store) error {
		_, _, err := insertOnce(t.Context(), s, user("ann"), newRequest(), 30, "x")
		return err
	}
	s := open(t, Config{URL: newDatabase(t), MaxConns: 1})
	if err := do(s); !errors.Is(err, ErrNoRequestTable) {
		t.Errorf("no schema: %v", err)
	}
	db := newRequestsDatabase(t)
	s = open(t, Config{URL: db.URL("store_login", "store"), MaxConns: 1})
	for _, sql := range []string{"revoke update on rowgate.requests from store_login", "revoke all on rowgate.requests from store_login", "drop table rowgate.requests"} {
		if _, err := db.Superuser(t).Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
		if err := do(s); !errors.Is(err, ErrNoRequestTable) {
			t.Errorf("after %s: %v", sql, err)
		}
	}
	if got := notes(t, s, user("ann")); got != nil {
		t.Errorf("it has left %q", got)
	}
}

// Deferred triggers are the caller's, not the login's.
func TestOnceDeferredTriggers(t *testing.T) {
	const trigger = `
create table fired (who text);
create function note_fired() returns trigger language plpgsql security invoker as $f$
begin
  insert into fired values (current_user);
  return null;
end $f$;
create constraint trigger fires after insert on notes deferrable initially deferred for each row execute function note_fired();
grant insert on fired to store_user;`
	db := newRequestsDatabase(t)
	super := db.Superuser(t)
	if _, err := super.Exec(t.Context(), trigger, pgx.QueryExecModeSimpleProtocol); err != nil {
		t.Fatal(err)
	}
	s := open(t, Config{URL: db.URL("store_login", "store")})
	if _, _, err := insertOnce(t.Context(), s, user("ann"), newRequest(), 30, "x"); err != nil {
		t.Fatal(err)
	}
	var who string
	if err := super.QueryRow(t.Context(), "select string_agg(who, ' ') from fired").Scan(&who); err != nil || who != "store_user" {
		t.Errorf("it fired as %q, %v", who, err)
	}
}

// Many send the same request at once; one of them makes it.
func TestOnceConcurrently(t *testing.T) {
	for _, isolation := range []string{"read committed", "serializable"} {
		t.Run(isolation, func(t *testing.T) {
			db := newRequestsDatabase(t)
			super := db.Superuser(t)
			if _, err := super.Exec(t.Context(), "alter database "+db.Name+" set default_transaction_isolation = '"+isolation+"'"); err != nil {
				t.Fatal(err)
			}
			s := open(t, Config{URL: db.URL("store_login", "store"), MaxConns: 8})
			for round := range 20 {
				id := newRequest()
				var all sync.WaitGroup
				var made atomic.Int64
				answers := make([]string, 8)
				for i := range answers {
					all.Go(func() {
						answer, repeated, err := insertOnce(t.Context(), s, user("ann"), id, 100+round, fmt.Sprint("body ", round))
						if err != nil {
							t.Error(err)
						}
						if !repeated {
							made.Add(1)
						}
						answers[i] = answer
					})
				}
				all.Wait()
				if slices.Sort(answers); made.Load() != 1 || answers[0] != answers[7] {
					t.Errorf("made %d times: %q", made.Load(), answers)
				}
			}
		})
	}
}

// TestOnceThroughLostConnections loses the connection at the COMMIT, before it
// and after it, and the backend at any moment, a hundred times each. Asked
// again, the request is made or was made, once.
func TestOnceThroughLostConnections(t *testing.T) {
	const times = 100
	db := newRequestsDatabase(t)
	rec, url := newRecorder(t, db.URL("store_login", "store"))
	s := open(t, Config{URL: url, MaxConns: 2})
	super := db.Superuser(t)
	note := 1000
	for _, tc := range []struct {
		name string
		cut  cut
		made bool // whether the lost call was made
	}{{"before the commit", cutBefore, false}, {"after the commit", cutAfter, true}, {"at any moment", cutNever, false}} {
		repeats := 0
		for range times {
			note++
			id, body := newRequest(), fmt.Sprint("body ", note)
			armed := tc.cut != cutNever
			rec.mu.Lock()
			rec.cut = func(sent []message) cut {
				commits := slices.ContainsFunc(sent, func(m message) bool { return m.kind == 'P' && bytes.Contains(m.body, []byte("*/ commit\x00")) })
				if !armed || !commits {
					return cutNever
				}
				armed = false
				return tc.cut
			}
			rec.mu.Unlock()
			var killer sync.WaitGroup
			if tc.cut == cutNever {
				killer.Go(func() {
					time.Sleep(time.Duration(rand.IntN(4000)) * time.Microsecond)
					_, err := super.Exec(t.Context(), "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'store_login' and datname = current_database()")
					if err != nil {
						t.Error(err)
					}
				})
			}
			_, _, err := insertOnce(t.Context(), s, user("ann"), id, note, body)
			killer.Wait()
			if err == nil && tc.cut != cutNever {
				t.Fatalf("%s: the connection was not lost", tc.name)
			}
			var answer string
			repeated := false
			for range 5 { // The kill may have met more than one connection.
				if answer, repeated, err = insertOnce(t.Context(), s, user("ann"), id, note, body); err == nil {
					break
				}
			}
			if err != nil || !strings.HasPrefix(answer, body+" ") || tc.cut != cutNever && repeated != tc.made {
				t.Fatalf("%s: asked again: %q %t %v", tc.name, answer, repeated, err)
			}
			if repeated {
				repeats++
			}
			// The answer is of the transaction that has written the row.
			got, err := rows(t, s, user("ann"), textCall("select body || ' ' || xmin::text from notes where id = $1::int", 1, fmt.Sprint(note)))
			if err != nil || !slices.Equal(got, []string{answer}) {
				t.Fatalf("%s: the row is %q, the answer %q, %v", tc.name, got, answer, err)
			}
		}
		t.Logf("%s: %d of %d had been made", tc.name, repeats, times)
	}
}
