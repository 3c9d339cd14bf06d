package wire

import (
	"encoding/binary"
	"math"
	"strconv"
)

// The text forms are ISO 8601 with a T between date and time, "infinity", and
// " BC" after a year before 1, all of which Postgres reads back under any
// DateStyle. Fractions of a second are cut of trailing zeros.

// The ranges of Postgres' types, from its datatype/timestamp.h: days since
// 2000, and microseconds since 2000. The upper bounds are excluded.
const (
	firstDay       = -2451545
	endDay         = 2147483494 - 2451545
	firstTimestamp = -211813488000000000
	endTimestamp   = 9223371331200000000
)

// textReader reads values that appendText writes, up to 127 bytes long.
func textReader(appendText func(dst []byte, n int64) []byte) readFunc {
	return func(dst, src []byte) ([]byte, error) {
		n, err := int64Of(src)
		if err != nil {
			return dst, err
		}
		at := len(dst)
		dst = appendText(append(dst, 0), n)
		dst[at] = byte(len(dst) - at - 1)
		return dst, nil
	}
}

// instantText plans timestamptz as text, in UTC with a Z.
func instantText(b *binding) (conv, error) {
	return timestampText(b, true, textReader(appendInstantText))
}

// dateTimeText plans timestamp as text, without an offset.
func dateTimeText(b *binding) (conv, error) {
	return timestampText(b, false, textReader(appendDateTimeText))
}

func timestampText(b *binding, zoned bool, read readFunc) (conv, error) {
	p := precisionOf(b.typ)
	return conv{read, func(dst []byte, _ uint64, s []byte) ([]byte, error) {
		micros, err := parseTimestamp(s, zoned, p)
		if err != nil {
			return dst, err
		}
		return binary.BigEndian.AppendUint64(dst, uint64(micros)), nil
	}}, nil
}

func appendInstantText(dst []byte, n int64) []byte {
	return appendTimestamp(dst, n, "Z")
}

func appendDateTimeText(dst []byte, n int64) []byte {
	return appendTimestamp(dst, n, "")
}

func appendTimestamp(dst []byte, n int64, zone string) []byte {
	switch n {
	case math.MaxInt64:
		return append(dst, "infinity"...)
	case math.MinInt64:
		return append(dst, "-infinity"...)
	}
	days, rest := splitDays(n)
	day := civilOf(days)
	dst = append(appendCivil(dst, day), 'T')
	dst = append(appendClockText(dst, rest), zone...)
	return appendEra(dst, day)
}

func readDateText(dst, src []byte) ([]byte, error) {
	n, err := integerOf(src, 4)
	if err != nil {
		return dst, err
	}
	at := len(dst)
	dst = appendDateText(append(dst, 0), n)
	dst[at] = byte(len(dst) - at - 1)
	return dst, nil
}

func writeDateText(dst []byte, _ uint64, s []byte) ([]byte, error) {
	days, err := parseDate(s)
	if err != nil {
		return dst, err
	}
	return binary.BigEndian.AppendUint32(dst, uint32(days)), nil
}

func appendDateText(dst []byte, n int64) []byte {
	switch n {
	case math.MaxInt32:
		return append(dst, "infinity"...)
	case math.MinInt32:
		return append(dst, "-infinity"...)
	}
	day := civilOf(n)
	return appendEra(appendCivil(dst, day), day)
}

// timeText plans time as text.
func timeText(b *binding) (conv, error) {
	p := precisionOf(b.typ)
	read := textReader(appendClockText)
	return conv{func(dst, src []byte) ([]byte, error) {
		if n, err := int64Of(src); err != nil || n < 0 || n > microsPerDay {
			return dst, errForm
		}
		return read(dst, src)
	}, func(dst []byte, _ uint64, s []byte) ([]byte, error) {
		micros, err := parseTime(s, p)
		if err != nil {
			return dst, err
		}
		return binary.BigEndian.AppendUint64(dst, uint64(micros)), nil
	}}, nil
}

// timetzText plans timetz as text. Its form is the time, then the offset in
// seconds west of Greenwich.
func timetzText(b *binding) (conv, error) {
	p := precisionOf(b.typ)
	return conv{readTimetz, func(dst []byte, _ uint64, s []byte) ([]byte, error) {
		micros, offset, err := parseTimetz(s, p)
		if err != nil {
			return dst, err
		}
		dst = binary.BigEndian.AppendUint64(dst, uint64(micros))
		return binary.BigEndian.AppendUint32(dst, uint32(int32(-offset))), nil
	}}, nil
}

func readTimetz(dst, src []byte) ([]byte, error) {
	if len(src) != 12 {
		return dst, errForm
	}
	micros := int64(binary.BigEndian.Uint64(src))
	west := int64(int32(binary.BigEndian.Uint32(src[8:])))
	if micros < 0 || micros > microsPerDay || west <= -24*3600 || west >= 24*3600 {
		return dst, errForm
	}
	at := len(dst)
	dst = appendClockText(append(dst, 0), micros)
	dst = appendOffset(dst, -west)
	dst[at] = byte(len(dst) - at - 1)
	return dst, nil
}

// appendCivil writes a date's year, of four digits or more, month and day. The
// year is that of the era, which appendEra names.
func appendCivil(dst []byte, day civil) []byte {
	year := day.year
	if year < 1 {
		year = 1 - year
	}
	if year < 1000 {
		dst = append(dst, byte('0'), byte('0'+year/100), byte('0'+year/10%10), byte('0'+year%10))
	} else {
		dst = strconv.AppendInt(dst, year, 10)
	}
	dst = append(dst, '-')
	dst = appendTwo(dst, day.month)
	dst = append(dst, '-')
	return appendTwo(dst, day.day)
}

func appendEra(dst []byte, day civil) []byte {
	if day.year < 1 {
		return append(dst, " BC"...)
	}
	return dst
}

// appendClockText writes a time of day, 24:00:00 included.
func appendClockText(dst []byte, micros int64) []byte {
	c := clockOf(micros)
	dst = appendTwo(dst, c.hours)
	dst = append(dst, ':')
	dst = appendTwo(dst, c.minutes)
	dst = append(dst, ':')
	dst = appendTwo(dst, c.seconds)
	return appendFraction(dst, c.micros)
}

// appendFraction writes a point and up to six digits, or nothing for 0.
func appendFraction(dst []byte, micros int64) []byte {
	if micros == 0 {
		return dst
	}
	dst = append(dst, '.')
	for unit := int64(microsPerSecond / 10); micros > 0; unit /= 10 {
		dst = append(dst, byte('0'+micros/unit))
		micros %= unit
	}
	return dst
}

// appendOffset writes an offset east of Greenwich in seconds as timetz_out
// does: the sign and hours, then minutes and seconds when they are needed.
func appendOffset(dst []byte, offset int64) []byte {
	sign := byte('+')
	if offset < 0 {
		sign, offset = '-', -offset
	}
	dst = appendTwo(append(dst, sign), offset/3600)
	if offset%3600 != 0 {
		dst = appendTwo(append(dst, ':'), offset/60%60)
	}
	if offset%60 != 0 {
		dst = appendTwo(append(dst, ':'), offset%60)
	}
	return dst
}

func appendTwo(dst []byte, n int64) []byte {
	return append(dst, byte('0'+n/10%10), byte('0'+n%10))
}
