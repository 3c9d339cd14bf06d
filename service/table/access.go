package table

import (
	"context"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// permitKey is the context's key of the permit.
type permitKey struct{}

// WithPermit returns a context for calls in which a method may make use of
// another only where may returns nil: a transaction of the methods whose writes
// it holds. Its error is the call's.
func WithPermit(ctx context.Context, may func(protoreflect.MethodDescriptor) error) context.Context {
	return context.WithValue(ctx, permitKey{}, may)
}

// permitted says whether the call may make use of a method.
func permitted(ctx context.Context, md protoreflect.MethodDescriptor) error {
	if may, ok := ctx.Value(permitKey{}).(func(protoreflect.MethodDescriptor) error); ok {
		return may(md)
	}
	return nil
}

// Target is the relation that the method works on, and the command that it
// runs: SELECT, INSERT, UPDATE or DELETE. ok is false for functions, queries and
// transactions, which may work on anything.
func (m *Method) Target() (schema, relation, command string, ok bool) {
	t := m.op.target()
	if t.resource == nil {
		return "", "", "", false
	}
	switch m.op.(type) {
	case *create, *batchCreate, *importing:
		command = "INSERT"
	case *update, *batchUpdate, *updateMany:
		command = "UPDATE"
	case *remove, *removeMany:
		command = "DELETE"
	default:
		command = "SELECT"
	}
	return t.relation.Schema, t.relation.Name.Name, command, true
}
