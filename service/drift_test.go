package service_test

import (
	"bytes"
	"errors"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/rowgate/rowgate/service"
	"github.com/rowgate/rowgate/service/auth"
	"github.com/rowgate/rowgate/service/descriptor"
	"github.com/rowgate/rowgate/store"
	"github.com/rowgate/rowgate/store/storetest"
)

// drifted is what has become of the database under driftedProto.
const drifted = `
	create schema types;
	grant usage on schema types to anon;
	create table types.kept (id integer primary key, note text);
	create table types.cut (id integer primary key, note text, gone text);
	create table types.keyed (a integer, b integer, note text, primary key (a, b));
	insert into types.keyed values (1, 1, 'x'), (1, 2, 'y');
	create function types.same(n integer) returns integer language sql as 'select n';
	create function types.moved(n integer) returns integer language sql as 'select n';
	alter table types.cut drop column gone;
	alter table types.keyed alter column b type text;
	drop function types.moved;
`

const driftedProto = `
message Kept {
  option (rowgate.v1.relation) = { schema: "types" name: "kept" };
  int32 id = 1;
  optional string note = 2;
}
message Cut {
  option (rowgate.v1.relation) = { schema: "types" name: "cut" };
  int32 id = 1;
  optional string note = 2;
  optional string gone = 3;
}
service FunctionService {
  rpc Same(Int) returns (Int) { option (rowgate.v1.method) = { call: { schema: "types" name: "same" } }; }
  rpc Moved(Int) returns (Int) { option (rowgate.v1.method) = { call: { schema: "types" name: "moved" } }; }
  rpc Watch(Int) returns (stream Int) { option (rowgate.v1.method) = { call: { schema: "types" name: "same" } }; }
}
message Int { optional int32 n = 1; }
service KeyedService {
  rpc GetKeyed(KeyRequest) returns (Keyed) { option (rowgate.v1.method) = { get: {} }; }
  rpc DeleteKeyed(KeyRequest) returns (google.protobuf.Empty) { option (rowgate.v1.method) = { delete: { message: "Keyed" } }; }
  rpc ListKeyed(ListRequest) returns (ListResponse) { option (rowgate.v1.method) = { list: {} }; }
}
message Keyed {
  option (rowgate.v1.relation) = { schema: "types" name: "keyed" };
  int32 a = 1;
  string b = 2;
}
message KeyRequest { int32 a = 1; int32 b = 2; }
message ListRequest {}
message ListResponse { repeated Keyed rows = 1; }
`

func driftedContract(t testing.TB) *descriptor.Set {
	t.Helper()
	contract, err := descriptor.LoadFS(t.Context(), fstest.MapFS{"types/v1/drift.proto": {Data: []byte(
		typesHead + driftedProto + methodsOf("Kept", "int32 id = 1;") + methodsOf("Cut", "int32 id = 1;"),
	)}}, "proto")
	if err != nil {
		t.Fatal(err)
	}
	return contract
}

const driftAnswer = "this method does not fit the database's present schema and is not served until the two agree again; the rest of the contract is"

