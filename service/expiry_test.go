package service_test

import (
	"io"
	"testing"
	"testing/fstest"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	grpcstatus "google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/rowgate/rowgate/service/auth"
	"github.com/rowgate/rowgate/service/descriptor"
	"github.com/rowgate/rowgate/service/servicetest"
	"github.com/rowgate/rowgate/store/storetest"
)

// TestStreamEndsWithItsToken holds that a stream does not outlast the token that
// it came with.
func TestStreamEndsWithItsToken(t *testing.T) {
	contract, err := descriptor.LoadFS(t.Context(), fstest.MapFS{"slow/v1/s.proto": {Data: []byte(`syntax = "proto3";
package slow.v1;
import "rowgate/v1/options.proto";
message Row {
  option (rowgate.v1.relation) = {schema: "public", name: "slow_rows", key: "id"};
  optional int32 id = 1;
  optional string body = 2;
}
message All {}
service SlowService {
  rpc AllRows(All) returns (stream Row) { option (rowgate.v1.method) = {stream: {}}; }
}
`)}}, "proto")
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, worldOptions{
		contract: contract,
		identity: func(cfg *auth.Config) { cfg.Skew = -1 },
		migrations: []storetest.Migration{{Name: "slow", SQL: `
create view slow_rows with (security_invoker) as select n as id, repeat('x', 60000) as body from generate_series(1, 100000) n;
grant select on slow_rows to authenticated;`}},
	})
	for _, ttl := range []time.Duration{2 * time.Second, time.Hour} {
		ctx := as(t, servicetest.Sign(t, secret, auth.Claims{Subject: "x", Role: "authenticated", TTL: ttl}))
		ss, err := w.conn.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true}, "/slow.v1.SlowService/AllRows")
		if err != nil {
			t.Fatal(err)
		}
		if err := ss.SendMsg(&emptypb.Empty{}); err != nil {
			t.Fatal(err)
		}
		_ = ss.CloseSend()
		rows, start := 0, time.Now()
		for err == nil && time.Since(start) < 4*time.Second {
			if err = ss.RecvMsg(&emptypb.Empty{}); err == nil {
				rows++
				time.Sleep(time.Millisecond) // a reader who takes their time
			}
		}
		switch {
		case ttl == time.Hour && err != nil && err != io.EOF:
			t.Errorf("with a token that is good: %v after %d rows", err, rows)
		case ttl < time.Hour && (grpcstatus.Code(err) != codes.Unauthenticated || rows == 0):
			t.Errorf("with a token that expires: %v after %d rows", err, rows)
		}
	}
}
