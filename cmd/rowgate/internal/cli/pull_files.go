package cli

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
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

// writeFiles writes files below a folder: all of them beside their places
// first, and then, as fast as can be, each into its own. What goes wrong with
// one leaves the others as they are, since files that import each other compile
// together or not at all. A file that someone has changed since it was read is
// not written over.
func writeFiles(root string, files []protogen.File) (err error) {
	staged := make([]string, len(files))
	defer func() {
		for _, name := range staged {
			if name != "" {
				err = errors.Join(err, os.Remove(name))
			}
		}
	}()
	for i, f := range files {
		if f.New == nil {
			continue
		}
		if staged[i], err = stage(place(root, f), f.New); err != nil {
			return err
		}
	}
	for _, f := range files {
		if err := unchanged(place(root, f), f.Old); err != nil {
			return err
		}
	}
	for i, f := range files {
		if f.New == nil {
			err = os.Remove(place(root, f))
		} else {
			err = os.Rename(staged[i], place(root, f))
		}
		if err != nil {
			return err
		}
		staged[i] = ""
	}
	return nil
}

func place(root string, f protogen.File) string {
	return filepath.Join(root, filepath.FromSlash(f.Path))
}

// stage writes a file under a name beside its own that nobody has, and returns
// that name.
func stage(name string, text []byte) (staged string, err error) {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return "", err
	}
	// A name that can be guessed may be someone's file, or a link to one.
	staged = name + "." + rand.Text() + ".tmp"
	f, err := os.OpenFile(staged, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return "", err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Close()); err != nil {
		return "", errors.Join(err, os.Remove(staged))
	}
	return staged, nil
}

// unchanged says whether a file is as it was read; nil is one that was not
// there.
func unchanged(name string, old []byte) error {
	text, err := os.ReadFile(name)
	switch {
	case errors.Is(err, fs.ErrNotExist) && old == nil, err == nil && old != nil && bytes.Equal(text, old):
		return nil
	case err == nil || errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s has changed while it was pulled, and nothing was written: pull again", name)
	default:
		return err
	}
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
