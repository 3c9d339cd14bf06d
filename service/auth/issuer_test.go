package auth

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"

	"github.com/rowgate/rowgate/store"
)

const (
	auth0Issuer    = "https://tenant.auth0.example/"
	clerkIssuer    = "https://clerk.example"
	firebaseIssuer = "https://securetoken.google.com/project"
)

// manyIssuers is a Supabase project beside the three usual others.
func manyIssuers(t testing.TB) func(*Config) {
	k := keysOnce()
	return func(c *Config) {
		session(c)
		c.JWKS = set(t, jwk(t, k.ec.Public(), "k", ""))
		c.Issuers = []Issuer{
			{
				Issuer: auth0Issuer, JWKS: set(t, jwk(t, k.rsa.Public(), "k", "")), Audiences: []string{"https://api.example", "spare"},
				Roles: []string{"authenticated", "staff"}, RoleClaim: "/https:~1~1example.com~1role",
				Rename: map[string]string{"/https:~1~1example.com~1tenant": "tenant"},
			},
			{
				Issuer: clerkIssuer, JWKS: set(t, jwk(t, k.other.Public(), "k", "")), RoleClaim: "metadata.role",
				Rename: map[string]string{"o.id": "org_id", "o.rol": "org_role"},
			},
			{
				Issuer: firebaseIssuer, JWKS: set(t, jwk(t, k.rsaPSS.Public(), "k", "RS256")), Audiences: []string{"project"}, FixedRole: "authenticated",
				Rename: map[string]string{"user_id": "sub", "role": "app_role", "sub": "google_sub"},
			},
		}
	}
}

func TestIssuers(t *testing.T) {
	k := keysOnce()
	v := verifier(t, manyIssuers(t))
	times := `"exp":1782910800`
	claims := func(iss string, more jwt.MapClaims) jwt.MapClaims {
		c := jwt.MapClaims{"iss": iss, "exp": noon.Add(time.Hour).Unix()}
		for name, value := range more {
			c[name] = value
		}
		return c
	}
	for _, tc := range []struct {
		name  string
		token string
		want  store.Caller
	}{
		{"the first, by its secret", hs256(t, user()), store.Caller{Role: "authenticated", Subject: userA, Email: "a@example.com"}},
		{"the first, by its key", sign(t, jwt.SigningMethodES256, k.ec, "k", user()), store.Caller{Role: "authenticated", Subject: userA, Email: "a@example.com"}},
		{
			"a namespaced role", sign(t, jwt.SigningMethodRS256, k.rsa, "k", claims(auth0Issuer, jwt.MapClaims{
				"aud": []string{"https://api.example", auth0Issuer + "userinfo"}, "sub": "auth0|7", "https://example.com/role": "staff",
				"https://example.com/tenant": "t1", "role": "a role of the application's", "tenant": "forged",
			})),
			store.Caller{Role: "staff", Subject: "auth0|7", Claims: `{"aud":["https://api.example","https://tenant.auth0.example/userinfo"],` + times +
				`,"https://example.com/role":"staff","https://example.com/tenant":"t1","iss":"https://tenant.auth0.example/","role":"staff","sub":"auth0|7","tenant":"t1"}`},
		},
		{
			"a renamed claim that is not there", sign(t, jwt.SigningMethodRS256, k.rsa, "k", claims(auth0Issuer, jwt.MapClaims{
				"aud": "spare", "sub": "auth0|7", "https://example.com/role": "authenticated", "tenant": "forged",
			})),
			store.Caller{Role: "authenticated", Subject: "auth0|7", Claims: `{"aud":"spare",` + times +
				`,"https://example.com/role":"authenticated","iss":"https://tenant.auth0.example/","role":"authenticated","sub":"auth0|7"}`},
		},
		{
			"nested claims", sign(t, jwt.SigningMethodRS256, k.other, "k", claims(clerkIssuer, jwt.MapClaims{
				"sub": "user_2", "metadata": map[string]any{"role": "authenticated"}, "o": map[string]any{"id": "org_1", "rol": "admin"},
			})),
			store.Caller{Role: "authenticated", Subject: "user_2", Claims: `{` + times +
				`,"iss":"https://clerk.example","metadata":{"role":"authenticated"},"o":{"id":"org_1","rol":"admin"},"org_id":"org_1","org_role":"admin","role":"authenticated","sub":"user_2"}`},
		},
		{
			"a fixed role, and claims that change places", sign(t, jwt.SigningMethodRS256, k.rsaPSS, "k", claims(firebaseIssuer, jwt.MapClaims{
				"aud": "project", "sub": "g7", "user_id": "f7", "role": "service_role",
			})),
			store.Caller{Role: "authenticated", Subject: "f7", Claims: `{"app_role":"service_role","aud":"project",` + times +
				`,"google_sub":"g7","iss":"https://securetoken.google.com/project","role":"authenticated","sub":"f7","user_id":"f7"}`},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for _, round := range []string{"first", "cached"} {
				got, err := v.Verify(t.Context(), tc.token)
				if err != nil {
					t.Fatalf("%s: %v (%v)", round, err, errors.Unwrap(err))
				}
				if tc.want.Claims == "" {
					got.Claims = ""
				}
				if diff := cmp.Diff(tc.want, got); diff != "" {
					t.Errorf("%s (-want +got):\n%s", round, diff)
				}
			}
		})
	}
	if got, want := v.Roles(), []string{"anon", "authenticated", "staff"}; !slices.Equal(got, want) {
		t.Errorf("roles %v, want %v", got, want)
	}
}

