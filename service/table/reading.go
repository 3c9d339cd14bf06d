package table

import (
	"slices"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/rowgate/rowgate/service/filter"
	"github.com/rowgate/rowgate/service/status"
	"github.com/rowgate/rowgate/store/query"
	"github.com/rowgate/rowgate/store/wire"
)

// question is what tells one read of a resource from another. Calls that ask the
// same share a reading.
type question struct {
	selected
	filter, orderBy string
	// limit is the most rows of the statement; 0 for all.
	limit int
	// after says that a cursor is given, and nulls which of its values are NULL, a
	// byte each; backward that the rows before it are meant, from it on.
	after, backward bool
	nulls           string
	// shape is of what is read, where that is no relation.
	shape string
	// unordered says that without an order_by the rows come as they are found.
	unordered bool
}

// resume takes up where a page ended.
func (q *question) resume(at filter.Cursor) {
	q.after, q.backward = len(at.Values) > 0, at.Backward
	nulls := make([]byte, len(at.Values))
	for i, v := range at.Values {
		if v == nil {
			nulls[i] = 1
		}
	}
	q.nulls = string(nulls)
}

// small says that a question is not too large to be kept.
func (q *question) small() bool {
	const most = 4 << 10
	return len(q.mask)+len(q.includes)+len(q.filter)+len(q.orderBy) <= most
}

func newReadings() *lru.Cache[question, *reading] {
	// The only error is a size that is not positive.
	cache, _ := lru.New[question, *reading](keptShapes)
	return cache
}

// reading is a statement that answers a question.
type reading struct {
	*query.Statement
	plan  *wire.Plan
	whole []int // as a resource's
	// args are those of the mask, the includes, the filter and the order. They
	// stand behind those of what is read, and before the cursor's.
	args [][]byte
	// columns is the select list, of which the plan writes the first width, and
	// cursor says which make the order's terms.
	columns []query.Column
	width   int
	cursor  []int
}

// read writes the SELECT of a question. A term of the order that the select list
// has in another form, or not at all, is selected once more as it is, for the
// cursor.
func (r *resource) read(q question, from from) (*reading, error) {
	p := r.params(slices.Clone(from.args)...)
	sel, err := q.selection(r, p)
	if err != nil {
		return nil, err
	}
	where, err := r.where(q.filter, p)
	if err != nil {
		return nil, err
	}
	var terms []term
	if q.orderBy != "" || !q.unordered && from.natural == nil {
		if terms, err = r.terms(q.orderBy, 0, p); err != nil {
			return nil, orderError(err)
		}
	}
	if from.natural != nil {
		terms = append(terms, *from.natural)
	}
	rd := &reading{plan: sel.plan, whole: sel.whole, width: len(sel.columns), args: p.Args[len(from.args):], cursor: make([]int, len(terms))}
	columns := slices.Clone(sel.columns)
	order := make([]query.Order, len(terms))
	args := make([]query.Arg, len(terms))
	nulls := make([]bool, len(terms))
	next := len(p.Args)
	for i, t := range terms {
		order[i] = t.Order
		rd.cursor[i] = slices.IndexFunc(columns, t.is)
		if rd.cursor[i] < 0 {
			rd.cursor[i] = len(columns)
			columns = append(columns, t.column())
		}
		if i < len(q.nulls) {
			nulls[i] = q.nulls[i] == 1
		}
		if !nulls[i] {
			args[i] = t.arg(next)
			next++
		}
	}
	if q.backward {
		order = query.Reverse(order)
	}
	if q.after && len(q.nulls) == len(order) {
		after := query.After(order, args, nulls)
		if where == nil {
			where = after
		} else {
			where = query.And{where, after}
		}
	}
	read := query.Select{From: from.source, Columns: columns, Where: where, OrderBy: order, Limit: q.limit, Writes: from.writes}
	rd.columns, rd.Statement = columns, read.Statement()
	return rd, nil
}

// selection plans what a read asks to be answered.
func (s *selected) selection(r *resource, p *filter.Params) (*selection, error) {
	if s.isWhole() {
		return r.everything(), nil
	}
	paths, err := s.paths()
	if err != nil {
		return nil, err
	}
	if len(paths) == 0 {
		paths = nil
	}
	includes, err := s.including()
	if err != nil {
		return nil, err
	}
	return r.selection(paths, includes, p)
}

// where reads the filter of a request.
func (r *resource) where(text string, p *filter.Params) (query.Expr, error) {
	where, err := r.condition(text, 0, p)
	if err != nil {
		return nil, status.InvalidArgument("filter", err.Error())
	}
	return where, nil
}

// condition reads a filter of the resource's rows, which are the statement's
// relation at.
func (r *resource) condition(text string, at query.Alias, p *filter.Params) (query.Expr, error) {
	if text == "" {
		return nil, nil
	}
	return filter.Condition(text, r.schema, at, p)
}

// order is terms for rows that have no cursor.
func (r *resource) order(text string, at query.Alias, p *filter.Params) ([]query.Order, error) {
	terms, err := r.terms(text, at, p)
	if err != nil {
		return nil, err
	}
	order := make([]query.Order, len(terms))
	for i, t := range terms {
		order[i] = t.Order
	}
	return order, nil
}

// orderError tells what is wrong with an order_by.
func orderError(err error) error { return status.InvalidArgument("order_by", err.Error()) }
