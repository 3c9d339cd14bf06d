package store

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rowgate/rowgate/store/query"
)

// RequestID names a request, so that it happens once however often it is sent.
// https://google.aip.dev/155
type RequestID struct {
	// Method is what was called; another method's ids are others.
	Method string
	// ID is the client's, a random UUID. Required.
	ID string
	// Request holds the request's bytes, which a repeat must have as well.
	Request []byte
}

var (
	// ErrRequestReused is returned when an id comes with another request than
	// it first came with.
	ErrRequestReused = errors.New("store: the request id was used for another request; a new request needs a new id")
	// ErrNoRequestTable is returned when the login finds no table to keep
	// answers in.
	ErrNoRequestTable = errors.New("store: rowgate.requests is missing: run `rowgate setup`")

	errNoRequestID = errors.New("store: the request id is empty")
	errClaimed     = errors.New("store: the request has been made before")
)

// Once runs a batch, as [Store.Batch] does, once for a request's id, and keeps
// its answer under the same transaction. A repeat by the same role and subject
// is given that answer, and repeated; it waits for a first one that is still
// under way, and runs if that one fails. So whoever has lost the connection may
// ask again. The answer is kept for Config.RequestTTL, and after that the id is
// a new one. With o.Rollback nothing is kept.
//
// It fails with [ErrRequestReused] and [ErrNoRequestTable], and otherwise as
// Batch does. What f has queued and not flushed travels with the answer in one
// round trip, so the answer can tell of what f has flushed alone. f is called of
// a repeat too, whose first Flush then fails; in the rare case that the kept
// answer expires at that moment f is called twice. f's statements see their
// deferred constraints checked before the answer is kept.
//
// The table is of use to nobody: a row's key and digest are SHA-256 hashes, and
// the answer is encrypted with AES-256-GCM under a key that comes from the id by
// HKDF, which is as secret as the id is hard to guess. SQL of a caller that goes
// back to the login could remove a row, but not read or forge it.
func (s *Store) Once(ctx context.Context, as Caller, o BatchOptions, id RequestID, f func(*Batch) (answer []byte, err error)) (answer []byte, repeated bool, err error) {
	run := func(b *Batch) (err error) {
		answer, err = f(b)
		if b.claim != nil {
			b.claim.answer = answer
		}
		return err
	}
	switch {
	case as.isZero():
		return nil, false, ErrNoCaller
	case id.ID == "":
		return nil, false, errNoRequestID
	case o.Rollback:
		err = s.batch(ctx, as, o, nil, run)
		return answer, false, err
	}
	for attempt := 0; ; attempt++ {
		c := newClaim(&as, &id, o.Request.Audit, s.requestTTL)
		err = s.batch(ctx, as, o, c, run)
		if c.refused != nil {
			err = c.refused // whatever f has made of it
		}
		if !errors.Is(err, errClaimed) {
			if err != nil {
				answer = nil
			} else {
				s.sweepRequests()
			}
			return answer, false, err
		}
		kept, err := s.kept(ctx, c)
		if a := o.Request.Audit; a != nil && err == nil && kept != nil {
			if err = s.WriteAudit(ctx, AuditRecord{Audit: a, Event: AuditDone, Code: "OK", Rows: -1}); err != nil {
				kept = nil
			}
		}
		if err != nil || kept != nil || attempt > 0 {
			if err == nil && kept == nil {
				err = errClaimed
			}
			return kept, err == nil, err
		}
	}
}

// The statements on the table, all as the login. A statement that must have an
// effect divides by the number of rows, since only an error keeps what follows
// in the pipeline from being done.
var (
	claimRequest = query.NewStatement(`with claimed as (
  insert into rowgate.requests as r (key, digest, expires_at)
  values ($1, $2, pg_catalog.now() operator(pg_catalog.+) pg_catalog.make_interval(secs => $3::pg_catalog.float8))
  on conflict (key) do update set digest = excluded.digest, answer = null, expires_at = excluded.expires_at
  where r.expires_at operator(pg_catalog.<=) pg_catalog.now()
  returning 1
) select 1 operator(pg_catalog./) pg_catalog.count(*) from claimed`,
		[]query.Param{{OID: byteaOID}, {OID: byteaOID}, {OID: float8OID, Text: true}}, nil, false)

	keepAnswer = query.NewStatement(`with kept as (
  update rowgate.requests set answer = $2 where key operator(pg_catalog.=) $1 returning 1
) select 1 operator(pg_catalog./) pg_catalog.count(*) from kept`,
		[]query.Param{{OID: byteaOID}, {OID: byteaOID}}, nil, false)

	keptAnswer = query.NewStatement(`select digest, answer from rowgate.requests
where key operator(pg_catalog.=) $1 and expires_at operator(pg_catalog.>) pg_catalog.now()`,
		[]query.Param{{OID: byteaOID}}, []uint32{byteaOID, byteaOID}, true)

	backToLogin = query.NewStatement("select where pg_catalog.set_config('role', 'none', true) is not null", nil, nil, false)

	backToCaller = query.NewStatement("select where pg_catalog.set_config('role', $1, true) is not null",
		[]query.Param{{OID: textOID}}, nil, false)
)

