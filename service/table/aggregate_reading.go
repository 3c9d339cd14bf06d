package table

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/rowgate/rowgate/service/filter"
	"github.com/rowgate/rowgate/service/status"
	"github.com/rowgate/rowgate/store/query"
	"github.com/rowgate/rowgate/store/wire"
)

// grouping is what tells one aggregate from another. Calls that ask the same
// share a statement.
type grouping struct {
	// by and aggregates are the fields' bytes in the request.
	by, aggregates          string
	filter, having, orderBy string
	limit                   int
}

func (a *aggregate) grouping(c *call, limit int) grouping {
	value := func(i int) wire.Value {
		if i < 0 {
			return wire.Value{}
		}
		return c.values[i]
	}
	var by []byte
	for _, name := range value(a.groupBy).Items {
		by = protowire.AppendBytes(by, name)
	}
	return grouping{
		by: string(by), aggregates: string(value(a.aggregates).Bytes), having: string(value(a.having).Bytes),
		filter: a.asked.text(c, askFilter), orderBy: a.asked.text(c, askOrderBy), limit: limit,
	}
}

// small says that a grouping is not too large to be kept.
func (q *grouping) small() bool {
	const most = 4 << 10
	return len(q.by)+len(q.aggregates)+len(q.filter)+len(q.having)+len(q.orderBy) <= most
}

// read writes the SELECT of a grouping.
func (a *aggregate) read(q grouping) (*groups, error) {
	p := a.params()
	key, err := a.by(q.by, p)
	if err != nil {
		return nil, err
	}
	asked, err := a.computes(q.aggregates, !key.empty())
	if err != nil {
		return nil, err
	}
	s := query.Select{From: a.from, Limit: q.limit}
	g := &groups{}
	for _, part := range a.parts {
		if part.name == keyPart && !key.empty() {
			g.parts = append(g.parts, key.written(part.number, &s))
		}
		if w := part.written(asked, &s); w.width > 0 {
			g.parts = append(g.parts, w)
		}
	}
	if s.Where, err = a.where(q.filter, p); err != nil {
		return nil, err
	}
	schema, columns := a.named(key)
	if s.Having, err = filter.Condition(q.having, schema, 0, p); err != nil {
		return nil, status.InvalidArgument("having", err.Error())
	}
	terms, err := filter.OrderBy(q.orderBy, schema, 0, columns, p)
	if err != nil {
		return nil, status.InvalidArgument("order_by", err.Error())
	}
	desc := false
	for _, t := range terms {
		s.OrderBy, desc = append(s.OrderBy, t.Order), t.Desc
	}
	s.OrderBy = append(s.OrderBy, key.related(desc)...)
	g.Statement, g.args = s.Statement(), p.Args
	return g, nil
}

// computes reads the mask of what is computed: the count alone without one.
func (a *aggregate) computes(mask string, grouped bool) (map[*computed]bool, error) {
	paths, err := maskPaths("aggregates", []byte(mask))
	if err != nil {
		return nil, err
	}
	asked := map[*computed]bool{}
	if len(paths) == 0 {
		if p := a.part(countPart); p != nil {
			asked[p.values[0]] = true
		} else if !grouped {
			return nil, status.InvalidArgument("aggregates", fmt.Sprintf("is empty, and %s has no count: name paths in %s",
				a.group.message.Name(), a.names(nil)))
		}
		return asked, nil
	}
	for _, path := range paths {
		if v := a.values[path]; v != nil {
			asked[v] = true
			continue
		}
		p, err := a.asksFor(path)
		if err != nil {
			return nil, err
		}
		for _, v := range p.values {
			asked[v] = true
		}
	}
	return asked, nil
}

// asksFor finds the part that a path means as a whole.
func (a *aggregate) asksFor(path string) (*part, error) {
	name, field, inside := strings.Cut(path, ".")
	p := a.part(name)
	refuse := func(format string, args ...any) error {
		return status.InvalidArgument("aggregates", "names "+filter.Shown(path)+fmt.Sprintf(format, args...))
	}
	switch {
	case p == nil || p.name == keyPart:
		return nil, refuse(", which is none of %s", a.names(nil))
	case p.name == countPart:
		return nil, refuse(", and count is a number")
	case len(p.values) == 0:
		return nil, refuse(", and no column of %s has a %s", a.resource.message.Name(), name)
	case !inside:
		return p, nil
	}
	if of, f := aggregates[name], a.field(field); of.ordered && f != nil {
		return nil, refuse(", and Postgres has no %s of type %s; it has one of %s", name, f.column.Declared, a.names(p))
	}
	return nil, refuse(", and %s has %s", name, a.names(p))
}

// named is what the filter and the order of groups may name: what a group holds,
// by its paths. What it is grouped by needs no "group." before it where nothing
// else is called so. columns are those of the key that are the resource's own.
func (a *aggregate) named(key *groupKey) (s *filter.Schema, columns []*filter.Column) {
	s = &filter.Schema{Name: string(a.group.message.Name())}
	for _, p := range a.parts {
		switch p.name {
		case keyPart:
		case countPart:
			s.Columns = append(s.Columns, p.values[0].column)
		default:
			within := &filter.Schema{Name: p.name}
			for _, v := range p.values {
				within.Columns = append(within.Columns, v.column)
			}
			s.Parts = append(s.Parts, within)
		}
	}
	if key.empty() {
		return s, nil
	}
	grouped := key.schema(keyPart)
	s.Columns = append(s.Columns, grouped.Columns...)
	s.Parts = append(append(s.Parts, grouped), grouped.Parts...)
	return s, grouped.Columns
}
