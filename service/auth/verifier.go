package auth

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/rowgate/rowgate/store"
)

// Verifier makes callers out of tokens. It is safe for concurrent use, and
// holds no connections but those that fetch its keys.
type Verifier struct {
	sources []*source          // the first takes what no other does
	byName  map[string]*source // those that have a name
	project *source            // whose secret signs a project's own keys; nil for none
	skew    time.Duration
	clock   func() time.Time
	cache   *cache
	anon    *identity // nil when calls without a token are refused
	service bool      // Config.ServiceRole
}

// identity is who a call comes from. It is shared by calls and never changes.
type identity struct {
	caller store.Caller
	until  int64 // milliseconds since 1970 from which its token is not good; 0 without one
}

// New checks the configuration and returns a Verifier. With a JWKSURL it
// begins to fetch the keys in the background and does not wait for them; the
// context ends that.
func New(ctx context.Context, cfg Config) (*Verifier, error) {
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	return newVerifier(ctx, cfg, defaultPace())
}

// newVerifier builds a Verifier from a Config that has been validated.
func newVerifier(ctx context.Context, cfg Config, p pace) (*Verifier, error) {
	v := &Verifier{byName: map[string]*source{}, skew: cfg.Skew, clock: cfg.Clock, service: cfg.ServiceRole}
	var err error
	if v.cache, err = newCache(cfg.CacheSize); err != nil {
		return nil, fmt.Errorf("auth: %w", err)
	}
	if cfg.AnonRole != NoAnonymous {
		claims, err := claimSet{"role": cfg.AnonRole}.json()
		if err != nil {
			return nil, fmt.Errorf("auth: AnonRole: %w", err)
		}
		v.anon = &identity{caller: store.Caller{Role: cfg.AnonRole, Claims: claims}}
	}
	for i, is := range cfg.issuers() {
		s, err := newSource(ctx, cfg, is, p)
		if err != nil {
			if i == 0 && cfg.describesIssuer() {
				return nil, fmt.Errorf("auth: %w", err)
			}
			return nil, fmt.Errorf("auth: issuer %.100q: %w", is.Issuer, err)
		}
		v.sources = append(v.sources, s)
		if s.name != "" {
			v.byName[s.name] = s
		}
		if v.project == nil && s.symmetric() {
			v.project = s
		}
	}
	return v, nil
}

// Verify returns the caller that a token stands for. Every error is an *Error.
// The context bounds the wait for keys that are being fetched, and nothing
// else here takes time.
func (v *Verifier) Verify(ctx context.Context, token string) (store.Caller, error) {
	id, err := v.verify(ctx, token)
	if err != nil {
		return store.Caller{}, err
	}
	return id.caller, nil
}

// VerifyUntil is Verify, and tells the moment from which the token is not good
// any more: its exp and Config.Skew.
func (v *Verifier) VerifyUntil(ctx context.Context, token string) (store.Caller, time.Time, error) {
	id, err := v.verify(ctx, token)
	if err != nil {
		return store.Caller{}, time.Time{}, err
	}
	return id.caller, time.UnixMilli(id.until), nil
}

// Anonymous returns the caller of a call without a token, or an UNAUTHENTICATED
// *Error when the configuration refuses such calls.
func (v *Verifier) Anonymous() (store.Caller, error) {
	id, err := v.anonymous()
	if err != nil {
		return store.Caller{}, err
	}
	return id.caller, nil
}

// Roles returns every role that a call can have: those that a token of any
// issuer may take on, and that of calls without one.
func (v *Verifier) Roles() []string {
	var roles []string
	add := func(role string) {
		if !slices.Contains(roles, role) {
			roles = append(roles, role)
		}
	}
	for _, s := range v.sources {
		for _, role := range s.roles {
			add(role)
		}
	}
	if v.anon != nil {
		add(v.anon.caller.Role)
	}
	return roles
}

func (v *Verifier) anonymous() (*identity, error) {
	switch {
	case v.anon != nil:
		return v.anon, nil
	case v.service:
		return nil, unauthenticated("TOKEN_REQUIRED", "a token is required: send authorization: Bearer and a token of the role service_role", nil)
	}
	return nil, unauthenticated("TOKEN_REQUIRED", "a token is required: send authorization: Bearer and the user's access token", nil)
}
