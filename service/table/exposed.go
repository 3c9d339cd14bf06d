package table

import (
	"slices"
	"strings"

	"github.com/rowgate/rowgate/store/catalog"
)

// Exposed returns the relations that the bound methods reach. Of a query, whose
// SQL stands in the contract, they are those whose names are written in it, in
// whatever sense: a name without its schema stands for the relations of every
// schema.
func (b *Binder) Exposed() []*catalog.Relation {
	var exposed []*catalog.Relation
	for _, r := range b.resources {
		if r != nil {
			exposed = append(exposed, r.relation)
		}
	}
	if written := b.written(); len(written) > 0 {
		for _, r := range b.cat.Relations() {
			if written[r.Name] || written[catalog.Name{Name: r.Name.Name}] {
				exposed = append(exposed, r)
			}
		}
	}
	slices.SortFunc(exposed, func(x, y *catalog.Relation) int { return strings.Compare(x.String(), y.String()) })
	return slices.Compact(exposed)
}

// Functions returns the SQL functions that the bound methods call, and those that
// run as their owners and whose names are written in a query.
func (b *Binder) Functions() []*catalog.Function {
	called := slices.Clone(b.functions)
	if written := b.written(); len(written) > 0 {
		for _, f := range b.cat.Functions() {
			if f.SecurityDefiner && (written[f.Name] || written[catalog.Name{Name: f.Name.Name}]) {
				called = append(called, f)
			}
		}
	}
	slices.SortFunc(called, func(x, y *catalog.Function) int { return strings.Compare(x.Signature(), y.Signature()) })
	return slices.Compact(called)
}

// written are the names in the queries, with the schema where one is written. Of
// a name with dots any two neighbours may be a schema and what is in it, and the
// first may be a relation of the search_path.
func (b *Binder) written() map[catalog.Name]bool {
	names := map[catalog.Name]bool{}
	for _, text := range b.queries {
		for _, parts := range text.Identifiers() {
			names[catalog.Name{Name: parts[0]}] = true
			for i := range parts[1:] {
				names[catalog.Name{Schema: parts[i], Name: parts[i+1]}] = true
			}
		}
	}
	return names
}
