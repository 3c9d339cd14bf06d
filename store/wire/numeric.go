package wire

import (
	"encoding/binary"
	"strconv"

	"google.golang.org/protobuf/encoding/protowire"
)

// The binary form of numeric (numeric_send): the number of base-10000 digits,
// the weight of the first, the sign, the digits after the point to show, each
// of 16 bits, then the digits.
const (
	numericHeader   = 8
	numericNegative = 0x4000
	numericNaN      = 0xC000
	numericInfinity = 0xD000
	numericMinusInf = 0xF000

	// Postgres' limits: digits before and after the point.
	numericMostInt  = 131072
	numericMostFrac = 16383
)

// numericText plans numeric as a string: exact, with Postgres' own digits.
func numericText(b *binding) (conv, error) {
	limit := numericLimitOf(b.typ)
	return conv{readNumeric, func(dst []byte, _ uint64, s []byte) ([]byte, error) {
		return appendNumericParam(dst, s, limit)
	}}, nil
}

// moneyText plans money, which travels as a numeric. Its number of decimals is
// a matter of lc_monetary; 2 is taken, as nearly all locales have it.
func moneyText(*binding) (conv, error) {
	return conv{readNumeric, func(dst []byte, _ uint64, s []byte) ([]byte, error) {
		return appendNumericParam(dst, s, moneyLimit)
	}}, nil
}

// numericDecimal plans numeric as a google.type.Decimal {value = 1}.
func numericDecimal(b *binding) (conv, error) {
	limit := numericLimitOf(b.typ)
	return conv{readDecimal, func(dst []byte, _ uint64, msg []byte) ([]byte, error) {
		value, err := decimalValue(msg)
		if err != nil {
			return dst, err
		}
		if len(value) == 0 {
			value = []byte("0") // as google.type.Decimal has it
		}
		if _, special := specialNumeric(value); special {
			return dst, invalid("%s is not a decimal number", shown(value))
		}
		return appendNumericParam(dst, value, limit)
	}}, nil
}

func readNumeric(dst, src []byte) ([]byte, error) {
	at := len(dst)
	dst, err := appendNumericText(append(dst, 0), src)
	if err != nil {
		return dst, err
	}
	return closeLength(dst, at), nil
}

func readDecimal(dst, src []byte) ([]byte, error) {
	if len(src) == numericHeader && binary.BigEndian.Uint16(src[4:])&numericNaN == numericNaN {
		return dst, outOfRange("NaN and Infinity do not fit google.type.Decimal; bind the field to string to read them")
	}
	at := len(dst)
	dst = append(dst, 0)
	dst = protowire.AppendTag(dst, 1, protowire.BytesType)
	dst, err := readNumeric(dst, src)
	if err != nil {
		return dst, err
	}
	return closeLength(dst, at), nil
}

// decimalValue is the field value of a google.type.Decimal.
func decimalValue(msg []byte) ([]byte, error) {
	var value []byte
	for len(msg) > 0 {
		num, typ, n := protowire.ConsumeTag(msg)
		if n < 0 {
			return nil, malformed("google.type.Decimal")
		}
		msg = msg[n:]
		size := protowire.ConsumeFieldValue(num, typ, msg)
		if size < 0 {
			return nil, malformed("google.type.Decimal")
		}
		if num == 1 && typ == protowire.BytesType {
			value, _ = protowire.ConsumeBytes(msg)
		}
		msg = msg[size:]
	}
	return value, nil
}

// appendNumericText writes a numeric as numeric_out does: never with an
// exponent, and with all digits after the point that its scale asks for.
func appendNumericText(dst, src []byte) ([]byte, error) {
	if len(src) < numericHeader {
		return dst, errForm
	}
	count := int(binary.BigEndian.Uint16(src))
	weight := int(int16(binary.BigEndian.Uint16(src[2:])))
	sign := binary.BigEndian.Uint16(src[4:])
	scale := int(binary.BigEndian.Uint16(src[6:]))
	digits := src[numericHeader:]
	if len(digits) != 2*count || scale > numericMostFrac {
		return dst, errForm
	}
	switch sign {
	case 0:
	case numericNegative:
		dst = append(dst, '-')
	case numericNaN:
		return append(dst, "NaN"...), nil
	case numericInfinity:
		return append(dst, "Infinity"...), nil
	case numericMinusInf:
		return append(dst, "-Infinity"...), nil
	default:
		return dst, errForm
	}

	// Before the point: digits 0 to weight, those beyond the last are zeros.
	switch {
	case weight < 0:
		dst = append(dst, '0')
	case count == 0:
		dst = append(dst, '0')
	default:
		first := binary.BigEndian.Uint16(digits)
		if first > 9999 {
			return dst, errForm
		}
		dst = strconv.AppendUint(dst, uint64(first), 10)
		for i := 1; i <= weight; i++ {
			var ok bool
			if dst, ok = appendDigits(dst, digits, i); !ok {
				return dst, errForm
			}
		}
	}
	if scale == 0 {
		return dst, nil
	}

	// After it: as many as the scale says, however many digits there are.
	dst = append(dst, '.')
	end := len(dst) + scale
	for i := weight + 1; len(dst) < end; i++ {
		var ok bool
		if dst, ok = appendDigits(dst, digits, i); !ok {
			return dst, errForm
		}
	}
	return dst[:end], nil
}

// appendDigits writes the four decimal digits of the base-10000 digit i, which
// is zero where there is none. It reports whether it is a digit at all.
func appendDigits(dst, digits []byte, i int) ([]byte, bool) {
	if i < 0 || 2*i >= len(digits) {
		return append(dst, "0000"...), true
	}
	d := binary.BigEndian.Uint16(digits[2*i:])
	if d > 9999 {
		return dst, false
	}
	high, low := d/100, d%100
	return append(dst, byte('0'+high/10), byte('0'+high%10), byte('0'+low/10), byte('0'+low%10)), true
}
