package table

import (
	"cmp"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	rowgatev1 "github.com/rowgate/rowgate/proto/gen/rowgate/v1"
	"github.com/rowgate/rowgate/store/catalog"
	"github.com/rowgate/rowgate/store/query"
	"github.com/rowgate/rowgate/store/wire"
)

// function calls a SQL function.
type function struct {
	*catalog.Function
	// inputs are the input arguments in their order.
	inputs []*input
	// request gives the values of the inputs that have a field, in their order.
	request *wire.Decoder
	result  *result
	// others are those of the same name.
	others     []*catalog.Function
	statements *shapes
}

func (b *Binder) bindCall(md protoreflect.MethodDescriptor, option *rowgatev1.Call) operation {
	before := len(b.noted)
	fn, others := b.function(md, option)
	if fn == nil || !b.callable(md, fn) {
		return nil
	}
	b.functions = append(b.functions, fn)
	o := &function{Function: fn, others: others, statements: newShapes()}
	set := b.isSetOfRows(md, fn)
	var also map[protoreflect.Name]string
	if set {
		also = known(nil, askFilter, askOrderBy, askReadMask, askInclude, askPageSize, askPageToken, askCount)
	}
	var found map[protoreflect.Name]protoreflect.FieldDescriptor
	o.inputs, found = b.inputs(md, fn, also)
	var l *functionList
	if set {
		l = b.set(md, o)
	} else {
		o.result = b.result(md, fn)
	}
	if len(b.noted) > before {
		return nil
	}
	var descriptors []protoreflect.FieldDescriptor
	all := newShape(len(o.inputs))
	for i, in := range o.inputs {
		if in.bound() {
			descriptors = append(descriptors, in.descriptor)
			all.mark(i, given)
		}
	}
	o.request = wire.NewDecoder(descriptors)
	if _, err := o.call(all); err != nil {
		b.problem(md, "%s cannot be called with all of the request's fields: %s", fn.Signature(), err)
	}
	if set {
		l.bind(b, md, found, descriptors)
		return l
	}
	return o
}

// isSetOfRows says that a function returns a set of rows, and the response can
// hold them as a list's does.
func (b *Binder) isSetOfRows(md protoreflect.MethodDescriptor, fn *catalog.Function) bool {
	composite := fn.Result != nil && fn.Result.Kind == 'c'
	if !fn.SetOf || len(fn.Outputs()) <= 1 && b.cat.RowType(fn.ResultOID) == nil && !composite {
		return false
	}
	fields := md.Output().Fields()
	for i := range fields.Len() {
		if fd := fields.Get(i); fd.IsList() && fd.Kind() == protoreflect.MessageKind {
			return true
		}
	}
	return false
}

// function finds the function that an option names, and the others of its
// name. It returns nil after it has noted a problem.
func (b *Binder) function(md protoreflect.MethodDescriptor, option *rowgatev1.Call) (fn *catalog.Function, others []*catalog.Function) {
	name := catalog.Name{Schema: cmp.Or(option.GetSchema(), "public"), Name: option.GetName()}
	if name.Name == "" {
		b.problem(md, "%s names no function: write it in the option (rowgate.v1.method).call.name", md.Name())
		return nil, nil
	}
	var named, similar []*catalog.Function
	for _, f := range b.cat.Functions() {
		switch {
		case f.Name == name:
			named = append(named, f)
		case strings.EqualFold(f.Name.Name, name.Name):
			similar = append(similar, f)
		}
	}
	if len(named) == 0 {
		b.problem(md, "the database has no function %s; %s", name, signatures(similar, "those of Postgres and of extensions are not called"))
		return nil, nil
	}
	types := option.GetArguments()
	i := slices.IndexFunc(named, func(f *catalog.Function) bool { return slices.Equal(f.InputTypes(), types) })
	switch {
	case i < 0 && len(types) == 0 && len(named) == 1:
		i = 0
	case i < 0 && len(types) == 0:
		b.problem(md, "the database has several functions %s: name one's input types in the option (rowgate.v1.method).call.arguments; %s",
			name, signatures(named, ""))
		return nil, nil
	case i < 0:
		b.problem(md, "the database has no function %s(%s); %s", name, strings.Join(types, ", "), signatures(named, ""))
		return nil, nil
	}
	fn = named[i]
	return fn, slices.Delete(named, i, i+1)
}

