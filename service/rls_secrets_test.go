package service_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// secrets are texts of rows that only Bob sees, and questions about them.
var secrets = []struct{ text, table, filter string }{
	{"On tuning by ear", "Posts", `title = "On tuning by ear"`},
	{"Why I stopped practising", "Profiles", `posts.title = "Why I stopped practising"`},
	{"Why I stopped practising", "Posts", `author.posts.title = "Why I stopped practising"`},
	{"On tuning by ear", "Comments", `post.title = "On tuning by ear"`},
	{"On tuning by ear", "Comments", `author.posts.title = "On tuning by ear"`},
	{"Check the numbers", "Profiles", `comments.body:"Check the numbers"`},
	{"Check the numbers", "Posts", `author.comments.body:"Check the numbers"`},
	{"Check the numbers", "Comments", `body:"Check the numbers"`},
	{"Cake for Alice", "Items", `title = "Cake for Alice"`},
	// An error would tell of a row as well: no row is looked at that is not seen.
	{"On tuning by ear", "Posts", `title = "On tuning by ear" AND matches(body, "[")`},
	{"Cake for Alice", "Items", `title = "Cake for Alice" AND matches(description, "[")`},
}

// proveSecrets holds, without psql, that nobody but Bob learns by any method
// whether there is a row of his.
func proveSecrets(t *testing.T, w *twin, c *caller) {
	defer w.both(t, restore)
	for _, p := range persons(t) {
		ctx := as(t, p.token)
		for _, s := range secrets {
			for method, request := range map[string]string{
				"List": `"count":"COUNT_EXACT"`, "Stream": `"orderBy":"id"`, "Aggregate": `"aggregates":"count"`,
				"UpdateMany": map[string]string{"Profiles": `"profile":{"bio":"x"}`, "Posts": `"post":{"body":"x"}`, "Comments": `"comment":{"body":"x"}`, "Items": `"item":{"done":true}`}[s.table] + `,"validateOnly":true`,
				"DeleteMany": `"validateOnly":true`,
			} {
				// What is asked of a row that there is, and of one that there is not.
				answers := [2]string{}
				for i, filter := range []string{s.filter, strings.Replace(s.filter, s.text, "There is no such text", 1)} {
					answers[i] = said(ctx, t, c, p, method+s.table, fmt.Sprintf(`{"filter":%q,%s}`, filter, request))
				}
				if p.name == "bob" && strings.Contains(s.filter, "matches") {
					continue // Of his rows the first may be an error already.
				}
				if told := answers[0] != answers[1]; told != (p.name == "bob") {
					t.Errorf("%s%s %s as %s is answered %s, and of a text that there is not %s", method, s.table, s.filter, p.name, answers[0], answers[1])
				}
			}
		}
	}
	proveKeys(t, c)
	proveTokens(t, c)
	proveRequestIDs(t, w, c)
}

// said is all that a call answers, as text.
func said(ctx context.Context, t testing.TB, c *caller, p person, method, request string) string {
	t.Helper()
	got, err := c.exchange(ctx, p.name, method, c.request(t, method, request, ""))
	if err != nil {
		return protojson.Format(status.Convert(err).Proto())
	}
	var all strings.Builder
	for _, m := range got {
		all.WriteString(protojson.MarshalOptions{}.Format(m.Interface()))
	}
	return all.String()
}

