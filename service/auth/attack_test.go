package auth

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"google.golang.org/grpc/codes"

	"github.com/rowgate/rowgate/store"
)

// refused holds that a token makes no caller.
func refused(t *testing.T, v *Verifier, name, token string) {
	t.Helper()
	got, err := v.Verify(t.Context(), token)
	var own *Error
	if !errors.As(err, &own) || got != (store.Caller{}) {
		t.Errorf("%s: %+v, %v", name, got, err)
	}
}

const goodClaims = `{"exp":1782910800,"role":"authenticated","sub":"x"}`

// TestAlgNone writes none in every case, with and without a signature.
func TestAlgNone(t *testing.T) {
	v := verifier(t)
	for n := range 16 {
		alg := []byte("none")
		for i := range alg {
			if n>>i&1 == 1 {
				alg[i] -= 'a' - 'A'
			}
		}
		for _, header := range []string{
			`{"alg":"%s"}`, `{"alg":"%s","kid":"rsa"}`, `{"alg":"%s","typ":"JWT"}`, `{"alg":"HS256","alg":"%s"}`, `{"alg":" %s"}`, `{"alg":"%s\u0000"}`, `{"alg":["%s"]}`, `{"ALG":"HS256","alg":"%s"}`,
		} {
			header = fmt.Sprintf(header, alg)
			signed := raw(header, goodClaims, []byte(testSecret))
			unsigned := signed[:strings.LastIndex(signed, ".")+1]
			refused(t, v, header, signed)
			refused(t, v, header, unsigned)
			refused(t, v, header, unsigned[:len(unsigned)-1])
			refused(t, v, header, unsigned+"AA")
		}
	}
	for _, alg := range []string{`""`, `null`, `0`, `{}`, `"HS256 "`, `"hs256"`, `"HS256,none"`, `"dir"`, `"A128KW"`, `"HS1"`, `"ES256K"`, `"RS256\n"`} {
		refused(t, v, alg, raw(`{"alg":`+alg+`}`, goodClaims, []byte(testSecret)))
	}
}

// TestPublicKeyForASecret signs HS256 with every form in which the public keys
// can be had, here where there is a secret and where there is none.
func TestPublicKeyForASecret(t *testing.T) {
	k := keysOnce()
	both := map[string]*Verifier{"a secret": verifier(t), "no secret": verifier(t, func(c *Config) { c.Secret = "" })}
	secrets := map[string][]byte{"nothing": nil, "a NUL": {0}}
	for id, public := range map[string]any{"rsa": k.rsa.Public(), "ec": k.ec.Public(), "ed": k.ed.Public()} {
		der, err := x509.MarshalPKIXPublicKey(public)
		if err != nil {
			t.Fatal(err)
		}
		secrets[id+" DER"] = der
		secrets[id+" PEM"] = pemOf(t, public)
		secrets[id+" PEM without its last line break"] = bytes.TrimSpace(pemOf(t, public))
		secrets[id+" PEM with CRLF"] = bytes.ReplaceAll(pemOf(t, public), []byte("\n"), []byte("\r\n"))
		secrets[id+" JWK"] = jwk(t, public, id, "")
		var members map[string]any
		if err := json.Unmarshal(jwk(t, public, id, ""), &members); err != nil {
			t.Fatal(err)
		}
		for name, value := range members {
			secrets[id+" JWK "+name] = []byte(fmt.Sprint(value))
		}
	}
	n := k.rsa.N.Bytes()
	secrets["modulus"], secrets["modulus with a sign"] = n, append([]byte{0}, n...)
	pkcs1 := x509.MarshalPKCS1PublicKey(&k.rsa.PublicKey)
	secrets["PKCS 1 DER"] = pkcs1
	secrets["PKCS 1 PEM"] = pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: pkcs1})
	secrets["the set"] = allKeys(t)
	for name, secret := range secrets {
		for which, v := range both {
			for _, header := range []string{plainHeader, `{"alg":"HS256","kid":"rsa"}`, `{"alg":"HS256","kid":"ec"}`, `{"alg":"HS256","kid":"ed"}`} {
				refused(t, v, which+", "+name, raw(header, goodClaims, secret))
			}
		}
	}
}

