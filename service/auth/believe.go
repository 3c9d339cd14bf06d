package auth

import (
	"fmt"
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

// checkIssuer holds iss and aud against the configuration.
func (c claimSet) checkIssuer(issuer, audience string) error {
	if issuer != "" {
		iss, ok, err := c.text("iss")
		switch {
		case err != nil:
			return err
		case !ok:
			return unauthenticated("TOKEN_ISSUER", "the token carries no iss claim", nil)
		case iss != issuer:
			return unauthenticated("TOKEN_ISSUER", "the token comes from an issuer that this server does not accept",
				fmt.Errorf("iss is %.100q", iss))
		}
	}
	if audience == "" {
		return nil
	}
	aud, err := c.audiences()
	switch {
	case err != nil:
		return unauthenticated("TOKEN_CLAIMS", "the token's aud claim is neither a string nor a list of strings", err)
	case len(aud) == 0:
		return unauthenticated("TOKEN_AUDIENCE", "the token carries no aud claim", nil)
	case !slices.Contains(aud, audience):
		return unauthenticated("TOKEN_AUDIENCE", "the token is meant for another audience", fmt.Errorf("aud is %.100q", aud))
	}
	return nil
}

// checkServiceRole comes before the issuer and the audience, which a project's
// service_role key does not have, so that its holder is shown the way.
func (c claimSet) checkServiceRole() error {
	if c["role"] == serviceRole {
		return denied("ADMIN_ROLE", "the role service_role bypasses row-level security and is not accepted here; use the admin listener")
	}
	return nil
}

// explainAPIKey has more to say when a token of the role anon is not for this
// server: it is most likely a project's anon key, which Supabase's own clients
// send along and which has neither the issuer nor the audience of a session.
func (c claimSet) explainAPIKey(err error) error {
	if c["role"] != defaultAnonRole {
		return err
	}
	return unauthenticated("API_KEY_AS_TOKEN", "the bearer looks like a project's anon key, not like a user's token: send the access token of the user's session, or no authorization at all", err)
}

// role returns the role claim, which must be in the allow-list.
func (c claimSet) role(allowed []string) (string, error) {
	role, ok, err := c.text("role")
	switch {
	case err != nil:
		return "", err
	case !ok:
		return "", denied("ROLE_MISSING", "the token carries no role claim")
	case !slices.Contains(allowed, role):
		return "", denied("ROLE_NOT_ALLOWED", fmt.Sprintf("the role %s is not one that a token may take on here", quoted(role)))
	}
	return role, nil
}

// quoted is a role for a sentence, cut where Postgres would cut it.
func quoted(role string) string {
	if len(role) > maxRoleName {
		return strconv.Quote(role[:maxRoleName]) + "..."
	}
	return strconv.Quote(role)
}

// caller makes the claims a Caller.
func (c claimSet) caller(allowed []string) (*store.Caller, error) {
	role, err := c.role(allowed)
	if err != nil {
		return nil, err
	}
	subject, _, err := c.text("sub")
	if err != nil {
		return nil, err
	}
	email, _, err := c.text("email")
	if err != nil {
		return nil, err
	}
	claims, err := c.json()
	if err != nil {
		return nil, unauthenticated("TOKEN_CLAIMS", "the token's claims cannot be written as JSON", err)
	}
	return &store.Caller{Role: role, Claims: claims, Subject: subject, Email: email}, nil
}
