package wire

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
)

// numericLimit is what a column holds of all numbers: digits down to 10^-frac
// and below 10^integer. Numbers that do not fit are refused, not rounded.
type numericLimit struct {
	name       string
	integer    int
	frac       int
	nan        bool // whether it holds NaN
	infinity   bool // whether it holds the infinities
	hundredths bool // whether it counts hundredths in 64 bits
}

// numericLimitOf reads the modifier of numeric(p,s), which is
// (p << 16 | s & 0x7ff) + 4; s may be negative, and more than p.
func numericLimitOf(t *Type) numericLimit {
	if t.Typmod < 4 {
		return numericLimit{name: "numeric", integer: numericMostInt, frac: numericMostFrac, infinity: true, nan: true}
	}
	mod := t.Typmod - 4
	precision := int(mod>>16) & 0xffff
	scale := int(mod&0x7ff^1024) - 1024
	return numericLimit{name: t.Name, integer: precision - scale, frac: scale, nan: true}
}

// moneyLimit is a money's, of 64 bits that count hundredths.
var moneyLimit = numericLimit{name: "money", integer: 17, frac: 2, hundredths: true}

// decimal is a number in text as it was found: its digits stand in text
// between first and last, which are both not zero.
type decimal struct {
	negative    bool
	digits      []byte // the digits and the point among them
	dot         int    // the index of the point in digits, len(digits) when there is none
	exponent    int    // the power of ten that all is multiplied by
	first, last int    // indexes of the first and last digit that are not 0; -1 for zero
}

// place is the power of ten that the digit at index i counts.
func (d *decimal) place(i int) int {
	if i < d.dot {
		return d.dot - 1 - i + d.exponent
	}
	return d.dot - i + d.exponent
}

// at is the digit of a place, 0 where none was written.
func (d *decimal) at(place int) int {
	i := d.dot - 1 - (place - d.exponent)
	if i >= d.dot {
		i++
	}
	if i < 0 || i >= len(d.digits) {
		return 0
	}
	return int(d.digits[i] - '0')
}

// scale is how many digits after the point were written, zeros too: as many as
// numeric shows.
func (d *decimal) scale() int {
	return max(0, max(0, len(d.digits)-d.dot-1)-d.exponent)
}

// mostExponent bounds the exponents that are read; beyond it a number is 0 or
// far out of every range.
const mostExponent = 1 << 24

// parseDecimal reads [+-]digits[.digits][e[+-]digits], where the digits may
// be absent on one side of the point. Its work does not grow with the
// exponent's value.
func parseDecimal(b []byte) (decimal, bool) {
	var d decimal
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		d.negative = b[0] == '-'
		b = b[1:]
	}
	d.first, d.last, d.dot = -1, -1, -1
	count, i := 0, 0
	for ; i < len(b); i++ {
		c := b[i]
		if c == '.' && d.dot < 0 {
			d.dot = i
			continue
		}
		if !isDigit(c) {
			break
		}
		count++
		if c != '0' {
			if d.first < 0 {
				d.first = i
			}
			d.last = i
		}
	}
	d.digits = b[:i]
	if d.dot < 0 {
		d.dot = i
	}
	if count == 0 {
		return d, false
	}
	if i == len(b) {
		return d, true
	}
	if b[i] != 'e' && b[i] != 'E' {
		return d, false
	}
	b = b[i+1:]
	if !isInteger(b) {
		return d, false
	}
	minus := b[0] == '-'
	if b[0] == '-' || b[0] == '+' {
		b = b[1:]
	}
	for _, c := range b {
		if d.exponent < mostExponent {
			d.exponent = d.exponent*10 + int(c-'0')
		}
	}
	if minus {
		d.exponent = -d.exponent
	}
	return d, true
}

