package table

import (
	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/rowgate/rowgate/store/query"
	"github.com/rowgate/rowgate/store/wire"
)

// inserts writes the INSERTs of a method.
type inserts struct {
	*resource
	// statements are those last used: a client chooses which fields it sends, so
	// their number has to be bounded.
	statements *lru.Cache[insertion, *inserting]
}

func newInserts(r *resource) *inserts {
	// The only error is a size that is not positive.
	cache, _ := lru.New[insertion, *inserting](keptShapes)
	return &inserts{r, cache}
}

// insertion is what tells one INSERT of a resource from another. Calls that say
// the same share a statement.
type insertion struct {
	selected
	// shape says which columns are given, and captures which are captured.
	shape, captures string
	// conflict is the request's on_conflict; conflicting says that there is one.
	conflict    string
	conflicting bool
	// many is of arrays.
	many bool
}

// on takes what a request says of rows whose key is there.
func (n *insertion) on(conflict wire.Value) {
	n.conflict, n.conflicting = string(conflict.Bytes), conflict.Present
}

// inserting is an INSERT.
type inserting struct {
	*query.Statement
	// plan writes what is answered, the first width columns; nil for nothing. What
	// is captured stands behind them.
	plan  *wire.Plan
	width int
	// args are those of the mask and the includes. They stand behind the row's.
	args     [][]byte
	conflict *conflict
}

// statement finds or writes the INSERT of rows of a shape.
func (o *inserts) statement(n insertion, s shape, in *staging) (*inserting, error) {
	n.shape, n.captures = string(s), in.captures()
	if st, ok := o.statements.Get(n); ok {
		return st, nil
	}
	st, err := o.insert(n, s, in)
	if err != nil {
		return nil, err
	}
	if (&question{selected: n.selected, filter: n.conflict}).small() {
		o.statements.Add(n, st)
	}
	return st, nil
}

func (o *inserts) insert(n insertion, s shape, in *staging) (*inserting, error) {
	insert := query.Insert{Into: o.from, Many: n.many}
	for _, f := range o.fields {
		if s.at(f.index) != given {
			continue
		}
		arg := f.arg(len(insert.Sets))
		if n.many {
			arg = f.array(len(insert.Sets))
		}
		insert.Sets = append(insert.Sets, query.Set{Column: f.column.Name, Arg: arg})
	}
	st := &inserting{}
	var err error
	if st.conflict, err = o.conflictOf(n); err != nil {
		return nil, err
	}
	if insert.OnConflict, err = st.conflict.clause(o.fields, s); err != nil {
		return nil, err
	}
	p := o.params(make([][]byte, len(insert.Sets))...)
	sel, err := n.returning(o.resource, p)
	if err != nil {
		return nil, err
	}
	st.plan, st.width, st.args = sel.plan, len(sel.columns), p.Args[len(insert.Sets):]
	insert.Returning = in.capturing(sel.columns)
	st.Statement = insert.Statement()
	return st, nil
}

// newRow says which columns a new row gives, and leaves the others to their
// defaults.
func (r *resource) newRow(values []wire.Value, in *staging) (shape, error) {
	if err := r.onlyRead(values); err != nil {
		return nil, err
	}
	s := newShape(len(r.fields))
	for _, f := range r.fields {
		if _, ok := in.value(f); ok {
			s.mark(f.index, given)
			continue
		}
		give, err := f.insert(values[f.index])
		if err != nil {
			return nil, err
		}
		if give {
			s.mark(f.index, given)
		}
	}
	return s, nil
}

// insert says whether a new row takes the field's value or the column's
// default.
func (f *field) insert(v wire.Value) (bool, error) {
	switch {
	case f.output:
		return false, nil
	case v.Present:
		return true, nil
	case f.column.HasDefault || !f.column.NotNull:
		// Nothing was said. A field without presence that says its zero value
		// says nothing on the wire, so a column with a default gets that.
		return false, nil
	case f.descriptor.HasPresence():
		return false, required(f)
	default:
		return true, nil
	}
}

func required(f *field) error {
	return &wire.ValueError{Field: f.name, Kind: wire.Invalid, Text: "is required"}
}
