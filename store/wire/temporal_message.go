package wire

import (
	"encoding/binary"
	"math"
)

// Instants of google.protobuf.Timestamp, which goes from the year 1 to the end
// of 9999, in seconds since 1970.
const (
	firstInstant = -62_135_596_800
	lastInstant  = 253_402_300_799
)

// int64Of is the eight bytes of a timestamp, time or the like.
func int64Of(src []byte) (int64, error) {
	if len(src) != 8 {
		return 0, errForm
	}
	return int64(binary.BigEndian.Uint64(src)), nil
}

// instant plans timestamptz as a google.protobuf.Timestamp.
func instant(b *binding) (conv, error) {
	p := precisionOf(b.typ)
	return conv{readInstant, func(dst []byte, _ uint64, msg []byte) ([]byte, error) {
		var f [2]int64 // seconds, nanos
		if _, err := parseInts(f[:], msg, b.proto); err != nil {
			return dst, err
		}
		if f[0] < firstInstant || f[0] > lastInstant {
			return dst, invalid("seconds of %d are not between the years 1 and 9999, as a google.protobuf.Timestamp must be", f[0])
		}
		micros, err := microsOf(int64(int32(f[1])))
		if err == nil {
			err = p.check(micros)
		}
		if err != nil {
			return dst, err
		}
		return binary.BigEndian.AppendUint64(dst, uint64((f[0]-postgresEpoch)*microsPerSecond+micros)), nil
	}}, nil
}

func readInstant(dst, src []byte) ([]byte, error) {
	n, err := int64Of(src)
	if err != nil {
		return dst, err
	}
	const (
		first = (firstInstant - postgresEpoch) * microsPerSecond
		last  = (lastInstant-postgresEpoch)*microsPerSecond + microsPerSecond - 1
	)
	if n < first || n > last {
		return dst, notInYears(appendInstantText(nil, n), "google.protobuf.Timestamp")
	}
	n -= first // no longer negative, so that division rounds down
	seconds, micros := n/microsPerSecond+firstInstant, n%microsPerSecond
	at := len(dst)
	dst = append(dst, 0)
	dst = appendInt(dst, 1, seconds)
	dst = appendInt(dst, 2, micros*1000)
	dst[at] = byte(len(dst) - at - 1)
	return dst, nil
}

// notInYears is the error of a stored value that a message of years 1 to 9999
// cannot hold.
func notInYears(text []byte, message string) error {
	return outOfRange("%s does not fit %s, which holds the years 1 to 9999; bind the field to string to read it", text, message)
}

// dateTime plans timestamp as a google.type.DateTime without an offset.
func dateTime(b *binding) (conv, error) {
	p := precisionOf(b.typ)
	return conv{readDateTime, func(dst []byte, _ uint64, msg []byte) ([]byte, error) {
		var f [7]int64 // year, month, day, hours, minutes, seconds, nanos
		others, err := parseInts(f[:], msg, b.proto)
		if err != nil {
			return dst, err
		}
		if others&(1<<8|1<<9) != 0 {
			return dst, invalid("a utc_offset or time_zone has no place in %s, which has neither", b.typ.Name)
		}
		days, err := daysOf(f[0], f[1], f[2])
		if err != nil {
			return dst, err
		}
		micros, err := clockMicros(f[3], f[4], f[5], f[6], p)
		if err != nil {
			return dst, err
		}
		if micros == microsPerDay {
			return dst, invalid("hours of 24 are not between 0 and 23")
		}
		return binary.BigEndian.AppendUint64(dst, uint64(days*microsPerDay+micros)), nil
	}}, nil
}

func readDateTime(dst, src []byte) ([]byte, error) {
	n, err := int64Of(src)
	if err != nil {
		return dst, err
	}
	days, rest := splitDays(n)
	day := civilOf(days)
	if n == math.MaxInt64 || n == math.MinInt64 || day.year < 1 || day.year > 9999 {
		return dst, notInYears(appendDateTimeText(nil, n), "google.type.DateTime")
	}
	at := len(dst)
	dst = append(dst, 0)
	dst = appendDay(dst, day)
	dst = appendClock(dst, 4, clockOf(rest))
	dst[at] = byte(len(dst) - at - 1)
	return dst, nil
}

