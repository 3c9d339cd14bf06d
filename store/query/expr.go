package query

// Expr is a condition.
type Expr interface{ write(b *builder) }

// And holds when all of its parts do. It has at least one part.
type And []Expr

// Or holds when one of its parts does. It has at least one part.
type Or []Expr

// Equal compares a column with a value. NULL is equal to nothing.
type Equal struct {
	Column string
	Arg    Arg
	// Operators is the schema of the type's operators; empty for those that are
	// built in.
	Operators string
}

// Compare compares a column with a value by Op.
type Compare struct {
	Column string
	Op     Op
	Arg    Arg
	// Operators is as in [Equal].
	Operators string
}

// Op is a comparison operator.
type Op string

// The operators of [Compare] and [CompareRow].
const (
	Less    Op = "<"
	Greater Op = ">"
)

// CompareRow compares several columns with several values as rows, the first
// column being the most significant; an index on the columns serves it. Their
// types' operators are built in.
type CompareRow struct {
	Columns []string
	Op      Op
	Args    []Arg
}

// IsNull holds where a column has no value.
type IsNull struct{ Column string }

// IsNotNull holds where a column has a value.
type IsNotNull struct{ Column string }

// Never holds for no row.
type Never struct{}

func (e And) write(b *builder) { joined(b, " and ", e) }
func (e Or) write(b *builder)  { joined(b, " or ", e) }

func joined(b *builder, by string, parts []Expr) {
	if len(parts) == 1 {
		parts[0].write(b)
		return
	}
	b.text("(")
	for i, p := range parts {
		if i > 0 {
			b.text(by)
		}
		p.write(b)
	}
	b.text(")")
}

// operator writes an operator of a schema. It is never looked up on the search
// path, where it may be missing, or be someone's own.
func (b *builder) operator(schema string, op Op) {
	if schema == "" {
		schema = builtIn
	}
	b.text(" operator(")
	if schema == builtIn {
		b.text(schema)
	} else {
		b.name(schema)
	}
	b.text(".", string(op), ") ")
}

// builtIn is the schema of what Postgres itself brings.
const builtIn = "pg_catalog"

func (e Equal) write(b *builder) {
	b.name(e.Column)
	b.operator(e.Operators, "=")
	b.arg(e.Arg)
}

func (e Compare) write(b *builder) {
	b.name(e.Column)
	b.operator(e.Operators, e.Op)
	b.arg(e.Arg)
}

func (e CompareRow) write(b *builder) {
	b.text("(")
	for i, c := range e.Columns {
		if i > 0 {
			b.text(", ")
		}
		b.name(c)
	}
	b.text(")")
	b.operator("", e.Op)
	b.text("(")
	for i, a := range e.Args {
		if i > 0 {
			b.text(", ")
		}
		b.arg(a)
	}
	b.text(")")
}

func (e IsNull) write(b *builder) {
	b.name(e.Column)
	b.text(" is null")
}

func (e IsNotNull) write(b *builder) {
	b.name(e.Column)
	b.text(" is not null")
}

func (Never) write(b *builder) { b.text("false") }
