package table

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	rowgatev1 "github.com/rowgate/rowgate/proto/gen/rowgate/v1"
	"github.com/rowgate/rowgate/service/status"
	"github.com/rowgate/rowgate/store"
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
			if m := b.member(md, fd, results.Message()); m != nil {
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
func (b *Binder) member(md protoreflect.MethodDescriptor, fd protoreflect.FieldDescriptor, result protoreflect.MessageDescriptor) *member {
	of := methodOf(md, fd.Message())
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
	before := len(b.noted)
	if w, ok := b.operation(of).(writer); ok && len(b.noted) == before {
		m.method = newMethod(of, w)
	}
	b.noted = b.noted[:before]
	return m
}

// methodOf finds the method that writes by a request, in the files of the
// package that md's file imports, and in its own.
func methodOf(md protoreflect.MethodDescriptor, request protoreflect.MessageDescriptor) protoreflect.MethodDescriptor {
	file := md.ParentFile()
	files := []protoreflect.FileDescriptor{file}
	for i := range file.Imports().Len() {
		files = append(files, file.Imports().Get(i).FileDescriptor)
	}
	for _, f := range files {
		for i := range f.Services().Len() {
			methods := f.Services().Get(i).Methods()
			for j := range methods.Len() {
				m := methods.Get(j)
				option, _ := proto.GetExtension(m.Options(), rowgatev1.E_Method).(*rowgatev1.Method)
				if m.Input().FullName() == request.FullName() && inTransactions(option) && m.FullName() != md.FullName() {
					return m
				}
			}
		}
	}
	return nil
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
	if len(items) > maxWrites {
		return nil, status.InvalidArgument("writes", fmt.Sprintf("are %d, and one request may have %d", len(items), maxWrites))
	}
	all, err := t.read(items)
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
func (t *transact) read(items [][]byte) ([]*partWrite, error) {
	all := make([]*partWrite, len(items))
	var values []wire.Value
	for i, item := range items {
		var err error
		if values, err = t.one.Decode(values[:0], item); err != nil {
			return nil, under(fmt.Sprintf("writes[%d]", i), err)
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
		all[i] = w
		if len(values) > len(t.members) {
			if err := w.readUses(values[len(t.members)].Items, all, i); err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

// write runs the writes in a batch. Those that use nothing of those still on
// their way travel together.
func (t *transact) write(c *call, b *batch, all []*partWrite, dst []byte) ([]byte, error) {
	var waiting []*partWrite
	settle := func() error {
		if err := b.Flush(); err != nil {
			return failed(c.ctx, c.as, err, waiting)
		}
		for _, w := range waiting {
			if err := w.settle(b); err != nil {
				return w.failed(c.ctx, c.as, err)
			}
		}
		waiting = waiting[:0]
		return nil
	}
	for _, w := range all {
		if w.usesAny(waiting) {
			if err := settle(); err != nil {
				return nil, err
			}
		}
		if err := w.stage(c, b); err != nil {
			return nil, w.failed(c.ctx, c.as, err)
		}
		waiting = append(waiting, w)
	}
	if err := settle(); err != nil {
		return nil, err
	}
	start := len(dst)
	for _, w := range all {
		result := protowire.AppendBytes(protowire.AppendTag(nil, w.member.field, protowire.BytesType), w.answer)
		dst = protowire.AppendBytes(protowire.AppendTag(dst, t.results, protowire.BytesType), result)
	}
	if len(dst)-start > maxPageBytes {
		return nil, errAnswerTooLarge
	}
	return dst, nil
}

// failed tells which of the writes on their way a statement's error is of.
func failed(ctx context.Context, as store.Caller, err error, waiting []*partWrite) error {
	var of *store.BatchError
	if errors.As(err, &of) {
		for _, w := range waiting {
			if of.Index >= w.first && of.Index < w.first+w.count {
				return w.failed(ctx, as, failedIn(w.staged.steps, w.first, err))
			}
		}
	}
	return err
}

var errAnswerTooLarge = status.FailedPrecondition("", fmt.Sprintf("the answer would be larger than %d MiB, so nothing was written: "+
	"ask for less of it by read_mask", maxPageBytes>>20))

// partWrite is one write of a transaction.
type partWrite struct {
	*member
	// at is its path in the request, for errors.
	at   string
	msg  []byte
	uses []use
	// capture are the fields that later writes use, and captured their values.
	capture  []*field
	captured [][]byte

	staged *staged
	// first and count are its statements in the batch.
	first, count int
	answer       []byte
}

// use is a field of a write that takes a value of an earlier one.
type use struct {
	field *field
	from  *partWrite
	// value is its place among what from captures.
	value int
}

// stage plans the write and queues its statements.
func (w *partWrite) stage(c *call, b *batch) error {
	in := &staging{capture: w.capture, captured: func(values [][]byte) { w.captured = values }}
	for _, u := range w.uses {
		if u.from.captured == nil {
			return status.FailedPrecondition("", "uses a value of "+u.from.at+", which has written no row")
		}
		if in.used == nil {
			in.used = map[*field][]byte{}
		}
		in.used[u.field] = u.from.captured[u.value]
	}
	c.args, c.scratch = nil, nil // those of the last write are on their way
	s, err := w.method.op.(writer).stage(c, w.msg, nil, in)
	if err != nil {
		return err
	}
	if s.requestID != "" || s.validateOnly {
		return status.InvalidArgument("", "request_id and validate_only are the whole transaction's")
	}
	w.staged, w.first, w.count = s, b.queued, len(s.steps)
	for _, st := range s.steps {
		b.queue(st)
	}
	return nil
}

// settle looks at what the statements did.
func (w *partWrite) settle(b *batch) (err error) {
	for _, st := range w.staged.steps {
		st.settle()
	}
	w.answer, err = w.staged.done(func(st *step) error { return b.run(st) })
	return err
}

// failed says where an error happened, in the words of the write's own method.
func (w *partWrite) failed(ctx context.Context, as store.Caller, err error) error {
	var told *status.Error
	if errors.As(w.method.status(ctx, as, err), &told) {
		return told.Within(w.at)
	}
	return err
}

func (w *partWrite) usesAny(of []*partWrite) bool {
	for _, u := range w.uses {
		for _, other := range of {
			if u.from == other {
				return true
			}
		}
	}
	return false
}

var useFields = func() *wire.Decoder {
	fields := (&rowgatev1.Use{}).ProtoReflect().Descriptor().Fields()
	return wire.NewDecoder([]protoreflect.FieldDescriptor{fields.ByName("field"), fields.ByName("write"), fields.ByName("from")})
}()

// readUses reads what a write takes of the earlier ones.
func (w *partWrite) readUses(items [][]byte, all []*partWrite, n int) error {
	var values []wire.Value
	for _, item := range items {
		var err error
		if values, err = useFields.Decode(values[:0], item); err != nil {
			return under(w.at+".uses", err)
		}
		name, from, index := string(values[0].Bytes), string(values[2].Bytes), int(int32(values[1].Num))
		wrong := func(format string, args ...any) error {
			return status.InvalidArgument(fmt.Sprintf("writes[%d].uses", n), fmt.Sprintf(format, args...))
		}
		if index < 0 || index >= n {
			return wrong("names write %d, which is none before this one", index)
		}
		earlier := all[index]
		to := w.method.op.target().named(name)
		if to == nil {
			return wrong("names %s, which is no field that %s takes a value in", shown(name), w.name)
		}
		of := earlier.method.op.target()
		if of.resource == nil || of.resource.field(from) == nil {
			return wrong("names %s, which is no field that %s answers", shown(from), earlier.name)
		}
		source := of.resource.field(from)
		if form := to.codec.Param(); form.Text || form.Cast != "" || form.OID != source.column.Type.OID {
			return wrong("puts %s, of type %s, into %s, of type %s: the types must be the same",
				shown(from), source.column.Declared, shown(name), to.column.Declared)
		}
		w.uses = append(w.uses, use{to, earlier, earlier.captures(source)})
	}
	return nil
}

// captures has the write's answer give a field's value, and says which of the
// values it is.
func (w *partWrite) captures(f *field) int {
	for i, have := range w.capture {
		if have == f {
			return i
		}
	}
	w.capture = append(w.capture, f)
	return len(w.capture) - 1
}

// named finds the field that a path in the request leads to: one of the
// resource's within the body, or one of the key's.
func (t target) named(path string) *field {
	if t.resource == nil {
		return nil
	}
	name := path
	if t.body != "" {
		var ok bool
		if name, ok = strings.CutPrefix(path, t.body+"."); !ok {
			return nil
		}
	}
	f := t.resource.field(name)
	if f == nil || t.body == "" && !f.isKey {
		return nil
	}
	return f
}