// TestKidTricks sends kids that other verifiers have opened, asked for or run.
func TestKidTricks(t *testing.T) {
	k := keysOnce()
	attacker := newIssuer(t, body(set(t, jwk(t, k.other.Public(), "k", ""))))
	own := newIssuer(t, body(set(t, jwk(t, k.rsa.Public(), "k", ""))))
	v := remoteVerifier(t, t.Context(), own.URL, quick)
	accept(t, v, sign(t, jwt.SigningMethodRS256, k.rsa, "k", user()))
	before := own.asked.Load()
	r := v.sources[0].remote
	r.mu.Lock()
	r.pace.gap = time.Hour
	r.mu.Unlock()
	for _, kid := range []string{
		"../../../../../../dev/null", "/dev/null", `C:\NUL`, "/proc/self/environ", "/proc/sys/kernel/randomize_va_space", "file:///dev/null",
		attacker.URL, attacker.URL + "/k", "//" + attacker.Listener.Addr().String() + "/k", "@" + attacker.Listener.Addr().String(),
		"k' OR '1'='1", "k'; drop table keys; --", "x' UNION SELECT 'secret'; --", "k\x00", "\x00", "k ", " k", "K", "k\n", "k/../k", "%6b", "\u212a",
		"$(touch /tmp/x)", "`id`", "| id", "${jndi:ldap://x/}", strings.Repeat("k", 8000), "k\ufffd",
	} {
		for _, signed := range []string{
			sign(t, jwt.SigningMethodRS256, k.other, kid, user()),
			sign(t, jwt.SigningMethodRS256, k.rsa, kid, user()),
		} {
			refused(t, v, fmt.Sprintf("kid %.60q", kid), signed)
		}
		// With an empty key, which is what /dev/null would be.
		header, err := json.Marshal(map[string]string{"alg": "HS256", "kid": kid})
		if err != nil {
			t.Fatal(err)
		}
		refused(t, v, fmt.Sprintf("kid %.60q, HS256", kid), raw(string(header), goodClaims, nil))
	}
	refuse(t, v, sign(t, jwt.SigningMethodRS256, k.rsa, strings.Repeat("k", 1<<20), user()), codes.Unauthenticated, "TOKEN_TOO_LARGE", "the token is longer than 16384 bytes")
	for _, kid := range []string{`null`, `7`, `true`, `["k"]`, `{"k":"k"}`, `"\ud800"`} {
		refused(t, v, kid, raw(`{"alg":"RS256","kid":`+kid+`}`, goodClaims, nil))
	}
	if n := attacker.asked.Load(); n != 0 {
		t.Errorf("the attacker's server was asked %d times", n)
	}
	if n := own.asked.Load() - before; n > 1 {
		t.Errorf("the issuer was asked %d times", n)
	}
}

// TestKeysInTheHeader brings keys along, and points to others.
func TestKeysInTheHeader(t *testing.T) {
	k := keysOnce()
	attacker := newIssuer(t, body(set(t, jwk(t, k.other.Public(), "rsa", "RS256"))))
	v := verifier(t)
	der, err := x509.MarshalPKIXPublicKey(k.other.Public())
	if err != nil {
		t.Fatal(err)
	}
	for name, more := range map[string]map[string]any{
		"jwk":          {"jwk": jwk(t, k.other.Public(), "rsa", "RS256")},
		"jwk, no kid":  {"jwk": jwk(t, k.other.Public(), "rsa", "RS256"), "kid": nil},
		"jku":          {"jku": attacker.URL},
		"jku, own kid": {"jku": attacker.URL, "kid": "attacker"},
		"x5u":          {"x5u": attacker.URL},
		"x5c":          {"x5c": []string{base64url(der)}},
		"x5t":          {"x5t": "x", "x5t#S256": "x"},
		"iss":          {"iss": attacker.URL},
		"oct":          {"jwk": map[string]string{"kty": "oct", "k": "AAAA"}},
		"b64":          {"b64": false},
		"zip":          {"zip": "DEF"},
		"cty":          {"cty": "JWT"},
	} {
		refused(t, v, name, signWithHeader(t, more))
	}
	if n := attacker.asked.Load(); n != 0 {
		t.Errorf("the attacker's server was asked %d times", n)
	}
}

