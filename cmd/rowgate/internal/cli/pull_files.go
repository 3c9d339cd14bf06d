package cli

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rowgate/rowgate/proto"
	"github.com/rowgate/rowgate/proto/protogen"
)

// imports are the files that pulled ones import and that are not there yet,
// for buf and protoc to find without a registry, and rowgate's own where they
// are of another version.
func imports(root string) ([]protogen.File, error) {
	var all []protogen.File
	err := fs.WalkDir(proto.Imports, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		old, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			old = nil
		case err != nil:
			return err
		case !strings.HasPrefix(name, "rowgate/"):
			return nil
		}
		text, err := fs.ReadFile(proto.Imports, name)
		if err == nil && !bytes.Equal(old, text) {
			all = append(all, protogen.File{Path: name, Old: old, New: text})
		}
		return err
	})
	return all, err
}

// changedOf leaves the new files out.
func changedOf(files []protogen.File) []protogen.File {
	return slices.DeleteFunc(slices.Clone(files), func(f protogen.File) bool { return f.Old == nil })
}

// writeFile writes a file whole or not at all.
func writeFile(name string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	if text == nil {
		return os.Remove(name)
	}
	temporary := name + ".tmp"
	if err := os.WriteFile(temporary, text, 0o644); err != nil {
		return err
	}
	return os.Rename(temporary, name)
}

func stateOf(f protogen.File) string {
	switch {
	case f.Old == nil:
		return "new    "
	case f.New == nil:
		return "removed"
	default:
		return "changed"
	}
}
