package filter

import (
	"github.com/rowgate/rowgate/store/query"
	"github.com/rowgate/rowgate/store/wire"
)

// document is a place in a JSON column.
type document struct {
	w    *walker
	root query.Operand
	// path is the argument of the steps; none for the document itself.
	path *query.Arg
	at   int
}

func (w *walker) document(t *target, at query.Alias) (*document, error) {
	d := &document{w: w, root: t.column.json(at), at: t.at}
	if len(t.steps) > 0 {
		path, err := stepsArg(w.p, w.text, t)
		if err != nil {
			return nil, err
		}
		d.path = &path
	}
	return d, nil
}

// stepsArg adds a path's steps as an argument, text[].
func stepsArg(p *Params, text string, t *target) (query.Arg, error) {
	w := &walker{scanned: &scanned{text: text}, p: p}
	list := make([]literal, len(t.steps))
	for i, s := range t.steps {
		list[i] = literal{raw: escape.Replace(s), quoted: true, at: t.at}
	}
	return w.array(strs, oidText, wire.Param{OID: oidTextArray}, list)
}

// value is the JSON there, and text its text; of JSON null it is NULL.
func (d *document) value() query.Operand { return d.of(query.JSONPath) }

func (d *document) of(f query.FuncName) query.Operand {
	switch {
	case d.path != nil:
		return query.Func{Name: f, Args: []query.Operand{d.root, query.Variadic{Of: *d.path}}}
	default:
		return d.root
	}
}

// only is the text or, cast, the number there, and NULL where the JSON is of
// another type: a cast that fails would fail the whole statement.
func (d *document) only(jsonType string) (query.Operand, error) {
	arg, err := d.w.str(jsonType, d.at)
	if err != nil {
		return nil, err
	}
	is := query.Compare{Left: query.Func{Name: query.JSONType, Args: []query.Operand{d.value()}}, Op: query.Equal, Right: arg}
	if jsonType == "number" {
		return query.When{If: is, Then: query.Cast{Of: d.value(), Type: numericType}}, nil
	}
	text, err := d.text()
	return query.When{If: is, Then: text}, err
}

// text is the text there; of JSON null it is NULL.
func (d *document) text() (query.Operand, error) {
	path := d.path
	if path == nil {
		none, err := stepsArg(d.w.p, d.w.text, &target{at: d.at})
		if err != nil {
			return nil, err
		}
		path = &none
	}
	return query.Func{Name: query.JSONPathText, Args: []query.Operand{d.root, query.Variadic{Of: *path}}}, nil
}

func (w *walker) compareJSON(t *target, op query.Op, l literal, at query.Alias) (query.Expr, error) {
	if len(t.steps) == 0 && (l.null() || op == has && l.star()) {
		return query.Null{Of: t.column.Operand(at), Not: op != query.Equal}, nil
	}
	d, err := w.document(t, at)
	if err != nil {
		return nil, err
	}
	if l.null() || op == has && l.star() {
		text, err := d.text()
		return query.Null{Of: text, Not: op != query.Equal}, err
	}
	switch parts, why := l.read(); {
	case why != "":
		return nil, w.fault(l.at, "%s", why)
	case isEquality(op) && len(parts) > 1:
		text, err := d.only("string")
		if err != nil {
			return nil, err
		}
		arg, err := w.str(pattern(parts), l.at)
		return negated(op, query.Compare{Left: text, Op: query.Like, Right: arg}), err
	case isEquality(op):
		scalar, err := w.jsonScalar(l)
		if err != nil {
			return nil, err
		}
		arg, err := w.arg(jsonbs, scalar)
		return query.Compare{Left: d.value(), Op: op, Right: arg}, err
	case op == has:
		return w.jsonHas(d, l)
	case l.quoted && l.function == "":
		return w.compareOnly(d, "string", op, strs, l)
	case number.MatchString(l.raw):
		return w.compareOnly(d, "number", op, numerics, l)
	}
	return nil, w.fault(l.at, "compares JSON with %s; write a number, or a text in quotes", Shown(l.raw))
}

func (w *walker) compareOnly(d *document, jsonType string, op query.Op, of *values, l literal) (query.Expr, error) {
	left, err := d.only(jsonType)
	if err != nil {
		return nil, err
	}
	arg, err := w.arg(of, l)
	return query.Compare{Left: left, Op: op, Right: arg}, err
}

// jsonHas holds for an object with the key, a list with the value, and the value
// itself.
func (w *walker) jsonHas(d *document, l literal) (query.Expr, error) {
	if !l.quoted && (l.is("true") || l.is("false") || number.MatchString(l.raw)) {
		scalar, err := w.jsonScalar(l)
		if err != nil {
			return nil, err
		}
		arg, err := w.arg(jsonbs, scalar)
		return query.Compare{Left: d.value(), Op: query.Contains, Right: arg}, err
	}
	if l.function != "" {
		_, err := w.jsonScalar(l)
		return nil, err
	}
	arg, err := w.arg(strs, l)
	return query.Compare{Left: d.value(), Op: query.HasKey, Right: arg}, err
}
