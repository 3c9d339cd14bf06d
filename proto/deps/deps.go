// Deps writes the .proto files that rowgate's own import and does not own:
// google/api, google/type and buf/validate.
//
// Run it from the repository's root, after one of the modules named below
// changed its version:
//
//	go run ./proto/deps
//
// It prints them from the descriptors that the generated Go packages carry, so
// what the compiler reads and what the program links are the same by
// construction, and buf needs no registry and no network. Generated packages
// carry no comments; each file says where the commented original is.
package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jhump/protoreflect/v2/protoprint"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	// Each registers its files in protoregistry.GlobalFiles.
	_ "buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	_ "google.golang.org/genproto/googleapis/api/annotations"
	_ "google.golang.org/genproto/googleapis/type/date"
	_ "google.golang.org/genproto/googleapis/type/datetime"
	_ "google.golang.org/genproto/googleapis/type/decimal"
	_ "google.golang.org/genproto/googleapis/type/timeofday"
)

// roots are the files that rowgate's .proto files may import. What these import
// in turn is printed as well, but for google/protobuf, which every compiler
// brings along.
var roots = []string{
	"buf/validate/validate.proto",
	"google/api/annotations.proto",
	"google/api/field_behavior.proto",
	"google/type/date.proto",
	"google/type/datetime.proto",
	"google/type/decimal.proto",
	"google/type/timeofday.proto",
}

// origins say for the files under a folder where they come from: the Go module
// whose descriptors are printed, the address before the file's path, and whose
// work they are.
var origins = []struct{ folder, module, address, rights string }{
	{"google/api/", "google.golang.org/genproto/googleapis/api", "https://github.com/googleapis/googleapis/blob/master/", "Copyright Google LLC"},
	{"google/type/", "google.golang.org/genproto", "https://github.com/googleapis/googleapis/blob/master/", "Copyright Google LLC"},
	{"buf/validate/", "buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go", "https://github.com/bufbuild/protovalidate/blob/main/proto/protovalidate/", "Copyright Buf Technologies, Inc"},
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("deps: ")
	if err := write("proto"); err != nil {
		log.Fatal(err)
	}
}

// file is one .proto file: its import path and its text.
type file struct{ path, text string }

// write puts the files into the folder that holds rowgate's own. It refuses a
// folder that does not, since that means that it was started elsewhere.
func write(folder string) error {
	if _, err := os.Stat(filepath.Join(folder, "rowgate", "v1", "options.proto")); err != nil {
		return errors.New("no proto/rowgate/v1/options.proto here; start it in the repository's root: go run ./proto/deps")
	}
	files, err := printed()
	if err != nil {
		return err
	}
	for _, f := range files {
		name := filepath.Join(folder, filepath.FromSlash(f.path))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(name, []byte(f.text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// printed returns the roots and what they import, as text, in the order of
// their paths.
func printed() ([]file, error) {
	linked, err := closure(roots)
	if err != nil {
		return nil, err
	}
	var printer protoprint.Printer
	files := make([]file, 0, len(linked))
	for _, fd := range linked {
		head, err := heading(fd.Path())
		if err != nil {
			return nil, err
		}
		var text bytes.Buffer
		text.WriteString(head)
		if err := printer.PrintProtoFile(fd, &text); err != nil {
			return nil, fmt.Errorf("%s: %w", fd.Path(), err)
		}
		files = append(files, file{fd.Path(), text.String()})
	}
	return files, nil
}

// closure returns the descriptors of the paths and of all that they import,
// without google/protobuf, by path.
func closure(paths []string) ([]protoreflect.FileDescriptor, error) {
	seen := make(map[string]protoreflect.FileDescriptor)
	for todo := slices.Clone(paths); len(todo) > 0; {
		path := todo[0]
		todo = todo[1:]
		if seen[path] != nil || strings.HasPrefix(path, "google/protobuf/") {
			continue
		}
		fd, err := protoregistry.GlobalFiles.FindFileByPath(path)
		if err != nil {
			return nil, fmt.Errorf("%s is not linked into this program; import the Go package that it generates: %w", path, err)
		}
		seen[path] = fd
		for i := range fd.Imports().Len() {
			todo = append(todo, fd.Imports().Get(i).Path())
		}
	}
	files := make([]protoreflect.FileDescriptor, 0, len(seen))
	for _, fd := range seen {
		files = append(files, fd)
	}
	slices.SortFunc(files, func(a, b protoreflect.FileDescriptor) int { return cmp.Compare(a.Path(), b.Path()) })
	return files, nil
}

// heading returns the comment that opens a file.
func heading(path string) (string, error) {
	for _, o := range origins {
		if strings.HasPrefix(path, o.folder) {
			return fmt.Sprintf(`// Printed by "go run ./proto/deps" from the descriptor in the Go module
// %s; do not edit.
// The original, with its comments:
// %s%s
// %s. Licensed under the Apache License, Version 2.0.

`, o.module, o.address, path, o.rights), nil
		}
	}
	return "", fmt.Errorf("%s: say in origins where it comes from", path)
}
