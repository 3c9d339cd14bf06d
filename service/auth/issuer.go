package auth

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Issuer says which tokens of one issuer to believe, and what they stand for.
// At least one of Secret, JWKSURL and JWKS is needed; they are as in [Config].
//
//	auth.Issuer{ // Firebase
//		Issuer:    "https://securetoken.google.com/my-project",
//		JWKSURL:   "https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com",
//		Audiences: []string{"my-project"},
//		FixedRole: "authenticated",
//		Rename:    map[string]string{"firebase.tenant": "tenant_id"},
//	}
type Issuer struct {
	// Issuer is what the iss claim must be, to the letter. Required, and no
	// two issuers may share it: it tells whose keys a token is held against.
	Issuer string

	Secret  string
	JWKSURL string
	JWKS    []byte

	// Refresh is as in Config. Default Config.Refresh.
	Refresh time.Duration

	// Audiences are the values of which the aud claim must be or hold one: the
	// API's identifier with Auth0, the project's id with Firebase. Empty means
	// that aud is not checked, and then whatever the issuer signs for another
	// application is taken here too.
	Audiences []string

	// Roles are the Postgres roles that the tokens may take on. Default
	// Config.Roles. Not used with FixedRole.
	Roles []string

	// RoleClaim is where the tokens carry the role; default "role". Names with
	// dots between lead into nested objects: "app_metadata.role". When it begins
	// with a slash it is a JSON Pointer (RFC 6901), for names that have dots or
	// slashes themselves: "/https:~1~1example.com~1role". Neither leads into
	// lists: which of several roles would be meant?
	RoleClaim string

	// FixedRole is the role of every token, whatever it claims, for issuers that
	// know nothing of Postgres, such as Auth0, Clerk and Firebase. Empty means
	// that the token says it.
	FixedRole string

	// Rename gives a claim a second name, so that policies see one set of names
	// whoever issued the token. The key is where the claim is, written as
	// RoleClaim is; the value is the name that it is also given at the top. That
	// name then means this claim and nothing else: what the token has there
	// itself is overwritten, and removed when the claim is missing, so that
	// nobody can supply it another way. Claims that are checked before policies
	// see them cannot be the value: role, iss, aud, exp, nbf and iat.
	Rename map[string]string
}

// fixedClaims cannot be given by a rename.
var fixedClaims = []string{"role", "iss", "aud", "exp", "nbf", "iat"}

// issuers returns every issuer of a configuration: the one that its own fields
// describe, if they do, and then Config.Issuers.
func (c Config) issuers() []Issuer {
	var all []Issuer
	if c.describesIssuer() {
		first := Issuer{Issuer: c.Issuer, Secret: c.Secret, JWKSURL: c.JWKSURL, JWKS: c.JWKS}
		if c.Audience != "" {
			first.Audiences = []string{c.Audience}
		}
		all = append(all, first)
	}
	all = append(all, c.Issuers...)
	for i := range all {
		s := &all[i]
		s.Refresh = cmp.Or(s.Refresh, c.Refresh)
		s.Audiences = slices.Clone(s.Audiences)
		switch {
		case s.FixedRole != "":
			s.Roles = []string{s.FixedRole}
		case len(s.Roles) > 0:
			s.Roles = slices.Clone(s.Roles)
		default:
			s.Roles = slices.Clone(c.Roles)
		}
	}
	return all
}

// describesIssuer says whether the fields of Config itself describe an issuer.
// They need not when Issuers does.
func (c Config) describesIssuer() bool {
	return len(c.Issuers) == 0 || c.Secret != "" || c.JWKSURL != "" || len(c.JWKS) > 0 || c.Issuer != "" || c.Audience != ""
}

