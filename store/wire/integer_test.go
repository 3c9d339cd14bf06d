package wire

import (
	"math"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"
)

func TestBool(t *testing.T) {
	testBoth(t, []pairCase{
		{typ: boolType, decl: "bool", bin: "01", text: "value: true"},
		{typ: boolType, decl: "bool", bin: "00", text: ""},
		{typ: boolType, decl: "optional bool", bin: "00", text: "value: false"},
	})
}

// TestIntegers goes through the limits of every width and every type that
// holds it.
func TestIntegers(t *testing.T) {
	for _, c := range []struct {
		typ    Type
		protos []string
		bins   map[string]string
	}{
		{int2Type, []string{"int32", "sint32", "sfixed32", "int64", "sint64", "sfixed64"}, map[string]string{
			"1": "0001", "-1": "ffff", "32767": "7fff", "-32768": "8000",
		}},
		{int4Type, []string{"int32", "sint32", "sfixed32", "int64", "sint64", "sfixed64"}, map[string]string{
			"1": "00000001", "-1": "ffffffff", "2147483647": "7fffffff", "-2147483648": "80000000",
		}},
		{int8Type, []string{"int64", "sint64", "sfixed64"}, map[string]string{
			"1": "0000000000000001", "-1": "ffffffffffffffff",
			"9223372036854775807": "7fffffffffffffff", "-9223372036854775808": "8000000000000000",
		}},
		{int8Type, []string{"int32", "sint32", "sfixed32"}, map[string]string{
			"2147483647": "000000007fffffff", "-2147483648": "ffffffff80000000",
		}},
		{oidType, []string{"uint32", "fixed32", "uint64", "fixed64", "int64"}, map[string]string{
			"1": "00000001", "4294967295": "ffffffff",
		}},
	} {
		zero := "0000000000000000"[:2*map[uint32]int{oidInt2: 2, oidInt4: 4, oidInt8: 8, oidOID: 4}[c.typ.OID]]
		for _, decl := range c.protos {
			cases := []pairCase{
				{typ: c.typ, decl: decl, bin: zero, text: ""},
				{typ: c.typ, decl: "optional " + decl, bin: zero, text: "value: 0"},
			}
			for value, bin := range c.bins {
				cases = append(cases, pairCase{typ: c.typ, decl: decl, bin: bin, text: "value: " + value})
			}
			testBoth(t, cases)
		}
	}
}

func TestInt8Text(t *testing.T) {
	testBoth(t, []pairCase{
		{typ: int8Type, decl: "string", bin: "0000000000000000", text: `value: "0"`},
		{typ: int8Type, decl: "string", bin: "7fffffffffffffff", text: `value: "9223372036854775807"`},
		{typ: int8Type, decl: "string", bin: "8000000000000000", text: `value: "-9223372036854775808"`},
	})
	testWrite(t, []pairCase{
		{typ: int8Type, decl: "string", text: `value: "+00012"`, bin: "000000000000000c"},
		{typ: int8Type, decl: "string", text: ``, err: `invalid: value: "" is not an integer`},
		{typ: int8Type, decl: "string", text: `value: "-"`, err: `invalid: value: "-" is not an integer`},
		{typ: int8Type, decl: "string", text: `value: "1_0"`, err: `invalid: value: "1_0" is not an integer`},
		{typ: int8Type, decl: "string", text: `value: "1.0"`, err: `invalid: value: "1.0" is not an integer`},
		{
			typ: int8Type, decl: "string", text: `value: "9223372036854775808"`,
			err: `out of range: value: "9223372036854775808" does not fit bigint, which holds -9223372036854775808 to 9223372036854775807`,
		},
	})
}

