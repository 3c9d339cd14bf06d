package service_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestPageTokens holds that a page token is good for the caller, the method
// and the order that it was given for, and as it was given.
func TestPageTokens(t *testing.T) {
	w := newInputWorld(t)
	list := func(user, method, request string) (string, error) {
		res, err := w.call(as(t, user), "", method, w.request(t, method, request, ""))
		if err != nil {
			return "", err
		}
		return res.Get(res.Descriptor().Fields().ByName("next_page_token")).String(), nil
	}
	page := func(user, method, token, orderBy string) (string, error) {
		return list(user, method, fmt.Sprintf(`{"pageSize":2,"pageToken":%q,"orderBy":%q}`, token, orderBy))
	}
	must := func(token string, err error) string {
		t.Helper()
		if err != nil || token == "" {
			t.Fatalf("no page token: %v", err)
		}
		return token
	}
	alices, bobs := token(t, alice), token(t, bob)
	good := must(page(alices, "ListPosts", "", "title desc"))
	must(page(alices, "ListPosts", good, "title desc"))
	if _, err := list(alices, "ListPosts", fmt.Sprintf(`{"pageSize":5,"pageToken":%q,"orderBy":"title desc"}`, good)); err != nil {
		t.Errorf("another page_size: %v", err)
	}

	refused := map[string]func() (string, error){
		"another user":          func() (string, error) { return page(bobs, "ListPosts", good, "title desc") },
		"nobody":                func() (string, error) { return page("", "ListPosts", good, "title desc") },
		"another order":         func() (string, error) { return page(alices, "ListPosts", good, "title") },
		"no order":              func() (string, error) { return page(alices, "ListPosts", good, "") },
		"another table":         func() (string, error) { return page(alices, "ListItems", good, "title desc") },
		"cut short":             func() (string, error) { return page(alices, "ListPosts", good[:len(good)-1], "title desc") },
		"longer":                func() (string, error) { return page(alices, "ListPosts", good+"A", "title desc") },
		"a line break within":   func() (string, error) { return page(alices, "ListPosts", good[:4]+"\n"+good[4:], "title desc") },
		"a token of the caller": func() (string, error) { return page(alices, "ListPosts", alices, "title desc") },
	}
	refused["edited"] = func() (string, error) {
		// Each character in turn; the first that passes is told.
		var err error
		for i := range len(good) {
			edited := []byte(good)
			if edited[i] = 'A'; good[i] == 'A' {
				edited[i] = 'B'
			}
			if _, err = page(alices, "ListPosts", string(edited), "title desc"); err == nil {
				return "", nil
			}
		}
		return "", err
	}
	refused["edited in bits that mean nothing"] = func() (string, error) {
		// The last character of base64 has some, by the token's length.
		const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
		var err error
		tried := false
		for _, order := range []string{"title desc", "title", "body", "kind, title"} {
			whole := must(page(alices, "ListPosts", "", order))
			if len(whole)%4 == 0 {
				continue
			}
			tried = true
			for _, last := range alphabet {
				edited := whole[:len(whole)-1] + string(last)
				if edited == whole {
					continue
				}
				if _, err = page(alices, "ListPosts", edited, order); err == nil {
					return "", nil
				}
			}
		}
		if !tried {
			t.Error("no token has a length for this")
		}
		return "", err
	}
	for name, call := range refused {
		t.Run(name, func(t *testing.T) {
			_, err := call()
			if got, want := answerOf(t, err), invalid("page_token", noToken); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
	// Nothing of what it holds can be read.
	if strings.Contains(good, "Truing") {
		t.Error("the page token holds a title in the clear")
	}
}