// checkIssuers reports what is wrong with Config.Issuers.
func (c Config) checkIssuers() []error {
	var errs []error
	seen := map[string]bool{}
	if c.Issuer != "" {
		seen[c.Issuer] = true
	}
	for i, s := range c.Issuers {
		wrong := func(format string, args ...any) {
			errs = append(errs, fmt.Errorf("auth: Issuers[%d]: "+format, append([]any{i}, args...)...))
		}
		switch {
		case s.Issuer == "":
			wrong("Issuer is empty: say what the iss claim of its tokens is")
		case seen[s.Issuer]:
			wrong("Issuer %.100q is there twice: a token could be held against the keys of either", s.Issuer)
		}
		seen[s.Issuer] = true
		s.check(c, wrong)
	}
	return errs
}

// check reports what is wrong with one of Config.Issuers.
func (s Issuer) check(c Config, wrong func(format string, args ...any)) {
	checkKeys(s.Secret, s.JWKSURL, s.JWKS, wrong)
	if s.Refresh != 0 && s.Refresh < minRefresh {
		wrong("Refresh is %s; at least %s", s.Refresh, minRefresh)
	}
	if slices.Contains(s.Audiences, "") {
		wrong("Audiences has an empty one, which no token can have")
	}
	for _, role := range s.Roles {
		if err := checkRole(role); err != nil && !c.ServiceRole {
			wrong("Roles: %w", err)
		}
	}
	if s.FixedRole != "" {
		if err := checkRole(s.FixedRole); err != nil {
			wrong("FixedRole: %w", err)
		}
	}
	switch {
	case c.ServiceRole && (len(s.Roles) > 0 || s.FixedRole != ""):
		wrong("with ServiceRole the only role is service_role, and the token must carry it: leave Roles and FixedRole empty, and leave out issuers whose tokens are for users")
	case s.FixedRole != "" && s.RoleClaim != "":
		wrong("FixedRole and RoleClaim exclude each other: either the role is always the same, or the token says it")
	case s.FixedRole != "" && len(s.Roles) > 0:
		wrong("FixedRole and Roles exclude each other: there is nothing to choose")
	}
	if s.RoleClaim != "" {
		if _, err := parseClaimPath(s.RoleClaim); err != nil {
			wrong("RoleClaim %w", err)
		}
	}
	if _, err := parseRenames(s.Rename); err != nil {
		wrong("Rename: %w", err)
	}
}

// checkKeys reports what is wrong with the keys of an issuer.
func checkKeys(secret, jwksURL string, jwks []byte, wrong func(format string, args ...any)) {
	if secret == "" && jwksURL == "" && len(jwks) == 0 {
		wrong("no token could be verified: set Secret, JWKSURL or JWKS")
	}
	if secret != "" {
		if err := checkSecret(secret); err != nil {
			wrong("Secret %w", err)
		}
	}
	if jwksURL != "" {
		if err := checkURL(jwksURL); err != nil {
			wrong("JWKSURL %w", err)
		}
	}
}

// rename gives the claim at from the name to.
type rename struct {
	from claimPath
	to   string
}

// parseRenames reads Issuer.Rename.
func parseRenames(names map[string]string) ([]rename, error) {
	var all []rename
	var errs []error
	taken := map[string]bool{}
	for from, to := range names {
		path, err := parseClaimPath(from)
		switch {
		case err != nil:
			errs = append(errs, fmt.Errorf("the claim %w", err))
		case to == "":
			errs = append(errs, fmt.Errorf("%.100q has no name to be given", from))
		case !utf8.ValidString(to) || strings.ContainsRune(to, 0):
			errs = append(errs, fmt.Errorf("the name %.100q is not text that Postgres can hold", to))
		case slices.Contains(fixedClaims, to):
			errs = append(errs, fmt.Errorf("%.100q cannot be given the name %s, which is checked before policies see it", from, to))
		case taken[to]:
			errs = append(errs, fmt.Errorf("two claims are given the name %.100q", to))
		}
		taken[to] = true
		all = append(all, rename{from: path, to: to})
	}
	slices.SortFunc(errs, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return all, errors.Join(errs...)
}
