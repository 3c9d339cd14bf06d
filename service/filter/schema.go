package filter

import (
	"sync"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/rowgate/rowgate/store/query"
	"github.com/rowgate/rowgate/store/wire"
)

// Schema is what a filter or an order may name: the fields of a message. It does
// not change once it is in use.
type Schema struct {
	// Name is the message's, for errors.
	Name string
	// Columns are the fields that are values, Relations those that are rows of
	// other relations.
	Columns   []*Column
	Relations []*Relation
	// Parts are messages of further values of the same row, each under its Name.
	Parts []*Schema
}

// Column is a field that is a value: a column's, or any other operand's.
type Column struct {
	// Name is the field's name, as a filter writes it.
	Name string
	// Field is the field, whose type says how its values are written.
	Field protoreflect.FieldDescriptor
	// Type is the value's Postgres type.
	Type wire.Type
	// Column names the column, and Of is the value where it is none.
	Column string
	Of     query.Operand
	// Nullable says that the value may be NULL.
	Nullable bool
	// Sortable says that the type has an order, and Operators which schema its
	// operators are in; empty for those that are built in.
	Sortable  bool
	Operators string
	// TextOnly says that the type has no binary form.
	TextOnly bool

	once sync.Once
	plan plan
}

// Relation is a field that is a row, or rows, of another relation.
type Relation struct {
	// Name is the field's name, as a filter writes it.
	Name string
	// Many says that there can be several rows.
	Many bool
	// To gives the fields of the rows' message; nil for none that may be named.
	// Messages refer to one another in circles.
	To func() *Schema
	// Join leads there from a relation of the statement; aliases are taken from
	// the Params.
	Join func(from query.Alias, p *Params) query.Join
}

// Column returns the column of a name, or nil.
func (s *Schema) Column(name string) *Column {
	for _, c := range s.Columns {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// part returns the part of a name, or nil.
func (s *Schema) part(name string) *Schema {
	for _, p := range s.Parts {
		if p.Name == name {
			return p
		}
	}
	return nil
}

// Relation returns the relation of a name, or nil.
func (s *Schema) Relation(name string) *Relation {
	for _, r := range s.Relations {
		if r.Name == name {
			return r
		}
	}
	return nil
}

// Operand is the column's value in a row of one of the statement's relations.
func (c *Column) Operand(at query.Alias) query.Operand {
	if c.Of != nil {
		return c.Of
	}
	return query.Ref{Of: at, Column: c.Column}
}

// Params collects what the parts of one statement share: its arguments, and the
// relations that it has joined. The zero Params has neither.
type Params struct {
	// Args are the arguments in the form that the statement's Params say.
	Args [][]byte
	// Limits are those of the filters and orders of the statement, all of them
	// together where they count something.
	Limits Limits

	aliases              query.Alias
	terms, values, joins int
}

// Arg adds an argument.
func (p *Params) Arg(value []byte, form wire.Param) query.Arg {
	p.Args = append(p.Args, value)
	return query.Arg{N: len(p.Args) - 1, OID: form.OID, Text: form.Text, Cast: form.Cast}
}

// Recount lets what follows ask for as much as the Limits allow again: a filter
// that stands in a statement twice was asked once.
func (p *Params) Recount() { p.terms, p.values, p.joins = 0, 0, 0 }

// Alias gives a name to one more relation of the statement.
func (p *Params) Alias() query.Alias {
	p.aliases++
	return p.aliases
}
