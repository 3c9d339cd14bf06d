package table

import (
	"github.com/rowgate/rowgate/store/wire"
)

// newRows gathers new rows into statements, each of as many rows as are alike and
// follow one another.
type newRows struct {
	*inserts
	insertion
	in *staging
	// columns are how the fields' values travel; optional are the fields that take
	// NULL when they are not given, so that rows with and without are alike.
	columns  []unnested
	optional []bool
	// emit takes a statement, whose rows are those from first to last.
	emit func(st *step, of *inserting, first, last int)

	// shape and arrays are of the rows that are gathered.
	shape       shape
	arrays      []items
	first, last int
	count       int
	bytes       int
	// total is the bytes of all rows so far.
	total  int
	nested []wire.Value
}

// The most that one statement inserts.
const (
	maxStatementRows  = 10000
	maxStatementBytes = 1 << 20
)

// gather begins to gather. emit is called in the rows' order.
func (o *inserts) gather(n insertion, in *staging, emit func(st *step, of *inserting, first, last int)) (*newRows, error) {
	r := &newRows{inserts: o, insertion: n, in: in, emit: emit, arrays: make([]items, len(o.fields))}
	conflict, err := o.conflictOf(n)
	if err != nil {
		return nil, err
	}
	r.columns, r.optional = make([]unnested, len(o.fields)), make([]bool, len(o.fields))
	// Of a view, and of a foreign table, what a column takes that is not given is
	// decided elsewhere.
	known := (o.relation.Kind == 'r' || o.relation.Kind == 'p') && !conflict.updatesGiven()
	for i, f := range o.fields {
		r.columns[i] = f.unnested()
		r.optional[i] = known && !f.output && !f.column.HasDefault && !f.column.NotNull && r.columns[i].array != 0
	}
	return r, nil
}

// add takes a row, whose number tells which it is.
func (r *newRows) add(number int, body []byte) error {
	var err error
	if r.nested, err = r.decoder.Decode(r.nested[:0], body); err != nil {
		return err
	}
	s, err := r.newRow(r.nested, r.in)
	if err != nil {
		return err
	}
	alone := r.alone(s)
	if r.count > 0 && (alone || !r.fits(s)) {
		if err := r.flush(); err != nil {
			return err
		}
	}
	if alone {
		return r.single(number, s)
	}
	if r.count == 0 {
		r.first, r.shape = number, s
		for _, f := range r.fields {
			if s.at(f.index) == given {
				r.arrays[f.index] = r.arrays[f.index].begin(0)
			}
		}
	}
	if err := r.append(s); err != nil {
		// The row may stand in some of the arrays, and not in others.
		r.count = 0
		return err
	}
	r.count++
	r.last = number
	if r.count >= maxStatementRows || r.bytes >= maxStatementBytes {
		return r.flush()
	}
	return nil
}

// alone says that a row of a shape has a statement to itself.
func (r *newRows) alone(s shape) bool {
	none := true
	for i := range s {
		if s.at(i) == given {
			none = false
			if r.columns[i].array == 0 {
				return true
			}
		}
	}
	return none
}

// fits says that a row of a shape is like those that are gathered.
func (r *newRows) fits(s shape) bool {
	for i := range s {
		if s.at(i) != r.shape.at(i) && !r.optional[i] {
			return false
		}
	}
	return true
}

// append puts the values of a row behind those of the others.
func (r *newRows) append(s shape) error {
	for _, f := range r.fields {
		i := f.index
		if s.at(i) != given {
			if r.shape.at(i) == given {
				r.arrays[i] = r.arrays[i].null()
				r.bytes += 4
			}
			continue
		}
		if r.shape.at(i) != given {
			r.shape.mark(i, given)
			r.arrays[i] = r.arrays[i].begin(r.count)
		}
		at := len(r.arrays[i])
		array := r.arrays[i].room()
		used, ok := r.in.value(f)
		switch {
		case ok && used == nil:
			array = r.arrays[i].null()
		case ok:
			array = append(array, used...)
			array.size(at)
		default:
			var err error
			if array, err = f.codec.AppendParam(array, r.nested[i]); err != nil {
				return err
			}
			array.size(at)
		}
		r.arrays[i] = array
		r.bytes += len(array) - at
		r.total += len(array) - at
	}
	return nil
}

// flush hands over the rows that are gathered.
func (r *newRows) flush() error {
	if r.count == 0 {
		return nil
	}
	n := r.insertion
	n.many = r.count > 1
	st, err := r.statement(n, r.shape, r.in)
	if err != nil {
		return err
	}
	step := &step{Statement: st.Statement}
	for i := range r.shape {
		switch {
		case r.shape.at(i) != given:
			continue
		case n.many:
			r.arrays[i].end(r.columns[i].element, r.count)
			step.args = append(step.args, r.arrays[i])
		default:
			step.args = append(step.args, r.arrays[i].only())
		}
	}
	r.hand(step, st)
	clear(r.arrays)
	r.count, r.bytes = 0, 0
	return nil
}

// single hands over a row that has a statement to itself.
func (r *newRows) single(number int, s shape) error {
	st, err := r.statement(r.insertion, s, r.in)
	if err != nil {
		return err
	}
	step := &step{Statement: st.Statement}
	for _, f := range r.fields {
		if s.at(f.index) != given {
			continue
		}
		arg, ok := r.in.value(f)
		if !ok {
			if arg, err = f.codec.AppendParam([]byte{}, r.nested[f.index]); err != nil {
				return err
			}
		}
		step.args = append(step.args, arg)
		r.total += len(arg)
	}
	r.first, r.last = number, number
	r.hand(step, st)
	return nil
}

func (r *newRows) hand(step *step, st *inserting) {
	step.args = append(step.args, st.args...)
	r.emit(step, st, r.first, r.last)
}
