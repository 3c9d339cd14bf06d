package table

import (
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/rowgate/rowgate/service/status"
	"github.com/rowgate/rowgate/store/wire"
)

// edits is how a request says what becomes of a row: that of an Update, within a
// BatchUpdate too, and that of an UpdateMany.
type edits struct {
	*resource
	bodyName string
	// at are the positions of the parts among the request's decoded values, and
	// mask that of update_mask; -1 for one that the request has not got.
	at   [partCount]int
	mask int
	// keyed says that the body carries the key of the row.
	keyed bool
}

// edits binds the fields of a request that say what becomes of a row: one for the
// resource, which any name but a part's may have, update_mask, and those of parts
// that have a name in parts. The request may have the other known fields too. It
// appends what is decoded.
func (b *Binder) edits(md protoreflect.MethodDescriptor, input protoreflect.MessageDescriptor, r *resource, keyed bool,
	known map[protoreflect.Name]string, decoded *[]protoreflect.FieldDescriptor,
) (*edits, map[protoreflect.Name]protoreflect.FieldDescriptor) {
	if keyed && len(r.key) == 0 {
		if !b.noKey(r) {
			b.problem(md, "%s needs a key, and %s %s has none: name its columns in the message's option (rowgate.v1.relation).key",
				md.Name(), r.relation.KindName(), r.relation)
		}
		return nil, nil
	}
	message := string(r.message.FullName())
	known["update_mask"] = "google.protobuf.FieldMask"
	for i, p := range parts {
		if i != partBody && (keyed || i != partExpected) {
			known[p.name] = message
		}
	}
	var body protoreflect.FieldDescriptor
	for i := range input.Fields().Len() {
		if fd := input.Fields().Get(i); body == nil && typeName(fd) == message && !isPart(fd.Name()) {
			body = fd
			known[fd.Name()] = message
		}
	}
	if body == nil {
		b.problem(md, "the request of %s has no field of type %s, the resource that it answers", md.Name(), message)
		return nil, nil
	}
	found := b.fieldsOf(md, input, known)
	e := &edits{resource: r, bodyName: string(body.Name()), mask: -1, keyed: keyed}
	add := func(fd protoreflect.FieldDescriptor) int {
		if fd == nil {
			return -1
		}
		*decoded = append(*decoded, fd)
		return len(*decoded) - 1
	}
	for i, p := range parts {
		e.at[i] = add(found[p.name])
	}
	e.at[partBody], e.mask = add(body), add(found["update_mask"])
	return e, found
}

// edit is what a request makes of a row.
type edit struct {
	// shape has a mark for each field, and where something is expected of the row
	// one more for each: given where a value is.
	shape shape
	// values are those of the parts, one part after another, and at is where each
	// begins; -1 for one that is not there.
	values []wire.Value
	at     [partCount]int
	in     *staging
}

func (ed *edit) value(part int, f *field) wire.Value {
	if ed.at[part] < 0 {
		return wire.Value{}
	}
	return ed.values[ed.at[part]+f.index]
}

// name is a part's field in the request.
func (e *edits) name(part int) string {
	if part == partBody {
		return e.bodyName
	}
	return string(parts[part].name)
}

// read reads a request's values. What it returns is good until the next call.
func (e *edits) read(c *call, request []wire.Value, in *staging) (*edit, error) {
	ed := &edit{values: c.nested[:0], in: in}
	size := len(e.fields)
	for part, at := range e.at {
		ed.at[part] = -1
		if at < 0 || !request[at].Present {
			continue
		}
		ed.at[part] = len(ed.values)
		var err error
		if ed.values, err = e.decoder.Decode(ed.values, request[at].Bytes); err == nil && part != partBody {
			err = e.onlyRead(ed.values[ed.at[part]:])
		}
		if err != nil {
			return nil, under(e.name(part), err)
		}
		if part == partExpected {
			size = 2 * len(e.fields)
		}
	}
	c.nested = ed.values
	ed.shape = newShape(size)
	if e.keyed && ed.at[partBody] < 0 {
		return nil, status.InvalidArgument(e.bodyName, "is required")
	}
	var mask []string
	if e.mask >= 0 && request[e.mask].Present {
		var err error
		if mask, err = maskPaths("update_mask", request[e.mask].Bytes); err != nil {
			return nil, err
		}
	}
	changes, err := e.replaced(ed, mask)
	if err != nil {
		return nil, err
	}
	for part := partIncrement; part < partCount; part++ {
		operates, err := e.operated(ed, part)
		if err != nil {
			return nil, err
		}
		changes = changes || operates
	}
	if !changes {
		return nil, status.InvalidArgument("update_mask", "names nothing that can change, and "+e.bodyName+" sets nothing")
	}
	return ed, e.expects(ed)
}
