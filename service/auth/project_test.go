package auth

import (
	"testing"

	"github.com/golang-jwt/jwt/v5"
	"google.golang.org/grpc/codes"

	"github.com/rowgate/rowgate/store"
)

const (
	adminText  = "the role service_role bypasses row-level security and is not accepted here; use the admin listener"
	issuerText = "the token comes from an issuer that this server does not accept"
)

// projectKey is the claims of a project's key, as Supabase writes them.
func projectKey(role string, change ...func(jwt.MapClaims)) jwt.MapClaims {
	c := jwt.MapClaims{"iss": "supabase", "ref": "abcdefghijklmnopqrst", "role": role, "iat": noon.Unix() - 1000, "exp": noon.Unix() + 315360000}
	for _, f := range change {
		f(c)
	}
	return c
}

// session is the configuration of a project whose sessions are checked.
func session(c *Config) { c.Issuer, c.Audience = issuer, "authenticated" }

func TestAnonKey(t *testing.T) {
	v := verifier(t, session)
	for _, iss := range []string{"supabase", "supabase-demo"} {
		got, err := v.Verify(t.Context(), hs256(t, projectKey("anon", with("iss", iss))))
		want := store.Caller{Role: "anon", Claims: `{"exp":2098267200,"iat":1782906200,"iss":"` + iss + `","ref":"abcdefghijklmnopqrst","role":"anon"}`}
		if err != nil || got != want {
			t.Errorf("%s: %+v, %v", iss, got, err)
		}
	}
	// It is an anonymous call, whatever the role of those without a token.
	accept(t, verifier(t, session, func(c *Config) { c.Roles = []string{"authenticated"} }), hs256(t, projectKey("anon")))
	accept(t, verifier(t, session, func(c *Config) { c.AnonRole = "guest" }), hs256(t, projectKey("anon")))
	refuse(t, verifier(t, session, func(c *Config) { c.AnonRole, c.Roles = "guest", []string{"authenticated"} }), hs256(t, projectKey("anon")),
		codes.PermissionDenied, "ROLE_NOT_ALLOWED", `the role "anon" is not one that a token may take on here`)
	refuse(t, verifier(t, session, func(c *Config) { c.AnonRole = NoAnonymous }), hs256(t, projectKey("anon")),
		codes.Unauthenticated, "API_KEY_AS_TOKEN", "the bearer is a project's anon key, not a user's token: send the access token of the user's session")
}

// TestNotAProjectKey holds what comes near a project's key against the rules of
// a session.
func TestNotAProjectKey(t *testing.T) {
	k := keysOnce()
	const noAud, otherAud = "the token carries no aud claim", "the token is meant for another audience"
	for _, tc := range []struct {
		name, token  string
		reason, text string
	}{
		{"of a user", hs256(t, projectKey("anon", with("sub", userA))), "TOKEN_ISSUER", issuerText},
		{"for an audience", hs256(t, projectKey("anon", with("aud", "authenticated"))), "TOKEN_ISSUER", issuerText},
		{"of users", hs256(t, projectKey("authenticated")), "TOKEN_ISSUER", issuerText},
		{"of another issuer", hs256(t, projectKey("anon", with("iss", "supabase2"))), "TOKEN_ISSUER", issuerText},
		{"of our issuer", hs256(t, projectKey("anon", with("iss", issuer))), "TOKEN_AUDIENCE", noAud},
		{"of our issuer, for anon", hs256(t, projectKey("anon", with("iss", issuer), with("aud", "anon"))), "TOKEN_AUDIENCE", otherAud},
		{"by a published key", sign(t, jwt.SigningMethodES256, k.ec, "ec", projectKey("anon")), "TOKEN_ISSUER", issuerText},
		{"by another secret", raw(plainHeader, `{"iss":"supabase","role":"anon","exp":1982910800}`, []byte(testSecret+"x")), "TOKEN_SIGNATURE", "the token's signature does not fit"},
		{"expired", hs256(t, projectKey("anon", with("exp", noon.Unix()-100))), "TOKEN_EXPIRED", "the token has expired"},
		{"without an end", hs256(t, projectKey("anon", with("exp", nil))), "TOKEN_CLAIMS", "the token carries no exp claim; tokens without an end are not accepted"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			refuse(t, verifier(t, session), tc.token, codes.Unauthenticated, tc.reason, tc.text)
		})
	}
	// Without a secret nothing can be a project's key.
	refuse(t, verifier(t, session, func(c *Config) { c.Secret = "" }), hs256(t, projectKey("anon")), codes.Unauthenticated, "TOKEN_KEY_UNKNOWN", unknownKeyText)
}

