package table

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/rowgate/rowgate/service/filter"
	"github.com/rowgate/rowgate/service/status"
	"github.com/rowgate/rowgate/store/query"
	"github.com/rowgate/rowgate/store/wire"
)

// many is what an UpdateMany and a DeleteMany have in common.
type many struct {
	request *wire.Decoder
	asked   asked
	// expected and most are the positions of expected_count and max_affected among
	// the request's values, -1 for one that it has not got; items and count are the
	// response's fields, 0 likewise.
	expected, most int
	items, count   protowire.Number
}

const (
	// maxAffected is the most rows that a request changes which does not say so.
	maxAffected = 1000
	// maxExamined is how many rows that the caller sees a filter may leave where it
	// is not known how many of them the caller may write.
	maxExamined = 100_000
)

// manyRows are the rows of a filter on their way.
type manyRows struct {
	staged
	many *many
	step step
	call *call
	in   *staging
	of   *resource
	// filter is the request's, most the most rows that may change, and expected
	// how many have to; -1 for any number.
	filter         string
	most, expected int64
	// limit is the argument that bounds the rows that are looked at.
	limit int
	dst   []byte
	start int
	plan  *wire.Plan
	width int
}

// stage plans a statement that write writes, which is to change the rows that
// meet the request's filter. p has write's own arguments.
//
// How many rows those are shows once they are changed, and too many are then
// undone. So that a filter which leaves a million rows does not change them first,
// the statement changes none when the caller sees more rows than may change: most
// often that is the answer. Where the caller may write fewer rows than it sees,
// it is then run again with a larger limit.
func (m *many) stage(c *call, r *resource, p *filter.Params, dst []byte, in *staging,
	write func(where query.Expr, returning []query.Column) *query.Statement,
) (*manyRows, error) {
	w := &manyRows{many: m, call: c, of: r, in: in, dst: dst, start: len(dst), filter: m.asked.text(c, askFilter)}
	if strings.TrimSpace(w.filter) == "" {
		return nil, status.InvalidArgument("filter", "is required: it says which rows are meant")
	}
	if err := w.bounds(c); err != nil {
		return nil, err
	}
	asked := m.asked.selected(c)
	sel := &selection{}
	var err error
	if asked.masked && m.items != 0 {
		if sel, err = asked.returning(r, p); err != nil {
			return nil, err
		}
	}
	w.plan, w.width = sel.plan, len(sel.columns)
	where, err := r.where(w.filter, p)
	if err != nil {
		return nil, err
	}
	p.Recount()
	seen := query.AtMost{Of: r.from, As: p.Alias()}
	if seen.Where, err = r.condition(w.filter, seen.As, p); err != nil {
		return nil, status.InvalidArgument("filter", err.Error())
	}
	w.limit = len(p.Args)
	seen.Limit = p.Arg(bigintParam(w.most+1), wire.Param{OID: bigintOID})
	w.step.Statement, w.step.args = write(query.And{where, seen}, in.capturing(sel.columns)), p.Args
	if len(w.step.Results) > 0 {
		w.step.row = w.row
	}
	w.steps, w.guarded, w.staged.done = []*step{&w.step}, true, w.done
	w.requestID, w.validateOnly = m.asked.text(c, askRequestID), m.asked.value(c, askValidateOnly).Num != 0
	return w, nil
}

// bounds reads how many rows may change. Who expects a number and says no other
// one may change so many.
func (w *manyRows) bounds(c *call) error {
	w.most, w.expected = maxAffected, -1
	read := func(field string, at int, into *int64) error {
		if at < 0 || !c.values[at].Present {
			return nil
		}
		n := int64(c.values[at].Num)
		if n < 0 {
			return status.InvalidArgument(field, "is negative")
		}
		*into = min(n, math.MaxInt64/2)
		return nil
	}
	if err := read("expected_count", w.many.expected, &w.expected); err != nil {
		return err
	}
	if w.expected >= 0 {
		w.most = w.expected
	}
	if err := read("max_affected", w.many.most, &w.most); err != nil {
		return err
	}
	if w.expected > w.most {
		return status.InvalidArgument("expected_count", fmt.Sprintf("of %d is more than max_affected", w.expected))
	}
	return nil
}

func bigintParam(n int64) []byte { return binary.BigEndian.AppendUint64(nil, uint64(n)) }

func (w *manyRows) row(values [][]byte) (err error) {
	w.in.take(values[w.width:])
	// What is too large is not kept, but that it is.
	if w.plan == nil || len(w.dst)-w.start > maxPageBytes {
		return nil
	}
	w.dst, err = w.plan.AppendField(w.dst, w.many.items, values[:w.width])
	return err
}

// done counts the rows that were changed, and refuses another number than may be.
func (w *manyRows) done(run func(*step) error) ([]byte, error) {
	if w.step.result.Rows == 0 {
		if err := w.again(run); err != nil {
			return nil, err
		}
	}
	rows := w.step.result.Rows
	switch {
	case w.expected >= 0 && rows != w.expected:
		return nil, status.FailedPrecondition("expected_count", fmt.Sprintf("is %d, and the call would have changed %d rows; it changed none", w.expected, rows))
	case rows > w.most:
		return nil, status.FailedPrecondition("max_affected", fmt.Sprintf("is %d, and the call would have changed %d rows; it changed none", w.most, rows))
	case len(w.dst)-w.start > maxPageBytes:
		return nil, errAnswerTooLarge
	}
	return appendCount(w.dst, w.many.count, rows), nil
}

// again runs the statement once more where it has changed nothing because the
// caller sees more rows than may change.
func (w *manyRows) again(run func(*step) error) error {
	limit := max(w.most, maxExamined)
	seen, err := w.seen(run, limit+1)
	switch {
	case err != nil:
		return err
	case seen <= w.most:
		return nil // There are none to change.
	case seen > limit:
		return status.FailedPrecondition("filter", fmt.Sprintf("leaves more than %d rows, of which it is not known how many the caller may write: narrow it", limit))
	}
	w.step.args[w.limit] = bigintParam(limit + 1)
	return run(&w.step)
}

// seen counts the rows that the caller sees, up to a limit.
func (w *manyRows) seen(run func(*step) error, limit int64) (int64, error) {
	p := w.of.params()
	where, err := w.of.where(w.filter, p)
	if err != nil {
		return 0, err
	}
	var rows int64
	count := query.Select{From: w.of.from, Where: where, Limit: int(limit)}.CountRows()
	err = run(&step{Statement: count, args: p.Args, row: func(row [][]byte) error {
		if len(row) != 1 || len(row[0]) != 8 {
			return errors.New("table: a count is no bigint")
		}
		rows = int64(binary.BigEndian.Uint64(row[0]))
		return nil
	}})
	return rows, err
}
