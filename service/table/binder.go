package table

import (
	"fmt"
	"slices"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	rowgatev1 "github.com/rowgate/rowgate/proto/gen/rowgate/v1"
	"github.com/rowgate/rowgate/service/filter"
	"github.com/rowgate/rowgate/store/catalog"
	"github.com/rowgate/rowgate/store/query"
)

// Binder binds the methods of one contract to one database. It is used by one
// goroutine, at start-up or at a reload.
type Binder struct {
	cat       *catalog.Catalog
	tokens    *filter.Tokens
	position  func(protoreflect.Descriptor) string
	describer Describer
	limits    filter.Limits
	// err is why the database could not be asked.
	err       error
	resources map[protoreflect.FullName]*resource
	// broken holds what is wrong with the messages that are nil in resources.
	broken map[protoreflect.FullName][]Problem
	// operations are the methods bound so far.
	operations map[protoreflect.FullName]boundOperation
	// functions are those that methods call.
	functions []*catalog.Function
	// queries are the statements that stand in the contract.
	queries []*query.Text
	// unbound are the relation fields whose rows' message may not be bound yet.
	unbound []*reference
	// problems are all of them, each once; noted has those that several methods
	// share once for each.
	problems, noted []Problem
}

// boundOperation is a method's operation, nil where there are problems.
type boundOperation struct {
	operation
	problems []Problem
}

// Problem is a place where the contract and the database do not fit.
type Problem struct {
	// Position is file:line:column of the declaration.
	Position string
	// Method is the method that cannot be served for it; empty for a message
	// that several methods share.
	Method protoreflect.FullName
	// Text says what is wrong and what would be right.
	Text string
}

// String writes the problem as compilers do.
func (p Problem) String() string { return p.Position + ": " + p.Text }

// NewBinder makes a binder. position tells where a declaration stands, for
// messages. describer describes the statements of queries. limits are those of
// what requests ask.
func NewBinder(
	cat *catalog.Catalog, tokens *filter.Tokens, position func(protoreflect.Descriptor) string, describer Describer, limits filter.Limits,
) *Binder {
	return &Binder{
		cat: cat, tokens: tokens, position: position, describer: describer, limits: limits,
		operations: map[protoreflect.FullName]boundOperation{},
		resources:  map[protoreflect.FullName]*resource{}, broken: map[protoreflect.FullName][]Problem{},
	}
}

// Err is why the database could not describe a query, or nil. What is bound is
// then not worth looking at.
func (b *Binder) Err() error { return b.err }

// Problems returns what did not fit in the methods bound so far, or nil.
func (b *Binder) Problems() []Problem { return b.problems }

func (b *Binder) problem(at protoreflect.Descriptor, format string, args ...any) {
	p := Problem{Position: b.position(at), Text: fmt.Sprintf(format, args...)}
	if m, ok := at.(protoreflect.MethodDescriptor); ok {
		p.Method = m.FullName()
	}
	b.note(p)
}

func (b *Binder) note(p Problem) {
	b.noted = append(b.noted, p)
	if !slices.Contains(b.problems, p) {
		b.problems = append(b.problems, p)
	}
}

// Bound says whether a method carries rowgate's option.
func Bound(md protoreflect.MethodDescriptor) bool {
	return proto.HasExtension(md.Options(), rowgatev1.E_Method)
}

// bound plans a method once, for itself and for those that it is a part of.
func (b *Binder) bound(md protoreflect.MethodDescriptor) (operation, []Problem) {
	have, known := b.operations[md.FullName()]
	if !known {
		before := len(b.noted)
		have.operation = b.operation(md)
		have.problems = slices.Clone(b.noted[before:])
		b.noted = b.noted[:before]
		b.operations[md.FullName()] = have
	}
	return have.operation, have.problems
}

// Bind plans a method that carries rowgate's option, or says why it cannot be
// served: then the method is nil, and the problems include those of messages
// that other methods have, too.
func (b *Binder) Bind(md protoreflect.MethodDescriptor) (*Method, []Problem) {
	op, problems := b.bound(md)
	b.bindReferences()
	if op == nil || len(problems) > 0 {
		return nil, problems
	}
	return newMethod(md, op), nil
}

// bindReferences binds the messages that those bound so far refer to. What is
// wrong with one of them is no fault of a method that can leave it out.
func (b *Binder) bindReferences() {
	for len(b.unbound) > 0 {
		ref := b.unbound[0]
		b.unbound = b.unbound[1:]
		if _, known := b.resources[ref.descriptor.Message().FullName()]; !known {
			b.resource(ref.descriptor, ref.descriptor.Message())
		}
	}
}

