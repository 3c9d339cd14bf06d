package table

import (
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/rowgate/rowgate/service/status"
)

// maskPaths reads the google.protobuf.FieldMask of a field from its bytes.
func maskPaths(field string, mask []byte) ([]string, error) {
	var paths []string
	for len(mask) > 0 {
		num, typ, n := protowire.ConsumeTag(mask)
		if n < 0 {
			return nil, status.InvalidArgument(field, "is not a field mask")
		}
		mask = mask[n:]
		if num == 1 && typ == protowire.BytesType {
			path, n := protowire.ConsumeString(mask)
			if n < 0 {
				return nil, status.InvalidArgument(field, "is not a field mask")
			}
			paths = append(paths, path)
			mask = mask[n:]
			continue
		}
		if n = protowire.ConsumeFieldValue(num, typ, mask); n < 0 {
			return nil, status.InvalidArgument(field, "is not a field mask")
		}
		mask = mask[n:]
	}
	return paths, nil
}
