package service_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/rowgate/rowgate/migrations"
	"github.com/rowgate/rowgate/service"
	"github.com/rowgate/rowgate/service/auth"
	"github.com/rowgate/rowgate/service/descriptor"
	"github.com/rowgate/rowgate/store"
	"github.com/rowgate/rowgate/store/safety"
	"github.com/rowgate/rowgate/store/storetest"
)

// unsafeSchema has a way around row level security of each sort that methods
// reach.
const unsafeSchema = `
create schema types;
grant usage on schema types to anon, authenticated;
create table types.open (id integer primary key);
create table types.secret (id integer primary key);
alter table types.secret enable row level security;
create view types.seen as select id from types.secret;
create table types.queried (id integer primary key);
create table types.unreached (id integer primary key);
grant select on types.open, types.seen, types.queried, types.unreached to anon;
create function types.one() returns integer language sql as 'select 1';
create function types.two() returns integer language sql security definer as 'select 2';
revoke execute on function types.two from public;
grant execute on function types.two to anon;`

const unsafeProto = `
message Open {
  option (rowgate.v1.relation) = { schema: "types" name: "open" };
  int32 id = 1;
}
message Seen {
  option (rowgate.v1.relation) = { schema: "types" name: "seen" };
  int32 id = 1;
}
service UnsafeService {
  rpc ListOpen(ListRequest) returns (ListOpenResponse) { option (rowgate.v1.method) = { list: {} }; }
  rpc ListSeen(ListRequest) returns (ListSeenResponse) { option (rowgate.v1.method) = { list: {} }; }
  rpc One(None) returns (Number) { option (rowgate.v1.method) = { call: { schema: "types" name: "one" } }; }
  rpc Queried(None) returns (NumberRows) { option (rowgate.v1.method) = { query: { sql: "select q.id as n, types.two() as two from types.queried as q" } }; }
}
message ListRequest {}
message ListOpenResponse { repeated Open rows = 1; }
message ListSeenResponse { repeated Seen rows = 1; }
message None {}
message Number { optional int32 n = 1; }
message NumberRow { optional int32 n = 1; optional int32 two = 2; }
message NumberRows { repeated NumberRow rows = 1; }
`

// unsafeFindings are those of unsafeSchema, rule and object.
var unsafeFindings = []string{
	"table-without-rls types.open",
	"table-without-rls types.queried",
	"view-without-security-invoker types.seen",
	"function-public-execute types.one()",
	"definer-function-search-path types.two()",
}

func namesOf(found []safety.Finding) []string {
	var names []string
	for _, f := range found {
		if f.Rule != safety.ServerVersion {
			names = append(names, string(f.Rule)+" "+f.Object)
		}
	}
	return names
}

