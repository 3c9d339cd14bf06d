package differential_test

import (
	"fmt"
	"slices"
	"strings"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	rowgatev1 "github.com/rowgate/rowgate/proto/gen/rowgate/v1"
	"github.com/rowgate/rowgate/service/descriptor"
)

// bind finds in a pulled contract what stands for the schema.
func (s *schema) bind(contract *descriptor.Set) error {
	for _, sd := range contract.Services() {
		for i := range sd.Methods().Len() {
			md := sd.Methods().Get(i)
			option, _ := proto.GetExtension(md.Options(), rowgatev1.E_Method).(*rowgatev1.Method)
			switch {
			case option.GetTransact() != nil:
				s.transact = md
			case option.GetCall() != nil:
				for _, f := range s.functions {
					if f.name == option.GetCall().GetName() {
						f.method = md
					}
				}
			default:
				t := s.tableOfService(string(sd.Name()))
				if t == nil {
					return fmt.Errorf("%s is of no table", md.FullName())
				}
				t.take(contract, md, option)
			}
		}
	}
	for _, t := range s.relations() {
		if t.message != nil {
			t.bindFields(s)
		}
	}
	return nil
}

func (s *schema) tableOfService(service string) *table {
	for _, t := range s.relations() {
		if strings.EqualFold(service, t.name+"Service") {
			return t
		}
	}
	return nil
}

// take notes a method by the name of its operation, such as "batch_create".
func (t *table) take(contract *descriptor.Set, md protoreflect.MethodDescriptor, option *rowgatev1.Method) {
	m := option.ProtoReflect()
	op := m.WhichOneof(m.Descriptor().Oneofs().ByName("operation"))
	if t.methods == nil {
		t.methods = map[string]protoreflect.MethodDescriptor{}
		d, err := contract.Files.FindDescriptorByName(md.ParentFile().Package().Append(protoreflect.Name(strings.ToUpper(t.name))))
		if err != nil {
			panic(err)
		}
		t.message = d.(protoreflect.MessageDescriptor)
	}
	t.methods[string(op.Name())] = md
}

func (t *table) bindFields(s *schema) {
	fields := t.message.Fields()
	for i := range fields.Len() {
		fd := fields.Get(i)
		if reference, ok := proto.GetExtension(fd.Options(), rowgatev1.E_Reference).(*rowgatev1.Reference); ok && reference != nil {
			t.related = append(t.related, s.relation(fd, reference))
			continue
		}
		c := t.column(string(fd.Name()))
		if c == nil {
			panic(fd.FullName() + " is no column")
		}
		c.field = fd
		behavior, _ := proto.GetExtension(fd.Options(), annotations.E_FieldBehavior).([]annotations.FieldBehavior)
		c.output = slices.Contains(behavior, annotations.FieldBehavior_OUTPUT_ONLY)
		c.immutable = slices.Contains(behavior, annotations.FieldBehavior_IMMUTABLE)
		t.exposed = append(t.exposed, c)
	}
}

// relation finds the foreign keys of a field.
func (s *schema) relation(fd protoreflect.FieldDescriptor, reference *rowgatev1.Reference) *relation {
	r := s.ref(reference.GetForeignKey())
	rel := &relation{name: string(fd.Name()), many: fd.IsList()}
	switch {
	case reference.GetThrough() != nil:
		other := s.ref(reference.GetThroughForeignKey())
		rel.to = other.to
		rel.on = func(a, b string) string {
			return fmt.Sprintf("exists (select from %s j where %s and %s)", r.from.sql(), r.joins("j", a), other.joins("j", b))
		}
	case reference.GetInverse():
		rel.to = r.from
		rel.on = func(a, b string) string { return r.joins(b, a) }
	default:
		rel.to = r.to
		rel.on = func(a, b string) string { return r.joins(a, b) }
	}
	return rel
}

func (s *schema) ref(name string) *ref {
	for _, t := range s.tables {
		for _, r := range t.refs {
			if r.name == name {
				return r
			}
		}
	}
	panic("no foreign key " + name)
}

// joins is the condition that the row of alias a refers to that of alias b.
func (r *ref) joins(a, b string) string {
	var all []string
	for i, c := range r.columns {
		all = append(all, a+"."+c.name+" = "+b+"."+r.to.key[i].name)
	}
	return strings.Join(all, " and ")
}

// rowsField is the field of a message that holds rows of the table: of a request
// the new row, of a response the rows.
func (t *table) rowsField(md protoreflect.MessageDescriptor) string {
	for i := range md.Fields().Len() {
		fd := md.Fields().Get(i)
		parts := []protoreflect.Name{"expected", "increment", "append", "merge"}
		if fd.Message() != nil && fd.Message().FullName() == t.message.FullName() && !slices.Contains(parts, fd.Name()) {
			return string(fd.Name())
		}
	}
	return ""
}

// labelOf is the database's label of an enum's value, and valueOf the value of a
// label.
func labelOf(ed protoreflect.EnumDescriptor, n protoreflect.EnumNumber) string {
	value := ed.Values().ByNumber(n)
	if value == nil {
		return fmt.Sprint(n)
	}
	return proto.GetExtension(value.Options(), rowgatev1.E_Label).(string)
}

func valueOf(ed protoreflect.EnumDescriptor, label string) protoreflect.EnumNumber {
	for i := range ed.Values().Len() {
		if n := ed.Values().Get(i).Number(); n != 0 && labelOf(ed, n) == label {
			return n
		}
	}
	panic("no label " + label)
}
