package filter

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rowgate/rowgate/store/query"
	"github.com/rowgate/rowgate/store/wire"
)

// Term is a term of an order, with how its value travels in a cursor.
type Term struct {
	query.Order
	// Form is the value as a parameter, and Cast the type that it is cast to in
	// the select list, empty for none: so the one is the other's bytes.
	Form wire.Param
	Cast string
}

// OrderBy reads an order of the rows of one of the statement's relations: paths,
// each with asc or desc and nulls first or nulls last behind it, separated by
// commas. Without them NULL is last, and first with desc. The key's columns that
// it does not name are appended in the direction of the last term, so that the
// order is total. The language is in docs/filter.md; an error is an [*Error].
// https://google.aip.dev/132#ordering
func OrderBy(text string, s *Schema, at query.Alias, key []*Column, p *Params) ([]Term, error) {
	limits := p.Limits.withDefaults()
	if len(text) > limits.OrderBytes {
		return nil, &Error{Text: "is longer than " + strconv.Itoa(limits.OrderBytes) + " bytes"}
	}
	if !utf8.ValidString(text) {
		return nil, &Error{Text: "is not valid UTF-8"}
	}
	o := &orderReader{text: text, schema: s, at: at, p: p, limits: limits}
	var terms []Term
	named := map[string]bool{}
	for o.blank(); o.next < len(text); {
		if len(terms) == limits.OrderTerms {
			return nil, fault(text, o.next, "has more than %d terms", limits.OrderTerms)
		}
		term, t, err := o.term()
		if err != nil {
			return nil, err
		}
		id := t.id()
		if named[id] {
			return nil, fault(text, t.at, "names %s twice", Shown(t.name))
		}
		named[id] = true
		terms = append(terms, term)
		if o.next == len(text) {
			break
		}
		if o.next++; strings.TrimSpace(text[o.next:]) == "" { // behind a comma
			return nil, fault(text, len(text), "ends in a comma")
		}
		o.blank()
	}
	// The key goes the way of the last term, so that one index can serve both.
	desc := len(terms) > 0 && terms[len(terms)-1].Desc
	for _, c := range key {
		if !named[(&target{column: c}).id()] {
			terms = append(terms, c.term(c.Operand(at), query.Order{Desc: desc, NullsFirst: desc}))
		}
	}
	return terms, nil
}

// orderReader reads an order from its start to its end.
type orderReader struct {
	text   string
	next   int
	schema *Schema
	at     query.Alias
	p      *Params
	limits Limits
}

// term is the column's value as a term.
func (c *Column) term(by query.Operand, o query.Order) Term {
	o.By, o.Operators = by, c.Operators
	t := Term{Order: o, Form: wire.Param{OID: c.Type.OID, Text: c.TextOnly}}
	if c.TextOnly {
		t.Cast = "text"
	}
	return t
}

// id tells what paths lead to the same. Steps have their lengths before them, so
// that none reads like two.
func (t *target) id() string {
	var b strings.Builder
	for _, r := range t.relations {
		b.WriteString(r.Name + ".")
	}
	b.WriteString(t.part + t.column.Name)
	for _, s := range t.steps {
		b.WriteString("." + strconv.Itoa(len(s)) + s)
	}
	return b.String()
}

func (o *orderReader) term() (Term, *target, error) {
	steps, err := o.path()
	if err != nil {
		return Term{}, nil, err
	}
	t, err := o.schema.resolve(o.text, steps, o.limits)
	if err != nil {
		return Term{}, nil, err
	}
	if err := o.sortable(t); err != nil {
		return Term{}, nil, err
	}
	order, err := o.direction()
	if err != nil {
		return Term{}, nil, err
	}
	// A row that a relation does not lead to has no values.
	order.Nullable = t.column.Nullable || len(t.steps) > 0 || len(t.relations) > 0
	by, err := o.lookup(t, t.relations, o.at)
	if err != nil {
		return Term{}, nil, err
	}
	term := t.column.term(by, order)
	if len(t.steps) > 0 {
		term.Form, term.Cast, term.Operators = wire.Param{OID: oidJSONB}, "", ""
		if t.column.values().class == hstores {
			term.Form.OID = oidText
		}
	}
	return term, t, nil
}

