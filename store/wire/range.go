package wire

import (
	"encoding/binary"
	"errors"
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// The binary form of a range (range_send): a byte of flags, then the lower and
// the upper bound where they are finite, each with its length in 32 bits
// before it.
const (
	rangeEmpty       = 0x01
	rangeLowerIn     = 0x02
	rangeUpperIn     = 0x04
	rangeLowerAbsent = 0x08
	rangeUpperAbsent = 0x10
	rangeKnown       = 0x1f
)

// boundsEnum says of a range's bounds whether they belong to it. The constants
// are its values.
const boundsEnum = "rowgate.v1.Bounds"

const (
	boundsUnspecified = iota
	boundsLower
	boundsBoth
	boundsNeither
	boundsUpper
)

// rangePlan is a range type bound to a message.
type rangePlan struct {
	lower, upper step
	bounds       []byte   // the tag
	empty        []byte   // the whole field, when it is true
	decoder      *Decoder // of lower, upper, bounds and empty
}

// rangeMessage plans a range type as a message of the shape of those in
// rowgate/v1/range.proto.
func rangeMessage(b *binding) (conv, error) {
	r, err := newRangePlan(b)
	if err != nil {
		return conv{}, err
	}
	return conv{r.read, r.write}, nil
}

func newRangePlan(b *binding) (*rangePlan, error) {
	message := b.column.Field.Message()
	wrong := func(format string, args ...any) (*rangePlan, error) {
		return nil, fmt.Errorf("message %s is not of the shape of a range: %s", message.FullName(), fmt.Sprintf(format, args...))
	}
	if b.typ.Elem == nil {
		return nil, errors.New("the range's subtype is not known")
	}
	var fields []protoreflect.FieldDescriptor
	for _, name := range []protoreflect.Name{"lower", "upper", "bounds", "empty"} {
		f := message.Fields().ByName(name)
		if f == nil {
			return wrong("it has no field %s", name)
		}
		fields = append(fields, f)
	}
	lower, upper, bounds, empty := fields[0], fields[1], fields[2], fields[3]
	switch {
	case message.Fields().Len() > len(fields):
		return wrong("it has fields besides lower, upper, bounds and empty")
	case fieldType(lower) != fieldType(upper):
		return wrong("lower is of type %s, and upper of %s", fieldType(lower), fieldType(upper))
	case !lower.HasPresence() || !upper.HasPresence():
		return wrong("lower and upper are to be optional or of a message type, since without a bound they are unset")
	case fieldType(bounds) != boundsEnum:
		return wrong("bounds is of type %s, not %s", fieldType(bounds), boundsEnum)
	case fieldType(empty) != "bool":
		return wrong("empty is of type %s, not bool", fieldType(empty))
	}
	r := &rangePlan{
		bounds:  protowire.AppendTag(nil, bounds.Number(), protowire.VarintType),
		empty:   append(protowire.AppendTag(nil, empty.Number(), protowire.VarintType), 1),
		decoder: NewDecoder(fields),
	}
	for i, to := range []*step{&r.lower, &r.upper} {
		codec, err := b.bind(Column{Name: string(fields[i].Name()), Type: *b.typ.Elem, Field: fields[i]})
		if err != nil {
			return nil, &partError{"bound", err}
		}
		*to = stepOf(codec)
	}
	return r, nil
}

func (r *rangePlan) read(dst, src []byte) ([]byte, error) {
	if len(src) < 1 {
		return dst, errForm
	}
	flags := src[0]
	src = src[1:]
	start := len(dst)
	dst = append(dst, 0)
	if flags&rangeEmpty != 0 {
		if len(src) > 0 {
			return dst, errForm
		}
		return closeLength(append(dst, r.empty...), start), nil
	}
	var err error
	if flags&rangeLowerAbsent == 0 {
		if dst, src, err = r.lower.readBound(dst, src); err != nil {
			return dst, within("the lower bound: ", err)
		}
	}
	if flags&rangeUpperAbsent == 0 {
		if dst, src, err = r.upper.readBound(dst, src); err != nil {
			return dst, within("the upper bound: ", err)
		}
	}
	if len(src) > 0 || flags&^rangeKnown != 0 {
		return dst, errForm
	}
	dst = append(dst, r.bounds...)
	return closeLength(append(dst, boundsOf(flags)), start), nil
}

// readBound takes a bound off src.
func (s *step) readBound(dst, src []byte) (out, rest []byte, err error) {
	bound, rest, err := nextItem(src)
	if err != nil {
		return dst, src, errForm
	}
	dst, err = s.appendField(dst, bound)
	return dst, rest, err
}

// boundsOf is the value of rowgate.v1.Bounds for a range that is not empty.
func boundsOf(flags byte) byte {
	switch flags & (rangeLowerIn | rangeUpperIn) {
	case rangeLowerIn | rangeUpperIn:
		return boundsBoth
	case rangeLowerIn:
		return boundsLower
	case rangeUpperIn:
		return boundsUpper
	default:
		return boundsNeither
	}
}

// flagsOf are the flags that a value of rowgate.v1.Bounds asks for.
func flagsOf(bounds uint64) (byte, error) {
	switch bounds {
	case boundsUnspecified, boundsLower:
		return rangeLowerIn, nil
	case boundsBoth:
		return rangeLowerIn | rangeUpperIn, nil
	case boundsNeither:
		return 0, nil
	case boundsUpper:
		return rangeUpperIn, nil
	default:
		return 0, within(".bounds", invalid("%d is not a value of enum %s", int32(bounds), boundsEnum))
	}
}

func (r *rangePlan) write(dst []byte, _ uint64, msg []byte) ([]byte, error) {
	var room [4]Value
	values, err := r.decoder.Decode(room[:0], msg)
	if err != nil {
		return dst, err
	}
	lower, upper, bounds, empty := values[0], values[1], values[2].Num, values[3].Num != 0
	if empty {
		if lower.Present || upper.Present {
			return dst, within(".empty", invalid("an empty range has neither lower nor upper"))
		}
		return append(dst, rangeEmpty), nil
	}
	flags, err := flagsOf(bounds)
	if err != nil {
		return dst, err
	}
	// A side without a bound holds none, as Postgres has it.
	if !lower.Present {
		flags = flags&^rangeLowerIn | rangeLowerAbsent
	}
	if !upper.Present {
		flags = flags&^rangeUpperIn | rangeUpperAbsent
	}
	dst = append(dst, flags)
	if dst, err = r.lower.writeBound(dst, lower); err != nil {
		return dst, err
	}
	return r.upper.writeBound(dst, upper)
}

func (s *step) writeBound(dst []byte, v Value) ([]byte, error) {
	if !v.Present {
		return dst, nil
	}
	size := len(dst)
	dst, err := s.codec.appendValue(append(dst, 0, 0, 0, 0), v)
	if err != nil {
		return dst, within("."+string(s.codec.column.Field.Name()), err)
	}
	closeSize(dst, size)
	return dst, nil
}

// multirange plans a multirange type as a repeated message. Its binary form
// (multirange_send) is the number of ranges, then each with its length before
// it, in 32-bit words.
func multirange(b *binding) (list, error) {
	r, err := newRangePlan(&binding{column: b.column, typ: b.typ.Elem, proto: b.proto, bind: b.bind})
	if err != nil {
		return list{}, err
	}
	tag := protowire.AppendTag(nil, b.column.Field.Number(), protowire.BytesType)
	return list{func(dst, src []byte) ([]byte, error) {
		if len(src) < 4 {
			return dst, errForm
		}
		count := binary.BigEndian.Uint32(src)
		if count > uint32(len(src)) {
			return dst, errForm
		}
		return appendItems(dst, int(count), src[4:], tag, r.read, "multirange")
	}, func(dst []byte, v Value) ([]byte, error) {
		dst = binary.BigEndian.AppendUint32(dst, uint32(len(v.Items)))
		for i, item := range v.Items {
			size := len(dst)
			var err error
			if dst, err = r.write(append(dst, 0, 0, 0, 0), 0, item); err != nil {
				return dst, atIndex(err, i)
			}
			closeSize(dst, size)
		}
		return dst, nil
	}, false}, nil
}
