package protogen

import (
	"bytes"
	"slices"
	"strings"

	"github.com/bufbuild/protocompile/ast"
	"github.com/bufbuild/protocompile/parser"
	"github.com/bufbuild/protocompile/reporter"
)

// external says where the names outside of the package come from. Imports of
// these files are a pull's to add and to take out; others are left alone.
var external = []struct{ prefix, file string }{
	{"buf.validate.", "buf/validate/validate.proto"},
	{"google.api.http", "google/api/annotations.proto"},
	{"google.api.field_behavior", "google/api/field_behavior.proto"},
	{"google.protobuf.Empty", "google/protobuf/empty.proto"},
	{"google.protobuf.FieldMask", "google/protobuf/field_mask.proto"},
	{"google.protobuf.Timestamp", "google/protobuf/timestamp.proto"},
	{"google.protobuf.Value", "google/protobuf/struct.proto"},
	{"google.protobuf.Struct", "google/protobuf/struct.proto"},
	{"google.protobuf.ListValue", "google/protobuf/struct.proto"},
	{"google.protobuf.NullValue", "google/protobuf/struct.proto"},
	{"google.type.DateTime", "google/type/datetime.proto"},
	{"google.type.TimeZone", "google/type/datetime.proto"},
	{"google.type.Date", "google/type/date.proto"},
	{"google.type.Decimal", "google/type/decimal.proto"},
	{"google.type.TimeOfDay", "google/type/timeofday.proto"},
	{"rowgate.v1.Interval", "rowgate/v1/interval.proto"},
	{"rowgate.v1.Array", "rowgate/v1/array.proto"},
	{"rowgate.v1.Bounds", "rowgate/v1/range.proto"},
	{"rowgate.v1.Int32Range", "rowgate/v1/range.proto"},
	{"rowgate.v1.Int64Range", "rowgate/v1/range.proto"},
	{"rowgate.v1.NumericRange", "rowgate/v1/range.proto"},
	{"rowgate.v1.TimestampRange", "rowgate/v1/range.proto"},
	{"rowgate.v1.DateTimeRange", "rowgate/v1/range.proto"},
	{"rowgate.v1.DateRange", "rowgate/v1/range.proto"},
	{"rowgate.v1.Include", "rowgate/v1/query.proto"},
	{"rowgate.v1.Count", "rowgate/v1/query.proto"},
	{"rowgate.v1.OnConflict", "rowgate/v1/query.proto"},
	{"rowgate.v1.Use", "rowgate/v1/query.proto"},
	{"rowgate.v1.", "rowgate/v1/options.proto"},
}

// withImports gives a file the imports that it needs, in the order of their
// names, and takes out those that it needed before, which is nil for a new file,
// and does not any longer. Others are someone's own.
func withImports(name string, text []byte, before *source, pkg string, places map[string]string) ([]byte, error) {
	var file *ast.FileNode
	if before != nil && bytes.Equal(text, before.text) {
		file = before.tree
	} else {
		var err error
		if file, err = parser.Parse(name, bytes.NewReader(text), reporter.NewHandler(nil)); err != nil {
			return nil, err
		}
	}
	needed, unneeded := needs(file, pkg, places), map[string]bool{}
	delete(needed, name)
	if before != nil {
		unneeded = needs(before.tree, pkg, places)
	}
	p := &patch{tree: &tree{source: &source{path: name, text: text, tree: file}}}
	var have []*ast.ImportNode
	for _, d := range file.Decls {
		n, ok := d.(*ast.ImportNode)
		if !ok {
			continue
		}
		path := n.Name.AsString()
		if !needed[path] && unneeded[path] && n.Public == nil && n.Weak == nil {
			p.removeImport(n)
			continue
		}
		delete(needed, path)
		have = append(have, n)
	}
	p.addImports(file, have, needed)
	return p.apply(), nil
}

// needs are the files whose names a file uses, as far as a pull knows them.
func needs(file *ast.FileNode, pkg string, places map[string]string) map[string]bool {
	needed := map[string]bool{}
	for _, d := range file.Decls {
		needsOf(d, needed, pkg, places)
	}
	return needed
}

// needsOf are those of a declaration. A message within it hides one of the
// package.
func needsOf(d ast.Node, needed map[string]bool, pkg string, places map[string]string) {
	nested := map[string]bool{}
	// No visit fails.
	_ = ast.Walk(d, &ast.SimpleVisitor{
		DoVisitMessageNode: func(n *ast.MessageNode) error {
			if n != d {
				nested[n.Name.Val] = true
			}
			return nil
		},
	})
	_ = ast.Walk(d, &ast.SimpleVisitor{
		DoVisitFieldNode: func(n *ast.FieldNode) error {
			if name := string(n.FldType.AsIdentifier()); !nested[name] {
				need(needed, name, pkg, places)
			}
			return nil
		},
		DoVisitMapTypeNode: func(n *ast.MapTypeNode) error {
			need(needed, string(n.ValueType.AsIdentifier()), pkg, places)
			return nil
		},
		DoVisitRPCTypeNode: func(n *ast.RPCTypeNode) error {
			need(needed, string(n.MessageType.AsIdentifier()), pkg, places)
			return nil
		},
		DoVisitFieldReferenceNode: func(n *ast.FieldReferenceNode) error {
			if n.IsExtension() {
				need(needed, string(n.Name.AsIdentifier()), pkg, places)
			}
			return nil
		},
	})
}

// removeImport takes out an import, with its line where it has one to itself.
func (p *patch) removeImport(n *ast.ImportNode) {
	s := p.span(n)
	line := span{p.lineStart(s.start), p.lineEnd(s.end)}
	if strings.TrimSpace(string(p.text[line.start:line.end])) == p.raw(n) {
		s = line
	}
	p.replace(s, "")
}

// need notes the file that declares a name.
func need(needed map[string]bool, name, pkg string, places map[string]string) {
	name = strings.TrimPrefix(name, ".")
	// Of a nested type the outermost one tells.
	outermost, _, _ := strings.Cut(strings.TrimPrefix(name, pkg+"."), ".")
	if place, ok := places[outermost]; ok {
		needed[place] = true
		return
	}
	for _, e := range external {
		if name == e.prefix || strings.HasSuffix(e.prefix, ".") && strings.HasPrefix(name, e.prefix) {
			needed[e.file] = true
			return
		}
	}
}

// addImports writes imports where their names put them among those that are
// there.
func (p *patch) addImports(file *ast.FileNode, have []*ast.ImportNode, needed map[string]bool) {
	var names []string
	for n := range needed {
		names = append(names, n)
	}
	slices.Sort(names)
	if len(names) == 0 {
		return
	}
	if len(have) == 0 {
		end := p.span(file.Syntax).end
		for _, d := range file.Decls {
			if n, ok := d.(*ast.PackageNode); ok {
				end = p.span(n).end
			}
		}
		var b strings.Builder
		for _, n := range names {
			b.WriteString("\nimport " + quote(n) + ";")
		}
		p.insertBehind(end, b.String()+"\n")
		return
	}
	for _, n := range names {
		i := slices.IndexFunc(have, func(h *ast.ImportNode) bool { return h.Name.AsString() > n })
		if i < 0 {
			p.insertBehind(p.span(have[len(have)-1]).end, "import "+quote(n)+";\n")
			continue
		}
		from, _ := p.attached(have[i])
		p.insert(from, "import "+quote(n)+";\n")
	}
}
