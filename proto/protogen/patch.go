package protogen

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/bufbuild/protocompile/ast"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// patch changes a file in the places that have to change.
type patch struct {
	*tree
	g     *generator
	edits []edit
	// removed are the ends of what was removed from the start of a block.
	removed map[int]bool
	// kept are the declarations whose comments differ from the database's.
	kept []string
}

type edit struct {
	span
	text string
}

func (p *patch) replace(s span, text string) { p.edits = append(p.edits, edit{s, text}) }

func (p *patch) insert(at int, text string) { p.replace(span{at, at}, text) }

// apply carries the edits out, with the line ends that the file has. Those at
// one place keep their order.
func (p *patch) apply() []byte {
	slices.SortStableFunc(p.edits, func(a, b edit) int { return a.start - b.start })
	returns := bytes.Contains(p.text, []byte("\r\n"))
	var b strings.Builder
	at := 0
	for _, e := range p.edits {
		b.Write(p.text[at:max(at, e.start)])
		if returns {
			e.text = strings.ReplaceAll(strings.ReplaceAll(e.text, "\r\n", "\n"), "\n", "\r\n")
		}
		b.WriteString(e.text)
		at = max(at, e.end)
	}
	b.Write(p.text[at:])
	return []byte(b.String())
}

func (p *patch) message(m *message) {
	node, ok := p.nodes[localName(m.have)].(*ast.MessageNode)
	if !ok {
		return
	}
	p.comment(node, m.comment, string(m.have.Name()))
	for _, o := range m.options {
		p.declarationOption(node.Decls, node.OpenBrace, o, p.g.optionDiffers(m))
	}
	end := p.firstEnd(node)
	p.members(m, node)
	for _, f := range m.fields {
		switch {
		case f.inOneof:
			continue
		case f.last:
			p.insertBehind(p.lastEnd(node), f.render("  "+p.indent(p.span(node).start)))
			continue
		case f.have == nil:
			p.insertBehind(end, f.render("  "))
			continue
		}
		n := p.nodes[localName(f.have)]
		if n == nil {
			continue
		}
		p.field(f, n)
		end = p.span(n).end
		if o := p.oneofs[localName(f.have)]; o != nil {
			end = p.span(o).end
		}
	}
	for _, n := range m.nested {
		p.insertBehind(p.lastEnd(node), "\n"+n.render("  "))
	}
	for _, gone := range m.gone {
		p.reserve(m, gone)
	}
}

// members puts new fields into the message's oneof, behind those that are
// there, or writes the oneof anew where none of it stays.
func (p *patch) members(m *message, node *ast.MessageNode) {
	var fresh []*field
	for _, f := range m.fields {
		if f.inOneof && f.have == nil {
			fresh = append(fresh, f)
		}
	}
	if len(fresh) == 0 {
		return
	}
	indent := "  " + p.indent(p.span(node).start)
	for _, d := range node.Decls {
		o, ok := d.(*ast.OneofNode)
		stays := ok && slices.ContainsFunc(o.Decls, func(d ast.OneofElement) bool {
			f, ok := d.(*ast.FieldNode)
			return ok && !slices.ContainsFunc(m.gone, func(g goneField) bool { return string(g.have.Name()) == f.Name.Val })
		})
		if !stays {
			continue
		}
		end := p.span(o.Decls[len(o.Decls)-1]).end
		for _, f := range fresh {
			p.insertBehind(end, f.render(indent+"  "))
		}
		return
	}
	p.insertBehind(p.lastEnd(node), m.oneof.render(indent, fresh))
}

// lastEnd is the end of the last declaration of a message.
func (p *patch) lastEnd(m *ast.MessageNode) int {
	end := p.span(m.OpenBrace).end
	for _, d := range m.Decls {
		end = max(end, p.span(d).end)
	}
	return end
}

// firstEnd is the end of what the first field of a message goes behind.
func (p *patch) firstEnd(m *ast.MessageNode) int {
	end := p.span(m.OpenBrace).end
	for _, d := range m.Decls {
		switch d.(type) {
		case *ast.OptionNode, *ast.ReservedNode:
			end = p.span(d).end
		}
	}
	return end
}

// insertBehind puts lines behind what ends there: on the next line, unless
// there is something else on this one.
func (p *patch) insertBehind(end int, lines string) {
	next := p.lineEnd(end)
	rest := strings.TrimSpace(string(p.text[end:next]))
	switch {
	case rest != "" && !strings.HasPrefix(rest, "//"):
		p.insert(end, "\n"+lines)
	case next == end || p.text[next-1] != '\n':
		p.insert(next, "\n"+lines)
	default:
		p.insert(next, lines)
	}
}

// declarationOption sees to an option of a message or an enum.
func (p *patch) declarationOption(decls []ast.MessageElement, brace *ast.RuneNode, o option, differs bool) {
	for _, d := range decls {
		if n, ok := d.(*ast.OptionNode); ok && strings.TrimSpace(p.raw(n.Name)) == o.name {
			if differs {
				p.replace(p.span(n), fmt.Sprintf("option %s = %s;", o.name, o.value))
			}
			return
		}
	}
	if differs {
		p.insertBehind(p.span(brace).end, fmt.Sprintf("  option %s = %s;\n", o.name, o.value))
	}
}

