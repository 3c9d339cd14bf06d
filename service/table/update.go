package table

import (
	"slices"

	lru "github.com/hashicorp/golang-lru/v2"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/rowgate/rowgate/store/wire"
)

// update changes one row by its key.
type update struct {
	*edits
	request    *wire.Decoder
	asked      asked
	statements *lru.Cache[updateKey, *updating]
}

func (b *Binder) bindUpdate(md protoreflect.MethodDescriptor) operation {
	r := b.resource(md, md.Output())
	if r == nil {
		return nil
	}
	if u := b.update(md, md.Input(), r); u != nil {
		return u
	}
	return nil
}

// update binds an Update's request.
func (b *Binder) update(md protoreflect.MethodDescriptor, input protoreflect.MessageDescriptor, r *resource) *update {
	var fields []protoreflect.FieldDescriptor
	e, found := b.edits(md, input, r, true, known(nil, askReadMask, askInclude, askValidateOnly), &fields)
	if e == nil {
		return nil
	}
	u := &update{edits: e, asked: askedIn(found, &fields), statements: newUpdatings()}
	u.request = wire.NewDecoder(fields)
	return u
}

func (o *update) target() target { return target{resource: o.resource, body: o.bodyName} }

func (o *update) run(c *call, dst []byte) ([]byte, error) { return c.write(o, dst) }

func (o *update) stage(c *call, msg, dst []byte, in *staging) (*staged, error) {
	var err error
	if c.values, err = o.request.Decode(c.values[:0], msg); err != nil {
		return nil, err
	}
	ed, err := o.read(c, c.values, in)
	if err != nil {
		return nil, err
	}
	up, err := o.updating(ed.shape, o.asked.selected(c), in)
	if err != nil {
		return nil, err
	}
	first := len(c.args)
	if err := o.args(c, ed); err != nil {
		return nil, err
	}
	args := c.args[first:len(c.args):len(c.args)]
	st := o.step(up, ed.shape, args)
	var w *wire.Writer
	if up.answer != nil {
		w = up.answer.NewWriter()
	}
	st.row = up.row(in, func(row [][]byte) (err error) {
		if w != nil {
			dst, err = w.AppendRow(dst, row)
		}
		return err
	})
	shape := ed.shape
	done := func(run func(*step) error) ([]byte, error) {
		if err := o.changed(run, st, shape, args); err != nil {
			return nil, err
		}
		if w != nil {
			c.truncated(w)
		}
		return dst, nil
	}
	return &staged{steps: []*step{st}, done: done, validateOnly: o.asked.value(c, askValidateOnly).Num != 0}, nil
}

// step is an UPDATE of one row. The arguments are those that edits.args gives.
func (o *update) step(up *updating, s shape, args [][]byte) *step {
	st := &step{Statement: up.Statement, args: args}
	if len(up.args) > 0 {
		st.args = slices.Concat(up.args, args)
	}
	if slices.Contains(s, added) {
		st.failed = func(err error) error { return o.failed(s, err) }
	}
	return st
}

// changed says what became of an UPDATE of one row.
func (o *update) changed(run func(*step) error, st *step, s shape, args [][]byte) error {
	switch {
	case st.result.Rows == 0:
		expected := o.expected(s)
		return o.missing(run, o.keyCondition(0), args[:len(o.key)], expected, args[len(args)-len(expected):])
	case st.result.Rows > 1:
		// A key that is none, as a view's may be.
		return errKeyNotUnique(o.resource)
	}
	return nil
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
