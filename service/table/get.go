package table

import (
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/rowgate/rowgate/store/query"
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

func (g *get) target() (*resource, bool) { return g.resource, true }

func (g *get) run(c *call, dst []byte) ([]byte, error) {
	if err := g.key.read(c); err != nil {
		return nil, err
	}
	c.stored.Statement = g.statement
	return c.one(g.resource, dst)
}

// one runs a statement that gives one row of a resource, or none.
func (c *call) one(r *resource, dst []byte) ([]byte, error) {
	found := false
	_, err := c.run(func(row [][]byte) (err error) {
		found = true
		dst, err = r.plan.AppendRow(dst, row)
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case !found:
		return nil, notFound(r)
	}
	return dst, nil
}
