package service_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	reflectionpb "google.golang.org/grpc/reflection/grpc_reflection_v1"
	grpcstatus "google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/rowgate/rowgate/service"
	"github.com/rowgate/rowgate/service/descriptor"
	"github.com/rowgate/rowgate/store/storetest"
)

// reloadContract is a contract that grows and shrinks: of methods, one a line.
func reloadContract(t testing.TB, methods ...string) *descriptor.Set {
	t.Helper()
	source := `syntax = "proto3";
package reload.v1;
import "rowgate/v1/options.proto";
message Thing {
  option (rowgate.v1.relation) = {schema: "public", name: "reload_things"};
  int32 id = 1;
  optional string note = 2;
}
message Get { int32 id = 1; }
message List { int32 page_size = 1; string page_token = 2; }
message Things { repeated Thing things = 1; string next_page_token = 2; }
message All {}
service ThingService {
  ` + strings.Join(methods, "\n  ") + `
}
`
	contract, err := descriptor.LoadFS(t.Context(), fstest.MapFS{"reload/v1/r.proto": {Data: []byte(source)}}, "proto")
	if err != nil {
		t.Fatal(err)
	}
	return contract
}

const (
	getThing    = "rpc GetThing(Get) returns (Thing) { option (rowgate.v1.method) = {get: {}}; }"
	listThings  = "rpc ListThings(List) returns (Things) { option (rowgate.v1.method) = {list: {}}; }"
	allThings   = "rpc AllThings(All) returns (stream Thing) { option (rowgate.v1.method) = {stream: {}}; }"
	getNoThings = "rpc GetThing(Get) returns (Things) { option (rowgate.v1.method) = {get: {}}; }"
)

// TestReload changes what a server serves while it serves.
func TestReload(t *testing.T) {
	w := newWorld(t, worldOptions{
		contract: reloadContract(t, getThing),
		migrations: []storetest.Migration{{Name: "reload", SQL: `
create table reload_things (id int primary key, note text);
grant select on reload_things to anon;
insert into reload_things values (1, 'one'), (2, 'two');`}},
	})
	const getPath, listPath, allPath = "/reload.v1.ThingService/GetThing", "/reload.v1.ThingService/ListThings", "/reload.v1.ThingService/AllThings"
	id := &emptypb.Empty{}
	if err := proto.Unmarshal([]byte{8, 2}, id); err != nil { // id: 2
		t.Fatal(err)
	}
	code := func(path string) codes.Code {
		return grpcstatus.Code(w.conn.Invoke(t.Context(), path, id, &emptypb.Empty{}))
	}
	streamed := func() (n int, err error) {
		ss, err := w.conn.NewStream(t.Context(), &grpc.StreamDesc{ServerStreams: true}, allPath)
		if err != nil {
			return 0, err
		}
		if err := errors.Join(ss.SendMsg(&emptypb.Empty{}), ss.CloseSend()); err != nil {
			return 0, err
		}
		for ; ; n++ {
			if err := ss.RecvMsg(&emptypb.Empty{}); err == io.EOF {
				return n, nil
			} else if err != nil {
				return n, err
			}
		}
	}
	is := func(get, list codes.Code) {
		t.Helper()
		if g, l := code(getPath), code(listPath); g != get || l != list {
			t.Errorf("GetThing: %s, want %s; ListThings: %s, want %s", g, get, l, list)
		}
	}
	reload := func(want service.Change, methods ...string) {
		t.Helper()
		contract := reloadContract(t, methods...)
		planned, err := w.srv.Plan(t.Context(), contract)
		if err != nil {
			t.Fatal(err)
		}
		got, err := w.srv.Reload(t.Context(), contract)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []*service.Change{planned, got} {
			if diff := cmp.Diff(want, *c); diff != "" {
				t.Errorf("the change (-want +got):\n%s", diff)
			}
		}
	}
	is(codes.OK, codes.Unimplemented)

	reload(service.Change{Added: []string{"reload.v1.ThingService/AllThings", "reload.v1.ThingService/ListThings"}, Removed: []string{}},
		getThing, listThings, allThings)
	is(codes.OK, codes.OK)
	if n, err := streamed(); n != 2 || err != nil {
		t.Errorf("the stream that was added gave %d rows, %v", n, err)
	}

	reload(service.Change{Added: []string{}, Removed: []string{"reload.v1.ThingService/AllThings", "reload.v1.ThingService/GetThing"}}, listThings)
	is(codes.Unimplemented, codes.OK)
	if _, err := streamed(); grpcstatus.Code(err) != codes.Unimplemented {
		t.Errorf("the stream that was removed: %v", err)
	}
	if got := reflectedMethods(t, w, "reload.v1.ThingService"); !cmp.Equal(got, []string{"ListThings"}) {
		t.Errorf("reflection tells of %v", got)
	}

	// What does not fit changes nothing.
	var drift *service.DriftError
	if _, err := w.srv.Reload(t.Context(), reloadContract(t, getNoThings)); !errors.As(err, &drift) {
		t.Errorf("a contract that does not fit: %v", err)
	}
	is(codes.Unimplemented, codes.OK)
	if got := w.srv.State(); got.Methods != 1 || len(got.Unfit) != 0 || time.Since(got.Loaded) > time.Minute {
		t.Errorf("the state is %+v", got)
	}
	if w.srv.Method("reload.v1.ThingService/ListThings") == nil || w.srv.Method("reload.v1.ThingService/GetThing") != nil {
		t.Error("Method finds others than those that are served")
	}
}

