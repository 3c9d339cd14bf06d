package wire

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
)

// readValue reads JSON and lets the protobuf library parse the result.
func readValue(t testing.TB, text string) (*structpb.Value, error) {
	t.Helper()
	b, err := readJSONValue([]byte("before"), []byte(text))
	if err != nil {
		return nil, err
	}
	b = b[len("before"):]
	size, n := binary.Uvarint(b)
	if n <= 0 || int(size) != len(b)-n {
		t.Fatalf("%s: the length before the value is wrong: %x", text, b)
	}
	value := new(structpb.Value)
	if err := proto.Unmarshal(b[n:], value); err != nil {
		t.Fatalf("%s: %v\n%x", text, err, b)
	}
	return value, nil
}

var jsonTexts = []string{
	`null`, `true`, `false`, `0`, `-0`, `1`, `-1.5`, `1e3`, `1.10`, `123456789012345`, `0.1`, `0.30000000000000004`, `5e-324`,
	`1.7976931348623157e308`, `9007199254740992`, `1e-7`, `100000000000000000000000`, `1E+2`, `0.000`, `0e99999999999`,
	`""`, `"a"`, `"\"\\\/\b\f\n\r\t"`, `"\u00e9\u2603\ud83d\ude00"`, `"é☃😀"`, `"\u0000"`, `"\\u0041"`,
	`[]`, `{}`, `[1, 2, 3]`, `[[], {}, [{}]]`, `{"a": {"b": {"c": [null, true]}}}`, `{"": ""}`, `{"a": 1, "a": 2}`,
	" \t\r\n[ 1 , 2 ] \n", `{ "a" : [ ] }`,
}

// longTexts go over the sizes at which a length takes another byte.
func longTexts() []string {
	var texts []string
	for _, n := range []int{110, 117, 118, 119, 120, 121, 122, 123, 124, 125, 126, 127, 128, 130, 16360, 16384, 20000} {
		s := strings.Repeat("x", n)
		texts = append(texts,
			`"`+s+`"`,
			`["`+s+`"]`,
			`{"`+s+`": "\u00e9`+s+`"}`,
			`{"a": {"b": {"c": ["`+s+`", {"d": "`+s+`"}, 1]}, "e": []}, "f": "`+s+`"}`,
			`[`+strings.Repeat(`[1], `, n)+`{}]`,
		)
	}
	return append(texts, strings.Repeat("[", jsonDepth)+strings.Repeat("]", jsonDepth),
		strings.Repeat(`{"key":`, jsonDepth)+`1`+strings.Repeat("}", jsonDepth))
}

func TestJSONRead(t *testing.T) {
	for _, text := range append(longTexts(), jsonTexts...) {
		got, err := readValue(t, text)
		if err != nil {
			t.Errorf("%.100s: %v", text, err)
			continue
		}
		var parsed any
		if err := json.Unmarshal([]byte(text), &parsed); err != nil {
			t.Fatal(err)
		}
		want, err := structpb.NewValue(parsed)
		if err != nil {
			t.Fatal(err)
		}
		if !proto.Equal(got, want) {
			t.Errorf("%.200s: %.200v\nwant %.200v", text, got, want)
		}
	}
}

