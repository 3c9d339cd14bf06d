package protogen_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	rowgatev1 "github.com/rowgate/rowgate/proto/gen/rowgate/v1"
	"github.com/rowgate/rowgate/proto/protogen"
	"github.com/rowgate/rowgate/service/descriptor"
)

// generation is the files of one moment.
type generation struct {
	name string
	set  *descriptor.Set
	// things says what of the database each field, value and method stands for:
	// names of the thing, of which one at least stays while it is the same.
	things map[protoreflect.FullName][]string
	forms  map[protoreflect.FullName]string
	// result is that of the pull, and report what is to be told of it.
	result *protogen.Result
	report strings.Builder
}

// generation reads the files, and from the catalogs what they stand for.
func (p *project) generation(t *testing.T, name string) *generation {
	t.Helper()
	g := &generation{name: name, set: p.compile(t), things: map[protoreflect.FullName][]string{}}
	things, there := map[string][]string{}, map[string]bool{}
	for _, row := range p.query(t, "select n.nspname || '.' || c.relname || '.' from pg_class c join pg_namespace n on n.oid = c.relnamespace") {
		there[row[0]] = true
	}
	for _, row := range p.query(t, `
		select 'column ' || n.nspname || '.' || c.relname || '.' || a.attname, a.attrelid || '.' || a.attnum, a.attrelid || '.' || a.attname
		from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
		where a.attnum > 0 and not a.attisdropped
		union all
		select 'label ' || n.nspname || '.' || t.typname || '.' || e.enumlabel, 'label ' || e.oid, 'label of ' || t.oid || '.' || e.enumlabel
		from pg_enum e join pg_type t on t.oid = e.enumtypid join pg_namespace n on n.oid = t.typnamespace
		union all
		select 'key ' || n.nspname || '.' || c.relname || '.' || k.conname, 'key ' || k.oid, 'key of ' || c.oid || '.' || k.conname
		from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace`) {
		things[row[0]] = row
	}
	stands := func(d protoreflect.Descriptor, what string) {
		g.things[d.FullName()] = append([]string{what}, things[what]...)
	}
	calls := map[protoreflect.FullName]string{}
	for _, sd := range g.set.Services() {
		for i := range sd.Methods().Len() {
			if md := sd.Methods().Get(i); operation(md).GetCall() != nil {
				calls[md.Input().FullName()] = string(md.Name())
			}
		}
	}
	for md := range g.messages() {
		of := ""
		if r := relation(md); r != nil {
			if of = r.GetSchema() + "." + r.GetName() + "."; !there[of] {
				continue
			}
		}
		if r, _ := proto.GetExtension(md.Options(), rowgatev1.E_Type).(*rowgatev1.Type); r.GetName() != "" {
			of = r.GetSchema() + "." + r.GetName() + "."
		}
		for i := range md.Fields().Len() {
			fd := md.Fields().Get(i)
			switch r, _ := proto.GetExtension(fd.Options(), rowgatev1.E_Reference).(*rowgatev1.Reference); {
			case r.GetThrough() != nil:
				stands(fd, "key "+r.GetThrough().GetSchema()+"."+r.GetThrough().GetName()+"."+r.GetForeignKey())
			case r.GetInverse():
				from := relation(fd.Message())
				stands(fd, "key "+from.GetSchema()+"."+from.GetName()+"."+r.GetForeignKey())
			case r != nil && r.GetForeignKey() != "":
				stands(fd, "key "+of+r.GetForeignKey())
			case of != "":
				stands(fd, "column "+of+column(fd))
			default:
				// Of a request or a response, the name is what it stands for.
				stands(fd, "field "+column(fd))
				if method := calls[md.FullName()]; method != "" {
					// A call gives its arguments by position.
					g.things[fd.FullName()] = append(g.things[fd.FullName()], fmt.Sprintf("argument %d of %s", placeOf(fd), method))
				}
			}
		}
	}
	for ed := range g.enums() {
		e, _ := proto.GetExtension(ed.Options(), rowgatev1.E_EnumType).(*rowgatev1.EnumType)
		for i := range ed.Values().Len() {
			if v := ed.Values().Get(i); v.Number() != 0 {
				label, _ := proto.GetExtension(v.Options(), rowgatev1.E_Label).(string)
				stands(v, "label "+e.GetSchema()+"."+e.GetName()+"."+label)
			}
		}
	}
	return g
}

