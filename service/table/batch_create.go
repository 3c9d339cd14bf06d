package table

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/rowgate/rowgate/service/status"
	"github.com/rowgate/rowgate/store/wire"
)

// batchCreate inserts rows, all or none. https://google.aip.dev/233
type batchCreate struct {
	*inserts
	request *wire.Decoder
	asked   asked
	// one reads an item of requests: the resource, and what an item may not ask
	// for itself, by the names in alone.
	one   *wire.Decoder
	body  string
	alone []string
	// items and count are the response's fields; count is 0 when there is none.
	items, count protowire.Number
}

// maxBatchRows is the most rows of one request.
const maxBatchRows = 100_000

// maxBatchBytes is how much the rows of one request may be in the database's
// form. A message without fields takes two bytes, and of a composite type
// thousands.
const maxBatchBytes = 64 << 20

func (b *Binder) bindBatchCreate(md protoreflect.MethodDescriptor) operation {
	o := &batchCreate{}
	items := b.batchAnswer(md, &o.items, &o.count)
	if items == nil {
		return nil
	}
	r := b.resource(md, items)
	found := b.request(md, known(map[protoreflect.Name]string{"requests": ""}, askOnConflict, askReadMask, askRequestID, askValidateOnly))
	requests := found["requests"]
	if requests == nil || !requests.IsList() || requests.Kind() != protoreflect.MessageKind {
		b.problem(md, "the request of %s needs a repeated message requests, whose items are requests of a create", md.Name())
		return nil
	}
	body, also := b.bodyIn(md, requests.Message(), items, creating...)
	if r == nil || body == nil {
		return nil
	}
	fields := []protoreflect.FieldDescriptor{requests}
	o.asked = askedIn(found, &fields)
	o.inserts, o.request, o.body = newInserts(r), wire.NewDecoder(fields), string(body.Name())
	one := []protoreflect.FieldDescriptor{body}
	for _, i := range creating {
		if fd := also[asking[i].name]; fd != nil {
			one, o.alone = append(one, fd), append(o.alone, string(fd.Name()))
		}
	}
	o.one = wire.NewDecoder(one)
	return o
}

// batchAnswer finds the fields of a response that has the rows, and may have
// their number. It returns the rows' message, or nil after it has noted a problem.
func (b *Binder) batchAnswer(md protoreflect.MethodDescriptor, items, count *protowire.Number) protoreflect.MessageDescriptor {
	var of protoreflect.MessageDescriptor
	fields := md.Output().Fields()
	for i := range fields.Len() {
		fd := fields.Get(i)
		switch {
		case fd.IsList() && fd.Kind() == protoreflect.MessageKind && of == nil:
			of, *items = fd.Message(), fd.Number()
		case fd.Name() == "count" && typeName(fd) == "int64":
			*count = fd.Number()
		default:
			b.problem(fd, "%s means nothing to %s: it answers one repeated message, the rows, and int64 count", fd.Name(), md.Name())
		}
	}
	if of == nil {
		b.problem(md, "%s answers %s, which has no repeated message for the rows", md.Name(), md.Output().FullName())
	}
	return of
}

func (o *batchCreate) target() target {
	return target{resource: o.resource, body: "requests." + o.body}
}

func (o *batchCreate) run(c *call, dst []byte) ([]byte, error) { return c.write(o, dst) }

func (o *batchCreate) stage(c *call, msg, dst []byte, in *staging) (*staged, error) {
	var err error
	if c.values, err = o.request.Decode(c.values[:0], msg); err != nil {
		return nil, err
	}
	requests := c.values[0].Items
	switch {
	case len(requests) == 0:
		return nil, status.InvalidArgument("requests", "is empty: give one request a row")
	case len(requests) > maxBatchRows:
		return nil, status.InvalidArgument("requests", fmt.Sprintf("are %d, and one call may have %d: send several, or use an import", len(requests), maxBatchRows))
	}
	n := insertion{selected: o.asked.selected(c)}
	n.on(o.asked.value(c, askOnConflict))
	w := &createdRows{batchCreate: o, in: in, dst: dst, start: len(dst)}
	w.requestID, w.validateOnly = o.asked.text(c, askRequestID), o.asked.value(c, askValidateOnly).Num != 0
	rows, err := o.gather(n, in, func(st *step, inserting *inserting, first, last int) {
		if first == last {
			// A statement of several rows does not say which of them it is.
			st.failed = func(err error) error {
				return within(fmt.Sprintf("requests[%d]", first), c.method.status(c.ctx, c.as, err))
			}
		}
		if len(st.Results) > 0 {
			w.guarded = true
			st.row = func(row [][]byte) error { return w.row(inserting, row) }
		}
		w.steps = append(w.steps, st)
	})
	if err != nil {
		return nil, err
	}
	for i, request := range requests {
		if err := o.add(c, rows, i, request); err != nil {
			return nil, err
		}
	}
	if err := rows.flush(); err != nil {
		return nil, err
	}
	w.staged.done = w.done
	return &w.staged, nil
}

// add takes one of the requests.
func (o *batchCreate) add(c *call, rows *newRows, i int, request []byte) error {
	at := func() string { return fmt.Sprintf("requests[%d]", i) }
	var err error
	if c.nested, err = o.one.Decode(c.nested[:0], request); err != nil {
		return under(at(), err)
	}
	for j, name := range o.alone {
		if v := &c.nested[1+j]; v.Present && (len(v.Bytes) > 0 || len(v.Items) > 0 || v.Num != 0 || name == "read_mask" || name == "on_conflict") {
			return status.InvalidArgument(at()+"."+name, "is for a request of its own: leave it out here, and set what the batch has of it")
		}
	}
	if !c.nested[0].Present {
		return status.InvalidArgument(at()+"."+o.body, "is required")
	}
	if err := rows.add(i, c.nested[0].Bytes); err != nil {
		return under(at()+"."+o.body, err)
	}
	if rows.total > maxBatchBytes {
		return status.OutOfRange("requests", fmt.Sprintf("take more than %d MiB in the database: send several, or use an import", maxBatchBytes>>20))
	}
	return nil
}

// createdRows are new rows on their way.
type createdRows struct {
	staged
	*batchCreate
	in    *staging
	dst   []byte
	start int
}

func (w *createdRows) row(st *inserting, row [][]byte) (err error) {
	w.in.take(row[st.width:])
	if st.plan == nil {
		return nil
	}
	if w.dst, err = st.plan.AppendField(w.dst, w.items, row[:st.width]); err != nil {
		return err
	}
	if len(w.dst)-w.start > maxPageBytes {
		return errAnswerTooLarge
	}
	return nil
}

// done gives the rows in the requests' order, since that is the order in which
// they were written, and their number. Those that an on_conflict ignores are not
// among them.
func (w *createdRows) done(func(*step) error) ([]byte, error) {
	var count int64
	for _, st := range w.steps {
		count += st.result.Rows
	}
	if w.count != 0 && count != 0 {
		w.dst = protowire.AppendVarint(protowire.AppendTag(w.dst, w.count, protowire.VarintType), uint64(count))
	}
	return w.dst, nil
}
