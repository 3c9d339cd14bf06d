package protogen

import (
	"fmt"
	"slices"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/rowgate/rowgate/store/catalog"
	"github.com/rowgate/rowgate/store/wire"
)

// member is what a field stands for: a column, an attribute or an argument.
type member struct {
	name string
	// number is pg_attribute.attnum, or the position counted from 1. A new
	// field has it for its number where it is free.
	number int32
	typed
	// comment is the database's, and what ours while there is none.
	comment, what string
	// unnamed members are told by their number alone.
	unnamed bool
	// input says that callers may give it, so that behaviors which the files
	// have beyond these are worth a note.
	input    bool
	behavior []string
	// rules are those that the schema implies for a field of a type.
	rules func(typ string) rules
}

// Numbers of columns' fields are attribute numbers, of which there are 1600 at
// the most: https://www.postgresql.org/docs/current/limits.html
const maxColumns = 1600

// members gives the message a field for each member: the one that is there,
// when it can hold the values, or a new one. What is there for a member that
// is gone, or that has become something else, is reserved.
//
// It returns the fields by the members' names.
func (g *generator) members(m *message, of fmt.Stringer, members []member) map[string]*field {
	known := g.match(m, of, members)
	taken, names := numbersOf(m.have), namesOf(m.have)
	start := int32(1)
	for _, mem := range members {
		start = max(start, mem.number+1)
	}
	for n := range taken.used {
		if n <= maxColumns {
			start = max(start, n+1)
		}
	}
	kept := map[protoreflect.FieldNumber]bool{}
	fields := map[string]*field{}
	for _, mem := range members {
		at := partOf(of, mem.name)
		f := &field{
			comment:  comment{mem.comment, mem.what},
			behavior: mem.behavior, input: mem.input,
		}
		if blank(mem.comment) {
			f.comment.text = mem.what
		}
		have := known[mem.number]
		wish := snake(words(mem.name))
		switch {
		case have != nil && g.holds(have, mem.typed):
			f.have, f.name, f.number = have, string(have.Name()), int32(have.Number())
			f.label = keptLabel(have, mem.typed)
			if proposed := wire.Legal(mem.wire())[0]; isScalar[proposed] {
				f.proposed = proposed
			}
			kept[have.Number()] = true
		case have == nil && m.have != nil && taken.isReserved(mem.number) && g.hides(m.have, wish):
			g.note(Kept, at, "is not exposed, since %s reserves its name and its number", m.have.Name())
			continue
		default:
			f.label, f.typ = g.fieldType(mem.typed)
			f.name = unique(wish, "_", func(n string) bool {
				// A field of its own name would be that member's.
				return !names.has(n) && (!mem.unnamed || !slices.ContainsFunc(members, func(o member) bool { return !o.unnamed && o.name == n }))
			})
			names.add(f.name)
			f.number = taken.take(mem.number, start)
			g.noteNew(m, at, mem, f, have, wish)
		}
		f.options = memberOptions(f, mem)
		if mem.rules != nil {
			f.rules = mem.rules(f.scalar())
		}
		if f.scalar() == "string" {
			f.keyRules = typeRules(mem.typed, "string")
		}
		fields[mem.name] = f
		m.fields = append(m.fields, f)
	}
	if m.have != nil {
		for i := range m.have.Fields().Len() {
			fd := m.have.Fields().Get(i)
			if kept[fd.Number()] || referenceOf(fd).GetForeignKey() != "" || m.apart[fd.Name()] {
				continue
			}
			m.gone = append(m.gone, goneField{fd, g.whyGone(of, fd, known, members)})
		}
	}
	return fields
}

// scalar is the type of a field, or of its items, where that is a scalar.
func (f *field) scalar() string {
	if f.have != nil && f.typ == "" {
		return f.have.Kind().String()
	}
	return f.typ
}

