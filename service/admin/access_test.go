package admin_test

import (
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	grpcstatus "google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/structpb"

	adminv1 "github.com/rowgate/rowgate/proto/gen/rowgate/admin/v1"
	"github.com/rowgate/rowgate/service/admin"
	"github.com/rowgate/rowgate/service/servicetest"
)

const explainAccess = "rowgate.admin.v1.AdminService/ExplainAccess"

func newExplainWorld(t *testing.T, o options) (*world, adminv1.AdminServiceClient, string) {
	t.Helper()
	key, hash := newKey()
	o.policy = `principals: [{name: a, keys: ["` + hash + `"], allow: ["*/*"], act_as: [authenticated, anon]}]`
	w := newWorld(t, o)
	return w, adminv1.NewAdminServiceClient(w.dial(t)), key
}

func structOf(t *testing.T, pairs map[string]any) *structpb.Struct {
	t.Helper()
	s, err := structpb.NewStruct(pairs)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestExplainAccess asks about an item of alice's for each of the callers.
func TestExplainAccess(t *testing.T) {
	w, client, key := newExplainWorld(t, options{})
	var alices, bobs int64
	if err := w.sql.QueryRow(t.Context(), "select count(*) filter (where owner_id = $1), count(*) filter (where owner_id = $2) from public.items", alice, bob).Scan(&alices, &bobs); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		method, role, sub string
		verdicts          []string // of the policies that apply
		rows              int64
		visible           bool
		command           string
	}{
		{"GetItem", "authenticated", alice, []string{"items_select PASSES"}, alices, true, "SELECT"},
		{"AggregateItems", "authenticated", bob, []string{"items_select FAILS"}, bobs, false, "SELECT"},
		{"UpdateItem", "authenticated", alice, []string{"items_select PASSES", "items_update PASSES"}, alices, true, "UPDATE"},
		{"UpdateManyItems", "authenticated", bob, []string{"items_select FAILS", "items_update FAILS"}, bobs, false, "UPDATE"},
		{"DeleteItem", "authenticated", bob, []string{"items_select FAILS", "items_delete FAILS"}, bobs, false, "DELETE"},
		{"CreateItem", "authenticated", alice, []string{"items_select PASSES", "items_insert UNSPECIFIED"}, alices, true, "INSERT"},
		{"ImportItems", "authenticated", alice, []string{"items_insert UNSPECIFIED"}, alices, true, "INSERT"},
		{"GetItem", "anon", "", nil, 0, false, "SELECT"},
	} {
		ctx, id := as(t, key)
		req := &adminv1.ExplainAccessRequest{Method: "app.v1.ItemService/" + test.method, Key: map[string]string{"id": aliceItem}}
		if test.sub != "" {
			req.Claims = structOf(t, map[string]any{"role": test.role, "sub": test.sub})
		} else {
			req.Role = test.role
		}
		res, err := client.ExplainAccess(ctx, req)
		if err != nil {
			t.Errorf("%s as %s: %v", test.method, test.role, err)
			continue
		}
		var verdicts []string
		for _, p := range res.GetPolicies() {
			if p.GetApplies() {
				verdicts = append(verdicts, p.GetName()+" "+strings.TrimPrefix(p.GetVerdict().String(), "VERDICT_"))
			}
		}
		if !slices.Equal(verdicts, test.verdicts) || res.GetRelation() != "public.items" || res.GetCommand() != test.command {
			t.Errorf("%s as %s: %s of %s, %q, want %q", test.method, test.role, res.GetCommand(), res.GetRelation(), verdicts, test.verdicts)
		}
		if res.GetVisibleRows() != test.rows || !res.GetRow().GetExists() || res.GetRow().GetVisible() != test.visible || res.GetMoreRows() {
			t.Errorf("%s as %s: %d rows, %v", test.method, test.role, res.GetVisibleRows(), res.GetRow())
		}
		if !res.GetRowSecurity() || !res.GetForceRowSecurity() || res.GetGranted() == (test.role == "anon" && test.command != "SELECT") {
			t.Errorf("%s as %s: %v %v %v", test.method, test.role, res.GetRowSecurity(), res.GetForceRowSecurity(), res.GetGranted())
		}
		if test.sub != "" && !strings.Contains(res.GetPlan(), "on items") {
			t.Errorf("the plan:\n%s", res.GetPlan())
		}
		if len(res.GetPolicies()) != 4 || res.GetPolicies()[0].GetUsing() == "" || !slices.Equal(res.GetPolicies()[0].GetRoles(), []string{"authenticated"}) || res.GetPolicies()[0].GetCommand() != "SELECT" {
			t.Errorf("the policies: %v", res.GetPolicies())
		}
		if rows := w.audited(t, id); len(rows) != 3 || rows[0].Event != "started" || rows[2].Event != "done" ||
			rows[1].Method != req.Method || rows[1].ActingAs == nil || !strings.Contains(*rows[1].ActingAs, test.role) {
			t.Errorf("the audit has %v", texts(t, rows))
		}
	}
}