// reserve puts reservations in the place of a field. A oneof holds none, so
// there they come behind it, or in its place when no field of it is left.
func (p *patch) reserve(m *message, gone goneField) {
	name := localName(gone.have)
	n := p.nodes[name]
	if n == nil {
		return
	}
	number, field := int32(gone.have.Number()), string(gone.have.Name())
	oneof := p.oneofs[name]
	if oneof == nil {
		p.replaceReserved(n, gone.why, number, field)
		return
	}
	of, left := gone.have.ContainingOneof(), 0
	var last protoreflect.FieldDescriptor
	for i := range of.Fields().Len() {
		fd := of.Fields().Get(i)
		if !slices.ContainsFunc(m.gone, func(g goneField) bool { return g.have == fd }) {
			left++
		}
		last = fd
	}
	if left > 0 {
		p.remove(n)
		p.insertBehind(p.span(oneof).end, reservation(p.indent(p.span(oneof).start), gone.why, number, field))
		return
	}
	// The last of them stands for all.
	if gone.have == last {
		var b strings.Builder
		for _, g := range m.gone {
			if g.have.ContainingOneof() == of {
				b.WriteString(reservation(p.indent(p.span(oneof).start), g.why, int32(g.have.Number()), string(g.have.Name())))
			}
		}
		from, _ := p.attached(oneof)
		p.replace(span{from, p.span(oneof).end}, strings.TrimSpace(b.String()))
	}
}

// replaceReserved puts the reservation of a number and a name in the place of
// a field or a value.
func (p *patch) replaceReserved(n ast.Node, why string, number int32, name string) {
	if n == nil {
		return
	}
	from, _ := p.attached(n)
	p.replace(span{from, p.span(n).end}, strings.TrimSpace(reservation(p.indent(from), why, number, name)))
}

func reservation(indent, why string, number int32, name string) string {
	var b strings.Builder
	writeComment(&b, indent, why)
	fmt.Fprintf(&b, "%sreserved %d;\n%sreserved %s;\n", indent, number, indent, quote(name))
	return b.String()
}

// remove takes a declaration out, with its comment and the blank line before;
// of one that nothing stands before, with the blank line behind.
func (p *patch) remove(n ast.Node) {
	from, _ := p.attached(n)
	end := p.span(n).end
	before, behind := strings.TrimSpace(string(p.text[p.lineStart(from):from])), strings.TrimSpace(string(p.text[end:p.lineEnd(end)]))
	if before != "" || behind != "" && !strings.HasPrefix(behind, "//") {
		// What else stands on its lines stays.
		p.replace(span{from, end}, "")
		return
	}
	from = p.lineStart(from)
	to := p.lineEnd(end)
	for from > 1 && p.text[from-1] == '\n' && strings.TrimSpace(string(p.text[p.lineStart(from-1):from])) == "" {
		from = p.lineStart(from - 1)
	}
	if p.removed[from] || strings.HasSuffix(strings.TrimSpace(string(p.text[:from])), "{") {
		p.removed[to] = true
		for to < len(p.text) && strings.TrimSpace(string(p.text[to:p.lineEnd(to)])) == "" {
			to = p.lineEnd(to)
		}
	}
	p.replace(span{from, to}, "")
}

func (p *patch) enum(e *enum) {
	node, ok := p.nodes[localName(e.have)].(*ast.EnumNode)
	if !ok {
		return
	}
	p.comment(node, e.comment, string(e.have.Name()))
	for _, o := range e.options {
		for _, d := range node.Decls {
			if n, ok := d.(*ast.OptionNode); ok && strings.TrimSpace(p.raw(n.Name)) == o.name && p.g.enumDiffers(e) {
				p.replace(p.span(n), fmt.Sprintf("option %s = %s;", o.name, o.value))
			}
		}
	}
	end := p.span(node.OpenBrace).end
	for _, v := range e.values {
		if v.have == nil {
			p.insertBehind(end, v.render())
			continue
		}
		// Values stand under their enum here and beside it in descriptors.
		n, ok := p.nodes[localName(e.have)+"."+string(v.have.Name())].(*ast.EnumValueNode)
		if !ok {
			continue
		}
		end = p.span(n).end
		if label, _ := labelOf(v.have); !v.zero && label != v.label && n.Options != nil {
			p.setOption(n.Options, labelOption, quote(v.label))
			if from, lines := p.attached(n); strings.Join(lines, " ") == quote(label)+"." {
				var b strings.Builder
				writeComment(&b, "", v.comment.text)
				p.replace(span{from, p.span(n).start}, b.String()+p.indent(from))
			}
		}
	}
	for _, v := range e.gone {
		p.replaceReserved(p.nodes[localName(e.have)+"."+string(v.Name())], "Stood for a label that is gone.", int32(v.Number()), string(v.Name()))
	}
}

// localName is a declaration's name within its package.
func localName(d protoreflect.Descriptor) string {
	return strings.TrimPrefix(string(d.FullName()), string(d.ParentFile().Package())+".")
}
