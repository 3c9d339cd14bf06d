package wire

import (
	"strings"
	"testing"
)

func TestArrays(t *testing.T) {
	const empty = "00000000 00000000 "
	one := func(elem, items string) string { return "00000001 00000000 " + elem + " 00000001 00000001 " + items }
	domains := arrayOf(int4Type) // of a domain over integer
	domains.OID, domains.Name, domains.ElemOID = 20021, "posint[]", 20020
	testBoth(t, []pairCase{
		{typ: arrayOf(int4Type), decl: "repeated int32", bin: empty + "00000017", text: ""},
		{
			typ: arrayOf(int4Type), decl: "repeated int32", bin: "00000001 00000000 00000017 00000003 00000001 00000004 00000000 00000004 ffffffff 00000004 00000007",
			text: "value: [0, -1, 7]",
		},
		{typ: arrayOf(int4Type), decl: "repeated sint64", bin: one("00000017", "00000004 ffffffff"), text: "value: -1"},
		{typ: arrayOf(boolType), decl: "repeated bool", bin: one("00000010", "00000001 00"), text: "value: false"},
		{typ: arrayOf(float8Type), decl: "repeated double", bin: one("000002bd", "00000008 3ff0000000000000"), text: "value: 1"},
		{typ: arrayOf(textType), decl: "repeated string", bin: empty + "00000019", text: ""},
		{typ: arrayOf(textType), decl: "repeated string", bin: one("00000019", "00000000"), text: `value: ""`},
		{typ: arrayOf(byteaType), decl: "repeated bytes", bin: one("00000011", "00000002 00ff"), text: `value: "\000\377"`},
		{typ: arrayOf(numericType), decl: "repeated string", bin: one("000006a4", "0000000c 0002000000000002000c0d48"), text: `value: "12.34"`},
		{typ: arrayOf(moneyType), decl: "repeated string", bin: one("000006a4", "0000000c 0002000000000002000c0d48"), text: `value: "12.34"`},
		{typ: arrayOf(macaddrType), decl: "repeated string", bin: one("00000019", "00000001 61"), text: `value: "a"`},
		{typ: arrayOf(timestamptzType), decl: "repeated google.protobuf.Timestamp", bin: one("000004a0", "00000008 0000000000000000"), text: `value: {seconds: 946684800}`},
		{typ: arrayOf(jsonbType), decl: "repeated google.protobuf.Value", bin: one("00000eda", "00000005 01"+raw("null")), text: `value: {null_value: NULL_VALUE}`},
		{typ: arrayOf(moodType), decl: "repeated Mood", bin: one("00004e20", "00000005 "+raw("happy")), text: `value: MOOD_HAPPY`},
		{typ: domains, decl: "repeated int32", bin: one("00004e34", "00000004 00000007"), text: "value: 7"},
		{typ: domains, decl: "rowgate.v1.Array", bin: one("00000019", "00000001 37"), text: `value {dimensions {size: 1 lower_bound: 1} elements {value: "7"}}`},
		{typ: arrayOf(moodType), decl: "repeated string", bin: one("00004e20", "00000005 "+raw("happy")), text: `value: "happy"`},
	})
	// Lower bounds are nothing to a repeated field; the OID of elements of an
	// enum or domain is their own.
	testRead(t, []pairCase{
		{typ: arrayOf(int4Type), decl: "repeated int32", bin: "00000001 00000000 00000017 00000001 00000005 00000004 00000001", text: "value: 1"},
		{typ: arrayOf(int4Type), decl: "repeated int32", bin: one("00004001", "00000004 00000001"), text: "value: 1"},
		{typ: arrayOf(moodType), decl: "repeated Mood", bin: one("00004e20", "00000003 "+raw("sad")), text: `value: MOOD_SAD`},
		{
			typ: arrayOf(textType), decl: "repeated string", bin: one("00000019", "000000c8 "+raw(strings.Repeat("ab", 100))),
			text: `value: "` + strings.Repeat("ab", 100) + `"`,
		},
	})
	long := strings.Repeat("00000004 00000001", 200)
	testBoth(t, []pairCase{
		{
			typ: arrayOf(int4Type), decl: "repeated int32", bin: "00000001 00000000 00000017 000000c8 00000001" + long,
			text: "value: [" + strings.Repeat("1, ", 199) + "1]",
		},
	})
}

