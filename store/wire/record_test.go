package wire

import (
	"strings"
	"testing"
)

// The parts of pairs in binary: (1,x), (NULL,NULL).
const (
	pairOneX  = "00000002 00000017 00000004 00000001 00000019 00000001 78"
	pairNulls = "00000002 00000017 ffffffff 00000019 ffffffff"
)

func TestRecords(t *testing.T) {
	testBoth(t, []pairCase{
		{typ: pairType, decl: "Pair", bin: pairOneX, text: `value {a: 1 text: "x"}`},
		{typ: pairType, decl: "Pair", bin: pairNulls, text: `value {}`},
		{typ: pairType, decl: "optional Pair", bin: pairNulls, text: `value {}`},
		{typ: arrayOf(pairType), decl: "repeated Pair", bin: "00000001 00000000 00004e22 00000001 00000001 00000019 " + pairOneX, text: `value {a: 1 text: "x"}`},
		{
			typ: deepType, decl: "Deep",
			bin: "00000007" +
				"00004e22 00000019" + pairOneX +
				"00004e21 00000031 00000001 00000000 00004e22 00000001 00000001 00000019" + pairOneX +
				"000003ef 0000001c 00000001 00000000 00000017 00000001 00000001 00000004 00000007" +
				"00004e2c 00000003" + raw("sad") +
				"00000f40 00000001 01" +
				"00004e26 0000000e 00000001 00000001 6b 00000001 76" +
				"00004e27 00000008 0001 0000 3f800000",
			text: `value {pair {a: 1 text: "x"} pairs {a: 1 text: "x"} ints: 7 mood: MOOD_SAD span {empty: true} attrs {key: "k" value: "v"} vector: 1}`,
		},
	})
	// An absent plain field is a zero value, an absent list is empty, but for a
	// vector, which has no empty value; the rest is NULL.
	testWrite(t, []pairCase{
		{
			typ:  composite(1, "zeros", Attribute{Name: "a", Type: int4Type}, Attribute{Name: "text", Type: textType}),
			decl: "Zeros", text: "value {}", bin: "00000002 00000017 00000004 00000000 00000019 00000000",
		},
		{
			typ: deepType, decl: "Deep", text: "value {mood: MOOD_OK}",
			bin: "00000007 00004e22 ffffffff 00004e21 0000000c 00000000 00000000 00004e22 000003ef 0000000c 00000000 00000000 00000017" +
				"00004e2c 00000002" + raw("ok") + "00000f40 ffffffff 00004e26 00000004 00000000 00004e27 ffffffff",
		},
		{typ: deepType, decl: "Deep", text: "value {}", err: "invalid: value.mood: MOOD_UNSPECIFIED is not a value that can be stored; one of the others is required"},
		{
			typ: deepType, decl: "Deep", text: `value {pairs {} pairs {text: "a\000"}}`,
			err: "invalid: value.pairs[1].text: the text has a NUL character, which Postgres cannot store",
		},
		{
			typ: deepType, decl: "Deep", text: `value {mood: MOOD_OK span {empty: true lower: 1}}`,
			err: "invalid: value.span.empty: an empty range has neither lower nor upper",
		},
		{
			typ: arrayOf(deepType), decl: "repeated Deep", text: `value {mood: MOOD_OK} value {mood: MOOD_OK vector: [1, nan]}`,
			err: "invalid: value[1].vector[1]: NaN is not a number that a vector holds",
		},
	})
	testRead(t, []pairCase{
		{
			typ: deepType, decl: "Deep", bin: "00000007 00004e22 ffffffff 00004e21 00000031 00000001 00000000 00004e22 00000001 00000001 00000019" +
				"00000002 00000017 00000004 00000001 00000019 00000001 ff",
			err: `precondition: column "col": attribute "pairs": item 1 of the array: attribute "b": the text is not valid UTF-8, which protobuf strings must be`,
		},
		{
			typ: arrayOf(pairType), decl: "repeated Pair", bin: "00000001 00000000 00004e22 00000001 00000001 00000019 00000002 00000017 00000004 00000001 00000019 00000001 ff",
			err: `precondition: column "col": item 1 of the array: attribute "b": the text is not valid UTF-8, which protobuf strings must be`,
		},
		// Another number of attributes, another type, bytes at the end.
		{typ: pairType, decl: "Pair", bin: "00000001 00000017 ffffffff", err: changed("pair")},
		{typ: pairType, decl: "Pair", bin: "00000002 00000014 ffffffff 00000019 ffffffff", err: changed("pair")},
		{typ: pairType, decl: "Pair", bin: pairNulls + "00", err: changed("pair")},
		{typ: pairType, decl: "Pair", bin: "00000002 00000017 ffffffff 00000019 fffffffe", err: changed("pair")},
		{typ: pairType, decl: "Pair", bin: "00000002 00000017 ffffffff 00000019 00000001", err: changed("pair")},
		{typ: pairType, decl: "Pair", bin: "00000002 00000017 ffffffff", err: changed("pair")},
		{typ: pairType, decl: "Pair", bin: "", err: changed("pair")},
	})
}

