package table

import (
	"slices"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/rowgate/rowgate/service/filter"
	"github.com/rowgate/rowgate/store/query"
	"github.com/rowgate/rowgate/store/wire"
)

// updateKey is what tells one UPDATE from another.
type updateKey struct {
	shape string
	selected
	// capture are the indexes of fields whose values a transaction uses.
	capture string
	// rows says that the statement changes any number of rows, by arrays.
	rows bool
}

// updating is an UPDATE.
type updating struct {
	*query.Statement
	// answer writes what it answers of a row, whose first width columns that is;
	// nil when that is nothing.
	answer *wire.Plan
	width  int
	// args are those of the answer, which come first.
	args [][]byte
}

func newUpdatings() *lru.Cache[updateKey, *updating] {
	// The only error is a size that is not positive.
	cache, _ := lru.New[updateKey, *updating](keptShapes)
	return cache
}

// row is what is done with the first row of an answer, and with no other one.
func (up *updating) row(in *staging, write func(row [][]byte) error) func([][]byte) error {
	if len(up.Results) == 0 {
		return nil
	}
	first := true
	return func(row [][]byte) error {
		if !first {
			return nil
		}
		first = false
		in.take(row[up.width:])
		return write(row[:up.width])
	}
}

// updating is the UPDATE of a shape and what is asked to be answered.
func (o *update) updating(s shape, sel selected, in *staging) (*updating, error) {
	key := updateKey{shape: string(s), selected: sel, capture: in.captures()}
	return kept(o.statements, key, func() (*updating, error) {
		return o.write(sel, in, func(p *filter.Params) query.Update {
			up := query.Update{Relation: o.from, Where: o.keyCondition(len(p.Args))}
			next := len(p.Args) + len(o.key)
			up.Sets = o.sets(s, func(f *field) query.Operand { next++; return f.arg(next - 1) })
			if expected := o.expected(s); len(expected) > 0 {
				up.Where = append(query.And{up.Where}, have(expected, argsFrom(next))...)
			}
			return up
		})
	})
}

// write writes an UPDATE, whose own arguments stand behind those of p. What it
// answers stands before what the UPDATE itself returns.
func (r *resource) write(sel selected, in *staging, update func(p *filter.Params) query.Update) (*updating, error) {
	p := r.params()
	up := &updating{}
	columns, err := up.answers(r, sel, in, p)
	if err != nil {
		return nil, err
	}
	statement := update(p)
	statement.Returning = slices.Concat(columns, statement.Returning)
	up.Statement = statement.Statement()
	return up, nil
}

// kept takes a statement from those that are kept, or writes and keeps it.
func kept(cache *lru.Cache[updateKey, *updating], key updateKey, write func() (*updating, error)) (*updating, error) {
	if up, ok := cache.Get(key); ok {
		return up, nil
	}
	up, err := write()
	if err == nil && (&question{selected: key.selected}).small() {
		cache.Add(key, up)
	}
	return up, err
}

// answers plans what is answered, and gives the RETURNING list.
func (up *updating) answers(r *resource, asked selected, in *staging, p *filter.Params) ([]query.Column, error) {
	sel, err := asked.returning(r, p)
	if err != nil {
		return nil, err
	}
	up.answer, up.width, up.args = sel.plan, len(sel.columns), p.Args
	return in.capturing(sel.columns), nil
}
