package filter

import (
	"strconv"

	"go.einride.tech/aip/filtering"
	expr "google.golang.org/genproto/googleapis/api/expr/v1alpha1"

	"github.com/rowgate/rowgate/store/query"
)

// has is the operator ":", which each type has its own meaning for.
const has query.Op = ""

var comparators = map[string]query.Op{
	filtering.FunctionEquals: query.Equal, filtering.FunctionNotEquals: query.NotEqual,
	filtering.FunctionLessThan: query.Less, filtering.FunctionLessEquals: query.LessOrEqual,
	filtering.FunctionGreaterThan: query.Greater, filtering.FunctionGreaterEquals: query.GreaterOrEqual,
	filtering.FunctionHas: has,
}

func isEquality(op query.Op) bool { return op == query.Equal || op == query.NotEqual }

// negated is a condition for = and its negation for !=.
func negated(op query.Op, e query.Expr) query.Expr {
	if op == query.NotEqual {
		return query.Not{Expr: e}
	}
	return e
}

// comparison compares what a path leads to with a value, or with several that
// AND, OR and NOT join: each is a condition for itself.
func (w *walker) comparison(t *target, op query.Op, right *expr.Expr, at query.Alias) (query.Expr, error) {
	return combined(right, func(e *expr.Expr) (query.Expr, error) {
		list, err := w.valuesOf(e)
		switch {
		case err != nil:
			return nil, err
		case list == nil:
			return nil, w.fault(w.start(e), "has %s where a value is expected", Shown(w.source(e)))
		case len(list) > 1:
			return nil, w.fault(list[1].at, "has a list of values without a function; write in(%s, ...)", t.name)
		case t.column == nil:
			return w.compareRelation(t, op, list[0], at)
		}
		return w.through(t, at, func(at query.Alias) (query.Expr, error) {
			return w.compareColumn(t, op, list[0], at)
		})
	})
}

func (w *walker) compareRelation(t *target, op query.Op, l literal, at query.Alias) (query.Expr, error) {
	there := op == has && l.star() || op == query.NotEqual && l.null()
	if !there && (op != query.Equal || !l.null()) {
		return nil, w.fault(l.at, "compares %s with a value, but it is a relation; compare one of its fields, or write %s:* for whether there is a row", t.name, t.name)
	}
	exists, err := w.through(t, at, nil)
	if err != nil || there {
		return exists, err
	}
	return query.Not{Expr: exists}, nil
}

func (w *walker) compareColumn(t *target, op query.Op, l literal, at query.Alias) (query.Expr, error) {
	c, plan := t.column, t.column.values()
	switch {
	case l.null() && !isEquality(op):
		return nil, w.fault(l.at, "compares %s with null by another operator than = and !=", t.name)
	case plan.err != nil:
		return nil, w.fault(t.at, "names %s, which is of type %s and can be compared with null alone", t.name, c.Type.Name)
	case plan.class == jsons:
		return w.compareJSON(t, op, l, at)
	case plan.class == hstores:
		return w.compareHstore(t, op, l, at)
	case l.null():
		return query.Null{Of: c.Operand(at), Not: op == query.NotEqual}, nil
	case op == has && l.star() && plan.class == arrays:
		return w.cardinality(c, query.Greater, at)
	case op == has && l.star():
		return query.Null{Of: c.Operand(at), Not: true}, nil
	}
	switch plan.class {
	case arrays:
		if op == has {
			return w.compareArray(c, query.Contains, []literal{l}, at)
		}
		return nil, w.fault(t.at, `compares %s by an operator, but it is a list; write %s:"x", contains(%s, ...) or overlaps(%s, ...)`, t.name, t.name, t.name, t.name)
	case ranges, multiranges:
		return w.compareRange(t, op, l, at)
	case documents:
		if op == has {
			return w.search(t, []literal{l}, at)
		}
		return nil, w.fault(t.at, `compares %s by an operator, but it is of type tsvector; write search(%s, "words")`, t.name, t.name)
	case texts:
		if op == has || isEquality(op) && l.wild() {
			like := query.Like
			if c.Type.Extension == "citext" {
				like = query.ILike
			}
			return w.matchText(c.text(at), like, op, l)
		}
	}
	return w.compareScalar(t, op, l, at)
}

// compareScalar compares by the type's own operators; ":" is "=".
func (w *walker) compareScalar(t *target, op query.Op, l literal, at query.Alias) (query.Expr, error) {
	c, of := t.column, t.column.values().of
	if !c.Sortable {
		return nil, w.fault(t.at, "compares %s, but type %s has no comparisons", t.name, c.Type.Name)
	}
	if op == has {
		op = query.Equal
	}
	arg, err := w.arg(wide(of, l), l)
	return query.Compare{Left: c.Operand(at), Op: op, Right: arg, Operators: c.Operators}, err
}

// wide is the type that a whole number is compared as: bigint where it is beyond
// the column's own.
func wide(of *values, l literal) *values {
	bits := map[uint32]int{oidInt2: 16, oidInt4: 32}[of.typ.OID]
	if bits == 0 || !whole.MatchString(l.raw) {
		return of
	}
	if _, err := strconv.ParseInt(l.raw, 10, bits); err != nil {
		return bigints
	}
	return of
}

// matchText is =, != and : of a text, like being the operator for wildcards.
func (w *walker) matchText(left query.Operand, like, op query.Op, l literal) (query.Expr, error) {
	parts, why := l.read()
	if why != "" {
		return nil, w.fault(l.at, "%s", why)
	}
	pattern := pattern(parts)
	switch {
	case op == has:
		pattern, like = "%"+pattern+"%", query.ILike
	case len(parts) == 1:
		arg, err := w.arg(strs, l)
		return query.Compare{Left: left, Op: op, Right: arg}, err
	}
	arg, err := w.str(pattern, l.at)
	return negated(op, query.Compare{Left: left, Op: like, Right: arg}), err
}
