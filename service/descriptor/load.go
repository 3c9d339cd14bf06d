package descriptor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bufbuild/protocompile"
	"github.com/bufbuild/protocompile/ast"
	"github.com/bufbuild/protocompile/linker"
	"github.com/bufbuild/protocompile/reporter"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"

	// Linked for their descriptors.
	_ "buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	_ "google.golang.org/genproto/googleapis/api/annotations"
	_ "google.golang.org/genproto/googleapis/type/date"
	_ "google.golang.org/genproto/googleapis/type/datetime"
	_ "google.golang.org/genproto/googleapis/type/decimal"
	_ "google.golang.org/genproto/googleapis/type/timeofday"
	_ "google.golang.org/protobuf/types/known/emptypb"
	_ "google.golang.org/protobuf/types/known/fieldmaskpb"
	_ "google.golang.org/protobuf/types/known/structpb"
	_ "google.golang.org/protobuf/types/known/timestamppb"

	_ "github.com/rowgate/rowgate/proto/gen/rowgate/v1"
)

// Set is a linked set of files. It is safe for concurrent use.
type Set struct {
	// Files resolves every file and every name, imports included.
	Files *protoregistry.Files
	// Root is the folder that the files' paths are relative to; empty for those
	// of an image, whose folder is not known.
	Root string
	// Own holds the paths of the set's files, without those
	// that are linked into the program, sorted.
	Own []string
}

// linkedPrefixes are the import paths that the program's own descriptors
// answer.
var linkedPrefixes = []string{"google/protobuf/", "google/api/", "google/type/", "buf/validate/", "rowgate/v1/"}

// Linked tells whether an import path is answered by the program's own
// descriptors, and not by a file.
func Linked(path string) bool {
	return slices.ContainsFunc(linkedPrefixes, func(p string) bool { return strings.HasPrefix(path, p) })
}

// Load reads a folder of .proto files, compiled with the folder as the only
// import path, or a file that holds a buf image or a FileDescriptorSet in
// binary form (buf build -o image.binpb). An error in the sources lists every
// one of them with file, line and column.
func Load(ctx context.Context, path string) (*Set, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("the proto folder or image: %w", err)
	}
	if info.IsDir() {
		return LoadFS(ctx, os.DirFS(path), path)
	}
	protos, err := readImage(path)
	if err != nil {
		return nil, err
	}
	return link("", protos)
}

// LoadFS is Load for a file system. root is what messages put before the
// files' paths. Where paths are given, only those files and what they import
// are read.
func LoadFS(ctx context.Context, fsys fs.FS, root string, paths ...string) (*Set, error) {
	if len(paths) == 0 {
		var err error
		if paths, err = sources(fsys); err != nil {
			return nil, err
		}
	}
	protos, err := compile(ctx, fsys, root, paths, nil)
	if err != nil {
		return nil, err
	}
	return link(root, protos)
}

// LoadTrees is LoadFS of files that have been parsed, by their paths. The set
// knows no comments and no positions within files.
func LoadTrees(ctx context.Context, fsys fs.FS, root string, trees map[string]*ast.FileNode) (*Set, error) {
	protos, err := compile(ctx, fsys, root, slices.Sorted(maps.Keys(trees)), trees)
	if err != nil {
		return nil, err
	}
	return link(root, protos)
}

func compile(ctx context.Context, fsys fs.FS, root string, paths []string, trees map[string]*ast.FileNode) ([]*descriptorpb.FileDescriptorProto, error) {
	if len(paths) == 0 {
		return nil, fmt.Errorf("%s holds no .proto file", root)
	}
	info := protocompile.SourceInfoStandard | protocompile.SourceInfoExtraOptionLocations
	if trees != nil {
		info = protocompile.SourceInfoNone
	}
	var problems []error
	compiler := protocompile.Compiler{
		Resolver: protocompile.CompositeResolver{
			protocompile.ResolverFunc(linkedFile),
			protocompile.ResolverFunc(func(path string) (protocompile.SearchResult, error) {
				if tree := trees[path]; tree != nil {
					return protocompile.SearchResult{AST: tree}, nil
				}
				return protocompile.SearchResult{}, fs.ErrNotExist
			}),
			&protocompile.SourceResolver{Accessor: func(path string) (io.ReadCloser, error) { return fsys.Open(path) }},
		},
		SourceInfoMode: info,
		Reporter: reporter.NewReporter(func(e reporter.ErrorWithPos) error {
			problems = append(problems, below(root, e))
			return nil
		}, nil),
	}
	files, err := compiler.Compile(ctx, paths...)
	// An import that is not found is returned and not reported.
	var returned reporter.ErrorWithPos
	switch {
	case errors.As(err, &returned):
		problems = append(problems, below(root, returned))
	case err != nil && len(problems) == 0:
		return nil, err
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	return withImports(files), nil
}

// withImports are the files' descriptors, with those that they import and that
// the program has not got.
func withImports(files linker.Files) []*descriptorpb.FileDescriptorProto {
	var protos []*descriptorpb.FileDescriptorProto
	added := map[string]bool{}
	var add func(linker.File)
	add = func(f linker.File) {
		if f == nil || added[f.Path()] {
			return
		}
		added[f.Path()] = true
		for i := range f.Imports().Len() {
			path := f.Imports().Get(i).Path()
			if _, err := linkedFile(path); err != nil {
				add(f.FindImportByPath(path))
			}
		}
		if r, ok := f.(linker.Result); ok {
			protos = append(protos, r.FileDescriptorProto())
		} else {
			protos = append(protos, protodesc.ToFileDescriptorProto(f))
		}
	}
	for _, f := range files {
		add(f)
	}
	return protos
}

// below is an error with the root before its file's path.
func below(root string, e reporter.ErrorWithPos) error {
	pos := e.GetPosition()
	pos.Filename = filepath.Join(root, pos.Filename)
	return fmt.Errorf("%s: %w", pos, e.Unwrap())
}

// sources lists the .proto files of a file system, without hidden folders and
// without the files that are linked into the program.
func sources(fsys fs.FS) ([]string, error) {
	var paths []string
	err := fs.WalkDir(fsys, ".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != "." && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir
		case !d.IsDir() && strings.HasSuffix(path, ".proto") && !Linked(path):
			paths = append(paths, path)
		}
		return nil
	})
	return paths, err
}

