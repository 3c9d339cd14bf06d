package auth

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
)

// TestCacheNeverOutlivesTheToken moves the clock over a cached token's end.
func TestCacheNeverOutlivesTheToken(t *testing.T) {
	var now atomic.Int64
	now.Store(noon.UnixMilli())
	v := verifier(t, func(c *Config) { c.Clock = func() time.Time { return time.UnixMilli(now.Load()) } })
	token := hs256(t, user(with("exp", noon.Unix()+60)))
	accept(t, v, token)
	if n := v.cache.entries.Len(); n != 1 {
		t.Fatalf("%d entries", n)
	}
	now.Add(90*1000 - 1)
	accept(t, v, token)
	now.Add(1)
	refuse(t, v, token, codes.Unauthenticated, "TOKEN_EXPIRED", "the token has expired")
	if n := v.cache.entries.Len(); n != 0 {
		t.Errorf("%d entries are left", n)
	}
	refuse(t, v, token, codes.Unauthenticated, "TOKEN_EXPIRED", "the token has expired")
}

// TestCacheKeepsGoodTokensAlone fills it with refused ones.
func TestCacheKeepsGoodTokensAlone(t *testing.T) {
	v := verifier(t)
	for i := range 20 {
		for _, token := range []string{
			hs256(t, user(with("role", fmt.Sprint("role", i)))),
			hs256(t, user(with("exp", noon.Unix()-1000-int64(i)))),
			hs256(t, user(with("jti", i)))[1:],
		} {
			if _, err := v.Verify(t.Context(), token); err == nil {
				t.Fatal("accepted")
			}
		}
	}
	if n := v.cache.entries.Len(); n != 0 {
		t.Errorf("%d entries", n)
	}
}

func TestCacheIsBounded(t *testing.T) {
	v := verifier(t, func(c *Config) { c.CacheSize = 8 })
	for i := range 50 {
		accept(t, v, hs256(t, user(with("jti", i))))
	}
	if n := v.cache.entries.Len(); n != 8 {
		t.Errorf("%d entries", n)
	}
}

func TestCacheHoldsNoToken(t *testing.T) {
	v := verifier(t)
	token := hs256(t, user())
	accept(t, v, token)
	signature := token[strings.LastIndex(token, ".")+1:]
	for _, sum := range v.cache.entries.Keys() {
		e, _ := v.cache.entries.Peek(sum)
		if text := fmt.Sprintf("%s %+v %+v", sum, e, *e.id); strings.Contains(text, signature) {
			t.Errorf("an entry holds the signature: %s", text)
		}
	}
}

func TestWithoutCache(t *testing.T) {
	v := verifier(t, func(c *Config) { c.CacheSize = -1 })
	if v.cache != nil {
		t.Fatal("there is a cache")
	}
	accept(t, v, hs256(t, user()))
	accept(t, v, hs256(t, user()))
}

// A token that differs in one character from a cached one is another token.
func TestCacheIsOfTheWholeToken(t *testing.T) {
	v := verifier(t)
	token := hs256(t, user())
	accept(t, v, token)
	for i := range len(token) {
		if token[i] == '.' {
			continue
		}
		changed := []byte(token)
		changed[i] ^= 1
		if _, err := v.Verify(t.Context(), string(changed)); err == nil {
			t.Fatalf("accepted with character %d changed", i)
		}
	}
}

// TestCacheUnderLoad is for the race detector.
func TestCacheUnderLoad(t *testing.T) {
	v := verifier(t, func(c *Config) { c.CacheSize = 4 })
	tokens := make([]string, 16)
	for i := range tokens {
		tokens[i] = hs256(t, user(with("sub", fmt.Sprint(i))))
	}
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for n := range 300 {
				i := (n*7 + g) % len(tokens)
				got, err := v.Verify(t.Context(), tokens[i])
				if err != nil || got.Subject != fmt.Sprint(i) {
					t.Errorf("token %d: %q, %v (%v)", i, got.Subject, err, errors.Unwrap(err))
				}
			}
		})
	}
	wg.Wait()
}
