package wire

import (
	"encoding/binary"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// itemFields is a resource such as an application has, for the benchmarks.
const itemFields = `
	string id = 1;
	string owner_id = 2;
	string title = 3;
	optional string description = 4;
	optional int32 quantity = 5;
	optional string price = 6;
	optional bool done = 7;
	optional google.protobuf.Timestamp created_at = 8;
	optional google.protobuf.Timestamp updated_at = 9;`

// item is the codecs of itemFields and a row of them.
func item(t testing.TB) ([]*Codec, [][]byte) {
	types := []Type{uuidType, uuidType, textType, textType, int4Type, price, boolType, timestamptzType, timestamptzType}
	m := message(t, itemFields)
	codecs := make([]*Codec, len(types))
	for i, typ := range types {
		field := m.Fields().Get(i)
		c, err := NewCodec(Column{Name: string(field.Name()), Type: typ, Field: field})
		if err != nil {
			t.Fatal(err)
		}
		codecs[i] = c
	}
	const micros = 815_222_096_123_456
	return codecs, [][]byte{
		[]byte("0123456789abcdef"), []byte("fedcba9876543210"), []byte("Buy milk on the way home"), nil,
		{0, 0, 0, 3},
		{0, 2, 0, 0, 0, 0, 0, 2, 0, 19, 0x26, 0xac},
		{1},
		binary.BigEndian.AppendUint64(nil, micros), binary.BigEndian.AppendUint64(nil, micros+1),
	}
}

func BenchmarkAppendField(b *testing.B) {
	codecs, row := item(b)
	plan := NewPlan(codecs)
	dst := make([]byte, 0, 4096)
	b.ReportAllocs()
	for b.Loop() {
		var err error
		if dst, err = plan.AppendField(dst[:0], 1, row); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(len(dst)))
}

func BenchmarkJSONValue(b *testing.B) {
	src := []byte("\x01" + `{"id": 12, "name": "Ada Lovelace", "tags": ["x", "y", "z"], "score": 12.75, "ok": true, "none": null, "nested": {"a": {"b": [1, 2, 3, 4.5]}}, "text": "a longer text with a \"quote\" and more of it, so that it takes some time to copy"}`)
	plan := NewPlan([]*Codec{codec(b, jsonbType, "google.protobuf.Value")})
	row := [][]byte{src}
	dst := make([]byte, 0, 4096)
	b.ReportAllocs()
	b.SetBytes(int64(len(src)))
	for b.Loop() {
		var err error
		if dst, err = plan.AppendRow(dst[:0], row); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodeAndAppendParam(b *testing.B) {
	codecs, row := item(b)
	msg, err := NewPlan(codecs).AppendRow(nil, row)
	if err != nil {
		b.Fatal(err)
	}
	var fields []protoreflect.FieldDescriptor
	for _, c := range codecs {
		fields = append(fields, c.column.Field)
	}
	decoder := NewDecoder(fields)
	values := make([]Value, 0, len(codecs))
	dst := make([]byte, 0, 4096)
	b.ReportAllocs()
	for b.Loop() {
		if values, err = decoder.Decode(values[:0], msg); err != nil {
			b.Fatal(err)
		}
		dst = dst[:0]
		for i, c := range codecs {
			if !values[i].Present {
				continue
			}
			if dst, err = c.AppendParam(dst, values[i]); err != nil {
				b.Fatal(err)
			}
		}
	}
}
