package auth

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"google.golang.org/grpc/codes"
)

const (
	unknownKeyText = "the token is signed with a key or an algorithm that this server does not accept"
	unavailable    = "the signing keys cannot be fetched, so the token cannot be verified; try again later"
)

// quick fetches at once whenever it is asked to, and never by itself.
var quick = pace{refresh: time.Hour, retry: time.Hour, maxRetry: time.Hour, patience: 10 * time.Second, waiting: 1024}

// issuerServer publishes a JWK set that tests change.
type issuerServer struct {
	*httptest.Server
	answer atomic.Pointer[http.HandlerFunc]
	asked  atomic.Int64
}

func newIssuer(t *testing.T, answer http.HandlerFunc) *issuerServer {
	t.Helper()
	s := &issuerServer{}
	s.publish(answer)
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.asked.Add(1)
		(*s.answer.Load())(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *issuerServer) publish(answer http.HandlerFunc) { s.answer.Store(&answer) }

// body answers with bytes.
func body(raw []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(raw) }
}

// remoteVerifier takes the keys behind a URL, and the test secret.
func remoteVerifier(t *testing.T, ctx context.Context, url string, p pace) *Verifier {
	t.Helper()
	cfg := Config{
		Secret: testSecret, JWKSURL: url,
		Clock: func() time.Time { return noon }, Logger: slog.New(slog.DiscardHandler),
	}.withDefaults()
	if err := cfg.validate(); err != nil {
		t.Fatal(err)
	}
	v, err := newVerifier(ctx, cfg, p)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func accept(t *testing.T, v *Verifier, token string) {
	t.Helper()
	if _, err := v.Verify(t.Context(), token); err != nil {
		t.Errorf("refused: %v (%v)", err, errors.Unwrap(err))
	}
}

func refuse(t *testing.T, v *Verifier, token string, code codes.Code, reason, text string) {
	t.Helper()
	_, err := v.Verify(t.Context(), token)
	compareError(t, err, code, reason, text)
}

// eventually waits for what happens in the background.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

func TestRotation(t *testing.T) {
	k := keysOnce()
	first, second := jwk(t, k.rsa.Public(), "first", ""), jwk(t, k.ec.Public(), "second", "")
	oldToken := sign(t, jwt.SigningMethodRS256, k.rsa, "first", user())
	newToken := sign(t, jwt.SigningMethodES256, k.ec, "second", user())
	issuer := newIssuer(t, body(set(t, first)))
	v := remoteVerifier(t, t.Context(), issuer.URL, quick)

	accept(t, v, oldToken)
	refuse(t, v, newToken, codes.Unauthenticated, "TOKEN_KEY_UNKNOWN", unknownKeyText)

	issuer.publish(body(set(t, second, first)))
	accept(t, v, newToken)
	accept(t, v, oldToken)

	// The old key is taken back. Nobody has noticed, so its token is believed
	// until the set is fetched, whether it is cached or not.
	issuer.publish(body(set(t, second)))
	accept(t, v, oldToken)
	refuse(t, v, sign(t, jwt.SigningMethodRS256, k.other, "third", user()), codes.Unauthenticated, "TOKEN_KEY_UNKNOWN", unknownKeyText)
	refuse(t, v, oldToken, codes.Unauthenticated, "TOKEN_KEY_UNKNOWN", unknownKeyText)
	accept(t, v, newToken)
}

// A key that is replaced under the same kid shows as a signature that does not
// fit.
func TestKeyReplacedUnderItsKid(t *testing.T) {
	k := keysOnce()
	oldToken := sign(t, jwt.SigningMethodRS256, k.rsa, "k", user())
	newToken := sign(t, jwt.SigningMethodRS256, k.other, "k", user())
	issuer := newIssuer(t, body(set(t, jwk(t, k.rsa.Public(), "k", ""))))
	v := remoteVerifier(t, t.Context(), issuer.URL, quick)

	accept(t, v, oldToken)
	refuse(t, v, newToken, codes.Unauthenticated, "TOKEN_SIGNATURE", "the token's signature does not fit")
	issuer.publish(body(set(t, jwk(t, k.other.Public(), "k", ""))))
	accept(t, v, newToken)
	refuse(t, v, oldToken, codes.Unauthenticated, "TOKEN_SIGNATURE", "the token's signature does not fit")
}

func TestKeyTakenBackInTheBackground(t *testing.T) {
	k := keysOnce()
	token := sign(t, jwt.SigningMethodRS256, k.rsa, "k", user())
	issuer := newIssuer(t, body(set(t, jwk(t, k.rsa.Public(), "k", ""))))
	p := quick
	p.refresh = 10 * time.Millisecond
	v := remoteVerifier(t, t.Context(), issuer.URL, p)

	accept(t, v, token)
	issuer.publish(body(set(t)))
	eventually(t, "the key is dropped", func() bool {
		_, err := v.Verify(t.Context(), token)
		return err != nil
	})
}

func TestServerDownThenUp(t *testing.T) {
	k := keysOnce()
	token := sign(t, jwt.SigningMethodES256, k.ec, "k", user())
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	p := quick
	p.retry, p.maxRetry = 10*time.Millisecond, 50*time.Millisecond
	v := remoteVerifier(t, t.Context(), "http://"+address+"/keys", p)

	refuse(t, v, token, codes.Unavailable, "KEYS_UNAVAILABLE", unavailable)
	accept(t, v, hs256(t, user()))

	listener, err = net.Listen("tcp", address)
	if err != nil {
		t.Skipf("the port is taken by now: %v", err)
	}
	server := &http.Server{Handler: body(set(t, jwk(t, k.ec.Public(), "k", "")))}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	eventually(t, "keys arrive without being asked for", func() bool { return v.sources[0].remote.keys() != nil })
	accept(t, v, token)

	// Down again: what is known stays known, and what is not may come to be.
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	accept(t, v, token)
	accept(t, v, sign(t, jwt.SigningMethodES256, k.ec, "k", user(with("sub", "another"))))
	refuse(t, v, sign(t, jwt.SigningMethodES256, k.ec, "new", user()), codes.Unavailable, "KEYS_UNAVAILABLE", unavailable)
	refuse(t, v, sign(t, jwt.SigningMethodRS256, k.rsa, "k", user()), codes.Unavailable, "KEYS_UNAVAILABLE", unavailable)
}

// TestBadAnswers holds that no answer but a JWK set changes the keys.
func TestBadAnswers(t *testing.T) {
	k := keysOnce()
	good := jwk(t, k.ec.Public(), "k", "")
	known := sign(t, jwt.SigningMethodES256, k.ec, "k", user())
	unknown := sign(t, jwt.SigningMethodRS256, k.rsa, "new", user())
	status := func(code int, raw []byte) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(code)
			_, _ = w.Write(raw)
		}
	}
	for _, tc := range []struct {
		name   string
		answer http.HandlerFunc
		cause  string
	}{
		{"not JSON", body([]byte("<html>")), "not a JWK set: invalid character '<' looking for beginning of value"},
		{"nothing", body(nil), "not a JWK set: unexpected end of JSON input"},
		{"no keys", body([]byte(`{"error":"x"}`)), `not a JWK set: it has no member "keys"`},
		{"a list", body([]byte(`[]`)), "not a JWK set: json: cannot unmarshal array into Go value of type struct { Keys *[]json.RawMessage \"json:\\\"keys\\\"\" }"},
		{"cut off", body(set(t, good)[:40]), "not a JWK set: unexpected end of JSON input"},
		{"two sets", body(append(set(t, good), set(t)...)), "not a JWK set: invalid character '{' after top-level value"},
		{"500 with a set", status(500, set(t)), "the answer is 500 Internal Server Error"},
		{"404", status(404, nil), "the answer is 404 Not Found"},
		{"201 with a set", status(201, set(t)), "the answer is 201 Created"},
		{"too long", body(append([]byte(`{"keys":[]}`), bytes.Repeat([]byte(" "), 1<<18)...)), "the answer is longer than 262144 bytes"},
		{"without end", func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				if _, err := w.Write(bytes.Repeat([]byte("["), 1<<16)); err != nil {
					return
				}
			}
		}, "the answer is longer than 262144 bytes"},
		{"cut connection", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "EOF"},
		{"redirects in a circle", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, http.StatusFound) }, "more than 5 redirects"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			issuer := newIssuer(t, tc.answer)
			v := remoteVerifier(t, t.Context(), issuer.URL, quick)
			refuse(t, v, known, codes.Unavailable, "KEYS_UNAVAILABLE", unavailable)
			_, err := v.Verify(t.Context(), known)
			if cause := errors.Unwrap(err); cause == nil || !strings.HasSuffix(cause.Error(), tc.cause) {
				t.Errorf("the cause is %v, want %s", cause, tc.cause)
			}

			issuer.publish(body(set(t, good)))
			accept(t, v, known)
			before := v.sources[0].remote.keys()
			issuer.publish(tc.answer)
			refuse(t, v, unknown, codes.Unavailable, "KEYS_UNAVAILABLE", unavailable)
			accept(t, v, known)
			if v.sources[0].remote.keys() != before {
				t.Error("the keys have changed")
			}
		})
	}
}

