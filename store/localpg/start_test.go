//go:build linux || darwin

package localpg

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

func TestStartAndReuse(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(tempDir(t), "made", "on the way")
	first := start(t, Config{DataDir: dir, Settings: map[string]string{"fsync": "off", "application_name": "it's \"quoted\""}})
	if got := first.DataDir(); got != dir {
		t.Errorf("the data folder is %s, want %s", got, dir)
	}
	for _, name := range []string{".", clusterName} {
		if got := mode(t, filepath.Join(dir, name)); got != 0o700 {
			t.Errorf("%s has mode %o, want 700", name, got)
		}
	}
	for _, name := range []string{passwordName, logName, lockName} {
		if got := mode(t, filepath.Join(dir, name)); got != 0o600 {
			t.Errorf("%s has mode %o, want 600", name, got)
		}
	}
	got := query(t, first.URL("postgres"), `
		select concat_ws(' ', current_setting('application_name'), current_setting('server_encoding'),
			datcollate, lower('ÄÉ'), current_setting('password_encryption'), current_setting('timezone'),
			current_setting('listen_addresses'), current_user)
		from pg_database where datname = 'postgres'`)
	if want := `it's "quoted" UTF8 C äé scram-sha-256 UTC 127.0.0.1 postgres`; got != want {
		t.Errorf("the cluster is %q, want %q", got, want)
	}
	execute(t, first.URL("postgres"), "create table kept (x int)")
	stop(t, first)
	stop(t, first)
	if err := first.Err(); err != nil {
		t.Errorf("after an orderly Stop, Err is %v", err)
	}

	second := start(t, Config{DataDir: dir})
	if got := query(t, second.URL("postgres"), "select count(*)::text from kept"); got != "0" {
		t.Errorf("the table of the first start has %s rows", got)
	}
	if diff := cmp.Diff(first.URL("postgres"), second.URL("postgres")); diff != "" {
		t.Errorf("the address changed (-first +second):\n%s", diff)
	}
}

func mode(t *testing.T, path string) os.FileMode {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm()
}

func TestWhoGetsIn(t *testing.T) {
	t.Parallel()
	s := start(t, Config{DataDir: tempDir(t) + "/pg"})
	execute(t, s.URL("postgres"), "create role lodger login password 'a/b@c'")
	if got := query(t, s.URLFor("postgres", "lodger", "a/b@c"), "select current_user::text"); got != "lodger" {
		t.Errorf("logged in as %s", got)
	}
	socket := func(user, password string) string {
		return fmt.Sprintf("host='%s' port=%d user=%s password='%s' dbname=postgres", s.SocketDir(), s.Port(), user, password)
	}
	if got := query(t, socket("lodger", "a/b@c"), "select coalesce(inet_client_addr()::text, 'socket')"); got != "socket" {
		t.Errorf("connected by %s", got)
	}
	for _, address := range []string{
		s.URLFor("postgres", "postgres", "guess"),
		s.URLFor("postgres", "lodger", "guess"),
		socket("postgres", "guess"),
	} {
		_, err := pgx.Connect(t.Context(), address)
		var refused *pgconn.PgError
		if !errors.As(err, &refused) || refused.Code != pgerrcode.InvalidPassword {
			t.Errorf("a wrong password gave %v, want SQLSTATE %s", err, pgerrcode.InvalidPassword)
		}
	}
	if addresses, _ := net.InterfaceAddrs(); len(addresses) > 0 {
		for _, address := range addresses {
			ip := address.(*net.IPNet).IP
			if ip.IsLoopback() || ip.To4() == nil {
				continue
			}
			if conn, err := net.Dial("tcp", net.JoinHostPort(ip.String(), strconv.Itoa(s.Port()))); err == nil {
				conn.Close()
				t.Errorf("Postgres listens on %s", ip)
			}
		}
	}
}

func TestURLFor(t *testing.T) {
	s := &Server{port: 5432, password: "secret"}
	for want, got := range map[string]string{
		"postgres://postgres:secret@127.0.0.1:5432/app?sslmode=disable":       s.URL("app"),
		"postgres://a%40b:%2F%3F@127.0.0.1:5432/with%20space?sslmode=disable": s.URLFor("with space", "a@b", "/?"),
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if _, err := url.Parse(got); err != nil {
			t.Error(err)
		}
	}
}

func TestStartedInOwnSession(t *testing.T) {
	t.Parallel()
	s := start(t, Config{DataDir: tempDir(t) + "/pg"})
	ours, err := syscall.Getpgid(0)
	if err != nil {
		t.Fatal(err)
	}
	for _, pid := range []int{s.guard.pid, s.guard.cmd.Process.Pid} {
		theirs, err := syscall.Getpgid(pid)
		if err != nil {
			t.Fatal(err)
		}
		if theirs == ours {
			t.Errorf("process %d is in this program's group: a terminal's Ctrl-C would reach it", pid)
		}
	}
}

func TestPort(t *testing.T) {
	t.Parallel()
	dir := tempDir(t) + "/pg"
	first := start(t, Config{DataDir: dir})
	stop(t, first)

	taken, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(first.Port())))
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	second := start(t, Config{DataDir: dir})
	if second.Port() == first.Port() {
		t.Errorf("the second start has the port %d, which is taken", first.Port())
	}
	stop(t, second)

	_, err = Start(t.Context(), Config{DataDir: dir, Port: first.Port()})
	want := fmt.Sprintf("localpg: port %d on 127.0.0.1 is taken; stop what listens there, or use port 0 for a free one", first.Port())
	if err == nil || err.Error() != want {
		t.Errorf("a port that is taken gave\n%v\nwant\n%s", err, want)
	}

	third := start(t, Config{DataDir: dir, Port: second.Port()})
	if third.Port() != second.Port() {
		t.Errorf("the port is %d, want %d", third.Port(), second.Port())
	}
}

func TestLongPath(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(tempDir(t), strings.Repeat("long/", 30), "pg")
	s := start(t, Config{DataDir: dir})
	if !strings.HasPrefix(s.SocketDir(), "/tmp/rowgate-") {
		t.Errorf("the socket is in %s", s.SocketDir())
	}
	if got := mode(t, s.SocketDir()); got != 0o700 {
		t.Errorf("the folder of the socket has mode %o, want 700", got)
	}
	query(t, fmt.Sprintf("host=%s port=%d user=postgres password=%s dbname=postgres", s.SocketDir(), s.Port(), s.password), "select 'in'")
	stop(t, s)
	if !missing(s.SocketDir()) {
		t.Errorf("%s is still there", s.SocketDir())
	}
}

func TestSettingThatPostgresRefuses(t *testing.T) {
	t.Parallel()
	_, err := Start(t.Context(), Config{DataDir: tempDir(t) + "/pg", Ephemeral: true, Settings: map[string]string{"work_mem": "much"}})
	if err == nil || !strings.Contains(err.Error(), `did not start: exit status 1; its log ends with`) ||
		!strings.Contains(err.Error(), `invalid value for parameter "work_mem": "much"`) {
		t.Errorf("the error does not carry the log: %v", err)
	}
}

func TestCancelledStart(t *testing.T) {
	t.Parallel()
	dir := tempDir(t) + "/pg"
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for {
			if found, _ := filepath.Glob(dir + "/" + stagingName + "*"); len(found) > 0 {
				cancel()
				return
			}
		}
	}()
	if _, err := Start(ctx, Config{DataDir: dir, Settings: fast}); !errors.Is(err, context.Canceled) {
		t.Errorf("a start that was cancelled gave %v", err)
	}
	start(t, Config{DataDir: dir})
}
