package query

// Expr is a condition.
type Expr interface{ write(b *builder) }

// And holds when all of its parts do. It has at least one part.
type And []Expr

// Or holds when one of its parts does. It has at least one part.
type Or []Expr

// Not holds when its part does not. Of a part that is neither true nor false,
// since a value is missing, it is neither.
type Not struct{ Expr Expr }

// Compare compares two values by an operator. With a missing value it is
// neither true nor false.
type Compare struct {
	Left Operand
	Op   Op
	// Right is the value, or with Any an array of them, one of which has to
	// compare so.
	Right Operand
	Any   bool
	// Operators is the schema of the type's operators; empty for those that are
	// built in.
	Operators string
}

// Op is an operator of [Compare].
type Op string

// The operators. Which types have them is Postgres's to know.
// https://www.postgresql.org/docs/current/functions.html
const (
	Equal          Op = "="
	NotEqual       Op = "<>"
	Less           Op = "<"
	LessOrEqual    Op = "<="
	Greater        Op = ">"
	GreaterOrEqual Op = ">="
	Like           Op = "~~"  // LIKE
	ILike          Op = "~~*" // ILIKE
	Regexp         Op = "~"   // a POSIX regular expression
	IRegexp        Op = "~*"  // the same, whatever the case
	Search         Op = "@@"  // a tsvector by a tsquery
	Contains       Op = "@>"  // arrays, ranges, multiranges and JSON
	ContainedBy    Op = "<@"
	Overlaps       Op = "&&"
	HasKey         Op = "?" // a JSON object's key, or an array's string
)

// CompareRow compares several values with several others as rows, the first
// being the most significant; an index on the columns serves it. Their types'
// operators are built in.
type CompareRow struct {
	Left  []Operand
	Op    Op
	Right []Operand
}

// Null holds where there is no value; with Not, where there is one.
type Null struct {
	Of  Operand
	Not bool
}

// Holds is a boolean value as a condition.
type Holds struct{ Of Operand }

// Exists holds where a join leads to a row that meets the condition; Where may
// be nil.
type Exists struct {
	Join  Join
	Where Expr
}

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

func (e Not) write(b *builder) {
	b.text("(not ")
	e.Expr.write(b)
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

func (e Compare) write(b *builder) {
	e.Left.operand(b)
	b.operator(e.Operators, e.Op)
	if e.Any {
		b.text("any(")
		e.Right.operand(b)
		b.text(")")
		return
	}
	e.Right.operand(b)
}

func (e CompareRow) write(b *builder) {
	b.row(e.Left)
	b.operator("", e.Op)
	b.row(e.Right)
}

func (b *builder) row(values []Operand) {
	b.text("(")
	b.operands(values)
	b.text(")")
}

func (b *builder) operands(values []Operand) {
	for i, v := range values {
		if i > 0 {
			b.text(", ")
		}
		v.operand(b)
	}
}

func (e Null) write(b *builder) {
	e.Of.operand(b)
	if e.Not {
		b.text(" is not null")
		return
	}
	b.text(" is null")
}

func (e Holds) write(b *builder) { e.Of.operand(b) }

func (e Exists) write(b *builder) {
	b.text("exists (select")
	b.join(e.Join, e.Where)
	b.text(")")
}

func (Never) write(b *builder) { b.text("false") }