// A set with keys that cannot be used keeps those that can.
func TestSetWithBadKeys(t *testing.T) {
	k := keysOnce()
	secret := []byte(`{"kty":"oct","kid":"open","k":"YSBkZXZlbG9wbWVudCBzZWNyZXQgb2YgbW9yZSB0aGFuIDMyIGJ5dGVz"}`)
	issuer := newIssuer(t, body(set(t, []byte("7"), secret, jwk(t, k.weak.Public(), "weak", ""), jwk(t, k.ec.Public(), "k", ""))))
	v := remoteVerifier(t, t.Context(), issuer.URL, quick)
	v.sources[0].secret = nil
	accept(t, v, sign(t, jwt.SigningMethodES256, k.ec, "k", user()))
	refuse(t, v, sign(t, jwt.SigningMethodRS256, k.weak, "weak", user()), codes.Unauthenticated, "TOKEN_KEY_UNKNOWN", unknownKeyText)
	refuse(t, v, sign(t, jwt.SigningMethodHS256, []byte(testSecret), "open", user()), codes.Unauthenticated, "TOKEN_KEY_UNKNOWN", unknownKeyText)
}

// TestStrangersCannotFlood sends many tokens with keys that nobody knows.
func TestStrangersCannotFlood(t *testing.T) {
	k := keysOnce()
	issuer := newIssuer(t, body(set(t, jwk(t, k.ec.Public(), "k", ""))))
	p := quick
	p.gap = time.Hour
	v := remoteVerifier(t, t.Context(), issuer.URL, p)
	accept(t, v, sign(t, jwt.SigningMethodES256, k.ec, "k", user()))
	before := issuer.asked.Load()

	var wg sync.WaitGroup
	for i := range 50 {
		token := sign(t, jwt.SigningMethodES256, k.ec, fmt.Sprint("kid", i), user())
		forged := sign(t, jwt.SigningMethodES256, k.ec, "k", user())
		forged = forged[:len(forged)-4] + "AAAA"
		wg.Go(func() {
			refuse(t, v, token, codes.Unauthenticated, "TOKEN_KEY_UNKNOWN", unknownKeyText)
			refuse(t, v, forged, codes.Unauthenticated, "TOKEN_SIGNATURE", "the token's signature does not fit")
		})
	}
	wg.Wait()
	if asked := issuer.asked.Load() - before; asked > 0 {
		t.Errorf("%d fetches within the gap", asked)
	}
}

