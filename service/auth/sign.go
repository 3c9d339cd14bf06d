package auth

import (
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// defaultTTL is how long a signed token is good when nothing is said, as long
// as Supabase's.
const defaultTTL = time.Hour

// Claims is what SignHS256 signs. Empty fields leave their claim out.
type Claims struct {
	Subject  string // sub, for policies that call auth.uid() a uuid
	Role     string // role
	Email    string // email
	Audience string // aud
	Issuer   string // iss

	// TTL is the time from now to exp. Default one hour; a negative one makes
	// a token that has expired already.
	TTL time.Duration

	// Extra holds further claims, for example app_metadata. It may not hold
	// one that the fields above, iat or exp stand for.
	Extra map[string]any
}

// SignHS256 makes a token for development and for tests, issued now. In
// production tokens come from their issuer.
func SignHS256(secret string, claims Claims) (string, error) {
	if err := checkSecret(secret); err != nil {
		return "", fmt.Errorf("auth: the secret %w", err)
	}
	now := time.Now()
	ttl := claims.TTL
	if ttl == 0 {
		ttl = defaultTTL
	}
	set := jwt.MapClaims{"iat": now.Unix(), "exp": now.Add(ttl).Unix()}
	named := map[string]string{
		"sub": claims.Subject, "role": claims.Role, "email": claims.Email,
		"aud": claims.Audience, "iss": claims.Issuer,
	}
	for name, value := range named {
		if value != "" {
			set[name] = value
		}
	}
	for name, value := range claims.Extra {
		if _, fixed := named[name]; fixed || name == "iat" || name == "exp" {
			return "", errors.New("auth: Extra holds " + name + ", which has a field of its own")
		}
		set[name] = value
	}
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, set).SignedString([]byte(secret))
	if err != nil {
		return "", fmt.Errorf("auth: signing: %w", err)
	}
	return token, nil
}
