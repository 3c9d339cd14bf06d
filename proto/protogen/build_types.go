package protogen

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	rowgatev1 "github.com/rowgate/rowgate/proto/gen/rowgate/v1"
	"github.com/rowgate/rowgate/store/catalog"
	"github.com/rowgate/rowgate/store/typemap"
	"github.com/rowgate/rowgate/store/wire"
)

// typed is a value of Postgres that a field is to hold: a column's, an
// argument's, an attribute's, a range's bound.
type typed struct {
	typ      *catalog.Type
	typmod   int32
	declared string
	// optional says that the value may be missing: NULL, or left to a default.
	optional bool
	// domain is the OID of the type as it was declared.
	domain uint32
}

func columnType(c *catalog.Column) typed {
	return typed{c.Type, c.Typmod, c.Declared, !c.NotNull || c.HasDefault && c.Assignable(), c.DeclaredOID}
}

func (v typed) wire() wire.Type { return typemap.Type(v.typ, v.typmod, v.declared) }

// fieldType is the proposed type of a field, with the label that it needs. It
// sees to it that an enum or a message for the type is there.
func (g *generator) fieldType(v typed) (label, typ string) {
	label, typ = "", wire.Legal(v.wire())[0]
	if rest, ok := strings.CutPrefix(typ, "repeated "); ok {
		label, typ = "repeated", rest
	}
	presence := !isScalar[typ]
	switch typ {
	case "enum":
		typ, presence = g.enum(v.element()).name, false
	case "message":
		if typ = g.composite(v.element()); typ == "" {
			// A multirange's text is one, an array's items have one each.
			if typ, presence = "string", false; v.typ.Elem == nil {
				label = ""
			}
		}
	}
	if label == "" && v.optional && !presence {
		label = "optional"
	}
	return label, typ
}

// itemType is the proposed type of one of several values, which is no list
// itself.
func (g *generator) itemType(v typed) string {
	for _, typ := range wire.Legal(v.wire()) {
		switch {
		case strings.HasPrefix(typ, "repeated "), strings.HasPrefix(typ, "map<"):
		case typ == "enum":
			return g.enum(v.element()).name
		case typ == "message":
			if name := g.composite(v.element()); name != "" {
				return name
			}
		default:
			return typ
		}
	}
	return "string"
}

// element is the type that an enum or a message would be for.
func (v typed) element() *catalog.Type {
	t := v.typ
	if t.Elem != nil {
		t = t.Elem
	}
	if t.Kind == 'm' && t.Subtype != nil {
		t = t.Subtype
	}
	return t
}

// isScalar holds the protobuf types that have no presence of their own.
var isScalar = map[string]bool{
	"bool": true, "int32": true, "int64": true, "uint32": true, "uint64": true,
	"float": true, "double": true, "string": true, "bytes": true,
}

// holds says whether a field that is there can hold the values, though its
// type may be another than the proposed one. Enums and messages of the field
// are then kept in step as well.
func (g *generator) holds(fd protoreflect.FieldDescriptor, v typed) bool {
	prefix := ""
	if fd.IsList() {
		prefix = "repeated "
	}
	return g.holdsAs(fd, protoType(fd), prefix, v)
}

// holdsAs says whether a field of a type, with what goes before its own, can
// hold the values.
func (g *generator) holdsAs(fd protoreflect.FieldDescriptor, as, prefix string, v typed) bool {
	legal := wire.Legal(v.wire())
	switch {
	case slices.Contains(legal, as):
		return true
	case fd.IsMap():
		return false
	case fd.Kind() == protoreflect.EnumKind:
		return slices.Contains(legal, prefix+"enum") && g.enumHolds(fd.Enum(), v.element())
	case fd.Kind() == protoreflect.MessageKind:
		return slices.Contains(legal, prefix+"message") && g.messageHolds(fd.Message(), v.element())
	}
	return false
}

// enumHolds says whether an enum is for an enum type. One that names no type is
// someone's own, and so is one of another package.
func (g *generator) enumHolds(ed protoreflect.EnumDescriptor, t *catalog.Type) bool {
	if g.lock.enums[t.Name] == ed || g.renamedEnum(t) == ed {
		g.enum(t)
		return true
	}
	option, _ := proto.GetExtension(ed.Options(), rowgatev1.E_EnumType).(*rowgatev1.EnumType)
	return option.GetName() == "" || named(option.GetSchema(), option.GetName()) == t.Name
}

// messageHolds says the same of a message and a composite or a range type.
func (g *generator) messageHolds(md protoreflect.MessageDescriptor, t *catalog.Type) bool {
	if g.lock.types[t.Name] == md {
		return g.composite(t) != ""
	}
	name := typeOf(md)
	return name != nil && *name == t.Name
}

