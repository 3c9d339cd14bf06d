package main_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"github.com/rowgate/rowgate/migrations"
	appv1 "github.com/rowgate/rowgate/proto/gen/app/v1"
	"github.com/rowgate/rowgate/service/servicetest"
	"github.com/rowgate/rowgate/store/storetest"
)

// process is a running `rowgate serve`.
type process struct {
	cmd     *exec.Cmd
	folder  string
	stopped chan struct{}

	mu  sync.Mutex
	log bytes.Buffer
}

// Write implements io.Writer for the log.
func (p *process) Write(text []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.Write(text)
}

func (p *process) logged() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.String()
}

// startServe runs `rowgate serve` in a folder until it has logged all of wait.
// Unless the environment says otherwise it is that of the example, on free
// ports.
func startServe(t *testing.T, folder string, env []string, args []string, wait ...string) *process {
	t.Helper()
	p := &process{folder: folder, stopped: make(chan struct{})}
	p.cmd = exec.Command(binary, append([]string{"serve"}, args...)...)
	p.cmd.Dir = folder
	p.cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + folder}, env...)
	p.cmd.Stderr = p
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = p.cmd.Wait()
		close(p.stopped)
	}()
	t.Cleanup(func() { p.stop(t) })
	for _, text := range wait {
		p.waitLog(t, text)
	}
	return p
}

// stop ends it as an operator would, and expects that it goes well.
func (p *process) stop(t *testing.T) {
	t.Helper()
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	<-p.stopped
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("exit code %d after SIGTERM:\n%s", code, p.logged())
	}
}

// waitLog waits for a text in the log, and ends the test without it.
func (p *process) waitLog(t *testing.T, text string) {
	t.Helper()
	waitFor(t, "the log to have "+text, func() bool {
		select {
		case <-p.stopped:
			return true
		default:
			return strings.Contains(p.logged(), text)
		}
	})
	if !strings.Contains(p.logged(), text) {
		t.Fatalf("no %q in the log:\n%s", text, p.logged())
	}
}

// address is where a path listens.
func (p *process) address(t *testing.T, path string) string {
	t.Helper()
	m := regexp.MustCompile(`msg=serving path=` + path + ` address=(\S+)`).FindStringSubmatch(p.logged())
	if m == nil {
		t.Fatalf("the path %s is not served:\n%s", path, p.logged())
	}
	return m[1]
}

// hangup has contract, policy and certificates read anew, and waits until that
// is done.
func (p *process) hangup(t *testing.T) {
	t.Helper()
	done := regexp.MustCompile(`TLS files are read anew|could be read anew`)
	before := len(done.FindAllString(p.logged(), -1))
	if err := p.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the reload", func() bool { return len(done.FindAllString(p.logged(), -1)) > before })
}

// userEnv is the environment of the user path in front of the example.
func userEnv(t *testing.T, db *storetest.Database) []string {
	t.Helper()
	return []string{
		"DATABASE_URL=" + db.LoginURL(t, migrations.UserLogin), "SUPABASE_JWT_SECRET=" + servicetest.Secret,
		"ROWGATE_LISTEN=127.0.0.1:0", "ROWGATE_PROTO=" + filepath.Join(root, "proto"),
	}
}

// connect opens a connection in plain text when creds are nil.
func connect(t *testing.T, address string, creds credentials.TransportCredentials) *grpc.ClientConn {
	t.Helper()
	if creds == nil {
		creds = insecure.NewCredentials()
	}
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(creds))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// owners lists items and returns how many each user has.
func owners(ctx context.Context, conn *grpc.ClientConn) (map[string]int, error) {
	res, err := appv1.NewItemServiceClient(conn).ListItems(ctx, &appv1.ListItemsRequest{PageSize: 1000})
	if err != nil {
		return nil, err
	}
	n := map[string]int{}
	for _, item := range res.GetItems() {
		n[item.GetOwnerId()]++
	}
	return n, nil
}

// wantOwners lists items, which must be those of these users alone.
func wantOwners(ctx context.Context, t *testing.T, conn *grpc.ClientConn, want ...string) {
	t.Helper()
	got, err := owners(ctx, conn)
	if err != nil {
		t.Errorf("ListItems: %v", err)
		return
	}
	for _, owner := range want {
		if got[owner] == 0 {
			t.Errorf("no items of %s: %v", owner, got)
		}
		delete(got, owner)
	}
	if len(got) > 0 {
		t.Errorf("items of others: %v", got)
	}
}

// wantCode lists items, which must fail with that code and text.
func wantCode(ctx context.Context, t *testing.T, conn *grpc.ClientConn, code codes.Code, text string) {
	t.Helper()
	got, err := owners(ctx, conn)
	if status.Code(err) != code || !strings.Contains(fmt.Sprint(err), text) {
		t.Errorf("ListItems: %v %v, want %s %q", got, err, code, text)
	}
}
