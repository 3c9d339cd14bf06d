package wire

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

// jsonScanner takes the tokens of RFC 8259 off a text whose UTF-8 is known to
// be valid. Its errors are faults of kind Invalid.
type jsonScanner struct {
	src []byte
	pos int
}

// peek is the next byte, 0 at the end. (A NUL is no part of JSON.)
func (s *jsonScanner) peek() byte {
	if s.pos < len(s.src) {
		return s.src[s.pos]
	}
	return 0
}

func (s *jsonScanner) skipSpace() {
	for s.pos < len(s.src) {
		switch s.src[s.pos] {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return
		}
	}
}

func (s *jsonScanner) unexpected() error {
	if s.pos >= len(s.src) {
		return invalid("the text is not JSON: it ends too early")
	}
	r, _ := utf8.DecodeRune(s.src[s.pos:])
	return invalid("the text is not JSON: %q is unexpected at byte %d", r, s.pos+1)
}

// literal takes true, false or null and returns its first letter.
func (s *jsonScanner) literal() (byte, error) {
	for _, word := range [...]string{"true", "false", "null"} {
		if word[0] == s.peek() {
			for i := range word {
				if s.peek() != word[i] {
					return 0, s.unexpected()
				}
				s.pos++
			}
			return word[0], nil
		}
	}
	return 0, s.unexpected()
}

// number takes a number: -?(0|[1-9]digits)(.digits)?([eE][+-]?digits)?
func (s *jsonScanner) number() ([]byte, error) {
	start := s.pos
	if s.peek() == '-' {
		s.pos++
	}
	if s.peek() == '0' {
		s.pos++
	} else if !s.digits() {
		return nil, s.unexpected()
	}
	if s.peek() == '.' {
		s.pos++
		if !s.digits() {
			return nil, s.unexpected()
		}
	}
	if c := s.peek(); c == 'e' || c == 'E' {
		s.pos++
		if c := s.peek(); c == '+' || c == '-' {
			s.pos++
		}
		if !s.digits() {
			return nil, s.unexpected()
		}
	}
	return s.src[start:s.pos], nil
}

// digits takes as many digits as there are, and reports whether there is one.
func (s *jsonScanner) digits() bool {
	start := s.pos
	for isDigit(s.peek()) {
		s.pos++
	}
	return s.pos > start
}

// more moves to the next member of an object or array that began with open:
// past the comma, unless it is the first, or past the end.
func (s *jsonScanner) more(open byte, first bool) (bool, error) {
	end := open + 2 // in ASCII, of { and [ alike
	s.skipSpace()
	switch c := s.peek(); {
	case c == end:
		s.pos++
		return false, nil
	case first:
	case c == ',':
		s.pos++
		s.skipSpace()
	default:
		return false, s.unexpected()
	}
	if open == '{' && s.peek() != '"' {
		return false, s.unexpected()
	}
	return true, nil
}

// colon takes the colon after a key.
func (s *jsonScanner) colon() error {
	s.skipSpace()
	if s.peek() != ':' {
		return s.unexpected()
	}
	s.pos++
	return nil
}

// loneSurrogate is the size of a string that is not text, and the rune of what
// makes it so: a \u escape that is half a pair of UTF-16.
const loneSurrogate = -1

// text takes a string. It returns what stands between the quotes, and the size
// of that without escapes, or loneSurrogate.
func (s *jsonScanner) text() (raw []byte, size int, err error) {
	s.pos++ // the quote, which the caller has seen
	start, saved, lone := s.pos, 0, false
	for s.pos < len(s.src) {
		switch c := s.src[s.pos]; {
		case c == '"':
			raw = s.src[start:s.pos]
			s.pos++
			if lone {
				return raw, loneSurrogate, nil
			}
			return raw, len(raw) - saved, nil
		case c < ' ':
			return nil, 0, s.unexpected()
		case c != '\\':
			s.pos++
		default:
			r, n, err := s.escape()
			if err != nil {
				return nil, 0, err
			}
			s.pos += n
			lone = lone || r == loneSurrogate
			saved += n - utf8.RuneLen(r)
		}
	}
	return nil, 0, s.unexpected()
}

// escape decodes the escape at pos and returns its length, a pair of
// surrogates being one. Half a pair is the rune loneSurrogate.
func (s *jsonScanner) escape() (r rune, n int, err error) {
	const letters, meant = `"\/bfnrt`, "\"\\/\b\f\n\r\t"
	if s.pos+1 >= len(s.src) {
		s.pos = len(s.src)
		return 0, 0, s.unexpected()
	}
	if i := bytes.IndexByte([]byte(letters), s.src[s.pos+1]); i >= 0 {
		return rune(meant[i]), 2, nil
	}
	r, ok := unicodeEscape(s.src[s.pos:])
	if !ok {
		s.pos++
		return 0, 0, s.unexpected()
	}
	if !utf16.IsSurrogate(r) {
		return r, 6, nil
	}
	low, ok := unicodeEscape(s.src[s.pos+6:])
	if pair := utf16.DecodeRune(r, low); ok && pair != utf8.RuneError {
		return pair, 12, nil
	}
	return loneSurrogate, 6, nil
}

// unicodeEscape decodes \uXXXX at the beginning of b.
func unicodeEscape(b []byte) (rune, bool) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	r := rune(0)
	for _, c := range b[2:6] {
		v := hexValue(c)
		if v > 0xf {
			return 0, false
		}
		r = r<<4 | rune(v)
	}
	return r, true
}

// appendUnescaped writes what a string's raw text means. It must have been
// taken by text, and be no loneSurrogate.
func appendUnescaped(dst, raw []byte) []byte {
	for {
		i := bytes.IndexByte(raw, '\\')
		if i < 0 {
			return append(dst, raw...)
		}
		dst = append(dst, raw[:i]...)
		s := jsonScanner{src: raw, pos: i}
		r, n, _ := s.escape()
		dst = utf8.AppendRune(dst, r)
		raw = raw[i+n:]
	}
}

// hasNUL says whether a string's raw text has an escaped NUL.
func hasNUL(raw []byte) bool {
	for i := bytes.IndexByte(raw, '\\'); i >= 0 && i < len(raw); i++ {
		if raw[i] != '\\' {
			continue
		}
		if r, ok := unicodeEscape(raw[i:]); ok && r == 0 {
			return true
		}
		i++ // past the escaped character, which may be a backslash
	}
	return false
}
