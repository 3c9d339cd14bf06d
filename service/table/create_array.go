package table

import (
	"encoding/binary"

	"github.com/rowgate/rowgate/store/query"
)

// unnested is the form in which a column's values travel as an array, a value a
// row; array is 0 where they cannot.
type unnested struct {
	array, element uint32
	// cast is the type that an item is cast to in the statement; empty for none.
	cast string
}

// OIDs of built-in types, which never change.
const (
	textArrayOID    = 1009
	numericOID      = 1700
	numericArrayOID = 1231
	firstUserOID    = 16384
)

// unnested says how the field's values travel as an array. Those of an array type
// cannot, since UNNEST takes arrays of arrays apart to the last item, those of a
// composite type, of which it makes columns, nor those of a type that has no
// array.
func (f *field) unnested() unnested {
	p, t := f.codec.Param(), f.column.Type
	switch {
	case t.Elem != nil, t.Kind == 'c':
		return unnested{}
	case p.Text && t.OID >= firstUserOID:
		// The cast would look for the type in a schema that the caller may not use.
		return unnested{}
	case p.Text:
		return unnested{textArrayOID, textOID, query.TypeName(t.Schema, t.Name.Name)}
	case p.OID == t.OID:
		return unnested{t.ArrayOID, t.OID, p.Cast}
	case p.OID == numericOID:
		return unnested{numericArrayOID, numericOID, p.Cast}
	default:
		return unnested{}
	}
}

// array is the argument of an INSERT of many rows.
func (f *field) array(n int) query.Arg {
	u := f.unnested()
	return query.Arg{N: n, OID: u.array, Cast: u.cast}
}

// items is an array in Postgres' binary form while it grows: in 32-bit words the
// number of dimensions, whether there are NULLs, the OID of the items, their
// number and the lower bound, and then each with its length before it, -1 for
// NULL.
type items []byte

const itemsHeader = 20

// begin makes an array whose first items are NULL.
func (a items) begin(nulls int) items {
	a = append(a[:0], make([]byte, itemsHeader)...)
	for range nulls {
		a = a.null()
	}
	return a
}

func (a items) null() items { return append(a, 0xff, 0xff, 0xff, 0xff) }

// end completes the header.
func (a items) end(element uint32, count int) {
	binary.BigEndian.PutUint32(a, 1)
	binary.BigEndian.PutUint32(a[4:], 1) // there may be
	binary.BigEndian.PutUint32(a[8:], element)
	binary.BigEndian.PutUint32(a[12:], uint32(count))
	binary.BigEndian.PutUint32(a[16:], 1)
}

// only is the one item of an array; nil for NULL.
func (a items) only() []byte {
	if size := int32(binary.BigEndian.Uint32(a[itemsHeader:])); size >= 0 {
		return a[itemsHeader+4:]
	}
	return nil
}

// room keeps the 32 bits of an item's length, and size fills them.
func (a items) room() items { return append(a, 0, 0, 0, 0) }

func (a items) size(at int) { binary.BigEndian.PutUint32(a[at:], uint32(len(a)-at-4)) }
