package admin_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"

	adminv1 "github.com/rowgate/rowgate/proto/gen/rowgate/admin/v1"
)

const (
	aliceItem = "17e50000-0000-4000-8000-000000000001"
	bobItem   = "17e50000-0000-4000-8000-00000000001a"
	alicePost = "90570000-0000-4000-8000-000000000001"
	bobPost   = "90570000-0000-4000-8000-000000000005"
)

// request is a call that succeeds, and how many rows it reads or changes;
// negative where the audit does not know.
type request struct {
	method, body string
	rows         int64
	// inOneRow says that the audit has one row of it, and that it was written in
	// the call's transaction.
	inOneRow bool
}

// requests are calls of every method, in an order in which they all succeed.
func requests() []request {
	var all []request
	type resource struct {
		name, plural, key, body string
		create, update          string // the row to create, and a change of it
		where                   string // a filter of the created rows
		rows                    int64
	}
	for _, r := range []resource{
		{
			"Item", "Items", `"id":"` + aliceItem + `"`, "item",
			`{"ownerId":"` + alice + `","title":"of the admin"}`, `{"id":"` + bobItem + `","title":"changed"}`, `title = \"of the admin\"`, 37,
		},
		{
			"Post", "Posts", `"id":"` + alicePost + `"`, "post",
			`{"authorId":"` + bob + `","title":"of the admin","body":"x"}`, `{"id":"` + bobPost + `","title":"changed"}`, `title = \"of the admin\"`, 8,
		},
		{
			"Comment", "Comments", `"id":"1"`, "comment",
			`{"authorId":"` + bob + `","postId":"` + alicePost + `","body":"of the admin"}`, `{"id":"2","body":"changed"}`, `body = \"of the admin\"`, 8,
		},
	} {
		service := "app.v1." + r.name + "Service/"
		plural := strings.ToLower(r.plural)
		add := func(method, body string, rows int64) {
			all = append(all, request{service + method, body, rows, true})
		}
		add("Get"+r.name, `{`+r.key+`}`, 1)
		add("List"+r.plural, `{}`, r.rows)
		all = append(all, request{service + "Stream" + r.plural, `{}`, r.rows, false})
		add("Aggregate"+r.plural, `{}`, 1)
		add("Create"+r.name, `{"`+r.body+`":`+r.create+`}`, 1)
		add("BatchCreate"+r.plural, `{"requests":[{"`+r.body+`":`+r.create+`},{"`+r.body+`":`+r.create+`}]}`, 2)
		add("Import"+r.plural, `{"`+plural+`":[`+r.create+`,`+r.create+`]}`+"\n"+`{"`+plural+`":[`+r.create+`]}`, 3)
		add("Update"+r.name, `{"`+r.body+`":`+r.update+`}`, 1)
		add("BatchUpdate"+r.plural, `{"requests":[{"`+r.body+`":`+r.update+`}]}`, 1)
		add("UpdateMany"+r.plural, `{"filter":"`+r.where+`","`+r.body+`":`+strings.Replace(r.update, r.update[1:strings.Index(r.update, ",")+1], "", 1)+`,"maxAffected":"9"}`, 6)
	}
	add := func(method, body string, rows int64) {
		all = append(all, request{"app.v1." + method, body, rows, true})
	}
	profile := `{"id":"` + bob + `","username":"bob"}`
	add("ProfileService/GetProfile", `{"id":"`+alice+`"}`, 1)
	add("ProfileService/ListProfiles", `{}`, 2)
	all = append(all, request{"app.v1.ProfileService/StreamProfiles", `{}`, 2, false})
	add("ProfileService/AggregateProfiles", `{}`, 1)
	add("ProfileService/UpdateProfile", `{"profile":{"id":"`+bob+`","bio":"x"}}`, 1)
	add("ProfileService/BatchUpdateProfiles", `{"requests":[{"profile":{"id":"`+bob+`","bio":"y"}}]}`, 1)
	add("ProfileService/UpdateManyProfiles", `{"filter":"username = \"bob\"","profile":{"bio":"z"}}`, 1)
	add("TransactionService/Transact", `{"writes":[{"createItem":{"item":{"ownerId":"`+bob+`","title":"in a transaction"}}},{"deleteItem":{"id":"`+aliceItem+`"}}]}`, 2)
	add("ItemService/DeleteItem", `{"id":"`+bobItem+`"}`, 1)
	add("ItemService/DeleteManyItems", `{"filter":"title = \"changed\""}`, 6)
	add("CommentService/DeleteComment", `{"id":"1"}`, 1)
	add("CommentService/DeleteManyComments", `{"filter":"body = \"changed\""}`, 7)
	add("PostService/DeletePost", `{"id":"`+alicePost+`"}`, 1)
	add("PostService/DeleteManyPosts", `{"filter":"title = \"changed\""}`, 7)
	add("ProfileService/DeleteProfile", `{"id":"`+bob+`"}`, 1)
	add("ProfileService/CreateProfile", `{"profile":`+profile+`}`, 1)
	add("ProfileService/DeleteManyProfiles", `{"filter":"username = \"bob\""}`, 1)
	add("ProfileService/BatchCreateProfiles", `{"requests":[{"profile":`+profile+`}]}`, 1)
	all = append(all, request{"app.v1.ProfileService/DeleteProfile", `{"id":"` + bob + `"}`, 1, true})
	add("ProfileService/ImportProfiles", `{"profiles":[`+profile+`]}`, 1)
	for _, name := range []string{"GetStatus", "ReloadSchema", "ListCalls"} {
		all = append(all, request{"rowgate.admin.v1.AdminService/" + name, `{}`, -1, false})
	}
	explain := `{"method":"app.v1.ItemService/ListItems","claims":{"role":"authenticated","sub":"` + alice + `"}}`
	return append(all, request{"rowgate.admin.v1.AdminService/ExplainAccess", explain, -1, false})
}

