package wire

import (
	"bytes"
	"math"
)

// The parsers take ISO 8601's extended form and nothing else. Postgres would
// take more, but then the meaning may hang on DateStyle, a part may be dropped
// (the time of a date, the offset of a timestamp without time zone) or rounded.

const (
	dateForm  = "YYYY-MM-DD"
	clockForm = "HH:MM:SS with up to six digits after the point"
)

// parseTimestamp parses YYYY-MM-DDTHH:MM:SS.ffffff, with an offset or Z after
// it when zoned, or an infinity, into microseconds since 2000 in UTC.
func parseTimestamp(s []byte, zoned bool, p precision) (int64, error) {
	if n, ok := infinity(s, math.MaxInt64); ok {
		return n, nil
	}
	form := dateForm + "T" + clockForm
	if zoned {
		form += " and an offset such as Z or +02:00"
	}
	l := lexer{rest: s}
	day, ok := l.date()
	if !ok || !l.one("Tt ") {
		return 0, notTemporal(s, form)
	}
	c, fine, ok := l.clock()
	offset := int64(0)
	if ok && zoned {
		offset, ok = l.offset()
	}
	if ok {
		day, ok = l.era(day)
	}
	if !ok || len(l.rest) > 0 {
		return 0, notTemporal(s, form)
	}
	micros, err := c.check(s, fine, p)
	if err != nil {
		return 0, err
	}
	if micros == microsPerDay {
		return 0, invalid("%s has hours that are not between 00 and 23", shown(s))
	}
	days, err := day.check(s)
	if err != nil {
		return 0, err
	}
	n := days*microsPerDay + micros - offset*microsPerSecond
	// The first two keep the sum from overflowing: the year has seven digits.
	if days > endTimestamp/microsPerDay+1 || days < firstTimestamp/microsPerDay-1 ||
		n < firstTimestamp || n >= endTimestamp {
		return 0, outOfRange("%s does not fit %s, which goes from 4714-11-24 BC to the end of 294276", shown(s), p.name)
	}
	return n, nil
}

// parseDate parses YYYY-MM-DD or an infinity into days since 2000.
func parseDate(s []byte) (int64, error) {
	if n, ok := infinity(s, math.MaxInt32); ok {
		return n, nil
	}
	l := lexer{rest: s}
	day, ok := l.date()
	if ok {
		day, ok = l.era(day)
	}
	if !ok || len(l.rest) > 0 {
		return 0, notTemporal(s, dateForm)
	}
	days, err := day.check(s)
	if err != nil {
		return 0, err
	}
	if days < firstDay || days >= endDay {
		return 0, outOfRange("%s does not fit date, which goes from 4714-11-24 BC to 5874897-12-31", shown(s))
	}
	return days, nil
}

// parseTime parses HH:MM:SS.ffffff, up to 24:00:00, into microseconds.
func parseTime(s []byte, p precision) (int64, error) {
	l := lexer{rest: s}
	c, fine, ok := l.clock()
	if !ok || len(l.rest) > 0 {
		return 0, notTemporal(s, clockForm)
	}
	return c.check(s, fine, p)
}

// parseTimetz parses a time and its offset, which is in seconds.
func parseTimetz(s []byte, p precision) (micros, offset int64, err error) {
	l := lexer{rest: s}
	c, fine, ok := l.clock()
	if ok {
		offset, ok = l.offset()
	}
	if !ok || len(l.rest) > 0 {
		return 0, 0, notTemporal(s, clockForm+" and an offset such as Z or +02:00")
	}
	micros, err = c.check(s, fine, p)
	return micros, offset, err
}

// infinity is the value of an infinity, whose positive one is given.
func infinity(s []byte, positive int64) (int64, bool) {
	switch string(bytes.ToLower(s[:min(len(s), 10)])) {
	case "infinity", "+infinity":
		return positive, true
	case "-infinity":
		return -positive - 1, true
	}
	return 0, false
}

func notTemporal(s []byte, form string) error {
	return invalid("%s is not of the form %s", shown(s), form)
}

