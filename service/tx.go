package service

import (
	"context"

	"github.com/jackc/pgx/v5"
	"google.golang.org/grpc"

	"github.com/rowgate/rowgate/store"
)

// Tx gives a hand-written handler its transaction: fn runs within one that has
// taken on the role and claims of the call's caller, so that row level
// security holds for all it does. It commits when fn returns nil and rolls
// back when fn returns an error, which the handler passes on: errors of
// Postgres become the same statuses as in bound methods.
//
// ctx is the handler's own.
func (s *Server) Tx(ctx context.Context, fn func(tx pgx.Tx) error) error {
	return s.TxWith(ctx, store.TxOptions{}, fn)
}

// TxWith is Tx with an isolation level or a read-only transaction. The
// options' Request is filled in.
func (s *Server) TxWith(ctx context.Context, opts store.TxOptions, fn func(tx pgx.Tx) error) error {
	v, ok := s.visit(ctx)
	if !ok {
		return errNoCaller
	}
	path, _ := grpc.Method(ctx)
	opts.Request = s.request(ctx, path, v.audit)
	return v.store.Tx(ctx, v.caller, opts, fn)
}
