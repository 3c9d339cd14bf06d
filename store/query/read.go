package query

import "strconv"

// Relation names a table or a view.
type Relation struct {
	Schema string
	Name   string
}

// Column is a column of a select or RETURNING list.
type Column struct {
	Name string
	// Cast is the built-in type that the column is cast to, as format_type writes
	// it; empty for none.
	Cast string
	// OID is the type of what results, after the cast; 0 when not known.
	OID uint32
}

// Select reads rows of one relation.
type Select struct {
	From    Relation
	Columns []Column
	// Where holds the rows' condition; nil for all rows.
	Where Expr
	// OrderBy is the order, the most significant term first.
	OrderBy []Order
	// Limit is the most rows; 0 for no limit. It stands in the text, not in a
	// parameter: the planner estimates a parameter's limit as a tenth of the
	// rows, which spoils keyset plans on large tables.
	Limit int
}

// alias is what a Select's relation is called in it. ORDER BY needs it: a bare
// name there is first looked for among the result's columns, where a cast one
// has the name of the column that it was made of.
const alias = "t"

// Statement writes the statement.
func (s Select) Statement() *Statement {
	var b builder
	b.text("select ")
	b.columns(s.Columns)
	b.text(" from ")
	b.relation(s.From)
	b.text(" as ", alias)
	if s.Where != nil {
		b.text(" where ")
		s.Where.write(&b)
	}
	for i, o := range s.OrderBy {
		if i == 0 {
			b.text(" order by ")
		} else {
			b.text(", ")
		}
		o.write(&b)
	}
	if s.Limit > 0 {
		b.text(" limit ", strconv.Itoa(s.Limit))
	}
	return b.statement(s.Columns, true)
}

// Order is one term of an order.
type Order struct {
	Column string
	Desc   bool
	// NullsFirst says where rows stand that have no value there. Postgres puts
	// them last in ascending order and first in descending order.
	NullsFirst bool
	// Nullable says that the column may be NULL, which makes [After] look for
	// it.
	Nullable bool
	// Operators is as in [Equal].
	Operators string
}

func (o Order) write(b *builder) {
	b.text(alias, ".")
	b.name(o.Column)
	if o.Desc {
		b.text(" desc")
	}
	switch {
	case !o.Nullable, o.NullsFirst == o.Desc:
		// As Postgres has it; saying so would hide an index from no one, but
		// it would lengthen every statement.
	case o.NullsFirst:
		b.text(" nulls first")
	default:
		b.text(" nulls last")
	}
}
