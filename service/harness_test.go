package service_test

import (
	"context"
	"log/slog"
	"net"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"

	"github.com/rowgate/rowgate/migrations"
	"github.com/rowgate/rowgate/proto"
	"github.com/rowgate/rowgate/service"
	"github.com/rowgate/rowgate/service/auth"
	"github.com/rowgate/rowgate/service/descriptor"
	"github.com/rowgate/rowgate/store"
	"github.com/rowgate/rowgate/store/storetest"
)

// secret signs the tokens that the test servers believe.
const secret = "a secret of the tests, 32 bytes or more"

// exampleApp is the whole example application, with its users and rows.
func exampleApp() []storetest.Migration {
	return storetest.Migrations(migrations.Supabase(), migrations.App(), migrations.Setup(), migrations.Seed())
}

// world is a server over a database of its own, and a connection to it.
type world struct {
	db    *storetest.Database
	store *store.Store
	srv   *service.Server
	addr  string
	conn  *grpc.ClientConn
}

// worldOptions change what newWorld makes; the zero value is the example
// application as it is.
type worldOptions struct {
	migrations []storetest.Migration // after those of the example
	contract   *descriptor.Set       // instead of the example's
	identity   func(*auth.Config)
	server     func(*service.Config)
	register   func(*service.Server)
	through    func(databaseURL string) string // where the server reaches its database
}

// newWorld starts a server on a free port.
func newWorld(t testing.TB, o worldOptions) *world {
	t.Helper()
	w := &world{db: storetest.New(t, append(exampleApp(), o.migrations...)...)}
	var err error
	address := w.db.LoginURL(t, migrations.UserLogin)
	if o.through != nil {
		address = o.through(address)
	}
	w.store, err = store.Open(t.Context(), store.Config{URL: address, MaxConns: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.store.Close)
	identity := auth.Config{Secret: secret, Logger: slog.New(slog.DiscardHandler)}
	if o.identity != nil {
		o.identity(&identity)
	}
	verifier, err := auth.New(t.Context(), identity)
	if err != nil {
		t.Fatal(err)
	}
	contract := o.contract
	if contract == nil {
		contract = exampleContract(t)
	}
	cfg := service.Config{Store: w.store, Verifier: verifier, Contract: contract}
	if o.server != nil {
		o.server(&cfg)
	}
	if w.srv, err = service.New(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	if o.register != nil {
		o.register(w.srv)
	}
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w.addr = lis.Addr().String()
	done := make(chan error, 1)
	go func() { done <- w.srv.Serve(lis) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		w.srv.GracefulStop(ctx)
		if err := <-done; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	w.conn, err = grpc.NewClient(w.addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.conn.Close() })
	return w
}

func exampleContract(t testing.TB) *descriptor.Set {
	t.Helper()
	contract, err := descriptor.LoadFS(t.Context(), proto.Example, "proto")
	if err != nil {
		t.Fatal(err)
	}
	return contract
}

// token signs a token of a user.
func token(t testing.TB, sub string) string {
	t.Helper()
	return sign(t, secret, auth.Claims{Subject: sub, Role: "authenticated", Audience: "authenticated", TTL: time.Hour})
}

func sign(t testing.TB, with string, claims auth.Claims) string {
	t.Helper()
	signed, err := auth.SignHS256(with, claims)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// as returns a context for calls with a token; without one they are anonymous.
func as(t testing.TB, token string) context.Context {
	if token == "" {
		return t.Context()
	}
	return metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer "+token)
}

// exampleDatabase makes a database with the example application for an
// example, which has no testing.T, and returns the URL of rowgate's login.
func exampleDatabase() (url string, drop func()) {
	db, err := storetest.Create(exampleApp()...)
	if err != nil {
		panic(err)
	}
	url, err = db.Login(migrations.UserLogin)
	if err != nil {
		panic(err)
	}
	return url, func() { _ = db.Drop() }
}
