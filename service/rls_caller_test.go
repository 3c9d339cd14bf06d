package service_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/rowgate/rowgate/service/descriptor"
)

// caller calls methods as a client does that has the contract's descriptors and
// no generated code, and notes what it called.
type caller struct {
	conn     *grpc.ClientConn
	contract *descriptor.Set
	pkg      protoreflect.FullName // whose methods are called; "" for all packages
	called   map[string]bool       // "method as somebody"
}

func newCaller(conn *grpc.ClientConn, contract *descriptor.Set, pkg protoreflect.FullName) *caller {
	return &caller{conn, contract, pkg, map[string]bool{}}
}

func (c *caller) message(name string) protoreflect.MessageDescriptor {
	d, err := c.contract.Files.FindDescriptorByName(c.pkg.Append(protoreflect.Name(name)))
	if err != nil {
		panic(name + ": " + err.Error())
	}
	return d.(protoreflect.MessageDescriptor)
}

// methods returns every method of the package by its name.
func (c *caller) methods() map[string]protoreflect.MethodDescriptor {
	all := map[string]protoreflect.MethodDescriptor{}
	for _, sd := range c.contract.Services() {
		if c.pkg != "" && sd.ParentFile().Package() != c.pkg {
			continue
		}
		for i := range sd.Methods().Len() {
			all[string(sd.Methods().Get(i).Name())] = sd.Methods().Get(i)
		}
	}
	return all
}

func (c *caller) method(name string) protoreflect.MethodDescriptor {
	md := c.methods()[name]
	if md == nil {
		panic("no method " + name)
	}
	return md
}

// request reads a request from protobuf's JSON. The mask holds the paths of
// update_mask, separated by commas, just as they are sent: JSON would write
// them otherwise and has no "*".
func (c *caller) request(t testing.TB, method, request, mask string) *dynamicpb.Message {
	t.Helper()
	req := dynamicpb.NewMessage(c.method(method).Input())
	if err := protojson.Unmarshal([]byte(request), req); err != nil {
		t.Fatalf("%s: %v", request, err)
	}
	if mask == "" {
		return req
	}
	message := req.Mutable(req.Descriptor().Fields().ByName("update_mask")).Message()
	paths := message.Mutable(message.Descriptor().Fields().ByName("paths")).List()
	for path := range strings.SplitSeq(mask, ",") {
		paths.Append(protoreflect.ValueOfString(path))
	}
	return req
}

// call calls a method as somebody, whose name is for the record alone: the
// context has the token. Of a stream it returns the first message, nil when
// there is none.
func (c *caller) call(ctx context.Context, as, method string, req proto.Message) (protoreflect.Message, error) {
	res, err := c.exchange(ctx, as, method, req)
	if err != nil || len(res) == 0 {
		return nil, err
	}
	return res[0], nil
}

// exchange is call with all messages of both sides; it returns none of those
// that came before an error.
func (c *caller) exchange(ctx context.Context, as, method string, requests ...proto.Message) ([]protoreflect.Message, error) {
	md := c.method(method)
	c.called[method+" as "+as] = true
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := c.conn.NewStream(ctx, &grpc.StreamDesc{ClientStreams: true, ServerStreams: true}, methodPath(md))
	if err != nil {
		return nil, err
	}
	for _, req := range requests {
		if err := stream.SendMsg(req); err != nil {
			break // RecvMsg says why.
		}
	}
	if err := stream.CloseSend(); err != nil {
		return nil, err
	}
	var all []protoreflect.Message
	for {
		res := dynamicpb.NewMessage(md.Output())
		switch err := stream.RecvMsg(res); {
		case errors.Is(err, io.EOF):
			return all, nil
		case err != nil:
			return nil, err
		}
		all = append(all, res)
	}
}

func methodPath(md protoreflect.MethodDescriptor) string {
	return "/" + string(md.Parent().FullName()) + "/" + string(md.Name())
}

// plural is a method's List form: "ListItems" lists "items".
func plural(method string) protoreflect.Name {
	return protoreflect.Name(strings.ToLower(strings.TrimPrefix(method, "List")))
}
