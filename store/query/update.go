package query

import "strconv"

// Update changes the rows that meet a condition.
type Update struct {
	Relation Relation
	Sets     []Set
	// From are rows of values beside the relation's, which Sets, Where and
	// Returning may speak of; nil for none.
	From *Unnest
	// Where must not be nil: an update of every row is never what a method
	// means.
	Where     Expr
	Returning []Column
}

// Unnest is rows that are made of arrays, side by side: the first items of all of
// them are the first row. The arrays are equally long.
// https://www.postgresql.org/docs/current/functions-array.html
type Unnest struct {
	As     Alias
	Arrays []Arg
}

// Column is the value of the i-th array in a row, counted from 0.
func (u *Unnest) Column(i int) Ref { return Ref{u.As, "c" + strconv.Itoa(i+1)} }

// Number is the row's number, a bigint counted from 1.
func (u *Unnest) Number() Ref { return Ref{u.As, "n"} }

// Statement writes the statement.
func (s Update) Statement() *Statement {
	var b builder
	b.text("update ")
	b.relation(s.Relation)
	b.text(" as ", alias, " set ")
	for i, set := range s.Sets {
		if i > 0 {
			b.text(", ")
		}
		b.name(set.Column)
		b.text(" = ")
		b.value(set)
	}
	if s.From != nil {
		b.text(" from ")
		s.From.write(&b)
	}
	b.text(" where ")
	s.Where.write(&b)
	b.returning(s.Returning)
	return b.statement(s.Returning, false)
}

func (u *Unnest) write(b *builder) {
	// With several arguments unnest is a word of the grammar, and cannot be
	// written with its schema.
	b.text("rows from (")
	for i, a := range u.Arrays {
		if i > 0 {
			b.text(", ")
		}
		b.text(builtIn, ".unnest(")
		b.arg(a)
		b.text(")")
	}
	b.text(") with ordinality as ", u.As.String(), " (")
	for i := range u.Arrays {
		b.name(u.Column(i).Column)
		b.text(", ")
	}
	b.name(u.Number().Column)
	b.text(")")
}

// Operation is the value that an operator makes of two.
type Operation struct {
	Left  Operand
	Op    Op
	Right Operand
	// Operators is as in [Compare].
	Operators string
}

// The operators of [Operation].
const (
	Plus   Op = "+"
	Concat Op = "||"
)

// Coalesce is the first of some values that is not NULL.
type Coalesce []Operand

// JSONIs holds where a jsonb value is of a type.
type JSONIs struct {
	Of   Operand
	Type JSONTypeName
}

// JSONTypeName is what jsonb_typeof calls a type.
type JSONTypeName string

// The types of [JSONIs].
const (
	JSONObject JSONTypeName = "object"
	JSONNull   JSONTypeName = "null"
)

// Untrue holds where a condition is false, and where it is neither true nor
// false.
type Untrue struct{ Expr Expr }

// AtMost holds for every row or for none: when fewer rows of a relation than
// Limit, a bigint, meet a condition. No more than that are looked at.
type AtMost struct {
	Of    Relation
	As    Alias
	Where Expr
	Limit Arg
}

func (o Operation) operand(b *builder) {
	b.text("(")
	o.Left.operand(b)
	b.operator(o.Operators, o.Op)
	o.Right.operand(b)
	b.text(")")
}

func (c Coalesce) operand(b *builder) {
	b.text("coalesce(")
	b.operands(c)
	b.text(")")
}

func (e JSONIs) write(b *builder) {
	Func{Name: JSONType, Args: []Operand{e.Of}}.operand(b)
	b.operator("", Equal)
	b.text("'", string(e.Type), "'")
}

func (e Untrue) write(b *builder) {
	b.text("(")
	e.Expr.write(b)
	b.text(") is not true")
}

func (e AtMost) write(b *builder) {
	b.text("(select ", builtIn, ".count(*) from (select from ")
	b.relation(e.Of)
	b.text(" as ", e.As.String())
	b.where(e.Where)
	b.text(" limit ")
	b.arg(e.Limit)
	b.text(") as c)")
	b.operator("", Less)
	b.arg(e.Limit)
}
