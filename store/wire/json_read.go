package wire

import (
	"encoding/binary"
	"math"
	"slices"
	"sync"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
)

// The fields of google.protobuf.Value, Struct, its map's entries and
// ListValue, as tags:
// https://protobuf.dev/reference/protobuf/google.protobuf/#value
const (
	tagNull   = 1<<3 | byte(protowire.VarintType)
	tagNumber = 2<<3 | byte(protowire.Fixed64Type)
	tagString = 3<<3 | byte(protowire.BytesType)
	tagBool   = 4<<3 | byte(protowire.VarintType)
	tagStruct = 5<<3 | byte(protowire.BytesType)
	tagList   = 6<<3 | byte(protowire.BytesType)

	tagField      = 1<<3 | byte(protowire.BytesType) // Struct.fields
	tagEntryKey   = 1<<3 | byte(protowire.BytesType)
	tagEntryValue = 2<<3 | byte(protowire.BytesType)
	tagItem       = 1<<3 | byte(protowire.BytesType) // ListValue.values
)

// jsonReader writes JSON as a google.protobuf.Value in one pass. The length of
// an object or array is known only at its end and stands before it; so a byte
// is kept for each, and the few lengths that do not fit one are put in their
// place at the end, all in one sweep. That keeps the work linear however deep
// the nesting.
type jsonReader struct {
	scanner jsonScanner
	out     []byte
	lengths []jsonLength // the open ones, and those that do not fit a byte
	extra   int          // bytes that the lengths so far will take beyond one
}

// jsonLength is a length that is written later.
type jsonLength struct {
	at    int // where its one byte is kept
	extra int // the reader's extra when it was opened
	n     int
}

var jsonReaders = sync.Pool{New: func() any { return new(jsonReader) }}

func readJSONValue(dst, src []byte) ([]byte, error) {
	r := jsonReaders.Get().(*jsonReader)
	dst, err := r.read(dst, src)
	if cap(r.lengths) <= 1<<12 {
		jsonReaders.Put(r)
	}
	return dst, err
}

// read is a readFunc of JSON text.
func (r *jsonReader) read(dst, src []byte) ([]byte, error) {
	if !utf8.Valid(src) {
		return dst, precondition("the JSON is not valid UTF-8, which protobuf strings must be")
	}
	r.scanner, r.out = jsonScanner{src: src}, dst
	r.lengths, r.extra = r.lengths[:0], 0
	err := r.value(1)
	if r.scanner.skipSpace(); err == nil && r.scanner.pos < len(src) {
		err = r.scanner.unexpected()
	}
	if err == nil {
		r.sweep()
	} else if asFault(err).kind == Invalid {
		err = errForm // Postgres stores no text that is not JSON
	}
	dst = r.out
	r.scanner, r.out = jsonScanner{}, nil // kept by nobody while r is pooled
	return dst, err
}

// value writes the next value as a Value with its length.
func (r *jsonReader) value(depth int) error {
	s := &r.scanner
	s.skipSpace()
	switch s.peek() {
	case '{', '[':
		return r.container(depth)
	case '"':
		raw, size, err := s.text()
		if err != nil {
			return err
		}
		if size == loneSurrogate {
			return errSurrogate
		}
		r.out = protowire.AppendVarint(r.out, uint64(1+protowire.SizeBytes(size)))
		r.string(tagString, raw, size)
		return nil
	case 't', 'f', 'n':
		letter, err := s.literal()
		switch letter {
		case 't':
			r.out = append(r.out, 2, tagBool, 1)
		case 'f':
			r.out = append(r.out, 2, tagBool, 0)
		case 'n':
			r.out = append(r.out, 2, tagNull, 0)
		}
		return err
	default:
		number, err := s.number()
		if err != nil {
			return err
		}
		f, err := exactDouble(number)
		if err != nil {
			return err
		}
		r.out = append(r.out, 9, tagNumber)
		r.out = binary.LittleEndian.AppendUint64(r.out, math.Float64bits(f))
		return nil
	}
}

var errSurrogate = outOfRange("the JSON has half a surrogate pair in a string, which no protobuf string holds; bind the field to bytes to read it")

// string writes a string that was taken by the scanner.
func (r *jsonReader) string(tag byte, raw []byte, size int) {
	r.out = append(r.out, tag)
	r.out = protowire.AppendVarint(r.out, uint64(size))
	if size == len(raw) { // every escape is longer than what it means
		r.out = append(r.out, raw...)
		return
	}
	r.out = appendUnescaped(r.out, raw)
}

// container writes an object or array.
func (r *jsonReader) container(depth int) error {
	s := &r.scanner
	if depth > jsonDepth {
		return outOfRange("the JSON is nested deeper than %d levels; bind the field to string to read it", jsonDepth)
	}
	open := s.peek()
	s.pos++
	value := r.open()
	if open == '{' {
		r.out = append(r.out, tagStruct)
	} else {
		r.out = append(r.out, tagList)
	}
	body := r.open()
	for first := true; ; first = false {
		more, err := s.more(open, first)
		if err != nil {
			return err
		}
		if !more {
			break
		}
		if open == '[' {
			r.out = append(r.out, tagItem)
			err = r.value(depth + 1)
		} else {
			err = r.member(depth)
		}
		if err != nil {
			return err
		}
	}
	r.close(body)
	r.close(value)
	return nil
}

// member writes a key and its value as an entry of the map Struct.fields.
// A key that is there twice makes two entries, the last of which counts.
func (r *jsonReader) member(depth int) error {
	r.out = append(r.out, tagField)
	entry := r.open()
	raw, size, err := r.scanner.text()
	if err != nil {
		return err
	}
	if size == loneSurrogate {
		return errSurrogate
	}
	r.string(tagEntryKey, raw, size)
	if err := r.scanner.colon(); err != nil {
		return err
	}
	r.out = append(r.out, tagEntryValue)
	if err := r.value(depth + 1); err != nil {
		return err
	}
	r.close(entry)
	return nil
}

// open keeps a byte for a length.
func (r *jsonReader) open() int {
	r.lengths = append(r.lengths, jsonLength{at: len(r.out), extra: r.extra})
	r.out = append(r.out, 0)
	return len(r.lengths) - 1
}

// close sets the length that open kept a byte for. One below 128 is written at
// once and forgotten: then it is the last of r.lengths, since any within it
// would be below 128 as well.
func (r *jsonReader) close(i int) {
	l := &r.lengths[i]
	l.n = len(r.out) - l.at - 1 + r.extra - l.extra
	if l.n < 0x80 {
		r.out[l.at] = byte(l.n)
		r.lengths = r.lengths[:i]
		return
	}
	r.extra += protowire.SizeVarint(uint64(l.n)) - 1
}

// sweep moves everything to where it belongs, from the end, and puts the
// lengths between.
func (r *jsonReader) sweep() {
	end := len(r.out)
	r.out = slices.Grow(r.out, r.extra)[:end+r.extra]
	to := len(r.out)
	for i := len(r.lengths) - 1; i >= 0; i-- {
		l := r.lengths[i]
		to -= copy(r.out[to-(end-l.at-1):to], r.out[l.at+1:end])
		size := protowire.SizeVarint(uint64(l.n))
		to -= size
		protowire.AppendVarint(r.out[:to], uint64(l.n))
		end = l.at
	}
}
