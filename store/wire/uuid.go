package wire

import "google.golang.org/protobuf/encoding/protowire"

const hexDigits = "0123456789abcdef"

// uuidLength is the length of RFC 9562's 8-4-4-4-12 form.
const uuidLength = 36

func readUUID(dst, src []byte) ([]byte, error) {
	if len(src) != 16 {
		return dst, errForm
	}
	var text [1 + uuidLength]byte
	text[0] = uuidLength
	at := 1
	for i, c := range src {
		switch i {
		case 4, 6, 8, 10:
			text[at] = '-'
			at++
		}
		text[at] = hexDigits[c>>4]
		text[at+1] = hexDigits[c&0xf]
		at += 2
	}
	return append(dst, text[:]...), nil
}

func writeUUID(dst []byte, _ uint64, b []byte) ([]byte, error) {
	var id [16]byte
	if len(b) != uuidLength || b[8] != '-' || b[13] != '-' || b[18] != '-' || b[23] != '-' {
		return dst, notUUID(b)
	}
	at := 0
	for i := range id {
		switch i {
		case 4, 6, 8, 10:
			at++
		}
		high, low := hexValue(b[at]), hexValue(b[at+1])
		if high > 0xf || low > 0xf {
			return dst, notUUID(b)
		}
		id[i] = high<<4 | low
		at += 2
	}
	return append(dst, id[:]...), nil
}

func notUUID(b []byte) error {
	return invalid("%s is not a UUID, 32 hexadecimal digits in the form xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx", shown(b))
}

// hexValue is the value of a hexadecimal digit, above 15 when c is none.
func hexValue(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10
	default:
		return 0xff
	}
}

func readUUIDBytes(dst, src []byte) ([]byte, error) {
	if len(src) != 16 {
		return dst, errForm
	}
	return protowire.AppendBytes(dst, src), nil
}

func writeUUIDBytes(dst []byte, _ uint64, b []byte) ([]byte, error) {
	if len(b) != 16 {
		return dst, invalid("a UUID has 16 bytes, not %d", len(b))
	}
	return append(dst, b...), nil
}
