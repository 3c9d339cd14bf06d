//go:build linux || darwin

package localpg

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// childPatience is the patience of the guardians of children, in seconds.
const childPatience = 3

// childVariable makes the test binary a program that starts a server with the
// Config in it, prints a childReport and waits to be killed.
const childVariable = "LOCALPG_TEST_CHILD"

type childReport struct {
	Postgres int
	Guardian int
	URL      string
	Sockets  string
}

func TestMain(m *testing.M) {
	if text := os.Getenv(childVariable); text != "" {
		child(text)
	}
	os.Exit(m.Run())
}

func child(text string) {
	patience = childPatience
	var cfg Config
	err := json.Unmarshal([]byte(text), &cfg)
	if err == nil {
		var s *Server
		if s, err = Start(context.Background(), cfg); err == nil {
			_ = json.NewEncoder(os.Stdout).Encode(childReport{s.guard.pid, s.guard.cmd.Process.Pid, s.URL("postgres"), s.SocketDir()})
			time.Sleep(time.Hour)
		}
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// startChild runs the child. It is killed at the end of the test, if not
// before.
func startChild(t *testing.T, cfg Config) (*exec.Cmd, *json.Decoder) {
	t.Helper()
	text, err := json.Marshal(cfg)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childVariable+"="+string(text))
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return cmd, json.NewDecoder(stdout)
}

// tempDir returns a new folder that the account of Postgres can enter, which
// that of t.TempDir is not for root.
func tempDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "localpg-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// fast are the settings of servers whose data nobody needs.
var fast = map[string]string{"fsync": "off", "shared_buffers": "16MB", "max_connections": "20"}

// start starts a server that ends with the test.
func start(t *testing.T, cfg Config) *Server {
	t.Helper()
	if cfg.Settings == nil {
		cfg.Settings = fast
	}
	s, err := Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, s) })
	return s
}

// stop stops a server and checks that it is gone.
func stop(t *testing.T, s *Server) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := s.Stop(ctx); err != nil {
		t.Error(err)
	}
	waitGone(t, s.guard.pid)
	waitGone(t, s.guard.cmd.Process.Pid)
}

// waitGone waits until a process has ended.
func waitGone(t *testing.T, pid int) {
	t.Helper()
	eventually(t, fmt.Sprintf("process %d is gone", pid), func() bool { return !running(pid) })
}

// running reports whether a process runs. One that has ended and that nobody
// waited for, as happens in containers, does not.
func running(pid int) bool {
	args, ok := processArgs(context.Background(), pid)
	return exists(pid) && ok && len(args) > 0
}

func eventually(t *testing.T, what string, check func() bool) {
	t.Helper()
	for deadline := time.Now().Add(15 * time.Second); !check(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("after 15 seconds it is not so that %s", what)
		}
	}
}

// query runs a query that gives one text.
func query(t *testing.T, url, sql string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	var text string
	if err := conn.QueryRow(t.Context(), sql).Scan(&text); err != nil {
		t.Fatal(err)
	}
	return text
}

// execute runs a statement that gives nothing.
func execute(t *testing.T, url, sql string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}

// missing reports whether there is no file of a name.
func missing(path string) bool {
	_, err := os.Lstat(path)
	return os.IsNotExist(err)
}

// writeAs writes a file in a data folder, for the account of Postgres.
func writeAs(t *testing.T, s site, name, text string) {
	t.Helper()
	path := filepath.Join(s.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if s.acct != nil {
		if err := os.Chown(path, int(s.acct.uid), int(s.acct.gid)); err != nil {
			t.Fatal(err)
		}
	}
}
