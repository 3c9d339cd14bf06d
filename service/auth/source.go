package auth

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/golang-jwt/jwt/v5"
	"google.golang.org/grpc/codes"
)

// source is an issuer as a Verifier uses it: its keys, and what its tokens
// stand for. The keys of one source never verify the tokens of another.
type source struct {
	secret  []byte       // nil without HS256 by a secret
	static  *keySet      // nil without Issuer.JWKS
	remote  *remote      // nil without Issuer.JWKSURL
	unknown *unknownKeys // nil without Issuer.JWKSURL

	name      string   // iss; empty when it is not checked
	audiences []string // empty when aud is not checked
	roles     []string // that its tokens may take on
	role      claimPath
	roleName  string // role as it was configured, for sentences
	fixedRole string
	renames   []rename
}

// newSource builds the source of an Issuer that has been validated and has its
// defaults. The context ends the fetching of its keys.
func newSource(ctx context.Context, cfg Config, is Issuer, p pace) (*source, error) {
	s := &source{
		name: is.Issuer, audiences: is.Audiences, roles: is.Roles, fixedRole: is.FixedRole,
		role: claimPath{"role"}, roleName: "role",
	}
	var err error
	if is.RoleClaim != "" {
		s.roleName = is.RoleClaim
		if s.role, err = parseClaimPath(is.RoleClaim); err != nil {
			return nil, fmt.Errorf("RoleClaim %w", err)
		}
	}
	if s.renames, err = parseRenames(is.Rename); err != nil {
		return nil, fmt.Errorf("Rename: %w", err)
	}
	if is.Secret != "" {
		s.secret = []byte(is.Secret)
	}
	if len(is.JWKS) > 0 {
		if s.static, err = staticKeys(is.JWKS, cfg.Logger); err != nil {
			return nil, fmt.Errorf("JWKS: %w", err)
		}
	}
	if is.JWKSURL != "" {
		if s.unknown, err = newUnknownKeys(); err != nil {
			return nil, err
		}
		p.refresh = cmp.Or(p.refresh, is.Refresh)
		if s.remote, err = newRemote(ctx, cfg, is.JWKSURL, p); err != nil {
			return nil, fmt.Errorf("JWKSURL: %w", err)
		}
	}
	return s, nil
}

// symmetric says whether the source has a key for HS256.
func (s *source) symmetric() bool {
	return s.secret != nil || s.static.has("", jwt.SigningMethodHS256.Alg())
}

// has says whether candidates has any.
func (s *source) has(t *signedToken, published *keySet) bool {
	return t.symmetric() && s.secret != nil || s.static.has(t.kid, t.algorithm) || published.has(t.kid, t.algorithm)
}

// candidates returns the keys that a token's header may choose from.
func (s *source) candidates(t *signedToken, published *keySet) []any {
	keys := append(s.static.candidates(t.kid, t.algorithm), published.candidates(t.kid, t.algorithm)...)
	if t.symmetric() && s.secret != nil {
		// Supabase gives the shared secret a kid as well; it is no use here.
		keys = append(keys, s.secret)
	}
	return keys
}

// fit is how a token and the keys of its issuer get on.
type fit int

const (
	verified fit = iota
	noKey        // for the token's kid and alg
	noFit        // of the signature
)

// hold holds a token's signature against the keys.
func (s *source) hold(t *signedToken, published *keySet) fit {
	keys := s.candidates(t, published)
	switch {
	case len(keys) == 0:
		return noKey
	case t.verify(keys):
		return verified
	}
	return noFit
}

// mayLearn says whether a fetch could mend that a token did not fit the keys. No
// shared secret is ever fetched.
func (s *source) mayLearn(t *signedToken, published *keySet, got fit) bool {
	return s.remote != nil && !t.symmetric() && !s.remote.settled(published) &&
		(got != noKey || !s.unknown.has(t, published))
}

// verify returns the published keys under which a token's signature is good.
// When those in use do not fit, newer ones are asked for, once.
func (s *source) verify(ctx context.Context, t *signedToken) (*keySet, error) {
	published := s.remote.keys()
	got := s.hold(t, published)
	if got != verified && s.mayLearn(t, published, got) {
		changed, err := s.remote.newer(ctx, published)
		switch {
		case changed:
			published = s.remote.keys()
			got = s.hold(t, published)
		case got == noKey && err != nil:
			// Refusing the token here would log users out for our own trouble.
			return nil, keysUnavailable(ctx, err)
		}
		if got == noKey {
			s.unknown.add(t, published, s.remote.pace)
		}
	}
	switch got {
	case noKey:
		return nil, t.keyUnknown()
	case noFit:
		return nil, errSignature
	}
	return published, nil
}

// keysUnavailable is for a token that may well be good.
func keysUnavailable(ctx context.Context, cause error) *Error {
	e := &Error{Code: codes.Unavailable, Reason: "KEYS_UNAVAILABLE", Text: "the signing keys cannot be fetched, so the token cannot be verified; try again later", cause: cause}
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		e.Code = codes.Canceled
	case ctx.Err() != nil:
		e.Code = codes.DeadlineExceeded
	}
	return e
}
