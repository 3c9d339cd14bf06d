package wire

import (
	"encoding/binary"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

func readFloat(dst, src []byte) ([]byte, error) {
	if len(src) != 4 {
		return dst, errForm
	}
	return protowire.AppendFixed32(dst, binary.BigEndian.Uint32(src)), nil
}

func writeFloat(dst []byte, num uint64, _ []byte) ([]byte, error) {
	return binary.BigEndian.AppendUint32(dst, uint32(num)), nil
}

func readDouble(dst, src []byte) ([]byte, error) {
	if len(src) != 8 {
		return dst, errForm
	}
	return protowire.AppendFixed64(dst, binary.BigEndian.Uint64(src)), nil
}

func writeDouble(dst []byte, num uint64, _ []byte) ([]byte, error) {
	return binary.BigEndian.AppendUint64(dst, num), nil
}

// readFloatWide reads a real into a double, which holds each of them exactly.
func readFloatWide(dst, src []byte) ([]byte, error) {
	if len(src) != 4 {
		return dst, errForm
	}
	f := math.Float32frombits(binary.BigEndian.Uint32(src))
	return protowire.AppendFixed64(dst, math.Float64bits(float64(f))), nil
}

// writeFloatNarrow writes a double to a real when it loses nothing there.
func writeFloatNarrow(dst []byte, num uint64, _ []byte) ([]byte, error) {
	wide := math.Float64frombits(num)
	f := float32(wide)
	if float64(f) != wide && !math.IsNaN(wide) {
		return dst, outOfRange("%v is not exact in a real; the nearest that is would be %v", wide, float64(f))
	}
	return binary.BigEndian.AppendUint32(dst, math.Float32bits(f)), nil
}
