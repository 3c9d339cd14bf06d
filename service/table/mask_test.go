package table

import (
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
)

// FuzzMaskPaths holds the mask's reader against protobuf's own.
func FuzzMaskPaths(f *testing.F) {
	for _, paths := range [][]string{nil, {"title"}, {"a", "b.c"}, {"*"}, {""}} {
		data, err := proto.Marshal(&fieldmaskpb.FieldMask{Paths: paths})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte{0x0a, 0xff})
	f.Add([]byte{0x10, 0x01, 0x0a, 0x01, 'x'})
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := maskPaths("update_mask", data)
		var want fieldmaskpb.FieldMask
		if protoErr := proto.Unmarshal(data, &want); protoErr != nil {
			// Invalid UTF-8 is refused later, as the name of no field.
			return
		}
		if err != nil {
			t.Fatalf("%x is a mask and is refused: %v", data, err)
		}
		if !slices.Equal(got, want.GetPaths()) {
			t.Errorf("%x: %q, want %q", data, got, want.GetPaths())
		}
	})
}
