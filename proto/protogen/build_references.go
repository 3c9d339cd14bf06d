package protogen

import (
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	rowgatev1 "github.com/rowgate/rowgate/proto/gen/rowgate/v1"
	"github.com/rowgate/rowgate/store/catalog"
)

// firstReference is the number from which on the fields of relations count:
// beyond those that columns can ever have.
const firstReference = maxColumns + 1

// reference is a field of rows of another relation.
type reference struct {
	on, to *resource
	option *rowgatev1.Reference
	many   bool
	// byColumn says that the wishes are made of the one column's name.
	byColumn bool
	// wishes are names for the field, the best first.
	wishes  []string
	comment string
}

// buildReferences gives messages a field for each foreign key that leads from
// them or to them, and for each junction table through which they have many of
// one another.
func (g *generator) buildReferences() {
	refs := map[*resource][]*reference{}
	for _, r := range g.order {
		for _, k := range r.relation.ForeignKeys {
			to := g.resources[k.To.Name]
			if to == nil || len(to.fields) == 0 || !g.exposed(r, k.Columns) || !g.exposed(to, k.References) {
				continue
			}
			refs[r] = append(refs[r], toOne(r, to, k))
			refs[to] = append(refs[to], inverse(r, to, k))
		}
	}
	for _, r := range g.order {
		if a, b := junction(r.relation); a != nil {
			for _, keys := range [][2]*catalog.ForeignKey{{a, b}, {b, a}} {
				on, to := g.resources[keys[0].To.Name], g.resources[keys[1].To.Name]
				if on != nil && to != nil && slices.Contains(g.order, on) && slices.Contains(g.order, to) {
					refs[on] = append(refs[on], through(on, to, r, keys[0], keys[1]))
				}
			}
		}
	}
	for _, r := range g.order {
		columns := len(r.fields)
		g.references(r, refs[r])
		r.related = len(r.fields) > columns
		r.newlyRelated = !slices.ContainsFunc(r.fields[columns:], func(f *field) bool { return f.have != nil })
	}
}

// exposed says whether all of the columns have fields.
func (g *generator) exposed(r *resource, columns []string) bool {
	return !slices.ContainsFunc(columns, func(c string) bool { return r.byColumn[c] == nil })
}

func toOne(r, to *resource, k *catalog.ForeignKey) *reference {
	w := words(k.Columns[len(k.Columns)-1])
	base := w
	if len(w) > 1 && slices.Contains([]string{"id", "uuid", "key", "fk", "no", "code"}, w[len(w)-1]) {
		base = w[:len(w)-1]
	}
	one := snake(words(to.name))
	wishes := []string{snake(base), snake(base) + "_" + one}
	if len(k.Columns) > 1 {
		wishes[0] = one
	}
	return &reference{
		on: r, to: to, option: &rowgatev1.Reference{ForeignKey: k.Name}, wishes: wishes, byColumn: len(k.Columns) == 1,
		comment: fmt.Sprintf("The row of %s that %s names. Empty unless a request asks for it.",
			to.relation, and(k.Columns)),
	}
}

func inverse(from, to *resource, k *catalog.ForeignKey) *reference {
	unique, _ := from.relation.Identifies(k.Columns)
	many, verb := from.plural, "Rows of %s whose %s name%s this one. Empty unless a request asks for them."
	if unique {
		many, verb = snake(words(from.name)), "The row of %s whose %s name%s this one. Empty unless a request asks for it."
	}
	s := ""
	if len(k.Columns) == 1 {
		s = "s"
	}
	role := snake(toOne(from, to, k).words())
	return &reference{
		on: to, to: from, option: &rowgatev1.Reference{ForeignKey: k.Name, Inverse: true}, many: !unique,
		wishes:  []string{many, many + "_by_" + role},
		comment: fmt.Sprintf(verb, from.relation, and(k.Columns), s),
	}
}

func (r *reference) words() []string { return strings.Split(r.wishes[0], "_") }

func through(on, to, via *resource, ours, theirs *catalog.ForeignKey) *reference {
	name := via.relation.Name
	return &reference{
		on: on, to: to, many: true,
		option: &rowgatev1.Reference{
			ForeignKey: ours.Name, ThroughForeignKey: theirs.Name,
			Through: &rowgatev1.Relation{Schema: name.Schema, Name: name.Name},
		},
		wishes: []string{to.plural, to.plural + "_through_" + via.plural},
		comment: fmt.Sprintf("Rows of %s that %s joins with this one. Empty unless a request asks for them.",
			to.relation, via.relation),
	}
}

