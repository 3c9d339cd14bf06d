package admin_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/grpc/codes"
	grpcstatus "google.golang.org/grpc/status"

	byhandv1 "github.com/rowgate/rowgate/proto/gen/byhand/v1"
	"github.com/rowgate/rowgate/service/admin"
)

// stock is a service written by hand.
type stock struct {
	byhandv1.UnimplementedStockServiceServer
	server *admin.Server
}

func registerStock(s *admin.Server) { byhandv1.RegisterStockServiceServer(s, &stock{server: s}) }

// MoveStock changes the quantity of an item, as whom the call runs.
func (s *stock) MoveStock(ctx context.Context, req *byhandv1.MoveStockRequest) (*byhandv1.MoveStockResponse, error) {
	res := &byhandv1.MoveStockResponse{}
	err := s.server.Tx(ctx, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, "update public.items set quantity = quantity - $2 where id = $1 returning quantity", req.GetFromItem(), req.GetQuantity()).Scan(&res.Left)
	})
	return res, err
}

// everything is what the database holds, but for the audit.
const everything = `select md5(string_agg(t::text, '|' order by t::text)) from (
	select i::text from public.items i union all select p::text from public.posts p union all
	select c::text from public.comments c union all select p::text from public.profiles p) as t`

const (
	anyone     = `["*/*"]`
	actAsAlice = `{"role":"authenticated","sub":"` + alice + `"}`
)

