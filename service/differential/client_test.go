package differential_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/rowgate/rowgate/service/servicetest"
)

// client calls methods with nothing but their descriptors.
type client struct{ conn *grpc.ClientConn }

// call sends requests and returns the answers.
func (c *client) call(ctx context.Context, as *caller, md protoreflect.MethodDescriptor, requests []map[string]any) ([]map[string]any, error) {
	ctx, cancel := context.WithTimeout(servicetest.As(ctx, as.token), 30*time.Second)
	defer cancel()
	path := "/" + string(md.Parent().FullName()) + "/" + string(md.Name())
	stream, err := c.conn.NewStream(ctx, &grpc.StreamDesc{ClientStreams: true, ServerStreams: true}, path)
	if err != nil {
		return nil, err
	}
	for _, request := range requests {
		m := dynamicpb.NewMessage(md.Input())
		fill(m, request)
		if err := stream.SendMsg(m); err != nil {
			break // RecvMsg says why.
		}
	}
	if err := stream.CloseSend(); err != nil {
		return nil, err
	}
	var all []map[string]any
	for {
		m := dynamicpb.NewMessage(md.Output())
		switch err := stream.RecvMsg(m); {
		case errors.Is(err, io.EOF):
			return all, nil
		case err != nil:
			return nil, err
		}
		all = append(all, plain(m))
	}
}

// pages calls a method that has pages until there is no further one, and returns
// all rows as one answer.
func (c *client) pages(ctx context.Context, as *caller, md protoreflect.MethodDescriptor, request map[string]any, rows string) ([]map[string]any, error) {
	request = clone(request)
	var whole map[string]any
	for n := 0; ; n++ {
		answers, err := c.call(ctx, as, md, []map[string]any{request})
		if err != nil {
			return nil, err
		}
		page := answers[0]
		next, _ := page["next_page_token"].(string)
		previous, _ := page["previous_page_token"].(string)
		delete(page, "next_page_token")
		delete(page, "previous_page_token")
		items, _ := page[rows].([]any)
		size, _ := request["page_size"].(int64)
		switch {
		case next != "" && int64(len(items)) != size:
			return nil, fmt.Errorf("page %d of %d rows has %d and another one after it", n, size, len(items))
		case (n > 0) != (previous != ""):
			return nil, fmt.Errorf("page %d has the previous_page_token %q", n, previous)
		case n > 200:
			return nil, errors.New("the pages do not end")
		}
		if n == 1 {
			// The way back is the first page again.
			request["page_token"] = previous
			back, err := c.call(ctx, as, md, []map[string]any{request})
			if err != nil {
				return nil, fmt.Errorf("by the previous_page_token: %w", err)
			}
			if again, first := toJSON(back[0][rows]), toJSON(whole[rows]); again != first {
				return nil, fmt.Errorf("by the previous_page_token there is %s, and the first page was %s", again, first)
			}
		}
		if whole == nil {
			whole = page
		} else if len(items) > 0 {
			before, _ := whole[rows].([]any)
			whole[rows] = append(before, items...)
		}
		if next == "" {
			return []map[string]any{whole}, nil
		}
		request["page_token"] = next
	}
}

func clone(m map[string]any) map[string]any {
	all := map[string]any{}
	for k, v := range m {
		all[k] = v
	}
	return all
}

// codeOf is the class of an outcome.
func codeOf(err error) codes.Code { return status.Code(err) }

// fill sets the fields of a message.
func fill(m protoreflect.Message, values map[string]any) {
	for name, v := range values {
		fd := m.Descriptor().Fields().ByName(protoreflect.Name(name))
		if fd == nil {
			panic(fmt.Sprintf("%s has no field %s", m.Descriptor().FullName(), name))
		}
		if fd.IsList() {
			list := m.Mutable(fd).List()
			switch items := v.(type) {
			case []any:
				for _, item := range items {
					list.Append(protoValue(fd, item, list.NewElement))
				}
			case []string:
				for _, item := range items {
					list.Append(protoreflect.ValueOfString(item))
				}
			case []map[string]any:
				for _, item := range items {
					list.Append(protoValue(fd, item, list.NewElement))
				}
			default:
				panic(fmt.Sprintf("%s = %T", fd.FullName(), v))
			}
			continue
		}
		m.Set(fd, protoValue(fd, v, func() protoreflect.Value { return m.NewField(fd) }))
	}
}

