//go:build linux || darwin

package localpg

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// install makes a folder with programs that answer as a version does.
func install(t *testing.T, dir, version string) string {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"postgres", "initdb"} {
		script := fmt.Sprintf("#!/bin/sh\necho '%s (PostgreSQL) %s (Test)'\n", name, version)
		if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// newTestSearch returns a search that sees nothing of this machine.
func newTestSearch(t *testing.T, cfg Config, made cluster, places ...place) *search {
	t.Helper()
	acct, err := accountFor("")
	if err != nil {
		t.Fatal(err)
	}
	s := newSearch(cfg, acct, made)
	s.places = places
	s.lookup = func(string) (string, error) { return "", exec.ErrNotFound }
	return s
}

func TestFindOrder(t *testing.T) {
	dir := tempDir(t)
	given := install(t, dir+"/given", "14.1")
	path := install(t, dir+"/path", "16.1")
	for _, version := range []string{"9.6", "14", "15", "17"} {
		install(t, dir+"/debian/"+version+"/bin", version+".3")
	}
	places := []place{{dir + "/debian/*/bin", "Debian"}, {dir + "/path", "Red Hat"}}
	link := dir + "/usrbin"
	if err := os.Mkdir(link, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(path+"/postgres", link+"/postgres"); err != nil {
		t.Fatal(err)
	}

	for _, c := range []struct {
		name string
		cfg  Config
		path string
		made cluster
		want Installation
	}{
		{"given", Config{BinDir: given}, path, cluster{}, Installation{given, "14.1", 14}},
		{"path", Config{}, path, cluster{}, Installation{path, "16.1", 16}},
		{"path by a link", Config{}, link, cluster{}, Installation{path, "16.1", 16}},
		{"newest package", Config{}, "", cluster{}, Installation{dir + "/debian/17/bin", "17.3", 17}},
		{"what the cluster wants", Config{}, path, cluster{"/pg", 15}, Installation{dir + "/debian/15/bin", "15.3", 15}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newTestSearch(t, c.cfg, c.made, places...)
			if c.path != "" {
				s.lookup = func(program string) (string, error) { return exec.LookPath(filepath.Join(c.path, program)) }
			}
			got, err := s.run(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestFindNothing(t *testing.T) {
	dir := tempDir(t)
	old := install(t, dir+"/old/13/bin", "13.20")
	half := dir + "/half"
	if err := os.Mkdir(half, 0o755); err != nil {
		t.Fatal(err)
	}
	broken := install(t, dir+"/broken", "17.1")
	if err := os.WriteFile(broken+"/postgres", []byte("#!/bin/sh\necho no library >&2\nexit 127\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	const advice = "Install Postgres 14 or later (apt install postgresql, dnf install postgresql-server, brew install postgresql) or set ROWGATE_PG_BIN to the folder that holds postgres and initdb"

	t.Run("anywhere", func(t *testing.T) {
		var log bytes.Buffer
		s := newTestSearch(t, Config{Logger: slog.New(slog.NewTextHandler(&log, nil))}, cluster{},
			place{dir + "/old/*/bin", "Debian"}, place{half, "Red Hat"}, place{dir + "/none", "Homebrew"}, place{broken, "Other"})
		_, err := s.run(t.Context())
		want := fmt.Sprintf(`localpg: no usable Postgres was found. It was looked for in
  PATH: no program postgres
  %[1]s/old/*/bin (Debian): %[1]s/old/13/bin: it is Postgres 13.20, and 14 is the oldest that is used
  %[1]s/half (Red Hat): %[1]s/half: it does not hold the programs postgres and initdb
  %[1]s/none (Homebrew): nothing there
  %[1]s/broken (Other): %[1]s/broken: postgres --version, run by %[2]s: exit status 127 no library
  download: switched off, since no cache folder is set
%[3]s`, dir, s.acct, advice)
		if !errors.Is(err, ErrNotFound) || err.Error() != want {
			t.Errorf("got\n%v\nwant\n%s", err, want)
		}
		if word := fmt.Sprintf("folder=%s because=\"it is Postgres 13.20,", old); !strings.Contains(log.String(), word) {
			t.Errorf("the log does not say %s:\n%s", word, &log)
		}
	})
	for dir, why := range map[string]string{
		old:  "it is Postgres 13.20, and 14 is the oldest that is used",
		half: "it does not hold the programs postgres and initdb",
	} {
		_, err := newTestSearch(t, Config{BinDir: dir}, cluster{}).run(t.Context())
		want := fmt.Sprintf("localpg: no usable Postgres was found in %s, which was given as its folder (ROWGATE_PG_BIN): %s. %s", dir, why, advice)
		if !errors.Is(err, ErrNotFound) || err.Error() != want {
			t.Errorf("got\n%v\nwant\n%s", err, want)
		}
	}
	t.Run("for a cluster", func(t *testing.T) {
		s := newTestSearch(t, Config{}, cluster{"/data/pg", 14}, place{install(t, dir+"/new", "15.1"), "Debian"})
		_, err := s.run(t.Context())
		want := fmt.Sprintf(`localpg: the data folder was made by another version of Postgres (/data/pg by 14): no usable Postgres was found. It was looked for in
  PATH: no program postgres
  %[1]s/new (Debian): %[1]s/new: it is Postgres 15.1, and the data folder was made by another version of Postgres (14)
  download: switched off, since no cache folder is set
Install Postgres 14 (apt install postgresql, dnf install postgresql-server, brew install postgresql) or set ROWGATE_PG_BIN to the folder that holds postgres and initdb, or remove the data folder /data/pg to begin with an empty one`, dir)
		if !errors.Is(err, ErrOtherVersion) || err.Error() != want {
			t.Errorf("got\n%v\nwant\n%s", err, want)
		}
	})
}

func TestFindIsStopped(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Find(ctx, Config{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestFindPassesOverWhatTheAccountCannotRun(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root drops to another account")
	}
	dir := tempDir(t)
	install(t, dir+"/bin", "17.1")
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := newTestSearch(t, Config{BinDir: dir + "/bin"}, cluster{}).run(t.Context())
	if err == nil || !strings.Contains(err.Error(), "permission denied") {
		t.Errorf("got %v", err)
	}
}

func TestNewestFirst(t *testing.T) {
	got := []string{"/pg/9.6/bin", "/pg/17/bin", "/pg/latest/bin", "/pg/9.10/bin", "/pg/99999999999999999999/bin", "/pg/15/bin"}
	newestFirst(got)
	want := []string{"/pg/17/bin", "/pg/15/bin", "/pg/9.10/bin", "/pg/9.6/bin", "/pg/99999999999999999999/bin", "/pg/latest/bin"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