// reflectedMethods asks the server for the methods of a service.
func reflectedMethods(t testing.TB, w *world, name string) []string {
	t.Helper()
	client, err := reflectionpb.NewServerReflectionClient(w.conn).ServerReflectionInfo(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ask := &reflectionpb.ServerReflectionRequest{MessageRequest: &reflectionpb.ServerReflectionRequest_FileContainingSymbol{FileContainingSymbol: name}}
	if err := client.Send(ask); err != nil {
		t.Fatal(err)
	}
	answer, err := client.Recv()
	if err != nil {
		t.Fatal(err)
	}
	var methods []string
	for _, raw := range answer.GetFileDescriptorResponse().GetFileDescriptorProto() {
		file := &descriptorpb.FileDescriptorProto{}
		if err := proto.Unmarshal(raw, file); err != nil {
			t.Fatal(err)
		}
		for _, sd := range file.Service {
			for _, md := range sd.Method {
				if file.GetPackage()+"."+sd.GetName() == name {
					methods = append(methods, md.GetName())
				}
			}
		}
	}
	return methods
}

// TestCalls lists and cancels a call that runs.
func TestCalls(t *testing.T) {
	w := newWorld(t, worldOptions{contract: sleepContract(t), migrations: []storetest.Migration{{Name: "sleep", SQL: `
create function public.rest() returns int language sql volatile return (select 1 from pg_sleep(2.5));
grant execute on function public.rest() to anon;`}}})
	ended := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
		defer cancel()
		ended <- w.conn.Invoke(ctx, "/sleep.v1.SleepService/Rest", &emptypb.Empty{}, &emptypb.Empty{})
	}()
	var running []service.RunningCall
	for until := time.Now().Add(5 * time.Second); len(running) == 0 && time.Now().Before(until); time.Sleep(5 * time.Millisecond) {
		running = w.srv.Calls().List()
	}
	if len(running) != 1 {
		t.Fatalf("%d calls are listed", len(running))
	}
	c := running[0]
	if c.Method != "sleep.v1.SleepService/Rest" || c.Role != "anon" || c.Path != "user" || c.Peer == "" || time.Since(c.Start) > time.Minute {
		t.Errorf("the call is %+v", c)
	}
	if w.srv.Calls().Cancel("no such call") || !w.srv.Calls().Cancel(c.ID) {
		t.Error("Cancel finds another call than the one that runs")
	}
	err := <-ended
	if grpcstatus.Code(err) != codes.Canceled || !strings.Contains(err.Error(), "administrator") {
		t.Errorf("the call ended with %v", err)
	}
	for until := time.Now().Add(5 * time.Second); len(w.srv.Calls().List()) > 0 && time.Now().Before(until); time.Sleep(5 * time.Millisecond) {
	}
	if left := w.srv.Calls().List(); len(left) > 0 {
		t.Errorf("calls that have ended are listed: %v", left)
	}
}

func sleepContract(t testing.TB) *descriptor.Set {
	t.Helper()
	contract, err := descriptor.LoadFS(t.Context(), fstest.MapFS{"sleep/v1/s.proto": {Data: []byte(`syntax = "proto3";
package sleep.v1;
import "rowgate/v1/options.proto";
message RestRequest {}
message RestResponse { optional int32 result = 1; }
service SleepService {
  rpc Rest(RestRequest) returns (RestResponse) { option (rowgate.v1.method) = {call: {name: "rest"}}; }
}
`)}}, "proto")
	if err != nil {
		t.Fatal(err)
	}
	return contract
}
