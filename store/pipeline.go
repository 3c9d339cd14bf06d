package store

import (
	"context"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/rowgate/rowgate/store/query"
)

// pipeline is one call on the wire: the settings, the statement, one Sync. It
// drives pgproto3 itself and not pgconn's Pipeline, which describes every
// portal again in every call and watches the context with a goroutine.
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
	// The messages are kept here, since a pointer handed to pgproto3 escapes.
	bind    pgproto3.Bind
	execute pgproto3.Execute
	sync    pgproto3.Sync

	// call is the statement that is running, and key what it is prepared as.
	call *Call
	key  preparedKey
	// names and keys are those that this pipeline parses, [:parsing], of which
	// [:parsed] are known to be done.
	names   [2]string
	keys    [2]preparedKey
	parsing int
	parsed  int

	// inSettings says that the settings are not done yet; usedPrepared that a
	// statement was not parsed here; bound how many statements were bound.
	inSettings   bool
	usedPrepared bool
	bound        int
	// open says that an answer is owed or not yet read to its end; broken that
	// the connection is of no use any more.
	open   bool
	broken bool
}

// allBinary asks for the binary format of every parameter or column.
var allBinary = []int16{1}

func (p *pipeline) reset(s *Store, pg *pgconn.PgConn, ses *session) {
	p.store, p.pg, p.session = s, pg, ses
	p.open, p.broken = false, false
}

// send writes the whole call and flushes it once.
func (p *pipeline) send(ctx context.Context, as *Caller, call *Call) error {
	p.call = call
	p.parsing, p.parsed, p.bound, p.inSettings, p.usedPrepared = 0, 0, 0, true, false

	setup, err := p.settings(ctx, as)
	if err != nil {
		return err
	}
	p.open = true
	p.watch.start(ctx, p.store.log, p.pg)
	front := p.pg.Frontend()
	for _, name := range p.session.evicted {
		front.SendClose(&pgproto3.Close{ObjectType: 'S', Name: name})
	}
	p.session.evicted = p.session.evicted[:0]

	p.statement(front, as.Role, setup, p.args, 0)
	p.statement(front, as.Role, call.Statement, call.Args, call.MaxRows)
	front.SendSync(&p.sync)

	if err := front.Flush(); err != nil {
		p.fail()
		p.done()
		return p.explain(ctx, *as, fmt.Errorf("store: writing to the database: %w", err))
	}
	return nil
}

