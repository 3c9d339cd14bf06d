package wire

import (
	"encoding/binary"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// The binary form of pgvector's vector and halfvec (vector_send,
// halfvec_send): the number of elements and 16 bits that are not used, then
// each element, of 32 or 16 bits.
const (
	vectorHeader = 4
	// mostElements is pgvector's own limit (VECTOR_MAX_DIM, HALFVEC_MAX_DIM).
	mostElements = 16000
)

// vector plans vector as a repeated float.
func vector(b *binding) (list, error) {
	return vectorOf(b, 4,
		func(b []byte) uint32 { return binary.BigEndian.Uint32(b) },
		func(dst []byte, bits uint32) ([]byte, error) { return binary.BigEndian.AppendUint32(dst, bits), nil })
}

// halfvec plans halfvec as a repeated float, which holds each of its numbers
// exactly. A float that is none of them is refused.
func halfvec(b *binding) (list, error) {
	return vectorOf(b, 2,
		func(b []byte) uint32 { return floatOfHalf(binary.BigEndian.Uint16(b)) },
		func(dst []byte, bits uint32) ([]byte, error) {
			half, ok := halfOfFloat(bits)
			if !ok {
				return dst, outOfRange("%v is not exact in half precision; round it first, or bind the field to string to leave that to Postgres", math.Float32frombits(bits))
			}
			return binary.BigEndian.AppendUint16(dst, half), nil
		})
}

// vectorOf plans a vector of elements of some bytes, which read and write take
// for the bits of a float.
func vectorOf(b *binding, width int, read func([]byte) uint32, write func([]byte, uint32) ([]byte, error)) (list, error) {
	field := b.column.Field
	tag, packed := protowire.AppendTag(nil, field.Number(), protowire.Fixed32Type), field.IsPacked()
	if packed {
		tag = protowire.AppendTag(nil, field.Number(), protowire.BytesType)
	}
	limit, name := int(b.typ.Typmod), b.typ.Name
	return list{func(dst, src []byte) ([]byte, error) {
		if len(src) < vectorHeader {
			return dst, errForm
		}
		count := int(binary.BigEndian.Uint16(src))
		if src = src[vectorHeader:]; len(src) != count*width {
			return dst, errForm
		}
		if packed && count > 0 {
			dst = append(dst, tag...)
			dst = protowire.AppendVarint(dst, uint64(4*count))
		}
		for ; len(src) > 0; src = src[width:] {
			if !packed {
				dst = append(dst, tag...)
			}
			dst = binary.LittleEndian.AppendUint32(dst, read(src))
		}
		return dst, nil
	}, func(dst []byte, v Value) ([]byte, error) {
		switch count := len(v.Nums); {
		case count == 0:
			return dst, invalid("it is empty, and a vector has at least one element")
		case count > mostElements:
			return dst, outOfRange("it has %d elements, and a vector has at most %d", count, mostElements)
		case limit > 0 && count != limit:
			return dst, outOfRange("it has %d elements, which does not fit %s", count, name)
		}
		dst = binary.BigEndian.AppendUint16(dst, uint16(len(v.Nums)))
		dst = append(dst, 0, 0)
		for i, num := range v.Nums {
			bits := uint32(num)
			err := error(nil)
			if bits&floatExponent == floatExponent {
				err = invalid("%v is not a number that a vector holds", math.Float32frombits(bits))
			} else {
				dst, err = write(dst, bits)
			}
			if err != nil {
				return dst, atIndex(err, i)
			}
		}
		return dst, nil
	}, true}, nil
}

// floatExponent are the bits of a float's exponent, all of which are set in
// NaN and the infinities.
const floatExponent = 0x7f80_0000

// floatOfHalf are the bits of the float that a number in half precision is:
// https://en.wikipedia.org/wiki/Half-precision_floating-point_format
func floatOfHalf(half uint16) uint32 {
	sign := uint32(half&0x8000) << 16
	exponent, fraction := uint32(half>>10&0x1f), uint32(half&0x3ff)
	switch exponent {
	case 0: // zero and the subnormal numbers, which count 2^-24
		return sign | math.Float32bits(float32(fraction)/(1<<24))
	case 0x1f:
		return sign | floatExponent | fraction<<13
	default:
		return sign | (exponent+127-15)<<23 | fraction<<13
	}
}

// halfOfFloat is the number in half precision that a finite float is, when
// there is one.
func halfOfFloat(bits uint32) (half uint16, exact bool) {
	sign := uint16(bits >> 16 & 0x8000)
	exponent, fraction := int(bits>>23&0xff)-127, bits&0x7f_ffff
	switch {
	case exponent > 15:
		return 0, false
	case exponent >= -14:
		half = sign | uint16(exponent+15)<<10 | uint16(fraction>>13)
	default:
		f := math.Abs(float64(math.Float32frombits(bits))) * (1 << 24)
		half = sign | uint16(f)
	}
	return half, floatOfHalf(half) == bits
}
