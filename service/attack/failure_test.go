package attack_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/rowgate/rowgate/service/auth"
	"github.com/rowgate/rowgate/service/servicetest"
)

// A transaction fails half way, each time otherwise: the next caller on the
// connection has a transaction, a role and claims of its own, and nothing of the
// first is left in the tables.
func TestTwoTransactionsAfterAFailure(t *testing.T) {
	a := attacked(t)
	as := a.alice(t)
	const before = "select count(*) || ' ' || coalesce(max(payload), '') from attack.vault where owner_id = '" + alice + "'"
	want := a.ask(t, before)
	const first = `{"createVault":{"vault":{"id":80,"code":"first","divisor":1}}}`
	for name, c := range map[string]struct {
		method   string
		requests []string
	}{
		"the second statement breaks a constraint": {"Transact", []string{`{"writes":[` + first + `,{"createVault":{"vault":{"id":80,"code":"x","divisor":1}}},` + first + `]}`}},
		"the second statement is not allowed":      {"Transact", []string{`{"writes":[` + first + `,{"createVault":{"vault":{"id":81,"code":"x","divisor":1,"ownerId":"` + bob + `"}}}]}`}},
		"the second row is not found":              {"Transact", []string{`{"writes":[` + first + `,{"deleteVault":{"id":11}}]}`}},
		"the table is another role's":              {"Transact", []string{`{"writes":[` + first + `,{"updatePlain":{"plain":{"id":1,"text":"x"}}},{"createDiary":{"diary":{"id":5,"text":"x"}}}]}`}},
		"a trigger refuses":                        {"Transact", []string{`{"writes":[` + first + `,{"createLoud":{"loud":{"id":1,"text":"internal"}}}]}`}},
		"a batch's second row":                     {"BatchCreateVaults", []string{`{"requests":[{"vault":{"id":80,"code":"a","divisor":1}},{"vault":{"id":81,"code":"HIDDENCODE","divisor":1}}]}`}},
		"a batch update's second row":              {"BatchUpdateVaults", []string{`{"requests":[{"vault":{"id":1,"payload":"z"}},{"vault":{"id":11,"payload":"z"}}]}`}},
		"an import's second message":               {"ImportVaults", []string{`{"vaults":[{"id":80,"code":"a","divisor":1}]}`, `{"vaults":[{"id":81,"code":"HIDDENCODE","divisor":1}]}`}},
		"a function fails behind what it wrote":    {"Run", []string{`{"steps":["insert into attack.vault values (80, auth.uid(), 'a', 1)","select set_config('role','none',false)","select set_config('request.jwt.claims','{}',false)","select 1/0"]}`}},
		"an exception caught within":               {"Run", []string{`{"steps":["do $$ begin perform set_config('role','anon',false); perform 1/0; exception when others then raise; end $$"]}`}},
	} {
		_, err := a.call(t, as, c.method, c.requests...)
		if err == nil {
			t.Errorf("%s: it has succeeded", name)
		}
		a.discreet(t, err)
		a.nextIsThemselves(t)
		if got := a.ask(t, before); got != want {
			t.Errorf("%s: Alice's rows are %s, and were %s", name, got, want)
		}
	}
}

// A call is cancelled at every moment of its way, with a deadline and without:
// the next one meets neither its answer nor its cancel request.
func TestNextAfterACancelledCall(t *testing.T) {
	a := attacked(t)
	for i := range 60 {
		ctx, cancel := context.WithTimeout(a.alice(t).ctx, time.Duration(i*150)*time.Microsecond)
		as := caller{"alice", ctx}
		_, _ = a.run(t, as, "select auth.uid() from pg_sleep(0.004)", "select set_config('request.jwt.claim.sub', '"+alice+"', false)")
		if got := a.whoami(t, a.bob(t)); got != isBob {
			t.Errorf("after a call of %d µs Bob is %q", i*150, got)
		}
		cancel()
		if got := a.must(t, a.bob(t), "ListItems", `{"readMask":"ownerId"}`); !onlyOf(got, bob) {
			t.Errorf("after a call of %d µs Bob lists %s", i*150, got)
		}
	}
	a.nextIsThemselves(t)
}

// A stream, and an import, is left half way.
func TestNextAfterALeftStream(t *testing.T) {
	a := attacked(t, conns(2))
	open := func(method string) (grpc.ClientStream, context.CancelFunc) {
		ctx, cancel := context.WithCancel(a.alice(t).ctx)
		stream, err := a.Conn.NewStream(ctx, &grpc.StreamDesc{ClientStreams: true, ServerStreams: true}, path(a.methods[method]))
		if err != nil {
			t.Fatal(err)
		}
		return stream, cancel
	}
	message := func(method, text string) *dynamicpb.Message {
		m := dynamicpb.NewMessage(a.methods[method].Input())
		if err := protojson.Unmarshal([]byte(text), m); err != nil {
			t.Fatal(err)
		}
		return m
	}
	for range 8 {
		stream, cancel := open("StreamItems")
		if err := stream.SendMsg(message("StreamItems", `{}`)); err != nil {
			t.Fatal(err)
		}
		_ = stream.CloseSend()
		if err := stream.RecvMsg(dynamicpb.NewMessage(a.methods["StreamItems"].Output())); err != nil {
			t.Fatal(err)
		}
		cancel()
		stream, cancel = open("ImportVaults")
		if err := stream.SendMsg(message("ImportVaults", `{"vaults":[{"id":90,"code":"imported","divisor":1}]}`)); err != nil {
			t.Fatal(err)
		}
		cancel()
		a.nextIsThemselves(t)
	}
	if n := a.ask(t, "select count(*) from attack.vault where code = 'imported'"); n != "0" {
		t.Errorf("%s rows of an import that was left are there", n)
	}
}