// TestIssuersDoNotMix signs the claims of each issuer with the keys of each, all
// of which have the same kid.
func TestIssuersDoNotMix(t *testing.T) {
	k := keysOnce()
	v := verifier(t, manyIssuers(t))
	type signer func(jwt.MapClaims) string
	by := func(method jwt.SigningMethod, key any) signer {
		return func(c jwt.MapClaims) string { return sign(t, method, key, "k", c) }
	}
	signers := map[string]signer{
		issuer:         by(jwt.SigningMethodES256, k.ec),
		auth0Issuer:    by(jwt.SigningMethodRS256, k.rsa),
		clerkIssuer:    by(jwt.SigningMethodRS256, k.other),
		firebaseIssuer: by(jwt.SigningMethodRS256, k.rsaPSS),
	}
	all := jwt.MapClaims{
		"aud": []string{"authenticated", "https://api.example", "project"}, "sub": userA, "user_id": userA, "exp": noon.Unix() + 60,
		"role": "authenticated", "https://example.com/role": "authenticated", "metadata": map[string]any{"role": "authenticated"},
	}
	for claimed := range signers {
		for signed, signWith := range signers {
			all["iss"] = claimed
			_, err := v.Verify(t.Context(), signWith(all))
			if (err == nil) != (claimed == signed) {
				t.Errorf("iss %s, signed by %s: %v", claimed, signed, err)
			}
		}
		all["iss"] = claimed
		if _, err := v.Verify(t.Context(), hs256(t, all)); (err == nil) != (claimed == issuer) {
			t.Errorf("iss %s, signed by the first issuer's secret: %v", claimed, err)
		}
	}
	for name, iss := range map[string]any{
		"none": nil, "null": map[string]any(nil), "a list": []string{clerkIssuer}, "a longer one": clerkIssuer + "/", "another case": strings.ToUpper(clerkIssuer), "empty": "",
	} {
		all["iss"] = iss
		if iss == nil {
			delete(all, "iss")
		}
		for signed, signWith := range signers {
			if _, err := v.Verify(t.Context(), signWith(all)); err == nil {
				t.Errorf("iss is %s, signed by %s: accepted", name, signed)
			}
		}
	}
}

