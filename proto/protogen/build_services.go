package protogen

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	rowgatev1 "github.com/rowgate/rowgate/proto/gen/rowgate/v1"
)

// buildServices writes a service for each resource, with the methods that the
// relation and the grants allow.
func (g *generator) buildServices() {
	for _, r := range g.order {
		g.service(r)
	}
}

func (g *generator) service(r *resource) {
	have := g.serviceOf(r)
	s := &service{have: have, name: r.name + "Service"}
	if have != nil {
		s.name = string(have.Name())
	} else if g.lock.transact != nil && folded(s.name) == folded(string(g.lock.transact.Parent().Name())) {
		s.name = unique(r.name+"RowService", "", func(n string) bool { return !slices.ContainsFunc(stubs(n), g.names.has) })
		g.names.add(stubs(s.name)...)
	}
	s.comment = said(fmt.Sprintf("%s reads and writes the rows of %s that the policies grant the caller.", s.name, r.relation))
	if !r.grants.Insert && !r.grants.Update && !r.grants.Delete {
		s.comment = said(fmt.Sprintf("%s reads the rows of %s that the policies grant the caller.", s.name, r.relation))
	}
	s.policies = g.policies(r.relation)
	about := fmt.Sprintf("The %s %s.", r.relation.KindName(), r.relation)
	f := g.fileOf(desc(have), g.serviceFile(r), about)
	if have != nil {
		f.services = append(f.services, s)
	}
	var absent, refusals []string
	refused := map[string][]string{}
	for _, k := range kinds {
		known, need := g.operation(r, k.op), k.need(r)
		switch {
		case known != nil && need != "" && k.byKey && len(r.key) == 0:
			g.lost(r, known, need)
			continue
		case known != nil && need != "":
			if refused[need] == nil {
				refusals = append(refusals, need)
			}
			refused[need] = append(refused[need], string(known.Name()))
		case need != "":
			continue
		case known == nil && r.have != nil && have != nil && !g.opts.Methods,
			known == nil && r.have != nil && have == nil && !g.opts.Methods && !g.opts.Prune:
			absent = append(absent, k.op)
			continue
		}
		st := k.build(g, r)
		if st == nil {
			continue
		}
		st.op, st.method.have = k.op, known
		if known != nil {
			st.method.name = string(known.Name())
			g.keepHTTP(r, st)
		}
		s.methods = append(s.methods, st.method)
		st.place(g, f)
		if k.writes {
			g.writes = append(g.writes, st.method)
		}
	}
	for _, need := range refusals {
		what := "the method %s stays"
		if len(refused[need]) > 1 {
			what = "the methods %s stay"
		}
		g.note(Kept, r.relation, "%s: "+what+" and will be refused", need, and(refused[need]))
	}
	if len(absent) > 0 {
		g.note(Kept, r.relation, "could have %s as well, and the files have no such method; --methods writes what is missing", and(absent))
	}
	if len(r.missing) > 0 {
		g.note(Kept, r.relation, "could have %s in its requests and responses as well, and the files have no such field; --methods writes what is missing",
			and(r.missing))
	}
	if len(s.methods) > 0 && have == nil {
		f.services = append(f.services, s)
	}
}

// place puts a method's messages into the files.
func (st *standard) place(g *generator, f *wantedFile) {
	st.method.input = st.messages[0].name
	if len(st.messages) > 1 {
		st.method.output = st.messages[1].name
	}
	for _, m := range st.messages {
		g.add(f, m)
	}
}

func (g *generator) serviceOf(r *resource) protoreflect.ServiceDescriptor {
	if r.have == nil {
		return nil
	}
	return g.lock.service(r.have)
}

func (g *generator) operation(r *resource, op string) protoreflect.MethodDescriptor {
	if r.have == nil {
		return nil
	}
	return g.lock.operations[r.have.FullName()][op]
}

// serviceFile is the file of a resource's service.
func (g *generator) serviceFile(r *resource) string {
	name := snake(words(r.name)) + ".proto"
	switch name {
	case resourcesFile, typesFile, functionsFile, transactionsFile:
		return snake(words(r.name)) + "_service.proto"
	}
	return name
}

// lost reports a method that can no longer be bound.
func (g *generator) lost(r *resource, known protoreflect.MethodDescriptor, need string) {
	if g.opts.Prune {
		g.lostMethods = append(g.lostMethods, known)
		g.note(Breaking, r.relation, "%s, so %s is taken out", need, known.Name())
		return
	}
	g.note(Gone, r.relation, "%s, so %s cannot be served; --prune takes it out", need, known.Name())
}

// keepHTTP keeps the path of a method as the file has it, unless the key that
// it names has other fields now.
func (g *generator) keepHTTP(r *resource, st *standard) {
	m, req := st.method, st.messages[0]
	named := pathFields(m.have)
	changed := false
	switch st.op {
	case opGet, opDelete:
		changed = len(req.gone) > 0 || slices.ContainsFunc(req.fields[:len(r.key)], func(f *field) bool { return f.have == nil })
	case opUpdate:
		wanted := make([]string, len(r.key))
		for i, f := range r.key {
			wanted[i] = m.http.body + "." + f.name
		}
		changed = len(named) > 0 && !sameSet(named, wanted)
	}
	if changed && len(named) > 0 {
		m.http.path = likePath(m.http.path, pathOf(m.have))
	}
	if changed {
		g.note(Breaking, r.relation, "the key is %s now, so %s has another request and REST path, %s",
			and(fieldNames(r.key)), m.name, m.http.path)
	}
	if !changed || len(named) == 0 {
		m.http = http{}
	}
}

// likePath is a path with what an older one has before its fields.
func likePath(path, older string) string {
	before, _, _ := strings.Cut(older, "{")
	if _, fields, ok := strings.Cut(path, "{"); ok {
		return before + "{" + fields
	}
	return path
}

// pathOf is a method's REST path.
func pathOf(md protoreflect.MethodDescriptor) string {
	rule, _ := proto.GetExtension(md.Options(), annotations.E_Http).(*annotations.HttpRule)
	switch p := rule.GetPattern().(type) {
	case *annotations.HttpRule_Get:
		return p.Get
	case *annotations.HttpRule_Put:
		return p.Put
	case *annotations.HttpRule_Post:
		return p.Post
	case *annotations.HttpRule_Delete:
		return p.Delete
	case *annotations.HttpRule_Patch:
		return p.Patch
	}
	return ""
}

// pathFields are the fields that a method's REST path names.
func pathFields(md protoreflect.MethodDescriptor) []string {
	var fields []string
	for _, m := range pathField.FindAllStringSubmatch(pathOf(md), -1) {
		fields = append(fields, m[1])
	}
	return fields
}

var pathField = regexp.MustCompile(`\{([a-zA-Z0-9_.]+)`)

func fieldNames(fields []*field) []string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.name
	}
	return names
}

func keyOf(md protoreflect.MessageDescriptor) []string {
	r, _ := proto.GetExtension(md.Options(), rowgatev1.E_Relation).(*rowgatev1.Relation)
	return r.GetKey()
}
