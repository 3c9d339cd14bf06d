package wire

import (
	"errors"
	"fmt"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// NewCodec binds a column to its field. The error of an illegal pair names the
// column, its type, the field's type and every protobuf type that is legal.
func NewCodec(c Column) (*Codec, error) {
	if c.Field == nil {
		return nil, fmt.Errorf("column %q has no field to be bound to", c.Name)
	}
	codec, err := newCodec(c, anywhere)
	if err != nil {
		return nil, fmt.Errorf("column %w", err)
	}
	return codec, nil
}

// whereabouts is where a codec's values stand.
type whereabouts uint8

const (
	// anywhere: in a row, where they can be cast to another type.
	anywhere whereabouts = iota
	// inside a record or a range, where they are in binary form.
	inside
)

// takes says whether values may travel by a route.
func (w whereabouts) takes(r route) bool { return w == anywhere || r == asIs }

// newCodec is NewCodec for a column or, inside of a value, an attribute or a
// bound. Its error begins with the name.
func newCodec(c Column, where whereabouts) (*Codec, error) {
	codec := &Codec{column: c}
	err := codec.bind(where)
	if err == nil {
		return codec, nil
	}
	text := "; " + legalText(c.Type, where)
	if err != errIllegal { //nolint:errorlint // It is never wrapped.
		text = ": " + err.Error()
		if part := new(partError); where == anywhere && errors.As(err, &part) {
			text += "; string is legal for the whole"
		}
	}
	return nil, fmt.Errorf("%q of type %s cannot be bound to field %q of type %s%s",
		c.Name, c.Type.Name, c.Field.Name(), fieldType(c.Field), text)
}

var errIllegal = errors.New("the pair is not legal")

// bind finds the pair of the column's type and the field's in the table.
func (c *Codec) bind(where whereabouts) error {
	t, field := &c.column.Type, c.column.Field
	proto, repeated := protoType(field)
	b := &binding{column: &c.column, typ: t.element(), proto: proto, bind: func(part Column) (*Codec, error) {
		return newCodec(part, inside)
	}}
	if l := t.findList(field); l != nil {
		return c.asList(b, l)
	}
	if w := t.wrapper(where); w != nil && !repeated && proto == arrayMessage && where.takes(w.route) {
		return c.asWrapper(b, w)
	}
	p := b.typ.family().findField(field, where)
	if p == nil || repeated != (t.Kind == Array) {
		return errIllegal
	}
	return c.asValues(b, p)
}

// partError is the error of an attribute or a bound that cannot be bound.
type partError struct {
	kind string
	err  error
}

func (e *partError) Error() string { return e.kind + " " + e.err.Error() }
func (e *partError) Unwrap() error { return e.err }

// legalText says what is legal for t.
func legalText(t Type, where whereabouts) string {
	names := legal(t, where)
	switch {
	case len(names) == 0:
		return "its values are read as text, which cannot be part of a message"
	case where == inside:
		return "legal within a message: " + strings.Join(names, ", ")
	default:
		return "legal: " + strings.Join(names, ", ")
	}
}

// asValues makes c the codec of one value, or of an array's.
func (c *Codec) asValues(b *binding, p *pair) error {
	conv, err := p.plan(b)
	if err != nil {
		return err
	}
	c.travel = b.typ.family().travel(&c.column.Type, p.route)
	c.read = conv.read
	field := c.column.Field
	num, wireType := field.Number(), wireTypes[field.Kind()]
	if c.column.Type.Kind != Array {
		c.write = conv.write
		c.tag = protowire.AppendTag(nil, num, wireType)
		if !field.HasPresence() {
			c.zero = zeroSizes[wireType]
		}
		return nil
	}
	elem := c.travel.elem
	c.writeAll = func(dst []byte, v Value) ([]byte, error) {
		return appendArray(dst, elem, v, conv.write)
	}
	if field.IsPacked() {
		c.tag = protowire.AppendTag(nil, num, protowire.BytesType)
		c.read = readPacked(elem, conv.read)
		c.zero = 1 // the length of no items
	} else {
		c.read = readItems(elem, protowire.AppendTag(nil, num, wireType), conv.read)
	}
	return nil
}

// asList makes c the codec of one value that is a repeated field or a map.
func (c *Codec) asList(b *binding, l *listPair) error {
	list, err := l.plan(b)
	if err != nil {
		return err
	}
	c.travel = travel{"", c.column.Type.OID, 0, Param{c.column.Type.OID, false, ""}}
	c.read, c.writeAll, c.emptyIsNull = list.read, list.write, list.emptyIsNull
	return nil
}

// asWrapper makes c the codec of an array in an arrayMessage.
func (c *Codec) asWrapper(b *binding, p *pair) error {
	conv, err := p.plan(b)
	if err != nil {
		return err
	}
	c.travel = b.typ.family().travel(&c.column.Type, p.route)
	c.read, c.write = readWrapper(c.travel.elem, conv.read), writeWrapper(c.travel.elem, conv.write)
	c.tag = protowire.AppendTag(nil, c.column.Field.Number(), protowire.BytesType)
	return nil
}

// findList is the pair of t with a repeated field or a map, nil when field is
// none that is legal.
func (t *Type) findList(field protoreflect.FieldDescriptor) *listPair {
	if !field.IsList() && !field.IsMap() {
		return nil
	}
	lists := t.lists()
	for i := range lists {
		if p := lists[i].proto; p == fieldType(field) || p == "repeated message" && field.Kind() == protoreflect.MessageKind && field.IsList() {
			return &lists[i]
		}
	}
	return nil
}

// wrapper is the pair by which the elements of an array are the strings of an
// arrayMessage: that of a string field, and text form where none is legal.
func (t *Type) wrapper(where whereabouts) *pair {
	if t.Kind != Array || t.Elem == nil {
		return nil
	}
	if p := t.Elem.family().find("string", where); p != nil {
		return p
	}
	return &otherwise.pairs[0]
}
