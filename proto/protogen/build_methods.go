package protogen

import (
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	rowgatev1 "github.com/rowgate/rowgate/proto/gen/rowgate/v1"
)

const (
	emptyMessage = "google.protobuf.Empty"
	maskMessage  = "google.protobuf.FieldMask"
)

func (g *generator) get(r *resource) standard {
	name := "Get" + r.name
	req := g.keyRequest(r, opGet, name)
	return standard{
		op: opGet, need: r.keyNeed(r.grants.Select, "read"),
		messages: []*message{req},
		method: &method{
			name: name, input: name + "Request", output: r.name, operation: "get: {}",
			comment: said(fmt.Sprintf("Returns %s by its key. NOT_FOUND when it is not there or not the caller's to see.", r.one())),
			http:    g.keyed(r, req.fields, "get", "", ":get"),
		},
	}
}

func (g *generator) remove(r *resource) standard {
	name := "Delete" + r.name
	req := g.keyRequest(r, opDelete, name)
	return standard{
		op: opDelete, need: r.keyNeed(r.grants.Delete && r.grants.Select, "delete"),
		messages: []*message{req},
		method: &method{
			name: name, input: name + "Request", output: emptyMessage,
			operation: fmt.Sprintf("delete: {message: %s}", quote(r.name)),
			comment:   said(fmt.Sprintf("Deletes %s.", r.one())),
			http:      g.keyed(r, req.fields, "delete", "", ":delete"),
		},
	}
}

func (g *generator) create(r *resource) standard {
	name, body := "Create"+r.name, g.bodyName(r)
	need := ""
	switch {
	case !r.grants.Insert:
		need = "no caller may insert"
	case !r.grants.Select:
		need = "no caller may read what it inserts"
	}
	req := g.requestOf(r, opCreate, name+"Request", fmt.Sprintf("%sRequest carries a new row.", name))
	if req.have == nil {
		req.fields = []*field{bodyField(r, body, "The row. A field left out takes the column's default.")}
	}
	return standard{
		op: opCreate, need: need, messages: []*message{req},
		method: &method{
			name: name, input: name + "Request", output: r.name, operation: "create: {}",
			comment: said(fmt.Sprintf("Makes %s and returns it with what the database filled in.", r.one())),
			http:    http{"post", g.collection(r), body},
		},
	}
}

func (g *generator) update(r *resource) standard {
	name, body := "Update"+r.name, g.bodyName(r)
	req := g.requestOf(r, opUpdate, name+"Request", fmt.Sprintf("%sRequest carries changes to a row.", name))
	for i := 0; req.have != nil && i < req.have.Fields().Len(); i++ {
		if fd := req.have.Fields().Get(i); fd.Message() == r.have {
			body = string(fd.Name())
		}
	}
	if req.have == nil {
		req.fields = []*field{
			bodyField(r, body, "The row's key and the new values."),
			{
				name: "update_mask", number: 2, typ: maskMessage,
				comment: said("The fields to change. When empty, those that have a value (AIP-134)."),
			},
		}
	}
	return standard{
		op: opUpdate, need: r.keyNeed(r.grants.Update && r.grants.Select, "change"), messages: []*message{req},
		method: &method{
			name: name, input: name + "Request", output: r.name, operation: "update: {}",
			comment: said(fmt.Sprintf("Changes %s and returns it whole.", r.one())),
			http:    g.keyed(r, r.key, "patch", body, ":update"),
		},
	}
}

