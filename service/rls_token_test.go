package service_test

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/rowgate/rowgate/service/auth"
)

// refused are tokens that would be Alice's, were they good.
var refused = map[string]func(t testing.TB) string{
	"expired": func(t testing.TB) string {
		return sign(t, secret, auth.Claims{Subject: alice, Role: "authenticated", TTL: -time.Hour})
	},
	"another's payload, edited": func(t testing.TB) string {
		return forge(t, token(t, bob), nil, map[string]any{"sub": alice})
	},
	"a role that was raised": func(t testing.TB) string {
		return forge(t, token(t, alice), nil, map[string]any{"role": "service_role"})
	},
	"another secret": func(t testing.TB) string {
		return sign(t, "a secret of somebody else, who guesses", auth.Claims{Subject: alice, Role: "authenticated"})
	},
	"alg none without a signature": func(t testing.TB) string {
		forged := forge(t, token(t, alice), map[string]any{"alg": "none"}, nil)
		return forged[:strings.LastIndex(forged, ".")+1]
	},
	"alg none with a signature": func(t testing.TB) string {
		return forge(t, token(t, bob), map[string]any{"alg": "none"}, map[string]any{"sub": alice})
	},
}

func refusedNames() []string { return slices.Sorted(maps.Keys(refused)) }

// forge changes members of a token's header and payload and keeps its
// signature.
func forge(t testing.TB, signed string, header, payload map[string]any) string {
	t.Helper()
	parts := strings.Split(signed, ".")
	for i, changes := range []map[string]any{header, payload} {
		data, err := base64.RawURLEncoding.DecodeString(parts[i])
		members := map[string]any{}
		if err == nil {
			err = json.Unmarshal(data, &members)
		}
		maps.Copy(members, changes)
		if err == nil {
			data, err = json.Marshal(members)
		}
		if err != nil {
			t.Fatal(err)
		}
		parts[i] = base64.RawURLEncoding.EncodeToString(data)
	}
	return strings.Join(parts, ".")
}

// alicesCalls is a call of every method that Alice may make.
var alicesCalls = map[string]string{
	"GetProfile": `{"id":"` + alice + `"}`, "GetItem": `{"id":"` + aliceItem + `"}`,
	"GetPost": `{"id":"` + aliceDraft + `"}`, "GetComment": `{"id":"` + aliceOnAliceDraft + `"}`,
	"ListProfiles": `{}`, "ListItems": `{}`, "ListPosts": `{}`, "ListComments": `{}`,
	"CreateProfile": `{"profile":{"id":"` + alice + `","username":"alice_again"}}`,
	"CreateItem":    `{"item":{"title":"x"}}`,
	"CreatePost":    `{"post":{"title":"x","body":"x"}}`,
	"CreateComment": `{"comment":{"postId":"` + aliceDraft + `","body":"x"}}`,
	"UpdateProfile": `{"profile":{"id":"` + alice + `","bio":"x"}}`,
	"UpdateItem":    `{"item":{"id":"` + aliceItem + `","title":"x"}}`,
	"UpdatePost":    `{"post":{"id":"` + aliceDraft + `","title":"x"}}`,
	"UpdateComment": `{"comment":{"id":"` + aliceOnAliceDraft + `","body":"x"}}`,
	"DeleteProfile": `{"id":"` + alice + `"}`, "DeleteItem": `{"id":"` + aliceItem + `"}`,
	"DeletePost": `{"id":"` + aliceDraft + `"}`, "DeleteComment": `{"id":"` + aliceOnAliceDraft + `"}`,
}

func init() {
	for _, table := range []struct{ message, plural, new, id, change string }{
		{"Profile", "Profiles", `{"id":"` + alice + `","username":"alice_again"}`, alice, `"bio":"x"`},
		{"Item", "Items", `{"title":"x"}`, aliceItem, `"title":"x"`},
		{"Post", "Posts", `{"title":"x","body":"x"}`, aliceDraft, `"title":"x"`},
		{"Comment", "Comments", `{"postId":"` + aliceDraft + `","body":"x"}`, aliceOnAliceDraft, `"body":"x"`},
	} {
		body, list := `"`+strings.ToLower(table.message)+`":`, `"`+strings.ToLower(table.plural)+`":`
		filter := `"filter":"id = \"` + table.id + `\""`
		for method, request := range map[string]string{
			"Stream": `{}`, "Aggregate": `{"aggregates":"count"}`,
			"BatchCreate": `{"requests":[{` + body + table.new + `}]}`, "Import": `{` + list + `[` + table.new + `]}`,
			"BatchUpdate": `{"requests":[{` + body + `{"id":"` + table.id + `",` + table.change + `}}]}`,
			"UpdateMany":  `{` + filter + `,` + body + `{` + table.change + `}}`, "DeleteMany": `{` + filter + `}`,
		} {
			alicesCalls[method+table.plural] = request
		}
	}
	alicesCalls["Transact"] = `{"writes":[{"createItem":` + alicesCalls["CreateItem"] + `},{"deletePost":` + alicesCalls["DeletePost"] + `}]}`
}

// proveRefusals calls every method with tokens that are not good: each is
// refused before anything reaches the database.
func proveRefusals(t *testing.T, w *twin, c *caller) {
	for method := range c.methods() {
		request, ok := alicesCalls[method]
		if !ok {
			t.Errorf("no call of %s", method)
			continue
		}
		req := c.request(t, method, request, "")
		// With a good token the call goes through, up to a profile that is
		// there already, so that a refusal is the token's doing.
		_, err := c.call(as(t, token(t, alice)), "alice", method, req)
		if code := status.Code(err); code != codes.OK && (!makesProfiles(method) || code != codes.AlreadyExists) {
			t.Errorf("%s with a good token: %v", method, err)
		}
		w.both(t, restore)
		for _, name := range refusedNames() {
			bad := refused[name](t)
			w.untouched(t, method+" as "+name, func() {
				res, err := c.call(as(t, bad), name, method, req)
				if status.Code(err) != codes.Unauthenticated || res != nil {
					t.Errorf("%s as %s: %v, %v", method, name, res, err)
				}
			})
		}
		w.unchanged(t)
	}
}

// makesProfiles says that a method makes profiles, of which Alice has one.
func makesProfiles(method string) bool {
	return slices.Contains([]string{"CreateProfile", "BatchCreateProfiles", "ImportProfiles"}, method)
}

// untouched says that a call does not reach the database: it takes no
// connection from the pool. The health service takes one now and then, though
// not in each of three runs.
func (w *world) untouched(t testing.TB, what string, call func()) {
	t.Helper()
	for range 3 {
		before := w.store.Stat().AcquireCount()
		call()
		if w.store.Stat().AcquireCount() == before {
			return
		}
	}
	t.Errorf("%s reached the database", what)
}
