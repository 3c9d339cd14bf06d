package table

import (
	"google.golang.org/protobuf/reflect/protoreflect"

	rowgatev1 "github.com/rowgate/rowgate/proto/gen/rowgate/v1"
	"github.com/rowgate/rowgate/service/status"
	"github.com/rowgate/rowgate/store/query"
)

// removeMany deletes the rows that meet a filter.
type removeMany struct {
	*resource
	many
}

func (b *Binder) bindDeleteMany(md protoreflect.MethodDescriptor, option *rowgatev1.DeleteMany) operation {
	r := b.removed(md, option.GetMessage(), "delete_many")
	if r == nil {
		return nil
	}
	o := &removeMany{resource: r}
	if !b.manyAnswer(md, r, &o.many) {
		return nil
	}
	found := b.request(md, known(guards, askFilter, askReadMask, askRequestID, askValidateOnly))
	if !b.many(md, &o.many, found, []protoreflect.FieldDescriptor{}) {
		return nil
	}
	return o
}

func (o *removeMany) target() target { return target{resource: o.resource} }

func (o *removeMany) run(c *call, dst []byte) ([]byte, error) { return c.write(o, dst) }

func (o *removeMany) stage(c *call, msg, dst []byte, in *staging) (*staged, error) {
	if in != nil && len(in.used) > 0 {
		return nil, status.InvalidArgument("filter", "takes no values of other writes")
	}
	var err error
	if c.values, err = o.request.Decode(c.values[:0], msg); err != nil {
		return nil, err
	}
	p := o.params()
	w, err := o.many.stage(c, o.resource, p, dst, in, func(where query.Expr, returning []query.Column) *query.Statement {
		return query.Delete{From: o.from, Where: where, Returning: returning}.Statement()
	})
	if err != nil {
		return nil, err
	}
	return &w.staged, nil
}
