package store

import (
	"context"
	"errors"
	"strconv"

	"github.com/rowgate/rowgate/store/query"
)

// Audit is who calls by the admin path, and what: a row of rowgate.audit. A
// Request that has one runs in a transaction that also writes the row, so that
// nothing is done or told without it.
//
// The row is written in the transaction of [Store.Run] and [Store.Batch], behind
// their statements. Where rows leave the store before the end of it, as from
// [Store.Stream] and [Store.Tx], and where it keeps nothing, as with
// BatchOptions.Rollback, rows are written in transactions of their own: one
// before the first statement, one behind the last.
type Audit struct {
	// CallID ties the rows of a call together. Required.
	CallID string
	// Principal is who calls, and Method the full name of what. Required.
	Principal, Method string
	// ActingAs is the role and the claims of whom the principal stands in for,
	// a JSON object; empty for nobody.
	ActingAs string
	// RequestID and Reason are what the call said of itself.
	RequestID, Reason string
	// Written is called with each row of the call that the store has committed.
	// May be nil.
	Written func(AuditRecord)
}

// AuditEvent says what a row of rowgate.audit tells of.
type AuditEvent string

// The events. A call whose row is written in its own transaction has Done
// alone.
const (
	AuditStarted AuditEvent = "started"
	AuditDone    AuditEvent = "done"
	AuditFailed  AuditEvent = "failed"
	AuditDenied  AuditEvent = "denied"
)

// AuditRecord is an event of a call.
type AuditRecord struct {
	*Audit
	Event AuditEvent
	// Code is the gRPC status' name; empty when there is none yet.
	Code string
	// Rows is how many rows were read or changed; negative for not known.
	Rows int64
}

// AuditError says that the row of a call could not be written. The call has
// done nothing then, or was rolled back.
type AuditError struct{ Err error }

// Error implements error.
func (e *AuditError) Error() string {
	return "store: rowgate.audit cannot be written, see `rowgate setup`: " + e.Err.Error()
}

// Unwrap returns the server's error.
func (e *AuditError) Unwrap() error { return e.Err }

// WriteAudit writes a row in a transaction of its own. It fails with an
// [*AuditError].
func (s *Store) WriteAudit(ctx context.Context, r AuditRecord) error {
	err := s.writeAudit(ctx, r)
	switch {
	case err == nil:
		r.written()
	case !errors.As(err, new(*AuditError)):
		err = &AuditError{err}
	}
	return err
}

// written tells that the row is committed.
func (r *AuditRecord) written() {
	if r.Audit.Written != nil {
		r.Audit.Written(*r)
	}
}

func (s *Store) writeAudit(ctx context.Context, r AuditRecord) error {
	conn, err := s.acquire(ctx, false)
	if err != nil {
		return err
	}
	defer conn.Release()
	p := s.pipelineOn(conn)
	defer p.leave()
	p.clean()
	p.queue("", step{kind: internal, st: backToLogin}, nil, 0)
	r.queue(p)
	return p.explain(ctx, Caller{}, p.send(ctx, endSync))
}

var insertAudit = query.NewStatement(`insert into rowgate.audit
  (call_id, event, principal, method, acting_as, request_id, reason, code, rows)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
	[]query.Param{
		{OID: textOID},
		{OID: textOID},
		{OID: textOID},
		{OID: textOID},
		{OID: jsonbOID, Text: true},
		{OID: textOID},
		{OID: textOID},
		{OID: textOID},
		{OID: int8OID, Text: true},
	}, nil, false)

const (
	int8OID  = 20
	jsonbOID = 3802
)

// queue queues the row. The role must be the login's.
func (r *AuditRecord) queue(p *pipeline) {
	given := func(text string) []byte {
		if text == "" {
			return nil
		}
		return []byte(text)
	}
	var rows []byte
	if r.Rows >= 0 {
		rows = strconv.AppendInt(nil, r.Rows, 10)
	}
	p.queue("", step{kind: audits, st: insertAudit}, [][]byte{
		[]byte(r.CallID), []byte(r.Event), []byte(r.Principal), []byte(r.Method), given(r.ActingAs),
		given(r.RequestID), given(r.Reason), given(r.Code), rows,
	}, 0)
}

// around writes the rows of a call that hands its rows out before its end: one
// of its start, and one of its end when it has not failed. Who has made the call
// knows how it has failed, and writes that. The last one is written whatever
// becomes of the context.
func (s *Store) around(ctx context.Context, a *Audit, run func() (rows int64, err error)) error {
	if err := s.WriteAudit(ctx, AuditRecord{Audit: a, Event: AuditStarted, Rows: -1}); err != nil {
		return err
	}
	rows, err := run()
	if err != nil {
		return err
	}
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
	defer cancel()
	return s.WriteAudit(ending, AuditRecord{Audit: a, Event: AuditDone, Code: "OK", Rows: rows})
}

// runAudited is Run with a row of rowgate.audit.
func (s *Store) runAudited(ctx context.Context, as Caller, call *Call, row func([][]byte) error) (Result, error) {
	var res *Result
	err := s.Batch(ctx, as, BatchOptions{Request: call.Request, ReadOnly: call.Statement.ReadOnly}, func(b *Batch) error {
		res = b.add(call.Statement, call.Args, row, call.MaxRows)
		return nil
	})
	var failed *BatchError
	if errors.As(err, &failed) {
		err = failed.Err
	}
	if res == nil {
		return Result{}, err
	}
	return *res, err
}

// The statements around what is read: a transaction whose last statement writes
// cannot be a read-only one, but a subtransaction of it can.
var (
	readOnlyPart = query.NewStatement("savepoint rowgate_reads", nil, nil, false)
	readOnlyOver = query.NewStatement("release savepoint rowgate_reads", nil, nil, false)
)
