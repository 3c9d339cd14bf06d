package store

import (
	"context"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/rowgate/rowgate/store/query"
)

// pipeline is what one call sends: the settings and the statements, and at the
// end one Sync. It drives pgproto3 itself and not pgconn's Pipeline, which
// describes every portal again in every call and watches the context with a
// goroutine.
//
// Without a BEGIN, everything up to the Sync is one implicit transaction, and
// what set_config sets locally ends with it.
// https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-PIPELINING
type pipeline struct {
	store   *Store
	session *session
	pg      *pgconn.PgConn
	watch   watch

	args    [][]byte
	scratch []byte
	formats []int16
	// A message whose address is taken is kept here, where that costs nothing.
	bind    pgproto3.Bind
	execute pgproto3.Execute
	result  Result

	// out holds the messages that were not sent, and until all of their answers
	// have come also those that were; steps the statements in them, of which
	// those up to next are done. encoding is the first error of writing them.
	out      []byte
	steps    []step
	next     int
	encoding error
	// parsing and closing are the names that this pipeline parses and closes, of
	// which [:parsed] and [:closed] are known to be done.
	parsing []parsing
	parsed  int
	closing []string
	closed  int
	// unnamed is what the unnamed statement is.
	unnamed preparedKey

	// failed is the step whose error is returned; answered says that rows were
	// handed up, or that an earlier exchange was.
	failed   int
	answered bool
	// open says that an answer is owed or not yet read to its end, or that a
	// transaction is under way; begun that it is one with a BEGIN; reading that
	// an answer is half read; skipping that the server passes over all that is
	// sent up to a Sync; broken that the connection is of no use any more.
	open     bool
	begun    bool
	reading  bool
	skipping bool
	broken   bool
}

// step is one statement of a pipeline.
type step struct {
	kind  stepKind
	index int // the number of a caller's statement
	st    *query.Statement
	key   preparedKey
	row   func(values [][]byte) error
	res   *Result // nil when nobody asks

	from, to int // where its Bind and Execute are in out
	parses   bool
	bound    bool
}

// stepKind says whose a statement is.
type stepKind uint8

const (
	callers    stepKind = iota // the caller's own
	setup                      // the settings
	preRequest                 // Config.PreRequest, as the caller
	internal                   // around it: BEGIN, COMMIT
	requests                   // on rowgate.requests
	audits                     // on rowgate.audit
)

// parsing is a statement that is being prepared.
type parsing struct {
	key  preparedKey
	name string
}

// allBinary asks for the binary format of every parameter or column.
var allBinary = []int16{1}

// maxKept and maxSteps are the sizes up to which a buffer and a list of steps are
// kept for the next call.
const (
	maxKept  = 64 << 10
	maxSteps = 128
)

func (p *pipeline) reset(s *Store, pg *pgconn.PgConn, ses *session) {
	p.store, p.pg, p.session = s, pg, ses
	p.open, p.begun, p.reading, p.skipping, p.broken, p.answered = false, false, false, false, false, false
	p.unnamed = preparedKey{}
	p.drop()
}

// leave ends a call. A connection that still owes an answer, as after a panic
// of row, is closed: the next call would take the answer for its own.
func (p *pipeline) leave() {
	if p.open {
		p.fail()
	}
	p.drop()
}

// drop forgets what was queued. The names of statements that were to be
// parsed or closed are closed by the next pipeline.
func (p *pipeline) drop() {
	p.settle()
	clear(p.steps)
	if p.steps = p.steps[:0]; cap(p.steps) > maxSteps {
		p.steps = nil
	}
	p.next, p.failed, p.encoding = 0, 0, nil
	if p.out = p.out[:0]; cap(p.out) > maxKept {
		p.out = nil
	}
}

// clean queues what undoes the settings that an earlier call has left.
func (p *pipeline) clean() { p.queue("", step{kind: setup, st: resetAll}, nil, 0) }

// enter queues what a caller's statements stand behind: the settings and
// Config.PreRequest, which may write whatever they may. With readOnly they
// themselves may only read.
func (p *pipeline) enter(ctx context.Context, as *Caller, req *Request, readOnly bool) error {
	before := p.store.preRequest.Load()
	setting, err := p.settings(ctx, as, req, readOnly && before == nil && req.Audit == nil)
	if err != nil {
		return err
	}
	p.queue(as.Role, step{kind: setup, st: setting}, p.args, 0)
	if before != nil {
		p.queue(as.Role, step{kind: preRequest, st: before}, nil, 0)
	}
	if readOnly && req.Audit != nil {
		p.queue("", step{kind: internal, st: readOnlyPart}, nil, 0)
	}
	if readOnly && (before != nil || req.Audit != nil) {
		p.queue(as.Role, step{kind: setup, st: readOnlyFromHere}, nil, 0)
	}
	return nil
}

// settings picks the statement that sets the call up, and puts its arguments
// into p.args.
func (p *pipeline) settings(ctx context.Context, as *Caller, req *Request, readOnly bool) (*query.Statement, error) {
	role := p.store.settings.Load().of(as.Role)
	limit, err := timeLimit(ctx, role.timeout)
	if err != nil {
		return nil, err
	}
	p.args, p.scratch = p.args[:0], p.scratch[:0]
	for _, v := range alwaysSetTo(as, req) {
		p.arg(v)
	}
	variant := 0
	if req.Headers != "" {
		variant |= withHeaders
		p.arg(req.Headers)
	}
	if limit > 0 {
		variant |= withTimeout
		start := len(p.scratch)
		p.scratch = strconv.AppendInt(p.scratch, limit.Milliseconds(), 10)
		p.args = append(p.args, p.scratch[start:])
	}
	if readOnly || role.readOnly {
		variant |= withReadOnly
	}
	return role.variants[variant], nil
}