// TestNothingWithoutAnAudit breaks the audit in several ways: no call does or
// tells anything then.
func TestNothingWithoutAnAudit(t *testing.T) {
	key, hash := newKey()
	policy := func(allow string) string {
		return `principals: [{name: a, keys: ["` + hash + `"], allow: ` + allow + `, act_as: [authenticated]}]`
	}
	w := newWorld(t, options{policy: policy(anyone), migrations: functions, contract: functionsContract(t), register: registerStock})
	conn := w.dial(t)
	create := `{"item":{"ownerId":"` + alice + `","title":"x"}}`
	calls := []struct{ method, body, actAs string }{
		{getItem, getAlices, ""},
		{"app.v1.ItemService/ListItems", `{}`, ""},
		{"app.v1.ItemService/StreamItems", `{}`, ""},
		{"app.v1.ItemService/AggregateItems", `{}`, ""},
		{"app.v1.ItemService/CreateItem", create, ""},
		{"app.v1.ItemService/CreateItem", `{"item":{"ownerId":"` + alice + `","title":"x"},"validateOnly":true}`, ""},
		{"app.v1.ItemService/CreateItem", `{"item":{"ownerId":"` + alice + `","title":"x"},"requestId":"7d2ab1ff-3b9e-4f2a-a9d5-6c6bb7a9a001"}`, ""},
		{"app.v1.ItemService/BatchCreateItems", `{"requests":[` + create + `]}`, ""},
		{"app.v1.ItemService/ImportItems", `{"items":[{"ownerId":"` + alice + `","title":"x"}]}`, ""},
		{"app.v1.ItemService/UpdateItem", `{"item":{"id":"` + aliceItem + `","title":"x"}}`, ""},
		{"app.v1.ItemService/UpdateManyItems", `{"filter":"quantity >= 0","item":{"title":"x"}}`, ""},
		{"app.v1.ItemService/DeleteItem", `{"id":"` + aliceItem + `"}`, ""},
		{"app.v1.TransactionService/Transact", `{"writes":[{"createItem":` + create + `}]}`, ""},
		{"app.v1.TransactionService/Transact", `{"writes":[{"createItem":` + create + `}],"requestId":"7d2ab1ff-3b9e-4f2a-a9d5-6c6bb7a9a002"}`, ""},
		{w.function(t, "Whoami"), `{}`, ""},
		{"byhand.v1.StockService/MoveStock", `{"fromItem":"` + aliceItem + `","quantity":1}`, ""},
		{getItem, getAlices, actAsAlice},
		{"app.v1.ItemService/StreamItems", `{}`, actAsAlice},
		{"app.v1.ItemService/CreateItem", `{"item":{"title":"x"}}`, actAsAlice},
		{"app.v1.TransactionService/Transact", `{"writes":[{"deleteItem":{"id":"` + aliceItem + `"}}]}`, actAsAlice},
		{"byhand.v1.StockService/MoveStock", `{"fromItem":"` + aliceItem + `","quantity":1}`, actAsAlice},
		{"rowgate.admin.v1.AdminService/GetStatus", `{}`, ""},
		{"rowgate.admin.v1.AdminService/ListCalls", `{}`, ""},
		{"rowgate.admin.v1.AdminService/CancelCall", `{"id":"1"}`, ""},
		{"rowgate.admin.v1.AdminService/ReloadSchema", `{}`, ""},
		{"rowgate.admin.v1.AdminService/ExplainAccess", `{"method":"` + getItem + `"}`, ""},
		{"grpc.reflection.v1.ServerReflection/ServerReflectionInfo", `{"listServices":""}`, ""},
	}
	var before string
	if err := w.sql.QueryRow(t.Context(), everything).Scan(&before); err != nil {
		t.Fatal(err)
	}
	w.load(policy(`[]`)) // A reload that took place would be noticed.
	for _, broken := range []struct{ name, breaks, mends string }{
		{"revoked", "revoke insert (code) on rowgate.audit from rowgate_admin", "grant insert (code) on rowgate.audit to rowgate_admin"},
		{"a trigger", "create function public.no() returns trigger language plpgsql as 'begin raise exception ''no''; end'; create trigger no before insert on rowgate.audit execute function public.no()", "drop trigger no on rowgate.audit"},
		{"no schema", "alter schema rowgate rename to elsewhere", "alter schema elsewhere rename to rowgate"},
		{"dropped", "drop table rowgate.audit", ""},
	} {
		if _, err := w.sql.Exec(t.Context(), broken.breaks); err != nil {
			t.Fatal(err)
		}
		for i, c := range calls {
			t.Run(fmt.Sprintf("%s/%d %s", broken.name, i, strings.ReplaceAll(c.method, "/", ".")), func(t *testing.T) {
				var more []string
				if c.actAs != "" {
					more = []string{"rowgate-act-as", c.actAs}
				}
				ctx, id := as(t, key, more...)
				answers, err := w.call(ctx, conn, c.method, c.body)
				if broken.name == "no schema" && strings.Contains(c.body, "requestId") {
					if err == nil { // The requests' own table is not there, either.
						t.Error("the call succeeds")
					}
				} else {
					fails(t, err, codes.Unavailable, "AUDIT_FAILED")
				}
				if len(answers) > 0 {
					t.Errorf("it has told %s", answers)
				}
				if lines := w.log.with(t, "admin call", id); len(lines) != 1 || lines[0]["audit_row"] == nil || lines[0]["level"] != "ERROR" {
					t.Errorf("the log has %v", lines)
				}
			})
		}
		var after string
		if err := w.sql.QueryRow(t.Context(), everything).Scan(&after); err != nil {
			t.Fatal(err)
		}
		if after != before {
			t.Errorf("%s: something was written", broken.name)
		}
		if _, err := w.sql.Exec(t.Context(), broken.mends); err != nil {
			t.Fatal(err)
		}
		if broken.mends == "" {
			continue
		}
		ctx, _ := as(t, key)
		if _, err := w.call(ctx, conn, getItem, getAlices); err != nil {
			t.Errorf("%s: when it is mended: %v", broken.name, err)
		}
	}
}

// TestLockedAudit has a call wait for the audit until its deadline.
func TestLockedAudit(t *testing.T) {
	key, hash := newKey()
	w := newWorld(t, options{policy: `principals: [{name: a, keys: ["` + hash + `"], allow: ["*/*"]}]`})
	tx, err := w.sql.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), "lock table rowgate.audit"); err != nil {
		t.Fatal(err)
	}
	ctx, id := as(t, key)
	ctx, cancel := context.WithTimeout(ctx, 500*time.Millisecond)
	defer cancel()
	_, err = w.call(ctx, w.dial(t), "app.v1.ItemService/DeleteItem", getAlices)
	// The server and the client both look at the time.
	if grpcstatus.Code(err) != codes.DeadlineExceeded {
		t.Errorf("got %v", err)
	}
	// The statement that waits is cancelled a moment after the client has gone;
	// if the lock were free before that, the call would come to its end.
	time.Sleep(time.Second)
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	time.Sleep(500 * time.Millisecond)
	for _, r := range w.audited(t, id) {
		if r.Event == "done" {
			t.Errorf("the audit has %v", texts(t, []row{r}))
		}
	}
	var n int
	if err := w.sql.QueryRow(t.Context(), "select count(*) from public.items where id = $1", aliceItem).Scan(&n); err != nil || n != 1 {
		t.Errorf("%d items, %v", n, err)
	}
}

