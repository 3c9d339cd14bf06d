package service_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/structpb"

	rowgatev1 "github.com/rowgate/rowgate/proto/gen/rowgate/v1"
)

// row is a row with each column's value in one text form, whichever side it
// came from: times as instants in UTC, JSON in a canonical form, enum values
// as their labels. It has no entry for a column that is NULL.
type row map[string]string

const instantForm = "2006-01-02T15:04:05.000000Z"

// rowOfMessage reads a message that a method answered.
func rowOfMessage(t testing.TB, m protoreflect.Message) row {
	t.Helper()
	r := row{}
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		fd := fields.Get(i)
		switch {
		case fd.HasPresence() && !m.Has(fd):
		case proto.HasExtension(fd.Options(), rowgatev1.E_Reference) && !m.Has(fd):
			// The rows of another relation, which were not asked for.
		case fd.IsList():
			items := []string{}
			for i := range m.Get(fd).List().Len() {
				items = append(items, single(t, fd, m.Get(fd).List().Get(i)))
			}
			r[string(fd.Name())] = fmt.Sprintf("%q", items)
		default:
			r[string(fd.Name())] = single(t, fd, m.Get(fd))
		}
	}
	if unknown := m.GetUnknown(); len(unknown) > 0 {
		t.Errorf("%s has fields that its descriptor does not know: %x", m.Descriptor().FullName(), unknown)
	}
	return r
}

func single(t testing.TB, fd protoreflect.FieldDescriptor, v protoreflect.Value) string {
	t.Helper()
	switch {
	case fd.Kind() == protoreflect.EnumKind:
		value := fd.Enum().Values().ByNumber(v.Enum())
		if value == nil {
			t.Fatalf("%s: the number %d is no value", fd.FullName(), v.Enum())
		}
		return proto.GetExtension(value.Options(), rowgatev1.E_Label).(string)
	case fd.Kind() != protoreflect.MessageKind:
		return v.String()
	}
	switch m := v.Message(); m.Descriptor().FullName() {
	case "google.protobuf.Timestamp":
		part := m.Descriptor().Fields()
		return time.Unix(m.Get(part.ByName("seconds")).Int(), m.Get(part.ByName("nanos")).Int()).UTC().Format(instantForm)
	case "google.protobuf.Value":
		value := &structpb.Value{}
		data, err := proto.Marshal(m.Interface())
		if err == nil {
			err = proto.Unmarshal(data, value)
		}
		if err != nil {
			t.Fatal(err)
		}
		return canonicalJSON(t, value.AsInterface())
	default:
		t.Fatalf("%s: no rule to compare a %s", fd.FullName(), m.Descriptor().FullName())
		return ""
	}
}

// rowOfPsql reads what rowSQL selected. The message's descriptor says only
// what a text stands for; the columns are psql's own.
func rowOfPsql(t testing.TB, md protoreflect.MessageDescriptor, line string) row {
	t.Helper()
	var selected struct {
		Row      map[string]any `json:"row"`
		JSONNull []string       `json:"json_null"`
	}
	dec := json.NewDecoder(strings.NewReader(line))
	dec.UseNumber()
	if err := dec.Decode(&selected); err != nil {
		t.Fatalf("psql printed %q: %v", line, err)
	}
	r := row{}
	for column, value := range selected.Row {
		if value == nil {
			continue
		}
		r[column] = psqlValue(t, md.Fields().ByName(protoreflect.Name(column)), value)
	}
	for _, column := range selected.JSONNull {
		r[column] = "null"
	}
	return r
}

func psqlValue(t testing.TB, fd protoreflect.FieldDescriptor, value any) string {
	t.Helper()
	switch {
	case fd == nil:
		return fmt.Sprint(value)
	case fd.Message() != nil && fd.Message().FullName() == "google.protobuf.Timestamp":
		at, err := time.Parse(time.RFC3339Nano, value.(string))
		if err != nil {
			t.Fatal(err)
		}
		return at.UTC().Format(instantForm)
	case fd.Message() != nil:
		return canonicalJSON(t, value)
	case fd.IsList():
		items := []string{}
		for _, item := range value.([]any) {
			items = append(items, fmt.Sprint(item))
		}
		return fmt.Sprintf("%q", items)
	default:
		return fmt.Sprint(value)
	}
}

// canonicalJSON sorts members and writes numbers as doubles.
func canonicalJSON(t testing.TB, value any) string {
	t.Helper()
	data, err := json.Marshal(value)
	var doubles any
	if err == nil {
		err = json.NewDecoder(bytes.NewReader(data)).Decode(&doubles)
	}
	if err == nil {
		data, err = json.Marshal(doubles)
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
