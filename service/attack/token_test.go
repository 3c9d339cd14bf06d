package attack_test

import (
	"crypto/elliptic"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/rowgate/rowgate/service/auth"
	"github.com/rowgate/rowgate/service/servicetest"
)

// secret is what the servers' HS256 tokens are signed with.
var secret = []byte(servicetest.Secret)

// identity gives a server another configuration of who is believed.
func identity(change func(*auth.Config)) func(*servicetest.Options) {
	return func(o *servicetest.Options) { o.Identity = change }
}

// unauthenticated holds that tokens are refused, before anything of them
// reaches the database.
func (a *target) unauthenticated(t testing.TB, tokens map[string]string) {
	t.Helper()
	for name, token := range tokens {
		got, err := a.call(t, with(t, name, token), "Whoami", `{}`)
		if status.Code(err) != codes.Unauthenticated {
			t.Errorf("%s: %s, %v", name, got, err)
		}
		a.discreet(t, err)
	}
	a.nextIsThemselves(t)
}

// "none" is no algorithm, however it is written, and nor is any that is not on
// the list.
func TestAlgNone(t *testing.T) {
	key := rsaKey(t, 2048)
	a := attacked(t, identity(func(c *auth.Config) { c.JWKS = []byte(`{"keys":[` + jwk(key, "one", "") + `]}`) }))
	tokens := map[string]string{}
	for _, alg := range []string{`"none"`, `"None"`, `"NONE"`, `"nOnE"`, `""`, `null`, `0`, `["none"]`, `["HS256"]`, `{"HS256":1}`, `"hs256"`, `"HS256 "`, `" HS256"`, `"HS256\u0000"`, `"HS384"`, `"HS512"`, `"RS1"`, `"dir"`, `"ES256K"`, `"A128KW"`, `"PBES2-HS256+A128KW"`} {
		for kid, member := range map[string]string{"": "", " with a kid": `,"kid":"one"`} {
			header := `{"typ":"JWT","alg":` + alg + member + `}`
			tokens[alg+kid+" unsigned"] = forged(header, claims(bob, ""), nothing)
			tokens[alg+kid+" signed with nothing"] = forged(header, claims(bob, ""), hs256(nil))
			tokens[alg+kid+" signed with the secret"] = forged(header, claims(bob, ""), hs256(secret))
		}
	}
	tokens["no alg"] = forged(`{"typ":"JWT"}`, claims(bob, ""), hs256(secret))
	tokens["HS256 unsigned"] = forged(`{"alg":"HS256"}`, claims(bob, ""), nothing)
	tokens["RS256 unsigned"] = forged(`{"alg":"RS256","kid":"one"}`, claims(bob, ""), nothing)
	tokens["two algs, the last one none"] = forged(`{"alg":"HS256","alg":"none"}`, claims(bob, ""), nothing)
	tokens["two algs, the first one none"] = forged(`{"alg":"none","alg":"HS256"}`, claims(bob, ""), nothing)
	tokens["two cases"] = forged(`{"alg":"none","ALG":"HS256","Alg":"HS256"}`, claims(bob, ""), hs256(secret))
	a.unauthenticated(t, tokens)
	if got := a.whoami(t, with(t, "control", forged(`{"alg":"HS256"}`, claims(bob, ""), hs256(secret)))); got != isBob {
		t.Errorf("a good token made in the same way is %q", got)
	}
}

