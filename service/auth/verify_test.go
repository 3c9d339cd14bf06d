package auth

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	grpcstatus "google.golang.org/grpc/status"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/rowgate/rowgate/store"
)

func TestGoodTokens(t *testing.T) {
	k := keysOnce()
	const claims = `{"aud":"authenticated","email":"a@example.com","exp":1782910800,"iat":1782907200,` +
		`"iss":"https://ref.supabase.co/auth/v1","role":"authenticated","sub":"` + userA + `"}`
	caller := store.Caller{Role: "authenticated", Subject: userA, Email: "a@example.com", Claims: claims}

	for _, tc := range []struct {
		name  string
		token string
		want  store.Caller
	}{
		{"HS256", hs256(t, user()), caller},
		{"HS256 with a kid, as Supabase writes it", sign(t, jwt.SigningMethodHS256, []byte(testSecret), "abc", user()), caller},
		{"RS256", sign(t, jwt.SigningMethodRS256, k.rsa, "rsa", user()), caller},
		{"RS256 without a kid", sign(t, jwt.SigningMethodRS256, k.rsa, "", user()), caller},
		{"PS256", sign(t, jwt.SigningMethodPS256, k.rsaPSS, "pss", user()), caller},
		{"ES256", sign(t, jwt.SigningMethodES256, k.ec, "ec", user()), caller},
		{"ES384", sign(t, jwt.SigningMethodES384, k.ec384, "ec384", user()), caller},
		{"EdDSA", sign(t, jwt.SigningMethodEdDSA, k.ed, "ed", user()), caller},
		{
			"audience in a list", hs256(t, jwt.MapClaims{"exp": noon.Unix() + 60, "iss": issuer, "aud": []string{"x", "authenticated"}, "role": "authenticated"}),
			store.Caller{Role: "authenticated", Claims: `{"aud":["x","authenticated"],"exp":1782907260,"iss":"https://ref.supabase.co/auth/v1","role":"authenticated"}`},
		},
		{
			"null is absent", raw(plainHeader, `{"exp":1782907260,"nbf":null,"iss":"`+issuer+`","aud":"authenticated","role":"anon","sub":null,"email":null}`, []byte(testSecret)),
			store.Caller{Role: "anon", Claims: `{"aud":"authenticated","email":null,"exp":1782907260,"iss":"https://ref.supabase.co/auth/v1","nbf":null,"role":"anon","sub":null}`},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			v := verifier(t, func(c *Config) { c.Issuer, c.Audience = issuer, "authenticated" })
			for _, round := range []string{"first", "cached"} {
				got, err := v.Verify(t.Context(), tc.token)
				if err != nil {
					t.Fatalf("%s: %v (%v)", round, err, errors.Unwrap(err))
				}
				if diff := cmp.Diff(tc.want, got); diff != "" {
					t.Errorf("%s (-want +got):\n%s", round, diff)
				}
			}
		})
	}
}

// TestClaims pins what of the claims' text reaches Postgres.
func TestClaims(t *testing.T) {
	const prefix = `"exp":1782910800,`
	const suffix = `"role":"authenticated","sub":"` + userA + `"}`
	for _, tc := range []struct{ name, more, want string }{
		{
			"numbers keep their digits",
			`,"n":[9007199254740993,1.10,1E+2,-0,123456789012345678901234567890.123]`,
			`{` + prefix + `"n":[9007199254740993,1.10,1E+2,-0,123456789012345678901234567890.123],` + suffix,
		},
		{"sorted, at every depth", `,"a":{"z":1,"b":{"y":2,"x":3}}`, `{"a":{"b":{"x":3,"y":2},"z":1},` + prefix + suffix},
		{"the last of two counts", `,"a":1,"a":2`, `{"a":2,` + prefix + suffix},
		{"the last of two counts, under an escape", `,"a":1,"\u0061":2`, `{"a":2,` + prefix + suffix},
		{"no escapes for HTML", `,"a":"<b> & \u003c"`, `{"a":"<b> & <",` + prefix + suffix},
		{"text outside of ASCII", `,"a":"é \u00e9 😀 \ud83d\ude00"`, `{"a":"é é 😀 😀",` + prefix + suffix},
		{"an escaped backslash before u0000", `,"a":"\\u0000"`, `{"a":"\\u0000",` + prefix + suffix},
		{"control characters", `,"a":"\u0001\n\u001f"`, `{"a":"\u0001\n\u001f",` + prefix + suffix},
		{"white space goes", "  ,  \"a\" : [ 1 , 2 ] ", `{"a":[1,2],` + prefix + suffix},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := verifier(t).Verify(t.Context(), rawClaims(tc.more))
			if err != nil {
				t.Fatal(err)
			}
			if got.Claims != tc.want {
				t.Errorf("got  %s\nwant %s", got.Claims, tc.want)
			}
		})
	}
}

