package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"runtime/debug"
	"time"

	"github.com/rowgate/rowgate/cmd/rowgate/internal/config"
	"github.com/rowgate/rowgate/service"
	"github.com/rowgate/rowgate/service/auth"
	"github.com/rowgate/rowgate/service/descriptor"
	"github.com/rowgate/rowgate/service/filter"
	"github.com/rowgate/rowgate/store"
)

type serve struct {
	config.Database
	config.Contract
	config.Identity
	config.Server
	config.Drift
}

// Help is shown by rowgate serve --help.
func (serve) Help() string {
	return `The server refuses to start when the contract does not fit the database, or when the login could become more than its callers; it lists all that is wrong. With --allow-drift, methods that do not fit answer FAILED_PRECONDITION and the rest is served.

Example:
  export DATABASE_URL=postgres://rowgate:PASSWORD@db.PROJECT.supabase.co:5432/postgres
  export SUPABASE_URL=https://PROJECT.supabase.co
  rowgate serve --proto proto`
}

// Run serves until the program is told to stop.
func (s serve) Run(a *app) error {
	log := a.log.Logger()
	authConfig, err := s.Auth(log)
	if err != nil {
		return err
	}
	st, contract, err := openBoth(a.ctx, s.Database, s.Contract, log)
	if err != nil {
		return err
	}
	defer st.Close()
	srv, err := newServer(a.ctx, st, contract, authConfig, s.Server, s.Drift, log)
	var drift *service.DriftError
	if errors.As(err, &drift) {
		return fmt.Errorf("the contract does not fit the database:\n%w\n"+
			"`rowgate pull` brings the contract up to date; --allow-drift serves the methods that fit", err)
	}
	if err != nil {
		return err
	}
	lis, err := s.Listener()
	if err != nil {
		return err
	}
	if a, ok := lis.Addr().(*net.TCPAddr); ok && !a.IP.IsLoopback() {
		log.Warn("tokens and rows travel in plain text on an address that others can reach; "+
			"put a proxy that ends TLS in front", "address", a.String())
	}
	log.Info("serving", "address", lis.Addr().String(), "methods", len(srv.Methods()))
	return run(a.ctx, srv, lis)
}

// openTimeout bounds the wait for a database at start.
const openTimeout = 15 * time.Second

func open(ctx context.Context, cfg store.Config) (*store.Store, error) {
	ctx, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	return store.Open(ctx, cfg)
}

// openBoth opens what a server stands between: the database and the contract.
func openBoth(ctx context.Context, db config.Database, c config.Contract, log *slog.Logger) (*store.Store, *descriptor.Set, error) {
	cfg, err := db.Store(log)
	if err != nil {
		return nil, nil, err
	}
	// Compiling leaves much garbage and little else: collecting it early takes
	// a third of the start.
	percent := debug.SetGCPercent(400)
	contract, err := descriptor.Load(ctx, c.Proto)
	debug.SetGCPercent(percent)
	if err != nil {
		return nil, nil, err
	}
	st, err := open(ctx, cfg)
	return st, contract, err
}

func newServer(ctx context.Context, st *store.Store, contract *descriptor.Set, identity auth.Config, cfg config.Server,
	drift config.Drift, log *slog.Logger,
) (*service.Server, error) {
	verifier, err := auth.New(ctx, identity)
	if err != nil {
		return nil, err
	}
	return service.New(ctx, service.Config{
		Store: st, Verifier: verifier, Contract: contract, Logger: log,
		PageTokenSecret: []byte(cfg.PageTokenSecret), Headers: cfg.Headers,
		NoReflection: !cfg.Reflection, MaxRequestBytes: cfg.MaxRequest, AllowDrift: drift.AllowDrift,
		Limits:         filter.Limits{Bytes: cfg.Filter.Bytes, Terms: cfg.Filter.Terms, Values: cfg.Filter.Values},
		StreamPatience: cfg.StreamPatience,
	})
}

// stopTimeout is how long running calls may go on once the program is told to
// stop.
const stopTimeout = 10 * time.Second

// run serves until the context ends.
func run(ctx context.Context, srv *service.Server, lis net.Listener) error {
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(lis) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	srv.GracefulStop(stopping)
	return nil
}
