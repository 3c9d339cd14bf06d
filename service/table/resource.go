package table

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	rowgatev1 "github.com/rowgate/rowgate/proto/gen/rowgate/v1"
	"github.com/rowgate/rowgate/service/filter"
	"github.com/rowgate/rowgate/store/catalog"
	"github.com/rowgate/rowgate/store/query"
	"github.com/rowgate/rowgate/store/typemap"
	"github.com/rowgate/rowgate/store/wire"
)

// resource is a message bound to a relation: what its methods share.
type resource struct {
	message  protoreflect.MessageDescriptor
	relation *catalog.Relation
	from     query.Relation
	fields   []*field
	// references are the fields that hold rows of other relations. They come
	// behind the fields in what decoder gives.
	references []*reference
	// key holds the fields of the key, in the key's order.
	key []*field
	// keyless says why the primary key is none for callers; empty when there is
	// a key, or nothing to say.
	keyless []string
	// columns is the select list, a column a field, and plan writes its rows.
	columns []query.Column
	plan    *wire.Plan
	decoder *wire.Decoder
	// whole are the columns of a function's rows whose fields cannot say that there
	// is no value: there NULL is an error, which it is not in a relation's.
	whole []int
	// estimates says that the planner's may be told.
	estimates bool
	// schema is what filters and orders may name, and limits how much they may ask.
	schema *filter.Schema
	limits filter.Limits
}

// field is a field bound to a column.
type field struct {
	descriptor protoreflect.FieldDescriptor
	column     *catalog.Column
	codec      *wire.Codec
	// index is the field's position among the resource's.
	index int
	// name is the field's name as masks and errors write it.
	name string
	// output marks a field that clients do not set; immutable one that they
	// set at creation only; isKey one of the key.
	output, immutable, isKey bool
}

// resource binds a message once for all of its methods. It returns nil after
// it has noted problems, which it notes again for each method.
func (b *Binder) resource(at protoreflect.Descriptor, md protoreflect.MessageDescriptor) *resource {
	r, known := b.resources[md.FullName()]
	if !known {
		before := len(b.noted)
		r = b.bindResource(at, md)
		b.resources[md.FullName()], b.broken[md.FullName()] = r, slices.Clone(b.noted[before:])
		return r
	}
	for _, p := range b.broken[md.FullName()] {
		b.note(p)
	}
	return r
}

func (b *Binder) bindResource(at protoreflect.Descriptor, md protoreflect.MessageDescriptor) *resource {
	before := len(b.noted)
	rel, option := b.relation(at, md)
	if rel == nil {
		return nil
	}
	r := &resource{message: md, relation: rel, limits: b.limits, from: query.Relation{Schema: rel.Schema, Name: rel.Name.Name}}
	if md.Fields().Len() == 0 {
		b.problem(md, "%s has no field", md.FullName())
	}
	for i := range md.Fields().Len() {
		fd := md.Fields().Get(i)
		if isReference(fd) {
			if ref := b.reference(r, fd); ref != nil {
				r.references = append(r.references, ref)
			}
			continue
		}
		if f := b.field(r, fd); f != nil {
			r.fields = append(r.fields, f)
		}
	}
	// A filter may ask through a reference, of another table's rows.
	plain := (rel.Kind == 'r' || rel.Kind == 'p') && !rel.RowSecurity && len(r.references) == 0
	r.estimates = plain || option.GetPlannerCounts()
	b.bindKey(r, option.GetKey())
	if len(b.noted) > before {
		return nil
	}
	codecs := make([]*wire.Codec, len(r.fields))
	descriptors := make([]protoreflect.FieldDescriptor, len(r.fields))
	for i, f := range r.fields {
		codecs[i], descriptors[i] = f.codec, f.descriptor
		r.columns = append(r.columns, column(f.codec))
	}
	for _, ref := range r.references {
		descriptors = append(descriptors, ref.descriptor)
	}
	r.plan, r.decoder, r.schema = wire.NewPlan(codecs), wire.NewDecoder(descriptors), r.makeSchema()
	b.unbound = append(b.unbound, r.references...)
	return r
}

// relation finds the relation that a message's option names. It returns nil
// after it has noted a problem: at at, when the message has no such option.
func (b *Binder) relation(at protoreflect.Descriptor, md protoreflect.MessageDescriptor) (*catalog.Relation, *rowgatev1.Relation) {
	option, _ := proto.GetExtension(md.Options(), rowgatev1.E_Relation).(*rowgatev1.Relation)
	if option.GetName() == "" {
		b.problem(at, "%s is no resource: give the message an option (rowgate.v1.relation)", md.FullName())
		return nil, nil
	}
	return b.relationNamed(md, option), option
}

func (b *Binder) relationNamed(at protoreflect.Descriptor, option *rowgatev1.Relation) *catalog.Relation {
	name := catalog.Name{Schema: cmp.Or(option.GetSchema(), "public"), Name: option.GetName()}
	rel := b.cat.Relation(name)
	if rel == nil {
		b.problem(at, "the database has no relation %s%s", name, didYouMean(b.cat.Similar(name)))
	}
	return rel
}

