package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"

	"github.com/rowgate/rowgate/cmd/rowgate/internal/config"
	"github.com/rowgate/rowgate/service"
	"github.com/rowgate/rowgate/service/auth"
	"github.com/rowgate/rowgate/service/descriptor"
	"github.com/rowgate/rowgate/service/filter"
	"github.com/rowgate/rowgate/service/transport"
	"github.com/rowgate/rowgate/store"
)

type serve struct {
	config.Database
	config.Contract
	config.Identity
	config.Server
	config.TLS
	config.Drift
	config.Admin
}

// Help is shown by rowgate serve --help.
func (serve) Help() string {
	return `The server refuses to start when the contract does not fit the database, or when there is a way around row level security, such as a login that could become more than its callers or a table without policies; it lists all that is wrong. With --allow-drift, methods that do not fit answer FAILED_PRECONDITION and the rest is served.

With ADMIN_DATABASE_URL the admin path is served beside the user path, on a listener of its own; with --admin-only as well, it is served alone.

SIGHUP reads the contract, the policy of the admin path and the TLS files anew. What cannot be used changes nothing, and the log says why.

Example:
  export DATABASE_URL=postgres://rowgate:PASSWORD@db.PROJECT.supabase.co:5432/postgres
  export SUPABASE_URL=https://PROJECT.supabase.co
  rowgate serve --proto proto`
}

// Run serves until the program is told to stop.
func (s serve) Run(a *app) error {
	// From the first moment on: until then the signal would end the program.
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	log := a.logger()
	p := &paths{log: log, load: func(ctx context.Context) (*descriptor.Set, error) { return loadContract(ctx, s.Contract) }}
	defer p.close()
	if err := s.open(a, p); err != nil {
		return explain(err)
	}
	go p.reloadOn(a.ctx, hangups)
	return p.run(a.ctx)
}

// open opens what is to be served, and serves nothing yet.
func (s serve) open(a *app, p *paths) error {
	withAdmin, err := s.Serves()
	if err != nil {
		return err
	}
	identity, err := s.Auth(a.file, p.log)
	if err != nil && !s.AdminOnly {
		return err
	}
	database, err := s.Store(p.log)
	if err != nil && !s.AdminOnly {
		return err
	}
	if p.contract, err = p.load(a.ctx); err != nil {
		return err
	}
	// The admin path alone has it to act as users, if at all.
	if database.URL != "" {
		if p.users, err = open(a.ctx, database); err != nil {
			return err
		}
	}
	if withAdmin {
		if p.admins, err = open(a.ctx, s.AdminStore(p.log)); err != nil {
			return fmt.Errorf("ADMIN_DATABASE_URL: %w", err)
		}
		if err := differentLogins(a.ctx, p.users, p.admins); err != nil {
			return err
		}
	}
	if !s.AdminOnly {
		if err := s.openUser(a, p, identity); err != nil {
			return err
		}
	}
	if withAdmin {
		return s.openAdmin(a, p)
	}
	return nil
}

// openUser opens the user path.
func (s serve) openUser(a *app, p *paths, identity auth.Config) error {
	certs, err := s.Certificates(a.ctx, p.log)
	if err != nil {
		return err
	}
	verifier, err := auth.New(a.ctx, identity)
	if err != nil {
		return a.file.Locate(err, false)
	}
	cfg := serverConfig(s.Server, s.Drift, certs, p.log)
	cfg.Store, cfg.Verifier, cfg.Contract, cfg.Allow = p.users, verifier, p.contract, a.file.Allow()
	if p.user, err = service.New(a.ctx, cfg); err != nil {
		return err
	}
	lis, err := s.Listener(a.ctx, s.Listen, certs, "--listen", "--tls-cert", p.log)
	if err != nil {
		return err
	}
	p.add("user", p.user, lis, certs)
	return nil
}

// openTimeout bounds the wait for a database at start.
const openTimeout = 15 * time.Second

func open(ctx context.Context, cfg store.Config) (*store.Store, error) {
	ctx, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	return store.Open(ctx, cfg)
}

func loadContract(ctx context.Context, c config.Contract) (*descriptor.Set, error) {
	// Compiling leaves much garbage and little else: collecting it early takes
	// a third of the start.
	percent := debug.SetGCPercent(400)
	defer debug.SetGCPercent(percent)
	return descriptor.Load(ctx, c.Proto)
}

// openBoth opens what a server stands between: the database and the contract.
func openBoth(ctx context.Context, db config.Database, c config.Contract, log *slog.Logger) (*store.Store, *descriptor.Set, error) {
	cfg, err := db.Store(log)
	if err != nil {
		return nil, nil, err
	}
	contract, err := loadContract(ctx, c)
	if err != nil {
		return nil, nil, err
	}
	st, err := open(ctx, cfg)
	return st, contract, err
}

// serverConfig is what both paths' servers are made of.
func serverConfig(cfg config.Server, drift config.Drift, certs *transport.Certificates, log *slog.Logger) service.Config {
	var options []grpc.ServerOption
	if certs != nil {
		options = append(options, grpc.Creds(credentials.NewTLS(certs.Config())))
	}
	return service.Config{
		Logger: log, PageTokenSecret: []byte(cfg.PageTokenSecret), Headers: cfg.Headers,
		NoReflection: !cfg.Reflection, MaxRequestBytes: cfg.MaxRequest, AllowDrift: drift.AllowDrift,
		Limits:         filter.Limits{Bytes: cfg.Filter.Bytes, Terms: cfg.Filter.Terms, Values: cfg.Filter.Values},
		StreamPatience: cfg.StreamPatience, Options: options,
	}
}

// explain adds what to do about a server that cannot be made.
func explain(err error) error {
	var drift *service.DriftError
	if errors.As(err, &drift) {
		return fmt.Errorf("the contract does not fit the database:\n%w\n"+
			"`rowgate pull` brings the contract up to date; --allow-drift serves the methods that fit", err)
	}
	return err
}