// junction returns the two foreign keys of a table whose primary key is made
// of them and nothing else.
func junction(rel *catalog.Relation) (a, b *catalog.ForeignKey) {
	var within []*catalog.ForeignKey
	covered := map[string]bool{}
	for _, k := range rel.ForeignKeys {
		inside := !slices.ContainsFunc(k.Columns, func(c string) bool { return !slices.Contains(rel.PrimaryKey, c) })
		if inside && len(k.Columns) < len(rel.PrimaryKey) {
			within = append(within, k)
			for _, c := range k.Columns {
				covered[c] = true
			}
		}
	}
	if len(within) != 2 || len(covered) != len(rel.PrimaryKey) {
		return nil, nil
	}
	return within[0], within[1]
}

// references gives a resource its fields of relations.
func (g *generator) references(r *resource, refs []*reference) {
	taken, names := numbersOf(r.have), namesOf(r.have)
	for _, f := range r.fields {
		names.add(f.name)
		taken.used[f.number] = true
	}
	known := map[protoreflect.FieldNumber]bool{}
	keep := func(ref *reference, fd protoreflect.FieldDescriptor) {
		known[fd.Number()] = true
		r.fields = append(r.fields, &field{
			name: string(fd.Name()), number: int32(fd.Number()), have: fd,
			comment: said(ref.comment), behavior: []string{"OUTPUT_ONLY"}, options: ref.options(),
		})
	}
	var unknown, fresh []*reference
	for _, ref := range refs {
		if fd := g.knownReference(r, ref); fd != nil {
			keep(ref, fd)
		} else {
			unknown = append(unknown, ref)
		}
	}
	for _, ref := range unknown {
		if fd := g.renamedReference(r, ref, known); fd != nil {
			keep(ref, fd)
			what, is, was := "foreign key", ref.option.GetForeignKey(), referenceOf(fd).GetForeignKey()
			if is == was {
				what, is, was = "junction", ref.option.GetThrough().GetName(), referenceOf(fd).GetThrough().GetName()
			}
			g.note(Changed, r.relation, "the %s %s was called %s; the field %s = %d stays", what, is, was, fd.Name(), fd.Number())
		} else {
			fresh = append(fresh, ref)
		}
	}
	for i, ref := range fresh {
		if !g.mayImport(r, ref.to) {
			g.note(Kept, r.relation, "the foreign key %s has no field, since %s and %s stand in files that would import each other; "+
				"move both messages to one file for it", ref.option.GetForeignKey(), r.name, ref.to.name)
			continue
		}
		wishes := ref.wishes
		// Where several have one wish, none gets it: which one it were would
		// be chance.
		if slices.ContainsFunc(fresh, func(o *reference) bool { return o != fresh[i] && o.wishes[0] == ref.wishes[0] && o.many == ref.many }) {
			wishes = wishes[1:]
		}
		f := &field{typ: ref.to.name, comment: said(ref.comment), behavior: []string{"OUTPUT_ONLY"}, options: ref.options()}
		if ref.many {
			f.label = "repeated"
		}
		f.name = wishes[len(wishes)-1]
		wish := slices.IndexFunc(wishes, func(w string) bool { return !names.has(w) || g.hides(r.have, w) })
		if wish >= 0 {
			f.name = wishes[wish]
		}
		if g.hides(r.have, f.name) {
			g.note(Kept, r.relation, "%s reserves the name %s, so the foreign key %s has no field", r.name, f.name, ref.option.GetForeignKey())
			continue
		}
		f.name = unique(f.name, "_", func(n string) bool { return !names.has(n) })
		names.add(f.name)
		if f.name != ref.wishes[0] {
			g.note(Told, r.relation, "%s of %s is the field of the foreign key %s, since %s could be another's as well",
				f.name, r.name, ref.option.GetForeignKey(), ref.wishes[0])
		}
		f.number = taken.take(firstReference, firstReference)
		if r.have != nil {
			g.note(Added, r.relation, "%s = %d of %s is for the foreign key %s", f.name, f.number, r.name, ref.option.GetForeignKey())
		}
		r.fields = append(r.fields, f)
	}
	if r.have == nil {
		return
	}
	for i := range r.have.Fields().Len() {
		fd := r.have.Fields().Get(i)
		if option := referenceOf(fd); option.GetForeignKey() != "" && !known[fd.Number()] {
			why := "is gone"
			if slices.ContainsFunc(refs, func(ref *reference) bool { return sameReference(ref.option, option) }) {
				// One row may refer to another now, or several where it was one.
				why = "has another field now"
			}
			r.gone = append(r.gone, goneField{fd, fmt.Sprintf("Was for the foreign key %q, which %s.", option.GetForeignKey(), why)})
			g.note(Changed, r.relation, "the foreign key %s %s; the field %s and its number %d are reserved",
				option.GetForeignKey(), why, fd.Name(), fd.Number())
		}
	}
}

// mayImport says whether the file of one message can import that of another,
// and notes that it will. Files of protobuf cannot import each other.
func (g *generator) mayImport(r, to *resource) bool {
	from, target := g.fileOf(desc(r.have), resourcesFile, aboutResources).path, g.fileOf(desc(to.have), resourcesFile, aboutResources).path
	if from == target {
		return true
	}
	seen := map[string]bool{}
	for queue := []string{target}; len(queue) > 0; queue = queue[1:] {
		if queue[0] == from {
			return false
		}
		for next := range g.importsOf(queue[0]) {
			if !seen[next] {
				seen[next] = true
				queue = append(queue, next)
			}
		}
	}
	g.importsOf(from)[target] = true
	return true
}

