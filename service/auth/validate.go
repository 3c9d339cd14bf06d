package auth

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"
)

// checkSecret refuses what is known to be no secret of HS256. A public key in
// its place would let everybody sign.
func checkSecret(secret string) error {
	start := strings.TrimSpace(secret)
	switch {
	case strings.HasPrefix(start, "-----BEGIN"):
		return errors.New("is a PEM file, not a shared secret: publish the key in a JWK set and set JWKS or JWKSURL")
	case strings.HasPrefix(start, "{"):
		return errors.New("is JSON, not a shared secret: a JWK set goes into JWKS")
	case strings.HasPrefix(start, "sb_secret_"), strings.HasPrefix(start, "sb_publishable_"):
		return errors.New("is an API key of Supabase, not the JWT secret: take the JWT secret of the project's settings, or set JWKSURL")
	case len(secret) < minSecret:
		return fmt.Errorf("has %d bytes; HS256 needs at least %d", len(secret), minSecret)
	}
	return nil
}

func checkURL(raw string) error {
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return errors.New("is not a URL")
	case u.Scheme != "https" && u.Scheme != "http":
		return errors.New("must begin with https:// or http://")
	case u.Host == "":
		return errors.New("names no host")
	}
	return nil
}

func checkRole(role string) error {
	switch {
	case role == "":
		return errors.New("the name of a role is empty")
	case role == serviceRole:
		return errors.New("service_role bypasses row-level security and is for the admin path alone")
	case role == "none":
		return errors.New(`"none" is no role: Postgres takes it for going back to the login role`)
	case len(role) > maxRoleName:
		return fmt.Errorf("the name %.20q... is longer than the %d bytes of a Postgres name", role, maxRoleName)
	case strings.ContainsRune(role, 0) || !utf8.ValidString(role):
		return fmt.Errorf("the name %q is not text that Postgres can hold", role)
	}
	return nil
}

// stayOnHTTPS keeps a redirect from taking the keys off an encrypted channel.
func stayOnHTTPS(req *http.Request, via []*http.Request) error {
	if len(via) >= 5 {
		return errors.New("more than 5 redirects")
	}
	if via[0].URL.Scheme == "https" && req.URL.Scheme != "https" {
		return errors.New("a redirect from https to " + req.URL.Scheme)
	}
	return nil
}

// overClearNetwork says whether the keys travel unencrypted between machines.
func overClearNetwork(u *url.URL) bool {
	if u.Scheme == "https" || u.Hostname() == "localhost" {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return ip == nil || !ip.IsLoopback()
}
