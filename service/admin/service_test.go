package admin_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"

	adminv1 "github.com/rowgate/rowgate/proto/gen/rowgate/admin/v1"
	"github.com/rowgate/rowgate/service/servicetest"
	"github.com/rowgate/rowgate/store/safety"
	"github.com/rowgate/rowgate/store/storetest"
)

// administrator is a world with a principal who may do everything.
func administrator(t *testing.T, o options) (w *world, conn *grpc.ClientConn, key string) {
	t.Helper()
	key, hash := newKey()
	o.policy = "principals:\n- {name: a, keys: [" + hash + "], allow: ['*/*'], act_as: [authenticated]}" + o.policy
	w = newWorld(t, o)
	return w, w.dial(t), key
}

func TestStatus(t *testing.T) {
	loose := []storetest.Migration{{Name: "loose", SQL: "create table public.loose (id integer primary key); grant select on public.loose to authenticated"}}
	w, conn, key := administrator(t, options{migrations: loose, contract: pulled(t, loose)})
	ctx, _ := as(t, key)
	got, err := adminv1.NewAdminServiceClient(conn).GetStatus(ctx, &adminv1.GetStatusRequest{})
	if err != nil {
		t.Fatal(err)
	}
	var version, database string
	var started time.Time
	if err := w.sql.QueryRow(t.Context(), "select split_part(current_setting('server_version'), ' ', 1), current_database(), pg_postmaster_start_time()").Scan(&version, &database, &started); err != nil {
		t.Fatal(err)
	}
	db := got.GetDatabase()
	if db.GetServerVersion() != version || db.GetName() != database || !db.GetStartTime().AsTime().Equal(started) || db.GetInRecovery() || db.GetReplayDelay() != nil || len(db.GetReplicas()) != 0 {
		t.Errorf("the database is %v", db)
	}
	if got.GetVersion() != "of the tests" || time.Since(got.GetStartTime().AsTime()) > time.Minute || got.GetRunningCalls() != 1 {
		t.Errorf("the process is %v", got)
	}
	if s := got.GetSchema(); int(s.GetMethods()) != len(w.admin.Methods()) || s.GetMethods() < 40 || time.Since(s.GetLoadTime().AsTime()) > time.Minute {
		t.Errorf("the schema is %v", s)
	}
	found := false
	for _, f := range got.GetSchema().GetAllowedFindings() {
		found = found || f.GetRule() == string(safety.TableWithoutRLS) && f.GetObject() == "public.loose" && f.GetText() != "" && f.GetReason() != ""
	}
	if !found {
		t.Errorf("the allowed findings are %v", got.GetSchema().GetAllowedFindings())
	}
	var pools []string
	for _, p := range got.GetPools() {
		pools = append(pools, fmt.Sprint(p.GetName(), " ", p.GetLogin(), " ", p.GetMaxConnections()))
	}
	if strings.Join(pools, ", ") != "admin rowgate_admin 4, user rowgate 4" {
		t.Errorf("the pools are %s", pools)
	}
}

