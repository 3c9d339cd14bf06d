package wire

import (
	"math"
	"strconv"
)

// appendJSONNumber writes the shortest form that is read as f, with an exponent
// where JavaScript writes one. f is finite.
func appendJSONNumber(dst []byte, f float64) []byte {
	form := byte('f')
	if abs := math.Abs(f); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		form = 'e'
	}
	return strconv.AppendFloat(dst, f, form, -1, 64)
}

// exactDouble is the double of a JSON number, when the double's shortest form
// is the same number; google.protobuf.Value has nothing else to hold it.
func exactDouble(number []byte) (float64, error) {
	if f, ok := doubleOf(number); ok {
		return f, nil
	}
	return 0, outOfRange("the number %s in the JSON is not exact in a double, which google.protobuf.Value holds; bind the field to string to read it",
		shownNumber(number))
}

// doubleOf is exactDouble, and says whether there is one.
func doubleOf(number []byte) (float64, bool) {
	if f, ok := smallInteger(number); ok {
		return f, true
	}
	d, _ := parseDecimal(number)
	if d.first < 0 {
		if d.negative {
			return math.Copysign(0, -1), true
		}
		return 0, true
	}
	// A shortest form has 17 digits at the most.
	var text [17 + 1 + 20]byte
	digits, low := text[:0], d.place(d.last)
	if count := d.place(d.first) - low + 1; count <= 17 {
		for i := d.first; i <= d.last; i++ {
			if d.digits[i] != '.' {
				digits = append(digits, d.digits[i])
			}
		}
		f, err := strconv.ParseFloat(string(strconv.AppendInt(append(digits, 'e'), int64(low), 10)), 64)
		// Any number of 15 digits survives in a double that is not subnormal.
		if err == nil && (count <= 15 && f > 1e-300 || sameDecimal(f, digits, low)) {
			if d.negative {
				f = -f
			}
			return f, true
		}
	}
	return 0, false
}

// smallInteger is the value of a positive integer of up to 15 digits, which is
// what most numbers are.
func smallInteger(number []byte) (float64, bool) {
	if len(number) > 15 {
		return 0, false
	}
	n := int64(0)
	for _, c := range number {
		if !isDigit(c) {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return float64(n), true
}

// sameDecimal says whether f's shortest form is digits times 10^low, where the
// digits neither begin nor end with a zero.
func sameDecimal(f float64, digits []byte, low int) bool {
	var text [32]byte
	shortest, ok := parseDecimal(strconv.AppendFloat(text[:0], f, 'e', -1, 64))
	if !ok || shortest.first < 0 || shortest.place(shortest.last) != low ||
		shortest.place(shortest.first)-low+1 != len(digits) {
		return false
	}
	for i := range digits {
		if int(digits[i]-'0') != shortest.at(low+len(digits)-1-i) {
			return false
		}
	}
	return true
}

func shownNumber(number []byte) string {
	const most = 40
	if len(number) > most {
		return string(number[:most]) + "..."
	}
	return string(number)
}
