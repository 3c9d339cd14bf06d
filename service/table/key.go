package table

import (
	"maps"
	"slices"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/rowgate/rowgate/service/status"
	"github.com/rowgate/rowgate/store/query"
	"github.com/rowgate/rowgate/store/wire"
)

// keyRequest is a request that holds a key, as those of Get and Delete do.
type keyRequest struct {
	decoder *wire.Decoder
	// fields are the key's, each with the codec of the request's field. They come
	// first in what decoder gives.
	fields []*field
	asked  asked
	// also are the positions of the other fields that were known.
	also map[protoreflect.Name]int
}

// keyRequest binds a request whose fields are the key's columns, and others that
// are known by their names.
func (b *Binder) keyRequest(md protoreflect.MethodDescriptor, r *resource, also map[protoreflect.Name]string) *keyRequest {
	if len(r.key) == 0 {
		if b.noKey(r) {
			return nil
		}
		b.problem(md, "%s needs a key, and %s %s has none: name its columns in the message's option (rowgate.v1.relation).key",
			md.Name(), r.relation.KindName(), r.relation)
		return nil
	}
	known := map[protoreflect.Name]string{}
	maps.Copy(known, also)
	fields := make([]protoreflect.Name, len(r.key))
	for i, f := range r.key {
		fields[i] = keyField(md.Input(), f)
		known[fields[i]] = typeName(f.descriptor)
	}
	found := b.request(md, known)
	k := &keyRequest{}
	var descriptors []protoreflect.FieldDescriptor
	for i, f := range r.key {
		fd := found[fields[i]]
		if fd == nil {
			b.problem(md, "the request of %s has no field %s, which is part of the key", md.Name(), f.name)
			continue
		}
		codec, err := wire.NewCodec(rebound(f, fd))
		if err != nil {
			b.problem(fd, "%s", err)
			continue
		}
		bound := *f
		bound.codec, bound.descriptor = codec, fd
		k.fields = append(k.fields, &bound)
		descriptors = append(descriptors, fd)
	}
	k.asked = askedIn(found, &descriptors)
	k.also = map[protoreflect.Name]int{}
	for name := range also {
		if fd := found[name]; fd != nil && !slices.Contains(descriptors, fd) {
			k.also[name] = len(descriptors)
			descriptors = append(descriptors, fd)
		}
	}
	k.decoder = wire.NewDecoder(descriptors)
	return k
}

// keyField is the name of the field that a request has for one of the key: the
// one whose option (rowgate.v1.column) names the column, or that of its name.
func keyField(req protoreflect.MessageDescriptor, f *field) protoreflect.Name {
	for i := range req.Fields().Len() {
		if fd := req.Fields().Get(i); columnOption(fd).GetName() == f.column.Name {
			return fd.Name()
		}
	}
	return protoreflect.Name(f.name)
}

// rebound is the column of a field, bound to another field.
func rebound(f *field, fd protoreflect.FieldDescriptor) wire.Column {
	c := f.codec.Column()
	c.Field = fd
	return c
}

// condition is the condition that a row has the request's key, in the arguments
// from first on.
func (k *keyRequest) condition(first int) query.Expr {
	var all query.And
	for i, f := range k.fields {
		all = append(all, f.equals(first+i))
	}
	return all
}

// decode reads the request.
func (k *keyRequest) decode(c *call) (err error) {
	c.values, err = k.decoder.Decode(c.values[:0], c.msg)
	return err
}

// read takes the key from the request into the arguments.
func (k *keyRequest) read(c *call) error {
	for i, f := range k.fields {
		if err := c.arg(f.codec, c.values[i]); err != nil {
			return err
		}
	}
	return nil
}

// notFound is the answer for a row that is not there or that the caller may
// not see: which of the two is not told.
func notFound(r *resource) error {
	return status.NotFound("no such " + string(r.message.Name()) + " for this caller")
}
