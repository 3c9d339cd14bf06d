// Package attack_test attacks the server as somebody would who knows Postgres,
// gRPC and JWT well: one test for each attack, named for it, over the network
// and against a real Postgres. Each says in its comment what is tried and what
// must hold. The attacker is Alice, who has a good token and often any SQL she
// likes, as an application gives it that runs a text from outside; Bob is whose
// rows she must not see, and who calls next on the connection that she has used.
//
// attack.sql holds what the attacks meet beside the example application.
package attack_test

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/rowgate/rowgate/migrations"
	"github.com/rowgate/rowgate/service"
	"github.com/rowgate/rowgate/service/descriptor"
	"github.com/rowgate/rowgate/service/servicetest"
	"github.com/rowgate/rowgate/store"
	"github.com/rowgate/rowgate/store/storetest"
)

const (
	alice = migrations.Alice
	bob   = migrations.Bob
)

//go:embed attack.sql
var attackSQL string

func ground() []storetest.Migration {
	return []storetest.Migration{{Name: "attack", SQL: attackSQL}}
}

// contract is what a pull gives for the example and the attacked schema, once
// for all tests.
var contract = struct {
	sync.Once
	set *descriptor.Set
}{}

func attackContract(t testing.TB) *descriptor.Set {
	t.Helper()
	contract.Do(func() {
		db := storetest.New(t, append(servicetest.ExampleApp(), ground()...)...)
		contract.set = servicetest.Pull(t, db, "attack.v1", "public", "attack")
	})
	if contract.set == nil {
		t.Fatal("there is no contract; an earlier test has failed to pull it")
	}
	return contract.set
}

// target is a server under attack, on one connection to its database: whatever
// a call leaves there, the next one meets.
type target struct {
	*servicetest.World
	methods map[string]protoreflect.MethodDescriptor
}

// attacked starts a server; options may change it.
func attacked(t testing.TB, change ...func(*servicetest.Options)) *target {
	t.Helper()
	o := servicetest.Options{
		Migrations: ground(), Contract: attackContract(t),
		Store:  func(c *store.Config) { c.MaxConns = 1 },
		Server: allowed,
	}
	for _, f := range change {
		f(&o)
	}
	a := &target{servicetest.New(t, o), map[string]protoreflect.MethodDescriptor{}}
	for _, sd := range o.Contract.Services() {
		for i := range sd.Methods().Len() {
			a.methods[string(sd.Methods().Get(i).Name())] = sd.Methods().Get(i)
		}
	}
	return a
}

// allowed is where what the attacked schema has on purpose is allowed, which
// the server would refuse at start.
func allowed(*service.Config) {}

// caller is a context of calls as somebody.
type caller struct {
	name string
	ctx  context.Context
}

func (a *target) alice(t testing.TB) caller {
	return caller{"alice", servicetest.As(t.Context(), servicetest.Token(t, alice))}
}

func (a *target) bob(t testing.TB) caller {
	return caller{"bob", servicetest.As(t.Context(), servicetest.Token(t, bob))}
}

func (a *target) anon(t testing.TB) caller { return caller{"anon", t.Context()} }

// call calls a method with requests in protobuf's JSON, and returns the answers
// in one line of it.
func (a *target) call(t testing.TB, as caller, method string, requests ...string) (string, error) {
	t.Helper()
	return a.on(t, a.Conn, as, method, requests...)
}