// The backend is killed in the middle of a transaction of Alice's, who has made
// the session hers before.
func TestNextAfterAKilledBackend(t *testing.T) {
	a := attacked(t)
	for range 3 {
		done := make(chan error, 1)
		go func() {
			_, err := a.run(t, a.alice(t), "select pg_sleep(5)", "insert into attack.vault values (95, auth.uid(), 'killed', 1)", "select set_config('role', 'anon', false)")
			done <- err
		}()
		for range 200 {
			time.Sleep(5 * time.Millisecond)
			if a.ask(t, "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = current_database() and usename = 'rowgate' and wait_event = 'PgSleep'") == "1" {
				break
			}
		}
		if err := <-done; status.Code(err) != codes.Unavailable {
			t.Errorf("the killed call: %v", err)
		}
		a.nextIsThemselves(t)
	}
	// The attacker does it to herself.
	_, err := a.run(t, a.alice(t), "", "reset role", "select pg_terminate_backend(pg_backend_pid())")
	a.discreet(t, err)
	a.nextIsThemselves(t)
	if n := a.ask(t, "select count(*) from attack.vault where id = 95"); n != "0" {
		t.Errorf("%s rows of killed transactions are there", n)
	}
}

// A role that tokens may have and the login may not take on: nothing behind the
// refusal is run as the login, and the next caller is who they are.
func TestRoleThatCannotBeTaken(t *testing.T) {
	a := attacked(t)
	// The settings fail as the first statement: with claims that no text can be.
	for _, sub := range []string{"\x00", alice + "\x00", "a\x00b"} {
		as := caller{"nul", servicetest.As(t.Context(), servicetest.Sign(t, servicetest.Secret, auth.Claims{Subject: sub, Role: "authenticated"}))}
		for _, c := range [][2]string{{"ListItems", `{}`}, {"Whoami", `{}`}, {"CreateItem", `{"item":{"title":"x"}}`}, {"Transact", `{"writes":[{"createItem":{"item":{"title":"x"}}}]}`}} {
			got, err := a.call(t, as, c[0], c[1])
			if err == nil {
				t.Errorf("%s with a NUL in sub: %s", c[0], got)
			}
			a.discreet(t, err)
		}
		a.nextIsThemselves(t)
	}
	if n := a.ask(t, "select count(*) from items where title = 'x'"); n != "0" {
		t.Errorf("%s items were made", n)
	}
}

// The commit fails, by a deferred constraint, after everything was answered.
func TestFailureAtTheCommit(t *testing.T) {
	a := attacked(t)
	a.super(t, `create function attack.late() returns trigger language plpgsql as $$ begin
			perform set_config('request.jwt.claims', '{"sub":"`+alice+`"}', false);
			raise exception 'HIDDENMESSAGE' using errcode = '23514'; end $$;
		create constraint trigger late after insert on attack.vault deferrable initially deferred
			for each row when (new.code = 'late') execute function attack.late()`)
	for _, c := range [][2]string{
		{"CreateVault", `{"vault":{"id":97,"code":"late","divisor":1}}`},
		{"Transact", `{"writes":[{"createVault":{"vault":{"id":97,"code":"late","divisor":1}}}]}`},
		{"CreateVault", `{"vault":{"id":97,"code":"late","divisor":1},"requestId":"5ba8d7c0-0000-4000-8000-0000000000dd"}`},
		{"ImportVaults", `{"vaults":[{"id":97,"code":"late","divisor":1}]}`},
	} {
		a.refused(t, codes.InvalidArgument, a.alice(t), c[0], c[1])
		a.nextIsThemselves(t)
	}
	if n := a.ask(t, "select (select count(*) from attack.vault where id = 97) + (select count(*) from rowgate.requests)"); n != "0" {
		t.Errorf("%s rows are left", n)
	}
}

// A statement that a caller sent is as long as it is, and the next one begins
// where it ends: whatever it holds is a value.
func TestValuesThatLookLikeSQL(t *testing.T) {
	a := attacked(t)
	for _, text := range []string{
		"'; drop table items; --", `\'; select 1`, "$1", "$$; commit; $$", "*/ select 1 /*", "\\x00", "'||(select email from auth.users)||'", "E'\\''",
		strings.Repeat("'", 1001), "\u2019 or 1=1", "%s%d%n", ":name", "{\"sub\":\"" + bob + "\"}",
	} {
		made := a.must(t, a.alice(t), "CreateItem", `{"item":{"title":`+jsonText(text)+`},"readMask":"title"}`)
		if !strings.Contains(made, jsonText(text)) {
			t.Errorf("%q has become %s", text, made)
		}
		if strings.Contains(text, "*") {
			continue // In a filter it stands for anything.
		}
		if got := a.must(t, a.alice(t), "ListItems", `{"readMask":"title","filter":`+jsonText("title = "+jsonText(text))+`}`); !strings.Contains(got, `"title"`) {
			t.Errorf("%q is not found: %s", text, got)
		}
	}
	a.nextIsThemselves(t)
}
