package admin

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"sync"
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	adminv1 "github.com/rowgate/rowgate/proto/gen/rowgate/admin/v1"
	"github.com/rowgate/rowgate/service"
	"github.com/rowgate/rowgate/service/auth"
	"github.com/rowgate/rowgate/service/descriptor"
	"github.com/rowgate/rowgate/store"
	"github.com/rowgate/rowgate/store/catalog"
	"github.com/rowgate/rowgate/store/safety"
)

// Config says what the admin path serves and to whom.
type Config struct {
	// Store has a login with BYPASSRLS, such as rowgate_admin, which may add rows
	// to rowgate.audit. Required.
	Store *store.Store

	// UserStore is the user path's: calls that act as a user run there, held to
	// policies. nil refuses them.
	UserStore *store.Store

	// User is the user path's server of the same process: its calls are listed and
	// cancelled, and it is reloaded together with this one. May be nil.
	User *service.Server

	// Contract holds the services, as the user path's does.
	Contract *descriptor.Set

	// Verifier believes service_role tokens: one of auth.Config.ServiceRole. nil
	// takes no tokens.
	Verifier *auth.Verifier

	// Policy says who may call what. Required.
	Policy *Policy

	// Load reads contract and policy anew, for Reload. nil refuses that.
	Load func(context.Context) (*descriptor.Set, *Policy, error)

	// Version is rowgate's, for GetStatus.
	Version string

	// Server has the rest, such as limits and the gRPC options with the TLS
	// credentials, of which client certificates are a matter. What it shares with
	// the fields above is overwritten.
	Server service.Config

	// Logger gets a line for each call of a principal. nil discards it.
	Logger *slog.Logger
}

// Server is the admin path's server. It is made by [New].
type Server struct {
	*service.Server
	gate    *gate
	cfg     Config
	started time.Time
	// userLogin is the role of UserStore's connections.
	userLogin string

	reloading sync.Mutex
	contract  *descriptor.Set // guarded by reloading
}

// New makes a server whose calls are admitted by the policy and audited. It
// refuses a login that is no admin's ([service.UnsafeError]), and for
// calls as a user one that is.
func New(ctx context.Context, cfg Config) (*Server, error) {
	switch {
	case cfg.Store == nil:
		return nil, errors.New("admin: Config.Store is nil")
	case cfg.Policy == nil:
		return nil, errors.New("admin: Config.Policy is nil")
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	cat, err := cfg.Store.Catalog(ctx)
	if err != nil {
		return nil, err
	}
	s := &Server{cfg: cfg, contract: cfg.Contract, started: time.Now()}
	if cfg.UserStore != nil {
		if s.userLogin, err = userLogin(ctx, cfg.UserStore); err != nil {
			return nil, err
		}
	}
	if err := nobody(ctx, cfg); err != nil {
		return nil, err
	}
	s.gate = &gate{verifier: cfg.Verifier, store: cfg.Store, login: cat.Login.Name, users: cfg.UserStore, log: cfg.Logger}
	s.gate.policy.Store(cfg.Policy)
	serve := cfg.Server
	serve.Store, serve.Contract, serve.Verifier, serve.Gate = cfg.Store, cfg.Contract, nil, s.gate
	serve.Path, serve.Logger = "admin", cfg.Logger
	if cfg.User != nil {
		serve.Calls = cfg.User.Calls()
	}
	if s.Server, err = service.New(ctx, serve); err != nil {
		return nil, err
	}
	adminv1.RegisterAdminServiceServer(s.Server, &adminService{server: s})
	return s, nil
}

// nobody refuses a login for calls as users that could be more than they are. With
// a user path in the same process that has been looked at.
func nobody(ctx context.Context, cfg Config) error {
	roles := []string{"anon", "authenticated"} // Supabase's
	acting := false
	for _, who := range cfg.Policy.principals {
		roles, acting = union(roles, who.actAs), acting || len(who.actAs) > 0
	}
	if cfg.User != nil || cfg.UserStore == nil || !acting {
		return nil
	}
	report, err := service.Check(ctx, cfg.UserStore, cfg.Contract, roles, cfg.Server.Allow...)
	if err != nil {
		return err
	}
	found := slices.DeleteFunc(report.Findings, func(f safety.Finding) bool {
		return !f.Rule.OfRoles() || f.Rule == safety.CallerRoleMissing || f.Rule == safety.CallerRoleUnreachable
	})
	if len(found) > 0 {
		return &service.UnsafeError{Login: "of calls as users", Findings: found}
	}
	return nil
}

// userLogin is the login of a store for calls as users, which policies hold.
func userLogin(ctx context.Context, st *store.Store) (string, error) {
	cat, err := st.Catalog(ctx)
	if err != nil {
		return "", err
	}
	for _, name := range append(cat.Becomes(cat.Login.Name), cat.Login.Name) {
		if role := cat.Role(name); role != nil && bypasses(role) {
			return "", fmt.Errorf("admin: Config.UserStore logs in as %s, which is or may become %s, whom no policy holds; acting as a user needs the user path's login", cat.Login.Name, name)
		}
	}
	return cat.Login.Name, nil
}

func bypasses(role *catalog.Role) bool { return role.Superuser || role.BypassRLS }

// Serve answers calls, as [service.Server.Serve] does. What the policy says that
// has no effect is logged first, now that all services are registered.
func (s *Server) Serve(lis net.Listener) error {
	s.warn(s.gate.policy.Load())
	return s.Server.Serve(lis)
}

func (s *Server) warn(p *Policy) {
	for _, text := range p.warnings(s.methodNames()) {
		s.cfg.Logger.Warn("the policy of the admin path: " + text)
	}
}

// methodNames are the names of all methods that are served, by hand or bound.
func (s *Server) methodNames() []string {
	var names []string
	for _, m := range s.Methods() {
		names = append(names, methodName(m.Descriptor))
	}
	for service := range s.GetServiceInfo() {
		d, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(service))
		sd, ok := d.(protoreflect.ServiceDescriptor)
		for i := 0; err == nil && ok && i < sd.Methods().Len(); i++ {
			names = append(names, methodName(sd.Methods().Get(i)))
		}
	}
	return names
}

