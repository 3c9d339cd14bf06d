package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/rowgate/rowgate/service/auth"
)

// Identity says which tokens are believed.
type Identity struct {
	SupabaseURL string        `name:"supabase-url" env:"SUPABASE_URL" placeholder:"URL" help:"A Supabase project's URL: gives the issuer and the key set."`
	JWTSecret   string        `name:"jwt-secret" env:"SUPABASE_JWT_SECRET" secret:"" placeholder:"SECRET" help:"The shared secret of HS256 tokens, at least 32 bytes. Better in the environment than on the command line, which others can see."`
	JWKSURL     string        `name:"jwks-url" env:"ROWGATE_JWKS_URL" placeholder:"URL" help:"Where the issuer publishes its keys, for RS256, ES256 and EdDSA."`
	JWKSRefresh time.Duration `name:"jwks-refresh" env:"ROWGATE_JWKS_REFRESH" default:"10m" placeholder:"TIME" help:"The longest time between two fetches of the keys, and so how long one that was taken back may still be believed."`
	Issuer      string        `name:"issuer" env:"ROWGATE_ISSUER" placeholder:"ISS" help:"What a token's iss claim must be. Unchecked when empty."`
	Audience    string        `name:"audience" env:"ROWGATE_AUDIENCE" placeholder:"AUD" help:"What a token's aud claim must hold. Unchecked when empty."`
	Roles       []string      `name:"roles" env:"ROWGATE_ROLES" default:"anon,authenticated" help:"The roles that a token may take on."`
	AnonRole    string        `name:"anon-role" env:"ROWGATE_ANON_ROLE" default:"anon" help:"The role of calls without a token; - refuses them."`
}

// Auth is the settings as package auth takes them, with the file's further
// issuers.
func (i Identity) Auth(f File, log *slog.Logger) (auth.Config, error) {
	cfg, err := i.issuer(log)
	if err != nil {
		return cfg, err
	}
	cfg.Roles, cfg.AnonRole = i.Roles, i.AnonRole
	for _, s := range f.issuers {
		if !s.ServiceRole {
			cfg.Issuers = append(cfg.Issuers, s.issuer())
		}
	}
	if cfg.Secret == "" && cfg.JWKSURL == "" && len(cfg.Issuers) == 0 {
		return cfg, errors.New("no way to verify a token: set SUPABASE_URL, SUPABASE_JWT_SECRET or ROWGATE_JWKS_URL, or list issuers in the configuration file")
	}
	return cfg, nil
}

// AdminAuth is the settings for the admin path's service_role tokens: those of
// the flags' issuer, and of those in the file that say service-role. false when
// there are none, and administrators have certificates and keys alone.
func (i Identity) AdminAuth(f File, log *slog.Logger) (auth.Config, bool, error) {
	cfg, err := i.issuer(log)
	if err != nil {
		return cfg, false, err
	}
	cfg.ServiceRole = true
	for _, s := range f.issuers {
		if s.ServiceRole {
			cfg.Issuers = append(cfg.Issuers, s.issuer())
		}
	}
	if cfg.Secret == "" && cfg.JWKSURL == "" {
		cfg.Issuer, cfg.Audience = "", ""
	}
	return cfg, cfg.Secret != "" || cfg.JWKSURL != "" || len(cfg.Issuers) > 0, nil
}

// issuer is the issuer that the flags describe.
func (i Identity) issuer(log *slog.Logger) (auth.Config, error) {
	cfg := auth.Config{Secret: i.JWTSecret, JWKSURL: i.JWKSURL, Refresh: i.JWKSRefresh, Issuer: i.Issuer, Audience: i.Audience, Logger: log}
	if i.SupabaseURL == "" {
		return cfg, nil
	}
	u, err := url.Parse(i.SupabaseURL)
	if err != nil || u.Host == "" {
		return cfg, fmt.Errorf("SUPABASE_URL %q is no URL; it looks like https://PROJECT.supabase.co", i.SupabaseURL)
	}
	base := strings.TrimSuffix(i.SupabaseURL, "/") + "/auth/v1"
	if cfg.Issuer == "" {
		cfg.Issuer = base
	}
	if cfg.JWKSURL == "" {
		cfg.JWKSURL = base + "/.well-known/jwks.json"
	}
	return cfg, nil
}