// TestUnsafeContract refuses what methods reach and no policy holds, and nothing
// that they do not reach; each can be allowed for a reason, which is logged at
// every start.
func TestUnsafeContract(t *testing.T) {
	db := storetest.New(t, append(exampleApp(), storetest.Migration{Name: "unsafe", SQL: unsafeSchema})...)
	st, err := store.Open(t.Context(), store.Config{URL: db.LoginURL(t, migrations.UserLogin), MaxConns: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(st.Close)
	contract, err := descriptor.LoadFS(t.Context(), fstest.MapFS{"types/v1/unsafe.proto": {Data: []byte(typesHead + unsafeProto)}}, "proto")
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := auth.New(t.Context(), auth.Config{Secret: secret, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	start := func(log *bytes.Buffer, allow []safety.Exception) error {
		_, err := service.New(t.Context(), service.Config{
			Store: st, Verifier: verifier, Contract: contract, Allow: allow, Logger: slog.New(slog.NewJSONHandler(log, nil)),
		})
		return err
	}

	var log bytes.Buffer
	var refused *service.UnsafeError
	if err := start(&log, nil); !errors.As(err, &refused) {
		t.Fatalf("New without exceptions: %v", err)
	}
	if diff := cmp.Diff(unsafeFindings, namesOf(refused.Findings)); diff != "" {
		t.Errorf("New without exceptions (-want +got):\n%s", diff)
	}
	if text := refused.Error(); strings.Contains(text, "rowgate setup") || !strings.Contains(text, "alter table types.open enable row level security;") {
		t.Errorf("the error:\n%s", text)
	}

	allow := []safety.Exception{
		{Rule: safety.ServerVersion, Object: "*", Reason: "whatever the tests run on"},
		{Rule: safety.TableWithoutRLS, Object: "types.open", Reason: "everybody's"},
		{Rule: safety.TableWithoutRLS, Object: "types.gone", Reason: "was everybody's"},
		{Rule: safety.DefinerFunctionSearchPath, Object: "types.two()", Reason: "has no names in it"},
		{Rule: safety.FunctionPublicExecute, Object: "*", Reason: "functions are for all"},
		{Rule: safety.ViewWithoutSecurityInvoker, Object: "types.seen", Reason: "filters by itself"},
	}
	if err := start(&log, allow); !errors.As(err, &refused) {
		t.Fatalf("New with some exceptions: %v", err)
	}
	if diff := cmp.Diff([]string{"table-without-rls types.queried"}, namesOf(refused.Findings)); diff != "" {
		t.Errorf("New with some exceptions (-want +got):\n%s", diff)
	}
	report, err := service.Check(t.Context(), st, contract, verifier.Roles(), allow...)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"table-without-rls types.queried"}, namesOf(report.Findings)); diff != "" {
		t.Errorf("Check (-want +got):\n%s", diff)
	}
	if len(report.Unused) != 1 || report.Unused[0].Object != "types.gone" || len(report.Allowed) < 4 {
		t.Errorf("Check: unused %v, allowed %v", report.Unused, report.Allowed)
	}

	log.Reset()
	if err := start(&log, append(allow, safety.Exception{Rule: safety.TableWithoutRLS, Object: "types.queried", Reason: "too"})); err != nil {
		t.Fatalf("New with all exceptions: %v", err)
	}
	said := map[string]string{}
	for line := range strings.Lines(log.String()) {
		var entry struct{ Level, Msg, Rule, Object, Reason string }
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatal(err)
		}
		if entry.Level == "WARN" && entry.Rule != string(safety.ServerVersion) {
			said[entry.Rule+" "+entry.Object] = entry.Reason
		}
	}
	want := map[string]string{
		"table-without-rls types.open": "everybody's", "table-without-rls types.queried": "too", "table-without-rls types.gone": "",
		"view-without-security-invoker types.seen": "filters by itself", "definer-function-search-path types.two()": "has no names in it",
		"function-public-execute types.one()": "functions are for all",
	}
	if diff := cmp.Diff(want, said); diff != "" {
		t.Errorf("the log (-want +got):\n%s", diff)
	}

	if err := start(&log, []safety.Exception{{Rule: "no-such-rule", Object: "*", Reason: "none"}}); err == nil || errors.As(err, &refused) {
		t.Errorf("New with an exception for a rule that there is not: %v", err)
	}
}

// TestAllowedLogin lets even a superuser stand behind the user path, for who has
// a reason.
func TestAllowedLogin(t *testing.T) {
	db := storetest.New(t, exampleApp()...)
	st, err := store.Open(t.Context(), store.Config{URL: db.SuperuserURL(), MaxConns: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(st.Close)
	var allow []safety.Exception
	for _, rule := range safety.Rules() {
		allow = append(allow, safety.Exception{Rule: rule, Object: "*", Reason: "a scratch database"})
	}
	report, err := service.Check(t.Context(), st, exampleContract(t), []string{"anon", "authenticated"}, allow...)
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Findings) > 0 || len(report.Allowed) < 5 {
		t.Errorf("refused %v, allowed %v", report.Findings, report.Allowed)
	}
}

// TestExampleIsSafe holds the example application to every rule, without an
// exception.
func TestExampleIsSafe(t *testing.T) {
	db := storetest.New(t, exampleApp()...)
	for login, roles := range map[string][]string{
		migrations.UserLogin: {"anon", "authenticated"}, migrations.AdminLogin: nil,
	} {
		st, err := store.Open(t.Context(), store.Config{URL: db.LoginURL(t, login), MaxConns: 1})
		if err != nil {
			t.Fatal(err)
		}
		report, err := service.Check(t.Context(), st, exampleContract(t), roles,
			safety.Exception{Rule: safety.ServerVersion, Object: "*", Reason: "whatever the tests run on"})
		st.Close()
		if err != nil {
			t.Fatal(err)
		}
		if len(report.Findings) > 0 {
			t.Errorf("%s: %v", login, report.Findings)
		}
	}
}
