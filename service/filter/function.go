package filter

import (
	"maps"
	"slices"
	"strings"

	expr "google.golang.org/genproto/googleapis/api/expr/v1alpha1"

	"github.com/rowgate/rowgate/store/query"
	"github.com/rowgate/rowgate/store/wire"
)

// function is a function of the language: of a field and values.
type function struct {
	// least and most bound the values; most is 0 for any number.
	least, most int
	// usage is how it is written.
	usage string
	write func(w *walker, t *target, list []literal, at query.Alias) (query.Expr, error)
}

// functions are all that there are.
var functions = map[string]function{
	"in":          {1, 0, `in(field, "a", "b")`, (*walker).in},
	"ilike":       {1, 1, `ilike(field, "abc*")`, matching(query.ILike)},
	"matches":     {1, 1, `matches(field, "^a.c$")`, matching(query.Regexp)},
	"imatches":    {1, 1, `imatches(field, "^a.c$")`, matching(query.IRegexp)},
	"search":      {1, 2, `search(field, "words", "english")`, (*walker).search},
	"contains":    {1, 0, `contains(field, "a", "b")`, collection(query.Contains)},
	"containedBy": {1, 0, `containedBy(field, "a", "b")`, collection(query.ContainedBy)},
	"overlaps":    {1, 0, `overlaps(field, "a", "b")`, collection(query.Overlaps)},
	"isEmpty":     {0, 0, `isEmpty(field)`, (*walker).isEmpty},
}

func unknownFunction(text string, at int, name string) error {
	return fault(text, at, "calls %s, which is none of the functions %s", Shown(name), strings.Join(slices.Sorted(maps.Keys(functions)), ", "))
}

func (w *walker) function(e *expr.Expr, name string, args []*expr.Expr, s *Schema, at query.Alias) (query.Expr, error) {
	start := w.start(e)
	f, ok := functions[name]
	if !ok {
		if name == "timestamp" || name == "duration" {
			return nil, w.fault(start, "has a %s alone; write the field that it is compared with", name)
		}
		return nil, unknownFunction(w.text, start, name)
	}
	var list []literal
	for i, arg := range args {
		if i == 0 {
			continue
		}
		some, err := w.valuesOf(arg)
		if err != nil {
			return nil, err
		}
		if some == nil {
			return nil, w.fault(w.start(arg), "has %s where a value is expected", Shown(w.source(arg)))
		}
		list = append(list, some...)
	}
	if len(args) == 0 || len(list) < f.least || len(list) > f.most && (f.most > 0 || f.least == 0) {
		return nil, w.fault(start, "calls %s otherwise than %s", name, f.usage)
	}
	t, err := w.path(args[0], s)
	if err != nil {
		return nil, err
	}
	if t.column == nil {
		return nil, w.fault(t.at, "calls %s of %s, which is a relation; name one of its fields", name, t.name)
	}
	if err := t.column.values().err; err != nil {
		return nil, w.fault(t.at, "names %s, which is of type %s and can be compared with null alone", t.name, t.column.Type.Name)
	}
	return w.through(t, at, func(at query.Alias) (query.Expr, error) { return f.write(w, t, list, at) })
}

// refused is the error of a function that a field's type has not.
func (w *walker) refused(t *target, takes string) error {
	return w.fault(t.at, "names %s, which is of type %s; the function takes %s", t.name, t.column.Type.Name, takes)
}

func (w *walker) in(t *target, list []literal, at query.Alias) (query.Expr, error) {
	for _, l := range list {
		if l.null() {
			return nil, w.fault(l.at, "has null in a list, which nothing equals; write %s = null OR in(...)", t.name)
		}
	}
	c, plan := t.column, t.column.values()
	switch {
	case plan.class == jsons:
		d, err := w.document(t, at)
		if err != nil {
			return nil, err
		}
		scalars := make([]literal, len(list))
		for i, l := range list {
			if scalars[i], err = w.jsonScalar(l); err != nil {
				return nil, err
			}
		}
		return w.anyOf(d.value(), jsonbs, "", scalars)
	case plan.class == hstores && len(t.steps) > 0:
		value, err := w.member(t, at)
		if err != nil {
			return nil, err
		}
		return w.anyOf(value, strs, "", list)
	case plan.class == arrays, plan.class == ranges, plan.class == multiranges, plan.class == hstores, plan.class == documents, !c.Sortable:
		return nil, w.refused(t, "fields that = takes")
	}
	return w.anyOf(c.Operand(at), plan.of, c.Operators, list)
}

