package protogen

import (
	"regexp"
	"strings"

	"github.com/bufbuild/protocompile/ast"
)

// ours matches comments that a pull writes where the database has none. A dot
// before a blank ends a sentence, and what follows is someone's own.
var ours = regexp.MustCompile(`^(The (column|attribute|argument|result) "(\\.|[^"\\])*", ` + phrase + `|(Argument|Result) \d+, ` + phrase + `|` +
	`\S+ is (a row of|the enum type|a value of the \w+ type) ` + phrase + `|Calls ` + phrase +
	`( It runs as its owner, ` + phrase[:len(phrase)-2] + `, and not as the caller\.)?)$`)

const phrase = `([^.]|\.[^ ])*\.`

// comment sees to the comment of a declaration: one that is missing is
// written, and one of the database takes the place of our own. Any other stays.
func (p *patch) comment(n ast.Node, c comment, name string) {
	from, lines := p.attached(n)
	start := p.span(n).start
	indent := p.indent(from)
	want := wrap(c.text, width-len(indent)-len("// "))
	have := strings.Join(lines, " ")
	switch {
	case strings.Join(want, " ") == have:
		return
	case len(lines) == 0 && p.tree.tree.NodeInfo(n).TrailingComments().Len() > 0:
		// It is said behind.
		return
	case len(lines) == 0, c.text != c.plain && (ours.MatchString(have) || p.g.opts.Comments):
	case c.text == c.plain && c.plain != "" && ours.MatchString(have) && ours.MatchString(c.plain):
		// Both are ours, and the type or the name is another now.
	default:
		if c.text != c.plain {
			p.kept = append(p.kept, name)
		}
		return
	}
	var b strings.Builder
	writeComment(&b, indent, c.text)
	text := strings.TrimPrefix(b.String(), indent) + indent
	if strings.TrimSpace(string(p.text[p.lineStart(from):from])) != "" {
		// Behind something else on its line it would be a comment on that.
		text = "\n" + indent + text
	}
	p.replace(span{from, start}, text)
}
