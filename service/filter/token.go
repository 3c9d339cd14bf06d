package filter

import (
	"bytes"
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
	Filter  string
	// Source is what else the rows depend on, such as a function's arguments.
	Source string
}

// Cursor is where a page begins.
type Cursor struct {
	// Values are those of the row beside it, Postgres values in the order's
	// terms, nil for NULL; none at all for the end of the rows that the page is
	// read from.
	Values [][]byte
	// Backward says that the rows before it are meant.
	Backward bool
}

// ErrToken is returned for a token that was edited, is another caller's or
// continues another question.
var ErrToken = errors.New("is not a token that this method gave to this caller for this filter and order_by; " +
	"send a page's token as it is, and the same filter and order_by")

const nullLength = ^uint64(0)

// Seal appends a token for a cursor.
func (t *Tokens) Seal(dst []byte, scope Scope, at Cursor) []byte {
	plain := []byte{0}
	if at.Backward {
		plain[0] = 1
	}
	for _, v := range at.Values {
		if v == nil {
			plain = binary.AppendUvarint(plain, nullLength)
			continue
		}
		plain = binary.AppendUvarint(plain, uint64(len(v)))
		plain = append(plain, v...)
	}
	return base64.RawURLEncoding.AppendEncode(dst, t.aead.Seal(nil, nil, plain, scope.bytes()))
}

// Open returns the cursor of a token.
func (t *Tokens) Open(token []byte, scope Scope) (Cursor, error) {
	sealed := make([]byte, base64.RawURLEncoding.DecodedLen(len(token)))
	n, err := base64.RawURLEncoding.Strict().Decode(sealed, token)
	// Go's decoder passes over line breaks.
	if err != nil || bytes.ContainsAny(token, "\r\n") {
		return Cursor{}, ErrToken
	}
	plain, err := t.aead.Open(nil, nil, sealed[:n], scope.bytes())
	if err != nil || len(plain) == 0 || plain[0] > 1 {
		return Cursor{}, ErrToken
	}
	at := Cursor{Values: [][]byte{}, Backward: plain[0] == 1}
	for plain = plain[1:]; len(plain) > 0; {
		size, n := binary.Uvarint(plain)
		if n <= 0 {
			return Cursor{}, ErrToken
		}
		plain = plain[n:]
		if size == nullLength {
			at.Values = append(at.Values, nil)
			continue
		}
		if size > uint64(len(plain)) {
			return Cursor{}, ErrToken
		}
		at.Values = append(at.Values, plain[:size:size])
		plain = plain[size:]
	}
	return at, nil
}

// bytes writes the scope so that no two scopes read alike.
func (s Scope) bytes() []byte {
	var b []byte
	for _, part := range []string{s.Method, s.Role, s.Subject, s.OrderBy, s.Filter, s.Source} {
		b = binary.AppendUvarint(b, uint64(len(part)))
		b = append(b, part...)
	}
	return b
}
