package wire

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
)

// text plans the types whose form is a text of any length.
func text(*binding) (conv, error) {
	return conv{readText, writeText}, nil
}

// limitedText plans varchar(n) and char(n), whose typmod is n and 4.
func limitedText(b *binding) (conv, error) {
	if b.typ.Typmod < 4 {
		return conv{readText, writeText}, nil
	}
	limit, name := int(b.typ.Typmod-4), b.typ.Name
	return conv{readText, func(dst []byte, num uint64, s []byte) ([]byte, error) {
		dst, err := writeText(dst, num, s)
		if err != nil {
			return dst, err
		}
		// An assignment to varchar(n) cuts blanks beyond n in silence, so they
		// count here.
		if len(s) > limit {
			if n := utf8.RuneCount(s); n > limit {
				return dst, outOfRange("a text of %d characters does not fit %s", n, name)
			}
		}
		return dst, nil
	}}, nil
}

// bits plans bit(n), which has n bits, and bit varying(n), which has at most n;
// the typmod is n. The cast to an array of a domain would cut and fill items.
func bits(fixed bool) func(*binding) (conv, error) {
	return func(b *binding) (conv, error) {
		n, name := int(b.typ.Typmod), b.typ.Name
		return conv{readText, func(dst []byte, _ uint64, s []byte) ([]byte, error) {
			if len(bytes.Trim(s, "01")) > 0 {
				return dst, invalid("%s is not a text of the digits 0 and 1", shown(s))
			}
			if n > 0 && (len(s) > n || fixed && len(s) < n) {
				return dst, outOfRange("a text of %d bits does not fit %s", len(s), name)
			}
			return append(dst, s...), nil
		}}, nil
	}
}

func readText(dst, src []byte) ([]byte, error) {
	if !utf8.Valid(src) {
		return dst, precondition("the text is not valid UTF-8, which protobuf strings must be")
	}
	return protowire.AppendBytes(dst, src), nil
}

func writeText(dst []byte, _ uint64, b []byte) ([]byte, error) {
	if err := checkText(b); err != nil {
		return dst, err
	}
	return append(dst, b...), nil
}

// checkText refuses what no text of Postgres can be.
func checkText(b []byte) error {
	if !utf8.Valid(b) {
		return invalid("the text is not valid UTF-8")
	}
	if bytes.IndexByte(b, 0) >= 0 {
		return invalid("the text has a NUL character, which Postgres cannot store")
	}
	return nil
}

// writeName writes a name, which would be cut at 63 bytes.
func writeName(dst []byte, num uint64, b []byte) ([]byte, error) {
	const most = 63
	if len(b) > most {
		return dst, outOfRange("a text of %d bytes does not fit name, which holds %d", len(b), most)
	}
	return writeText(dst, num, b)
}

// readChar reads a "char": one byte, 0 for the empty text. A byte that is not
// ASCII is written as its octal escape, as charout does since Postgres 16.
func readChar(dst, src []byte) ([]byte, error) {
	switch {
	case len(src) != 1:
		return dst, errForm
	case src[0] == 0:
		return append(dst, 0), nil
	case src[0] < utf8.RuneSelf:
		return append(dst, 1, src[0]), nil
	default:
		return fmt.Appendf(append(dst, 4), `\%03o`, src[0]), nil
	}
}

func writeChar(dst []byte, _ uint64, b []byte) ([]byte, error) {
	switch {
	case len(b) == 0:
		return append(dst, 0), nil
	case len(b) == 1 && b[0] != 0 && b[0] < utf8.RuneSelf:
		return append(dst, b[0]), nil
	case len(b) == 4 && b[0] == '\\' && '2' <= b[1] && b[1] <= '3' && isOctal(b[2]) && isOctal(b[3]):
		return append(dst, (b[1]-'0')<<6|(b[2]-'0')<<3|(b[3]-'0')), nil
	case checkText(b) != nil:
		return dst, checkText(b)
	default:
		return dst, outOfRange(`%s does not fit "char", which holds one ASCII character or an octal escape such as \377`, shown(b))
	}
}

func isOctal(c byte) bool { return '0' <= c && c <= '7' }

func readBytes(dst, src []byte) ([]byte, error) {
	return protowire.AppendBytes(dst, src), nil
}

func writeBytes(dst []byte, _ uint64, b []byte) ([]byte, error) {
	return append(dst, b...), nil
}