func TestArrayUnpacked(t *testing.T) {
	c, err := NewCodec(Column{Name: "col", Type: arrayOf(int4Type), Field: message(t, "repeated int32 value = 1 [packed = false];").Fields().Get(0)})
	if err != nil {
		t.Fatal(err)
	}
	_, b, err := read(t, c, unhex(t, "00000001 00000000 00000017 00000002 00000001 00000004 00000000 00000004 00000001"))
	if err != nil || string(b) != "\x08\x00\x08\x01" {
		t.Errorf("%x, %v", b, err)
	}
}

func TestArrayErrors(t *testing.T) {
	ints := func(bin, err string) pairCase {
		return pairCase{typ: arrayOf(int4Type), decl: "repeated int32", bin: bin, err: err}
	}
	const changed = `the stored value is not of the type integer[] that the server read when it started; the table has changed since, so the server must read it again`
	testRead(t, []pairCase{
		ints("00000001 00000001 00000017 00000002 00000001 00000004 00000001 ffffffff",
			`precondition: column "col": item 2 of the array: it is NULL, which a repeated field has no place for`),
		ints("00000002 00000000 00000017 00000001 00000001 00000001 00000001 00000004 00000001",
			`precondition: column "col": the array has 2 dimensions, and a repeated field has one`),
		ints("00000001 00000000 00000017 00000001 00000001 00000002 0001", `precondition: column "col": item 1 of the array: `+changed),
		{
			typ: arrayOf(textType), decl: "repeated string", bin: "00000001 00000000 00000019 00000001 00000001 00000001 ff",
			err: `precondition: column "col": item 1 of the array: the text is not valid UTF-8, which protobuf strings must be`,
		},
	})
	for _, bin := range []string{
		"", "00000000 00000000", "00000000 00000000 00000017 00", "ffffffff 00000000 00000017", "00000001 00000000 00000017",
		"00000001 00000000 00000019 00000001 00000001 00000004 00000001", // of text
		"00000001 00000000 00000017 ffffffff 00000001",
		"00000001 00000000 00000017 00000000 00000001 00",
	} {
		testRead(t, []pairCase{ints(bin, `precondition: column "col": `+changed)})
	}
	for _, bin := range []string{
		"00000001 00000000 00000017 00000001 00000001", "00000001 00000000 00000017 00000001 00000001 00000005 00000001",
		"00000001 00000000 00000017 00000001 00000001 fffffffe 00000001", "00000001 00000000 00000017 00000001 00000001 0000",
	} {
		testRead(t, []pairCase{ints(bin, `precondition: column "col": item 1 of the array: `+changed)})
	}
	testWrite(t, []pairCase{
		{typ: arrayOf(int2Type), decl: "repeated int32", text: "value: [1, 70000]", err: "out of range: value[1]: 70000 does not fit smallint, which holds -32768 to 32767"},
		{
			typ: arrayOf(uuidType), decl: "repeated string", text: `value: "x"`,
			err: `invalid: value[0]: "x" is not a UUID, 32 hexadecimal digits in the form xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`,
		},
		{
			typ: arrayOf(moodType), decl: "repeated Mood", text: `value: [MOOD_OK, MOOD_UNSPECIFIED]`,
			err: "invalid: value[1]: MOOD_UNSPECIFIED is not a value that can be stored; one of the others is required",
		},
	})
}

