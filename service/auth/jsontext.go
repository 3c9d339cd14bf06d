package auth

import (
	"errors"
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth is how many objects and lists of a text may stand in one another.
// Postgres takes some thousands before it complains of its stack.
const maxDepth = 64

// checkText says whether a JSON text can reach Postgres unchanged: its strings
// must be UTF-8, without U+0000, which jsonb refuses, and without half of a
// surrogate pair, which Go would replace; and it must not be nested too deep.
// The text must be valid JSON, so that a backslash stands in a string alone.
func checkText(text []byte) error {
	if !utf8.Valid(text) {
		return errors.New("the text is not UTF-8")
	}
	depth, inString := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			inString = !inString
		case c == '\\':
			more, err := checkEscape(text[i:])
			if err != nil {
				return err
			}
			i += more - 1
		case inString:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return fmt.Errorf("more than %d objects and lists in one another", maxDepth)
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return nil
}

// checkEscape checks the escape that a text begins with, and returns its length:
// that of both for a pair of surrogates.
func checkEscape(text []byte) (length int, err error) {
	if text[1] != 'u' {
		return 2, nil
	}
	unit := escapedUnit(text[2:])
	switch {
	case unit == 0:
		return 0, errors.New("a string holds U+0000")
	case !utf16.IsSurrogate(unit):
		return 6, nil
	case len(text) > 12 && text[6] == '\\' && text[7] == 'u' &&
		utf16.DecodeRune(unit, escapedUnit(text[8:])) != utf8.RuneError:
		return 12, nil
	}
	return 0, errors.New("a string holds half of a surrogate pair")
}

// escapedUnit reads the four hexadecimal digits of an escape.
func escapedUnit(digits []byte) rune {
	unit, err := strconv.ParseUint(string(digits[:4]), 16, 16)
	if err != nil {
		return utf8.RuneError
	}
	return rune(unit)
}
