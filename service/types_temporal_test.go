package service_test

import (
	"strings"

	"google.golang.org/grpc/codes"
)

// The ends of Postgres' ranges.
const (
	lastYear  = "294276-12-31 23:59:59.999999"
	firstYear = "4714-11-24 00:00:00"
)

func notIn(value, message string) refusal {
	return refusal{value, codes.OutOfRange, strings.Trim(asISO(value), `"`) + " does not fit " + message +
		", which holds the years 1 to 9999; bind the field to string to read it"}
}

const finer = " is finer than a microsecond, which is the finest that Postgres keeps"

var temporalCases = []typeCase{
	{
		name: "Timestamptz", sql: "timestamptz", proto: "google.protobuf.Timestamp", json: asTimestamp, zero: "!is required",
		both: []string{
			"2000-01-01 00:00:00+00", "1970-01-01 00:00:00+00", "1969-12-31 23:59:59.999999+00", "2024-02-29 12:34:56.7+00",
			"0001-01-01 00:00:00+00", "9999-12-31 23:59:59.999999+00",
		},
		forms: [][2]string{{`"2024-02-29T12:34:56+05:30"`, "2024-02-29 07:04:56+00"}},
		lossy: []refusal{
			notIn("infinity", "google.protobuf.Timestamp"), notIn("-infinity", "google.protobuf.Timestamp"),
			notIn("10000-01-01 00:00:00+00", "google.protobuf.Timestamp"), notIn("0044-03-15 12:00:00+00 BC", "google.protobuf.Timestamp"),
			notIn("0001-12-31 23:59:59.999999+00 BC", "google.protobuf.Timestamp"),
		},
		refused: []refusal{{`"2000-01-01T00:00:00.000000001Z"`, codes.OutOfRange, "nanos of 1 are finer than a microsecond, which is the finest that Postgres keeps"}},
	},
	{
		name: "TimestamptzText", sql: "timestamptz", proto: "string", chosen: true, json: asISO,
		zero: `!"" is not of the form YYYY-MM-DDTHH:MM:SS with up to six digits after the point and an offset such as Z or +02:00`,
		both: []string{
			"2000-01-01 00:00:00+00", "1969-12-31 23:59:59.999999+00", "infinity", "-infinity", "10000-01-01 00:00:00+00",
			lastYear + "+00", firstYear + "+00 BC", "0001-12-31 23:59:59.999999+00 BC",
		},
		forms: [][2]string{{`"2024-02-29T12:34:56+05:30"`, "2024-02-29 07:04:56+00"}, {`"0001-01-01T00:00:00+01"`, "0001-12-31 23:00:00+00 BC"}},
		refused: []refusal{
			{`"2000-01-01T00:00:00"`, codes.InvalidArgument, `"2000-01-01T00:00:00" is not of the form YYYY-MM-DDTHH:MM:SS with up to six digits after the point and an offset such as Z or +02:00`},
			{`"2000-01-01T00:00:00.1234567Z"`, codes.OutOfRange, `"2000-01-01T00:00:00.1234567Z"` + finer},
			{`"294277-01-01T00:00:00Z"`, codes.OutOfRange, `"294277-01-01T00:00:00Z" does not fit timestamp with time zone, which goes from 4714-11-24 BC to the end of 294276`},
			{`"2023-02-29T00:00:00Z"`, codes.InvalidArgument, `"2023-02-29T00:00:00Z" is not a day of the calendar`},
		},
	},
	{
		name: "Timestamptz3", sql: "timestamptz(3)", proto: "google.protobuf.Timestamp", json: asTimestamp, zero: "!is required",
		both:    []string{"2000-01-01 00:00:00.123+00", "9999-12-31 23:59:59.999+00"},
		lossy:   []refusal{notIn("infinity", "google.protobuf.Timestamp")},
		refused: []refusal{{`"2000-01-01T00:00:00.1235Z"`, codes.OutOfRange, "its fraction of a second has more than the 3 digits that timestamp(3) with time zone keeps"}},
	},
	{
		name: "Timestamp", sql: "timestamp", proto: "google.type.DateTime", json: asDateTime, zero: "!is required",
		both: []string{"2000-01-01 00:00:00", "1969-12-31 23:59:59.999999", "0001-01-01 00:00:00", "9999-12-31 23:59:59.999999"},
		lossy: []refusal{
			notIn("infinity", "google.type.DateTime"), notIn("-infinity", "google.type.DateTime"),
			notIn("10000-01-01 00:00:00", "google.type.DateTime"), notIn("0001-12-31 00:00:00 BC", "google.type.DateTime"),
		},
		refused: []refusal{
			{`{"year":2000,"month":1,"day":1,"utcOffset":"0s"}`, codes.InvalidArgument, "a utc_offset or time_zone has no place in timestamp without time zone, which has neither"},
			{`{"year":2000,"month":1,"day":1,"hours":24}`, codes.InvalidArgument, "hours of 24 are not between 0 and 23"},
			{`{"month":1,"day":1}`, codes.InvalidArgument, "the year is 0, which is not between 1 and 9999"},
			{`{"year":2000,"month":1,"day":1,"nanos":1001}`, codes.OutOfRange, "nanos of 1001 are finer than a microsecond, which is the finest that Postgres keeps"},
		},
	},
	{
		name: "TimestampText", sql: "timestamp", proto: "string", chosen: true, json: asISO,
		zero: `!"" is not of the form YYYY-MM-DDTHH:MM:SS with up to six digits after the point`,
		both: []string{"2000-01-01 00:00:00", "infinity", "-infinity", "10000-01-01 00:00:00", lastYear, firstYear + " BC"},
		refused: []refusal{
			{`"2000-01-01T00:00:00Z"`, codes.InvalidArgument, `"2000-01-01T00:00:00Z" is not of the form YYYY-MM-DDTHH:MM:SS with up to six digits after the point`},
		},
	},
	{
		name: "Date", sql: "date", proto: "google.type.Date", json: asDate, zero: "!is required",
		both: []string{"2000-01-01", "2024-02-29", "0001-01-01", "9999-12-31"},
		lossy: []refusal{
			notIn("infinity", "google.type.Date"), notIn("-infinity", "google.type.Date"),
			notIn("10000-01-01", "google.type.Date"), notIn("0044-03-15 BC", "google.type.Date"),
		},
		refused: []refusal{
			{`{"year":2023,"month":2,"day":29}`, codes.InvalidArgument, "2023-02-29 is not a day of the calendar"},
			{`{"year":2023,"month":2}`, codes.InvalidArgument, "the day is 0, which is not between 1 and 31"},
			{`{"year":10000,"month":1,"day":1}`, codes.InvalidArgument, "the year is 10000, which is not between 1 and 9999"},
		},
	},
	{
		name: "DateText", sql: "date", proto: "string", chosen: true, json: asISO, zero: `!"" is not of the form YYYY-MM-DD`,
		both: []string{"2000-01-01", "infinity", "-infinity", "10000-01-01", "5874897-12-31", "4714-11-24 BC", "0001-02-29 BC"},
		refused: []refusal{
			{`"2000-01-01T10:00:00"`, codes.InvalidArgument, `"2000-01-01T10:00:00" is not of the form YYYY-MM-DD`},
			{`"5874898-01-01"`, codes.OutOfRange, `"5874898-01-01" does not fit date, which goes from 4714-11-24 BC to 5874897-12-31`},
		},
	},
	{
		name: "Time", sql: "time", proto: "google.type.TimeOfDay", json: asTimeOfDay, zero: "!is required",
		both: []string{"00:00:00", "24:00:00", "23:59:59.999999", "12:00:00.5"},
		refused: []refusal{
			{`{"hours":24,"nanos":1000}`, codes.InvalidArgument, "hours of 24 are not followed by zeros only"},
			{`{"seconds":60}`, codes.InvalidArgument, "seconds of 60 are not between 0 and 59"},
		},
	},
	{
		name: "TimeText", sql: "time", proto: "string", chosen: true, json: asString, zero: `!"" is not of the form HH:MM:SS with up to six digits after the point`,
		both:    []string{"00:00:00", "24:00:00", "23:59:59.999999", "12:00:00.5"},
		forms:   [][2]string{{`"01:02"`, "01:02:00"}},
		refused: []refusal{{`"24:00:01"`, codes.InvalidArgument, `"24:00:01" is not a time of a day`}},
	},
	{
		name: "Timetz", sql: "timetz", proto: "string", json: asString,
		zero:  `!"" is not of the form HH:MM:SS with up to six digits after the point and an offset such as Z or +02:00`,
		both:  []string{"00:00:00+00", "24:00:00-05:30", "23:59:59.999999+15:59:59", "12:00:00.5+02"},
		forms: [][2]string{{`"12:00:00Z"`, "12:00:00+00"}},
		refused: []refusal{
			{`"12:00:00"`, codes.InvalidArgument, `"12:00:00" is not of the form HH:MM:SS with up to six digits after the point and an offset such as Z or +02:00`},
		},
	},
	{
		name: "Interval", sql: "interval", proto: "rowgate.v1.Interval", json: asInterval, zero: "!is required",
		both: []string{
			"PT0S", "P1Y2M3DT4H5M6.5S", "P-1Y2DT-0.5S", "PT25H", "P-1M", "P178000000Y", "PT2562047788H54.775807S",
			"PT-2562047788H-54.775808S", "P-2147483648D", "P1M-1D", "P30D",
		},
	},
	{
		name: "IntervalText", sql: "interval", proto: "string", chosen: true, json: asString, zero: `!"" is not an ISO 8601 duration such as P1Y2M3DT4H5M6.5S`,
		both:  []string{"PT0S", "P1Y2M3DT4H5M6.5S", "P-1Y2DT-0.5S", "PT-2562047788H-54.775808S", "P-2147483648D"},
		forms: [][2]string{{`"P1W"`, "P7D"}, {`"P14M"`, "P1Y2M"}},
		refused: []refusal{
			{`"1 day"`, codes.InvalidArgument, `"1 day" is not an ISO 8601 duration such as P1Y2M3DT4H5M6.5S`},
			{`"P2147483648D"`, codes.OutOfRange, `"P2147483648D" does not fit interval, whose parts are months and days of 32 bits and microseconds of 64`},
			{`"infinity"`, codes.OutOfRange, "an infinite interval cannot be written"},
		},
	},
	{
		name: "IntervalDays", sql: "interval day", proto: "rowgate.v1.Interval", json: asInterval, zero: "!is required", both: []string{"P1M2D"},
		refused: []refusal{{`{"microseconds":1}`, codes.OutOfRange, "PT0.000001S has parts that interval day does not keep"}},
	},
}
