package table

import (
	"errors"

	"google.golang.org/protobuf/reflect/protoreflect"

	rowgatev1 "github.com/rowgate/rowgate/proto/gen/rowgate/v1"

	"github.com/rowgate/rowgate/service/filter"
	"github.com/rowgate/rowgate/service/status"
	"github.com/rowgate/rowgate/store/wire"
)

// include is a rowgate.v1.Include.
type include struct {
	path, filter, orderBy string
	pageSize              int32
}

var includeFields = func() *wire.Decoder {
	fields := (&rowgatev1.Include{}).ProtoReflect().Descriptor().Fields()
	var all []protoreflect.FieldDescriptor
	for _, name := range []protoreflect.Name{"path", "filter", "order_by", "page_size"} {
		all = append(all, fields.ByName(name))
	}
	return wire.NewDecoder(all)
}()

// readIncludes reads the items of a repeated rowgate.v1.Include.
func readIncludes(items [][]byte) ([]*include, error) {
	var all []*include
	var values []wire.Value
	for _, item := range items {
		var err error
		if values, err = includeFields.Decode(values[:0], item); err != nil {
			return nil, under("include", err)
		}
		in := &include{string(values[0].Bytes), string(values[1].Bytes), string(values[2].Bytes), int32(values[3].Num)}
		switch {
		case in.path == "":
			return nil, status.InvalidArgument("include", "has no path: name a relation")
		case in.pageSize < 0:
			return nil, status.InvalidArgument("include", "of "+filter.Shown(in.path)+" has a page_size below 0")
		}
		all = append(all, in)
	}
	return all, nil
}

// includeError says of which include's field an error tells.
func includeError(path, field string, err error) error {
	var refused *status.Error
	if errors.As(err, &refused) {
		return err
	}
	return status.InvalidArgument("include", "of "+filter.Shown(path)+": "+field+" "+err.Error())
}