// protoType is a field's type as a file would write it if it were of no
// package.
func protoType(fd protoreflect.FieldDescriptor) string {
	name := fd.Kind().String()
	switch {
	case fd.IsMap():
		return fmt.Sprintf("map<%s, %s>", fd.MapKey().Kind(), fd.MapValue().Kind())
	case fd.Kind() == protoreflect.EnumKind:
		name = string(fd.Enum().FullName())
	case fd.Kind() == protoreflect.MessageKind:
		name = string(fd.Message().FullName())
	}
	if fd.IsList() {
		return "repeated " + name
	}
	return name
}

// enum is the enum for an enum type.
func (g *generator) enum(t *catalog.Type) *enum {
	if e := g.enums[t.Name]; e != nil {
		return e
	}
	have := g.lock.enums[t.Name]
	if have == nil {
		if have = g.renamedEnum(t); have != nil {
			option, _ := proto.GetExtension(have.Options(), rowgatev1.E_EnumType).(*rowgatev1.EnumType)
			g.note(Changed, t.Name, "was called %s; %s stays", named(option.GetSchema(), option.GetName()), have.Name())
		}
	}
	e := &enum{have: have}
	g.enums[t.Name] = e
	if have != nil {
		e.name = string(have.Name())
	} else {
		e.name = g.typeName(t)
	}
	e.comment = comment{
		text:  sentence(fmt.Sprintf("%s is the enum type %s.", e.name, t.Name), g.description.TypeComment(t.OID)),
		plain: fmt.Sprintf("%s is the enum type %s.", e.name, t.Name),
	}
	e.options = []option{{"(rowgate.v1.enum_type)", nameLiteral(t.Name)}}
	g.enumValues(e, t, valuePrefix(e.name))
	f := g.fileOf(desc(have), typesFile, aboutTypes)
	f.enums = append(f.enums, e)
	return e
}

// keepTypes keeps in step what the files have for types that no column of the
// pull is of, or whose fields someone has given another type.
func (g *generator) keepTypes() {
	byName := func(a, b catalog.Name) int { return cmp.Compare(a.String(), b.String()) }
	for _, n := range slices.SortedFunc(maps.Keys(g.lock.enums), byName) {
		if t := g.cat.Type(n); t != nil && t.Kind == 'e' && slices.Contains(g.description.Schemas, n.Schema) {
			g.enum(t)
		}
	}
	for _, n := range slices.SortedFunc(maps.Keys(g.lock.types), byName) {
		if t := g.cat.Type(n); t != nil && (t.Kind == 'c' || t.Subtype != nil) && slices.Contains(g.description.Schemas, n.Schema) {
			g.composite(t)
		}
	}
}

const aboutTypes = "The enum, composite and range types of the database."

// desc keeps a nil descriptor of a type a nil Descriptor.
func desc[T protoreflect.Descriptor](d T) protoreflect.Descriptor {
	if any(d) == nil {
		return nil
	}
	return d
}

// typeName is the name of the message or the enum for a type.
func (g *generator) typeName(t *catalog.Type) string {
	w := words(t.Name.Name)
	wish := camel(w)
	free := func(name string) bool { return !g.names.has(name) }
	if !free(wish) {
		qualified := camel(append(words(t.Schema), w...))
		if !free(qualified) {
			qualified = wish + "Type"
		}
		wish = unique(qualified, "", free)
		g.note(Told, t.Name, "the name %s is taken, so the type is called %s", camel(w), wish)
	}
	g.names.add(wish)
	return wish
}

// enumValues writes the labels down: those that the file knows under their
// names and numbers, others under new ones.
func (g *generator) enumValues(e *enum, t *catalog.Type, prefix string) {
	known, numbers := map[string]protoreflect.EnumValueDescriptor{}, map[int32]bool{0: true}
	zero := &enumValue{name: prefix + "_UNSPECIFIED", zero: true, comment: said("No value: never stored.")}
	if e.have != nil {
		values := e.have.Values()
		for i := range values.Len() {
			v := values.Get(i)
			numbers[int32(v.Number())] = true
			if label, ok := labelOf(v); ok {
				known[label] = v
			} else if v.Number() == 0 {
				zero.name, zero.have = string(v.Name()), v
			}
		}
		g.renamedLabels(t, known)
	}
	if zero.have == nil {
		zero.name = g.valueName(zero.name, e.have)
	}
	e.values = []*enumValue{zero}
	wanted := map[string]bool{}
	for i, label := range t.Labels {
		wanted[label] = true
		v := &enumValue{label: label, comment: said(quote(label) + ".")}
		if have := known[label]; have != nil {
			v.name, v.number, v.have = string(have.Name()), int32(have.Number()), have
		} else {
			v.name = g.valueName(prefix+"_"+upper(words(label)), e.have)
			for v.number = int32(i) + 1; numbers[v.number] || e.have != nil && e.have.ReservedRanges().Has(protoreflect.EnumNumber(v.number)); {
				v.number++
			}
			numbers[v.number] = true
			if e.have != nil {
				g.note(Added, t.Name, "the label %q is %s = %d", label, v.name, v.number)
			}
		}
		e.values = append(e.values, v)
	}
	for _, label := range slices.Sorted(maps.Keys(known)) {
		if v := known[label]; !wanted[label] {
			e.gone = append(e.gone, v)
			g.note(Changed, t.Name, "the label %q is gone; %s and its number %d are reserved", label, v.Name(), v.Number())
		}
	}
}

