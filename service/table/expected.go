package table

import (
	"github.com/rowgate/rowgate/service/status"
	"github.com/rowgate/rowgate/store/query"
	"github.com/rowgate/rowgate/store/wire"
)

// A write may be told what the row is expected to be, by a message of the
// resource's type of which the fields that are set must be the row's: by the
// equality of the column's type, of a timestamp to the microsecond. A field that
// is absent is not compared, and one without presence not when it is zero, which
// is the same on the wire. So nobody can expect NULL.

// expectable refuses a field whose values cannot be compared.
func (f *field) expectable() error {
	if f.column.Sortable {
		return nil
	}
	return &wire.ValueError{Field: f.name, Kind: wire.Invalid, Text: "is of type " + f.column.Declared + ", whose values cannot be compared"}
}

// expects marks the fields that are expected to have a value.
func (e *edits) expects(ed *edit) error {
	if ed.at[partExpected] < 0 {
		return nil
	}
	for _, f := range e.fields {
		if !ed.value(partExpected, f).Present {
			continue
		}
		if err := f.expectable(); err != nil {
			return under(e.name(partExpected), err)
		}
		ed.shape.mark(len(e.fields)+f.index, given)
	}
	return nil
}

// expected are the fields that a shape expects something of.
func (r *resource) expected(s shape) []*field {
	var all []*field
	for i := len(r.fields); i < len(s); i++ {
		if s.at(i) == given {
			all = append(all, r.fields[i-len(r.fields)])
		}
	}
	return all
}

// have is the condition that a row has values in fields.
func have(fields []*field, value func(i int, f *field) query.Operand) query.And {
	all := make(query.And, len(fields))
	for i, f := range fields {
		all[i] = query.Compare{
			Left: query.Ref{Column: f.column.Name}, Op: query.Equal, Right: value(i, f), Operators: f.column.Type.Operators,
		}
	}
	return all
}

// argsFrom gives the arguments from a position on.
func argsFrom(first int) func(int, *field) query.Operand {
	return func(i int, f *field) query.Operand { return f.arg(first + i) }
}

// missing tells why a write has met no row: because the row is not what it was
// expected to be, or because there is none for the caller to write. Those are the
// same to one who may see the row and not write it. The arguments are the key's,
// and the expected values'.
func (r *resource) missing(run func(*step) error, key query.Expr, keyArgs [][]byte, expected []*field, values [][]byte) error {
	if len(expected) == 0 {
		return notFound(r)
	}
	other := query.Untrue{Expr: have(expected, argsFrom(len(keyArgs)))}
	look := &step{
		Statement: query.Select{From: r.from, Where: query.And{key, other}}.Statement(),
		args:      append(keyArgs[:len(keyArgs):len(keyArgs)], values...),
	}
	switch err := run(look); {
	case err != nil:
		return err
	case look.result.Rows == 0:
		return notFound(r)
	}
	return status.Aborted("expected", "is not what the row is by now: read it again")
}
