package table

import (
	"errors"
	"slices"

	"github.com/rowgate/rowgate/service/status"
	"github.com/rowgate/rowgate/store/query"
)

// args appends the arguments of a statement: the key, what columns change by, and
// what is expected of the row.
func (e *edits) args(c *call, ed *edit) error {
	if e.keyed {
		for _, f := range e.key {
			if err := e.arg(c, ed, partBody, f); err != nil {
				return err
			}
		}
	}
	for _, f := range e.fields {
		mark := ed.shape.at(f.index)
		if !hasArg(mark) {
			continue
		}
		part := partBody
		for p := partIncrement; p < partCount; p++ {
			if parts[p].mark == mark {
				part = p
			}
		}
		if err := e.arg(c, ed, part, f); err != nil {
			return err
		}
	}
	for _, f := range e.expected(ed.shape) {
		if err := e.arg(c, ed, partExpected, f); err != nil {
			return err
		}
	}
	return nil
}

func (e *edits) arg(c *call, ed *edit, part int, f *field) error {
	if param, ok := ed.in.value(f); ok && part == partBody {
		c.args = append(c.args, param)
		return nil
	}
	err := c.arg(f.codec, ed.value(part, f))
	if err == nil {
		err = f.operable(parts[part].mark, c.args[len(c.args)-1])
	}
	if err != nil {
		return under(e.name(part), err)
	}
	return nil
}

// hasArg says whether what a mark says takes an argument.
func hasArg(mark byte) bool { return mark == given || mark >= added }

// sets writes what becomes of the columns; arg gives the operand of the next
// argument, which is the field's.
func (e *edits) sets(s shape, arg func(f *field) query.Operand) []query.Set {
	var sets []query.Set
	for _, f := range e.fields {
		set := query.Set{Column: f.column.Name}
		switch mark := s.at(f.index); mark {
		case left:
			continue
		case given:
			set.To = arg(f)
		case reset:
			set.Default = true
		case cleared:
			set.Null = true
		default:
			set.To = f.operate(mark, arg(f))
		}
		sets = append(sets, set)
	}
	return sets
}

// failed names the field of an increment that led out of its type's range, where
// there is one alone that can have.
func (e *edits) failed(s shape, err error) error {
	var increments []string
	for _, f := range e.fields {
		if s.at(f.index) == added {
			increments = append(increments, e.name(partIncrement)+"."+f.name)
		}
	}
	if len(increments) != 1 {
		return err
	}
	return status.SumOutOfRange(err, increments[0])
}

// within says that an error is of a request within another, where path leads to
// it.
func within(path string, err error) error {
	var told *status.Error
	if errors.As(err, &told) {
		return told.Within(path)
	}
	return under(path, err)
}

// involved are the fields that have an argument in a statement of a shape, in the
// arguments' order.
func (e *edits) involved(s shape) []*field {
	var all []*field
	if e.keyed {
		all = slices.Clone(e.key)
	}
	for _, f := range e.fields {
		if hasArg(s.at(f.index)) {
			all = append(all, f)
		}
	}
	return append(all, e.expected(s)...)
}
