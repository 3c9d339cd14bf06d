package wire

import (
	"math"
	"strings"
	"testing"
)

func TestVectors(t *testing.T) {
	three := vectorType.withTypmod(3, "extensions.vector(3)")
	testBoth(t, []pairCase{
		{typ: vectorType, decl: "repeated float", bin: "0001 0000 00000000", text: "value: 0"},
		{typ: vectorType, decl: "repeated float", bin: "0003 0000 3f800000 c0200000 00000001", text: "value: [1, -2.5, 1e-45]"},
		{typ: three, decl: "repeated float", bin: "0003 0000 80000000 7f7fffff ff7fffff", text: "value: [-0, 3.4028235e38, -3.4028235e38]"},
		{typ: halfvecType, decl: "repeated float", bin: "0004 0000 3c00 c100 7bff fbff", text: "value: [1, -2.5, 65504, -65504]"},
		{typ: halfvecType, decl: "repeated float", bin: "0004 0000 0000 8000 0001 0400", text: "value: [0, -0, 5.9604645e-8, 6.1035156e-5]"},
		{typ: halfvecType, decl: "repeated float", bin: "0002 0000 83ff 2e66", text: "value: [-6.097555e-5, 0.099975586]"},
	})
	testWrite(t, []pairCase{
		{typ: vectorType, decl: "repeated float", text: "value: [1, nan]", err: "invalid: value[1]: NaN is not a number that a vector holds"},
		{typ: vectorType, decl: "repeated float", text: "value: [inf]", err: "invalid: value[0]: +Inf is not a number that a vector holds"},
		{typ: halfvecType, decl: "repeated float", text: "value: [-inf]", err: "invalid: value[0]: -Inf is not a number that a vector holds"},
		{typ: vectorType, decl: "repeated float", text: "", err: "invalid: value: it is empty, and a vector has at least one element"},
		{typ: three, decl: "repeated float", text: "value: [1, 2]", err: "out of range: value: it has 2 elements, which does not fit extensions.vector(3)"},
		{
			typ: vectorType, decl: "repeated float", text: "value: [" + strings.Repeat("1, ", 16000) + "1]",
			err: "out of range: value: it has 16001 elements, and a vector has at most 16000",
		},
		{
			typ: halfvecType, decl: "repeated float", text: "value: [1, 0.1]",
			err: "out of range: value[1]: 0.1 is not exact in half precision; round it first, or bind the field to string to leave that to Postgres",
		},
		{
			typ: halfvecType, decl: "repeated float", text: "value: 65536",
			err: "out of range: value[0]: 65536 is not exact in half precision; round it first, or bind the field to string to leave that to Postgres",
		},
	})
	testRead(t, []pairCase{
		{typ: vectorType, decl: "repeated float", bin: "0002 0000 3f800000", err: changed("extensions.vector")},
		{typ: vectorType, decl: "repeated float", bin: "0001", err: changed("extensions.vector")},
		{typ: halfvecType, decl: "repeated float", bin: "0001 0000 3c00 00", err: changed("extensions.halfvec")},
	})
	// A field that is not packed, and whether nothing is NULL.
	md := message(t, "repeated float value = 1 [packed = false];")
	c, err := NewCodec(Column{Name: "col", Type: vectorType, Field: md.Fields().Get(0)})
	if err != nil {
		t.Fatal(err)
	}
	if _, b, err := read(t, c, unhex(t, "0002 0000 3f800000 40000000")); err != nil || string(b) != string(unhex(t, "0d 0000803f 0d 00000040")) {
		t.Errorf("%x, %v", b, err)
	}
	if !c.EmptyIsNull() || codec(t, hstoreType, "map<string, string>").EmptyIsNull() || codec(t, vectorType, "string").EmptyIsNull() {
		t.Error("EmptyIsNull is wrong")
	}
}

// TestHalves goes over all numbers in half precision.
func TestHalves(t *testing.T) {
	exact := map[uint32]bool{}
	for half := range 1 << 16 {
		bits := floatOfHalf(uint16(half))
		exact[bits] = true
		f := float64(math.Float32frombits(bits))
		exponent, fraction := half>>10&0x1f, float64(half&0x3ff)
		want := math.Ldexp(1+fraction/1024, exponent-15)
		switch {
		case exponent == 0:
			want = math.Ldexp(fraction, -24)
		case exponent == 0x1f && fraction == 0:
			want = math.Inf(1)
		case exponent == 0x1f:
			want = math.NaN()
		}
		if half&0x8000 != 0 {
			want = -want
		}
		if f != want && !(math.IsNaN(f) && math.IsNaN(want)) || math.Signbit(f) != (half&0x8000 != 0) {
			t.Fatalf("%04x is %v, not %v", half, f, want)
		}
		if exponent == 0x1f {
			continue
		}
		if got, ok := halfOfFloat(bits); !ok || got != uint16(half) {
			t.Fatalf("%v is %04x, not %04x", f, got, half)
		}
	}
	// The numbers next to them are none.
	for bits := range exact {
		if bits&floatExponent == floatExponent {
			continue
		}
		if half, ok := halfOfFloat(bits + 1); ok != exact[bits+1] {
			t.Fatalf("%v is %04x", math.Float32frombits(bits+1), half)
		}
	}
}
