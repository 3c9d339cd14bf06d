package auth

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/rowgate/rowgate/store"
)

// Verifier makes callers out of tokens. It is safe for concurrent use, and
// holds no connection but the one that fetches its keys.
type Verifier struct {
	secret   []byte  // nil without HS256
	static   *keySet // nil without Config.JWKS
	remote   *remote // nil without Config.JWKSURL
	issuer   string
	audience string
	roles    []string
	skew     time.Duration
	clock    func() time.Time
	cache    *cache
	anon     *store.Caller // nil when calls without a token are refused
}

// New checks the configuration and returns a Verifier. With a JWKSURL it
// begins to fetch the keys in the background and does not wait for them; the
// context ends that.
func New(ctx context.Context, cfg Config) (*Verifier, error) {
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	return newVerifier(ctx, cfg, defaultPace(cfg.Refresh))
}

// newVerifier builds a Verifier from a Config that has been validated.
func newVerifier(ctx context.Context, cfg Config, p pace) (*Verifier, error) {
	v := &Verifier{
		issuer:   cfg.Issuer,
		audience: cfg.Audience,
		roles:    cfg.Roles,
		skew:     cfg.Skew,
		clock:    cfg.Clock,
	}
	if cfg.Secret != "" {
		v.secret = []byte(cfg.Secret)
	}
	var err error
	if v.cache, err = newCache(cfg.CacheSize); err != nil {
		return nil, fmt.Errorf("auth: %w", err)
	}
	if cfg.AnonRole != NoAnonymous {
		claims, err := claimSet{"role": cfg.AnonRole}.json()
		if err != nil {
			return nil, fmt.Errorf("auth: AnonRole: %w", err)
		}
		v.anon = &store.Caller{Role: cfg.AnonRole, Claims: claims}
	}
	if len(cfg.JWKS) > 0 {
		if v.static, err = staticKeys(cfg); err != nil {
			return nil, fmt.Errorf("auth: JWKS: %w", err)
		}
	}
	if cfg.JWKSURL != "" {
		if v.remote, err = newRemote(ctx, cfg, p); err != nil {
			return nil, fmt.Errorf("auth: JWKSURL: %w", err)
		}
	}
	return v, nil
}

// staticKeys reads Config.JWKS. A private key is refused, not passed over: it
// has no place in a server's configuration.
func staticKeys(cfg Config) (*keySet, error) {
	set, skipped, err := parseKeySet(cfg.JWKS, configured)
	if err != nil {
		return nil, err
	}
	for _, err := range skipped {
		if errors.Is(err, errPrivateKey) {
			return nil, err
		}
		cfg.Logger.Warn("a signing key of the configuration is not used", "error", err)
	}
	if len(set.keys) == 0 {
		return nil, errors.Join(append([]error{errors.New("no key of the set can be used")}, skipped...)...)
	}
	return set, nil
}

// Verify returns the caller that a token stands for. Every error is an *Error.
// The context bounds the wait for keys that are being fetched, and nothing
// else here takes time.
func (v *Verifier) Verify(ctx context.Context, token string) (store.Caller, error) {
	caller, err := v.verify(ctx, token)
	if err != nil {
		return store.Caller{}, err
	}
	return *caller, nil
}

// Anonymous returns the caller of a call without a token, or an UNAUTHENTICATED
// *Error when the configuration refuses such calls.
func (v *Verifier) Anonymous() (store.Caller, error) {
	caller, err := v.anonymous()
	if err != nil {
		return store.Caller{}, err
	}
	return *caller, nil
}

// Roles returns every role that a call can have: those that a token may take
// on, and that of calls without one.
func (v *Verifier) Roles() []string {
	roles := slices.Clone(v.roles)
	if v.anon != nil && !slices.Contains(roles, v.anon.Role) {
		roles = append(roles, v.anon.Role)
	}
	return roles
}

func (v *Verifier) anonymous() (*store.Caller, error) {
	if v.anon == nil {
		return nil, unauthenticated("TOKEN_REQUIRED", "a token is required: send authorization: Bearer and the user's access token", nil)
	}
	return v.anon, nil
}