// appendNumericParam writes the number in s in numeric's binary form.
func appendNumericParam(dst, s []byte, limit numericLimit) ([]byte, error) {
	if sign, ok := specialNumeric(s); ok {
		switch {
		case sign == numericNaN && !limit.nan, sign != numericNaN && !limit.infinity:
			return dst, outOfRange("%s does not fit %s", shown(s), limit.name)
		}
		return binary.BigEndian.AppendUint64(dst, uint64(sign)<<16), nil
	}
	d, ok := parseDecimal(s)
	if !ok {
		return dst, invalid("%s is not a decimal number", shown(s))
	}
	if err := limit.check(s, &d); err != nil {
		return dst, err
	}

	scale := d.scale()
	if d.first < 0 {
		return binary.BigEndian.AppendUint64(dst, uint64(scale)), nil
	}
	weight := floorDiv(d.place(d.first), 4)
	lowest := floorDiv(d.place(d.last), 4)
	sign := uint16(0)
	if d.negative {
		sign = numericNegative
	}
	dst = binary.BigEndian.AppendUint16(dst, uint16(weight-lowest+1))
	dst = binary.BigEndian.AppendUint16(dst, uint16(weight))
	dst = binary.BigEndian.AppendUint16(dst, sign)
	dst = binary.BigEndian.AppendUint16(dst, uint16(scale))
	for w := weight; w >= lowest; w-- {
		digit := d.at(4*w+3)*1000 + d.at(4*w+2)*100 + d.at(4*w+1)*10 + d.at(4*w)
		dst = binary.BigEndian.AppendUint16(dst, uint16(digit))
	}
	return dst, nil
}

// specialNumeric is the sign of NaN and the infinities, as numeric_in spells
// them.
func specialNumeric(s []byte) (sign uint16, ok bool) {
	if bytes.EqualFold(s, []byte("NaN")) {
		return numericNaN, true
	}
	sign = numericInfinity
	if len(s) > 0 && (s[0] == '+' || s[0] == '-') {
		if s[0] == '-' {
			sign = numericMinusInf
		}
		s = s[1:]
	}
	return sign, bytes.EqualFold(s, []byte("Infinity")) || bytes.EqualFold(s, []byte("inf"))
}

// check says how d, which s spells, does not fit.
func (l *numericLimit) check(s []byte, d *decimal) error {
	if d.first < 0 && d.exponent >= mostExponent {
		return outOfRange("%s has an exponent that is too large", shown(s))
	}
	if d.first >= 0 {
		if err := l.checkDigits(s, d); err != nil {
			return err
		}
	}
	if d.scale() > numericMostFrac {
		return outOfRange("%s has more than the %d digits after the point that numeric holds", shown(s), numericMostFrac)
	}
	return nil
}

// checkDigits is check for the digits of a number that is not zero.
func (l *numericLimit) checkDigits(s []byte, d *decimal) error {
	if d.place(d.first) >= l.integer {
		return outOfRange("%s does not fit %s, which holds numbers below 10^%d", shown(s), l.name, l.integer)
	}
	if d.place(d.last) < -l.frac {
		if l.frac < 0 {
			return outOfRange("%s does not fit %s, which holds multiples of 10^%d", shown(s), l.name, -l.frac)
		}
		return outOfRange("%s does not fit %s, which holds %s after the point", shown(s), l.name, digitCount(l.frac))
	}
	if l.hundredths && d.hundredthsOverflow() {
		return outOfRange("%s does not fit money, which holds -92233720368547758.08 to 92233720368547758.07", shown(s))
	}
	return nil
}

// hundredthsOverflow says whether d, below 10^17 and of two decimals, is
// beyond a count of hundredths in 64 bits.
func (d *decimal) hundredthsOverflow() bool {
	var n uint64 // at most 10^19 - 1, which 64 bits hold
	for place := 16; place >= -2; place-- {
		n = n*10 + uint64(d.at(place))
	}
	if d.negative {
		return n > -math.MinInt64
	}
	return n > math.MaxInt64
}

func digitCount(n int) string {
	if n == 1 {
		return "1 digit"
	}
	return fmt.Sprintf("%d digits", n)
}

// floorDiv divides and rounds down, where Go's division rounds to zero.
func floorDiv(a, b int) int {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
