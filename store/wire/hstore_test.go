package wire

import "testing"

func TestHstore(t *testing.T) {
	const decl = "map<string, string>"
	testBoth(t, []pairCase{
		{typ: hstoreType, decl: decl, bin: "00000000", text: ""},
		{typ: hstoreType, decl: decl, bin: "00000001 00000001 61 00000002 c3bc", text: `value {key: "a" value: "ü"}`},
		{typ: hstoreType, decl: decl, bin: "00000001 00000000 00000000", text: `value {key: "" value: ""}`},
	})
	testRead(t, []pairCase{
		{typ: hstoreType, decl: decl, bin: "00000002 00000001 61 00000000 00000001 62 00000001 22", text: `value {key: "a" value: ""} value {key: "b" value: "\""}`},
		{
			typ: hstoreType, decl: decl, bin: "00000001 00000001 61 ffffffff",
			err: `precondition: column "col": the value of key "a" is NULL, which a map has no place for; bind the field to string to read it`,
		},
		{
			typ: hstoreType, decl: decl, bin: "00000001 00000001 61 00000001 ff",
			err: `precondition: column "col": the text is not valid UTF-8, which protobuf strings must be`,
		},
		{typ: hstoreType, decl: decl, bin: "0000", err: changed("extensions.hstore")},
		{typ: hstoreType, decl: decl, bin: "00000001 ffffffff 00000001 61", err: changed("extensions.hstore")},
		{typ: hstoreType, decl: decl, bin: "00000001 00000001 61", err: changed("extensions.hstore")},
		{typ: hstoreType, decl: decl, bin: "00000000 00", err: changed("extensions.hstore")},
		{typ: hstoreType, decl: decl, bin: "ffffffff", err: changed("extensions.hstore")},
	})
	testWrite(t, []pairCase{
		{
			typ: hstoreType, decl: decl, text: `value {key: "a\000" value: "b"}`,
			err: "invalid: value.key: the text has a NUL character, which Postgres cannot store",
		},
		{
			typ: hstoreType, decl: decl, text: `value {key: "a" value: "\000"}`,
			err: `invalid: value["a"]: the text has a NUL character, which Postgres cannot store`,
		},
	})
	// A key that is there twice, entries without a key or a value, and bytes
	// that are no entry.
	c := codec(t, hstoreType, decl)
	for _, entries := range []struct {
		items [][]byte
		bin   string
		err   string
	}{
		{[][]byte{unhex(t, "0a0161 120131"), unhex(t, "0a0161 120132")}, "00000001 00000001 61 00000001 32", ""},
		{[][]byte{{}}, "00000001 00000000 00000000", ""},
		{[][]byte{unhex(t, "0a0161"), unhex(t, "120131")}, "00000002 00000000 00000001 31 00000001 61 00000000", ""},
		{[][]byte{{0x0a}}, "", "invalid: value: the bytes are not a valid test.M.ValueEntry message"},
		{[][]byte{unhex(t, "0a01ff")}, "", "invalid: value.key: the text is not valid UTF-8"},
	} {
		got, err := c.AppendParam(nil, Value{Present: true, Items: entries.items})
		if v, ok := err.(*ValueError); ok && v.Kind.String()+": "+v.Error() == entries.err {
			continue
		}
		if err != nil || string(got) != string(unhex(t, entries.bin)) {
			t.Errorf("%x: %x, %v\nwant %s %s", entries.items, got, err, entries.bin, entries.err)
		}
	}
}
