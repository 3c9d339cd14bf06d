package filter

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// literal is a value as a filter writes it.
type literal struct {
	raw    string // between the quotes, if there are any
	quoted bool
	at     int // the byte of the filter where it begins
	// function is timestamp or duration where the value is its argument.
	function string
}

func (l *literal) null() bool { return l.is("null") }
func (l *literal) star() bool { return l.is("*") }

func (l *literal) is(word string) bool { return !l.quoted && l.function == "" && l.raw == word }

// wild says whether the text has a wildcard.
func (l *literal) wild() bool {
	parts, _ := l.read()
	return len(parts) > 1
}

// escapes are what a backslash may stand before in quotes, besides u and U with
// the number of a character.
var escapes = map[byte]string{
	'\\': `\`, '"': `"`, '\'': `'`, '/': `/`, 'a': "\a", 'b': "\b", 'f': "\f", 'n': "\n", 'r': "\r", 't': "\t", 'v': "\v", '*': "*",
}

// read takes a value's text apart at its wildcards: "a*c" is a and c.
// A text without any is one part.
func (l *literal) read() (parts []string, err string) {
	if !l.quoted {
		return strings.Split(l.raw, "*"), ""
	}
	if !strings.ContainsAny(l.raw, `\*`) {
		return []string{l.raw}, ""
	}
	var part strings.Builder
	for rest := l.raw; rest != ""; {
		i := strings.IndexAny(rest, `\*`)
		if i < 0 {
			part.WriteString(rest)
			break
		}
		part.WriteString(rest[:i])
		if rest[i] == '*' {
			parts = append(parts, part.String())
			part.Reset()
			rest = rest[i+1:]
			continue
		}
		rest = rest[i+1:] // A quoted text never ends in a backslash.
		if text, ok := escapes[rest[0]]; ok {
			part.WriteString(text)
			rest = rest[1:]
			continue
		}
		r, size := character(rest)
		if size == 0 {
			return nil, `has the escape \` + first(rest) + `, which stands for nothing; a backslash is \\`
		}
		part.WriteRune(r)
		rest = rest[size:]
	}
	return append(parts, part.String()), ""
}

// character reads u and four hexadecimal digits, or U and eight.
func character(s string) (rune, int) {
	size := map[byte]int{'u': 5, 'U': 9}[s[0]]
	if size == 0 || len(s) < size {
		return 0, 0
	}
	n, err := strconv.ParseUint(s[1:size], 16, 32)
	if err != nil || !utf8.ValidRune(rune(n)) || n > utf8.MaxRune { //nolint:gosec // It has 32 bits.
		return 0, 0
	}
	return rune(n), size //nolint:gosec // It is a rune.
}

func first(s string) string {
	_, size := utf8.DecodeRuneInString(s)
	return s[:size]
}

var likeEscapes = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// pattern is the pattern of LIKE for parts with anything between them.
func pattern(parts []string) string {
	escaped := make([]string, len(parts))
	for i, p := range parts {
		escaped[i] = likeEscapes.Replace(p)
	}
	return strings.Join(escaped, "%")
}
