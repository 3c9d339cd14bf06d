package service

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/rowgate/rowgate/service/auth"
	"github.com/rowgate/rowgate/service/descriptor"
	"github.com/rowgate/rowgate/service/filter"
	"github.com/rowgate/rowgate/store"
	"github.com/rowgate/rowgate/store/safety"
)

// Config says what a server serves and to whom.
type Config struct {
	// Store runs the calls. Required.
	Store *store.Store

	// Verifier tells who calls. Required, unless there is a Gate.
	Verifier *auth.Verifier

	// Gate decides who may call what, and as whom a call runs. With it the server
	// is one of the admin path: the Store's login may be one that bypasses row
	// level security, and its methods run as that login.
	Gate Gate

	// Path names the server in the list of running calls; empty means "user".
	Path string

	// Calls is the list of running calls, which servers of one process may share.
	// nil means one of its own.
	Calls *Calls

	// Contract holds the services. nil serves only what is registered by hand.
	Contract *descriptor.Set

	// AllowDrift serves what of the contract fits the database when not all of
	// it does. Each method that does not is logged as a warning with the reason
	// and answers FAILED_PRECONDITION. Without it such a contract is an error of
	// New. A way around row level security is refused either way.
	AllowDrift bool

	// Allow are the findings of the check at the start ([safety.Login]) that are
	// accepted, each with its reason, which is logged at every start.
	Allow []safety.Exception

	// PageTokenSecret seals page tokens, at least 16 bytes. Servers behind one
	// address share it. Empty means one made up for this process, whose tokens
	// end with it.
	PageTokenSecret []byte

	// Limits bound the filters and orders of requests. The zero Limits are the
	// defaults.
	Limits filter.Limits

	// Headers are the request headers (gRPC metadata keys) that policies and
	// functions may read from request.headers, in lower case. None by default;
	// authorization and cookie are refused, since they are secrets.
	Headers []string

	// MaxRequestBytes is the largest request; 0 means 4 MiB, as in gRPC.
	MaxRequestBytes int

	// MaxConcurrentCalls is how many calls one connection may have open at a
	// time; more wait at the client. 0 means 256. A request is held in memory
	// before its token is looked at, so this times MaxRequestBytes is what a
	// connection can take.
	MaxConcurrentCalls uint32

	// StreamPatience is how long a stream waits for a client that reads nothing,
	// or sends nothing, before it ends. 0 means 30 seconds.
	StreamPatience time.Duration

	// NoReflection leaves the reflection service out, with which clients read
	// the contract from the server.
	NoReflection bool

	// Logger receives a line for each call that failed, and with debug enabled
	// for every call. nil discards it.
	Logger *slog.Logger

	// Options are passed to gRPC.
	Options []grpc.ServerOption
}

// Server is a gRPC server over a database. It is made by [New].
type Server struct {
	grpc    *grpc.Server
	store   *store.Store
	health  *health.Server
	log     *slog.Logger
	headers []string
	gate    Gate
	path    string
	calls   *Calls
	planner *planner
	current atomic.Pointer[served]
	// contracted are the services that were registered for the contract when the
	// server was made.
	contracted map[string]bool
	reloading  sync.Mutex
	// patience is Config.StreamPatience.
	patience time.Duration
	// longCalls has a place for each call that may hold a connection for long.
	longCalls chan struct{}
	stop      chan struct{}
	stopped   sync.Once
}

