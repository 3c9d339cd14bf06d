package wire

import (
	"encoding/binary"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	rowgatev1 "github.com/rowgate/rowgate/proto/gen/rowgate/v1"
)

// mostDimensions is how many Postgres allows (MAXDIM).
const mostDimensions = 6

// The fields of rowgate.v1.Array, its Dimension and its Element, as tags.
const (
	tagDimensions = 1<<3 | byte(protowire.BytesType)
	tagElements   = 2<<3 | byte(protowire.BytesType)
	tagLowerBound = 2<<3 | byte(protowire.VarintType)
	tagValue      = 1<<3 | byte(protowire.BytesType)
)

// readWrapper reads an array into a rowgate.v1.Array, whose elements are
// strings that read appends.
func readWrapper(elem uint32, read readFunc) readFunc {
	return func(dst, src []byte) ([]byte, error) {
		count, items, dimensions, err := wrapperHeader(src, elem)
		if err != nil {
			return dst, err
		}
		start := len(dst)
		dst = append(dst, 0)
		for ; len(dimensions) > 0; dimensions = dimensions[arrayDimension:] {
			size := int32(binary.BigEndian.Uint32(dimensions))
			lower := int32(binary.BigEndian.Uint32(dimensions[4:]))
			dst = append(dst, tagDimensions, 0)
			at := len(dst) - 1
			dst = appendInt(dst, 1, int64(size))
			dst = protowire.AppendVarint(append(dst, tagLowerBound), uint64(int64(lower)))
			dst[at] = byte(len(dst) - at - 1)
		}
		for i := range count {
			dst = append(dst, tagElements)
			at := len(dst)
			dst = append(dst, 0)
			item, rest, err := nextItem(items)
			switch {
			case err == errNull: //nolint:errorlint // It is never wrapped.
				items = items[4:]
				continue
			case err != nil:
				return dst, err
			}
			items = rest
			if dst, err = read(append(dst, tagValue), item); err != nil {
				return dst, atItem(err, i, "array")
			}
			dst = closeLength(dst, at)
		}
		if len(items) > 0 {
			return dst, errForm
		}
		return closeLength(dst, start), nil
	}
}

// wrapperHeader is arrayItems for any number of dimensions, whose bytes it
// returns as well.
func wrapperHeader(src []byte, elem uint32) (count int, items, dimensions []byte, err error) {
	if len(src) < arrayHeader {
		return 0, nil, nil, errForm
	}
	n := binary.BigEndian.Uint32(src)
	found := binary.BigEndian.Uint32(src[8:])
	if n > mostDimensions || uint32(len(src)) < arrayHeader+n*arrayDimension || found != elem && found < firstUserOID {
		return 0, nil, nil, errForm
	}
	items = src[arrayHeader+n*arrayDimension:]
	if n == 0 {
		return 0, items, nil, nil
	}
	dimensions = src[arrayHeader : arrayHeader+n*arrayDimension]
	product := uint64(1)
	for at := 0; at < len(dimensions); at += arrayDimension {
		size := binary.BigEndian.Uint32(dimensions[at:])
		if product *= uint64(size); size == 0 || product > math.MaxInt32 {
			return 0, nil, nil, errForm
		}
	}
	return int(product), items, dimensions, nil
}

// The decoders of a rowgate.v1.Array and of its parts.
var (
	wrapperDecoder   = decoderOf(&rowgatev1.Array{}, "dimensions", "elements")
	dimensionDecoder = decoderOf(&rowgatev1.Array_Dimension{}, "size", "lower_bound")
	elementDecoder   = decoderOf(&rowgatev1.Array_Element{}, "value")
)

func decoderOf(m proto.Message, names ...protoreflect.Name) *Decoder {
	fields := make([]protoreflect.FieldDescriptor, len(names))
	for i, name := range names {
		fields[i] = m.ProtoReflect().Descriptor().Fields().ByName(name)
	}
	return NewDecoder(fields)
}

// writeWrapper writes a rowgate.v1.Array.
func writeWrapper(elem uint32, write writeFunc) writeFunc {
	return func(dst []byte, _ uint64, msg []byte) ([]byte, error) {
		var room [2]Value
		values, err := wrapperDecoder.Decode(room[:0], msg)
		if err != nil {
			return dst, err
		}
		elements := values[1].Items
		nulls := len(dst) + 4
		if dst, err = appendDimensions(dst, elem, values[0].Items, len(elements)); err != nil {
			return dst, err
		}
		for i, element := range elements {
			size := len(dst)
			dst = append(dst, 0xff, 0xff, 0xff, 0xff)
			if values, err = elementDecoder.Decode(room[:0], element); err != nil {
				return dst, within(".elements", atIndex(err, i))
			}
			if !values[0].Present {
				binary.BigEndian.PutUint32(dst[nulls:], 1)
				continue
			}
			if dst, err = write(dst, 0, values[0].Bytes); err != nil {
				return dst, within(".elements", atIndex(within(".value", err), i))
			}
			closeSize(dst, size)
		}
		return dst, nil
	}
}

// appendDimensions writes an array's header. Elements without a dimension are
// of one.
func appendDimensions(dst []byte, elem uint32, dimensions [][]byte, elements int) ([]byte, error) {
	count := len(dimensions)
	if count == 0 && elements > 0 {
		count = 1
	}
	if count > mostDimensions {
		return dst, within(".dimensions", invalid("there are %d, and an array has at most %d", count, mostDimensions))
	}
	dst = binary.BigEndian.AppendUint32(dst, uint32(count))
	dst = binary.BigEndian.AppendUint32(dst, 0)
	dst = binary.BigEndian.AppendUint32(dst, elem)
	if len(dimensions) == 0 {
		if elements > 0 {
			dst = binary.BigEndian.AppendUint32(dst, uint32(elements))
			dst = binary.BigEndian.AppendUint32(dst, 1)
		}
		return dst, nil
	}
	product := int64(1)
	for i, d := range dimensions {
		size, lower, err := parseDimension(d)
		if err != nil {
			return dst, within(".dimensions", atIndex(err, i))
		}
		product = min(product*size, math.MaxInt32)
		dst = binary.BigEndian.AppendUint32(dst, uint32(size))
		dst = binary.BigEndian.AppendUint32(dst, uint32(lower))
	}
	if product != int64(elements) {
		return dst, within(".elements", invalid("there are %d, which is not the product of the dimensions' sizes", elements))
	}
	return dst, nil
}

func parseDimension(msg []byte) (size, lower int64, err error) {
	var room [2]Value
	values, err := dimensionDecoder.Decode(room[:0], msg)
	if err != nil {
		return 0, 0, err
	}
	size, lower = int64(values[0].Num), 1
	if values[1].Present {
		lower = int64(values[1].Num)
	}
	switch {
	case size < 1:
		return 0, 0, within(".size", invalid("it is %d, and a dimension has at least one element", size))
	case lower+size > math.MaxInt32:
		return 0, 0, within(".lower_bound", invalid("the indexes from %d on would go beyond %d", lower, math.MaxInt32-1))
	}
	return size, lower, nil
}
