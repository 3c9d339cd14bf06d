package table

import (
	"google.golang.org/protobuf/reflect/protoreflect"

	rowgatev1 "github.com/rowgate/rowgate/proto/gen/rowgate/v1"
	"github.com/rowgate/rowgate/store/query"
)

// remove deletes one row by its key.
type remove struct {
	*resource
	key       *keyRequest
	statement *query.Statement
}

func (b *Binder) bindDelete(md protoreflect.MethodDescriptor, option *rowgatev1.Delete) operation {
	if md.Output().FullName() != "google.protobuf.Empty" {
		b.problem(md, "%s answers %s, and a delete answers google.protobuf.Empty", md.Name(), md.Output().FullName())
		return nil
	}
	message := b.message(md, option.GetMessage())
	if message == nil {
		b.problem(md, "%s deletes rows of %q, which is no message of package %s: "+
			"name one in the option (rowgate.v1.method).delete.message", md.Name(), option.GetMessage(), md.ParentFile().Package())
		return nil
	}
	r := b.resource(md, message)
	if r == nil {
		return nil
	}
	key := b.keyRequest(md, r, nil)
	if key == nil {
		return nil
	}
	return &remove{r, key, query.Delete{From: r.from, Where: key.condition(0)}.Statement()}
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

func (r *remove) target() target { return target{resource: r.resource} }

func (r *remove) run(c *call, dst []byte) ([]byte, error) {
	if err := r.key.decode(c); err != nil {
		return nil, err
	}
	if err := r.key.read(c); err != nil {
		return nil, err
	}
	c.stored.Statement = r.statement
	res, err := c.run(nil)
	switch {
	case err != nil:
		return nil, err
	case res.Rows == 0:
		return nil, notFound(r.resource)
	}
	return dst, nil
}
