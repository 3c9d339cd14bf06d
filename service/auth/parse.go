package auth

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

// MaxTokenBytes is the length of the longest token that is looked at: 16 KiB,
// room for large user metadata. HTTP servers and clients give less for all
// headers together.
const MaxTokenBytes = 16 << 10

// algorithms are all that any key may be used for.
var algorithms = []string{
	jwt.SigningMethodHS256.Alg(),
	jwt.SigningMethodRS256.Alg(), jwt.SigningMethodPS256.Alg(),
	jwt.SigningMethodES256.Alg(), jwt.SigningMethodES384.Alg(),
	jwt.SigningMethodEdDSA.Alg(),
}

// parser decodes and verifies signatures. What the claims say is checked in
// claims.go, where each refusal has a sentence of its own.
var parser = jwt.NewParser(jwt.WithStrictDecoding(), jwt.WithoutClaimsValidation())

// checkShape refuses what cannot be a token before anything is decoded.
func checkShape(token string) error {
	switch {
	case len(token) > MaxTokenBytes:
		return unauthenticated("TOKEN_TOO_LARGE", fmt.Sprintf("the token is longer than %d bytes", MaxTokenBytes), nil)
	case strings.HasPrefix(token, "sb_publishable_"):
		return unauthenticated("API_KEY_AS_TOKEN", "the bearer is a publishable API key, not a user's token: send the access token of the user's session, or no authorization at all", nil)
	case strings.HasPrefix(token, "sb_secret_"):
		return unauthenticated("API_KEY_AS_TOKEN", "the bearer is a secret API key, not a user's token: send the access token of the user's session, and keep the key to yourself", nil)
	case strings.Count(token, ".") != 2 || strings.ContainsFunc(token, notOfToken):
		return malformed(errors.New("not three parts in base64url"))
	}
	return nil
}

// notOfToken says whether a character is outside of base64url and the dot.
// Go's decoder passes over line breaks, which would give one token many forms.
func notOfToken(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_' && r != '.'
}

func malformed(cause error) *Error {
	return unauthenticated("TOKEN_MALFORMED", "the token is not a signed JWT", cause)
}

// errUnknownKey and errSignature mark the refusals that other keys might mend.
var (
	errUnknownKey = errors.New("no key for the token's kid and alg")
	errSignature  = errors.New("no key verifies the signature")
)

// verifySignature returns the claims of a token, once one of the keys that its
// header may choose from has verified it.
func verifySignature(token string, keysOf func(id, algorithm string) []jwt.VerificationKey) ([]byte, error) {
	var claims payload
	_, err := parser.ParseWithClaims(token, &claims, func(t *jwt.Token) (any, error) {
		// RFC 7515, section 4.1.11: extensions that are not understood.
		if _, critical := t.Header["crit"]; critical {
			return nil, unauthenticated("TOKEN_MALFORMED", "the token's header asks for extensions that this server does not know", nil)
		}
		algorithm := t.Method.Alg()
		if !slices.Contains(algorithms, algorithm) {
			return nil, badAlgorithm(fmt.Errorf("alg %s", algorithm))
		}
		id, isText := t.Header["kid"].(string)
		if _, there := t.Header["kid"]; there && !isText {
			return nil, malformed(errors.New("kid is not a string"))
		}
		keys := keysOf(id, algorithm)
		if len(keys) == 0 {
			return nil, fmt.Errorf("%w: kid %.40q, alg %s", errUnknownKey, id, algorithm)
		}
		return jwt.VerificationKeySet{Keys: keys}, nil
	})
	if err == nil {
		return claims.raw, nil
	}
	var own *Error
	switch {
	case errors.As(err, &own):
		return nil, own
	case errors.Is(err, errUnknownKey):
		return nil, unauthenticated("TOKEN_KEY_UNKNOWN", "the token is signed with a key or an algorithm that this server does not accept", err)
	case errors.Is(err, jwt.ErrTokenMalformed):
		return nil, malformed(err)
	case errors.Is(err, jwt.ErrTokenSignatureInvalid):
		return nil, unauthenticated("TOKEN_SIGNATURE", "the token's signature does not fit", errors.Join(errSignature, err))
	}
	// The parser knows no such algorithm, or the header names none.
	return nil, badAlgorithm(err)
}

func badAlgorithm(cause error) *Error {
	return unauthenticated("TOKEN_ALGORITHM", "the token is signed with an algorithm that this server does not accept", cause)
}