// New reads the catalog, refuses a way around row level security
// ([*UnsafeError]), and binds the contract. A contract that does not fit
// the database is a [*DriftError], which lists every place, unless the Config
// allows it.
func New(ctx context.Context, cfg Config) (*Server, error) {
	switch {
	case cfg.Store == nil:
		return nil, errors.New("service: Config.Store is nil")
	case cfg.Verifier == nil && cfg.Gate == nil:
		return nil, errors.New("service: Config.Verifier is nil")
	case cfg.Verifier != nil && cfg.Gate != nil:
		return nil, errors.New("service: Config has both a Verifier and a Gate")
	}
	cfg.MaxRequestBytes = cmp.Or(cfg.MaxRequestBytes, 4<<20)
	cfg.MaxConcurrentCalls = cmp.Or(cfg.MaxConcurrentCalls, 256)
	cfg.StreamPatience = cmp.Or(cfg.StreamPatience, 30*time.Second)
	headers := lower(cfg.Headers)
	for _, secret := range []string{"authorization", "cookie"} {
		if slices.Contains(headers, secret) {
			return nil, fmt.Errorf("service: Config.Headers has %s, which is a secret and not for the database", secret)
		}
	}
	tokens, err := pageTokens(cfg.PageTokenSecret)
	if err != nil {
		return nil, err
	}
	planner := &planner{store: cfg.Store, tokens: tokens, limits: cfg.Limits, allowDrift: cfg.AllowDrift, allow: cfg.Allow}
	if cfg.Verifier != nil {
		planner.roles = cfg.Verifier.Roles()
	}
	plan, err := planner.plan(ctx, cfg.Contract)
	if err != nil {
		return nil, err
	}
	if err := plan.err(cfg.AllowDrift); err != nil {
		return nil, err
	}
	s := &Server{
		store: cfg.Store, health: health.NewServer(), log: cfg.Logger, headers: headers,
		gate: cfg.Gate, path: cmp.Or(cfg.Path, "user"), calls: cfg.Calls, planner: planner, contracted: map[string]bool{},
		patience: cfg.StreamPatience, longCalls: make(chan struct{}, max(1, cfg.Store.MaxConns()/2)), stop: make(chan struct{}),
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.calls == nil {
		s.calls = NewCalls()
	}
	s.current.Store(newServed(cfg.Contract, plan))
	s.grpc = grpc.NewServer(append(s.options(cfg), cfg.Options...)...)
	s.register(plan)
	s.tell(plan)
	healthpb.RegisterHealthServer(s.grpc, s.health)
	if !cfg.NoReflection {
		s.reflect()
	}
	return s, nil
}

func pageTokens(secret []byte) (*filter.Tokens, error) {
	if len(secret) == 0 {
		secret = make([]byte, 32)
		_, _ = rand.Read(secret) // never fails
	}
	return filter.NewTokens(secret)
}

func lower(headers []string) []string {
	all := make([]string, len(headers))
	for i, h := range headers {
		all[i] = strings.ToLower(h)
	}
	return all
}

// RegisterService registers a service written by hand, as
// [grpc.ServiceRegistrar] has it. It must not be called once Serve has been.
func (s *Server) RegisterService(desc *grpc.ServiceDesc, impl any) {
	s.grpc.RegisterService(desc, impl)
}

// Calls is the list of running calls.
func (s *Server) Calls() *Calls { return s.calls }

// Serve answers calls until Stop or GracefulStop. The health service follows
// the database meanwhile.
func (s *Server) Serve(lis net.Listener) error {
	go s.watchDatabase()
	return s.grpc.Serve(lis)
}

// GracefulStop takes no new calls, waits for the running ones until the
// context ends, and then cancels what is left. A handler that does not heed its
// context is not waited for.
func (s *Server) GracefulStop(ctx context.Context) {
	s.health.Shutdown()
	s.stopped.Do(func() { close(s.stop) })
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.grpc.GracefulStop()
	}()
	select {
	case <-done:
	case <-ctx.Done():
		go s.grpc.Stop()
		select {
		case <-done:
		case <-time.After(stopGrace):
		}
	}
}

// stopGrace is how long cancelled calls have to return.
const stopGrace = time.Second

// healthInterval is how often the health service asks the database.
const healthInterval = 5 * time.Second

func (s *Server) watchDatabase() {
	tick := time.NewTicker(healthInterval)
	defer tick.Stop()
	for {
		state := healthpb.HealthCheckResponse_SERVING
		ctx, cancel := context.WithTimeout(context.Background(), healthInterval)
		if err := s.store.Ping(ctx); err != nil {
			state = healthpb.HealthCheckResponse_NOT_SERVING
			s.log.Error("the database cannot be reached", "error", err)
		}
		cancel()
		s.health.SetServingStatus("", state)
		for name := range s.GetServiceInfo() {
			s.health.SetServingStatus(name, state)
		}
		select {
		case <-s.stop:
			return
		case <-tick.C:
		}
	}
}

// endAtStop ends the streams of gRPC's own services when the server stops:
// health watches last for ever, and GracefulStop would wait for them.
func (s *Server) endAtStop(srv any, ss grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) error {
	service, _, _ := strings.Cut(strings.TrimPrefix(info.FullMethod, "/"), "/")
	if !ofGRPC[service] {
		return next(srv, ss)
	}
	ctx, cancel := context.WithCancel(ss.Context())
	defer cancel()
	go func() {
		select {
		case <-s.stop:
			cancel()
		case <-ctx.Done():
		}
	}()
	return next(srv, &stream{ss, ctx})
}

// stream is a stream with another context.
type stream struct {
	grpc.ServerStream
	ctx context.Context
}

func (s *stream) Context() context.Context { return s.ctx }
