package protogen

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bufbuild/protocompile/ast"
	"google.golang.org/protobuf/reflect/protoreflect"
)

func (p *patch) service(s *service) {
	node, ok := p.nodes[localName(s.have)].(*ast.ServiceNode)
	if !ok {
		return
	}
	p.policies(node, s)
	end, blank := p.span(node.OpenBrace).end, ""
	for _, d := range node.Decls {
		end, blank = p.span(d).end, "\n"
	}
	for _, m := range s.methods {
		if m.have == nil {
			p.insertBehind(end, blank+m.render())
			blank = "\n"
			continue
		}
		n, ok := p.nodes[localName(m.have)].(*ast.RPCNode)
		if !ok {
			continue
		}
		p.comment(n, m.comment, string(m.have.Name()))
		p.method(m, n)
		end, blank = p.span(n).end, "\n"
	}
	for _, m := range s.gone {
		if n := p.nodes[localName(m)]; n != nil {
			p.remove(n)
		}
	}
}

func (p *patch) method(m *method, n *ast.RPCNode) {
	if !answers(m.have, m.output) {
		p.replace(p.span(n.Output), "("+stream(m.responses)+m.output+")")
	}
	for _, d := range n.Decls {
		o, ok := d.(*ast.OptionNode)
		if !ok {
			continue
		}
		switch name := strings.TrimSpace(p.raw(o.Name)); {
		case name == httpOption && m.http.verb != "":
			p.replace(p.span(o), m.http.render())
		case name == methodOption && m.operationChanged:
			p.replace(p.span(o), fmt.Sprintf("option %s = {\n      %s\n    };", methodOption, m.operation))
		}
	}
}

// answers says whether a method's response is the message of a name.
func answers(md protoreflect.MethodDescriptor, name string) bool {
	return strings.HasSuffix("."+string(md.Output().FullName()), "."+name)
}

// policies writes the service's part about policies anew; what stands before
// it stays.
func (p *patch) policies(n *ast.ServiceNode, s *service) {
	if s.policies == "" {
		p.comment(n, s.comment, string(s.have.Name()))
		return
	}
	from, lines := p.attached(n)
	before := lines
	if i := slices.Index(lines, policiesHeading); i >= 0 {
		before = lines[:i]
	}
	for len(before) > 0 && before[len(before)-1] == "" {
		before = before[:len(before)-1]
	}
	have := strings.Join(before, " ")
	if len(before) == 0 || ours.MatchString(have) && ours.MatchString(s.comment.text) && have != s.comment.text {
		before = wrap(s.comment.text, width-len("// "))
	}
	var b strings.Builder
	for _, l := range before {
		b.WriteString(strings.TrimRight("// "+l, " ") + "\n")
	}
	b.WriteString("//\n" + s.policies)
	if start := p.span(n).start; !sameLines(lines, b.String()) {
		p.replace(span{from, start}, b.String())
	}
}

// sameLines says whether the lines of a comment, however it is marked, are
// those of the other one.
func sameLines(lines []string, text string) bool {
	want := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	return slices.EqualFunc(lines, want, func(a, b string) bool {
		return strings.TrimSpace(a) == strings.TrimSpace(strings.TrimPrefix(b, "//"))
	})
}
