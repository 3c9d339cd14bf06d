package service_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"

	"github.com/rowgate/rowgate/migrations"
	"github.com/rowgate/rowgate/service"
)

// TestTransactRefusals holds where a transaction says that it is wrong, in which
// words, and that it writes nothing then.
func TestTransactRefusals(t *testing.T) {
	w := newTransactsWorld(t, worldOptions{})
	w.run(t, transactRows)
	before := w.rows(t)
	const (
		invalid = "INVALID_VALUE"
		failed  = "FAILED_PRECONDITION"
		alone   = "is for a request of its own: leave it out here, and set that of the whole"
		none    = "no such Parent for this caller"
		absent  = "00000000-0000-4000-8000-00000000dead"
		large   = "the answer would be larger than 3 MiB, so nothing was written: ask for less of it by read_mask"
		big     = `{"createParent":{"parent":{"name":"n","note":"big"}}}`
	)
	wrong := func(field, text string) answer {
		return answer{code: codes.InvalidArgument, reason: invalid, field: field, text: text}
	}
	uses := func(text string) answer { return wrong("writes[1].uses", text) }
	check := answer{code: codes.InvalidArgument, reason: "CHECK_VIOLATION", sqlstate: "23514", text: breaksRule}
	at := func(field string, a answer) answer { a.field = field; return a }
	negative := `{"createKid":{"kid":{"name":"x","count":-1}}}`
	foreign := `{"createParent":{"parent":{"name":"x","owner":"` + migrations.Bob + `"}}}`
	denied := answer{code: codes.PermissionDenied, reason: "PERMISSION_DENIED", sqlstate: "42501", text: "the caller's role may not do this"}
	missing := `{"updateParent":{"parent":{"id":"` + absent + `","note":"x"}}}`
	notFound := answer{code: codes.NotFound, reason: "NOT_FOUND", text: none}
	stale := `{"updateParent":{"parent":{"id":"` + noteA + `","note":"x"},"expected":{"name":"other"}}}`
	aborted := answer{code: codes.Aborted, reason: "CONFLICT", text: "is not what the row is by now: read it again"}
	forever := `{"createToy":{"toy":{"kidId":"1","words":"forever"}}}`
	endless := answer{code: codes.OutOfRange, reason: "VALUE_OUT_OF_RANGE", column: "at", text: `column "at": infinity does not fit google.protobuf.Timestamp, which holds the years 1 to 9999; bind the field to string to read it`}

	type refused struct {
		name, request string
		want          answer
	}
	cases := []refused{
		{"no writes", transact(), wrong("writes", "is empty: give at least one")},
		{"a write of nothing", transact(kid, `{}`), wrong("writes[1]", "has no write")},
		{"a later write", transact(kid, using(kid, "kid.name=2.name"), kid), uses("names write 2, which is none before this one")},
		{"itself", transact(kid, using(kid, "kid.name=1.name")), uses("names write 1, which is none before this one")},
		{"a negative write", transact(kid, using(kid, "kid.name=-1.name")), uses("names write -1, which is none before this one")},
		{"an unknown field", transact(mum, using(kid, "kid.x=0.id")), uses(`names "kid.x", which is no field that create_kid takes a value in`)},
		{"a field without its path", transact(mum, using(kid, "parent_id=0.id")), uses(`names "parent_id", which is no field that create_kid takes a value in`)},
		{"the whole row", transact(mum, using(kid, "kid=0.id")), uses(`names "kid", which is no field that create_kid takes a value in`)},
		{"an unknown value", transact(mum, using(kid, "kid.parent_id=0.x")), uses(`names "x", which is no field that create_parent answers`)},
		{"another type", transact(mum, using(kid, "kid.small=0.id")), uses(`puts "id", of type uuid, into "kid.small", of type integer: the types must be the same`)},
		{"a number of another width", transact(kid, using(kid, "kid.small=0.id")), uses(`puts "id", of type bigint, into "kid.small", of type integer: the types must be the same`)},
		{"a type that travels as text", transact(mum, using(kid, "kid.mark=0.mark")), uses(`puts a value into "kid.mark", of type macaddr, whose values cannot be passed on as they are`)},
		{"a field twice", transact(mum, using(kid, "kid.note=0.note", "kid.note=0.name")), uses(`names "kid.note" twice`)},
		{"what is only read", transact(kid, using(toy, "toy.sealed=0.id")), uses(`names "toy.sealed", which is only read`)},
		{"the key of an update of many", transact(kid, using(`{"updateManyKids":{"filter":"id > 0","kid":{"note":"x"}}}`, "kid.id=0.id")), uses(`names "kid.id", which is of the key; the filter says which rows change`)},
		{"a delete's other field", transact(mum, using(`{"deleteKid":{"id":"1"}}`, "name=0.name")), uses(`names "name", which is no field that delete_kid takes a value in`)},
		{"a delete of many", transact(mum, using(`{"deleteManyParents":{"filter":"name = \"x\""}}`, "id=0.id")), uses("names a field of delete_many_parents, which takes no values of other writes")},
		{"a batch of updates", transact(mum, using(`{"batchUpdateParents":{"requests":[{"parent":{"note":"x"}}]}}`, "requests.parent.id=0.id")), uses("names a field of batch_update_parents, which takes no values of other writes")},
		{"of a delete", transact(`{"deleteKid":{"id":"1"}}`, using(kid, "kid.note=0.name")), uses("names a value of delete_kid, which answers none")},
		{
			"of a row that was not written", transact(`{"createParent":{"parent":{"name":"old"},"onConflict":{"fields":["name"],"ignore":true}}}`, using(kid, "kid.parent_id=0.id")),
			answer{code: codes.FailedPrecondition, reason: failed, field: "writes[1].create_kid", text: "uses a value of writes[0].create_parent, which has written no row"},
		},
		{
			"a NULL key", transact(`{"createKid":{"kid":{"name":"x"}}}`, using(`{"updateParent":{"parent":{"note":"x"}}}`, "parent.id=0.parent_id")),
			at("writes[1].update_parent", notFound),
		},
		{"an id within", transact(`{"createParent":{"parent":{"name":"x"},"requestId":"123e4567-e89b-12d3-a456-426614174000"}}`), wrong("writes[0].create_parent.request_id", alone)},
		{"validate_only within", transact(kid, `{"updateParent":{"parent":{"id":"`+noteA+`","note":"x"},"validateOnly":true}}`), wrong("writes[1].update_parent.validate_only", alone)},
		{"no row", transact(kid, `{"createKid":{}}`), wrong("writes[1].create_kid.kid", "is required")},
		{"a value of the wrong form", transact(kid, `{"createParent":{"parent":{"name":"x","id":"y"}}}`), wrong("writes[1].create_parent.parent.id", `"y" is not a UUID, 32 hexadecimal digits in the form xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`)},
		{"a wrong item of a batch", transact(kid, `{"batchCreateParents":{"requests":[{"parent":{"name":"a"}},{}]}}`), wrong("writes[1].batch_create_parents.requests[1].parent", "is required")},
		{"a wrong mask", transact(kid, `{"createKid":{"kid":{"name":"x"},"readMask":"nothing"}}`), wrong("writes[1].create_kid.read_mask", `names "nothing", and Kid has no field "nothing"`)},
		{"a missing row of a batch", transact(kid, `{"batchUpdateParents":{"requests":[{"parent":{"id":"`+noteA+`","note":"x"}},{"parent":{"id":"`+absent+`","note":"x"}}]}}`), at("writes[1].batch_update_parents.requests[1]", notFound)},
		{
			"too many rows", transact(kid, `{"updateManyParents":{"filter":"note = null OR note != \"\"","parent":{"note":"x"},"expectedCount":"7"}}`),
			answer{code: codes.FailedPrecondition, reason: failed, field: "writes[1].update_many_parents.expected_count", text: "is 7, and the call would have changed 2 rows; it changed none"},
		},
		{
			"a deferred constraint", transact(`{"createKid":{"kid":{"name":"x","code":"c"}}}`, `{"createKid":{"kid":{"name":"y","code":"c"}}}`),
			answer{code: codes.AlreadyExists, reason: "ALREADY_EXISTS", sqlstate: "23505", text: "a row with the same key or the same unique value is there already"},
		},
		{
			"too much to answer", transact(big, strings.ReplaceAll(big, `"n"`, `"o"`), strings.ReplaceAll(big, `"n"`, `"p"`), strings.ReplaceAll(big, `"n"`, `"q"`)),
			answer{code: codes.FailedPrecondition, reason: failed, text: large},
		},
	}
	// Of each place one of each sort.
	for _, sort := range []struct {
		name, write, member string
		want                answer
	}{
		{"a constraint", negative, "create_kid", check},
		{"a policy", foreign, "create_parent", denied},
		{"a missing row", missing, "update_parent", notFound},
		{"an expected row", stale, "update_parent.expected", aborted},
		{"an answer that cannot be written", forever, "create_toy", endless},
	} {
		cases = append(cases,
			refused{sort.name + " first", transact(sort.write, mum, kid), at("writes[0]."+sort.member, sort.want)},
			refused{sort.name + " in the middle", transact(mum, using(kid, "kid.parent_id=0.id"), sort.write, kid), at("writes[2]."+sort.member, sort.want)},
			refused{sort.name + " last", transact(mum, kid, kid, sort.write), at("writes[3]."+sort.member, sort.want)},
		)
	}
	for _, c := range cases {
		_, err := w.send(t, w.alice, "Transact", c.request)
		if diff := cmp.Diff(c.want.String(), answerOf(t, err).String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
		if got := w.rows(t); got != before {
			t.Fatalf("%s has written:\n%s", c.name, cmp.Diff(before, got))
		}
	}
}

// TestTransactReads holds that what is too large to answer is not gathered first.
func TestTransactReads(t *testing.T) {
	w := newTransactsWorld(t, worldOptions{})
	var writes []string
	for i := range 60 {
		writes = append(writes, fmt.Sprintf(`{"createParent":{"parent":{"name":"n%d","note":"big"}}}`, i))
	}
	_, err := w.send(t, w.alice, "Transact", transact(writes...))
	if a := answerOf(t, err); a.code != codes.FailedPrecondition || a.field != "writes[50].create_parent" {
		t.Errorf("the answer is %v", a)
	}
	if got := w.rows(t); got != "" {
		t.Error("rows were written")
	}
}

// TestTransactValidateOnly holds that what is only validated leaves nothing, and
// is answered and refused as what is done.
func TestTransactValidateOnly(t *testing.T) {
	w := newTransactsWorld(t, worldOptions{})
	only := func(request string) string { return strings.TrimSuffix(request, "}") + `,"validateOnly":true}` }
	got := w.sends(t, w.alice, "Transact", only(transact(`{"createParent":{"parent":{"name":"mum"},"readMask":"name"}}`, using(kid, "kid.parent_id=0.id"), `{"deleteManyKids":{"filter":"name = \"kid\""}}`)))
	if !strings.HasPrefix(got, `{"results":[{"createParent":{"name":"mum"}},{"createKid":`) || !strings.HasSuffix(got, `{"deleteManyKids":{"count":"1"}}]}`) {
		t.Errorf("the answer is %s", got)
	}
	_, err := w.send(t, w.alice, "Transact", only(transact(`{"createKid":{"kid":{"name":"x","code":"c"}}}`, `{"createKid":{"kid":{"name":"y","code":"c"}}}`)))
	if a := answerOf(t, err); a.code != codes.AlreadyExists {
		t.Errorf("a deferred constraint: %v", a)
	}
	if got := w.rows(t); got != "" {
		t.Errorf("the rows are %s", got)
	}
}

// TestTransactDrift holds that a write that does not fit the database is refused,
// and the others are not.
func TestTransactDrift(t *testing.T) {
	source := strings.Replace(transactsProto, "service Family {", `
message Gone { option (rowgate.v1.relation) = { schema: "tx" name: "gone" }; string id = 1; }
message CreateGoneRequest { Gone gone = 1; }
service Family {
  rpc CreateGone(CreateGoneRequest) returns (Gone) { option (rowgate.v1.method) = { create: {} }; }`, 1)
	source = strings.Replace(source, "CreateToyRequest create_toy = 14;", "CreateToyRequest create_toy = 14; CreateGoneRequest create_gone = 15;", 1)
	source = strings.Replace(source, "Toy create_toy = 14;\n", "Toy create_toy = 14; Gone create_gone = 15;\n", 1)
	w := newTransactsWorld(t, worldOptions{contract: transactsContract(t, source), server: func(c *service.Config) {
		c.AllowDrift, c.Logger = true, slog.New(slog.DiscardHandler)
	}})
	w.sends(t, w.alice, "Transact", transact(mum, using(kid, "kid.parent_id=0.id")))
	_, err := w.send(t, w.alice, "Transact", transact(mum, `{"createGone":{"gone":{"id":"1"}}}`))
	want := answer{code: codes.FailedPrecondition, reason: "FAILED_PRECONDITION", field: "writes[1].create_gone", text: "does not fit the database any more"}
	if diff := cmp.Diff(want.String(), answerOf(t, err).String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
