package auth

import (
	"context"
	"crypto/sha256"
	"errors"
	"time"
	"unsafe"

	"github.com/golang-jwt/jwt/v5"
	"google.golang.org/grpc/codes"

	"github.com/rowgate/rowgate/store"
)

// verify is Verify without a copy: the Caller is shared and must not change.
func (v *Verifier) verify(ctx context.Context, token string) (*store.Caller, error) {
	if len(token) > MaxTokenBytes {
		return nil, checkShape(token)
	}
	sum := digest(token)
	now, published := v.clock(), v.remote.keys()
	if caller, err := v.cache.get(&sum, published, now); caller != nil || err != nil {
		return caller, err
	}
	if err := checkShape(token); err != nil {
		return nil, err
	}
	raw, published, err := v.signed(ctx, token, published)
	if err != nil {
		return nil, err
	}
	caller, until, err := v.believe(raw, now)
	if err != nil {
		return nil, err
	}
	v.cache.add(&sum, entry{caller: caller, until: until, keys: published})
	return caller, nil
}

// digest is the SHA-256 of a token, without the copy that []byte(token) makes.
func digest(token string) [sha256.Size]byte {
	return sha256.Sum256(unsafe.Slice(unsafe.StringData(token), len(token)))
}

// signed returns the claims of a token whose signature is good, and the
// published keys that it was held against. When those do not fit, newer ones
// are asked for, once.
func (v *Verifier) signed(ctx context.Context, token string, published *keySet) ([]byte, *keySet, error) {
	symmetric := false
	keysOf := func(id, algorithm string) []jwt.VerificationKey {
		symmetric = algorithm == jwt.SigningMethodHS256.Alg()
		keys := append(v.static.candidates(id, algorithm), published.candidates(id, algorithm)...)
		if symmetric && v.secret != nil {
			// Supabase gives the shared secret a kid as well; it is no use here.
			keys = append(keys, v.secret)
		}
		return keys
	}
	raw, err := verifySignature(token, keysOf)
	if err == nil {
		return raw, published, nil
	}
	unknown := errors.Is(err, errUnknownKey)
	if v.remote == nil || symmetric || !unknown && !errors.Is(err, errSignature) {
		return nil, nil, err
	}
	changed, fetchErr := v.remote.newer(ctx, published)
	if changed {
		published = v.remote.keys()
		raw, err = verifySignature(token, keysOf)
		return raw, published, err
	}
	if unknown && fetchErr != nil {
		// Refusing the token here would log users out for our own trouble.
		return nil, nil, keysUnavailable(ctx, fetchErr)
	}
	return nil, nil, err
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

// believe checks what a token with a good signature claims, and returns its
// caller and the end of its time.
func (v *Verifier) believe(raw []byte, now time.Time) (*store.Caller, int64, error) {
	claims, err := parseClaims(raw)
	if err != nil {
		return nil, 0, err
	}
	until, err := claims.checkTime(now, v.skew)
	if err != nil {
		return nil, 0, err
	}
	if err := claims.checkServiceRole(); err != nil {
		return nil, 0, err
	}
	if err := claims.checkIssuer(v.issuer, v.audience); err != nil {
		return nil, 0, claims.explainAPIKey(err)
	}
	caller, err := claims.caller(v.roles)
	if err != nil {
		return nil, 0, err
	}
	return caller, until, nil
}
