package service_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"

	"github.com/rowgate/rowgate/migrations"
)

const (
	another   = "the database has another function of this name, which takes what the request gives, too"
	tooMany   = ", which is the most that one call answers: let it take arguments that ask for less"
	kept      = "; the function has run, and what it changed is kept"
	readsOnly = " calls a function that is not VOLATILE, which means that it only reads, and it tried to write; " +
		"if it is meant to write, declare it VOLATILE in the database"
)

// TestFunctionRefusals holds how calls of functions are refused.
func TestFunctionRefusals(t *testing.T) {
	w := newFunctionsWorld(t)
	alice := persons(t)[1]
	const (
		invalid = "INVALID_VALUE"
		failed  = "FAILED_PRECONDITION"
	)
	for _, c := range []struct {
		method, request string
		want            answer
	}{
		// What Postgres could not be told.
		{"Unnamed", `{"a":1,"b":"x","d":true}`, answer{
			code: codes.InvalidArgument, reason: invalid, field: "d",
			text: "cannot be given while c before it is left out, since the function has no name for it",
		}},
		{"Summed", `{"numbers":[4,5]}`, answer{
			code: codes.InvalidArgument, reason: invalid, field: "start",
			text: "has to be given when numbers is, since the function takes any number of arguments",
		}},
		{"Summed", `{"start":1,"numbers":[4,5]}`, answer{
			code: codes.InvalidArgument, reason: invalid, field: "factor",
			text: "has to be given when numbers is, since the function takes any number of arguments",
		}},
		{"PickTwo", `{"a":1}`, answer{code: codes.InvalidArgument, reason: invalid, field: "b", text: "has to be given: " + another}},

		// Values that the arguments cannot hold.
		{"SameNumeric", `{"n":"x"}`, answer{code: codes.InvalidArgument, reason: invalid, field: "n", text: `"x" is not a decimal number`}},
		{"SameMood", `{"v":"MOOD_UNSPECIFIED"}`, answer{
			code: codes.InvalidArgument, reason: invalid, field: "v",
			text: "MOOD_UNSPECIFIED is not a value that can be stored; one of the others is required",
		}},
		{"PickMood", `{}`, answer{
			code: codes.InvalidArgument, reason: invalid, field: "a",
			text: "MOOD_UNSPECIFIED is not a value that can be stored; one of the others is required",
		}},
		{"SameShort", `{"v":"abcd"}`, answer{
			code: codes.OutOfRange, reason: "VALUE_OUT_OF_RANGE", field: "v", text: "a text of 4 characters does not fit fn.short",
		}},
		{"SamePosint", `{"v":0}`, answer{code: codes.InvalidArgument, reason: "CHECK_VIOLATION", sqlstate: "23514", text: breaksRule}},
		{"SamePosints", `{"v":[1,0]}`, answer{code: codes.InvalidArgument, reason: "CHECK_VIOLATION", sqlstate: "23514", text: breaksRule}},

		// Results that the response cannot hold.
		{"Square", `{}`, answer{code: codes.FailedPrecondition, reason: "VALUE_WITHOUT_PLACE", column: "square", text: `column "square": ` + isSquare}},
		{"Gaps", `{}`, answer{
			code: codes.FailedPrecondition, reason: "VALUE_WITHOUT_PLACE", column: "gaps",
			text: `column "gaps": row 2 of the set is NULL, which a repeated field has no place for`,
		}},
		{"HollowItem", `{}`, answer{
			code: codes.FailedPrecondition, reason: "VALUE_WITHOUT_PLACE", column: "id",
			text: `column "id": it is NULL, which its field cannot say unless it is optional`,
		}},
		{"Upto", `{"n":1000}`, answer{code: codes.FailedPrecondition, reason: failed, text: "the function gives more than 1000 rows" + tooMany}},
		{"ListTexts", `{"n":4,"size":1000000}`, answer{code: codes.FailedPrecondition, reason: failed, text: "the function gives more than 3 MiB" + tooMany}},

		// What the database refuses.
		{"Locked", `{}`, answer{code: codes.PermissionDenied, reason: "PERMISSION_DENIED", sqlstate: "42501", text: "the caller's role may not do this"}},
		{"Complain", `{"code":"P0001","message":"the shop is closed"}`, answer{
			code: codes.FailedPrecondition, reason: "RAISED", sqlstate: "P0001", text: "the shop is closed",
		}},
		{"Complain", `{"code":"P0002","message":"secret"}`, answer{
			code: codes.NotFound, reason: "NOT_FOUND", sqlstate: "P0002", text: "a row that the call needs was not found",
		}},
		{"Complain", `{"code":"XY402","message":"secret"}`, answer{
			code: codes.Internal, reason: "INTERNAL", sqlstate: "XY402", text: "the server failed; its log says why",
		}},
		{"AddNote", `{"note":"bad"}`, answer{
			code: codes.InvalidArgument, reason: "CHECK_VIOLATION", sqlstate: "23514", text: breaksRule,
		}},
		{"AddStable", `{"note":"x"}`, answer{
			code: codes.FailedPrecondition, reason: "METHOD_IS_A_READ", sqlstate: "0A000", text: "/fn.v1.FunctionService/AddStable" + readsOnly,
		}},
		{"AddStablePlpgsql", `{"note":"x"}`, answer{
			code: codes.FailedPrecondition, reason: "METHOD_IS_A_READ", sqlstate: "0A000", text: "/fn.v1.FunctionService/AddStablePlpgsql" + readsOnly,
		}},
		{"AddThroughStable", `{"note":"x"}`, answer{
			code: codes.FailedPrecondition, reason: "METHOD_IS_A_READ", sqlstate: "25006", text: "/fn.v1.FunctionService/AddThroughStable" + readsOnly,
		}},
	} {
		got, err := w.call(as(t, alice.token), "alice", c.method, w.request(t, c.method, c.request, ""))
		if err == nil {
			t.Errorf("%s %s is answered %s", c.method, c.request, jsonOf(t, got.Interface()))
			continue
		}
		if diff := cmp.Diff(c.want.String(), answerOf(t, err).String()); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", c.method, c.request, diff)
		}
	}
	if n := w.db.Psql(t, "select count(*) from fn.notes"); n != "0\n" {
		t.Errorf("the calls have written %s notes", n)
	}
}