// Reload reads contract and policy by Config.Load and the catalog, and serves
// them on both paths. What does not fit leaves all as it was. With validateOnly
// it does so in any case. Changed are the methods of either path.
func (s *Server) Reload(ctx context.Context, validateOnly bool) (*service.Change, error) {
	if s.cfg.Load == nil {
		return nil, errNoLoad
	}
	s.reloading.Lock()
	defer s.reloading.Unlock()
	contract, policy, err := s.cfg.Load(ctx)
	if err != nil {
		return nil, &LoadError{err}
	}
	if policy == nil {
		return nil, &LoadError{errors.New("there is no policy")}
	}
	servers := []*service.Server{s.Server}
	if s.cfg.User != nil {
		servers = append(servers, s.cfg.User)
	}
	all := &service.Change{}
	for _, srv := range servers {
		change, err := srv.Plan(ctx, contract)
		if err != nil {
			return nil, err
		}
		all.Added, all.Removed = union(all.Added, change.Added), union(all.Removed, change.Removed)
	}
	if validateOnly {
		return all, nil
	}
	// The policy first: new methods are not for the rules of before.
	before := s.gate.policy.Swap(policy)
	for i, srv := range servers {
		if _, err := srv.Reload(ctx, contract); err != nil {
			s.gate.policy.Store(before)
			s.back(ctx, servers[:i])
			return nil, err
		}
	}
	s.contract = contract
	s.warn(policy)
	s.dismiss(policy)
	return all, nil
}

// dismiss ends the calls whose principals a new policy does not let make them any
// more: a stream may be open for long. The reload itself is left to its end.
func (s *Server) dismiss(policy *Policy) {
	n := s.Calls().CancelAll(func(c service.RunningCall) bool {
		if c.Path != "admin" || c.Method == reloadSchema {
			return false
		}
		who := policy.named(c.Subject)
		return who == nil || !who.mayCallName(c.Method)
	})
	if n > 0 {
		s.cfg.Logger.Warn("calls were ended that the new policy does not allow", "calls", n)
	}
}

const reloadSchema = "rowgate.admin.v1.AdminService/ReloadSchema"

// back undoes a reload, for which the database was there a moment ago.
func (s *Server) back(ctx context.Context, servers []*service.Server) {
	for _, srv := range servers {
		if _, err := srv.Reload(context.WithoutCancel(ctx), s.contract); err != nil {
			s.cfg.Logger.Error("the contract of before cannot be served again; reload once more", "error", err)
		}
	}
}

func union(a, b []string) []string {
	all := append(slices.Clone(a), b...)
	slices.Sort(all)
	return slices.Compact(all)
}

var errNoLoad = errors.New("admin: Config.Load is nil, so there is nothing to read anew")

// LoadError says that the contract or the policy cannot be read. Its text is
// for who runs the server.
type LoadError struct{ Err error }

// Error implements error.
func (e *LoadError) Error() string { return e.Err.Error() }

// Unwrap returns the reason.
func (e *LoadError) Unwrap() error { return e.Err }
