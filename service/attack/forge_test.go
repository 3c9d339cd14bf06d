package attack_test

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"math/big"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/rowgate/rowgate/service/servicetest"
)

// signer makes the third part of a token.
type signer func(input string) []byte

// forged is a token of a header and claims as they are written, signed.
func forged(header, claims string, sign signer) string {
	input := b64([]byte(header)) + "." + b64([]byte(claims))
	return input + "." + b64(sign(input))
}

func b64(data []byte) string { return base64.RawURLEncoding.EncodeToString(data) }

// hs256 signs with a shared secret, whatever that is.
func hs256(secret []byte) signer {
	return func(input string) []byte {
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte(input))
		return mac.Sum(nil)
	}
}

// rs256 signs with a private key, of whatever size.
func rs256(t testing.TB, key *rsa.PrivateKey) signer {
	return func(input string) []byte {
		t.Helper()
		signature, err := jwt.SigningMethodRS256.Sign(input, key)
		if err != nil {
			t.Fatal(err)
		}
		return signature
	}
}

func nothing(string) []byte { return nil }

// rsaKey makes a key.
func rsaKey(t testing.TB, bits int) *rsa.PrivateKey {
	t.Helper()
	if bits < 1024 {
		t.Setenv("GODEBUG", "rsa1024min=0")
	}
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// jwk is the public half, with further members.
func jwk(key *rsa.PrivateKey, kid, more string) string {
	return fmt.Sprintf(`{"kty":"RSA","kid":%q,"n":%q,"e":%q%s}`, kid, b64(key.N.Bytes()), b64(big.NewInt(int64(key.E)).Bytes()), more)
}

// soon is the members of a time that is good.
func soon() string {
	return fmt.Sprintf(`"iat":%d,"exp":%d`, time.Now().Unix(), time.Now().Add(time.Hour).Unix())
}

// claims of somebody, and whatever else is said.
func claims(sub, more string) string {
	return fmt.Sprintf(`{"sub":%q,"role":"authenticated","aud":"authenticated",%s%s}`, sub, soon(), more)
}

// with is a caller who has a token.
func with(t testing.TB, name, token string) caller {
	return caller{name, servicetest.As(t.Context(), token)}
}