// on is call over a connection of its own.
func (a *target) on(t testing.TB, conn *grpc.ClientConn, as caller, method string, requests ...string) (string, error) {
	t.Helper()
	md := a.methods[method]
	if md == nil {
		t.Fatalf("the contract has no method %s", method)
	}
	ctx, cancel := context.WithCancel(as.ctx)
	defer cancel()
	stream, err := conn.NewStream(ctx, &grpc.StreamDesc{ClientStreams: true, ServerStreams: true}, path(md))
	if err != nil {
		return "", err
	}
	for _, text := range requests {
		req := dynamicpb.NewMessage(md.Input())
		if err := protojson.Unmarshal([]byte(text), req); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if err := stream.SendMsg(req); err != nil {
			break // RecvMsg says why.
		}
	}
	if err := stream.CloseSend(); err != nil {
		return "", err
	}
	var all []string
	for {
		res := dynamicpb.NewMessage(md.Output())
		switch err := stream.RecvMsg(res); {
		case errors.Is(err, io.EOF):
			return strings.Join(all, "\n"), nil
		case err != nil:
			return "", err
		}
		text, err := protojson.Marshal(res)
		if err != nil {
			t.Fatal(err)
		}
		// protojson puts in blanks at random.
		all = append(all, strings.ReplaceAll(string(text), `": `, `":`))
	}
}

func path(md protoreflect.MethodDescriptor) string {
	return "/" + string(md.Parent().FullName()) + "/" + string(md.Name())
}

// must is call that has to succeed.
func (a *target) must(t testing.TB, as caller, method string, requests ...string) string {
	t.Helper()
	answer, err := a.call(t, as, method, requests...)
	if err != nil {
		t.Fatalf("%s %s as %s: %v", method, requests, as.name, err)
	}
	return answer
}

// refused is a call that has to end in a code, and to say nothing of secrets.
func (a *target) refused(t testing.TB, want codes.Code, as caller, method string, requests ...string) {
	t.Helper()
	answer, err := a.call(t, as, method, requests...)
	if status.Code(err) != want {
		t.Errorf("%s %.300s as %s: %s, %v, want %v", method, requests, as.name, answer, err, want)
	}
	a.discreet(t, err)
}

// discreet holds that an error tells nothing of what a caller must not know:
// all that is hidden here says so in its name.
func (a *target) discreet(t testing.TB, err error) {
	t.Helper()
	if err == nil {
		return
	}
	text := protojson.Format(status.Convert(err).Proto())
	for _, secret := range []string{"HIDDEN", "secretname", "777001", "777002", bob, "_pkey", "_fkey", "DETAIL", "HINT", "CONTEXT", "PL/pgSQL", "security policy", "SQL statement"} {
		if strings.Contains(text, secret) {
			t.Errorf("the error tells of %s: %s", secret, text)
		}
	}
}

// run has the attacker run SQL: steps, and a question whose first value is
// returned.
func (a *target) run(t testing.TB, as caller, ask string, steps ...string) (string, error) {
	t.Helper()
	quoted := make([]string, len(steps))
	for i, s := range steps {
		quoted[i] = jsonText(s)
	}
	request := `{"steps":[` + strings.Join(quoted, ",") + `]`
	if ask != "" {
		request += `,"ask":` + jsonText(ask)
	}
	answer, err := a.call(t, as, "Run", request+"}")
	if err != nil {
		return "", err
	}
	answer = strings.TrimSuffix(strings.TrimPrefix(answer, `{"result":"`), `"}`)
	return answer, nil
}

// jsonText writes a JSON string.
func jsonText(s string) string {
	text, _ := json.Marshal(s) // A string always marshals.
	return string(text)
}

// whoami is who Postgres takes a caller for.
func (a *target) whoami(t testing.TB, as caller) string {
	t.Helper()
	answer := a.must(t, as, "Whoami", `{}`)
	return strings.TrimSuffix(strings.TrimPrefix(answer, `{"result":"`), `"}`)
}

// Who the callers are when nothing is amiss: the role, the login, auth.uid(),
// auth.role() and the sub of the claims.
const (
	isAlice = "authenticated rowgate " + alice + " authenticated " + alice
	isBob   = "authenticated rowgate " + bob + " authenticated " + bob
	isAnon  = "anon rowgate anon"
)

