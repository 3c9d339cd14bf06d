package table

import (
	"context"
	"errors"
	"fmt"
	"io"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/rowgate/rowgate/service/status"
	"github.com/rowgate/rowgate/store"
	"github.com/rowgate/rowgate/store/wire"
)

// importing inserts the rows of a stream of requests, all or none.
type importing struct {
	*inserts
	request *wire.Decoder // the rows first
	name    string
	asked   asked
	count   protowire.Number
}

func (b *Binder) bindImport(md protoreflect.MethodDescriptor) operation {
	o := &importing{}
	var rows protoreflect.FieldDescriptor
	for i := range md.Input().Fields().Len() {
		if fd := md.Input().Fields().Get(i); fd.IsList() && fd.Kind() == protoreflect.MessageKind {
			rows = fd
			break
		}
	}
	if rows == nil {
		b.problem(md, "the requests of %s have no repeated message for the rows", md.Name())
		return nil
	}
	r := b.resource(md, rows.Message())
	found := b.request(md, known(map[protoreflect.Name]string{rows.Name(): ""}, askOnConflict))
	fields := md.Output().Fields()
	for i := range fields.Len() {
		if fd := fields.Get(i); fd.Name() == "count" && typeName(fd) == "int64" {
			o.count = fd.Number()
		} else {
			b.problem(fd, "%s means nothing to %s: it answers int64 count", fd.Name(), md.Name())
		}
	}
	if o.count == 0 {
		b.problem(md, "%s answers %s, which has no int64 count", md.Name(), md.Output().FullName())
	}
	if r == nil {
		return nil
	}
	decoded := []protoreflect.FieldDescriptor{rows}
	o.asked = askedIn(found, &decoded)
	o.inserts, o.request, o.name = newInserts(r), wire.NewDecoder(decoded), string(rows.Name())
	return o
}

// target has no body: an error says itself in which of the messages it is.
func (o *importing) target() target { return target{resource: o.resource} }

// run is never called: an import has more than one request.
func (o *importing) run(*call, []byte) ([]byte, error) {
	panic("table: an import is called by Method.Import")
}

// Imports says that the method takes a stream of requests, by [Method.Import].
func (m *Method) Imports() bool {
	_, ok := m.op.(*importing)
	return ok
}

// Import serves one call of a method that takes a stream of requests. receive
// gives the next one's bytes, which are good until it is called again, and
// io.EOF after the last; any other error undoes what was written. It is not
// called before the database has what came before, but for about one MiB, and a
// transaction is open meanwhile, so it must not wait for ever.
func (m *Method) Import(ctx context.Context, st *store.Store, as store.Caller, req store.Request, receive func() ([]byte, error), dst []byte) (Answer, error) {
	c := calls.Get().(*call)
	defer c.release()
	c.ctx, c.store, c.as, c.method = ctx, st, as, m
	c.stored.Request = m.request(req)
	in := &incoming{importing: m.op.(*importing), c: c, receive: receive}
	if err := in.write(); err != nil {
		return Answer{}, m.status(ctx, as, err)
	}
	if in.written > 0 {
		dst = protowire.AppendVarint(protowire.AppendTag(dst, in.count, protowire.VarintType), uint64(in.written))
	}
	return Answer{Body: dst}, nil
}

// incoming is an import on its way.
type incoming struct {
	*importing
	c       *call
	receive func() ([]byte, error)
	rows    *newRows
	// message is the number of the last one, counted from 1; ended says that
	// there are no more.
	message int
	ended   bool
	// ready are statements to be sent, sent is how many were before them, and
	// written the rows of those.
	ready   []*rowsStep
	sent    int
	written int64
}

// rowsStep is a statement of the rows from first to last, which are numbered by
// place.
type rowsStep struct {
	*step
	first, last int
	result      *store.Result
}

// place numbers a row by its message and its place there.
func place(message, row int) int { return message<<32 | row }

func (o *importing) placed(number int) string {
	return fmt.Sprintf("message %d, %s[%d]", number>>32, o.name, uint32(number))
}

// write writes all rows in one transaction, which begins once there is a
// statement's worth of them.
func (in *incoming) write() error {
	if err := in.fill(); err != nil || len(in.ready) == 0 {
		return err
	}
	err := in.c.store.Batch(in.c.ctx, in.c.as, store.BatchOptions{Request: in.c.stored.Request}, func(b *store.Batch) error {
		for {
			for _, st := range in.ready {
				st.result = b.Queue(st.Statement, st.args, nil)
			}
			if in.ended {
				return nil // The last ones travel with the commit.
			}
			if err := b.Flush(); err != nil {
				return err
			}
			in.settle()
			if err := in.fill(); err != nil {
				return err
			}
		}
	})
	if err != nil {
		return in.failed(err)
	}
	in.settle()
	return nil
}

// settle counts what was written.
func (in *incoming) settle() {
	for _, st := range in.ready {
		in.written += st.result.Rows
	}
	in.sent += len(in.ready)
	clear(in.ready)
	in.ready = in.ready[:0]
}

// fill reads messages until there is a statement to send, or no more of them.
func (in *incoming) fill() error {
	for len(in.ready) == 0 && !in.ended {
		msg, err := in.receive()
		switch {
		case errors.Is(err, io.EOF):
			in.ended = true
			if in.rows != nil {
				return in.rows.flush()
			}
			return nil
		case err != nil:
			return err
		}
		in.message++
		if err := in.take(msg); err != nil {
			return err
		}
	}
	return nil
}

// take takes the rows of a message.
func (in *incoming) take(msg []byte) error {
	c, at := in.c, fmt.Sprintf("message %d", in.message)
	var err error
	if c.values, err = in.request.Decode(c.values[:0], msg); err != nil {
		return under(at, err)
	}
	on := in.asked.value(c, askOnConflict)
	switch {
	case in.rows == nil:
		// Nothing is answered.
		n := insertion{selected: selected{masked: true}}
		n.on(on)
		in.rows, err = in.gather(n, nil, func(st *step, _ *inserting, first, last int) {
			in.ready = append(in.ready, &rowsStep{step: st, first: first, last: last})
		})
		if err != nil {
			return err
		}
	case on.Present:
		return status.InvalidArgument(at+", on_conflict", "is for the first message to say, and holds for all")
	}
	in.rows.total = 0
	for i, row := range c.values[0].Items {
		number := place(in.message, i)
		if err := in.rows.add(number, row); err != nil {
			return under(in.placed(number), err)
		}
		if in.rows.total > maxBatchBytes {
			return status.OutOfRange(at, fmt.Sprintf("takes more than %d MiB in the database: send fewer rows with each", maxBatchBytes>>20))
		}
	}
	return nil
}

// failed says of which rows an error of the database is.
func (in *incoming) failed(err error) error {
	var of *store.BatchError
	if !errors.As(err, &of) || of.Index < in.sent || of.Index-in.sent >= len(in.ready) {
		return err
	}
	st := in.ready[of.Index-in.sent]
	at := in.placed(st.first)
	if st.last != st.first {
		at += " to " + in.placed(st.last)
	}
	var told *status.Error
	if !errors.As(in.c.method.status(in.c.ctx, in.c.as, err), &told) {
		return err
	}
	return told.Within(at)
}