// A second role claim must not leave one in Caller.Role and another in Claims.
func TestDuplicateRole(t *testing.T) {
	got, err := verifier(t).Verify(t.Context(), rawClaims(`,"role":"anon"`))
	if err != nil {
		t.Fatal(err)
	}
	var claims struct{ Role string }
	if err := json.Unmarshal([]byte(got.Claims), &claims); err != nil {
		t.Fatal(err)
	}
	if got.Role != "anon" || claims.Role != "anon" {
		t.Errorf("Role %q, claims %s", got.Role, got.Claims)
	}
}

func TestBadTokens(t *testing.T) {
	k := keysOnce()
	good := hs256(t, user())
	parts := strings.Split(good, ".")
	b64 := base64.RawURLEncoding.EncodeToString
	secret := []byte(testSecret)
	claims := fmt.Sprintf(`{"exp":%d,"role":"service_role"}`, noon.Unix()+60)
	const (
		notJWT    = "the token is not a signed JWT"
		noKey     = "the token is signed with a key or an algorithm that this server does not accept"
		noFit     = "the token's signature does not fit"
		noAlg     = "the token is signed with an algorithm that this server does not accept"
		noText    = "the token's claims hold text that the database cannot store"
		noObject  = "the token's claims are not a JSON object"
		future    = "the token was issued in the future: the clocks of its issuer and of this server differ"
		admin     = "the role service_role bypasses row-level security and is not accepted here; use the admin listener"
		notDate   = "the token's %s claim is not a date in seconds since 1970"
		otherIss  = "the token comes from an issuer that this server does not accept"
		otherAud  = "the token is meant for another audience"
		critical  = "the token's header asks for extensions that this server does not know"
		unAuth    = codes.Unauthenticated
		forbidden = codes.PermissionDenied
	)
	checked := func(c *Config) { c.Issuer, c.Audience = issuer, "authenticated" }

	for _, tc := range []struct {
		name   string
		token  string
		cfg    func(*Config)
		code   codes.Code
		reason string
		text   string
	}{
		// What is no token.
		{"empty", "", nil, unAuth, "TOKEN_MALFORMED", notJWT},
		{"a word", "token", nil, unAuth, "TOKEN_MALFORMED", notJWT},
		{"two parts", parts[0] + "." + parts[1], nil, unAuth, "TOKEN_MALFORMED", notJWT},
		{"four parts", good + ".x", nil, unAuth, "TOKEN_MALFORMED", notJWT},
		{"five parts, as an encrypted token has", "a.b.c.d.e", nil, unAuth, "TOKEN_MALFORMED", notJWT},
		{"only dots", "..", nil, unAuth, "TOKEN_MALFORMED", notJWT},
		{"padding", good + "=", nil, unAuth, "TOKEN_MALFORMED", notJWT},
		{"a line break in the signature", good[:len(good)-3] + "\n" + good[len(good)-3:], nil, unAuth, "TOKEN_MALFORMED", notJWT},
		{"loose bits at the end of the signature", good[:len(good)-1] + nextInAlphabet(good[len(good)-1]), nil, unAuth, "TOKEN_MALFORMED", notJWT},
		{"header is no JSON", b64([]byte("{")) + "." + parts[1] + "." + parts[2], nil, unAuth, "TOKEN_MALFORMED", notJWT},
		{"claims are no JSON", raw(plainHeader, "{", secret), nil, unAuth, "TOKEN_MALFORMED", notJWT},
		{"something after the claims", raw(plainHeader, claims+"{}", secret), nil, unAuth, "TOKEN_MALFORMED", notJWT},
		{"claims are null", raw(plainHeader, "null", secret), nil, unAuth, "TOKEN_MALFORMED", noObject},
		{"claims are a list", raw(plainHeader, "[]", secret), nil, unAuth, "TOKEN_MALFORMED", noObject},
		{"claims are a string", raw(plainHeader, `"x"`, secret), nil, unAuth, "TOKEN_MALFORMED", noObject},
		{"too long", hs256(t, user(with("x", strings.Repeat("x", 16<<10)))), nil, unAuth, "TOKEN_TOO_LARGE", "the token is longer than 16384 bytes"},
		{"publishable key", "sb_publishable_abc_def", nil, unAuth, "API_KEY_AS_TOKEN", "the bearer is a publishable API key, not a user's token: send the access token of the user's session, or no authorization at all"},
		{"secret key", "sb_secret_abc_def", nil, unAuth, "API_KEY_AS_TOKEN", "the bearer is a secret API key, not a user's token: send the access token of the user's session, and keep the key to yourself"},

		// Signatures.
		{"alg none, unsigned", sign(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, "", user()), nil, unAuth, "TOKEN_ALGORITHM", noAlg},
		{"alg none, with the kid of a key", sign(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, "rsa", user()), nil, unAuth, "TOKEN_ALGORITHM", noAlg},
		{"alg None", raw(`{"alg":"None"}`, claims, secret), nil, unAuth, "TOKEN_ALGORITHM", noAlg},
		{"alg of a good token changed to none", b64([]byte(`{"alg":"none"}`)) + "." + parts[1] + ".", nil, unAuth, "TOKEN_ALGORITHM", noAlg},
		{"no alg", raw(`{"typ":"JWT"}`, claims, secret), nil, unAuth, "TOKEN_ALGORITHM", noAlg},
		{"alg is a number", raw(`{"alg":256}`, claims, secret), nil, unAuth, "TOKEN_ALGORITHM", noAlg},
		{"alg in lower case", raw(`{"alg":"hs256"}`, claims, secret), nil, unAuth, "TOKEN_ALGORITHM", noAlg},
		{"HS512 with the secret", sign(t, jwt.SigningMethodHS512, secret, "", user()), nil, unAuth, "TOKEN_ALGORITHM", noAlg},
		{"HS384 with the secret", sign(t, jwt.SigningMethodHS384, secret, "", user()), nil, unAuth, "TOKEN_ALGORITHM", noAlg},
		{"RS512", sign(t, jwt.SigningMethodRS512, k.rsa, "rsa", user()), nil, unAuth, "TOKEN_ALGORITHM", noAlg},
		{"ES512", sign(t, jwt.SigningMethodES512, k.ec521, "ec", user()), nil, unAuth, "TOKEN_ALGORITHM", noAlg},
		{"signature missing", parts[0] + "." + parts[1] + ".", nil, unAuth, "TOKEN_SIGNATURE", noFit},
		{"signature of another token", parts[0] + "." + parts[1] + "." + strings.Split(hs256(t, user(with("sub", "x"))), ".")[2], nil, unAuth, "TOKEN_SIGNATURE", noFit},
		{"claims changed", parts[0] + "." + b64([]byte(claims)) + "." + parts[2], nil, unAuth, "TOKEN_SIGNATURE", noFit},
		{"another secret", raw(plainHeader, claims, []byte(testSecret+"x")), nil, unAuth, "TOKEN_SIGNATURE", noFit},
		{"an empty secret", raw(plainHeader, claims, nil), nil, unAuth, "TOKEN_SIGNATURE", noFit},
		{"HS256 with the RSA key's PEM for a secret", raw(`{"alg":"HS256","kid":"rsa"}`, claims, pemOf(t, k.rsa.Public())), nil, unAuth, "TOKEN_SIGNATURE", noFit},
		{"HS256 with the RSA modulus for a secret", raw(`{"alg":"HS256","kid":"rsa"}`, claims, k.rsa.N.Bytes()), nil, unAuth, "TOKEN_SIGNATURE", noFit},
		{"HS256 with the Ed25519 key for a secret", raw(`{"alg":"HS256","kid":"ed"}`, claims, k.ed[32:]), nil, unAuth, "TOKEN_SIGNATURE", noFit},
		{
			"HS256 with the RSA key's PEM, no secret here", raw(`{"alg":"HS256","kid":"rsa"}`, claims, pemOf(t, k.rsa.Public())),
			func(c *Config) { c.Secret = "" }, unAuth, "TOKEN_KEY_UNKNOWN", noKey,
		},
		{"HS256, no secret here", good, func(c *Config) { c.Secret = "" }, unAuth, "TOKEN_KEY_UNKNOWN", noKey},
		{"RS256, no JWKS here", sign(t, jwt.SigningMethodRS256, k.rsa, "rsa", user()), func(c *Config) { c.JWKS = nil }, unAuth, "TOKEN_KEY_UNKNOWN", noKey},
		{"a key of somebody else", sign(t, jwt.SigningMethodRS256, k.other, "rsa", user()), nil, unAuth, "TOKEN_SIGNATURE", noFit},
		{"a key of somebody else, no kid", sign(t, jwt.SigningMethodRS256, k.other, "", user()), nil, unAuth, "TOKEN_SIGNATURE", noFit},
		{"a kid that is not known", sign(t, jwt.SigningMethodRS256, k.rsa, "nobody", user()), nil, unAuth, "TOKEN_KEY_UNKNOWN", noKey},
		{"a kid that is a path", sign(t, jwt.SigningMethodRS256, k.rsa, "../../dev/null", user()), nil, unAuth, "TOKEN_KEY_UNKNOWN", noKey},
		{"a kid that is SQL", sign(t, jwt.SigningMethodRS256, k.rsa, "x' union select 'y", user()), nil, unAuth, "TOKEN_KEY_UNKNOWN", noKey},
		{"a kid that is a number", raw(`{"alg":"HS256","kid":7}`, claims, secret), nil, unAuth, "TOKEN_MALFORMED", notJWT},
		{"a kid that is null", raw(`{"alg":"HS256","kid":null}`, claims, secret), nil, unAuth, "TOKEN_MALFORMED", notJWT},
		{"the kid of a key of another kind", sign(t, jwt.SigningMethodRS256, k.rsa, "ec", user()), nil, unAuth, "TOKEN_KEY_UNKNOWN", noKey},
		{"PS256 with a key for RS256", sign(t, jwt.SigningMethodPS256, k.rsa, "rsa", user()), nil, unAuth, "TOKEN_KEY_UNKNOWN", noKey},
		{"RS256 with a key for PS256", sign(t, jwt.SigningMethodRS256, k.rsaPSS, "pss", user()), nil, unAuth, "TOKEN_KEY_UNKNOWN", noKey},
		{"a key in the header", signWithHeader(t, map[string]any{"jwk": jwk(t, k.other.Public(), "", "RS256")}), nil, unAuth, "TOKEN_SIGNATURE", noFit},
		{"a key behind a link in the header", signWithHeader(t, map[string]any{"jku": "http://127.0.0.1:1/keys", "x5u": "http://127.0.0.1:1/x"}), nil, unAuth, "TOKEN_SIGNATURE", noFit},
		{"crit", raw(`{"alg":"HS256","crit":["exp"],"exp":1}`, claims, secret), nil, unAuth, "TOKEN_MALFORMED", critical},
		{"crit with b64", raw(`{"alg":"HS256","crit":["b64"],"b64":false}`, claims, secret), nil, unAuth, "TOKEN_MALFORMED", critical},

		// Time.
		{"no exp", hs256(t, user(with("exp", nil))), nil, unAuth, "TOKEN_CLAIMS", "the token carries no exp claim; tokens without an end are not accepted"},
		{"exp is null", rawClaims(`,"exp":null`), nil, unAuth, "TOKEN_CLAIMS", "the token carries no exp claim; tokens without an end are not accepted"},
		{"exp is a string", hs256(t, user(with("exp", "1782910800"))), nil, unAuth, "TOKEN_CLAIMS", fmt.Sprintf(notDate, "exp")},
		{"exp is negative", hs256(t, user(with("exp", -1))), nil, unAuth, "TOKEN_CLAIMS", fmt.Sprintf(notDate, "exp")},
		{"exp is beyond the year 9999", rawClaims(`,"exp":253402300800`), nil, unAuth, "TOKEN_CLAIMS", fmt.Sprintf(notDate, "exp")},
		{"exp is beyond a float64", rawClaims(`,"exp":1e400`), nil, unAuth, "TOKEN_CLAIMS", fmt.Sprintf(notDate, "exp")},
		{"expired", hs256(t, user(with("exp", noon.Unix()-30))), nil, unAuth, "TOKEN_EXPIRED", "the token has expired"},
		{"expired, no skew allowed", hs256(t, user(with("exp", noon.Unix()))), func(c *Config) { c.Skew = -1 }, unAuth, "TOKEN_EXPIRED", "the token has expired"},
		{"nbf ahead", hs256(t, user(with("nbf", noon.Unix()+31))), nil, unAuth, "TOKEN_NOT_YET_VALID", "the token is not valid yet"},
		{"nbf is a string", hs256(t, user(with("nbf", "x"))), nil, unAuth, "TOKEN_CLAIMS", fmt.Sprintf(notDate, "nbf")},
		{"iat ahead", hs256(t, user(with("iat", noon.Unix()+31))), nil, unAuth, "TOKEN_NOT_YET_VALID", future},
		{"iat is true", hs256(t, user(with("iat", true))), nil, unAuth, "TOKEN_CLAIMS", fmt.Sprintf(notDate, "iat")},

		// Issuer and audience.
		{"another issuer", hs256(t, user(with("iss", "https://evil.example"))), checked, unAuth, "TOKEN_ISSUER", otherIss},
		{"an issuer that begins like ours", hs256(t, user(with("iss", issuer+"/x"))), checked, unAuth, "TOKEN_ISSUER", otherIss},
		{"no issuer", hs256(t, user(with("iss", nil))), checked, unAuth, "TOKEN_ISSUER", "the token carries no iss claim"},
		{"issuer in a list", hs256(t, user(with("iss", []string{issuer}))), checked, unAuth, "TOKEN_CLAIMS", "the token's iss claim is not a string"},
		{"another audience", hs256(t, user(with("aud", "other"))), checked, unAuth, "TOKEN_AUDIENCE", otherAud},
		{"other audiences", hs256(t, user(with("aud", []string{"a", "b"}))), checked, unAuth, "TOKEN_AUDIENCE", otherAud},
		{"no audience", hs256(t, user(with("aud", nil))), checked, unAuth, "TOKEN_AUDIENCE", "the token carries no aud claim"},
		{"an empty list of audiences", hs256(t, user(with("aud", []string{}))), checked, unAuth, "TOKEN_AUDIENCE", "the token carries no aud claim"},
		{"audience is an object", hs256(t, user(with("aud", map[string]any{}))), checked, unAuth, "TOKEN_CLAIMS", "the token's aud claim is neither a string nor a list of strings"},
		{"audience with a number", hs256(t, user(with("aud", []any{"authenticated", 1}))), checked, unAuth, "TOKEN_CLAIMS", "the token's aud claim is neither a string nor a list of strings"},

		// Roles.
		{"service_role", hs256(t, user(with("role", "service_role"))), nil, forbidden, "ADMIN_ROLE", admin},
		{"the project's service_role key", hs256(t, jwt.MapClaims{"iss": "supabase", "ref": "abc", "role": "service_role", "iat": noon.Unix(), "exp": noon.Unix() + 60}), checked, forbidden, "ADMIN_ROLE", admin},
		{"a role outside of the list", hs256(t, user(with("role", "postgres"))), nil, forbidden, "ROLE_NOT_ALLOWED", `the role "postgres" is not one that a token may take on here`},
		{"a role in another case", hs256(t, user(with("role", "Authenticated"))), nil, forbidden, "ROLE_NOT_ALLOWED", `the role "Authenticated" is not one that a token may take on here`},
		{"a role with a line break", hs256(t, user(with("role", "authenticated\n"))), nil, forbidden, "ROLE_NOT_ALLOWED", `the role "authenticated\n" is not one that a token may take on here`},
		{"a long role", hs256(t, user(with("role", strings.Repeat("r", 100)))), nil, forbidden, "ROLE_NOT_ALLOWED", `the role "` + strings.Repeat("r", 63) + `"... is not one that a token may take on here`},
		{"the role none", hs256(t, user(with("role", "none"))), nil, forbidden, "ROLE_NOT_ALLOWED", `the role "none" is not one that a token may take on here`},
		{"an empty role", hs256(t, user(with("role", ""))), nil, forbidden, "ROLE_NOT_ALLOWED", `the role "" is not one that a token may take on here`},
		{"the anonymous role, not in the list", hs256(t, user(with("role", "anon"))), func(c *Config) { c.Roles = []string{"authenticated"} }, forbidden, "ROLE_NOT_ALLOWED", `the role "anon" is not one that a token may take on here`},
		{"no role", hs256(t, user(with("role", nil))), nil, forbidden, "ROLE_MISSING", "the token carries no role claim"},
		{"role is null", rawClaims(`,"role":null`), nil, forbidden, "ROLE_MISSING", "the token carries no role claim"},
		{"role is a list", hs256(t, user(with("role", []string{"authenticated"}))), nil, unAuth, "TOKEN_CLAIMS", "the token's role claim is not a string"},

		// Other claims.
		{"sub is a number", hs256(t, user(with("sub", 7))), nil, unAuth, "TOKEN_CLAIMS", "the token's sub claim is not a string"},
		{"email is an object", hs256(t, user(with("email", map[string]any{}))), nil, unAuth, "TOKEN_CLAIMS", "the token's email claim is not a string"},
		{"U+0000 in a string", rawClaims(`,"x":"a\u0000b"`), nil, unAuth, "TOKEN_CLAIMS", noText},
		{"U+0000 in a name", rawClaims(`,"\u0000":1`), nil, unAuth, "TOKEN_CLAIMS", noText},
		{"U+0000 deep within", rawClaims(`,"x":[{"y":["\u0000"]}]`), nil, unAuth, "TOKEN_CLAIMS", noText},
		{"not UTF-8", rawClaims(",\"x\":\"caf\xe9\""), nil, unAuth, "TOKEN_CLAIMS", noText},
		{"half a surrogate pair", rawClaims(`,"x":"\ud83d"`), nil, unAuth, "TOKEN_CLAIMS", noText},
		{"half a surrogate pair before another escape", rawClaims(`,"x":"\ud83d\u0041"`), nil, unAuth, "TOKEN_CLAIMS", noText},
		{"a surrogate pair the wrong way round", rawClaims(`,"x":"\ude00\ud83d"`), nil, unAuth, "TOKEN_CLAIMS", noText},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var changes []func(*Config)
			if tc.cfg != nil {
				changes = append(changes, tc.cfg)
			}
			got, err := verifier(t, changes...).Verify(t.Context(), tc.token)
			if got != (store.Caller{}) {
				t.Errorf("got the caller %+v", got)
			}
			compareError(t, err, tc.code, tc.reason, tc.text)
		})
	}
}

