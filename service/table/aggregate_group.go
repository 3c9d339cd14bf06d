package table

import (
	"slices"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/rowgate/rowgate/service/filter"
	"github.com/rowgate/rowgate/store/query"
	"github.com/rowgate/rowgate/store/wire"
)

// group is the message of a group, bound to what can be computed of a resource.
type group struct {
	message protoreflect.MessageDescriptor
	parts   []*part
	// keyed says that a part is there for the fields grouped by.
	keyed bool
	// values are those of all parts, by their paths.
	values map[string]*computed
}

// part is a field of a group: group, count, sum, avg, min or max.
type part struct {
	name   string
	number protowire.Number
	// values are what the field's message can hold; of count, which is no
	// message, itself. The key has none: the resource's fields are its.
	values []*computed
}

const (
	keyPart   = "group"
	countPart = "count"
)

// computed is one value of a group.
type computed struct {
	// path is the value's name, such as sum.price.
	path  string
	codec *wire.Codec
	of    query.Operand
	// column is the value as filters and orders name it.
	column *filter.Column
}

// selected is the value in a select list.
func (v *computed) selected() query.Column {
	return query.Column{Name: v.path, Of: v.of, Cast: v.codec.Cast(), OID: v.codec.ResultOID()}
}

// group binds the message of a group. It returns nil after it has noted problems.
func (b *Binder) group(r *resource, md protoreflect.MessageDescriptor) *group {
	before := len(b.noted)
	g := &group{message: md, values: map[string]*computed{}}
	if md.Fields().Len() == 0 {
		b.problem(md, "%s has no field", md.FullName())
	}
	for i := range md.Fields().Len() {
		fd := md.Fields().Get(i)
		p := &part{name: string(fd.Name()), number: fd.Number()}
		switch name := fd.Name(); name {
		case keyPart:
			g.keyed = b.holds(fd, r)
		case countPart:
			p.values = b.count(fd)
		case "sum", "avg":
			p.values = b.totals(r, fd, aggregates[string(name)])
		case "min", "max":
			p.values = b.extremes(r, fd, aggregates[string(name)])
		default:
			b.problem(fd, "%s means nothing in a group of %s, which may have group, count, sum, avg, min and max", name, r.message.Name())
		}
		g.parts = append(g.parts, p)
		for _, v := range p.values {
			g.values[v.path] = v
		}
	}
	if len(b.noted) > before {
		return nil
	}
	return g
}

func (g *group) part(name string) *part {
	for _, p := range g.parts {
		if p.name == name {
			return p
		}
	}
	return nil
}

// holds says whether a field holds the resource.
func (b *Binder) holds(fd protoreflect.FieldDescriptor, r *resource) bool {
	if want := string(r.message.FullName()); typeName(fd) != want {
		b.problem(fd, "%s is of type %s, and a group's needs %s", fd.Name(), typeName(fd), want)
		return false
	}
	return true
}

// count binds the field for the number of rows.
func (b *Binder) count(fd protoreflect.FieldDescriptor) []*computed {
	if typeName(fd) != "int64" {
		b.problem(fd, "%s is of type %s, and a group's needs int64", fd.Name(), typeName(fd))
		return nil
	}
	return b.computed(nil, fd, countPart, int8Type, query.Func{Name: query.Count}, "")
}

// totals binds the message of sums or averages, whose fields are called as the
// resource's are. It may have none: those of dropped columns are reserved.
func (b *Binder) totals(r *resource, at protoreflect.FieldDescriptor, of aggregation) []*computed {
	if at.Kind() != protoreflect.MessageKind || at.IsList() || at.IsMap() {
		b.problem(at, "%s is of type %s, and a group's needs a message of fields that are called as those of %s",
			at.Name(), typeName(at), r.message.Name())
		return nil
	}
	var values []*computed
	fields := at.Message().Fields()
	for i := range fields.Len() {
		fd := fields.Get(i)
		f := r.field(string(fd.Name()))
		if f == nil {
			b.problem(fd, "%s has no column %s to compute the %s of", r.message.Name(), fd.Name(), of.word)
			continue
		}
		t, ok := of.result(b, f)
		switch {
		case !ok:
			b.problem(fd, "Postgres has no %s of type %s; it has one of %s", of.name, f.column.Declared, of.takes)
		case !fd.HasPresence():
			b.problem(fd, "%s cannot say that there is no value, as of no rows there is none: make it optional", fd.Name())
		default:
			values = b.computed(values, fd, string(at.Name())+"."+f.name, t, of.call(f), "")
		}
	}
	return values
}

// extremes binds a field for the least or the greatest values, which holds the
// resource: those of the fields whose types have them. Of no rows there is none,
// which a field without presence does not tell from zero; the count does.
func (b *Binder) extremes(r *resource, at protoreflect.FieldDescriptor, of aggregation) []*computed {
	if !b.holds(at, r) {
		return nil
	}
	var values []*computed
	for _, f := range r.fields {
		if t, ok := of.result(b, f); ok {
			values = b.computed(values, f.descriptor, string(at.Name())+"."+f.name, t, of.call(f), f.column.Type.Operators)
		}
	}
	return values
}

// computed adds a value of a type that a field holds.
func (b *Binder) computed(values []*computed, fd protoreflect.FieldDescriptor, path string, t wire.Type, of query.Operand, operators string) []*computed {
	codec := b.codec(fd, wire.Column{Name: path, Type: t, Field: fd})
	if codec == nil {
		return values
	}
	return append(values, &computed{path: path, codec: codec, of: of, column: &filter.Column{
		Name: path[strings.LastIndexByte(path, '.')+1:], Field: fd, Type: t, Of: of,
		Nullable: path != countPart, Sortable: true, Operators: operators,
	}})
}

// names are the parts that a request may ask for, or the fields of one.
func (g *group) names(of *part) string {
	var names []string
	for _, p := range g.parts {
		if of == nil && p.name != keyPart {
			names = append(names, p.name)
		}
	}
	for i := 0; of != nil && i < len(of.values); i++ {
		names = append(names, of.values[i].column.Name)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}
