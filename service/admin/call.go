package admin

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	rpccode "google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/peer"
	grpcstatus "google.golang.org/grpc/status"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/rowgate/rowgate/service/status"
	"github.com/rowgate/rowgate/store"
)

// call is a call of a principal, from its admission to its end.
type call struct {
	ctx   context.Context
	gate  *gate
	who   *principal
	audit *store.Audit
	as    *store.Caller // nil for nobody
	begun time.Time

	// started says that a row of its start was written, and so that one of its
	// end is to be.
	started bool
	// rows is how many the call has read or changed; negative for not known.
	rows atomic.Int64
	// denied says that the policy has refused it, or a part of it.
	denied atomic.Bool
}

// recordTimeout bounds the writing of a call's last row.
const recordTimeout = 5 * time.Second

// start writes the row of the call's start, where the store does not see to its
// row. Nothing is done without it.
func (c *call) start() error {
	err := c.gate.store.WriteAudit(c.ctx, store.AuditRecord{Audit: c.audit, Event: store.AuditStarted, Rows: -1})
	if err != nil {
		return status.FromError(c.ctx, err, status.Info{})
	}
	c.started = true
	return nil
}

// written is [store.Audit.Written].
func (c *call) written(r store.AuditRecord) {
	if r.Rows >= 0 {
		c.rows.Store(r.Rows)
	}
}

// may is [service.Admission.May].
func (c *call) may(md protoreflect.MethodDescriptor) error {
	if c.who.mayCall(md) {
		return nil
	}
	c.denied.Store(true)
	return errDenied
}

// ended writes the call's last row, unless the store has, and its line in the
// log, and returns what is answered. A call that fails by design can tell as
// much as one that does not, so without its row it tells nothing.
func (c *call) ended(err error) error {
	code := codeName(err)
	event := store.AuditDone
	switch {
	case err != nil && (c.denied.Load() || errors.Is(err, errDenied) || errors.Is(err, errActAsRole)):
		event = store.AuditDenied
	case err != nil:
		event = store.AuditFailed
	}
	unrecorded := c.record(err, code, event)
	c.line(err, code, event, unrecorded)
	if event == store.AuditFailed && !c.started && unrecorded != nil {
		return status.FromError(c.ctx, unrecorded, status.Info{})
	}
	return err
}

// errLeftOut says that a row was not written on purpose.
var errLeftOut = errors.New("left out: too many calls of this principal are denied")

// record writes the call's last row, unless the store has, in the call's
// transaction.
func (c *call) record(err error, code string, event store.AuditEvent) error {
	var unrecorded *store.AuditError
	switch {
	case errors.As(err, &unrecorded):
		return unrecorded
	case err == nil && !c.started:
		return nil
	case !c.started && event == store.AuditDenied && !c.gate.mayRecord(c.who.name):
		return errLeftOut
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.ctx), recordTimeout)
	defer cancel()
	return c.gate.store.WriteAudit(ctx, store.AuditRecord{Audit: c.audit, Event: event, Code: code, Rows: -1})
}

// line writes the call's line in the log.
func (c *call) line(err error, code string, event store.AuditEvent, unrecorded error) {
	level := slog.LevelInfo
	if event == store.AuditDenied {
		level = slog.LevelWarn
	}
	attrs := []slog.Attr{
		slog.String("principal", c.who.name),
		slog.String("method", c.audit.Method),
		slog.String("event", string(event)),
		slog.String("code", code),
		slog.String("request_id", c.audit.RequestID),
		slog.String("call_id", c.audit.CallID),
		slog.String("reason", c.audit.Reason),
		slog.Duration("took", time.Since(c.begun)),
	}
	if rows := c.rows.Load(); rows >= 0 {
		attrs = append(attrs, slog.Int64("rows", rows))
	}
	if c.as != nil {
		attrs = append(attrs, slog.Group("acting_as", "role", c.as.Role, "sub", c.as.Subject))
	}
	if p, ok := peer.FromContext(c.ctx); ok && p.Addr != nil {
		attrs = append(attrs, slog.String("peer", p.Addr.String()))
	}
	if err != nil {
		attrs = append(attrs, slog.Any("error", err))
	}
	if unrecorded != nil {
		attrs = append(attrs, slog.String("audit_row", unrecorded.Error()))
		if !errors.Is(unrecorded, errLeftOut) {
			level = slog.LevelError
		}
	}
	c.gate.log.LogAttrs(c.ctx, level, "admin call", attrs...)
}

// codeName is the status' name as google.rpc.Code has it, such as
// PERMISSION_DENIED.
func codeName(err error) string {
	code := grpcstatus.Code(err)
	if code == codes.Unknown && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)) {
		code = grpcstatus.FromContextError(err).Code()
	}
	return rpccode.Code(code).String()
}
