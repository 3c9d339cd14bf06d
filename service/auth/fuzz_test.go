package auth

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/golang-jwt/jwt/v5"
	"google.golang.org/grpc/codes"

	"github.com/rowgate/rowgate/store"
)

// FuzzVerify holds that nothing panics, that every refusal is an *Error with a
// code of this package, and that whatever is accepted was signed by one of the
// keys, which the standard library alone has to confirm.
func FuzzVerify(f *testing.F) {
	k := keysOnce()
	v := verifier(f)
	for _, token := range []string{
		"", ".", "..", "a.b.c",
		hs256(f, user()),
		sign(f, jwt.SigningMethodRS256, k.rsa, "rsa", user()),
		sign(f, jwt.SigningMethodPS256, k.rsaPSS, "pss", user()),
		sign(f, jwt.SigningMethodES256, k.ec, "ec", user()),
		sign(f, jwt.SigningMethodEdDSA, k.ed, "ed", user()),
		sign(f, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, "", user()),
		raw(`{"alg":"HS256","kid":"rsa"}`, `{"exp":9999999999,"role":"authenticated"}`, pemOf(f, k.rsa.Public())),
		raw(`{"alg":"HS256","alg":"none"}`, `{"exp":9999999999,"role":"authenticated"}`, []byte(testSecret)),
	} {
		f.Add(token)
	}
	f.Fuzz(func(t *testing.T, token string) {
		caller, err := v.Verify(t.Context(), token)
		if err != nil {
			own, isOwn := err.(*Error)
			if !isOwn || own.Code != codes.Unauthenticated && own.Code != codes.PermissionDenied || own.Text == "" || own.Reason == "" {
				t.Fatalf("%q: %#v", token, err)
			}
			if caller != (store.Caller{}) {
				t.Fatalf("%q: refused and given %+v", token, caller)
			}
			return
		}
		if caller.Role == "" || !signedBySomeKey(token) {
			t.Fatalf("%q was accepted as %+v", token, caller)
		}
	})
}

// signedBySomeKey verifies a token with nothing but the standard library.
func signedBySomeKey(token string) bool {
	k := keysOnce()
	end := strings.LastIndex(token, ".")
	if end < 0 {
		return false
	}
	input := []byte(token[:end])
	sig, err := base64.RawURLEncoding.DecodeString(token[end+1:])
	if err != nil {
		return false
	}
	digest := sha256.Sum256(input)
	mac := hmac.New(sha256.New, []byte(testSecret))
	mac.Write(input)
	switch {
	case hmac.Equal(sig, mac.Sum(nil)):
		return true
	case rsa.VerifyPKCS1v15(&k.rsa.PublicKey, crypto.SHA256, digest[:], sig) == nil:
		return true
	case rsa.VerifyPSS(&k.rsaPSS.PublicKey, crypto.SHA256, digest[:], sig, nil) == nil:
		return true
	case ed25519.Verify(k.ed.Public().(ed25519.PublicKey), input, sig):
		return true
	}
	return len(sig) == 64 && ecdsa.Verify(&k.ec.PublicKey, digest[:], new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:]))
}

// FuzzClaims signs any claims, and holds what reaches Postgres against what Go
// reads out of the same bytes.
func FuzzClaims(f *testing.F) {
	v := verifier(f)
	for _, c := range []string{
		`{"exp":1782910800,"role":"authenticated","sub":"x"}`,
		`{"exp":1782910800,"role":"anon","role":"authenticated","a":"\u0000"}`,
		`{"exp":1782910800,"role":"anon","n":1e400,"m":-0.0,"s":"\ud83d\ude00\\u0000"}`,
		`{"exp":1782910800,"role":"anon","ROLE":"authenticated","Exp":1}`,
		`{"exp":1e9,"role":["anon"]}`, `null`, `[]`, `{"exp":{}}`, "{\"\xff\":1}", `{"role":"\ud800"}`,
	} {
		f.Add([]byte(c))
	}
	f.Fuzz(func(t *testing.T, claims []byte) {
		caller, err := v.Verify(t.Context(), raw(plainHeader, string(claims), []byte(testSecret)))
		if err != nil {
			return
		}
		if caller.Role != "anon" && caller.Role != "authenticated" {
			t.Fatalf("role %q", caller.Role)
		}
		if !utf8.ValidString(caller.Claims) || strings.Contains(unescaped(caller.Claims), "\\u0000") || strings.Contains(caller.Subject+caller.Email, "\x00") {
			t.Fatalf("claims %q", caller.Claims)
		}
		var before, after map[string]any
		if err := json.Unmarshal(claims, &before); err != nil && !strings.Contains(err.Error(), "cannot unmarshal number") {
			t.Fatalf("%q was accepted: %v", claims, err)
		}
		if err := json.Unmarshal([]byte(caller.Claims), &after); err != nil && !strings.Contains(err.Error(), "cannot unmarshal number") {
			t.Fatalf("%q: %v", caller.Claims, err)
		}
		if !reflect.DeepEqual(before, after) || after["role"] != caller.Role {
			t.Fatalf("%q became %q", claims, caller.Claims)
		}
	})
}

// unescaped takes escaped backslashes out, so that what is left of \u0000 is
// an escape of its own.
func unescaped(s string) string { return strings.ReplaceAll(s, `\\`, "") }

// FuzzKeySet holds that no answer of a server panics, and that no key gets an
// algorithm that is not one of its type.
func FuzzKeySet(f *testing.F) {
	f.Add(allKeys(f))
	f.Add([]byte(`{"keys":[{"kty":"oct","k":"YSBkZXZlbG9wbWVudCBzZWNyZXQgb2YgbW9yZSB0aGFuIDMyIGJ5dGVz","alg":"HS256"}]}`))
	f.Add([]byte(`{"keys":[{"kty":"RSA","e":"AQAB","n":"","alg":"none","x5c":["AA"]}]}`))
	f.Add([]byte(`{"keys":[{"kty":"EC","crv":"P-256","x":"AA","y":"AA"},{"kty":"OKP","crv":"Ed25519","x":"AA"},null,7]}`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		set, _, err := parseKeySet(doc, published)
		if err != nil {
			return
		}
		for _, key := range set.keys {
			ok := false
			switch public := key.public.(type) {
			case *rsa.PublicKey:
				ok = (key.algorithm == "RS256" || key.algorithm == "PS256") && public.N.BitLen() >= 2048
			case *ecdsa.PublicKey:
				ok = key.algorithm == "ES256" || key.algorithm == "ES384"
			case ed25519.PublicKey:
				ok = key.algorithm == "EdDSA"
			}
			if !ok {
				t.Fatalf("%+v", key)
			}
		}
	})
}
