//go:build unix

package store

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	osuser "os/user"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// pgBouncer is the program.
type pgBouncer struct {
	path, version string
}

// findPgBouncer skips the test where there is none.
func findPgBouncer(t *testing.T) pgBouncer {
	t.Helper()
	path, err := exec.LookPath("pgbouncer")
	if err != nil {
		// Debian puts it where only root's PATH leads.
		if path, err = exec.LookPath("/usr/sbin/pgbouncer"); err != nil {
			t.Skip("there is no pgbouncer on the PATH or in /usr/sbin; install it to run this test: " +
				"apt-get install pgbouncer, dnf install pgbouncer, brew install pgbouncer")
		}
	}
	out, err := exec.CommandContext(t.Context(), path, "--version").CombinedOutput()
	if err != nil {
		t.Fatalf("%s --version: %v\n%s", path, err, out)
	}
	return pgBouncer{path, versionOf(string(out))}
}

var versionForm = regexp.MustCompile(`(\d+)\.(\d+)[.\w]*`)

func versionOf(text string) string { return versionForm.FindString(text) }

// carriesNames says whether it can carry named statements from one server
// connection to another, as it can since 1.21.
func (p pgBouncer) carriesNames() bool {
	m := versionForm.FindStringSubmatch(p.version)
	if m == nil {
		return false
	}
	major, _ := strconv.Atoi(m[1])
	minor, _ := strconv.Atoi(m[2])
	return major > 1 || major == 1 && minor >= 21
}

// start runs it in transaction mode in front of a database until the test ends,
// and returns the database's URL through it.
func (p pgBouncer) start(t *testing.T, databaseURL string, prepared int) string {
	t.Helper()
	var failed string
	for range 3 { // Somebody else may take the port that was free.
		port := freePort(t)
		log, stop := p.run(t, databaseURL, port, prepared)
		u, err := url.Parse(databaseURL)
		if err != nil {
			t.Fatal(err)
		}
		u.Host = net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
		u.RawQuery = "sslmode=disable"
		if failed = answers(t.Context(), u.String()); failed == "" {
			t.Cleanup(stop)
			return u.String()
		}
		stop()
		failed += "\n" + log.String()
	}
	t.Fatalf("PgBouncer %s does not start: %s", p.version, failed)
	return ""
}

// run starts the program. A shell stands between, which ends it and removes its
// folder when its own standard input ends: also when this process dies.
func (p pgBouncer) run(t *testing.T, databaseURL string, port, prepared int) (log *lockedBuffer, stop func()) {
	t.Helper()
	dir, err := os.MkdirTemp("", "rowgate-pgbouncer-")
	if err != nil {
		t.Fatal(err)
	}
	server, err := pgx.ParseConfig(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	config := fmt.Sprintf(`[databases]
%[1]s = host=%[2]s port=%[3]d dbname=%[1]s
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = %[4]d
unix_socket_dir =
auth_type = trust
auth_file = %[5]s
pool_mode = transaction
default_pool_size = %[6]d
max_client_conn = 100
query_wait_timeout = 20
`, server.Database, server.Host, server.Port, port, filepath.Join(dir, "users.txt"), serverConnections)
	if p.carriesNames() {
		config += fmt.Sprintf("max_prepared_statements = %d\n", prepared)
	}
	for name, text := range map[string]string{
		"pgbouncer.ini": config,
		"users.txt":     fmt.Sprintf("%q %q\n", server.User, server.Password),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}

	cmd := exec.Command("/bin/sh", "-c", `"$0" "$1/pgbouncer.ini" & read -r _; kill $!; wait $!; rm -rf "$1"`, p.path, dir)
	cmd.Dir = "/"
	cmd.SysProcAttr = ownedBy(t, dir)
	log = &lockedBuffer{}
	cmd.Stdout, cmd.Stderr = log, log
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return log, func() {
		stdin.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("ending PgBouncer: %v\n%s", err, log)
		}
	}
}

// ownedBy gives a folder to an account that the program may run as: it refuses
// to be root.
func ownedBy(t *testing.T, dir string) *syscall.SysProcAttr {
	t.Helper()
	if os.Geteuid() != 0 {
		return nil
	}
	account, err := osuser.Lookup("nobody")
	if err != nil {
		t.Skip("PgBouncer refuses to run as root, and there is no account nobody")
	}
	uid, _ := strconv.ParseInt(account.Uid, 10, 64)
	gid, _ := strconv.ParseInt(account.Gid, 10, 64)
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(names, dir) {
		if err := os.Chown(name, int(uid), int(gid)); err != nil {
			t.Fatal(err)
		}
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
}

func freePort(t *testing.T) int {
	t.Helper()
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer lis.Close()
	return lis.Addr().(*net.TCPAddr).Port
}

// answers waits until a database can be reached, and says why it cannot.
func answers(ctx context.Context, address string) (failure string) {
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		conn, err := pgx.Connect(ctx, address)
		if err == nil {
			_ = conn.Close(ctx)
			return ""
		}
		failure = err.Error()
		if strings.Contains(failure, "server login") {
			break
		}
	}
	return failure
}

// lockedBuffer keeps what a program writes.
type lockedBuffer struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (b *lockedBuffer) Write(data []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.all.Write(data)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.all.String()
}