func (p *pipeline) arg(v string) {
	start := len(p.scratch)
	p.scratch = append(p.scratch, v...)
	end := len(p.scratch)
	p.args = append(p.args, p.scratch[start:end:end])
}

// queue adds a statement: parsed first when it has to be, then bound and run.
// The arguments are written at once.
func (p *pipeline) queue(role string, s step, args [][]byte, maxRows uint32) {
	s.key = preparedKey{role, s.st.Digest}
	name := p.prepare(&s)
	formats := allBinary
	if !s.st.AllBinary {
		p.formats = p.formats[:0]
		for _, param := range s.st.Params {
			if param.Text {
				p.formats = append(p.formats, 0)
			} else {
				p.formats = append(p.formats, 1)
			}
		}
		formats = p.formats
	}
	p.bind = pgproto3.Bind{
		PreparedStatement: name, Parameters: args, ParameterFormatCodes: formats, ResultFormatCodes: allBinary,
	}
	p.execute.MaxRows = maxRows
	s.from = len(p.out)
	p.encode(&p.bind)
	p.encode(&p.execute)
	s.to = len(p.out)
	p.bind.Parameters = nil
	p.steps = append(p.steps, s)
}

func (p *pipeline) encode(msg pgproto3.FrontendMessage) {
	out, err := msg.Encode(p.out)
	if err != nil {
		if p.encoding == nil {
			p.failed = len(p.steps)
			p.encoding = fmt.Errorf("store: the statement cannot be sent: %w", err)
		}
		return
	}
	p.out = out
}

// prepare returns the name that a statement is prepared as, and queues its
// Parse when it is not.
func (p *pipeline) prepare(s *step) (name string) {
	if p.store.unnamed || s.kind == internal || s.kind == audits {
		// A COMMIT must not fail because somebody took its name away, and a row of
		// the audit must not be another statement.
		if p.unnamed == s.key {
			return ""
		}
		p.unnamed = s.key
	} else {
		// In front of a Parse, since what was evicted may be what is parsed.
		for _, name := range p.session.evicted {
			p.encode(&pgproto3.Close{ObjectType: 'S', Name: name})
			p.closing = append(p.closing, name)
		}
		p.session.evicted = p.session.evicted[:0]
		if name, ok := p.session.prepared.Get(s.key); ok {
			return name
		}
		for _, parsing := range p.parsing[p.parsed:] {
			if parsing.key == s.key {
				return parsing.name
			}
		}
		name = statementName(s.key.role, s.st)
	}
	oids := make([]uint32, len(s.st.Params))
	for i, param := range s.st.Params {
		oids[i] = param.OID
	}
	p.encode(&pgproto3.Parse{Name: name, Query: statementText(s.key.role, s.st), ParameterOIDs: oids})
	if len(s.st.Results) > 0 {
		p.encode(&pgproto3.Describe{ObjectType: 'S', Name: name})
	}
	p.parsing = append(p.parsing, parsing{s.key, name})
	s.parses = true
	return name
}

// again queues the steps anew, after an error that was mended before anything
// had been handed up.
func (p *pipeline) again() {
	sent := p.out
	p.out, p.next = make([]byte, 0, len(sent)+1024), 0
	p.unnamed = preparedKey{}
	for i := range p.steps {
		s := &p.steps[i]
		s.parses, s.bound = false, false
		if s.res != nil {
			*s.res = Result{}
		}
		p.prepare(s) // A name does not change.
		from := len(p.out)
		p.out = append(p.out, sent[s.from:s.to]...)
		s.from, s.to = from, len(p.out)
	}
}

// The messages that end an exchange.
const (
	endSync  = 'S' // the transaction's end, or a step's within a BEGIN
	endFlush = 'H' // the answers are wanted, and more is to come
)

// send sends what is queued and reads all answers. What fails because a
// statement was not prepared as it was thought to be, and has handed nothing up
// yet, is sent a second time.
func (p *pipeline) send(ctx context.Context, end byte) error {
	err := p.exchange(ctx, end)
	if err != nil && p.mend(err) && !p.answered {
		if p.open && p.rollback() != nil {
			return err
		}
		p.again()
		err = p.exchange(ctx, end)
	}
	if err == nil {
		p.answered = true
		p.drop()
	}
	return err
}

// exchange sends and reads once, and watches the context meanwhile.
func (p *pipeline) exchange(ctx context.Context, end byte) (err error) {
	if p.encoding != nil {
		return p.encoding
	}
	p.watch.start(ctx, p.store.log, p.pg)
	defer func() {
		if p.done() && err == nil {
			err = ctx.Err()
		}
	}()
	return p.roundTrip(end)
}

// safeToWrite is what a socket takes even when the other side does not read.
const safeToWrite = 4 << 10

// roundTrip writes what is queued and reads the answers. The server may wait
// for us to read before it reads on, so what is large and has several answers
// is written by a goroutine of its own.
func (p *pipeline) roundTrip(end byte) error {
	p.out = append(p.out, end, 0, 0, 0, 4)
	p.open = true
	conn, out := p.pg.Conn(), p.out
	if len(out) <= safeToWrite || len(p.steps) <= 3 {
		if _, err := conn.Write(out); err != nil {
			p.fail()
			return fmt.Errorf("store: writing to the database: %w", err)
		}
		return p.read(end == endSync)
	}
	written := make(chan error, 1)
	go func() {
		_, err := conn.Write(out)
		written <- err
	}()
	err := p.read(end == endSync)
	if e := <-written; e != nil {
		p.fail()
		if err == nil {
			err = fmt.Errorf("store: writing to the database: %w", e)
		}
	}
	return err
}