// placeOf is the argument that a field gives, counted from 1.
func placeOf(fd protoreflect.FieldDescriptor) int32 {
	c, _ := proto.GetExtension(fd.Options(), rowgatev1.E_Column).(*rowgatev1.Column)
	return cmp.Or(c.GetNumber(), int32(fd.Number()))
}

// messages are those of the package, nested ones too.
func (g *generation) messages() func(func(protoreflect.MessageDescriptor) bool) {
	return func(yield func(protoreflect.MessageDescriptor) bool) {
		var walk func(protoreflect.MessageDescriptors) bool
		walk = func(all protoreflect.MessageDescriptors) bool {
			for i := range all.Len() {
				if !yield(all.Get(i)) || !walk(all.Get(i).Messages()) {
					return false
				}
			}
			return true
		}
		for _, path := range g.set.Own {
			if file, err := g.set.Files.FindFileByPath(path); err == nil && !walk(file.Messages()) {
				return
			}
		}
	}
}

// form is a message as text, to tell whether it has changed.
func (g *generation) form(md protoreflect.MessageDescriptor) string {
	if g.forms == nil {
		g.forms = map[protoreflect.FullName]string{}
	}
	text, ok := g.forms[md.FullName()]
	if !ok {
		text = fmt.Sprint(protodesc.ToDescriptorProto(md))
		g.forms[md.FullName()] = text
	}
	return text
}

func (g *generation) enums() func(func(protoreflect.EnumDescriptor) bool) {
	return func(yield func(protoreflect.EnumDescriptor) bool) {
		for _, path := range g.set.Own {
			file, err := g.set.Files.FindFileByPath(path)
			for i := 0; err == nil && i < file.Enums().Len(); i++ {
				if !yield(file.Enums().Get(i)) {
					return
				}
			}
		}
	}
}

func (g *generation) find(name protoreflect.FullName) protoreflect.Descriptor {
	d, err := g.set.Files.FindDescriptorByName(name)
	if err != nil {
		return nil
	}
	return d
}

// history is what the numbers of messages and enums have stood for, as long as
// there were such messages and enums.
type history map[protoreflect.FullName]map[int32][]string

// understands checks that what clients of older generations have and what this
// one says are the same, for each message that all between have had.
func (h history) understands(t *testing.T, older []*generation, g *generation) {
	t.Helper()
	for md := range g.messages() {
		// Most messages are as they were.
		compared := map[string]bool{}
		for i := len(older) - 1; i >= 0; i-- {
			was, ok := older[i].find(md.FullName()).(protoreflect.MessageDescriptor)
			if !ok {
				break
			}
			form := older[i].form(was)
			if compared[form] {
				continue
			}
			compared[form] = true
			sameShapes(t, older[i], was, md)
			decodes(t, older[i].name, was, md)
			decodes(t, "the newer "+older[i].name, md, was)
		}
	}
	h.extend(t, g)
}

// extend adds a generation, and checks that no number has come to stand for
// something else.
func (h history) extend(t *testing.T, g *generation) {
	t.Helper()
	there := map[protoreflect.FullName]bool{}
	stands := func(of protoreflect.FullName, number int32, d protoreflect.Descriptor) {
		there[of] = true
		if h[of] == nil {
			h[of] = map[int32][]string{}
		}
		before, now := h[of][number], g.things[d.FullName()]
		if len(before) > 0 && len(now) > 0 && !slices.ContainsFunc(before, func(s string) bool { return slices.Contains(now, s) }) {
			t.Errorf("%s = %d stood for %s and stands for %s", d.FullName(), number, strings.Join(before, ", "), strings.Join(now, ", "))
		}
		for _, s := range now {
			if !slices.Contains(before, s) {
				before = append(before, s)
			}
		}
		h[of][number] = before
	}
	for md := range g.messages() {
		for i := range md.Fields().Len() {
			stands(md.FullName(), int32(md.Fields().Get(i).Number()), md.Fields().Get(i))
		}
	}
	for ed := range g.enums() {
		for i := range ed.Values().Len() {
			if v := ed.Values().Get(i); v.Number() != 0 {
				stands(ed.FullName(), int32(v.Number()), v)
			}
		}
	}
	for name := range h {
		if !there[name] {
			delete(h, name)
		}
	}
}

