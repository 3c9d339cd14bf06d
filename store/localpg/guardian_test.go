//go:build linux || darwin

package localpg

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

func TestGuardian(t *testing.T) {
	t.Parallel()
	whole := start(t, Config{DataDir: tempDir(t) + "/pg"})
	stop(t, whole)
	postgres := []string{
		whole.installation.Program("postgres"), "-D", whole.folder.path(clusterName),
		"-c", "listen_addresses=", "-c", "fsync=off", "-k", whole.DataDir(),
	}
	shell := func(script string) []string { return []string{"/bin/sh", "-c", script} }

	stop := func(g *guardian) { g.stop() }
	die := func(g *guardian) { g.hold.Close() } // What the system does for a program that is killed.
	wait := func(*guardian) {}
	for _, c := range []struct {
		name    string
		command []string
		when    removal
		then    func(*guardian)
		status  int
		log     string // part of it
		removed bool
	}{
		{"stop", postgres, removeAlways, stop, 0, "received fast shutdown request", true},
		{"stop, keep", postgres, removeNever, stop, 0, "received fast shutdown request", false},
		{"stop, keep but for orphans", postgres, removeOrphans, stop, 0, "received fast shutdown request", false},
		{"orphan", postgres, removeAlways, die, 0, "received fast shutdown request", true},
		{"orphan, keep", postgres, removeNever, die, 0, "received fast shutdown request", false},
		{"orphan, removed", postgres, removeOrphans, die, 0, "received fast shutdown request", true},
		{"ends", shell("echo up >&2; exit 4"), removeAlways, wait, 4, "up", true},
		{"ends, keep but for orphans", shell("echo up; exit 4"), removeOrphans, wait, 4, "up", false},
		{"is killed", shell("echo up; kill -KILL $$"), removeNever, wait, 137, "up", false},
		{"cannot run", []string{"/nowhere/postgres"}, removeNever, wait, 127, "/nowhere/postgres", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := tempDir(t)
			makeOpen(t, dir)
			acct := whole.folder.acct
			o := order{acct: acct, log: dir + "/log", when: c.when, folder: dir + "/a folder's $name", sockets: dir + "/-sockets", command: c.command}
			for _, path := range []string{o.folder, o.sockets} {
				if err := acct.command(t.Context(), "/bin/mkdir", "-p", path+"/below").Run(); err != nil {
					t.Fatal(err)
				}
			}
			g, err := guard(o)
			if err != nil {
				t.Fatal(err)
			}
			defer g.stop()
			if c.command[0] == postgres[0] {
				awaitReady(t, whole.DataDir(), g)
			}
			c.then(g)
			<-g.done
			waitGone(t, g.pid)
			if got := g.cmd.ProcessState.ExitCode(); got != c.status {
				t.Errorf("it ended with %v, want status %d", g.err, c.status)
			}
			if text, _ := os.ReadFile(o.log); !strings.Contains(string(text), c.log) {
				t.Errorf("the log is %q, want %q in it", text, c.log)
			}
			if missing(o.folder) != c.removed {
				t.Errorf("the folder is removed: %v, want %v", !c.removed, c.removed)
			}
			if !missing(o.sockets) {
				t.Error("the folder of the sockets is still there")
			}
		})
	}
}

// awaitReady waits until a guarded Postgres accepts connections.
func awaitReady(t *testing.T, dir string, g *guardian) {
	t.Helper()
	eventually(t, "Postgres is up", func() bool {
		text, _ := os.ReadFile(dir + "/data/postmaster.pid")
		file := parsePidFile(string(text))
		return file.ready && file.pid == g.pid
	})
}

// A backend that does not react holds up a fast shutdown for ever. When nobody
// else is there to do it, the guardian loses its patience and orders an
// immediate one.
func TestGuardianInsists(t *testing.T) {
	if testing.Short() {
		t.Skip("takes ten seconds")
	}
	t.Parallel()
	cmd, answers := startChild(t, Config{DataDir: tempDir(t) + "/pg", Settings: fast})
	var report childReport
	if err := answers.Decode(&report); err != nil {
		t.Fatal(err)
	}
	freezeBackend(t, report.URL)
	began := time.Now()
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for running(report.Guardian) {
		time.Sleep(100 * time.Millisecond)
		if time.Since(began) > time.Minute {
			t.Fatal("Postgres still runs")
		}
	}
	if took := time.Since(began); took < childPatience*time.Second {
		t.Errorf("it took %v: the backend was not frozen", took)
	}
	waitGone(t, report.Postgres)
}

func TestStopInsists(t *testing.T) {
	if testing.Short() {
		t.Skip("takes five seconds")
	}
	t.Parallel()
	s := start(t, Config{DataDir: tempDir(t) + "/pg"})
	freezeBackend(t, s.URL("postgres"))
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	const want = "localpg: Postgres was stopped at once and will recover at the next start: context deadline exceeded"
	if err := s.Stop(ctx); err == nil || err.Error() != want {
		t.Errorf("Stop gave\n%v\nwant\n%s", err, want)
	}
	waitGone(t, s.guard.pid)
}

// freezeBackend keeps one backend from reacting to anything but SIGKILL.
func freezeBackend(t *testing.T, url string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	// Close says goodbye, which nobody will hear.
	t.Cleanup(func() { conn.PgConn().Conn().Close() })
	if err := syscall.Kill(int(conn.PgConn().PID()), syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
}

func TestGuardianCannotStart(t *testing.T) {
	acct, err := accountFor("")
	if err != nil {
		t.Fatal(err)
	}
	_, err = guard(order{acct: acct, log: "/nowhere/log", when: removeNever, command: []string{"/bin/true"}})
	var exit *exec.ExitError
	if !errors.As(err, &exit) || !strings.HasPrefix(err.Error(), fmt.Sprintf("localpg: the guardian of Postgres did not start: exit status %d: ", exit.ExitCode())) || !strings.Contains(err.Error(), "/nowhere/log") {
		t.Errorf("got %v", err)
	}
}
