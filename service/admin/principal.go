package admin

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/x509"
	"encoding/json"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"

	"github.com/rowgate/rowgate/service/auth"
	"github.com/rowgate/rowgate/service/status"
	"github.com/rowgate/rowgate/store"
)

// What a call without a good credential is told. None says what there is.
var (
	errNoCredential = status.New(codes.Unauthenticated, "CREDENTIAL_REQUIRED",
		"the admin path asks for a client certificate, or for authorization: Bearer and a service_role token or a secret key", nil)
	errCertificate = status.New(codes.Unauthenticated, "CERTIFICATE_INVALID",
		"the client certificate is not verified, or has expired since the connection was made", nil)
	errKey = status.New(codes.Unauthenticated, "KEY_UNKNOWN",
		"the credential is neither a service_role token nor a secret key that is accepted here", nil)
	errMalformed = status.New(codes.Unauthenticated, "AUTHORIZATION_MALFORMED",
		"send one authorization of the form Bearer and a token or key, or one apikey", nil)
	errDifferent = status.New(codes.PermissionDenied, "CREDENTIALS_DIFFER",
		"the call's credentials do not belong to one principal; send one of them", nil)
	errDenied = status.New(codes.PermissionDenied, "NOT_ALLOWED",
		"the policy of the admin path does not allow this call", nil)
)

// minKey is the fewest bytes of a secret key: one that can be guessed would
// only look safe for being hashed.
const minKey = 32

// identity is who calls, and what a token says of them.
type identity struct {
	*principal
	// caller has the token's claims, and no role.
	caller store.Caller
	// until is when the first of the credentials ends; the zero Time is never.
	until time.Time
}

// ends notes the end of a credential.
func (i *identity) ends(at time.Time) {
	if i.until.IsZero() || at.Before(i.until) {
		i.until = at
	}
}

// keyClaims are the claims of a call without a token, as those of a service_role
// key of Supabase.
const keyClaims = `{"role":"service_role"}`

// identifier finds out who calls.
type identifier struct {
	policy   *Policy
	verifier *auth.Verifier // nil for no tokens
	now      time.Time
}

// identify takes the certificate of the connection, the token or key of
// authorization and that of apikey. Every one that a call has must be good, and
// all must belong to one principal.
func (i identifier) identify(ctx context.Context) (identity, error) {
	id := identity{caller: store.Caller{Claims: keyClaims, ClaimedRole: serviceRole}}
	found := 0
	is := func(p *principal) error {
		found++
		switch {
		case p == nil:
			return errDenied
		case id.principal != nil && id.principal != p:
			return errDifferent
		}
		id.principal = p
		return nil
	}
	leaf, err := clientCertificate(ctx, i.now)
	if err != nil {
		return id, err
	}
	if leaf != nil {
		id.ends(leaf.NotAfter)
		if err := i.certificate(leaf, is); err != nil {
			return id, err
		}
	}
	secrets, err := secrets(ctx)
	if err != nil {
		return id, err
	}
	for _, secret := range secrets {
		p, caller, until, err := i.secret(ctx, secret)
		if err != nil {
			return id, err
		}
		if err := is(p); err != nil {
			return id, err
		}
		if caller != nil {
			id.caller = *caller
			id.caller.ClaimedRole = serviceRole
			id.ends(until)
		}
	}
	if found == 0 {
		return id, errNoCredential
	}
	return id, nil
}

// clientCertificate is the certificate of the connection; nil when there is
// none. One that was not verified is an error, and no certificate at all: a
// listener that takes such ones was set up wrongly. The handshake has looked at
// its time, but the connection may be old.
func clientCertificate(ctx context.Context, now time.Time) (*x509.Certificate, error) {
	p, ok := peer.FromContext(ctx)
	if !ok {
		return nil, nil
	}
	info, ok := p.AuthInfo.(credentials.TLSInfo)
	if !ok || len(info.State.PeerCertificates) == 0 {
		return nil, nil
	}
	if len(info.State.VerifiedChains) == 0 || len(info.State.VerifiedChains[0]) == 0 {
		return nil, errCertificate
	}
	for _, c := range info.State.VerifiedChains[0] {
		if now.After(c.NotAfter) {
			return nil, errCertificate
		}
	}
	return info.State.VerifiedChains[0][0], nil
}

// certificate finds whose a certificate is by its subject alternative names. The
// common name is never looked at (RFC 6125, section 6.4.4; RFC 2818).
func (i identifier) certificate(leaf *x509.Certificate, is func(*principal) error) error {
	var names []san
	for _, u := range leaf.URIs {
		names = append(names, san{"uri", u.String()})
	}
	for _, name := range leaf.DNSNames {
		names = append(names, san{"dns", name})
	}
	for _, address := range leaf.EmailAddresses {
		names = append(names, san{"email", address})
	}
	known := false
	for _, name := range names {
		if p := i.policy.certificates[name]; p != nil {
			known = true
			if err := is(p); err != nil {
				return err
			}
		}
	}
	if !known {
		return is(nil)
	}
	return nil
}

// secrets are the tokens and keys of a call's metadata. Supabase's clients send
// the same in authorization and in apikey.
func secrets(ctx context.Context) ([]string, error) {
	var all []string
	switch values := metadata.ValueFromIncomingContext(ctx, "authorization"); len(values) {
	case 0:
	case 1:
		scheme, secret, _ := strings.Cut(strings.TrimSpace(values[0]), " ")
		secret = strings.TrimSpace(secret)
		if !strings.EqualFold(scheme, "bearer") || secret == "" {
			return nil, errMalformed
		}
		all = append(all, secret)
	default:
		return nil, errMalformed
	}
	switch values := metadata.ValueFromIncomingContext(ctx, "apikey"); len(values) {
	case 0:
	case 1:
		if values[0] == "" {
			return nil, errMalformed
		}
		if len(all) == 0 || all[0] != values[0] {
			all = append(all, values[0])
		}
	default:
		return nil, errMalformed
	}
	return all, nil
}

// secret finds whose a secret key or a token is; nobody's is nil. The caller is
// that of a token.
func (i identifier) secret(ctx context.Context, secret string) (*principal, *store.Caller, time.Time, error) {
	var never time.Time
	if p := i.key(secret); p != nil {
		return p, nil, never, nil
	}
	// A JWT has three parts (RFC 7519, section 3).
	if i.verifier == nil || strings.Count(secret, ".") != 2 {
		return nil, nil, never, errKey
	}
	caller, until, err := i.verifier.VerifyUntil(ctx, secret)
	if err != nil {
		return nil, nil, never, err
	}
	if caller.Role != serviceRole {
		return nil, nil, never, errDenied // The verifier is one of users.
	}
	// Not a struct: encoding/json would take ISS for iss.
	var claims map[string]any
	if err := json.Unmarshal([]byte(caller.Claims), &claims); err != nil {
		return nil, nil, never, status.Internal(err)
	}
	issuer, _ := claims["iss"].(string)
	return i.policy.ofToken(issuer, caller.Subject), &caller, until, nil
}

const serviceRole = "service_role"

// key finds whose a secret key is, in a time that tells nothing of the keys.
func (i identifier) key(secret string) *principal {
	if len(secret) < minKey {
		return nil
	}
	sum := sha256.Sum256([]byte(secret))
	var found *principal
	for _, k := range i.policy.keys {
		if subtle.ConstantTimeCompare(sum[:], k.sum[:]) == 1 {
			found = k.of
		}
	}
	return found
}
