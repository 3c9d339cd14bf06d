// Package servicetest starts a real server for a test: over a database of its
// own, on a socket of its own. It is never part of a program.
package servicetest

import (
	"context"
	"log/slog"
	"net"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/rowgate/rowgate/migrations"
	"github.com/rowgate/rowgate/proto"
	"github.com/rowgate/rowgate/service"
	"github.com/rowgate/rowgate/service/auth"
	"github.com/rowgate/rowgate/service/descriptor"
	"github.com/rowgate/rowgate/store"
	"github.com/rowgate/rowgate/store/safety"
	"github.com/rowgate/rowgate/store/storetest"
)

// Options change what [New] makes; the zero value is the example application as
// it is.
type Options struct {
	// Migrations run after those of the example.
	Migrations []storetest.Migration
	// Contract is served instead of the example's.
	Contract *descriptor.Set
	// Identity changes whom the server believes.
	Identity func(*auth.Config)
	// Store changes how the server reaches its database, and Server what it serves.
	Store  func(*store.Config)
	Server func(*service.Config)
	// Strict refuses what the tables, views and functions of a fixture need not
	// hold to: row level security on all of them, for one.
	Strict bool
	// Register registers services by hand.
	Register func(*service.Server)
}

// World is a server over a database of its own, and a connection to it. All of
// it ends with the test.
type World struct {
	DB     *storetest.Database
	Store  *store.Store
	Server *service.Server
	// Addr is the server's address, HOST:PORT.
	Addr string
	Conn *grpc.ClientConn
}

// New starts a server on a free port, with four connections to a copy of the
// example application.
func New(t testing.TB, o Options) *World {
	t.Helper()
	w := &World{DB: storetest.New(t, append(ExampleApp(), o.Migrations...)...)}
	storeConfig := store.Config{URL: w.DB.LoginURL(t, migrations.UserLogin), MaxConns: 4}
	if o.Store != nil {
		o.Store(&storeConfig)
	}
	var err error
	if w.Store, err = store.Open(t.Context(), storeConfig); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Store.Close)
	identity := auth.Config{Secret: Secret, Logger: slog.New(slog.DiscardHandler)}
	if o.Identity != nil {
		o.Identity(&identity)
	}
	verifier, err := auth.New(t.Context(), identity)
	if err != nil {
		t.Fatal(err)
	}
	cfg := service.Config{Store: w.Store, Verifier: verifier, Contract: o.Contract}
	if !o.Strict {
		cfg.Allow = Fixtures()
	}
	if cfg.Contract == nil {
		cfg.Contract = ExampleContract(t)
	}
	if o.Server != nil {
		o.Server(&cfg)
	}
	if w.Server, err = service.New(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	if o.Register != nil {
		o.Register(w.Server)
	}
	w.Addr = Serve(t, w.Server)
	w.Conn = Dial(t, w.Addr)
	return w
}

// Serve runs a server on a free port until the test ends, and returns its
// address.
func Serve(t testing.TB, srv *service.Server) string {
	t.Helper()
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- srv.Serve(lis) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		srv.GracefulStop(ctx)
		if err := <-done; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return lis.Addr().String()
}

// Dial opens a connection in plain text, which is closed when the test ends.
func Dial(t testing.TB, addr string) *grpc.ClientConn {
	t.Helper()
	conn, err := grpc.NewClient(addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// Fixtures allows what fixtures need not hold to: everything but what is said of
// logins and caller roles.
func Fixtures() []safety.Exception { return safety.AllowObjects("a fixture of a test") }

// ExampleApp is the whole example application, with its users and rows.
func ExampleApp() []storetest.Migration {
	return storetest.Migrations(migrations.Supabase(), migrations.App(), migrations.Setup(), migrations.Seed())
}

// ExampleContract is the example application's services.
func ExampleContract(t testing.TB) *descriptor.Set {
	t.Helper()
	contract, err := descriptor.LoadFS(t.Context(), proto.Example, "proto")
	if err != nil {
		t.Fatal(err)
	}
	return contract
}
