package auth

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"slices"
	"unsafe"
)

// verify is Verify without a copy: what it returns is shared.
func (v *Verifier) verify(ctx context.Context, token string) (*identity, error) {
	if len(token) > MaxTokenBytes {
		return nil, errTooLarge
	}
	sum := digest(token)
	now := v.clock()
	if id, err := v.cache.get(&sum, now); id != nil || err != nil {
		return id, err
	}
	if err := v.checkShape(token); err != nil {
		return nil, err
	}
	t, err := decodeHeader(token)
	if err != nil {
		return nil, err
	}
	if v.knownToNobody(t) {
		return nil, t.keyUnknown()
	}
	if err := t.decodeRest(token); err != nil {
		return nil, err
	}
	from := v.choose(t)
	published, err := from.verify(ctx, t)
	if err != nil {
		return nil, err
	}
	id, err := v.believe(from, t, now)
	if err != nil {
		return nil, err
	}
	v.cache.add(&sum, entry{id: id, from: from, keys: published})
	return id, nil
}

// digest is the SHA-256 of a token, without the copy that []byte(token) makes.
func digest(token string) [sha256.Size]byte {
	return sha256.Sum256(unsafe.Slice(unsafe.StringData(token), len(token)))
}

// knownToNobody says that no source has a key for a token's header, or could
// have a newer one: then the claims need not be looked at. This is what holds
// against a flood of made-up kids.
func (v *Verifier) knownToNobody(t *signedToken) bool {
	return !slices.ContainsFunc(v.sources, func(s *source) bool {
		published := s.remote.keys()
		return s.has(t, published) || s.mayLearn(t, published, noKey)
	})
}

// choose returns the source whose keys a token is held against, going by claims
// that nobody has verified yet. believe looks again once they are.
func (v *Verifier) choose(t *signedToken) *source {
	if len(v.sources) == 1 {
		return v.sources[0]
	}
	// Go fills the field from ISS as well. Then believe disagrees.
	var claims struct {
		Iss any `json:"iss"`
	}
	if json.Unmarshal(t.claims, &claims) != nil {
		return v.sources[0]
	}
	iss, _ := claims.Iss.(string)
	return v.sourceOf(iss, t)
}

// sourceOf returns the source that has the name, and the first when none has.
// A project's own keys all have the same iss, whatever the project's issuer is
// called; they go where there is a shared secret.
func (v *Verifier) sourceOf(iss string, t *signedToken) *source {
	if named := v.byName[iss]; named != nil {
		return named
	}
	if t.symmetric() && v.project != nil && slices.Contains(projectIssuers, iss) {
		return v.project
	}
	return v.sources[0]
}