// TestFirstIssuerWithoutName takes what names none of the others.
func TestFirstIssuerWithoutName(t *testing.T) {
	v := verifier(t, manyIssuers(t), func(c *Config) { c.Issuer, c.Audience = "", "" })
	accept(t, v, hs256(t, user(with("iss", nil))))
	accept(t, v, hs256(t, user(with("iss", "https://anybody.example"))))
	// Its keys are no good for the others, however the claim is written.
	for _, iss := range []string{
		`"iss":"` + clerkIssuer + `"`,
		`"\u0069ss":"` + clerkIssuer + `"`,
		`"ISS":"x","iss":"` + clerkIssuer + `"`,
		`"iss":"` + clerkIssuer + `","ISS":"x"`,
		`"iss":"` + clerkIssuer + `","Iss":null`,
		`"iss":"x","iss":"` + clerkIssuer + `"`,
	} {
		claims := fmt.Sprintf(`{"exp":%d,"role":"authenticated","metadata":{"role":"authenticated"},"sub":"x",%s}`, noon.Unix()+60, iss)
		if _, err := v.Verify(t.Context(), raw(plainHeader, claims, []byte(testSecret))); err == nil {
			t.Errorf("%s: accepted", iss)
		}
	}
	// Neither are theirs for it.
	for _, iss := range []string{`"iss":"x","ISS":"` + clerkIssuer + `"`, `"iss":"` + clerkIssuer + `","iss":"x"`, `"iss":["` + clerkIssuer + `"]`} {
		token := rs256Raw(t, fmt.Sprintf(`{"exp":%d,"role":"authenticated","metadata":{"role":"authenticated"},"sub":"x",%s}`, noon.Unix()+60, iss))
		if _, err := v.Verify(t.Context(), token); err == nil {
			t.Errorf("%s: accepted", iss)
		}
	}
	accept(t, v, rs256Raw(t, fmt.Sprintf(`{"exp":%d,"metadata":{"role":"authenticated"},"iss":%q}`, noon.Unix()+60, clerkIssuer)))
	refuse(t, v, hs256(t, user(with("iss", 7))), codes.Unauthenticated, "TOKEN_CLAIMS", "the token's iss claim is not a string")
}

// rs256Raw signs claims as they are written with Clerk's key.
func rs256Raw(t *testing.T, claims string) string {
	t.Helper()
	input := strings.Join(strings.Split(raw(`{"alg":"RS256","kid":"k"}`, claims, nil), ".")[:2], ".")
	signature, err := jwt.SigningMethodRS256.Sign(input, keysOnce().other)
	if err != nil {
		t.Fatal(err)
	}
	return input + "." + base64url(signature)
}

