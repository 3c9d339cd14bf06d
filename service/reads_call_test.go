package service_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	rowgatev1 "github.com/rowgate/rowgate/proto/gen/rowgate/v1"
)

// readFields are fields of a request that are single values, by name.
type readFields map[string]any

// ask makes a request of a method, of fields and of what a question asks.
func (w *readsWorld) ask(method string, q *readQuestion, also readFields) *dynamicpb.Message {
	req := dynamicpb.NewMessage(w.method(method).Input())
	set := func(m protoreflect.Message, name string, value any) {
		m.Set(m.Descriptor().Fields().ByName(protoreflect.Name(name)), protoreflect.ValueOf(value))
	}
	for name, value := range also {
		set(req, name, value)
	}
	if q == nil {
		return req
	}
	if q.filter != "" {
		set(req, "filter", q.filter)
	}
	if q.orderBy != "" {
		set(req, "order_by", q.orderBy)
	}
	if len(q.mask) > 0 {
		mask := req.Mutable(req.Descriptor().Fields().ByName("read_mask")).Message()
		paths := mask.Mutable(mask.Descriptor().Fields().ByName("paths")).List()
		for _, path := range q.mask {
			paths.Append(protoreflect.ValueOfString(path))
		}
	}
	for _, in := range q.includes {
		m := req.Mutable(req.Descriptor().Fields().ByName("include")).List().AppendMutable().Message()
		set(m, "path", in.path)
		set(m, "filter", in.filter)
		set(m, "order_by", in.orderBy)
		set(m, "page_size", int32(in.pageSize))
	}
	return req
}

// readPage is a list's answer.
type readPage struct {
	rows           []protoreflect.Message
	next, previous string
	// total is the count, where it is counted.
	total          int64
	counted, short bool
	truncated      string // the trailer
	size           int    // in bytes
}

// page calls a list.
func (w *readsWorld) page(ctx context.Context, method string, req proto.Message) (*readPage, error) {
	md := w.method(method)
	res := dynamicpb.NewMessage(md.Output())
	var trailer metadata.MD
	if err := w.world.conn.Invoke(ctx, methodPath(md), req, res, grpc.Trailer(&trailer)); err != nil {
		return nil, err
	}
	get := func(name protoreflect.Name) protoreflect.Value {
		return res.Get(md.Output().Fields().ByName(name))
	}
	p := &readPage{
		next: get("next_page_token").String(), previous: get("previous_page_token").String(), total: get("total_size").Int(),
		counted: res.Has(md.Output().Fields().ByName("total_size")), short: get("cut_short").Bool(), truncated: strings.Join(trailer.Get("rowgate-truncated"), ";"),
		size: proto.Size(res),
	}
	list := get("rows").List()
	for i := range list.Len() {
		p.rows = append(p.rows, list.Get(i).Message())
	}
	return p, nil
}

// received calls a stream, and returns its rows.
func (w *readsWorld) received(ctx context.Context, method string, req proto.Message) (rows []protoreflect.Message, trailer string, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	md := w.method(method)
	stream, err := w.stream(ctx, md, req)
	if err != nil {
		return nil, "", err
	}
	for {
		m := dynamicpb.NewMessage(md.Output())
		if err := stream.RecvMsg(m); errors.Is(err, io.EOF) {
			return rows, strings.Join(stream.Trailer().Get("rowgate-truncated"), ";"), nil
		} else if err != nil {
			return nil, "", err
		}
		rows = append(rows, m)
	}
}

func (w *readsWorld) stream(ctx context.Context, md protoreflect.MethodDescriptor, req proto.Message, options ...grpc.CallOption) (grpc.ClientStream, error) {
	stream, err := w.world.conn.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true}, methodPath(md), options...)
	if err == nil {
		if err = stream.SendMsg(req); err == nil {
			err = stream.CloseSend()
		}
	}
	return stream, err
}

// rowText is a row with all that is embedded in it, as JSON in which rows of
// either side are alike. What is NULL, empty or left out has no member.
func rowText(t testing.TB, m protoreflect.Message) string {
	t.Helper()
	return jsonText(t, messageTree(t, m))
}

