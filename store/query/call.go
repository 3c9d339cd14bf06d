package query

// Call calls a function. Its methods write the statement, one for each form
// that a result can have.
type Call struct {
	// Function names the function; Args tell it from others of the name.
	Function Relation
	// Args are the arguments that are given, in the function's order.
	Args []CallArg
	// ReadOnly says that the statement runs in a read-only transaction.
	ReadOnly bool
	// Ordinality numbers the rows of a call that is read from, from 1, in a column
	// of the name ordinality.
	Ordinality bool
}

// CallArg is an argument of a call.
type CallArg struct {
	// Name is the argument's name where the call gives it by name, which it has
	// to behind an argument that is left out; empty gives it by position.
	Name string
	// Variadic says that the argument is the array of a VARIADIC one.
	Variadic bool
	// Arg is the value. Its Cast is the type that the argument was declared
	// with, so that the types tell the function from others of its name.
	Arg Arg
}

// TypeName writes a type for a cast. A name in quotes has no modifier, which
// some names without have: bit is bit(1), and a cast to it cuts the value.
func TypeName(schema, name string) string {
	var b builder
	b.relation(Relation{Schema: schema, Name: name})
	return b.String()
}

// Value is a call that gives one value, or void. The result has one row.
func (c Call) Value(result Column) *Statement {
	var b builder
	b.text("select ")
	b.call(c)
	b.cast(result)
	return b.statement([]Column{result}, c.ReadOnly)
}

// Values is a call that gives a set of values, a row each.
func (c Call) Values(result Column) *Statement {
	var b builder
	b.text("select ")
	b.members(alias+".", []Column{result})
	b.text(" from ")
	b.call(c)
	// A function with one OUT argument would have its name for the column.
	b.text(" as ", alias, " (")
	b.name(result.Name)
	b.text(")")
	return b.statement([]Column{result}, c.ReadOnly)
}

// Row is a call that gives one composite value. The last column of its one row
// is a boolean behind those asked for: whether the value itself is NULL, which
// FROM could not tell from one whose columns are all NULL, and IS NULL neither.
func (c Call) Row(columns []Column) *Statement {
	var b builder
	b.text("select ")
	b.members("("+alias+".v).", columns)
	b.text(", ", alias, ".v is not distinct from null from (select ")
	b.call(c)
	// Without the OFFSET the planner may write the call once for each column.
	b.text(" as v offset 0) as ", alias)
	return b.statement(append(columns[:len(columns):len(columns)], Column{OID: boolean}), c.ReadOnly)
}

// boolean is the OID of type boolean.
const boolean = 16

func (c Call) source(b *builder) {
	b.call(c)
	if c.Ordinality {
		b.text(" with ordinality")
	}
}

func (b *builder) call(c Call) {
	b.relation(c.Function)
	b.text("(")
	for i, a := range c.Args {
		if i > 0 {
			b.text(", ")
		}
		if a.Variadic {
			b.text("variadic ")
		}
		if a.Name != "" {
			b.name(a.Name)
			b.text(" => ")
		}
		b.arg(a.Arg)
	}
	b.text(")")
}
