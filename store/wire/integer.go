package wire

import (
	"encoding/binary"
	"math"
	"strconv"

	"google.golang.org/protobuf/encoding/protowire"
)

func readBool(dst, src []byte) ([]byte, error) {
	if len(src) != 1 || src[0] > 1 {
		return dst, errForm
	}
	return append(dst, src[0]), nil
}

func writeBool(dst []byte, num uint64, _ []byte) ([]byte, error) {
	if num != 0 {
		return append(dst, 1), nil
	}
	return append(dst, 0), nil
}

// integerOf is a signed integer of the given width in bytes.
func integerOf(src []byte, width int) (int64, error) {
	if len(src) != width {
		return 0, errForm
	}
	switch width {
	case 2:
		return int64(int16(binary.BigEndian.Uint16(src))), nil
	case 4:
		return int64(int32(binary.BigEndian.Uint32(src))), nil
	default:
		return int64(binary.BigEndian.Uint64(src)), nil
	}
}

// integer plans smallint, integer and bigint, of that width in bytes, for the
// signed protobuf types.
func integer(width int) func(*binding) (conv, error) {
	return func(b *binding) (conv, error) {
		c := conv{write: writeInteger(width)}
		narrow := false
		switch b.proto {
		case "int32":
			narrow = true
			c.read = readVarint(width)
		case "int64":
			c.read = readVarint(width)
		case "sint32":
			narrow = true
			c.read = readZigZag(width)
		case "sint64":
			c.read = readZigZag(width)
		case "sfixed32":
			narrow = true
			c.read = readFixed32(width)
		default:
			c.read = readFixed64(width)
		}
		if narrow && width == 8 {
			c.read = readNarrow(c.read, b.proto)
		}
		return c, nil
	}
}

func readVarint(width int) readFunc {
	return func(dst, src []byte) ([]byte, error) {
		n, err := integerOf(src, width)
		if err != nil {
			return dst, err
		}
		return protowire.AppendVarint(dst, uint64(n)), nil
	}
}

func readZigZag(width int) readFunc {
	return func(dst, src []byte) ([]byte, error) {
		n, err := integerOf(src, width)
		if err != nil {
			return dst, err
		}
		return protowire.AppendVarint(dst, protowire.EncodeZigZag(n)), nil
	}
}

func readFixed32(width int) readFunc {
	return func(dst, src []byte) ([]byte, error) {
		n, err := integerOf(src, width)
		if err != nil {
			return dst, err
		}
		return protowire.AppendFixed32(dst, uint32(n)), nil
	}
}

func readFixed64(width int) readFunc {
	return func(dst, src []byte) ([]byte, error) {
		n, err := integerOf(src, width)
		if err != nil {
			return dst, err
		}
		return protowire.AppendFixed64(dst, uint64(n)), nil
	}
}

// readNarrow reads a bigint that must fit 32 bits.
func readNarrow(read readFunc, proto string) readFunc {
	return func(dst, src []byte) ([]byte, error) {
		n, err := integerOf(src, 8)
		if err != nil {
			return dst, err
		}
		if n != int64(int32(n)) {
			return dst, outOfRange("%d does not fit %s; bind the field to int64 or string to read it", n, proto)
		}
		return read(dst, src)
	}
}

func writeInteger(width int) writeFunc {
	switch width {
	case 2:
		return func(dst []byte, num uint64, _ []byte) ([]byte, error) {
			n := int64(num)
			if n != int64(int16(n)) {
				return dst, outOfRange("%d does not fit smallint, which holds %d to %d", n, math.MinInt16, math.MaxInt16)
			}
			return binary.BigEndian.AppendUint16(dst, uint16(n)), nil
		}
	case 4:
		return func(dst []byte, num uint64, _ []byte) ([]byte, error) {
			n := int64(num)
			if n != int64(int32(n)) {
				return dst, outOfRange("%d does not fit integer, which holds %d to %d", n, math.MinInt32, math.MaxInt32)
			}
			return binary.BigEndian.AppendUint32(dst, uint32(n)), nil
		}
	default:
		return func(dst []byte, num uint64, _ []byte) ([]byte, error) {
			return binary.BigEndian.AppendUint64(dst, num), nil
		}
	}
}

func readInt8Text(dst, src []byte) ([]byte, error) {
	n, err := integerOf(src, 8)
	if err != nil {
		return dst, err
	}
	at := len(dst)
	dst = append(dst, 0)
	dst = strconv.AppendInt(dst, n, 10)
	return closeLength(dst, at), nil
}

func writeInt8Text(dst []byte, _ uint64, b []byte) ([]byte, error) {
	if !isInteger(b) {
		return dst, invalid("%s is not an integer", shown(b))
	}
	n, err := strconv.ParseInt(string(b), 10, 64)
	if err != nil {
		return dst, outOfRange("%s does not fit bigint, which holds %d to %d", shown(b), math.MinInt64, math.MaxInt64)
	}
	return binary.BigEndian.AppendUint64(dst, uint64(n)), nil
}

// isInteger says whether b is a sign, which may be absent, and digits.
func isInteger(b []byte) bool {
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		b = b[1:]
	}
	for _, c := range b {
		if !isDigit(c) {
			return false
		}
	}
	return len(b) > 0
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// unsigned plans oid, which has 32 bits without a sign.
func unsigned(b *binding) (conv, error) {
	c := conv{write: writeOID}
	switch b.proto {
	case "fixed32":
		c.read = func(dst, src []byte) ([]byte, error) {
			if len(src) != 4 {
				return dst, errForm
			}
			return protowire.AppendFixed32(dst, binary.BigEndian.Uint32(src)), nil
		}
	case "fixed64":
		c.read = func(dst, src []byte) ([]byte, error) {
			if len(src) != 4 {
				return dst, errForm
			}
			return protowire.AppendFixed64(dst, uint64(binary.BigEndian.Uint32(src))), nil
		}
	default:
		c.read = func(dst, src []byte) ([]byte, error) {
			if len(src) != 4 {
				return dst, errForm
			}
			return protowire.AppendVarint(dst, uint64(binary.BigEndian.Uint32(src))), nil
		}
	}
	if b.proto == "int64" {
		c.write = func(dst []byte, num uint64, b []byte) ([]byte, error) {
			if n := int64(num); n < 0 {
				return dst, outOfRange("%d does not fit oid, which holds 0 to %d", n, uint32(math.MaxUint32))
			}
			return writeOID(dst, num, b)
		}
	}
	return c, nil
}

func writeOID(dst []byte, num uint64, _ []byte) ([]byte, error) {
	if num > math.MaxUint32 {
		return dst, outOfRange("%d does not fit oid, which holds 0 to %d", num, uint32(math.MaxUint32))
	}
	return binary.BigEndian.AppendUint32(dst, uint32(num)), nil
}
