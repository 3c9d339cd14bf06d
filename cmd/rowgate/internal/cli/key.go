package cli

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

type key struct{}

// Help is shown by rowgate key --help.
func (key) Help() string {
	return `The key is shown once and kept nowhere. The second line goes under keys of a principal in the policy of the admin path; it is the key's SHA-256, from which nobody gets the key.

Example:
  rowgate key
  grpcurl -cacert ca.crt -H "authorization: Bearer $KEY" -H "rowgate-reason: ticket 1234" HOST:50052 app.v1.ItemService/ListItems`
}

// Run prints a key.
func (key) Run(a *app) error {
	secret := newKey()
	_, err := fmt.Fprintf(a.out, "key:     %s\npolicy:  %s\n", secret, keyDigest(secret))
	return err
}

// newKey makes a secret key of 256 random bits. Its beginning says what it is to
// who finds it, secret scanners among them.
func newKey() string { return "rowgate_" + rand.Text() + rand.Text() }

// keyDigest is a key as a policy has it.
func keyDigest(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return "sha256:" + hex.EncodeToString(sum[:])
}