// rsaJWKOf writes a modulus and an exponent, which need be no key's.
func rsaJWKOf(n, e *big.Int) json.RawMessage {
	return json.RawMessage(fmt.Sprintf(`{"kty":"RSA","kid":"weak","alg":"RS256","n":%q,"e":%q}`, base64url(n.Bytes()), base64url(e.Bytes())))
}

// TestWeakKeysOfAnIssuer publishes keys that must not be used, beside a good
// one that must.
func TestWeakKeysOfAnIssuer(t *testing.T) {
	k := keysOnce()
	n := k.rsa.N
	pow := func(bits uint) *big.Int { return new(big.Int).Lsh(big.NewInt(1), bits) }
	odd := func(bits uint) *big.Int { return new(big.Int).Add(pow(bits-1), big.NewInt(1)) }
	weak := map[string]json.RawMessage{
		"RSA of 512 bits":              rsaJWKOf(odd(512), big.NewInt(65537)),
		"RSA of 1024 bits":             rsaJWKOf(k.weak.N, big.NewInt(65537)),
		"RSA of 16384 bits":            rsaJWKOf(odd(16384), big.NewInt(65537)),
		"exponent 0":                   rsaJWKOf(n, big.NewInt(0)),
		"exponent 1":                   rsaJWKOf(n, big.NewInt(1)),
		"exponent 2":                   rsaJWKOf(n, big.NewInt(2)),
		"an even exponent":             rsaJWKOf(n, big.NewInt(65536)),
		"an exponent of 33 bits":       rsaJWKOf(n, odd(33)),
		"an exponent of 64 bits":       rsaJWKOf(n, odd(64)),
		"an exponent over 64 bits":     rsaJWKOf(n, new(big.Int).Add(pow(64), big.NewInt(3))),
		"exponent 1 and 64 bits":       rsaJWKOf(n, new(big.Int).Add(pow(64), big.NewInt(1))),
		"an exponent like the modulus": rsaJWKOf(n, new(big.Int).Sub(n, big.NewInt(2))),
		"an even modulus":              rsaJWKOf(pow(2047), big.NewInt(65537)),
		"a modulus of nothing":         rsaJWKOf(big.NewInt(0), big.NewInt(65537)),
		"P-521":                        jwk(t, k.ec521.Public(), "weak", ""),
		"secp256k1":                    json.RawMessage(`{"kty":"EC","kid":"weak","crv":"secp256k1","x":"AA","y":"AA"}`),
		"the point at infinity":        json.RawMessage(`{"kty":"EC","kid":"weak","crv":"P-256","x":"` + base64url(make([]byte, 32)) + `","y":"` + base64url(make([]byte, 32)) + `"}`),
		"an Ed25519 key too short":     json.RawMessage(`{"kty":"OKP","kid":"weak","crv":"Ed25519","x":"AA"}`),
		"oct":                          json.RawMessage(`{"kty":"oct","kid":"weak","k":"` + base64url([]byte(testSecret)) + `"}`),
		"alg none":                     json.RawMessage(`{"kty":"oct","kid":"weak","alg":"none","k":""}`),
	}
	for name, key := range weak {
		t.Run(name, func(t *testing.T) {
			issuer := newIssuer(t, body(set(t, key, jwk(t, k.ec.Public(), "good", ""))))
			v := remoteVerifier(t, t.Context(), issuer.URL, quick)
			accept(t, v, sign(t, jwt.SigningMethodES256, k.ec, "good", user()))
			if keys := v.sources[0].remote.keys().keys; len(keys) != 1 || keys[0].id != "good" {
				t.Errorf("the keys in use are %+v", keys)
			}
			if raw, err := staticKeys(set(t, key), quiet); err == nil && name != "oct" {
				t.Errorf("a configuration may have it: %+v", raw.keys)
			}
			for _, method := range []jwt.SigningMethod{jwt.SigningMethodRS256, jwt.SigningMethodPS256} {
				for _, private := range []*rsa.PrivateKey{k.weak, k.rsa} {
					refused(t, v, name, sign(t, method, private, "weak", user()))
				}
			}
			refused(t, v, name, raw(`{"alg":"HS256","kid":"weak"}`, goodClaims, []byte(testSecret+"x")))
		})
	}
}

