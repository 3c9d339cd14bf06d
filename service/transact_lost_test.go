package service_test

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/rowgate/rowgate/migrations"
	"github.com/rowgate/rowgate/service"
	"github.com/rowgate/rowgate/service/auth"
	"github.com/rowgate/rowgate/service/servicetest"
	"github.com/rowgate/rowgate/store"
	"github.com/rowgate/rowgate/store/storetest"
)

// lostRequests write one parent of a name each, in ways that take turns.
var lostRequests = []struct{ method, request string }{
	{"Transact", `{"writes":[{"createParent":{"parent":{"name":"%s"}}},{"createKid":{"kid":{"name":"k"}},"uses":[{"field":"kid.parent_id","from":"id"}]}]`},
	{"CreateParent", `{"parent":{"name":"%s"}`},
	{"BatchCreateParents", `{"requests":[{"parent":{"name":"%s"}}]`},
}

// lostRequest is the n-th one, with an id of its own.
func lostRequest(n int) (method, name, request string) {
	r := lostRequests[n%len(lostRequests)]
	name = fmt.Sprintf("n%d", n)
	return r.method, name, withID(fmt.Sprintf(r.request, name), uuid.NewString())
}

// TestOnceThroughLostDatabase loses the connection to the database a hundred
// times, between the commit and its answer. The caller asks again, and finds the
// request done, once.
func TestOnceThroughLostDatabase(t *testing.T) {
	const times = 100
	var p *proxy
	w := newTransactsWorld(t, worldOptions{through: func(url string) string {
		p, url = newProxy(t, url)
		return url
	}})
	for n := range times {
		method, name, request := lostRequest(n)
		p.cut.Store(true)
		_, err := w.bytes(t, w.alice, method, request)
		if err == nil || p.cut.Load() {
			t.Fatalf("%s: the connection was not lost: %v", method, err)
		}
		if code := status.Code(err); code != codes.Unavailable {
			t.Fatalf("%s: %v", method, err)
		}
		// It is written already.
		var id string
		if err := w.super.QueryRow(t.Context(), "select id::text from tx.parents where name = $1", name).Scan(&id); err != nil {
			t.Fatalf("%s has not committed: %v", method, err)
		}
		first := ""
		for i := range 3 {
			again, err := w.bytes(t, w.alice, method, request)
			if err != nil || !strings.Contains(again, id) || i > 0 && again != first {
				t.Fatalf("%s again: %q, %v; the row is %s", method, again, err, id)
			}
			first = again
		}
	}
	var parents, kids int
	if err := w.super.QueryRow(t.Context(), "select (select count(*) from tx.parents), (select count(*) from tx.kids)").Scan(&parents, &kids); err != nil {
		t.Fatal(err)
	}
	if parents != times || kids != (times+2)/3 {
		t.Errorf("%d parents and %d kids after %d requests", parents, kids, times)
	}
}

// servedURL is the variable by which a test gives a child the database that it
// is to serve.
const servedURL = "ROWGATE_TEST_SERVED_URL"

