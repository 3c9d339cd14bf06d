package auth

import (
	"errors"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// checkText says whether every string of a JSON text can reach Postgres
// unchanged: it must be UTF-8, without U+0000, which jsonb refuses, and without
// half of a surrogate pair, which Go would replace. The text must be valid
// JSON, so that a backslash stands in a string alone.
func checkText(text []byte) error {
	if !utf8.Valid(text) {
		return errors.New("the text is not UTF-8")
	}
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			continue
		}
		i++
		if text[i] != 'u' {
			continue
		}
		unit := escapedUnit(text[i+1:])
		i += 4
		switch {
		case unit == 0:
			return errors.New("a string holds U+0000")
		case !utf16.IsSurrogate(unit):
		case i+6 < len(text) && text[i+1] == '\\' && text[i+2] == 'u' &&
			utf16.DecodeRune(unit, escapedUnit(text[i+3:])) != utf8.RuneError:
			i += 6
		default:
			return errors.New("a string holds half of a surrogate pair")
		}
	}
	return nil
}

// escapedUnit reads the four hexadecimal digits of an escape.
func escapedUnit(digits []byte) rune {
	unit, err := strconv.ParseUint(string(digits[:4]), 16, 16)
	if err != nil {
		return utf8.RuneError
	}
	return rune(unit)
}
