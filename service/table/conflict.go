package table

import (
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	rowgatev1 "github.com/rowgate/rowgate/proto/gen/rowgate/v1"
	"github.com/rowgate/rowgate/service/filter"
	"github.com/rowgate/rowgate/service/status"
	"github.com/rowgate/rowgate/store/query"
	"github.com/rowgate/rowgate/store/wire"
)

// conflict is a rowgate.v1.OnConflict of a resource.
type conflict struct {
	// key are the fields of the unique key that is meant.
	key []*field
	// ignore leaves the row that is there as it is; otherwise it takes the new
	// one's values of update, or when that is nil of all fields that the new one
	// gives, but those of a key and those that are set at creation only.
	ignore bool
	update []*field
}

var conflictFields = func() *wire.Decoder {
	fields := (&rowgatev1.OnConflict{}).ProtoReflect().Descriptor().Fields()
	return wire.NewDecoder([]protoreflect.FieldDescriptor{fields.ByName("fields"), fields.ByName("ignore"), fields.ByName("update")})
}()

func wrongConflict(field, format string, args ...any) error {
	return status.InvalidArgument("on_conflict"+field, fmt.Sprintf(format, args...))
}

// conflictOf is the conflict of an insertion.
func (o *inserts) conflictOf(n insertion) (*conflict, error) {
	return o.resource.conflict(wire.Value{Present: n.conflicting, Bytes: []byte(n.conflict)})
}

// conflict reads what a request says of rows whose key is there; nil when it
// says nothing.
func (r *resource) conflict(v wire.Value) (*conflict, error) {
	if !v.Present {
		return nil, nil
	}
	values, err := conflictFields.Decode(nil, v.Bytes)
	if err != nil {
		return nil, under("on_conflict", err)
	}
	c := &conflict{ignore: values[1].Num != 0}
	if c.key, err = r.conflictKey(values[0].Items); err != nil {
		return nil, err
	}
	switch {
	case values[2].Present:
		c.update, err = r.conflictUpdate(values[2].Bytes)
	case !c.ignore:
		err = wrongConflict("", "does not say what is done: it needs ignore: true, or update")
	}
	return c, err
}

// conflictKey finds the fields of a unique key, and checks that ON CONFLICT can
// name it.
func (r *resource) conflictKey(names [][]byte) ([]*field, error) {
	key := slices.Clone(r.key)
	if len(names) > 0 {
		key = nil
	}
	for _, name := range names {
		f := r.field(string(name))
		if f == nil {
			return nil, wrongConflict(".fields", "names %s, which is no column of %s%s", filter.Shown(string(name)), r.message.Name(), r.uniqueKeys())
		}
		if !slices.Contains(key, f) {
			key = append(key, f)
		}
	}
	if len(key) == 0 {
		return nil, wrongConflict(".fields", "is empty, and %s has no key%s", r.message.Name(), r.uniqueKeys())
	}
	if r.relation.Kind == 'v' { // Postgres knows what stands behind it.
		return key, nil
	}
	columns := make([]string, len(key))
	for i, f := range key {
		columns[i] = f.column.Name
	}
	slices.Sort(columns)
	for _, unique := range r.relation.Arbiters {
		if slices.Equal(slices.Sorted(slices.Values(unique)), columns) {
			return key, nil
		}
	}
	return nil, wrongConflict(".fields", "%s is no unique key of %s%s", keyNames(key), r.message.Name(), r.uniqueKeys())
}

// uniqueKeys lists the unique keys that a request can name, for an error.
func (r *resource) uniqueKeys() string {
	var all []string
	for _, columns := range r.relation.Arbiters {
		var key []*field
		for _, column := range columns {
			if i := slices.IndexFunc(r.fields, func(f *field) bool { return f.column.Name == column }); i >= 0 {
				key = append(key, r.fields[i])
			}
		}
		if len(key) == len(columns) {
			all = append(all, keyNames(key))
		}
	}
	switch {
	case len(all) == 0 && r.relation.Kind != 'v':
		return "; it has no unique key to name"
	case len(all) == 0:
		return ""
	default:
		return "; its unique keys are " + strings.Join(all, ", ")
	}
}

func keyNames(fields []*field) string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.name
	}
	return "(" + strings.Join(names, ", ") + ")"
}

// conflictUpdate finds the fields that a mask names; nil for all that are given.
func (r *resource) conflictUpdate(mask []byte) ([]*field, error) {
	paths, err := maskPaths("on_conflict.update", mask)
	if err != nil || len(paths) == 0 || len(paths) == 1 && paths[0] == "*" {
		return nil, err
	}
	update := []*field{}
	for _, path := range paths {
		f := r.field(path)
		switch {
		case f == nil:
			return nil, wrongConflict(".update", "names %s, and %s has no such column", filter.Shown(path), r.message.Name())
		case f.isKey:
			return nil, wrongConflict(".update", "names %q, which is of the key and cannot change", path)
		case f.immutable:
			return nil, wrongConflict(".update", "names %q, which is set at creation only", path)
		// AIP-203: output-only fields in a mask are passed over.
		case !f.output && !slices.Contains(update, f):
			update = append(update, f)
		}
	}
	if len(update) == 0 {
		return nil, errNothingToUpdate
	}
	return update, nil
}

var errNothingToUpdate = wrongConflict(".update", "leaves nothing that the row which is there could take; to leave it as it is, say ignore: true")

// clause is the ON CONFLICT of new rows of a shape. A field of the mask that they
// do not give makes the row that is there take what a new one would have there:
// the column's default, or NULL.
func (c *conflict) clause(fields []*field, s shape) (*query.OnConflict, error) {
	if c == nil {
		return nil, nil
	}
	on := &query.OnConflict{}
	for _, f := range c.key {
		on.Key = append(on.Key, f.column.Name)
	}
	if c.ignore {
		return on, nil
	}
	for _, f := range c.update {
		on.Update = append(on.Update, f.column.Name)
	}
	for _, f := range fields {
		if c.update == nil && s.at(f.index) == given && !f.isKey && !f.immutable && !slices.Contains(c.key, f) {
			on.Update = append(on.Update, f.column.Name)
		}
	}
	if len(on.Update) == 0 {
		return nil, errNothingToUpdate
	}
	return on, nil
}

// updatesGiven says that what is updated depends on what a row gives.
func (c *conflict) updatesGiven() bool { return c != nil && !c.ignore && c.update == nil }

// ignores says that a row may be left out.
func (c *conflict) ignores() bool { return c != nil && c.ignore }
