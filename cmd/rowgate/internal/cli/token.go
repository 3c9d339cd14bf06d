package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/rowgate/rowgate/cmd/rowgate/internal/config"
	"github.com/rowgate/rowgate/service/auth"
)

type token struct{ config.Token }

// Help is shown by rowgate token --help.
func (token) Help() string {
	return `The token is signed with HS256. It is for development: a service that must sign tokens has an issuer for it.

Example:
  TOKEN=$(rowgate token --sub a11ce000-0000-4000-8000-000000000001)
  grpcurl -plaintext -H "authorization: Bearer $TOKEN" 127.0.0.1:50051 app.v1.ItemService/ListItems`
}

// Run prints a token.
func (t token) Run(a *app) error {
	secret := t.Secret
	if secret == "" {
		kept, err := os.ReadFile(secretFile(t.Dir))
		if errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("no secret to sign with: set SUPABASE_JWT_SECRET or --jwt-secret, or run `rowgate dev` here, which makes %s",
				secretFile(t.Dir))
		}
		if err != nil {
			return err
		}
		secret = strings.TrimSpace(string(kept))
	}
	signed, err := auth.SignHS256(secret, auth.Claims{
		Subject: t.Subject, Email: t.Email, Role: t.Role, Audience: t.Audience, Issuer: t.Issuer, TTL: t.TTL,
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(a.out, signed)
	return err
}

// secretFile is where rowgate dev keeps the secret of its tokens.
func secretFile(dir string) string { return filepath.Join(dir, "jwt-secret") }
