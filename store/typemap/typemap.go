// Package typemap describes the catalog's types to the codecs. It stands
// between packages catalog and wire, which know nothing of each other.
package typemap

import (
	"strings"

	"github.com/rowgate/rowgate/store/catalog"
	"github.com/rowgate/rowgate/store/wire"
)

// Column is the type of a column.
func Column(c *catalog.Column) wire.Type { return Type(c.Type, c.Typmod, c.Declared) }

// Type is a type as it was declared, with its modifier.
func Type(t *catalog.Type, typmod int32, declared string) wire.Type {
	w := wire.Type{
		OID: t.OID, Name: t.Format, Typmod: typmod, Labels: t.Labels,
		Extension: t.Extension, Base: t.Name.Name,
	}
	if typmod != -1 {
		w.Name = declared
	}
	switch {
	case t.Elem != nil:
		mod, name := typmod, w.Name
		if mod == -1 {
			mod = t.ElemTypmod
		}
		elem := Type(t.Elem, mod, strings.TrimSuffix(name, "[]"))
		w.Kind, w.Elem, w.ElemOID = wire.Array, &elem, t.ElemOID
	case t.Kind == 'e':
		w.Kind = wire.Enum
	case t.Kind == 'c':
		w.Kind = wire.Composite
		for _, a := range t.Attributes {
			w.Attributes = append(w.Attributes, wire.Attribute{
				Name: a.Name, Type: Type(a.Type, a.Typmod, a.Declared), OID: a.DeclaredOID,
			})
		}
	case t.Subtype != nil:
		elem := Type(t.Subtype, -1, "")
		w.Elem = &elem
		w.Kind = wire.Range
		if t.Kind == 'm' {
			w.Kind = wire.Multirange
		}
	case t.Kind == 'b':
		w.Kind = wire.Scalar
	default:
		w.Kind = wire.Other
	}
	return w
}
