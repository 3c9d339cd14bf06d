package table

import (
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
	// key holds the fields of the key, in the key's order.
	key []*field
	// columns is the select list, a column a field, and plan writes its rows.
	columns []query.Column
	plan    *wire.Plan
	decoder *wire.Decoder
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
// it has noted problems.
func (b *Binder) resource(at protoreflect.Descriptor, md protoreflect.MessageDescriptor) *resource {
	if r, ok := b.resources[md.FullName()]; ok {
		return r
	}
	b.resources[md.FullName()] = nil
	option, _ := proto.GetExtension(md.Options(), rowgatev1.E_Relation).(*rowgatev1.Relation)
	if option.GetName() == "" {
		b.problem(at, "%s is no resource: give the message an option (rowgate.v1.relation)", md.FullName())
		return nil
	}
	name := catalog.Name{Schema: option.GetSchema(), Name: option.GetName()}
	if name.Schema == "" {
		name.Schema = "public"
	}
	rel := b.cat.Relation(name)
	if rel == nil {
		b.problem(md, "the database has no relation %s%s", name, didYouMean(b.cat.Similar(name)))
		return nil
	}
	r := &resource{message: md, relation: rel, from: query.Relation{Schema: rel.Schema, Name: rel.Name.Name}}
	before := len(b.problems)
	if md.Fields().Len() == 0 {
		b.problem(md, "%s has no field", md.FullName())
	}
	for i := range md.Fields().Len() {
		if f := b.field(r, md.Fields().Get(i)); f != nil {
			r.fields = append(r.fields, f)
		}
	}
	b.bindKey(r, option.GetKey())
	if len(b.problems) > before {
		return nil
	}
	codecs := make([]*wire.Codec, len(r.fields))
	descriptors := make([]protoreflect.FieldDescriptor, len(r.fields))
	for i, f := range r.fields {
		codecs[i], descriptors[i] = f.codec, f.descriptor
		r.columns = append(r.columns, query.Column{Name: f.column.Name, Cast: f.codec.Cast(), OID: f.codec.ResultOID()})
	}
	r.plan, r.decoder = wire.NewPlan(codecs), wire.NewDecoder(descriptors)
	b.resources[md.FullName()] = r
	return r
}

func (b *Binder) field(r *resource, fd protoreflect.FieldDescriptor) *field {
	name := string(fd.Name())
	if option, _ := proto.GetExtension(fd.Options(), rowgatev1.E_Column).(*rowgatev1.Column); option.GetName() != "" {
		name = option.GetName()
	}
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
	if !b.labelled(fd) {
		return nil
	}
	codec, err := wire.NewCodec(wire.Column{
		Name: name, Type: typemap.Column(column), NotNull: column.NotNull, Field: fd,
	})
	if err != nil {
		b.problem(fd, "%s", err)
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

// labelled says whether the values of a field's enum carry their labels.
func (b *Binder) labelled(fd protoreflect.FieldDescriptor) bool {
	if fd.Kind() != protoreflect.EnumKind {
		return true
	}
	values, ok := fd.Enum().Values(), true
	for i := range values.Len() {
		v := values.Get(i)
		if v.Number() != 0 && !proto.HasExtension(v.Options(), rowgatev1.E_Label) {
			b.problem(v, "%s stands for no label: give it an option (rowgate.v1.label)", v.Name())
			ok = false
		}
	}
	return ok
}

// bindKey finds the key's fields: the option's columns, or the primary key's.
// A relation without a key has none, and its rows can only be listed.
func (b *Binder) bindKey(r *resource, columns []string) {
	if len(columns) == 0 {
		columns = r.relation.PrimaryKey
	}
	for _, name := range columns {
		i := slices.IndexFunc(r.fields, func(f *field) bool { return f.column.Name == name })
		if i < 0 {
			b.problem(r.message, "%s has no field for %q, a column of the key of %s", r.message.Name(), name, r.relation)
			continue
		}
		if !r.fields[i].column.Sortable {
			b.problem(r.message, "column %q of type %s cannot be of a key: its values cannot be compared", name, r.fields[i].column.Declared)
			continue
		}
		r.fields[i].isKey = true
		r.key = append(r.key, r.fields[i])
	}
	if unique, known := r.relation.Identifies(columns); len(columns) > 0 && known && !unique {
		b.problem(r.message, "(%s) is no key of %s %s: no primary key and no unique index on NOT NULL columns is within it",
			strings.Join(columns, ", "), r.relation.KindName(), r.relation)
	}
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
		all = append(all, query.Equal{Column: f.column.Name, Arg: f.arg(first + i), Operators: f.column.Type.Operators})
	}
	return all
}

func (f *field) arg(n int) query.Arg {
	p := f.codec.Param()
	return query.Arg{N: n, OID: p.OID, Text: p.Text, Cast: p.Cast}
}

// keyColumns are the names of the key's columns.
func (r *resource) keyColumns() []string {
	columns := make([]string, len(r.key))
	for i, f := range r.key {
		columns[i] = f.column.Name
	}
	return columns
}

// sortFields are the fields for package filter.
func (r *resource) sortFields() []filter.Field {
	fields := make([]filter.Field, len(r.fields))
	for i, f := range r.fields {
		fields[i] = filter.Field{
			Name: f.name, Column: f.column.Name,
			Nullable: !f.column.NotNull, Sortable: f.column.Sortable, Operators: f.column.Type.Operators,
		}
	}
	return fields
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
