package wire

import (
	"math/big"
	"strings"
	"testing"
	"time"
)

// numerics are numeric_send's forms, as Postgres 15 wrote them.
var numerics = map[string]string{
	"0": "0000000000000000", "0.00": "0000000000000002", "1": "00010000000000000001", "-1": "00010000400000000001",
	"12.34": "0002000000000002000c0d48", "10000": "00010001000000000001", "100000000": "00010002000000000001",
	"0.0001": "0001ffff000000040001", "0.00001": "0001fffe0000000503e8",
	"123456789.987654321": "0006000200000009000109291a852694153803e8",
	"9999.9999":           "0002000000000004270f270f", "-0.5": "0001ffff400000011388", "0.0000001": "0001fffe00000007000a",
	"NaN": "00000000c0000000", "100000000000000000000": "00010005000000000001", "1.10": "0002000000000002000103e8",
}

func TestNumeric(t *testing.T) {
	var cases []pairCase
	for text, bin := range numerics {
		cases = append(cases, pairCase{typ: numericType, decl: "string", bin: bin, text: `value: "` + text + `"`})
		if text != "NaN" {
			cases = append(cases, pairCase{typ: numericType, decl: "google.type.Decimal", bin: bin, text: `value: {value: "` + text + `"}`})
		}
	}
	cases = append(cases,
		pairCase{typ: numericType, decl: "string", bin: "00000000d0000000", text: `value: "Infinity"`},
		pairCase{typ: numericType, decl: "string", bin: "00000000f0000000", text: `value: "-Infinity"`},
		pairCase{typ: moneyType, decl: "string", bin: numerics["12.34"], text: `value: "12.34"`},
	)
	testBoth(t, cases)
	testRead(t, []pairCase{{typ: numericType, decl: "string", bin: "00000000d0000020", text: `value: "Infinity"`}})
}

func TestNumericSpellings(t *testing.T) {
	decimal := func(text, bin string) pairCase {
		return pairCase{typ: numericType, decl: "string", text: `value: "` + text + `"`, bin: bin}
	}
	testWrite(t, []pairCase{
		decimal("+1", numerics["1"]),
		decimal("001", numerics["1"]),
		decimal("1.", numerics["1"]),
		decimal("1e0", numerics["1"]),
		decimal("10e-1", "00010000000000010001"), // 1.0
		decimal("1e20", numerics["100000000000000000000"]),
		decimal(".5", "0001ffff000000011388"),
		decimal("-5E-1", numerics["-0.5"]),
		decimal("0.01e3", "0001000000000000000a"), // 10
		decimal("1e-7", numerics["0.0000001"]),
		decimal("-0", numerics["0"]),
		decimal("12.340", "0002000000000003000c0d48"),
		decimal("nan", numerics["NaN"]),
		decimal("+inf", "00000000d0000000"),
		decimal("-INF", "00000000f0000000"),
		{typ: numericType, decl: "google.type.Decimal", text: `value: {}`, bin: numerics["0"]},
	})
	for _, text := range []string{"", " 1", "1 ", "1e", "1e+", "e1", ".", "-", "+-1", "1.2.3", "0x10", "1_000", "1,5", "١", "infini", "--inf", "1e1.5"} {
		testWrite(t, []pairCase{{
			typ: numericType, decl: "string", text: `value: "` + text + `"`,
			err: `invalid: value: "` + text + `" is not a decimal number`,
		}})
	}
	for _, text := range []string{"NaN", "Infinity", "-inf", "x"} {
		testWrite(t, []pairCase{{
			typ: numericType, decl: "google.type.Decimal", text: `value: {value: "` + text + `"}`,
			err: `invalid: value: "` + text + `" is not a decimal number`,
		}})
	}
}