// importsOf are the files of the package that a file imports.
func (g *generator) importsOf(path string) map[string]bool {
	if g.imports[path] == nil {
		g.imports[path] = map[string]bool{}
		if s := g.have.sources[path]; s != nil {
			for i := range s.file.Imports().Len() {
				if imported := s.file.Imports().Get(i).Path(); g.have.sources[imported] != nil {
					g.imports[path][imported] = true
				}
			}
		}
	}
	return g.imports[path]
}

// knownReference is the field that stands for a reference already.
func (g *generator) knownReference(r *resource, ref *reference) protoreflect.FieldDescriptor {
	if r.have == nil {
		return nil
	}
	for i := range r.have.Fields().Len() {
		fd := r.have.Fields().Get(i)
		option := referenceOf(fd)
		if sameReference(option, ref.option) && fd.IsList() == ref.many && fd.Message() != nil && string(fd.Message().Name()) == ref.to.name {
			return fd
		}
	}
	return nil
}

// sameReference says whether two options name the same foreign keys.
func sameReference(a, b *rowgatev1.Reference) bool {
	return a.GetForeignKey() == b.GetForeignKey() && a.GetInverse() == b.GetInverse() &&
		(a.GetThrough() == nil) == (b.GetThrough() == nil) && a.GetThroughForeignKey() == b.GetThroughForeignKey() &&
		named(a.GetThrough().GetSchema(), a.GetThrough().GetName()) == named(b.GetThrough().GetSchema(), b.GetThrough().GetName())
}

// renamedReference is the field of a foreign key, or of a junction, that has
// another name now: one whose constraint is gone, and which is by the same
// columns, or through a junction that was renamed.
func (g *generator) renamedReference(r *resource, ref *reference, known map[protoreflect.FieldNumber]bool) protoreflect.FieldDescriptor {
	if r.have == nil {
		return nil
	}
	for i := range r.have.Fields().Len() {
		fd := r.have.Fields().Get(i)
		option := referenceOf(fd)
		if option.GetForeignKey() == "" || known[fd.Number()] || fd.IsList() != ref.many ||
			option.GetInverse() != ref.option.GetInverse() || (option.GetThrough() == nil) != (ref.option.GetThrough() == nil) ||
			fd.Message() == nil || string(fd.Message().Name()) != ref.to.name {
			continue
		}
		if g.isGone(r, ref, option) && g.sameWay(fd, ref) {
			return fd
		}
	}
	return nil
}

// sameWay says whether a field holds the rows that a reference leads to by the
// same columns, as far as the files tell: its comment names them, or its own
// name, which is made of them.
func (g *generator) sameWay(fd protoreflect.FieldDescriptor, ref *reference) bool {
	if g.commentOf(fd) == ref.comment {
		return true
	}
	if t := ref.option.GetThrough(); t != nil {
		was := referenceOf(fd).GetThrough()
		return g.renamedFrom[named(t.GetSchema(), t.GetName())] == named(was.GetSchema(), was.GetName())
	}
	return ref.byColumn && slices.Contains(ref.wishes, string(fd.Name()))
}

// commentOf is the comment of a declaration of the files, in one line.
func (g *generator) commentOf(d protoreflect.Descriptor) string {
	t := g.tree(d)
	if n := t.nodes[localName(d)]; n != nil {
		_, lines := t.attached(n)
		return strings.Join(lines, " ")
	}
	return ""
}

// isGone says whether the constraint that an option names, or its junction, is
// not there any more.
func (g *generator) isGone(r *resource, ref *reference, option *rowgatev1.Reference) bool {
	on := r.relation
	switch {
	case option.GetThrough() != nil:
		on = g.cat.Relation(named(option.GetThrough().GetSchema(), option.GetThrough().GetName()))
	case option.GetInverse():
		on = ref.to.relation
	}
	return on == nil || on.ForeignKey(option.GetForeignKey()) == nil
}

func (r *reference) options() []option {
	all := []option{{referenceOption + ".foreign_key", quote(r.option.GetForeignKey())}}
	if r.option.GetInverse() {
		all = append(all, option{referenceOption + ".inverse", "true"})
	}
	if t := r.option.GetThrough(); t != nil {
		all = append(all,
			option{referenceOption + ".through.schema", quote(t.GetSchema())},
			option{referenceOption + ".through.name", quote(t.GetName())},
			option{referenceOption + ".through_foreign_key", quote(r.option.GetThroughForeignKey())})
	}
	return all
}

// and lists names in words.
func and(names []string) string {
	if len(names) == 1 {
		return names[0]
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}