// TestDrift serves a contract of which the database has lost a part: without
// AllowDrift not at all, with it the rest.
func TestDrift(t *testing.T) {
	contract := driftedContract(t)
	var log bytes.Buffer
	w := &typesWorld{contract: contract, world: newWorld(t, worldOptions{
		migrations: []storetest.Migration{{Name: "drift", SQL: drifted + openToAnon("types.kept") + openToAnon("types.cut") + openToAnon("types.keyed")}},
		contract:   contract,
		server: func(c *service.Config) {
			c.AllowDrift, c.Logger = true, slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{
				ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
					if a.Key == slog.TimeKey {
						return slog.Attr{}
					}
					return a
				},
			}))
		},
	})}
	started := regexp.MustCompile(`(?m)^.*allowed by the configuration.*\n`).ReplaceAllString(log.String(), "")

	verifier, err := auth.New(t.Context(), auth.Config{Secret: secret, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	problems := []string{
		`proto/types/v1/drift.proto:20:3: the database has no function types.moved; those of Postgres and of extensions are not called`,
		`proto/types/v1/drift.proto:21:3: Watch streams its answer, and its operation is unary`,
		`proto/types/v1/drift.proto:34:35: b is of type int32, and GetKeyed needs string`,
		`proto/types/v1/drift.proto:25:3: the request of GetKeyed has no field b, which is part of the key`,
		`proto/types/v1/drift.proto:34:35: b is of type int32, and DeleteKeyed needs string`,
		`proto/types/v1/drift.proto:26:3: the request of DeleteKeyed has no field b, which is part of the key`,
		`proto/types/v1/drift.proto:16:3: table types.cut has no column "gone"; it has id, note`,
	}
	_, err = service.New(t.Context(), service.Config{Store: w.store, Verifier: verifier, Contract: contract})
	var drift *service.DriftError
	if !errors.As(err, &drift) || len(drift.Problems) != len(problems) {
		t.Errorf("New without AllowDrift: %v", err)
	} else if diff := cmp.Diff(problems, strings.Split(err.Error(), "\n")); diff != "" {
		t.Errorf("New without AllowDrift (-want +got):\n%s", diff)
	}

	line := func(method, problem string) string {
		return `level=WARN msg="the method does not fit the database and is not served" method=/types.v1.` + method +
			` problems="` + strings.ReplaceAll(problem, `"`, `\"`) + `"`
	}
	want := []string{
		line("FunctionService/Moved", problems[0]), line("FunctionService/Watch", problems[1]),
		line("KeyedService/GetKeyed", problems[2]+`\n`+problems[3]), line("KeyedService/DeleteKeyed", problems[4]+`\n`+problems[5]),
	}
	for _, method := range []string{"Get", "List", "Create", "Update", "Delete"} {
		want = append(want, line("CutService/"+method+"Cut", problems[6]))
	}
	if diff := cmp.Diff(strings.Join(want, "\n")+"\n", started); diff != "" {
		t.Errorf("the log (-want +got):\n%s", diff)
	}
	if n := len(w.srv.Methods()); n != 7 {
		t.Errorf("%d methods are served, want the five of Kept, Same and ListKeyed", n)
	}

	// What fits works.
	got, err := w.call(t, "Kept", "Create", `{"row":{"id":1,"note":"x"}}`, "")
	if err != nil {
		t.Fatal(err)
	}
	sameMessage(t, "Create", got, `{"id":1,"note":"x"}`)
	caller := newCaller(w.conn, contract, "types.v1")
	if got, err = caller.call(t.Context(), "anon", "Same", caller.request(t, "Same", `{"n":3}`, "")); err != nil {
		t.Fatal(err)
	}
	sameMessage(t, "Same", got, `{"n":3}`)

	// What does not is refused, and nothing happens. The key's half that fits
	// would be the key of two rows.
	refused := answer{code: codes.FailedPrecondition, reason: "SCHEMA_DRIFT", text: driftAnswer}
	for method, request := range map[string]string{
		"GetCut": `{"id":1}`, "ListCut": `{}`, "CreateCut": `{"row":{"id":1}}`, "UpdateCut": `{"row":{"id":1}}`, "DeleteCut": `{"id":1}`,
		"Moved": `{"n":1}`, "GetKeyed": `{"a":1}`, "DeleteKeyed": `{"a":1}`,
	} {
		_, err := caller.call(t.Context(), "anon", method, caller.request(t, method, request, ""))
		if err == nil {
			t.Errorf("%s is served", method)
		} else if diff := cmp.Diff(refused.String(), answerOf(t, err).String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", method, diff)
		}
	}
	stream, err := w.conn.NewStream(t.Context(), &grpc.StreamDesc{ServerStreams: true}, "/types.v1.FunctionService/Watch")
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.RecvMsg(dynamicpb.NewMessage(caller.message("Int"))); answerOf(t, err).String() != refused.String() {
		t.Errorf("Watch: %v", err)
	}
	// Nobody is told of a method without a token that is believed.
	_, err = caller.call(as(t, "nonsense"), "nobody", "GetCut", caller.request(t, "GetCut", `{"id":1}`, ""))
	if code := answerOf(t, err).code; code != codes.Unauthenticated {
		t.Errorf("GetCut with a bad token: %v", err)
	}
	if rows := w.db.Psql(t, "select count(*) from types.keyed"); rows != "2\n" {
		t.Errorf("%s rows are left of two", rows)
	}
}

// TestDriftUnsafeLogin holds that no login is let off for AllowDrift.
func TestDriftUnsafeLogin(t *testing.T) {
	db := storetest.New(t, append(exampleApp(), storetest.Migration{Name: "drift", SQL: drifted})...)
	st, err := store.Open(t.Context(), store.Config{URL: db.SuperuserURL(), MaxConns: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(st.Close)
	verifier, err := auth.New(t.Context(), auth.Config{Secret: secret, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	_, err = service.New(t.Context(), service.Config{Store: st, Verifier: verifier, Contract: driftedContract(t), AllowDrift: true})
	var unsafe *service.UnsafeError
	if !errors.As(err, &unsafe) {
		t.Errorf("New: %v", err)
	}
}
