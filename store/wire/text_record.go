package wire

import (
	"bytes"
	"encoding/binary"

	"google.golang.org/protobuf/encoding/protowire"
)

// Types that travel as text, so that Postgres reads all forms of it, are read
// and written here in binary, as a record asks for.

// textVersion is the byte before the text in the binary form of jsonpath and
// ltree.
const textVersion = 1

func readVersioned(dst, src []byte) ([]byte, error) {
	if len(src) < 1 || src[0] != textVersion {
		return dst, errForm
	}
	return readText(dst, src[1:])
}

func writeVersioned(dst []byte, num uint64, b []byte) ([]byte, error) {
	return writeText(append(dst, textVersion), num, b)
}

// writeXML writes xml, whose binary form is the text in the encoding that its
// declaration names: xml_recv would convert it. A declaration that is wrong
// about that, as many are of text that was converted on the way, is refused.
func writeXML(dst []byte, num uint64, b []byte) ([]byte, error) {
	if declaration, _, ok := bytes.Cut(b, []byte("?>")); ok && bytes.HasPrefix(b, []byte("<?xml")) {
		if _, encoding, ok := bytes.Cut(declaration, []byte("encoding")); ok {
			name := bytes.Trim(bytes.TrimLeft(encoding, " \t\r\n="), " \t\r\n")
			if !bytes.EqualFold(unquoted(name), []byte("UTF-8")) {
				return dst, invalid("its declaration names an encoding other than UTF-8, which the text is in; leave the encoding out")
			}
		}
	}
	return writeText(dst, num, b)
}

// unquoted is what stands between the quotes that b begins with.
func unquoted(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	text, _, _ := bytes.Cut(b[1:], b[:1])
	return text
}

// bitString plans bit(n) and bit varying(n) in binary: the number of bits in 32
// bits, then the bits from the first on, zeros at the end of the last byte.
func bitString(fixed bool) func(*binding) (conv, error) {
	check := bits(fixed)
	return func(b *binding) (conv, error) {
		text, err := check(b)
		return conv{readBits, func(dst []byte, _ uint64, s []byte) ([]byte, error) {
			start := len(dst)
			dst, err := text.write(dst, 0, s)
			if err != nil {
				return dst, err
			}
			dst = binary.BigEndian.AppendUint32(dst[:start], uint32(len(s)))
			for i, c := range s {
				if i%8 == 0 {
					dst = append(dst, 0)
				}
				dst[len(dst)-1] |= (c - '0') << (7 - i%8)
			}
			return dst, nil
		}}, err
	}
}

func readBits(dst, src []byte) ([]byte, error) {
	if len(src) < 4 {
		return dst, errForm
	}
	n := int(int32(binary.BigEndian.Uint32(src)))
	src = src[4:]
	if n < 0 || len(src) != (n+7)/8 {
		return dst, errForm
	}
	dst = protowire.AppendVarint(dst, uint64(n))
	for i := range n {
		dst = append(dst, '0'+src[i/8]>>(7-i%8)&1)
	}
	return dst, nil
}

// macaddr plans macaddr and macaddr8, of 6 and 8 bytes.
func macaddr(size int) func(*binding) (conv, error) {
	return always(func(dst, src []byte) ([]byte, error) {
		if len(src) != size {
			return dst, errForm
		}
		dst = append(dst, byte(3*size-1))
		for i, c := range src {
			if i > 0 {
				dst = append(dst, ':')
			}
			dst = append(dst, hexDigits[c>>4], hexDigits[c&0xf])
		}
		return dst, nil
	}, func(dst []byte, _ uint64, s []byte) ([]byte, error) {
		ok := len(s) == 3*size-1
		for i := 0; ok && i < len(s); i += 3 {
			high, low := hexValue(s[i]), hexValue(s[i+1])
			ok = high <= 0xf && low <= 0xf && (i+2 == len(s) || s[i+2] == ':')
			dst = append(dst, high<<4|low&0xf)
		}
		if !ok {
			return dst, invalid("%s is not a MAC address of %d bytes in the form xx:xx:...:xx", shown(s), size)
		}
		return dst, nil
	})
}
