package wire

import (
	"encoding/binary"
	"math"
	"strconv"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
)

// valueName is the message that JSON is written from.
const valueName = "google.protobuf.Value"

// appendValueJSON writes a google.protobuf.Value as JSON text.
func appendValueJSON(dst, msg []byte, jsonb bool) ([]byte, error) {
	w := jsonWriter{out: dst, jsonb: jsonb}
	err := w.value(msg, 1)
	return w.out, err
}

type jsonWriter struct {
	out   []byte
	jsonb bool
}

// value writes one Value. Of its oneof the last member counts; a message that
// is there several times in a row is one, in parts.
func (w *jsonWriter) value(msg []byte, depth int) error {
	var tag byte
	var num uint64
	var data, from []byte // the last occurrence, and all from the first of its run
	for rest := msg; len(rest) > 0; {
		f, after, err := nextField(rest)
		if err != nil {
			return err
		}
		switch f.tag {
		case uint64(tagNull), uint64(tagNumber), uint64(tagString), uint64(tagBool), uint64(tagStruct), uint64(tagList):
			if byte(f.tag) != tag {
				tag, from = byte(f.tag), rest
			}
			num, data = f.num, f.data
		}
		rest = after
	}
	switch tag {
	case tagNull:
		w.out = append(w.out, "null"...)
	case tagBool:
		w.out = strconv.AppendBool(w.out, num != 0)
	case tagNumber:
		return w.number(math.Float64frombits(num))
	case tagString:
		return w.text(data)
	case tagStruct:
		return w.object(from, depth)
	case tagList:
		return w.array(from, depth)
	default:
		return invalid("a google.protobuf.Value in it has no kind; JSON's null is null_value")
	}
	return nil
}

func (w *jsonWriter) number(f float64) error {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return invalid("%v is not a number that JSON has", f)
	}
	w.out = appendJSONNumber(w.out, f)
	return nil
}

func (w *jsonWriter) text(s []byte) error {
	if !utf8.Valid(s) {
		return invalid("a string in the JSON is not valid UTF-8")
	}
	w.out = append(w.out, '"')
	start := 0
	for i, c := range s {
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		if c == 0 && w.jsonb {
			return invalid("a string in the JSON has a NUL character, which jsonb cannot store")
		}
		w.out = append(w.out, s[start:i]...)
		start = i + 1
		switch c {
		case '"', '\\':
			w.out = append(w.out, '\\', c)
		default:
			w.out = append(w.out, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&0xf])
		}
	}
	w.out = append(append(w.out, s[start:]...), '"')
	return nil
}

// parts calls each for every field of the message tag, in all its occurrences
// in msg, that is a message itself and has the number 1: the members of a
// Struct, the items of a ListValue.
func parts(msg []byte, tag byte, each func(part []byte) error) error {
	for len(msg) > 0 {
		f, after, err := nextField(msg)
		if err != nil {
			return err
		}
		msg = after
		if f.tag != uint64(tag) {
			continue
		}
		for rest := f.data; len(rest) > 0; {
			part, after, err := nextField(rest)
			if err != nil {
				return err
			}
			rest = after
			if part.tag == uint64(tagField) {
				if err := each(part.data); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (w *jsonWriter) array(msg []byte, depth int) error {
	if depth > jsonDepth {
		return tooDeep()
	}
	w.out = append(w.out, '[')
	first := true
	err := parts(msg, tagList, func(item []byte) error {
		if !first {
			w.out = append(w.out, ',')
		}
		first = false
		return w.value(item, depth+1)
	})
	w.out = append(w.out, ']')
	return err
}

// object writes a Struct. Of members with one key the last counts: jsonb sees
// to that itself, json would keep them all.
func (w *jsonWriter) object(msg []byte, depth int) error {
	if depth > jsonDepth {
		return tooDeep()
	}
	var last map[string]int
	if !w.jsonb {
		last = make(map[string]int)
		n := 0
		if err := parts(msg, tagStruct, func(entry []byte) error {
			key, _, err := entryOf(entry)
			last[string(key)] = n
			n++
			return err
		}); err != nil {
			return err
		}
	}
	w.out = append(w.out, '{')
	n, first := 0, true
	err := parts(msg, tagStruct, func(entry []byte) error {
		key, value, err := entryOf(entry)
		if err != nil {
			return err
		}
		n++
		if last != nil && last[string(key)] != n-1 {
			return nil
		}
		if !first {
			w.out = append(w.out, ',')
		}
		first = false
		if err := w.text(key); err != nil {
			return err
		}
		w.out = append(w.out, ':')
		return w.value(value, depth+1)
	})
	w.out = append(w.out, '}')
	return err
}

// entryOf is the key and value of a map's entry.
func entryOf(entry []byte) (key, value []byte, err error) {
	for len(entry) > 0 {
		f, after, err := nextField(entry)
		if err != nil {
			return nil, nil, err
		}
		switch f.tag {
		case uint64(tagEntryKey):
			key = f.data
		case uint64(tagEntryValue):
			value = f.data
		}
		entry = after
	}
	return key, value, nil
}

// wireField is a field of a message: num of a varint or fixed type, data of
// bytes.
type wireField struct {
	tag  uint64
	num  uint64
	data []byte
}

// nextField takes the first field off msg, which is not empty.
func nextField(msg []byte) (f wireField, after []byte, err error) {
	num, typ, n := protowire.ConsumeTag(msg)
	if n < 0 {
		return f, nil, malformed(valueName)
	}
	f.tag = protowire.EncodeTag(num, typ)
	msg = msg[n:]
	size := protowire.ConsumeFieldValue(num, typ, msg)
	if size < 0 {
		return f, nil, malformed(valueName)
	}
	switch typ {
	case protowire.VarintType:
		f.num, _ = protowire.ConsumeVarint(msg)
	case protowire.Fixed32Type:
		f.num = uint64(binary.LittleEndian.Uint32(msg))
	case protowire.Fixed64Type:
		f.num = binary.LittleEndian.Uint64(msg)
	case protowire.BytesType:
		f.data, _ = protowire.ConsumeBytes(msg)
	}
	return f, msg[size:], nil
}
