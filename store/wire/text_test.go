package wire

import (
	"strings"
	"testing"
)

const (
	notUTF8 = "invalid: value: the text is not valid UTF-8"
	hasNull = "invalid: value: the text has a NUL character, which Postgres cannot store"
)

func TestText(t *testing.T) {
	long := strings.Repeat("é", 100)
	var cases []pairCase
	for _, typ := range []Type{textType, varcharType, bpcharType, nameType, xmlType, macaddrType, {OID: 30000, Name: "app.pair", Kind: Other, Typmod: -1}} {
		cases = append(cases,
			pairCase{typ: typ, decl: "string", bin: "", text: ""},
			pairCase{typ: typ, decl: "optional string", bin: "", text: `value: ""`},
			pairCase{typ: typ, decl: "string", bin: raw("naïve ☃ "), text: `value: "naïve ☃ "`},
		)
	}
	cases = append(cases, pairCase{typ: textType, decl: "string", bin: raw(long), text: `value: "` + long + `"`})
	testBoth(t, cases)

	testRead(t, []pairCase{
		{typ: textType, decl: "string", bin: "ff", err: `precondition: column "col": the text is not valid UTF-8, which protobuf strings must be`},
	})
	testWrite(t, []pairCase{
		{typ: textType, decl: "string", text: `value: "a\000b"`, err: hasNull},
		{typ: macaddrType, decl: "string", text: `value: "\000"`, err: hasNull},
		{
			typ: nameType, decl: "string", text: `value: "` + strings.Repeat("a", 64) + `"`,
			err: "out of range: value: a text of 64 bytes does not fit name, which holds 63",
		},
	})
	// A message of proto3 cannot carry it; a Value made by hand can.
	for _, typ := range []Type{textType, varcharType, xmlType, jsonType, moodType} {
		if _, err := codec(t, typ, "string").AppendParam(nil, Value{Bytes: []byte("\xff")}); err == nil {
			t.Errorf("%s took invalid UTF-8", typ.Name)
		}
	}
}

func TestLimitedText(t *testing.T) {
	three := varcharType.withTypmod(7, "character varying(3)")
	padded := bpcharType.withTypmod(7, "character(3)")
	testBoth(t, []pairCase{
		{typ: three, decl: "string", bin: raw("äöü"), text: `value: "äöü"`},
		{typ: padded, decl: "string", bin: raw("a  "), text: `value: "a  "`},
	})
	testWrite(t, []pairCase{
		{typ: three, decl: "string", text: `value: "äöüß"`, err: "out of range: value: a text of 4 characters does not fit character varying(3)"},
		{typ: three, decl: "string", text: `value: "abc "`, err: "out of range: value: a text of 4 characters does not fit character varying(3)"},
		{typ: padded, decl: "string", text: `value: "abcd"`, err: "out of range: value: a text of 4 characters does not fit character(3)"},
		{typ: three, decl: "string", text: `value: "a\000"`, err: hasNull},
		{typ: arrayOf(three), decl: "repeated string", text: `value: ["a", "abcd"]`, err: "out of range: value[1]: a text of 4 characters does not fit character varying(3)"},
	})
}

func TestChar(t *testing.T) {
	testBoth(t, []pairCase{
		{typ: charType, decl: "string", bin: "61", text: `value: "a"`},
		{typ: charType, decl: "optional string", bin: "00", text: `value: ""`},
		{typ: charType, decl: "string", bin: "e9", text: `value: "\\351"`},
		{typ: charType, decl: "string", bin: "ff", text: `value: "\\377"`},
		{typ: charType, decl: "string", bin: "80", text: `value: "\\200"`},
	})
	testRead(t, []pairCase{{
		typ: charType, decl: "string", bin: "6161",
		err: `precondition: column "col": the stored value is not of the type "char" that the server read when it started; the table has changed since, so the server must read it again`,
	}})
	const one = ` does not fit "char", which holds one ASCII character or an octal escape such as \377`
	testWrite(t, []pairCase{
		{typ: charType, decl: "string", text: `value: "ab"`, err: `out of range: value: "ab"` + one},
		{typ: charType, decl: "string", text: `value: "é"`, err: `out of range: value: "é"` + one},
		{typ: charType, decl: "string", text: `value: "\\400"`, err: `out of range: value: "\\400"` + one},
		{typ: charType, decl: "string", text: `value: "\000"`, err: hasNull},
	})
}

