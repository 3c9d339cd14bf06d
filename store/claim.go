package store

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"time"
)

// claim is a request's place in rowgate.requests.
type claim struct {
	key, digest [sha256.Size]byte
	secret      []byte // the request's id
	info        string // what its key is for: the method, the role, the subject
	ttl         time.Duration
	answer      []byte
	refused     error // why the table has not taken it
}

func newClaim(as *Caller, id *RequestID, by *Audit, ttl time.Duration) *claim {
	whose := prefixed(nil, id.Method, as.Role, as.Subject)
	if by != nil {
		whose = prefixed(whose, by.Principal)
	}
	return &claim{
		key:    sha256.Sum256(prefixed(whose, id.ID)),
		digest: sha256.Sum256(id.Request),
		secret: []byte(id.ID),
		info:   "rowgate request answer\x00" + string(whose),
		ttl:    ttl,
	}
}

// prefixed appends texts, each behind its length, so that no two lists of them
// are the same.
func prefixed(to []byte, texts ...string) []byte {
	to = to[:len(to):len(to)]
	for _, t := range texts {
		to = binary.BigEndian.AppendUint64(to, uint64(len(t)))
		to = append(to, t...)
	}
	return to
}

// seal encrypts the answer. The digest is bound to it.
func (c *claim) seal() ([]byte, error) {
	aead, err := c.cipher()
	if err != nil {
		return nil, err
	}
	return aead.Seal(nil, nil, c.answer, c.digest[:]), nil
}

// open decrypts a kept answer, which is never nil. It fails with
// [ErrRequestReused] when the kept request is another.
func (c *claim) open(digest, sealed []byte) ([]byte, error) {
	if string(digest) != string(c.digest[:]) {
		return nil, ErrRequestReused
	}
	aead, err := c.cipher()
	if err != nil {
		return nil, err
	}
	answer, err := aead.Open([]byte{}, nil, sealed, c.digest[:])
	if err != nil {
		return nil, errors.New("store: the kept answer of the request cannot be read; somebody has changed it")
	}
	return answer, nil
}

// cipher comes from the id, with a random nonce, since an id whose time is over
// may be used again.
func (c *claim) cipher() (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, c.secret, nil, c.info, 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}
