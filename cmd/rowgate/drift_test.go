package main_test

import (
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/rowgate/rowgate/migrations"
	"github.com/rowgate/rowgate/store/storetest"
)

// TestServeDrift serves a contract of which the database has lost a column:
// not at all, and with --allow-drift what is left of it.
func TestServeDrift(t *testing.T) {
	db := storetest.New(t, append(exampleApp(), storetest.Migration{
		Name: "drift", SQL: "alter table items rename column done to finished",
	})...)
	env := []string{
		"DATABASE_URL=" + db.LoginURL(t, migrations.UserLogin),
		"SUPABASE_JWT_SECRET=a secret of the tests, 32 bytes or more",
	}
	proto := filepath.Join(root, "proto")
	got := rowgate(t, env, "serve", "--proto", proto)
	lines := strings.Split(strings.TrimSuffix(got.errOut, "\n"), "\n")
	const hint = "`rowgate pull` brings the contract up to date; --allow-drift serves the methods that fit"
	if got.code != 1 || len(lines) != 3 || lines[0] != "rowgate: the contract does not fit the database:" ||
		!strings.Contains(lines[1], `table public.items has no column "done"`) || lines[2] != hint {
		t.Errorf("exit code %d:\n%s", got.code, got.errOut)
	}

	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := lis.Addr().String()
	lis.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, "serve", "--proto", proto, "--listen", address)
	cmd.Env = append(append(os.Environ(), env...), "ROWGATE_ALLOW_DRIFT=true")
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	var errOut bytes.Buffer
	cmd.Stderr = &errOut
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the server", func() bool { return answers(address) })
	d := &devServer{address: address}
	if posts := d.list(t, "", "app.v1.PostService/ListPosts", "posts"); len(posts) == 0 {
		t.Error("no posts")
	}
	out, err := d.grpcurl(t, "", "{}", "app.v1.ItemService/ListItems")
	if err == nil || !strings.Contains(out, "FailedPrecondition") || !strings.Contains(out, "does not fit the database's present schema") {
		t.Errorf("ListItems: %v\n%s", err, out)
	}
	cancel()
	_ = cmd.Wait()
	if n := strings.Count(errOut.String(), "level=WARN msg=\"the method does not fit the database and is not served\" method=/app.v1.ItemService/"); n != 12 {
		t.Errorf("%d warnings, want one for each of the twelve methods:\n%s", n, errOut.String())
	}
}
