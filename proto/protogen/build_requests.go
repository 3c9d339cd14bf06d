package protogen

import (
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	rowgatev1 "github.com/rowgate/rowgate/proto/gen/rowgate/v1"
)

// offer gives a message the fields that it may have or do without. Of a message
// that is there, one that is missing was taken out by someone and stays out,
// unless what it is for is new.
func (g *generator) offer(r *resource, m *message, fields ...*field) {
	for _, name := range g.offered(m, fields...) {
		if !slices.Contains(r.missing, name) {
			r.missing = append(r.missing, name)
		}
	}
}

// offered is offer; it returns the names of the fields that stay out.
func (g *generator) offered(m *message, fields ...*field) (missing []string) {
	names, taken := namesOf(m.have), numbersOf(m.have)
	for _, f := range m.fields {
		names.add(f.name)
		taken.used[f.number] = true
	}
	next := int32(1)
	for n := range taken.used {
		next = max(next, n+1)
	}
	for _, f := range fields {
		switch {
		case names.has(f.name), f.byType && has(m.have, f):
			// It is there, or another field is, or someone has reserved it.
			continue
		case m.have != nil && !f.fresh && !g.opts.Methods:
			missing = append(missing, f.name)
			continue
		}
		f.number = taken.take(f.number, next)
		f.last = m.have != nil
		names.add(f.name)
		m.fields = append(m.fields, f)
	}
	return missing
}

// keyRequest is the request of a method that takes a key.
func (g *generator) keyRequest(r *resource, op, name string) *message {
	req := g.requestOf(r, op, name+"Request", fmt.Sprintf("%sRequest names %s.", name, r.one()))
	taken := numbersOf(req.have)
	start := int32(len(r.key)) + 1
	kept := map[protoreflect.FieldNumber]bool{}
	names := namesOf(req.have)
	for i, k := range r.key {
		f := &field{
			name: k.name, typ: k.typeName(), behavior: []string{"REQUIRED"},
			comment: comment{k.comment.text, k.comment.plain}, rules: k.keyRules,
		}
		if k.isList() {
			f.label = "repeated"
		}
		if fd := keyField(req.have, r, k); fd != nil {
			f.have, f.name, f.typ, f.label, f.number = fd, string(fd.Name()), "", "", int32(fd.Number())
			kept[fd.Number()] = true
		} else {
			// The name may be reserved, of a key that this one follows.
			f.name = unique(k.name, "_", func(n string) bool { return !names.has(n) })
			f.number = taken.take(int32(i)+1, start)
			if f.name != k.name {
				f.options = []option{{columnOption + ".name", quote(r.columnOf(k))}}
			}
		}
		req.fields = append(req.fields, f)
	}
	for i := 0; req.have != nil && i < req.have.Fields().Len(); i++ {
		if fd := req.have.Fields().Get(i); !kept[fd.Number()] && len(r.key) > 0 && !besideKey(fd) {
			req.gone = append(req.gone, goneField{fd, "Is no part of the key any more."})
		}
	}
	return req
}

// has says whether a message has a field of the type of another one, whatever
// its name.
func has(md protoreflect.MessageDescriptor, f *field) bool {
	for i := 0; md != nil && i < md.Fields().Len(); i++ {
		fd := md.Fields().Get(i)
		if fd.Message() != nil && shortName(fd.Message(), fd) == f.typ && fd.IsList() == f.isList() && !slices.Contains(changesOfRows, string(fd.Name())) {
			return true
		}
	}
	return false
}

// besideKey says whether a field of a request by key is none of the key, but
// one that such requests may have.
func besideKey(fd protoreflect.FieldDescriptor) bool {
	switch fd.Name() {
	case "read_mask":
		return protoType(fd) == maskMessage
	case "include":
		return protoType(fd) == "repeated "+includeMessage
	case "validate_only":
		return protoType(fd) == "bool"
	case "expected":
		return fd.Message() != nil && relationOf(fd.Message()) != nil
	}
	return false
}

// keyField is the field of a request that stands for one of the key, by its
// column or by its name, and has its type.
func keyField(req protoreflect.MessageDescriptor, r *resource, k *field) protoreflect.FieldDescriptor {
	if req == nil {
		return nil
	}
	for i := range req.Fields().Len() {
		fd := req.Fields().Get(i)
		option, _ := proto.GetExtension(fd.Options(), rowgatev1.E_Column).(*rowgatev1.Column)
		named := option.GetName() == "" && string(fd.Name()) == k.name || option.GetName() == r.columnOf(k)
		if f := (&field{have: fd}); named && f.typeName() == k.typeName() && f.isList() == k.isList() {
			return fd
		}
	}
	return nil
}

// requestOf is a method's request: the one that is there, or a new message.
func (g *generator) requestOf(r *resource, op, name, about string) *message {
	m := &message{name: name, comment: said(about)}
	if known := g.operation(r, op); known != nil {
		m.have, m.name = known.Input(), string(known.Input().Name())
	} else {
		m.name = g.messageName(r, name)
	}
	return m
}

// messageName is a name for a new request or response: where the files have
// another message of that name, the service's goes before.
func (g *generator) messageName(r *resource, name string) string {
	free := func(n string) bool { return !g.declared.has(n) }
	if !free(name) {
		name = unique(r.name+"Service"+name, "", free)
	}
	g.declared.add(name)
	return name
}

func (g *generator) responseOf(r *resource, op, name, about string) *message {
	m := &message{name: name, comment: said(about)}
	if known := g.operation(r, op); known != nil {
		m.have, m.name = known.Output(), string(known.Output().Name())
	} else {
		m.name = g.messageName(r, name)
	}
	return m
}

// refer is a message's name as the package's files write it.
func (g *generator) refer(m *message) string {
	if m.have == nil {
		return m.name
	}
	return strings.TrimPrefix(string(m.have.FullName()), g.opts.Package+".")
}

func bodyField(r *resource, name, about string) *field {
	return &field{
		name: name, number: 1, typ: r.name, comment: said(about), behavior: []string{"REQUIRED"},
		rules: rules{{path: "required", value: "true"}},
	}
}

// besideBody are the other fields of requests with a resource.
var besideBody = append([]string{
	"on_conflict", "read_mask", "include", "request_id", "validate_only", "update_mask", "filter", "expected_count", "max_affected",
}, changesOfRows...)

// bodyName is the request's field that holds the resource.
func bodyName(r *resource) string {
	name := snake(words(r.name))
	taken := func(other string) bool { return folded(name) == folded(other) || name == "get_"+other }
	if slices.ContainsFunc(besideBody, taken) || methodsInGo[name] || namesOf(nil).has(name) {
		return "row"
	}
	return name
}
