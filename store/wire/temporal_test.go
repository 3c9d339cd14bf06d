package wire

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"time"
)

// instants are timestamptz_send's forms as Postgres 15 wrote them.
var instants = map[string]string{
	"2000-01-01T00:00:00Z":          "0000000000000000",
	"1999-12-31T23:59:59.999999Z":   "ffffffffffffffff",
	"2025-10-31T07:08:16.123456Z":   "0002e56dcc5ada40",
	"0001-01-01T00:00:00Z":          "ff1fe2ffc59c6000",
	"9999-12-31T23:59:59.999999Z":   "0380e70b913b7fff",
	"10000-01-01T00:00:00Z":         "0380e70b913b8000",
	"infinity":                      "7fffffffffffffff",
	"-infinity":                     "8000000000000000",
	"0044-03-15T12:00:00Z BC":       "ff1af9e8fb46d000",
	"294276-12-31T23:59:59.999999Z": "7fffff5bb3b29fff",
	"4714-11-24T00:00:00Z BC":       "fd0f7cc1411fa000",
}

func TestInstant(t *testing.T) {
	testBoth(t, []pairCase{
		{typ: timestamptzType, decl: "google.protobuf.Timestamp", bin: instants["2000-01-01T00:00:00Z"], text: "value: {seconds: 946684800}"},
		{typ: timestamptzType, decl: "google.protobuf.Timestamp", bin: instants["1999-12-31T23:59:59.999999Z"], text: "value: {seconds: 946684799 nanos: 999999000}"},
		{typ: timestamptzType, decl: "google.protobuf.Timestamp", bin: "fffca2fec4c82000", text: "value: {}"},
		{typ: timestamptzType, decl: "google.protobuf.Timestamp", bin: instants["0001-01-01T00:00:00Z"], text: "value: {seconds: -62135596800}"},
		{typ: timestamptzType, decl: "google.protobuf.Timestamp", bin: instants["9999-12-31T23:59:59.999999Z"], text: "value: {seconds: 253402300799 nanos: 999999000}"},
	})
	const years = " does not fit google.protobuf.Timestamp, which holds the years 1 to 9999; bind the field to string to read it"
	for _, text := range []string{"10000-01-01T00:00:00Z", "infinity", "-infinity", "0044-03-15T12:00:00Z BC"} {
		testRead(t, []pairCase{{
			typ: timestamptzType, decl: "google.protobuf.Timestamp", bin: instants[text],
			err: `out of range: column "col": ` + text + years,
		}})
	}
	milli := timestamptzType.withTypmod(3, "timestamp(3) with time zone")
	testWrite(t, []pairCase{
		{typ: milli, decl: "google.protobuf.Timestamp", text: "value: {seconds: 946684800 nanos: 1000000}", bin: "00000000000003e8"},
		{
			typ: milli, decl: "google.protobuf.Timestamp", text: "value: {nanos: 1001000}",
			err: "out of range: value: its fraction of a second has more than the 3 digits that timestamp(3) with time zone keeps",
		},
		{
			typ: timestamptzType.withTypmod(0, "timestamp(0) with time zone"), decl: "google.protobuf.Timestamp", text: "value: {nanos: 100000000}",
			err: "out of range: value: its fraction of a second has more than the 0 digits that timestamp(0) with time zone keeps",
		},
		{
			typ: timestamptzType, decl: "google.protobuf.Timestamp", text: "value: {nanos: 1}",
			err: "out of range: value: nanos of 1 are finer than a microsecond, which is the finest that Postgres keeps",
		},
		{
			typ: timestamptzType, decl: "google.protobuf.Timestamp", text: "value: {nanos: -1000}",
			err: "invalid: value: nanos of -1000 are not between 0 and 999999999",
		},
		{
			typ: timestamptzType, decl: "google.protobuf.Timestamp", text: "value: {nanos: 1000000000}",
			err: "invalid: value: nanos of 1000000000 are not between 0 and 999999999",
		},
		{
			typ: timestamptzType, decl: "google.protobuf.Timestamp", text: "value: {seconds: 253402300800}",
			err: "invalid: value: seconds of 253402300800 are not between the years 1 and 9999, as a google.protobuf.Timestamp must be",
		},
		{
			typ: timestamptzType, decl: "google.protobuf.Timestamp", text: "value: {seconds: -62135596801}",
			err: "invalid: value: seconds of -62135596801 are not between the years 1 and 9999, as a google.protobuf.Timestamp must be",
		},
	})
	if _, err := codec(t, timestamptzType, "google.protobuf.Timestamp").AppendParam(nil, Value{Bytes: []byte{8}}); err == nil ||
		err.Error() != "value: the bytes are not a valid google.protobuf.Timestamp message" {
		t.Error(err)
	}
}

