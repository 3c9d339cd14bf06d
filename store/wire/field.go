package wire

import (
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"
)

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
