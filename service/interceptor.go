package service

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/grpc-ecosystem/go-grpc-middleware/v2/interceptors"
	grpcauth "github.com/grpc-ecosystem/go-grpc-middleware/v2/interceptors/auth"
	"github.com/grpc-ecosystem/go-grpc-middleware/v2/interceptors/recovery"
	"github.com/grpc-ecosystem/go-grpc-middleware/v2/interceptors/selector"
	"google.golang.org/grpc"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"
	reflectionpb "google.golang.org/grpc/reflection/grpc_reflection_v1"

	"github.com/rowgate/rowgate/service/auth"
	"github.com/rowgate/rowgate/service/status"
	"github.com/rowgate/rowgate/service/table"
)

// errNoCaller is a fault of the server's assembly, not of a client.
var errNoCaller = status.Internal(errors.New("service: no caller in the context; the auth interceptor did not run"))

// options assembles what every call passes through, outermost first: the
// recovery from panics, the caller, the list of running calls, the log, and the
// status of errors.
func (s *Server) options(cfg Config) []grpc.ServerOption {
	lines := callLog{s.log}
	recovered := recovery.WithRecoveryHandlerContext(func(ctx context.Context, p any) error {
		err := status.Internal(fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
		method, _ := grpc.Method(ctx)
		lines.line(ctx, method, time.Now(), err)
		return err
	})
	identify := s.admit
	if cfg.Verifier != nil {
		identify = cfg.Verifier.AuthFunc()
	}
	authenticate := func(ctx context.Context) (context.Context, error) {
		start := time.Now()
		with, err := identify(ctx)
		if err != nil {
			method, _ := grpc.Method(ctx)
			lines.line(ctx, method, start, err)
		}
		return with, err
	}
	guarded := selector.MatchFunc(func(_ context.Context, c interceptors.CallMeta) bool { return !s.open(c.Service) })
	return []grpc.ServerOption{
		grpc.ForceServerCodecV2(newCodec()),
		grpc.UnknownServiceHandler(s.stream),
		grpc.ChainUnaryInterceptor(
			recovery.UnaryServerInterceptor(recovered),
			selector.UnaryServerInterceptor(grpcauth.UnaryServerInterceptor(authenticate), guarded),
			s.runUnary,
			lines.unary,
			unaryStatus,
		),
		grpc.ChainStreamInterceptor(
			recovery.StreamServerInterceptor(recovered),
			selector.StreamServerInterceptor(grpcauth.StreamServerInterceptor(authenticate), guarded),
			s.runStream,
			lines.stream,
			streamStatus,
			s.endAtStop,
		),
		// A handler's goroutine is kept for the next call, with its stack.
		grpc.NumStreamWorkers(streamWorkers),
		// A window of a fixed size; gRPC would measure one with a ping behind
		// every message.
		grpc.InitialWindowSize(windowSize),
		grpc.InitialConnWindowSize(windowSize),
		// What a client without a token can make the server hold.
		grpc.MaxRecvMsgSize(cfg.MaxRequestBytes),
		grpc.MaxConcurrentStreams(cfg.MaxConcurrentCalls),
		grpc.MaxHeaderListSize(maxHeaderBytes),
		grpc.ConnectionTimeout(handshakeTimeout),
		grpc.KeepaliveParams(keepalive.ServerParameters{MaxConnectionIdle: maxConnectionIdle}),
	}
}

const (
	streamWorkers     = 64
	windowSize        = 1 << 20
	maxHeaderBytes    = 64 << 10
	handshakeTimeout  = 10 * time.Second
	maxConnectionIdle = 15 * time.Minute
)

// ofGRPC are gRPC's own services.
var ofGRPC = map[string]bool{
	healthpb.Health_ServiceDesc.ServiceName:               true,
	reflectionpb.ServerReflection_ServiceDesc.ServiceName: true,
}

// open says whether a service answers before anyone has a token: gRPC's own,
// which tell nothing of the data. A gate is asked of reflection, too.
func (s *Server) open(service string) bool {
	return ofGRPC[service] && (s.gate == nil || service == healthpb.Health_ServiceDesc.ServiceName)
}

// admit asks the gate.
func (s *Server) admit(ctx context.Context) (context.Context, error) {
	path, _ := grpc.Method(ctx)
	a, err := s.gate.Admit(ctx, s.method(path))
	if err != nil {
		return nil, err
	}
	if a.May != nil {
		ctx = table.WithPermit(ctx, a.May)
	}
	ctx = auth.WithCaller(ctx, a.Caller)
	return context.WithValue(ctx, admissionKey{}, a), nil
}

// unaryStatus gives the errors of hand-written handlers the statuses that
// bound methods' have.
func unaryStatus(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	res, err := next(ctx, req)
	if err != nil {
		return nil, callStatus(ctx, info.FullMethod, err)
	}
	return res, nil
}

func streamStatus(srv any, ss grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) error {
	if err := next(srv, ss); err != nil {
		return callStatus(ss.Context(), info.FullMethod, err)
	}
	return nil
}

func callStatus(ctx context.Context, method string, err error) error {
	as, _ := auth.CallerFrom(ctx)
	return status.FromError(ctx, err, status.Info{Method: method, Subject: as.Subject})
}