// changed is the error of bytes that are not of a type's form.
func changed(name string) string {
	return `precondition: column "col": the stored value is not of the type ` + name +
		` that the server read when it started; the table has changed since, so the server must read it again`
}

// TestRecordBytes has messages that no library writes.
func TestRecordBytes(t *testing.T) {
	c := codec(t, pairType, "Pair")
	for in, want := range map[string]string{
		"08":             "invalid: value: the bytes are not a valid test.Pair message",
		"12 02 61ff":     "invalid: value.text: the text is not valid UTF-8",
		"08 01 08 02":    "",
		"1a 00 08 01":    "",
		"0a 01 61":       "", // a of another wire type
		"12 01 61 12 00": "",
	} {
		_, err := c.AppendParam(nil, Value{Present: true, Bytes: unhex(t, in)})
		got := ""
		if v, ok := err.(*ValueError); ok {
			got = v.Kind.String() + ": " + v.Error()
		}
		if got != want {
			t.Errorf("%s: %s\nwant %s", in, got, want)
		}
	}
}

// TestTextInRecords has types in binary that travel as text elsewhere.
func TestTextInRecords(t *testing.T) {
	const head = "00000001 "
	xml := composite(1, "x", Attribute{Name: "text", Type: xmlType})
	mac := composite(1, "x", Attribute{Name: "text", Type: macaddrType})
	path := composite(1, "x", Attribute{Name: "text", Type: scalar(4072, "jsonpath")})
	bit := composite(1, "x", Attribute{Name: "text", Type: scalar(1560, "bit(3)").withTypmod(3, "bit(3)")})
	varbit := composite(1, "x", Attribute{Name: "text", Type: scalar(1562, "bit varying")})
	testBoth(t, []pairCase{
		{typ: xml, decl: "One", bin: head + "0000008e 00000004" + raw("<a/>"), text: `value {text: "<a/>"}`},
		{typ: mac, decl: "One", bin: head + "0000033d 00000006 08002b0102ff", text: `value {text: "08:00:2b:01:02:ff"}`},
		{typ: path, decl: "One", bin: head + "00000fe8 00000004 01" + raw("$.a"), text: `value {text: "$.a"}`},
		{typ: bit, decl: "One", bin: head + "00000618 00000005 00000003 a0", text: `value {text: "101"}`},
		{typ: varbit, decl: "One", bin: head + "0000061a 00000004 00000000", text: `value {text: ""}`},
		{typ: varbit, decl: "One", bin: head + "0000061a 00000006 00000009 ff80", text: `value {text: "111111111"}`},
	})
	testWrite(t, []pairCase{
		{typ: xml, decl: "One", bin: head + "0000008e 0000002b" + raw(`<?xml version="1.0" encoding = 'utf-8'?><a>`), text: `value {text: "<?xml version=\"1.0\" encoding = 'utf-8'?><a>"}`},
		{
			typ: xml, decl: "One", text: `value {text: "<?xml version=\"1.0\" encoding=\"UTF-16\"?><a/>"}`,
			err: "invalid: value.text: its declaration names an encoding other than UTF-8, which the text is in; leave the encoding out",
		},
		{
			typ: xml, decl: "One", text: `value {text: "<?xml encoding?>"}`,
			err: "invalid: value.text: its declaration names an encoding other than UTF-8, which the text is in; leave the encoding out",
		},
		{typ: mac, decl: "One", text: `value {text: "08:00:2b:01:02"}`, err: `invalid: value.text: "08:00:2b:01:02" is not a MAC address of 6 bytes in the form xx:xx:...:xx`},
		{typ: mac, decl: "One", text: `value {text: "08:00:2b:01:02:0x"}`, err: `invalid: value.text: "08:00:2b:01:02:0x" is not a MAC address of 6 bytes in the form xx:xx:...:xx`},
		{typ: mac, decl: "One", text: `value {text: "08-00-2b-01-02-03"}`, err: `invalid: value.text: "08-00-2b-01-02-03" is not a MAC address of 6 bytes in the form xx:xx:...:xx`},
		{typ: bit, decl: "One", text: `value {text: "10"}`, err: "out of range: value.text: a text of 2 bits does not fit bit(3)"},
		{typ: varbit, decl: "One", text: `value {text: "12"}`, err: `invalid: value.text: "12" is not a text of the digits 0 and 1`},
	})
	testRead(t, []pairCase{
		{typ: mac, decl: "One", bin: head + "0000033d 00000005 08002b0102", err: inText + changed("x")[len(`precondition: column "col": `):]},
		{typ: path, decl: "One", bin: head + "00000fe8 00000001 02", err: inText + changed("x")[len(`precondition: column "col": `):]},
		{typ: varbit, decl: "One", bin: head + "0000061a 00000005 00000009 ff", err: inText + changed("x")[len(`precondition: column "col": `):]},
		{typ: varbit, decl: "One", bin: head + "0000061a 00000004 ffffffff", err: inText + changed("x")[len(`precondition: column "col": `):]},
	})
}

