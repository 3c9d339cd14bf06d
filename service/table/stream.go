package table

import (
	"context"

	lru "github.com/hashicorp/golang-lru/v2"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/rowgate/rowgate/store"
	"github.com/rowgate/rowgate/store/wire"
)

// stream reads all rows that meet a filter and hands up each as it arrives.
type stream struct {
	*resource
	request    *wire.Decoder
	asked      asked
	statements *lru.Cache[question, *reading]
}

// fetchRows is how many rows of a stream Postgres is asked for at once.
const fetchRows = 1000

func (b *Binder) bindStream(md protoreflect.MethodDescriptor) operation {
	r := b.resource(md, md.Output())
	found := b.request(md, known(nil, askFilter, askOrderBy, askReadMask, askInclude))
	if r == nil {
		return nil
	}
	s := &stream{resource: r, statements: newReadings()}
	var fields []protoreflect.FieldDescriptor
	s.asked = askedIn(found, &fields)
	s.request = wire.NewDecoder(fields)
	return s
}

func (s *stream) target() target { return target{resource: s.resource, readOnly: true} }

// run is never called: a stream has no one response.
func (s *stream) run(*call, []byte) ([]byte, error) {
	panic("table: a stream is called by Method.Stream")
}

// rows reads the rows, and hands each to send as a message's bytes, which are
// good until it returns.
func (s *stream) rows(c *call, send func(row []byte) error) error {
	var err error
	if c.values, err = s.request.Decode(c.values[:0], c.msg); err != nil {
		return err
	}
	q := question{
		selected: s.asked.selected(c), filter: s.asked.text(c, askFilter), orderBy: s.asked.text(c, askOrderBy),
		unordered: true,
	}
	rd, ok := s.statements.Get(q)
	if !ok {
		if rd, err = s.read(q, from{source: s.from}); err != nil {
			return err
		}
		if q.small() {
			s.statements.Add(q, rd)
		}
	}
	c.stored.Statement, c.stored.Args = rd.Statement, rd.args
	w := rd.plan.NewWriter()
	var msg []byte
	_, err = c.store.Stream(c.ctx, c.as, &c.stored, fetchRows, func(row [][]byte) (err error) {
		if msg, err = w.AppendRow(msg[:0], row[:rd.width]); err != nil {
			return err
		}
		return send(msg)
	})
	c.truncated(w)
	return err
}

// Streams says that the method answers a stream of rows, by [Method.Stream].
func (m *Method) Streams() bool {
	_, ok := m.op.(*stream)
	return ok
}

// Stream serves one call of a method that streams: it hands each row, as a
// message's bytes that are good until send returns, to send. An error of send
// ends the stream. The answer has no body.
func (m *Method) Stream(ctx context.Context, st *store.Store, as store.Caller, req store.Request, msg []byte, send func(row []byte) error) (Answer, error) {
	c := calls.Get().(*call)
	defer c.release()
	c.ctx, c.store, c.as, c.method, c.msg = ctx, st, as, m, msg
	c.stored.Request = m.request(req)
	if err := m.op.(*stream).rows(c, send); err != nil {
		return Answer{}, m.status(ctx, as, err)
	}
	return Answer{Truncated: c.cuts}, nil
}