// TestJSONCanonical holds the bytes against the library's own for values with
// one way to be written.
func TestJSONCanonical(t *testing.T) {
	for _, text := range append(longTexts(), `[1, "a", null, {"k": [true]}]`) {
		got, err := readJSONValue(nil, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		value, err := readValue(t, text)
		if err != nil {
			t.Fatal(err)
		}
		canonical, err := proto.MarshalOptions{Deterministic: true}.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		if want := append(binary.AppendUvarint(nil, uint64(len(canonical))), canonical...); !bytes.Equal(got, want) {
			t.Errorf("%.100s: %.200x\nwant %.200x", text, got, want)
		}
	}
}

func TestJSONReadErrors(t *testing.T) {
	inexact := func(number string) string {
		return "out of range: the number " + number + " in the JSON is not exact in a double, which google.protobuf.Value holds; bind the field to string to read it"
	}
	const changed = "precondition: the value is not of the form of its type"
	deep := strings.Repeat("[", jsonDepth+1)
	for text, want := range map[string]string{
		`9007199254740993`:                      inexact(`9007199254740993`),
		`12345678901234567890`:                  inexact(`12345678901234567890`),
		`0.1234567890123456789`:                 inexact(`0.1234567890123456789`),
		`1e400`:                                 inexact(`1e400`),
		`-1e-400`:                               inexact(`-1e-400`),
		`4e-324`:                                inexact(`4e-324`),
		`{"a": [1.00000000000000001]}`:          inexact(`1.00000000000000001`),
		strings.Repeat("9", 100):                inexact(strings.Repeat("9", 40) + "..."),
		`1e` + strings.Repeat("9", 50):          inexact((`1e` + strings.Repeat("9", 50))[:40] + "..."),
		`["\ud800"]`:                            "out of range: the JSON has half a surrogate pair in a string, which no protobuf string holds; bind the field to bytes to read it",
		`{"\udc00": 1}`:                         "out of range: the JSON has half a surrogate pair in a string, which no protobuf string holds; bind the field to bytes to read it",
		`"\ud800\u0041"`:                        "out of range: the JSON has half a surrogate pair in a string, which no protobuf string holds; bind the field to bytes to read it",
		deep + strings.Repeat("]", jsonDepth+1): "out of range: the JSON is nested deeper than 1000 levels; bind the field to string to read it",
		"\"\xff\"":                              "precondition: the JSON is not valid UTF-8, which protobuf strings must be",
		``:                                      changed,
		`[1`:                                    changed,
		`1 2`:                                   changed,
	} {
		_, err := readValue(t, text)
		var f *fault
		if !errors.As(err, &f) || f.kind.String()+": "+f.text != want {
			t.Errorf("%.60s: %v\nwant %s", text, err, want)
		}
	}
}

func TestJSONPairs(t *testing.T) {
	const value = `value: {struct_value: {fields: {key: "a" value: {list_value: {values: {number_value: 1} values: {null_value: NULL_VALUE}}}}}}`
	testBoth(t, []pairCase{
		{typ: jsonType, decl: "google.protobuf.Value", bin: raw(`{"a":[1,null]}`), text: value},
		{typ: jsonbType, decl: "google.protobuf.Value", bin: "01" + raw(`{"a":[1,null]}`), text: value},
		{typ: jsonType, decl: "string", bin: raw(` {"a" :1.10}`), text: `value: " {\"a\" :1.10}"`},
		{typ: jsonType, decl: "bytes", bin: raw(`"\u0000"`), text: `value: "\"\\u0000\""`},
		{typ: jsonbType, decl: "string", bin: "01" + raw(`{"a": 1.10}`), text: `value: "{\"a\": 1.10}"`},
		{typ: jsonbType, decl: "bytes", bin: "01" + raw(`"é"`), text: `value: "\"\303\251\""`},
	})
	const changed = `precondition: column "col": the stored value is not of the type jsonb that the server read when it started; the table has changed since, so the server must read it again`
	testRead(t, []pairCase{
		{typ: jsonbType, decl: "google.protobuf.Value", bin: "02" + raw("1"), err: changed},
		{typ: jsonbType, decl: "google.protobuf.Value", bin: "", err: changed},
		{typ: jsonbType, decl: "string", bin: "", err: changed},
		{typ: jsonbType, decl: "string", bin: "0180", err: `precondition: column "col": the text is not valid UTF-8, which protobuf strings must be`},
		{
			typ: jsonbType, decl: "google.protobuf.Value", bin: "01" + raw("1e400"),
			err: `out of range: column "col": the number 1e400 in the JSON is not exact in a double, which google.protobuf.Value holds; bind the field to string to read it`,
		},
	})
}

// TestJSONText holds the check of JSON text against encoding/json's.
func TestJSONText(t *testing.T) {
	for _, text := range append(longTexts(), jsonTexts...) {
		if err := checkJSON([]byte(text), false); err != nil {
			t.Errorf("%.100s: %v", text, err)
		}
	}
	for text, want := range map[string]string{
		``:              "the text is not JSON: it ends too early",
		`[1`:            "the text is not JSON: it ends too early",
		`{"a"`:          "the text is not JSON: it ends too early",
		`"a`:            "the text is not JSON: it ends too early",
		`"a\`:           "the text is not JSON: it ends too early",
		`tru`:           "the text is not JSON: it ends too early",
		`[1,]`:          "the text is not JSON: ']' is unexpected at byte 4",
		`[,1]`:          "the text is not JSON: ',' is unexpected at byte 2",
		`{"a":1,}`:      "the text is not JSON: '}' is unexpected at byte 8",
		`{a:1}`:         "the text is not JSON: 'a' is unexpected at byte 2",
		`{"a" 1}`:       "the text is not JSON: '1' is unexpected at byte 6",
		`[1}`:           "the text is not JSON: '}' is unexpected at byte 3",
		`01`:            "the text is not JSON: '1' is unexpected at byte 2",
		`-`:             "the text is not JSON: it ends too early",
		`+1`:            "the text is not JSON: '+' is unexpected at byte 1",
		`.5`:            "the text is not JSON: '.' is unexpected at byte 1",
		`1.`:            "the text is not JSON: it ends too early",
		`1.e1`:          "the text is not JSON: 'e' is unexpected at byte 3",
		`1e`:            "the text is not JSON: it ends too early",
		`NaN`:           "the text is not JSON: 'N' is unexpected at byte 1",
		`trux`:          "the text is not JSON: 'x' is unexpected at byte 4",
		`1 é`:           "the text is not JSON: 'é' is unexpected at byte 3",
		"\"a\nb\"":      `the text is not JSON: '\n' is unexpected at byte 3`,
		`"\x"`:          "the text is not JSON: 'x' is unexpected at byte 3",
		`"\u12g4"`:      "the text is not JSON: 'u' is unexpected at byte 3",
		`"\u12`:         "the text is not JSON: 'u' is unexpected at byte 3",
		"\"\x00\"":      "the text has a NUL character, which Postgres cannot store",
		"\"\xff\"":      "the text is not valid UTF-8",
		"\u00a01":       "the text is not JSON: '\\u00a0' is unexpected at byte 1",
		"\xef\xbb\xbf1": "the text is not JSON: '\\ufeff' is unexpected at byte 1",
		strings.Repeat("[", 1001) + strings.Repeat("]", 1001): "the JSON is nested deeper than 1000 levels",
	} {
		if err := checkJSON([]byte(text), false); err == nil || err.Error() != want {
			t.Errorf("%.60q: %v\nwant %s", text, err, want)
		}
	}
	for text, want := range map[string]string{
		`"\u0000"`:        `the JSON has \u0000 in a string, which jsonb cannot store`,
		`{"\u0000": 1}`:   `the JSON has \u0000 in a string, which jsonb cannot store`,
		`"\\\u0000"`:      `the JSON has \u0000 in a string, which jsonb cannot store`,
		`"\\u0000"`:       "",
		`"\ud800"`:        "the JSON has half a surrogate pair in a string, which jsonb cannot store",
		`1e131071`:        "",
		`1e131072`:        `"1e131072" does not fit jsonb, which holds numbers below 10^131072`,
		`[1e-16384]`:      `"1e-16384" does not fit jsonb, which holds 16383 digits after the point`,
		`0e9999999999999`: `"0e9999999999999" has an exponent that is too large`,
		`0e-16384`:        `"0e-16384" has more than the 16383 digits after the point that numeric holds`,
		`1e9999999999999`: `"1e9999999999999" does not fit jsonb, which holds numbers below 10^131072`,
	} {
		if err := checkJSON([]byte(text), true); fmt.Sprint(err) != want && (want != "" || err != nil) {
			t.Errorf("%s: %v\nwant %s", text, err, want)
		}
	}
}

func TestJSONWrite(t *testing.T) {
	long := strings.Repeat("x", 300)
	for _, c := range []struct{ text, want string }{
		{`null_value: NULL_VALUE`, `null`},
		{`bool_value: false`, `false`},
		{`number_value: 0`, `0`},
		{`number_value: -1.5`, `-1.5`},
		{`number_value: 1e21`, `1e+21`},
		{`number_value: 1e-7`, `1e-07`},
		{`number_value: 123456789012`, `123456789012`},
		{`string_value: ""`, `""`},
		{`string_value: "\"\\\n\001é"`, `"\"\\\u000a\u0001é"`},
		{`string_value: "` + long + `"`, `"` + long + `"`},
		{`list_value: {}`, `[]`},
		{`struct_value: {}`, `{}`},
		{`list_value: {values: {number_value: 1} values: {list_value: {}}}`, `[1,[]]`},
		{`struct_value: {fields: {key: "a" value: {bool_value: true}} fields: {key: "b" value: {struct_value: {}}}}`, `{"a":true,"b":{}}`},
	} {
		testWrite(t, []pairCase{
			{typ: jsonType, decl: "google.protobuf.Value", text: "value: {" + c.text + "}", bin: raw(c.want)},
			{typ: jsonbType, decl: "google.protobuf.Value", text: "value: {" + c.text + "}", bin: "01" + raw(c.want)},
		})
	}
	const noKind = "invalid: value: a google.protobuf.Value in it has no kind; JSON's null is null_value"
	testWrite(t, []pairCase{
		{typ: jsonType, decl: "google.protobuf.Value", text: ``, err: noKind},
		{typ: jsonType, decl: "google.protobuf.Value", text: `value: {list_value: {values: {}}}`, err: noKind},
		{typ: jsonType, decl: "google.protobuf.Value", text: `value: {struct_value: {fields: {key: "a"}}}`, err: noKind},
		{typ: jsonType, decl: "google.protobuf.Value", text: `value: {number_value: nan}`, err: "invalid: value: NaN is not a number that JSON has"},
		{typ: jsonbType, decl: "google.protobuf.Value", text: `value: {list_value: {values: {number_value: -inf}}}`, err: "invalid: value: -Inf is not a number that JSON has"},
		{typ: jsonbType, decl: "google.protobuf.Value", text: `value: {string_value: "\000"}`, err: "invalid: value: a string in the JSON has a NUL character, which jsonb cannot store"},
		{typ: jsonType, decl: "google.protobuf.Value", text: `value: {string_value: "\000"}`, bin: raw(`"\u0000"`)},
	})
}

// TestJSONWriteMerged has messages as no serializer writes them, but as they
// are when two are put one after the other.
func TestJSONWriteMerged(t *testing.T) {
	value := func(text string) []byte {
		b, err := proto.MarshalOptions{Deterministic: true}.Marshal(parse(t, (&structpb.Value{}).ProtoReflect().Descriptor(), text))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	const a, b = `struct_value: {fields: {key: "a" value: {number_value: 1}}}`, `struct_value: {fields: {key: "b" value: {number_value: 2}}}`
	const a3 = `struct_value: {fields: {key: "a" value: {number_value: 3}}}`
	list := value(`list_value: {values: {bool_value: true}}`)
	for _, c := range []struct {
		msg         []byte
		json, jsonb string
	}{
		{concat(value(a), value(b)), `{"a":1,"b":2}`, `{"a":1,"b":2}`},
		{concat(value(a), value(b), value(a3)), `{"b":2,"a":3}`, `{"a":1,"b":2,"a":3}`}, // jsonb drops the first itself
		{concat(value(a), value(`number_value: 1`), value(b)), `{"b":2}`, `{"b":2}`},
		{concat(list, list), `[true,true]`, `[true,true]`},
		{concat(list, value(`null_value: NULL_VALUE`)), `null`, `null`},
		{concat(value(`string_value: "a"`), value(`string_value: "b"`)), `"b"`, `"b"`},
		{concat(value(`bool_value: true`), []byte{0x7a, 1, 0}), `true`, `true`}, // an unknown field
	} {
		for jsonb, want := range map[bool]string{false: c.json, true: c.jsonb} {
			got, err := appendValueJSON(nil, c.msg, jsonb)
			if err != nil || string(got) != want {
				t.Errorf("%s, %v\nwant %s", got, err, want)
			}
		}
	}
	for _, msg := range [][]byte{{0x08}, {0x2a, 5, 1}, {0x2a, 1, 0x0a}, {0x2a, 3, 0x0a, 1, 0x0a}, {0x32, 2, 0x0a, 5}} {
		if _, err := appendValueJSON(nil, msg, false); err == nil || err.Error() != "the bytes are not a valid google.protobuf.Value message" {
			t.Errorf("%x: %v", msg, err)
		}
	}
	if _, err := appendValueJSON(nil, []byte{0x1a, 1, 0xff}, false); err == nil || err.Error() != "a string in the JSON is not valid UTF-8" {
		t.Error(err)
	}
}

func concat(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

func TestJSONWriteDepth(t *testing.T) {
	nested := func(depth int) []byte {
		var b []byte
		for i := range depth {
			inner := []byte(nil)
			if i > 0 {
				inner = append(append(inner, tagItem), binary.AppendUvarint(nil, uint64(len(b)))...)
				inner = append(inner, b...)
			}
			b = append(append([]byte{tagList}, binary.AppendUvarint(nil, uint64(len(inner)))...), inner...)
		}
		return b
	}
	got, err := appendValueJSON(nil, nested(jsonDepth), true)
	if want := strings.Repeat("[", jsonDepth) + strings.Repeat("]", jsonDepth); err != nil || string(got) != want {
		t.Errorf("%v", err)
	}
	if _, err := appendValueJSON(nil, nested(jsonDepth+1), true); err == nil || err.Error() != "the JSON is nested deeper than 1000 levels" {
		t.Error(err)
	}
}

func TestJSONReadAllocations(t *testing.T) {
	text := []byte(`{"a": [1, 2.5, "x\n", {"b": null}], "long": "` + strings.Repeat("y", 500) + `", "n": 0.30000000000000004}`)
	dst := make([]byte, 0, 4096)
	var r jsonReader // one that no pool may lose
	if n := testing.AllocsPerRun(100, func() {
		var err error
		if dst, err = r.read(dst[:0], text); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestExactDouble holds exactDouble against strconv over many numbers.
func TestExactDouble(t *testing.T) {
	for exponent := -330; exponent < 320; exponent++ {
		for _, digits := range []string{"1", "123456789012345", "1234567890123456", "17976931348623157", "0.5", "22250738585072014", "-4.9406564584124654"} {
			text := digits + "e" + strconv.Itoa(exponent)
			want, err := strconv.ParseFloat(text, 64)
			exact := err == nil && sameNumber(text, strconv.FormatFloat(want, 'e', -1, 64))
			got, err := exactDouble([]byte(text))
			if (err == nil) != exact || exact && got != want {
				t.Errorf("%s: %v, %v; want %v, %v", text, got, err, want, exact)
			}
		}
	}
}

// sameNumber compares two decimal numbers by their significant digits.
func sameNumber(a, b string) bool {
	norm := func(s string) string {
		d, _ := parseDecimal([]byte(s))
		if d.first < 0 {
			return "0"
		}
		digits := strings.ReplaceAll(string(d.digits[d.first:d.last+1]), ".", "")
		return fmt.Sprint(d.negative, digits, d.place(d.last))
	}
	return norm(a) == norm(b)
}

// FuzzJSON holds the reader and the check against encoding/json.
func FuzzJSON(f *testing.F) {
	for _, text := range jsonTexts {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		err := checkJSON(text, false)
		valid := json.Valid(text) && utf8.Valid(text)
		if (err == nil) != valid && !strings.Contains(fmt.Sprint(err), "deeper") {
			t.Fatalf("%q: %v, but encoding/json says %v", text, err, valid)
		}
		value, err := readValue(t, string(text))
		if err != nil {
			if asFault(err).kind == Precondition && valid {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		if !valid {
			t.Fatalf("%q is not JSON, and was read as %v", text, value)
		}
		var parsed any
		if err := json.Unmarshal(text, &parsed); err != nil {
			t.Fatal(err)
		}
		want, err := structpb.NewValue(parsed)
		if err != nil {
			t.Fatal(err)
		}
		if !proto.Equal(value, want) {
			t.Fatalf("%q: %v\nwant %v", text, value, want)
		}
	})
}

// FuzzValueJSON holds the writer of JSON against the protobuf library's idea
// of the same bytes.
func FuzzValueJSON(f *testing.F) {
	for _, text := range jsonTexts {
		value, err := readValue(f, text)
		if err != nil {
			f.Fatal(err)
		}
		b, err := proto.Marshal(value)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, msg []byte) {
		value := new(structpb.Value)
		if proto.Unmarshal(msg, value) != nil {
			_, _ = appendValueJSON(nil, msg, false) // does not panic
			return
		}
		canonical, err := proto.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		tried := [][]byte{canonical}
		if len(canonical) == len(msg) {
			// Then nothing in msg was there twice.
			tried = append(tried, msg)
		}
		for _, b := range tried {
			for _, jsonb := range []bool{false, true} {
				text, err := appendValueJSON(nil, b, jsonb)
				if err != nil {
					continue
				}
				var got any
				if err := json.Unmarshal(text, &got); err != nil {
					t.Fatalf("%x became %q, which is not JSON: %v", b, text, err)
				}
				if !sameJSON(got, value.AsInterface()) {
					t.Fatalf("%x became %s, but it is %v", b, text, value)
				}
			}
		}
	})
}

func sameJSON(a, b any) bool {
	switch a := a.(type) {
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for k := range a {
			if v, ok := b[k]; !ok || !sameJSON(a[k], v) {
				return false
			}
		}
		return true
	case []any:
		b, ok := b.([]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for i := range a {
			if !sameJSON(a[i], b[i]) {
				return false
			}
		}
		return true
	case float64:
		b, ok := b.(float64)
		return ok && (a == b || math.IsNaN(a) && math.IsNaN(b))
	default:
		return a == b
	}
}