// TestRoleOfIssuer pins what becomes of role claims that are no role.
func TestRoleOfIssuer(t *testing.T) {
	k := keysOnce()
	only := func(is Issuer) *Verifier {
		is.Issuer, is.JWKS = issuer, set(t, jwk(t, k.ec.Public(), "k", ""))
		return verifier(t, func(c *Config) { c.Secret, c.JWKS, c.Issuers = "", nil, []Issuer{is} })
	}
	es := func(change ...func(jwt.MapClaims)) string {
		return sign(t, jwt.SigningMethodES256, k.ec, "k", user(change...))
	}
	nested := func(value any) func(jwt.MapClaims) { return with("app_metadata", map[string]any{"role": value}) }
	v := only(Issuer{RoleClaim: "app_metadata.role"})
	accept(t, v, es(nested("authenticated")))
	const missing, noText = "the token carries no app_metadata.role claim", "the token's app_metadata.role claim is not a string"
	for name, change := range map[string]func(jwt.MapClaims){
		"only a role claim":       with("x", 1),
		"a list on the way":       with("app_metadata", []any{map[string]any{"role": "authenticated"}}),
		"a string on the way":     with("app_metadata", "authenticated"),
		"null":                    nested(nil),
		"null on the way":         with("app_metadata", map[string]any(nil)),
		"a name with a dot":       with("app_metadata.role", "authenticated"),
		"a name in another case":  with("App_Metadata", map[string]any{"role": "authenticated"}),
		"one level further below": nested(map[string]any{}),
		"roles":                   nested([]string{"authenticated"}),
		"a number":                nested(7),
	} {
		switch name {
		case "roles", "a number", "one level further below":
			refuse(t, v, es(change), codes.Unauthenticated, "TOKEN_CLAIMS", noText)
		default:
			refuse(t, v, es(change), codes.PermissionDenied, "ROLE_MISSING", missing)
		}
	}
	refuse(t, v, es(nested("service_role")), codes.PermissionDenied, "ADMIN_ROLE", adminText)
	refuse(t, v, es(nested("postgres")), codes.PermissionDenied, "ROLE_NOT_ALLOWED", `the role "postgres" is not one that a token may take on here`)

	pointer := only(Issuer{RoleClaim: "/roles/0"})
	refuse(t, pointer, es(with("roles", []string{"authenticated"})), codes.PermissionDenied, "ROLE_MISSING", "the token carries no /roles/0 claim")
	accept(t, pointer, es(with("roles", map[string]any{"0": "authenticated"})))

	// A list of an issuer's own is all that counts for it.
	refuse(t, only(Issuer{Roles: []string{"staff"}}), es(), codes.PermissionDenied, "ROLE_NOT_ALLOWED", `the role "authenticated" is not one that a token may take on here`)
	// A fixed role needs no claim, and heeds none.
	for _, role := range []any{nil, "service_role", "postgres", []string{"x"}, 7} {
		got, err := only(Issuer{FixedRole: "guest"}).Verify(t.Context(), es(with("role", role)))
		if err != nil || got.Role != "guest" || !strings.Contains(got.Claims, `"role":"guest"`) || strings.Contains(got.Claims, "postgres") {
			t.Errorf("role %v: %+v, %v", role, got, err)
		}
	}
	// What a rename makes of sub and email must be text, as theirs must.
	refuse(t, only(Issuer{Rename: map[string]string{"x": "sub"}}), es(with("x", 7)), codes.Unauthenticated, "TOKEN_CLAIMS", "the token's sub claim is not a string")
	got, err := only(Issuer{Rename: map[string]string{"x": "sub", "y.z": "email"}}).Verify(t.Context(), es(with("y", map[string]any{"z": "b@example.com"})))
	if err != nil || got.Subject != "" || got.Email != "b@example.com" || strings.Contains(got.Claims, `"sub"`) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestIssuersAreRefused(t *testing.T) {
	one := func(is Issuer) Config { return Config{Issuers: []Issuer{is}} }
	const at, serviceText = "auth: Issuers[0]: ", "with ServiceRole the only role is service_role, and the token must carry it: leave Roles and FixedRole empty, and leave out issuers whose tokens are for users"
	const bypass = "service_role bypasses row-level security and is for the admin path alone"
	for _, tc := range []struct {
		name string
		cfg  Config
		want string
	}{
		{"no name", one(Issuer{Secret: testSecret}), at + "Issuer is empty: say what the iss claim of its tokens is"},
		{"no keys", one(Issuer{Issuer: "a"}), at + "no token could be verified: set Secret, JWKSURL or JWKS"},
		{"no keys of the first", Config{Issuer: "a", Issuers: []Issuer{{Issuer: "b", Secret: testSecret}}}, "auth: no token could be verified: set Secret, JWKSURL or JWKS"},
		{"one name twice", Config{Secret: testSecret, Issuer: "a", Issuers: []Issuer{{Issuer: "a", Secret: testSecret}}}, at + `Issuer "a" is there twice: a token could be held against the keys of either`},
		{"short secret", one(Issuer{Issuer: "a", Secret: "x"}), at + "Secret has 1 bytes; HS256 needs at least 32"},
		{"bad URL", one(Issuer{Issuer: "a", JWKSURL: "ftp://x/"}), at + "JWKSURL must begin with https:// or http://"},
		{"bad set", one(Issuer{Issuer: "a", JWKS: []byte("{}")}), `auth: issuer "a": JWKS: not a JWK set: it has no member "keys"`},
		{"refresh without a unit", one(Issuer{Issuer: "a", Secret: testSecret, Refresh: 600}), at + "Refresh is 600ns; at least 1s"},
		{"empty audience", one(Issuer{Issuer: "a", Secret: testSecret, Audiences: []string{""}}), at + "Audiences has an empty one, which no token can have"},
		{"service_role", one(Issuer{Issuer: "a", Secret: testSecret, Roles: []string{"service_role"}}), at + "Roles: " + bypass},
		{"service_role fixed", one(Issuer{Issuer: "a", Secret: testSecret, FixedRole: "service_role"}), at + "FixedRole: " + bypass},
		{"fixed and claimed", one(Issuer{Issuer: "a", Secret: testSecret, FixedRole: "r", RoleClaim: "r"}), at + "FixedRole and RoleClaim exclude each other: either the role is always the same, or the token says it"},
		{"fixed and listed", one(Issuer{Issuer: "a", Secret: testSecret, FixedRole: "r", Roles: []string{"r"}}), at + "FixedRole and Roles exclude each other: there is nothing to choose"},
		{"a URL for a role claim", one(Issuer{Issuer: "a", Secret: testSecret, RoleClaim: "https://example.com/ro~le"}), at + `RoleClaim "https://example.com/ro~le" has a slash or a colon: if it is one name, write it as the JSON Pointer "/https:~1~1example.com~1ro~0le"`},
		{"renamed to role", one(Issuer{Issuer: "a", Secret: testSecret, Rename: map[string]string{"x": "role"}}), at + `Rename: "x" cannot be given the name role, which is checked before policies see it`},
		{"renamed to iss", one(Issuer{Issuer: "a", Secret: testSecret, Rename: map[string]string{"x": "iss"}}), at + `Rename: "x" cannot be given the name iss, which is checked before policies see it`},
		{"renamed to exp", one(Issuer{Issuer: "a", Secret: testSecret, Rename: map[string]string{"x": "exp"}}), at + `Rename: "x" cannot be given the name exp, which is checked before policies see it`},
		{"renamed to nothing", one(Issuer{Issuer: "a", Secret: testSecret, Rename: map[string]string{"x": ""}}), at + `Rename: "x" has no name to be given`},
		{"renamed to NUL", one(Issuer{Issuer: "a", Secret: testSecret, Rename: map[string]string{"x": "\x00"}}), at + `Rename: the name "\x00" is not text that Postgres can hold`},
		{"two of one name", one(Issuer{Issuer: "a", Secret: testSecret, Rename: map[string]string{"x": "sub", "y": "sub"}}), at + `Rename: two claims are given the name "sub"`},
		{"renamed from nothing", one(Issuer{Issuer: "a", Secret: testSecret, Rename: map[string]string{"": "sub"}}), at + `Rename: the claim is empty`},
		{"service role with roles", Config{Secret: testSecret, ServiceRole: true, Roles: []string{"authenticated"}}, "auth: with ServiceRole the only role is service_role; leave Roles empty"},
		{"service role with more roles", Config{Secret: testSecret, ServiceRole: true, Roles: []string{"service_role", "authenticated"}}, "auth: with ServiceRole the only role is service_role; leave Roles empty"},
		{"service role for anybody", Config{Secret: testSecret, ServiceRole: true, AnonRole: "anon"}, "auth: with ServiceRole there are no calls without a token; leave AnonRole empty"},
		{"service role of an issuer of users", Config{ServiceRole: true, Issuers: []Issuer{{Issuer: "a", Secret: testSecret, Roles: []string{"authenticated"}}}}, at + serviceText},
		{"service role of a fixed role", Config{ServiceRole: true, Issuers: []Issuer{{Issuer: "a", Secret: testSecret, FixedRole: "authenticated"}}}, at + serviceText},
		{
			"several at once",
			Config{Issuers: []Issuer{{}, {Issuer: "b"}}},
			at + "Issuer is empty: say what the iss claim of its tokens is\n" + at + "no token could be verified: set Secret, JWKSURL or JWKS\nauth: Issuers[1]: no token could be verified: set Secret, JWKSURL or JWKS",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			v, err := New(t.Context(), tc.cfg)
			if v != nil || err == nil || err.Error() != tc.want {
				t.Errorf("got  %v\nwant %s", err, tc.want)
			}
		})
	}
}

func TestClaimPath(t *testing.T) {
	for text, want := range map[string]claimPath{
		"role": {"role"}, "a.b.c": {"a", "b", "c"}, "/a": {"a"}, "/a.b": {"a.b"}, "/a/b": {"a", "b"}, "/": {""}, "/a/": {"a", ""},
		"/https:~1~1example.com~1role": {"https://example.com/role"}, "/~01": {"~1"}, "/~0~1": {"~/"}, "a b.ç": {"a b", "ç"},
		"": nil, ".": nil, "a.": nil, ".a": nil, "a..b": nil, "a/b": nil, "urn:role": nil, "/~": nil, "/~2": nil, "/a~": nil,
	} {
		got, err := parseClaimPath(text)
		if diff := cmp.Diff(want, got); diff != "" || (err == nil) != (want != nil) {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
}