// TestExplainAccessRefuses: each request that cannot be answered says why.
func TestExplainAccessRefuses(t *testing.T) {
	w, client, key := newExplainWorld(t, options{migrations: functions, contract: functionsContract(t)})
	if _, err := w.sql.Exec(t.Context(), "revoke select on public.posts from rowgate_admin"); err != nil {
		t.Fatal(err)
	}
	user := map[string]any{"role": "authenticated", "sub": alice}
	of := func(pairs ...any) map[string]any {
		m := map[string]any{"role": "authenticated"}
		for i := 0; i < len(pairs); i += 2 {
			m[pairs[i].(string)] = pairs[i+1]
		}
		return m
	}
	for _, test := range []struct {
		method, role string
		claims       map[string]any
		key          map[string]string
		code         codes.Code
		reason, text string
	}{
		{"", "", user, nil, codes.InvalidArgument, "INVALID_VALUE", "method: is empty"},
		{"app.v1.ItemService/Nothing", "", user, nil, codes.NotFound, "NOT_FOUND", `"app.v1.ItemService/Nothing"`},
		{explainAccess, "", user, nil, codes.NotFound, "NOT_FOUND", "the contract has no method"},
		{w.function(t, "Whoami"), "", user, nil, codes.FailedPrecondition, "FAILED_PRECONDITION", "name a method of the relation"},
		{"app.v1.TransactionService/Transact", "", user, nil, codes.FailedPrecondition, "FAILED_PRECONDITION", "name a method of the relation"},
		{getItem, "", nil, nil, codes.InvalidArgument, "INVALID_VALUE", "role: there is none, in the claims neither; the caller roles are anon, authenticated"},
		{getItem, "service_role", user, nil, codes.InvalidArgument, "INVALID_VALUE", "the caller roles are anon, authenticated"},
		{getItem, "rowgate_admin", user, nil, codes.InvalidArgument, "INVALID_VALUE", "the caller roles are anon, authenticated"},
		{getItem, "rowgate", user, nil, codes.InvalidArgument, "INVALID_VALUE", "the caller roles are anon, authenticated"},
		{getItem, "none", user, nil, codes.InvalidArgument, "INVALID_VALUE", "the caller roles are anon, authenticated"},
		{getItem, `anon"; drop table x; --`, user, nil, codes.InvalidArgument, "INVALID_VALUE", "the caller roles are anon, authenticated"},
		{getItem, "", map[string]any{"role": 1}, nil, codes.InvalidArgument, "INVALID_VALUE", "claims.role: is no text"},
		{getItem, "", of("sub", []any{alice}), nil, codes.InvalidArgument, "INVALID_VALUE", "claims.sub: is no text"},
		{getItem, "", of("x", "a\x00b"), nil, codes.InvalidArgument, "INVALID_VALUE", "NUL"},
		{getItem, "", of("x", strings.Repeat("x", 17<<10)), nil, codes.InvalidArgument, "INVALID_VALUE", "longer than 16 KiB"},
		{getItem, "", user, map[string]string{"id": "x"}, codes.InvalidArgument, "INVALID_VALUE", `key.id: invalid input syntax for type uuid: "x"`},
		{getItem, "", user, map[string]string{"nr": "x"}, codes.InvalidArgument, "INVALID_VALUE", "key.nr: public.items has no such column; its primary key is id"},
		{getItem, "", user, map[string]string{"title": "x"}, codes.InvalidArgument, "INVALID_VALUE", "key: (title) does not tell the rows of public.items apart"},
		{"app.v1.PostService/GetPost", "", user, map[string]string{"id": alicePost}, codes.FailedPrecondition, "GRANT_MISSING", `grant select on "public"."posts" to "rowgate_admin"`},
	} {
		req := &adminv1.ExplainAccessRequest{Method: test.method, Role: test.role, Key: test.key}
		if test.claims != nil {
			req.Claims = structOf(t, test.claims)
		}
		ctx, _ := as(t, key)
		res, err := client.ExplainAccess(ctx, req)
		fails(t, err, test.code, test.reason)
		if err == nil || !strings.Contains(err.Error(), test.text) {
			t.Errorf("%s: %v %v, want %s", test.method, res, err, test.text)
		}
	}
	// A method that the database has no place for any more.
	if _, err := w.sql.Exec(t.Context(), "drop table public.comments cascade"); err != nil {
		t.Fatal(err)
	}
	ctx, _ := as(t, key)
	_, err := client.ExplainAccess(ctx, &adminv1.ExplainAccessRequest{Method: "app.v1.CommentService/GetComment", Role: "anon"})
	fails(t, err, codes.FailedPrecondition, "SCHEMA_CHANGED")

	_, client, key = newExplainWorld(t, options{alone: true})
	ctx, _ = as(t, key)
	_, err = client.ExplainAccess(ctx, &adminv1.ExplainAccessRequest{Method: getItem, Role: "anon"})
	fails(t, err, codes.FailedPrecondition, "NO_USER_PATH")
}

