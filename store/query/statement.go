package query

import (
	"crypto/sha256"
	"encoding/binary"
	"strconv"
	"strings"
)

// Statement is SQL text together with what must be known to send it and to
// check what comes back, without asking the server.
type Statement struct {
	// SQL is the text, with $1, $2, ... for the parameters.
	SQL string
	// Params describes the parameters in their order.
	Params []Param
	// Results holds the type OIDs of the result's columns; 0 stands for one
	// that is not known and is not checked.
	Results []uint32
	// ReadOnly says that the statement runs in a read-only transaction.
	ReadOnly bool

	// Digest identifies the text with the parameters' types; two statements that
	// share them have the same one. It names prepared statements.
	Digest [16]byte

	// AllBinary says that no parameter is in text form.
	AllBinary bool
}

// Param is how one parameter is sent.
type Param struct {
	// OID is the parameter's type; 0 lets the server infer it.
	OID uint32
	// Text says that the value is in the type's text form, not its binary one.
	Text bool
}

// Arg stands for a value in a statement.
type Arg struct {
	// N is the position in the arguments, counted from 0. One position may
	// stand in several places of a statement.
	N int
	// OID and Text describe the parameter, as in [Param].
	OID  uint32
	Text bool
	// Cast is the type that the parameter is cast to in the text, as
	// format_type writes it; empty for none.
	Cast string
}

// NewStatement describes SQL text that was written elsewhere.
func NewStatement(sql string, params []Param, results []uint32, readOnly bool) *Statement {
	s := &Statement{SQL: sql, Params: params, Results: results, ReadOnly: readOnly, AllBinary: true}
	named := []byte(sql)
	for _, p := range params {
		s.AllBinary = s.AllBinary && !p.Text
		named = binary.BigEndian.AppendUint32(named, p.OID)
	}
	sum := sha256.Sum256(named)
	copy(s.Digest[:], sum[:])
	return s
}

// builder collects a statement's text and parameters.
type builder struct {
	strings.Builder
	params []Param
}

func (b *builder) text(parts ...string) {
	for _, p := range parts {
		b.WriteString(p)
	}
}

// name writes an identifier, always quoted: a quoted identifier is taken as it
// is, so case, spaces and reserved words need no rules of their own.
func (b *builder) name(id string) {
	b.WriteByte('"')
	b.WriteString(strings.ReplaceAll(id, `"`, `""`))
	b.WriteByte('"')
}

func (b *builder) relation(r Relation) {
	b.name(r.Schema)
	b.WriteByte('.')
	b.name(r.Name)
}

func (b *builder) arg(a Arg) {
	for len(b.params) <= a.N {
		b.params = append(b.params, Param{})
	}
	b.params[a.N] = Param{OID: a.OID, Text: a.Text}
	b.text("$", strconv.Itoa(a.N+1))
	if a.Cast != "" {
		b.text("::", a.Cast)
	}
}

func (b *builder) statement(columns []Column, readOnly bool) *Statement {
	results := make([]uint32, len(columns))
	for i, c := range columns {
		results[i] = c.OID
	}
	return NewStatement(b.String(), b.params, results, readOnly)
}

// columns writes a select list of the statement's own relation.
func (b *builder) columns(columns []Column) { b.members(alias+".", columns) }

// members writes a select list whose columns are those of what of names.
func (b *builder) members(of string, columns []Column) {
	for i, c := range columns {
		if i > 0 {
			b.text(", ")
		}
		switch {
		case c.Embed != nil:
			c.Embed.write(b)
		case c.Of != nil:
			b.text("(")
			c.Of.operand(b)
			b.text(")")
		default:
			b.text(of)
			b.name(c.Name)
		}
		b.cast(c)
	}
}

func (b *builder) cast(c Column) {
	if c.Cast != "" {
		b.text("::", builtIn, ".", c.Cast)
	}
}
