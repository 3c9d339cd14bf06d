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
	// Other is any other type, such as a pseudo-type. It is read and written
	// in its text form.
	Other
	// Composite is a composite type; its values have attributes.
	Composite
	// Range is a range type; its values have a lower and an upper bound.
	Range
	// Multirange is a multirange type; its values are lists of ranges.
	Multirange
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
	// Elem is the element type of an Array, the subtype of a Range, and the
	// range type of a Multirange; of a domain its base type. Where the Typmod
	// of an Array's Elem is -1, the array's own is taken.
	Elem *Type
	// ElemOID is pg_type.typelem of an Array: the OID of the elements as they
	// were declared, a domain's own where they are of one. array_recv asks for
	// it. 0 stands for Elem's OID.
	ElemOID uint32
	// Labels are the labels of an Enum in the type's order.
	Labels []string
	// Attributes are those of a Composite in their order, without dropped ones.
	Attributes []Attribute
	// Extension is the name of the extension that brought the type
	// (pg_extension.extname), such as "postgis"; empty for none.
	Extension string
	// Base is pg_type.typname, without a schema: with Extension it tells an
	// extension's type, whose OID and schema differ from database to database.
	Base string
}

// Attribute is an attribute of a composite type.
type Attribute struct {
	// Name is the attribute's name.
	Name string
	// Type is the attribute's type, as it is of a [Column]: of a domain its
	// base type.
	Type Type
	// OID is that of the declared type (pg_attribute.atttypid), a domain's own
	// where it is one: record_recv asks for it. 0 stands for Type's OID.
	OID uint32
}

// Column is a column bound to the field that holds it.
type Column struct {
	// Name is the column's name, which errors of reading carry.
	Name string
	// Type is the column's type.
	Type Type
	// OID is that of the declared type (pg_attribute.atttypid), a domain's own
	// where it is one: a row within a row (Embed) tells it, unlike
	// RowDescription. 0 stands for Type's OID.
	OID uint32
	// NotNull says that the column is declared NOT NULL. The codec does not
	// act on it: NULL is left out of a message whatever the field. It is here
	// for whoever decides what an absent field becomes.
	NotNull bool
	// Field is the protobuf field. Its name is what errors of writing carry.
	// The values of its enum say by (rowgate.v1.label) which labels they are,
	// and so do those within its message; fields there may say by
	// (rowgate.v1.column) which attributes they are.
	Field protoreflect.FieldDescriptor
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

// elemOID is the OID of an array's elements in its binary form.
func (t *Type) elemOID() uint32 {
	if t.ElemOID != 0 || t.Elem == nil {
		return t.ElemOID
	}
	return t.Elem.OID
}