// matching matches a text with a pattern.
func matching(op query.Op) func(*walker, *target, []literal, query.Alias) (query.Expr, error) {
	return func(w *walker, t *target, list []literal, at query.Alias) (query.Expr, error) {
		var left query.Operand
		switch t.column.values().class {
		case texts:
			left = t.column.text(at)
		case jsons:
			d, err := w.document(t, at)
			if err == nil {
				left, err = d.only("string")
			}
			if err != nil {
				return nil, err
			}
		case hstores:
			if len(t.steps) == 0 {
				return nil, w.refused(t, "texts")
			}
			value, err := w.member(t, at)
			if err != nil {
				return nil, err
			}
			left = value
		default:
			return nil, w.refused(t, "texts")
		}
		l := list[0]
		parts, why := l.read()
		if why != "" {
			return nil, w.fault(l.at, "%s", why)
		}
		text := strings.Join(parts, "*")
		if op == query.ILike {
			text = pattern(parts)
		}
		arg, err := w.str(text, l.at)
		return query.Compare{Left: left, Op: op, Right: arg}, err
	}
}

// collection compares an array, a range or JSON as a whole.
func collection(op query.Op) func(*walker, *target, []literal, query.Alias) (query.Expr, error) {
	return func(w *walker, t *target, list []literal, at query.Alias) (query.Expr, error) {
		c, class := t.column, t.column.values().class
		if class == arrays {
			return w.compareArray(c, op, list, at)
		}
		takes := "lists, ranges and JSON"
		if op == query.Overlaps {
			takes = "lists and ranges"
		}
		switch {
		case class != ranges && class != multiranges && class != jsons, class == jsons && op == query.Overlaps:
			return nil, w.refused(t, takes)
		case len(list) > 1:
			return nil, w.fault(list[1].at, "has several values for %s; of type %s there is one", t.name, c.Type.Name)
		case class == jsons:
			d, err := w.document(t, at)
			if err != nil {
				return nil, err
			}
			arg, err := w.arg(jsonbs, list[0])
			return query.Compare{Left: d.value(), Op: op, Right: arg}, err
		case op == query.Contains:
			return w.rangeHas(c, list[0], at)
		}
		arg, err := w.rangeArg(rangeType(c), c.values().of, list[0])
		return query.Compare{Left: c.Operand(at), Op: op, Right: arg}, err
	}
}

func (w *walker) isEmpty(t *target, _ []literal, at query.Alias) (query.Expr, error) {
	switch t.column.values().class {
	case arrays:
		return w.cardinality(t.column, query.Equal, at)
	case ranges, multiranges:
		return query.Holds{Of: query.Func{Name: query.IsEmpty, Args: []query.Operand{t.column.Operand(at)}}}, nil
	}
	return nil, w.refused(t, "lists and ranges")
}

// configurations are those of full-text search that Postgres brings.
var configurations = []string{
	"simple", "arabic", "armenian", "basque", "catalan", "danish", "dutch", "english", "finnish", "french", "german",
	"greek", "hindi", "hungarian", "indonesian", "irish", "italian", "lithuanian", "nepali", "norwegian", "portuguese",
	"romanian", "russian", "serbian", "spanish", "swedish", "tamil", "turkish", "yiddish",
}

// search looks for words in a text or a tsvector.
// https://www.postgresql.org/docs/current/textsearch-controls.html
func (w *walker) search(t *target, list []literal, at query.Alias) (query.Expr, error) {
	var with []query.Operand
	if len(list) == 2 {
		name, err := w.plain(list[1])
		if err != nil {
			return nil, err
		}
		if !slices.Contains(configurations, name) {
			return nil, w.fault(list[1].at, "searches by %s, which is none of %s", Shown(name), strings.Join(configurations, ", "))
		}
		// As a value of the type itself it is a constant to the planner, which can
		// then use an index on to_tsvector.
		with = []query.Operand{w.p.Arg([]byte("pg_catalog."+name), wire.Param{OID: oidRegconfig, Text: true})}
	}
	var left query.Operand
	c := t.column
	switch c.values().class {
	case documents:
		left = c.Operand(at)
	case texts:
		text := c.Operand(at)
		if c.Type.OID != oidText {
			text = query.Cast{Of: text, Type: textType}
		}
		left = query.Func{Name: query.ToTSVector, Args: append(slices.Clip(with), text)}
	case jsons:
		d, err := w.document(t, at)
		if err != nil {
			return nil, err
		}
		left = query.Func{Name: query.ToTSVector, Args: append(slices.Clip(with), d.value())}
	default:
		return nil, w.refused(t, "texts, tsvectors and JSON")
	}
	words, err := w.arg(strs, list[0])
	return query.Compare{Left: left, Op: query.Search, Right: query.Func{Name: query.WebsearchTSQuery, Args: append(slices.Clip(with), words)}}, err
}
