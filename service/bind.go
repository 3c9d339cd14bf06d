package service

import (
	"context"
	"encoding/json"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/rowgate/rowgate/service/table"
	"github.com/rowgate/rowgate/store"
)

// register registers the contract's methods with gRPC, service by service. What
// they do is looked up at each call, since a reload may change it; methods that
// a reload adds come by [Server.unknown].
func (s *Server) register(p *plan) {
	services := map[protoreflect.FullName]*grpc.ServiceDesc{}
	add := func(md protoreflect.MethodDescriptor) {
		sd := md.Parent()
		desc := services[sd.FullName()]
		if desc == nil {
			desc = &grpc.ServiceDesc{ServiceName: string(sd.FullName()), Metadata: sd.ParentFile().Path()}
			services[sd.FullName()] = desc
		}
		if clients, servers := md.IsStreamingClient(), md.IsStreamingServer(); clients || servers {
			desc.Streams = append(desc.Streams, grpc.StreamDesc{
				StreamName: string(md.Name()), ClientStreams: clients, ServerStreams: servers, Handler: s.stream,
			})
			return
		}
		desc.Methods = append(desc.Methods, s.unary(md))
	}
	for _, m := range p.methods {
		add(m.Descriptor)
	}
	for _, m := range p.unfit {
		add(m.descriptor)
	}
	for name, desc := range services {
		s.contracted[string(name)] = true
		s.grpc.RegisterService(desc, nil)
	}
}

// unary makes a method of the contract one that gRPC can call.
func (s *Server) unary(md protoreflect.MethodDescriptor) grpc.MethodDesc {
	info := &grpc.UnaryServerInfo{FullMethod: table.Path(md)}
	handler := func(ctx context.Context, req any) (any, error) {
		e, ok := s.current.Load().entries[info.FullMethod]
		switch {
		case !ok:
			return nil, errUnimplemented
		case e.method == nil:
			return nil, errDrift
		case e.method.Streams() || e.method.Imports():
			return nil, errOtherShape
		}
		return s.call(ctx, e.method, req.(*frame))
	}
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

// stream answers a method of the contract that streams, and any that a reload
// has added: gRPC takes one that it does not know for a stream both ways.
func (s *Server) stream(_ any, ss grpc.ServerStream) error {
	path, _ := grpc.MethodFromServerStream(ss)
	e, ok := s.current.Load().entries[path]
	switch {
	case !ok:
		return errUnimplemented
	case e.method == nil:
		return errDrift
	case e.method.Imports():
		return s.take(ss, e.method)
	}
	req := &frame{}
	if err := ss.RecvMsg(req); err != nil {
		return err
	}
	defer req.in.Free()
	if e.method.Streams() {
		return s.rows(ss, e.method, req)
	}
	res, err := s.call(ss.Context(), e.method, req)
	if err != nil {
		return err
	}
	return ss.SendMsg(res)
}

// call is one request, from the caller that the interceptor found to the
// response's bytes.
func (s *Server) call(ctx context.Context, m *table.Method, req *frame) (any, error) {
	v, ok := s.visit(ctx)
	if !ok {
		return nil, errNoCaller
	}
	reply := newReply()
	answer, err := m.Call(ctx, v.store, v.caller, s.request(ctx, m.Path(), v.audit), req.in.ReadOnlyData(), *reply)
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
func (s *Server) request(ctx context.Context, path string, audit *store.Audit) store.Request {
	r := store.Request{Method: "POST", Path: path, Audit: audit}
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
