package query

import "strings"

// Identifiers returns the names that the text is written with, each as its parts
// between dots: schema, relation and column for instance. Names without quotes
// are in small letters, and keywords are among them. What one stands for, a
// relation or an alias, is left to whoever looks for relations.
func (t *Text) Identifiers() [][]string {
	var all [][]string
	for _, part := range t.parts {
		tokens, err := scanText(part)
		if err != nil {
			continue // A part is made of whole tokens.
		}
		// after says that a name stands before the token, and joined a dot.
		after, joined := false, false
		for _, tok := range tokens {
			name, ok := identifier(tok, part)
			switch {
			case ok && joined:
				all[len(all)-1] = append(all[len(all)-1], name)
			case ok:
				all = append(all, []string{name})
			}
			after, joined = ok, after && tok.text(part) == "."
		}
	}
	return all
}

func identifier(tok token, sql string) (name string, ok bool) {
	text := tok.text(sql)
	switch {
	case tok.kind == word:
		return lowerASCII(text), true
	case text[0] == '"':
		return strings.ReplaceAll(text[1:len(text)-1], `""`, `"`), true
	}
	return "", false
}

// lowerASCII folds a name as Postgres does in an encoding of several bytes.
func lowerASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}
