package table

import (
	"google.golang.org/protobuf/reflect/protoreflect"

	rowgatev1 "github.com/rowgate/rowgate/proto/gen/rowgate/v1"
	"github.com/rowgate/rowgate/store/query"
)

// remove deletes one row by its key.
type remove struct {
	*resource
	key *keyRequest
	// expected is the position of the request's expected row; -1 for none.
	expected  int
	statement *query.Statement
	// statements are those of deletes that expect something of the row.
	statements *shapes
}

func (b *Binder) bindDelete(md protoreflect.MethodDescriptor, option *rowgatev1.Delete) operation {
	if md.Output().FullName() != "google.protobuf.Empty" {
		b.problem(md, "%s answers %s, and a delete answers google.protobuf.Empty", md.Name(), md.Output().FullName())
		return nil
	}
	r := b.removed(md, option.GetMessage(), "delete")
	if r == nil {
		return nil
	}
	expected := parts[partExpected].name
	also := map[protoreflect.Name]string{expected: string(r.message.FullName())}
	key := b.keyRequest(md, r, known(also, askValidateOnly))
	if key == nil {
		return nil
	}
	o := &remove{resource: r, key: key, expected: -1, statements: newShapes()}
	if at, ok := key.also[expected]; ok {
		o.expected = at
	}
	o.statement = query.Delete{From: r.from, Where: key.condition(0)}.Statement()
	return o
}

// removed is the resource that a method removes rows of, by the message that its
// option names.
func (b *Binder) removed(md protoreflect.MethodDescriptor, name, operation string) *resource {
	message := b.message(md, name)
	if message == nil {
		b.problem(md, "%s deletes rows of %q, which is no message of package %s: "+
			"name one in the option (rowgate.v1.method).%s.message", md.Name(), name, md.ParentFile().Package(), operation)
		return nil
	}
	return b.resource(md, message)
}

// message finds a message that the method's file declares or imports, by its
// full name or relative to the method's package.
func (b *Binder) message(md protoreflect.MethodDescriptor, name string) protoreflect.MessageDescriptor {
	file := md.ParentFile()
	for _, full := range []protoreflect.FullName{file.Package().Append(protoreflect.Name(name)), protoreflect.FullName(name)} {
		if m := messageIn(file, full); m != nil {
			return m
		}
		for i := range file.Imports().Len() {
			if m := messageIn(file.Imports().Get(i), full); m != nil {
				return m
			}
		}
	}
	return nil
}

func messageIn(file protoreflect.FileDescriptor, full protoreflect.FullName) protoreflect.MessageDescriptor {
	if full.Parent() != file.Package() {
		return nil
	}
	return file.Messages().ByName(full.Name())
}

func (o *remove) target() target { return target{resource: o.resource} }

func (o *remove) run(c *call, dst []byte) ([]byte, error) { return c.write(o, dst) }

func (o *remove) stage(c *call, msg, dst []byte, in *staging) (*staged, error) {
	var err error
	if c.values, err = o.key.decoder.Decode(c.values[:0], msg); err != nil {
		return nil, err
	}
	first := len(c.args)
	for i, f := range o.key.fields {
		if param, ok := in.value(o.resource.key[i]); ok {
			c.args = append(c.args, param)
		} else if err := c.arg(f.codec, c.values[i]); err != nil {
			return nil, err
		}
	}
	st := &step{Statement: o.statement}
	var expected []*field
	if o.expected >= 0 && c.values[o.expected].Present {
		if expected, err = o.expects(c, st); err != nil {
			return nil, err
		}
	}
	st.args = c.args[first:len(c.args):len(c.args)]
	done := func(run func(*step) error) ([]byte, error) {
		if st.result.Rows == 0 {
			keys := len(o.key.fields)
			return nil, o.missing(run, o.key.condition(0), st.args[:keys], expected, st.args[keys:])
		}
		return dst, nil
	}
	return &staged{steps: []*step{st}, done: done, validateOnly: o.key.asked.value(c, askValidateOnly).Num != 0}, nil
}

// expects has a DELETE expect what the request does, of which it returns the
// fields.
func (o *remove) expects(c *call, st *step) ([]*field, error) {
	name := string(parts[partExpected].name)
	var err error
	if c.nested, err = o.decoder.Decode(c.nested[:0], c.values[o.expected].Bytes); err == nil {
		err = o.onlyRead(c.nested)
	}
	if err != nil {
		return nil, under(name, err)
	}
	s := newShape(2 * len(o.fields))
	for _, f := range o.fields {
		if !c.nested[f.index].Present {
			continue
		}
		if err = f.expectable(); err == nil {
			err = c.arg(f.codec, c.nested[f.index])
		}
		if err != nil {
			return nil, under(name, err)
		}
		s.mark(len(o.fields)+f.index, given)
	}
	fields := o.resource.expected(s)
	if len(fields) > 0 {
		st.Statement = o.statements.get(s, func(shape) *query.Statement {
			key := o.key.condition(0)
			return query.Delete{From: o.from, Where: query.And{key, have(fields, argsFrom(len(o.key.fields)))}}.Statement()
		})
	}
	return fields, nil
}
