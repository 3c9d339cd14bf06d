package auth

import (
	"context"
	"fmt"
	"strings"

	grpcauth "github.com/grpc-ecosystem/go-grpc-middleware/v2/interceptors/auth"
	"google.golang.org/grpc/metadata"

	"github.com/rowgate/rowgate/store"
)

// callerKey is the context's key of the caller.
type callerKey struct{}

// WithCaller returns a context that carries the caller of a call. It is for
// the interceptor, and for tests of handlers: below the handler, identity is a
// parameter and is never taken from a context.
func WithCaller(ctx context.Context, caller store.Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, &caller)
}

// CallerFrom returns the caller of a call, and false when the call did not
// pass through AuthFunc.
func CallerFrom(ctx context.Context) (store.Caller, bool) {
	caller, ok := ctx.Value(callerKey{}).(*store.Caller)
	if !ok {
		return store.Caller{}, false
	}
	return *caller, true
}

// AuthFunc returns what the auth interceptors of go-grpc-middleware run before
// a call: it takes the token of the metadata's authorization, verifies it, and
// puts the caller into the context for CallerFrom. A call without
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
		var caller *store.Caller
		if ok {
			caller, err = v.verify(ctx, token)
		} else {
			caller, err = v.anonymous()
		}
		if err != nil {
			return nil, err
		}
		return context.WithValue(ctx, callerKey{}, caller), nil
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
