package auth

import (
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rowgate/rowgate/store"
)

func TestConfigIsRefused(t *testing.T) {
	k := keysOnce()
	private := `{"kty":"OKP","crv":"Ed25519","kid":"ed","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"}`
	for _, tc := range []struct {
		name string
		cfg  Config
		want string
	}{
		{"nothing", Config{}, "auth: no token could be verified: set Secret, JWKSURL or JWKS"},
		{"short secret", Config{Secret: "short"}, "auth: Secret has 5 bytes; HS256 needs at least 32"},
		{"PEM", Config{Secret: string(pemOf(t, k.rsa.Public()))}, "auth: Secret is a PEM file, not a shared secret: publish the key in a JWK set and set JWKS or JWKSURL"},
		{"JWK set as a secret", Config{Secret: string(allKeys(t))}, "auth: Secret is JSON, not a shared secret: a JWK set goes into JWKS"},
		{"API key as a secret", Config{Secret: "sb_secret_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}, "auth: Secret is an API key of Supabase, not the JWT secret: take the JWT secret of the project's settings, or set JWKSURL"},
		{"not a URL", Config{JWKSURL: "http://a b/"}, "auth: JWKSURL is not a URL"},
		{"a file", Config{JWKSURL: "file:///etc/keys"}, "auth: JWKSURL must begin with https:// or http://"},
		{"no host", Config{JWKSURL: "https:///keys"}, "auth: JWKSURL names no host"},
		{"JWKS is no JSON", Config{JWKS: []byte("x")}, "auth: JWKS: not a JWK set: invalid character 'x' looking for beginning of value"},
		{"JWKS is another document", Config{JWKS: []byte("{}")}, `auth: JWKS: not a JWK set: it has no member "keys"`},
		{"JWKS is empty", Config{JWKS: []byte(`{"keys":[]}`)}, "auth: JWKS: no key of the set can be used"},
		{"JWKS without a good key", Config{JWKS: set(t, jwk(t, k.ec521.Public(), "big", ""))}, "auth: JWKS: no key of the set can be used\nkey 0: kid \"big\": the curve P-521 is not used"},
		{"JWKS with a private key", Config{JWKS: []byte(`{"keys":[` + private + `]}`)}, `auth: JWKS: key 0: kid "ed": is a private key; give the public half alone`},
		{"service_role", Config{Secret: testSecret, Roles: []string{"authenticated", "service_role"}}, "auth: Roles: service_role bypasses row-level security and is for the admin path alone"},
		{"service_role for anybody", Config{Secret: testSecret, AnonRole: "service_role"}, "auth: AnonRole: service_role bypasses row-level security and is for the admin path alone"},
		{"none", Config{Secret: testSecret, Roles: []string{"none"}}, `auth: Roles: "none" is no role: Postgres takes it for going back to the login role`},
		{"empty role", Config{Secret: testSecret, Roles: []string{""}}, "auth: Roles: the name of a role is empty"},
		{"long role", Config{Secret: testSecret, Roles: []string{strings.Repeat("r", 64)}}, `auth: Roles: the name "rrrrrrrrrrrrrrrrrrrr"... is longer than the 63 bytes of a Postgres name`},
		{"role with NUL", Config{Secret: testSecret, AnonRole: "a\x00"}, `auth: AnonRole: the name "a\x00" is not text that Postgres can hold`},
		{"skew of an hour", Config{Secret: testSecret, Skew: time.Hour}, "auth: Skew is 1h0m0s, which is no difference of clocks any more; at most 10m0s"},
		{"refresh without a unit", Config{Secret: testSecret, Refresh: 600}, "auth: Refresh is 600ns; at least 1s"},
		{
			"several at once",
			Config{Secret: "x", JWKSURL: "x", AnonRole: "none"},
			"auth: Secret has 1 bytes; HS256 needs at least 32\n" +
				"auth: JWKSURL must begin with https:// or http://\n" +
				`auth: AnonRole: "none" is no role: Postgres takes it for going back to the login role`,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.cfg.Logger = slog.New(slog.DiscardHandler)
			v, err := New(t.Context(), tc.cfg)
			if v != nil || err == nil || err.Error() != tc.want {
				t.Errorf("got  %v\nwant %s", err, tc.want)
			}
		})
	}
}

func TestDefaults(t *testing.T) {
	roles := []string{"a"}
	c := Config{Roles: roles}.withDefaults()
	roles[0] = "changed"
	if c.Roles[0] != "a" {
		t.Error("the configuration is shared with whoever made it")
	}
	c = Config{}.withDefaults()
	if !slices.Equal(c.Roles, []string{"anon", "authenticated"}) || c.AnonRole != "anon" || c.Skew != 30*time.Second ||
		c.CacheSize != 4096 || c.Refresh != 10*time.Minute || c.HTTPClient == nil || c.Logger == nil || c.Clock == nil {
		t.Errorf("%+v", c)
	}
	c = Config{Skew: -1, CacheSize: -1}.withDefaults()
	if c.Skew != 0 || c.CacheSize != 0 {
		t.Errorf("negative values: %+v", c)
	}
}

func TestAnonymous(t *testing.T) {
	for _, tc := range []struct {
		role string
		want store.Caller
	}{
		{"", store.Caller{Role: "anon", Claims: `{"role":"anon"}`}},
		{"anon", store.Caller{Role: "anon", Claims: `{"role":"anon"}`}},
		{`web"guest<`, store.Caller{Role: `web"guest<`, Claims: `{"role":"web\"guest<"}`}},
	} {
		got, err := verifier(t, func(c *Config) { c.AnonRole = tc.role }).Anonymous()
		if err != nil || got != tc.want {
			t.Errorf("%q: %+v, %v", tc.role, got, err)
		}
	}
	_, err := verifier(t, func(c *Config) { c.AnonRole = NoAnonymous }).Anonymous()
	compareError(t, err, 16, "TOKEN_REQUIRED", "a token is required: send authorization: Bearer and the user's access token")
}

func TestRedirects(t *testing.T) {
	req := func(raw string) *http.Request {
		u, err := url.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		return &http.Request{URL: u}
	}
	for _, tc := range []struct {
		from, to string
		ok       bool
	}{
		{"https://a/", "https://b/", true},
		{"http://a/", "http://b/", true},
		{"http://a/", "https://a/", true},
		{"https://a/", "http://a/", false},
	} {
		if err := stayOnHTTPS(req(tc.to), []*http.Request{req(tc.from)}); (err == nil) != tc.ok {
			t.Errorf("%s to %s: %v", tc.from, tc.to, err)
		}
	}
	if err := stayOnHTTPS(req("https://a/"), slices.Repeat([]*http.Request{req("https://a/")}, 5)); err == nil {
		t.Error("the sixth redirect is followed")
	}
}

func TestRoles(t *testing.T) {
	for _, tc := range []struct {
		roles []string
		anon  string
		want  []string
	}{
		{nil, "", []string{"anon", "authenticated"}},
		{[]string{"authenticated"}, "guest", []string{"authenticated", "guest"}},
		{[]string{"authenticated"}, NoAnonymous, []string{"authenticated"}},
	} {
		v := verifier(t, func(c *Config) { c.Roles, c.AnonRole = tc.roles, tc.anon })
		if got := v.Roles(); !slices.Equal(got, tc.want) {
			t.Errorf("got %v, want %v", got, tc.want)
		}
		v.Roles()[0] = "changed"
		if v.Roles()[0] == "changed" {
			t.Error("the list is shared")
		}
	}
}
