package servicetest

import (
	"context"
	"testing"
	"time"

	"google.golang.org/grpc/metadata"

	"github.com/rowgate/rowgate/service/auth"
)

// Secret signs the tokens that the test servers believe.
const Secret = "a secret of the tests, 32 bytes or more"

// Token signs a token of a user of the role authenticated.
func Token(t testing.TB, sub string) string {
	t.Helper()
	return Sign(t, Secret, auth.Claims{Subject: sub, Role: "authenticated", Audience: "authenticated", TTL: time.Hour})
}

// Sign signs a token with a secret.
func Sign(t testing.TB, secret string, claims auth.Claims) string {
	t.Helper()
	signed, err := auth.SignHS256(secret, claims)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// As returns a context for calls with a token; without one they are anonymous.
func As(ctx context.Context, token string) context.Context {
	if token == "" {
		return ctx
	}
	return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+token)
}