func (g *generator) list(r *resource) standard {
	name := "List" + camel(words(r.plural))
	need := ""
	if !r.grants.Select {
		need = "no caller may read"
	}
	many := spaced(r.plural)
	req := g.requestOf(r, opList, name+"Request", fmt.Sprintf("%sRequest asks for a page of %s.", name, many))
	res := g.responseOf(r, opList, name+"Response", fmt.Sprintf("%sResponse is a page of %s.", name, many))
	size := &field{
		name: "page_size", number: 1, typ: "int32",
		comment: said("How many rows at the most; 50 when 0. More than 1000 count as 1000."),
		rules:   rules{{path: "int32.gte", value: "0"}},
	}
	token := &field{
		name: "page_token", number: 2, typ: "string",
		comment: said("The next_page_token of the page before, with the same order_by; empty for the first page."),
	}
	order := &field{
		name: "order_by", number: 3, typ: "string",
		comment: said(`Fields to order by, for instance "` + r.orderExample() + `" (AIP-132). The key when empty.`),
	}
	items := &field{name: itemsName(r), number: 1, label: "repeated", typ: r.name, comment: said("The " + many + ", in the order asked for.")}
	next := &field{
		name: "next_page_token", number: 2, typ: "string",
		comment: said("The page_token of the next page; empty on the last."),
	}
	req.fields, res.fields = []*field{size, token, order}, []*field{items, next}
	paged := "Returns the " + many + " that the caller may see, a page at a time."
	if len(r.key) == 0 {
		order.comment = said(strings.TrimSuffix(order.comment.text, " The key when empty."))
		req.fields, res.fields = []*field{size, order}, []*field{items}
		paged = "Returns the " + many + " that the caller may see. There is no key to tell pages apart, so there is one page."
	}
	if req.have != nil {
		req.fields, res.fields = nil, nil
		g.pages(r, req, res, token, next)
	}
	return standard{
		op: opList, need: need, messages: []*message{req, res},
		method: &method{
			name: name, input: name + "Request", output: name + "Response", operation: "list: {}",
			comment: said(paged), http: http{"get", g.collection(r), ""},
		},
	}
}

// pages sees to it that a list which is there has pages just when there is a key
// to tell them apart by.
func (g *generator) pages(r *resource, req, res *message, token, next *field) {
	list := g.operation(r, opList).Name()
	tokenHave, nextHave := req.have.Fields().ByName("page_token"), res.have.Fields().ByName("next_page_token")
	paged := tokenHave != nil && nextHave != nil
	switch {
	case paged == (len(r.key) > 0):
	case paged && g.opts.Prune:
		const why = "Told pages apart while there was a key."
		req.gone, res.gone = append(req.gone, goneField{tokenHave, why}), append(res.gone, goneField{nextHave, why})
		g.note(Breaking, r.relation, "it has no key that a caller may read, so %s has no pages", list)
	case paged:
		g.note(Gone, r.relation, "it has no key that a caller may read, so %s cannot be served in pages; --prune takes page_token out", list)
	case reservesName(req.have, token.name), reservesName(res.have, next.name):
		g.note(Kept, r.relation, "could be listed in pages, and the request or the response of %s reserves the page token", list)
	case !g.opts.Methods:
		g.note(Kept, r.relation, "could be listed in pages, and the request or the response of %s has no page token; --methods writes what is missing", list)
	default:
		if tokenHave == nil {
			token.number = numbersOf(req.have).take(token.number, 1)
			req.fields = append(req.fields, token)
		}
		if nextHave == nil {
			next.number = numbersOf(res.have).take(next.number, 1)
			res.fields = append(res.fields, next)
		}
	}
}

// itemsName is the field of a response's rows.
func itemsName(r *resource) string {
	if folded(r.plural) == folded("next_page_token") {
		return "rows"
	}
	return r.plural
}

// orderExample is an order that the resource has.
func (r *resource) orderExample() string {
	var names []string
	for _, f := range r.fields {
		if f.name == "created_at" {
			names = append(names, "created_at desc")
		}
	}
	// The last column of a type that everybody knows how to order.
	for i := len(r.byColumn) - 1; i >= 0 && len(names) == 0; i-- {
		if f := r.fields[i]; i == 0 || isScalar[f.typeName()] && !f.isList() {
			names = append(names, f.name+" desc")
		}
	}
	if len(r.key) == 1 && names[0] != r.key[0].name+" desc" {
		names = append(names, r.key[0].name)
	}
	return strings.Join(names, ", ")
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
		if fd := req.have.Fields().Get(i); !kept[fd.Number()] && len(r.key) > 0 {
			req.gone = append(req.gone, goneField{fd, "Is no part of the key any more."})
		}
	}
	return req
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

