package service_test

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/rowgate/rowgate/migrations"
	appv1 "github.com/rowgate/rowgate/proto/gen/app/v1"
	"github.com/rowgate/rowgate/service"
	"github.com/rowgate/rowgate/service/auth"
	"github.com/rowgate/rowgate/store/storetest"
)

// What a client sends comes back in errors, and a status travels in headers:
// too much of it would end the connection and every other call on it.
func TestErrorsAreShort(t *testing.T) {
	w := newWorld(t, worldOptions{})
	client, ctx := appv1.NewItemServiceClient(w.conn), as(t, token(t, migrations.Alice))
	_, err := client.UpdateItem(ctx, &appv1.UpdateItemRequest{
		Item:       &appv1.Item{Id: proto.String("17e50000-0000-4000-8000-000000000001")},
		UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{strings.Repeat("x", 3<<20)}},
	})
	if status.Code(err) != codes.InvalidArgument || len(status.Convert(err).Message()) > 200 {
		t.Errorf("a mask of 3 MiB: %.300v", err)
	}
	if _, err := client.ListItems(ctx, &appv1.ListItemsRequest{PageSize: 1}); err != nil {
		t.Errorf("the next call on the connection: %v", err)
	}
}

// A page ends before its answer is one that clients refuse, and no row is lost
// for it.
func TestPagesAreBoundedInBytes(t *testing.T) {
	w := newWorld(t, worldOptions{migrations: []storetest.Migration{{Name: "large", SQL: `
		insert into items (owner_id, title, description)
		select '` + migrations.Bob + `', 'large ' || n, repeat('x', 200000) from generate_series(1, 60) n`}}})
	client, ctx := appv1.NewItemServiceClient(w.conn), as(t, token(t, migrations.Bob))
	seen, pages, pageToken := map[string]bool{}, 0, ""
	for {
		// gRPC's clients refuse an answer over 4 MiB by themselves.
		res, err := client.ListItems(ctx, &appv1.ListItemsRequest{PageSize: 1000, PageToken: pageToken})
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range res.GetItems() {
			if seen[item.GetId()] {
				t.Errorf("%s is listed twice", item.GetId())
			}
			seen[item.GetId()] = true
		}
		pages++
		if pageToken = res.GetNextPageToken(); pageToken == "" {
			break
		}
	}
	if len(seen) != 72 || pages < 4 {
		t.Errorf("%d items on %d pages, want Bob's 12 and the 60 large ones on several", len(seen), pages)
	}
}

func TestSecretHeadersAreRefused(t *testing.T) {
	w := newWorld(t, worldOptions{})
	verifier, err := auth.New(t.Context(), auth.Config{Secret: secret})
	if err != nil {
		t.Fatal(err)
	}
	_, err = service.New(t.Context(), service.Config{Store: w.store, Verifier: verifier, Headers: []string{"X-Request-Id", "Authorization"}})
	if want := "service: Config.Headers has authorization, which is a secret and not for the database"; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

// A health watch lasts for ever; a server that stops does not wait for it.
func TestStopEndsWatches(t *testing.T) {
	w := newWorld(t, worldOptions{})
	verifier, err := auth.New(t.Context(), auth.Config{Secret: secret})
	if err != nil {
		t.Fatal(err)
	}
	srv, err := service.New(t.Context(), service.Config{Store: w.store, Verifier: verifier})
	if err != nil {
		t.Fatal(err)
	}
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(lis) }()
	conn, err := grpc.NewClient(lis.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	watch, err := healthpb.NewHealthClient(conn).Watch(t.Context(), &healthpb.HealthCheckRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := watch.Recv(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	start := time.Now()
	srv.GracefulStop(ctx)
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("stopping took %s", took)
	}
	if err := <-served; err != nil {
		t.Errorf("Serve: %v", err)
	}
}
