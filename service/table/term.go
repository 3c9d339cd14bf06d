package table

import (
	"github.com/rowgate/rowgate/service/filter"
	"github.com/rowgate/rowgate/store/query"
)

// term is one of an order, with what its value is as a cursor's.
type term struct {
	query.Order
	form query.Arg
	cast string
}

// is says whether a column of a select list is the term's value, as a cursor
// has it.
func (t term) is(c query.Column) bool {
	ref, ok := t.By.(query.Ref)
	return ok && ref.Of == 0 && c.Name == ref.Column && c.Cast == "" && t.cast == "" && c.Of == nil && c.Embed == nil
}

func (t term) column() query.Column {
	c := query.Column{Of: t.By, Cast: t.cast, OID: t.form.OID}
	if t.cast != "" {
		c.OID = textOID
	}
	return c
}

func (t term) arg(n int) query.Arg {
	a := t.form
	a.N = n
	return a
}

// textOID is the type text's.
const textOID = 25

// terms reads an order of the resource's rows, which are the statement's
// relation at.
func (r *resource) terms(text string, at query.Alias, p *filter.Params) ([]term, error) {
	var key []*filter.Column
	for _, f := range r.key {
		key = append(key, r.schema.Columns[f.index])
	}
	order, err := filter.OrderBy(text, r.schema, at, key, p)
	if err != nil {
		return nil, err
	}
	terms := make([]term, len(order))
	for i, o := range order {
		form := query.Arg{OID: o.Form.OID, Text: o.Form.Text, Cast: o.Form.Cast}
		terms[i] = term{Order: o.Order, form: form, cast: o.Cast}
	}
	return terms, nil
}
