package auth

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"slices"

	"github.com/MicahParks/jwkset"
	"github.com/golang-jwt/jwt/v5"
)

const (
	// maxKeys bounds how many signatures a token without a kid can cost.
	maxKeys = 64
	// Bits of an RSA modulus: less is weak, more is slow to verify.
	minRSA, maxRSA = 2048, 8192
)

// key is a key and the one algorithm that it verifies.
type key struct {
	id        string // kid; empty for none
	algorithm string
	public    any // *rsa.PublicKey, *ecdsa.PublicKey, ed25519.PublicKey, or []byte for HS256
}

// keySet is the usable keys of one JWK set. It never changes; two sets are the
// same when the pointers are.
type keySet struct {
	keys []key
	sum  [sha256.Size]byte // of the keys, whatever their order
}

// candidates returns the keys that may have signed a token with this header. A
// token with a kid is held against the keys of that name alone.
func (s *keySet) candidates(id, algorithm string) []any {
	if s == nil {
		return nil
	}
	var found []any
	for _, k := range s.keys {
		if k.mayHaveSigned(id, algorithm) {
			found = append(found, k.public)
		}
	}
	return found
}

// has says whether candidates has any.
func (s *keySet) has(id, algorithm string) bool {
	return s != nil && slices.ContainsFunc(s.keys, func(k key) bool { return k.mayHaveSigned(id, algorithm) })
}

func (k key) mayHaveSigned(id, algorithm string) bool {
	return k.algorithm == algorithm && (id == "" || k.id == id)
}

// origin is where a key set comes from.
type origin int

const (
	// published is a set that everybody can read: a symmetric key in it is no
	// secret, and is not used.
	published origin = iota
	// configured is a set that was given beforehand.
	configured
)

// errPrivateKey is the error of a key that should not be where it is.
var errPrivateKey = errors.New("is a private key; give the public half alone")

// parseKeySet reads a JWK set (RFC 7517, section 5). Keys that cannot be used
// are left out, as that section asks for, and reported in skipped.
func parseKeySet(raw []byte, from origin) (set *keySet, skipped []error, err error) {
	var doc struct {
		Keys *[]json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		return nil, nil, fmt.Errorf("not a JWK set: %w", err)
	}
	if doc.Keys == nil {
		return nil, nil, errors.New(`not a JWK set: it has no member "keys"`)
	}
	if len(*doc.Keys) > maxKeys {
		return nil, nil, fmt.Errorf("the JWK set has %d keys; at most %d are taken", len(*doc.Keys), maxKeys)
	}
	set = &keySet{}
	for i, rawKey := range *doc.Keys {
		k, err := parseKey(rawKey, from)
		if err != nil {
			skipped = append(skipped, fmt.Errorf("key %d: %w", i, err))
			continue
		}
		set.keys = append(set.keys, k)
	}
	set.sum, err = fingerprint(set.keys)
	return set, skipped, err
}

// staticKeys reads the keys of a configuration. A private key is refused, not
// passed over: it has no place there.
func staticKeys(raw []byte, log *slog.Logger) (*keySet, error) {
	set, skipped, err := parseKeySet(raw, configured)
	if err != nil {
		return nil, err
	}
	for _, err := range skipped {
		if errors.Is(err, errPrivateKey) {
			return nil, err
		}
		log.Warn("a signing key of the configuration is not used", "error", err)
	}
	if len(set.keys) == 0 {
		return nil, errors.Join(append([]error{errors.New("no key of the set can be used")}, skipped...)...)
	}
	return set, nil
}

// parseKey reads one JWK and decides on its algorithm.
func parseKey(raw []byte, from origin) (key, error) {
	var doc jwkset.JWKMarshal
	if err := json.Unmarshal(raw, &doc); err != nil {
		return key{}, err
	}
	named := func(err error) (key, error) { return key{}, fmt.Errorf("kid %.40q: %w", doc.KID, err) }

	if doc.USE != "" && doc.USE != jwkset.UseSig {
		return named(fmt.Errorf("use %.20q is not for signatures", doc.USE))
	}
	if len(doc.KEYOPS) > 0 && !slices.Contains(doc.KEYOPS, jwkset.KeyOpsVerify) {
		return named(errors.New("key_ops does not have verify"))
	}
	if doc.D != "" || doc.P != "" {
		return named(errPrivateKey)
	}
	symmetric := doc.KTY == jwkset.KtyOct
	if symmetric && from == published {
		return named(errors.New("a symmetric key in a published set is no secret"))
	}
	jwk, err := jwkset.NewJWKFromMarshal(doc, jwkset.JWKMarshalOptions{Private: symmetric}, jwkset.JWKValidateOptions{})
	if err != nil {
		return named(err)
	}
	algorithms, err := algorithmsOf(jwk.Key())
	if err != nil {
		return named(err)
	}
	algorithm := algorithms[0]
	if doc.ALG != "" {
		algorithm = string(doc.ALG)
		if !slices.Contains(algorithms, algorithm) {
			return named(fmt.Errorf("alg %.20q is not one that the key is used for; it may be %v", doc.ALG, algorithms))
		}
	}
	return key{id: doc.KID, algorithm: algorithm, public: jwk.Key()}, nil
}

// algorithmsOf lists what a key may be used for; the first is taken when the
// JWK has no alg.
func algorithmsOf(public any) ([]string, error) {
	switch k := public.(type) {
	case *rsa.PublicKey:
		if bits := k.N.BitLen(); bits < minRSA || bits > maxRSA {
			return nil, fmt.Errorf("an RSA key of %d bits; it must have %d to %d", bits, minRSA, maxRSA)
		}
		// With 1 for an exponent a signature is the text that it signs. That of a
		// real key is odd, as its modulus is.
		if k.E < 3 || k.E > math.MaxInt32 || k.E%2 == 0 || k.N.Bit(0) == 0 {
			return nil, errors.New("an RSA key whose modulus or exponent is that of no key")
		}
		return []string{jwt.SigningMethodRS256.Alg(), jwt.SigningMethodPS256.Alg()}, nil
	case *ecdsa.PublicKey:
		switch k.Curve {
		case elliptic.P256():
			return []string{jwt.SigningMethodES256.Alg()}, nil
		case elliptic.P384():
			return []string{jwt.SigningMethodES384.Alg()}, nil
		}
		return nil, fmt.Errorf("the curve %s is not used", k.Curve.Params().Name)
	case ed25519.PublicKey:
		return []string{jwt.SigningMethodEdDSA.Alg()}, nil
	case []byte:
		if len(k) < minSecret {
			return nil, fmt.Errorf("a symmetric key of %d bytes; HS256 needs at least %d", len(k), minSecret)
		}
		return []string{jwt.SigningMethodHS256.Alg()}, nil
	}
	return nil, fmt.Errorf("a key of type %T is not used", public)
}

// fingerprint tells whether two sets hold the same keys.
func fingerprint(keys []key) ([sha256.Size]byte, error) {
	lines := make([]string, 0, len(keys))
	for _, k := range keys {
		material, symmetric := k.public.([]byte)
		if !symmetric {
			der, err := x509.MarshalPKIXPublicKey(k.public)
			if err != nil {
				return [sha256.Size]byte{}, err
			}
			material = der
		}
		lines = append(lines, fmt.Sprintf("%q %s %x\n", k.id, k.algorithm, material))
	}
	slices.Sort(lines)
	h := sha256.New()
	for _, line := range lines {
		h.Write([]byte(line))
	}
	return [sha256.Size]byte(h.Sum(nil)), nil
}
