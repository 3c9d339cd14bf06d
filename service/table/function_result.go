package table

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	rowgatev1 "github.com/rowgate/rowgate/proto/gen/rowgate/v1"
	"github.com/rowgate/rowgate/store/catalog"
	"github.com/rowgate/rowgate/store/query"
	"github.com/rowgate/rowgate/store/typemap"
	"github.com/rowgate/rowgate/store/wire"
)

// result is a function's result and the response's one field, which holds it.
type result struct {
	form  form
	field protowire.Number
	// columns is the select list, and plan writes its rows.
	columns []query.Column
	plan    *wire.Plan
	// whole are the columns whose fields cannot say that there is no value.
	whole []int
}

// form is what a result consists of.
type form uint8

const (
	nothing form = iota // void
	value               // one value, which may be an array
	values              // a set of them
	row                 // one composite value
	rows                // a set of them, of a query; a function's are a functionList
)

// The OID of type void.
const void = 2278

// result binds a call's response to what the function returns. It returns nil
// after it has noted problems.
func (b *Binder) result(md protoreflect.MethodDescriptor, fn *catalog.Function) *result {
	out := md.Output()
	empty := out.FullName() == "google.protobuf.Empty"
	switch isVoid := fn.ResultOID == void; {
	case isVoid && empty:
		return &result{columns: []query.Column{{OID: void}}}
	case isVoid:
		b.problem(md, "%s answers %s, and %s returns void: answer google.protobuf.Empty", md.Name(), out.FullName(), fn.Signature())
		return nil
	case out.Fields().Len() != 1:
		b.problem(md, "%s answers %s, which has %d fields; a call answers a message with one field, the result of type %s",
			md.Name(), out.FullName(), out.Fields().Len(), fn.ResultDeclared)
		return nil
	}
	fd := out.Fields().Get(0)
	if !b.cardinality(fd, fn) {
		return nil
	}
	outputs := fn.Outputs()
	rel := b.cat.RowType(fn.ResultOID)
	composite := fn.Result != nil && fn.Result.Kind == 'c'
	isMessage := fd.Kind() == protoreflect.MessageKind && !fd.IsMap()
	switch {
	case len(outputs) > 1 && !isMessage:
		b.problem(fd, "%s is of type %s, and %s returns several values: use a message with fields for %s",
			fd.Name(), typeName(fd), fn.Signature(), listed(outputs))
	case len(outputs) > 1:
		return b.rowOf(fd, b.outputs(fd, fn, outputs))
	case rel != nil && !isMessage:
		b.problem(fd, "%s is of type %s, and %s returns rows of %s: use the message that has them",
			fd.Name(), typeName(fd), fn.Signature(), rel)
	case rel != nil:
		return b.rowOfRelation(fd, fn, rel)
	case composite && isMessage:
		return b.rowOf(fd, b.attributes(fd, fn.Result))
	case fn.Result != nil:
		return b.single(fd, fn)
	case fn.ResultDeclared == "record":
		b.problem(md, "%s returns record without OUT arguments, so that nobody knows its columns: "+
			"give it OUT arguments or let it return a table", fn.Signature())
	default:
		b.problem(md, "%s returns %s, which no message can hold", fn.Signature(), fn.ResultDeclared)
	}
	return nil
}

// cardinality checks that a field is repeated where the function returns many.
func (b *Binder) cardinality(fd protoreflect.FieldDescriptor, fn *catalog.Function) bool {
	// Of what is no row, the codec knows whether it is a repeated field.
	isRow := fn.Result == nil || fn.Result.Kind == 'c'
	switch {
	case fn.SetOf && !fd.IsList():
		b.problem(fd, "%s is of type %s, and %s returns a set: make it repeated", fd.Name(), typeName(fd), fn.Signature())
	case !fn.SetOf && isRow && fd.IsList():
		b.problem(fd, "%s is of type %s, and %s returns one row: make it no repeated field",
			fd.Name(), typeName(fd), fn.Signature())
	case fn.SetOf && !isRow && fn.Result.Elem != nil && fd.Kind() != protoreflect.MessageKind:
		b.problem(fd, "%s returns a set of arrays, and a repeated field cannot hold repeated values: "+
			"make it repeated rowgate.v1.Array, or return a table with a column for the array", fn.Signature())
	case !fn.SetOf && !fd.IsList() && !fd.IsMap() && !fd.HasPresence():
		b.problem(fd, "%s cannot say that the result is NULL: make it optional", fd.Name())
	default:
		return true
	}
	return false
}

// single binds a result of one value, or of a set of single values.
func (b *Binder) single(fd protoreflect.FieldDescriptor, fn *catalog.Function) *result {
	name := fn.Name.Name
	if outputs := fn.Outputs(); len(outputs) == 1 {
		name = cmp.Or(outputs[0].Name, name)
	}
	c := wire.Column{Name: name, Type: typemap.Type(fn.Result, -1, fn.ResultDeclared), Field: fd}
	res := &result{form: value, field: fd.Number()}
	if fn.SetOf {
		res.form, c.Field = values, item{fd}
	}
	codec := b.codec(fd, c)
	if codec == nil {
		return nil
	}
	res.columns, res.plan = []query.Column{column(codec)}, wire.NewPlan([]*wire.Codec{codec})
	return res
}

// item is a repeated field as each of its items is written: by itself, behind
// the field's tag, and though it is zero.
type item struct{ protoreflect.FieldDescriptor }