// TestRowIsOfTheCallsTransaction looks at who has written the two rows.
func TestRowIsOfTheCallsTransaction(t *testing.T) {
	key, hash := newKey()
	w := newWorld(t, options{policy: `principals: [{name: a, keys: ["` + hash + `"], allow: ["*/*"]}]`})
	for _, c := range []struct{ method, body string }{
		{"ItemService/CreateItem", `{"item":{"ownerId":"` + alice + `","title":"new"}}`},
		{"ItemService/BatchCreateItems", `{"requests":[{"item":{"ownerId":"` + alice + `","title":"new"}}]}`},
		{"ItemService/CreateItem", `{"item":{"ownerId":"` + alice + `","title":"new"},"requestId":"7d2ab1ff-3b9e-4f2a-a9d5-6c6bb7a9a001"}`},
		{"ItemService/ImportItems", `{"items":[{"ownerId":"` + alice + `","title":"new"}]}`},
		{"TransactionService/Transact", `{"writes":[{"createItem":{"item":{"ownerId":"` + alice + `","title":"new"}}}]}`},
	} {
		ctx, id := as(t, key)
		if _, err := w.call(ctx, w.dial(t), "app.v1."+c.method, c.body); err != nil {
			t.Fatal(err)
		}
		var together bool
		err := w.sql.QueryRow(t.Context(), "select a.xmin = i.xmin from rowgate.audit a, public.items i where a.request_id = $1 and i.title = 'new'", id).Scan(&together)
		if err != nil || !together {
			t.Errorf("%s: in one transaction: %v, %v", c.method, together, err)
		}
		if _, err := w.sql.Exec(t.Context(), "delete from public.items where title = 'new'"); err != nil {
			t.Fatal(err)
		}
	}
}

// TestFailedCallsAreAudited has calls fail in several ways. What they did is
// rolled back, and their row with it, so they have another.
func TestFailedCallsAreAudited(t *testing.T) {
	key, hash := newKey()
	w := newWorld(t, options{policy: `principals: [{name: a, keys: ["` + hash + `"], allow: ["*/*"]}]`, migrations: functions, register: registerStock})
	conn := w.dial(t)
	for _, c := range []struct{ method, body, code string }{
		{"app.v1.ItemService/CreateItem", `{"item":{"ownerId":"` + alice + `","title":"x","quantity":-1}}`, "INVALID_ARGUMENT"},
		{"app.v1.ItemService/CreateItem", `{"item":{"ownerId":"` + alice + `","title":"late"}}`, "INVALID_ARGUMENT"},
		{"app.v1.ItemService/ListItems", `{"filter":"no such"}`, "INVALID_ARGUMENT"},
		{"app.v1.ItemService/StreamItems", `{"filter":"no such"}`, "INVALID_ARGUMENT"},
		{"app.v1.ItemService/ImportItems", `{"items":[{"ownerId":"` + alice + `","title":"x"},{"ownerId":"` + alice + `","title":"late"}]}`, "INVALID_ARGUMENT"},
		{"app.v1.TransactionService/Transact", `{"writes":[{"deleteItem":{"id":"` + aliceItem + `"}},{"createItem":{"item":{"ownerId":"` + alice + `","title":"x","quantity":-1}}}]}`, "INVALID_ARGUMENT"},
	} {
		ctx, id := as(t, key)
		_, err := w.call(ctx, conn, c.method, c.body)
		if err == nil {
			t.Errorf("%s %s succeeds", c.method, c.body)
		}
		same(t, c.method+c.body, w.audited(t, id), []row{{Event: "failed", Principal: "a", Method: c.method, RequestID: id, Code: &c.code, Login: "rowgate_admin"}})
	}
	// A statement that found nothing was committed, and what that means is found
	// out afterwards.
	ctx, id := as(t, key)
	_, err := w.call(ctx, conn, getItem, `{"id":"17e50000-0000-4000-8000-00000000ffff"}`)
	fails(t, err, codes.NotFound, "NOT_FOUND")
	done := row{Event: "done", Principal: "a", Method: getItem, RequestID: id, Code: some("OK"), Rows: some(int64(0)), Login: "rowgate_admin"}
	failed := row{Event: "failed", Principal: "a", Method: getItem, RequestID: id, Code: some("NOT_FOUND"), Login: "rowgate_admin"}
	same(t, "an item that is not there", w.audited(t, id), []row{done, failed})
	// What the gate sees to itself has a row of its start, too.
	for _, c := range []struct{ method, body, code string }{
		{"byhand.v1.StockService/MoveStock", `{"fromItem":"` + aliceItem + `","quantity":100}`, "INVALID_ARGUMENT"},
		{"rowgate.admin.v1.AdminService/CancelCall", `{"id":"77"}`, "NOT_FOUND"},
		{"rowgate.admin.v1.AdminService/CancelCall", `{}`, "INVALID_ARGUMENT"},
	} {
		ctx, id := as(t, key)
		_, err := w.call(ctx, conn, c.method, c.body)
		if err == nil {
			t.Errorf("%s %s succeeds", c.method, c.body)
		}
		started := row{Event: "started", Principal: "a", Method: c.method, RequestID: id, Login: "rowgate_admin"}
		failed := started
		failed.Event, failed.Code = "failed", &c.code
		same(t, c.method+c.body, w.audited(t, id), []row{started, failed})
	}
	var n int
	if err := w.sql.QueryRow(t.Context(), "select count(*) from public.items").Scan(&n); err != nil || n != 37 {
		t.Errorf("%d items, %v", n, err)
	}
}