// TestSetsThatAreTooMuch keeps what it had.
func TestSetsThatAreTooMuch(t *testing.T) {
	k := keysOnce()
	good := jwk(t, k.ec.Public(), "k", "")
	token := sign(t, jwt.SigningMethodES256, k.ec, "k", user())
	small := json.RawMessage(`{"kty":"x"}`)
	many := make([]json.RawMessage, 10_000)
	for i := range many {
		many[i] = small
	}
	deep := []byte(`{"keys":[` + strings.Repeat(`[`, 100_000) + strings.Repeat(`]`, 100_000) + `]}`)
	for name, answer := range map[string]http.HandlerFunc{
		"10,000 keys":         body(set(t, many...)),
		"a key of 200 KiB":    body(set(t, json.RawMessage(`{"kty":"RSA","kid":"k","e":"AQAB","n":"`+strings.Repeat("A", 200<<10)+`"}`), good)),
		"10 MiB":              body(append(set(t, good), bytes.Repeat([]byte(" "), 10<<20)...)),
		"10 MiB, compressed":  compressed(append([]byte(`{"keys":[],"x":"`), append(bytes.Repeat([]byte("x"), 10<<20), `"}`...)...)),
		"nested 100,000 deep": body(deep),
		"a body that never ends": func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, `{"keys":[`)
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		},
	} {
		t.Run(name, func(t *testing.T) {
			issuer := newIssuer(t, body(set(t, good)))
			p := quick
			p.patience = 200 * time.Millisecond
			v := remoteVerifier(t, t.Context(), issuer.URL, p)
			accept(t, v, token)
			issuer.publish(answer)
			start := time.Now()
			_, _ = v.Verify(t.Context(), sign(t, jwt.SigningMethodES256, k.ec, "new", user()))
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("a call waited %s", took)
			}
			if name != "a key of 200 KiB" { // of which the good key remains
				accept(t, v, token)
			}
			accept(t, v, sign(t, jwt.SigningMethodES256, k.ec, "k", user(with("jti", "again"))))
		})
	}
}

// compressed answers with a body that says it is compressed, as it is.
func compressed(raw []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			w.WriteHeader(http.StatusNotAcceptable)
			return
		}
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(gzipped(raw))
	}
}

// TestSlowBodyEnds holds that one fetch takes no longer than its time.
func TestSlowBodyEnds(t *testing.T) {
	if fetchTimeout > 10*time.Second {
		t.Errorf("a fetch may take %s", fetchTimeout)
	}
	ended := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(ended)
		for r.Context().Err() == nil {
			_, _ = io.WriteString(w, " ")
			w.(http.Flusher).Flush()
			time.Sleep(5 * time.Millisecond)
		}
	}))
	t.Cleanup(server.Close)
	client := server.Client()
	client.Timeout = 200 * time.Millisecond
	cfg := Config{JWKSURL: server.URL, HTTPClient: client, Logger: quiet}.withDefaults()
	v, err := newVerifier(t.Context(), cfg, quick)
	if err != nil {
		t.Fatal(err)
	}
	refuse(t, v, sign(t, jwt.SigningMethodES256, keysOnce().ec, "k", user()), codes.Unavailable, "KEYS_UNAVAILABLE", unavailable)
	<-ended
}

