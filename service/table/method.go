package table

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/rowgate/rowgate/service/status"
	"github.com/rowgate/rowgate/store"
	"github.com/rowgate/rowgate/store/wire"
)

// Method is a bound method. It is safe for concurrent use.
type Method struct {
	// Descriptor is the method as the contract declares it.
	Descriptor protoreflect.MethodDescriptor

	path string
	op   operation
	info status.Info
	// untrusted is the calls' Request.Untrusted, which is known once all that the
	// method may reach is bound.
	untrusted func() bool
}

// operation is what a kind of method does with a call.
type operation interface {
	// run reads the request from c, runs the statement and returns dst with
	// the response appended.
	run(c *call, dst []byte) ([]byte, error)
	// target is what the operation works on.
	target() target
}

// target is what an operation works on.
type target struct {
	// resource is nil for a function and a query, which may work on anything.
	*resource
	// query says that the contract has the SQL.
	query bool
	// readOnly says that the operation only reads.
	readOnly bool
	// body is the request's field that holds the resource; empty when the
	// request's own fields are the resource's.
	body string
}

func newMethod(md protoreflect.MethodDescriptor, op operation) *Method {
	m := &Method{Descriptor: md, op: op, path: Path(md)}
	t := op.target()
	m.info = status.Info{Method: m.path, Read: t.readOnly, Function: t.resource == nil && !t.query}
	if t.resource != nil {
		m.info.Field = t.fieldOfColumn
	}
	m.untrusted = sync.OnceValue(func() bool { return leavesSession(op) })
	return m
}

// Path is a method's gRPC path, /package.Service/Method.
func Path(md protoreflect.MethodDescriptor) string {
	return "/" + string(md.Parent().FullName()) + "/" + string(md.Name())
}

// Path is the method's gRPC path.
func (m *Method) Path() string { return m.path }

// ReadOnly says that the method runs in a read-only transaction.
func (m *Method) ReadOnly() bool { return m.info.Read }

// Answer is what a call is answered.
type Answer struct {
	// Body is the response's bytes.
	Body []byte
	// Truncated names the relations of which rows were left out, since a request
	// asked for no more: "comments=2, comments.likes=1", with the number of rows
	// that lack some of theirs. Empty when nothing was.
	Truncated string
}

// Call serves one call: it reads the request's bytes, runs the statement in st
// as the caller, and returns the response, whose bytes are appended to dst. Its
// errors carry a gRPC status.
func (m *Method) Call(ctx context.Context, st *store.Store, as store.Caller, req store.Request, msg, dst []byte) (Answer, error) {
	c := calls.Get().(*call)
	defer c.release()
	c.ctx, c.store, c.as, c.method, c.msg = ctx, st, as, m, msg
	c.stored.Request = m.request(req)
	out, err := m.op.run(c, dst)
	if err != nil {
		return Answer{}, m.status(ctx, as, err)
	}
	return Answer{out, c.cuts}, nil
}

// request is the request of a call of the method.
func (m *Method) request(req store.Request) store.Request {
	req.Untrusted = req.Untrusted || m.untrusted()
	return req
}

// status makes any error one for the client.
func (m *Method) status(ctx context.Context, as store.Caller, err error) error {
	info := m.info
	info.Subject = as.Subject
	return status.FromError(ctx, err, info)
}

// fieldOfColumn names the field of a column that Postgres complains of, as a
// path in the request.
func (t target) fieldOfColumn(schema, table, column string) (string, bool) {
	if schema != t.relation.Schema || table != t.relation.Name.Name {
		return "", false
	}
	for _, f := range t.fields {
		if f.column.Name == column && t.body != "" {
			return t.body + "." + f.name, true
		}
		if f.column.Name == column {
			return f.name, true
		}
	}
	return "", false
}

// call is the working memory of one call, kept for the next one.
type call struct {
	ctx    context.Context
	store  *store.Store
	as     store.Caller
	method *Method
	msg    []byte

	stored  store.Call
	values  []wire.Value
	nested  []wire.Value
	args    [][]byte
	scratch []byte
	cuts    string
}

var calls = sync.Pool{New: func() any { return &call{scratch: make([]byte, 0, 1024)} }}

func (c *call) release() {
	clear(c.values)
	clear(c.nested)
	clear(c.args)
	if cap(c.scratch) > 64<<10 {
		c.scratch = make([]byte, 0, 1024)
	}
	*c = call{
		values: c.values[:0], nested: c.nested[:0], args: c.args[:0], scratch: c.scratch[:0],
	}
	calls.Put(c)
}

// arg appends a field's value to the arguments.
func (c *call) arg(codec *wire.Codec, v wire.Value) error {
	start := len(c.scratch)
	scratch, err := codec.AppendParam(c.scratch, v)
	if err != nil {
		return err
	}
	// A grown scratch leaves the earlier arguments where they were.
	c.scratch = scratch
	c.args = append(c.args, scratch[start:len(scratch):len(scratch)])
	return nil
}

// truncated notes the relations that a writer has cut.
func (c *call) truncated(w *wire.Writer) {
	var all []string
	for path, rows := range w.Cuts() {
		all = append(all, path+"="+strconv.Itoa(rows))
	}
	c.cuts = strings.Join(all, ", ")
}

// run runs the statement that the call has come to.
func (c *call) run(row func([][]byte) error) (store.Result, error) {
	c.stored.Args = c.args
	return c.store.Run(c.ctx, c.as, &c.stored, row)
}

// under puts the path to a message before the field that an error names.
func under(path string, err error) error {
	var value *wire.ValueError
	if !errors.As(err, &value) || value.Column != "" {
		return err
	}
	nested := *value
	nested.Field = path
	if value.Field != "" {
		nested.Field = path + "." + value.Field
	}
	return &nested
}
