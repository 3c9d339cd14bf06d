package table

import (
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/rowgate/rowgate/service/status"
	"github.com/rowgate/rowgate/store/wire"
)

// create inserts one row.
type create struct {
	*inserts
	request *wire.Decoder
	body    string
	asked   asked
}

func (b *Binder) bindCreate(md protoreflect.MethodDescriptor) operation {
	r := b.resource(md, md.Output())
	if r == nil {
		return nil
	}
	body, found := b.bodyIn(md, md.Input(), md.Output(), creating...)
	if body == nil {
		return nil
	}
	fields := []protoreflect.FieldDescriptor{body}
	asked := askedIn(found, &fields)
	return &create{inserts: newInserts(r), request: wire.NewDecoder(fields), body: string(body.Name()), asked: asked}
}

// creating are the fields that the request of a Create may have beside the
// resource.
var creating = []int{askOnConflict, askReadMask, askInclude, askRequestID, askValidateOnly}

// bodyIn finds the field of a request, or of a message within one, that holds
// the resource, and those of the others that it may have.
func (b *Binder) bodyIn(md protoreflect.MethodDescriptor, in, of protoreflect.MessageDescriptor, also ...int) (
	protoreflect.FieldDescriptor, map[protoreflect.Name]protoreflect.FieldDescriptor,
) {
	for i := range in.Fields().Len() {
		fd := in.Fields().Get(i)
		if typeName(fd) == string(of.FullName()) {
			return fd, b.fieldsOf(md, in, known(map[protoreflect.Name]string{fd.Name(): typeName(fd)}, also...))
		}
	}
	what := "the request of " + string(md.Name())
	if in != md.Input() {
		what = string(in.Name()) + ", which " + what + " has,"
	}
	b.problem(md, "%s has no field of type %s, the resource that it answers", what, of.FullName())
	return nil, nil
}

func (o *create) target() target { return target{resource: o.resource, body: o.body} }

func (o *create) run(c *call, dst []byte) ([]byte, error) { return c.write(o, dst) }

func (o *create) stage(c *call, msg, dst []byte, in *staging) (*staged, error) {
	var err error
	if c.values, err = o.request.Decode(c.values[:0], msg); err != nil {
		return nil, err
	}
	if !c.values[0].Present {
		return nil, status.InvalidArgument(o.body, "is required")
	}
	key := insertion{selected: o.asked.selected(c)}
	key.on(o.asked.value(c, askOnConflict))
	w := &created{in: in, dst: dst, call: c, of: o.resource}
	w.requestID, w.validateOnly = o.asked.text(c, askRequestID), o.asked.value(c, askValidateOnly).Num != 0
	if c.nested, err = o.decoder.Decode(c.nested[:0], c.values[0].Bytes); err != nil {
		return nil, under(o.body, err)
	}
	shape, err := o.newRow(c.nested, in)
	if err != nil {
		return nil, under(o.body, err)
	}
	start := len(c.args)
	for _, f := range o.fields {
		if shape.at(f.index) != given {
			continue
		}
		if v, ok := in.value(f); ok {
			c.args = append(c.args, v)
		} else if err := c.arg(f.codec, c.nested[f.index]); err != nil {
			return nil, under(o.body, err)
		}
	}
	if w.inserting, err = o.statement(key, shape, in); err != nil {
		return nil, err
	}
	c.args = append(c.args, w.inserting.args...)
	w.step.Statement, w.step.args = w.Statement, c.args[start:len(c.args):len(c.args)]
	if len(w.Results) > 0 {
		w.step.row = w.row
	}
	w.one[0] = &w.step
	w.steps, w.staged.done = w.one[:], w.done
	return &w.staged, nil
}

// created is a new row on its way.
type created struct {
	staged
	*inserting
	step   step
	one    [1]*step
	call   *call
	of     *resource
	in     *staging
	dst    []byte
	writer *wire.Writer
	rows   int
}

func (w *created) row(row [][]byte) (err error) {
	if w.rows++; w.rows > 1 {
		return errKeyNotUnique(w.of)
	}
	w.in.take(row[w.width:])
	if w.plan == nil {
		return nil
	}
	w.writer = w.plan.NewWriter()
	w.dst, err = w.writer.AppendRow(w.dst, row[:w.width])
	return err
}

// done gives the row, or the empty message when none is asked for, or when the
// request ignores a row that was there.
func (w *created) done(func(*step) error) ([]byte, error) {
	if w.step.result.Rows == 0 && !w.conflict.ignores() {
		return nil, notFound(w.of)
	}
	if w.writer != nil {
		w.call.truncated(w.writer)
	}
	return w.dst, nil
}
