package wire

import (
	"testing"
)

func TestRanges(t *testing.T) {
	const infinity = "7fffffffffffffff"
	testBoth(t, []pairCase{
		{typ: int4rangeType, decl: "rowgate.v1.Int32Range", bin: "02 00000004 00000001 00000004 00000005", text: `value {lower: 1 upper: 5 bounds: BOUNDS_INCLUSIVE_EXCLUSIVE}`},
		{typ: int4rangeType, decl: "rowgate.v1.Int32Range", bin: "06 00000004 00000000 00000004 00000000", text: `value {lower: 0 upper: 0 bounds: BOUNDS_INCLUSIVE}`},
		{typ: int4rangeType, decl: "rowgate.v1.Int32Range", bin: "00 00000004 00000001 00000004 00000005", text: `value {lower: 1 upper: 5 bounds: BOUNDS_EXCLUSIVE}`},
		{typ: int4rangeType, decl: "rowgate.v1.Int32Range", bin: "04 00000004 00000001 00000004 00000005", text: `value {lower: 1 upper: 5 bounds: BOUNDS_EXCLUSIVE_INCLUSIVE}`},
		{typ: int4rangeType, decl: "rowgate.v1.Int32Range", bin: "18", text: `value {bounds: BOUNDS_EXCLUSIVE}`},
		{typ: int4rangeType, decl: "rowgate.v1.Int32Range", bin: "01", text: `value {empty: true}`},
		{typ: int4rangeType, decl: "rowgate.v1.Int32Range", bin: "12 00000004 ffffffff", text: `value {lower: -1 bounds: BOUNDS_INCLUSIVE_EXCLUSIVE}`},
		{typ: int4rangeType, decl: "rowgate.v1.Int32Range", bin: "0c 00000004 00000000", text: `value {upper: 0 bounds: BOUNDS_EXCLUSIVE_INCLUSIVE}`},
		{typ: textrangeType, decl: "TextRange", bin: "06 00000000 00000001 7a", text: `value {lower: "" upper: "z" bounds: BOUNDS_INCLUSIVE}`},
		{typ: arrayOf(int4rangeType), decl: "repeated rowgate.v1.Int32Range", bin: "00000001 00000000 00000f40 00000001 00000001 00000001 01", text: `value {empty: true}`},
		{typ: multirangeType, decl: "repeated rowgate.v1.Int32Range", bin: "00000000", text: ``},
		{
			typ: multirangeType, decl: "repeated rowgate.v1.Int32Range", bin: "00000002 00000009 0c 00000004 00000000 00000009 12 00000004 00000007",
			text: `value {upper: 0 bounds: BOUNDS_EXCLUSIVE_INCLUSIVE} value {lower: 7 bounds: BOUNDS_INCLUSIVE_EXCLUSIVE}`,
		},
	})
	testWrite(t, []pairCase{
		// Without bounds it is [); of a side without a bound nothing is included.
		{typ: int4rangeType, decl: "rowgate.v1.Int32Range", bin: "02 00000004 00000001 00000004 00000005", text: `value {lower: 1 upper: 5}`},
		{typ: int4rangeType, decl: "rowgate.v1.Int32Range", bin: "18", text: `value {}`},
		{typ: int4rangeType, decl: "rowgate.v1.Int32Range", bin: "18", text: `value {bounds: BOUNDS_INCLUSIVE}`},
		{typ: int4rangeType, decl: "rowgate.v1.Int32Range", bin: "0c 00000004 00000005", text: `value {upper: 5 bounds: BOUNDS_INCLUSIVE}`},
		{typ: int4rangeType, decl: "rowgate.v1.Int32Range", bin: "01", text: `value {empty: true bounds: BOUNDS_INCLUSIVE}`},
		{typ: int4rangeType, decl: "rowgate.v1.Int32Range", text: `value {empty: true lower: 1}`, err: "invalid: value.empty: an empty range has neither lower nor upper"},
		{typ: int4rangeType, decl: "rowgate.v1.Int32Range", text: `value {empty: true upper: 0}`, err: "invalid: value.empty: an empty range has neither lower nor upper"},
		{typ: int4rangeType, decl: "rowgate.v1.Int32Range", text: `value {bounds: 5}`, err: "invalid: value.bounds: 5 is not a value of enum rowgate.v1.Bounds"},
		{typ: int4rangeType, decl: "rowgate.v1.Int32Range", text: `value {bounds: -1}`, err: "invalid: value.bounds: -1 is not a value of enum rowgate.v1.Bounds"},
		{
			typ: tstzrangeType, decl: "rowgate.v1.TimestampRange", text: `value {upper {nanos: 1}}`,
			err: "out of range: value.upper: nanos of 1 are finer than a microsecond, which is the finest that Postgres keeps",
		},
		{
			typ: tstzrangeType, decl: "TextRange", text: `value {lower: "soon"}`,
			err: `invalid: value.lower: "soon" is not of the form YYYY-MM-DDTHH:MM:SS with up to six digits after the point and an offset such as Z or +02:00`,
		},
		{
			typ: multirangeType, decl: "repeated rowgate.v1.Int32Range", text: `value {} value {empty: true lower: 1}`,
			err: "invalid: value[1].empty: an empty range has neither lower nor upper",
		},
	})
	testRead(t, []pairCase{
		{
			typ: tstzrangeType, decl: "rowgate.v1.TimestampRange", bin: "12 00000008 " + infinity,
			err: `out of range: column "col": the lower bound: infinity does not fit google.protobuf.Timestamp, which holds the years 1 to 9999; bind the field to string to read it`,
		},
		{
			typ: tstzrangeType, decl: "rowgate.v1.TimestampRange", bin: "08 00000008 " + infinity,
			err: `out of range: column "col": the upper bound: infinity does not fit google.protobuf.Timestamp, which holds the years 1 to 9999; bind the field to string to read it`,
		},
		{
			typ: multirangeType, decl: "repeated rowgate.v1.Int32Range", bin: "00000001 00000001 02",
			err: `precondition: column "col": item 1 of the multirange: the lower bound: the stored value is not of the type int4multirange that the server read when it started; the table has changed since, so the server must read it again`,
		},
		{typ: multirangeType, decl: "repeated rowgate.v1.Int32Range", bin: "000000ff 00000001 01", err: changed("int4multirange")},
		{typ: multirangeType, decl: "repeated rowgate.v1.Int32Range", bin: "000000", err: changed("int4multirange")},
		{typ: multirangeType, decl: "repeated rowgate.v1.Int32Range", bin: "00000000 00", err: changed("int4multirange")},
		{typ: int4rangeType, decl: "rowgate.v1.Int32Range", bin: "", err: changed("int4range")},
		{typ: int4rangeType, decl: "rowgate.v1.Int32Range", bin: "01 00", err: changed("int4range")},
		{typ: int4rangeType, decl: "rowgate.v1.Int32Range", bin: "18 00", err: changed("int4range")},
		{typ: int4rangeType, decl: "rowgate.v1.Int32Range", bin: "38", err: changed("int4range")},
	})
}

