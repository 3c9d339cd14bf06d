package table

import (
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/rowgate/rowgate/service/status"
	"github.com/rowgate/rowgate/store/query"
	"github.com/rowgate/rowgate/store/wire"
)

// create inserts one row.
type create struct {
	*resource
	body       *wire.Decoder
	bodyName   string
	statements *shapes
}

func (b *Binder) bindCreate(md protoreflect.MethodDescriptor) operation {
	r := b.resource(md, md.Output())
	if r == nil {
		return nil
	}
	body := b.body(md, nil)
	if body == nil {
		return nil
	}
	return &create{
		resource: r, body: wire.NewDecoder([]protoreflect.FieldDescriptor{body}), bodyName: string(body.Name()),
		statements: newShapes(),
	}
}

// body finds the one field of a request that holds the resource; the request
// may have the other known fields too.
func (b *Binder) body(md protoreflect.MethodDescriptor, known map[protoreflect.Name]string) protoreflect.FieldDescriptor {
	fields := md.Input().Fields()
	for i := range fields.Len() {
		fd := fields.Get(i)
		if typeName(fd) == string(md.Output().FullName()) {
			all := map[protoreflect.Name]string{fd.Name(): typeName(fd)}
			for n, t := range known {
				all[n] = t
			}
			b.request(md, all)
			return fd
		}
	}
	b.problem(md, "the request of %s has no field of type %s, the resource that it answers", md.Name(), md.Output().FullName())
	return nil
}

func (o *create) target() target { return target{resource: o.resource, body: o.bodyName} }

func (o *create) run(c *call, dst []byte) ([]byte, error) {
	var err error
	if c.values, err = o.body.Decode(c.values[:0], c.msg); err != nil {
		return nil, err
	}
	if !c.values[0].Present {
		return nil, status.InvalidArgument(o.bodyName, "is required")
	}
	if c.nested, err = o.decoder.Decode(c.nested[:0], c.values[0].Bytes); err != nil {
		return nil, under(o.bodyName, err)
	}
	if err := o.onlyRead(c.nested); err != nil {
		return nil, under(o.bodyName, err)
	}
	shape := newShape(len(o.fields))
	for _, f := range o.fields {
		give, err := f.insert(c.nested[f.index])
		if err == nil && give {
			shape.mark(f.index, given)
			err = c.arg(f.codec, c.nested[f.index])
		}
		if err != nil {
			return nil, under(o.bodyName, err)
		}
	}
	c.stored.Statement = o.statements.get(shape, o.statement)
	return c.one(o.resource, o.plan, dst)
}

// insert says whether a new row takes the field's value or the column's
// default.
func (f *field) insert(v wire.Value) (bool, error) {
	switch {
	case f.output:
		return false, nil
	case v.Present:
		return true, nil
	case f.column.HasDefault || !f.column.NotNull:
		// Nothing was said. A field without presence that says its zero value
		// says nothing on the wire, so a column with a default gets that.
		return false, nil
	case f.descriptor.HasPresence():
		return false, required(f)
	default:
		return true, nil
	}
}

func required(f *field) error {
	return &wire.ValueError{Field: f.name, Kind: wire.Invalid, Text: "is required"}
}

// statement writes the INSERT of a shape.
func (o *create) statement(s shape) *query.Statement {
	insert := query.Insert{Into: o.from, Returning: o.columns}
	for _, f := range o.fields {
		if s.at(f.index) == given {
			insert.Sets = append(insert.Sets, query.Set{Column: f.column.Name, Arg: f.arg(len(insert.Sets))})
		}
	}
	return insert.Statement()
}
