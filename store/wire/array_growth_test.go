package wire

import (
	"fmt"
	"strings"
	"testing"
)

// TestArrayGrowth has small requests that would be large in the database.
func TestArrayGrowth(t *testing.T) {
	const attributes = 100
	var fields strings.Builder
	wide := composite(20100, "wide")
	for i := range attributes {
		name := fmt.Sprintf("a%d", i)
		wide.Attributes = append(wide.Attributes, Attribute{Name: name, Type: int4Type})
		fmt.Fprintf(&fields, "optional int32 %s = %d; ", name, i+1)
	}
	// An item without fields: its length, the number of attributes, and of
	// each its type and that it is NULL.
	const item = 4 + 4 + 8*attributes
	fit := mostGrowth / (item - 4 - 8)
	label := strings.Repeat("l", 63)
	fitting := mostGrowth / (63 - 8)
	const tooMuch = "out of range: value: it takes more than 64 MiB more in the database than in the request, " +
		"which is the most that one value may; give fewer items at once"

	for name, c := range map[string]struct {
		typ      Type
		messages string
		value    func(n int) Value
		fit      int
		size     int
	}{
		"messages": {
			arrayOf(wide), "message X { " + fields.String() + "}",
			func(n int) Value { return Value{Present: true, Items: make([][]byte, n)} }, fit, 20 + fit*item,
		},
		"labels": {
			arrayOf(Type{OID: 20102, Name: "labels", Kind: Enum, Typmod: -1, Labels: []string{label}}),
			`enum X { X_UNSPECIFIED = 0; X_LONG = 1 [(rowgate.v1.label) = "` + label + `"]; }`,
			func(n int) Value {
				v := Value{Present: true, Nums: make([]uint64, n)}
				for i := range v.Nums {
					v.Nums[i] = 1
				}
				return v
			}, fitting, 20 + fitting*(4+63),
		},
	} {
		t.Run(name, func(t *testing.T) {
			md := messageOf(t, c.messages, "repeated X value = 1;")
			codec, err := NewCodec(Column{Name: "col", Type: c.typ, Field: md.Fields().Get(0)})
			if err != nil {
				t.Fatal(err)
			}
			out, err := codec.AppendParam(nil, c.value(c.fit))
			if err != nil || len(out) != c.size {
				t.Errorf("%d items are %d bytes, not %d: %v", c.fit, len(out), c.size, err)
			}
			for _, n := range []int{c.fit + 1, 10 * c.fit} {
				out, err = codec.AppendParam(nil, c.value(n))
				v, ok := err.(*ValueError)
				if !ok || v.Kind.String()+": "+v.Error() != tooMuch || len(out) > 2*c.size {
					t.Errorf("%d items: %d bytes, %v", n, len(out), err)
				}
			}
		})
	}
}
