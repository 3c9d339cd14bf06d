package table

import (
	"errors"

	"google.golang.org/protobuf/reflect/protoreflect"

	rowgatev1 "github.com/rowgate/rowgate/proto/gen/rowgate/v1"
	"github.com/rowgate/rowgate/store"
	"github.com/rowgate/rowgate/store/query"
	"github.com/rowgate/rowgate/store/wire"
)

// sqlQuery runs SQL that stands in the contract.
type sqlQuery struct {
	// leavesSession is as in session.go.
	leavesSession bool
	// params are the statement's parameters, and request gives their values.
	params    []*wire.Codec
	request   *wire.Decoder
	statement *query.Statement
	result    *queryResult
}

// bindQuery plans a query. The server says what its parameters and columns
// are; nothing is known of what the SQL means beyond that.
func (b *Binder) bindQuery(md protoreflect.MethodDescriptor, option *rowgatev1.Query) operation {
	at := sqlOf{md}
	text, err := query.ParseText(option.GetSql())
	switch {
	case err != nil:
		b.problem(at, "%s", err)
		return nil
	case text.Writes && !option.GetWrites():
		b.problem(at, "the SQL of %s writes: say writes: true beside it", md.Name())
		return nil
	}
	b.queries = append(b.queries, text)
	before := len(b.noted)
	b.queryFields(at, text)
	d, err := b.describe(text.SQL(nil), nil)
	switch refused := new(store.StatementError); {
	case errors.As(err, &refused) && len(b.noted) == before:
		b.refused(at, text, refused)
		return nil
	case err != nil:
		// A colon that is meant as such is told of already.
		return nil
	}
	params := b.queryParams(at, text, d.Params)
	result := b.queryResult(at, option.GetWrites(), d.Columns)
	if len(b.noted) > before {
		return nil
	}
	o := &sqlQuery{leavesSession: b.cat.LeavesSession(option.GetSql()), result: result, statement: b.queryStatement(at, text, d, params, result)}
	if o.statement == nil {
		return nil
	}
	o.statement.ReadOnly = !option.GetWrites()
	fields := make([]protoreflect.FieldDescriptor, len(params))
	for i, p := range params {
		o.params, fields[i] = append(o.params, p.codec), p.codec.Column().Field
	}
	o.request = wire.NewDecoder(fields)
	return o
}

// sqlOf is the SQL of a method, for a problem's position.
type sqlOf struct{ protoreflect.MethodDescriptor }

// Paths are those of the option's sql, of the query and of the whole option,
// by the numbers of descriptor.proto and options.proto.
func (m sqlOf) Paths() []protoreflect.SourcePath {
	sql := protoreflect.SourcePath{6, int32(m.Parent().Index()), 2, int32(m.Index()), 4, 63710, 14, 1}
	return []protoreflect.SourcePath{sql, sql[:7], sql[:6]}
}

func (o *sqlQuery) target() target { return target{query: true, readOnly: o.statement.ReadOnly} }

func (o *sqlQuery) run(c *call, dst []byte) ([]byte, error) {
	var err error
	if c.values, err = o.request.Decode(c.values[:0], c.msg); err != nil {
		return nil, err
	}
	for i, codec := range o.params {
		v := c.values[i]
		if !v.Present && (codec.Column().Field.HasPresence() || codec.EmptyIsNull()) {
			c.args = append(c.args, nil)
			continue
		}
		if err := c.arg(codec, v); err != nil {
			return nil, err
		}
	}
	c.stored.Statement = o.statement
	return o.result.answer(c, dst)
}
