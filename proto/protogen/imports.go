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
	{"google.type.DateTime", "google/type/datetime.proto"},
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
	{"rowgate.v1.", "rowgate/v1/options.proto"},
}

// withImports gives a file the imports that it needs, in the order of their
// names, and takes out those that it does not.
func withImports(name string, text []byte, pkg string, places map[string]string) ([]byte, error) {
	file, err := parser.Parse(name, bytes.NewReader(text), reporter.NewHandler(nil))
	if err != nil {
		return nil, err
	}
	t := &tree{source: &source{path: name, text: text, tree: file}}
	needed := map[string]bool{}
	err = ast.Walk(file, &ast.SimpleVisitor{
		DoVisitFieldNode: func(n *ast.FieldNode) error {
			need(needed, string(n.FldType.AsIdentifier()), pkg, places)
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
	if err != nil {
		return nil, err
	}
	delete(needed, name)
	p := &patch{tree: t}
	var have []*ast.ImportNode
	for _, d := range file.Decls {
		n, ok := d.(*ast.ImportNode)
		if !ok {
			continue
		}
		path := n.Name.AsString()
		if !needed[path] && managed(path, places) && n.Public == nil && n.Weak == nil {
			s := p.span(n)
			p.replace(span{p.lineStart(s.start), p.lineEnd(s.end)}, "")
			continue
		}
		delete(needed, path)
		have = append(have, n)
	}
	p.addImports(file, have, needed)
	return p.apply(), nil
}

// need notes the file that declares a name.
func need(needed map[string]bool, name, pkg string, places map[string]string) {
	name = strings.TrimPrefix(name, ".")
	if place, ok := places[strings.TrimPrefix(name, pkg+".")]; ok {
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

// managed says whether a pull may take an import out.
func managed(path string, places map[string]string) bool {
	for _, e := range external {
		if e.file == path {
			return true
		}
	}
	for _, p := range places {
		if p == path {
			return true
		}
	}
	return false
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
		at := p.lineEnd(p.span(file.Syntax).end)
		for _, d := range file.Decls {
			if n, ok := d.(*ast.PackageNode); ok {
				at = p.lineEnd(p.span(n).end)
			}
		}
		p.insert(at, "\n")
		for _, n := range names {
			p.insert(at, "import "+quote(n)+";\n")
		}
		return
	}
	for _, n := range names {
		at := p.lineEnd(p.span(have[len(have)-1]).end)
		for _, h := range have {
			if h.Name.AsString() > n {
				from, _ := p.attached(h)
				at = p.lineStart(from)
				break
			}
		}
		p.insert(at, "import "+quote(n)+";\n")
	}
}
