package table

import (
	"errors"

	lru "github.com/hashicorp/golang-lru/v2"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/rowgate/rowgate/service/status"
	"github.com/rowgate/rowgate/store/query"
	"github.com/rowgate/rowgate/store/wire"
)

// get reads one row by its key.
type get struct {
	*resource
	key        *keyRequest
	whole      *reading
	selections *lru.Cache[selected, *reading]
}

func (b *Binder) bindGet(md protoreflect.MethodDescriptor) operation {
	r := b.resource(md, md.Output())
	if r == nil {
		return nil
	}
	key := b.keyRequest(md, r, known(nil, askReadMask, askInclude))
	if key == nil {
		return nil
	}
	g := &get{resource: r, key: key}
	g.whole = g.reading(r.everything(), nil)
	g.selections, _ = lru.New[selected, *reading](keptShapes)
	return g
}

func (g *get) target() target { return target{resource: g.resource, readOnly: true} }

func (g *get) run(c *call, dst []byte) ([]byte, error) {
	if err := g.key.decode(c); err != nil {
		return nil, err
	}
	rd, err := g.selected(g.key.asked.selected(c))
	if err != nil {
		return nil, err
	}
	c.args = append(c.args, rd.args...)
	if err := g.key.read(c); err != nil {
		return nil, err
	}
	c.stored.Statement = rd.Statement
	return c.one(g.resource, rd.plan, dst)
}

// selected is the statement of what a call asks to be answered.
func (g *get) selected(s selected) (*reading, error) {
	if s.isWhole() {
		return g.whole, nil
	}
	if rd, ok := g.selections.Get(s); ok {
		return rd, nil
	}
	p := g.params()
	sel, err := s.selection(g.resource, p)
	if err != nil {
		return nil, err
	}
	rd := g.reading(sel, p.Args)
	if (&question{selected: s}).small() {
		g.selections.Add(s, rd)
	}
	return rd, nil
}

func (g *get) reading(sel *selection, args [][]byte) *reading {
	st := query.Select{From: g.from, Columns: sel.columns, Where: g.key.condition(len(args))}.Statement()
	return &reading{Statement: st, plan: sel.plan, args: args}
}

// one runs a statement that gives one row of a resource, or none. A row more
// is a key that is not unique, as a view's may be.
func (c *call) one(r *resource, plan *wire.Plan, dst []byte) ([]byte, error) {
	rows := 0
	w := plan.NewWriter()
	_, err := c.run(func(row [][]byte) (err error) {
		if rows++; rows > 1 {
			return errKeyNotUnique(r)
		}
		dst, err = w.AppendRow(dst, row)
		return err
	})
	switch {
	case err != nil:
		return nil, c.afterWrite(err)
	case rows == 0:
		return nil, notFound(r)
	}
	c.truncated(w)
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