// TestRedirectOffTLS follows no redirect from https to http, whoever made the
// client.
func TestRedirectOffTLS(t *testing.T) {
	k := keysOnce()
	plain := newIssuer(t, body(set(t, jwk(t, k.other.Public(), "k", ""))))
	var there atomic.Bool
	secure := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		there.Store(true)
		http.Redirect(w, r, plain.URL, http.StatusFound)
	}))
	t.Cleanup(secure.Close)
	cfg := Config{JWKSURL: secure.URL, HTTPClient: secure.Client(), Logger: quiet, Clock: func() time.Time { return noon }}.withDefaults()
	v, err := newVerifier(t.Context(), cfg, quick)
	if err != nil {
		t.Fatal(err)
	}
	refuse(t, v, sign(t, jwt.SigningMethodRS256, k.other, "k", user()), codes.Unavailable, "KEYS_UNAVAILABLE", unavailable)
	if !there.Load() || plain.asked.Load() != 0 {
		t.Errorf("the issuer was asked: %v; the other %d times", there.Load(), plain.asked.Load())
	}
}

// TestTimes holds exp, nbf and iat to the clock, whatever they are written as.
func TestTimes(t *testing.T) {
	v := verifier(t)
	at := func(claims string) string {
		return raw(plainHeader, `{"role":"authenticated",`+claims+`}`, []byte(testSecret))
	}
	for _, claims := range []string{
		`"exp":"1782910800"`, `"exp":[1782910800]`, `"exp":true`, `"exp":{}`, `"exp":null`, `"EXP":1782910800`, `"exp":-1782910800`, `"exp":1e400`, `"exp":9e99`,
		`"exp":253402300800`, `"exp":0`, `"exp":1782907169`, `"exp":1782910800,"exp":1`,
		`"exp":1782910800,"nbf":1782907231`, `"exp":1782910800,"nbf":"0"`, `"exp":1782910800,"nbf":1e300`, `"exp":1782910800,"nbf":-1`, `"exp":1782910800,"nbf":[]`,
		`"exp":1782910800,"iat":1782907231`, `"exp":1782910800,"iat":{}`,
	} {
		refused(t, v, claims, at(claims))
	}
	for _, claims := range []string{`"exp":1782907200`, `"exp":1.7829108e9`, `"exp":1782910800.5`, `"exp":1782910800,"nbf":1782907230,"iat":1782907230`} {
		accept(t, v, at(claims))
	}
}

// TestRoles sends roles that are no role, and role claims that stand twice.
func TestRolesOfTokens(t *testing.T) {
	v := verifier(t)
	claims := func(more string) string {
		return raw(plainHeader, `{"exp":1782910800,"sub":"x"`+more+`}`, []byte(testSecret))
	}
	for _, more := range []string{
		``, `,"role":null`, `,"role":["authenticated"]`, `,"role":["anon","service_role"]`, `,"role":{"authenticated":1}`, `,"role":0`, `,"role":true`, `,"role":""`,
		`,"ROLE":"authenticated"`, `,"role":"authenticated","role":"service_role"`, `,"role":"authenticated","role":["authenticated"]`, `,"role":"authenticated","role":null`,
		`,"role":"authenticated","\u0072ole":"postgres"`, `,"role":"authenticated "`, `,"role":"\"authenticated\""`, `,"role":"authenticated;reset role"`, `,"role":"none"`,
		`,"role":"authenticated\u0000"`, `,"role":"service_role"`, `,"role":"rowgate"`, `,"role":"pg_read_all_data"`,
	} {
		refused(t, v, more, claims(more))
	}
	for more, want := range map[string]string{
		`,"role":"service_role","role":"anon"`: `{"exp":1782910800,"role":"anon","sub":"x"}`,
		`,"role":"anon","ROLE":"service_role"`: `{"ROLE":"service_role","exp":1782910800,"role":"anon","sub":"x"}`,
	} {
		got, err := v.Verify(t.Context(), claims(more))
		if err != nil || got.Role != "anon" || got.Claims != want {
			t.Errorf("%s: %+v, %v", more, got, err)
		}
	}
}

