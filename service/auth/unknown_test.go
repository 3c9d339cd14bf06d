package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"google.golang.org/grpc/codes"
)

var quiet = slog.New(slog.DiscardHandler)

// TestGapBetweenFetches holds that tokens make the set be fetched once in the
// gap, whether the fetches succeed or fail.
func TestGapBetweenFetches(t *testing.T) {
	if gap := defaultPace().gap; gap != 30*time.Second {
		t.Errorf("the gap is %s", gap)
	}
	k := keysOnce()
	good := body(set(t, jwk(t, k.ec.Public(), "k", "")))
	for name, answer := range map[string]http.HandlerFunc{
		"success": good,
		"failure": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) },
	} {
		t.Run(name, func(t *testing.T) {
			issuer := newIssuer(t, good)
			p := quick
			p.gap = 200 * time.Millisecond
			v := remoteVerifier(t, t.Context(), issuer.URL, p)
			accept(t, v, sign(t, jwt.SigningMethodES256, k.ec, "k", user()))
			issuer.publish(answer)

			before, start := issuer.asked.Load(), time.Now()
			for i := 0; time.Since(start) < time.Second; i++ {
				if _, err := v.Verify(t.Context(), sign(t, jwt.SigningMethodES256, k.ec, fmt.Sprint("new", i), user())); err == nil {
					t.Fatal("accepted")
				}
			}
			if n, most := issuer.asked.Load()-before, int64(time.Since(start)/p.gap); n < 1 || n > most {
				t.Errorf("%d fetches, want 1 to %d", n, most)
			}
			accept(t, v, sign(t, jwt.SigningMethodES256, k.ec, "k", user(with("sub", "another"))))
		})
	}
}

// TestKeyLongGone holds that a client that goes on with one token has the set
// fetched less and less.
func TestKeyLongGone(t *testing.T) {
	k := keysOnce()
	issuer := newIssuer(t, body(set(t, jwk(t, k.ec.Public(), "k", ""))))
	p := quick
	p.gap = 20 * time.Millisecond
	v := remoteVerifier(t, t.Context(), issuer.URL, p)
	old := sign(t, jwt.SigningMethodES256, k.ec, "gone", user())
	start := time.Now()
	for time.Since(start) < time.Second {
		refuse(t, v, old, codes.Unauthenticated, "TOKEN_KEY_UNKNOWN", unknownKeyText)
	}
	// Waits of 20, 40, 80, 160, 320 and 640 ms, and the first fetch.
	if n := issuer.asked.Load(); n < 2 || n > 8 {
		t.Errorf("%d fetches in a second", n)
	}
	// The same kid is looked for again when the set is another.
	s := v.sources[0]
	token := &signedToken{kid: "gone", algorithm: "ES256"}
	if !s.unknown.has(token, s.remote.keys()) {
		t.Error("the key is not remembered as unknown")
	}
	if s.unknown.has(token, &keySet{}) {
		t.Error("it is unknown under other keys as well")
	}
	issuer.publish(body(set(t, jwk(t, k.ec.Public(), "k", ""), jwk(t, k.ec.Public(), "gone", ""))))
	eventually(t, "another unknown key brings the set", func() bool {
		_, _ = v.Verify(t.Context(), sign(t, jwt.SigningMethodES256, k.ec, "yet another", user()))
		return len(s.remote.keys().keys) == 2
	})
	accept(t, v, old)
}

func TestUnknownKeysAreBounded(t *testing.T) {
	u, err := newUnknownKeys()
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 * maxUnknown {
		u.add(&signedToken{kid: fmt.Sprint(i), algorithm: "RS256"}, nil, defaultPace())
	}
	if n := u.entries.Len(); n != maxUnknown {
		t.Errorf("%d entries", n)
	}
	known := &signedToken{kid: fmt.Sprint(3*maxUnknown - 1), algorithm: "RS256"}
	if !u.has(known, nil) {
		t.Error("the last one is not there")
	}
	if u.has(&signedToken{kid: known.kid, algorithm: "ES256"}, nil) {
		t.Error("the algorithm does not count")
	}
}