// nextIsThemselves holds that those who call next on the connection are who
// they are, under the settings of a connection that nobody has used, and see
// their own rows.
func (a *target) nextIsThemselves(t testing.TB) {
	t.Helper()
	for _, next := range []struct {
		caller
		is, items string
	}{
		{a.bob(t), isBob, bobsItems}, {a.anon(t), isAnon, `{}`}, {a.alice(t), isAlice, alicesItems},
	} {
		if got := a.whoami(t, next.caller); got != next.is {
			t.Errorf("%s is %q afterwards, want %q", next.name, got, next.is)
		}
		a.settingsAsNew(t, next.caller)
		if got := a.must(t, next.caller, "ListItems", `{"pageSize":100,"orderBy":"title","readMask":"ownerId"}`); !onlyOf(got, next.items) {
			t.Errorf("%s lists %s afterwards", next.name, got)
		}
	}
}

// The items of the seed, by who owns them.
const (
	alicesItems = alice
	bobsItems   = bob
)

// onlyOf says whether an answer has rows of one owner and of nobody else; of
// `{}`, none at all.
func onlyOf(answer, owner string) bool {
	if owner == `{}` {
		return answer == owner
	}
	return strings.Contains(answer, owner) && strings.Count(answer, `"ownerId":`) == strings.Count(answer, owner)
}

// settingsAsNew holds that a caller has the settings of a connection that nobody
// has used.
func (a *target) settingsAsNew(t testing.TB, as caller) {
	t.Helper()
	got, err := a.call(t, as, "Settings", `{}`)
	if err != nil {
		t.Errorf("%s asks for the settings: %v", as.name, err)
		return
	}
	want := a.settings(t, as)
	if got == want {
		return
	}
	var differ []string
	for _, s := range strings.Fields(got) {
		if !strings.Contains(want, s) {
			differ = append(differ, s)
		}
	}
	t.Errorf("%s has other settings than on a new connection: %q", as.name, differ)
}

// settings is what attack.settings() gives a caller on a fresh server over the
// same database.
func (a *target) settings(t testing.TB, as caller) string {
	t.Helper()
	fresh.Lock()
	defer fresh.Unlock()
	if fresh.settings[as.name] == "" {
		fresh.settings[as.name] = attacked(t).must(t, as, "Settings", `{}`)
	}
	return fresh.settings[as.name]
}

var fresh = struct {
	sync.Mutex
	settings map[string]string
}{settings: map[string]string{}}

// super runs SQL as the superuser.
func (a *target) super(t testing.TB, sql string) {
	t.Helper()
	a.superIn(t.Context(), t, sql)
}

func (a *target) superIn(ctx context.Context, t testing.TB, sql string) {
	t.Helper()
	conn, err := pgx.Connect(ctx, a.DB.SuperuserURL())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.PgConn().Exec(ctx, sql).ReadAll(); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// ask is one value that the superuser reads.
func (a *target) ask(t testing.TB, sql string) string {
	t.Helper()
	return strings.TrimSpace(a.DB.Psql(t, sql))
}

// psql runs SQL under a role and claims, as a call does, and returns what psql
// prints, or its SQLSTATE.
func (a *target) psql(t testing.TB, role, sub, sql string) string {
	t.Helper()
	claims := fmt.Sprintf(`{"sub":%q,"role":%q}`, sub, role)
	if sub == "" {
		claims = fmt.Sprintf(`{"role":%q}`, role)
	}
	result := a.DB.PsqlAs(t, a.DB.LoginURL(t, migrations.UserLogin), fmt.Sprintf(
		`\o /dev/null
begin;
select set_config('role', '%s', true), set_config('request.jwt.claims', '%s', true);
\o
%s;
rollback;`, role, claims, sql))
	if result.SQLState != "" {
		return result.SQLState
	}
	return strings.TrimSpace(strings.NewReplacer("BEGIN\n", "", "ROLLBACK\n", "").Replace(result.Stdout))
}

// conns gives a server that many connections.
func conns(n int32) func(*servicetest.Options) {
	return func(o *servicetest.Options) { o.Store = func(c *store.Config) { c.MaxConns = n } }
}

// contextFor is a caller's context with a deadline.
func contextFor(as caller, d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(as.ctx, d)
}

// cleanup is a context for what comes after a test.
func cleanup(t testing.TB) context.Context { return context.WithoutCancel(t.Context()) }