// TestFunctionWrites holds that what a VOLATILE function writes stays, under
// the caller's policies, unless the function fails, and that a function's
// other kinds run in a read-only transaction.
func TestFunctionWrites(t *testing.T) {
	w := newFunctionsWorld(t)
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
		if err != nil || got != response {
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
		got := w.db.Psql(t, "select (select u.email from auth.users u where u.id = owner), note, count(*) from fn.notes group by 1, 2 order by 1, 2")
		if diff := cmp.Diff(lines, got); diff != "" {
			t.Errorf("notes (-want +got):\n%s", diff)
		}
	}

	want(alice, "AddNote", `{"note":"first"}`, `{"result":1}`)
	want(bob, "AddQuietly", `{"note":"second"}`, `{}`)
	want(bob, "AddQuietlyMany", `{"notes":["third","fourth"]}`, `{}`)
	const three = "alice@example.com|first|1\nbob@example.com|fourth|1\nbob@example.com|second|1\nbob@example.com|third|1\n"
	notes(three)

	denied := answer{code: codes.PermissionDenied, reason: "PERMISSION_DENIED", sqlstate: "42501", text: "the caller's role may not do this"}
	refused(anon, "AddNote", `{"note":"x"}`, denied)
	refused(alice, "AddAndFail", `{"note":"x"}`, answer{
		code: codes.FailedPrecondition, reason: "RAISED", sqlstate: "P0001", text: "no more than 0 notes",
	})
	notes(three)

	// What was written is written, whether the answer can tell or not.
	refused(alice, "AddInVain", `{}`, answer{
		code: codes.OutOfRange, reason: "VALUE_OUT_OF_RANGE", column: "add_in_vain",
		text: `column "add_in_vain": infinity does not fit google.protobuf.Timestamp, which holds the years 1 to 9999; bind the field to string to read it` + kept,
	})
	refused(bob, "AddMany", `{"n":1001}`, answer{
		code: codes.FailedPrecondition, reason: "FAILED_PRECONDITION", text: "the function gives more than 1000 rows" + tooMany + kept,
	})
	notes("alice@example.com|first|1\nalice@example.com|in vain|1\nbob@example.com|fourth|1\nbob@example.com|many|1001\n" +
		"bob@example.com|second|1\nbob@example.com|third|1\n")
	got, err := call(alice, "AddMany", `{"n":2}`)
	added := w.db.Psql(t, "select json_build_object('notes', json_agg(json_build_object('id', id, 'note', note) order by id)) "+
		"from (select * from fn.notes order by id desc limit 2) n where owner = '"+migrations.Alice+"'")
	if err != nil || cmp.Diff(jsonValue(t, added), jsonValue(t, got)) != "" {
		t.Errorf("AddMany: %s, %v; want %s", got, err, added)
	}

	want(anon, "Who", `{}`, `{"result":"anon on"}`)
	want(alice, "Who", `{}`, `{"result":"authenticated a11ce000-0000-4000-8000-000000000001 on"}`)
	want(alice, "WhoWrites", `{}`, `{"result":"authenticated a11ce000-0000-4000-8000-000000000001 off"}`)

	// One function runs as the caller, the other as its owner.
	want(anon, "CountMine", `{}`, `{"result":"0"}`)
	all := w.db.Psql(t, "select json_build_object('result', count(*)::text) from public.items")
	for _, p := range []person{anon, alice, bob} {
		got, err := call(p, "CountAll", `{}`)
		if err != nil || cmp.Diff(jsonValue(t, all), jsonValue(t, got)) != "" {
			t.Errorf("CountAll as %s: %s, %v; want %s", p.name, got, err, all)
		}
	}
	mine := map[string]bool{}
	for _, p := range []person{anon, alice, bob} {
		got, err := call(p, "MyItems", `{}`)
		if err != nil || mine[got] {
			t.Errorf("MyItems as %s: %v, %s", p.name, err, got)
		}
		mine[got] = true
	}
}