// TestFloodFillsNothing holds that kids between two fetches push nothing out of
// what is remembered.
func TestFloodFillsNothing(t *testing.T) {
	k := keysOnce()
	issuer := newIssuer(t, body(set(t, jwk(t, k.ec.Public(), "k", ""))))
	p := quick
	p.gap = time.Hour
	v := remoteVerifier(t, t.Context(), issuer.URL, p)
	accept(t, v, sign(t, jwt.SigningMethodES256, k.ec, "k", user()))
	for i := range 100 {
		refuse(t, v, sign(t, jwt.SigningMethodES256, k.ec, fmt.Sprint(i), user()), codes.Unauthenticated, "TOKEN_KEY_UNKNOWN", unknownKeyText)
	}
	if n := v.sources[0].unknown.entries.Len(); n != 0 {
		t.Errorf("%d entries", n)
	}
}

// TestFewCallsWait bounds how many calls a slow issuer holds up.
func TestFewCallsWait(t *testing.T) {
	k := keysOnce()
	release := make(chan struct{})
	issuer := newIssuer(t, func(w http.ResponseWriter, _ *http.Request) {
		<-release
		_, _ = w.Write(set(t, jwk(t, k.ec.Public(), "k", "")))
	})
	p := quick
	p.waiting = 4
	v := remoteVerifier(t, t.Context(), issuer.URL, p)
	token := sign(t, jwt.SigningMethodES256, k.ec, "k", user())
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() { accept(t, v, token) })
	}
	eventually(t, "four calls wait", func() bool { return v.sources[0].remote.waiting.Load() == 4 })
	start := time.Now()
	refuse(t, v, token, codes.Unavailable, "KEYS_UNAVAILABLE", unavailable)
	if waited := time.Since(start); waited > p.patience/2 {
		t.Errorf("the fifth waited %s", waited)
	}
	close(release)
	wg.Wait()
	if n := v.sources[0].remote.waiting.Load(); n != 0 {
		t.Errorf("%d calls wait for ever", n)
	}
	accept(t, v, token)
}

// TestETag asks for what has changed alone.
func TestETag(t *testing.T) {
	k := keysOnce()
	sets := map[string][]byte{`"1"`: set(t, jwk(t, k.ec.Public(), "k", "")), `W/"2"`: set(t, jwk(t, k.ed.Public(), "k", ""))}
	var mu sync.Mutex
	current, notModified := `"1"`, 0
	issuer := newIssuer(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		w.Header().Set("ETag", current)
		if r.Header.Get("If-None-Match") == current {
			notModified++
			w.WriteHeader(http.StatusNotModified)
			return
		}
		_, _ = w.Write(sets[current])
	})
	p := quick
	p.refresh = time.Millisecond
	v := remoteVerifier(t, t.Context(), issuer.URL, p)
	old := sign(t, jwt.SigningMethodES256, k.ec, "k", user())
	seen := func(n int) func() bool {
		return func() bool {
			mu.Lock()
			defer mu.Unlock()
			return notModified >= n
		}
	}
	eventually(t, "an answer of 304", seen(3))
	accept(t, v, old)
	mu.Lock()
	current, notModified = `W/"2"`, 0
	mu.Unlock()
	eventually(t, "the new set", seen(3))
	refuse(t, v, old, codes.Unauthenticated, "TOKEN_KEY_UNKNOWN", unknownKeyText)
	accept(t, v, sign(t, jwt.SigningMethodEdDSA, k.ed, "k", user()))
}

// TestNotModifiedOutOfNothing is a 304 that nobody asked for.
func TestNotModifiedOutOfNothing(t *testing.T) {
	k := keysOnce()
	issuer := newIssuer(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("ETag", `"1"`)
		w.WriteHeader(http.StatusNotModified)
	})
	v := remoteVerifier(t, t.Context(), issuer.URL, quick)
	_, err := v.Verify(t.Context(), sign(t, jwt.SigningMethodES256, k.ec, "k", user()))
	compareError(t, err, codes.Unavailable, "KEYS_UNAVAILABLE", unavailable)
	if cause := errors.Unwrap(err); cause == nil || cause.Error() != "the answer is 304 Not Modified" {
		t.Errorf("the cause is %v", cause)
	}
	if v.sources[0].remote.keys() != nil {
		t.Error("there are keys")
	}
}

