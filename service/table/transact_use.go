package table

import (
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	rowgatev1 "github.com/rowgate/rowgate/proto/gen/rowgate/v1"
	"github.com/rowgate/rowgate/service/filter"
	"github.com/rowgate/rowgate/service/status"
	"github.com/rowgate/rowgate/store/wire"
)

// use is a field of a write that takes a value of an earlier one.
type use struct {
	field *field
	from  *partWrite
	// value is its place among what from captures.
	value int
}

func (w *partWrite) usesAny(of []*partWrite) bool {
	return slices.ContainsFunc(w.uses, func(u use) bool { return slices.Contains(of, u.from) })
}

var useFields = func() *wire.Decoder {
	fields := (&rowgatev1.Use{}).ProtoReflect().Descriptor().Fields()
	return wire.NewDecoder([]protoreflect.FieldDescriptor{fields.ByName("field"), fields.ByName("write"), fields.ByName("from")})
}()

// readUses reads what a write takes of the earlier ones.
func (w *partWrite) readUses(items [][]byte, before []*partWrite) error {
	var values []wire.Value
	for _, item := range items {
		var err error
		if values, err = useFields.Decode(values[:0], item); err != nil {
			return err
		}
		name, from, index := string(values[0].Bytes), string(values[2].Bytes), int(int32(values[1].Num))
		if index < 0 || index >= len(before) {
			return wrongUse("names write %d, which is none before this one", index)
		}
		to, err := w.takes(name)
		if err != nil {
			return err
		}
		earlier := before[index]
		source, err := earlier.gives(from)
		if err != nil {
			return err
		}
		form := to.codec.Param()
		switch {
		case source.column.Type.OID != to.column.Type.OID:
			return wrongUse("puts %s, of type %s, into %s, of type %s: the types must be the same",
				filter.Shown(from), source.column.Declared, filter.Shown(name), to.column.Declared)
		case form.Text || form.Cast != "" || form.OID != to.column.Type.OID:
			return wrongUse("puts a value into %s, of type %s, whose values cannot be passed on as they are", filter.Shown(name), to.column.Declared)
		case slices.ContainsFunc(w.uses, func(u use) bool { return u.field == to }):
			return wrongUse("names %s twice", filter.Shown(name))
		}
		w.uses = append(w.uses, use{to, earlier, earlier.captures(source)})
	}
	return nil
}

func wrongUse(format string, args ...any) error {
	return status.InvalidArgument("", fmt.Sprintf(format, args...))
}

// takes finds the field that a path in the write's request leads to, which has to
// be one that a client may give a value.
func (w *partWrite) takes(path string) (*field, error) {
	f := w.method.op.target().named(path)
	if f == nil {
		return nil, wrongUse("names %s, which is no field that %s takes a value in", filter.Shown(path), w.name)
	}
	switch w.method.op.(type) {
	case *batchUpdate, *removeMany:
		return nil, wrongUse("names a field of %s, which takes no values of other writes", w.name)
	case *updateMany:
		if f.isKey {
			return nil, wrongUse("names %s, which is of the key; the filter says which rows change", filter.Shown(path))
		}
	case *create, *batchCreate:
		if f.output {
			return nil, wrongUse("names %s, which is only read", filter.Shown(path))
		}
	}
	return f, nil
}

// gives finds a field whose value the write can give to a later one.
func (w *partWrite) gives(name string) (*field, error) {
	if _, deletes := w.method.op.(*remove); deletes {
		return nil, wrongUse("names a value of %s, which answers none", w.name)
	}
	of := w.method.op.target()
	if of.resource == nil || of.resource.field(name) == nil {
		return nil, wrongUse("names %s, which is no field that %s answers", filter.Shown(name), w.name)
	}
	return of.resource.field(name), nil
}

// captures has the write's answer give a field's value, and says which of the
// values it is.
func (w *partWrite) captures(f *field) int {
	if i := slices.Index(w.capture, f); i >= 0 {
		return i
	}
	w.capture = append(w.capture, f)
	return len(w.capture) - 1
}

// named finds the field that a path in the request leads to: one of the
// resource's within the body, or one of the key's.
func (t target) named(path string) *field {
	if t.resource == nil {
		return nil
	}
	name := path
	if t.body != "" {
		var ok bool
		if name, ok = strings.CutPrefix(path, t.body+"."); !ok {
			return nil
		}
	}
	f := t.resource.field(name)
	if f == nil || t.body == "" && !f.isKey {
		return nil
	}
	return f
}
