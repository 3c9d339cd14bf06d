package query

// Set gives a column a value.
type Set struct {
	Column string
	Arg    Arg
	// Default gives the column its default, Null gives it NULL; either leaves
	// Arg out.
	Default bool
	Null    bool
}

func (b *builder) value(s Set) {
	switch {
	case s.Default:
		b.text("default")
	case s.Null:
		b.text("null")
	default:
		b.arg(s.Arg)
	}
}

// Insert adds a row.
type Insert struct {
	Into Relation
	// Sets holds the columns that are given; the others take their defaults.
	Sets []Set
	// Returning is what the new row answers; empty for nothing, which needs no
	// SELECT privilege.
	Returning []Column
}

// Statement writes the statement.
func (s Insert) Statement() *Statement {
	var b builder
	b.text("insert into ")
	b.relation(s.Into)
	b.text(" as ", alias)
	if len(s.Sets) == 0 {
		b.text(" default values")
	} else {
		b.text(" (")
		for i, set := range s.Sets {
			if i > 0 {
				b.text(", ")
			}
			b.name(set.Column)
		}
		b.text(") values (")
		for i, set := range s.Sets {
			if i > 0 {
				b.text(", ")
			}
			b.value(set)
		}
		b.text(")")
	}
	b.returning(s.Returning)
	return b.statement(s.Returning, false)
}

// Update changes the rows that meet a condition.
type Update struct {
	Relation Relation
	Sets     []Set
	// Where must not be nil: an update of every row is never what a method
	// means.
	Where     Expr
	Returning []Column
}

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
	b.text(" where ")
	s.Where.write(&b)
	b.returning(s.Returning)
	return b.statement(s.Returning, false)
}

// Delete removes the rows that meet a condition.
type Delete struct {
	From Relation
	// Where must not be nil.
	Where Expr
}

// Statement writes the statement.
func (s Delete) Statement() *Statement {
	var b builder
	b.text("delete from ")
	b.relation(s.From)
	b.text(" as ", alias, " where ")
	s.Where.write(&b)
	return b.statement(nil, false)
}

func (b *builder) returning(columns []Column) {
	if len(columns) > 0 {
		b.text(" returning ")
		b.columns(columns)
	}
}