func TestIntegerErrors(t *testing.T) {
	changed := func(name string) string {
		return `precondition: column "col": the stored value is not of the type ` + name +
			` that the server read when it started; the table has changed since, so the server must read it again`
	}
	testRead(t, []pairCase{
		{typ: boolType, decl: "bool", bin: "02", err: changed("boolean")},
		{typ: boolType, decl: "bool", bin: "", err: changed("boolean")},
		{typ: int2Type, decl: "int32", bin: "00000001", err: changed("smallint")},
		{typ: int4Type, decl: "int32", bin: "0000000000000001", err: changed("integer")},
		{typ: int8Type, decl: "int64", bin: "00000001", err: changed("bigint")},
		{typ: oidType, decl: "uint32", bin: "0001", err: changed("oid")},
		{typ: oidType, decl: "fixed32", bin: "0001", err: changed("oid")},
		{typ: oidType, decl: "fixed64", bin: "0001", err: changed("oid")},
		{
			typ: int8Type, decl: "int32", bin: "0000000080000000",
			err: `out of range: column "col": 2147483648 does not fit int32; bind the field to int64 or string to read it`,
		},
		{
			typ: int8Type, decl: "sfixed32", bin: "ffffffff7fffffff",
			err: `out of range: column "col": -2147483649 does not fit sfixed32; bind the field to int64 or string to read it`,
		},
	})
	testWrite(t, []pairCase{
		{typ: int2Type, decl: "int32", text: "value: 70000", err: "out of range: value: 70000 does not fit smallint, which holds -32768 to 32767"},
		{typ: int2Type, decl: "sint64", text: "value: -32769", err: "out of range: value: -32769 does not fit smallint, which holds -32768 to 32767"},
		{typ: int4Type, decl: "int64", text: "value: 2147483648", err: "out of range: value: 2147483648 does not fit integer, which holds -2147483648 to 2147483647"},
		{typ: oidType, decl: "uint64", text: "value: 4294967296", err: "out of range: value: 4294967296 does not fit oid, which holds 0 to 4294967295"},
		{typ: oidType, decl: "int64", text: "value: -1", err: "out of range: value: -1 does not fit oid, which holds 0 to 4294967295"},
	})
}

func TestFloats(t *testing.T) {
	testBoth(t, []pairCase{
		{typ: float4Type, decl: "float", bin: "3fc00000", text: "value: 1.5"},
		{typ: float4Type, decl: "float", bin: "00000000", text: ""},
		{typ: float4Type, decl: "float", bin: "80000000", text: "value: -0.0"},
		{typ: float4Type, decl: "float", bin: "7f800000", text: "value: inf"},
		{typ: float4Type, decl: "double", bin: "3dcccccd", text: "value: 0.10000000149011612"},
		{typ: float4Type, decl: "double", bin: "ff800000", text: "value: -inf"},
		{typ: float8Type, decl: "double", bin: "bfb999999999999a", text: "value: -0.1"},
		{typ: float8Type, decl: "optional double", bin: "0000000000000000", text: "value: 0"},
	})
	testWrite(t, []pairCase{
		{
			typ: float4Type, decl: "double", text: "value: 0.1",
			err: "out of range: value: 0.1 is not exact in a real; the nearest that is would be 0.10000000149011612",
		},
		{
			typ: float4Type, decl: "double", text: "value: 1e39",
			err: "out of range: value: 1e+39 is not exact in a real; the nearest that is would be +Inf",
		},
	})
	// proto.Equal takes any two NaN as equal; here it must be one.
	for _, decl := range []string{"float", "double"} {
		msg, _, err := read(t, codec(t, float4Type, decl), unhex(t, "7fc00000"))
		if err != nil || !math.IsNaN(fieldOf(msg).Float()) {
			t.Errorf("NaN in a %s: %v %v", decl, msg, err)
		}
		if bin, err := write(t, codec(t, float4Type, decl), msg); err != nil || string(bin) != "\x7f\xc0\x00\x00" {
			t.Errorf("NaN of a %s: %x %v", decl, bin, err)
		}
	}
}

func fieldOf(msg proto.Message) protoreflect.Value {
	m := msg.(*dynamicpb.Message)
	return m.Get(m.Descriptor().Fields().Get(0))
}