// TestOneFetchForAll starts many calls before there are keys.
func TestOneFetchForAll(t *testing.T) {
	k := keysOnce()
	token := sign(t, jwt.SigningMethodES256, k.ec, "k", user())
	release := make(chan struct{})
	issuer := newIssuer(t, func(w http.ResponseWriter, _ *http.Request) {
		<-release
		_, _ = w.Write(set(t, jwk(t, k.ec.Public(), "k", "")))
	})
	v := remoteVerifier(t, t.Context(), issuer.URL, quick)
	var wg sync.WaitGroup
	for range 30 {
		wg.Go(func() { accept(t, v, token) })
	}
	eventually(t, "a fetch", func() bool { return issuer.asked.Load() > 0 })
	time.Sleep(20 * time.Millisecond)
	close(release)
	wg.Wait()
	if asked := issuer.asked.Load(); asked != 1 {
		t.Errorf("%d fetches", asked)
	}
}

// TestSlowServer holds that a call waits for keys no longer than it must, and
// that a shared secret waits for nothing.
func TestSlowServer(t *testing.T) {
	k := keysOnce()
	token := sign(t, jwt.SigningMethodES256, k.ec, "k", user())
	issuer := newIssuer(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	fetching, stop := context.WithCancel(t.Context())
	defer stop()
	p := quick
	p.patience = 50 * time.Millisecond
	v := remoteVerifier(t, fetching, issuer.URL, p)

	refuse(t, v, token, codes.Unavailable, "KEYS_UNAVAILABLE", unavailable)
	accept(t, v, hs256(t, user()))
	refuse(t, v, hs256(t, user())+"A", codes.Unauthenticated, "TOKEN_SIGNATURE", "the token's signature does not fit")

	v.sources[0].remote.pace.patience = time.Hour
	cancelled, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	_, err := v.Verify(cancelled, token)
	compareError(t, err, codes.Canceled, "KEYS_UNAVAILABLE", unavailable)
	late, cancelLate := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancelLate()
	_, err = v.Verify(late, token)
	compareError(t, err, codes.DeadlineExceeded, "KEYS_UNAVAILABLE", unavailable)

	// The end of the Verifier's own context ends the fetch and any wait.
	time.AfterFunc(20*time.Millisecond, stop)
	refuse(t, v, token, codes.Unavailable, "KEYS_UNAVAILABLE", unavailable)
	refuse(t, v, token, codes.Unavailable, "KEYS_UNAVAILABLE", unavailable)
	if asked := issuer.asked.Load(); asked != 1 {
		t.Errorf("%d fetches", asked)
	}
}

// TestSameKeysKeepTheCache fetches the same keys over and over.
func TestSameKeysKeepTheCache(t *testing.T) {
	k := keysOnce()
	a, b := jwk(t, k.ec.Public(), "a", ""), jwk(t, k.ed.Public(), "b", "")
	var turn atomic.Int64
	issuer := newIssuer(t, func(w http.ResponseWriter, _ *http.Request) {
		if turn.Add(1)%2 == 0 {
			_, _ = w.Write(set(t, a, b))
			return
		}
		_, _ = w.Write(set(t, b, a))
	})
	p := quick
	p.refresh = time.Millisecond
	v := remoteVerifier(t, t.Context(), issuer.URL, p)
	eventually(t, "the first fetch", func() bool { return v.sources[0].remote.keys() != nil })
	first := v.sources[0].remote.keys()
	eventually(t, "more fetches", func() bool { return issuer.asked.Load() > 5 })
	if v.sources[0].remote.keys() != first {
		t.Error("the same keys count as others, which empties the cache")
	}
}

// TestSecretAsksNobody holds that a token of the shared secret, good or bad,
// makes no one fetch keys.
func TestSecretAsksNobody(t *testing.T) {
	issuer := newIssuer(t, body(set(t)))
	v := remoteVerifier(t, t.Context(), issuer.URL, quick)
	eventually(t, "the first fetch", func() bool { return v.sources[0].remote.keys() != nil })
	accept(t, v, hs256(t, user()))
	forged := sign(t, jwt.SigningMethodHS256, []byte(testSecret+"x"), "k", user())
	refuse(t, v, forged, codes.Unauthenticated, "TOKEN_SIGNATURE", "the token's signature does not fit")
	refuse(t, v, "x.y.z", codes.Unauthenticated, "TOKEN_MALFORMED", "the token is not a signed JWT")
	if asked := issuer.asked.Load(); asked != 1 {
		t.Errorf("%d fetches", asked)
	}
}

// TestFetchUnderWayIsJoined waits for a fetch that began in the background,
// although the last one ended a moment ago.
func TestFetchUnderWayIsJoined(t *testing.T) {
	k := keysOnce()
	issuer := newIssuer(t, body(set(t)))
	p := quick
	p.gap = time.Hour
	v := remoteVerifier(t, t.Context(), issuer.URL, p)
	eventually(t, "the first fetch", func() bool { return v.sources[0].remote.keys() != nil })
	token := sign(t, jwt.SigningMethodES256, k.ec, "k", user())
	refuse(t, v, token, codes.Unauthenticated, "TOKEN_KEY_UNKNOWN", unknownKeyText)

	release := make(chan struct{})
	issuer.publish(func(w http.ResponseWriter, _ *http.Request) {
		<-release
		_, _ = w.Write(set(t, jwk(t, k.ec.Public(), "k", "")))
	})
	v.sources[0].remote.mu.Lock()
	v.sources[0].remote.start()
	v.sources[0].remote.mu.Unlock()
	time.AfterFunc(50*time.Millisecond, func() { close(release) })
	accept(t, v, token)
}

func TestContextEndsTheFetching(t *testing.T) {
	issuer := newIssuer(t, body(set(t)))
	ctx, cancel := context.WithCancel(t.Context())
	p := quick
	p.refresh = time.Millisecond
	remoteVerifier(t, ctx, issuer.URL, p)
	eventually(t, "several fetches", func() bool { return issuer.asked.Load() > 3 })
	cancel()
	time.Sleep(50 * time.Millisecond)
	before := issuer.asked.Load()
	time.Sleep(50 * time.Millisecond)
	if after := issuer.asked.Load(); after != before {
		t.Errorf("%d fetches after the end", after-before)
	}
}

// TestRotationUnderLoad is for the race detector.
func TestRotationUnderLoad(t *testing.T) {
	k := keysOnce()
	sets := [][]byte{
		set(t, jwk(t, k.ec.Public(), "a", "")),
		set(t, jwk(t, k.ec.Public(), "a", ""), jwk(t, k.ed.Public(), "b", "")),
	}
	always := sign(t, jwt.SigningMethodES256, k.ec, "a", user())
	sometimes := sign(t, jwt.SigningMethodEdDSA, k.ed, "b", user())
	var turn atomic.Int64
	issuer := newIssuer(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(sets[turn.Add(1)%2]) })
	p := quick
	p.refresh = time.Millisecond
	v := remoteVerifier(t, t.Context(), issuer.URL, p)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 200 {
				accept(t, v, always)
				if _, err := v.Verify(t.Context(), sometimes); err != nil && err.Error() != unknownKeyText {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

// TestStaticAndPublished takes tokens of both origins.
func TestStaticAndPublished(t *testing.T) {
	k := keysOnce()
	issuer := newIssuer(t, body(set(t, jwk(t, k.ec.Public(), "k", ""))))
	v, err := New(t.Context(), Config{
		JWKSURL: issuer.URL, JWKS: set(t, jwk(t, k.rsa.Public(), "s", "")),
		Clock: func() time.Time { return noon }, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	accept(t, v, sign(t, jwt.SigningMethodRS256, k.rsa, "s", user()))
	accept(t, v, sign(t, jwt.SigningMethodES256, k.ec, "k", user()))
}

func TestClearNetworkIsReported(t *testing.T) {
	for url, want := range map[string]bool{
		"https://ref.supabase.co/keys": false, "http://127.0.0.1:1/": false, "http://localhost:1/": false, "http://[::1]:1/": false,
		"http://auth:9999/keys": true, "http://10.0.0.1/": true,
	} {
		ctx, cancel := context.WithCancel(t.Context())
		cancel() // nothing is fetched
		var log bytes.Buffer
		_, err := New(ctx, Config{JWKSURL: url, Logger: slog.New(slog.NewTextHandler(&log, nil))})
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(log.String(), "unencrypted"); got != want {
			t.Errorf("%s: %q", url, log.String())
		}
	}
}
