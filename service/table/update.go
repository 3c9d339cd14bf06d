package table

import (
	"fmt"
	"strconv"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/rowgate/rowgate/service/status"
	"github.com/rowgate/rowgate/store/query"
	"github.com/rowgate/rowgate/store/wire"
)

// update changes one row by its key.
type update struct {
	*resource
	request    *wire.Decoder
	bodyName   string
	hasMask    bool
	statements *shapes
}

func (b *Binder) bindUpdate(md protoreflect.MethodDescriptor) operation {
	r := b.resource(md, md.Output())
	if r == nil {
		return nil
	}
	if len(r.key) == 0 {
		if b.noKey(r) {
			return nil
		}
		b.problem(md, "%s needs a key, and %s %s has none: name its columns in the message's option (rowgate.v1.relation).key",
			md.Name(), r.relation.KindName(), r.relation)
		return nil
	}
	body := b.body(md, map[protoreflect.Name]string{"update_mask": "google.protobuf.FieldMask"})
	if body == nil {
		return nil
	}
	fields := []protoreflect.FieldDescriptor{body}
	mask := md.Input().Fields().ByName("update_mask")
	if mask != nil {
		fields = append(fields, mask)
	}
	return &update{
		resource: r, request: wire.NewDecoder(fields), bodyName: string(body.Name()), hasMask: mask != nil,
		statements: newShapes(),
	}
}

func (o *update) target() target { return target{resource: o.resource, body: o.bodyName} }

func (o *update) run(c *call, dst []byte) ([]byte, error) {
	var err error
	if c.values, err = o.request.Decode(c.values[:0], c.msg); err != nil {
		return nil, err
	}
	if !c.values[0].Present {
		return nil, status.InvalidArgument(o.bodyName, "is required")
	}
	if c.nested, err = o.decoder.Decode(c.nested[:0], c.values[0].Bytes); err != nil {
		return nil, under(o.bodyName, err)
	}
	shape, err := o.shape(c)
	if err != nil {
		return nil, err
	}
	for _, f := range o.key {
		if err := c.arg(f.codec, c.nested[f.index]); err != nil {
			return nil, under(o.bodyName, err)
		}
	}
	for _, f := range o.fields {
		if shape.at(f.index) != given {
			continue
		}
		if err := c.arg(f.codec, c.nested[f.index]); err != nil {
			return nil, under(o.bodyName, err)
		}
	}
	c.stored.Statement = o.statements.get(shape, o.statement)
	return c.one(o.resource, o.plan, dst)
}

// shape works out which columns change and how: those that the mask names, all
// for "*", and without a mask those of the fields that are set.
// https://google.aip.dev/134 and https://google.aip.dev/161
func (o *update) shape(c *call) (shape, error) {
	s := newShape(len(o.fields))
	var paths []string
	if o.hasMask && c.values[1].Present {
		var err error
		if paths, err = maskPaths("update_mask", c.values[1].Bytes); err != nil {
			return nil, err
		}
	}
	changes := false
	change := func(f *field) error {
		what, err := f.assign(c.nested[f.index])
		if err != nil {
			return under(o.bodyName, err)
		}
		s.mark(f.index, what)
		changes = true
		return nil
	}
	for _, path := range paths {
		if path == "*" {
			if len(paths) > 1 {
				return nil, status.InvalidArgument("update_mask", `has "*" beside other paths; "*" stands alone`)
			}
			break
		}
		f, err := o.masked(path)
		if err != nil {
			return nil, err
		}
		// AIP-203: output-only fields in a mask are passed over.
		if f.output {
			continue
		}
		if err := change(f); err != nil {
			return nil, err
		}
	}
	if len(paths) == 0 || paths[0] == "*" {
		if err := o.onlyRead(c.nested); err != nil {
			return nil, under(o.bodyName, err)
		}
		for _, f := range o.fields {
			if f.isKey || f.output || f.immutable || (len(paths) == 0 && !c.nested[f.index].Present) {
				continue
			}
			if err := change(f); err != nil {
				return nil, err
			}
		}
	}
	if !changes {
		return nil, status.InvalidArgument("update_mask", "names nothing that can change, and "+o.bodyName+" sets nothing")
	}
	return s, nil
}

// masked finds the field of a path that a mask may name.
func (o *update) masked(path string) (*field, error) {
	f := o.field(path)
	if f == nil {
		if err := o.refusedName("update_mask", path); err != nil {
			return nil, err
		}
	}
	switch {
	case f == nil && strings.Contains(path, "."):
		return nil, status.InvalidArgument("update_mask", fmt.Sprintf("names %s; paths go one level deep, to a whole field", shown(path)))
	case f == nil:
		return nil, status.InvalidArgument("update_mask", fmt.Sprintf("names %s, and %s has no such field", shown(path), o.message.Name()))
	case f.isKey:
		return nil, status.InvalidArgument("update_mask", fmt.Sprintf("names %q, which is of the key and cannot change", path))
	case f.immutable:
		return nil, status.InvalidArgument("update_mask", fmt.Sprintf("names %q, which is set at creation only", path))
	}
	return f, nil
}

// assign says what an update makes of a field that it names: its value, and
// when there is none, NULL where the column may have it and the default where
// it may not.
func (f *field) assign(v wire.Value) (byte, error) {
	switch {
	case v.Present || !f.descriptor.HasPresence() && !f.codec.EmptyIsNull():
		return given, nil
	case !f.column.NotNull:
		return cleared, nil
	case f.column.HasDefault:
		return reset, nil
	default:
		return left, required(f)
	}
}

// statement writes the UPDATE of a shape. The key's arguments come first.
func (o *update) statement(s shape) *query.Statement {
	up := query.Update{Relation: o.from, Where: o.keyCondition(0), Returning: o.columns}
	next := len(o.key)
	for _, f := range o.fields {
		set := query.Set{Column: f.column.Name}
		switch s.at(f.index) {
		case left:
			continue
		case given:
			set.Arg = f.arg(next)
			next++
		case reset:
			set.Default = true
		case cleared:
			set.Null = true
		}
		up.Sets = append(up.Sets, set)
	}
	return up.Statement()
}

// shown is what a client sent as an error shows it: quoted, and cut short.
func shown(s string) string {
	const most = 60
	if len(s) > most {
		return strconv.Quote(strings.ToValidUTF8(s[:most], "")) + "..."
	}
	return strconv.Quote(s)
}

// maskPaths reads google.protobuf.FieldMask from its bytes.
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
