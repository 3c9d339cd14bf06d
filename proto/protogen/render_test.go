package protogen

import "testing"

// What the database says must not hide or end a line of the file.
func TestTextOfTheDatabase(t *testing.T) {
	const hostile = "a\u202eb\u2066c\u2028d\re\x00f\\\"g"
	if got, want := printable(hostile), "abc\nd\nef\\\"g"; got != want {
		t.Errorf("printable: %q, want %q", got, want)
	}
	if got, want := quote(hostile), `"a\342\200\256b\342\201\246c`+"\u2028"+`d\015e\000f\\\"g"`; got != want {
		t.Errorf("quote: %q, want %q", got, want)
	}
}
