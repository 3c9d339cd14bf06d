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
}

// Compare compares a column with a value by Op, one of < <= > >= <>.
type Compare struct {
	Column string
	Op     Op
	Arg    Arg
}

// Op is a comparison operator.
type Op string

// The operators of [Compare] and [CompareRow].
const (
	Less    Op = "<"
	Greater Op = ">"
)

// CompareRow compares several columns with several values as rows, the first
// column being the most significant; an index on the columns serves it.
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

func (e Equal) write(b *builder) {
	b.name(e.Column)
	b.text(" = ")
	b.arg(e.Arg)
}

func (e Compare) write(b *builder) {
	b.name(e.Column)
	b.text(" ", string(e.Op), " ")
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
	b.text(") ", string(e.Op), " (")
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
