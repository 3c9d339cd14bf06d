package table

import (
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"time"

	"github.com/rowgate/rowgate/service/filter"
	"github.com/rowgate/rowgate/store"
	"github.com/rowgate/rowgate/store/query"
)

// writer is an operation that writes, alone or among others in one transaction.
type writer interface {
	operation
	// stage reads a request and plans what it writes. The response will be
	// appended to dst.
	stage(c *call, msg, dst []byte, in *staging) (*staged, error)
}

// staging is what a transaction has to do with one of its writes; nil, or zero,
// for a write that stands alone.
type staging struct {
	// used are values that fields of the resource take in place of the request's,
	// in the form of the field's parameter.
	used map[*field][]byte
	// capture are the fields whose values later writes use. Their columns stand
	// behind those that are answered, and captured takes them of the first row.
	capture  []*field
	captured func(values [][]byte)
}

// value is what a field takes in place of the request's.
func (in *staging) value(f *field) ([]byte, bool) {
	if in == nil {
		return nil, false
	}
	v, ok := in.used[f]
	return v, ok
}

// captures tells one set of captured fields from another, in the key of a
// statement.
func (in *staging) captures() string {
	if in == nil {
		return ""
	}
	var key []byte
	for _, f := range in.capture {
		key = binary.AppendUvarint(key, uint64(f.index))
	}
	return string(key)
}

// capturing adds the columns that are captured to those that are answered.
func (in *staging) capturing(columns []query.Column) []query.Column {
	if in == nil || len(in.capture) == 0 {
		return columns
	}
	columns = slices.Clone(columns)
	for _, f := range in.capture {
		columns = append(columns, query.Column{Name: f.column.Name, OID: f.column.Type.OID})
	}
	return columns
}

// take takes what is captured of the first row.
func (in *staging) take(values [][]byte) {
	if in == nil || len(in.capture) == 0 || in.captured == nil {
		return
	}
	kept := make([][]byte, len(values))
	for i, v := range values {
		if v != nil {
			kept[i] = append([]byte{}, v...)
		}
	}
	in.captured(kept)
	in.captured = nil
}

// returning plans what a write answers: nothing for a mask without paths, so that
// a caller who may write and not read needs no more.
func (s *selected) returning(r *resource, p *filter.Params) (*selection, error) {
	if s.isWhole() {
		return r.everything(), nil
	}
	paths, err := s.paths()
	if err != nil {
		return nil, err
	}
	includes, err := s.including()
	if err != nil {
		return nil, err
	}
	sel, err := r.selection(paths, includes, p)
	if err == nil && len(sel.columns) == 0 {
		sel = &selection{}
	}
	return sel, err
}

// staged is a write that is ready to run.
type staged struct {
	// steps are its statements, in order.
	steps []*step
	// done looks at what they did and gives the response's bytes. By run it may
	// run further steps. A guarded write's done may refuse what was done, so it
	// is called before the commit; another's is called after it.
	done    func(run func(*step) error) ([]byte, error)
	guarded bool
	// requestID is the request's (AIP-155), empty for none.
	requestID string
	// validateOnly undoes the write once it is known what it would do (AIP-163).
	validateOnly bool
}

// step is one statement of a write.
type step struct {
	*query.Statement
	args [][]byte
	// row is called for each row of the answer; nil when there is none.
	row func(row [][]byte) error
	// failed says more of an error of the statement; nil for nothing.
	failed func(error) error
	// result is what the statement did, once it is done.
	result  store.Result
	pending *store.Result
}

// write stages and runs what a call asks for.
func (c *call) write(o writer, dst []byte) ([]byte, error) {
	s, err := o.stage(c, c.msg, dst, nil)
	if err != nil {
		return nil, err
	}
	switch {
	case s.requestID != "":
		return c.writeOnce(s)
	case s.validateOnly, s.guarded, len(s.steps) != 1:
		return c.writeTogether(s)
	default:
		return c.writeAlone(s)
	}
}

// writeAlone runs a write of one statement in one round trip.
func (c *call) writeAlone(s *staged) ([]byte, error) {
	run := func(st *step) (err error) {
		c.stored.Statement, c.stored.Args = st.Statement, st.args
		if st.result, err = c.store.Run(c.ctx, c.as, &c.stored, st.row); err != nil && st.failed != nil {
			return st.failed(err)
		}
		return err
	}
	if err := run(s.steps[0]); err != nil {
		return nil, c.afterWrite(err)
	}
	out, err := s.done(run)
	if err != nil {
		return nil, c.afterWrite(err)
	}
	return out, nil
}

// writeTogether runs a write in a transaction whose end waits for its outcome.
func (c *call) writeTogether(s *staged) ([]byte, error) { return c.together(s.validateOnly, s.in) }

// together runs f in a transaction, which is undone in the end when nothing is
// to be kept.
func (c *call) together(validateOnly bool, f func(*batch) ([]byte, error)) (out []byte, err error) {
	defer c.within(maxTransaction)()
	o := store.BatchOptions{Request: c.stored.Request, Rollback: validateOnly}
	err = c.store.Batch(c.ctx, c.as, o, func(b *store.Batch) error {
		out, err = f(&batch{Batch: b})
		return err
	})
	return out, err
}

// maxTransaction is how long a transaction of several statements may take: each of
// them may take as long as the role's statement_timeout has it.
const maxTransaction = time.Minute

// within ends the call's context after a time; the function gives that up.
func (c *call) within(limit time.Duration) context.CancelFunc {
	var cancel context.CancelFunc
	c.ctx, cancel = context.WithTimeout(c.ctx, limit)
	return cancel
}

// writeOnce is writeTogether, or the answer that the same request got before.
func (c *call) writeOnce(s *staged) ([]byte, error) {
	return c.once(s.requestID, s.validateOnly, s.in)
}

// batch is a batch of steps, counted.
type batch struct {
	*store.Batch
	queued int
}

func (b *batch) queue(st *step) {
	st.pending = b.Queue(st.Statement, st.args, st.row)
	b.queued++
}

// run queues steps and waits for them.
func (b *batch) run(all ...*step) error {
	for _, st := range all {
		b.queue(st)
	}
	if err := b.Flush(); err != nil {
		return failedIn(all, b.queued-len(all), err)
	}
	for _, st := range all {
		st.settle()
	}
	return nil
}

// failedIn lets the step that failed say more of its error. The first of the
// steps has the number first in its batch.
func failedIn(all []*step, first int, err error) error {
	var of *store.BatchError
	if !errors.As(err, &of) {
		return err
	}
	if i := of.Index - first; i >= 0 && i < len(all) && all[i].failed != nil {
		return all[i].failed(err)
	}
	return err
}

// settle takes the result, once the batch has it.
func (st *step) settle() { st.result = *st.pending }

// in runs the steps in a batch.
func (s *staged) in(b *batch) ([]byte, error) {
	if err := b.run(s.steps...); err != nil {
		return nil, err
	}
	return s.done(func(st *step) error { return b.run(st) })
}
