package wire

import "google.golang.org/protobuf/encoding/protowire"

// appendInt appends field num, below 16, of a varint type to a message, unless
// it is zero.
func appendInt(dst []byte, num byte, n int64) []byte {
	if n == 0 {
		return dst
	}
	return protowire.AppendVarint(append(dst, num<<3), uint64(n))
}

// parseInts reads a message whose fields 1 to len(ints) are of varint types.
// It reports which other fields, below 32, are there, one bit a number.
func parseInts(ints []int64, msg []byte, name string) (others uint32, err error) {
	for len(msg) > 0 {
		num, typ, n := protowire.ConsumeTag(msg)
		if n < 0 {
			return 0, malformed(name)
		}
		msg = msg[n:]
		if int(num) <= len(ints) && typ == protowire.VarintType {
			v, n := protowire.ConsumeVarint(msg)
			if n < 0 {
				return 0, malformed(name)
			}
			ints[num-1] = int64(v)
			msg = msg[n:]
			continue
		}
		size := protowire.ConsumeFieldValue(num, typ, msg)
		if size < 0 {
			return 0, malformed(name)
		}
		if num < 32 {
			others |= 1 << num
		}
		msg = msg[size:]
	}
	return others, nil
}

// malformed is the error of bytes that are no message.
func malformed(name string) error {
	return invalid("the bytes are not a valid %s message", name)
}
