package admin_test

import (
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	grpcstatus "google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/rowgate/rowgate/service/admin"
	"github.com/rowgate/rowgate/service/auth"
	"github.com/rowgate/rowgate/service/servicetest"
)

// claimsOf are the claims of a user, and the token that they would have on the
// user path.
func claimsOf(t *testing.T, sub string) (claims, token string) {
	t.Helper()
	s, err := structpb.NewStruct(map[string]any{"role": "authenticated", "sub": sub, "email": "user@example.com", "app_metadata": map[string]any{"plan": `a "b" \ ü`}})
	if err != nil {
		t.Fatal(err)
	}
	text, err := protojson.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	token = servicetest.Sign(t, servicetest.Secret, auth.Claims{
		Subject: sub, Role: "authenticated", Email: "user@example.com", Extra: map[string]any{"app_metadata": map[string]any{"plan": `a "b" \ ü`}},
	})
	return string(text), token
}

// TestActingAsAUserIsBeingThatUser holds what a principal is answered as a user
// against what the user is answered, and what both leave.
func TestActingAsAUserIsBeingThatUser(t *testing.T) {
	key, hash := newKey()
	w := newWorld(t, options{
		policy:     `principals: [{name: support, keys: ["` + hash + `"], allow: ["*/*"], act_as: [authenticated, anon]}]`,
		migrations: functions, contract: functionsContract(t), register: registerStock,
	})
	conn := w.dial(t)
	item, post := "app.v1.ItemService/", "app.v1.PostService/"
	new := func(owner string) string {
		return `{"item":{"ownerId":"` + owner + `","title":"x"},"validateOnly":true,"readMask":"ownerId,title"}`
	}
	calls := []struct{ method, body string }{
		{item + "GetItem", getAlices},
		{item + "GetItem", `{"id":"` + bobItem + `"}`},
		{item + "ListItems", `{"pageSize":1000,"orderBy":"id"}`},
		{item + "ListItems", `{"filter":"title = \"Bread\"","orderBy":"id"}`},
		{item + "StreamItems", `{"orderBy":"id"}`},
		{item + "AggregateItems", `{"aggregates":"sum.quantity"}`},
		{post + "ListPosts", `{"pageSize":1000,"orderBy":"id","readMask":"id,title,comments.body"}`},
		{item + "CreateItem", new(alice)},
		{item + "CreateItem", new(bob)},
		{item + "UpdateItem", `{"item":{"id":"` + bobItem + `","title":"x"},"validateOnly":true,"readMask":"id,title"}`},
		{item + "UpdateItem", `{"item":{"id":"` + aliceItem + `","ownerId":"` + bob + `"},"validateOnly":true}`},
		{item + "UpdateManyItems", `{"filter":"quantity >= 0","item":{"title":"x"},"validateOnly":true}`},
		{item + "BatchUpdateItems", `{"requests":[{"item":{"id":"` + aliceItem + `","title":"x"}},{"item":{"id":"` + bobItem + `","title":"x"}}],"validateOnly":true}`},
		{item + "DeleteItem", `{"id":"` + bobItem + `","validateOnly":true}`},
		{item + "DeleteManyItems", `{"filter":"quantity >= 0","validateOnly":true}`},
		{item + "ImportItems", `{"items":[{"ownerId":"` + bob + `","title":"x"},{"ownerId":"` + alice + `","title":"x"}]}`},
		{"app.v1.TransactionService/Transact", `{"writes":[{"deleteItem":{"id":"` + bobItem + `"}}],"validateOnly":true}`},
		{"app.v1.TransactionService/Transact", `{"writes":[{"deleteItem":{"id":"` + aliceItem + `"}},{"createItem":{"item":{"ownerId":"` + bob + `","title":"x"}}}]}`},
		{w.function(t, "Whoami"), `{}`},
		{w.function(t, "TitlesAfterReset"), `{}`},
		{w.function(t, "TitlesAs"), `{"role":"rowgate"}`},
		{w.function(t, "TitlesAs"), `{"role":"rowgate_admin"}`},
		{w.function(t, "TitlesAs"), `{"role":"service_role"}`},
		{w.function(t, "TitlesAs"), `{"role":"postgres"}`},
		{w.function(t, "TitlesAs"), `{"role":"none"}`},
		{w.function(t, "TitlesAs"), `{"role":"anon"}`},
		{w.function(t, "TitlesAuthorized"), `{"name":"rowgate_admin"}`},
		{w.function(t, "TitlesAuthorized"), `{"name":"rowgate"}`},
	}
	for _, sub := range []string{alice, bob, "c0ffee00-0000-4000-8000-000000000003"} {
		claims, token := claimsOf(t, sub)
		for _, c := range calls {
			user, _ := as(t, token)
			want, wantErr := w.call(user, w.Conn, c.method, c.body)
			support, id := as(t, key, "rowgate-act-as-bin", claims)
			got, gotErr := w.call(support, conn, c.method, c.body)
			if strings.HasSuffix(c.method, "Whoami") {
				// A token has times, too.
				if len(got) != 1 || !strings.Contains(got[0], "rowgate authenticated") || strings.Contains(got[0], "rowgate_admin") ||
					!strings.Contains(got[0], sub+" user@example.com") || !strings.Contains(got[0], `plan`) {
					t.Errorf("it runs as %s", got)
				}
			} else if !slices.Equal(got, want) {
				t.Errorf("%s %s as %s answers\n%s, and the user is answered\n%s", c.method, c.body, sub, got, want)
			}
			g, u := grpcstatus.Convert(gotErr), grpcstatus.Convert(wantErr)
			if g.Code() != u.Code() || g.Message() != u.Message() {
				t.Errorf("%s %s as %s: %v, and the user gets %v", c.method, c.body, sub, gotErr, wantErr)
			}
			rows := w.audited(t, id)
			if len(rows) != 2 || rows[0].Event != "started" || rows[1].Code == nil || rows[1].Principal != "support" || rows[1].ActingAs == nil ||
				!strings.Contains(*rows[1].ActingAs, `"sub": "`+sub+`"`) || !strings.Contains(*rows[1].ActingAs, `"role": "authenticated"`) {
				t.Errorf("%s: the audit has %v", c.method, texts(t, rows))
			}
		}
	}
	// The ways that lead nowhere else do lead somewhere: the answers above differ.
	claims, _ := claimsOf(t, alice)
	support, id := as(t, key, "rowgate-act-as-bin", claims)
	hers, err := w.call(support, conn, item+"ListItems", `{"pageSize":1000}`)
	if err != nil || len(hers) != 1 || strings.Count(hers[0], `"title"`) != 25 {
		t.Errorf("%s, %v", hers, err)
	}
	if lines := w.log.with(t, "admin call", id); len(lines) != 1 || lines[0]["acting_as"].(map[string]any)["sub"] != alice {
		t.Errorf("the log has %v", lines)
	}
	own, _ := as(t, key)
	all, err := w.call(own, conn, item+"ListItems", `{"pageSize":1000}`)
	if err != nil || len(all) != 1 || strings.Count(all[0], `"title"`) != 37 {
		t.Errorf("%.300s, %v", all, err)
	}
	// What a write leaves is what the user's leaves.
	support, _ = as(t, key, "rowgate-act-as", actAsAlice)
	if _, err := w.call(support, conn, item+"CreateItem", `{"item":{"title":"by support"}}`); err != nil {
		t.Fatal(err)
	}
	support, _ = as(t, key, "rowgate-act-as", actAsAlice)
	if _, err := w.call(support, conn, "byhand.v1.StockService/MoveStock", `{"fromItem":"`+aliceItem+`","quantity":1}`); err != nil {
		t.Fatal(err)
	}
	support, _ = as(t, key, "rowgate-act-as", actAsAlice)
	_, err = w.call(support, conn, "byhand.v1.StockService/MoveStock", `{"fromItem":"`+bobItem+`","quantity":1}`)
	fails(t, err, codes.NotFound, "NOT_FOUND")
	var owner string
	var quantity int
	if err := w.sql.QueryRow(t.Context(), "select owner_id::text from public.items where title = 'by support'").Scan(&owner); err != nil || owner != alice {
		t.Errorf("the item is %s's, %v", owner, err)
	}
	if err := w.sql.QueryRow(t.Context(), "select quantity from public.items where id = $1", aliceItem).Scan(&quantity); err != nil || quantity != 2 {
		t.Errorf("there are %d left, %v", quantity, err)
	}
}

