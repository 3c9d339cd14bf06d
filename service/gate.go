package service

import (
	"context"
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/rowgate/rowgate/service/auth"
	"github.com/rowgate/rowgate/store"
)

// Gate decides who may call what, in place of a Verifier: the admin path's. It
// is safe for concurrent use.
type Gate interface {
	// Admit decides on a call, from the metadata and the peer of its context. The
	// error is the call's, and is told as it is. It is asked of every call but
	// those of gRPC's health service, also of methods that the server has not got.
	Admit(ctx context.Context, m MethodInfo) (*Admission, error)
}

// MethodInfo is a method as the server has resolved it.
type MethodInfo struct {
	// Descriptor is nil when the server has no such method.
	Descriptor protoreflect.MethodDescriptor
	// Bound says that it is an operation of the contract, and not written by hand.
	Bound bool
	// ReadOnly says that it only reads. What is written by hand is taken to write.
	ReadOnly bool
}

// Admission is what a gate has decided of a call.
type Admission struct {
	// Caller is as whom it runs.
	Caller store.Caller
	// Principal is who calls, for the log.
	Principal string
	// Store is where it runs; nil for the server's own.
	Store *store.Store
	// Until is when the credential ends that the call came with, and a stream with
	// it. The zero Time is never.
	Until time.Time
	// Audit goes with its statements, unless it is Audited: then the gate sees to
	// the rows.
	Audit   *store.Audit
	Audited bool
	// May says whether the caller may also call another method, which is a part
	// of this call: a write of a transaction. Its error is the call's. nil for
	// anything.
	May func(protoreflect.MethodDescriptor) error
	// Ended is called when the call is over, with its error, and returns the one
	// that is answered. May be nil.
	Ended func(err error) error
}

// admissionKey is the context's key of the admission.
type admissionKey struct{}

// AdmissionFrom returns what a gate has decided of a call, for handlers of the
// admin path. It must not be changed.
func AdmissionFrom(ctx context.Context) (*Admission, bool) {
	a, ok := ctx.Value(admissionKey{}).(*Admission)
	return a, ok
}

// visit is a call's caller, and how it runs.
type visit struct {
	caller store.Caller
	store  *store.Store
	audit  *store.Audit
}

// visit finds whose call it is.
func (s *Server) visit(ctx context.Context) (visit, bool) {
	if a, ok := ctx.Value(admissionKey{}).(*Admission); ok {
		v := visit{caller: a.Caller, store: a.Store}
		if !a.Audited {
			v.audit = a.Audit
		}
		if v.store == nil {
			v.store = s.store
		}
		return v, true
	}
	as, ok := auth.CallerFrom(ctx)
	return visit{caller: as, store: s.store}, ok && s.gate == nil
}
