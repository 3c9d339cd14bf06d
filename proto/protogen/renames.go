package protogen

import (
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/rowgate/rowgate/store/catalog"
)

// renamedRelations finds relations that are new to the files and are those of
// an older name that is gone: the same columns under the same numbers, and
// constraints that still have the old name in theirs, since Postgres does not
// rename them along.
func (g *generator) renamedRelations(relations []*catalog.Relation) map[*catalog.Relation]protoreflect.MessageDescriptor {
	renamed := map[*catalog.Relation]protoreflect.MessageDescriptor{}
	for _, old := range g.lock.order {
		md := g.lock.resources[old]
		if g.cat.Relation(old) != nil || !g.matches(old) {
			continue
		}
		var found []*catalog.Relation
		for _, rel := range relations {
			if g.lock.resources[rel.Name] == nil && renamed[rel] == nil && rel.Schema == old.Schema &&
				sameColumns(rel, md) && namedAfter(rel, old.Name) {
				found = append(found, rel)
			}
		}
		if len(found) == 1 {
			renamed[found[0]] = md
			g.renamedFrom[found[0].Name] = old
			g.note(Changed, found[0], "was called %s; %s and its service stay", old, md.Name())
		}
	}
	return renamed
}

// isRenamed says whether a message stands for a relation of another name now.
func (g *generator) isRenamed(message protoreflect.FullName) bool {
	return slices.ContainsFunc(g.order, func(r *resource) bool { return r.have != nil && r.have.FullName() == message })
}

// sameColumns says whether a relation has the columns of a message, each under
// its number, and no other.
func sameColumns(rel *catalog.Relation, md protoreflect.MessageDescriptor) bool {
	columns := 0
	for i := range md.Fields().Len() {
		fd := md.Fields().Get(i)
		if referenceOf(fd).GetForeignKey() != "" {
			continue
		}
		name, _ := columnOf(fd)
		if rel.Column(name) == nil {
			return false
		}
		columns++
	}
	return columns == len(rel.Columns)
}

// namedAfter says whether a constraint of the relation has a name that Postgres
// makes of an older name of it.
func namedAfter(rel *catalog.Relation, old string) bool {
	if rel.PrimaryKeyName == old+"_pkey" {
		return true
	}
	return slices.ContainsFunc(rel.ForeignKeys, func(k *catalog.ForeignKey) bool { return strings.HasPrefix(k.Name, old+"_") })
}

// renamedEnum finds the enum of the files for a type that was renamed: one
// with the same labels whose own type is gone.
func (g *generator) renamedEnum(t *catalog.Type) protoreflect.EnumDescriptor {
	if g.lock.enums[t.Name] != nil || t.Kind != 'e' {
		return nil
	}
	var found protoreflect.EnumDescriptor
	for name, ed := range g.lock.enums {
		if name.Schema != t.Schema || g.cat.Type(name) != nil {
			continue
		}
		var labels []string
		for i := range ed.Values().Len() {
			if label, ok := labelOf(ed.Values().Get(i)); ok {
				labels = append(labels, label)
			}
		}
		if sameSet(labels, t.Labels) {
			if found != nil {
				return nil
			}
			found = ed
		}
	}
	return found
}

// renamedLabels gives a label that took the place of another one that label's
// value: exactly one is new and exactly one is gone. Postgres renames labels
// and cannot drop them.
func (g *generator) renamedLabels(t *catalog.Type, known map[string]protoreflect.EnumValueDescriptor) {
	var gone, fresh []string
	for label := range known {
		if !slices.Contains(t.Labels, label) {
			gone = append(gone, label)
		}
	}
	for _, label := range t.Labels {
		if known[label] == nil {
			fresh = append(fresh, label)
		}
	}
	if len(gone) != 1 || len(fresh) != 1 {
		return
	}
	v := known[gone[0]]
	known[fresh[0]] = v
	delete(known, gone[0])
	g.note(Changed, t.Name, "the label %q was %q; the value %s = %d stays", fresh[0], gone[0], v.Name(), v.Number())
}
