package protogen

import "fmt"

// batch is the request and the response of a method of several rows.
func (g *generator) batch(r *resource, op, name, about string, fields ...*field) (req, res *message) {
	req = g.requestOf(r, op, name+"Request", name+"Request "+about)
	done := "written"
	if op == opDeleteMany {
		done = "deleted"
	}
	res = g.responseOf(r, op, name+"Response", fmt.Sprintf("%sResponse says which rows were %s.", name, done))
	g.offer(r, req, fields...)
	items := numbered(r.items(), 1)
	if op == opUpdateMany || op == opDeleteMany {
		items.comment = said("The " + spaced(r.plural) + ", when read_mask asks for them.")
	}
	g.offer(r, res, items, &field{name: "count", number: 2, typ: "int64", comment: said("How many rows were " + done + ".")})
	return req, res
}

// items is a field for rows.
func (r *resource) items() *field {
	return &field{name: itemsName(r), label: "repeated", typ: r.name, byType: true, comment: said("The " + spaced(r.plural) + ".")}
}

// repeated is the field for the requests of another method.
func repeated(request, method string) *field {
	return &field{
		name: "requests", number: 1, label: "repeated", typ: request, byType: true, behavior: []string{"REQUIRED"},
		comment: said(fmt.Sprintf("What %s takes, for each row; what stands beside this field is for all rows, and left out there.", method)),
	}
}

func (g *generator) batchCreate(r *resource) *standard {
	if r.createRequest == "" {
		return nil
	}
	name, many := "BatchCreate"+camel(words(r.plural)), spaced(r.plural)
	req, res := g.batch(r, opBatchCreate, name, "carries new rows.",
		repeated(r.createRequest, "Create"+r.name), onConflict(), writtenMask(), requestID(), validateOnly())
	return &standard{
		messages: []*message{req, res},
		method: &method{
			name: name, operation: "batch_create: {}",
			comment: said(fmt.Sprintf("Makes %s, all or none, and returns them in the requests' order.", many)),
			http:    http{"post", g.collection(r) + ":batchCreate", "*"},
		},
	}
}

func (g *generator) importRows(r *resource) *standard {
	name, many := "Import"+camel(words(r.plural)), spaced(r.plural)
	req := g.requestOf(r, opImport, name+"Request", fmt.Sprintf("%sRequest carries some of the new rows, as many as fit a message.", name))
	res := g.responseOf(r, opImport, name+"Response", fmt.Sprintf("%sResponse says how many rows were written.", name))
	conflict := onConflict()
	conflict.comment = said("What becomes of a row whose key is there already; the first request says it. ALREADY_EXISTS when left out.")
	g.offer(r, req, r.items(), conflict)
	g.offer(r, res, &field{name: "count", typ: "int64", comment: said("How many rows were written.")})
	return &standard{
		messages: []*message{req, res},
		method: &method{
			name: name, requests: true, operation: "import: {}",
			comment: said(fmt.Sprintf("Makes the %s of a stream, all or none, and returns how many.", many)),
			http:    http{"post", g.collection(r) + ":import", "*"},
		},
	}
}

func (g *generator) batchUpdate(r *resource) *standard {
	if r.updateRequest == "" {
		return nil
	}
	name, many := "BatchUpdate"+camel(words(r.plural)), spaced(r.plural)
	req, res := g.batch(r, opBatchUpdate, name, "carries changes to rows.",
		repeated(r.updateRequest, "Update"+r.name), writtenMask(), requestID(), validateOnly())
	return &standard{
		messages: []*message{req, res},
		method: &method{
			name: name, operation: "batch_update: {}",
			comment: said(fmt.Sprintf("Changes %s, each by its key and all or none, and returns them in the requests' order.", many)),
			http:    http{"post", g.collection(r) + ":batchUpdate", "*"},
		},
	}
}

func (g *generator) updateMany(r *resource) *standard {
	name := "UpdateMany" + camel(words(r.plural))
	fields := []*field{
		r.requiredFilter(),
		{name: bodyName(r), number: 2, typ: r.name, byType: true, comment: said("The new values, the same for each row.")},
		updateMask(3),
	}
	fields = append(fields, r.operands()...)
	fields = append(fields, guards("change")...)
	fields = append(fields, manyMask(), requestID(), validateOnly())
	req, res := g.batch(r, opUpdateMany, name, "carries a change to rows.", fields...)
	return &standard{
		messages: []*message{req, res},
		method: &method{
			name: name, operation: "update_many: {}",
			comment: said(fmt.Sprintf("Changes every %s that meets a filter, all or none.", r.single())),
			http:    http{"post", g.collection(r) + ":updateMany", "*"},
		},
	}
}

func (g *generator) deleteMany(r *resource) *standard {
	name := "DeleteMany" + camel(words(r.plural))
	fields := append([]*field{r.requiredFilter()}, guards("delete")...)
	fields = append(fields, manyMask(), requestID(), validateOnly())
	req, res := g.batch(r, opDeleteMany, name, "says which rows to delete.", fields...)
	return &standard{
		messages: []*message{req, res},
		method: &method{
			name: name, operation: fmt.Sprintf("delete_many: {message: %s}", quote(r.name)),
			comment: said(fmt.Sprintf("Deletes every %s that meets a filter, all or none.", r.single())),
			http:    http{"post", g.collection(r) + ":deleteMany", "*"},
		},
	}
}