func TestInstantText(t *testing.T) {
	var cases []pairCase
	for text, bin := range instants {
		cases = append(cases, pairCase{typ: timestamptzType, decl: "string", bin: bin, text: `value: "` + text + `"`})
		plain := strings.Replace(text, "Z", "", 1)
		cases = append(cases, pairCase{typ: timestampType, decl: "string", bin: bin, text: `value: "` + plain + `"`})
	}
	testBoth(t, cases)

	spelled := func(text, same string) pairCase {
		return pairCase{typ: timestamptzType, decl: "string", text: `value: "` + text + `"`, bin: instants[same]}
	}
	testWrite(t, []pairCase{
		spelled("2000-01-01T02:00:00+02", "2000-01-01T00:00:00Z"),
		spelled("1999-12-31t18:30-05:30", "2000-01-01T00:00:00Z"),
		spelled("2000-01-01 00:00:00.000000000z", "2000-01-01T00:00:00Z"),
		spelled("2000-01-01T15:59:59+15:59:59", "2000-01-01T00:00:00Z"),
		spelled("2000-01-01T01:30:00+0130", "2000-01-01T00:00:00Z"),
		spelled("Infinity", "infinity"),
	})
	form := func(text string) pairCase {
		return pairCase{
			typ: timestamptzType, decl: "string", text: `value: "` + text + `"`,
			err: `invalid: value: ` + shown([]byte(text)) + ` is not of the form YYYY-MM-DDTHH:MM:SS with up to six digits after the point and an offset such as Z or +02:00`,
		}
	}
	for _, text := range []string{
		"", "now", "2024-01-01", "2024-01-01T00:00:00", "01/02/2024 00:00:00Z", "2024-1-1T00:00:00Z", "0000-01-01T00:00:00Z",
		"2024-01-01T00Z", "2024-01-01T00:00:00.Z", "2024-01-01T00:00:00Z AD", "2024-01-01T00:00:00+16", "2024-01-01T00:00:00+2",
		"2024-01-01T00:00:00 Z", "2024-01-01T00:00:00+02:60", "2024-01-01T00:00:00ZZ", "+2024-01-01T00:00:00Z", "20240101T000000Z",
		"2024-01-01T00:00:00+02:", "2024-01-01T00:00:00+02:00:", "99999999-01-01T00:00:00Z", "infinityy", "2024-01-01T00:00:00 Europe/Berlin",
	} {
		testWrite(t, []pairCase{form(text)})
	}
	instant := func(text, err string) pairCase {
		return pairCase{typ: timestamptzType, decl: "string", text: `value: "` + text + `"`, err: err}
	}
	const most = " does not fit timestamp with time zone, which goes from 4714-11-24 BC to the end of 294276"
	testWrite(t, []pairCase{
		instant("2023-02-29T00:00:00Z", `invalid: value: "2023-02-29T00:00:00Z" is not a day of the calendar`),
		instant("2023-13-01T00:00:00Z", `invalid: value: "2023-13-01T00:00:00Z" is not a day of the calendar`),
		instant("2023-01-01T24:00:00Z", `invalid: value: "2023-01-01T24:00:00Z" has hours that are not between 00 and 23`),
		instant("2023-01-01T23:59:60Z", `invalid: value: "2023-01-01T23:59:60Z" is not a time of a day`),
		instant("2023-01-01T00:00:00.0000001Z", `out of range: value: "2023-01-01T00:00:00.0000001Z" is finer than a microsecond, which is the finest that Postgres keeps`),
		instant("294277-01-01T00:00:00Z", `out of range: value: "294277-01-01T00:00:00Z"`+most),
		instant("9999999-01-01T00:00:00Z", `out of range: value: "9999999-01-01T00:00:00Z"`+most),
		instant("9999999-01-01T00:00:00Z BC", `out of range: value: "9999999-01-01T00:00:00Z BC"`+most),
		instant("4714-11-23T23:59:59Z BC", `out of range: value: "4714-11-23T23:59:59Z BC"`+most),
		{
			typ: timestampType, decl: "string", text: `value: "2024-01-01T00:00:00Z"`,
			err: `invalid: value: "2024-01-01T00:00:00Z" is not of the form YYYY-MM-DDTHH:MM:SS with up to six digits after the point`,
		},
		{
			typ: timestampType.withTypmod(2, "timestamp(2) without time zone"), decl: "string", text: `value: "2024-01-01T00:00:00.125"`,
			err: "out of range: value: its fraction of a second has more than the 2 digits that timestamp(2) without time zone keeps",
		},
	})
}

