package filter

import (
	"fmt"
	"slices"
	"strings"

	"go.einride.tech/aip/ordering"

	"github.com/rowgate/rowgate/store/query"
)

// MaxOrderLength is the longest order_by that is read, in bytes.
const MaxOrderLength = 1000

// Field is a field that rows can be ordered by.
type Field struct {
	// Name is the field's name, as order_by writes it.
	Name string
	// Column is the column that it holds.
	Column string
	// Nullable says that the column may be NULL.
	Nullable bool
	// Sortable says that the column's type has an order, and Operators which
	// schema its operators are in.
	Sortable  bool
	Operators string
}

// Order reads an order_by: field names, each with asc or desc behind it or
// neither, separated by commas. The key's fields that it does not name are
// appended, so that the order is total. An error is a clause that tells the
// client what is wrong.
// https://google.aip.dev/132#ordering
func Order(orderBy string, fields []Field, key []string) ([]query.Order, error) {
	if len(orderBy) > MaxOrderLength {
		return nil, fmt.Errorf("is longer than %d bytes", MaxOrderLength)
	}
	var parsed ordering.OrderBy
	if strings.TrimSpace(orderBy) != "" {
		if err := parsed.UnmarshalString(orderBy); err != nil {
			return nil, fmt.Errorf(`is not an order: write field names separated by commas, "desc" behind one that descends`)
		}
	}
	var order []query.Order
	seen := map[string]bool{}
	for _, term := range parsed.Fields {
		i := slices.IndexFunc(fields, func(f Field) bool { return f.Name == term.Path })
		switch {
		case i < 0:
			return nil, fmt.Errorf("names %q, which is none of the fields %s", term.Path, sortable(fields))
		case !fields[i].Sortable:
			return nil, fmt.Errorf("names %q, whose type has no order; the fields with one are %s", term.Path, sortable(fields))
		case seen[fields[i].Column]:
			return nil, fmt.Errorf("names %q twice", term.Path)
		}
		seen[fields[i].Column] = true
		order = append(order, query.Order{
			By: query.Ref{Column: fields[i].Column}, Desc: term.Desc, Nullable: fields[i].Nullable, NullsFirst: term.Desc,
			Operators: fields[i].Operators,
		})
	}
	// The key goes the way of the last term, so that one index can serve both.
	desc := len(order) > 0 && order[len(order)-1].Desc
	for _, column := range key {
		if seen[column] {
			continue
		}
		o := query.Order{By: query.Ref{Column: column}, Desc: desc, NullsFirst: desc}
		if i := slices.IndexFunc(fields, func(f Field) bool { return f.Column == column }); i >= 0 {
			o.Operators = fields[i].Operators
		}
		order = append(order, o)
	}
	return order, nil
}

func sortable(fields []Field) string {
	var names []string
	for _, f := range fields {
		if f.Sortable {
			names = append(names, f.Name)
		}
	}
	return strings.Join(names, ", ")
}