// proveKeys holds that a write to a row of Bob's that Alice does not see is
// answered as one to no row at all.
func proveKeys(t *testing.T, c *caller) {
	anybody := persons(t)[1]
	for method, request := range map[string]string{
		"GetPost": `{"id":"ID","include":[{"path":"comments"}]}`, "DeletePost": `{"id":"ID"}`,
		"UpdatePost":       `{"post":{"id":"ID","title":"x"}}`,
		"BatchUpdatePosts": `{"requests":[{"post":{"id":"` + aliceDraft + `","title":"x"}},{"post":{"id":"ID","title":"x"}}]}`,
		"UpdateManyPosts":  `{"filter":"id = \"ID\"","post":{"title":"x"},"expectedCount":"0"}`,
		"DeleteManyPosts":  `{"filter":"id = \"ID\"","maxAffected":"0"}`,
		"Transact":         `{"validateOnly":true,"writes":[{"updatePost":{"post":{"id":"` + aliceDraft + `","title":"x"}}},{"deletePost":{"id":"ID"}}]}`,
		// The foreign key is checked as nobody, and the policy before it.
		"CreateComment":       `{"comment":{"postId":"ID","body":"x"}}`,
		"BatchCreateComments": `{"requests":[{"comment":{"postId":"` + aliceDraft + `","body":"x"}},{"comment":{"postId":"ID","body":"x"}}]}`,
		"ImportComments":      `{"comments":[{"postId":"` + aliceDraft + `","body":"x"},{"postId":"ID","body":"x"}]}`,
		"UpdateComment":       `{"comment":{"id":"` + aliceOnAliceDraft + `","postId":"ID"}}`,
		"UpdateManyComments":  `{"filter":"id = ` + aliceOnAliceDraft + `","comment":{"postId":"ID"}}`,
	} {
		answers := [2]string{}
		for i, id := range []string{bobDraft, absent} {
			answers[i] = said(as(t, anybody.token), t, c, anybody, method, strings.ReplaceAll(request, "ID", id))
		}
		if answers[0] != answers[1] || answers[0] == "" {
			t.Errorf("%s of Bob's draft is answered %s, and of no row %s", method, answers[0], answers[1])
		}
	}
	// A new row with the key of one that is hidden cannot be made: that there is a
	// row is told, as Postgres tells it, and nothing of what it holds.
	for _, conflict := range []string{``, `,"onConflict":{"update":"title"}`, `,"onConflict":{"ignore":true}`} {
		request := `"post":{"id":"` + bobDraft + `","title":"x","body":"x"}` + conflict
		for method, text := range map[string]string{
			"CreatePost": `{` + request + `}`, "Transact": `{"writes":[{"createPost":{` + request + `}}]}`,
			"ImportPosts":      `{"posts":[{"id":"` + bobDraft + `","title":"x","body":"x"}]` + conflict + `}`,
			"BatchCreatePosts": `{"requests":[{"post":{"id":"` + bobDraft + `","title":"x","body":"x"}}]` + conflict + `}`,
		} {
			answer := said(as(t, anybody.token), t, c, anybody, method, text)
			for _, told := range []string{"tuning", "fifth", bob, "posts_", "pkey", "policy", "draft", "USING"} {
				if strings.Contains(answer, told) {
					t.Errorf("%s %s is answered %s", method, text, answer)
				}
			}
		}
	}
}

// proveTokens holds that a page token of Alice's is none to others.
func proveTokens(t *testing.T, c *caller) {
	first := c.request(t, "ListItems", `{"pageSize":3,"orderBy":"title"}`, "")
	got, err := c.call(as(t, token(t, alice)), "alice", "ListItems", first)
	if err != nil {
		t.Fatal(err)
	}
	next := got.Get(got.Descriptor().Fields().ByName("next_page_token")).String()
	for _, p := range persons(t) {
		_, err := c.call(as(t, p.token), p.name, "ListItems", c.request(t, "ListItems", fmt.Sprintf(`{"pageSize":3,"orderBy":"title","pageToken":%q}`, next), ""))
		if want := map[bool]codes.Code{true: codes.OK, false: codes.InvalidArgument}[p.name == "alice"]; status.Code(err) != want || next == "" {
			t.Errorf("%s follows Alice's token: %v", p.name, err)
		}
	}
}

// proveRequestIDs holds that a request's answer is kept for who made it.
func proveRequestIDs(t *testing.T, w *twin, c *caller) {
	const id = "5ba8d7c0-0000-4000-8000-000000000001"
	everybody := persons(t)
	request := `{"filter":"title = \"Bread\"","readMask":"id,ownerId,title","requestId":"` + id + `"}`
	answers := map[string]proto.Message{}
	for _, p := range append(everybody[1:], everybody[1:]...) { // the second time, as it was
		got, err := c.call(as(t, p.token), p.name, "DeleteManyItems", c.request(t, "DeleteManyItems", request, ""))
		if err != nil {
			t.Fatal(err)
		}
		first, again := answers[p.name]
		if again && !proto.Equal(first, got.Interface()) {
			t.Errorf("%s repeats the request and is answered %v, then %v", p.name, first, got)
		}
		answers[p.name] = got.Interface()
		other := map[string]string{"alice": bob, "bob": alice}[p.name]
		if text := protojson.Format(got.Interface()); strings.Contains(text, other) || !strings.Contains(text, "Bread") {
			t.Errorf("%s is answered %s", p.name, text)
		}
	}
	_, err := c.call(t.Context(), "anon", "DeleteManyItems", c.request(t, "DeleteManyItems", request, ""))
	if status.Code(err) != codes.PermissionDenied {
		t.Errorf("anon repeats Alice's request: %v", err)
	}
	w.both(t, restore)
}