func TestActAsIsRefused(t *testing.T) {
	key, hash := newKey()
	other, otherHash := newKey()
	policy := `principals:
- {name: support, keys: ["` + hash + `"], allow: ["app.v1.ItemService/*", "rowgate.admin.v1.AdminService/*"], act_as: [authenticated, rowgate_admin, postgres, no_such_role]}
- {name: other, keys: ["` + otherHash + `"], allow: ["*/*"]}`
	w := newWorld(t, options{policy: policy})
	conn := w.dial(t)
	for _, c := range []struct {
		name, key, method, actAs string
		code                     codes.Code
		reason                   string
		events                   string
	}{
		{"no role of the principal's", key, getItem, `{"role":"anon"}`, codes.PermissionDenied, "ACT_AS_NOT_ALLOWED", "denied"},
		{"a principal without roles", other, getItem, actAsAlice, codes.PermissionDenied, "ACT_AS_NOT_ALLOWED", "denied"},
		{"service_role", key, getItem, `{"role":"service_role"}`, codes.PermissionDenied, "ACT_AS_NOT_ALLOWED", "denied"},
		{"a method that is not allowed", key, "app.v1.PostService/ListPosts", actAsAlice, codes.PermissionDenied, "NOT_ALLOWED", "denied"},
		{"a method that runs as nobody", key, "rowgate.admin.v1.AdminService/GetStatus", actAsAlice, codes.InvalidArgument, "ACT_AS_MEANINGLESS", "denied"},
		// The policy allows these; the login cannot.
		{"the admin's login", key, getItem, `{"role":"rowgate_admin"}`, codes.Internal, "INTERNAL", "started failed"},
		{"a superuser", key, getItem, `{"role":"postgres"}`, codes.Internal, "INTERNAL", "started failed"},
		{"a role that is not there", key, getItem, `{"role":"no_such_role"}`, codes.Internal, "INTERNAL", "started failed"},
		{"no object", key, getItem, `"authenticated"`, codes.InvalidArgument, "INVALID_METADATA", "denied"},
		{"null", key, getItem, `null`, codes.InvalidArgument, "INVALID_METADATA", "denied"},
		{"no role", key, getItem, `{"sub":"` + alice + `"}`, codes.InvalidArgument, "INVALID_METADATA", "denied"},
		{"an empty role", key, getItem, `{"role":""}`, codes.InvalidArgument, "INVALID_METADATA", "denied"},
		{"several roles", key, getItem, `{"role":["authenticated"]}`, codes.InvalidArgument, "INVALID_METADATA", "denied"},
		{"the role twice", key, getItem, `{"role":"authenticated","role":"anon"}`, codes.PermissionDenied, "ACT_AS_NOT_ALLOWED", "denied"},
		{"the role in capitals", key, getItem, `{"ROLE":"authenticated"}`, codes.InvalidArgument, "INVALID_METADATA", "denied"},
		{"a number for a sub", key, getItem, `{"role":"authenticated","sub":1}`, codes.InvalidArgument, "INVALID_METADATA", "denied"},
		{"two objects", key, getItem, actAsAlice + actAsAlice, codes.InvalidArgument, "INVALID_METADATA", "denied"},
		{"half an object", key, getItem, actAsAlice[:20], codes.InvalidArgument, "INVALID_METADATA", "denied"},
		{"NUL", key, getItem, `{"role":"authenticated","a":["\u0000"]}`, codes.InvalidArgument, "INVALID_METADATA", "denied"},
		{"too long", key, getItem, `{"role":"authenticated","a":"` + strings.Repeat("x", 16<<10) + `"}`, codes.InvalidArgument, "INVALID_METADATA", "denied"},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx, id := as(t, c.key, "rowgate-act-as", c.actAs)
			body := getAlices
			if c.method != getItem {
				body = `{}`
			}
			answers, err := w.call(ctx, conn, c.method, body)
			if c.events == "started failed" {
				if err == nil || len(answers) > 0 {
					t.Errorf("answers %s, %v", answers, err)
				}
			} else {
				fails(t, err, c.code, c.reason)
			}
			var events []string
			for _, r := range w.audited(t, id) {
				events = append(events, r.Event)
			}
			if strings.Join(events, " ") != c.events {
				t.Errorf("the audit has %s, want %s", events, c.events)
			}
		})
	}
	ctx, _ := as(t, key, "rowgate-act-as", actAsAlice, "rowgate-act-as", actAsAlice)
	_, err := w.call(ctx, conn, getItem, getAlices)
	fails(t, err, codes.InvalidArgument, "INVALID_METADATA")
}