// sameShapes checks that no field has become one of another name or type.
func sameShapes(t *testing.T, older *generation, was, is protoreflect.MessageDescriptor) {
	t.Helper()
	for i := range was.Fields().Len() {
		before := was.Fields().Get(i)
		now := is.Fields().ByNumber(before.Number())
		if now != nil && shapeOf(before) != shapeOf(now) {
			t.Errorf("%s = %d was %+v at %q and is %+v", now.FullName(), now.Number(), shapeOf(before), older.name, shapeOf(now))
		}
	}
}

// shape is what a client knows of a field.
type shape struct {
	name       protoreflect.Name
	json       string
	kind       protoreflect.Kind
	isList     bool
	messageMap bool
	typ        protoreflect.FullName
}

func shapeOf(fd protoreflect.FieldDescriptor) shape {
	s := shape{fd.Name(), fd.JSONName(), fd.Kind(), fd.IsList(), fd.IsMap(), ""}
	switch {
	case fd.Message() != nil:
		s.typ = fd.Message().FullName()
	case fd.Enum() != nil:
		s.typ = fd.Enum().FullName()
	}
	return s
}

// decodes checks that a message of one generation is read by another one: each
// field as what it was, and the rest kept as unknown.
func decodes(t *testing.T, at string, from, to protoreflect.MessageDescriptor) {
	t.Helper()
	sent := dynamicpb.NewMessage(from)
	fill(sent, 1)
	data, err := proto.MarshalOptions{Deterministic: true}.Marshal(sent)
	if err != nil {
		t.Fatal(err)
	}
	got := dynamicpb.NewMessage(to)
	if err := proto.Unmarshal(data, got); err != nil {
		t.Errorf("%s of %q: %v", from.FullName(), at, err)
		return
	}
	got.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		before := from.Fields().ByNumber(fd.Number())
		if before == nil {
			t.Errorf("%s of %q gives %s a value that was never sent", from.FullName(), at, fd.FullName())
		} else if a, b := shown(before, sent.Get(before)), shown(fd, v); a != b && fd.Message() == nil {
			t.Errorf("%s of %q is read as %s, sent was %s", fd.FullName(), at, b, a)
		}
		return true
	})
	data, err = proto.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	back := dynamicpb.NewMessage(from)
	if err := proto.Unmarshal(data, back); err != nil {
		t.Errorf("%s of %q, sent back: %v", from.FullName(), at, err)
	} else if !proto.Equal(sent, back) {
		t.Errorf("%s of %q comes back as\n%v, sent was\n%v", from.FullName(), at, back, sent)
	}
}

func shown(fd protoreflect.FieldDescriptor, v protoreflect.Value) string {
	if fd.IsList() {
		var all []string
		for i := range v.List().Len() {
			all = append(all, fmt.Sprint(v.List().Get(i).Interface()))
		}
		return strings.Join(all, ", ")
	}
	return fmt.Sprint(v.Interface())
}

// fill gives every field a value of its own.
func fill(m protoreflect.Message, depth int) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		fd := fields.Get(i)
		switch {
		case fd.Message() != nil && depth == 0:
		case fd.IsMap():
			m.Mutable(fd).Map().Set(protoreflect.ValueOfString("k").MapKey(), scalar(fd.MapValue()))
		case fd.IsList() && fd.Message() != nil:
			fill(m.Mutable(fd).List().AppendMutable().Message(), depth-1)
		case fd.IsList():
			m.Mutable(fd).List().Append(scalar(fd))
		case fd.Message() != nil:
			fill(m.Mutable(fd).Message(), depth-1)
		default:
			m.Set(fd, scalar(fd))
		}
	}
}

// scalar is a value made of the field's number, so that two fields differ.
func scalar(fd protoreflect.FieldDescriptor) protoreflect.Value {
	n := fd.Number()
	switch fd.Kind() {
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(true)
	case protoreflect.EnumKind:
		values := fd.Enum().Values()
		return protoreflect.ValueOfEnum(values.Get(values.Len() - 1).Number())
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		return protoreflect.ValueOfInt32(int32(n))
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
		return protoreflect.ValueOfInt64(int64(n))
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return protoreflect.ValueOfUint32(uint32(n))
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return protoreflect.ValueOfUint64(uint64(n))
	case protoreflect.FloatKind:
		return protoreflect.ValueOfFloat32(float32(n))
	case protoreflect.DoubleKind:
		return protoreflect.ValueOfFloat64(float64(n))
	case protoreflect.BytesKind:
		return protoreflect.ValueOfBytes([]byte(fmt.Sprint(n)))
	default:
		return protoreflect.ValueOfString(fmt.Sprint(n))
	}
}
