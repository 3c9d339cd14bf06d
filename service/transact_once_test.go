package service_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"
)

// onceMethods are requests of each method that takes an id, without their end.
// Each leaves a parent of the name n, or of another one by the second request.
var onceMethods = []struct{ method, request, other string }{
	{"CreateParent", `{"parent":{"name":"n","meta":{"a":1,"b":{"c":[1,2],"d":null},"e":"x","f":true}}`, `{"parent":{"name":"o"}`},
	{"BatchCreateParents", `{"requests":[{"parent":{"name":"n","meta":{"a":1,"b":2,"c":3}}},{"parent":{"name":"m"}}]`, `{"requests":[{"parent":{"name":"o"}}]`},
	{"BatchUpdateParents", `{"requests":[{"parent":{"id":"` + noteA + `","name":"n","meta":{"a":1,"b":2}}}]`, `{"requests":[{"parent":{"id":"` + noteA + `","name":"o"}}]`},
	{"UpdateManyParents", `{"filter":"name = \"old\"","parent":{"name":"n","meta":{"a":1,"b":2}},"readMask":"name,meta"`, `{"filter":"name = \"old\"","parent":{"name":"o"}`},
	{"DeleteManyParents", `{"filter":"name = \"old\"","readMask":"name,id"`, `{"filter":"name = \"older\""`},
	{
		"Transact", `{"writes":[{"createParent":{"parent":{"name":"n","meta":{"a":1,"b":2,"c":3}}}},{"createKid":{"kid":{"name":"k"}},"uses":[{"field":"kid.parent_id","from":"id"}]}]`,
		`{"writes":[{"createParent":{"parent":{"name":"o"}}}]`,
	},
}

// withID ends a request with an id.
func withID(request, id string) string { return request + `,"requestId":"` + id + `"}` }

// TestRequestOnce holds that each method that takes a request's id does what it
// is asked once, and answers it each time by the same bytes.
func TestRequestOnce(t *testing.T) {
	w := newTransactsWorld(t, worldOptions{})
	id := uuid.NewString() // of every method and caller
	reused := "request_id: was used for another request: make a new one for each, and repeat a request as it was"
	for _, m := range onceMethods {
		t.Run(m.method, func(t *testing.T) {
			w.empty(t)
			w.run(t, transactRows)
			before := w.rows(t)
			request := withID(m.request, id)
			first, err := w.bytes(t, w.alice, m.method, request)
			if err != nil {
				t.Fatal(err)
			}
			done := w.rows(t)
			if done == before || len(first) == 0 {
				t.Fatalf("it has written nothing, or answered nothing")
			}
			for range 5 {
				again, err := w.bytes(t, w.alice, m.method, request)
				if err != nil || again != first {
					t.Errorf("again: %x, %v; want %x", again, err, first)
				}
			}
			_, err = w.send(t, w.alice, m.method, withID(m.other, id))
			refuses(t, "another request", err, refusal{code: codes.InvalidArgument, says: reused})
			if got := w.rows(t); got != done {
				t.Errorf("repeats have written: %s", got)
			}
			// Bob's request of the same id is another.
			w.run(t, "delete from tx.parents")
			bobs, err := w.bytes(t, w.bob, m.method, request)
			if m.method == "BatchUpdateParents" {
				if a := answerOf(t, err); a.code != codes.NotFound {
					t.Errorf("bob's: %v", err)
				}
			} else if err != nil || bobs == first {
				t.Errorf("bob's: %x, %v", bobs, err)
			}
			// What fails does not use up its id.
			w.empty(t)
			w.run(t, transactRows+"; alter table tx.parents disable trigger odd; alter table tx.parents add constraint shut check (name = 'bobs') not valid; revoke delete on tx.parents from authenticated")
			fresh := withID(m.request, uuid.NewString())
			if _, err := w.bytes(t, w.alice, m.method, fresh); err == nil {
				t.Fatal("the constraint does not hold")
			}
			w.run(t, "alter table tx.parents drop constraint shut; grant delete on tx.parents to authenticated")
			if _, err := w.bytes(t, w.alice, m.method, fresh); err != nil {
				t.Errorf("after a failure: %v", err)
			}
		})
	}
}

// TestRequestOnceAtOnce sends each request 16 times at once.
func TestRequestOnceAtOnce(t *testing.T) {
	w := newTransactsWorld(t, worldOptions{})
	for _, m := range onceMethods {
		for round := range 5 {
			w.empty(t)
			w.run(t, transactRows)
			request := withID(m.request, uuid.NewString())
			answers := make([]string, 16)
			var all sync.WaitGroup
			for i := range answers {
				all.Go(func() {
					var err error
					if answers[i], err = w.bytes(t, w.alice, m.method, request); err != nil {
						t.Errorf("%s: %v", m.method, err)
					}
				})
			}
			all.Wait()
			for _, answer := range answers {
				if answer != answers[0] || answer == "" {
					t.Fatalf("%s, round %d: the answers are %x", m.method, round, answers)
				}
			}
			if n := strings.Count(w.rows(t), "n "); m.method != "DeleteManyParents" && n != 1 {
				t.Errorf("%s has written %d times: %s", m.method, n, w.rows(t))
			}
		}
	}
}

// TestRequestOnceExpires holds that an id is a new one after its time, and that
// nothing is done without a place for answers.
func TestRequestOnceExpires(t *testing.T) {
	w := newTransactsWorld(t, worldOptions{})
	for i, m := range onceMethods[:2] {
		request := withID(strings.ReplaceAll(m.request, `"n"`, fmt.Sprintf(`"n%d"`, i)), uuid.NewString())
		if _, err := w.bytes(t, w.alice, m.method, request); err != nil {
			t.Fatal(err)
		}
		w.run(t, "update rowgate.requests set expires_at = now() - interval '1 second'")
		_, err := w.bytes(t, w.alice, m.method, request)
		if a := answerOf(t, err); a.code != codes.AlreadyExists {
			t.Errorf("%s after its time: %v", m.method, err)
		}
	}
	w.run(t, "drop table rowgate.requests")
	for _, m := range onceMethods {
		w.empty(t)
		w.run(t, transactRows)
		before := w.rows(t)
		_, err := w.send(t, w.alice, m.method, withID(m.request, uuid.NewString()))
		refuses(t, m.method, err, refusal{code: codes.FailedPrecondition, says: "request_id: cannot be given until the database has a place for answers: run `rowgate setup`"})
		_, err = w.send(t, w.alice, m.method, withID(m.request, "x"))
		refuses(t, m.method, err, refusal{code: codes.InvalidArgument, says: "request_id: is no UUID, such as 123e4567-e89b-12d3-a456-426614174000: make a new one for each request"})
		if got := w.rows(t); got != before {
			t.Errorf("%s has written: %s", m.method, got)
		}
	}
}