func (g *generator) noteNew(m *message, at subject, mem member, f *field, was protoreflect.FieldDescriptor, wish string) {
	switch {
	case was != nil:
		g.note(Changed, at, "is %s now, which the field %s = %d cannot hold: that is reserved, and %s = %d takes its place",
			mem.declared, was.Name(), was.Number(), f.name, f.number)
	case f.name != wish:
		g.note(Told, at, "the name %s is taken or reserved in %s, so the field is called %s", wish, m.name, f.name)
	case m.have != nil:
		g.note(Added, at, "is the field %s = %d of %s", f.name, f.number, m.name)
	}
}

// whyGone notes why a field goes, and says so for the file.
func (g *generator) whyGone(of fmt.Stringer, fd protoreflect.FieldDescriptor, known map[int32]protoreflect.FieldDescriptor, members []member) string {
	name, _ := columnOf(fd)
	for _, mem := range members {
		if known[mem.number] == fd {
			return fmt.Sprintf("Was %q while that could hold it.", mem.name)
		}
	}
	why := "is gone"
	if rel, ok := of.(*catalog.Relation); ok && rel.Column(name) != nil {
		why = "is nobody's to read"
	}
	g.note(Changed, partOf(of, name), "%s; the field %s and its number %d are reserved", why, fd.Name(), fd.Number())
	return fmt.Sprintf("Was %q, which %s.", name, why)
}

// memberOptions ties the field to its member where its name and number do not.
func memberOptions(f *field, mem member) []option {
	var options []option
	if f.name != mem.name && !mem.unnamed {
		options = append(options, option{columnOption + ".name", quote(mem.name)})
	}
	if f.have == nil && f.number != mem.number {
		options = append(options, option{columnOption + ".number", fmt.Sprint(mem.number)})
	}
	return options
}

// keptLabel is the label that a field which stays has to get: without presence
// a value that is missing and a zero would be one.
func keptLabel(fd protoreflect.FieldDescriptor, v typed) string {
	if v.optional && !fd.HasPresence() && !fd.IsList() && !fd.IsMap() {
		return "optional"
	}
	return ""
}

// match finds the field of each member, by its number: by name, and of a member
// that was renamed by its number.
func (g *generator) match(m *message, of fmt.Stringer, members []member) map[int32]protoreflect.FieldDescriptor {
	known := map[int32]protoreflect.FieldDescriptor{}
	if m.have == nil {
		return known
	}
	var left []protoreflect.FieldDescriptor
	for i := range m.have.Fields().Len() {
		if fd := m.have.Fields().Get(i); referenceOf(fd).GetForeignKey() == "" && !m.apart[fd.Name()] {
			left = append(left, fd)
		}
	}
	take := func(mem member, fits func(name string, number int32, fd protoreflect.FieldDescriptor) bool) protoreflect.FieldDescriptor {
		i := slices.IndexFunc(left, func(fd protoreflect.FieldDescriptor) bool {
			name, number := columnOf(fd)
			return fits(name, number, fd)
		})
		if i < 0 || known[mem.number] != nil {
			return nil
		}
		fd := left[i]
		known[mem.number] = fd
		left = slices.Delete(left, i, i+1)
		return fd
	}
	same, moved := 0, 0
	for _, mem := range members {
		if mem.unnamed {
			continue
		}
		if fd := take(mem, func(name string, _ int32, _ protoreflect.FieldDescriptor) bool { return name == mem.name }); fd != nil {
			if _, number := columnOf(fd); number == mem.number {
				same++
			} else {
				moved++
			}
		}
	}
	for _, mem := range members {
		if mem.unnamed {
			take(mem, func(_ string, number int32, _ protoreflect.FieldDescriptor) bool { return number == mem.number })
		}
	}
	// A copy of a database counts its columns anew where some were dropped, and
	// a relation that was made anew counts from the start; a number then tells
	// nothing.
	if !m.counted || moved >= same {
		return known
	}
	for _, mem := range members {
		if mem.unnamed {
			continue
		}
		fd := take(mem, func(_ string, number int32, fd protoreflect.FieldDescriptor) bool {
			return number == mem.number && g.holds(fd, mem.typed)
		})
		if fd != nil {
			was, _ := columnOf(fd)
			g.note(Changed, partOf(of, mem.name), "was called %s; the field %s = %d stays", was, fd.Name(), fd.Number())
		}
	}
	return known
}
