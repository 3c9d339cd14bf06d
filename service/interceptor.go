package service

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
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
)

// errNoCaller is a fault of the server's assembly, not of a client.
var errNoCaller = status.Internal(errors.New("service: no caller in the context; the auth interceptor did not run"))

// serverOptions assembles what every call passes through, outermost first: the
// recovery from panics, the caller, the log, and the status of errors.
func serverOptions(cfg Config, log *slog.Logger) []grpc.ServerOption {
	lines := callLog{log}
	recovered := recovery.WithRecoveryHandlerContext(func(ctx context.Context, p any) error {
		err := status.Internal(fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
		method, _ := grpc.Method(ctx)
		lines.line(ctx, method, time.Now(), err)
		return err
	})
	verify := cfg.Verifier.AuthFunc()
	authenticate := func(ctx context.Context) (context.Context, error) {
		start := time.Now()
		with, err := verify(ctx)
		if err != nil {
			method, _ := grpc.Method(ctx)
			lines.line(ctx, method, start, err)
		}
		return with, err
	}
	guarded := selector.MatchFunc(func(_ context.Context, c interceptors.CallMeta) bool { return !open[c.Service] })
	return []grpc.ServerOption{
		grpc.ForceServerCodecV2(newCodec()),
		grpc.ChainUnaryInterceptor(
			recovery.UnaryServerInterceptor(recovered),
			selector.UnaryServerInterceptor(grpcauth.UnaryServerInterceptor(authenticate), guarded),
			lines.unary,
			unaryStatus,
		),
		grpc.ChainStreamInterceptor(
			recovery.StreamServerInterceptor(recovered),
			selector.StreamServerInterceptor(grpcauth.StreamServerInterceptor(authenticate), guarded),
			lines.stream,
			streamStatus,
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

// open are gRPC's own services, which tell nothing of the data and answer
// before anyone has a token.
var open = map[string]bool{
	healthpb.Health_ServiceDesc.ServiceName:               true,
	reflectionpb.ServerReflection_ServiceDesc.ServiceName: true,
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
