//go:build linux || darwin

package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/rowgate/rowgate/store/storetest"
)

// mainVariable makes the test binary be pgrun.
const mainVariable = "PGRUN_TEST_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(mainVariable) != "" {
		os.Unsetenv(mainVariable)
		main()
	}
	os.Exit(m.Run())
}

// pgrun returns a command that runs pgrun, away from the server that this test
// itself may run beside.
func pgrun(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), mainVariable+"=1", storetest.URLVariable+"=")
	return cmd
}

// running starts pgrun with a shell script that prints the server's address
// when it is ready, and returns what it prints after that.
func running(t *testing.T, script string) (cmd *exec.Cmd, address string, rest io.Reader, stderr *bytes.Buffer) {
	t.Helper()
	cmd = pgrun(t, "/bin/sh", "-c", script)
	stderr = &bytes.Buffer{}
	cmd.Stderr = stderr
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
	lines := bufio.NewReader(stdout)
	address, err = lines.ReadString('\n')
	if err != nil {
		t.Fatalf("%v %s", err, stderr)
	}
	return cmd, strings.TrimSpace(address), lines, stderr
}

// gone waits until no server answers at an address.
func gone(t *testing.T, address string) {
	t.Helper()
	for deadline := time.Now().Add(15 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		conn, err := pgx.Connect(t.Context(), address)
		if err != nil {
			return
		}
		conn.Close(context.Background())
		if time.Now().After(deadline) {
			t.Fatal("the server still runs")
		}
	}
}

// withoutGarbage checks that nothing of a server is left in the temporary
// folder.
func withoutGarbage(t *testing.T) {
	t.Helper()
	// The folder of t.TempDir is closed to the account of Postgres.
	dir, err := os.MkdirTemp("/tmp", "pgrun-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o777|os.ModeSticky); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", dir)
	t.Cleanup(func() {
		for deadline := time.Now().Add(15 * time.Second); ; time.Sleep(10 * time.Millisecond) {
			entries, err := os.ReadDir(dir)
			if err == nil && len(entries) == 0 {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("%v and %v are left in the temporary folder", entries, err)
			}
		}
	})
}

func TestCommandHasServer(t *testing.T) {
	withoutGarbage(t)
	cmd := pgrun(t, "/bin/sh", "-c", `read line
		"$ROWGATE_TEST_BIN/psql" -XAt -c "select rolsuper, current_setting('fsync'), current_setting('max_connections')
			from pg_roles where rolname = current_user" "$ROWGATE_TEST_URL" && echo "$line" && echo noise >&2`)
	cmd.Stdin = strings.NewReader("through\n")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if got, want := string(out), "t|off|400\nthrough\n"; err != nil || got != want || stderr.String() != "noise\n" {
		t.Errorf("it printed %q and %q and ended with %v, want %q", got, &stderr, err, want)
	}
}

func TestExitStatus(t *testing.T) {
	for _, c := range []struct {
		command []string
		status  int
		stderr  string
	}{
		{[]string{"/bin/sh", "-c", "exit 0"}, 0, ""},
		{[]string{"/bin/sh", "-c", "exit 7"}, 7, ""},
		{[]string{"/bin/sh", "-c", "kill -TERM $$"}, 128 + 15, ""},
		{[]string{"/nowhere/command"}, 126, "pgrun: fork/exec /nowhere/command: no such file or directory\n"},
		{nil, 2, "usage: pgrun COMMAND [ARGUMENT...]\nRuns the command beside a throwaway Postgres, whose address is in ROWGATE_TEST_URL. For instance: pgrun go test ./...\n"},
	} {
		withoutGarbage(t)
		cmd := pgrun(t, c.command...)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		_ = cmd.Run()
		if got := cmd.ProcessState.ExitCode(); got != c.status || stderr.String() != c.stderr {
			t.Errorf("%q gave status %d and %q, want %d and %q", c.command, got, &stderr, c.status, c.stderr)
		}
	}
}

func TestNoPostgres(t *testing.T) {
	cmd := pgrun(t, "/bin/echo", "run")
	cmd.Env = append(cmd.Env, "ROWGATE_PG_BIN=/nowhere")
	out, err := cmd.CombinedOutput()
	const want = "pgrun: localpg: no usable Postgres was found in /nowhere, which was given as its folder (ROWGATE_PG_BIN): "
	if got := cmd.ProcessState.ExitCode(); err == nil || got != 1 || !strings.HasPrefix(string(out), want) {
		t.Errorf("got status %d and\n%s\nwant\n%s", got, out, want)
	}
}

func TestSignalsArePassedOn(t *testing.T) {
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT} {
		withoutGarbage(t)
		cmd, address, rest, stderr := running(t, `trap 'echo told; exit 9' INT TERM HUP QUIT; echo "$ROWGATE_TEST_URL"; n=0; while [ $n -lt 1000 ]; do sleep 0.01; n=$((n + 1)); done`)
		if err := cmd.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
		out, _ := io.ReadAll(rest)
		_ = cmd.Wait()
		if got := cmd.ProcessState.ExitCode(); got != 9 || string(out) != "told\n" {
			t.Errorf("after %v it printed %q and ended with %d: %s", s, out, got, stderr)
		}
		gone(t, address)
	}
}

func TestSignalDuringTheStart(t *testing.T) {
	withoutGarbage(t)
	cmd := pgrun(t, "/bin/echo", "run")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for { // initdb takes longer than this loop.
		if entries, _ := os.ReadDir(os.TempDir()); len(entries) > 0 {
			break
		}
		time.Sleep(time.Millisecond)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if got := cmd.ProcessState.ExitCode(); got != 128+15 || stdout.String() != "" || stderr.String() != "" {
		t.Errorf("it ended with %d and printed %q and %q", got, &stdout, &stderr)
	}
}

func TestKilled(t *testing.T) {
	withoutGarbage(t)
	cmd, address, _, _ := running(t, `echo "$ROWGATE_TEST_URL"; exec sleep 3`)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	gone(t, address)
}

func TestServerThatEnds(t *testing.T) {
	withoutGarbage(t)
	cmd, address, _, stderr := running(t, `echo "$ROWGATE_TEST_URL"; exec sleep 3`)
	conn, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	_, _ = conn.Exec(t.Context(), "copy (select 1) to program 'kill -INT $(head -n 1 postmaster.pid)'")
	gone(t, address)
	_ = cmd.Wait()
	const want = "pgrun: the Postgres of the tests ended before them: localpg: Postgres ended by itself: it was stopped from outside; its log ends with"
	if got := cmd.ProcessState.ExitCode(); got != 1 || !strings.HasPrefix(stderr.String(), want) {
		t.Errorf("it ended with %d and\n%s\nwant\n%s", got, stderr, want)
	}
}