func (b *Binder) operation(md protoreflect.MethodDescriptor) operation {
	option, _ := proto.GetExtension(md.Options(), rowgatev1.E_Method).(*rowgatev1.Method)
	if !b.streamsRightly(md, option) {
		return nil
	}
	switch option.GetOperation().(type) {
	case *rowgatev1.Method_Get:
		return b.bindGet(md)
	case *rowgatev1.Method_List:
		return b.bindList(md, option.GetList())
	case *rowgatev1.Method_Aggregate:
		return b.bindAggregate(md, option.GetAggregate())
	case *rowgatev1.Method_Create:
		return b.bindCreate(md)
	case *rowgatev1.Method_Update:
		return b.bindUpdate(md)
	case *rowgatev1.Method_Delete:
		return b.bindDelete(md, option.GetDelete())
	case *rowgatev1.Method_Call:
		return b.bindCall(md, option.GetCall())
	case *rowgatev1.Method_BatchCreate:
		return b.bindBatchCreate(md)
	case *rowgatev1.Method_BatchUpdate:
		return b.bindBatchUpdate(md)
	case *rowgatev1.Method_UpdateMany:
		return b.bindUpdateMany(md)
	case *rowgatev1.Method_DeleteMany:
		return b.bindDeleteMany(md, option.GetDeleteMany())
	case *rowgatev1.Method_Import:
		return b.bindImport(md)
	case *rowgatev1.Method_Stream:
		return b.bindStream(md)
	case *rowgatev1.Method_Transact:
		return b.bindTransact(md)
	case *rowgatev1.Method_Query:
		return b.bindQuery(md, option.GetQuery())
	default:
		b.problem(md, "%s has a (rowgate.v1.method) option without an operation: "+
			"write one, such as list: {}; rowgate/v1/options.proto has them all", md.Name())
		return nil
	}
}

// streamsRightly checks which sides of a method stream.
func (b *Binder) streamsRightly(md protoreflect.MethodDescriptor, option *rowgatev1.Method) bool {
	sides := func(client, server bool) string {
		switch {
		case client && server:
			return "streams both ways"
		case client:
			return "streams its requests"
		case server:
			return "streams its answer"
		default:
			return "is unary"
		}
	}
	client, server := option.GetImport() != nil, option.GetStream() != nil
	if md.IsStreamingClient() != client || md.IsStreamingServer() != server {
		b.problem(md, "%s %s, and its operation %s",
			md.Name(), sides(md.IsStreamingClient(), md.IsStreamingServer()), sides(client, server))
		return false
	}
	return true
}

// request checks that a request has just the fields that an operation knows,
// each of its kind, and returns them by name.
func (b *Binder) request(md protoreflect.MethodDescriptor, known map[protoreflect.Name]string) map[protoreflect.Name]protoreflect.FieldDescriptor {
	return b.fieldsOf(md, md.Input(), known)
}

// fieldsOf is request for a message within the request.
func (b *Binder) fieldsOf(md protoreflect.MethodDescriptor, in protoreflect.MessageDescriptor, known map[protoreflect.Name]string) map[protoreflect.Name]protoreflect.FieldDescriptor {
	fields := in.Fields()
	found := map[protoreflect.Name]protoreflect.FieldDescriptor{}
	for i := range fields.Len() {
		fd := fields.Get(i)
		want, ok := known[fd.Name()]
		switch {
		case !ok:
			b.problem(fd, "%s means nothing to %s: its request may have %s", fd.Name(), md.Name(), names(known))
		case want != "" && typeName(fd) != want:
			b.problem(fd, "%s is of type %s, and %s needs %s", fd.Name(), typeName(fd), md.Name(), want)
		default:
			found[fd.Name()] = fd
		}
	}
	return found
}

// typeName is a field's type as a .proto file writes it.
func typeName(fd protoreflect.FieldDescriptor) string {
	name := fd.Kind().String()
	switch fd.Kind() {
	case protoreflect.MessageKind:
		name = string(fd.Message().FullName())
	case protoreflect.GroupKind:
		name = "delimited " + string(fd.Message().FullName())
	case protoreflect.EnumKind:
		name = string(fd.Enum().FullName())
	}
	if fd.IsList() {
		name = "repeated " + name
	}
	return name
}
