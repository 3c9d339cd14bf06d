package table

import (
	"fmt"
	"strings"

	"github.com/rowgate/rowgate/service/filter"
	"github.com/rowgate/rowgate/service/status"
	"github.com/rowgate/rowgate/store/query"
)

// replaced marks which columns get another value: those that the mask names, all
// for "*", and without a mask those of the fields that are set. It says whether
// there are any. https://google.aip.dev/134 and https://google.aip.dev/161
func (e *edits) replaced(ed *edit, paths []string) (changes bool, err error) {
	change := func(f *field) error {
		if param, ok := ed.in.value(f); ok {
			ed.shape.mark(f.index, given)
			if param == nil {
				ed.shape.mark(f.index, cleared)
			}
			changes = true
			return nil
		}
		what, err := f.assign(ed.value(partBody, f))
		if err != nil {
			return under(e.bodyName, err)
		}
		ed.shape.mark(f.index, what)
		changes = true
		return nil
	}
	for _, path := range paths {
		if path == "*" {
			if len(paths) > 1 {
				return false, status.InvalidArgument("update_mask", `has "*" beside other paths; "*" stands alone`)
			}
			break
		}
		f, err := e.masked(path)
		if err != nil {
			return false, err
		}
		// AIP-203: output-only fields in a mask are passed over.
		if f.output {
			continue
		}
		if err := change(f); err != nil {
			return false, err
		}
	}
	everything := len(paths) > 0 && paths[0] == "*"
	if ed.at[partBody] >= 0 && (len(paths) == 0 || everything) {
		if err := e.onlyRead(ed.values[ed.at[partBody]:]); err != nil {
			return false, under(e.bodyName, err)
		}
	}
	for _, f := range e.fields {
		_, used := ed.in.value(f)
		set := used || everything || len(paths) == 0 && ed.value(partBody, f).Present
		switch {
		case !e.keyed && f.isKey && ed.value(partBody, f).Present:
			return false, status.InvalidArgument(e.bodyName+"."+f.name, "is of the key; the filter says which rows change")
		case used && !f.isKey && (f.output || f.immutable):
			return false, status.InvalidArgument(e.bodyName+"."+f.name, "cannot change")
		case f.isKey, f.output, f.immutable, !set:
			continue
		}
		if err := change(f); err != nil {
			return false, err
		}
	}
	return changes, nil
}

// masked finds the field of a path that a mask may name.
func (e *edits) masked(path string) (*field, error) {
	f := e.field(path)
	if f == nil {
		if err := e.refusedName("update_mask", path); err != nil {
			return nil, err
		}
	}
	switch {
	case f == nil && strings.Contains(path, "."):
		return nil, status.InvalidArgument("update_mask", fmt.Sprintf("names %s; paths go one level deep, to a whole field", filter.Shown(path)))
	case f == nil:
		return nil, status.InvalidArgument("update_mask", fmt.Sprintf("names %s, and %s has no such field", filter.Shown(path), e.message.Name()))
	case f.isKey:
		return nil, status.InvalidArgument("update_mask", fmt.Sprintf("names %q, which is of the key and cannot change", path))
	case f.immutable:
		return nil, status.InvalidArgument("update_mask", fmt.Sprintf("names %q, which is set at creation only", path))
	}
	return f, nil
}

// operated marks what a part does to the columns of the fields that are set in
// it, and says whether there are any.
func (e *edits) operated(ed *edit, part int) (operates bool, err error) {
	if ed.at[part] < 0 {
		return false, nil
	}
	for _, f := range e.fields {
		if !ed.value(part, f).Present {
			continue
		}
		refused := ""
		switch {
		case f.isKey:
			refused = "is of the key and cannot change"
		case f.output:
			refused = "is only read"
		case f.immutable:
			refused = "is set at creation only"
		case f.operate(parts[part].mark, query.Arg{}) == nil:
			refused = "is of type " + f.column.Declared + "; " + parts[part].takes
		case ed.shape.at(f.index) != left:
			refused = "changes by " + e.changedBy(ed.shape.at(f.index)) + ", too"
		}
		if refused != "" {
			return false, status.InvalidArgument(e.name(part)+"."+f.name, refused)
		}
		ed.shape.mark(f.index, parts[part].mark)
		operates = true
	}
	return operates, nil
}

// changedBy is the part of the request that a mark is of.
func (e *edits) changedBy(mark byte) string {
	for part := partIncrement; part < partCount; part++ {
		if parts[part].mark == mark {
			return e.name(part)
		}
	}
	return e.bodyName
}