// TestClaimsAsData sends claims that would be something else in SQL, JSON or a
// line of a log.
func TestClaimsAsData(t *testing.T) {
	v := verifier(t)
	for _, text := range []string{
		`'; drop table notes; --`, `" or ""="`, `\'; select 1; --`, "$$;reset role;$$", "E'\\x27'", "\n\r\t\v\f\b\x01\x1f\x7f", "</script>", "\u2028\u202e\ufeff", "%s%n", "😀", "'", `\`,
	} {
		got, err := v.Verify(t.Context(), hs256(t, user(with("sub", text), with("email", text), with(text, text))))
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		var claims map[string]any
		if err := json.Unmarshal([]byte(got.Claims), &claims); err != nil || claims["sub"] != text || claims[text] != text || got.Subject != text || got.Email != text {
			t.Errorf("%q became %+v, %v", text, got, err)
		}
	}
	for name, more := range map[string]string{
		"NUL": `,"x":"\u0000"`, "NUL in a name": `,"\u0000":1`, "a NUL byte": ",\"x\":\"\x00\"", "half a pair": `,"x":"\udc00"`, "half a pair in a name": `,"\ud800":1`,
		"two first halves": `,"x":"\ud800\ud800"`, "not UTF-8": ",\"x\":\"\xc3\x28\"", "overlong": ",\"x\":\"\xc0\x80\"", "a surrogate in UTF-8": ",\"x\":\"\xed\xa0\x80\"",
		"a comment": `/**/`, "a trailing comma": `,`, "single quotes": `,'x':1`, "NaN": `,"x":NaN`, "a line break in a string": ",\"x\":\"\n\"",
	} {
		refused(t, v, name, rawClaims(more))
	}
}

// TestLargeAndDeepClaims bounds what a token can make the server and Postgres
// read.
func TestLargeAndDeepClaims(t *testing.T) {
	v := verifier(t)
	refuse(t, v, hs256(t, user(with("x", strings.Repeat("x", 1<<20)))), codes.Unauthenticated, "TOKEN_TOO_LARGE", "the token is longer than 16384 bytes")
	const noText = "the token's claims hold text that the database cannot store"
	nested := func(depth int) string { return `,"x":` + strings.Repeat("[", depth) + strings.Repeat("]", depth) }
	accept(t, v, rawClaims(nested(maxDepth-1)))
	refuse(t, v, rawClaims(nested(maxDepth)), codes.Unauthenticated, "TOKEN_CLAIMS", noText)
	refuse(t, v, rawClaims(nested(5000)), codes.Unauthenticated, "TOKEN_CLAIMS", noText)
	refuse(t, v, rawClaims(`,"x":`+strings.Repeat(`{"a":`, 1000)+`1`+strings.Repeat(`}`, 1000)), codes.Unauthenticated, "TOKEN_CLAIMS", noText)
	// Brackets in strings are not depth, nor is what stands side by side.
	accept(t, v, rawClaims(`,"x":"`+strings.Repeat(`[{\"`, 500)+`"`))
	accept(t, v, rawClaims(`,"x":[`+strings.Repeat(`[],`, 500)+`{}]`))
	// A header is read before a key is chosen.
	refused(t, v, "a deep header", raw(`{"alg":"HS256","x":`+strings.Repeat("[", 5000)+strings.Repeat("]", 5000)+`}`, goodClaims, []byte(testSecret+"x")))
}

// TestBoundsOfTime holds that nothing a stranger can send takes long to refuse.
func TestBoundsOfTime(t *testing.T) {
	v := verifier(t)
	for name, token := range map[string]string{
		"dots":          strings.Repeat(".", MaxTokenBytes),
		"a long header": strings.Repeat("A", MaxTokenBytes-2) + "..",
		"deep":          raw(plainHeader, strings.Repeat("[", 10000), nil),
		"many members":  raw(plainHeader, `{`+strings.Repeat(`"a":1,`, 1900)+`"b":1}`, nil),
		"a long number": raw(plainHeader, `{"exp":`+strings.Repeat("9", 11000)+`}`, []byte(testSecret)),
		"a huge number": raw(plainHeader, `{"exp":1e999999999}`, []byte(testSecret)),
		"no kid":        sign(t, jwt.SigningMethodRS256, keysOnce().other, "", user()),
	} {
		start := time.Now()
		for range 10 {
			refused(t, v, name, token)
		}
		if took := time.Since(start) / 10; took > 50*time.Millisecond {
			t.Errorf("%s: %s to refuse", name, took)
		}
	}
}
