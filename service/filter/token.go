package filter

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
)

// Tokens seals and opens page tokens. A token holds the order values of a
// page's last row, encrypted and bound to the question that it continues, so
// that it can be neither read, edited nor used by someone else or for another
// question. It is safe for concurrent use.
// https://google.aip.dev/158
type Tokens struct {
	aead cipher.AEAD
}

// NewTokens derives the key from a secret of at least 16 bytes. Servers that
// share the secret accept each other's tokens.
func NewTokens(secret []byte) (*Tokens, error) {
	if len(secret) < 16 {
		return nil, fmt.Errorf("filter: the page token secret has %d bytes; it needs at least 16", len(secret))
	}
	key, err := hkdf.Key(sha256.New, secret, nil, "rowgate page token v1", 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, err
	}
	return &Tokens{aead: aead}, nil
}

// Scope is the question that a token continues. A token opens only in the
// scope that it was sealed in.
type Scope struct {
	Method  string
	Role    string
	Subject string
	OrderBy string
}

// ErrToken is returned for a token that was edited, is another caller's or
// continues another question.
var ErrToken = errors.New("is not a token that this method gave to this caller for this order_by; " +
	"send next_page_token of the page before as it is, and the same order_by")

const nullLength = ^uint64(0)

// Seal appends a token for a cursor: Postgres values in the order's terms, nil
// for NULL.
func (t *Tokens) Seal(dst []byte, scope Scope, cursor [][]byte) []byte {
	var plain []byte
	for _, v := range cursor {
		if v == nil {
			plain = binary.AppendUvarint(plain, nullLength)
			continue
		}
		plain = binary.AppendUvarint(plain, uint64(len(v)))
		plain = append(plain, v...)
	}
	return base64.RawURLEncoding.AppendEncode(dst, t.aead.Seal(nil, nil, plain, scope.bytes()))
}

// Open returns the cursor of a token, which has terms values.
func (t *Tokens) Open(token []byte, scope Scope, terms int) ([][]byte, error) {
	sealed := make([]byte, base64.RawURLEncoding.DecodedLen(len(token)))
	n, err := base64.RawURLEncoding.Strict().Decode(sealed, token)
	// Go's decoder passes over line breaks.
	if err != nil || n != len(sealed) {
		return nil, ErrToken
	}
	plain, err := t.aead.Open(nil, nil, sealed[:n], scope.bytes())
	if err != nil {
		return nil, ErrToken
	}
	cursor := make([][]byte, 0, terms)
	for len(plain) > 0 {
		size, n := binary.Uvarint(plain)
		if n <= 0 {
			return nil, ErrToken
		}
		plain = plain[n:]
		if size == nullLength {
			cursor = append(cursor, nil)
			continue
		}
		if size > uint64(len(plain)) {
			return nil, ErrToken
		}
		cursor = append(cursor, plain[:size:size])
		plain = plain[size:]
	}
	if len(cursor) != terms {
		return nil, ErrToken
	}
	return cursor, nil
}

// bytes writes the scope so that no two scopes read alike.
func (s Scope) bytes() []byte {
	var b []byte
	for _, part := range []string{s.Method, s.Role, s.Subject, s.OrderBy} {
		b = binary.AppendUvarint(b, uint64(len(part)))
		b = append(b, part...)
	}
	return b
}
