package attack_test

import (
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/rowgate/rowgate/service/auth"
	"github.com/rowgate/rowgate/service/servicetest"
)

var nextPage = regexp.MustCompile(`"nextPageToken":"([^"]+)"`)

// aliceAs is Alice with a token for another role.
func (a *target) aliceAs(t testing.TB, role string) caller {
	return caller{"alice as " + role, servicetest.As(t.Context(), servicetest.Sign(t, servicetest.Secret, auth.Claims{Subject: alice, Role: role}))}
}

// A page token holds values of the last row. It is good for the caller, the
// method, the filter and the order that it was made for, and for nothing else;
// whoever changes it has none.
func TestPageTokensBorrowed(t *testing.T) {
	a := attacked(t)
	const ask = `{"pageSize":2,"orderBy":"title","pageToken":"TOKEN"}`
	page := func(token string) string { return strings.Replace(ask, "TOKEN", token, 1) }
	found := nextPage.FindStringSubmatch(a.must(t, a.bob(t), "ListItems", page("")))
	if found == nil {
		t.Fatal("Bob has one page")
	}
	token := found[1]
	if got := a.must(t, a.bob(t), "ListItems", page(token)); !onlyOf(got, bob) {
		t.Errorf("Bob's own token gives %s", got)
	}
	// It is sealed: the title of the last row is not in it.
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(token, "="))
	if err != nil {
		t.Fatal(err)
	}
	for _, title := range strings.Fields(a.ask(t, "select title from items where owner_id = '"+bob+"'")) {
		if len(title) > 3 && strings.Contains(string(raw), title) {
			t.Errorf("the token says %q", title)
		}
	}
	for _, as := range []caller{a.alice(t), a.anon(t), a.aliceAs(t, "anon")} {
		a.refused(t, codes.InvalidArgument, as, "ListItems", page(token))
	}
	for _, c := range [][2]string{
		{"ListPosts", page(token)},
		{"ListVaults", `{"pageToken":"` + token + `"}`},
		{"ListItems", `{"pageSize":2,"orderBy":"description","pageToken":"` + token + `"}`},
		{"ListItems", `{"pageSize":2,"orderBy":"title desc","pageToken":"` + token + `"}`},
		{"ListItems", `{"pageSize":2,"orderBy":"title","filter":"done","pageToken":"` + token + `"}`},
	} {
		a.refused(t, codes.InvalidArgument, a.bob(t), c[0], c[1])
	}
	// Tampered with, byte by byte, cut off, doubled, and made up.
	for i := range raw {
		other := append([]byte{}, raw...)
		other[i] ^= 1
		a.refused(t, codes.InvalidArgument, a.bob(t), "ListItems", page(base64.RawURLEncoding.EncodeToString(other)))
	}
	for _, bad := range []string{
		token[:len(token)/2], token[1:], token + token, token + "A", "A", "AAAA", strings.Repeat("A", 4000), "%00", "null", "0", "../../x",
		base64.RawURLEncoding.EncodeToString([]byte(`{"title":"x"}`)), base64.StdEncoding.EncodeToString(make([]byte, 64)),
	} {
		a.refused(t, codes.InvalidArgument, a.bob(t), "ListItems", page(bad))
	}
	// Another server's, whose secret is another.
	other := attacked(t)
	other.refused(t, codes.InvalidArgument, other.bob(t), "ListItems", page(token))
	// Of one's own, whose role has changed since.
	found = nextPage.FindStringSubmatch(a.must(t, a.alice(t), "ListPosts", `{"pageSize":1}`))
	if found == nil {
		t.Fatal("Alice has one page")
	}
	a.refused(t, codes.InvalidArgument, a.aliceAs(t, "anon"), "ListPosts", `{"pageSize":1,"pageToken":"`+found[1]+`"}`)
	a.must(t, a.alice(t), "ListPosts", `{"pageSize":1,"pageToken":"`+found[1]+`"}`)
}

// A request id is good for whoever sent it, for the method and under the role:
// the answer that is kept for Bob is given to nobody else, not even when the
// request is the same to the byte.
func TestRequestIDsBorrowed(t *testing.T) {
	a := attacked(t)
	const id = "5ba8d7c0-0000-4000-8000-0000000000bb"
	request := `{"item":{"title":"HIDDENTITLE"},"requestId":"` + id + `"}`
	made := a.must(t, a.bob(t), "CreateItem", request)
	if again := a.must(t, a.bob(t), "CreateItem", request); again != made {
		t.Errorf("Bob repeats it and is answered %s, want %s", again, made)
	}
	got := a.must(t, a.alice(t), "CreateItem", request) // Hers, made anew.
	if strings.Contains(got, bob) || !strings.Contains(got, alice) || got == made {
		t.Errorf("Alice repeats it and is answered %s", got)
	}
	a.refused(t, codes.PermissionDenied, a.anon(t), "CreateItem", request)
	a.refused(t, codes.PermissionDenied, a.aliceAs(t, "anon"), "CreateItem", request)
	// Another request under the id, by the same caller: refused, not answered.
	a.refused(t, codes.InvalidArgument, a.bob(t), "CreateItem", `{"item":{"title":"other"},"requestId":"`+id+`"}`)
	// Another method, whose ids are others.
	batch := a.must(t, a.bob(t), "BatchCreateItems", `{"requests":[{"item":{"title":"HIDDENTITLE"}}],"requestId":"`+id+`"}`)
	if strings.Contains(made, strings.Split(strings.SplitN(batch, `"id":"`, 2)[1], `"`)[0]) {
		t.Errorf("another method is answered with %s", batch)
	}
	for _, bad := range []string{"x", "5ba8d7c0", strings.Repeat("0", 36), id + "0", "{" + id + "}", "urn:uuid:" + id, " " + id, "5ba8d7c0-0000-4000-8000-0000000000b\\u0000"} {
		a.refused(t, codes.InvalidArgument, a.bob(t), "CreateItem", `{"item":{"title":"x"},"requestId":"`+bad+`"}`)
	}
	// A subject that would be another's if the parts of the key ran together.
	for _, sub := range []string{"", bob + "\x01", "authenticated" + bob, bob[:35]} {
		as := caller{sub, servicetest.As(t.Context(), servicetest.Sign(t, servicetest.Secret, auth.Claims{Subject: sub, Role: "authenticated"}))}
		got, err := a.call(t, as, "CreateItem", request)
		if err == nil || strings.Contains(got, bob) {
			t.Errorf("%q is answered %s", sub, got)
		}
	}
	if n := a.ask(t, "select count(*) from items where title = 'HIDDENTITLE' and owner_id = '"+bob+"'"); n != "2" {
		t.Errorf("Bob has %s of them, want 2", n)
	}
	a.nextIsThemselves(t)
}

// A failed request's id keeps nothing, and one that was validated only neither.
func TestRequestIDOfAFailure(t *testing.T) {
	a := attacked(t)
	const id = "5ba8d7c0-0000-4000-8000-0000000000cc"
	request := fmt.Sprintf(`{"vault":{"id":70,"code":"HIDDENCODE","divisor":1},"requestId":%q}`, id)
	for range 2 {
		a.refused(t, codes.AlreadyExists, a.alice(t), "CreateVault", request)
	}
	if n := a.ask(t, "select count(*) from rowgate.requests"); n != "0" {
		t.Errorf("%s answers are kept", n)
	}
	if _, err := a.call(t, a.alice(t), "CreateVault", strings.Replace(request, "HIDDENCODE", "new", 1)); status.Code(err) != codes.OK {
		t.Errorf("the id is taken: %v", err)
	}
}