func linkedFile(path string) (protocompile.SearchResult, error) {
	if !Linked(path) {
		return protocompile.SearchResult{}, fs.ErrNotExist
	}
	fd, err := protoregistry.GlobalFiles.FindFileByPath(path)
	if err != nil {
		return protocompile.SearchResult{}, fs.ErrNotExist
	}
	return protocompile.SearchResult{Desc: fd}, nil
}

func readImage(path string) ([]*descriptorpb.FileDescriptorProto, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var set descriptorpb.FileDescriptorSet
	if err := proto.Unmarshal(data, &set); err != nil || len(set.File) == 0 {
		return nil, fmt.Errorf("%s is neither a folder nor a buf image in binary form (buf build -o image.binpb)", path)
	}
	return set.File, nil
}

// link makes descriptors whose options have the types linked into the program:
// a compiler leaves them as dynamic messages, an image as unknown fields.
func link(root string, protos []*descriptorpb.FileDescriptorProto) (*Set, error) {
	s := &Set{Files: &protoregistry.Files{}, Root: root}
	pending := map[string]*descriptorpb.FileDescriptorProto{}
	for _, p := range protos {
		data, err := proto.Marshal(p)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.GetName(), err)
		}
		typed := &descriptorpb.FileDescriptorProto{}
		if err := proto.Unmarshal(data, typed); err != nil {
			return nil, fmt.Errorf("%s: %w", p.GetName(), err)
		}
		pending[p.GetName()] = typed
		if !Linked(p.GetName()) {
			s.Own = append(s.Own, p.GetName())
		}
	}
	slices.Sort(s.Own)
	for _, path := range s.Own {
		if err := s.add(path, pending); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// add registers a file after the files that it imports.
func (s *Set) add(path string, pending map[string]*descriptorpb.FileDescriptorProto) error {
	if _, err := s.Files.FindFileByPath(path); err == nil {
		return nil
	}
	if fd, err := protoregistry.GlobalFiles.FindFileByPath(path); err == nil && Linked(path) {
		for i := range fd.Imports().Len() {
			if err := s.add(fd.Imports().Get(i).Path(), pending); err != nil {
				return err
			}
		}
		return s.Files.RegisterFile(fd)
	}
	p := pending[path]
	if p == nil {
		return fmt.Errorf("%s is imported and is not among the files that were read", path)
	}
	for _, dep := range p.GetDependency() {
		if err := s.add(dep, pending); err != nil {
			return err
		}
	}
	fd, err := protodesc.NewFile(p, s.Files)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return s.Files.RegisterFile(fd)
}

// Services returns the services of the set's own files, in the files' order.
func (s *Set) Services() []protoreflect.ServiceDescriptor {
	var all []protoreflect.ServiceDescriptor
	for _, path := range s.Own {
		fd, err := s.Files.FindFileByPath(path)
		if err != nil {
			continue
		}
		services := fd.Services()
		for i := range services.Len() {
			all = append(all, services.Get(i))
		}
	}
	return all
}

// Part is a part of a declaration, such as an option.
type Part interface {
	protoreflect.Descriptor
	// Paths are places that hold the part, the closest one first.
	Paths() []protoreflect.SourcePath
}

// Position says where a declaration, or a [Part] of one, stands, as
// file:line:column.
func (s *Set) Position(d protoreflect.Descriptor) string {
	file := d.ParentFile()
	path := filepath.Join(s.Root, file.Path())
	loc := file.SourceLocations().ByDescriptor(d)
	if part, ok := d.(Part); ok {
		for _, p := range part.Paths() {
			if at := file.SourceLocations().ByPath(p); at.Path != nil {
				loc = at
				break
			}
		}
	}
	if loc.Path == nil {
		return path
	}
	return fmt.Sprintf("%s:%d:%d", path, loc.StartLine+1, loc.StartColumn+1)
}