// columnOf is the column of a field.
func (r *resource) columnOf(f *field) string {
	for name, other := range r.byColumn {
		if other == f {
			return name
		}
	}
	return ""
}

// typeName is the field's type as a file of the package writes it.
func (f *field) typeName() string {
	if f.typ != "" {
		return f.typ
	}
	switch fd := f.have; {
	case fd.IsMap():
		return fmt.Sprintf("map<%s, %s>", fd.MapKey().Kind(), fd.MapValue().Kind())
	case fd.Kind() == protoreflect.EnumKind:
		return shortName(fd.Enum(), fd)
	case fd.Kind() == protoreflect.MessageKind:
		return shortName(fd.Message(), fd)
	default:
		return fd.Kind().String()
	}
}

// isList says whether the field is repeated.
func (f *field) isList() bool {
	return f.label == "repeated" || f.have != nil && f.have.IsList()
}

func shortName(d protoreflect.Descriptor, from protoreflect.Descriptor) string {
	pkg := string(from.ParentFile().Package())
	return strings.TrimPrefix(string(d.FullName()), pkg+".")
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
	if free(name) {
		return name
	}
	return unique(r.name+"Service"+name, "", free)
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

// owns says whether a message is of the package's files.
func (g *generator) owns(md protoreflect.MessageDescriptor) bool {
	return g.have.sources[md.ParentFile().Path()] != nil
}

func bodyField(r *resource, name, about string) *field {
	return &field{
		name: name, number: 1, typ: r.name, comment: said(about), behavior: []string{"REQUIRED"},
		rules: rules{{path: "required", value: "true"}},
	}
}

// bodyName is the request's field that holds the resource.
func (g *generator) bodyName(r *resource) string {
	name := snake(words(r.name))
	if folded(name) == folded("update_mask") || name == "get_update_mask" || methodsInGo[name] {
		return "row"
	}
	return name
}

// one is the resource in words: an order item.
func (r *resource) one() string {
	w := spaced(snake(words(r.name)))
	return article(w) + " " + w
}

func spaced(name string) string { return strings.ReplaceAll(name, "_", " ") }

// keyNeed says what a method by key lacks.
func (r *resource) keyNeed(granted bool, verb string) string {
	switch {
	case len(r.key) == 0:
		return "it has no key that a caller may read"
	case !granted:
		return "no caller may " + verb
	}
	return ""
}

// collection is the REST path of a resource's rows.
func (g *generator) collection(r *resource) string { return g.root() + r.plural }

// root is the REST path of the package: its version.
func (g *generator) root() string {
	parts := strings.Split(g.opts.Package, ".")
	if last := parts[len(parts)-1]; len(parts) > 1 && last[0] == 'v' {
		return "/" + last + "/"
	}
	return "/"
}

// keyed is the rule of a method by key. A key that no path can hold, such as a
// date, goes into the body of a method with a verb of its own.
func (g *generator) keyed(r *resource, key []*field, verb, body, custom string) http {
	path := g.collection(r)
	prefix := ""
	if body != "" {
		prefix = body + "."
	}
	for _, f := range key {
		// Beside a field x, get_x has another name in Go.
		getter := slices.ContainsFunc(key, func(other *field) bool { return other.name == "get_"+f.name })
		if !isScalar[f.typeName()] || f.isList() || getter || methodsInGo[f.name] {
			return http{"post", g.collection(r) + custom, "*"}
		}
		path += "/{" + prefix + f.name + "}"
	}
	return http{verb, path, body}
}