func TestNumericLimits(t *testing.T) {
	small := numericType.withTypmod(196617, "numeric(3,5)")
	coarse := numericType.withTypmod(329730, "numeric(5,-2)")
	accept := func(typ Type, texts ...string) {
		t.Helper()
		for _, text := range texts {
			c := codec(t, typ, "string")
			if _, err := write(t, c, parse(t, c.column.Field.ContainingMessage(), `value: "`+text+`"`)); err != nil {
				t.Error(err)
			}
		}
	}
	accept(price, "9999999999.99", "-9999999999.99", "1.500000", "0.000", "00000000000000000001", "0e9999999", "1e9", "12345e-2", "NaN")
	accept(small, "0.00999", "0", "-0.001")
	accept(coarse, "9999900", "100", "1e6", "-1200.000")
	accept(numericType, "1e131071", "1e-16383", "0."+strings.Repeat("0", 16382)+"1", strings.Repeat("9", 131072))
	accept(moneyType, "92233720368547758.07", "-92233720368547758.08", "1.50", "1e3")

	const cut = `"1111111111111111111111111111111111111111"...`
	testWrite(t, []pairCase{
		{typ: price, decl: "string", text: `value: "1.005"`, err: `out of range: value: "1.005" does not fit numeric(12,2), which holds 2 digits after the point`},
		{typ: price, decl: "string", text: `value: "1e11"`, err: `out of range: value: "1e11" does not fit numeric(12,2), which holds numbers below 10^10`},
		{typ: price, decl: "string", text: `value: "100000000000"`, err: `out of range: value: "100000000000" does not fit numeric(12,2), which holds numbers below 10^10`},
		{typ: price, decl: "string", text: `value: "Infinity"`, err: `out of range: value: "Infinity" does not fit numeric(12,2)`},
		{typ: price, decl: "google.type.Decimal", text: `value: {value: "1.005"}`, err: `out of range: value: "1.005" does not fit numeric(12,2), which holds 2 digits after the point`},
		{typ: small, decl: "string", text: `value: "0.01"`, err: `out of range: value: "0.01" does not fit numeric(3,5), which holds numbers below 10^-2`},
		{typ: coarse, decl: "string", text: `value: "110"`, err: `out of range: value: "110" does not fit numeric(5,-2), which holds multiples of 10^2`},
		{typ: numericType, decl: "string", text: `value: "1e131072"`, err: `out of range: value: "1e131072" does not fit numeric, which holds numbers below 10^131072`},
		{typ: numericType, decl: "string", text: `value: "1e18446744073709551617"`, err: `out of range: value: "1e18446744073709551617" does not fit numeric, which holds numbers below 10^131072`},
		{typ: numericType, decl: "string", text: `value: "1e-16384"`, err: `out of range: value: "1e-16384" does not fit numeric, which holds 16383 digits after the point`},
		{typ: numericType, decl: "string", text: `value: "0e-16384"`, err: `out of range: value: "0e-16384" has more than the 16383 digits after the point that numeric holds`},
		{typ: numericType, decl: "string", text: `value: "` + strings.Repeat("1", 131073) + `"`, err: `out of range: value: ` + cut + ` does not fit numeric, which holds numbers below 10^131072`},
		{typ: moneyType, decl: "string", text: `value: "92233720368547758.08"`, err: `out of range: value: "92233720368547758.08" does not fit money, which holds -92233720368547758.08 to 92233720368547758.07`},
		{typ: moneyType, decl: "string", text: `value: "-92233720368547758.09"`, err: `out of range: value: "-92233720368547758.09" does not fit money, which holds -92233720368547758.08 to 92233720368547758.07`},
		{typ: moneyType, decl: "string", text: `value: "1e17"`, err: `out of range: value: "1e17" does not fit money, which holds numbers below 10^17`},
		{typ: moneyType, decl: "string", text: `value: "0.005"`, err: `out of range: value: "0.005" does not fit money, which holds 2 digits after the point`},
		{typ: moneyType, decl: "string", text: `value: "NaN"`, err: `out of range: value: "NaN" does not fit money`},
	})
	testRead(t, []pairCase{
		{
			typ: numericType, decl: "google.type.Decimal", bin: "00000000c0000000",
			err: `out of range: column "col": NaN and Infinity do not fit google.type.Decimal; bind the field to string to read them`,
		},
	})
	for _, bin := range []string{
		"", "0001", "0001000000000000", "000000000000000000", // too short, too long
		"00010000000000002710", "00020000000000040001ffff", // digits above 9999
		"00010000100000000001", "000000000000ffff", // no such sign, no such scale
	} {
		c := codec(t, numericType, "string")
		if _, _, err := read(t, c, unhex(t, bin)); err == nil || !strings.Contains(err.Error(), "the table has changed") {
			t.Errorf("%s: %v", bin, err)
		}
	}
}

// TestNumericExponentCost holds that a short text is never much work.
func TestNumericExponentCost(t *testing.T) {
	start := time.Now()
	for _, text := range []string{"1e999999999", "1e-999999999", "1e" + strings.Repeat("9", 1000), "0e999999999"} {
		for range 10_000 {
			_, _ = appendNumericParam(nil, []byte(text), numericLimitOf(&numericType))
		}
	}
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("it took %v", took)
	}
}

// FuzzNumeric holds numbers against math/big's, from text to Postgres and back.
func FuzzNumeric(f *testing.F) {
	for text := range numerics {
		f.Add(text)
	}
	f.Add("-00120.0450e-3")
	f.Add("9999.99995e4")
	limit := numericLimitOf(&numericType)
	f.Fuzz(func(t *testing.T, text string) {
		bin, err := appendNumericParam(nil, []byte(text), limit)
		if err != nil {
			return
		}
		back, err := appendNumericText(nil, bin)
		if err != nil {
			t.Fatalf("%q became %x, which is not a numeric: %v", text, bin, err)
		}
		if _, special := specialNumeric([]byte(text)); special {
			return
		}
		want, ok1 := new(big.Rat).SetString(text)
		if d, _ := parseDecimal([]byte(text)); d.first < 0 {
			want, ok1 = new(big.Rat), true // big.Rat refuses the exponent of 0e9999999999
		}
		got, ok2 := new(big.Rat).SetString(string(back))
		if !ok1 || !ok2 || want.Cmp(got) != 0 {
			t.Fatalf("%q became %q", text, back)
		}
		again, err := appendNumericParam(nil, back, limit)
		if err != nil || string(again) != string(bin) {
			t.Fatalf("%q became %x, and %q became %x: %v", text, bin, back, again, err)
		}
	})
}
