package table

import (
	"slices"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	rowgatev1 "github.com/rowgate/rowgate/proto/gen/rowgate/v1"
	"github.com/rowgate/rowgate/store"
	"github.com/rowgate/rowgate/store/query"
	"github.com/rowgate/rowgate/store/typemap"
	"github.com/rowgate/rowgate/store/wire"
)

// queryResult is what a query answers: nothing, the one row as the response
// itself, or rows in its field.
type queryResult struct {
	form  form
	field protowire.Number
	// columns are the statement's, and plan writes its rows.
	columns []query.Column
	plan    *wire.Plan
	// whole are the columns whose fields cannot say that there is no value.
	whole []int
}

// queryResult binds a query's response to the statement's columns. It returns
// nil after it has noted problems.
func (b *Binder) queryResult(at sqlOf, writes bool, columns []store.ResultColumn) *queryResult {
	out := at.Output()
	empty := out.FullName() == "google.protobuf.Empty"
	switch {
	case empty && (writes || len(columns) == 0):
		return &queryResult{form: nothing}
	case empty:
		b.problem(at, "%s answers google.protobuf.Empty, and its SQL gives %s: answer a message with fields for them, "+
			"or say writes: true if the SQL is run for what it changes", at.Name(), columnList(columns))
		return nil
	case len(columns) == 0:
		b.problem(at, "%s answers %s, and its SQL gives no columns: give it RETURNING, or answer google.protobuf.Empty", at.Name(), out.FullName())
		return nil
	}
	r, message := &queryResult{form: row}, out
	if fd := rowsField(out); fd != nil {
		r.form, r.field, message = rows, fd.Number(), fd.Message()
	}
	codecs := b.queryColumns(at, message, columns)
	if codecs == nil {
		return nil
	}
	r.plan = wire.NewPlan(codecs)
	for i, c := range codecs {
		r.columns = append(r.columns, column(c))
		if fd := c.Column().Field; !fd.HasPresence() && !fd.IsList() && !fd.IsMap() {
			r.whole = append(r.whole, i)
		}
	}
	return r
}

// rowsField is the field that holds the rows: the only one of a response, when
// it is a repeated message. One that stands for a value, a timestamp or a
// composite, is a column of arrays.
func rowsField(out protoreflect.MessageDescriptor) protoreflect.FieldDescriptor {
	if out.Fields().Len() != 1 {
		return nil
	}
	fd := out.Fields().Get(0)
	if !fd.IsList() || fd.Kind() != protoreflect.MessageKind || proto.HasExtension(fd.Message().Options(), rowgatev1.E_Type) {
		return nil
	}
	switch fd.Message().ParentFile().Package() {
	case "google.protobuf", "google.type", "rowgate.v1":
		return nil
	}
	return fd
}

// queryColumns binds a message's fields to the columns of their names, and
// returns the codecs in the columns' order. It returns nil after it has noted
// problems. The fields of relations have no columns, and stay empty.
func (b *Binder) queryColumns(at sqlOf, message protoreflect.MessageDescriptor, columns []store.ResultColumn) []*wire.Codec {
	before := len(b.noted)
	names := b.columnNames(at, columns)
	fields := make([]protoreflect.FieldDescriptor, len(columns))
	codecs := make([]*wire.Codec, len(columns))
	for i := range message.Fields().Len() {
		fd := message.Fields().Get(i)
		if isReference(fd) {
			continue
		}
		n := slices.Index(names, columnName(fd))
		switch {
		case n < 0:
			b.problem(fd, "the SQL of %s has no column %q; it has %s", at.Name(), columnName(fd), strings.Join(names, ", "))
		case fields[n] != nil:
			b.problem(fd, "the column %q of %s is bound to the field %s already", names[n], at.Name(), fields[n].Name())
		default:
			fields[n], codecs[n] = fd, b.queryColumn(at, fd, columns[n])
		}
	}
	for i, c := range columns {
		if fields[i] == nil && c.Name != nameless && slices.Index(names, c.Name) == i {
			b.problem(at, "the column %q of %s has no field in %s", c.Name, at.Name(), message.FullName())
		}
	}
	if len(b.noted) > before {
		return nil
	}
	return codecs
}

// nameless is what Postgres calls a column that has no name.
const nameless = "?column?"

// columnNames are the columns' names, each of which has to be there and to be
// the only one of its kind.
func (b *Binder) columnNames(at sqlOf, columns []store.ResultColumn) []string {
	names := make([]string, len(columns))
	for i, c := range columns {
		switch {
		case c.Name == nameless:
			b.problem(at, "the column %d of %s has no name: give it one with AS", i+1, at.Name())
		case slices.Contains(names[:i], c.Name):
			b.problem(at, "%s has two columns %q: give one of them another name with AS", at.Name(), c.Name)
		}
		names[i] = c.Name
	}
	return names
}

func (b *Binder) queryColumn(at sqlOf, fd protoreflect.FieldDescriptor, c store.ResultColumn) *wire.Codec {
	t := b.cat.DeclaredType(c.OID)
	if t == nil {
		b.problem(fd, "the column %q of %s is of a type that a message cannot hold: %s", c.Name, at.Name(), b.placeless(c.OID))
		return nil
	}
	return b.codec(fd, wire.Column{Name: c.Name, Type: typemap.Type(t.Type, t.Typmod, t.Format), Field: fd})
}

func columnList(columns []store.ResultColumn) string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Name
	}
	return strings.Join(names, ", ")
}