func (o *orderReader) sortable(t *target) error {
	for _, r := range t.relations {
		if r.Many {
			return fault(o.text, t.at, "names %s, of which there can be several rows", Shown(t.name))
		}
	}
	switch {
	case t.column == nil:
		return fault(o.text, t.at, "names the relation %s; name one of its fields", Shown(t.name))
	case len(t.steps) == 0 && !t.column.Sortable:
		return fault(o.text, t.at, "names %s, whose type has no order; the fields with one are %s", Shown(t.name),
			o.schema.fields(func(c *Column) bool { return c.Sortable }))
	}
	return nil
}

// lookup is the value that a path leads to.
func (o *orderReader) lookup(t *target, relations []*Relation, at query.Alias) (query.Operand, error) {
	if len(relations) > 0 {
		if o.p.joins++; o.p.joins > o.limits.Joins {
			return nil, fault(o.text, t.at, "leads through more than %d relations in all", o.limits.Joins)
		}
		join := relations[0].Join(at, o.p)
		of, err := o.lookup(t, relations[1:], join.As)
		return query.Lookup{Join: join, Of: of}, err
	}
	if len(t.steps) == 0 {
		return t.column.Operand(at), nil
	}
	if t.column.values().class == hstores {
		return (&walker{scanned: &scanned{text: o.text}, p: o.p}).member(t, at)
	}
	path, err := stepsArg(o.p, o.text, t)
	return query.Func{Name: query.JSONPath, Args: []query.Operand{t.column.json(at), query.Variadic{Of: path}}}, err
}

// direction reads what stands behind a path, up to the comma or the end.
func (o *orderReader) direction() (query.Order, error) {
	end := len(o.text)
	if i := strings.IndexByte(o.text[o.next:], ','); i >= 0 {
		end = o.next + i
	}
	start := o.next
	words := strings.Fields(o.text[start:end])
	o.next = end
	var order query.Order
	if len(words) > 0 && (words[0] == "asc" || words[0] == "desc") {
		order.Desc = words[0] == "desc"
		words = words[1:]
	}
	order.NullsFirst = order.Desc
	switch {
	case slices.Equal(words, []string{"nulls", "first"}):
		order.NullsFirst = true
	case slices.Equal(words, []string{"nulls", "last"}):
		order.NullsFirst = false
	case len(words) > 0:
		at := start + strings.Index(o.text[start:end], words[0])
		return order, fault(o.text, at, "has %s behind a field, where asc or desc and nulls first or nulls last may stand", Shown(strings.Join(words, " ")))
	}
	return order, nil
}

// path reads names with dots between them. Those with other characters than
// letters, digits and the like stand in quotes.
func (o *orderReader) path() ([]step, error) {
	var steps []step
	for {
		s := step{at: o.next}
		rest := o.text[o.next:]
		if strings.HasPrefix(rest, `"`) || strings.HasPrefix(rest, "'") {
			size := quotedLength(rest)
			if size == 0 {
				return nil, fault(o.text, o.next, "has a quoted text that does not end")
			}
			parts, why := (&literal{raw: rest[1 : size-1], quoted: true}).read()
			if why != "" {
				return nil, fault(o.text, o.next, "%s", why)
			}
			s.name = strings.Join(parts, "*")
			o.next += size
		} else {
			size := upTo(rest, `.,"'`)
			if size == 0 {
				return nil, fault(o.text, o.next, "lacks a field's name; names are separated by commas")
			}
			s.name = rest[:size]
			o.next += size
		}
		steps = append(steps, s)
		if !strings.HasPrefix(o.text[o.next:], ".") {
			break
		}
		o.next++
	}
	if r, _ := utf8.DecodeRuneInString(o.text[o.next:] + " "); r != ',' && !unicode.IsSpace(r) {
		return nil, fault(o.text, o.next, "lacks a blank or a comma behind a field")
	}
	return steps, nil
}

func (o *orderReader) blank() {
	o.next = len(o.text) - len(strings.TrimLeftFunc(o.text[o.next:], unicode.IsSpace))
}

// quotedLength is the length of the quoted text that a text begins with, 0 where
// it does not end.
func quotedLength(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case s[0]:
			return i + 1
		}
	}
	return 0
}
