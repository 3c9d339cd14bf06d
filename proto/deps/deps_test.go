package main

import (
	"context"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bufbuild/protocompile"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/descriptorpb"
)

// TestFilesOnDisk holds the folder against what the program prints: each file's
// text, and that there is no other file.
func TestFilesOnDisk(t *testing.T) {
	files, err := printed()
	if err != nil {
		t.Fatal(err)
	}
	want := make(map[string]string)
	for _, f := range files {
		want[f.path] = f.text
	}
	got := make(map[string]string)
	for _, folder := range []string{"google", "buf"} {
		err := filepath.WalkDir(filepath.Join("..", folder), func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			text, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			got[strings.TrimPrefix(filepath.ToSlash(name), "../")] = string(text)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("proto/ is not what is printed (-printed +on disk); write it anew: go run ./proto/deps\n%s", diff)
	}
}

// TestFilesCompileToTheirDescriptors holds the printer to its word: the text
// compiles, and to the very descriptor that the Go package carries.
func TestFilesCompileToTheirDescriptors(t *testing.T) {
	files, err := printed()
	if err != nil {
		t.Fatal(err)
	}
	texts := make(map[string]string)
	var paths []string
	for _, f := range files {
		texts[f.path] = f.text
		paths = append(paths, f.path)
	}
	compiler := protocompile.Compiler{
		Resolver: protocompile.WithStandardImports(&protocompile.SourceResolver{
			Accessor: protocompile.SourceAccessorFromMap(texts),
		}),
	}
	compiled, err := compiler.Compile(context.Background(), paths...)
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range compiled {
		t.Run(path.Base(fd.Path()), func(t *testing.T) {
			linked, err := protoregistry.GlobalFiles.FindFileByPath(fd.Path())
			if err != nil {
				t.Fatal(err)
			}
			got, want := reparsed(t, protodesc.ToFileDescriptorProto(fd)), protodesc.ToFileDescriptorProto(linked)
			want.SourceCodeInfo = nil
			if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
				t.Errorf("the printed file is another one (-linked +printed):\n%s", diff)
			}
		})
	}
}

// reparsed returns a descriptor whose options are those of the linked Go
// packages and not the compiler's own, so that the two kinds compare.
func reparsed(t *testing.T, fd *descriptorpb.FileDescriptorProto) *descriptorpb.FileDescriptorProto {
	t.Helper()
	wire, err := proto.Marshal(fd)
	if err != nil {
		t.Fatal(err)
	}
	again := new(descriptorpb.FileDescriptorProto)
	if err := proto.Unmarshal(wire, again); err != nil {
		t.Fatal(err)
	}
	again.SourceCodeInfo = nil
	return again
}

func TestWriteElsewhereIsRefused(t *testing.T) {
	err := write(t.TempDir())
	const want = "no proto/rowgate/v1/options.proto here; start it in the repository's root: go run ./proto/deps"
	if err == nil || err.Error() != want {
		t.Errorf("write in an empty folder: %v, want %s", err, want)
	}
}

func TestHeadingWantsAnOrigin(t *testing.T) {
	_, err := heading("google/longrunning/operations.proto")
	const want = "google/longrunning/operations.proto: say in origins where it comes from"
	if err == nil || err.Error() != want {
		t.Errorf("heading of an unknown folder: %v, want %s", err, want)
	}
}
