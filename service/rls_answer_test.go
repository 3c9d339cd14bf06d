package service_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	rowgatev1 "github.com/rowgate/rowgate/proto/gen/rowgate/v1"
)

// answerLines is what a method answered, a line a row and one for a count, in
// a form that psql's rows can be brought into: JSON by the fields' names,
// without what is NULL, empty or left out.
func (w *twin) answerLines(t testing.TB, m protoreflect.Message) []string {
	t.Helper()
	md := m.Descriptor()
	if results := md.Fields().ByName("results"); results != nil {
		var lines []string
		for i := range m.Get(results).List().Len() {
			m.Get(results).List().Get(i).Message().Range(func(_ protoreflect.FieldDescriptor, v protoreflect.Value) bool {
				lines = append(lines, w.answerLines(t, v.Message())...)
				return true
			})
		}
		return lines
	}
	if rowMessage(md) == md {
		return []string{w.text(t, w.tree(t, m))}
	}
	var lines []string
	if items := itemsOf(md); items != nil {
		for i := range m.Get(items).List().Len() {
			lines = append(lines, w.text(t, w.tree(t, m.Get(items).List().Get(i).Message())))
		}
	}
	if fd := md.Fields().ByName("count"); fd != nil {
		lines = append(lines, "count "+m.Get(fd).String())
	}
	if fd := md.Fields().ByName("total_size"); fd != nil && m.Has(fd) {
		lines = append(lines, "total "+m.Get(fd).String())
	}
	return lines
}

func isRow(md protoreflect.MessageDescriptor) bool {
	return proto.HasExtension(md.Options(), rowgatev1.E_Relation)
}

// itemsOf is the field of a response that holds its rows; nil for none.
func itemsOf(md protoreflect.MessageDescriptor) protoreflect.FieldDescriptor {
	for i := range md.Fields().Len() {
		if fd := md.Fields().Get(i); fd.IsList() && fd.Message() != nil {
			return fd
		}
	}
	return nil
}

// rowMessage is the message of the rows that a method answers, which may be all
// that it answers; nil for none.
func rowMessage(md protoreflect.MessageDescriptor) protoreflect.MessageDescriptor {
	switch items := itemsOf(md); {
	case isRow(md):
		return md
	case items != nil:
		return items.Message()
	case md.Fields().Len() == 0 || md.Fields().ByName("count") != nil:
		return nil
	default:
		return md
	}
}

func (w *twin) text(t testing.TB, tree map[string]any) string {
	t.Helper()
	text, err := json.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// nests says that a field holds a message of the contract, and no value.
func nests(fd protoreflect.FieldDescriptor) bool {
	return fd.Message() != nil && !strings.HasPrefix(string(fd.Message().FullName()), "google.")
}

// tree is a message as JSON has it, with a text for each value.
func (w *twin) tree(t testing.TB, m protoreflect.Message) map[string]any {
	t.Helper()
	tree := map[string]any{}
	m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		one := func(v protoreflect.Value) any {
			if nests(fd) {
				return w.tree(t, v.Message())
			}
			return single(t, fd, v)
		}
		if !fd.IsList() {
			w.put(tree, fd, one(v))
			return true
		}
		items := []any{}
		for i := range v.List().Len() {
			items = append(items, one(v.List().Get(i)))
		}
		w.put(tree, fd, items)
		return true
	})
	if unknown := m.GetUnknown(); len(unknown) > 0 {
		t.Errorf("%s has fields that its descriptor does not know: %x", m.Descriptor().FullName(), unknown)
	}
	return tree
}

// put puts a value into a tree, unless it is one that a message cannot tell
// from none.
func (w *twin) put(tree map[string]any, fd protoreflect.FieldDescriptor, value any) {
	switch v := value.(type) {
	case map[string]any:
		if len(v) == 0 {
			return
		}
	case []any:
		if len(v) == 0 {
			return
		}
	case string:
		if v == "null" && fd.Message() != nil || !fd.HasPresence() && slices.Contains([]string{"", "0", "false"}, v) {
			return
		}
		if at, err := time.Parse(instantForm, v); err == nil && time.Since(at).Abs() < 10*time.Minute {
			v = now
		}
		value = w.stable(string(fd.Name()), v)
	}
	tree[string(fd.Name())] = value
}

// psqlLine is a line of JSON that psql printed, as answerLines has a row of the
// message.
func (w *twin) psqlLine(t testing.TB, md protoreflect.MessageDescriptor, line string) string {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(line))
	dec.UseNumber()
	var printed map[string]any
	if err := dec.Decode(&printed); err != nil {
		t.Fatalf("psql printed %q: %v", line, err)
	}
	return w.text(t, w.psqlTree(t, md, printed))
}

func (w *twin) psqlTree(t testing.TB, md protoreflect.MessageDescriptor, printed map[string]any) map[string]any {
	t.Helper()
	tree := map[string]any{}
	for name, value := range printed {
		fd := md.Fields().ByName(protoreflect.Name(name))
		if fd == nil {
			t.Fatalf("psql printed %s, which %s has not", name, md.FullName())
		}
		one := func(v any) any {
			if row, ok := v.(map[string]any); ok && nests(fd) {
				return w.psqlTree(t, fd.Message(), row)
			}
			if fd.IsList() {
				return fmt.Sprint(v)
			}
			return psqlValue(t, fd, v)
		}
		list, isList := value.([]any)
		switch {
		case value == nil:
		case isList && fd.IsList():
			items := []any{}
			for _, item := range list {
				items = append(items, one(item))
			}
			w.put(tree, fd, items)
		default:
			w.put(tree, fd, one(value))
		}
	}
	return tree
}