func (b *Binder) field(r *resource, fd protoreflect.FieldDescriptor) *field {
	name := columnName(fd)
	column := r.relation.Column(name)
	if column == nil {
		b.problem(fd, "%s %s has no column %q; it has %s", r.relation.KindName(), r.relation, name, columnNames(r.relation))
		return nil
	}
	for _, other := range r.fields {
		if other.column == column {
			b.problem(fd, "column %q is bound to the field %s already", name, other.name)
			return nil
		}
	}
	codec := b.codec(fd, wire.Column{
		Name: name, Type: typemap.Column(column), OID: column.DeclaredOID, NotNull: column.NotNull, Field: fd,
	})
	if codec == nil {
		return nil
	}
	f := &field{
		descriptor: fd, column: column, codec: codec, index: len(r.fields), name: string(fd.Name()),
		output: !column.Assignable(),
	}
	behaviors, _ := proto.GetExtension(fd.Options(), annotations.E_FieldBehavior).([]annotations.FieldBehavior)
	for _, behavior := range behaviors {
		f.output = f.output || behavior == annotations.FieldBehavior_OUTPUT_ONLY
		f.immutable = f.immutable || behavior == annotations.FieldBehavior_IMMUTABLE
	}
	return f
}

// params begins the arguments of a statement with some that stand before those
// of filters and orders.
func (r *resource) params(args ...[]byte) *filter.Params {
	return &filter.Params{Args: args, Limits: r.limits}
}

// columnName is the column that a field names, or its own name.
func columnName(fd protoreflect.FieldDescriptor) string {
	return cmp.Or(columnOption(fd).GetName(), string(fd.Name()))
}

func columnOption(fd protoreflect.FieldDescriptor) *rowgatev1.Column {
	option, _ := proto.GetExtension(fd.Options(), rowgatev1.E_Column).(*rowgatev1.Column)
	return option
}

// codec binds a column, or what is like one, to a field. It returns nil after
// it has noted problems at the field that fd stands for.
func (b *Binder) codec(fd protoreflect.FieldDescriptor, c wire.Column) *wire.Codec {
	if !b.labelled(fd) {
		return nil
	}
	codec, err := wire.NewCodec(c)
	if err != nil {
		b.problem(fd, "%s", err)
		return nil
	}
	return codec
}

// labelled says whether each value of a field's enum but 0 stands for a label.
// The codec finds it too, but only a problem noted here has the value's line.
func (b *Binder) labelled(fd protoreflect.FieldDescriptor) bool {
	if fd.Kind() != protoreflect.EnumKind {
		return true
	}
	values, ok := fd.Enum().Values(), true
	for i := range values.Len() {
		if v := values.Get(i); v.Number() != 0 && !proto.HasExtension(v.Options(), rowgatev1.E_Label) {
			b.problem(v, "%s stands for no label: give it an option (rowgate.v1.label)", v.Name())
			ok = false
		}
	}
	return ok
}

// bindKey finds the key's fields: the option's columns, or the primary key's.
// A relation without a key has none, and its rows can only be listed; so it is
// where a primary key is not wholly in the message, which may hide columns.
func (b *Binder) bindKey(r *resource, columns []string) {
	declared := len(columns) > 0
	if !declared {
		columns = r.relation.PrimaryKey
	}
	for _, name := range columns {
		i := slices.IndexFunc(r.fields, func(f *field) bool { return f.column.Name == name })
		switch {
		case i < 0:
			r.keyless = append(r.keyless, fmt.Sprintf("%s has no field for %q, a column of the key of %s", r.message.Name(), name, r.relation))
		case !r.fields[i].column.Sortable:
			r.keyless = append(r.keyless, fmt.Sprintf("column %q of type %s cannot be of a key: its values cannot be compared", name, r.fields[i].column.Declared))
		default:
			r.key = append(r.key, r.fields[i])
		}
	}
	if len(r.keyless) > 0 {
		r.key = nil
		if declared {
			b.noKey(r)
		}
		return
	}
	for _, f := range r.key {
		f.isKey = true
	}
	if unique, known := r.relation.Identifies(columns); len(columns) > 0 && known && !unique {
		b.problem(r.message, "(%s) is no key of %s %s: no primary key and no unique index on NOT NULL columns is within it",
			strings.Join(columns, ", "), r.relation.KindName(), r.relation)
	}
}

// noKey notes why a resource has no key, and says whether there is a reason.
func (b *Binder) noKey(r *resource) bool {
	for _, why := range r.keyless {
		b.problem(r.message, "%s", why)
	}
	return len(r.keyless) > 0
}

// field returns the field of a name, or nil.
func (r *resource) field(name string) *field {
	for _, f := range r.fields {
		if f.name == name {
			return f
		}
	}
	return nil
}

// keyCondition is the condition that a row has the key in args, from position
// first on.
func (r *resource) keyCondition(first int) query.Expr {
	var all query.And
	for i, f := range r.key {
		all = append(all, f.equals(first+i))
	}
	return all
}

// equals is the condition that a row has the n-th argument in the field.
func (f *field) equals(n int) query.Expr {
	return query.Compare{
		Left: query.Ref{Column: f.column.Name}, Op: query.Equal, Right: f.arg(n), Operators: f.column.Type.Operators,
	}
}

// column is what a codec reads, in a select list.
func column(c *wire.Codec) query.Column {
	return query.Column{Name: c.Column().Name, Cast: c.Cast(), OID: c.ResultOID()}
}

func (f *field) arg(n int) query.Arg {
	p := f.codec.Param()
	return query.Arg{N: n, OID: p.OID, Text: p.Text, Cast: p.Cast}
}

func columnNames(r *catalog.Relation) string {
	names := make([]string, len(r.Columns))
	for i, c := range r.Columns {
		names[i] = c.Name
	}
	return strings.Join(names, ", ")
}

func didYouMean(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return "; it has " + strings.Join(names, ", ")
}

func names(known map[protoreflect.Name]string) string {
	var all []string
	for _, n := range slices.Sorted(maps.Keys(known)) {
		all = append(all, string(n))
	}
	return strings.Join(all, ", ")
}
