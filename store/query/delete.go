package query

// Delete removes the rows that meet a condition.
type Delete struct {
	From Relation
	// Where must not be nil.
	Where Expr
	// Returning is what the rows answer that are removed; empty for nothing.
	Returning []Column
}

// Statement writes the statement.
func (s Delete) Statement() *Statement {
	var b builder
	b.text("delete from ")
	b.relation(s.From)
	b.text(" as ", alias, " where ")
	s.Where.write(&b)
	b.returning(s.Returning)
	return b.statement(s.Returning, false)
}