// TestServedByChild is no test: it is the server that others kill.
func TestServedByChild(t *testing.T) {
	url := os.Getenv(servedURL)
	if url == "" {
		t.Skip("it runs as a child of TestOnceThroughKills")
	}
	st, err := store.Open(t.Context(), store.Config{URL: url, MaxConns: 4})
	if err != nil {
		t.Fatal(err)
	}
	quiet := slog.New(slog.DiscardHandler)
	verifier, err := auth.New(t.Context(), auth.Config{Secret: secret, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	srv, err := service.New(t.Context(), service.Config{Store: st, Verifier: verifier, Contract: transactsContract(t, transactsProto), Logger: quiet, Allow: servicetest.Fixtures()})
	if err != nil {
		t.Fatal(err)
	}
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("serves %s\n", lis.Addr())
	// A parent that is gone has closed this.
	go func() {
		_, _ = os.Stdin.Read(make([]byte, 1))
		os.Exit(1)
	}()
	_ = srv.Serve(lis)
}

// servedChild is a server in a process of its own.
type servedChild struct {
	cmd  *exec.Cmd
	conn *grpc.ClientConn
}

func startServed(t *testing.T, url string) (*servedChild, error) {
	cmd := exec.Command(os.Args[0], "-test.run=^TestServedByChild$")
	cmd.Env = append(os.Environ(), servedURL+"="+url)
	if _, err := cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	c := &servedChild{cmd: cmd}
	t.Cleanup(func() {
		if c.kill(); c.conn != nil {
			_ = c.conn.Close()
		}
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if address, ok := strings.CutPrefix(lines.Text(), "serves "); ok {
			c.conn, err = grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
			return c, err
		}
	}
	return nil, fmt.Errorf("the server ended before it served")
}

// kill ends the process as it stands.
func (c *servedChild) kill() {
	_ = c.cmd.Process.Kill() // SIGKILL
	_ = c.cmd.Wait()
}

// lostCall is a request whose answer did not come.
type lostCall struct{ method, name, request string }

// TestOnceThroughKills kills the server 20 times while it works, and asks the next
// one again for what was not answered.
func TestOnceThroughKills(t *testing.T) {
	const times, clients = 20, 4
	contract := transactsContract(t, transactsProto)
	db := storetest.New(t, append(exampleApp(), storetest.Migration{Name: "transacts", SQL: transactsSQL})...)
	super, url := db.Superuser(t), db.LoginURL(t, migrations.UserLogin)
	ctx := as(t, token(t, migrations.Alice))
	// The next server starts while the present one works.
	next := make(chan *servedChild, 1)
	stop, stopped := context.WithCancel(t.Context())
	var starting sync.WaitGroup
	t.Cleanup(func() { stopped(); starting.Wait() })
	starting.Go(func() {
		defer close(next)
		for range times + 1 {
			c, err := startServed(t, url)
			if err != nil {
				t.Error(err)
				return
			}
			select {
			case next <- c:
			case <-stop.Done():
				return
			}
		}
	})
	answers := map[string]string{} // by name
	var mu sync.Mutex
	call := func(c *servedChild, l lostCall) error {
		caller := newCaller(c.conn, contract, "tx.v1")
		res := &emptypb.Empty{}
		if err := c.conn.Invoke(ctx, methodPath(caller.method(l.method)), caller.request(t, l.method, l.request, ""), res); err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		answers[l.name] = string(res.ProtoReflect().GetUnknown())
		return nil
	}
	var lost []lostCall
	n, repeated, done := 0, 0, 0
	for life := range times + 1 {
		c := <-next
		if c == nil {
			t.Fatal("there is no server")
		}
		for _, l := range lost {
			repeated++
			was := 0
			if err := super.QueryRow(t.Context(), "select count(*) from tx.parents where name = $1", l.name).Scan(&was); err != nil {
				t.Fatal(err)
			}
			done += was
			if err := call(c, l); err != nil {
				t.Fatalf("%s again: %v", l.method, err)
			}
		}
		if lost = nil; life == times {
			break
		}
		var working sync.WaitGroup
		for range clients {
			working.Go(func() {
				for {
					mu.Lock()
					var l lostCall
					l.method, l.name, l.request = lostRequest(n)
					n++
					mu.Unlock()
					if err := call(c, l); err != nil {
						mu.Lock()
						lost = append(lost, l)
						mu.Unlock()
						if status.Code(err) != codes.Unavailable {
							t.Errorf("%s: %v", l.method, err)
						}
						return
					}
				}
			})
		}
		time.Sleep(time.Duration(rand.IntN(30_000)) * time.Microsecond)
		c.kill()
		working.Wait()
	}
	rows, err := super.Query(t.Context(), "select name, id::text from tx.parents")
	if err != nil {
		t.Fatal(err)
	}
	written := 0
	for rows.Next() {
		var name, id string
		if err := rows.Scan(&name, &id); err != nil {
			t.Fatal(err)
		}
		if written++; !strings.Contains(answers[name], id) {
			t.Errorf("the answer of %s is %q, and the row %s", name, answers[name], id)
		}
	}
	if err := rows.Err(); err != nil || written != n || len(answers) != n {
		t.Errorf("%d requests have written %d rows and got %d answers, %v", n, written, len(answers), err)
	}
	kids := 0
	if err := super.QueryRow(t.Context(), "select count(*) from tx.kids").Scan(&kids); err != nil || kids != (n+2)/3 {
		t.Errorf("%d requests have written %d kids, %v", n, kids, err)
	}
	t.Logf("%d requests, %d repeated, of which %d had been done", n, repeated, done)
}