// The public key, in every form in which somebody publishes it, as the secret of
// HS256.
func TestHS256WithThePublicKey(t *testing.T) {
	key := rsaKey(t, 2048)
	set := `{"keys":[` + jwk(key, "one", `,"use":"sig"`) + `]}`
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, set) }))
	t.Cleanup(server.Close)
	pkix, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	pkcs1 := x509.MarshalPKCS1PublicKey(&key.PublicKey)
	publicPEM := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: pkix})
	forms := map[string][]byte{
		"PEM": publicPEM, "PEM without the last line's end": publicPEM[:len(publicPEM)-1], "PEM PKCS#1": pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: pkcs1}),
		"DER": pkix, "DER PKCS#1": pkcs1, "the modulus": key.N.Bytes(), "the modulus in base64": []byte(b64(key.N.Bytes())), "the JWK": []byte(jwk(key, "one", `,"use":"sig"`)), "the set": []byte(set),
		"the kid": []byte("one"), "nothing": nil, "null": []byte("null"), "secret": []byte("secret"), "your-256-bit-secret": []byte("your-256-bit-secret"), "super-secret-jwt-token-with-at-least-32-characters-long": []byte("super-secret-jwt-token-with-at-least-32-characters-long"),
	}
	for server, change := range map[string]func(*auth.Config){
		"fetched": func(c *auth.Config) { c.JWKSURL = server.URL }, "given": func(c *auth.Config) { c.JWKS = []byte(set) },
		"given, without a secret": func(c *auth.Config) { c.JWKS, c.Secret = []byte(set), "" },
	} {
		a := attacked(t, identity(change))
		for form, asSecret := range forms {
			for _, header := range []string{`{"alg":"HS256","kid":"one"}`, `{"alg":"HS256"}`} {
				got, err := a.call(t, with(t, form, forged(header, claims(bob, ""), hs256(asSecret))), "Whoami", `{}`)
				if status.Code(err) != codes.Unauthenticated {
					t.Errorf("%s: HS256 by %s: %s, %v", server, form, got, err)
				}
			}
		}
		if got := a.whoami(t, with(t, "control", forged(`{"alg":"RS256","kid":"one"}`, claims(bob, ""), rs256(t, key)))); got != isBob {
			t.Errorf("%s: a good token is %q", server, got)
		}
	}
}

