package table

import (
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	rowgatev1 "github.com/rowgate/rowgate/proto/gen/rowgate/v1"
	"github.com/rowgate/rowgate/service/filter"
	"github.com/rowgate/rowgate/service/status"
	"github.com/rowgate/rowgate/store/catalog"
	"github.com/rowgate/rowgate/store/wire"
)

// reference is a field that holds rows of another relation, by a foreign key.
// The message of its rows is bound after its own, since messages may refer to
// each other in circles.
type reference struct {
	descriptor protoreflect.FieldDescriptor
	name       string
	// rows is the resource that the rows are of; nil when their message does not
	// fit the database.
	rows func() *resource
	// to is the relation whose rows the field holds.
	to *catalog.Relation
	// key is the foreign key between the resource's relation and to: the
	// resource's own, or to's when inverse is set. With a junction it is the
	// junction's to the resource's relation.
	key     *catalog.ForeignKey
	inverse bool
	// junction is the relation between the two, and far its foreign key to to;
	// nil without one.
	junction *catalog.Relation
	far      *catalog.ForeignKey
}

func isReference(fd protoreflect.FieldDescriptor) bool {
	return proto.HasExtension(fd.Options(), rowgatev1.E_Reference)
}

// reference binds a relation field. It returns nil after it has noted
// problems.
func (b *Binder) reference(r *resource, fd protoreflect.FieldDescriptor) *reference {
	before := len(b.noted)
	if fd.Kind() != protoreflect.MessageKind || fd.IsMap() {
		b.problem(fd, "%s is of type %s, and a relation's rows are messages", fd.Name(), typeName(fd))
		return nil
	}
	if columnOption(fd) != nil {
		b.problem(fd, "%s has both options (rowgate.v1.column) and (rowgate.v1.reference); it can be only one of them", fd.Name())
	}
	ref := &reference{descriptor: fd, name: string(fd.Name())}
	ref.rows = func() *resource { return b.resources[fd.Message().FullName()] }
	if ref.to, _ = b.relation(fd, fd.Message()); ref.to == nil {
		return nil
	}
	option, _ := proto.GetExtension(fd.Options(), rowgatev1.E_Reference).(*rowgatev1.Reference)
	ref.inverse = option.GetInverse()
	switch {
	case option.GetThrough() != nil:
		b.throughJunction(r, ref, option)
	case option.GetThroughForeignKey() != "":
		b.problem(fd, "%s has a through_foreign_key and no through, the junction that has it", fd.Name())
	case ref.inverse:
		ref.key = b.foreignKey(fd, ref.to, option.GetForeignKey(), r.relation)
		b.oneOrMany(ref)
	default:
		ref.key = b.foreignKey(fd, r.relation, option.GetForeignKey(), ref.to)
		if fd.IsList() {
			b.problem(fd, "%s is repeated, and a row has at most one row of %s by its own foreign key; "+
				"if the key is %s's, say inverse: true", fd.Name(), ref.to, ref.to)
		}
	}
	if len(b.noted) > before {
		return nil
	}
	return ref
}

// throughJunction checks the two foreign keys of a junction.
func (b *Binder) throughJunction(r *resource, ref *reference, option *rowgatev1.Reference) {
	fd := ref.descriptor
	if ref.inverse {
		b.problem(fd, "%s has both inverse and through, and a junction's keys have one direction", fd.Name())
	}
	if !fd.IsList() {
		b.problem(fd, "%s is not repeated, and through a junction there are any number of rows", fd.Name())
	}
	ref.junction = b.relationNamed(fd, option.GetThrough())
	if ref.junction == nil {
		return
	}
	ref.key = b.foreignKey(fd, ref.junction, option.GetForeignKey(), r.relation)
	ref.far = b.foreignKey(fd, ref.junction, option.GetThroughForeignKey(), ref.to)
	if ref.key != nil && ref.key == ref.far {
		b.problem(fd, "%s has %q for both foreign_key and through_foreign_key; the one leads to this message's rows, the other to the field's",
			fd.Name(), ref.key.Name)
	}
}

// oneOrMany checks that a field which holds one of the rows that refer here
// cannot have to hold more.
func (b *Binder) oneOrMany(ref *reference) {
	if ref.key == nil || ref.descriptor.IsList() {
		return
	}
	if unique, known := ref.to.Identifies(ref.key.Columns); !unique || !known {
		b.problem(ref.descriptor, "%s holds one row, and any number of rows of %s may have the same (%s): make it repeated, "+
			"or the columns NOT NULL with a unique index", ref.name, ref.to, strings.Join(ref.key.Columns, ", "))
	}
}

// foreignKey finds a foreign key of a relation and checks that it refers to
// another one.
func (b *Binder) foreignKey(at protoreflect.FieldDescriptor, of *catalog.Relation, name string, to *catalog.Relation) *catalog.ForeignKey {
	key := of.ForeignKey(name)
	switch {
	case key == nil:
		b.problem(at, "%s %s has no foreign key %q%s", of.KindName(), of, name, foreignKeys(of, to))
		return nil
	case key.To != to:
		b.problem(at, "the foreign key %q of %s refers to %s, and %s needs one to %s%s", name, of, key.To, at.Name(), to, foreignKeys(of, to))
		return nil
	}
	return key
}

// foreignKeys lists what someone may have meant.
func foreignKeys(of, to *catalog.Relation) string {
	var found []string
	for _, k := range of.ForeignKeys {
		if k.To == to {
			found = append(found, k.Name)
		}
	}
	if len(found) == 0 {
		return "; it has none to " + to.String()
	}
	return "; to " + to.String() + " it has " + strings.Join(found, ", ")
}

// reference returns the relation field of a name, or nil.
func (r *resource) reference(name string) *reference {
	for _, ref := range r.references {
		if ref.name == name {
			return ref
		}
	}
	return nil
}

// onlyRead refuses a resource that sets a relation field.
func (r *resource) onlyRead(values []wire.Value) error {
	for i, ref := range r.references {
		if values[len(r.fields)+i].Present {
			return &wire.ValueError{Field: ref.name, Kind: wire.Invalid, Text: relationText}
		}
	}
	return nil
}

const relationText = "is a relation, which is only read"

// refusedName refuses a path that leads to a relation field, where one may
// name columns only.
func (r *resource) refusedName(field, path string) error {
	name, _, _ := strings.Cut(path, ".")
	if r.reference(name) == nil {
		return nil
	}
	return status.InvalidArgument(field, "names "+filter.Shown(path)+", which "+relationText)
}