// valueName is a name for a value that neither the package nor a reservation of
// the enum, if it is there, takes.
func (g *generator) valueName(wish string, have protoreflect.EnumDescriptor) string {
	name := unique(wish, "_", func(n string) bool {
		return !g.names.has(n) && (have == nil || !have.ReservedNames().Has(protoreflect.Name(n)))
	})
	g.names.add(name)
	return name
}

func labelOf(v protoreflect.EnumValueDescriptor) (string, bool) {
	if !proto.HasExtension(v.Options(), rowgatev1.E_Label) {
		return "", false
	}
	label, _ := proto.GetExtension(v.Options(), rowgatev1.E_Label).(string)
	return label, true
}

// composite is the name of the message for a composite or a range type, empty
// when none can hold it.
func (g *generator) composite(t *catalog.Type) string {
	if m, ok := g.composites[t.Name]; ok {
		if m == nil {
			return ""
		}
		return m.name
	}
	err := wire.MessageLegal(typemap.Type(t, -1, ""))
	if err == nil {
		err = boundsLegal(t)
	}
	if err != nil {
		g.composites[t.Name] = nil
		g.skip(t.Name, fmt.Sprintf("its values are written as text and not as messages: %s", err))
		return ""
	}
	have := g.lock.types[t.Name]
	m := &message{have: have}
	g.composites[t.Name] = m
	if have != nil {
		m.name = string(have.Name())
	} else {
		m.name = g.typeName(t)
	}
	kind := "composite type"
	if t.Subtype != nil {
		kind = "range type"
	}
	plain := fmt.Sprintf("%s is a value of the %s %s.", m.name, kind, t.Name)
	m.comment = comment{sentence(plain, g.description.TypeComment(t.OID)), plain}
	m.options = []option{{"(rowgate.v1.type)", nameLiteral(t.Name)}}
	if t.Subtype != nil {
		g.rangeFields(m, t)
	} else {
		g.attributeFields(m, t)
	}
	f := g.fileOf(desc(have), typesFile, aboutTypes)
	g.add(f, m)
	return m.name
}

// boundsLegal says whether the ranges within a type can be messages: a bound of
// a repeated field could not be left out.
func boundsLegal(t *catalog.Type) error {
	switch {
	case t == nil:
		return nil
	case t.Kind == 'r' && t.Subtype != nil:
		if proposed := wire.Legal(typemap.Type(t.Subtype, -1, ""))[0]; strings.HasPrefix(proposed, "repeated ") || strings.HasPrefix(proposed, "map<") {
			return fmt.Errorf("the bounds of %s are lists, and one that is empty could not be told from none", t.Name)
		}
	case t.Kind == 'c':
		for _, a := range t.Attributes {
			if err := boundsLegal(a.Type); err != nil {
				return err
			}
		}
	}
	return cmp.Or(boundsLegal(t.Elem), boundsLegal(t.Subtype))
}

func (g *generator) attributeFields(m *message, t *catalog.Type) {
	var members []member
	for _, a := range t.Attributes {
		members = append(members, member{
			name: a.Name, number: int32(a.Number),
			typed: typed{a.Type, a.Typmod, a.Declared, true, a.DeclaredOID},
			what:  fmt.Sprintf("The attribute %q, %s.", a.Name, a.Declared),
		})
	}
	m.counted = true
	g.members(m, t.Name, members)
}

// rangeFields are those of any range: its bounds are what the type table
// knows by name.
func (g *generator) rangeFields(m *message, t *catalog.Type) {
	bound := typed{typ: t.Subtype, typmod: -1, optional: true, declared: t.Subtype.Format}
	label, typ := g.fieldType(bound)
	for i, f := range []*field{
		{name: "lower", label: label, typ: typ, comment: said("Where the range begins; without it the range has no beginning.")},
		{name: "upper", label: label, typ: typ, comment: said("Where the range ends; without it the range has no end.")},
		{name: "bounds", typ: "rowgate.v1.Bounds", comment: said("Which of the two belong to the range.")},
		{name: "empty", typ: "bool", comment: said("The range holds nothing.")},
	} {
		f.number = int32(i) + 1
		if m.have != nil {
			if f.have = m.have.Fields().ByName(protoreflect.Name(f.name)); f.have != nil {
				f.number, f.label, f.typ = int32(f.have.Number()), "", ""
			}
		}
		m.fields = append(m.fields, f)
	}
}

// nameLiteral is a message literal with a schema and a name.
func nameLiteral(n catalog.Name, more ...string) string {
	lines := append([]string{"schema: " + quote(n.Schema), "name: " + quote(n.Name)}, more...)
	return "{\n    " + strings.Join(lines, "\n    ") + "\n  }"
}

// sentence joins what we say with what the database says.
func sentence(ours, theirs string) string {
	if blank(theirs) {
		return ours
	}
	return ours + " " + theirs
}