// A token that is for others, from others, not yet or no longer good.
func TestWrongAudienceIssuerAndTime(t *testing.T) {
	a := attacked(t, identity(func(c *auth.Config) { c.Issuer, c.Audience = "https://issuer.example/auth/v1", "authenticated" }))
	token := func(members string) string {
		return forged(`{"alg":"HS256"}`, `{"sub":"`+bob+`","role":"authenticated",`+members+`}`, hs256(secret))
	}
	const good = `"iss":"https://issuer.example/auth/v1","aud":"authenticated"`
	now := time.Now().Unix()
	tokens := map[string]string{}
	for _, iss := range []string{`null`, `""`, `"https://issuer.example/auth/v1/"`, `"https://issuer.example/auth/v"`, `"HTTPS://issuer.example/auth/v1"`, `"http://issuer.example/auth/v1"`, `"https://issuer.example/auth/v1\u0000"`, `"https://issuer.example@evil.example/auth/v1"`, `["https://issuer.example/auth/v1"]`, `{}`, `1`} {
		tokens["iss "+iss] = token(`"iss":` + iss + `,"aud":"authenticated",` + soon())
	}
	for _, aud := range []string{`null`, `""`, `"anon"`, `"Authenticated"`, `"authenticated "`, `[]`, `["anon"]`, `["x","y"]`, `{"authenticated":true}`, `1`, `[["authenticated"]]`, `[1]`} {
		tokens["aud "+aud] = token(`"iss":"https://issuer.example/auth/v1","aud":` + aud + `,` + soon())
	}
	tokens["no iss"], tokens["no aud"] = token(`"aud":"authenticated",`+soon()), token(`"iss":"https://issuer.example/auth/v1",`+soon())
	tokens["no exp"] = token(good)
	for _, exp := range []string{
		`null`, `0`, `-1`, fmt.Sprint(now - 60), fmt.Sprint(now - 3600), `"` + fmt.Sprint(now+60) + `"`, fmt.Sprint((now + 60) * 1000), fmt.Sprint((now + 60) * 1000000), `1e400`, `1e308`, `[` + fmt.Sprint(now+60) + `]`, `true`, `"2099-01-01T00:00:00Z"`, `9223372036854775808`, `-9223372036854775809`, `NaN`,
	} {
		tokens["exp "+exp] = token(good + `,"exp":` + exp)
	}
	for _, member := range []string{
		fmt.Sprintf(`"nbf":%d`, now+60), fmt.Sprintf(`"iat":%d`, now+600), `"nbf":"x"`, `"nbf":1e400`, `"nbf":[1]`, `"iat":"x"`, `"iat":{}`, fmt.Sprintf(`"exp":%d`, now-60), fmt.Sprintf(`"nbf":%d`, now*1000),
	} {
		tokens[member] = token(good + `,` + soon() + `,` + member)
	}
	a.must(t, a.anon(t), "Whoami", `{}`) // The connection is there.
	for name, token := range tokens {
		got, err := a.call(t, with(t, name, token), "Whoami", `{}`)
		if status.Code(err) != codes.Unauthenticated {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
	if got := a.whoami(t, with(t, "control", token(good+`,`+soon()))); got != isBob {
		t.Errorf("a good token is %q", got)
	}
}

// A kid is looked up among the keys and is nothing else: no file, no address,
// no SQL, and no key that the token brings along.
func TestKidTricks(t *testing.T) {
	var fetched atomic.Int32
	key, hers := rsaKey(t, 2048), rsaKey(t, 2048)
	evil := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fetched.Add(1)
		fmt.Fprintf(w, `{"keys":[%s]}`, jwk(hers, "hers", ""))
	}))
	t.Cleanup(evil.Close)
	a := attacked(t, identity(func(c *auth.Config) { c.JWKS = []byte(`{"keys":[` + jwk(key, "one", "") + `]}`) }))
	tokens := map[string]string{}
	for _, kid := range []string{
		`"/dev/null"`, `"../../../../../../dev/null"`, `"/proc/sys/kernel/randomize_va_space"`, `"file:///dev/null"`, `"` + evil.URL + `"`, `"' union select 'x' --"`, `"one' or '1'='1"`, `"| id"`, `"$(id)"`, `"one\u0000"`, `"One"`, `"one "`, `" one"`, `""`, `null`, `1`, `["one"]`, `{"kid":"one"}`, `"` + strings.Repeat("x", 4000) + `"`, `"__proto__"`, `"*"`, `"hers"`,
	} {
		tokens["RS256, kid "+kid] = forged(`{"alg":"RS256","kid":`+kid+`}`, claims(bob, ""), rs256(t, hers))
		tokens["HS256, an empty secret, kid "+kid] = forged(`{"alg":"HS256","kid":`+kid+`}`, claims(bob, ""), hs256(nil))
	}
	for name, members := range map[string]string{
		"jku": `"jku":"` + evil.URL + `"`, "x5u": `"x5u":"` + evil.URL + `"`, "jwk": `"jwk":` + jwk(hers, "hers", ""), "jwk under the good kid": `"kid":"one","jwk":` + jwk(hers, "one", ""), "jku under the good kid": `"kid":"one","jku":"` + evil.URL + `"`,
		"crit": `"kid":"one","crit":["exp"]`, "b64": `"kid":"one","b64":false,"crit":["b64"]`, "two kids": `"kid":"one","kid":"hers"`,
	} {
		tokens[name] = forged(`{"alg":"RS256",`+members+`}`, claims(bob, ""), rs256(t, hers))
	}
	a.unauthenticated(t, tokens)
	if n := fetched.Load(); n != 0 {
		t.Errorf("the token's address was fetched %d times", n)
	}
	if got := a.whoami(t, with(t, "control", forged(`{"alg":"RS256","kid":"one"}`, claims(bob, ""), rs256(t, key)))); got != isBob {
		t.Errorf("a good token is %q", got)
	}
}

