package query

import (
	"fmt"
	"strings"
)

// token is a piece of SQL text that is no white space and no comment.
type token struct {
	kind       tokenKind
	start, end int
}

func (t token) text(sql string) string { return sql[t.start:t.end] }

type tokenKind uint8

const (
	other     tokenKind = iota // an operator, a number, a quoted string or name
	word                       // a keyword or a name without quotes
	parameter                  // :name
	position                   // $1
	opening                    // (
	closing                    // )
	semicolon
)

// scanner reads tokens by the rules of Postgres' own scanner, with
// standard_conforming_strings on, which has been the default since 9.1.
// https://www.postgresql.org/docs/current/sql-syntax-lexical.html
type scanner struct {
	sql string
	at  int
}

func scanText(sql string) ([]token, error) {
	s := scanner{sql: sql}
	var tokens []token
	for {
		if err := s.space(); err != nil {
			return nil, err
		}
		if s.at >= len(sql) {
			return tokens, nil
		}
		start := s.at
		kind, err := s.next()
		if err != nil {
			return nil, err
		}
		tokens = append(tokens, token{kind, start, s.at})
	}
}

// peek is the byte n places ahead, 0 behind the end.
func (s *scanner) peek(n int) byte {
	if s.at+n < len(s.sql) {
		return s.sql[s.at+n]
	}
	return 0
}

// space passes over white space and comments.
func (s *scanner) space() error {
	for s.at < len(s.sql) {
		switch c := s.peek(0); {
		case isSpace(c):
			s.at++
		case c == '-' && s.peek(1) == '-':
			s.line()
		case c == '/' && s.peek(1) == '*':
			if err := s.comment(); err != nil {
				return err
			}
		default:
			return nil
		}
	}
	return nil
}

// line passes over what is left of the line.
func (s *scanner) line() {
	if n := strings.IndexAny(s.sql[s.at:], "\r\n"); n >= 0 {
		s.at += n
	} else {
		s.at = len(s.sql)
	}
}

// comment passes over a comment, which may have others in it.
func (s *scanner) comment() error {
	start, depth := s.at, 0
	for s.at < len(s.sql) {
		switch {
		case s.peek(0) == '/' && s.peek(1) == '*':
			depth++
			s.at += 2
		case s.peek(0) == '*' && s.peek(1) == '/':
			s.at += 2
			if depth--; depth == 0 {
				return nil
			}
		default:
			s.at++
		}
	}
	return s.open("comment", start)
}

// next passes over a token and tells its kind.
func (s *scanner) next() (tokenKind, error) {
	switch c := s.peek(0); {
	case c == '\'':
		return other, s.quoted('\'')
	case c == '"':
		return other, s.quoted('"')
	case (c == 'e' || c == 'E') && s.peek(1) == '\'':
		s.at++
		return other, s.escaped()
	case startsName(c):
		s.name()
		return word, nil
	case isDigit(c), c == '.' && isDigit(s.peek(1)):
		s.number()
		return other, nil
	case c == '$':
		return s.dollar()
	case c == ':' && (s.peek(1) == ':' || s.peek(1) == '='):
		s.at += 2
		return other, nil
	case c == ':' && startsName(s.peek(1)):
		s.at++
		s.name()
		return parameter, nil
	}
	kind := other
	switch s.peek(0) {
	case '(':
		kind = opening
	case ')':
		kind = closing
	case ';':
		kind = semicolon
	}
	s.at++
	return kind, nil
}

func (s *scanner) name() {
	for s.at < len(s.sql) && inName(s.sql[s.at]) {
		s.at++
	}
}

// number passes over a number, with whatever letters follow it: of 1e5 they are
// its own, and of 1a Postgres tells that it is none.
func (s *scanner) number() {
	for s.at < len(s.sql) && (inName(s.sql[s.at]) && s.sql[s.at] != '$' || s.sql[s.at] == '.') {
		s.at++
	}
}

// quoted passes over a string or a name whose quotes are doubled within it. Of
// U&” and B” the letters before the quote are a token of their own here.
func (s *scanner) quoted(quote byte) error {
	start := s.at
	for s.at++; s.at < len(s.sql); s.at++ {
		if s.peek(0) != quote {
			continue
		}
		if s.at++; s.peek(0) != quote {
			return nil
		}
	}
	return s.open("quote", start)
}

// escaped passes over an E-string, in which a backslash takes the meaning of
// what follows it, a quote's too. It may go on behind a line's end.
func (s *scanner) escaped() error {
	start := s.at
	for s.at++; s.at < len(s.sql); s.at++ {
		switch {
		case s.peek(0) == '\\':
			s.at++
		case s.peek(0) != '\'':
		case s.peek(1) == '\'':
			s.at++
		default:
			s.at++
			if !s.goesOn() {
				return nil
			}
		}
	}
	return s.open("quote", start)
}

// goesOn says whether a string goes on in another one, since only white space
// with a line's end in it, and comments that end with their lines, stand
// between. It passes to the other's quote.
func (s *scanner) goesOn() bool {
	ahead, lines := *s, 0
	for {
		switch c := ahead.peek(0); {
		case c == '\n', c == '\r':
			lines++
			ahead.at++
		case isSpace(c):
			ahead.at++
		case c == '-' && ahead.peek(1) == '-':
			ahead.line()
		case c == '\'' && lines > 0:
			s.at = ahead.at
			return true
		default:
			return false
		}
	}
}

// dollar passes over a string in dollar quotes, or $1.
func (s *scanner) dollar() (tokenKind, error) {
	start := s.at
	s.at++
	if isDigit(s.peek(0)) {
		for isDigit(s.peek(0)) {
			s.at++
		}
		return position, nil
	}
	if startsName(s.peek(0)) {
		for s.at < len(s.sql) && inName(s.sql[s.at]) && s.sql[s.at] != '$' {
			s.at++
		}
	}
	if s.peek(0) != '$' {
		s.at = start + 1 // A sign of no meaning, which Postgres refuses.
		return other, nil
	}
	s.at++
	tag := s.sql[start:s.at]
	n := strings.Index(s.sql[s.at:], tag)
	if n < 0 {
		return other, s.open("dollar quote", start)
	}
	s.at += n + len(tag)
	return other, nil
}

func (s *scanner) open(what string, start int) error {
	return fmt.Errorf("the SQL has a %s that does not end: %s", what, near(s.sql, start))
}

func isSpace(c byte) bool {
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v'
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// startsName says whether a name may begin with c; every byte of a character
// beyond ASCII is a letter there.
func startsName(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c >= 0x80
}

func inName(c byte) bool { return startsName(c) || isDigit(c) || c == '$' }
