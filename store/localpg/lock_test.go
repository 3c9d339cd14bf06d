//go:build linux || darwin

package localpg

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

func TestStaleLock(t *testing.T) {
	t.Parallel()
	dir := tempDir(t) + "/pg"
	first := start(t, Config{DataDir: dir})
	stop(t, first)
	where := first.folder.site

	// A process of the account of Postgres that is not Postgres.
	other := where.acct.command(t.Context(), "/bin/sh", "-c", "while :; do sleep 1; done")
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = other.Process.Kill()
		_ = other.Wait()
	})
	// A process that has ended and whose id is free again.
	ended := where.acct.command(t.Context(), "/bin/sh", "-c", "exit")
	if err := ended.Run(); err != nil {
		t.Fatal(err)
	}

	full := func(pid int) string {
		return fmt.Sprintf("%d\n%s/data\n1700000000\n%d\n%s\n127.0.0.1\n  1 2\nready   \n", pid, dir, first.Port(), dir)
	}
	for name, text := range map[string]string{
		"a process that has ended":         full(ended.Process.Pid),
		"another program":                  full(other.Process.Pid),
		"another program, single-user":     fmt.Sprintf("-%d\n", other.Process.Pid),
		"this program":                     full(os.Getpid()),
		"an empty file":                    "",
		"a file with something else in it": "postmaster\n",
	} {
		t.Run(name, func(t *testing.T) {
			writeAs(t, where, "data/postmaster.pid", text)
			socket := fmt.Sprintf(".s.PGSQL.%d", first.Port())
			writeAs(t, where, socket, "")
			writeAs(t, where, socket+".lock", text)
			s := start(t, Config{DataDir: dir})
			if got := query(t, s.URL("postgres"), "select current_user::text"); got != "postgres" {
				t.Errorf("the user is %s", got)
			}
			stop(t, s)
		})
	}
}

func TestLiveLock(t *testing.T) {
	t.Parallel()
	dir := tempDir(t) + "/pg"
	s := start(t, Config{DataDir: dir})
	want := fmt.Sprintf("localpg: the data folder is in use: %s belongs to the rowgate process %d, whose Postgres runs as process %d; stop that one, or choose another folder",
		dir, os.Getpid(), s.guard.pid)
	_, err := Start(t.Context(), Config{DataDir: dir})
	if !errors.Is(err, ErrInUse) || err.Error() != want {
		t.Errorf("a second start gave\n%v\nwant\n%s", err, want)
	}
	if got := query(t, s.URL("postgres"), "select 'unharmed'"); got != "unharmed" {
		t.Error(got)
	}
}

func TestLockOfAnotherProcess(t *testing.T) {
	t.Parallel()
	dir := tempDir(t) + "/pg"
	cmd, answers := startChild(t, Config{DataDir: dir, Settings: fast})
	var report childReport
	if err := answers.Decode(&report); err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("belongs to the rowgate process %d, whose Postgres runs as process %d;", cmd.Process.Pid, report.Postgres)
	_, err := Start(t.Context(), Config{DataDir: dir})
	if !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), want) {
		t.Errorf("a second start gave\n%v\nwant\n%s", err, want)
	}
}

// A Postgres that was started by hand holds no lock of ours.
func TestForeignPostgres(t *testing.T) {
	defer func(d time.Duration) { leavingTimeout = d }(leavingTimeout)
	leavingTimeout = 200 * time.Millisecond
	dir := tempDir(t) + "/pg"
	first := start(t, Config{DataDir: dir})
	stop(t, first)

	for name, args := range map[string][]string{
		"named by -D":             {"-D", dir + "/data"},
		"named by a link with -D": {"-D", link(t, dir+"/data")},
	} {
		t.Run(name, func(t *testing.T) {
			where := first.folder.site
			g, err := guard(order{
				acct: where.acct, log: dir + "/postgres.log", when: removeNever,
				command: append([]string{first.installation.Program("postgres"), "-c", "listen_addresses=", "-k", dir}, args...),
			})
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				g.stop()
				<-g.done
			}()
			eventually(t, "the other Postgres is up", func() bool {
				text, _ := os.ReadFile(dir + "/data/postmaster.pid")
				return parsePidFile(string(text)).ready
			})
			want := fmt.Sprintf("localpg: the data folder is in use: a Postgres that no rowgate started runs on %s/data as process %d; stop it with kill -INT %d, or choose another folder", dir, g.pid, g.pid)
			_, err = Start(t.Context(), Config{DataDir: dir})
			if !errors.Is(err, ErrInUse) || err.Error() != want {
				t.Errorf("a start gave\n%v\nwant\n%s", err, want)
			}
		})
	}
}

func link(t *testing.T, target string) string {
	t.Helper()
	path := tempDir(t) + "/link"
	if err := os.Symlink(target, path); err != nil {
		t.Fatal(err)
	}
	return path
}