// TestArrayTypmod holds that the modifier of an array is its elements'.
func TestArrayTypmod(t *testing.T) {
	typ := arrayOf(numericType)
	typ.Typmod = price.Typmod
	typ.Elem.Name = price.Name
	testWrite(t, []pairCase{{
		typ: typ, decl: "repeated string", text: `value: "1.005"`,
		err: `out of range: value[0]: "1.005" does not fit numeric(12,2), which holds 2 digits after the point`,
	}})
}

func TestEnums(t *testing.T) {
	testBoth(t, []pairCase{
		{typ: moodType, decl: "Mood", bin: raw("sad"), text: "value: MOOD_SAD"},
		{typ: moodType, decl: "optional Mood", bin: raw("happy"), text: "value: MOOD_HAPPY"},
		{typ: moodType, decl: "string", bin: raw("ok"), text: `value: "ok"`},
	})
	testRead(t, []pairCase{
		{
			typ: moodType, decl: "Mood", bin: raw("new"),
			err: `precondition: column "col": the label "new" of mood has no value in enum test.Mood; pull the .proto again`,
		},
		{typ: moodType, decl: "string", bin: raw("new"), text: `value: "new"`},
	})
	testWrite(t, []pairCase{
		{typ: moodType, decl: "Mood", text: "", err: "invalid: value: MOOD_UNSPECIFIED is not a value that can be stored; one of the others is required"},
		{typ: moodType, decl: "Mood", text: "value: 7", err: "invalid: value: 7 is not a value of enum test.Mood"},
		{typ: moodType, decl: "Mood", text: "value: -1", err: "invalid: value: -1 is not a value of enum test.Mood"},
		{typ: moodType, decl: "string", text: `value: "new"`, err: `invalid: value: "new" is not one of sad, ok, happy`},
		{typ: moodType, decl: "string", text: ``, err: `invalid: value: "" is not one of sad, ok, happy`},
	})
}

func TestEnumBinding(t *testing.T) {
	for _, c := range []struct {
		values  string
		ofType  []string
		problem string
	}{
		{
			`X_SAD = 1 [(rowgate.v1.label) = "sad"]; X_HAPPY = 2;`, moodType.Labels,
			"value X_HAPPY of enum test.X stands for no label: give it an option (rowgate.v1.label)",
		},
		{
			`X_SAD = 1 [(rowgate.v1.label) = "sad"]; X_HAPPY = 2 [(rowgate.v1.label) = "happy"];`,
			[]string{"sad", "ok"},
			`value X_HAPPY has the label "happy", which is none of the type's: sad, ok`,
		},
		{
			`X_SAD = 1 [(rowgate.v1.label) = "sad"];`,
			[]string{"sad", "new"},
			`no value of enum test.X has the label "new"`,
		},
		{
			`X_SAD = 1 [(rowgate.v1.label) = "sad"]; X_HAPPY = 2 [(rowgate.v1.label) = "sad"];`,
			[]string{"sad", "happy"},
			`values of enum test.X have the label "sad" twice`,
		},
	} {
		md := messageOf(t, "enum X { X_UNSPECIFIED = 0; "+c.values+" }", "X value = 1;")
		typ := moodType
		typ.Labels = c.ofType
		_, err := NewCodec(Column{Name: "col", Type: typ, Field: md.Fields().Get(0)})
		want := `column "col" of type mood cannot be bound to field "value" of type test.X: ` + c.problem
		if err == nil || err.Error() != want {
			t.Errorf("error: %v\nwant:  %s", err, want)
		}
	}
	md := messageOf(t, `enum X { X_NONE = 0 [(rowgate.v1.label) = "none"]; }`, "X value = 1;")
	_, err := NewCodec(Column{Name: "col", Type: moodType, Field: md.Fields().Get(0)})
	const want = `column "col" of type mood cannot be bound to field "value" of type test.X: value X_NONE, which is 0, has the label "none"; 0 stands for no label at all`
	if err == nil || err.Error() != want {
		t.Errorf("error: %v\nwant:  %s", err, want)
	}
}
