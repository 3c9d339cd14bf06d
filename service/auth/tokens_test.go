package auth

import (
	"bytes"
	"compress/gzip"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"log/slog"
	"math/big"
	"sync"
	"testing"
	"time"

	"github.com/MicahParks/jwkset"
	"github.com/golang-jwt/jwt/v5"
)

const (
	testSecret = "a development secret of more than 32 bytes"
	userA      = "6c8d1e7a-52a5-4f0e-9d0b-2f6f2a0d9a11"
	issuer     = "https://ref.supabase.co/auth/v1"
)

// noon is the time of the tests that have a clock.
var noon = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)

// testKeys are made once: RSA keys take their time.
type testKeys struct {
	rsa, rsaPSS, other, weak *rsa.PrivateKey
	ec, ec384, ec521         *ecdsa.PrivateKey
	ed                       ed25519.PrivateKey
}

var keysOnce = sync.OnceValue(func() *testKeys {
	must := func(err error) {
		if err != nil {
			panic(err)
		}
	}
	var k testKeys
	var err error
	for _, r := range []**rsa.PrivateKey{&k.rsa, &k.rsaPSS, &k.other} {
		*r, err = rsa.GenerateKey(rand.Reader, 2048)
		must(err)
	}
	k.weak, err = rsa.GenerateKey(rand.Reader, 1024)
	must(err)
	k.ec, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	k.ec384, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	must(err)
	k.ec521, err = ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	must(err)
	_, k.ed, err = ed25519.GenerateKey(rand.Reader)
	must(err)
	return &k
})

// jwk writes the public half of a key as a JWK.
func jwk(t testing.TB, public any, id, algorithm string) json.RawMessage {
	t.Helper()
	k, err := jwkset.NewJWKFromKey(public, jwkset.JWKOptions{
		Metadata: jwkset.JWKMetadataOptions{KID: id, ALG: jwkset.ALG(algorithm)},
		Marshal:  jwkset.JWKMarshalOptions{Private: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(k.Marshal())
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// set writes a JWK set.
func set(t testing.TB, keys ...json.RawMessage) []byte {
	t.Helper()
	if keys == nil {
		keys = []json.RawMessage{}
	}
	raw, err := json.Marshal(map[string]any{"keys": keys})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// allKeys is a set of a key of each kind.
func allKeys(t testing.TB) []byte {
	k := keysOnce()
	return set(t,
		jwk(t, k.rsa.Public(), "rsa", "RS256"),
		jwk(t, k.rsaPSS.Public(), "pss", "PS256"),
		jwk(t, k.ec.Public(), "ec", ""),
		jwk(t, k.ec384.Public(), "ec384", ""),
		jwk(t, k.ed.Public(), "ed", "EdDSA"),
	)
}

// user is the claims of a good token at noon.
func user(change ...func(jwt.MapClaims)) jwt.MapClaims {
	c := jwt.MapClaims{
		"sub": userA, "role": "authenticated", "email": "a@example.com",
		"aud": "authenticated", "iss": issuer,
		"iat": noon.Unix(), "exp": noon.Add(time.Hour).Unix(),
	}
	for _, f := range change {
		f(c)
	}
	return c
}

// with sets a claim; nil takes it away.
func with(name string, value any) func(jwt.MapClaims) {
	return func(c jwt.MapClaims) {
		if value == nil {
			delete(c, name)
			return
		}
		c[name] = value
	}
}

// sign signs claims, under a kid or none.
func sign(t testing.TB, method jwt.SigningMethod, key any, id string, claims jwt.MapClaims) string {
	t.Helper()
	token := jwt.NewWithClaims(method, claims)
	if id != "" {
		token.Header["kid"] = id
	}
	signed, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// hs256 signs claims with the test secret.
func hs256(t testing.TB, claims jwt.MapClaims) string {
	t.Helper()
	return sign(t, jwt.SigningMethodHS256, []byte(testSecret), "", claims)
}

// raw signs bytes that need not be what a JWT library would write.
func raw(header, claims string, secret []byte) string {
	input := base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + base64.RawURLEncoding.EncodeToString([]byte(claims))
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(input))
	return input + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func base64url(raw []byte) string { return base64.RawURLEncoding.EncodeToString(raw) }

const plainHeader = `{"alg":"HS256","typ":"JWT"}`

// rawClaims signs claims that need not be what a JWT library would write, with
// exp, role and sub before them.
func rawClaims(more string) string {
	return raw(plainHeader, fmt.Sprintf(`{"exp":%d,"role":"authenticated","sub":%q%s}`, noon.Add(time.Hour).Unix(), userA, more), []byte(testSecret))
}

// pemOf is a public key as its owner might publish it.
func pemOf(t testing.TB, public crypto.PublicKey) []byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

// rsaJWK is a JWK with a modulus of some bits, which need not be a key.
func rsaJWK(bits uint) json.RawMessage {
	n := new(big.Int).Add(new(big.Int).Lsh(big.NewInt(1), bits-1), big.NewInt(1))
	return json.RawMessage(fmt.Sprintf(`{"kty":"RSA","e":"AQAB","n":%q}`, base64.RawURLEncoding.EncodeToString(n.Bytes())))
}

// verifier is a Verifier at noon that takes the test secret and all keys.
func verifier(t testing.TB, change ...func(*Config)) *Verifier {
	t.Helper()
	cfg := Config{
		Secret: testSecret,
		JWKS:   allKeys(t),
		Clock:  func() time.Time { return noon },
		Logger: slog.New(slog.DiscardHandler),
	}
	for _, f := range change {
		f(&cfg)
	}
	v, err := New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func gzipped(raw []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write(raw)
	_ = w.Close()
	return out.Bytes()
}
