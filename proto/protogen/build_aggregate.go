package protogen

import (
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/rowgate/rowgate/store/wire"
)

// The types of sums and averages, by the types of what is summed.
// https://www.postgresql.org/docs/current/functions-aggregate.html
var (
	sumTypes = map[string]wire.Type{
		"int2": bigintType, "int4": bigintType, "int8": numericType, "numeric": numericType,
		"money":  {OID: 790, Name: "money", Kind: wire.Scalar, Typmod: -1},
		"float4": {OID: 700, Name: "real", Kind: wire.Scalar, Typmod: -1},
		"float8": doubleType, "interval": intervalType,
	}
	averageTypes = map[string]wire.Type{
		"int2": numericType, "int4": numericType, "int8": numericType, "numeric": numericType,
		"float4": doubleType, "float8": doubleType, "interval": intervalType,
	}
	bigintType   = wire.Type{OID: 20, Name: "bigint", Kind: wire.Scalar, Typmod: -1}
	numericType  = wire.Type{OID: 1700, Name: "numeric", Kind: wire.Scalar, Typmod: -1}
	doubleType   = wire.Type{OID: 701, Name: "double precision", Kind: wire.Scalar, Typmod: -1}
	intervalType = wire.Type{OID: 1186, Name: "interval", Kind: wire.Scalar, Typmod: -1}
)

func (g *generator) aggregate(r *resource) *standard {
	name, many := "Aggregate"+camel(words(r.plural)), spaced(r.plural)
	req := g.requestOf(r, opAggregate, name+"Request", fmt.Sprintf("%sRequest asks for values of groups of %s.", name, many))
	g.offer(r, req,
		r.filtered(1),
		&field{name: "group_by", label: "repeated", typ: "string", comment: said("The fields whose values make a group. All rows are one when empty.")},
		&field{name: "aggregates", typ: maskMessage, comment: said(`What to compute, as paths in a group, such as "count" or "` + r.aggregateExample() + `". The count when left out.`)},
		&field{name: "having", typ: "string", comment: said(`Which groups, by paths in a group, for instance "count > 1" (AIP-160). All when empty.`)},
		&field{name: "order_by", typ: "string", comment: said(`Paths in a group to order by, for instance "count desc" (AIP-132).`)},
		pageSize(6, sizeOfGroups))
	res := g.responseOf(r, opAggregate, name+"Response", fmt.Sprintf("%sResponse holds the groups.", name))
	messages := append([]*message{req, res}, g.groups(r, res)...)
	return &standard{
		messages: messages,
		method: &method{
			name: name, operation: fmt.Sprintf("aggregate: {message: %s}", quote(r.name)),
			comment: said(fmt.Sprintf("Counts %s, and computes sums, averages, least and greatest values of their fields, by group.", many)),
			http:    http{"post", g.collection(r) + ":aggregate", "*"},
		},
	}
}

// aggregateExample is a path in a group.
func (r *resource) aggregateExample() string {
	for _, c := range r.relation.Columns {
		if f := r.byColumn[c.Name]; f != nil && c.Type.Schema == "pg_catalog" && sumTypes[c.Type.Name.Name].OID != 0 {
			return "sum." + f.name
		}
	}
	field, _, _ := strings.Cut(strings.ReplaceAll(r.orderExample(), ",", " "), " ")
	return "max." + field
}

