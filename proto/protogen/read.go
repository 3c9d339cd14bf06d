package protogen

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/bufbuild/protocompile/ast"
	"github.com/bufbuild/protocompile/parser"
	"github.com/bufbuild/protocompile/reporter"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/rowgate/rowgate/service/descriptor"
)

// Files are the .proto files of a package as they are.
type Files struct {
	set     *descriptor.Set
	sources map[string]*source
}

// source is a file with its syntax tree.
type source struct {
	path string
	text []byte
	tree *ast.FileNode
	file protoreflect.FileDescriptor
}

// Read reads the files of a package, which lie in the folder of its name below
// fsys. root is what messages put before their paths. A package that has no
// files is no error. Files that do not compile are: what is not understood
// could not be kept.
func Read(ctx context.Context, fsys fs.FS, root, pkg string) (*Files, error) {
	f := &Files{sources: map[string]*source{}}
	paths, err := fs.Glob(fsys, path.Join(folder(pkg), "*.proto"))
	if err != nil {
		return nil, err
	}
	if len(paths) == 0 {
		f.set = &descriptor.Set{}
		return f, nil
	}
	trees := map[string]*ast.FileNode{}
	for _, p := range paths {
		text, err := fs.ReadFile(fsys, p)
		if err != nil {
			return nil, err
		}
		f.sources[p] = &source{path: p, text: text}
		if tree, err := parser.Parse(p, bytes.NewReader(text), reporter.NewHandler(nil)); err == nil {
			f.sources[p].tree, trees[p] = tree, tree
		}
	}
	if len(trees) == len(paths) {
		f.set, err = descriptor.LoadTrees(ctx, fsys, root, trees)
	} else {
		// It says what does not parse, in all files.
		f.set, err = descriptor.LoadFS(ctx, fsys, root, paths...)
	}
	if err != nil {
		return nil, fmt.Errorf("the files that are there must compile before they can be kept in step:\n%w", err)
	}
	for _, p := range paths {
		file, err := f.set.Files.FindFileByPath(p)
		if err != nil {
			return nil, err
		}
		if string(file.Package()) != pkg {
			return nil, fmt.Errorf("%s is of package %s and lies in the folder of %s: move it, or pull with --package %s",
				path.Join(root, p), file.Package(), pkg, file.Package())
		}
		if file.Syntax() != protoreflect.Proto3 {
			return nil, fmt.Errorf("%s is not in proto3", path.Join(root, p))
		}
		f.sources[p].file = file
	}
	return f, nil
}

// Schemas returns schemas, and after them those of what the files declare: a
// pull has to know of these as well, or it would take them for gone.
func (f *Files) Schemas(schemas []string) []string {
	all := slices.Clone(schemas)
	l := newLock(f)
	for _, n := range slices.Concat(l.order, l.callNames()) {
		if !slices.Contains(all, n.Schema) {
			all = append(all, n.Schema)
		}
	}
	return all
}

// pulled says whether a declaration stands in a file that a pull wrote.
func (f *Files) pulled(d protoreflect.Descriptor) bool {
	s := f.sources[d.ParentFile().Path()]
	return s != nil && bytes.Contains(s.text, []byte(signature))
}

// signature is how files that a pull wrote are told from those of others.
const signature = `"rowgate pull" wrote it`

// Packages returns the packages of a set that hold pulled files, with the
// schemas that those are about.
func Packages(set *descriptor.Set) map[string][]string {
	packages := map[string][]string{}
	for _, p := range set.Own {
		file, err := set.Files.FindFileByPath(p)
		if err != nil {
			continue
		}
		l := newLock(&Files{sources: map[string]*source{p: {path: p, file: file}}})
		pkg := string(file.Package())
		for _, n := range slices.Concat(l.order, l.callNames()) {
			if !slices.Contains(packages[pkg], n.Schema) {
				packages[pkg] = append(packages[pkg], n.Schema)
			}
		}
	}
	return packages
}

// folder is where the files of a package lie.
func folder(pkg string) string { return strings.ReplaceAll(pkg, ".", "/") }

// paths returns the files' paths, sorted.
func (f *Files) paths() []string {
	var all []string
	for p := range f.sources {
		all = append(all, p)
	}
	slices.Sort(all)
	return all
}

// CheckPackage says what is wrong with a package's name.
func CheckPackage(pkg string) error {
	for part := range strings.SplitSeq(pkg, ".") {
		if !protoreflect.Name(part).IsValid() || strings.ToLower(part) != part {
			return fmt.Errorf("%q is no package: write small letters with dots between, such as app.v1", pkg)
		}
		// Within shop.google.v1, google.protobuf means shop.google.protobuf.
		if part == "rowgate" || part == "google" || part == "buf" {
			return fmt.Errorf("the package %q: the names rowgate, google and buf are taken; choose another, such as app.v1", pkg)
		}
	}
	return nil
}
