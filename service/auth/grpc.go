package auth

import (
	"context"
	"fmt"
	"strings"
	"time"

	grpcauth "github.com/grpc-ecosystem/go-grpc-middleware/v2/interceptors/auth"
	"google.golang.org/grpc/metadata"

	"github.com/rowgate/rowgate/store"
)

// identityKey is the context's key of the *identity.
type identityKey struct{}

// WithCaller returns a context that carries the caller of a call, and the
// expiry of the token that it came with, if the context has one. It is for
// interceptors, and for tests of handlers: below the handler, identity is a
// parameter and is never taken from a context.
func WithCaller(ctx context.Context, caller store.Caller) context.Context {
	with := &identity{caller: caller}
	if id, ok := ctx.Value(identityKey{}).(*identity); ok {
		with.until = id.until
	}
	return context.WithValue(ctx, identityKey{}, with)
}

// CallerFrom returns the caller of a call, and false when the call did not
// pass through AuthFunc.
func CallerFrom(ctx context.Context) (store.Caller, bool) {
	id, ok := ctx.Value(identityKey{}).(*identity)
	if !ok {
		return store.Caller{}, false
	}
	return id.caller, true
}

// ExpiryFrom returns the moment from which the token that a call came with is
// not accepted any more: its exp and Config.Skew. A stream should end by then.
// It returns false when there was none: the call is anonymous, or did not pass
// through AuthFunc. A key that is
// taken back is not told this way.
func ExpiryFrom(ctx context.Context) (time.Time, bool) {
	id, ok := ctx.Value(identityKey{}).(*identity)
	if !ok || id.until == 0 {
		return time.Time{}, false
	}
	return time.UnixMilli(id.until), true
}

// AuthFunc returns what the auth interceptors of go-grpc-middleware run before
// a call: it takes the token of the metadata's authorization, verifies it, and
// puts the caller into the context for CallerFrom and ExpiryFrom. A call without
// authorization is anonymous. No other metadata is read.
//
// The interceptors let a service implement AuthFuncOverride and then do not
// call this function: such a service has no caller.
func (v *Verifier) AuthFunc() grpcauth.AuthFunc {
	return func(ctx context.Context) (context.Context, error) {
		token, ok, err := bearer(ctx)
		if err != nil {
			return nil, err
		}
		var id *identity
		if ok {
			id, err = v.verify(ctx, token)
		} else {
			id, err = v.anonymous()
		}
		if err != nil {
			return nil, err
		}
		return context.WithValue(ctx, identityKey{}, id), nil
	}
}

// bearer returns the token of a call (RFC 6750, section 2.1), and false when
// there is no authorization at all. grpcauth.AuthFromMD is not used: it takes
// the first of several values, and does not tell a call without authorization
// from one with a broken one, which must not become an anonymous call.
func bearer(ctx context.Context) (token string, ok bool, err error) {
	values := metadata.ValueFromIncomingContext(ctx, "authorization")
	switch len(values) {
	case 0:
		return "", false, nil
	case 1:
	default:
		return "", false, badAuthorization(fmt.Sprintf("the call has %d values for authorization; send one", len(values)))
	}
	scheme, token, _ := strings.Cut(strings.TrimSpace(values[0]), " ")
	if !strings.EqualFold(scheme, "bearer") {
		return "", false, badAuthorization("the authorization is not of the form Bearer and a token")
	}
	token = strings.TrimLeft(token, " ")
	if token == "" {
		return "", false, badAuthorization("the authorization has no token after Bearer")
	}
	return token, true, nil
}

func badAuthorization(text string) *Error {
	return unauthenticated("AUTHORIZATION_MALFORMED", text, nil)
}
