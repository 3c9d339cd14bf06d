package service_test

import (
	"context"
	"testing"

	"google.golang.org/grpc"

	"github.com/rowgate/rowgate/migrations"
	"github.com/rowgate/rowgate/service"
	"github.com/rowgate/rowgate/service/auth"
	"github.com/rowgate/rowgate/service/descriptor"
	"github.com/rowgate/rowgate/service/servicetest"
	"github.com/rowgate/rowgate/store"
	"github.com/rowgate/rowgate/store/storetest"
)

const secret = servicetest.Secret

func exampleApp() []storetest.Migration { return servicetest.ExampleApp() }

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
	w := servicetest.New(t, servicetest.Options{
		Migrations: o.migrations, Contract: o.contract, Identity: o.identity, Server: o.server, Register: o.register,
		Store: func(cfg *store.Config) {
			if o.through != nil {
				cfg.URL = o.through(cfg.URL)
			}
		},
	})
	return &world{w.DB, w.Store, w.Server, w.Addr, w.Conn}
}

func exampleContract(t testing.TB) *descriptor.Set { return servicetest.ExampleContract(t) }

func token(t testing.TB, sub string) string { return servicetest.Token(t, sub) }

func sign(t testing.TB, with string, claims auth.Claims) string {
	return servicetest.Sign(t, with, claims)
}

// as returns a context for calls with a token; without one they are anonymous.
func as(t testing.TB, token string) context.Context { return servicetest.As(t.Context(), token) }

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
