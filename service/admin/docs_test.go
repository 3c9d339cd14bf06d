package admin_test

import (
	"os"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"

	"github.com/rowgate/rowgate/service/admin"
	"github.com/rowgate/rowgate/service/auth"
	"github.com/rowgate/rowgate/service/servicetest"
)

// TestPageOfTheAdminPath has the policy of docs/admin.md let in whom the page
// says.
func TestPageOfTheAdminPath(t *testing.T) {
	page, err := os.ReadFile("../../docs/admin.md")
	if err != nil {
		t.Fatal(err)
	}
	_, policy, _ := strings.Cut(string(page), "```yaml\n")
	policy, _, ok := strings.Cut(policy, "```")
	if !ok {
		t.Fatal("the page has no policy")
	}
	if _, err := admin.ParsePolicy("docs/admin.md", []byte(policy)); err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, options{policy: policy})
	backend := w.dial(t, w.ca.issue(t, leaf{uris: []string{"spiffe://example.org/backend"}}))
	if _, err := w.call(t.Context(), backend, "app.v1.ItemService/ListItems", `{"pageSize":3}`); err != nil {
		t.Error(err)
	}
	_, err = w.call(t.Context(), backend, "app.v1.ItemService/DeleteItem", getAlices)
	fails(t, err, codes.InvalidArgument, "REASON_REQUIRED")
	_, err = w.call(t.Context(), backend, "rowgate.admin.v1.AdminService/GetStatus", `{}`)
	fails(t, err, codes.PermissionDenied, "NOT_ALLOWED")

	legacy, _ := as(t, servicetest.Sign(t, servicetest.Secret, auth.Claims{Role: "service_role", Issuer: "supabase"}))
	if _, err := w.call(legacy, w.dial(t), "rowgate.admin.v1.AdminService/GetStatus", `{}`); err != nil {
		t.Error(err)
	}
	support, _ := as(t, serviceToken(t, "https://PROJECT.supabase.co/auth/v1", ""), "rowgate-act-as", actAsAlice)
	got, err := w.call(support, w.dial(t), "app.v1.ItemService/ListItems", `{"pageSize":1000}`)
	if err != nil || len(got) != 1 || strings.Count(got[0], `"title"`) != 25 {
		t.Errorf("%.300s, %v", got, err)
	}
	// Every key of the policy and all metadata have their row.
	for _, name := range []string{"require_reason", "name", "certificates", "tokens", "keys", "allow", "act_as", "rowgate-reason", "rowgate-act-as", "x-request-id"} {
		if !strings.Contains(string(page), "\n| `"+name+"`") {
			t.Errorf("the page does not describe %s", name)
		}
	}
}
