package table

import (
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	rowgatev1 "github.com/rowgate/rowgate/proto/gen/rowgate/v1"
	"github.com/rowgate/rowgate/store/query"
	"github.com/rowgate/rowgate/store/wire"
)

// updateMany changes rows that meet a filter, all in the same way.
type updateMany struct {
	*edits
	many
}

func (b *Binder) bindUpdateMany(md protoreflect.MethodDescriptor) operation {
	message := b.changedMessage(md)
	if message == nil {
		b.problem(md, "the request of %s has no field for the resource: a message with an option (rowgate.v1.relation)", md.Name())
		return nil
	}
	r := b.resource(md, message)
	if r == nil {
		return nil
	}
	o := &updateMany{}
	if !b.manyAnswer(md, r, &o.many) {
		return nil
	}
	var fields []protoreflect.FieldDescriptor
	e, found := b.edits(md, md.Input(), r, false, known(guards, askFilter, askReadMask, askRequestID, askValidateOnly), &fields)
	if e == nil {
		return nil
	}
	o.edits = e
	if !b.many(md, &o.many, found, fields) {
		return nil
	}
	return o
}

// changedMessage is the message of the request's resource.
func (b *Binder) changedMessage(md protoreflect.MethodDescriptor) protoreflect.MessageDescriptor {
	fields := md.Input().Fields()
	for i := range fields.Len() {
		if fd := fields.Get(i); !fd.IsList() && fd.Kind() == protoreflect.MessageKind && !isPart(fd.Name()) && isResource(fd.Message()) {
			return fd.Message()
		}
	}
	return nil
}

func isResource(md protoreflect.MessageDescriptor) bool {
	return proto.HasExtension(md.Options(), rowgatev1.E_Relation)
}

func (o *updateMany) target() target { return target{resource: o.resource, body: o.bodyName} }

func (o *updateMany) run(c *call, dst []byte) ([]byte, error) { return c.write(o, dst) }

func (o *updateMany) stage(c *call, msg, dst []byte, in *staging) (*staged, error) {
	var err error
	if c.values, err = o.request.Decode(c.values[:0], msg); err != nil {
		return nil, err
	}
	ed, err := o.read(c, c.values, in)
	if err != nil {
		return nil, err
	}
	first := len(c.args)
	if err := o.args(c, ed); err != nil {
		return nil, err
	}
	s, p := ed.shape, o.params(c.args[first:len(c.args):len(c.args)]...)
	w, err := o.many.stage(c, o.resource, p, dst, in, func(where query.Expr, returning []query.Column) *query.Statement {
		up := query.Update{Relation: o.from, Where: where, Returning: returning}
		next := 0
		up.Sets = o.sets(s, func(f *field) query.Operand { next++; return f.arg(next - 1) })
		return up.Statement()
	})
	if err != nil {
		return nil, err
	}
	w.step.failed = func(err error) error { return o.failed(s, err) }
	return &w.staged, nil
}

// guards are the fields that bound how many rows a request may change.
var guards = map[protoreflect.Name]string{"expected_count": "int64", "max_affected": "int64"}

// manyAnswer finds the fields of a response to a request that changes rows: it may
// have the rows, and their number.
func (b *Binder) manyAnswer(md protoreflect.MethodDescriptor, r *resource, m *many) bool {
	before := len(b.noted)
	fields := md.Output().Fields()
	for i := range fields.Len() {
		fd := fields.Get(i)
		switch {
		case typeName(fd) == "repeated "+string(r.message.FullName()) && m.items == 0:
			m.items = fd.Number()
		case fd.Name() == "count" && typeName(fd) == "int64":
			m.count = fd.Number()
		default:
			b.problem(fd, "%s means nothing to %s: it answers one repeated %s, the rows, and int64 count", fd.Name(), md.Name(), r.message.FullName())
		}
	}
	return len(b.noted) == before
}

// many binds what is asked of a request that changes rows.
func (b *Binder) many(md protoreflect.MethodDescriptor, m *many, found map[protoreflect.Name]protoreflect.FieldDescriptor, fields []protoreflect.FieldDescriptor) bool {
	if found["filter"] == nil {
		b.problem(md, "the request of %s has no string filter, which says which rows are meant", md.Name())
		return false
	}
	m.asked = askedIn(found, &fields)
	for name, at := range map[protoreflect.Name]*int{"expected_count": &m.expected, "max_affected": &m.most} {
		fd := found[name]
		*at = -1
		if fd == nil {
			continue
		}
		if !fd.HasPresence() {
			b.problem(fd, "%s needs to be optional, since 0 of it is not the same as none", name)
			return false
		}
		*at = len(fields)
		fields = append(fields, fd)
	}
	m.request = wire.NewDecoder(fields)
	return true
}
