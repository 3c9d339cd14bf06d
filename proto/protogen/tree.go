package protogen

import (
	"bytes"
	"slices"
	"strings"

	"github.com/bufbuild/protocompile/ast"
)

// tree finds the declarations of a file in its syntax tree, by their names
// within the package.
type tree struct {
	*source
	nodes map[string]ast.Node
	// oneofs are those that fields stand in, by the fields' names.
	oneofs map[string]*ast.OneofNode
}

func newTree(s *source) *tree {
	t := &tree{s, map[string]ast.Node{}, map[string]*ast.OneofNode{}}
	for _, d := range s.tree.Decls {
		t.add("", d)
	}
	return t
}

func (t *tree) add(scope string, n ast.Node) {
	switch n := n.(type) {
	case *ast.MessageNode:
		name := scope + n.Name.Val
		t.nodes[name] = n
		for _, d := range n.Decls {
			t.add(name+".", d)
		}
	case *ast.OneofNode:
		for _, d := range n.Decls {
			t.add(scope, d)
			if f, ok := d.(*ast.FieldNode); ok {
				t.oneofs[scope+f.Name.Val] = n
			}
		}
	case *ast.FieldNode:
		t.nodes[scope+n.Name.Val] = n
	case *ast.MapFieldNode:
		t.nodes[scope+n.Name.Val] = n
	case *ast.EnumNode:
		name := scope + n.Name.Val
		t.nodes[name] = n
		for _, d := range n.Decls {
			t.add(name+".", d)
		}
	case *ast.EnumValueNode:
		t.nodes[scope+n.Name.Val] = n
	case *ast.ServiceNode:
		t.nodes[n.Name.Val] = n
		for _, d := range n.Decls {
			t.add(n.Name.Val+".", d)
		}
	case *ast.RPCNode:
		t.nodes[scope+n.Name.Val] = n
	}
}

// span is a part of the text, end exclusive.
type span struct{ start, end int }

func (t *tree) span(n ast.Node) span {
	// The end's offset is that of the last character.
	info := t.tree.NodeInfo(n)
	return span{info.Start().Offset, info.Start().Offset + len(info.RawText())}
}

func (t *tree) raw(n ast.Node) string {
	s := t.span(n)
	return string(t.text[s.start:s.end])
}

// attached is the part of the text from the comment that belongs to a
// declaration, without a blank line between, to the declaration.
func (t *tree) attached(n ast.Node) (from int, text []string) {
	info := t.tree.NodeInfo(n)
	from = info.Start().Offset
	comments := info.LeadingComments()
	for i := comments.Len() - 1; i >= 0; i-- {
		c := comments.Index(i)
		between := string(t.text[c.Start().Offset+len(c.RawText()) : from])
		if strings.Count(between, "\n") > 1 || strings.TrimSpace(between) != "" {
			break
		}
		// A comment behind something else on its line is not ours.
		if strings.TrimSpace(string(t.text[t.lineStart(c.Start().Offset):c.Start().Offset])) != "" {
			break
		}
		text = slices.Insert(text, 0, commentLines(c.RawText())...)
		from = c.Start().Offset
	}
	return from, text
}

// commentLines is a comment's text without its marks.
func commentLines(raw string) []string {
	if rest, ok := strings.CutPrefix(raw, "//"); ok {
		return []string{strings.TrimRight(strings.TrimPrefix(rest, " "), " \t\r\n")}
	}
	raw = strings.TrimSuffix(strings.TrimPrefix(raw, "/*"), "*/")
	var lines []string
	for line := range strings.SplitSeq(raw, "\n") {
		line = strings.TrimLeft(strings.TrimSpace(line), "*")
		lines = append(lines, strings.TrimSpace(line))
	}
	for len(lines) > 0 && lines[0] == "" {
		lines = lines[1:]
	}
	for len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

func (t *tree) lineStart(at int) int {
	return bytes.LastIndexByte(t.text[:at], '\n') + 1
}

// lineEnd is where the line after at begins.
func (t *tree) lineEnd(at int) int {
	if i := bytes.IndexByte(t.text[at:], '\n'); i >= 0 {
		return at + i + 1
	}
	return len(t.text)
}

func (t *tree) indent(at int) string {
	line := string(t.text[t.lineStart(at):at])
	return line[:len(line)-len(strings.TrimLeft(line, " \t"))]
}
