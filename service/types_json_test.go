package service_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// The functions below turn what psql prints into the JSON of a protobuf field.
// They share nothing with the codecs of package wire.

// asNumber is for numbers that JSON writes as psql does.
func asNumber(text string) string {
	switch text {
	case "NaN", "Infinity", "-Infinity":
		return asString(text)
	}
	return text
}

// asBool is for boolean, which psql prints as a letter.
func asBool(text string) string { return map[string]string{"t": "true", "f": "false"}[text] }

// asString is for what a string field holds as psql prints it.
func asString(text string) string {
	data, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return string(data)
}

// asWidened is for a real in a double: the digits that psql prints stand for a
// number of 24 bits.
func asWidened(text string) string {
	f, err := strconv.ParseFloat(text, 32)
	if err != nil {
		panic(err)
	}
	return asNumber(strings.TrimPrefix(strings.NewReplacer("+Inf", "Infinity", "-Inf", "-Infinity").
		Replace(strconv.FormatFloat(f, 'g', -1, 64)), "+"))
}

func asDecimal(text string) string { return `{"value":` + asString(text) + `}` }

// asAmount is for money, printed under lc_monetary C.
func asAmount(text string) string {
	return asString(strings.NewReplacer("$", "", ",", "").Replace(text))
}

// asHex is for bytea, printed as \x00ff.
func asHex(text string) string { return asBase64(strings.TrimPrefix(text, `\x`)) }

// asUUIDBytes is for a uuid in a field of bytes.
func asUUIDBytes(text string) string { return asBase64(strings.ReplaceAll(text, "-", "")) }

func asBase64(digits string) string {
	data, err := hex.DecodeString(digits)
	if err != nil {
		panic(err)
	}
	return asString(base64.StdEncoding.EncodeToString(data))
}

// asTextBytes is for a text in a field of bytes.
func asTextBytes(text string) string {
	return asString(base64.StdEncoding.EncodeToString([]byte(text)))
}

// asTimestamp is for timestamptz, printed in UTC.
func asTimestamp(text string) string {
	at, err := time.Parse("2006-01-02 15:04:05.999999-07", text)
	if err != nil {
		panic(err)
	}
	return asString(at.Format("2006-01-02T15:04:05.000000Z"))
}

// asISO is for dates and times as ISO 8601 has them: a T in between, a Z for
// UTC.
func asISO(text string) string {
	text, bc := strings.CutSuffix(text, " BC")
	text = strings.Replace(text, " ", "T", 1)
	if strings.Contains(text, "T") && strings.HasSuffix(text, "+00") {
		text = strings.TrimSuffix(text, "+00") + "Z"
	}
	if bc {
		text += " BC"
	}
	return asString(text)
}

func asDate(text string) string {
	var year, month, day int
	if _, err := fmt.Sscanf(text, "%d-%d-%d", &year, &month, &day); err != nil {
		panic(err)
	}
	return fmt.Sprintf(`{"year":%d,"month":%d,"day":%d}`, year, month, day)
}

func asTimeOfDay(text string) string {
	var hours, minutes, seconds int
	whole, fraction, _ := strings.Cut(text, ".")
	if _, err := fmt.Sscanf(whole, "%d:%d:%d", &hours, &minutes, &seconds); err != nil {
		panic(err)
	}
	return fmt.Sprintf(`{"hours":%d,"minutes":%d,"seconds":%d,"nanos":%s}`, hours, minutes, seconds, fractionTo(fraction, 9))
}

// fractionTo writes the digits after a point as a count of 10^-places.
func fractionTo(digits string, places int) string {
	n, err := strconv.Atoi((digits + "000000000")[:places])
	if err != nil {
		panic(err)
	}
	return strconv.Itoa(n)
}

func asDateTime(text string) string {
	day, clock, _ := strings.Cut(text, " ")
	return strings.TrimSuffix(asDate(day), "}") + "," + strings.TrimPrefix(asTimeOfDay(clock), "{")
}

var isoInterval = regexp.MustCompile(
	`^P(?:(-?\d+)Y)?(?:(-?\d+)M)?(?:(-?\d+)D)?(?:T(?:(-?\d+)H)?(?:(-?\d+)M)?(?:(-?)(\d+)(?:\.(\d+))?S)?)?$`)

// asInterval is for intervals, printed under IntervalStyle iso_8601.
func asInterval(text string) string {
	m := isoInterval.FindStringSubmatch(text)
	if m == nil {
		panic(text)
	}
	part := func(i int) int64 {
		n, _ := strconv.ParseInt(m[i], 10, 64)
		return n
	}
	micros, _ := strconv.ParseInt(fractionTo(m[8], 6), 10, 64)
	micros += part(7) * 1_000_000
	if m[6] == "-" {
		micros = -micros
	}
	return fmt.Sprintf(`{"months":%d,"days":%d,"microseconds":"%d"}`,
		part(1)*12+part(2), part(3), (part(4)*60+part(5))*60_000_000+micros)
}

// asJSON is for json in a google.protobuf.Value, whose JSON is any but for a
// member that is there twice.
func asJSON(text string) string { return strings.TrimSpace(sameJSON(text)) }

// asMood is for the enum of the cases.
func asMood(label string) string {
	return asString(map[string]string{
		"so so": "MOOD_SO_SO", "good": "MOOD_GOOD", "it's fine": "MOOD_FINE", "Ünder": "MOOD_UNDER",
	}[label])
}