func jsonText(t testing.TB, tree any) string {
	t.Helper()
	text, err := json.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func isReference(fd protoreflect.FieldDescriptor) bool {
	return proto.HasExtension(fd.Options(), rowgatev1.E_Reference)
}

func messageTree(t testing.TB, m protoreflect.Message) map[string]any {
	t.Helper()
	tree := map[string]any{}
	m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		name := string(fd.Name())
		switch {
		case fd.IsList():
			items := []any{}
			for i := range v.List().Len() {
				if item := v.List().Get(i); isReference(fd) {
					items = append(items, messageTree(t, item.Message()))
				} else {
					items = append(items, single(t, fd, item))
				}
			}
			tree[name] = items
		case isReference(fd):
			tree[name] = messageTree(t, v.Message())
		case fd.Message() != nil && fd.Message().Name() == "Int32Range":
			tree[name] = rangeText(v.Message())
		default:
			tree[name] = single(t, fd, v)
		}
		return true
	})
	if unknown := m.GetUnknown(); len(unknown) > 0 {
		t.Errorf("%s has fields that its descriptor does not know: %x", m.Descriptor().FullName(), unknown)
	}
	return tree
}

// rangeText is a range as Postgres prints it.
func rangeText(m protoreflect.Message) string {
	f := m.Descriptor().Fields()
	if m.Get(f.ByName("empty")).Bool() {
		return "empty"
	}
	bound := func(name protoreflect.Name) string {
		if !m.Has(f.ByName(name)) {
			return ""
		}
		return m.Get(f.ByName(name)).String()
	}
	marks := map[protoreflect.EnumNumber]string{1: "[)", 2: "[]", 3: "()", 4: "(]"}[m.Get(f.ByName("bounds")).Enum()]
	if marks == "" {
		return "no bounds"
	}
	return marks[:1] + bound("lower") + "," + bound("upper") + marks[1:]
}

// psqlText is what psql printed of a row, as rowText has it.
func psqlText(t testing.TB, md protoreflect.MessageDescriptor, line string) string {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(line))
	dec.UseNumber()
	var printed map[string]any
	if err := dec.Decode(&printed); err != nil {
		t.Fatalf("psql printed %q: %v", line, err)
	}
	return jsonText(t, psqlTree(t, md, printed))
}

func psqlTree(t testing.TB, md protoreflect.MessageDescriptor, printed map[string]any) map[string]any {
	t.Helper()
	tree := map[string]any{}
	for name, value := range printed {
		fd := md.Fields().ByName(protoreflect.Name(name))
		list, isList := value.([]any)
		switch {
		case value == nil, isList && len(list) == 0:
		case isReference(fd) && isList:
			items := []any{}
			for _, item := range list {
				items = append(items, psqlTree(t, fd.Message(), item.(map[string]any)))
			}
			tree[name] = items
		case isReference(fd):
			tree[name] = psqlTree(t, fd.Message(), value.(map[string]any))
		case isList && fd.IsList():
			tree[name] = value
		case isList:
			tree[name] = canonicalJSON(t, list[0])
		case fd.Message() != nil && fd.Message().Name() == "Timestamp":
			at, err := time.Parse(time.RFC3339Nano, value.(string))
			if err != nil {
				t.Fatal(err)
			}
			tree[name] = at.UTC().Format(instantForm)
		default:
			text := fmt.Sprint(value)
			if fd.HasPresence() || text != "" && text != "0" && text != "false" {
				tree[name] = text
			}
		}
	}
	return tree
}

func rowTexts(t testing.TB, rows []protoreflect.Message) []string {
	t.Helper()
	all := make([]string, len(rows))
	for i, m := range rows {
		all[i] = rowText(t, m)
	}
	return all
}

func psqlTexts(t testing.TB, md protoreflect.MessageDescriptor, lines []string) []string {
	t.Helper()
	all := make([]string, len(lines))
	for i, line := range lines {
		all[i] = psqlText(t, md, line)
	}
	return all
}
