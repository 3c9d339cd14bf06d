package query

import "strconv"

// Insert adds a row, or as many rows as its arguments have values.
type Insert struct {
	Into Relation
	// Sets holds the columns that are given; the others take their defaults.
	Sets []Set
	// Many says that each argument is an array, of which every row takes the next
	// item: the Arg's OID is the array's, and its Cast an item's. There is at
	// least one set, each has an Arg, and the arrays are equally long. The rows
	// are added, and answered, in the arrays' order.
	Many bool
	// OnConflict is what becomes of a row whose key is there; nil for an error.
	OnConflict *OnConflict
	// Returning is what the new rows answer; empty for nothing, which needs no
	// SELECT privilege.
	Returning []Column
}

// OnConflict says what becomes of a new row of which another one has the key.
// https://www.postgresql.org/docs/current/sql-insert.html#SQL-ON-CONFLICT
type OnConflict struct {
	// Key holds the columns of a unique index.
	Key []string
	// Update holds the columns that the row which is there takes of the new one;
	// with none of them it stays as it is, and there is no new row.
	Update []string
}

// Statement writes the statement.
func (s Insert) Statement() *Statement {
	var b builder
	b.text("insert into ")
	b.relation(s.Into)
	b.text(" as ", alias)
	switch {
	case len(s.Sets) == 0:
		b.text(" default values")
	case s.Many:
		b.columnNames(s.Sets)
		b.unnested(s.Sets)
	default:
		b.columnNames(s.Sets)
		b.text(" values (")
		for i, set := range s.Sets {
			if i > 0 {
				b.text(", ")
			}
			b.value(set)
		}
		b.text(")")
	}
	if s.OnConflict != nil {
		b.onConflict(s.OnConflict)
	}
	b.returning(s.Returning)
	return b.statement(s.Returning, false)
}

func (b *builder) columnNames(sets []Set) {
	b.text(" (")
	for i, set := range sets {
		if i > 0 {
			b.text(", ")
		}
		b.name(set.Column)
	}
	b.text(")")
}

// unnested writes a SELECT of the items of arrays, side by side.
func (b *builder) unnested(sets []Set) {
	b.text(" select ")
	for i, set := range sets {
		if i > 0 {
			b.text(", ")
		}
		b.text("v.c", strconv.Itoa(i+1))
		if set.Arg.Cast != "" {
			b.text("::", set.Arg.Cast)
		}
	}
	b.text(" from rows from (")
	for i, set := range sets {
		if i > 0 {
			b.text(", ")
		}
		b.text(builtIn, ".unnest(")
		array := set.Arg
		array.Cast = ""
		b.arg(array)
		b.text(")")
	}
	b.text(") with ordinality as v (")
	for i := range sets {
		b.text("c", strconv.Itoa(i+1), ", ")
	}
	b.text("n) order by v.n")
}

func (b *builder) onConflict(c *OnConflict) {
	b.text(" on conflict (")
	for i, column := range c.Key {
		if i > 0 {
			b.text(", ")
		}
		b.name(column)
	}
	b.text(") do ")
	if len(c.Update) == 0 {
		b.text("nothing")
		return
	}
	b.text("update set ")
	for i, column := range c.Update {
		if i > 0 {
			b.text(", ")
		}
		b.name(column)
		b.text(" = excluded.")
		b.name(column)
	}
}
