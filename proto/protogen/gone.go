package protogen

import (
	"cmp"
	"maps"
	"path"
	"slices"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/rowgate/rowgate/store/catalog"
)

// reportGone reports what the files have and the database has not, or takes it
// out.
func (g *generator) reportGone() {
	var relations []protoreflect.MessageDescriptor
	for _, n := range g.lock.order {
		md, why := g.lock.resources[n], g.whyRelationGone(n)
		if why == "" {
			continue
		}
		if !g.opts.Prune {
			g.note(Gone, n, "%s, and %s has %s for it; --prune takes it out", why, path.Base(md.ParentFile().Path()), md.Name())
			continue
		}
		g.note(Breaking, n, "%s, so %s and its methods are taken out", why, md.Name())
		relations = append(relations, md)
		g.takeOutMethods(md)
	}
	for _, name := range g.lock.callNames() {
		for _, c := range g.lock.calls[name] {
			switch {
			case !g.matches(name) || g.isCalled(c):
			case g.opts.Prune:
				g.note(Breaking, name, "is not there any more, so %s is taken out", c.method.Name())
				g.takeOutMethod(c.method)
			default:
				g.note(Gone, name, "is not there any more, and %s calls it; --prune takes it out", c.method.Name())
			}
		}
	}
	for _, md := range relations {
		g.takeOutUnused(md)
	}
	g.typesGone()
}

// whyRelationGone says why there is nothing that the files' message for a
// relation could stand for; empty when there is.
func (g *generator) whyRelationGone(n catalog.Name) string {
	why := "is not there any more"
	if r := g.resources[n]; r != nil && len(r.fields) == 0 {
		why = "has no column that a caller may read"
	} else if g.cat.Relation(n) != nil {
		return ""
	}
	if !g.matches(n) || g.isRenamed(g.lock.resources[n].FullName()) {
		return ""
	}
	return why
}

// takeOutMethods takes out the methods on a resource. A batch repeats another
// method's request, and goes before it.
func (g *generator) takeOutMethods(md protoreflect.MessageDescriptor) {
	for _, op := range slices.Backward(standardOperations) {
		if m := g.lock.operations[md.FullName()][op]; m != nil {
			g.takeOutMethod(m)
		}
	}
}

// takeOutLost takes out the methods that need a key which is gone, once it is
// known what else needs their messages.
func (g *generator) takeOutLost() {
	for _, m := range slices.Backward(g.lostMethods) {
		g.takeOutMethod(m)
	}
}

// typesGone does the same for the types of which the files have enums and
// messages.
func (g *generator) typesGone() {
	gone := map[catalog.Name]protoreflect.Descriptor{}
	for n, ed := range g.lock.enums {
		renamed := slices.ContainsFunc(slices.Collect(maps.Values(g.enums)), func(e *enum) bool { return e.have == ed })
		if g.cat.Type(n) == nil && !renamed {
			gone[n] = ed
		}
	}
	for n, md := range g.lock.types {
		if g.cat.Type(n) == nil {
			gone[n] = md
		}
	}
	for _, n := range slices.SortedFunc(maps.Keys(gone), func(a, b catalog.Name) int { return cmp.Compare(a.String(), b.String()) }) {
		switch {
		case !slices.Contains(g.description.Schemas, n.Schema):
		case g.opts.Prune:
			g.takeOutUnused(gone[n])
		default:
			g.note(Gone, n, "is not there any more, and %s is for it; --prune takes it out", gone[n].Name())
		}
	}
}

// takeOutUnused takes out a message or an enum that nothing needs any longer.
func (g *generator) takeOutUnused(d protoreflect.Descriptor) {
	if g.usedElsewhere(d, nil) {
		g.note(Kept, subject(d.FullName()), "stands for nothing that is there, and stays since something else in the files uses it")
		return
	}
	g.takeOut(d)
}

