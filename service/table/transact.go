package table

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	rowgatev1 "github.com/rowgate/rowgate/proto/gen/rowgate/v1"
	"github.com/rowgate/rowgate/service/status"
	"github.com/rowgate/rowgate/store/wire"
)

// transact runs writes of other methods in one transaction.
type transact struct {
	request *wire.Decoder
	// one reads an item of writes: a value for each member, then the uses.
	one     *wire.Decoder
	members []*member
	// requestID and validateOnly are positions in the request; -1 for none.
	requestID, validateOnly int
	results                 protowire.Number
}

// member is a write that the request's oneof has room for.
type member struct {
	name string
	// method is the one whose request it is; nil for one that does not fit the
	// database.
	method *Method
	// field is the result's.
	field protowire.Number
}

// maxWrites is the most writes of one request.
const maxWrites = 1000

func (b *Binder) bindTransact(md protoreflect.MethodDescriptor) operation {
	found := b.request(md, map[protoreflect.Name]string{"writes": "", "request_id": "string", "validate_only": "bool"})
	writes := found["writes"]
	results := md.Output().Fields().ByName("results")
	switch {
	case writes == nil || !writes.IsList() || writes.Message() == nil || writes.Message().Oneofs().Len() != 1:
		b.problem(md, "the request of %s needs a repeated field writes, whose message has one oneof", md.Name())
		return nil
	case results == nil || !results.IsList() || results.Message() == nil:
		b.problem(md, "the response of %s needs a repeated field results, whose message has the fields of writes", md.Name())
		return nil
	}
	t := &transact{requestID: -1, validateOnly: -1, results: results.Number()}
	fields := []protoreflect.FieldDescriptor{writes}
	if fd := found["request_id"]; fd != nil {
		t.requestID = len(fields)
		fields = append(fields, fd)
	}
	if fd := found["validate_only"]; fd != nil {
		t.validateOnly = len(fields)
		fields = append(fields, fd)
	}
	t.request = wire.NewDecoder(fields)

	writing := methodsByRequest(md)
	var uses protoreflect.FieldDescriptor
	var each []protoreflect.FieldDescriptor
	for i := range writes.Message().Fields().Len() {
		fd := writes.Message().Fields().Get(i)
		switch {
		case typeName(fd) == "repeated rowgate.v1.Use":
			uses = fd
		case fd.ContainingOneof() == nil || fd.Message() == nil:
			b.problem(fd, "%s means nothing to %s: a write is one oneof of requests, and repeated rowgate.v1.Use uses", fd.Name(), md.Name())
		default:
			if m := b.member(md, writing[fd.Message().FullName()], fd, results.Message()); m != nil {
				t.members, each = append(t.members, m), append(each, fd)
			}
		}
	}
	if uses != nil {
		each = append(each, uses)
	}
	t.one = wire.NewDecoder(each)
	return t
}

// member binds one of the writes. The method that it is a request of is bound for
// itself, so what is wrong with it is no fault of the others.
func (b *Binder) member(md, of protoreflect.MethodDescriptor, fd protoreflect.FieldDescriptor, result protoreflect.MessageDescriptor) *member {
	if of == nil {
		b.problem(fd, "%s is the request of no method of package %s that writes", fd.Message().FullName(), md.ParentFile().Package())
		return nil
	}
	answer := result.Fields().ByName(fd.Name())
	if answer == nil || answer.Message() == nil || answer.Message().FullName() != of.Output().FullName() {
		b.problem(fd, "%s needs a field %s of type %s, which %s answers", result.FullName(), fd.Name(), of.Output().FullName(), of.Name())
		return nil
	}
	m := &member{name: string(fd.Name()), field: answer.Number()}
	op, problems := b.bound(of)
	if w, ok := op.(writer); ok && len(problems) == 0 {
		m.method = newMethod(of, w)
	}
	return m
}

// methodsByRequest are the methods that write, by their requests, in md's file
// and in those that it imports.
func methodsByRequest(md protoreflect.MethodDescriptor) map[protoreflect.FullName]protoreflect.MethodDescriptor {
	file := md.ParentFile()
	files := []protoreflect.FileDescriptor{file}
	for i := range file.Imports().Len() {
		files = append(files, file.Imports().Get(i).FileDescriptor)
	}
	found := map[protoreflect.FullName]protoreflect.MethodDescriptor{}
	for _, f := range files {
		for i := range f.Services().Len() {
			methods := f.Services().Get(i).Methods()
			for j := range methods.Len() {
				m := methods.Get(j)
				option, _ := proto.GetExtension(m.Options(), rowgatev1.E_Method).(*rowgatev1.Method)
				if name := m.Input().FullName(); inTransactions(option) && found[name] == nil {
					found[name] = m
				}
			}
		}
	}
	return found
}

// inTransactions says whether an operation may be one of several.
func inTransactions(option *rowgatev1.Method) bool {
	switch option.GetOperation().(type) {
	case *rowgatev1.Method_Create, *rowgatev1.Method_BatchCreate, *rowgatev1.Method_Update, *rowgatev1.Method_BatchUpdate,
		*rowgatev1.Method_UpdateMany, *rowgatev1.Method_Delete, *rowgatev1.Method_DeleteMany:
		return true
	default:
		return false
	}
}

func (t *transact) target() target { return target{} }

func (t *transact) run(c *call, dst []byte) ([]byte, error) {
	var err error
	if c.values, err = t.request.Decode(c.values[:0], c.msg); err != nil {
		return nil, err
	}
	items := c.values[0].Items
	id, validateOnly := "", false
	if t.requestID >= 0 {
		id = string(c.values[t.requestID].Bytes)
	}
	if t.validateOnly >= 0 {
		validateOnly = c.values[t.validateOnly].Num != 0
	}
	switch {
	case len(items) == 0:
		return nil, status.InvalidArgument("writes", "is empty: give at least one")
	case len(items) > maxWrites:
		return nil, status.InvalidArgument("writes", fmt.Sprintf("are %d, and one request may have %d", len(items), maxWrites))
	}
	all, err := t.read(c, items)
	if err != nil {
		return nil, err
	}
	run := func(b *batch) ([]byte, error) { return t.write(c, b, all, dst) }
	if id != "" {
		return c.once(id, validateOnly, run)
	}
	return c.together(validateOnly, run)
}

// read reads the writes, without what they write.
func (t *transact) read(c *call, items [][]byte) ([]*partWrite, error) {
	all := make([]*partWrite, len(items))
	var values []wire.Value
	for i, item := range items {
		var err error
		if values, err = t.one.Decode(values[:0], item); err != nil {
			return nil, within(fmt.Sprintf("writes[%d]", i), err)
		}
		w := &partWrite{at: fmt.Sprintf("writes[%d]", i)}
		for j, m := range t.members {
			if values[j].Present {
				w.member, w.msg = m, values[j].Bytes
				w.at += "." + m.name
			}
		}
		switch {
		case w.member == nil:
			return nil, status.InvalidArgument(w.at, "has no write")
		case w.member.method == nil:
			return nil, status.FailedPrecondition(w.at, "does not fit the database any more")
		}
		if err := permitted(c.ctx, w.member.method.Descriptor); err != nil {
			return nil, err
		}
		all[i] = w
		if len(values) > len(t.members) {
			if err := w.readUses(values[len(t.members)].Items, all[:i]); err != nil {
				return nil, within(fmt.Sprintf("writes[%d].uses", i), err)
			}
		}
	}
	return all, nil
}
