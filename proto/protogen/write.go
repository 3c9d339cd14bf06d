package protogen

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/bufbuild/protocompile/ast"
	"google.golang.org/protobuf/proto"

	rowgatev1 "github.com/rowgate/rowgate/proto/gen/rowgate/v1"
)

// write turns what is wanted into the files' texts.
func (g *generator) write() error {
	places := g.places()
	names := make([]string, 0, len(g.wanted))
	for p := range g.wanted {
		names = append(names, p)
	}
	slices.Sort(names)
	for _, name := range names {
		f := g.wanted[name]
		source := g.have.sources[name]
		var text []byte
		switch {
		case source == nil && f.empty():
			continue
		case source == nil:
			text = g.newFile(f)
		default:
			if text = g.patchFile(f, source); text == nil {
				g.result.Files = append(g.result.Files, File{Path: name, Old: source.text})
				continue
			}
		}
		text, err := withImports(name, text, source, g.opts.Package, places)
		if err != nil {
			return fmt.Errorf("%s: rowgate wrote a file that does not parse, which is a bug of it: %w", name, err)
		}
		if source == nil {
			g.result.Files = append(g.result.Files, File{Path: name, New: text})
		} else if !bytes.Equal(text, source.text) {
			g.result.Files = append(g.result.Files, File{Path: name, Old: source.text, New: text})
		}
	}
	return nil
}

func (f *wantedFile) empty() bool {
	return len(f.messages) == 0 && len(f.enums) == 0 && len(f.services) == 0
}

// places says which file has which declaration of the package.
func (g *generator) places() map[string]string {
	places := map[string]string{}
	for p, s := range g.have.sources {
		for i := range s.file.Messages().Len() {
			places[string(s.file.Messages().Get(i).Name())] = p
		}
		for i := range s.file.Enums().Len() {
			places[string(s.file.Enums().Get(i).Name())] = p
		}
	}
	for p, f := range g.wanted {
		for _, m := range f.messages {
			if m.have == nil {
				places[m.name] = p
			}
		}
		for _, e := range f.enums {
			if e.have == nil {
				places[e.name] = p
			}
		}
	}
	return places
}

// newFile is a file that is not there yet, without its imports.
func (g *generator) newFile(f *wantedFile) []byte {
	var b strings.Builder
	writeComment(&b, "", f.about+" "+signature+" and keeps edits.")
	b.WriteString("\nsyntax = \"proto3\";\n\npackage " + g.opts.Package + ";\n")
	if options := g.fileOptions(); len(options) > 0 {
		b.WriteString("\n" + strings.Join(options, "\n") + "\n")
	}
	for _, s := range f.services {
		if len(s.methods) > 0 {
			b.WriteString("\n" + s.render())
		}
	}
	for _, m := range f.messages {
		b.WriteString("\n" + m.render(""))
	}
	for _, e := range f.enums {
		b.WriteString("\n" + e.render())
	}
	return []byte(b.String())
}

// perPackage are the options of files that all files of a package share.
var perPackage = []string{
	"csharp_namespace", "go_package", "java_multiple_files", "java_package", "php_namespace", "ruby_package", "swift_prefix",
}

// fileOptions are those of a new file: what its package's first one has, or the
// go_package that was asked for.
func (g *generator) fileOptions() []string {
	paths := g.have.paths()
	if len(paths) == 0 {
		if g.opts.GoPackage == "" {
			return nil
		}
		return []string{"option go_package = " + quote(g.opts.GoPackage) + ";"}
	}
	t := newTree(g.have.sources[paths[0]])
	var options []string
	for _, d := range t.tree.Decls {
		if n, ok := d.(*ast.OptionNode); ok && slices.Contains(perPackage, strings.TrimSpace(t.raw(n.Name))) {
			options = append(options, fmt.Sprintf("option %s = %s;", strings.TrimSpace(t.raw(n.Name)), t.raw(n.Val)))
		}
	}
	return options
}

// patchFile is a file that is there with what has to change in it, or nil when
// nothing is left of it.
func (g *generator) patchFile(f *wantedFile, s *source) []byte {
	p := &patch{tree: newTree(s), g: g, removed: map[int]bool{}}
	var added strings.Builder
	for _, sv := range f.services {
		switch {
		case sv.have != nil && sv.have.ParentFile() == s.file:
			p.service(sv)
		case len(sv.methods) > 0:
			added.WriteString("\n" + sv.render())
		}
	}
	for _, m := range f.messages {
		switch {
		case m.have != nil && m.have.ParentFile() == s.file:
			p.message(m)
		case m.have == nil:
			added.WriteString("\n" + m.render(""))
		}
	}
	for _, e := range f.enums {
		switch {
		case e.have != nil && e.have.ParentFile() == s.file:
			p.enum(e)
		case e.have == nil:
			added.WriteString("\n" + e.render())
		}
	}
	for _, d := range f.gone {
		p.remove(p.nodes[localName(d)])
	}
	if len(f.gone) > 0 && len(f.gone) == s.file.Messages().Len()+s.file.Enums().Len()+s.file.Services().Len() && added.Len() == 0 {
		return nil
	}
	if len(p.kept) > 0 {
		g.note(Kept, subject(s.path), "the comments of %s differ from the database's; --comments takes those", and(p.kept))
	}
	text := p.apply()
	if added.Len() == 0 {
		return text
	}
	return append(append(bytes.TrimRight(text, "\n"), '\n'), added.String()...)
}

// optionDiffers says whether a message's option names something else than the
// database does.
func (g *generator) optionDiffers(m *message) bool {
	if len(m.options) == 0 {
		return false
	}
	if have := relationOf(m.have); have != nil {
		for _, r := range g.order {
			if r.message == m {
				return *have != r.relation.Name || !slices.Equal(keyOf(m.have), r.declaredKey)
			}
		}
	}
	return false
}

// enumDiffers says the same of an enum.
func (g *generator) enumDiffers(e *enum) bool {
	have, _ := proto.GetExtension(e.have.Options(), rowgatev1.E_EnumType).(*rowgatev1.EnumType)
	name := named(have.GetSchema(), have.GetName())
	return g.enums[name] != e
}