func TestDateTime(t *testing.T) {
	testBoth(t, []pairCase{
		{typ: timestampType, decl: "google.type.DateTime", bin: instants["2000-01-01T00:00:00Z"], text: "value: {year: 2000 month: 1 day: 1}"},
		{
			typ: timestampType, decl: "google.type.DateTime", bin: instants["2025-10-31T07:08:16.123456Z"],
			text: "value: {year: 2025 month: 10 day: 31 hours: 7 minutes: 8 seconds: 16 nanos: 123456000}",
		},
		{typ: timestampType, decl: "google.type.DateTime", bin: instants["0001-01-01T00:00:00Z"], text: "value: {year: 1 month: 1 day: 1}"},
		{
			typ: timestampType, decl: "google.type.DateTime", bin: instants["9999-12-31T23:59:59.999999Z"],
			text: "value: {year: 9999 month: 12 day: 31 hours: 23 minutes: 59 seconds: 59 nanos: 999999000}",
		},
	})
	for _, instant := range []string{"10000-01-01T00:00:00Z", "infinity", "-infinity", "0044-03-15T12:00:00Z BC"} {
		testRead(t, []pairCase{{
			typ: timestampType, decl: "google.type.DateTime", bin: instants[instant],
			err: `out of range: column "col": ` + strings.Replace(instant, "Z", "", 1) +
				" does not fit google.type.DateTime, which holds the years 1 to 9999; bind the field to string to read it",
		}})
	}
	dateTime := func(text, err string) pairCase {
		return pairCase{typ: timestampType, decl: "google.type.DateTime", text: "value: {" + text + "}", err: err}
	}
	testWrite(t, []pairCase{
		dateTime("", "invalid: value: the year is 0, which is not between 1 and 9999"),
		dateTime("year: 2024", "invalid: value: the month is 0, which is not between 1 and 12"),
		dateTime("year: 2024 month: 5", "invalid: value: the day is 0, which is not between 1 and 31"),
		dateTime("year: 2023 month: 2 day: 29", "invalid: value: 2023-02-29 is not a day of the calendar"),
		dateTime("year: 10000 month: 2 day: 2", "invalid: value: the year is 10000, which is not between 1 and 9999"),
		dateTime("year: 2024 month: 1 day: 1 hours: 24", "invalid: value: hours of 24 are not between 0 and 23"),
		dateTime("year: 2024 month: 1 day: 1 seconds: 60", "invalid: value: seconds of 60 are not between 0 and 59"),
		dateTime("year: 2024 month: 1 day: 1 minutes: -1", "invalid: value: minutes of -1 are not between 0 and 59"),
		dateTime("year: 2024 month: 1 day: 1 utc_offset: {}", "invalid: value: a utc_offset or time_zone has no place in timestamp without time zone, which has neither"),
		dateTime(`year: 2024 month: 1 day: 1 time_zone: {id: "Europe/Berlin"}`, "invalid: value: a utc_offset or time_zone has no place in timestamp without time zone, which has neither"),
	})
}

