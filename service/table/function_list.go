package table

import (
	"crypto/sha256"
	"errors"
	"fmt"

	lru "github.com/hashicorp/golang-lru/v2"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/rowgate/rowgate/service/status"
	"github.com/rowgate/rowgate/store/catalog"
	"github.com/rowgate/rowgate/store/query"
	"github.com/rowgate/rowgate/store/wire"
)

// functionList answers the rows of a function's set as a list does. What the
// request does not ask is as the function has it, the order too.
type functionList struct {
	*function
	rows  *resource
	field protoreflect.FieldDescriptor // the response's, which holds the rows
	pages
	asked asked
	// ordinal is the order in which the function gives its rows; nil where a
	// column has the name of it, and pages are then in the key's order.
	ordinal    *term
	statements *lru.Cache[question, *reading]
}

// ordinality is what Postgres calls the column of WITH ORDINALITY.
// https://www.postgresql.org/docs/current/queries-table-expressions.html#QUERIES-TABLEFUNCTIONS
const ordinality = "ordinality"

// set makes the call of a function that returns a set of rows a list of them. It
// returns nil after it has noted problems.
func (b *Binder) set(md protoreflect.MethodDescriptor, o *function) *functionList {
	l := &functionList{function: o, statements: newReadings()}
	if l.field = b.listItems(md); l.field == nil {
		return nil
	}
	if l.rows = b.setRows(l.field, o.Function); l.rows == nil {
		return nil
	}
	return l
}

// bind takes what the request asks beside the function's arguments, which are
// decoded before it.
func (l *functionList) bind(b *Binder, md protoreflect.MethodDescriptor, found map[protoreflect.Name]protoreflect.FieldDescriptor, decoded []protoreflect.FieldDescriptor) {
	l.pages = b.pages(md, l.field, found)
	l.defaultSize, l.maxSize = maxSetSize, maxSetSize
	if l.next != 0 {
		l.defaultSize = defaultPageSize
	}
	if !hasColumn(l.rows, ordinality) {
		l.ordinal = &term{Order: query.Order{By: query.Ref{Column: ordinality}}, form: query.Arg{OID: bigintOID}}
	} else if len(l.rows.key) == 0 {
		l.next, l.previous = 0, 0
	}
	l.tooMany = l.tooManyRows
	l.asked = askedIn(found, &decoded)
	l.request = wire.NewDecoder(decoded)
}

func hasColumn(r *resource, name string) bool {
	for _, f := range r.fields {
		if f.column.Name == name {
			return true
		}
	}
	return r.relation != nil && r.relation.Column(name) != nil
}

// setRows binds the message of a set's rows: a relation's resource, or one made
// of a function's columns, which has no relation and no key.
func (b *Binder) setRows(items protoreflect.FieldDescriptor, fn *catalog.Function) *resource {
	if rel := b.cat.RowType(fn.ResultOID); rel != nil && len(fn.Outputs()) <= 1 {
		r := b.resource(items, items.Message())
		if r != nil && r.relation != rel {
			b.problem(items, "%s holds rows of %s, and %s returns rows of %s", items.Message().FullName(), r.relation, fn.Signature(), rel)
			return nil
		}
		return r
	}
	var codecs []*wire.Codec
	if outputs := fn.Outputs(); len(outputs) > 1 {
		codecs = b.outputs(items, fn, outputs)
	} else {
		codecs = b.attributes(items, fn.Result)
	}
	if codecs == nil {
		return nil
	}
	r := &resource{message: items.Message(), limits: b.limits, plan: wire.NewPlan(codecs)}
	for i, c := range codecs {
		fd := c.Column().Field
		f := &field{descriptor: fd, codec: c, index: i, name: string(fd.Name()), output: true, column: outputColumn(c, fn)}
		r.fields, r.columns = append(r.fields, f), append(r.columns, column(c))
		if !fd.HasPresence() && !fd.IsList() && !fd.IsMap() {
			r.whole = append(r.whole, i)
		}
	}
	r.schema = r.makeSchema()
	return r
}

// outputColumn describes a function's column as a relation's is.
func outputColumn(c *wire.Codec, fn *catalog.Function) *catalog.Column {
	name := c.Column().Name
	col := &catalog.Column{Name: name, Declared: c.Column().Type.Name}
	take := func(a *catalog.Argument) { col.Type, col.Typmod, col.Declared = a.Type, a.Typmod, a.Declared }
	if outputs := fn.Outputs(); len(outputs) > 1 {
		for i, a := range outputs {
			if outputName(a, i) == name {
				take(a)
			}
		}
	} else {
		for _, a := range fn.Result.Attributes {
			if a.Name == name {
				col.Type, col.Typmod, col.Declared = a.Type, a.Typmod, a.Declared
			}
		}
	}
	col.Sortable = col.Type != nil && col.Type.Operators != ""
	return col
}

func (l *functionList) run(c *call, dst []byte) ([]byte, error) {
	shape, err := l.give(c)
	if err != nil {
		return nil, err
	}
	called, err := l.call(shape)
	if err != nil {
		return nil, err
	}
	// Numbered rows keep Postgres from working a filter into the function, so they
	// are numbered only where pages are told apart by it: of rows that have no key,
	// behind any order.
	var natural *term
	if l.next != 0 && (len(l.rows.key) == 0 || l.asked.text(c, askOrderBy) == "") {
		natural = l.ordinal
	}
	called.Ordinality = natural != nil
	sum := sha256.New()
	sum.Write(shape)
	for _, a := range c.args {
		sum.Write([]byte{byte(len(a) >> 24), byte(len(a) >> 16), byte(len(a) >> 8), byte(len(a))})
		sum.Write(a)
	}
	of := from{
		source: called, args: append([][]byte{}, c.args...), shape: string(shape), scope: string(sum.Sum(nil)),
		natural: natural, unordered: l.next == 0 || l.ordinal != nil, writes: !l.readOnly(),
	}
	if of.writes && l.asked.value(c, askCount).Num != 0 {
		return nil, status.InvalidArgument("count", "would run the function once more, and it may write")
	}
	out, err := l.answer(c, l.rows, &l.asked, of, l.statements, dst)
	var value *wire.ValueError
	if errors.As(err, &value) {
		told := *value
		told.Text += l.kept()
		return nil, &told
	}
	return out, err
}

// tooManyRows says that a set is larger than one answer.
func (l *functionList) tooManyRows(p *page) error {
	if p.cut {
		return errTooMuch(fmt.Sprintf("%d MiB", maxPageBytes>>20), l.kept())
	}
	return errTooMuch(fmt.Sprintf("%d rows", p.rows), l.kept())
}

// kept says of an error behind a function that may write that it was run: the
// server has committed before its rows are read.
func (o *function) kept() string {
	if o.readOnly() {
		return ""
	}
	return "; the function has run, and what it changed is kept"
}
