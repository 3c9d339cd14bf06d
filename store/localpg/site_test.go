//go:build linux || darwin

package localpg

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestRootDropsToAnotherAccount(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root drops to another account")
	}
	dir := tempDir(t) + "/pg"
	s := start(t, Config{DataDir: dir})
	for _, path := range []string{dir, dir + "/data", fmt.Sprintf("/proc/%d", s.guard.pid), fmt.Sprintf("/proc/%d", s.guard.cmd.Process.Pid)} {
		info, err := os.Stat(path)
		if errors.Is(err, os.ErrNotExist) && strings.HasPrefix(path, "/proc") {
			continue // macOS has none.
		}
		if err != nil {
			t.Fatal(err)
		}
		if uid, _ := owner(info); uid != s.folder.acct.uid || uid == 0 {
			t.Errorf("%s belongs to the account %d, want %d", path, uid, s.folder.acct.uid)
		}
	}
}

// The owner of a cluster keeps it when root takes a turn.
func TestRootRunsAsTheOwner(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root drops to another account")
	}
	dir := tempDir(t) + "/pg"
	first := start(t, Config{DataDir: dir})
	stop(t, first)
	const someone = 54321
	err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		return errors.Join(err, os.Lchown(path, someone, someone))
	})
	if err != nil {
		t.Fatal(err)
	}
	second := start(t, Config{DataDir: dir})
	if got := second.folder.acct; got.uid != someone || got.gid != someone || got.name != "#54321" {
		t.Errorf("Postgres runs as %+v", got)
	}
}

func TestUnreachableDataFolder(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root drops to another account")
	}
	defer func(was string) { elsewhere = was }(elsewhere)
	elsewhere = tempDir(t) + "/elsewhere"
	private := tempDir(t)
	if err := os.Chmod(private, 0o700); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	cfg := Config{DataDir: private + "/pg", Logger: slog.New(slog.NewTextHandler(&log, nil))}
	first := start(t, cfg)
	if filepath.Dir(first.DataDir()) != elsewhere {
		t.Errorf("the data folder is %s", first.DataDir())
	}
	if want := fmt.Sprintf("from=%s/pg to=%s account=%s", private, first.DataDir(), first.folder.acct.name); !strings.Contains(log.String(), want) {
		t.Errorf("the log does not say %q:\n%s", want, &log)
	}
	stop(t, first)
	second := start(t, cfg)
	if second.DataDir() != first.DataDir() {
		t.Errorf("the second start is in %s, the first in %s", second.DataDir(), first.DataDir())
	}
	stop(t, second)

	cfg.Ephemeral = true
	third := start(t, cfg)
	if got := third.DataDir(); !strings.HasPrefix(got, "/tmp/rowgate-") {
		t.Errorf("the throwaway data folder is %s", got)
	}
	stop(t, third)
	if !missing(third.DataDir()) {
		t.Errorf("%s is still there", third.DataDir())
	}
}

// The folders above the data folder let the account of Postgres through,
// whatever the umask of root is.
func TestParentsUnderUmask(t *testing.T) {
	dir := tempDir(t) + "/made/on/the/way/pg"
	old := syscall.Umask(0o077)
	defer syscall.Umask(old)
	s := start(t, Config{DataDir: dir})
	if s.DataDir() != dir {
		t.Errorf("the data folder is %s", s.DataDir())
	}
}

func TestBrokenDataFolder(t *testing.T) {
	t.Parallel()
	dir := tempDir(t) + "/pg"
	whole := start(t, Config{DataDir: dir})
	stop(t, whole)
	where := whole.folder.site
	in := whole.Installation()
	other := in.Major + 1

	for _, c := range []struct {
		name      string
		damage    func(t *testing.T)
		ephemeral bool
		want      string // what the error begins with
	}{
		{
			"no version", func(t *testing.T) { hide(t, dir+"/data/PG_VERSION") }, false,
			fmt.Sprintf("localpg: %s/data holds a broken cluster (it has no file PG_VERSION); remove %s to begin with an empty one", dir, dir),
		},
		{
			"no number as its version", func(t *testing.T) { replace(t, where, "data/PG_VERSION", "fifteen\n") }, false,
			fmt.Sprintf("localpg: %s/data holds a broken cluster (PG_VERSION says \"fifteen\\n\"); remove %s to begin with an empty one", dir, dir),
		},
		{
			"another version", func(t *testing.T) { replace(t, where, "data/PG_VERSION", fmt.Sprintln(other)) }, false,
			fmt.Sprintf("localpg: no usable Postgres was found in %s, which was given as its folder (ROWGATE_PG_BIN): it is Postgres %s, and the data folder was made by another version of Postgres (%d). Install Postgres %d (apt install postgresql, dnf install postgresql-server, brew install postgresql) or set ROWGATE_PG_BIN to the folder that holds postgres and initdb, or remove the data folder %s to begin with an empty one",
				in.BinDir, in.Version, other, other, dir),
		},
		{
			"a version that is too old", func(t *testing.T) { replace(t, where, "data/PG_VERSION", "9.6\n") }, false,
			fmt.Sprintf("localpg: no usable Postgres was found in %s, which was given as its folder (ROWGATE_PG_BIN): it is Postgres %s, and the data folder was made by another version of Postgres (9). Remove the data folder %s to begin with an empty one: Postgres 9 is too old for rowgate",
				in.BinDir, in.Version, dir),
		},
		{
			"no control file", func(t *testing.T) { hide(t, dir+"/data/global/pg_control") }, false,
			fmt.Sprintf("localpg: Postgres %s did not start: exit status 2; its log ends with\n  postgres: could not find the database system\n", in.Version),
		},
		{
			"no password", func(t *testing.T) { hide(t, dir+"/password") }, false,
			fmt.Sprintf("localpg: %s/password is gone, and with it the superuser's password; put it back, or remove %s to begin with an empty cluster", dir, dir),
		},
		{
			"somebody else's files", func(t *testing.T) { hide(t, dir+"/rowgate.lock") }, false,
			fmt.Sprintf("localpg: the folder %s holds other files than those of a data folder; choose a folder that is empty or does not exist", dir),
		},
		{
			"not empty, to be removed", func(*testing.T) {}, true,
			fmt.Sprintf("localpg: the folder %s is to be removed afterwards (Config.Ephemeral), so it has to be empty", dir),
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.damage(t)
			s, err := Start(t.Context(), Config{DataDir: dir, BinDir: in.BinDir, Ephemeral: c.ephemeral})
			if err == nil {
				stop(t, s)
				t.Fatal("it started")
			}
			if !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("got\n%v\nwant\n%s", err, c.want)
			}
		})
	}
	start(t, Config{DataDir: dir}) // Every damage was undone, and nothing else was done.
}

// hide takes a file away for the time of a test.
func hide(t *testing.T, path string) {
	t.Helper()
	if err := os.Rename(path, path+".hidden"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.Rename(path+".hidden", path); err != nil {
			t.Error(err)
		}
	})
}

// replace gives a file another content for the time of a test.
func replace(t *testing.T, where site, name, text string) {
	t.Helper()
	hide(t, filepath.Join(where.dir, name))
	writeAs(t, where, name, text)
}

func TestDataFolderIsAFile(t *testing.T) {
	path := tempDir(t) + "/pg"
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Start(t.Context(), Config{DataDir: path}); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("a file as the data folder gave %v", err)
	}
}