func TestDate(t *testing.T) {
	dates := map[string]string{
		"2000-01-01": "00000000", "1999-12-31": "ffffffff", "2024-02-29": "00002279", "0001-01-01": "fff4dbf9",
		"9999-12-31": "002c95d3", "10000-01-01": "002c95d4", "infinity": "7fffffff", "-infinity": "80000000",
		"0044-03-15 BC": "fff49d7b", "5874897-12-31": "7fda970c", "4714-11-24 BC": "ffda97a7",
	}
	for text, bin := range dates {
		testBoth(t, []pairCase{{typ: dateType, decl: "string", bin: bin, text: `value: "` + text + `"`}})
	}
	testBoth(t, []pairCase{
		{typ: dateType, decl: "google.type.Date", bin: dates["2024-02-29"], text: "value: {year: 2024 month: 2 day: 29}"},
		{typ: dateType, decl: "google.type.Date", bin: dates["0001-01-01"], text: "value: {year: 1 month: 1 day: 1}"},
		{typ: dateType, decl: "google.type.Date", bin: dates["9999-12-31"], text: "value: {year: 9999 month: 12 day: 31}"},
	})
	for _, text := range []string{"10000-01-01", "infinity", "-infinity", "0044-03-15 BC"} {
		testRead(t, []pairCase{{
			typ: dateType, decl: "google.type.Date", bin: dates[text],
			err: `out of range: column "col": ` + text + " does not fit google.type.Date, which holds the years 1 to 9999; bind the field to string to read it",
		}})
	}
	testWrite(t, []pairCase{
		{typ: dateType, decl: "google.type.Date", text: "value: {year: 2024 month: 2}", err: "invalid: value: the day is 0, which is not between 1 and 31"},
		{typ: dateType, decl: "google.type.Date", text: "value: {month: 2 day: 2}", err: "invalid: value: the year is 0, which is not between 1 and 9999"},
		{typ: dateType, decl: "google.type.Date", text: "value: {year: 2024 month: 4 day: 31}", err: "invalid: value: 2024-04-31 is not a day of the calendar"},
		{typ: dateType, decl: "string", text: `value: "2024-01-01T00:00:00"`, err: `invalid: value: "2024-01-01T00:00:00" is not of the form YYYY-MM-DD`},
		{typ: dateType, decl: "string", text: `value: "today"`, err: `invalid: value: "today" is not of the form YYYY-MM-DD`},
		{typ: dateType, decl: "string", text: `value: "2100-02-29"`, err: `invalid: value: "2100-02-29" is not a day of the calendar`},
		{typ: dateType, decl: "string", text: `value: "5874898-01-01"`, err: `out of range: value: "5874898-01-01" does not fit date, which goes from 4714-11-24 BC to 5874897-12-31`},
		{typ: dateType, decl: "string", text: `value: "4714-11-23 BC"`, err: `out of range: value: "4714-11-23 BC" does not fit date, which goes from 4714-11-24 BC to 5874897-12-31`},
	})
}

func TestTime(t *testing.T) {
	for _, c := range []struct{ bin, text, message string }{
		{"0000000000000000", "00:00:00", ""},
		{"000000141dd75fff", "23:59:59.999999", "hours: 23 minutes: 59 seconds: 59 nanos: 999999000"},
		{"000000141dd76000", "24:00:00", "hours: 24"},
		{"0000000a8be4ca60", "12:34:56.7", "hours: 12 minutes: 34 seconds: 56 nanos: 700000000"},
	} {
		testBoth(t, []pairCase{
			{typ: timeType, decl: "string", bin: c.bin, text: `value: "` + c.text + `"`},
			{typ: timeType, decl: "google.type.TimeOfDay", bin: c.bin, text: "value: {" + c.message + "}"},
		})
	}
	const changed = `precondition: column "col": the stored value is not of the type time without time zone that the server read when it started; the table has changed since, so the server must read it again`
	testRead(t, []pairCase{
		{typ: timeType, decl: "string", bin: "ffffffffffffffff", err: changed},
		{typ: timeType, decl: "google.type.TimeOfDay", bin: "000000141dd76001", err: changed},
	})
	tenths := timeType.withTypmod(1, "time(1) without time zone")
	testWrite(t, []pairCase{
		{typ: timeType, decl: "google.type.TimeOfDay", text: "value: {hours: 24 nanos: 1000}", err: "invalid: value: hours of 24 are not followed by zeros only"},
		{typ: timeType, decl: "google.type.TimeOfDay", text: "value: {hours: 25}", err: "invalid: value: hours of 25 are not between 0 and 24"},
		{
			typ: tenths, decl: "google.type.TimeOfDay", text: "value: {nanos: 10000000}",
			err: "out of range: value: its fraction of a second has more than the 1 digit that time(1) without time zone keeps",
		},
		{typ: timeType, decl: "string", text: `value: "12:00"`, bin: "0000000a0eebb000"},
		{typ: timeType, decl: "string", text: `value: "24:00:01"`, err: `invalid: value: "24:00:01" is not a time of a day`},
		{typ: timeType, decl: "string", text: `value: "12:00:00Z"`, err: `invalid: value: "12:00:00Z" is not of the form HH:MM:SS with up to six digits after the point`},
		{typ: timeType, decl: "string", text: `value: "12:00 PM"`, err: `invalid: value: "12:00 PM" is not of the form HH:MM:SS with up to six digits after the point`},
		{
			typ: tenths, decl: "string", text: `value: "12:00:00.12"`,
			err: "out of range: value: its fraction of a second has more than the 1 digit that time(1) without time zone keeps",
		},
	})
}

