package auth

import (
	"crypto/sha256"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
)

// cache keeps who verified tokens stand for. It never holds a token, only its
// SHA-256. A nil cache keeps nothing.
type cache struct {
	entries *lru.Cache[[sha256.Size]byte, entry]
}

// entry is a verified token.
type entry struct {
	id   *identity
	from *source
	keys *keySet // the published keys of from that it was verified under
}

// newCache returns a cache of at most size tokens, or nil for none.
func newCache(size int) (*cache, error) {
	if size == 0 {
		return nil, nil
	}
	entries, err := lru.New[[sha256.Size]byte, entry](size)
	if err != nil {
		return nil, err
	}
	return &cache{entries: entries}, nil
}

// get returns who a token stands for that was verified under the keys that its
// issuer has now. An entry of other keys counts for nothing: a key may have
// been taken back. The error is for a token that has expired since.
func (c *cache) get(sum *[sha256.Size]byte, now time.Time) (*identity, error) {
	if c == nil {
		return nil, nil
	}
	e, ok := c.entries.Get(*sum)
	if !ok || e.keys != e.from.remote.keys() {
		return nil, nil
	}
	if now.UnixMilli() >= e.id.until {
		c.entries.Remove(*sum)
		return nil, expired()
	}
	return e.id, nil
}

func (c *cache) add(sum *[sha256.Size]byte, e entry) {
	if c != nil {
		c.entries.Add(*sum, e)
	}
}
