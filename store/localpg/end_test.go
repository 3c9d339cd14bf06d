//go:build linux || darwin

package localpg

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

func TestKilledProgram(t *testing.T) {
	t.Parallel()
	dir := tempDir(t) + "/pg"
	cmd, answers := startChild(t, Config{DataDir: dir, Settings: fast})
	var report childReport
	if err := answers.Decode(&report); err != nil {
		t.Fatal(err)
	}
	execute(t, report.URL, "create table kept (x int)")
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	// No pause: the next start waits for the Postgres that is being stopped.
	s := start(t, Config{DataDir: dir})
	waitGone(t, report.Postgres)
	waitGone(t, report.Guardian)
	if got := query(t, s.URL("postgres"), "select count(*)::text from kept"); got != "0" {
		t.Errorf("the table has %s rows", got)
	}
}

func TestKilledProgramLeavesNothing(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(tempDir(t), strings.Repeat("x", 100))
	makeOpen(t, filepath.Dir(dir))
	cmd, answers := startChild(t, Config{DataDir: dir, Ephemeral: true, Settings: fast})
	var report childReport
	if err := answers.Decode(&report); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	waitGone(t, report.Postgres)
	waitGone(t, report.Guardian)
	for _, path := range []string{dir, report.Sockets} {
		if !missing(path) {
			t.Errorf("%s is still there", path)
		}
	}
}

// makeOpen lets the guardian remove a folder in dir, as it can in /tmp.
func makeOpen(t *testing.T, dir string) {
	t.Helper()
	if err := os.Chmod(dir, 0o777|os.ModeSticky); err != nil {
		t.Fatal(err)
	}
}

func TestKilledDuringInitdb(t *testing.T) {
	t.Parallel()
	for _, ephemeral := range []bool{false, true} {
		parent := tempDir(t)
		makeOpen(t, parent)
		dir := parent + "/pg"
		cmd, _ := startChild(t, Config{DataDir: dir, Ephemeral: ephemeral, Settings: fast})
		eventually(t, "initdb is at work", func() bool {
			found, _ := filepath.Glob(dir + "/" + stagingName + "*/PG_VERSION")
			return len(found) > 0
		})
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		if ephemeral {
			eventually(t, dir+" is removed", func() bool { return missing(dir) })
			continue
		}
		start(t, Config{DataDir: dir})
		eventually(t, "no half-made cluster is left", func() bool {
			found, _ := filepath.Glob(dir + "/" + stagingName + "*")
			return len(found) == 0
		})
	}
}

func TestEphemeral(t *testing.T) {
	t.Parallel()
	dir := tempDir(t) + "/pg"
	s := start(t, Config{DataDir: dir, Ephemeral: true})
	query(t, s.URL("postgres"), "select 'up'")
	stop(t, s)
	if !missing(dir) {
		t.Errorf("%s is still there", dir)
	}
}

func TestKilledGuardian(t *testing.T) {
	t.Parallel()
	dir := tempDir(t) + "/pg"
	s := start(t, Config{DataDir: dir, Ephemeral: true})
	if err := syscall.Kill(s.guard.cmd.Process.Pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-s.Done()
	waitGone(t, s.guard.pid)
	eventually(t, "the guardian's watcher is gone", func() bool { return !inSession(t, s.guard.cmd.Process.Pid) })
	if !missing(dir) {
		t.Errorf("%s is still there", dir)
	}
	const want = "localpg: Postgres ended by itself: its guardian was killed: signal: killed; its log ends with"
	if err := s.Err(); err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("Err is\n%v\nwant\n%s", err, want)
	}
	if err := s.Stop(t.Context()); err == nil {
		t.Error("Stop says nothing of it")
	}
	s.err = nil // stop, at the end of the test, expects no error.
}

// inSession reports whether a process runs in a session.
func inSession(t *testing.T, session int) bool {
	t.Helper()
	out, err := exec.Command("ps", "-A", "-o", "pgid=,stat=").Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		if fields[0] == strconv.Itoa(session) && !strings.HasPrefix(fields[1], "Z") {
			return true
		}
	}
	return false
}

func TestPostgresThatEnds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		signal syscall.Signal
		want   string
	}{
		{syscall.SIGTERM, "localpg: Postgres ended by itself: it was stopped from outside; its log ends with"},
		{syscall.SIGKILL, "localpg: Postgres ended by itself: exit status 137; its log ends with"},
	} {
		s := start(t, Config{DataDir: tempDir(t) + "/pg"})
		if err := s.Err(); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Kill(s.guard.pid, c.signal); err != nil {
			t.Fatal(err)
		}
		<-s.Done()
		if err := s.Err(); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("after %v, Err is\n%v\nwant\n%s", c.signal, err, c.want)
		}
		s.err = nil
	}
}

func TestGuardianPassesSignalsOn(t *testing.T) {
	t.Parallel()
	s := start(t, Config{DataDir: tempDir(t) + "/pg"})
	if err := syscall.Kill(s.guard.cmd.Process.Pid, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	<-s.Done()
	waitGone(t, s.guard.pid)
	s.err = nil
}

func TestStopInAHurry(t *testing.T) {
	t.Parallel()
	dir := tempDir(t) + "/pg"
	s := start(t, Config{DataDir: dir})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	// The fast shutdown may win against the immediate one.
	if err := s.Stop(ctx); err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	waitGone(t, s.guard.pid)
	start(t, Config{DataDir: dir})
}
