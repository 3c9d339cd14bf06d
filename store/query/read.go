package query

import "strconv"

// Source is what a statement reads rows from: a [Relation] or a [Call].
type Source interface{ source(b *builder) }

// Relation names a table or a view.
type Relation struct {
	Schema string
	Name   string
}

// Column is a column of a select or RETURNING list: one of the relation's, or
// when Of is set that value, or when Embed is set rows of another relation.
type Column struct {
	Name string
	// Of is the value, where it is not the relation's column Name.
	Of Operand
	// Embed is the rows, in one column.
	Embed *Embed
	// Cast is the built-in type that the column is cast to, as format_type writes
	// it; empty for none.
	Cast string
	// OID is the type of what results, after the cast; 0 when not known.
	OID uint32
}

// Embed is the rows of another relation as one value: a record, NULL where
// there is none, or when Many is set an array of records. Each relation's own
// policies hold for its rows.
type Embed struct {
	Join Join
	Many bool
	// Columns, Where, OrderBy and Limit are as in a [Select]; the Join's As is
	// their relation.
	Columns []Column
	Where   Expr
	OrderBy []Order
	Limit   int
}

// The types of an [Embed]'s value.
const (
	RecordOID      = 2249
	RecordArrayOID = 2287
)

// Select reads rows.
type Select struct {
	From    Source
	Columns []Column
	// Where holds the rows' condition; nil for all rows.
	Where Expr
	// GroupBy makes one row of all that are equal in these values, and Having
	// tells which of them are left; nil for none.
	GroupBy []Operand
	Having  Expr
	// OrderBy is the order, the most significant term first.
	OrderBy []Order
	// Limit is the most rows; 0 for no limit. It stands in the text, not in a
	// parameter: the planner estimates a parameter's limit as a tenth of the
	// rows, which spoils keyset plans on large tables.
	Limit int
	// Writes says that what it calls may write.
	Writes bool
}

// alias begins what a statement calls its relations. A bare name would be
// looked for among other things first: in ORDER BY among the result's columns,
// in a subselect among its own relation's.
const alias = "t"

// Statement writes the statement.
func (s Select) Statement() *Statement {
	var b builder
	s.write(&b)
	return b.statement(s.Columns, !s.Writes)
}

func (s Select) write(b *builder) {
	b.text("select ")
	b.columns(s.Columns)
	b.text(" from ")
	s.From.source(b)
	b.text(" as ", alias)
	b.where(s.Where)
	if len(s.GroupBy) > 0 {
		b.text(" group by ")
		b.operands(s.GroupBy)
	}
	if s.Having != nil {
		b.text(" having ")
		s.Having.write(b)
	}
	b.order(s.OrderBy, s.Limit)
}

// Estimate is a statement that gives the planner's estimate of the rows that a
// Select gives, in the plan that is the one column of its one row: EXPLAIN's,
// in JSON.
// https://www.postgresql.org/docs/current/sql-explain.html
func (s Select) Estimate() *Statement {
	var b builder
	b.text("explain (format json) ")
	s.write(&b)
	return NewStatement(b.String(), b.params, nil, true)
}

// CountRows is a statement that gives the number of a Select's rows. A Limit
// bounds what it counts.
func (s Select) CountRows() *Statement {
	var b builder
	b.text("select ", builtIn, ".count(*) from (select from ")
	s.From.source(&b)
	b.text(" as ", alias)
	b.where(s.Where)
	b.order(nil, s.Limit)
	b.text(") as c")
	return b.statement([]Column{{OID: bigint}}, true)
}

// bigint is the OID of type bigint.
const bigint = 20

func (b *builder) where(e Expr) {
	if e != nil {
		b.text(" where ")
		e.write(b)
	}
}

func (b *builder) order(by []Order, limit int) {
	for i, o := range by {
		if i == 0 {
			b.text(" order by ")
		} else {
			b.text(", ")
		}
		o.write(b)
	}
	if limit > 0 {
		b.text(" limit ", strconv.Itoa(limit))
	}
}

func (e *Embed) write(b *builder) {
	if e.Many {
		b.text("array")
	}
	b.text("(select row(")
	b.members(e.Join.As.String()+".", e.Columns)
	b.text(")")
	b.join(e.Join, e.Where)
	b.order(e.OrderBy, e.Limit)
	b.text(")")
}

// Order is one term of an order.
type Order struct {
	By   Operand
	Desc bool
	// NullsFirst says where rows stand that have no value there. Postgres puts
	// them last in ascending order and first in descending order.
	NullsFirst bool
	// Nullable says that the value may be NULL, which makes [After] look for it.
	Nullable bool
	// Operators is as in [Compare].
	Operators string
}

func (o Order) write(b *builder) {
	o.By.operand(b)
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

func (r Relation) source(b *builder) { b.relation(r) }
