package service

import (
	"context"
	"encoding/json"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/rowgate/rowgate/service/auth"
	"github.com/rowgate/rowgate/service/table"
	"github.com/rowgate/rowgate/store"
)

// serve registers the contract's methods with gRPC, service by service.
func (s *Server) serve(p *plan) {
	s.methods = p.methods
	services := map[protoreflect.FullName]*grpc.ServiceDesc{}
	serviceOf := func(md protoreflect.MethodDescriptor) *grpc.ServiceDesc {
		sd := md.Parent()
		desc := services[sd.FullName()]
		if desc == nil {
			desc = &grpc.ServiceDesc{ServiceName: string(sd.FullName()), Metadata: sd.ParentFile().Path()}
			services[sd.FullName()] = desc
		}
		return desc
	}
	for _, m := range p.methods {
		desc := serviceOf(m.Descriptor)
		if m.Imports() {
			desc.Streams = append(desc.Streams, s.importing(m))
			continue
		}
		if m.Streams() {
			desc.Streams = append(desc.Streams, s.stream(m))
			continue
		}
		desc.Methods = append(desc.Methods, s.method(m))
	}
	for _, m := range p.unfit {
		s.refuse(serviceOf(m.descriptor), m)
	}
	for _, desc := range services {
		s.grpc.RegisterService(desc, nil)
	}
}

// method makes a bound method one that gRPC can call.
func (s *Server) method(m *table.Method) grpc.MethodDesc {
	return unary(m.Descriptor, func(ctx context.Context, req any) (any, error) { return s.call(ctx, m, req.(*frame)) })
}

// unary makes a handler of frames a method that gRPC can call.
func unary(md protoreflect.MethodDescriptor, handler grpc.UnaryHandler) grpc.MethodDesc {
	info := &grpc.UnaryServerInfo{FullMethod: table.Path(md)}
	return grpc.MethodDesc{
		MethodName: string(md.Name()),
		Handler: func(_ any, ctx context.Context, decode func(any) error, interceptor grpc.UnaryServerInterceptor) (any, error) {
			req := &frame{}
			if err := decode(req); err != nil {
				return nil, err
			}
			defer req.in.Free()
			return interceptor(ctx, req, info, handler)
		},
	}
}

// call is one request, from the caller that the interceptor found to the
// response's bytes.
func (s *Server) call(ctx context.Context, m *table.Method, req *frame) (any, error) {
	as, ok := auth.CallerFrom(ctx)
	if !ok {
		return nil, errNoCaller
	}
	reply := newReply()
	answer, err := m.Call(ctx, s.store, as, s.request(ctx, m.Path()), req.in.ReadOnlyData(), *reply)
	if err != nil {
		return nil, err
	}
	*reply = answer.Body
	if answer.Truncated != "" {
		// A call that is not of gRPC has no trailer to set.
		_ = grpc.SetTrailer(ctx, metadata.Pairs(truncatedTrailer, answer.Truncated))
	}
	return &frame{out: reply}, nil
}

// truncatedTrailer is the trailer that names the relations of which a request has
// asked for fewer rows than there are.
const truncatedTrailer = "rowgate-truncated"

// request describes the call to the database. gRPC is a POST to the method's
// path.
func (s *Server) request(ctx context.Context, path string) store.Request {
	r := store.Request{Method: "POST", Path: path}
	if len(s.headers) == 0 {
		return r
	}
	md, _ := metadata.FromIncomingContext(ctx)
	allowed := map[string]string{}
	for _, name := range s.headers {
		if values := md.Get(name); len(values) > 0 {
			allowed[name] = strings.Join(values, ", ")
		}
	}
	// A map of strings always marshals.
	headers, _ := json.Marshal(allowed)
	r.Headers = string(headers)
	return r
}