func protoValue(fd protoreflect.FieldDescriptor, v any, empty func() protoreflect.Value) protoreflect.Value {
	switch fd.Kind() {
	case protoreflect.Int32Kind:
		return protoreflect.ValueOfInt32(int32(v.(int64)))
	case protoreflect.Int64Kind:
		return protoreflect.ValueOfInt64(v.(int64))
	case protoreflect.DoubleKind:
		return protoreflect.ValueOfFloat64(v.(float64))
	case protoreflect.EnumKind:
		if n, ok := v.(int64); ok {
			return protoreflect.ValueOfEnum(protoreflect.EnumNumber(n))
		}
		return protoreflect.ValueOfEnum(valueOf(fd.Enum(), v.(string)))
	case protoreflect.MessageKind:
		value := empty()
		fillMessage(value.Message(), v)
		return value
	}
	return protoreflect.ValueOf(v)
}

func fillMessage(m protoreflect.Message, v any) {
	switch m.Descriptor().FullName() {
	case "google.protobuf.Timestamp":
		at, err := time.Parse(time.RFC3339Nano, v.(string))
		if err != nil {
			panic(err)
		}
		fill(m, map[string]any{"seconds": at.Unix(), "nanos": int64(at.Nanosecond())})
	case "google.type.Date":
		var y, month, d int64
		if _, err := fmt.Sscanf(v.(string), "%d-%d-%d", &y, &month, &d); err != nil {
			panic(err)
		}
		fill(m, map[string]any{"year": y, "month": month, "day": d})
	case "google.protobuf.Value":
		var value structpb.Value
		if err := value.UnmarshalJSON([]byte(toJSON(v))); err != nil {
			panic(err)
		}
		data, err := proto.Marshal(&value)
		if err == nil {
			err = proto.Unmarshal(data, m.Interface())
		}
		if err != nil {
			panic(err)
		}
	default:
		fill(m, v.(map[string]any))
	}
}

// plain is a message as the oracle would write it: the fields that are set.
func plain(m protoreflect.Message) map[string]any {
	all := map[string]any{}
	m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		if fd.IsList() {
			items := make([]any, v.List().Len())
			for i := range items {
				items[i] = plainValue(fd, v.List().Get(i))
			}
			all[string(fd.Name())] = items
		} else {
			all[string(fd.Name())] = plainValue(fd, v)
		}
		return true
	})
	if unknown := m.GetUnknown(); len(unknown) > 0 {
		all["UNKNOWN"] = fmt.Sprintf("%x", unknown)
	}
	return all
}

func plainValue(fd protoreflect.FieldDescriptor, v protoreflect.Value) any {
	switch fd.Kind() {
	case protoreflect.EnumKind:
		return labelOf(fd.Enum(), v.Enum())
	case protoreflect.MessageKind:
		return plainMessage(v.Message())
	}
	return v.Interface()
}

func plainMessage(m protoreflect.Message) any {
	field := func(name protoreflect.Name) int64 { return m.Get(m.Descriptor().Fields().ByName(name)).Int() }
	switch m.Descriptor().FullName() {
	case "google.protobuf.Timestamp":
		return time.Unix(field("seconds"), field("nanos")).UTC().Format("2006-01-02T15:04:05.999999999+00:00")
	case "google.type.Date":
		return fmt.Sprintf("%04d-%02d-%02d", field("year"), field("month"), field("day"))
	case "google.protobuf.Value":
		value := &structpb.Value{}
		data, err := proto.Marshal(m.Interface())
		if err == nil {
			err = proto.Unmarshal(data, value)
		}
		if err != nil {
			panic(err)
		}
		return value.AsInterface()
	}
	return plain(m)
}