// compareError checks the error and all that grpc sends for it.
func compareError(t *testing.T, err error, code codes.Code, reason, text string) {
	t.Helper()
	var own *Error
	if !errors.As(err, &own) {
		t.Fatalf("got %v, want an *Error", err)
	}
	if own.Code != code || own.Reason != reason || own.Error() != text {
		t.Errorf("got  %s %s %q\nwant %s %s %q\n(%v)", own.Code, own.Reason, own.Error(), code, reason, text, errors.Unwrap(err))
	}
	st, ok := grpcstatus.FromError(err)
	if !ok || st.Code() != code || st.Message() != text {
		t.Errorf("status: %v", st)
	}
	want := []any{&errdetails.ErrorInfo{Reason: reason, Domain: "rowgate"}}
	if diff := cmp.Diff(want, st.Details(), protocmp.Transform()); diff != "" {
		t.Errorf("details (-want +got):\n%s", diff)
	}
}

// signWithHeader signs with a key that nobody knows, under the kid of one that
// is known, and more in the header.
func signWithHeader(t *testing.T, more map[string]any) string {
	t.Helper()
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, user())
	token.Header["kid"] = "rsa"
	for name, value := range more {
		token.Header[name] = value
	}
	signed, err := token.SignedString(keysOnce().other)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// nextInAlphabet changes the last character of 32 bytes in base64url in the
// two bits that do not count.
func nextInAlphabet(c byte) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return string(alphabet[strings.IndexByte(alphabet, c)|1])
}

// TestSkew pins the last moments at which a token is taken.
func TestSkew(t *testing.T) {
	token := hs256(t, user(with("nbf", noon.Unix()), with("exp", noon.Unix()+60)))
	for _, tc := range []struct {
		at   time.Duration
		text string
	}{
		{-30*time.Second - time.Millisecond, "the token is not valid yet"},
		{-30 * time.Second, ""},
		{0, ""},
		{90*time.Second - time.Millisecond, ""},
		{90 * time.Second, "the token has expired"},
	} {
		v := verifier(t, func(c *Config) { c.Clock = func() time.Time { return noon.Add(tc.at) } })
		_, err := v.Verify(t.Context(), token)
		if got := fmt.Sprint(err); got != tc.text && !(err == nil && tc.text == "") {
			t.Errorf("at %s: %v, want %q", tc.at, err, tc.text)
		}
	}
}