// TestNoUserPath has a process with the admin path alone.
func TestNoUserPath(t *testing.T) {
	key, hash := newKey()
	w := newWorld(t, options{policy: `principals: [{name: a, keys: ["` + hash + `"], allow: ["*/*"], act_as: [authenticated]}]`, alone: true})
	ctx, _ := as(t, key, "rowgate-act-as", actAsAlice)
	_, err := w.call(ctx, w.dial(t), getItem, getAlices)
	fails(t, err, codes.FailedPrecondition, "NO_USER_PATH")
	if !strings.Contains(err.Error(), "DATABASE_URL") {
		t.Errorf("it does not say what to do: %v", err)
	}
	ctx, _ = as(t, key)
	if _, err := w.call(ctx, w.dial(t), "rowgate.admin.v1.AdminService/ReloadSchema", `{}`); err != nil {
		t.Error(err)
	}
}

// TestAdminCallsRunAsTheLogin asks the database who calls.
func TestAdminCallsRunAsTheLogin(t *testing.T) {
	key, hash := newKey()
	w := newWorld(t, options{
		policy:     `principals: [{name: a, keys: ["` + hash + `"], allow: ["*/*"]}, {name: legacy, tokens: [{}], allow: ["*/*"]}]`,
		migrations: functions, contract: functionsContract(t),
	})
	for secret, want := range map[string]string{
		key: `rowgate_admin rowgate_admin {\"role\":\"service_role\"}`,
		// As Supabase's legacy key: no sub.
		servicetest.Sign(t, servicetest.Secret, auth.Claims{Role: "service_role", Issuer: "supabase", Extra: map[string]any{"ref": "abc"}}): `\"iss\":\"supabase\",\"ref\":\"abc\",\"role\":\"service_role\"}`,
	} {
		ctx, _ := as(t, secret)
		got, err := w.call(ctx, w.dial(t), w.function(t, "Whoami"), `{}`)
		if err != nil || len(got) != 1 || !strings.Contains(got[0], want) || !strings.Contains(got[0], "rowgate_admin rowgate_admin") {
			t.Errorf("%s, %v, want %s", got, err, want)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	w := newWorld(t, options{policy: `principals: []`})
	policy, err := admin.ParsePolicy("p", []byte("principals: []"))
	if err != nil {
		t.Fatal(err)
	}
	for want, cfg := range map[string]admin.Config{
		"Config.Store is nil":                       {Policy: policy},
		"Config.Policy is nil":                      {Store: w.store},
		"has no BYPASSRLS":                          {Store: w.Store, Policy: policy},
		"Config.UserStore logs in as rowgate_admin": {Store: w.store, UserStore: w.store, Policy: policy},
	} {
		if _, err := admin.New(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if lines := w.log.with(t, "the policy names no principal", ""); len(lines) != 1 {
		t.Errorf("the log has %v", lines)
	}
}
