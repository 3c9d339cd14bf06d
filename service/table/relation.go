package table

import (
	"github.com/rowgate/rowgate/service/filter"
	"github.com/rowgate/rowgate/store/catalog"
	"github.com/rowgate/rowgate/store/query"
	"github.com/rowgate/rowgate/store/typemap"
)

// join leads from a row of the resource, in a statement's relation from, to the
// rows that the field holds.
func (ref *reference) join(from query.Alias, p *filter.Params) query.Join {
	j := query.Join{From: from, To: named(ref.to), As: p.Alias()}
	switch {
	case ref.junction != nil:
		j.On = pairs(ref.junction, ref.key.Columns, ref.key.References)
		j.Through = &query.Junction{
			Relation: named(ref.junction), As: p.Alias(), On: pairs(ref.to, ref.far.References, ref.far.Columns),
		}
	case ref.inverse:
		j.On = pairs(ref.to, ref.key.Columns, ref.key.References)
	default:
		j.On = pairs(ref.to, ref.key.References, ref.key.Columns)
	}
	return j
}

func named(r *catalog.Relation) query.Relation {
	return query.Relation{Schema: r.Schema, Name: r.Name.Name}
}

// pairs are the columns of a foreign key, those of one relation with the other's.
func pairs(of *catalog.Relation, their, ours []string) []query.Pair {
	all := make([]query.Pair, len(their))
	for i, name := range their {
		all[i] = query.Pair{Their: name, Ours: ours[i], Operators: of.Column(name).Type.Operators}
	}
	return all
}

// many says that the field holds any number of rows.
func (ref *reference) many() bool { return ref.descriptor.IsList() }

// makeSchema describes the resource to package filter.
func (r *resource) makeSchema() *filter.Schema {
	s := &filter.Schema{Name: string(r.message.Name())}
	for _, f := range r.fields {
		s.Columns = append(s.Columns, f.filtered())
	}
	for _, ref := range r.references {
		s.Relations = append(s.Relations, &filter.Relation{
			Name: ref.name, Many: ref.many(),
			To: func() *filter.Schema {
				if to := ref.rows(); to != nil {
					return to.schema
				}
				return nil
			},
			Join: func(from query.Alias, p *filter.Params) query.Join { return ref.join(from, p) },
		})
	}
	return s
}

func (f *field) filtered() *filter.Column {
	return &filter.Column{
		Name: f.name, Field: f.descriptor, Type: typemap.Column(f.column), Column: f.column.Name,
		Nullable: !f.column.NotNull, Sortable: f.column.Sortable, Operators: f.column.Type.Operators,
		TextOnly: f.column.Type.TextOnly,
	}
}