// TestEveryMethodNeedsARule calls every method of the example and of
// AdminService three times: as a principal that may call everything but that
// method, as one that may call nothing else, and as nobody.
func TestEveryMethodNeedsARule(t *testing.T) {
	var policy strings.Builder
	policy.WriteString("principals:\n")
	principal := func(name string, allow ...string) string {
		key, hash := newKey()
		fmt.Fprintf(&policy, "- name: %q\n  keys: [%q]\n  act_as: [authenticated, anon]\n  allow: [%s]\n", name, hash, `"`+strings.Join(allow, `", "`)+`"`)
		return key
	}
	all := requests()
	var names []string
	for _, r := range all {
		if !slices.Contains(names, r.method) {
			names = append(names, r.method)
		}
	}
	only, but := map[string]string{}, map[string]string{}
	for _, name := range names {
		allow := []string{name}
		if strings.HasSuffix(name, "/Transact") {
			allow = append(allow, "app.v1.ItemService/CreateItem", "app.v1.ItemService/DeleteItem")
		}
		if name == explainAccess {
			allow = append(allow, "app.v1.ItemService/ListItems")
		}
		only[name] = principal("only "+name, allow...)
		but[name] = principal("all but "+name, slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n == name })...)
	}
	w := newWorld(t, options{policy: policy.String()})

	// The requests leave no method out but CancelCall, which [TestCancel] calls.
	for _, m := range w.admin.Methods() {
		if name := m.Path()[1:]; !slices.Contains(names, name) {
			t.Errorf("%s is not called", name)
		}
	}
	for _, m := range adminv1.AdminService_ServiceDesc.Methods {
		if name := "rowgate.admin.v1.AdminService/" + m.MethodName; m.MethodName != "CancelCall" && !slices.Contains(names, name) {
			t.Errorf("%s is not called", name)
		}
	}
	conn := w.dial(t)
	for _, r := range all {
		t.Run(strings.ReplaceAll(r.method, "/", "."), func(t *testing.T) {
			_, err := w.call(t.Context(), conn, r.method, r.body)
			fails(t, err, codes.Unauthenticated, "CREDENTIAL_REQUIRED")

			ctx, id := as(t, but[r.method])
			_, err = w.call(ctx, conn, r.method, r.body)
			fails(t, err, codes.PermissionDenied, "NOT_ALLOWED")
			want := row{Event: "denied", Principal: "all but " + r.method, Method: r.method, RequestID: id, Code: some("PERMISSION_DENIED"), Login: "rowgate_admin"}
			same(t, "the denied call", w.audited(t, id), []row{want})

			ctx, id = as(t, only[r.method], "rowgate-reason", "a ticket")
			if _, err = w.call(ctx, conn, r.method, r.body); err != nil {
				t.Fatal(err)
			}
			done := row{Event: "done", Principal: "only " + r.method, Method: r.method, RequestID: id, Reason: some("a ticket"), Code: some("OK"), Login: "rowgate_admin"}
			if r.rows >= 0 {
				done.Rows = &r.rows
			}
			rows := []row{done}
			if !r.inOneRow {
				started := done
				started.Event, started.Code, started.Rows = "started", nil, nil
				rows = []row{started, done}
			}
			told := w.audited(t, id)
			if r.method == explainAccess {
				// One more tells what it has asked about.
				told = slices.DeleteFunc(told, func(r row) bool { return r.Method == "app.v1.ItemService/ListItems" })
			}
			same(t, "the call", told, rows)
			lines := w.log.with(t, "admin call", id)
			if len(lines) != 1 || lines[0]["principal"] != "only "+r.method || lines[0]["method"] != r.method ||
				lines[0]["code"] != "OK" || lines[0]["reason"] != "a ticket" || lines[0]["took"] == nil {
				t.Errorf("the log has %v", lines)
			} else if rows, told := lines[0]["rows"]; told != (r.rows >= 0) || told && rows != float64(r.rows) {
				t.Errorf("the log tells of %v rows, want %d", rows, r.rows)
			}
		})
	}
}
