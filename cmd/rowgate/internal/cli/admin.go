package cli

import (
	"context"
	"fmt"

	"github.com/rowgate/rowgate/service/admin"
	"github.com/rowgate/rowgate/service/auth"
	"github.com/rowgate/rowgate/service/descriptor"
	"github.com/rowgate/rowgate/store"
)

// openAdmin opens the admin path.
func (s serve) openAdmin(a *app, p *paths) error {
	policy, err := admin.LoadPolicy(s.AdminPolicy)
	if err != nil {
		return err
	}
	identity, tokens, err := s.AdminAuth(a.file, p.log)
	if err != nil {
		return err
	}
	var verifier *auth.Verifier // nil for no tokens
	if tokens {
		if verifier, err = auth.New(a.ctx, identity); err != nil {
			return fmt.Errorf("the admin path's tokens: %w", a.file.Locate(err, true))
		}
	}
	certs, err := s.AdminCertificates(a.ctx, p.log)
	if err != nil {
		return err
	}
	cfg := serverConfig(s.Server, s.Drift, certs, p.log)
	cfg.Allow = a.file.AdminAllow()
	if err := p.makeAdmin(a.ctx, admin.Config{
		Verifier: verifier, Policy: policy, Server: cfg,
		Load: p.loadAdmin(s.AdminPolicy),
	}); err != nil {
		return err
	}
	lis, err := s.Listener(a.ctx, s.AdminListen.AdminListen, certs, "--admin-listen", "--admin-tls-cert", p.log)
	if err != nil {
		return err
	}
	p.add("admin", p.admin, lis, certs)
	return nil
}

// makeAdmin makes the admin path's server beside the user path's.
func (p *paths) makeAdmin(ctx context.Context, cfg admin.Config) (err error) {
	cfg.Store, cfg.UserStore, cfg.User, cfg.Contract = p.admins, p.users, p.user, p.contract
	cfg.Version, cfg.Logger = built(), p.log
	p.admin, err = admin.New(ctx, cfg)
	return err
}

// loadAdmin reads the contract and a policy.
func (p *paths) loadAdmin(policy string) func(context.Context) (*descriptor.Set, *admin.Policy, error) {
	return func(ctx context.Context) (*descriptor.Set, *admin.Policy, error) {
		rules, err := admin.LoadPolicy(policy)
		if err != nil {
			return nil, nil, err
		}
		contract, err := p.load(ctx)
		return contract, rules, err
	}
}

// differentLogins refuses one login for both paths: it would either bypass the
// users' policies or be held to them on the admin path.
func differentLogins(ctx context.Context, users, admins *store.Store) error {
	if users == nil {
		return nil
	}
	user, err := users.Catalog(ctx)
	if err != nil {
		return err
	}
	adm, err := admins.Catalog(ctx)
	if err != nil {
		return err
	}
	if user.Login.Name == adm.Login.Name {
		return fmt.Errorf("DATABASE_URL and ADMIN_DATABASE_URL both log in as %q: the user path takes the login rowgate and the admin path rowgate_admin, "+
			"which `rowgate setup` makes", user.Login.Name)
	}
	return nil
}
