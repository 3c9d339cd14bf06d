package query

// Set gives a column a value.
type Set struct {
	Column string
	Arg    Arg
	// To is the value where it is more than an argument; nil otherwise.
	To Operand
	// Default gives the column its default, Null gives it NULL; either leaves
	// Arg and To out.
	Default bool
	Null    bool
}

func (b *builder) value(s Set) {
	switch {
	case s.Default:
		b.text("default")
	case s.Null:
		b.text("null")
	case s.To != nil:
		s.To.operand(b)
	default:
		b.arg(s.Arg)
	}
}

func (b *builder) returning(columns []Column) {
	if len(columns) > 0 {
		b.text(" returning ")
		b.columns(columns)
	}
}