// TestRangeBytes has empty said to be false, and fields that are there twice.
func TestRangeBytes(t *testing.T) {
	c := codec(t, int4rangeType, "rowgate.v1.Int32Range")
	for message, want := range map[string]string{
		"0801 2000":      "12 00000004 00000001",
		"2001 2000":      "18",
		"0801 0802 1003": "02 00000004 00000002 00000004 00000003",
	} {
		got, err := c.AppendParam(nil, Value{Present: true, Bytes: unhex(t, message)})
		if err != nil || string(got) != string(unhex(t, want)) {
			t.Errorf("%s: %x, %v\nwant %s", message, got, err, want)
		}
	}
}

func TestRangeBinding(t *testing.T) {
	const shape = ": message test.X is not of the shape of a range: "
	for _, c := range []struct{ fields, problem string }{
		{"optional int32 lower = 1; optional int32 upper = 2; rowgate.v1.Bounds bounds = 3;", shape + "it has no field empty"},
		{
			"optional int32 lower = 1; optional int32 upper = 2; rowgate.v1.Bounds bounds = 3; bool empty = 4; bool more = 5;",
			shape + "it has fields besides lower, upper, bounds and empty",
		},
		{
			"optional int32 lower = 1; optional int64 upper = 2; rowgate.v1.Bounds bounds = 3; bool empty = 4;",
			shape + "lower is of type int32, and upper of int64",
		},
		{
			"int32 lower = 1; int32 upper = 2; rowgate.v1.Bounds bounds = 3; bool empty = 4;",
			shape + "lower and upper are to be optional or of a message type, since without a bound they are unset",
		},
		{
			"optional int32 lower = 1; optional int32 upper = 2; Mood bounds = 3; bool empty = 4;",
			shape + "bounds is of type test.Mood, not rowgate.v1.Bounds",
		},
		{
			"optional int32 lower = 1; optional int32 upper = 2; rowgate.v1.Bounds bounds = 3; int32 empty = 4;",
			shape + "empty is of type int32, not bool",
		},
		{
			"optional string lower = 1; optional string upper = 2; rowgate.v1.Bounds bounds = 3; bool empty = 4;",
			`: bound "lower" of type integer cannot be bound to field "lower" of type string; ` +
				`legal within a message: int32, sint32, sfixed32, int64, sint64, sfixed64; string is legal for the whole`,
		},
	} {
		md := messageOf(t, "message X { "+c.fields+" }", "X value = 1;")
		_, err := NewCodec(Column{Name: "col", Type: int4rangeType, Field: md.Fields().Get(0)})
		want := `column "col" of type int4range cannot be bound to field "value" of type test.X` + c.problem
		if err == nil || err.Error() != want {
			t.Errorf("error: %v\nwant:  %s", err, want)
		}
	}
}
