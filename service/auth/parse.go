package auth

import (
	"encoding/json"
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

// parser decodes the parts of tokens. What the claims say is checked in
// believe.go, where each refusal has a sentence of its own.
var parser = jwt.NewParser(jwt.WithStrictDecoding())

// signedToken is a token whose signature has not been verified: until then its
// claims choose the issuer, and nothing else.
type signedToken struct {
	kid       string // empty for none
	algorithm string // one of algorithms
	method    jwt.SigningMethod

	claims    []byte // should be a JSON text
	input     string // what is signed
	signature []byte
}

// errTooLarge is for a token that is not looked at.
var errTooLarge = unauthenticated("TOKEN_TOO_LARGE", fmt.Sprintf("the token is longer than %d bytes", MaxTokenBytes), nil)

// checkShape refuses what cannot be a token before anything is decoded.
func (v *Verifier) checkShape(token string) error {
	switch {
	case v.service && (strings.HasPrefix(token, "sb_publishable_") || strings.HasPrefix(token, "sb_secret_")):
		return unauthenticated("API_KEY_AS_TOKEN", "the bearer is an API key, not a token: send a token of the role service_role", nil)
	case strings.HasPrefix(token, "sb_publishable_"):
		return unauthenticated("API_KEY_AS_TOKEN", "the bearer is a publishable API key, not a user's token: send the access token of the user's session, or no authorization at all", nil)
	case strings.HasPrefix(token, "sb_secret_"):
		return unauthenticated("API_KEY_AS_TOKEN", "the bearer is a secret API key, not a user's token: send the access token of the user's session, and keep the key to yourself", nil)
	case strings.Count(token, ".") != 2 || !ofToken(token):
		return malformed(errors.New("not three parts in base64url"))
	}
	return nil
}

// tokenBytes are base64url and the dot.
var tokenBytes = func() (all [256]bool) {
	for _, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.") {
		all[c] = true
	}
	return all
}()

// ofToken says whether a text has no other characters than a token has. Go's
// decoder passes over line breaks, which would give one token many forms.
func ofToken(text string) bool {
	for i := range len(text) {
		if !tokenBytes[text[i]] {
			return false
		}
	}
	return true
}

func malformed(cause error) *Error {
	return unauthenticated("TOKEN_MALFORMED", "the token is not a signed JWT", cause)
}

// errSignature is for a token that none of its keys verifies.
var errSignature = unauthenticated("TOKEN_SIGNATURE", "the token's signature does not fit", errors.New("no key verifies the signature"))

// keyUnknown is for a token that there is no key for.
func (t *signedToken) keyUnknown() *Error {
	return unauthenticated("TOKEN_KEY_UNKNOWN", "the token is signed with a key or an algorithm that this server does not accept", &keyError{kid: t.kid, algorithm: t.algorithm})
}

// keyError writes its text when somebody reads it: strangers cause many.
type keyError struct{ kid, algorithm string }

func (e *keyError) Error() string {
	return fmt.Sprintf("no key for kid %.40q, alg %s", e.kid, e.algorithm)
}

// decodeHeader reads the header of a token, and nothing else of it.
func decodeHeader(token string) (*signedToken, error) {
	part, _, _ := strings.Cut(token, ".")
	raw, err := parser.DecodeSegment(part)
	if err != nil {
		return nil, malformed(err)
	}
	var header map[string]any
	if err := json.Unmarshal(raw, &header); err != nil {
		return nil, malformed(err)
	}
	// RFC 7515, section 4.1.11: extensions that are not understood.
	if _, critical := header["crit"]; critical {
		return nil, unauthenticated("TOKEN_MALFORMED", "the token's header asks for extensions that this server does not know", nil)
	}
	algorithm, _ := header["alg"].(string)
	if !slices.Contains(algorithms, algorithm) {
		return nil, badAlgorithm(fmt.Errorf("alg %.40q", algorithm))
	}
	kid, isText := header["kid"].(string)
	if _, there := header["kid"]; there && !isText {
		return nil, malformed(errors.New("kid is not a string"))
	}
	return &signedToken{kid: kid, algorithm: algorithm, method: jwt.GetSigningMethod(algorithm)}, nil
}

// decodeRest decodes what comes after the header.
func (t *signedToken) decodeRest(token string) (err error) {
	end := strings.LastIndexByte(token, '.')
	t.input = token[:end]
	if t.claims, err = parser.DecodeSegment(t.input[strings.IndexByte(token, '.')+1:]); err != nil {
		return malformed(err)
	}
	if t.signature, err = parser.DecodeSegment(token[end+1:]); err != nil {
		return malformed(err)
	}
	return nil
}

// symmetric says whether the token is signed with a shared secret.
func (t *signedToken) symmetric() bool { return t.algorithm == jwt.SigningMethodHS256.Alg() }

// verify says whether one of some keys has made the signature. Each must be of
// the token's algorithm.
func (t *signedToken) verify(keys []any) bool {
	return slices.ContainsFunc(keys, func(key any) bool {
		return t.method.Verify(t.input, t.signature, key) == nil
	})
}

func badAlgorithm(cause error) *Error {
	return unauthenticated("TOKEN_ALGORITHM", "the token is signed with an algorithm that this server does not accept", cause)
}
