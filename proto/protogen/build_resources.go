package protogen

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/rowgate/rowgate/store/catalog"
)

const aboutResources = "The rows of the database's relations. They stand in one file since they refer to " +
	"one another, and files of protobuf cannot."

// buildResources writes the messages of the relations.
func (g *generator) buildResources() {
	for _, r := range g.order {
		rel := r.relation
		plain := fmt.Sprintf("%s is a row of %s.", r.name, rel)
		r.comment = comment{sentence(plain, g.description.Comment(rel)), plain}
		key, declared := g.chooseKey(r)
		if declared {
			r.declaredKey = key
		}
		r.options = []option{{"(rowgate.v1.relation)", relationLiteral(rel.Name, r.declaredKey)}}
		var members []member
		for _, c := range g.columns(r) {
			members = append(members, g.columnMember(r, c, slices.Contains(key, c.Name)))
		}
		if len(members) == 0 {
			// What the files have for it is reported as gone.
			continue
		}
		r.counted = rel.Kind == 'r' || rel.Kind == 'p' || rel.Kind == 'f'
		r.byColumn = g.members(r.message, rel, members)
		for _, name := range key {
			if f := r.byColumn[name]; f != nil {
				r.key = append(r.key, f)
			} else {
				r.key = nil
				break
			}
		}
		f := g.fileOf(desc(r.have), resourcesFile, aboutResources)
		g.add(f, r.message)
	}
	g.order = slices.DeleteFunc(g.order, func(r *resource) bool { return len(r.fields) == 0 })
}

// columns are those of the relation that a caller may read.
func (g *generator) columns(r *resource) []*catalog.Column {
	var all []*catalog.Column
	for _, c := range r.relation.Columns {
		roles := strings.Join(g.description.Roles, ", ")
		switch {
		case r.grants.MaySelect(c):
		case !r.grants.Select:
			// It is no column's matter, and the methods are reported.
		case !g.hasField(r, c):
			g.skip(partOf(r.relation, c.Name), fmt.Sprintf("none of %s may read it", roles))
			continue
		case g.opts.Prune:
			continue
		default:
			g.note(Gone, partOf(r.relation, c.Name), "none of %s may read it any more, so reading %s is refused while that has a field for it; --prune takes it out",
				roles, r.name)
		}
		all = append(all, c)
	}
	return all
}

func (g *generator) hasField(r *resource, c *catalog.Column) bool {
	if r.have == nil {
		return false
	}
	for i := range r.have.Fields().Len() {
		if name, _ := columnOf(r.have.Fields().Get(i)); name == c.Name {
			return true
		}
	}
	return false
}

// chooseKey is the key by which methods name a row, and whether the message's
// option has to declare it: the one that the file declares while it is a key,
// else the primary key, else the shortest that is unique and never NULL. A key
// that no caller may read whole is none.
func (g *generator) chooseKey(r *resource) (key []string, declared bool) {
	rel := r.relation
	if r.have != nil {
		if key := keyOf(r.have); len(key) > 0 && g.isKey(r, key) {
			return key, true
		}
	}
	if g.isKey(r, rel.PrimaryKey) {
		return rel.PrimaryKey, false
	}
	if r.have != nil && len(rel.PrimaryKey) > 0 {
		// What the files have is for the primary key.
		return nil, false
	}
	keys := slices.SortedFunc(slices.Values(rel.UniqueKeys), func(a, b []string) int {
		return cmp.Or(len(a)-len(b), slices.Compare(a, b))
	})
	for _, k := range keys {
		if g.isKey(r, k) {
			return k, true
		}
	}
	return nil, false
}

// isKey says whether columns identify a row, as far as that is known, and
// callers may name them.
func (g *generator) isKey(r *resource, columns []string) bool {
	for _, name := range columns {
		c := r.relation.Column(name)
		if c == nil || !c.Sortable || r.grants.Select && !r.grants.MaySelect(c) && !g.hasField(r, c) {
			return false
		}
	}
	if g.hidden(r, columns) {
		return false
	}
	unique, known := r.relation.Identifies(columns)
	return len(columns) > 0 && (unique || !known)
}

// hidden says whether the message does without one of the columns: it reserves
// the place, or a prune takes it out.
func (g *generator) hidden(r *resource, columns []string) bool {
	return slices.ContainsFunc(columns, func(name string) bool {
		c := r.relation.Column(name)
		if g.hasField(r, c) {
			return g.opts.Prune && r.grants.Select && !r.grants.MaySelect(c)
		}
		return r.have != nil && numbersOf(r.have).isReserved(int32(c.Number)) && g.hides(r.have, snake(words(name)))
	})
}

func (g *generator) columnMember(r *resource, c *catalog.Column, isKey bool) member {
	m := member{
		name: c.Name, number: int32(c.Number), typed: columnType(c),
		comment: g.description.ColumnComment(r.relation, c),
		what:    fmt.Sprintf("The column %q, %s.", c.Name, c.Declared),
	}
	writes := r.grants.Insert || r.grants.Update
	insert, update := r.grants.MayInsert(c), r.grants.MayUpdate(c)
	output := writes && (!c.Assignable() || !insert && !update)
	m.input = writes && !output
	if isKey {
		m.behavior = append(m.behavior, "IDENTIFIER")
	}
	switch {
	case output:
		m.behavior = append(m.behavior, "OUTPUT_ONLY")
	case insert && c.NotNull && !c.HasDefault:
		m.behavior = append(m.behavior, "REQUIRED")
	}
	if !output && insert && r.grants.Update && !update && !isKey {
		m.behavior = append(m.behavior, "IMMUTABLE")
	}
	if !writes || output {
		return m
	}
	m.rules = func(typ string) rules {
		all := typeRules(m.typed, typ)
		all = append(all, checkRules(g.description.Checks(r.relation), c.Name, typ)...)
		all = compatible(append(all, checkRules(g.description.DomainChecks(c.DeclaredOID), "VALUE", typ)...))
		if m.optional {
			return all
		}
		return all.withZero()
	}
	return m
}

// relationLiteral is the option's value that names a relation, and its key
// where it is not the primary one.
func relationLiteral(n catalog.Name, key []string) string {
	var more []string
	for _, c := range key {
		more = append(more, "key: "+quote(c))
	}
	return nameLiteral(n, more...)
}
