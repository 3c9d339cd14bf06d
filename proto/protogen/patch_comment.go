package protogen

import (
	"regexp"
	"strings"

	"github.com/bufbuild/protocompile/ast"
)

// ours matches comments that a pull writes where the database has none.
var ours = regexp.MustCompile(`^(` + strings.Join([]string{
	`The (column|attribute|argument|result) "(\\.|[^"\\])*", ` + sentenceEnd,
	`(Argument|Result) \d+, ` + sentenceEnd,
	`\S+ is (a row of|the enum type|a value of the \w+ type) ` + sentenceEnd,
	`\S+ reads (and writes )?the rows of ` + sentenceEnd,
	`(The row|Rows) of ` + sentenceEnd + ` Empty unless a request asks for (it|them)\.`,
	`Calls ` + sentenceEnd,
}, "|") + `)$`)

// sentenceEnd is the rest of one sentence: a dot before a blank ends it, and
// what follows is someone's own.
const sentenceEnd = `([^.]|\.[^ ])*\.`

// comment sees to the comment of a declaration: one that is missing is
// written, and one of the database takes the place of our own. Any other stays.
// It says whether our own gave way to our own, which tells a type that changed.
func (p *patch) comment(n ast.Node, c comment, name string) (changed bool) {
	from, lines := p.attached(n)
	start := p.span(n).start
	indent := p.indent(from)
	want := wrap(c.text, width-len(indent)-len("// "))
	have := strings.Join(lines, " ")
	switch {
	case strings.Join(want, " ") == have:
		return false
	case len(lines) == 0 && p.commentedBehind(n):
		// It is said behind.
		return false
	case len(lines) == 0, c.text != c.plain && (ours.MatchString(have) || p.g.opts.Comments):
	case c.text == c.plain && c.plain != "" && ours.MatchString(have) && ours.MatchString(c.plain):
		changed = true
	default:
		if c.text != c.plain {
			p.kept = append(p.kept, name)
		}
		return false
	}
	var b strings.Builder
	writeComment(&b, indent, c.text)
	text := strings.TrimPrefix(b.String(), indent) + indent
	if strings.TrimSpace(string(p.text[p.lineStart(from):from])) != "" {
		// Behind something else on its line it would be a comment on that.
		text = "\n" + indent + text
	}
	p.replace(span{from, start}, text)
	return changed
}

// commentedBehind says whether a comment follows a declaration on its line.
func (p *patch) commentedBehind(n ast.Node) bool {
	end := p.span(n).end
	rest := strings.TrimSpace(string(p.text[end:p.lineEnd(end)]))
	return strings.HasPrefix(rest, "//") || strings.HasPrefix(rest, "/*")
}