const (
	byteaOID  = 17
	float8OID = 701
)

// first queues the claim, in front of the settings: the caller has no right to
// it, and nor has a role that SQL of a caller has left in the session. A repeat
// waits here for the one before it.
func (c *claim) first(p *pipeline) {
	p.queue("", step{kind: internal, st: backToLogin}, nil, 0)
	seconds := strconv.AppendFloat(nil, c.ttl.Seconds(), 'f', -1, 64)
	p.queue("", step{kind: requests, st: claimRequest}, [][]byte{c.key[:], c.digest[:], seconds}, 0)
}

// keep queues what keeps the answer. The role must be the login's.
func (c *claim) keep(p *pipeline) error {
	sealed, err := c.seal()
	if err != nil {
		return err
	}
	p.queue("", step{kind: requests, st: keepAnswer}, [][]byte{c.key[:], sealed}, 0)
	return nil
}

// refusal says what it means that a statement on the table has failed.
func refusal(st *query.Statement, err error) error {
	var pgErr *pgconn.PgError
	if !errors.As(err, &pgErr) {
		return err
	}
	switch pgErr.Code {
	case pgerrcode.DivisionByZero, pgerrcode.SerializationFailure:
		// The second is what a default above READ COMMITTED makes of a conflict.
		if st == claimRequest {
			return errClaimed
		}
	case pgerrcode.UndefinedTable, pgerrcode.InvalidSchemaName, pgerrcode.InsufficientPrivilege, pgerrcode.UndefinedColumn:
		return errors.Join(ErrNoRequestTable, err)
	}
	return err
}

// kept reads the answer that is kept of a request; nil when there is none any
// more.
func (s *Store) kept(ctx context.Context, c *claim) (answer []byte, err error) {
	conn, err := s.acquire(ctx, false)
	if err != nil {
		return nil, err
	}
	defer conn.Release()
	p := s.pipelineOn(conn)
	defer p.leave()
	row := func(values [][]byte) (err error) {
		answer, err = c.open(values[0], values[1])
		return err
	}
	p.clean()
	p.queue("", step{kind: internal, st: backToLogin}, nil, 0)
	p.queue("", step{kind: requests, st: keptAnswer, row: row}, [][]byte{c.key[:]}, 0)
	if err := p.send(ctx, endSync); err != nil {
		return nil, p.explain(ctx, Caller{}, refusal(keptAnswer, err))
	}
	return answer, nil
}

const (
	defaultRequestTTL = 24 * time.Hour
	// sweepEvery is how long a process waits after a removal of expired rows.
	sweepEvery = time.Minute
	// sweepRows is how many are removed at a time.
	sweepRows = 1000
)

const sweep = `delete from rowgate.requests where key operator(pg_catalog.=) any (array(
  select key from rowgate.requests where expires_at operator(pg_catalog.<=) pg_catalog.now()
  order by expires_at limit $1 for update skip locked))`

// sweepRequests removes expired rows, beside the call that it follows and at
// most once a minute. It needs no clockwork that a store would have to stop, and
// a store whose callers send no ids never asks for the table. Of several
// processes each passes over the rows that another is removing.
func (s *Store) sweepRequests() {
	now := time.Now().UnixNano()
	last := s.swept.Load()
	if now-last < int64(sweepEvery) || !s.swept.CompareAndSwap(last, now) {
		return
	}
	go func() {
		ctx, cancel := context.WithTimeout(s.background, sweepEvery)
		defer cancel()
		for {
			done, err := s.pool.Exec(ctx, sweep, sweepRows)
			if err != nil && s.background.Err() == nil {
				s.log.Warn("expired rows of rowgate.requests were not removed", "error", err)
			}
			if err != nil || done.RowsAffected() < sweepRows {
				return
			}
		}
	}()
}