// groups gives the response of an Aggregate its groups. It returns the messages
// within it that are there.
func (g *generator) groups(r *resource, res *message) []*message {
	names := scope{}
	names.add(r.name)
	nested := func(wish string) string {
		name := unique(wish, "", func(n string) bool {
			return !names.has(n) && (res.have == nil || res.have.Messages().ByName(protoreflect.Name(n)) == nil)
		})
		names.add(name)
		return name
	}
	var within, totals []*message
	group := &message{comment: said("Group is rows that have the same values in the fields grouped by.")}
	if res.have == nil {
		group.name = nested("Group")
		res.fields = []*field{{name: "groups", number: 1, label: "repeated", typ: group.name, comment: said("The groups, in the order asked for.")}}
		res.nested = append(res.nested, group)
	} else {
		if group.have = listed(res.have); group.have == nil || !g.owns(group.have) {
			return nil
		}
		within = append(within, group)
	}
	fields := []*field{
		{name: "group", number: 1, typ: r.name, comment: said("The fields grouped by.")},
		{name: "count", number: 2, typ: "int64", comment: said("How many rows it has.")},
	}
	for i, t := range []struct {
		wish, name, noun, about string
		types                   map[string]wire.Type
	}{
		{"Sum", "sum", "sum", "The sums asked for.", sumTypes},
		{"Avg", "avg", "average", "The averages asked for.", averageTypes},
	} {
		m := &message{comment: said(fmt.Sprintf("%s holds the %ss of a group's fields.", t.wish, t.noun))}
		if group.have != nil {
			if fd := group.have.Fields().ByName(protoreflect.Name(t.name)); fd != nil && fd.Message() != nil {
				m.have = fd.Message()
			}
		}
		fresh := g.totals(r, m, t.noun, t.types)
		if m.have != nil {
			if g.owns(m.have) {
				within = append(within, m)
			}
			continue
		}
		if len(m.fields) == 0 {
			continue
		}
		m.name = nested(t.wish)
		fields = append(fields, &field{name: t.name, number: int32(i) + 3, typ: m.name, comment: said(t.about), fresh: fresh})
		totals = append(totals, m)
	}
	fields = append(fields,
		&field{name: "min", number: 5, typ: r.name, comment: said("The least values asked for.")},
		&field{name: "max", number: 6, typ: r.name, comment: said("The greatest values asked for.")})
	g.offer(r, group, fields...)
	for _, m := range totals {
		if slices.ContainsFunc(group.fields, func(f *field) bool { return f.typ == m.name }) {
			res.nested = append(res.nested, m)
		}
	}
	return within
}

// listed is the message of a message's first repeated field of messages, or
// nil.
func listed(md protoreflect.MessageDescriptor) protoreflect.MessageDescriptor {
	for i := range md.Fields().Len() {
		if fd := md.Fields().Get(i); fd.IsList() && fd.Message() != nil {
			return fd.Message()
		}
	}
	return nil
}

// totals gives a message a field for each column of which there is a total, and
// says whether all of these columns are new. A field whose total is of another
// type now is reserved; none takes its place, since its name is the column's
// field's.
func (g *generator) totals(r *resource, m *message, noun string, types map[string]wire.Type) (fresh bool) {
	fresh = true
	stays := map[protoreflect.Name]bool{}
	for _, c := range r.relation.Columns {
		f := r.byColumn[c.Name]
		if f == nil || c.Type.Schema != "pg_catalog" || types[c.Type.Name.Name].OID == 0 {
			continue
		}
		fresh = fresh && f.have == nil
		legal := wire.Legal(types[c.Type.Name.Name])
		if m.have != nil {
			if fd := m.have.Fields().ByName(protoreflect.Name(f.name)); fd != nil {
				stays[fd.Name()] = true
				if !slices.Contains(legal, protoType(fd)) {
					m.gone = append(m.gone, goneField{fd, fmt.Sprintf("Was the %s of %q while that was of another type.", noun, c.Name)})
					g.note(Changed, partOf(r.relation, c.Name), "has %ss of type %s now, which %s = %d cannot hold: that is reserved",
						noun, legal[0], fd.FullName(), fd.Number())
				}
				continue
			}
		}
		total := &field{name: f.name, number: f.number, typ: legal[0], comment: said(fmt.Sprintf("The %s of %s.", noun, f.name)), fresh: f.have == nil}
		if isScalar[total.typ] {
			total.label = "optional"
		}
		g.offer(r, m, total)
	}
	for i := 0; m.have != nil && i < m.have.Fields().Len(); i++ {
		if fd := m.have.Fields().Get(i); !stays[fd.Name()] {
			m.gone = append(m.gone, goneField{fd, fmt.Sprintf("Was the %s of %q while it had one.", noun, fd.Name())})
		}
	}
	return fresh
}