// takeOut marks a declaration of the package for removal, once.
func (g *generator) takeOut(d protoreflect.Descriptor) {
	f := g.file(path.Base(d.ParentFile().Path()), "")
	if !slices.Contains(f.gone, d) {
		f.gone = append(f.gone, d)
	}
}

// takeOutMethod takes a method out with its messages, and its service when it
// was the last one there.
func (g *generator) takeOutMethod(md protoreflect.MethodDescriptor) {
	for _, m := range []protoreflect.MessageDescriptor{md.Input(), md.Output()} {
		if g.owns(m) && relationOf(m) == nil && !g.usedElsewhere(m, md) {
			g.takeOut(m)
		}
	}
	sd := md.Parent().(protoreflect.ServiceDescriptor)
	g.methodsGone[md] = true
	for i := range sd.Methods().Len() {
		if !g.methodsGone[sd.Methods().Get(i)] {
			s := g.wantedService(sd)
			if !slices.Contains(s.gone, md) {
				s.gone = append(s.gone, md)
			}
			return
		}
	}
	f := g.file(path.Base(sd.ParentFile().Path()), "")
	f.services = slices.DeleteFunc(f.services, func(s *service) bool { return s.have == sd })
	g.takeOut(sd)
}

// wantedService is the service as it should be, for methods to be taken out of.
func (g *generator) wantedService(sd protoreflect.ServiceDescriptor) *service {
	f := g.file(path.Base(sd.ParentFile().Path()), "")
	for _, s := range f.services {
		if s.have == sd {
			return s
		}
	}
	s := &service{name: string(sd.Name()), have: sd}
	f.services = append(f.services, s)
	return s
}

// usedElsewhere says whether a method that stays, or a field of a message that
// does, uses a message or an enum.
func (g *generator) usedElsewhere(m protoreflect.Descriptor, by protoreflect.MethodDescriptor) bool {
	for _, source := range g.have.sources {
		for i := range source.file.Services().Len() {
			methods := source.file.Services().Get(i).Methods()
			for j := range methods.Len() {
				if md := methods.Get(j); md != by && !g.methodsGone[md] && (protoreflect.Descriptor(md.Input()) == m || protoreflect.Descriptor(md.Output()) == m) {
					return true
				}
			}
		}
		if g.usedInMessages(source.file.Messages(), m) {
			return true
		}
	}
	return false
}

func (g *generator) usedInMessages(all protoreflect.MessageDescriptors, m protoreflect.Descriptor) bool {
	for i := range all.Len() {
		md := all.Get(i)
		if md == m || g.isTakenOut(md) {
			continue
		}
		for j := range md.Fields().Len() {
			fd := md.Fields().Get(j)
			uses := fd.Message() != nil && protoreflect.Descriptor(fd.Message()) == m || fd.Enum() != nil && protoreflect.Descriptor(fd.Enum()) == m
			if uses && !g.fieldGone(fd) {
				return true
			}
		}
		if g.usedInMessages(md.Messages(), m) {
			return true
		}
	}
	return false
}

func (g *generator) isTakenOut(d protoreflect.Descriptor) bool {
	f := g.wanted[d.ParentFile().Path()]
	return f != nil && slices.Contains(f.gone, d)
}

// fieldGone says whether a field is taken out.
func (g *generator) fieldGone(fd protoreflect.FieldDescriptor) bool {
	for _, f := range g.wanted {
		for _, m := range f.messages {
			if m.have == fd.Parent() {
				return slices.ContainsFunc(m.gone, func(gone goneField) bool { return gone.have == fd })
			}
		}
	}
	return false
}

// unused is a message of the files that has a name and that nothing uses, with
// that name; where another one has it, a name that is free.
func (g *generator) unused(name string) (protoreflect.MessageDescriptor, string) {
	for _, source := range g.have.sources {
		md := source.file.Messages().ByName(protoreflect.Name(name))
		if md != nil && relationOf(md) == nil && typeOf(md) == nil && !g.usedElsewhere(md, nil) {
			return md, name
		}
	}
	return nil, unique(name, "", func(n string) bool { return !g.declared.has(n) })
}
