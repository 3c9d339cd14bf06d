package auth

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"time"
)

// What stands for itself in a Config.
const (
	// NoAnonymous as Config.AnonRole refuses calls without a token.
	NoAnonymous = "-"

	// serviceRole bypasses row-level security and is for the admin path alone.
	serviceRole = "service_role"
	// anonRole is the role of a project's anon key.
	anonRole = "anon"
)

const (
	defaultAnonRole  = anonRole
	defaultUserRole  = "authenticated"
	defaultSkew      = 30 * time.Second
	defaultCacheSize = 4096
	defaultRefresh   = 10 * time.Minute

	// minSecret is what HS256 asks for, in bytes (RFC 7518, section 3.2).
	minSecret = 32
	// maxRoleName is what Postgres keeps of a name, in bytes.
	maxRoleName = 63
	// maxSkew bounds what may be called a difference of clocks.
	maxSkew = 10 * time.Minute
	// minRefresh keeps a wrong unit from becoming a flood.
	minRefresh = time.Second
)

// Config says which tokens to believe, and who a call without one is. The
// fields from Secret to Audience describe the first issuer, Issuers the others.
// Of Secret, JWKSURL and JWKS at least one is needed, unless Issuers alone
// says it all; with several, a token may be signed by any of their keys.
type Config struct {
	// Secret is the shared secret of HS256, as SUPABASE_JWT_SECRET has it: the
	// text itself is the key, at least 32 bytes. Empty means that HS256 is
	// refused.
	Secret string

	// JWKSURL is where the issuer publishes its public keys (RFC 7517), for
	// Supabase SUPABASE_URL/auth/v1/.well-known/jwks.json. Whoever can answer
	// in its place can forge tokens, so it should be https. Empty means none.
	JWKSURL string

	// JWKS is a JWK set that is known beforehand, in JSON. It may hold
	// symmetric keys (kty oct) for HS256. Empty means none.
	JWKS []byte

	// Refresh is the longest time between two fetches of JWKSURL, and so how long
	// a key that was taken back may still be believed. When the answer says that
	// it is fresh for less (RFC 9111), it is fetched sooner, but not more often
	// than every 30 seconds. Default 10 minutes, at least 1 second.
	Refresh time.Duration

	// Issuer is what the iss claim must be, for Supabase SUPABASE_URL/auth/v1.
	// Empty means that iss is not checked, except that a token of one of Issuers
	// is never held against the keys above.
	Issuer string

	// Audience is what the aud claim must be or hold, for Supabase
	// "authenticated". Empty means that aud is not checked.
	Audience string

	// Issuers are further issuers. A token goes to the one that its iss claim
	// names, and to the first one when it names none of them.
	Issuers []Issuer

	// Roles are the Postgres roles that a token may take on. Default anon and
	// authenticated. service_role is refused: it is for the admin path.
	Roles []string

	// AnonRole is the role of a call without a token, and of one with a
	// project's anon key. Default anon; NoAnonymous ("-") refuses such calls. It
	// need not be one of Roles.
	AnonRole string

	// ServiceRole is for the admin path: only tokens of the role service_role
	// are accepted, a project's service_role key among them, and no calls without
	// a token. Roles and AnonRole must be empty then. Every issuer may make
	// administrators, so there should be few.
	ServiceRole bool

	// Skew is how far the issuer's clock and ours may be apart, for exp, nbf
	// and iat. Default 30 seconds, at most 10 minutes; negative means none.
	Skew time.Duration

	// CacheSize is how many verified tokens are kept, at some 2 KiB each.
	// Default 4096; negative means none.
	CacheSize int

	// HTTPClient fetches JWKSURL. Default http.DefaultTransport's. Unless it has
	// a CheckRedirect of its own it follows at most 5 redirects and none away
	// from https. A fetch ends after 10 seconds whatever the client.
	HTTPClient *http.Client

	// Logger gets a line when keys change, cannot be fetched or cannot be
	// used. It never gets a token. Default slog.Default().
	Logger *slog.Logger

	// Clock gives the time, for tests. Default time.Now.
	Clock func() time.Time
}

// withDefaults fills in what is not set.
func (c Config) withDefaults() Config {
	c.Refresh = cmp.Or(c.Refresh, defaultRefresh)
	if c.ServiceRole {
		c.AnonRole = cmp.Or(c.AnonRole, NoAnonymous)
	}
	c.AnonRole = cmp.Or(c.AnonRole, defaultAnonRole)
	c.Skew = max(cmp.Or(c.Skew, defaultSkew), 0)
	c.CacheSize = max(cmp.Or(c.CacheSize, defaultCacheSize), 0)
	c.Roles = slices.Clone(c.Roles)
	switch {
	case len(c.Roles) > 0:
	case c.ServiceRole:
		c.Roles = []string{serviceRole}
	default:
		c.Roles = []string{defaultAnonRole, defaultUserRole}
	}
	client := http.Client{}
	if c.HTTPClient != nil {
		client = *c.HTTPClient
	}
	if client.CheckRedirect == nil {
		client.CheckRedirect = stayOnHTTPS
	}
	c.HTTPClient = &client
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	return c
}

// validate reports everything that is wrong with a Config that has its
// defaults.
func (c Config) validate() error {
	var errs []error
	wrong := func(format string, args ...any) { errs = append(errs, fmt.Errorf("auth: "+format, args...)) }

	if c.describesIssuer() {
		checkKeys(c.Secret, c.JWKSURL, c.JWKS, wrong)
	}
	errs = append(errs, c.checkIssuers()...)
	c.checkRoles(wrong)
	if c.Skew > maxSkew {
		wrong("Skew is %s, which is no difference of clocks any more; at most %s", c.Skew, maxSkew)
	}
	if c.Refresh < minRefresh {
		wrong("Refresh is %s; at least %s", c.Refresh, minRefresh)
	}
	return errors.Join(errs...)
}

// checkRoles reports what is wrong with the roles that calls may have.
func (c Config) checkRoles(wrong func(format string, args ...any)) {
	if c.ServiceRole {
		if !slices.Equal(c.Roles, []string{serviceRole}) {
			wrong("with ServiceRole the only role is service_role; leave Roles empty")
		}
		if c.AnonRole != NoAnonymous {
			wrong("with ServiceRole there are no calls without a token; leave AnonRole empty")
		}
		return
	}
	for _, role := range c.Roles {
		if err := checkRole(role); err != nil {
			wrong("Roles: %w", err)
		}
	}
	if c.AnonRole != NoAnonymous {
		if err := checkRole(c.AnonRole); err != nil {
			wrong("AnonRole: %w", err)
		}
	}
}
