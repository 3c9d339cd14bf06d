package wire

import "testing"

func TestInterval(t *testing.T) {
	for _, c := range []struct{ bin, text, message string }{
		{"00000000000000000000000000000000", "PT0S", ""},
		{"000000036c9361a0000000030000000e", "P1Y2M3DT4H5M6.5S", "months: 14 days: 3 microseconds: 14706500000"},
		{"fffffffffff85ee000000002fffffff4", "P-1Y2DT-0.5S", "months: -12 days: 2 microseconds: -500000"},
		{"00000014f46b04000000000000000000", "PT25H", "microseconds: 90000000000"},
		{"000000000000000000000000ffffffff", "P-1M", "months: -1"},
		{"0000000000000000000000007f50c600", "P178000000Y", "months: 2136000000"},
		{"7fffffffffffffff0000000000000000", "PT2562047788H54.775807S", "microseconds: 9223372036854775807"},
		{"80000000000000000000000000000000", "PT-2562047788H-54.775808S", "microseconds: -9223372036854775808"},
		{"fffffffffc6c79000000000000000000", "PT-1M", "microseconds: -60000000"},
		{"00000000001005900000000000000000", "PT1.05S", "microseconds: 1050000"},
	} {
		testBoth(t, []pairCase{
			{typ: intervalType, decl: "string", bin: c.bin, text: `value: "` + c.text + `"`},
			{typ: intervalType, decl: "rowgate.v1.Interval", bin: c.bin, text: "value: {" + c.message + "}"},
		})
	}
	const endless, beginless = "7fffffffffffffff7fffffff7fffffff", "80000000000000008000000080000000"
	testRead(t, []pairCase{
		{typ: intervalType, decl: "string", bin: endless, text: `value: "infinity"`},
		{typ: intervalType, decl: "string", bin: beginless, text: `value: "-infinity"`},
		{
			typ: intervalType, decl: "rowgate.v1.Interval", bin: endless,
			err: `out of range: column "col": infinity does not fit rowgate.v1.Interval; bind the field to string to read it`,
		},
	})
	testWrite(t, []pairCase{
		{typ: intervalType, decl: "string", text: `value: "infinity"`, err: "out of range: value: an infinite interval cannot be written"},
		{typ: intervalType, decl: "string", text: `value: "-infinity"`, err: "out of range: value: an infinite interval cannot be written"},
		{
			typ: intervalType, decl: "rowgate.v1.Interval", text: "value: {months: -2147483648 days: -2147483648 microseconds: -9223372036854775808}",
			err: "out of range: value: an infinite interval cannot be written",
		},
	})
}

func TestIntervalText(t *testing.T) {
	spelled := func(text string, months, days, micros int64) {
		t.Helper()
		if s, err := parseInterval([]byte(text)); err != nil || s != (span{months, days, micros}) {
			t.Errorf("%s: %v, %v", text, s, err)
		}
	}
	spelled("P2W", 0, 14, 0)
	spelled("P1Y-2M+3D", 10, 3, 0)
	spelled("PT90M", 0, 0, 90*microsPerMinute)
	spelled("PT1H-30.000001S", 0, 0, microsPerHour-30_000_001)
	spelled("PT0.5000000S", 0, 0, 500_000)
	for _, text := range []string{
		"", "P", "PT", "P1YT", "P1", "1Y", "-P1Y", "P1S", "PT1Y", "P1M1Y", "P1Y1Y", "P1.5Y", "PT1.5H", "PT.5S", "PT1.S", "P1y", "p1Y",
		"P 1Y", "P1Y ", "P--1Y", "1 year", "P0001-02-03T04:05:06", "PT1H1H", "PTT1H", "PT1S1",
	} {
		testWrite(t, []pairCase{{
			typ: intervalType, decl: "string", text: `value: "` + text + `"`,
			err: `invalid: value: "` + text + `" is not an ISO 8601 duration such as P1Y2M3DT4H5M6.5S`,
		}})
	}
	for _, text := range []string{
		"P2147483648M", "P-178956971Y", "P2147483648D", "P99999999999999999999D", "P9999999999999999999D", "P400000000000000000W",
		"PT2562047789H", "PT2562047788H54.775808S", "PT-2562047788H-54.775809S",
	} {
		testWrite(t, []pairCase{{
			typ: intervalType, decl: "string", text: `value: "` + text + `"`,
			err: `out of range: value: "` + text + `" does not fit interval, whose parts are months and days of 32 bits and microseconds of 64`,
		}})
	}
	testWrite(t, []pairCase{{
		typ: intervalType, decl: "string", text: `value: "PT0.0000001S"`,
		err: `out of range: value: "PT0.0000001S" is finer than a microsecond, which is the finest that Postgres keeps`,
	}})
}

// TestIntervalModifiers has for every modifier, with its number as Postgres 15
// gave it, the finest interval that it keeps and one that it would cut.
func TestIntervalModifiers(t *testing.T) {
	for _, c := range []struct {
		mod            int32
		name, ok, lost string
	}{
		{327679, "interval year", "P2Y", "P2Y1M"},
		{327679, "interval year", "P-1Y", "P1YT1S"},
		{196607, "interval month", "P14M", "P1M1D"},
		{458751, "interval year to month", "P14M", "P1MT1H"},
		{589823, "interval day", "P1M3D", "P3DT1H"},
		{67698687, "interval day to hour", "P1M3DT4H", "PT4H1M"},
		{67174399, "interval hour", "P1M3DT4H", "PT4H1S"},
		{134283263, "interval minute", "P1M3DT4H5M", "PT5M1S"},
		{268500991, "interval second", "P1M3DT4H5M6.123456S", ""},
		{470286339, "interval day to second(3)", "PT6.123S", "PT6.1234S"},
		{402653186, "interval minute to second(2)", "PT6.12S", "PT6.123S"},
		{2147418112, "interval(0)", "P1DT6S", "PT6.1S"},
	} {
		codec := codec(t, intervalType.withTypmod(c.mod, c.name), "string")
		if _, err := codec.AppendParam(nil, Value{Bytes: []byte(c.ok)}); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if c.lost == "" {
			continue
		}
		_, err := codec.AppendParam(nil, Value{Bytes: []byte(c.lost)})
		if v, ok := err.(*ValueError); !ok || v.Kind != OutOfRange {
			t.Errorf("%s: %s: %v", c.name, c.lost, err)
		}
	}
	testWrite(t, []pairCase{
		{
			typ: intervalType.withTypmod(589823, "interval day"), decl: "string", text: `value: "P3DT1H"`,
			err: "out of range: value: P3DT1H has parts that interval day does not keep",
		},
		{
			typ: intervalType.withTypmod(2147418112, "interval(0)"), decl: "rowgate.v1.Interval", text: `value: {microseconds: 1}`,
			err: "out of range: value: its fraction of a second has more than the 0 digits that interval(0) keeps",
		},
	})
}

// FuzzInterval holds that what is parsed is written so that it is parsed to
// the same.
func FuzzInterval(f *testing.F) {
	for _, text := range []string{"P1Y2M3DT4H5M6.5S", "P-1Y2DT-0.5S", "P2W", "PT-2562047788H-54.775808S"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := parseInterval([]byte(text))
		if err != nil || s == endless {
			return
		}
		if back, err := parseInterval(s.appendText(nil)); err != nil || back != s {
			t.Fatalf("%q: %v, written %q: %v, %v", text, s, s.appendText(nil), back, err)
		}
	})
}
