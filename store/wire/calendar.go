package wire

// The units of Postgres' date and time types: days and microseconds since
// 2000-01-01 in the proleptic Gregorian calendar.
const (
	microsPerSecond = 1_000_000
	microsPerMinute = 60 * microsPerSecond
	microsPerHour   = 60 * microsPerMinute
	microsPerDay    = 24 * microsPerHour

	// postgresEpoch is 2000-01-01 in seconds since 1970-01-01.
	postgresEpoch = 946_684_800
)

// civil is a day of the calendar. The year 0 is 1 BC, -1 is 2 BC.
type civil struct {
	year, month, day int64
}

// civilOf is the day that lies the given days after 2000-01-01. Years are
// counted from March here, so that the leap day is the last of its year, in
// eras of 400 years, which all have as many days.
func civilOf(days int64) civil {
	const daysPerEra = 146097
	days += 730425 // since 0000-03-01
	era := days / daysPerEra
	if days < 0 {
		era = (days - daysPerEra + 1) / daysPerEra
	}
	day := days - era*daysPerEra
	year := (day - day/1460 + day/36524 - day/146096) / 365
	dayOfYear := day - (365*year + year/4 - year/100)
	month := (5*dayOfYear + 2) / 153 // 0 is March
	c := civil{year: year + era*400, month: month + 3, day: dayOfYear - (153*month+2)/5 + 1}
	if c.month > 12 {
		c.month -= 12
		c.year++
	}
	return c
}

// days is the inverse of civilOf.
func (c civil) days() int64 {
	year, month := c.year, c.month-3
	if c.month < 3 {
		year--
		month += 12
	}
	era := year / 400
	if year < 0 {
		era = (year - 399) / 400
	}
	year -= era * 400
	return era*146097 + 365*year + year/4 - year/100 + (153*month+2)/5 + c.day - 1 - 730425
}

// valid says whether the day is one of the calendar.
func (c civil) valid() bool {
	if c.month < 1 || c.month > 12 || c.day < 1 {
		return false
	}
	last := [...]int64{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}[c.month-1]
	if c.month == 2 && c.year%4 == 0 && (c.year%100 != 0 || c.year%400 == 0) {
		last = 29
	}
	return c.day <= last
}

// splitDays divides microseconds into whole days, rounded down, and the rest.
func splitDays(micros int64) (days, rest int64) {
	days, rest = micros/microsPerDay, micros%microsPerDay
	if rest < 0 {
		days--
		rest += microsPerDay
	}
	return days, rest
}

// clock is a time of day.
type clock struct {
	hours, minutes, seconds, micros int64
}

func clockOf(micros int64) clock {
	return clock{
		hours:   micros / microsPerHour,
		minutes: micros / microsPerMinute % 60,
		seconds: micros / microsPerSecond % 60,
		micros:  micros % microsPerSecond,
	}
}

func (c clock) sum() int64 {
	return c.hours*microsPerHour + c.minutes*microsPerMinute + c.seconds*microsPerSecond + c.micros
}

// precision is the p of timestamp(p), time(p) and interval(p): the digits of a
// second's fraction that are kept.
type precision struct {
	digits int
	name   string // of the type
}

func precisionOf(t *Type) precision {
	if t.Typmod < 0 || t.Typmod > 6 {
		return precision{6, t.Name}
	}
	return precision{int(t.Typmod), t.Name}
}

// check refuses a fraction of a second that would be rounded.
func (p precision) check(micros int64) error {
	unit := int64(1)
	for range 6 - p.digits {
		unit *= 10
	}
	if micros%unit != 0 {
		return outOfRange("its fraction of a second has more than the %s that %s keeps", digitCount(p.digits), p.name)
	}
	return nil
}

// microsOf is nanoseconds, below a second, in microseconds.
func microsOf(nanos int64) (int64, error) {
	if nanos < 0 || nanos > 999_999_999 {
		return 0, invalid("nanos of %d are not between 0 and 999999999", nanos)
	}
	if nanos%1000 != 0 {
		return 0, outOfRange("nanos of %d are finer than a microsecond, which is the finest that Postgres keeps", nanos)
	}
	return nanos / 1000, nil
}
