package catalog

// Type is a type that is no domain.
type Type struct {
	Name
	OID uint32
	// Format is the type's name as format_type writes it with an empty search
	// path: schema-qualified unless it is built in.
	Format string
	// Kind is pg_type.typtype: b base, c composite, e enum, r range, m
	// multirange.
	Kind byte
	// Elem is the element type of an array, and nil for others.
	Elem *Type
	// ElemOID is the OID of the element type as it was declared, a domain's own
	// where it is one; 0 for types that are no arrays.
	ElemOID uint32
	// ArrayOID is the OID of the type of arrays of it; 0 when there is none.
	ArrayOID uint32
	// Subtype is the type of a range's bounds, or the range type of a
	// multirange; nil for others.
	Subtype *Type
	// Attributes are those of a composite type, in their order.
	Attributes []*Attribute
	// Extension is the extension that brought the type, or an array's elements;
	// empty for none.
	Extension string
	// ElemTypmod is the modifier of the element's domain, -1 when there is
	// none. It has a meaning for arrays only.
	ElemTypmod int32
	// Labels are an enum's labels in their order.
	Labels []string
	// Operators is the schema of the type's default btree operators (=, <, >),
	// which need not be on anyone's search path; empty when it has none, and
	// then ORDER BY and comparisons do not work.
	Operators string
	// TextOnly says that values have no binary form, as those of extension isn.
	TextOnly bool
}

// Attribute is an attribute of a composite type.
type Attribute struct {
	Name string
	// Number is pg_attribute.attnum, which a rename leaves as it was.
	Number int
	// Declared, DeclaredOID, Type and Typmod are as in [Column].
	Declared    string
	DeclaredOID uint32
	Type        *Type
	Typmod      int32
}
