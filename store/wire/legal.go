package wire

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

var familyOf = func() map[uint32]*family {
	byOID := make(map[uint32]*family, len(families))
	for i := range families {
		byOID[families[i].oid] = &families[i]
	}
	return byOID
}()

// family is the row of the table that t, an element type, belongs to.
func (t *Type) family() *family {
	switch t.Kind {
	case Enum:
		return &enums
	case Composite:
		return &composites
	case Range:
		if f := familyOf[t.OID]; f != nil {
			return f
		}
		return &ranges
	case Scalar:
		if f := familyOf[t.OID]; f != nil {
			return f
		}
		if f, ok := extensions[[2]string{t.Extension, t.Base}]; ok {
			return &f
		}
	}
	return &otherwise
}

// lists are the legal pairs of t with repeated fields and maps, when t is no
// array.
func (t *Type) lists() []listPair {
	switch {
	case t.Kind == Scalar:
		return lists[[2]string{t.Extension, t.Base}]
	case t.Kind != Multirange || t.Elem == nil:
		return nil
	}
	var all []listPair
	for _, p := range t.Elem.family().pairs {
		if p.route != asIs {
			continue
		}
		for name := range p.names() {
			all = append(all, listPair{"repeated " + name, multirange})
		}
	}
	return all
}

// names are the protobuf types of the pair, one by one.
func (p *pair) names() func(yield func(string) bool) {
	return strings.SplitSeq(p.protos, " | ")
}

// find is the pair for a protobuf type, nil when there is none.
func (f *family) find(proto string, where whereabouts) *pair {
	for i := range f.pairs {
		p := &f.pairs[i]
		for name := range p.names() {
			if name == proto && where.takes(p.route) {
				return p
			}
		}
	}
	return nil
}

// findField is the pair for a field, or for its items, nil when there is none.
func (f *family) findField(field protoreflect.FieldDescriptor, where whereabouts) *pair {
	proto, _ := protoType(field)
	p := f.find(proto, where)
	if p == nil && field.Kind() == protoreflect.MessageKind && !field.IsMap() {
		p = f.find("message", where)
	}
	return p
}

// Legal returns the protobuf types that a column of type t may be bound to, as
// a .proto file writes them, the proposed one first. "enum" stands for an enum
// whose values carry the labels, and "message" for a message of a field for
// each attribute, or of lower, upper, bounds and empty; whether there can be
// such a message is what [MessageLegal] says. An array's types begin with
// "repeated ", but for the one that keeps dimensions and NULLs.
func Legal(t Type) []string { return legal(t, anywhere) }

func legal(t Type, where whereabouts) []string {
	var legal []string
	prefix := ""
	if t.Kind == Array {
		prefix = "repeated "
	}
	for _, l := range t.lists() {
		legal = append(legal, l.proto)
	}
	for _, p := range t.element().family().pairs {
		for name := range p.names() {
			if where.takes(p.route) && !slices.Contains(legal, prefix+name) {
				legal = append(legal, prefix+name)
			}
		}
	}
	if w := t.wrapper(where); w != nil && where.takes(w.route) {
		legal = append(legal, arrayMessage)
	}
	return legal
}

// MessageLegal says whether the values of a composite, a range, a multirange
// or an array of them can be messages, and if not, which part is in the way: a
// type that is read in its text form alone, as money is, cannot be within a
// value in binary form. Such a type is bound to string as a whole.
func MessageLegal(t Type) error {
	switch t.Kind {
	case Composite:
		for i := range t.Attributes {
			a := &t.Attributes[i]
			if err := a.Type.inRecord(); err != nil {
				return fmt.Errorf("attribute %q of type %s: %w", a.Name, a.Type.Name, err)
			}
		}
	case Range:
		if t.Elem == nil {
			return fmt.Errorf("the subtype of %s is not known", t.Name)
		}
		err := t.Elem.inRecord()
		if err == nil && strings.HasPrefix(legal(*t.Elem, inside)[0], "repeated ") {
			err = errors.New("its values fill a repeated field, which cannot be a bound")
		}
		if err != nil {
			return fmt.Errorf("the subtype %s: %w", t.Elem.Name, err)
		}
	case Array, Multirange:
		if t.Elem == nil {
			return fmt.Errorf("the element type of %s is not known", t.Name)
		}
		return MessageLegal(*t.Elem)
	}
	return nil
}

// inRecord says whether values of t have a binary form that can be part of a
// record or a range.
func (t *Type) inRecord() error {
	if len(t.lists()) > 0 && t.Kind == Scalar {
		return nil
	}
	switch t.Kind {
	case Composite, Range, Multirange:
		return MessageLegal(*t)
	case Array:
		if t.Elem == nil {
			return errors.New("its element type is not known")
		}
		if t.Elem.Kind == Composite || t.Elem.Kind == Range {
			return MessageLegal(*t.Elem)
		}
	}
	if len(legal(*t, inside)) == 0 {
		return errors.New(legalText(*t, inside))
	}
	return nil
}