func readDate(dst, src []byte) ([]byte, error) {
	n, err := integerOf(src, 4)
	if err != nil {
		return dst, err
	}
	day := civilOf(n)
	if n == math.MaxInt32 || n == math.MinInt32 || day.year < 1 || day.year > 9999 {
		return dst, notInYears(appendDateText(nil, n), "google.type.Date")
	}
	at := len(dst)
	dst = append(dst, 0)
	dst = appendDay(dst, day)
	dst[at] = byte(len(dst) - at - 1)
	return dst, nil
}

func writeDate(dst []byte, _ uint64, msg []byte) ([]byte, error) {
	var f [3]int64 // year, month, day
	if _, err := parseInts(f[:], msg, "google.type.Date"); err != nil {
		return dst, err
	}
	days, err := daysOf(f[0], f[1], f[2])
	if err != nil {
		return dst, err
	}
	return binary.BigEndian.AppendUint32(dst, uint32(days)), nil
}

// daysOf is a date of a message in days since 2000. google.type.Date may lack
// a year, a month or a day; a column's date has all three.
func daysOf(year, month, day int64) (int64, error) {
	year, month, day = int64(int32(year)), int64(int32(month)), int64(int32(day))
	for _, part := range []struct {
		name  string
		value int64
		most  int64
	}{{"year", year, 9999}, {"month", month, 12}, {"day", day, 31}} {
		if part.value < 1 || part.value > part.most {
			return 0, invalid("the %s is %d, which is not between 1 and %d", part.name, part.value, part.most)
		}
	}
	c := civil{year, month, day}
	if !c.valid() {
		return 0, invalid("%04d-%02d-%02d is not a day of the calendar", year, month, day)
	}
	return c.days(), nil
}

// timeOfDay plans time as a google.type.TimeOfDay.
func timeOfDay(b *binding) (conv, error) {
	p := precisionOf(b.typ)
	return conv{readTimeOfDay, func(dst []byte, _ uint64, msg []byte) ([]byte, error) {
		var f [4]int64 // hours, minutes, seconds, nanos
		if _, err := parseInts(f[:], msg, b.proto); err != nil {
			return dst, err
		}
		micros, err := clockMicros(f[0], f[1], f[2], f[3], p)
		if err != nil {
			return dst, err
		}
		return binary.BigEndian.AppendUint64(dst, uint64(micros)), nil
	}}, nil
}

func readTimeOfDay(dst, src []byte) ([]byte, error) {
	n, err := int64Of(src)
	if err != nil {
		return dst, err
	}
	if n < 0 || n > microsPerDay {
		return dst, errForm
	}
	at := len(dst)
	dst = append(dst, 0)
	dst = appendClock(dst, 1, clockOf(n))
	dst[at] = byte(len(dst) - at - 1)
	return dst, nil
}

// clockMicros is a time of a message in microseconds. 24:00:00 is one, as in
// Postgres; leap seconds are not.
func clockMicros(hours, minutes, seconds, nanos int64, p precision) (int64, error) {
	hours, minutes, seconds = int64(int32(hours)), int64(int32(minutes)), int64(int32(seconds))
	for _, part := range []struct {
		name  string
		value int64
		most  int64
	}{{"hours", hours, 24}, {"minutes", minutes, 59}, {"seconds", seconds, 59}} {
		if part.value < 0 || part.value > part.most {
			return 0, invalid("%s of %d are not between 0 and %d", part.name, part.value, part.most)
		}
	}
	micros, err := microsOf(int64(int32(nanos)))
	if err == nil {
		err = p.check(micros)
	}
	if err != nil {
		return 0, err
	}
	sum := clock{hours, minutes, seconds, micros}.sum()
	if sum > microsPerDay {
		return 0, invalid("hours of 24 are not followed by zeros only")
	}
	return sum, nil
}

// appendDay writes a day as fields 1 to 3 of a message.
func appendDay(dst []byte, day civil) []byte {
	dst = appendInt(dst, 1, day.year)
	dst = appendInt(dst, 2, day.month)
	return appendInt(dst, 3, day.day)
}

// appendClock writes a time as four fields of a message, from first on.
func appendClock(dst []byte, first byte, c clock) []byte {
	dst = appendInt(dst, first, c.hours)
	dst = appendInt(dst, first+1, c.minutes)
	dst = appendInt(dst, first+2, c.seconds)
	return appendInt(dst, first+3, c.micros*1000)
}