func (item) Cardinality() protoreflect.Cardinality { return protoreflect.Optional }
func (item) IsList() bool                          { return false }
func (item) IsPacked() bool                        { return false }
func (item) HasPresence() bool                     { return true }

// rowOf is the result of rows whose columns are the members.
func (b *Binder) rowOf(fd protoreflect.FieldDescriptor, codecs []*wire.Codec) *result {
	if codecs == nil {
		return nil
	}
	res := &result{form: row, field: fd.Number(), plan: wire.NewPlan(codecs)}
	for i, c := range codecs {
		res.columns = append(res.columns, column(c))
		if f := c.Column().Field; !f.HasPresence() && !f.IsList() && !f.IsMap() {
			res.whole = append(res.whole, i)
		}
	}
	return res
}

// rowOfRelation is the result of rows of a relation: its message is bound as
// for any other method.
func (b *Binder) rowOfRelation(fd protoreflect.FieldDescriptor, fn *catalog.Function, rel *catalog.Relation) *result {
	r := b.resource(fd, fd.Message())
	switch {
	case r == nil:
		return nil
	case r.relation != rel:
		b.problem(fd, "%s holds rows of %s, and %s returns rows of %s", fd.Message().FullName(), r.relation, fn.Signature(), rel)
		return nil
	}
	codecs := make([]*wire.Codec, len(r.fields))
	for i, f := range r.fields {
		codecs[i] = f.codec
	}
	return b.rowOf(fd, codecs)
}

// outputs binds a message's fields to several OUT, INOUT or TABLE arguments.
func (b *Binder) outputs(at protoreflect.FieldDescriptor, fn *catalog.Function, outputs []*catalog.Argument) []*wire.Codec {
	columns := make([]string, len(outputs))
	for i, a := range outputs {
		columns[i] = outputName(a, i)
		if slices.Contains(columns[:i], columns[i]) {
			b.problem(at, "%s has two OUT arguments that Postgres calls %q: give each a name", fn.Signature(), columns[i])
			return nil
		}
	}
	return b.members(at, "OUT argument", len(outputs), func(fd protoreflect.FieldDescriptor) (int, wire.Column) {
		i := argumentOf(fd, outputs)
		if i < 0 {
			b.problem(fd, "%s has no OUT argument %q; %s", fn.Signature(), columnName(fd), described(outputs))
			return i, wire.Column{}
		}
		a := outputs[i]
		if a.Type == nil {
			b.problem(fd, "the OUT argument %s is of a type that a message cannot hold: %s", shownArgument(a, i), b.placeless(a.DeclaredOID))
			return -1, wire.Column{}
		}
		return i, wire.Column{Name: columns[i], Type: typemap.Type(a.Type, a.Typmod, a.Declared)}
	})
}

// outputName is what Postgres calls the column of the n-th OUT argument, which
// may have no name.
func outputName(a *catalog.Argument, n int) string {
	return cmp.Or(a.Name, fmt.Sprintf("column%d", n+1))
}

// attributes binds a message's fields to a composite type's attributes.
func (b *Binder) attributes(at protoreflect.FieldDescriptor, t *catalog.Type) []*wire.Codec {
	option, _ := proto.GetExtension(at.Message().Options(), rowgatev1.E_Type).(*rowgatev1.Type)
	if named := (catalog.Name{Schema: cmp.Or(option.GetSchema(), "public"), Name: option.GetName()}); named != t.Name {
		b.problem(at, "%s is no message of the composite type %s: give it an option (rowgate.v1.type)", at.Message().FullName(), t.Name)
		return nil
	}
	names := make([]string, len(t.Attributes))
	for i, a := range t.Attributes {
		names[i] = a.Name
	}
	return b.members(at, "attribute", len(names), func(fd protoreflect.FieldDescriptor) (int, wire.Column) {
		i := slices.Index(names, columnName(fd))
		if i < 0 {
			b.problem(fd, "the composite type %s has no attribute %q; it has %s", t.Name, columnName(fd), strings.Join(names, ", "))
			return i, wire.Column{}
		}
		a := t.Attributes[i]
		return i, wire.Column{Name: a.Name, Type: typemap.Type(a.Type, a.Typmod, a.Declared)}
	})
}

// members binds the fields of a field's message. find tells which of the count
// members a field holds, and what it is; below 0 after it has noted a problem.
func (b *Binder) members(at protoreflect.FieldDescriptor, what string, count int,
	find func(protoreflect.FieldDescriptor) (int, wire.Column),
) []*wire.Codec {
	before := len(b.noted)
	taken := make([]protoreflect.FieldDescriptor, count)
	var codecs []*wire.Codec
	fields := at.Message().Fields()
	for i := range fields.Len() {
		fd := fields.Get(i)
		n, c := find(fd)
		if n < 0 {
			continue
		}
		if taken[n] != nil {
			b.problem(fd, "the %s %q is bound to the field %s already", what, c.Name, taken[n].Name())
			continue
		}
		taken[n], c.Field = fd, fd
		if codec := b.codec(fd, c); codec != nil {
			codecs = append(codecs, codec)
		}
	}
	if fields.Len() == 0 {
		b.problem(at.Message(), "%s has no field", at.Message().FullName())
	}
	if len(b.noted) > before {
		return nil
	}
	return codecs
}
