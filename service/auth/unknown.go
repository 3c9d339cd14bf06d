package auth

import (
	"hash/maphash"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
)

// maxUnknown bounds how many unknown keys of an issuer are remembered.
const maxUnknown = 1024

// unknownKeys remembers the keys of an issuer that a fetch was made for and did
// not bring, so that a client that goes on with the token of a key long gone
// does not have the set fetched at every gap: each time in vain doubles the
// wait, up to the interval at which the set is fetched anyway. Other keys in
// the set void what is remembered.
//
// Only keys that a fetch was made for get in. What a flood sends between two
// fetches is refused before (remote.settled), and pushes nothing out.
type unknownKeys struct {
	seed    maphash.Seed
	entries *lru.Cache[tokenKey, unknownEntry]
}

// tokenKey is what a token's header says of its key. The kid is a hash, since
// strangers choose its length.
type tokenKey struct {
	algorithm string
	kid       uint64
}

type unknownEntry struct {
	keys  *keySet // in which the key is not
	until time.Time
	wait  time.Duration
}

func newUnknownKeys() (*unknownKeys, error) {
	entries, err := lru.New[tokenKey, unknownEntry](maxUnknown)
	if err != nil {
		return nil, err
	}
	return &unknownKeys{seed: maphash.MakeSeed(), entries: entries}, nil
}

func (u *unknownKeys) key(t *signedToken) tokenKey {
	return tokenKey{algorithm: t.algorithm, kid: maphash.String(u.seed, t.kid)}
}

// has says whether a token's key was looked for under the same keys, and not
// long ago.
func (u *unknownKeys) has(t *signedToken, keys *keySet) bool {
	e, ok := u.entries.Get(u.key(t))
	return ok && e.keys == keys && time.Now().Before(e.until)
}

// add remembers that a fetch did not bring a token's key.
func (u *unknownKeys) add(t *signedToken, keys *keySet, p pace) {
	wait := p.gap
	if e, ok := u.entries.Peek(u.key(t)); ok && e.keys == keys {
		wait = min(2*e.wait, p.refresh)
	}
	u.entries.Add(u.key(t), unknownEntry{keys: keys, until: time.Now().Add(wait), wait: wait})
}
