package service

import (
	"context"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/rowgate/rowgate/service/status"
	"github.com/rowgate/rowgate/service/table"
)

// unfitMethod is a method that the database has no place for, and why.
type unfitMethod struct {
	descriptor protoreflect.MethodDescriptor
	problems   []table.Problem
}

// errDrift is what an unfit method answers. It is there and cannot be served
// until someone mends the contract or the database: that is
// FAILED_PRECONDITION, and not UNIMPLEMENTED, which clients take for the wrong
// server or a wrong name.
var errDrift = status.New(codes.FailedPrecondition, "SCHEMA_DRIFT",
	"this method does not fit the database's present schema and is not served until the two agree again; "+
		"the rest of the contract is", nil)

// refuse registers a method that answers errDrift, behind the same identity as
// any other, and says why in the log.
func (s *Server) refuse(desc *grpc.ServiceDesc, m unfitMethod) {
	why := make([]string, len(m.problems))
	for i, p := range m.problems {
		why[i] = p.String()
	}
	s.log.Warn("the method does not fit the database and is not served",
		"method", table.Path(m.descriptor), "problems", strings.Join(why, "\n"))

	if clients, servers := m.descriptor.IsStreamingClient(), m.descriptor.IsStreamingServer(); clients || servers {
		desc.Streams = append(desc.Streams, grpc.StreamDesc{
			StreamName: string(m.descriptor.Name()), ClientStreams: clients, ServerStreams: servers,
			Handler: func(any, grpc.ServerStream) error { return errDrift },
		})
		return
	}
	desc.Methods = append(desc.Methods, unary(m.descriptor, func(context.Context, any) (any, error) { return nil, errDrift }))
}