// TestExplainAccessHostileClaims: claims are data, whatever they hold, and the
// same as those of a token.
func TestExplainAccessHostileClaims(t *testing.T) {
	w, client, key := newExplainWorld(t, options{})
	if _, err := w.sql.Exec(t.Context(), `create policy said on public.items for select to authenticated
		using (current_setting('request.jwt.claims', true)::jsonb = '{"role": "authenticated", "sub": "`+bob+`", "x": "''; drop table items; --\"\\ <&>é\u2028", "n": 1763670000, "deep": {"role": "service_role", "list": [null, true, 0.1]}}'
			and current_setting('request.jwt.claim.sub') = '`+bob+`' and current_setting('request.jwt.claim.role') = 'authenticated' and current_setting('request.path') = '/`+getItem+`')`); err != nil {
		t.Fatal(err)
	}
	ctx, _ := as(t, key)
	req := &adminv1.ExplainAccessRequest{Method: getItem, Role: "authenticated", Key: map[string]string{"id": aliceItem}, Claims: structOf(t, map[string]any{
		"role": "service_role", "sub": bob, "x": "'; drop table items; --\"\\ <&>é\u2028", "n": 1763670000,
		"deep": map[string]any{"role": "service_role", "list": []any{nil, true, 0.1}},
	})}
	said := func() (adminv1.Verdict, *adminv1.ExplainAccessResponse) {
		res, err := client.ExplainAccess(ctx, req)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range res.GetPolicies() {
			if p.GetName() == "said" {
				return p.GetVerdict(), res
			}
		}
		t.Fatal("the policy is not there")
		return 0, nil
	}
	// The role that runs is the request's, and the claims stay as they are.
	if v, res := said(); v != adminv1.Verdict_VERDICT_FAILS || res.GetRow().GetVisible() || !slices.ContainsFunc(res.GetNotes(), func(n string) bool { return strings.Contains(n, "The claims' role is service_role") }) {
		t.Errorf("with another role in the claims: %v, %v", v, res)
	}
	req.Claims.Fields["role"] = structpb.NewStringValue("authenticated")
	if v, res := said(); v != adminv1.Verdict_VERDICT_PASSES || !res.GetRow().GetVisible() {
		t.Errorf("with the claims that the policy asks for: %v, %v", v, res)
	}
}

// TestExplainAccessTakesActAs holds that whoever may not act as a role is not told
// of its callers' rows either.
func TestExplainAccessTakesActAs(t *testing.T) {
	key, hash := newKey()
	w := newWorld(t, options{policy: `principals: [{name: a, keys: ["` + hash + `"], allow: ["*/*"], act_as: [anon]}]`})
	client := adminv1.NewAdminServiceClient(w.dial(t))
	for role, want := range map[string]codes.Code{"anon": codes.OK, "authenticated": codes.PermissionDenied} {
		ctx, _ := as(t, key)
		res, err := client.ExplainAccess(ctx, &adminv1.ExplainAccessRequest{Method: "app.v1.ItemService/ListItems", Role: role})
		if grpcstatus.Code(err) != want || want != codes.OK && res != nil {
			t.Errorf("%s: %v, %v, want %s", role, res, err, want)
		}
	}
}

// TestExplainer needs no server of the admin path: the user path's methods do.
func TestExplainer(t *testing.T) {
	w := newWorld(t, options{policy: `principals: []`})
	e := &admin.Explainer{Server: w.Server, User: w.Store, Admin: w.store}
	res, err := e.Explain(servicetest.As(t.Context(), ""), &adminv1.ExplainAccessRequest{Method: "/app.v1.PostService/ListPosts", Role: "anon"})
	if err != nil {
		t.Fatal(err)
	}
	var published int64
	if err := w.sql.QueryRow(t.Context(), "select count(*) from public.posts where published").Scan(&published); err != nil {
		t.Fatal(err)
	}
	if res.GetVisibleRows() != published || published == 0 || len(res.GetVisibleKeys()) == 0 || res.GetRow() != nil {
		t.Errorf("%v, want %d rows", res, published)
	}
}
