package protogen

import (
	"path"
	"slices"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// reportGone reports the relations and functions that the files have and the
// database has not, or takes them out.
func (g *generator) reportGone() {
	for _, n := range g.lock.order {
		md := g.lock.resources[n]
		if !g.matches(n) || g.cat.Relation(n) != nil || g.isRenamed(md.FullName()) {
			continue
		}
		if !g.opts.Prune {
			g.note(Gone, n, "is not there any more, and %s has %s for it; --prune takes it out", path.Base(md.ParentFile().Path()), md.Name())
			continue
		}
		g.note(Breaking, n, "is not there any more, so %s and its methods are taken out", md.Name())
		g.takeOut(md)
		for _, op := range g.lock.operations[md.FullName()] {
			g.takeOutMethod(op)
		}
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

// usedElsewhere says whether another method or a field uses a message.
func (g *generator) usedElsewhere(m protoreflect.MessageDescriptor, by protoreflect.MethodDescriptor) bool {
	for _, source := range g.have.sources {
		for i := range source.file.Services().Len() {
			methods := source.file.Services().Get(i).Methods()
			for j := range methods.Len() {
				if md := methods.Get(j); md != by && (md.Input() == m || md.Output() == m) {
					return true
				}
			}
		}
	}
	return false
}