func signatures(functions []*catalog.Function, otherwise string) string {
	if len(functions) == 0 {
		return otherwise
	}
	all := make([]string, len(functions))
	for i, f := range functions {
		all[i] = f.Signature()
	}
	return "it has " + strings.Join(all, ", ")
}

// callable says whether a function is one that a call can be made of.
func (b *Binder) callable(md protoreflect.MethodDescriptor, fn *catalog.Function) bool {
	var why string
	switch {
	case fn.Kind == 'p':
		why = "is a procedure, which CALL runs and which may end the transaction that holds the caller's role: make it a function"
	case fn.Kind == 'a':
		why = "is an aggregate, which has a value of a set of rows only: call it in a function"
	case fn.Kind == 'w':
		why = "is a window function, which has a value among rows only: call it in a function"
	case fn.ResultDeclared == "trigger", fn.ResultDeclared == "event_trigger":
		why = "is a trigger function, which a trigger alone can call"
	}
	for _, a := range fn.Arguments {
		if why == "" && polymorphic[a.Declared] {
			why = "has an argument of the type " + a.Declared + ", which stands for any type, and a field has one: " +
				"call it in a function whose types are named"
		}
	}
	if why != "" {
		b.problem(md, "%s %s", fn.Signature(), why)
	}
	return why == ""
}

// polymorphic are the types that stand for any.
// https://www.postgresql.org/docs/current/extend-type-system.html#EXTEND-TYPES-POLYMORPHIC
var polymorphic = map[string]bool{
	`"any"`: true, "anyelement": true, "anyarray": true, "anynonarray": true, "anyenum": true, "anyrange": true,
	"anymultirange": true, "anycompatible": true, "anycompatiblearray": true, "anycompatiblenonarray": true,
	"anycompatiblerange": true, "anycompatiblemultirange": true,
}

func (o *function) target() target { return target{readOnly: o.readOnly()} }

// readOnly says that the function runs in a read-only transaction: Postgres
// lets none but a VOLATILE one write.
func (o *function) readOnly() bool { return o.Volatility != 'v' }

func (o *function) run(c *call, dst []byte) ([]byte, error) {
	shape, err := o.give(c)
	if err != nil {
		return nil, err
	}
	if c.stored.Statement, err = o.statements.try(shape, o.statement); err != nil {
		return nil, err
	}
	return o.result.answer(c, dst)
}

// give takes the inputs from the request into the arguments, and says which of
// them are given.
func (o *function) give(c *call) (shape, error) {
	var err error
	if c.values, err = o.request.Decode(c.values[:0], c.msg); err != nil {
		return nil, err
	}
	shape := newShape(len(o.inputs))
	next := 0
	for i, in := range o.inputs {
		if !in.bound() {
			continue
		}
		v := c.values[next]
		next++
		switch {
		case !v.Present && in.HasDefault:
			continue
		case !v.Present && in.descriptor.HasPresence():
			c.args = append(c.args, nil)
		default:
			if err := c.arg(in.codec, v); err != nil {
				return nil, err
			}
		}
		shape.mark(i, given)
	}
	return shape, nil
}

// statement writes the statement of a shape.
func (o *function) statement(s shape) (*query.Statement, error) {
	call, err := o.call(s)
	if err != nil {
		return nil, err
	}
	return o.result.statement(call), nil
}

// call writes the call of a shape.
func (o *function) call(s shape) (query.Call, error) {
	positional, err := o.notation(s)
	if err != nil {
		return query.Call{}, err
	}
	call := query.Call{
		Function: query.Relation{Schema: o.Schema, Name: o.Name.Name}, ReadOnly: o.readOnly(),
	}
	for i, in := range o.inputs {
		if s.at(i) != given {
			continue
		}
		arg := query.CallArg{Variadic: in.Mode == variadic, Arg: in.arg(len(call.Args))}
		if i >= positional {
			arg.Name = in.Name
		}
		call.Args = append(call.Args, arg)
	}
	return call, nil
}
