package wire

import (
	"encoding/binary"
	"math"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// The binary form of hstore (hstore_send): the number of pairs, then each key
// and each value with its length before it, -1 for a value that is NULL, all
// in 32-bit words.

// hstoreMap plans hstore as a map<string, string>.
func hstoreMap(b *binding) (list, error) {
	field := b.column.Field
	entry := NewDecoder([]protoreflect.FieldDescriptor{field.MapKey(), field.MapValue()})
	tag := protowire.AppendTag(nil, field.Number(), protowire.BytesType)
	return list{func(dst, src []byte) ([]byte, error) {
		return readHstore(dst, src, tag)
	}, func(dst []byte, v Value) ([]byte, error) {
		return writeHstore(dst, v.Items, entry)
	}, false}, nil
}

func readHstore(dst, src, tag []byte) ([]byte, error) {
	if len(src) < 4 {
		return dst, errForm
	}
	count := binary.BigEndian.Uint32(src)
	src = src[4:]
	if count > math.MaxInt32 {
		return dst, errForm
	}
	for range count {
		key, rest, err := nextItem(src)
		if err != nil {
			return dst, errForm
		}
		value, rest, err := nextItem(rest)
		switch {
		case err == errNull: //nolint:errorlint // It is never wrapped.
			return dst, precondition("the value of key %s is NULL, which a map has no place for; bind the field to string to read it", shown(key))
		case err != nil:
			return dst, errForm
		case !utf8.Valid(key) || !utf8.Valid(value):
			return dst, precondition("the text is not valid UTF-8, which protobuf strings must be")
		}
		src = rest
		dst = append(dst, tag...)
		at := len(dst)
		dst = append(dst, 0, tagEntryKey)
		dst = append(protowire.AppendBytes(dst, key), tagEntryValue)
		dst = closeLength(protowire.AppendBytes(dst, value), at)
	}
	if len(src) > 0 {
		return dst, errForm
	}
	return dst, nil
}

// writeHstore writes a map's entries. Of a key that is there twice the last
// value counts, as protobuf has it.
func writeHstore(dst []byte, entries [][]byte, entry *Decoder) ([]byte, error) {
	start := len(dst)
	dst = append(dst, 0, 0, 0, 0)
	var seen map[string]struct{}
	if len(entries) > 1 {
		seen = make(map[string]struct{}, len(entries))
	}
	count := uint32(0)
	for i := len(entries) - 1; i >= 0; i-- {
		var room [2]Value
		values, err := entry.Decode(room[:0], entries[i])
		if err != nil {
			return dst, err
		}
		key, value := values[0].Bytes, values[1].Bytes
		if err := checkText(key); err != nil {
			return dst, within(".key", err)
		}
		if err := checkText(value); err != nil {
			return dst, within("["+shown(key)+"]", err)
		}
		if _, again := seen[string(key)]; again {
			continue
		}
		if seen != nil {
			seen[string(key)] = struct{}{}
		}
		count++
		dst = binary.BigEndian.AppendUint32(dst, uint32(len(key)))
		dst = append(dst, key...)
		dst = binary.BigEndian.AppendUint32(dst, uint32(len(value)))
		dst = append(dst, value...)
	}
	binary.BigEndian.PutUint32(dst[start:], count)
	return dst, nil
}
