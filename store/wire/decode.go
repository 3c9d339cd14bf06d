package wire

import (
	"fmt"
	"math"
	"slices"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Value is one field of a decoded message. Its slices alias the message where
// they can.
type Value struct {
	// Present says that the field was in the message. A field without presence
	// that is zero is usually not.
	Present bool
	// Num is a number, bool or enum. Signed ones are extended to 64 bits,
	// floats are their bits (32 of a float), false and true are 0 and 1.
	Num uint64
	// Bytes is a string, bytes or a message's bytes.
	Bytes []byte
	// Nums are the items of a repeated field that Num would hold one of.
	Nums []uint64
	// Items are the items of a repeated field that Bytes would hold one of; of
	// a map they are its entries.
	Items [][]byte
}

// Decoder splits messages into the values of some of their fields. It is
// immutable and safe for concurrent use.
type Decoder struct {
	message protoreflect.FullName
	count   int
	dense   [denseFields]*decodeField // by number
	sparse  map[protowire.Number]*decodeField
}

// denseFields bounds the numbers that are looked up in an array.
const denseFields = 64

// decodeField is a field that means something to the decoder: one that was
// asked for, or one that shares a oneof with it.
type decodeField struct {
	value    int   // the index of its Value; -1 when it was not asked for
	clears   []int // the Values of its oneof, of which it takes the others' place
	name     protoreflect.Name
	kind     protoreflect.Kind
	wireType protowire.Type
	repeated bool
}

// NewDecoder returns a decoder of the given fields, which are of one message.
// Groups, which proto3 does not have, are skipped.
func NewDecoder(fields []protoreflect.FieldDescriptor) *Decoder {
	d := &Decoder{count: len(fields), sparse: make(map[protowire.Number]*decodeField)}
	indexes := make(map[protowire.Number]int, len(fields))
	for i, f := range fields {
		indexes[f.Number()] = i
		d.message = f.ContainingMessage().FullName()
	}
	done := map[protoreflect.FullName]bool{}
	for _, f := range fields {
		oneof := f.ContainingOneof()
		switch {
		case oneof == nil:
			d.add(f, indexes, nil)
		case !done[oneof.FullName()]:
			done[oneof.FullName()] = true
			d.addOneof(oneof.Fields(), indexes)
		}
	}
	return d
}

// addOneof adds the members of a oneof, which may be thousands.
func (d *Decoder) addOneof(members protoreflect.FieldDescriptors, indexes map[protowire.Number]int) {
	var values []int
	for i := range members.Len() {
		if j, ok := indexes[members.Get(i).Number()]; ok {
			values = append(values, j)
		}
	}
	for i := range members.Len() {
		d.add(members.Get(i), indexes, values)
	}
}

func (d *Decoder) add(f protoreflect.FieldDescriptor, indexes map[protowire.Number]int, clears []int) {
	if f.Kind() == protoreflect.GroupKind {
		return
	}
	field := &decodeField{
		value:    -1,
		clears:   clears,
		name:     f.Name(),
		kind:     f.Kind(),
		wireType: wireTypes[f.Kind()],
		repeated: f.Cardinality() == protoreflect.Repeated,
	}
	if i, ok := indexes[f.Number()]; ok {
		field.value = i
	}
	if f.Number() < denseFields {
		d.dense[f.Number()] = field
	} else {
		d.sparse[f.Number()] = field
	}
}

// Decode appends one Value a field, in the order that NewDecoder was given.
// As protobuf has it, of a field that is there several times the last value
// counts, messages are merged, items of a repeated field are collected, packed
// or not, and the last member of a oneof is the only one. Other fields, and
// fields of another wire type than theirs, are skipped.
//
// The error is a *ValueError: without a field when msg is not a message, with
// it when a string is not valid UTF-8. Messages within msg are not looked at.
func (d *Decoder) Decode(dst []Value, msg []byte) ([]Value, error) {
	start := len(dst)
	dst = slices.Grow(dst, d.count)[:start+d.count]
	values := dst[start:]
	clear(values)
	for len(msg) > 0 {
		num, typ, n := protowire.ConsumeTag(msg)
		if n < 0 {
			return dst[:start], d.malformed()
		}
		msg = msg[n:]
		f := d.field(num)
		var err error
		if f == nil {
			n = protowire.ConsumeFieldValue(num, typ, msg)
		} else {
			n, err = f.consume(values, num, typ, msg)
		}
		if n < 0 {
			return dst[:start], d.malformed()
		}
		if err != nil {
			return dst[:start], err
		}
		msg = msg[n:]
	}
	return dst, nil
}

func (d *Decoder) field(num protowire.Number) *decodeField {
	if num < denseFields {
		return d.dense[num]
	}
	return d.sparse[num]
}

func (d *Decoder) malformed() error {
	return &ValueError{Kind: Invalid, Text: fmt.Sprintf("the bytes are not a valid %s message", d.message)}
}

// consume takes the field's value off msg and returns its length, below 0 when
// it is malformed.
func (f *decodeField) consume(values []Value, num protowire.Number, typ protowire.Type, msg []byte) (int, error) {
	packed := f.repeated && typ == protowire.BytesType && f.wireType != protowire.BytesType
	if typ != f.wireType && !packed {
		return protowire.ConsumeFieldValue(num, typ, msg), nil
	}
	for _, i := range f.clears {
		if i != f.value {
			values[i] = Value{}
		}
	}
	var discarded Value
	v := &discarded
	if f.value >= 0 {
		v = &values[f.value]
	}
	v.Present = true
	if packed {
		items, n := protowire.ConsumeBytes(msg)
		if n < 0 || !f.unpack(v, items) {
			return -1, nil
		}
		return n, nil
	}
	if typ != protowire.BytesType {
		x, n := consumeNumber(typ, msg)
		if n < 0 {
			return -1, nil
		}
		if f.repeated {
			v.Nums = append(v.Nums, f.number(x))
		} else {
			v.Num = f.number(x)
		}
		return n, nil
	}
	b, n := protowire.ConsumeBytes(msg)
	switch {
	case n < 0:
		return -1, nil
	case f.kind == protoreflect.StringKind && !utf8.Valid(b):
		name := string(f.name)
		if f.repeated {
			name = fmt.Sprintf("%s[%d]", name, len(v.Items))
		}
		return n, &ValueError{Field: name, Kind: Invalid, Text: "the text is not valid UTF-8"}
	}
	b = b[:len(b):len(b)] // so that a merge copies and does not overwrite msg
	switch {
	case f.repeated:
		v.Items = append(v.Items, b)
	case f.kind == protoreflect.MessageKind && len(v.Bytes) > 0:
		v.Bytes = append(v.Bytes, b...)
	default:
		v.Bytes = b
	}
	return n, nil
}

// unpack takes the items of a packed field.
func (f *decodeField) unpack(v *Value, items []byte) bool {
	count := 0
	switch f.wireType {
	case protowire.Fixed32Type:
		count = len(items) / 4
	case protowire.Fixed64Type:
		count = len(items) / 8
	default:
		for _, c := range items {
			if c < 0x80 {
				count++
			}
		}
	}
	v.Nums = slices.Grow(v.Nums, count)
	for len(items) > 0 {
		x, n := consumeNumber(f.wireType, items)
		if n < 0 {
			return false
		}
		v.Nums = append(v.Nums, f.number(x))
		items = items[n:]
	}
	return true
}

// consumeNumber takes a number of a wire type that is not bytes.
func consumeNumber(typ protowire.Type, b []byte) (uint64, int) {
	switch typ {
	case protowire.Fixed32Type:
		x, n := protowire.ConsumeFixed32(b)
		return uint64(x), n
	case protowire.Fixed64Type:
		return protowire.ConsumeFixed64(b)
	default:
		return protowire.ConsumeVarint(b)
	}
}

// number is a number of the wire in the form of Value.Num. Varints that are
// longer than the field's type are cut, as protobuf asks.
func (f *decodeField) number(x uint64) uint64 {
	switch f.kind {
	case protoreflect.BoolKind:
		if x != 0 {
			return 1
		}
		return 0
	case protoreflect.Int32Kind, protoreflect.EnumKind, protoreflect.Sfixed32Kind:
		return uint64(int64(int32(x)))
	case protoreflect.Uint32Kind:
		return uint64(uint32(x))
	case protoreflect.Sint32Kind:
		return uint64(protowire.DecodeZigZag(x & math.MaxUint32))
	case protoreflect.Sint64Kind:
		return uint64(protowire.DecodeZigZag(x))
	default:
		return x
	}
}