// TestEndCannotBeAudited breaks the audit between a call's first row and its
// last. A stream that the store audits fails, though it has told its rows: its
// start is on record.
func TestEndCannotBeAudited(t *testing.T) {
	key, hash := newKey()
	w := newWorld(t, options{policy: `principals: [{name: a, keys: ["` + hash + `"], allow: ["*/*"], act_as: [authenticated]}]`})
	if _, err := w.sql.Exec(t.Context(), "alter table rowgate.audit add check (event = 'started')"); err != nil {
		t.Fatal(err)
	}
	ctx, id := as(t, key)
	_, err := w.call(ctx, w.dial(t), "app.v1.ItemService/StreamItems", `{}`)
	fails(t, err, codes.Unavailable, "AUDIT_FAILED")
	same(t, "the stream", w.audited(t, id), []row{{Event: "started", Principal: "a", Method: "app.v1.ItemService/StreamItems", RequestID: id, Login: "rowgate_admin"}})

	ctx, id = as(t, key, "rowgate-act-as", actAsAlice)
	if _, err := w.call(ctx, w.dial(t), getItem, getAlices); err != nil {
		t.Fatal(err)
	}
	if rows := w.audited(t, id); len(rows) != 1 || rows[0].Event != "started" {
		t.Errorf("the audit has %v", texts(t, rows))
	}
	if lines := w.log.with(t, "admin call", id); len(lines) != 1 || lines[0]["audit_row"] == nil || lines[0]["level"] != "ERROR" {
		t.Errorf("the log has %v", lines)
	}
}

// TestDeniedCallsAreBounded has a principal ask again and again for what it may
// not have: the table does not grow as fast as that. What fails of what it may
// call has its row each time, since failing can tell something.
func TestDeniedCallsAreBounded(t *testing.T) {
	key, hash := newKey()
	w := newWorld(t, options{policy: `principals: [{name: a, keys: ["` + hash + `"], allow: ["app.v1.ItemService/*"]}]`})
	conn := w.dial(t)
	start := time.Now()
	for i := range 400 {
		ctx, _ := as(t, key)
		if i%2 == 0 {
			_, err := w.call(ctx, conn, "app.v1.PostService/GetPost", `{"id":"`+alicePost+`"}`)
			fails(t, err, codes.PermissionDenied, "NOT_ALLOWED")
		} else if _, err := w.call(ctx, conn, "app.v1.ItemService/ListItems", `{"filter":"no such"}`); err == nil {
			t.Error("there is such a filter")
		}
	}
	most := 100 + int(10*time.Since(start).Seconds()) + 1
	var rows int
	if err := w.sql.QueryRow(t.Context(), "select count(*) from rowgate.audit").Scan(&rows); err != nil {
		t.Fatal(err)
	}
	if rows < 200+100 || rows > 200+most {
		t.Errorf("%d rows, want 200 and 100 to %d", rows, most)
	}
	if lines := w.log.with(t, "admin call", ""); len(lines) != 400 {
		t.Errorf("the log has %d lines", len(lines))
	}
	// Calls that succeed are not bounded.
	ctx, id := as(t, key)
	if _, err := w.call(ctx, conn, getItem, getAlices); err != nil {
		t.Fatal(err)
	}
	if rows := w.audited(t, id); len(rows) != 1 {
		t.Errorf("the audit has %v", texts(t, rows))
	}
}