// TestCancel lists and cancels calls of both paths while they run.
func TestCancel(t *testing.T) {
	onlyList, hash := newKey()
	w, conn, key := administrator(t, options{
		policy: `
- {name: b, keys: ["` + hash + `"], allow: ["rowgate.admin.v1.AdminService/ListCalls"]}`,
		migrations: functions, contract: functionsContract(t),
	})
	client := adminv1.NewAdminServiceClient(conn)
	takeTime := w.function(t, "TakeTime")
	adminCall, adminID := as(t, key)
	asUser, _ := as(t, key, "rowgate-act-as", actAsAlice)
	for _, c := range []struct {
		path, role, subject string
		ctx                 context.Context
		conn                *grpc.ClientConn
	}{
		{"user", "authenticated", bob, servicetest.As(t.Context(), servicetest.Token(t, bob)), w.Conn},
		{"admin", "rowgate_admin", "a", adminCall, conn},
		{"admin", "authenticated", "a", asUser, conn},
	} {
		failed := make(chan error, 1)
		go func() {
			_, err := w.call(c.ctx, c.conn, takeTime, `{"seconds":15}`)
			failed <- err
		}()
		id := ""
		for range 100 {
			ctx, _ := as(t, key)
			list, err := client.ListCalls(ctx, &adminv1.ListCallsRequest{})
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range list.GetCalls() {
				if r.GetMethod() == takeTime && r.GetPath() == c.path && r.GetRole() == c.role && r.GetSubject() == c.subject && r.GetPeer() != "" {
					id = r.GetId()
				}
			}
			if id != "" {
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
		if id == "" {
			t.Fatalf("the call of %s is not listed", c.path)
		}
		time.Sleep(100 * time.Millisecond) // It is in the database by now.
		const cancelCall = "rowgate.admin.v1.AdminService/CancelCall"
		ctx, requestID := as(t, onlyList)
		_, err := client.CancelCall(ctx, &adminv1.CancelCallRequest{Id: id})
		fails(t, err, codes.PermissionDenied, "NOT_ALLOWED")
		same(t, "the denied cancellation", w.audited(t, requestID), []row{{Event: "denied", Principal: "b", Method: cancelCall, RequestID: requestID, Code: some("PERMISSION_DENIED"), Login: "rowgate_admin"}})
		ctx, requestID = as(t, key)
		if _, err := client.CancelCall(ctx, &adminv1.CancelCallRequest{Id: id}); err != nil {
			t.Fatal(err)
		}
		same(t, "the cancellation", w.audited(t, requestID), []row{
			{Event: "started", Principal: "a", Method: cancelCall, RequestID: requestID, Login: "rowgate_admin"},
			{Event: "done", Principal: "a", Method: cancelCall, RequestID: requestID, Code: some("OK"), Login: "rowgate_admin"},
		})
		select {
		case err := <-failed:
			fails(t, err, codes.Canceled, "CANCELLED_BY_ADMIN")
		case <-time.After(5 * time.Second):
			t.Fatal("the call goes on")
		}
		ctx, _ = as(t, key)
		_, err = client.CancelCall(ctx, &adminv1.CancelCallRequest{Id: id})
		fails(t, err, codes.NotFound, "NOT_FOUND")
	}
	same(t, "the cancelled call", w.audited(t, adminID), []row{{Event: "failed", Principal: "a", Method: takeTime, RequestID: adminID, Code: some("CANCELLED"), Login: "rowgate_admin"}})
	var busy int
	if err := w.sql.QueryRow(t.Context(), "select count(*) from pg_stat_activity where datname = current_database() and state = 'active' and query like '%take_time%' and pid <> pg_backend_pid()").Scan(&busy); err != nil || busy != 0 {
		t.Errorf("%d statements go on, %v", busy, err)
	}
}

// TestReload changes contract and policy of a running server.
func TestReload(t *testing.T) {
	key, hash := newKey()
	policy := func(allow string) string {
		return `principals: [{name: a, keys: ["` + hash + `"], allow: ["rowgate.admin.v1.AdminService/*"` + allow + `]}]`
	}
	w := newWorld(t, options{policy: policy("")})
	conn := w.dial(t)
	client := adminv1.NewAdminServiceClient(conn)
	get := func() error {
		ctx, _ := as(t, key)
		_, err := w.call(ctx, conn, getItem, getAlices)
		return err
	}
	reload := func(validateOnly bool) (*adminv1.ReloadSchemaResponse, error) {
		ctx, _ := as(t, key)
		return client.ReloadSchema(ctx, &adminv1.ReloadSchemaRequest{ValidateOnly: validateOnly})
	}
	fails(t, get(), codes.PermissionDenied, "NOT_ALLOWED")

	w.load(policy(`, "app.v1.ItemService/GetItem", "app.v9.*/*"`))
	if _, err := reload(true); err != nil {
		t.Fatal(err)
	}
	fails(t, get(), codes.PermissionDenied, "NOT_ALLOWED")
	if _, err := reload(false); err != nil {
		t.Fatal(err)
	}
	if err := get(); err != nil {
		t.Error(err)
	}
	if lines := w.log.with(t, `is allowed "app.v9.*/*", which no method's name meets`, ""); len(lines) != 1 || lines[0]["level"] != "WARN" {
		t.Errorf("the log has %v", lines)
	}

	// A policy that is none changes nothing.
	w.load("principals: [{name: a, alow: []}]")
	_, err := reload(false)
	fails(t, err, codes.FailedPrecondition, "DOES_NOT_FIT")
	if !strings.Contains(err.Error(), `policy.yaml:1: there is no key "alow" here`) {
		t.Errorf("it does not say what is wrong: %v", err)
	}
	if err := get(); err != nil {
		t.Error(err)
	}

	// Neither does a policy that is good beside a contract that does not fit.
	if _, err := w.sql.Exec(t.Context(), "alter table public.comments rename to remarks"); err != nil {
		t.Fatal(err)
	}
	w.load(policy(""))
	_, err = reload(false)
	fails(t, err, codes.FailedPrecondition, "DOES_NOT_FIT")
	if err := get(); err != nil {
		t.Error(err)
	}
	if _, err := w.sql.Exec(t.Context(), "alter table public.remarks rename to comments"); err != nil {
		t.Fatal(err)
	}

	// A contract with new methods is served by both paths.
	if _, err := w.sql.Exec(t.Context(), functions[0].SQL); err != nil {
		t.Fatal(err)
	}
	before := len(w.Server.Methods())
	w.mu.Lock()
	w.contract = servicetest.Pull(t, w.DB, "app.v1", "public")
	w.mu.Unlock()
	w.load(policy(`, "*/Whoami"`))
	res, err := reload(false)
	if err != nil {
		t.Fatal(err)
	}
	if len(res.GetAddedMethods()) == 0 || len(res.GetRemovedMethods()) != 0 ||
		len(w.Server.Methods()) != before+len(res.GetAddedMethods()) || len(w.admin.Methods()) != before+len(res.GetAddedMethods()) ||
		int(res.GetSchema().GetMethods()) != len(w.Server.Methods()) {
		t.Errorf("the reload answers %v", res)
	}
	whoami := w.function(t, "Whoami")
	ctx, _ := as(t, key)
	if _, err := w.call(ctx, conn, whoami, `{}`); err != nil {
		t.Error(err)
	}
	if _, err := w.call(servicetest.As(t.Context(), servicetest.Token(t, alice)), w.Conn, whoami, `{}`); err != nil {
		t.Error(err)
	}
	fails(t, get(), codes.PermissionDenied, "NOT_ALLOWED")
}

// TestReason asks for reasons as the policy does.
func TestReason(t *testing.T) {
	const create = "app.v1.ItemService/CreateItem"
	newItem := `{"item":{"ownerId":"` + alice + `","title":"x"}}`
	calls := []struct {
		method, body, actAs string
		writes              bool
	}{
		{getItem, getAlices, "", false},
		{getItem, getAlices, actAsAlice, false},
		{"app.v1.ItemService/StreamItems", `{}`, "", false},
		{create, newItem, "", true},
		{create, newItem, actAsAlice, true},
		{"app.v1.TransactionService/Transact", `{"writes":[{"createItem":` + newItem + `}]}`, "", true},
		{"rowgate.admin.v1.AdminService/GetStatus", `{}`, "", false},
		{"rowgate.admin.v1.AdminService/ListCalls", `{}`, "", false},
		{"rowgate.admin.v1.AdminService/ReloadSchema", `{"validateOnly":true}`, "", true},
	}
	for _, rule := range []string{"", "never", "writes", "always"} {
		t.Run("require "+rule, func(t *testing.T) {
			o := options{}
			if rule != "" {
				o.policy = "\nrequire_reason: " + rule
			}
			w, conn, key := administrator(t, o)
			for _, c := range calls {
				var more []string
				if c.actAs != "" {
					more = []string{"rowgate-act-as", c.actAs}
				}
				ctx, id := as(t, key, more...)
				_, err := w.call(ctx, conn, c.method, c.body)
				if rule == "always" || rule == "writes" && c.writes {
					fails(t, err, codes.InvalidArgument, "REASON_REQUIRED")
					if rows := w.audited(t, id); len(rows) != 1 || rows[0].Event != "denied" || *rows[0].Code != "INVALID_ARGUMENT" {
						t.Errorf("the audit has %v", texts(t, rows))
					}
				} else if err != nil {
					t.Errorf("%s: %v", c.method, err)
				}
				ctx, id = as(t, key, append(more, "rowgate-reason", " ticket 7 ")...)
				if _, err := w.call(ctx, conn, c.method, c.body); err != nil {
					t.Errorf("%s with a reason: %v", c.method, err)
				}
				for _, r := range w.audited(t, id) {
					if r.Reason == nil || *r.Reason != "ticket 7" {
						t.Errorf("the audit has %v", texts(t, []row{r}))
					}
				}
			}
		})
	}
}

// TestMetadata sends what a call says of itself in several forms.
func TestMetadata(t *testing.T) {
	w, conn, key := administrator(t, options{policy: "\nrequire_reason: always"})
	for _, c := range []struct {
		name     string
		metadata []string
		reason   string // told by the audit; empty for refused
	}{
		{"plain", []string{"rowgate-reason", "because"}, "because"},
		{"binary", []string{"rowgate-reason-bin", "müßig 緑茶"}, "müßig 緑茶"},
		{"as long as it may be", []string{"rowgate-reason", strings.Repeat("x", 1000)}, strings.Repeat("x", 1000)},
		{"longer", []string{"rowgate-reason", strings.Repeat("x", 1001)}, ""},
		{"twice", []string{"rowgate-reason", "a", "rowgate-reason", "b"}, ""},
		{"in both forms", []string{"rowgate-reason", "a", "rowgate-reason-bin", "b"}, ""},
		{"two lines", []string{"rowgate-reason-bin", "a\nb"}, ""},
		{"NUL", []string{"rowgate-reason-bin", "a\x00b"}, ""},
		{"no UTF-8", []string{"rowgate-reason-bin", "a\xff"}, ""},
		{"blank", []string{"rowgate-reason", "  "}, ""},
		{"two request ids", []string{"rowgate-reason", "a", "x-request-id-bin", "b"}, ""},
	} {
		ctx, id := as(t, key, c.metadata...)
		_, err := w.call(ctx, conn, "app.v1.ItemService/DeleteItem", `{"id":"`+aliceItem+`","validateOnly":true}`)
		if c.reason == "" {
			if err == nil {
				t.Errorf("%s is taken", c.name)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		for _, r := range w.audited(t, id) {
			if r.Reason == nil || *r.Reason != c.reason {
				t.Errorf("%s: the audit has %v", c.name, texts(t, []row{r}))
			}
		}
	}
	// A call without an id is given one, and told it.
	var header metadata.MD
	ctx := metadata.AppendToOutgoingContext(servicetest.As(t.Context(), key), "rowgate-reason", "x")
	if _, err := adminv1.NewAdminServiceClient(conn).ListCalls(ctx, &adminv1.ListCallsRequest{}, grpc.Header(&header)); err != nil {
		t.Fatal(err)
	}
	ids := header.Get("x-request-id")
	if len(ids) != 1 || len(w.audited(t, ids[0])) != 2 {
		t.Errorf("the header has %v", header)
	}
}

// TestTransactionMembers has a principal who may make transactions, and not
// every write in them.
func TestTransactionMembers(t *testing.T) {
	key, hash := newKey()
	w := newWorld(t, options{policy: `principals: [{name: a, keys: ["` + hash + `"], allow: ["app.v1.TransactionService/Transact", "app.v1.ItemService/CreateItem"], act_as: [authenticated]}]`})
	conn := w.dial(t)
	create := `{"createItem":{"item":{"ownerId":"` + alice + `","title":"new"}}}`
	var before, after string
	if err := w.sql.QueryRow(t.Context(), everything).Scan(&before); err != nil {
		t.Fatal(err)
	}
	for _, actAs := range []string{"", actAsAlice} {
		for _, other := range []string{
			`{"deleteItem":{"id":"` + aliceItem + `"}}`, `{"updateItem":{"item":{"id":"` + aliceItem + `","title":"x"}}}`,
			`{"batchCreateItems":{"requests":[{"item":{"ownerId":"` + alice + `","title":"x"}}]}}`, `{"deletePost":{"id":"` + alicePost + `"}}`,
		} {
			for _, more := range []string{``, `,"validateOnly":true`, `,"requestId":"7d2ab1ff-3b9e-4f2a-a9d5-6c6bb7a9a001"`} {
				metadata := []string{}
				if actAs != "" {
					metadata = []string{"rowgate-act-as", actAs}
				}
				ctx, id := as(t, key, metadata...)
				_, err := w.call(ctx, conn, "app.v1.TransactionService/Transact", `{"writes":[`+create+`,`+other+`]`+more+`}`)
				fails(t, err, codes.PermissionDenied, "NOT_ALLOWED")
				rows := w.audited(t, id)
				if len(rows) == 0 || rows[len(rows)-1].Event != "denied" || *rows[len(rows)-1].Code != "PERMISSION_DENIED" {
					t.Errorf("the audit has %v", texts(t, rows))
				}
			}
		}
	}
	if err := w.sql.QueryRow(t.Context(), everything).Scan(&after); err != nil || after != before {
		t.Errorf("something was written, %v", err)
	}
	ctx, _ := as(t, key)
	if _, err := w.call(ctx, conn, "app.v1.TransactionService/Transact", `{"writes":[`+create+`,`+create+`]}`); err != nil {
		t.Error(err)
	}
}

// TestMethodThatIsNotThere is answered as one that is not allowed.
func TestMethodThatIsNotThere(t *testing.T) {
	w, conn, key := administrator(t, options{})
	for _, method := range []string{"/app.v1.ItemService/NoSuch", "/no.such.Service/Get", "/app.v1.ItemService/getItem", "/app.v1.ItemService/GetItem/", "/app.v1.ItemService//GetItem", "/app.v1.ItemService/" + strings.Repeat("x", 5000)} {
		ctx, id := as(t, key)
		err := conn.Invoke(ctx, method, &adminv1.GetStatusRequest{}, &adminv1.Status{})
		fails(t, err, codes.PermissionDenied, "NOT_ALLOWED")
		rows := w.audited(t, id)
		if len(rows) != 1 || rows[0].Event != "denied" || !strings.HasPrefix(method, "/"+rows[0].Method) {
			t.Errorf("%.60s: the audit has %.300s", method, texts(t, rows))
		}
	}
	// A path without its slash is gRPC's to refuse, before anyone is asked.
	ctx, _ := as(t, key)
	if err := conn.Invoke(ctx, "app.v1.ItemService/GetItem", &adminv1.GetStatusRequest{}, &adminv1.Status{}); err == nil {
		t.Error("a path without its slash is taken")
	}
}