// check says what is wrong with a day that was parsed, or counts its days.
func (c civil) check(s []byte) (int64, error) {
	if !c.valid() {
		return 0, invalid("%s is not a day of the calendar", shown(s))
	}
	return c.days(), nil
}

// check says what is wrong with a time that was parsed, or counts its
// microseconds. fine says that it had digits below a microsecond.
func (c clock) check(s []byte, fine bool, p precision) (int64, error) {
	sum := c.sum()
	if c.hours > 24 || c.minutes > 59 || c.seconds > 59 || sum > microsPerDay {
		return 0, invalid("%s is not a time of a day", shown(s))
	}
	if fine {
		return 0, outOfRange("%s is finer than a microsecond, which is the finest that Postgres keeps", shown(s))
	}
	return sum, p.check(c.micros)
}

// lexer takes parts off the front of a text.
type lexer struct {
	rest []byte
}

// one takes one of the characters of set.
func (l *lexer) one(set string) bool {
	if len(l.rest) == 0 || bytes.IndexByte([]byte(set), l.rest[0]) < 0 {
		return false
	}
	l.rest = l.rest[1:]
	return true
}

// number takes from least to most digits, as many as there are.
func (l *lexer) number(least, most int) (int64, bool) {
	n, i := int64(0), 0
	for i < len(l.rest) && i < most && isDigit(l.rest[i]) {
		n = n*10 + int64(l.rest[i]-'0')
		i++
	}
	l.rest = l.rest[i:]
	return n, i >= least
}

// date takes YYYY-MM-DD, the year of up to seven digits and not 0.
func (l *lexer) date() (civil, bool) {
	year, ok := l.number(4, 7)
	ok = ok && year > 0 && l.one("-")
	month, ok1 := l.number(2, 2)
	ok = ok && ok1 && l.one("-")
	day, ok2 := l.number(2, 2)
	return civil{year, month, day}, ok && ok2
}

// era takes " BC", when there is more, and puts the day before the year 1.
func (l *lexer) era(day civil) (civil, bool) {
	if len(l.rest) == 0 {
		return day, true
	}
	ok := bytes.Equal(l.rest, []byte(" BC"))
	l.rest = nil
	day.year = 1 - day.year
	return day, ok
}

// clock takes HH:MM:SS.ffffff, where the seconds may be absent. It reports
// whether digits below a microsecond were there that are not 0.
func (l *lexer) clock() (c clock, fine, ok bool) {
	c.hours, ok = l.number(2, 2)
	ok = ok && l.one(":")
	var ok1 bool
	c.minutes, ok1 = l.number(2, 2)
	if !ok || !ok1 || !l.one(":") {
		return c, false, ok && ok1
	}
	c.seconds, ok = l.number(2, 2)
	if ok && l.one(".") {
		c.micros, fine, ok = l.fraction()
	}
	return c, fine, ok
}

// fraction takes the digits after a second's point.
func (l *lexer) fraction() (micros int64, fine, ok bool) {
	unit := int64(microsPerSecond)
	for len(l.rest) > 0 && isDigit(l.rest[0]) {
		unit /= 10
		digit := int64(l.rest[0] - '0')
		micros += digit * unit
		fine = fine || unit == 0 && digit != 0
		ok = true
		l.rest = l.rest[1:]
	}
	return micros, fine, ok
}

// offset takes Z, +HH, +HHMM, +HH:MM or +HH:MM:SS, below the 16 hours that
// Postgres takes, in seconds east of Greenwich.
func (l *lexer) offset() (int64, bool) {
	if l.one("Zz") {
		return 0, true
	}
	sign := int64(1)
	switch {
	case l.one("-"):
		sign = -1
	case !l.one("+"):
		return 0, false
	}
	hours, ok := l.number(2, 2)
	var minutes, seconds int64
	if len(l.rest) > 0 && l.rest[0] != ' ' {
		colon := l.one(":")
		minutes, ok = l.number(2, 2)
		if ok && colon && l.one(":") {
			seconds, ok = l.number(2, 2)
		}
	}
	ok = ok && hours < 16 && minutes < 60 && seconds < 60
	return sign * (hours*3600 + minutes*60 + seconds), ok
}
