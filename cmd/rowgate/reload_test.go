package main_test

import (
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/rowgate/rowgate/migrations"
	"github.com/rowgate/rowgate/service/servicetest"
	"github.com/rowgate/rowgate/store/storetest"
)

const thingsSQL = `
	create table public.things (id int primary key, name text not null);
	alter table public.things enable row level security, force row level security;
	create policy all_read on public.things for select to anon, authenticated using (true);
	grant select on public.things to anon, authenticated;
	insert into public.things values (1, 'one');`

// thingsProto is a contract with a method for each of the names.
func thingsProto(methods ...string) string {
	var rpcs string
	for _, name := range methods {
		rpcs += "\n  rpc " + name + "(GetThingRequest) returns (Thing) { option (rowgate.v1.method) = {get: {}}; }"
	}
	return `syntax = "proto3";
package things;
import "rowgate/v1/options.proto";
message Thing {
  option (rowgate.v1.relation) = {name: "things"};
  int32 id = 1;
  string name = 2;
}
message GetThingRequest { int32 id = 1; }
service ThingService {` + rpcs + "\n}\n"
}

// things is a server of that contract, by its folder.
func things(t *testing.T) (p *process, conn *grpc.ClientConn, proto string) {
	t.Helper()
	db := storetest.New(t, append(storetest.Migrations(migrations.Supabase(), migrations.Setup()),
		storetest.Migration{Name: "things.sql", SQL: thingsSQL})...)
	proto = t.TempDir()
	write(t, proto, "things.proto", thingsProto("GetThing"))
	p = startServe(t, t.TempDir(), append(userEnv(t, db), "ROWGATE_PROTO="+proto), nil, "msg=serving")
	return p, connect(t, p.address(t, "user"), nil), proto
}

// getThing calls a method; the wrapper's field is the one of the request and of
// the answer.
func getThing(t *testing.T, conn *grpc.ClientConn, method string) codes.Code {
	t.Helper()
	var got wrapperspb.Int32Value
	err := conn.Invoke(servicetest.As(t.Context(), ""), "/things.ThingService/"+method, wrapperspb.Int32(1), &got)
	if err == nil && got.GetValue() != 1 {
		t.Errorf("%s answers %d", method, got.GetValue())
	}
	return status.Code(err)
}

func TestReload(t *testing.T) {
	p, conn, proto := things(t)
	if code := getThing(t, conn, "FetchThing"); code != codes.Unimplemented {
		t.Errorf("before: %s", code)
	}
	write(t, proto, "things.proto", thingsProto("GetThing", "FetchThing"))
	p.hangup(t)
	for _, method := range []string{"GetThing", "FetchThing"} {
		if code := getThing(t, conn, method); code != codes.OK {
			t.Errorf("%s after a reload: %s", method, code)
		}
	}
	// What does not fit changes nothing, and the log says why.
	write(t, proto, "things.proto", strings.Replace(thingsProto("GetThing"), "string name = 2", "string colour = 2", 1))
	p.hangup(t)
	if want := filepath.Join(proto, "things.proto"); !strings.Contains(p.logged(), want) || !strings.Contains(p.logged(), "colour") {
		t.Errorf("no word of %s and colour in the log:\n%s", want, p.logged())
	}
	write(t, proto, "things.proto", "no proto")
	p.hangup(t)
	if code := getThing(t, conn, "FetchThing"); code != codes.OK {
		t.Errorf("FetchThing after failed reloads: %s", code)
	}
	write(t, proto, "things.proto", thingsProto("GetThing"))
	p.hangup(t)
	if code := getThing(t, conn, "FetchThing"); code != codes.Unimplemented {
		t.Errorf("a method that was taken out: %s", code)
	}
}