// TestKeyChangeVoidsItsIssuersTokens holds that a new key set ends the cached
// tokens of its issuer at once, those of the removed key for good, and no
// others.
func TestKeyChangeVoidsItsIssuersTokens(t *testing.T) {
	k := keysOnce()
	a := newIssuer(t, body(set(t, jwk(t, k.ec.Public(), "k", ""), jwk(t, k.ed.Public(), "ed", ""))))
	b := newIssuer(t, body(set(t, jwk(t, k.rsa.Public(), "k", ""))))
	cfg := Config{Clock: func() time.Time { return noon }, Logger: quiet, Issuers: []Issuer{
		{Issuer: "https://a.example", JWKSURL: a.URL},
		{Issuer: "https://b.example", JWKSURL: b.URL},
	}}.withDefaults()
	v, err := newVerifier(t.Context(), cfg, quick)
	if err != nil {
		t.Fatal(err)
	}
	gone := sign(t, jwt.SigningMethodES256, k.ec, "k", user(with("iss", "https://a.example")))
	stays := sign(t, jwt.SigningMethodEdDSA, k.ed, "ed", user(with("iss", "https://a.example")))
	other := sign(t, jwt.SigningMethodRS256, k.rsa, "k", user(with("iss", "https://b.example")))
	for _, token := range []string{gone, stays, other} {
		accept(t, v, token)
	}
	cached := func(token string) bool {
		sum := digest(token)
		id, err := v.cache.get(&sum, noon)
		return id != nil && err == nil
	}
	if !cached(gone) || !cached(stays) || !cached(other) {
		t.Fatal("not cached")
	}
	askedB := b.asked.Load()
	a.publish(body(set(t, jwk(t, k.ed.Public(), "ed", ""))))
	refuse(t, v, sign(t, jwt.SigningMethodES256, k.ec, "unheard of", user(with("iss", "https://a.example"))), codes.Unauthenticated, "TOKEN_KEY_UNKNOWN", unknownKeyText)
	if cached(gone) || cached(stays) || !cached(other) {
		t.Errorf("cached: %v, %v, %v", cached(gone), cached(stays), cached(other))
	}
	refuse(t, v, gone, codes.Unauthenticated, "TOKEN_KEY_UNKNOWN", unknownKeyText)
	accept(t, v, stays)
	accept(t, v, other)
	if n := b.asked.Load() - askedB; n > 0 {
		t.Errorf("the other issuer was asked %d times", n)
	}

	// Down, an issuer's keys serve on, and the other's are not touched.
	a.Close()
	accept(t, v, sign(t, jwt.SigningMethodEdDSA, k.ed, "ed", user(with("iss", "https://a.example"), with("jti", 1))))
	refuse(t, v, sign(t, jwt.SigningMethodES256, k.ec, "new", user(with("iss", "https://a.example"))), codes.Unavailable, "KEYS_UNAVAILABLE", unavailable)
	refuse(t, v, sign(t, jwt.SigningMethodES256, k.ec, "new", user(with("iss", "https://b.example"))), codes.Unauthenticated, "TOKEN_KEY_UNKNOWN", unknownKeyText)
}

// TestEveryIssuerBeginsToFetch holds New to not waiting for any of them.
func TestEveryIssuerBeginsToFetch(t *testing.T) {
	issuers := []*issuerServer{newIssuer(t, body(set(t))), newIssuer(t, body(set(t))), newIssuer(t, body(set(t)))}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	v, err := New(ctx, Config{JWKSURL: issuers[0].URL, Logger: quiet, Refresh: time.Minute, Issuers: []Issuer{
		{Issuer: "a", JWKSURL: issuers[1].URL}, {Issuer: "b", JWKSURL: issuers[2].URL, Refresh: time.Hour},
	}})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []time.Duration{time.Minute, time.Minute, time.Hour} {
		eventually(t, "a fetch", func() bool { return v.sources[i].remote.keys() != nil })
		if got := v.sources[i].remote.pace.refresh; got != want {
			t.Errorf("issuer %d: refreshed every %s, want %s", i, got, want)
		}
	}
}
