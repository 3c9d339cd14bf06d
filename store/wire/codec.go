package wire

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Codec converts the values of one column to those of one field and back. It
// is immutable and safe for concurrent use.
type Codec struct {
	column Column
	travel travel
	proto  string
	tag    []byte   // what a Plan writes before the value; empty when read does it
	zero   int      // the size of a zero value that is left out; 0 when none is
	read   readFunc // of the whole value, the array included
	write  writeFunc
	array  bool
}

// NewCodec binds a column to its field. The error of an illegal pair names the
// column, its type, the field's type and every protobuf type that is legal.
func NewCodec(c Column) (*Codec, error) {
	if c.Field == nil {
		return nil, fmt.Errorf("column %q has no field to be bound to", c.Name)
	}
	t := c.Type.element()
	f := t.family()
	array := c.Type.Kind == Array
	proto, repeated := protoType(c.Field)
	plan := f.find(proto)
	if plan == nil || repeated != array || (array && c.Type.Elem == nil) {
		return nil, fmt.Errorf("column %q of type %s cannot be bound to field %q of type %s; legal: %s",
			c.Name, c.Type.Name, c.Field.Name(), fieldType(c.Field), strings.Join(Legal(c.Type), ", "))
	}
	conv, err := plan(&binding{column: &c, typ: t, proto: proto})
	if err != nil {
		return nil, fmt.Errorf("column %q of type %s cannot be bound to field %q of type %s: %w",
			c.Name, c.Type.Name, c.Field.Name(), fieldType(c.Field), err)
	}
	codec := &Codec{
		column: c,
		travel: f.travel(&c.Type),
		proto:  proto,
		read:   conv.read,
		write:  conv.write,
		array:  array,
	}
	num, wireType := c.Field.Number(), wireTypes[c.Field.Kind()]
	switch {
	case array && c.Field.IsPacked():
		codec.tag = protowire.AppendTag(nil, num, protowire.BytesType)
		codec.read = readPacked(codec.travel.elem, conv.read)
		codec.zero = 1 // the length of no items
	case array:
		codec.read = readItems(codec.travel.elem, protowire.AppendTag(nil, num, wireType), conv.read)
	default:
		codec.tag = protowire.AppendTag(nil, num, wireType)
		if !c.Field.HasPresence() {
			codec.zero = zeroSizes[wireType]
		}
	}
	return codec, nil
}

// Column returns the column that the codec was made of.
func (c *Codec) Column() Column { return c.column }

// Cast returns the type that the column is to be cast to in the select list,
// such as "text", or "" when it is selected as it is.
func (c *Codec) Cast() string { return c.travel.cast }

// ResultOID returns the OID that the result column then has, to be held
// against RowDescription; 0 when it is not known. The result format is always
// binary.
func (c *Codec) ResultOID() uint32 { return c.travel.result }

// Param returns the form in which AppendParam writes values.
func (c *Codec) Param() Param { return c.travel.param }

// String describes the codec, for printing a plan:
// "price numeric(12,2) <-> string price = 4".
func (c *Codec) String() string {
	return fmt.Sprintf("%s %s <-> %s %s = %d",
		c.column.Name, c.column.Type.Name, fieldType(c.column.Field), c.column.Field.Name(), c.column.Field.Number())
}

// AppendParam appends v in the form that Param describes. A Value that is not
// present is written as proto3's zero value: 0, "", the empty message, no
// items; whether it is NULL or the column's default instead is the caller's
// to decide. The error is a *ValueError that names the field, and dst is then
// returned as it was given.
func (c *Codec) AppendParam(dst []byte, v Value) ([]byte, error) {
	start := len(dst)
	var err error
	if c.array {
		dst, err = appendArray(dst, c.travel.elem, v, c.write)
	} else {
		dst, err = c.write(dst, v.Num, v.Bytes)
	}
	if err != nil {
		return dst[:start], c.writeError(err)
	}
	return dst, nil
}

// protoType is the type of a field, or of its items, as the table writes it.
func protoType(f protoreflect.FieldDescriptor) (name string, repeated bool) {
	switch {
	case f.IsMap():
		return "map", false
	case f.Kind() == protoreflect.EnumKind:
		return "enum", f.IsList()
	case f.Kind() == protoreflect.MessageKind:
		return string(f.Message().FullName()), f.IsList()
	default:
		return f.Kind().String(), f.IsList()
	}
}

// fieldType is the type of a field as its .proto file writes it.
func fieldType(f protoreflect.FieldDescriptor) string {
	if f.IsMap() {
		return "map<" + fieldType(f.MapKey()) + ", " + fieldType(f.MapValue()) + ">"
	}
	name, repeated := protoType(f)
	if f.Kind() == protoreflect.EnumKind {
		name = string(f.Enum().FullName())
	}
	if repeated {
		return "repeated " + name
	}
	return name
}

// wireTypes are the wire types of single values, by the field's kind:
// https://protobuf.dev/programming-guides/encoding/#structure
var wireTypes = map[protoreflect.Kind]protowire.Type{
	protoreflect.BoolKind:     protowire.VarintType,
	protoreflect.EnumKind:     protowire.VarintType,
	protoreflect.Int32Kind:    protowire.VarintType,
	protoreflect.Sint32Kind:   protowire.VarintType,
	protoreflect.Uint32Kind:   protowire.VarintType,
	protoreflect.Int64Kind:    protowire.VarintType,
	protoreflect.Sint64Kind:   protowire.VarintType,
	protoreflect.Uint64Kind:   protowire.VarintType,
	protoreflect.Sfixed32Kind: protowire.Fixed32Type,
	protoreflect.Fixed32Kind:  protowire.Fixed32Type,
	protoreflect.FloatKind:    protowire.Fixed32Type,
	protoreflect.Sfixed64Kind: protowire.Fixed64Type,
	protoreflect.Fixed64Kind:  protowire.Fixed64Type,
	protoreflect.DoubleKind:   protowire.Fixed64Type,
	protoreflect.StringKind:   protowire.BytesType,
	protoreflect.BytesKind:    protowire.BytesType,
	protoreflect.MessageKind:  protowire.BytesType,
	protoreflect.GroupKind:    protowire.StartGroupType,
}

// zeroSizes are the sizes of zero values. All their bytes are zero: a varint's
// one, a fixed value's, and the length of an empty string.
var zeroSizes = map[protowire.Type]int{
	protowire.VarintType:  1,
	protowire.BytesType:   1,
	protowire.Fixed32Type: 4,
	protowire.Fixed64Type: 8,
}
