package protogen

import (
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

func (g *generator) get(r *resource) *standard {
	name := "Get" + r.name
	req := g.keyRequest(r, opGet, name)
	key := req.fields
	g.offer(r, req, readMask())
	g.offer(r, req, r.include()...)
	return &standard{
		messages: []*message{req},
		method: &method{
			name: name, output: r.name, operation: "get: {}",
			comment: said(fmt.Sprintf("Returns %s by its key. NOT_FOUND when it is not there or not the caller's to see.", r.one())),
			http:    g.keyed(r, key, "get", "", ":get"),
		},
	}
}

func (g *generator) remove(r *resource) *standard {
	name := "Delete" + r.name
	req := g.keyRequest(r, opDelete, name)
	key := req.fields
	g.offer(r, req, r.expected(), validateOnly())
	return &standard{
		messages: []*message{req},
		method: &method{
			name: name, output: emptyMessage, operation: fmt.Sprintf("delete: {message: %s}", quote(r.name)),
			comment: said(fmt.Sprintf("Deletes %s.", r.one())),
			http:    g.keyed(r, key, "delete", "", ":delete"),
		},
	}
}

func (g *generator) create(r *resource) *standard {
	name, body := "Create"+r.name, bodyName(r)
	req := g.requestOf(r, opCreate, name+"Request", fmt.Sprintf("%sRequest carries a new row.", name))
	if req.have == nil {
		req.fields = []*field{bodyField(r, body, "The row. A field left out takes the column's default.")}
	}
	g.offer(r, req, onConflict(), writtenMask())
	g.offer(r, req, r.include()...)
	g.offer(r, req, requestID(), validateOnly())
	r.createRequest = g.refer(req)
	return &standard{
		messages: []*message{req},
		method: &method{
			name: name, output: r.name, operation: "create: {}",
			comment: said(fmt.Sprintf("Makes %s and returns it with what the database filled in.", r.one())),
			http:    http{"post", g.collection(r), body},
		},
	}
}

func (g *generator) update(r *resource) *standard {
	name, body := "Update"+r.name, bodyName(r)
	req := g.requestOf(r, opUpdate, name+"Request", fmt.Sprintf("%sRequest carries changes to a row.", name))
	for i := 0; req.have != nil && i < req.have.Fields().Len(); i++ {
		if fd := req.have.Fields().Get(i); fd.Message() == r.have && !slices.Contains(changesOfRows, string(fd.Name())) {
			body = string(fd.Name())
		}
	}
	if req.have == nil {
		req.fields = []*field{bodyField(r, body, "The row's key and the new values.")}
	}
	g.offer(r, req, updateMask(2), writtenMask())
	g.offer(r, req, r.include()...)
	g.offer(r, req, r.expected())
	g.offer(r, req, r.operands()...)
	g.offer(r, req, validateOnly())
	r.updateRequest = g.refer(req)
	return &standard{
		messages: []*message{req},
		method: &method{
			name: name, output: r.name, operation: "update: {}",
			comment: said(fmt.Sprintf("Changes %s and returns it whole.", r.one())),
			http:    g.keyed(r, r.key, "patch", body, ":update"),
		},
	}
}

func (g *generator) list(r *resource) *standard {
	name := "List" + camel(words(r.plural))
	many := spaced(r.plural)
	req := g.requestOf(r, opList, name+"Request", fmt.Sprintf("%sRequest asks for a page of %s.", name, many))
	res := g.responseOf(r, opList, name+"Response", fmt.Sprintf("%sResponse is a page of %s.", name, many))
	size, order := pageSize(1, sizeOfPage), r.orderBy(3, "The key when empty.")
	items := &field{name: itemsName(r), number: 1, label: "repeated", typ: r.name, comment: said("The " + many + ", in the order asked for.")}
	paged := "Returns the " + many + " that the caller may see, a page at a time."
	switch {
	case req.have != nil:
		g.offer(r, req, size, order)
		g.pages(r, req, res, pageToken(2), nextPageToken(2))
	case len(r.key) == 0:
		size.comment = said(sizeOfList)
		req.fields, res.fields = []*field{size, order}, []*field{items}
	default:
		req.fields, res.fields = []*field{size, pageToken(2), order}, []*field{items, nextPageToken(2)}
	}
	if len(r.key) == 0 {
		paged = "Returns the " + many + " that the caller may see. There is no key to tell pages apart, so there is one page."
	} else if isPaged(req) {
		g.offer(r, res, previousPageToken())
	}
	g.offer(r, req, r.filtered(4), numbered(readMask(), 5))
	for _, f := range r.include() {
		g.offer(r, req, numbered(f, 6))
	}
	g.offer(r, req, counted(7))
	g.offer(r, res, totalSize(), cutShort())
	return &standard{
		messages: []*message{req, res},
		method: &method{
			name: name, output: name + "Response", operation: "list: {}",
			comment: said(paged), http: http{"get", g.collection(r), ""},
		},
	}
}

func (g *generator) stream(r *resource) *standard {
	name, many := "Stream"+camel(words(r.plural)), spaced(r.plural)
	req := g.requestOf(r, opStream, name+"Request", fmt.Sprintf("%sRequest asks for all %s that meet a filter.", name, many))
	g.offer(r, req, r.filtered(1), r.orderBy(2, "As they are found, when empty."), readMask())
	g.offer(r, req, r.include()...)
	return &standard{
		messages: []*message{req},
		method: &method{
			name: name, output: r.name, responses: true, operation: "stream: {}",
			comment: said("Sends the " + many + " that the caller may see, each as soon as it is read."),
			http:    http{"get", g.collection(r) + ":stream", ""},
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
		if previous := res.have.Fields().ByName("previous_page_token"); previous != nil {
			res.gone = append(res.gone, goneField{previous, why})
		}
		g.note(Breaking, r.relation, "it has no key that a caller may read, so %s has no pages", list)
	case paged:
		g.note(Gone, r.relation, "it has no key that a caller may read, so %s cannot be served in pages; --prune takes page_token out", list)
	case reservesName(req.have, token.name), reservesName(res.have, next.name):
		g.note(Kept, r.relation, "could be listed in pages, and the request or the response of %s reserves the page token", list)
	case !g.opts.Methods:
		g.note(Kept, r.relation, "could be listed in pages, and the request or the response of %s has no page token; --methods writes what is missing", list)
	default:
		if tokenHave == nil {
			g.offer(r, req, token)
		}
		if nextHave == nil {
			g.offer(r, res, next)
		}
	}
}

// isPaged says whether a request can ask for a page behind another.
func isPaged(req *message) bool {
	return req.have != nil && req.have.Fields().ByName("page_token") != nil ||
		slices.ContainsFunc(req.fields, func(f *field) bool { return f.name == "page_token" })
}

// besideItems are the other fields of responses with rows.
var besideItems = []string{"next_page_token", "previous_page_token", "total_size", "cut_short", "count"}

// itemsName is the field of a response's rows.
func itemsName(r *resource) string {
	if slices.ContainsFunc(besideItems, func(name string) bool { return folded(r.plural) == folded(name) }) {
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

// filterExample is a filter that the resource has, in words before it: the last
// column of the first type that it has one of, but its key.
func (r *resource) filterExample() string {
	if r == nil {
		return ""
	}
	for _, example := range []struct {
		condition string
		types     []string
	}{
		{"%s = true", []string{"bool"}},
		{"%s > 1", []string{"int2", "int4", "int8", "numeric", "float4", "float8"}},
		{`%s > "2026-01-31T00:00:00Z"`, []string{"timestamptz"}},
		{`%s = "a"`, []string{"text", "varchar"}},
	} {
		for _, c := range slices.Backward(r.relation.Columns) {
			f := r.byColumn[c.Name]
			if f != nil && !slices.Contains(r.key, f) && c.Type.Schema == "pg_catalog" && slices.Contains(example.types, c.Type.Name.Name) {
				return ", for instance " + fmt.Sprintf(example.condition, f.name)
			}
		}
	}
	return ""
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

// owns says whether a message is of the package's files.
func (g *generator) owns(md protoreflect.MessageDescriptor) bool {
	return g.have.sources[md.ParentFile().Path()] != nil
}

// one is the resource in words: an order item.
func (r *resource) one() string {
	return article(r.single()) + " " + r.single()
}

// single is the resource in words without its article.
func (r *resource) single() string { return spaced(snake(words(r.name))) }

func spaced(name string) string { return strings.ReplaceAll(name, "_", " ") }

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
