package wire

import (
	"cmp"
	"encoding/binary"
	"fmt"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	rowgatev1 "github.com/rowgate/rowgate/proto/gen/rowgate/v1"
)

// The binary form of a composite value (record_send): the number of
// attributes, dropped ones left out, then of each the OID of its declared type
// and its value with the length before it, -1 for NULL, all in 32-bit words.

// recordPlan is a composite type bound to a message.
type recordPlan struct {
	parts   []recordPart
	decoder *Decoder // of the parts' fields
}

// recordPart is an attribute of a recordPlan.
type recordPart struct {
	oid      uint32
	step     step
	presence bool // an absent field is NULL
}

// record plans a composite type as a message with a field for each attribute,
// and none besides: one that lacked an attribute would lose it at the first
// write.
func record(b *binding) (conv, error) {
	message := b.column.Field.Message()
	r := &recordPlan{parts: make([]recordPart, len(b.typ.Attributes))}
	fields := make([]protoreflect.FieldDescriptor, len(r.parts))
	byName := map[string]protoreflect.FieldDescriptor{}
	for i := range message.Fields().Len() {
		f := message.Fields().Get(i)
		name := attributeName(f)
		if other := byName[name]; other != nil {
			return conv{}, fmt.Errorf("fields %q and %q of message %s are both of attribute %q",
				other.Name(), f.Name(), message.FullName(), name)
		}
		byName[name] = f
	}
	for i := range b.typ.Attributes {
		a := &b.typ.Attributes[i]
		field := byName[a.Name]
		if field == nil {
			return conv{}, fmt.Errorf("message %s has no field for attribute %q", message.FullName(), a.Name)
		}
		delete(byName, a.Name)
		codec, err := b.bind(Column{Name: a.Name, Type: a.Type, Field: field})
		if err != nil {
			return conv{}, &partError{"attribute", err}
		}
		fields[i] = field
		r.parts[i] = recordPart{oid: cmp.Or(a.OID, a.Type.OID), step: stepOf(codec), presence: field.HasPresence()}
	}
	for i := range message.Fields().Len() {
		if f := message.Fields().Get(i); byName[attributeName(f)] != nil {
			return conv{}, fmt.Errorf("%s has no attribute %q for field %q of message %s",
				b.typ.Name, attributeName(f), f.Name(), message.FullName())
		}
	}
	r.decoder = NewDecoder(fields)
	r.decoder.message = message.FullName() // which no field tells when there is none
	return conv{r.read, r.write}, nil
}

// attributeName is the attribute that a field names, or its own name.
func attributeName(f protoreflect.FieldDescriptor) string {
	option, _ := proto.GetExtension(f.Options(), rowgatev1.E_Column).(*rowgatev1.Column)
	return cmp.Or(option.GetName(), string(f.Name()))
}

func (r *recordPlan) read(dst, src []byte) ([]byte, error) {
	if len(src) < 4 || binary.BigEndian.Uint32(src) != uint32(len(r.parts)) {
		return dst, errForm
	}
	src = src[4:]
	start := len(dst)
	dst = append(dst, 0)
	for i := range r.parts {
		p := &r.parts[i]
		if len(src) < 8 || binary.BigEndian.Uint32(src) != p.oid {
			return dst, errForm
		}
		size := int32(binary.BigEndian.Uint32(src[4:]))
		src = src[8:]
		if size == -1 {
			continue
		}
		if size < 0 || int(size) > len(src) {
			return dst, errForm
		}
		var err error
		if dst, err = p.step.appendField(dst, src[:size]); err != nil {
			return dst, within(fmt.Sprintf("attribute %q: ", p.step.codec.column.Name), err)
		}
		src = src[size:]
	}
	if len(src) > 0 {
		return dst, errForm
	}
	return closeLength(dst, start), nil
}

// write leaves an absent field NULL when it has presence. Of others the zero
// value counts, as it does in a row: 0, "", no items.
func (r *recordPlan) write(dst []byte, _ uint64, msg []byte) ([]byte, error) {
	var room [8]Value
	values, err := r.decoder.Decode(room[:0], msg)
	if err != nil {
		return dst, err
	}
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(r.parts)))
	for i := range r.parts {
		p := &r.parts[i]
		dst = binary.BigEndian.AppendUint32(dst, p.oid)
		size := len(dst)
		dst = append(dst, 0xff, 0xff, 0xff, 0xff)
		codec := p.step.codec
		if !values[i].Present && (p.presence || codec.emptyIsNull) {
			continue
		}
		if dst, err = codec.appendValue(dst, values[i]); err != nil {
			return dst, within("."+string(codec.column.Field.Name()), err)
		}
		closeSize(dst, size)
	}
	return dst, nil
}
