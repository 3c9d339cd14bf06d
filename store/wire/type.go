package wire

import "google.golang.org/protobuf/reflect/protoreflect"

// Kind is the sort of a Postgres type, as far as its values' form goes.
type Kind uint8

const (
	// Scalar is a base type, known by its OID. One that the table of legal
	// pairs does not know is read and written in its text form.
	Scalar Kind = iota
	// Enum is an enum type; its values are labels.
	Enum
	// Array is an array type, or a domain over one.
	Array
	// Other is any other type: composite, range, pseudo-type. It is read and
	// written in its text form.
	Other
)

// Type is what the codecs need to know of a Postgres type.
type Type struct {
	// OID is pg_type.oid, of the base type when the column's is a domain. Of
	// an array it is the array type's own.
	OID uint32
	// Name is the type as format_type writes it, such as "numeric(12,2)" or
	// "text[]"; of a domain its own. It stands in messages and, for arrays of
	// types that the table of legal pairs does not name, in casts: outside of
	// pg_catalog it should therefore have its schema, as it does when
	// search_path is ''.
	Name string
	// Kind says which of the fields below are set.
	Kind Kind
	// Typmod is pg_attribute.atttypmod, or a domain's typtypmod: the n of
	// varchar(n) and the like in Postgres' encoding. -1 when there is none,
	// which is not the zero value.
	Typmod int32
	// Elem is the element type of an Array, its base type when the elements
	// are of a domain. Where its Typmod is -1, the array's own is taken.
	Elem *Type
	// Labels are the labels of an Enum in the type's order.
	Labels []string
}

// Column is a column bound to the field that holds it.
type Column struct {
	// Name is the column's name, which errors of reading carry.
	Name string
	// Type is the column's type.
	Type Type
	// NotNull says that the column is declared NOT NULL. The codec does not
	// act on it: NULL is left out of a message whatever the field. It is here
	// for whoever decides what an absent field becomes.
	NotNull bool
	// Field is the protobuf field. Its name is what errors of writing carry.
	Field protoreflect.FieldDescriptor
	// Labels maps the numbers of the field's enum to the labels of the
	// Postgres type, when Field is of an enum. The zero value has none.
	Labels map[protoreflect.EnumNumber]string
}

// element is the type that the codec of t converts one at a time: the element
// of an array, otherwise t itself.
func (t *Type) element() *Type {
	if t.Kind != Array || t.Elem == nil {
		return t
	}
	elem := *t.Elem
	if elem.Typmod == -1 {
		elem.Typmod = t.Typmod
	}
	return &elem
}
