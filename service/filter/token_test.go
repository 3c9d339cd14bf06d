package filter_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rowgate/rowgate/service/filter"
)

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func newTokens(t testing.TB, secret string) *filter.Tokens {
	t.Helper()
	tokens, err := filter.NewTokens([]byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	return tokens
}

var scope = filter.Scope{Method: "app.v1.ItemService.ListItems", Role: "authenticated", Subject: "a", OrderBy: "title"}

func TestTokenRoundTrip(t *testing.T) {
	tokens := newTokens(t, "0123456789abcdef")
	for _, cursor := range []filter.Cursor{
		{Values: [][]byte{[]byte("a")}},
		{Values: [][]byte{nil, {}, []byte("long enough to need more than one byte of length" + strings.Repeat("x", 300))}, Backward: true},
		{Values: [][]byte{}, Backward: true},
	} {
		token := tokens.Seal(nil, scope, cursor)
		got, err := tokens.Open(token, scope)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(cursor, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func TestTokenIsBound(t *testing.T) {
	tokens := newTokens(t, "0123456789abcdef")
	token := tokens.Seal(nil, scope, filter.Cursor{Values: [][]byte{[]byte("secret title")}})
	if raw, err := base64.RawURLEncoding.DecodeString(string(token)); err != nil || strings.Contains(string(raw), "secret") {
		t.Errorf("the token shows its cursor, or is no base64: %v", err)
	}

	other := func(change func(*filter.Scope)) filter.Scope {
		s := scope
		change(&s)
		return s
	}
	edited := append([]byte{}, token...)
	edited[len(edited)/2] ^= 1
	// The scope's parts must not run into each other.
	shifted := other(func(s *filter.Scope) { s.Role, s.Subject = "authenticateda", "" })
	tests := []struct {
		name   string
		tokens *filter.Tokens
		token  []byte
		scope  filter.Scope
	}{
		{"edited", tokens, edited, scope},
		{"cut short", tokens, token[:len(token)-4], scope},
		{"not base64", tokens, []byte("page 2, please"), scope},
		{"empty", tokens, nil, scope},
		{"another secret's", newTokens(t, "fedcba9876543210"), token, scope},
		{"another method's", tokens, token, other(func(s *filter.Scope) { s.Method = "x" })},
		{"another role's", tokens, token, other(func(s *filter.Scope) { s.Role = "anon" })},
		{"another subject's", tokens, token, other(func(s *filter.Scope) { s.Subject = "b" })},
		{"another order's", tokens, token, other(func(s *filter.Scope) { s.OrderBy = "title desc" })},
		{"shifted", tokens, token, shifted},
		{"another filter's", tokens, token, other(func(s *filter.Scope) { s.Filter = "done" })},
		{"another function call's", tokens, token, other(func(s *filter.Scope) { s.Source = "x" })},
	}
	for _, tt := range tests {
		if _, err := tt.tokens.Open(tt.token, tt.scope); err != filter.ErrToken {
			t.Errorf("%s: error %v, want ErrToken", tt.name, err)
		}
	}
}

func TestTokensWantASecret(t *testing.T) {
	_, err := filter.NewTokens([]byte("short"))
	if want := "filter: the page token secret has 5 bytes; it needs at least 16"; errText(err) != want {
		t.Errorf("error %q, want %q", errText(err), want)
	}
}

func FuzzToken(f *testing.F) {
	tokens := newTokens(f, "0123456789abcdef")
	good := tokens.Seal(nil, scope, filter.Cursor{Values: [][]byte{[]byte("x"), nil}})
	f.Add(good)
	f.Add([]byte(""))
	f.Add([]byte("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"))
	f.Fuzz(func(t *testing.T, token []byte) {
		if _, err := tokens.Open(token, scope); err == nil && string(token) != string(good) {
			t.Errorf("%q was made up and opens", token)
		}
	})
}
