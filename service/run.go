package service

import (
	"context"
	"errors"
	"net"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/peer"

	"github.com/rowgate/rowgate/service/auth"
	"github.com/rowgate/rowgate/service/status"
)

var (
	errCancelledByAdmin = status.New(codes.Canceled, "CANCELLED_BY_ADMIN", "an administrator has cancelled the call", nil)
	errTokenEnded       = status.New(codes.Unauthenticated, "TOKEN_EXPIRED", "the token has expired while the stream was open", nil)
)

// runUnary lists a call for as long as it runs.
func (s *Server) runUnary(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (res any, err error) {
	err = s.run(ctx, info.FullMethod, func(ctx context.Context) (err error) {
		res, err = next(ctx, req)
		return err
	})
	if err != nil {
		return nil, err
	}
	return res, nil
}

// runStream is runUnary for streams, which also end with the token that they
// came with.
func (s *Server) runStream(srv any, ss grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) error {
	return s.run(ss.Context(), info.FullMethod, func(ctx context.Context) error {
		until, ok := auth.ExpiryFrom(ctx)
		if a, admitted := ctx.Value(admissionKey{}).(*Admission); admitted {
			until, ok = a.Until, !a.Until.IsZero()
		}
		if ok {
			var cancel context.CancelFunc
			ctx, cancel = context.WithDeadlineCause(ctx, until, errTokenEnded)
			defer cancel()
		}
		err := next(srv, &stream{ss, ctx})
		if err != nil && errors.Is(context.Cause(ctx), errTokenEnded) {
			return errTokenEnded
		}
		return err
	})
}

// run lists a call, and tells the gate of its end.
func (s *Server) run(ctx context.Context, method string, call func(context.Context) error) (err error) {
	if service, _, _ := strings.Cut(method[1:], "/"); s.open(service) {
		return call(ctx) // Strangers may have as many as they like.
	}
	listed := RunningCall{Method: strings.ToValidUTF8(method[1:], "\uFFFD"), Path: s.path, Start: time.Now()}
	var addr net.Addr
	if p, ok := peer.FromContext(ctx); ok {
		addr = p.Addr
	}
	if as, ok := auth.CallerFrom(ctx); ok {
		listed.Role, listed.Subject = as.Role, as.Subject
	}
	admission, _ := ctx.Value(admissionKey{}).(*Admission)
	if admission != nil {
		listed.Subject = admission.Principal
		if admission.Ended != nil {
			err = errPanicked // unless it is overwritten
			defer func() { err = admission.Ended(err) }()
		}
	}
	ctx, end := s.calls.begin(ctx, listed, addr)
	defer end()
	err = call(ctx)
	if err != nil && errors.Is(context.Cause(ctx), errCancelled) {
		err = errCancelledByAdmin
	}
	return err
}

// errPanicked is what a gate is told of a call that did not return.
var errPanicked = status.Internal(nil)
