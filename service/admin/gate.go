package admin

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"golang.org/x/time/rate"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/reflect/protoreflect"

	adminv1 "github.com/rowgate/rowgate/proto/gen/rowgate/admin/v1"
	"github.com/rowgate/rowgate/service"
	"github.com/rowgate/rowgate/service/auth"
	"github.com/rowgate/rowgate/service/status"
	"github.com/rowgate/rowgate/store"
)

// gate lets in whom the policy names, for what it allows, and sees to it that
// each call leaves its rows in rowgate.audit. It implements [service.Gate].
type gate struct {
	policy   atomic.Pointer[Policy]
	verifier *auth.Verifier // nil for no tokens
	// store is the admin login's, and users runs calls that stand in for a user;
	// nil for none.
	store, users *store.Store
	// login is the role of store's connections.
	login string
	log   *slog.Logger
	// limits are rate.Limiters by the names of principals.
	limits sync.Map
}

var (
	errReason = status.New(codes.InvalidArgument, "REASON_REQUIRED",
		"this call needs a reason: send it as metadata rowgate-reason", nil)
	errActAsRole = status.New(codes.PermissionDenied, "ACT_AS_NOT_ALLOWED",
		"the policy of the admin path does not allow acting as this role", nil)
	errActAsAdmin = status.New(codes.InvalidArgument, "ACT_AS_MEANINGLESS",
		"this method runs as no user; leave rowgate-act-as out", nil)
	errNoUserPath = status.New(codes.FailedPrecondition, "NO_USER_PATH",
		"acting as a user needs the user path's login, and this server has none: set DATABASE_URL", nil)
)

// readsOnly are the methods that are written by hand and read alone.
var readsOnly = map[protoreflect.FullName]bool{
	"rowgate.admin.v1.AdminService.GetStatus":                       true,
	"rowgate.admin.v1.AdminService.ListCalls":                       true,
	"rowgate.admin.v1.AdminService.ExplainAccess":                   true,
	"grpc.reflection.v1.ServerReflection.ServerReflectionInfo":      true,
	"grpc.reflection.v1alpha.ServerReflection.ServerReflectionInfo": true,
}

// Admit implements [service.Gate].
func (g *gate) Admit(ctx context.Context, m service.MethodInfo) (*service.Admission, error) {
	policy := g.policy.Load()
	who, err := identifier{policy, g.verifier, time.Now()}.identify(ctx)
	if err != nil {
		return nil, err
	}
	said, unreadable := read(ctx)
	c := newCall(ctx, g, who.principal, m, said)
	_ = grpc.SetHeader(ctx, metadata.Pairs(requestIDKey, c.audit.RequestID)) // A call that is not of gRPC has no header.

	if err := g.allowed(policy, who.principal, m, said, unreadable); err != nil {
		c.denied.Store(true)
		return nil, c.ended(err)
	}
	admission := &service.Admission{Caller: who.caller, Principal: who.name, Until: who.until, May: c.may, Ended: c.ended, Audit: c.audit}
	switch {
	case said.as != nil:
		admission.Caller, admission.Store = *said.as, g.users
	default:
		admission.Caller.Role = g.login
	}
	if m.Bound && said.as == nil {
		return admission, nil
	}
	admission.Audited = true
	if err := c.start(); err != nil {
		return nil, c.ended(err)
	}
	return admission, nil
}

// allowed says whether the call may be made, before it is.
func (g *gate) allowed(policy *Policy, who *principal, m service.MethodInfo, said said, unreadable error) error {
	// A method that is not there is not told from one that is not allowed.
	if m.Descriptor == nil || !who.mayCall(m.Descriptor) {
		return errDenied
	}
	if unreadable != nil {
		return unreadable
	}
	reads := m.ReadOnly || readsOnly[m.Descriptor.FullName()]
	if said.reason == "" && (policy.requireReason == reasonAlways || policy.requireReason == reasonWrites && !reads) {
		return errReason
	}
	switch {
	case said.as == nil:
		return nil
	case !who.mayActAs(said.as.Role):
		return errActAsRole
	case m.Descriptor.Parent().FullName() == protoreflect.FullName(adminv1.AdminService_ServiceDesc.ServiceName):
		return errActAsAdmin
	case g.users == nil:
		return errNoUserPath
	}
	return nil
}

// Bounds of the rows that denied calls leave: a principal that is denied
// everything must not fill the table. The log has all.
const (
	denialsPerSecond = 10
	denialsAtOnce    = 100
)

// mayRecord says whether one more row of a denial is within the principal's
// bounds.
func (g *gate) mayRecord(principal string) bool {
	limit, ok := g.limits.Load(principal)
	if !ok {
		limit, _ = g.limits.LoadOrStore(principal, rate.NewLimiter(denialsPerSecond, denialsAtOnce))
	}
	return limit.(*rate.Limiter).Allow()
}

// newCall describes a call for the log and the audit.
func newCall(ctx context.Context, g *gate, who *principal, m service.MethodInfo, said said) *call {
	c := &call{ctx: ctx, gate: g, who: who, begun: time.Now(), as: said.as, audit: &store.Audit{
		CallID: uuid.NewString(), Principal: who.name, Reason: said.reason, RequestID: said.requestID,
	}}
	c.rows.Store(-1)
	c.audit.Written = c.written
	if m.Descriptor != nil {
		c.audit.Method = methodName(m.Descriptor)
	} else {
		path, _ := grpc.Method(ctx)
		c.audit.Method = clip(strings.TrimPrefix(path, "/"))
	}
	if c.audit.RequestID == "" {
		c.audit.RequestID = c.audit.CallID
	}
	if said.as != nil {
		c.audit.ActingAs = said.as.Claims
	}
	return c
}

// maxMethod is the most of a method's name that is kept of one that there is
// not, in bytes.
const maxMethod = 200

// clip makes text of a client fit for a row.
func clip(text string) string {
	text = strings.ReplaceAll(text, "\x00", "")
	return strings.ToValidUTF8(text[:min(len(text), maxMethod)], "\uFFFD")
}
