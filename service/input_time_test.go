package service_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/rowgate/rowgate/store"
)

// TestTimeLimits makes calls that take longer than they may: by the role's
// statement_timeout, and by the call's own deadline.
func TestTimeLimits(t *testing.T) {
	w := newInputWorld(t)
	late := told(codes.DeadlineExceeded, "DEADLINE_EXCEEDED", "57014", "", "the call took longer than it may")
	calls := []struct{ method, request string }{
		{"GetNap", `{"id":1}`},
		{"CreateProbe", `{"probe":{"id":5,"code":"slow"}}`},
		{"UpdateProbe", `{"probe":{"id":1,"code":"slow"}}`},
	}
	each := func(what string, call func(t *testing.T, method string, req proto.Message) error, want func(error) string) {
		for _, c := range calls {
			t.Run(what+"/"+c.method, func(t *testing.T) {
				w.unwritten(t, func() {
					start := time.Now()
					err := call(t, c.method, w.request(t, c.method, c.request, ""))
					if wrong := want(err); wrong != "" {
						t.Error(wrong)
					}
					if took := time.Since(start); took > 2*time.Second {
						t.Errorf("it took %s", took)
					}
				})
				w.idle(t)
			})
		}
	}
	full := func(err error) string {
		if got := answerOf(t, err); got != late {
			return fmt.Sprintf("got  %s\nwant %s", got, late)
		}
		return ""
	}

	// The client's library answers for a deadline of its own.
	each("deadline", func(t *testing.T, method string, req proto.Message) error {
		ctx, cancel := context.WithTimeout(as(t, token(t, alice)), 100*time.Millisecond)
		defer cancel()
		_, err := w.call(ctx, "", method, req)
		return err
	}, func(err error) string {
		if status.Code(err) != codes.DeadlineExceeded {
			return fmt.Sprintf("got %v", err)
		}
		return ""
	})
	// What the server has to say of it is seen without one.
	each("deadline, in the server", func(t *testing.T, method string, req proto.Message) error {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		msg, err := proto.Marshal(req)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range w.srv.Methods() {
			if string(m.Descriptor.Name()) == method {
				_, err = m.Call(ctx, w.store, store.Caller{Role: "authenticated", Subject: alice, Claims: `{"sub":"` + alice + `"}`},
					store.Request{}, msg, nil)
			}
		}
		return err
	}, full)
	// The role's limit, set for this database alone.
	if _, err := w.super.Exec(t.Context(), "alter role authenticated in database "+w.db.Name+" set statement_timeout = '100ms'"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.store.Catalog(t.Context()); err != nil {
		t.Fatal(err)
	}
	each("statement_timeout", func(t *testing.T, method string, req proto.Message) error {
		_, err := w.call(as(t, token(t, alice)), "", method, req)
		return err
	}, full)
}

// idle waits until no connection of the server is at work.
func (w *inputWorld) idle(t testing.TB) {
	t.Helper()
	busy := 0
	for range 40 {
		err := w.super.QueryRow(t.Context(), `select count(*) from pg_stat_activity
			where datname = current_database() and usename = 'rowgate' and state <> 'idle'`).Scan(&busy)
		if err != nil {
			t.Fatal(err)
		}
		if busy == 0 {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Errorf("%d statements still run", busy)
}
