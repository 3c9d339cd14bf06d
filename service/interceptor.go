package service

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"

	"github.com/grpc-ecosystem/go-grpc-middleware/v2/interceptors"
	grpcauth "github.com/grpc-ecosystem/go-grpc-middleware/v2/interceptors/auth"
	"github.com/grpc-ecosystem/go-grpc-middleware/v2/interceptors/recovery"
	"github.com/grpc-ecosystem/go-grpc-middleware/v2/interceptors/selector"
	"google.golang.org/grpc"

	"github.com/rowgate/rowgate/service/auth"
	"github.com/rowgate/rowgate/service/status"
)

// errNoCaller is a fault of the server's assembly, not of a client.
var errNoCaller = status.Internal(errors.New("service: no caller in the context; the auth interceptor did not run"))

// serverOptions assembles what every call passes through, outermost first: the
// log, the recovery from panics, the caller, and the status of errors.
func serverOptions(cfg Config, log *slog.Logger) []grpc.ServerOption {
	lines := callLog{log}
	recovered := recovery.WithRecoveryHandlerContext(func(_ context.Context, p any) error {
		return status.Internal(fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
	})
	authenticate := cfg.Verifier.AuthFunc()
	guarded := selector.MatchFunc(func(_ context.Context, c interceptors.CallMeta) bool { return !open(c.Service) })
	options := []grpc.ServerOption{
		grpc.ForceServerCodecV2(newCodec()),
		grpc.ChainUnaryInterceptor(
			lines.unary,
			recovery.UnaryServerInterceptor(recovered),
			selector.UnaryServerInterceptor(grpcauth.UnaryServerInterceptor(authenticate), guarded),
			unaryStatus,
		),
		grpc.ChainStreamInterceptor(
			lines.stream,
			recovery.StreamServerInterceptor(recovered),
			selector.StreamServerInterceptor(grpcauth.StreamServerInterceptor(authenticate), guarded),
			streamStatus,
		),
		// A handler's goroutine is kept for the next call, with its stack.
		grpc.NumStreamWorkers(streamWorkers),
		// A window of a fixed size; gRPC would measure one with a ping behind
		// every message.
		grpc.InitialWindowSize(windowSize),
		grpc.InitialConnWindowSize(windowSize),
	}
	if cfg.MaxRequestBytes > 0 {
		options = append(options, grpc.MaxRecvMsgSize(cfg.MaxRequestBytes))
	}
	return options
}

const (
	streamWorkers = 64
	windowSize    = 1 << 20
)

// open says that a service is gRPC's own, which tells nothing of the data and
// answers before anyone has a token.
func open(service string) bool {
	return strings.HasPrefix(service, "grpc.health.") || strings.HasPrefix(service, "grpc.reflection.")
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
