package service_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
)

// TestQueryWrites holds that what a query writes stays, under the caller's
// policies, whether the answer can tell of it or not.
func TestQueryWrites(t *testing.T) {
	w := newQueriesWorld(t)
	alice, bob, anon := persons(t)[1], persons(t)[2], persons(t)[0]
	call := func(p person, method, request string) (string, error) {
		t.Helper()
		got, err := w.call(as(t, p.token), p.name, method, w.request(t, method, request, ""))
		if err != nil {
			return "", err
		}
		return jsonOf(t, got.Interface()), nil
	}
	want := func(p person, method, request, response string) {
		t.Helper()
		got, err := call(p, method, request)
		if err != nil || cmp.Diff(jsonValue(t, response), jsonValue(t, got)) != "" {
			t.Errorf("%s as %s: %s, %v; want %s", method, p.name, got, err, response)
		}
	}
	refused := func(p person, method, request string, why answer) {
		t.Helper()
		_, err := call(p, method, request)
		if diff := cmp.Diff(why.String(), answerOf(t, err).String()); diff != "" {
			t.Errorf("%s as %s (-want +got):\n%s", method, p.name, diff)
		}
	}
	notes := func(lines string) {
		t.Helper()
		got := w.db.Psql(t, "select (select u.email from auth.users u where u.id = owner), note, cost, count(*) from q.notes group by 1, 2, 3 order by 1, 2")
		if diff := cmp.Diff(lines, got); diff != "" {
			t.Errorf("notes (-want +got):\n%s", diff)
		}
	}

	want(alice, "AddNote", `{"note":"'); drop table q.notes; --","cost":"1.50"}`, `{"id":1,"note":"'); drop table q.notes; --"}`)
	want(bob, "AddPricedNote", `{"note":"b","cost":"2.00"}`, `{"note":"b","cost":"2.00"}`)
	want(bob, "AddPricedNote", `{"note":""}`, `{}`)
	want(alice, "AddQuietly", `{"value":"q"}`, `{}`)
	want(alice, "AddAndForget", `{"value":"f"}`, `{}`)
	want(bob, "AddMany", `{"a":"x","c":["m","x","n"]}`, `{"notes":[{"id":7,"note":"n"},{"id":6,"note":"m"}]}`)
	want(alice, "AddByFunction", `{"value":"g"}`, `{"n":8}`)
	notes("alice@example.com|'); drop table q.notes; --|$1.50|1\nalice@example.com|f||1\nalice@example.com|g||1\nalice@example.com|q||1\n" +
		"bob@example.com|||1\nbob@example.com|b|$2.00|1\nbob@example.com|m||1\nbob@example.com|n||1\n")

	// Neither reaches the other's.
	want(alice, "Rename", `{"a":"!","b":"new","c":["b","q","' or true"]}`, `{"notes":[{"id":4,"note":"new!"}]}`)
	refused(alice, "Remove", `{"value":"b"}`, answer{code: codes.NotFound, reason: "NOT_FOUND", text: "the query gives no row for this caller"})
	want(bob, "Remove", `{"value":"b"}`, `{"id":2,"note":"b"}`)
	want(anon, "Table", `{}`, `{}`)
	want(bob, "Table", `{}`, `{"notes":[{"id":3},{"id":6,"note":"m"},{"id":7,"note":"n"}]}`)

	want(bob, "Merge", `{"value":"n"}`, `{}`)
	want(bob, "Merge", `{"value":"n"}`, `{}`)
	want(alice, "AddWith", `{"note":"w","cost":"3.00"}`, `{"note":"w","cost":"3.00"}`)
	want(bob, "Table", `{}`, `{"notes":[{"id":3},{"id":6,"note":"m"},{"id":7,"note":"n+"},{"id":9,"note":"n"}]}`)

	// What is written is written, whether the answer can tell or not.
	refused(alice, "AddTwo", `{}`, answer{
		code: codes.FailedPrecondition, reason: "FAILED_PRECONDITION",
		text: "the query gives several rows, and the response has place for one; the statement has run, and what it changed is kept",
	})
	refused(bob, "AddUpto", `{"n":1001}`, answer{
		code: codes.FailedPrecondition, reason: "FAILED_PRECONDITION",
		text: "the query gives more than 1000 rows, which is the most that one call answers: let it take parameters that ask for less, " +
			"such as a LIMIT; the statement has run, and what it changed is kept",
	})
	if got := w.db.Psql(t, "select count(*) filter (where note in ('a', 'b')), count(*) filter (where note like 'n_%') from q.notes where id > 10"); got != "2|1001\n" {
		t.Errorf("written: %s", got)
	}
}

// TestQuerySchemaChange holds that a query whose columns have changed under the
// server says so, and does not answer with values of another type.
func TestQuerySchemaChange(t *testing.T) {
	w := newQueriesWorld(t)
	alice := persons(t)[1]
	call := func(method, request string) error {
		_, err := w.call(as(t, alice.token), "alice", method, w.request(t, method, request, ""))
		return err
	}
	changed := answer{
		code: codes.Internal, reason: "SCHEMA_CHANGED",
		text: "the database's schema is not the one that the server was started with; run rowgate check, then restart the server",
	}
	for _, step := range []struct {
		name, sql, method, request string
	}{
		{"a new column", "alter table q.values add more text", "ListValues", `{}`},
		{"retyped", "alter table q.things alter label type integer using id", "PlainValue", `{"n":1}`},
		{"gone", "drop table q.notes cascade", "Table", `{}`},
	} {
		t.Run(step.name, func(t *testing.T) {
			if err := call(step.method, step.request); err != nil {
				t.Fatal(err)
			}
			w.db.Psql(t, step.sql)
			for range 2 {
				got := answerOf(t, call(step.method, step.request))
				want := changed
				want.sqlstate = got.sqlstate
				if diff := cmp.Diff(want.String(), got.String()); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			}
		})
	}
}

// TestDescribeStatementAsLogin holds that a query is described as the callers
// see it: the login may not use their schemas.
func TestDescribeStatementAsLogin(t *testing.T) {
	w := newQueriesWorld(t)
	const sql = "select label from q.things where id = $1"
	if _, err := w.store.DescribeStatement(t.Context(), []string{"authenticated"}, sql, nil); err != nil {
		t.Error(err)
	}
	_, err := w.store.DescribeStatement(t.Context(), []string{"service_role"}, sql, nil)
	if want := "store: the statement cannot be prepared as service_role: permission denied to set role \"service_role\""; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}
