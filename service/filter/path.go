package filter

import (
	"slices"
	"strings"

	expr "google.golang.org/genproto/googleapis/api/expr/v1alpha1"

	"github.com/rowgate/rowgate/store/query"
)

// target is what a path of a filter or an order leads to.
type target struct {
	relations []*Relation
	part      string  // the parts on the way, each with a dot
	column    *Column // nil where the path ends in a relation
	steps     []string
	// name is the path as it was sent, and at the byte where it begins.
	name string
	at   int
}

// step is a step of a path, and where it stands.
type step struct {
	name string
	at   int
}

// path reads a part of the tree that has to be a path.
func (w *walker) path(e *expr.Expr, s *Schema) (*target, error) {
	first := w.token(e)
	var names []string
	for e.GetSelectExpr() != nil {
		names = append(names, e.GetSelectExpr().GetField())
		e = e.GetSelectExpr().GetOperand()
	}
	if e.GetIdentExpr() == nil || len(names) == 0 && w.list(e.GetIdentExpr().GetName()) != nil {
		return nil, w.fault(w.at(first), "has %s where a field is expected; fields stand to the left", Shown(w.source(e)))
	}
	names = append(names, e.GetIdentExpr().GetName())
	slices.Reverse(names)
	steps := make([]step, len(names))
	for i, name := range names {
		steps[i] = step{name, w.at(first + 2*i)}
		if list := w.list(name); list != nil {
			text, err := w.plain(list[0])
			if err != nil {
				return nil, err
			}
			steps[i].name = text
		}
	}
	return s.resolve(w.text, steps, w.limits)
}

// resolve finds what a path leads to.
func (s *Schema) resolve(text string, steps []step, limits Limits) (*target, error) {
	names := make([]string, len(steps))
	for i, step := range steps {
		names[i] = step.name
	}
	t := &target{name: strings.Join(names, "."), at: steps[0].at}
	if len(steps) > limits.Steps {
		return nil, fault(text, t.at, "has a path of more than %d steps", limits.Steps)
	}
	for i, step := range steps {
		if s == nil {
			return nil, fault(text, step.at, "names %s within %s, whose rows cannot be read", Shown(step.name), Shown(steps[i-1].name))
		}
		if p := s.part(step.name); p != nil {
			if i == len(steps)-1 {
				return nil, fault(text, step.at, "names %s, which is no value itself; it has %s", Shown(t.name), p.fields(nil))
			}
			t.part, s = t.part+p.Name+".", p
			continue
		}
		if r := s.Relation(step.name); r != nil {
			if len(t.relations) == limits.Path {
				return nil, fault(text, step.at, "has a path through more than %d relations", limits.Path)
			}
			t.relations, s = append(t.relations, r), r.To()
			continue
		}
		if t.column = s.Column(step.name); t.column == nil {
			return nil, fault(text, step.at, "names %s, which is none of the fields of %s: %s", Shown(step.name), s.Name, s.fields(nil))
		}
		t.steps = names[i+1:]
		if c := t.column.values().class; len(t.steps) > 0 && c != jsons && (c != hstores || len(t.steps) > 1) {
			return nil, fault(text, steps[i+1].at, "names %s within %s, which is of type %s and has no parts",
				Shown(steps[i+1].name), Shown(step.name), t.column.Type.Name)
		}
		break
	}
	return t, nil
}

// fields lists the fields that may be named, as far as an error has room.
func (s *Schema) fields(which func(*Column) bool) string {
	const most = 30
	var names []string
	for _, c := range s.Columns {
		if which == nil || which(c) {
			names = append(names, c.Name)
		}
	}
	for _, r := range s.Relations {
		if which == nil {
			names = append(names, r.Name)
		}
	}
	for _, p := range s.Parts {
		if which == nil {
			names = append(names, p.Name)
		}
	}
	if len(names) > most {
		names = append(names[:most], "...")
	}
	return strings.Join(names, ", ")
}

// through puts a condition on the rows that a path's relations lead to: that
// there is such a row.
func (w *walker) through(t *target, at query.Alias, leaf func(query.Alias) (query.Expr, error)) (query.Expr, error) {
	return w.exists(t, t.relations, at, leaf)
}

func (w *walker) exists(t *target, relations []*Relation, at query.Alias, leaf func(query.Alias) (query.Expr, error)) (query.Expr, error) {
	if len(relations) == 0 {
		if leaf == nil {
			return nil, nil //nolint:nilnil // It is a join's condition.
		}
		return leaf(at)
	}
	if w.p.joins++; w.p.joins > w.limits.Joins {
		return nil, w.fault(t.at, "leads through more than %d relations in all", w.limits.Joins)
	}
	join := relations[0].Join(at, w.p)
	where, err := w.exists(t, relations[1:], join.As, leaf)
	if err != nil {
		return nil, err
	}
	return query.Exists{Join: join, Where: where}, nil
}
