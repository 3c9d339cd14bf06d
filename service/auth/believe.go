package auth

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/rowgate/rowgate/store"
)

// checkTime holds exp, nbf and iat against the clock, and returns the moment
// from which the token is no longer good, in milliseconds since 1970.
func (c claimSet) checkTime(now time.Time, skew time.Duration) (until int64, err error) {
	at, slack := now.UnixMilli(), skew.Milliseconds()

	exp, ok, err := c.date("exp")
	switch {
	case err != nil:
		return 0, err
	case !ok:
		return 0, unauthenticated("TOKEN_CLAIMS", "the token carries no exp claim; tokens without an end are not accepted", nil)
	case at >= exp+slack:
		return 0, expired()
	}
	nbf, ok, err := c.date("nbf")
	switch {
	case err != nil:
		return 0, err
	case ok && at < nbf-slack:
		return 0, unauthenticated("TOKEN_NOT_YET_VALID", "the token is not valid yet", nil)
	}
	iat, ok, err := c.date("iat")
	switch {
	case err != nil:
		return 0, err
	case ok && at < iat-slack:
		return 0, unauthenticated("TOKEN_NOT_YET_VALID", "the token was issued in the future: the clocks of its issuer and of this server differ", nil)
	}
	return exp + slack, nil
}

func expired() *Error {
	return unauthenticated("TOKEN_EXPIRED", "the token has expired", nil)
}

// believe checks what a token with a good signature of a source claims.
func (v *Verifier) believe(from *source, t *signedToken, now time.Time) (*identity, error) {
	claims, err := parseClaims(t.claims)
	if err != nil {
		return nil, err
	}
	until, err := claims.checkTime(now, v.skew)
	if err != nil {
		return nil, err
	}
	if len(v.sources) > 1 {
		// The source was chosen by what another reader made of the claims.
		iss, _, err := claims.text("iss")
		if err != nil {
			return nil, err
		}
		if v.sourceOf(iss, t) != from {
			return nil, otherIssuer(iss)
		}
	}
	role, err := v.roleOf(from, t, claims)
	if err != nil {
		return nil, err
	}
	caller, err := claims.caller(role, from.renames)
	if err != nil {
		return nil, err
	}
	return &identity{caller: caller, until: until}, nil
}

// roleOf returns the role that a token may take on here.
func (v *Verifier) roleOf(from *source, t *signedToken, claims claimSet) (string, error) {
	if claims.isProjectKey(t) {
		return v.projectRole(from, claims)
	}
	role, roleErr := from.claimedRole(claims)
	if role == serviceRole && !v.service {
		// Before iss and aud, so that its holder is shown the way.
		return "", errServiceRole
	}
	if err := claims.checkIssuer(from.name, from.audiences); err != nil {
		return "", err
	}
	if roleErr != nil {
		return "", roleErr
	}
	return role, v.checkAllowed(role, from)
}

// checkAllowed holds a role against the list of its issuer.
func (v *Verifier) checkAllowed(role string, from *source) error {
	switch {
	case slices.Contains(from.roles, role):
		return nil
	case v.service:
		return denied("ROLE_NOT_ALLOWED", fmt.Sprintf("only the role service_role is accepted here, and the token's is %s; users' calls go to the user listener", quoted(role)))
	}
	return denied("ROLE_NOT_ALLOWED", fmt.Sprintf("the role %s is not one that a token may take on here", quoted(role)))
}

// checkIssuer holds iss and aud against what they must be.
func (c claimSet) checkIssuer(issuer string, audiences []string) error {
	if issuer != "" {
		iss, ok, err := c.text("iss")
		switch {
		case err != nil:
			return err
		case !ok:
			return unauthenticated("TOKEN_ISSUER", "the token carries no iss claim", nil)
		case iss != issuer:
			return otherIssuer(iss)
		}
	}
	if len(audiences) == 0 {
		return nil
	}
	aud, err := c.audiences()
	switch {
	case err != nil:
		return unauthenticated("TOKEN_CLAIMS", "the token's aud claim is neither a string nor a list of strings", err)
	case len(aud) == 0:
		return unauthenticated("TOKEN_AUDIENCE", "the token carries no aud claim", nil)
	case !slices.ContainsFunc(aud, func(a string) bool { return slices.Contains(audiences, a) }):
		return unauthenticated("TOKEN_AUDIENCE", "the token is meant for another audience", fmt.Errorf("aud is %.100q", aud))
	}
	return nil
}

func otherIssuer(iss string) *Error {
	return unauthenticated("TOKEN_ISSUER", "the token comes from an issuer that this server does not accept", fmt.Errorf("iss is %.100q", iss))
}

var errServiceRole = denied("ADMIN_ROLE", "the role service_role bypasses row-level security and is not accepted here; use the admin listener")

// claimedRole returns the role that a token asks for.
func (s *source) claimedRole(claims claimSet) (string, error) {
	if s.fixedRole != "" {
		return s.fixedRole, nil
	}
	value, _ := s.role.lookup(claims)
	switch role := value.(type) {
	case nil:
		return "", denied("ROLE_MISSING", "the token carries no "+s.roleName+" claim")
	case string:
		return role, nil
	}
	return "", unauthenticated("TOKEN_CLAIMS", "the token's "+s.roleName+" claim is not a string", nil)
}

// quoted is a role for a sentence, cut where Postgres would cut it.
func quoted(role string) string {
	if len(role) > maxRoleName {
		return strconv.Quote(role[:maxRoleName]) + "..."
	}
	return strconv.Quote(role)
}

// caller makes the claims a Caller. What it carries under role is the role that
// the call has, wherever that came from, so that auth.role() and policies that
// read the claim agree with current_user. Renames see the claims as they came.
func (c claimSet) caller(role string, renames []rename) (store.Caller, error) {
	seen := maps.Clone(c)
	for _, r := range renames {
		if value, ok := r.from.lookup(c); ok {
			seen[r.to] = value
		} else {
			delete(seen, r.to)
		}
	}
	seen["role"] = role
	subject, _, err := seen.text("sub")
	if err != nil {
		return store.Caller{}, err
	}
	email, _, err := seen.text("email")
	if err != nil {
		return store.Caller{}, err
	}
	claims, err := seen.json()
	if err != nil {
		return store.Caller{}, unauthenticated("TOKEN_CLAIMS", "the token's claims cannot be written as JSON", err)
	}
	return store.Caller{Role: role, Claims: claims, Subject: subject, Email: email}, nil
}