const inText = `precondition: column "col": attribute "text": `

func TestRecordBinding(t *testing.T) {
	money := composite(1, "bill", Attribute{Name: "cost", Type: moneyType})
	for _, c := range []struct {
		typ      Type
		messages string
		problem  string
	}{
		{pairType, "message X { int32 a = 1; }", `: message test.X has no field for attribute "b"`},
		{pairType, "message X { int32 a = 1; string b = 2; string c = 3; }", `: pair has no attribute "c" for field "c" of message test.X`},
		{
			pairType, `message X { int32 a = 1; string b = 2; string c = 3 [(rowgate.v1.column).name = "b"]; }`,
			`: fields "b" and "c" of message test.X are both of attribute "b"`,
		},
		{
			pairType, "message X { string a = 1; string b = 2; }",
			`: attribute "a" of type integer cannot be bound to field "a" of type string; ` +
				`legal within a message: int32, sint32, sfixed32, int64, sint64, sfixed64; string is legal for the whole`,
		},
		{
			money, "message X { string cost = 1; }",
			`: attribute "cost" of type money cannot be bound to field "cost" of type string; ` +
				`its values are read as text, which cannot be part of a message; string is legal for the whole`,
		},
		{
			composite(1, "outer", Attribute{Name: "inner", Type: money}), "message X { Y inner = 1; } message Y { string cost = 1; }",
			`: attribute "inner" of type bill cannot be bound to field "inner" of type test.Y: ` +
				`attribute "cost" of type money cannot be bound to field "cost" of type string; ` +
				`its values are read as text, which cannot be part of a message; string is legal for the whole`,
		},
		{
			composite(1, "outer", Attribute{Name: "inner", Type: pairType}), "message X { string inner = 1; }",
			`: attribute "inner" of type pair cannot be bound to field "inner" of type string; legal within a message: message; string is legal for the whole`,
		},
		{
			composite(1, "outer", Attribute{Name: "ints", Type: arrayOf(int4Type)}), "message X { rowgate.v1.Array ints = 1; }",
			`: attribute "ints" of type integer[] cannot be bound to field "ints" of type rowgate.v1.Array; legal within a message: ` +
				`repeated int32, repeated sint32, repeated sfixed32, repeated int64, repeated sint64, repeated sfixed64; string is legal for the whole`,
		},
		{pairType, "enum X { X_UNSPECIFIED = 0; }", "; legal: message, string"},
	} {
		md := messageOf(t, c.messages, "X value = 1;")
		_, err := NewCodec(Column{Name: "col", Type: c.typ, Field: md.Fields().Get(0)})
		want := `column "col" of type ` + c.typ.Name + ` cannot be bound to field "value" of type test.X` + c.problem
		if err == nil || err.Error() != want {
			t.Errorf("error: %v\nwant:  %s", err, want)
		}
	}
}

