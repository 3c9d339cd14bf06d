package filter

import (
	"errors"
	"strings"

	"go.einride.tech/aip/filtering"
	expr "google.golang.org/genproto/googleapis/api/expr/v1alpha1"

	"github.com/rowgate/rowgate/store/query"
)

// Condition reads a filter as a condition on the rows of one of the statement's
// relations. Its values become arguments. It is nil for a filter without any
// condition. The language is in docs/filter.md; an error is an [*Error].
// https://google.aip.dev/160
func Condition(text string, s *Schema, at query.Alias, p *Params) (query.Expr, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil //nolint:nilnil // It is what is documented.
	}
	limits := p.Limits.withDefaults()
	scanned, err := scan(text, limits, p)
	if err != nil {
		return nil, err
	}
	w := &walker{scanned: scanned, limits: limits, p: p}
	var parser filtering.Parser
	parser.Init(scanned.masked)
	parsed, err := parser.Parse()
	if err != nil {
		return nil, w.syntax(err)
	}
	w.positions = parsed.GetSourceInfo().GetPositions()
	return w.condition(parsed.GetExpr(), s, at)
}

// walker turns the parser's tree into a condition.
type walker struct {
	*scanned
	limits    Limits
	p         *Params
	positions map[int64]int32
}

// fault is an error at a byte of the client's text.
func (w *walker) fault(at int, format string, args ...any) error {
	return fault(w.text, at, format, args...)
}

// token is the token that a part of the tree begins with.
func (w *walker) token(e *expr.Expr) int { return w.index(int(w.positions[e.GetId()])) }

func (w *walker) start(e *expr.Expr) int { return w.at(w.token(e)) }

// syntax is the error of a filter that the parser has no reading for. How the
// parser puts it is about its grammar.
func (w *walker) syntax(err error) error {
	at := 0
	for ; err != nil; err = errors.Unwrap(err) {
		if placed, ok := err.(interface{ Position() filtering.Position }); ok {
			at = int(placed.Position().Offset)
		}
	}
	token := w.index(at)
	if token >= len(w.marks) {
		return w.fault(len(w.text), "ends where a field, a value or a parenthesis is expected")
	}
	end := len(w.text)
	if token+1 < len(w.marks) {
		end = w.at(token + 1)
	}
	return w.fault(w.at(token), `cannot be read from %s on; write comparisons such as title = "x", with AND, OR, NOT and parentheses`,
		Shown(strings.TrimSpace(w.text[w.at(token):end])))
}

func (w *walker) condition(e *expr.Expr, s *Schema, at query.Alias) (query.Expr, error) {
	call := e.GetCallExpr()
	if call == nil {
		return w.bareWord(e, s, at)
	}
	args := call.GetArgs()
	switch name := call.GetFunction(); name {
	case filtering.FunctionAnd, filtering.FunctionFuzzyAnd, filtering.FunctionOr, filtering.FunctionNot:
		return combined(e, func(e *expr.Expr) (query.Expr, error) { return w.condition(e, s, at) })
	case filtering.FunctionEquals, filtering.FunctionNotEquals, filtering.FunctionLessThan, filtering.FunctionLessEquals,
		filtering.FunctionGreaterThan, filtering.FunctionGreaterEquals, filtering.FunctionHas:
		t, err := w.path(args[0], s)
		if err != nil {
			return nil, err
		}
		return w.comparison(t, comparators[name], args[1], at)
	default:
		return w.function(e, name, args, s, at)
	}
}

// combined joins the conditions of a tree of AND, OR and NOT; part reads those
// that are neither.
func combined(e *expr.Expr, part func(*expr.Expr) (query.Expr, error)) (query.Expr, error) {
	name := e.GetCallExpr().GetFunction()
	switch name {
	case filtering.FunctionNot:
		inner, err := combined(e.GetCallExpr().GetArgs()[0], part)
		return query.Not{Expr: inner}, err
	case filtering.FunctionAnd, filtering.FunctionFuzzyAnd, filtering.FunctionOr:
	default:
		return part(e)
	}
	same := func(other string) bool {
		return other == name || other == filtering.FunctionFuzzyAnd && name == filtering.FunctionAnd || other == filtering.FunctionAnd && name == filtering.FunctionFuzzyAnd
	}
	var parts []query.Expr
	var collect func(e *expr.Expr) error
	collect = func(e *expr.Expr) error {
		if call := e.GetCallExpr(); call != nil && same(call.GetFunction()) {
			for _, arg := range call.GetArgs() {
				if err := collect(arg); err != nil {
					return err
				}
			}
			return nil
		}
		one, err := combined(e, part)
		parts = append(parts, one)
		return err
	}
	if err := collect(e); err != nil {
		return nil, err
	}
	if name == filtering.FunctionOr {
		return query.Or(parts), nil
	}
	return query.And(parts), nil
}

// bareWord is a condition without an operator: a boolean field.
func (w *walker) bareWord(e *expr.Expr, s *Schema, at query.Alias) (query.Expr, error) {
	if e.GetIdentExpr() == nil && e.GetSelectExpr() == nil || w.list(e.GetIdentExpr().GetName()) != nil {
		return nil, w.fault(w.start(e), `has the value %s alone; write the field that it is compared with`, Shown(w.source(e)))
	}
	switch word := e.GetIdentExpr().GetName(); word {
	case "and", "or", "not":
		if s.Column(word) == nil {
			return nil, w.fault(w.start(e), "has the word %s between conditions; it is written %s", word, strings.ToUpper(word))
		}
	}
	t, err := w.path(e, s)
	if err != nil {
		return nil, err
	}
	if t.column == nil {
		return nil, w.fault(t.at, "has the relation %s alone; write %s:* for whether there is a row", t.name, t.name)
	}
	if len(t.steps) > 0 || t.column.values().class != booleans {
		return nil, w.fault(t.at, "has the field %s alone, which is no boolean; write what it is compared with", Shown(t.name))
	}
	return w.through(t, at, func(at query.Alias) (query.Expr, error) {
		return query.Holds{Of: t.column.Operand(at)}, nil
	})
}

// source is the token that a part of the tree begins with, as it was sent.
func (w *walker) source(e *expr.Expr) string {
	token := w.token(e)
	return strings.TrimSpace(w.text[w.at(token):w.at(token+1)])
}

// values are the values that a part of the tree is the placeholder of, or a
// function that stands for one; nil where it is neither.
func (w *walker) valuesOf(e *expr.Expr) ([]literal, error) {
	name := e.GetIdentExpr().GetName()
	if name == "" {
		name = e.GetConstExpr().GetStringValue() // where ":" is before it
	}
	if list := w.list(name); list != nil {
		return list, nil
	}
	call := e.GetCallExpr()
	switch call.GetFunction() {
	case filtering.FunctionTimestamp, filtering.FunctionDuration:
	default:
		return nil, nil
	}
	var list []literal
	if args := call.GetArgs(); len(args) == 1 {
		list = w.list(args[0].GetIdentExpr().GetName())
		if list == nil {
			list = w.list(args[0].GetConstExpr().GetStringValue())
		}
	}
	if len(list) != 1 {
		return nil, w.fault(w.start(e), "has a %s without one quoted value", call.GetFunction())
	}
	l := list[0]
	l.function = call.GetFunction()
	return []literal{l}, nil
}
