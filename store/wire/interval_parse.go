package wire

import "math"

// parseInterval parses an ISO 8601 duration with designators: PnYnMnWnDTnHnMnS
// in that order, each part with a sign of its own if it likes, and a fraction
// in the seconds only: of larger units Postgres would have to invent days.
func parseInterval(text []byte) (span, error) {
	bad := func() (span, error) {
		return span{}, invalid("%s is not an ISO 8601 duration such as P1Y2M3DT4H5M6.5S", shown(text))
	}
	beyond := func() (span, error) {
		return span{}, outOfRange("%s does not fit interval, whose parts are months and days of 32 bits and microseconds of 64", shown(text))
	}
	if _, ok := infinity(text, math.MaxInt64); ok {
		return endless, nil // either of them is refused by appendParam
	}
	l := lexer{rest: text}
	if !l.one("P") {
		return bad()
	}
	var s span
	units := []intervalUnit{
		{'Y', 12, &s.months}, {'M', 1, &s.months}, {'W', 7, &s.days}, {'D', 1, &s.days},
	}
	timed, parts := false, 0
	for len(l.rest) > 0 {
		if !timed && l.one("T") {
			timed, parts = true, 0
			units = []intervalUnit{
				{'H', microsPerHour, &s.micros}, {'M', microsPerMinute, &s.micros}, {'S', microsPerSecond, &s.micros},
			}
			continue
		}
		sign := int64(1)
		if l.one("-") {
			sign = -1
		} else {
			l.one("+")
		}
		n, ok := l.number(1, 19)
		if !ok {
			return bad()
		}
		if n < 0 || len(l.rest) > 0 && isDigit(l.rest[0]) {
			return beyond()
		}
		micros, pointed := int64(0), timed && l.one(".")
		if pointed {
			var fine bool
			if micros, fine, ok = l.fraction(); !ok {
				return bad()
			}
			if fine {
				return span{}, outOfRange("%s is finer than a microsecond, which is the finest that Postgres keeps", shown(text))
			}
		}
		for len(units) > 0 && (len(l.rest) == 0 || units[0].designator != l.rest[0]) {
			units = units[1:]
		}
		if len(units) == 0 || pointed && units[0].designator != 'S' {
			return bad()
		}
		if !units[0].add(sign, n, micros) {
			return beyond()
		}
		l.rest, units = l.rest[1:], units[1:]
		parts++
	}
	if parts == 0 {
		return bad()
	}
	if s.months != int64(int32(s.months)) || s.days != int64(int32(s.days)) {
		return beyond()
	}
	return s, nil
}

// intervalUnit is a designator, how much one of it is, and of which part.
type intervalUnit struct {
	designator byte
	size       int64
	part       *int64
}

// add adds n units and a fraction, both times the sign. It reports false when
// 64 bits do not hold the sum.
func (u intervalUnit) add(sign, n, fraction int64) bool {
	if n > math.MaxInt64/u.size {
		return false
	}
	for _, more := range [2]int64{sign * n * u.size, sign * fraction} {
		sum := *u.part + more
		if (more > 0) != (sum > *u.part) && more != 0 {
			return false
		}
		*u.part = sum
	}
	return true
}
