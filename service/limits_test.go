package service_test

import (
	"context"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
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
	"github.com/rowgate/rowgate/service/descriptor"
	"github.com/rowgate/rowgate/store"
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

// A page ends before a row that would make its answer one that clients refuse.
func TestPagesEndBeforeALargeRow(t *testing.T) {
	w := newWorld(t, worldOptions{migrations: []storetest.Migration{{Name: "large", SQL: `
		insert into items (owner_id, title, description)
		select '` + migrations.Bob + `', 'large ' || n, repeat('x', case when n % 4 = 0 then 3800000 else 900000 end) from generate_series(1, 12) n`}}})
	client, ctx := appv1.NewItemServiceClient(w.conn), as(t, token(t, migrations.Bob))
	seen, pageToken := 0, ""
	for {
		res, err := client.ListItems(ctx, &appv1.ListItemsRequest{
			PageSize: 1000, PageToken: pageToken, OrderBy: "title", Filter: `title = "large*"`,
		})
		if err != nil {
			t.Fatal(err)
		}
		seen += len(res.GetItems())
		if pageToken = res.GetNextPageToken(); pageToken == "" {
			break
		}
		if len(res.GetItems()) == 0 || !res.GetCutShort() {
			t.Errorf("a page of %d rows ends early and says cut_short %v", len(res.GetItems()), res.GetCutShort())
		}
	}
	if seen != 12 {
		t.Errorf("%d rows on all pages, want 12", seen)
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

// A line of the log names the caller and the cause that the client is not told,
// and a refused token has a line too.
func TestLog(t *testing.T) {
	var lines lockedBuffer
	w := newWorld(t, worldOptions{
		identity: func(c *auth.Config) { c.Issuer = "https://issuer.example" },
		server:   func(c *service.Config) { c.Logger = slog.New(slog.NewJSONHandler(&lines, nil)) },
	})
	client := appv1.NewItemServiceClient(w.conn)
	good := sign(t, secret, auth.Claims{
		Subject: migrations.Alice, Role: "authenticated", Issuer: "https://issuer.example", TTL: time.Hour,
	})
	_, err := client.CreateItem(as(t, good), &appv1.CreateItemRequest{Item: &appv1.Item{Title: "x", Quantity: proto.Int32(-1)}})
	if status.Code(err) != codes.InvalidArgument {
		t.Fatal(err)
	}
	if got := lines.String(); !strings.Contains(got, `"sub":"`+migrations.Alice+`"`) || !strings.Contains(got, "items_quantity_check") ||
		!strings.Contains(got, `"code":"InvalidArgument"`) {
		t.Errorf("the log of a refused write: %s", got)
	}
	lines.Reset()
	if _, err := client.ListItems(as(t, token(t, migrations.Alice)), &appv1.ListItemsRequest{}); status.Code(err) != codes.Unauthenticated {
		t.Fatal(err)
	}
	if got := lines.String(); !strings.Contains(got, `"code":"Unauthenticated"`) || !strings.Contains(got, "ItemService/ListItems") {
		t.Errorf("the log of a refused token: %s", got)
	}
}

// lockedBuffer is a buffer for a logger.
type lockedBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func (l *lockedBuffer) Reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.b.Reset()
}

// What would be served wrongly is refused when it is bound.
func TestRefusedBindings(t *testing.T) {
	const head = `package p;
import "rowgate/v1/options.proto";
import "google/protobuf/field_mask.proto";
`
	const services = `
service S {
	rpc Get(GetRequest) returns (M) { option (rowgate.v1.method) = {get: {}}; }
	rpc Update(UpdateRequest) returns (M) { option (rowgate.v1.method) = {update: {}}; }
}
message UpdateRequest { M m = 1; google.protobuf.FieldMask update_mask = 2 MASK; }
message GetRequest { KEY }
message M { option (rowgate.v1.relation) = {name: "pairs" key: ["KEYS"]}; FIELDS }`
	tests := []struct{ name, syntax, mask, keys, key, fields, want string }{
		{
			"a key that is not unique", `syntax = "proto3";`, "", "a", "int32 a = 1;", "int32 a = 1; int32 b = 2;",
			"(a) is no key of table public.pairs: no primary key and no unique index on NOT NULL columns is within it",
		},
		{
			"a key of json", `syntax = "proto3";`, "", "j", "string j = 1;", "string j = 1;",
			`column "j" of type json cannot be of a key: its values cannot be compared`,
		},
		{
			"a delimited mask", `edition = "2023";`, "[features.message_encoding = DELIMITED]", `a", "b`, "int32 a = 1; int32 b = 2;", "int32 a = 1; int32 b = 2;",
			"update_mask is of type delimited google.protobuf.FieldMask, and Update needs google.protobuf.FieldMask",
		},
	}
	db := storetest.New(t, append(exampleApp(), storetest.Migration{
		Name: "pairs", SQL: "create table pairs (a int not null, b int not null, j json not null, primary key (a, b))",
	})...)
	st, err := store.Open(t.Context(), store.Config{URL: db.LoginURL(t, migrations.UserLogin)})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := tt.syntax + "\n" + head + strings.NewReplacer("MASK", tt.mask, "KEYS", tt.keys, "KEY", tt.key, "FIELDS", tt.fields).Replace(services)
			set, err := descriptor.LoadFS(t.Context(), fstest.MapFS{"p.proto": {Data: []byte(text)}}, "proto")
			if err != nil {
				t.Fatal(err)
			}
			report, err := service.Check(t.Context(), st, set, []string{"anon", "authenticated"})
			if err != nil {
				t.Fatal(err)
			}
			var texts []string
			for _, p := range report.Problems {
				texts = append(texts, p.Text)
			}
			if !slices.Contains(texts, tt.want) {
				t.Errorf("problems %q, want %q", texts, tt.want)
			}
		})
	}
}
