package wire

import (
	"encoding/binary"
	"math"
)

// The binary form of an array (array_send), in 32-bit words: the number of
// dimensions, whether there are NULLs, the OID of the elements, then the size
// and lower bound of each dimension; then each element with its length before
// it, -1 for NULL. An empty array has no dimension.
const (
	arrayHeader    = 12
	arrayDimension = 8
)

// errNull is shared, since an item's place is added to it.
var errNull = precondition("it is NULL, which a repeated field has no place for")

// arrayItems checks the header and returns the bytes of the items. Lower
// bounds are left out: items of a repeated field have no indexes to differ.
func arrayItems(src []byte, elem uint32) (count int, items []byte, err error) {
	if len(src) < arrayHeader {
		return 0, nil, errForm
	}
	dimensions := binary.BigEndian.Uint32(src)
	found := binary.BigEndian.Uint32(src[8:])
	// The OID is another when the elements are of a domain.
	if found != elem && found < firstUserOID {
		return 0, nil, errForm
	}
	switch {
	case dimensions == 0 && len(src) == arrayHeader:
		return 0, nil, nil
	case dimensions == 0 || dimensions > math.MaxInt32:
		return 0, nil, errForm
	case dimensions > 1:
		return 0, nil, precondition("the array has %d dimensions, and a repeated field has one", dimensions)
	case len(src) < arrayHeader+arrayDimension:
		return 0, nil, errForm
	}
	n := binary.BigEndian.Uint32(src[arrayHeader:])
	if n > math.MaxInt32 {
		return 0, nil, errForm
	}
	return int(n), src[arrayHeader+arrayDimension:], nil
}

// nextItem takes the first item off items.
func nextItem(items []byte) (item, rest []byte, err error) {
	if len(items) < 4 {
		return nil, nil, errForm
	}
	n := int32(binary.BigEndian.Uint32(items))
	items = items[4:]
	switch {
	case n == -1:
		return nil, nil, errNull
	case n < 0 || int(n) > len(items):
		return nil, nil, errForm
	}
	return items[:n], items[n:], nil
}

// readItems reads an array into a repeated field that is not packed: the tag
// before each item. Items that are zero are written, unlike such fields.
func readItems(elem uint32, tag []byte, read readFunc) readFunc {
	return func(dst, src []byte) ([]byte, error) {
		count, items, err := arrayItems(src, elem)
		if err != nil {
			return dst, err
		}
		return appendItems(dst, count, items, tag, read, "array")
	}
}

// appendItems reads counted items, each with its length before it.
func appendItems(dst []byte, count int, items, tag []byte, read readFunc, of string) ([]byte, error) {
	for i := range count {
		item, rest, err := nextItem(items)
		if err != nil {
			return dst, atItem(err, i, of)
		}
		items = rest
		dst = append(dst, tag...)
		if dst, err = read(dst, item); err != nil {
			return dst, atItem(err, i, of)
		}
	}
	if len(items) > 0 {
		return dst, errForm
	}
	return dst, nil
}

// readPacked reads an array into a packed field: the length of all, which is
// zero for no items, and the items without tags.
func readPacked(elem uint32, read readFunc) readFunc {
	unpacked := readItems(elem, nil, read)
	return func(dst, src []byte) ([]byte, error) {
		at := len(dst)
		dst, err := unpacked(append(dst, 0), src)
		if err != nil {
			return dst, err
		}
		return closeLength(dst, at), nil
	}
}

// mostGrowth bounds how much larger an array may get than what it is written
// of. A message without fields takes two bytes in a request, and of a composite
// type eight for every attribute here: few bytes could ask for all the memory.
const mostGrowth = 64 << 20

var errGrowth = outOfRange("it takes more than %d MiB more in the database than in the request, which is the most that one value may; "+
	"give fewer items at once", mostGrowth>>20)

// appendArray writes the items of v, with one dimension or none.
func appendArray(dst []byte, elem uint32, v Value, write writeFunc) ([]byte, error) {
	count := max(len(v.Nums), len(v.Items))
	dimensions := uint32(0)
	if count > 0 {
		dimensions = 1
	}
	dst = binary.BigEndian.AppendUint32(dst, dimensions)
	dst = binary.BigEndian.AppendUint32(dst, 0)
	dst = binary.BigEndian.AppendUint32(dst, elem)
	if count == 0 {
		return dst, nil
	}
	dst = binary.BigEndian.AppendUint32(dst, uint32(count))
	dst = binary.BigEndian.AppendUint32(dst, 1)
	most := len(dst) + mostGrowth
	for i := range count {
		at := len(dst)
		dst = append(dst, 0, 0, 0, 0)
		var num uint64
		var b []byte
		if i < len(v.Nums) {
			num = v.Nums[i]
		} else {
			b = v.Items[i]
		}
		var err error
		if dst, err = write(dst, num, b); err != nil {
			return dst, atIndex(err, i)
		}
		closeSize(dst, at)
		// Its length, and a number of the widest type or the bytes given.
		most += 4 + max(8, len(b))
		if len(dst) > most {
			return dst, errGrowth
		}
	}
	return dst, nil
}

// closeSize writes the length of what follows the 32 bits at dst[at] into
// them.
func closeSize(dst []byte, at int) {
	binary.BigEndian.PutUint32(dst[at:], uint32(len(dst)-at-4))
}
