package filter_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rowgate/rowgate/service/filter"
	"github.com/rowgate/rowgate/store/query"
)

var fields = []filter.Field{
	{Name: "id", Column: "id", Sortable: true},
	{Name: "title", Column: "title", Sortable: true},
	{Name: "price", Column: "unit price", Nullable: true, Sortable: true},
	{Name: "metadata", Column: "metadata"},
}

func TestOrder(t *testing.T) {
	tests := []struct {
		orderBy string
		want    []query.Order
		err     string
	}{
		{orderBy: "", want: []query.Order{{By: query.Ref{Column: "id"}}}},
		{orderBy: " title desc ", want: []query.Order{{By: query.Ref{Column: "title"}, Desc: true, NullsFirst: true}, {By: query.Ref{Column: "id"}, Desc: true, NullsFirst: true}}},
		{orderBy: "price,title asc", want: []query.Order{{By: query.Ref{Column: "unit price"}, Nullable: true}, {By: query.Ref{Column: "title"}}, {By: query.Ref{Column: "id"}}}},
		{orderBy: "id desc,title", want: []query.Order{{By: query.Ref{Column: "id"}, Desc: true, NullsFirst: true}, {By: query.Ref{Column: "title"}}}},
		{orderBy: "owner", err: `names "owner", which is none of the fields id, title, price`},
		{orderBy: "unit price", err: `is not an order: write field names separated by commas, "desc" behind one that descends`},
		{orderBy: "metadata", err: `names "metadata", whose type has no order; the fields with one are id, title, price`},
		{orderBy: "title,title desc", err: `names "title" twice`},
		{orderBy: "title;drop", err: `is not an order: write field names separated by commas, "desc" behind one that descends`},
		{orderBy: ",", err: `is not an order: write field names separated by commas, "desc" behind one that descends`},
		{orderBy: strings.Repeat("title,", 200), err: "is longer than 1000 bytes"},
	}
	for _, tt := range tests {
		got, err := filter.Order(tt.orderBy, fields, []string{"id"})
		if text := errText(err); text != tt.err {
			t.Errorf("Order(%q): error %q, want %q", tt.orderBy, text, tt.err)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("Order(%q) (-want +got):\n%s", tt.orderBy, diff)
		}
	}
}

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
	for _, cursor := range [][][]byte{
		{[]byte("a")},
		{nil, []byte{}, []byte("long enough to need more than one byte of length" + strings.Repeat("x", 300))},
	} {
		token := tokens.Seal(nil, scope, cursor)
		got, err := tokens.Open(token, scope, len(cursor))
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
	token := tokens.Seal(nil, scope, [][]byte{[]byte("secret title")})
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
		terms  int
	}{
		{"edited", tokens, edited, scope, 1},
		{"cut short", tokens, token[:len(token)-4], scope, 1},
		{"not base64", tokens, []byte("page 2, please"), scope, 1},
		{"empty", tokens, nil, scope, 1},
		{"another secret's", newTokens(t, "fedcba9876543210"), token, scope, 1},
		{"another method's", tokens, token, other(func(s *filter.Scope) { s.Method = "x" }), 1},
		{"another role's", tokens, token, other(func(s *filter.Scope) { s.Role = "anon" }), 1},
		{"another subject's", tokens, token, other(func(s *filter.Scope) { s.Subject = "b" }), 1},
		{"another order's", tokens, token, other(func(s *filter.Scope) { s.OrderBy = "title desc" }), 1},
		{"shifted", tokens, token, shifted, 1},
		{"another number of terms", tokens, token, scope, 2},
	}
	for _, tt := range tests {
		if _, err := tt.tokens.Open(tt.token, tt.scope, tt.terms); err != filter.ErrToken {
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

func FuzzOrder(f *testing.F) {
	for _, seed := range []string{"", "title", "title desc, price", "id asc", ",", "title desc desc", "ünïcode", "a.b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, orderBy string) {
		order, err := filter.Order(orderBy, fields, []string{"id"})
		if err != nil {
			return
		}
		seen := map[string]bool{}
		for _, o := range order {
			column := o.By.(query.Ref).Column
			if column != "id" && column != "title" && column != "unit price" {
				t.Errorf("%q reached the statement as column %q", orderBy, column)
			}
			if seen[column] {
				t.Errorf("%q orders by %q twice", orderBy, column)
			}
			seen[column] = true
		}
		if !seen["id"] {
			t.Errorf("%q gives no total order", orderBy)
		}
	})
}

func FuzzToken(f *testing.F) {
	tokens := newTokens(f, "0123456789abcdef")
	good := tokens.Seal(nil, scope, [][]byte{[]byte("x"), nil})
	f.Add(good)
	f.Add([]byte(""))
	f.Add([]byte("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"))
	f.Fuzz(func(t *testing.T, token []byte) {
		if _, err := tokens.Open(token, scope, 2); err == nil && string(token) != string(good) {
			t.Errorf("%q was made up and opens", token)
		}
	})
}