// A published set with keys that are too weak, broken or not for signing: they
// are not used, and the tokens of the other keys of the set are good.
func TestWeakKeys(t *testing.T) {
	weak, tiny, good := rsaKey(t, 1024), rsaKey(t, 512), rsaKey(t, 2048)
	zero := func(n int) signer { return func(string) []byte { return make([]byte, n) } }
	published := []byte(strings.Repeat("p", 32))
	generator := elliptic.P256().Params()
	point := func(y []byte) string {
		return fmt.Sprintf(`"kty":"EC","crv":"P-256","x":%q,"y":%q`, b64(generator.Gx.Bytes()), b64(y))
	}
	modulus := fmt.Sprintf(`"kty":"RSA","n":%q`, b64(good.N.Bytes()))
	exponent := modulus + `,"e":"AQAB"`
	bad := []struct {
		name, members, alg string
		sign               signer
	}{
		{"1024 bits", strings.Trim(jwk(weak, "", ""), "{}"), "RS256", rs256(t, weak)},
		{"512 bits", strings.Trim(jwk(tiny, "", ""), "{}"), "RS256", rs256(t, tiny)},
		{"encryption", exponent + `,"use":"enc"`, "RS256", rs256(t, good)},
		{"another alg", exponent + `,"alg":"PS256"`, "RS256", rs256(t, good)},
		{"other key_ops", exponent + `,"key_ops":["encrypt"]`, "RS256", rs256(t, good)},
		{"exponent 1", modulus + `,"e":"AQ"`, "RS256", zero(256)},
		{"no exponent", modulus, "RS256", rs256(t, good)},
		{"a short secret", `"kty":"oct","k":"` + b64([]byte("short")) + `"`, "HS256", hs256([]byte("short"))},
		{"an empty secret", `"kty":"oct","k":""`, "HS256", hs256(nil)},
		{"a secret that is published", `"kty":"oct","alg":"HS256","k":"` + b64(published) + `"`, "HS256", hs256(published)},
		{"a point off the curve", point(generator.Gx.Bytes()), "ES256", zero(64)},
		{"a zero signature", point(generator.Gy.Bytes()), "ES256", zero(64)},
		{"another curve", strings.Replace(point(generator.Gy.Bytes()), "P-256", "secp256k1", 1), "ES256", zero(64)},
	}
	var set strings.Builder
	tokens := map[string]string{}
	for i, k := range bad {
		kid := fmt.Sprintf(`"kid":"bad%d"`, i)
		fmt.Fprintf(&set, "{%s,%s},", strings.Replace(k.members, `"kid":""`, `"x":""`, 1), kid)
		tokens[k.name] = forged(`{"alg":"`+k.alg+`",`+kid+`}`, claims(bob, ""), k.sign)
	}
	a := attacked(t, identity(publish(t, func(w io.Writer) { fmt.Fprintf(w, `{"keys":[%s%s]}`, set.String(), jwk(good, "good", "")) })))
	a.unauthenticated(t, tokens)
	if got := a.whoami(t, with(t, "control", forged(`{"alg":"RS256","kid":"good"}`, claims(bob, ""), rs256(t, good)))); got != isBob {
		t.Errorf("a token of the set's good key is %q", got)
	}
}

// A published set beyond all measure is not read to its end, and one that is
// none is not used: its tokens are refused, and those of other keys are good.
func TestOversizedKeys(t *testing.T) {
	key := rsaKey(t, 2048)
	token := forged(`{"alg":"RS256","kid":"k"}`, claims(bob, ""), rs256(t, key))
	for name, write := range map[string]func(io.Writer){
		"40 MiB": func(w io.Writer) {
			fmt.Fprintf(w, `{"keys":[%s]}`, jwk(key, "k", `,"x":"`+strings.Repeat("x", 40<<20)+`"`))
		},
		"no set": func(w io.Writer) { fmt.Fprint(w, `null`) },
		"100,000 keys": func(w io.Writer) {
			fmt.Fprintf(w, `{"keys":[%s%s]}`, strings.Repeat(jwk(key, "x", "")+",", 100000), jwk(key, "k", ""))
		},
		"without an end": func(w io.Writer) {
			_, err := fmt.Fprint(w, `{"keys":[`)
			for range 1 << 10 {
				if err == nil {
					_, err = fmt.Fprintf(w, `{"kty":"RSA","x":"%s"},`, strings.Repeat("x", 32<<10))
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := attacked(t, identity(publish(t, write)))
			got, err := a.call(t, with(t, name, token), "Whoami", `{}`)
			// A set that cannot be read is the server's trouble and not the token's.
			if code := status.Code(err); code != codes.Unauthenticated && code != codes.Unavailable {
				t.Errorf("%s, %v", got, err)
			}
			a.discreet(t, err)
			if got := a.whoami(t, a.bob(t)); got != isBob {
				t.Errorf("a good token is %q", got)
			}
		})
	}
}

// publish has a server answer for the issuer's keys.
func publish(t testing.TB, write func(io.Writer)) func(*auth.Config) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { write(w) }))
	t.Cleanup(server.Close)
	return func(c *auth.Config) { c.JWKSURL = server.URL }
}