func TestBytea(t *testing.T) {
	testBoth(t, []pairCase{
		{typ: byteaType, decl: "bytes", bin: "00ff", text: `value: "\000\377"`},
		{typ: byteaType, decl: "bytes", bin: "", text: ""},
		{typ: byteaType, decl: "optional bytes", bin: "", text: `value: ""`},
	})
}

func TestUUID(t *testing.T) {
	const id, bin = "00112233-4455-6677-8899-aabbccddeeff", "00112233445566778899aabbccddeeff"
	testBoth(t, []pairCase{
		{typ: uuidType, decl: "string", bin: bin, text: `value: "` + id + `"`},
		{typ: uuidType, decl: "bytes", bin: bin, text: `value: "\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff"`},
	})
	testWrite(t, []pairCase{{typ: uuidType, decl: "string", bin: bin, text: `value: "` + strings.ToUpper(id) + `"`}})
	for _, text := range []string{
		"", "x", bin, "{" + id + "}", id + "0", "00112233-4455-6677-8899-aabbccddeefg", "0011223-34455-6677-8899-aabbccddeeff",
		"00112233-4455-6677-8899_aabbccddeeff", " " + id[1:], "urn:uuid:" + id,
	} {
		testWrite(t, []pairCase{{
			typ: uuidType, decl: "string", text: `value: "` + text + `"`,
			err: "invalid: value: " + shown([]byte(text)) + " is not a UUID, 32 hexadecimal digits in the form xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx",
		}})
	}
	const changed = `precondition: column "col": the stored value is not of the type uuid that the server read when it started; the table has changed since, so the server must read it again`
	testRead(t, []pairCase{
		{typ: uuidType, decl: "string", bin: "00", err: changed},
		{typ: uuidType, decl: "bytes", bin: "00", err: changed},
	})
	testWrite(t, []pairCase{{typ: uuidType, decl: "bytes", text: `value: "x"`, err: "invalid: value: a UUID has 16 bytes, not 1"}})
}

func TestInet(t *testing.T) {
	inets := map[string]string{
		"192.168.1.1": "02200004c0a80101", "192.168.1.1/24": "02180004c0a80101", "0.0.0.0/0": "0200000400000000",
		"::1": "0380001000000000000000000000000000000001", "::": "0380001000000000000000000000000000000000",
		"::ffff:1.2.3.4": "0380001000000000000000000000ffff01020304",
		"::1.2.3.4":      "0380001000000000000000000000000001020304",
		"::0.2.0.1":      "0380001000000000000000000000000000020001", // as Postgres writes ::2:1
		"2001:db8::/32":  "0320001020010db8000000000000000000000000",
	}
	cidrs := map[string]string{
		"192.168.1.0/24": "02180104c0a80100", "192.168.1.1/32": "02200104c0a80101",
		"2001:db8::/32": "0320011020010db8000000000000000000000000",
	}
	var cases []pairCase
	for text, bin := range inets {
		cases = append(cases, pairCase{typ: inetType, decl: "string", bin: bin, text: `value: "` + text + `"`})
	}
	for text, bin := range cidrs {
		cases = append(cases, pairCase{typ: cidrType, decl: "string", bin: bin, text: `value: "` + text + `"`})
	}
	testBoth(t, cases)
	testWrite(t, []pairCase{
		{typ: cidrType, decl: "string", bin: "02200104c0a80101", text: `value: "192.168.1.1"`},
		{
			typ: cidrType, decl: "string", text: `value: "192.168.1.1/24"`,
			err: `invalid: value: "192.168.1.1/24" has bits to the right of its netmask, which no cidr has; the network is "192.168.1.0/24"`,
		},
		{
			typ: cidrType, decl: "string", text: `value: "x/24"`,
			err: `invalid: value: "x/24" is not a network: an IP address and the length of its netmask`,
		},
	})
	for _, text := range []string{"", "1.2.3", "1.2.3.4/33", "1.2.3.4/-1", "fe80::1%eth0", "fe80::1%eth0/64", "1.2.3.4/", "01.2.3.4", "::1/129", " ::1"} {
		testWrite(t, []pairCase{{
			typ: inetType, decl: "string", text: `value: "` + text + `"`,
			err: "invalid: value: " + shown([]byte(text)) + " is not an IP address, with or without the length of a netmask",
		}})
	}
	for _, bin := range []string{
		"", "02200004c0a801", "02200005c0a80101", "03200004c0a80101", "02210004c0a80101", "02200204c0a80101",
		"0281001000000000000000000000000000000001", "0381001000000000000000000000000000000001",
	} {
		if _, _, err := read(t, codec(t, inetType, "string"), unhex(t, bin)); err == nil {
			t.Errorf("%s was read", bin)
		}
	}
}
