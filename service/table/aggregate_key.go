package table

import (
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/rowgate/rowgate/service/filter"
	"github.com/rowgate/rowgate/service/status"
	"github.com/rowgate/rowgate/store/query"
	"github.com/rowgate/rowgate/store/wire"
)

// groupKey is what the rows of a group have in common: columns of a resource, and
// of its relations of one row, whose rows are read under their own policies.
type groupKey struct {
	of        *resource
	columns   []keyColumn
	relations []*keyRelation
}

type keyColumn struct {
	*field
	value query.Operand
	// named is the column as filters and orders name it.
	named *filter.Column
}

type keyRelation struct {
	*reference
	groupKey
}

// by reads the fields that a request groups by.
func (a *aggregate) by(encoded string, p *filter.Params) (*groupKey, error) {
	key := &groupKey{of: a.resource}
	seen := map[string]bool{}
	relations := 0
	for rest := []byte(encoded); len(rest) > 0; {
		text, n := protowire.ConsumeBytes(rest)
		rest = rest[n:]
		path := string(text)
		if seen[path] {
			return nil, status.InvalidArgument("group_by", "names "+filter.Shown(path)+" twice")
		}
		seen[path] = true
		names := strings.Split(path, ".")
		if relations += len(names) - 1; len(names) > maxRelationDepth || relations > maxRelations {
			return nil, status.InvalidArgument("group_by", fmt.Sprintf("names %s, which leads too deep, or through more than %d relations in all",
				filter.Shown(path), maxRelations))
		}
		if err := key.add(path, names, 0, p, func(value query.Operand) query.Operand { return value }); err != nil {
			return nil, err
		}
	}
	return key, nil
}

// add adds the column that the names of a path lead to. at is the relation of the
// statement that the key is of, and through leads to a value of it.
func (k *groupKey) add(path string, names []string, at query.Alias, p *filter.Params, through func(query.Operand) query.Operand) error {
	refuse := func(format string, args ...any) error {
		return status.InvalidArgument("group_by", "names "+filter.Shown(path)+fmt.Sprintf(format, args...))
	}
	name := names[0]
	f, ref := k.of.field(name), k.of.reference(name)
	switch {
	case f == nil && ref == nil:
		return refuse(", and %s has no field %s", k.of.message.Name(), filter.Shown(name))
	case f != nil && len(names) > 1:
		return refuse(", and %s is a column, which is grouped by as a whole", name)
	case f != nil && !f.column.Sortable:
		return refuse(", whose type %s cannot be compared", f.column.Declared)
	case f != nil:
		c := keyColumn{field: f, value: through(query.Ref{Of: at, Column: f.column.Name}), named: k.of.schema.Column(name)}
		if at != 0 {
			c.named = f.filtered()
			c.named.Of, c.named.Nullable = c.value, true
		}
		k.columns = append(k.columns, c)
		return nil
	case ref.many():
		return refuse(", and a row has any number of %s", name)
	case ref.rows() == nil:
		return status.FailedPrecondition("group_by", fmt.Sprintf("names %s, which does not fit the database any more", filter.Shown(path)))
	case len(names) == 1:
		return refuse(", which is a relation: name a column of it, such as %s.%s", name, ref.rows().fields[0].name)
	}
	i := slices.IndexFunc(k.relations, func(r *keyRelation) bool { return r.reference == ref })
	if i < 0 {
		i = len(k.relations)
		k.relations = append(k.relations, &keyRelation{ref, groupKey{of: ref.rows()}})
	}
	join := ref.join(at, p)
	return k.relations[i].add(path, names[1:], join.As, p, func(value query.Operand) query.Operand {
		return through(query.Lookup{Join: join, Of: value})
	})
}

// empty says that there is one group of all rows.
func (k *groupKey) empty() bool { return len(k.columns) == 0 && len(k.relations) == 0 }

// written adds the key's values to a SELECT, and says how they are written in the
// message that is the field of a number.
func (k *groupKey) written(number protowire.Number, s *query.Select) written {
	w := written{field: number, width: len(k.columns)}
	codecs := make([]*wire.Codec, len(k.columns))
	for i, c := range k.columns {
		codecs[i] = c.codec
		selected := column(c.codec)
		selected.Of = c.value
		s.Columns = append(s.Columns, selected)
		s.GroupBy = append(s.GroupBy, c.value)
	}
	w.plan = wire.NewPlan(codecs)
	for _, r := range k.relations {
		w.within = append(w.within, r.written(r.descriptor.Number(), s))
	}
	return w
}

// schema is the key as filters and orders name it.
func (k *groupKey) schema(name string) *filter.Schema {
	s := &filter.Schema{Name: name}
	for _, c := range k.columns {
		s.Columns = append(s.Columns, c.named)
	}
	for _, r := range k.relations {
		s.Parts = append(s.Parts, r.schema(r.name))
	}
	return s
}

// related orders by the columns of relations, which stand behind an order's other
// terms and go the way of the last.
func (k *groupKey) related(desc bool) []query.Order {
	var order []query.Order
	for _, r := range k.relations {
		for _, c := range r.columns {
			order = append(order, query.Order{By: c.value, Desc: desc, NullsFirst: desc, Nullable: true, Operators: c.named.Operators})
		}
		order = append(order, r.related(desc)...)
	}
	return order
}
