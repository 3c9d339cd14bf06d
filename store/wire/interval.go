package wire

import (
	"encoding/binary"
	"math"
	"strconv"
)

// span is an interval in the three parts that Postgres keeps apart.
type span struct {
	months, days, micros int64
}

// The infinite intervals of Postgres 17 and later.
var (
	endless   = span{math.MaxInt32, math.MaxInt32, math.MaxInt64}
	beginless = span{math.MinInt32, math.MinInt32, math.MinInt64}
)

// spanOf reads interval_send's form: microseconds, days, months.
func spanOf(src []byte) (span, error) {
	if len(src) != 16 {
		return span{}, errForm
	}
	return span{
		micros: int64(binary.BigEndian.Uint64(src)),
		days:   int64(int32(binary.BigEndian.Uint32(src[8:]))),
		months: int64(int32(binary.BigEndian.Uint32(src[12:]))),
	}, nil
}

// appendParam writes the binary form, unless it would lose what the column
// does not keep.
func (s span) appendParam(dst []byte, limit intervalLimit) ([]byte, error) {
	if s == endless || s == beginless {
		// Postgres before 17 would store it as an interval of 178 million
		// years.
		return dst, outOfRange("an infinite interval cannot be written")
	}
	if err := limit.check(s); err != nil {
		return dst, err
	}
	dst = binary.BigEndian.AppendUint64(dst, uint64(s.micros))
	dst = binary.BigEndian.AppendUint32(dst, uint32(s.days))
	return binary.BigEndian.AppendUint32(dst, uint32(s.months)), nil
}

// interval plans interval as a rowgate.v1.Interval {months = 1, days = 2,
// microseconds = 3}.
func interval(b *binding) (conv, error) {
	limit := intervalLimitOf(b.typ)
	return conv{readInterval, func(dst []byte, _ uint64, msg []byte) ([]byte, error) {
		var f [3]int64
		if _, err := parseInts(f[:], msg, b.proto); err != nil {
			return dst, err
		}
		return span{int64(int32(f[0])), int64(int32(f[1])), f[2]}.appendParam(dst, limit)
	}}, nil
}

func readInterval(dst, src []byte) ([]byte, error) {
	s, err := spanOf(src)
	if err != nil {
		return dst, err
	}
	if s == endless || s == beginless {
		return dst, outOfRange("%s does not fit rowgate.v1.Interval; bind the field to string to read it", s.appendText(nil))
	}
	at := len(dst)
	dst = append(dst, 0)
	dst = appendInt(dst, 1, s.months)
	dst = appendInt(dst, 2, s.days)
	dst = appendInt(dst, 3, s.micros)
	dst[at] = byte(len(dst) - at - 1)
	return dst, nil
}

// intervalText plans interval as an ISO 8601 duration, in the form that
// Postgres writes under IntervalStyle iso_8601.
func intervalText(b *binding) (conv, error) {
	limit := intervalLimitOf(b.typ)
	return conv{readIntervalText, func(dst []byte, _ uint64, text []byte) ([]byte, error) {
		s, err := parseInterval(text)
		if err != nil {
			return dst, err
		}
		return s.appendParam(dst, limit)
	}}, nil
}

func readIntervalText(dst, src []byte) ([]byte, error) {
	s, err := spanOf(src)
	if err != nil {
		return dst, err
	}
	at := len(dst)
	dst = s.appendText(append(dst, 0))
	dst[at] = byte(len(dst) - at - 1)
	return dst, nil
}

func (s span) appendText(dst []byte) []byte {
	switch s {
	case endless:
		return append(dst, "infinity"...)
	case beginless:
		return append(dst, "-infinity"...)
	case span{}:
		return append(dst, "PT0S"...)
	}
	dst = append(dst, 'P')
	dst = appendPart(dst, s.months/12, 'Y')
	dst = appendPart(dst, s.months%12, 'M')
	dst = appendPart(dst, s.days, 'D')
	if s.micros == 0 {
		return dst
	}
	dst = append(dst, 'T')
	dst = appendPart(dst, s.micros/microsPerHour, 'H')
	dst = appendPart(dst, s.micros/microsPerMinute%60, 'M')
	if rest := s.micros % microsPerMinute; rest != 0 {
		if rest < 0 {
			dst, rest = append(dst, '-'), -rest
		}
		dst = strconv.AppendInt(dst, rest/microsPerSecond, 10)
		dst = append(appendFraction(dst, rest%microsPerSecond), 'S')
	}
	return dst
}

func appendPart(dst []byte, n int64, unit byte) []byte {
	if n == 0 {
		return dst
	}
	return append(strconv.AppendInt(dst, n, 10), unit)
}

// intervalLimit is what the modifier of an interval keeps: the fields, from
// the largest unit to the smallest, and the fraction of a second.
type intervalLimit struct {
	name      string
	months    int64 // months must be a multiple of it; 1 keeps all
	days      bool  // whether days are kept
	unit      int64 // microseconds must be a multiple of it; 0 keeps none
	precision precision
}

// The bits of a modifier's fields (INTERVAL_MASK of Postgres' timestamp.h):
// 1 for each unit.
const (
	maskYear   = 1 << 2
	maskMonth  = 1 << 1
	maskDay    = 1 << 3
	maskHour   = 1 << 10
	maskMinute = 1 << 11
	maskSecond = 1 << 12
	maskAll    = 0x7fff
)

// intervalLimitOf reads a modifier: fields << 16 | precision, where 0xffff
// means no precision. Postgres keeps units larger than those that are named,
// so that only the smallest one matters.
func intervalLimitOf(t *Type) intervalLimit {
	l := intervalLimit{t.Name, 1, true, 1, precision{6, t.Name}}
	if t.Typmod < 0 {
		return l
	}
	if digits := int(t.Typmod & 0xffff); digits < 6 {
		l.precision.digits = digits
	}
	switch fields := t.Typmod >> 16 & maskAll; {
	case fields == maskAll || fields&maskSecond != 0:
	case fields&maskMinute != 0:
		l.unit = microsPerMinute
	case fields&maskHour != 0:
		l.unit = microsPerHour
	case fields&maskDay != 0:
		l.unit = 0
	case fields&maskMonth != 0:
		l.days, l.unit = false, 0
	case fields&maskYear != 0:
		l.months, l.days, l.unit = 12, false, 0
	}
	return l
}

func (l *intervalLimit) check(s span) error {
	if s.months%l.months != 0 || s.days != 0 && !l.days ||
		l.unit == 0 && s.micros != 0 || l.unit > 1 && s.micros%l.unit != 0 {
		return outOfRange("%s has parts that %s does not keep", s.appendText(nil), l.name)
	}
	return l.precision.check(s.micros)
}
