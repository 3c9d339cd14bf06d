package table

import (
	"cmp"
	"slices"

	"github.com/rowgate/rowgate/service/status"
	"github.com/rowgate/rowgate/store/catalog"
)

// notation says how many of a shape's arguments go by position; those behind
// them go by name, which they have to behind one that is left out. It refuses a
// shape for which Postgres could not fill in the rest, or would not know which
// function is meant.
func (o *function) notation(s shape) (positional int, err error) {
	gap := slices.Index(s, left)
	if gap < 0 {
		gap = len(s)
	}
	if err := o.byName(s, gap); err != nil {
		return 0, err
	}
	if !o.ambiguous(s, gap) {
		return gap, nil
	}
	// The names may tell what the types do not.
	if o.byName(s, 0) == nil && !o.ambiguous(s, 0) {
		return 0, nil
	}
	const another = "the database has another function of this name, which takes what the request gives, too"
	for i := range s {
		if s.at(i) == left && o.inputs[i].bound() {
			return 0, status.InvalidArgument(o.fieldName(i), "has to be given: "+another)
		}
	}
	return 0, status.FailedPrecondition("", another)
}

// byName refuses a shape whose arguments from first on cannot go by name.
func (o *function) byName(s shape, first int) error {
	// With VARIADIC, Postgres fills in no default.
	whole := len(s) > 0 && o.inputs[len(s)-1].Mode == variadic && slices.Contains(s, left)
	for i := first; i < len(s); i++ {
		switch {
		case s.at(i) != given:
		case o.inputs[i].Name == "":
			return status.InvalidArgument(o.fieldName(i), "cannot be given while "+cmp.Or(o.fieldName(first), "an argument")+
				" before it is left out, since the function has no name for it")
		case whole:
			return status.InvalidArgument(o.fieldName(first), "has to be given when "+o.fieldName(i)+" is, "+
				"since the function takes any number of arguments")
		}
	}
	return nil
}

// fieldName is the name of an input's field, empty when it has none.
func (o *function) fieldName(i int) string {
	if !o.inputs[i].bound() {
		return ""
	}
	return string(o.inputs[i].descriptor.Name())
}

// ambiguous says whether another function of the name takes a shape as well,
// so that Postgres has no reason to prefer either. That one may even take more
// arguments, when the rest of them has defaults.
// https://www.postgresql.org/docs/current/typeconv-func.html
func (o *function) ambiguous(s shape, positional int) bool {
	return slices.ContainsFunc(o.others, func(other *catalog.Function) bool { return o.fits(other, s, positional) })
}

func (o *function) fits(other *catalog.Function, s shape, positional int) bool {
	theirs := other.Inputs()
	taken := make([]bool, len(theirs))
	for i, in := range o.inputs {
		if s.at(i) != given {
			continue
		}
		at := i
		if i >= positional {
			at = slices.IndexFunc(theirs, func(a *catalog.Argument) bool { return a.Name == in.Name })
		}
		if at < 0 || at >= len(theirs) || taken[at] {
			return false
		}
		if a := theirs[at]; a.DeclaredOID != in.DeclaredOID || (a.Mode == variadic) != (in.Mode == variadic) {
			return false
		}
		taken[at] = true
	}
	for i, a := range theirs {
		if !taken[i] && !a.HasDefault {
			return false
		}
	}
	return true
}