func TestMessageLegal(t *testing.T) {
	bill := composite(1, "bill", Attribute{Name: "cost", Type: moneyType})
	inText := " its values are read as text, which cannot be part of a message"
	for _, c := range []struct {
		typ  Type
		want string
	}{
		{int4Type, ""},
		{pairType, ""},
		{deepType, ""},
		{arrayOf(deepType), ""},
		{multirangeType, ""},
		{textrangeType, ""},
		{composite(1, "all", Attribute{Name: "a", Type: arrayOf(textrangeType)}, Attribute{Name: "b", Type: multirangeType}, Attribute{Name: "c", Type: geometryColumn}), ""},
		{bill, `attribute "cost" of type money:` + inText},
		{arrayOf(bill), `attribute "cost" of type money:` + inText},
		{
			composite(1, "x", Attribute{Name: "bills", Type: arrayOf(bill)}),
			`attribute "bills" of type bill[]: attribute "cost" of type money:` + inText,
		},
		{composite(1, "x", Attribute{Name: "maps", Type: arrayOf(hstoreType)}), `attribute "maps" of type extensions.hstore[]:` + inText},
		{composite(1, "x", Attribute{Name: "words", Type: scalar(3614, "tsvector")}), `attribute "words" of type tsvector:` + inText},
		{rangeOf(1, "moneyrange", moneyType), `the subtype money:` + inText},
		{rangeOf(1, "listrange", arrayOf(int4Type)), `the subtype integer[]: its values fill a repeated field, which cannot be a bound`},
		{Type{Name: "app.moneymultirange", Kind: Multirange, Elem: &Type{Name: "moneyrange", Kind: Range, Elem: &moneyType}}, `the subtype money:` + inText},
		{Type{Name: "app.range", Kind: Range}, `the subtype of app.range is not known`},
	} {
		got := ""
		if err := MessageLegal(c.typ); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s: %s\nwant %s", c.typ.Name, got, c.want)
		}
	}
}

// TestMessageLegalHolds has MessageLegal say just what NewCodec does.
func TestMessageLegalHolds(t *testing.T) {
	for _, typ := range everyType {
		for _, typ := range []Type{typ, arrayOf(typ)} {
			outer := composite(1, "outer", Attribute{Name: "part", Type: typ})
			legal := false
			for _, name := range Legal(typ) {
				md := messageOf(t, testMessages+"message X { "+declOf(typ, name)+" part = 1; }", "X value = 1;")
				_, err := NewCodec(Column{Name: "col", Type: outer, Field: md.Fields().Get(0)})
				legal = legal || err == nil
				if err != nil && !strings.Contains(err.Error(), "string is legal for the whole") {
					t.Errorf("%s %s: %v", typ.Name, name, err)
				}
			}
			if err := MessageLegal(outer); (err == nil) != legal {
				t.Errorf("%s: %v, but it is legal: %v", typ.Name, err, legal)
			}
			// protogen takes the first.
			if legal {
				md := messageOf(t, testMessages+"message X { "+declOf(typ, Legal(typ)[0])+" part = 1; }", "X value = 1;")
				if _, err := NewCodec(Column{Name: "col", Type: outer, Field: md.Fields().Get(0)}); err != nil {
					t.Error(err)
				}
			}
		}
	}
}
