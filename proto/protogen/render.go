package protogen

import (
	"fmt"
	"strings"
	"unicode"
)

// Declarations are written as `buf format` has them.

// width is how long a comment's lines get.
const width = 80

func (m *message) render(indent string) string {
	var b strings.Builder
	writeComment(&b, indent, m.comment.text)
	if len(m.options) == 0 && len(m.fields) == 0 {
		fmt.Fprintf(&b, "%smessage %s {}\n", indent, m.name)
		return b.String()
	}
	fmt.Fprintf(&b, "%smessage %s {\n", indent, m.name)
	for i, o := range m.options {
		if i > 0 {
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, "%s  option %s = %s;\n", indent, o.name, o.value)
	}
	if len(m.options) > 0 && len(m.fields) > 0 {
		b.WriteString("\n")
	}
	inside := indent + "  "
	var members []*field
	for _, f := range m.fields {
		if f.inOneof {
			members = append(members, f)
		}
	}
	if len(members) > 0 {
		b.WriteString(m.oneof.render(inside, members))
	}
	for _, f := range m.fields {
		if !f.inOneof {
			b.WriteString(f.render(inside))
		}
	}
	for _, n := range m.nested {
		b.WriteString("\n" + n.render(inside))
	}
	b.WriteString(indent + "}\n")
	return b.String()
}

func (o *oneof) render(indent string, members []*field) string {
	var b strings.Builder
	writeComment(&b, indent, o.comment.text)
	fmt.Fprintf(&b, "%soneof %s {\n", indent, o.name)
	for _, f := range members {
		b.WriteString(f.render(indent + "  "))
	}
	b.WriteString(indent + "}\n")
	return b.String()
}

func (f *field) render(indent string) string {
	var b strings.Builder
	writeComment(&b, indent, f.comment.text)
	b.WriteString(indent + f.declaration(f.allOptions(), indent) + "\n")
	return b.String()
}

// allOptions are the options of a new field.
func (f *field) allOptions() []option {
	var all []option
	for _, b := range f.behavior {
		all = append(all, option{fieldBehavior, b})
	}
	all = append(all, f.rules.options()...)
	return append(all, f.options...)
}

// declaration is the field without its comment; further lines are indented.
func (f *field) declaration(options []option, indent string) string {
	var b strings.Builder
	if f.label != "" {
		b.WriteString(f.label + " ")
	}
	fmt.Fprintf(&b, "%s %s = %d", f.typ, f.name, f.number)
	switch len(options) {
	case 0:
	case 1:
		fmt.Fprintf(&b, " [%s = %s]", options[0].name, options[0].value)
	default:
		b.WriteString(" [\n")
		for i, o := range options {
			fmt.Fprintf(&b, "%s  %s = %s", indent, o.name, o.value)
			if i < len(options)-1 {
				b.WriteString(",")
			}
			b.WriteString("\n")
		}
		b.WriteString(indent + "]")
	}
	b.WriteString(";")
	return b.String()
}

func (e *enum) render() string {
	var b strings.Builder
	writeComment(&b, "", e.comment.text)
	fmt.Fprintf(&b, "enum %s {\n", e.name)
	for _, o := range e.options {
		fmt.Fprintf(&b, "  option %s = %s;\n", o.name, o.value)
	}
	b.WriteString("\n")
	for _, v := range e.values {
		b.WriteString(v.render())
	}
	b.WriteString("}\n")
	return b.String()
}

func (v *enumValue) render() string {
	var b strings.Builder
	writeComment(&b, "  ", v.comment.text)
	fmt.Fprintf(&b, "  %s = %d", v.name, v.number)
	if !v.zero {
		fmt.Fprintf(&b, " [%s = %s]", labelOption, quote(v.label))
	}
	b.WriteString(";\n")
	return b.String()
}

func (s *service) render() string {
	var b strings.Builder
	writeComment(&b, "", s.comment.text)
	if s.policies != "" {
		b.WriteString("//\n" + s.policies)
	}
	fmt.Fprintf(&b, "service %s {\n", s.name)
	for i, m := range s.methods {
		if i > 0 {
			b.WriteString("\n")
		}
		b.WriteString(m.render())
	}
	b.WriteString("}\n")
	return b.String()
}

func (m *method) render() string {
	var b strings.Builder
	writeComment(&b, "  ", m.comment.text)
	fmt.Fprintf(&b, "  rpc %s(%s%s) returns (%s%s) {\n", m.name, stream(m.requests), m.input, stream(m.responses), m.output)
	b.WriteString("    " + m.http.render() + "\n")
	fmt.Fprintf(&b, "    option %s = {\n      %s\n    };\n", methodOption, m.operation)
	b.WriteString("  }\n")
	return b.String()
}

// stream is the word before a method's messages.
func stream(is bool) string {
	if is {
		return "stream "
	}
	return ""
}

func (h http) render() string {
	if h.body == "" {
		return fmt.Sprintf("option %s = {%s: %s};", httpOption, h.verb, quote(h.path))
	}
	return fmt.Sprintf("option %s = {\n      %s: %s\n      body: %s\n    };", httpOption, h.verb, quote(h.path), quote(h.body))
}

// writeComment writes a text as a comment, broken into lines at blanks. The
// text's own line ends stay, and so do indented lines.
func writeComment(b *strings.Builder, indent, text string) {
	for _, line := range wrap(text, width-len(indent)-len("// ")) {
		b.WriteString(indent + "//")
		if line != "" {
			b.WriteString(" " + line)
		}
		b.WriteString("\n")
	}
}

// wrap breaks a text into lines of at most width runes where there are blanks.
func wrap(text string, width int) []string {
	var lines []string
	for paragraph := range strings.SplitSeq(printable(text), "\n") {
		paragraph = strings.TrimRight(paragraph, " \t")
		if paragraph == "" {
			if len(lines) > 0 && lines[len(lines)-1] != "" {
				lines = append(lines, "")
			}
			continue
		}
		var line []rune
		for word := range strings.FieldsSeq(paragraph) {
			w := []rune(word)
			if len(line) > 0 && len(line)+1+len(w) > width {
				lines = append(lines, string(line))
				line = nil
			}
			if len(line) > 0 {
				line = append(line, ' ')
			}
			line = append(line, w...)
		}
		lines = append(lines, string(line))
	}
	for len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// printable drops what would end a comment's line early or not show.
func printable(text string) string {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r == '\r' || r == '\v' || r == '\f' || r == '\u0085' || r == '\u2028' || r == '\u2029':
			return '\n'
		case unicode.IsControl(r) || r == '\ufeff' || reorders(r):
			return -1
		}
		return r
	}, text)
}

// reorders says that a character makes an editor show text in another order
// than it has, which can hide what a file says: https://trojansource.codes
func reorders(r rune) bool { return '\u202a' <= r && r <= '\u202e' || '\u2066' <= r && r <= '\u2069' }

// blank says that a comment shows nothing: lines to buf's linter count for it
// as little as for a reader.
func blank(text string) bool {
	for line := range strings.SplitSeq(text, "\n") {
		shows := strings.ContainsFunc(line, func(r rune) bool { return unicode.IsGraphic(r) && !unicode.IsSpace(r) })
		if shows && !strings.HasPrefix(strings.TrimSpace(line), "buf:lint:ignore ") {
			return false
		}
	}
	return true
}

// quote writes a string literal.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < 0x20 || r == 0x7f:
			fmt.Fprintf(&b, `\%03o`, r)
		case reorders(r):
			for _, c := range []byte(string(r)) {
				fmt.Fprintf(&b, `\%03o`, c)
			}
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
