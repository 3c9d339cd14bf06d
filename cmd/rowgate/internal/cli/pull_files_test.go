package cli

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rowgate/rowgate/proto/protogen"
)

// contents are a folder's files, and of a link its target's.
func contents(t *testing.T, root string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(name)
		short, _ := filepath.Rel(root, name)
		all[filepath.ToSlash(short)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestWriteFiles(t *testing.T) {
	// What an editor or an attacker left where a temporary file could be.
	precious := filepath.Join(t.TempDir(), "precious")
	old := map[string]string{"app/changed.proto": "old", "app/removed.proto": "old", "app/new.proto.tmp": "someone's"}
	files := []protogen.File{
		{Path: "app/changed.proto", Old: []byte("old"), New: []byte("new")},
		{Path: "app/new.proto", New: []byte("new")},
		{Path: "app/removed.proto", Old: []byte("old")},
	}
	for name, c := range map[string]struct {
		before func(t *testing.T, root string)
		want   map[string]string
		err    string
	}{
		"all": {
			func(*testing.T, string) {},
			map[string]string{"app/changed.proto": "new", "app/new.proto": "new", "app/new.proto.tmp": "someone's"},
			"",
		},
		"one that was changed": {
			func(t *testing.T, root string) { put(t, filepath.Join(root, "app/removed.proto"), "edited") },
			map[string]string{"app/changed.proto": "old", "app/removed.proto": "edited", "app/new.proto.tmp": "someone's"},
			"app/removed.proto has changed while it was pulled, and nothing was written: pull again",
		},
		"one that came": {
			func(t *testing.T, root string) { put(t, filepath.Join(root, "app/new.proto"), "") },
			map[string]string{"app/changed.proto": "old", "app/removed.proto": "old", "app/new.proto": "", "app/new.proto.tmp": "someone's"},
			"app/new.proto has changed while it was pulled, and nothing was written: pull again",
		},
		"one that went": {
			func(t *testing.T, root string) {
				if err := os.Remove(filepath.Join(root, "app/changed.proto")); err != nil {
					t.Fatal(err)
				}
			},
			map[string]string{"app/removed.proto": "old", "app/new.proto.tmp": "someone's"},
			"app/changed.proto has changed while it was pulled, and nothing was written: pull again",
		},
		"a link": {
			func(t *testing.T, root string) {
				put(t, precious, "precious")
				if err := os.Symlink(precious, filepath.Join(root, "app/changed.proto.tmp")); err != nil {
					t.Fatal(err)
				}
			},
			map[string]string{"app/changed.proto": "new", "app/new.proto": "new", "app/new.proto.tmp": "someone's", "app/changed.proto.tmp": "precious"},
			"",
		},
		"no folder": {
			func(t *testing.T, root string) { put(t, filepath.Join(root, "z"), "a file") },
			map[string]string{"app/changed.proto": "old", "app/removed.proto": "old", "app/new.proto.tmp": "someone's", "z": "a file"},
			"not a directory",
		},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			for name, text := range old {
				put(t, filepath.Join(root, name), text)
			}
			c.before(t, root)
			all := files
			if c.err == "not a directory" {
				all = append(all[:len(all):len(all)], protogen.File{Path: "z/last.proto", New: []byte("new")})
			}
			err := writeFiles(root, all)
			if (err == nil) != (c.err == "") || err != nil && !strings.HasSuffix(err.Error(), c.err) {
				t.Errorf("%v, want %q", err, c.err)
			}
			if diff := cmp.Diff(c.want, contents(t, root)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func put(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
