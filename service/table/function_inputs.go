package table

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/rowgate/rowgate/store/catalog"
	"github.com/rowgate/rowgate/store/query"
	"github.com/rowgate/rowgate/store/typemap"
	"github.com/rowgate/rowgate/store/wire"
)

// input is an input argument of a function, with the field that gives it. One
// that has a default needs no field.
type input struct {
	*catalog.Argument
	descriptor protoreflect.FieldDescriptor
	codec      *wire.Codec
}

// variadic is the mode of a VARIADIC argument.
const variadic = 'v'

func (in *input) bound() bool { return in.codec != nil }

// arg is the input as the n-th argument of a statement, cast to the type that
// the function declares: Postgres chooses among functions by the types.
func (in *input) arg(n int) query.Arg {
	p := in.codec.Param()
	a := query.Arg{N: n, OID: p.OID, Text: p.Text, Cast: in.Declared}
	if in.Type.OID == in.DeclaredOID {
		a.Cast = query.TypeName(in.Type.Schema, in.Type.Name.Name)
	}
	return a
}

// inputs binds the fields of a call's request to the function's arguments. Those
// that are none, and are known for something else, it returns by name.
func (b *Binder) inputs(md protoreflect.MethodDescriptor, fn *catalog.Function, also map[protoreflect.Name]string) (
	[]*input, map[protoreflect.Name]protoreflect.FieldDescriptor,
) {
	found := map[protoreflect.Name]protoreflect.FieldDescriptor{}
	arguments := fn.Inputs()
	all := make([]*input, len(arguments))
	for i, a := range arguments {
		all[i] = &input{Argument: a}
	}
	fields := md.Input().Fields()
	for i := range fields.Len() {
		fd := fields.Get(i)
		n := argumentOf(fd, arguments)
		if n < 0 && also[fd.Name()] != "" && also[fd.Name()] == typeName(fd) {
			found[fd.Name()] = fd
			continue
		}
		if n < 0 {
			b.problem(fd, "%s has no argument %q; %s", fn.Signature(), columnName(fd), described(arguments))
			continue
		}
		b.input(fd, all[n], n)
	}
	for i, in := range all {
		if in.descriptor == nil && !in.HasDefault {
			b.problem(md, "the request of %s has no field for the argument %s, which has no default", md.Name(), shownArgument(in.Argument, i))
		}
	}
	return all, found
}

func (b *Binder) input(fd protoreflect.FieldDescriptor, in *input, n int) {
	if in.descriptor != nil {
		b.problem(fd, "the argument %s is bound to the field %s already", shownArgument(in.Argument, n), in.descriptor.Name())
		return
	}
	in.descriptor = fd
	if in.Type == nil {
		b.problem(fd, "the argument %s is of a type that a request cannot hold: %s", shownArgument(in.Argument, n), b.placeless(in.DeclaredOID))
		return
	}
	in.codec = b.codec(fd, wire.Column{
		Name: cmp.Or(in.Name, string(fd.Name())), Type: typemap.Type(in.Type, in.Typmod, in.Declared), Field: fd,
	})
}

// placeless says why a type has no place in a message.
func (b *Binder) placeless(oid uint32) string {
	if rel := b.cat.RowType(oid); rel != nil {
		return "it is a row of the " + rel.KindName() + " " + rel.String() + "; take the columns that are needed instead"
	}
	return "its values are the database's own"
}

// argumentOf finds the argument of a field: the one that the option
// (rowgate.v1.column) names, else the one of the field's own name, else the
// nameless one at the place that the option's number, or the field's own,
// says. It returns -1 for none.
func argumentOf(fd protoreflect.FieldDescriptor, arguments []*catalog.Argument) int {
	option := columnOption(fd)
	i := slices.IndexFunc(arguments, func(a *catalog.Argument) bool { return a.Name == columnName(fd) })
	if i >= 0 || option.GetName() != "" {
		return i
	}
	n := int(cmp.Or(option.GetNumber(), int32(fd.Number()))) - 1
	if n >= 0 && n < len(arguments) && arguments[n].Name == "" {
		return n
	}
	return -1
}

// described lists arguments for a message.
func described(arguments []*catalog.Argument) string {
	if len(arguments) == 0 {
		return "it has none"
	}
	return "it has " + listed(arguments)
}

func listed(arguments []*catalog.Argument) string {
	all := make([]string, len(arguments))
	for i, a := range arguments {
		all[i] = shownArgument(a, i)
	}
	return strings.Join(all, ", ")
}

func shownArgument(a *catalog.Argument, i int) string {
	return cmp.Or(a.Name, fmt.Sprintf("$%d", i+1)) + " " + a.Declared
}