// settings picks the statement that sets the call up, and puts its arguments
// into p.args.
func (p *pipeline) settings(ctx context.Context, as *Caller) (*query.Statement, error) {
	role := p.store.settings.Load().of(as.Role)
	limit, err := timeLimit(ctx, role.timeout)
	if err != nil {
		return nil, err
	}
	p.args, p.scratch = p.args[:0], p.scratch[:0]
	req := &p.call.Request
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
	if p.call.Statement.ReadOnly || role.readOnly {
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

// statement queues one statement: parsed first when it has to be, then bound
// and run.
func (p *pipeline) statement(front *pgproto3.Frontend, role string, st *query.Statement, args [][]byte, maxRows uint32) {
	var name string
	if p.store.unnamed {
		p.parse(front, "", role, st)
	} else {
		p.key = preparedKey{role, st.Digest}
		var ok bool
		if name, ok = p.session.prepared.Get(p.key); ok {
			p.usedPrepared = true
		} else {
			name = statementName(role, st)
			p.keys[p.parsing] = p.key
			p.parse(front, name, role, st)
		}
	}
	formats := allBinary
	if !st.AllBinary {
		p.formats = p.formats[:0]
		for _, param := range st.Params {
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
	front.SendBind(&p.bind)
	p.execute.MaxRows = maxRows
	front.SendExecute(&p.execute)
}

func (p *pipeline) parse(front *pgproto3.Frontend, name, role string, st *query.Statement) {
	oids := make([]uint32, len(st.Params))
	for i, param := range st.Params {
		oids[i] = param.OID
	}
	front.SendParse(&pgproto3.Parse{Name: name, Query: statementText(role, st), ParameterOIDs: oids})
	if len(st.Results) > 0 {
		front.SendDescribe(&pgproto3.Describe{ObjectType: 'S', Name: name})
	}
	p.names[p.parsing] = name
	p.parsing++
}

// receive reads the answer up to ReadyForQuery. An error of the server goes
// before one of row: what the row was of is then undone.
func (p *pipeline) receive(row func([][]byte) error) (res Result, err error) {
	var rowErr error
	defer func() { p.done() }()
	front := p.pg.Frontend()
	keep := func(e error) {
		if err == nil {
			err = e
		}
	}
	for {
		msg, e := front.Receive()
		if e != nil {
			p.fail()
			keep(fmt.Errorf("store: reading from the database: %w", e))
			return res, err
		}
		switch msg := msg.(type) {
		case *pgproto3.DataRow:
			if !p.inSettings && err == nil && rowErr == nil && row != nil {
				rowErr = row(msg.Values)
			}
			if !p.inSettings {
				res.Rows++
			}
		case *pgproto3.ParseComplete:
			p.parseDone()
		case *pgproto3.BindComplete:
			p.bound++
		case *pgproto3.RowDescription:
			if !sameTypes(p.call.Statement.Results, msg.Fields) {
				p.session.prepared.Remove(p.key)
				keep(ErrSchemaChanged)
			}
		case *pgproto3.CommandComplete:
			if n, ok := affected(msg.CommandTag); ok && !p.inSettings {
				res.Rows = n
			}
			p.inSettings = false
		case *pgproto3.PortalSuspended:
			res.More = true
		case *pgproto3.ErrorResponse:
			keep(pgconn.ErrorResponseToPgError(msg))
		case *pgproto3.ReadyForQuery:
			if msg.TxStatus != 'I' {
				p.fail()
				keep(fmt.Errorf("store: the connection is in transaction state %q after a call", msg.TxStatus))
			}
			p.open = false
			p.closeUnparsed()
			keep(rowErr)
			return res, err
		}
	}
}

func (p *pipeline) parseDone() {
	if p.parsed >= p.parsing {
		return
	}
	if !p.store.unnamed {
		p.session.prepared.Add(p.keys[p.parsed], p.names[p.parsed])
	}
	p.parsed++
}

// closeUnparsed closes, with the next call, the names of statements that the
// server passed over after an error. It knows nothing of them, but PgBouncer
// takes a name as given once it has seen its Parse.
func (p *pipeline) closeUnparsed() {
	if !p.store.unnamed {
		p.session.evicted = append(p.session.evicted, p.names[p.parsed:p.parsing]...)
	}
}

// fail takes the connection out of use: the pool destroys a closed one.
func (p *pipeline) fail() {
	p.broken, p.open = true, false
	_ = p.pg.Conn().Close()
	_ = p.pg.Close(context.Background())
}

// done ends the watch. When it has sent a cancel request, whatever that may
// still do to the connection is waited for.
func (p *pipeline) done() {
	sent, known := p.watch.end()
	if !sent || p.broken {
		return
	}
	if !known || p.open || p.drain() != nil {
		p.fail()
	}
}

func sameTypes(want []uint32, got []pgproto3.FieldDescription) bool {
	if len(want) != len(got) {
		return false
	}
	for i, oid := range want {
		if oid != 0 && oid != got[i].DataTypeOID {
			return false
		}
	}
	return true
}

// affected reads the row count off a command tag such as "INSERT 0 1".
func affected(tag []byte) (n int64, ok bool) {
	i := len(tag)
	for i > 0 && tag[i-1] >= '0' && tag[i-1] <= '9' {
		i--
	}
	for _, c := range tag[i:] {
		n = n*10 + int64(c-'0')
	}
	return n, i < len(tag)
}