func TestTimetz(t *testing.T) {
	testBoth(t, []pairCase{
		{typ: timetzType, decl: "string", bin: "000000000000000000000000", text: `value: "00:00:00+00"`},
		{typ: timetzType, decl: "string", bin: "000000141dd75fffffffe3e0", text: `value: "23:59:59.999999+02"`},
		{typ: timetzType, decl: "string", bin: "000000141dd7600000004d58", text: `value: "24:00:00-05:30"`},
		{typ: timetzType, decl: "string", bin: "0000000a8be4ca60ffff1f01", text: `value: "12:34:56.7+15:59:59"`},
	})
	testWrite(t, []pairCase{
		{typ: timetzType, decl: "string", text: `value: "00:00Z"`, bin: "000000000000000000000000"},
		{
			typ: timetzType, decl: "string", text: `value: "12:00:00"`,
			err: `invalid: value: "12:00:00" is not of the form HH:MM:SS with up to six digits after the point and an offset such as Z or +02:00`,
		},
		{
			typ: timetzType.withTypmod(0, "time(0) with time zone"), decl: "string", text: `value: "12:00:00.5Z"`,
			err: "out of range: value: its fraction of a second has more than the 0 digits that time(0) with time zone keeps",
		},
	})
}

// TestCalendar holds days against package time, over all years that dates have
// and at random.
func TestCalendar(t *testing.T) {
	check := func(days int64) {
		c := civilOf(days)
		want := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, int(days))
		if int(c.year) != want.Year() || int(c.month) != int(want.Month()) || int(c.day) != want.Day() {
			t.Fatalf("%d days: %v, want %v", days, c, want)
		}
		if c.days() != days || !c.valid() {
			t.Fatalf("%v is %d days, want %d, valid %v", c, c.days(), days, c.valid())
		}
		next := civil{c.year, c.month, c.day + 1}
		if tomorrow := want.AddDate(0, 0, 1); next.valid() != (tomorrow.Month() == want.Month()) {
			t.Fatalf("%v: valid %v", next, next.valid())
		}
	}
	for days := int64(-3 * 146097); days < 3*146097; days++ {
		check(days)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 100_000 {
		check(firstDay + random.Int64N(endDay-firstDay))
	}
}

// FuzzTimestampText holds that what is parsed is written so that it is parsed
// to the same, and that what package time takes is the same instant there.
func FuzzTimestampText(f *testing.F) {
	for text := range instants {
		f.Add(text)
	}
	f.Add("2024-02-29T23:59:59.5-05:30")
	p := precisionOf(&timestamptzType)
	f.Fuzz(func(t *testing.T, text string) {
		n, err := parseTimestamp([]byte(text), true, p)
		standard, errStandard := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			if errStandard == nil && standard.Nanosecond()%1000 == 0 && standard.Year() > 0 && strict.MatchString(text) {
				t.Fatalf("%q was refused: %v", text, err)
			}
			return
		}
		back, err := parseTimestamp(appendInstantText(nil, n), true, p)
		if err != nil || back != n {
			t.Fatalf("%q: %d, written %q: %d, %v", text, n, appendInstantText(nil, n), back, err)
		}
		if errStandard == nil && standard.UnixMicro()-postgresEpoch*microsPerSecond != n {
			t.Fatalf("%q: %d, but package time has %v", text, n, standard)
		}
	})
}

// strict is what RFC 3339 has, of which package time takes more, with the
// offsets that Postgres takes.
var strict = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-](0\d|1[0-5]):\d\d)$`)
