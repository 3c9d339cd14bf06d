package table

import (
	"encoding/binary"
	"maps"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/rowgate/rowgate/store/wire"
)

// What a request may ask, as fields of these names.
const (
	askFilter = iota
	askOrderBy
	askReadMask
	askInclude
	askPageSize
	askPageToken
	askCount
	askRequestID
	askValidateOnly
	askOnConflict
	askFields
)

var asking = [askFields]struct {
	name protoreflect.Name
	typ  string
}{
	askFilter:    {"filter", "string"},
	askOrderBy:   {"order_by", "string"},
	askReadMask:  {"read_mask", "google.protobuf.FieldMask"},
	askInclude:   {"include", "repeated rowgate.v1.Include"},
	askPageSize:  {"page_size", "int32"},
	askPageToken: {"page_token", "string"},
	askCount:     {"count", "rowgate.v1.Count"},

	askRequestID:    {"request_id", "string"},
	askValidateOnly: {"validate_only", "bool"},
	askOnConflict:   {"on_conflict", "rowgate.v1.OnConflict"},
}

// asked is which of these fields a request has: their positions among the
// decoded values, -1 for one that it has not got.
type asked [askFields]int

// known adds fields to those that a request may have.
func known(also map[protoreflect.Name]string, fields ...int) map[protoreflect.Name]string {
	all := map[protoreflect.Name]string{}
	maps.Copy(all, also)
	for _, i := range fields {
		all[asking[i].name] = asking[i].typ
	}
	return all
}

// askedIn finds the fields among those of a request, and appends them to what is
// decoded.
func askedIn(found map[protoreflect.Name]protoreflect.FieldDescriptor, decoded *[]protoreflect.FieldDescriptor) asked {
	var a asked
	for i := range a {
		a[i] = -1
		if fd := found[asking[i].name]; fd != nil && typeName(fd) == asking[i].typ {
			a[i] = len(*decoded)
			*decoded = append(*decoded, fd)
		}
	}
	return a
}

// value is what a call asks by a field; the zero Value when it does not.
func (a *asked) value(c *call, field int) wire.Value {
	if a[field] < 0 {
		return wire.Value{}
	}
	return c.values[a[field]]
}

func (a *asked) text(c *call, field int) string { return string(a.value(c, field).Bytes) }

// selected is what a call asks to be answered of each row, in the form of a
// key: its mask and its includes as they are in the request.
type selected struct {
	masked         bool
	mask, includes string
}

// isWhole says that nothing but the default is asked for.
func (s *selected) isWhole() bool { return !s.masked && s.includes == "" }

func (a *asked) selected(c *call) selected {
	if a[askReadMask] < 0 && a[askInclude] < 0 {
		return selected{}
	}
	mask := a.value(c, askReadMask)
	s := selected{masked: mask.Present, mask: string(mask.Bytes)}
	var includes []byte
	for _, item := range a.value(c, askInclude).Items {
		includes = binary.AppendUvarint(includes, uint64(len(item)))
		includes = append(includes, item...)
	}
	s.includes = string(includes)
	return s
}

// paths reads the mask: nil for none, which a mask without paths is to a read
// and not to a write.
func (s *selected) paths() ([]string, error) {
	if !s.masked {
		return nil, nil
	}
	paths, err := maskPaths("read_mask", []byte(s.mask))
	if err == nil && paths == nil {
		paths = []string{}
	}
	return paths, err
}

// including reads the includes.
func (s *selected) including() ([]*include, error) {
	var items [][]byte
	for rest := []byte(s.includes); len(rest) > 0; {
		size, n := binary.Uvarint(rest)
		items = append(items, rest[n:n+int(size)])
		rest = rest[n+int(size):]
	}
	return readIncludes(items)
}