// TestProjectKeyAmongIssuers sends it to the issuer that has a shared secret,
// and gives it no role of an issuer's tokens.
func TestProjectKeyAmongIssuers(t *testing.T) {
	const own = "the project's own secret, of 32 bytes or more"
	k := keysOnce()
	v := verifier(t, func(c *Config) {
		c.Secret, c.JWKS = "", nil
		c.Issuers = []Issuer{
			{Issuer: "https://auth0.example/", JWKS: set(t, jwk(t, k.rsa.Public(), "a", "")), FixedRole: "authenticated"},
			{Issuer: issuer, Secret: own, FixedRole: "authenticated", Audiences: []string{"authenticated"}},
			{Issuer: "https://third.example", Secret: testSecret},
		}
	})
	key := projectKey("anon")
	got, err := v.Verify(t.Context(), sign(t, jwt.SigningMethodHS256, []byte(own), "", key))
	if err != nil || got.Role != "anon" {
		t.Errorf("%+v, %v", got, err)
	}
	refuse(t, v, sign(t, jwt.SigningMethodHS256, []byte(testSecret), "", key), codes.Unauthenticated, "TOKEN_SIGNATURE", "the token's signature does not fit")
	refuse(t, v, sign(t, jwt.SigningMethodHS256, []byte(own), "", projectKey("service_role")), codes.PermissionDenied, "ADMIN_ROLE", adminText)
}

func TestServiceRole(t *testing.T) {
	k := keysOnce()
	v := verifier(t, session, func(c *Config) { c.ServiceRole = true })
	for name, token := range map[string]string{
		"the project's key":         hs256(t, projectKey("service_role")),
		"a token of its own":        hs256(t, user(with("role", "service_role"))),
		"signed by a published key": sign(t, jwt.SigningMethodES256, k.ec, "ec", user(with("role", "service_role"))),
	} {
		got, err := v.Verify(t.Context(), token)
		if err != nil || got.Role != "service_role" {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	for _, tc := range []struct {
		name, token  string
		code         codes.Code
		reason, text string
	}{
		{"a user", hs256(t, user()), codes.PermissionDenied, "ROLE_NOT_ALLOWED", `only the role service_role is accepted here, and the token's is "authenticated"; users' calls go to the user listener`},
		{"the anon key", hs256(t, projectKey("anon")), codes.PermissionDenied, "ROLE_NOT_ALLOWED", `only the role service_role is accepted here, and the token's is "anon"; users' calls go to the user listener`},
		{"a superuser's name", hs256(t, user(with("role", "postgres"))), codes.PermissionDenied, "ROLE_NOT_ALLOWED", `only the role service_role is accepted here, and the token's is "postgres"; users' calls go to the user listener`},
		{"no role", hs256(t, user(with("role", nil))), codes.PermissionDenied, "ROLE_MISSING", "the token carries no role claim"},
		{"roles", hs256(t, user(with("role", []string{"service_role"}))), codes.Unauthenticated, "TOKEN_CLAIMS", "the token's role claim is not a string"},
		{"another issuer", hs256(t, user(with("role", "service_role"), with("iss", "x"))), codes.Unauthenticated, "TOKEN_ISSUER", issuerText},
		{"another audience", hs256(t, user(with("role", "service_role"), with("aud", "x"))), codes.Unauthenticated, "TOKEN_AUDIENCE", "the token is meant for another audience"},
		{"expired", hs256(t, projectKey("service_role", with("exp", noon.Unix()-100))), codes.Unauthenticated, "TOKEN_EXPIRED", "the token has expired"},
		{"by another secret", raw(plainHeader, `{"iss":"supabase","role":"service_role","exp":1982910800}`, []byte(testSecret+"x")), codes.Unauthenticated, "TOKEN_SIGNATURE", "the token's signature does not fit"},
		{"a secret key", "sb_secret_abc_def", codes.Unauthenticated, "API_KEY_AS_TOKEN", "the bearer is an API key, not a token: send a token of the role service_role"},
		{"a publishable key", "sb_publishable_abc_def", codes.Unauthenticated, "API_KEY_AS_TOKEN", "the bearer is an API key, not a token: send a token of the role service_role"},
	} {
		t.Run(tc.name, func(t *testing.T) { refuse(t, v, tc.token, tc.code, tc.reason, tc.text) })
	}
	_, err := v.Anonymous()
	compareError(t, err, codes.Unauthenticated, "TOKEN_REQUIRED", "a token is required: send authorization: Bearer and a token of the role service_role")
	if got := v.Roles(); len(got) != 1 || got[0] != "service_role" {
		t.Errorf("roles %v", got)
	}
}
