package wire

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"
)

func TestPlan(t *testing.T) {
	codecs, row := item(t)
	plan := NewPlan(codecs)
	b, err := plan.AppendRow(nil, row)
	if err != nil {
		t.Fatal(err)
	}
	m := message(t, itemFields)
	got := dynamicpb.NewMessage(m)
	if err := proto.Unmarshal(b, got); err != nil {
		t.Fatal(err)
	}
	want := parse(t, m, `
		id: "30313233-3435-3637-3839-616263646566" owner_id: "66656463-6261-3938-3736-353433323130"
		title: "Buy milk on the way home" quantity: 3 price: "19.99" done: true
		created_at: {seconds: 1761906896 nanos: 123456000} updated_at: {seconds: 1761906896 nanos: 123457000}`)
	if !proto.Equal(got, want) {
		t.Errorf("%v\nwant %v", got, want)
	}

	field, err := plan.AppendField([]byte("before"), 300, row)
	if err != nil {
		t.Fatal(err)
	}
	if want := protowire.AppendBytes(protowire.AppendTag([]byte("before"), 300, protowire.BytesType), b); !bytes.Equal(field, want) {
		t.Errorf("%x\nwant %x", field, want)
	}

	const text = `id uuid <-> string id = 1
owner_id uuid <-> string owner_id = 2
title text <-> string title = 3
description text <-> string description = 4
quantity integer <-> int32 quantity = 5
price numeric(12,2) <-> string price = 6
done boolean <-> bool done = 7
created_at timestamp with time zone <-> google.protobuf.Timestamp created_at = 8
updated_at timestamp with time zone <-> google.protobuf.Timestamp updated_at = 9
`
	if plan.String() != text {
		t.Errorf("%s", plan)
	}
}

// TestPlanNull has NULL left out of fields of every sort.
func TestPlanNull(t *testing.T) {
	for _, typ := range everyType {
		for _, typ := range []Type{typ, arrayOf(typ)} {
			for _, legal := range Legal(typ) {
				if msg, b, err := read(t, codec(t, typ, declOf(typ, legal)), nil); err != nil || len(b) > 0 {
					t.Errorf("%s %s: %v, %v", typ.Name, legal, msg, err)
				}
			}
		}
	}
}

func TestPlanErrors(t *testing.T) {
	codecs, row := item(t)
	plan := NewPlan(codecs)
	_, err := plan.AppendRow(nil, row[1:])
	if err == nil || err.Error() != "the row has 8 columns where 9 were planned" {
		t.Error(err)
	}
	row[4] = []byte{1}
	b, err := plan.AppendField([]byte("before"), 1, row)
	if string(b) != "before" {
		t.Errorf("%q", b)
	}
	var v *ValueError
	if !errors.As(err, &v) || v.Column != "quantity" || v.Kind != Precondition {
		t.Error(err)
	}
}

// TestLengths goes over the sizes at which a length takes another byte.
func TestLengths(t *testing.T) {
	plan := NewPlan([]*Codec{codec(t, textType, "string")})
	for _, size := range []int{0, 1, 124, 125, 126, 127, 128, 129, 16380, 16383, 16384, 16390, 1<<21 - 1, 1 << 21} {
		row := [][]byte{bytes.Repeat([]byte("x"), size)}
		inner, err := plan.AppendRow(nil, row)
		if err != nil {
			t.Fatal(err)
		}
		got, err := plan.AppendField(nil, 2, row)
		if err != nil {
			t.Fatal(err)
		}
		if want := protowire.AppendBytes(protowire.AppendTag(nil, 2, protowire.BytesType), inner); !bytes.Equal(got, want) {
			t.Errorf("size %d: the length is wrong", size)
		}
	}
}

// TestPlanAllocations holds that a row allocates nothing.
func TestPlanAllocations(t *testing.T) {
	codecs, row := item(t)
	plan := NewPlan(codecs)
	dst := make([]byte, 0, 4096)
	if n := testing.AllocsPerRun(100, func() {
		var err error
		if dst, err = plan.AppendField(dst[:0], 1, row); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}

	msg, err := plan.AppendRow(nil, row)
	if err != nil {
		t.Fatal(err)
	}
	var fields []protoreflect.FieldDescriptor
	for _, c := range codecs {
		fields = append(fields, c.column.Field)
	}
	decoder, values := NewDecoder(fields), make([]Value, 0, len(fields))
	if n := testing.AllocsPerRun(100, func() {
		if values, err = decoder.Decode(values[:0], msg); err != nil {
			t.Fatal(err)
		}
		dst = dst[:0]
		for i, c := range codecs {
			if i == 3 {
				continue // description, which is NULL
			}
			if dst, err = c.AppendParam(dst, values[i]); err != nil {
				t.Fatal(err)
			}
		}
	}); n != 0 {
		t.Errorf("%v allocations of a request", n)
	}
}

// FuzzAppendRow feeds bytes to every codec, as a schema that changed might:
// no panic, and what is accepted is a message, whose value is taken back and
// read to the same message.
func FuzzAppendRow(f *testing.F) {
	var codecs []*Codec
	for _, typ := range everyType {
		for _, typ := range []Type{typ, arrayOf(typ)} {
			for _, legal := range Legal(typ) {
				codecs = append(codecs, codec(f, typ, declOf(typ, legal)))
			}
		}
	}
	random := rand.New(rand.NewPCG(3, 4))
	for i := range codecs {
		f.Add(uint16(i), []byte{})
		for _, size := range []int{1, 2, 4, 8, 12, 16, 20, 24} {
			b := make([]byte, size)
			f.Add(uint16(i), bytes.Clone(b))
			for j := range b {
				b[j] = byte(random.Uint32())
			}
			f.Add(uint16(i), b)
		}
		for _, text := range []string{"\x01{\"a\": [1, 2.5, null]}", "{\"a\": [1, 2.5, null]}", "happy"} {
			f.Add(uint16(i), []byte(text))
		}
		for _, bin := range numerics {
			f.Add(uint16(i), unhex(f, bin))
		}
	}
	f.Fuzz(func(t *testing.T, which uint16, src []byte) {
		c := codecs[int(which)%len(codecs)]
		msg, b, err := read(t, c, src)
		if err != nil {
			return
		}
		param, err := write(t, c, msg)
		if err != nil {
			// The codec reads more than it takes: what a limited column cannot
			// hold, times beyond Postgres' own, infinite intervals and texts
			// with NUL. All of that Postgres never sends, but for the third.
			return
		}
		// Bytes that Postgres would not send, such as a numeric's -0, may change
		// once, but not again.
		again, b2, err := read(t, c, param)
		if err != nil {
			t.Fatalf("%s: %x was read as %v, written as %x: %v", c, src, msg, param, err)
		}
		if param2, err := write(t, c, again); err != nil || !bytes.Equal(param, param2) {
			t.Fatalf("%s: %x was read as %v, %x, written as %x, read as %v, %x, written as %x, %v", c, src, msg, b, param, again, b2, param2, err)
		}
	})
}
