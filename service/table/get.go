package table

import (
	"errors"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/rowgate/rowgate/service/status"
	"github.com/rowgate/rowgate/store/query"
	"github.com/rowgate/rowgate/store/wire"
)

// get reads one row by its key.
type get struct {
	*resource
	key       *keyRequest
	statement *query.Statement
}

func (b *Binder) bindGet(md protoreflect.MethodDescriptor) operation {
	r := b.resource(md, md.Output())
	if r == nil {
		return nil
	}
	key := b.keyRequest(md, r)
	if key == nil {
		return nil
	}
	return &get{r, key, query.Select{From: r.from, Columns: r.columns, Where: key.condition()}.Statement()}
}

func (g *get) target() target { return target{resource: g.resource, readOnly: true} }

func (g *get) run(c *call, dst []byte) ([]byte, error) {
	if err := g.key.read(c); err != nil {
		return nil, err
	}
	c.stored.Statement = g.statement
	return c.one(g.resource, dst)
}

// one runs a statement that gives one row of a resource, or none. A row more
// is a key that is not unique, as a view's may be.
func (c *call) one(r *resource, dst []byte) ([]byte, error) {
	rows := 0
	_, err := c.run(func(row [][]byte) (err error) {
		if rows++; rows > 1 {
			return errKeyNotUnique(r)
		}
		dst, err = r.plan.AppendRow(dst, row)
		return err
	})
	switch {
	case err != nil:
		return nil, c.afterWrite(err)
	case rows == 0:
		return nil, notFound(r)
	}
	return dst, nil
}

func errKeyNotUnique(r *resource) error {
	return status.FailedPrecondition("", "several rows of "+string(r.message.Name())+" have this key, so it is none")
}

// afterWrite says of an answer that cannot be given that the write was made
// all the same: the server had committed before its row was read.
func (c *call) afterWrite(err error) error {
	var value *wire.ValueError
	if c.stored.Statement.ReadOnly || !errors.As(err, &value) {
		return err
	}
	told := *value
	told.Text += "; the row was written, and only the answer cannot hold it"
	return &told
}
