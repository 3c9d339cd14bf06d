package auth

import (
	"crypto/ecdsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
)

// TestKeys pins which keys of a set are used, and for which algorithm.
func TestKeys(t *testing.T) {
	k := keysOnce()
	edit := func(raw json.RawMessage, name string, value any) json.RawMessage {
		var doc map[string]any
		if err := json.Unmarshal(raw, &doc); err != nil {
			t.Fatal(err)
		}
		doc[name] = value
		out, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	rsa := jwk(t, k.rsa.Public(), "k", "")
	ec := jwk(t, k.ec.Public(), "k", "")
	ed := jwk(t, k.ed.Public(), "k", "")
	oct := json.RawMessage(fmt.Sprintf(`{"kty":"oct","kid":"k","k":%q}`, base64.RawURLEncoding.EncodeToString([]byte(testSecret))))
	shortOct := json.RawMessage(`{"kty":"oct","kid":"k","k":"c2hvcnQ"}`)
	x := base64.RawURLEncoding.EncodeToString(pointX(k.ec384))

	for _, tc := range []struct {
		name string
		raw  json.RawMessage
		from origin
		want string // the algorithm, or why the key is not used
	}{
		{"RSA without alg", rsa, published, "RS256"},
		{"RSA for RS256", edit(rsa, "alg", "RS256"), published, "RS256"},
		{"RSA for PS256", edit(rsa, "alg", "PS256"), published, "PS256"},
		{"P-256", ec, published, "ES256"},
		{"P-384", jwk(t, k.ec384.Public(), "k", ""), published, "ES384"},
		{"Ed25519", ed, published, "EdDSA"},
		{"use sig", edit(ec, "use", "sig"), published, "ES256"},
		{"key_ops verify", edit(ec, "key_ops", []string{"verify"}), published, "ES256"},
		{"members that nobody knows", edit(ec, "ext", true), published, "ES256"},
		{"a link to a certificate is not followed", edit(ec, "x5u", "https://127.0.0.1:1/x"), published, "ES256"},
		{"oct in the configuration", oct, configured, "HS256"},

		{"oct in public", oct, published, `key 0: kid "k": a symmetric key in a published set is no secret`},
		{"short oct", shortOct, configured, `key 0: kid "k": a symmetric key of 5 bytes; HS256 needs at least 32`},
		{"oct for HS512", edit(oct, "alg", "HS512"), configured, `key 0: kid "k": alg "HS512" is not one that the key is used for; it may be [HS256]`},
		{"RSA for HS256", edit(rsa, "alg", "HS256"), published, `key 0: kid "k": alg "HS256" is not one that the key is used for; it may be [RS256 PS256]`},
		{"RSA for none", edit(rsa, "alg", "none"), published, `key 0: kid "k": alg "none" is not one that the key is used for; it may be [RS256 PS256]`},
		{"RSA for RS512", edit(rsa, "alg", "RS512"), published, `key 0: kid "k": alg "RS512" is not one that the key is used for; it may be [RS256 PS256]`},
		{"P-256 for ES384", edit(ec, "alg", "ES384"), published, `key 0: kid "k": alg "ES384" is not one that the key is used for; it may be [ES256]`},
		{"P-521", jwk(t, k.ec521.Public(), "k", ""), published, `key 0: kid "k": the curve P-521 is not used`},
		{"RSA of 1024 bits", jwk(t, k.weak.Public(), "k", ""), published, `key 0: kid "k": an RSA key of 1024 bits; it must have 2048 to 8192`},
		{"RSA of 2047 bits", edit(rsaJWK(2047), "kid", "k"), published, `key 0: kid "k": an RSA key of 2047 bits; it must have 2048 to 8192`},
		{"RSA of 8193 bits", edit(rsaJWK(8193), "kid", "k"), published, `key 0: kid "k": an RSA key of 8193 bits; it must have 2048 to 8192`},
		{"for encryption", edit(rsa, "use", "enc"), published, `key 0: kid "k": use "enc" is not for signatures`},
		{"for signing alone", edit(rsa, "key_ops", []string{"sign"}), published, `key 0: kid "k": key_ops does not have verify`},
		{"private", edit(ec, "d", "AAAA"), published, `key 0: kid "k": is a private key; give the public half alone`},
		{"not on the curve", edit(ec, "x", x[:43]), published, `key 0: kid "k": failed to unmarshal JSON Web Key: unable to unmarshal JWK due to invalid attributes: invalid key: EC point is not on the specified curve`},
		{"another type", json.RawMessage(`{"kty":"AKP","kid":"k"}`), published, `key 0: kid "k": failed to unmarshal JSON Web Key: unsupported key: AKP (kty)`},
		{"no object", json.RawMessage(`7`), published, "key 0: json: cannot unmarshal number into Go value of type jwkset.JWKMarshal"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			set, skipped, err := parseKeySet(set(t, tc.raw), tc.from)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, k := range set.keys {
				got = append(got, k.algorithm)
			}
			for _, err := range skipped {
				got = append(got, err.Error())
			}
			if diff := cmp.Diff([]string{tc.want}, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func pointX(k *ecdsa.PrivateKey) []byte {
	raw, err := k.PublicKey.Bytes()
	if err != nil {
		panic(err)
	}
	return raw[1 : 1+(len(raw)-1)/2]
}

func TestTooManyKeys(t *testing.T) {
	keys := make([]json.RawMessage, 65)
	for i := range keys {
		keys[i] = json.RawMessage(`{}`)
	}
	_, _, err := parseKeySet(set(t, keys...), published)
	if err == nil || err.Error() != "the JWK set has 65 keys; at most 64 are taken" {
		t.Error(err)
	}
}

// TestFingerprint tells sets apart by their keys and by nothing else.
func TestFingerprint(t *testing.T) {
	k := keysOnce()
	a, b := jwk(t, k.rsa.Public(), "a", "RS256"), jwk(t, k.ec.Public(), "b", "")
	sum := func(keys ...json.RawMessage) string {
		s, _, err := parseKeySet(set(t, keys...), published)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("%x", s.sum)
	}
	if sum(a, b) != sum(b, a) {
		t.Error("the order counts")
	}
	seen := map[string]string{}
	for name, s := range map[string]string{
		"none":    sum(),
		"a":       sum(a),
		"a and b": sum(a, b),
		"renamed": sum(jwk(t, k.rsa.Public(), "c", "RS256")),
		"other":   sum(jwk(t, k.other.Public(), "a", "RS256")),
		"for PS":  sum(jwk(t, k.rsa.Public(), "a", "PS256")),
	} {
		if before, there := seen[s]; there {
			t.Errorf("%s is the same as %s", name, before)
		}
		seen[s] = name
	}
}

// Two keys of one kid, as some issuers have for two algorithms.
func TestOneKidForTwoKeys(t *testing.T) {
	k := keysOnce()
	s, _, err := parseKeySet(set(t, jwk(t, k.rsa.Public(), "k", ""), jwk(t, k.other.Public(), "k", ""), jwk(t, k.ec.Public(), "k", "")), published)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		id, algorithm string
		want          int
	}{
		{"k", "RS256", 2}, {"k", "ES256", 1}, {"", "RS256", 2}, {"K", "RS256", 0}, {"k", "none", 0}, {"k", "HS256", 0}, {"k", "", 0},
	} {
		if got := len(s.candidates(tc.id, tc.algorithm)); got != tc.want {
			t.Errorf("%+v: %d keys", tc, got)
		}
	}
	if got := (*keySet)(nil).candidates("", "RS256"); got != nil {
		t.Errorf("no set: %v", got)
	}
}

// TestSymmetricKeyOfTheConfiguration takes HS256 by the secret and by a key of
// the set, the latter under its kid alone.
func TestSymmetricKeyOfTheConfiguration(t *testing.T) {
	const other = "another secret of more than 32 bytes, in a set"
	oct := json.RawMessage(fmt.Sprintf(`{"kty":"oct","kid":"k","k":%q}`, base64.RawURLEncoding.EncodeToString([]byte(other))))
	v := verifier(t, func(c *Config) { c.JWKS = set(t, oct) })
	accept(t, v, hs256(t, user()))
	accept(t, v, sign(t, jwt.SigningMethodHS256, []byte(testSecret), "k", user()))
	accept(t, v, sign(t, jwt.SigningMethodHS256, []byte(other), "k", user()))
	accept(t, v, sign(t, jwt.SigningMethodHS256, []byte(other), "", user()))
	refuse(t, v, sign(t, jwt.SigningMethodHS256, []byte(other), "x", user()), codes.Unauthenticated, "TOKEN_SIGNATURE", "the token's signature does not fit")
}
