package filter

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Error is what is wrong with a filter or an order, as a clause whose subject is
// the request's field.
type Error struct {
	// Position is the character at fault, counted from 1; 0 where it is the text
	// as a whole.
	Position int
	// Text says what is wrong. What it quotes of the request is cut short.
	Text string
}

// Error returns the text with the position behind it.
func (e *Error) Error() string {
	if e.Position == 0 {
		return e.Text
	}
	return e.Text + " (at character " + strconv.Itoa(e.Position) + ")"
}

// fault is an Error at a byte of a text.
func fault(text string, at int, format string, args ...any) *Error {
	return &Error{Position: utf8.RuneCountInString(text[:min(at, len(text))]) + 1, Text: fmt.Sprintf(format, args...)}
}

// Shown is what a client sent as an error shows it: quoted, and cut short to 60
// bytes.
func Shown(s string) string {
	const most = 60
	if len(s) > most {
		return strconv.Quote(strings.ToValidUTF8(s[:most], "")) + "..."
	}
	return strconv.Quote(s)
}
