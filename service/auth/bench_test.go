package auth

import (
	"fmt"
	"testing"

	"github.com/golang-jwt/jwt/v5"
	"google.golang.org/grpc/metadata"
)

// supabaseClaims has the size of a usual session's.
func supabaseClaims() jwt.MapClaims {
	return user(with("app_metadata", map[string]any{"provider": "email", "providers": []string{"email"}}),
		with("user_metadata", map[string]any{"email": "a@example.com", "email_verified": true, "phone_verified": false, "sub": userA}),
		with("session_id", "27e9cd4a-0d2f-4f0e-8d5c-8a0a9d1c5b11"), with("aal", "aal1"), with("is_anonymous", false),
		with("amr", []any{map[string]any{"method": "password", "timestamp": noon.Unix()}}), with("phone", ""))
}

func BenchmarkVerify(b *testing.B) {
	k := keysOnce()
	for _, bm := range []struct {
		name  string
		token string
		size  int
	}{
		{"hit", sign(b, jwt.SigningMethodES256, k.ec, "ec", supabaseClaims()), 0},
		{"miss/HS256", hs256(b, supabaseClaims()), -1},
		{"miss/ES256", sign(b, jwt.SigningMethodES256, k.ec, "ec", supabaseClaims()), -1},
		{"miss/RS256", sign(b, jwt.SigningMethodRS256, k.rsa, "rsa", supabaseClaims()), -1},
	} {
		b.Run(bm.name, func(b *testing.B) {
			v := verifier(b, func(c *Config) { c.CacheSize = bm.size })
			b.ReportMetric(float64(len(bm.token)), "token-bytes")
			b.ReportAllocs()
			for b.Loop() {
				if _, err := v.Verify(b.Context(), bm.token); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkVerifyParallel is a hit from all processors at once.
func BenchmarkVerifyParallel(b *testing.B) {
	v := verifier(b)
	token := hs256(b, supabaseClaims())
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := v.Verify(b.Context(), token); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

// BenchmarkAuthFunc is what the interceptor adds to a call.
func BenchmarkAuthFunc(b *testing.B) {
	f := verifier(b).AuthFunc()
	ctx := metadata.NewIncomingContext(b.Context(), metadata.Pairs("authorization", "Bearer "+hs256(b, supabaseClaims())))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := f(ctx); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkUnknownKid is what a token costs whose key nobody knows, each of
// another kid.
func BenchmarkUnknownKid(b *testing.B) {
	k := keysOnce()
	tokens := make([]string, 1000)
	for i := range tokens {
		tokens[i] = sign(b, jwt.SigningMethodES256, k.ec, fmt.Sprint("unknown", i), supabaseClaims())
	}
	for _, bm := range []struct {
		name    string
		issuers []Issuer
	}{
		{"one issuer", nil},
		{"two issuers", []Issuer{{Issuer: "https://other.example", Secret: testSecret}}},
	} {
		b.Run(bm.name, func(b *testing.B) {
			v := verifier(b, func(c *Config) { c.Issuers = bm.issuers })
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if _, err := v.Verify(b.Context(), tokens[i%len(tokens)]); err == nil {
					b.Fatal("accepted")
				}
			}
		})
	}
}

// TestHitAllocates pins what a hit costs in memory.
func TestHitAllocates(t *testing.T) {
	v := verifier(t)
	token := hs256(t, supabaseClaims())
	accept(t, v, token)
	if n := testing.AllocsPerRun(100, func() { _, _ = v.Verify(t.Context(), token) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestAuthFuncAllocates pins what the interceptor costs in memory: the values of
// the metadata and the context.
func TestAuthFuncAllocates(t *testing.T) {
	f := verifier(t).AuthFunc()
	ctx := metadata.NewIncomingContext(t.Context(), metadata.Pairs("authorization", "Bearer "+hs256(t, supabaseClaims())))
	if n := testing.AllocsPerRun(100, func() { _, _ = f(ctx) }); n > 2 {
		t.Errorf("%v allocations", n)
	}
}
