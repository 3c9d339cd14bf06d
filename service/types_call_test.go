package service_test

import (
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	rowgatev1 "github.com/rowgate/rowgate/proto/gen/rowgate/v1"
)

// methodsOf declares the five methods of a message whose key is id, and the
// messages that they need.
func methodsOf(message, key string) string {
	return strings.NewReplacer("X", message, "KEY", key).Replace(`
service XService {
  rpc GetX(GetXRequest) returns (X) { option (rowgate.v1.method) = { get: {} }; }
  rpc ListX(ListXRequest) returns (ListXResponse) { option (rowgate.v1.method) = { list: {} }; }
  rpc CreateX(CreateXRequest) returns (X) { option (rowgate.v1.method) = { create: {} }; }
  rpc UpdateX(UpdateXRequest) returns (X) { option (rowgate.v1.method) = { update: {} }; }
  rpc DeleteX(GetXRequest) returns (google.protobuf.Empty) { option (rowgate.v1.method) = { delete: { message: "X" } }; }
}
message GetXRequest { KEY }
message ListXRequest { int32 page_size = 1; string page_token = 2; string order_by = 3; }
message ListXResponse { repeated X rows = 1; string next_page_token = 2; }
message CreateXRequest { X row = 1; }
message UpdateXRequest { X row = 1; google.protobuf.FieldMask update_mask = 2; }
`)
}

// method is the method of a message's service that does an operation, such as
// Get.
func (w *typesWorld) method(t testing.TB, message, operation string) protoreflect.MethodDescriptor {
	t.Helper()
	d, err := w.contract.Files.FindDescriptorByName(protoreflect.FullName("types.v1." + message + "Service"))
	if err != nil {
		t.Fatal(err)
	}
	methods := d.(protoreflect.ServiceDescriptor).Methods()
	for i := range methods.Len() {
		option, _ := proto.GetExtension(methods.Get(i).Options(), rowgatev1.E_Method).(*rowgatev1.Method)
		m := option.ProtoReflect()
		if fd := m.WhichOneof(m.Descriptor().Oneofs().Get(0)); fd != nil && string(fd.Name()) == strings.ToLower(operation) {
			return methods.Get(i)
		}
	}
	t.Fatalf("%s has no method for %s", d.FullName(), operation)
	return nil
}

// call calls a method of a message, such as Get, without a token. The request
// is JSON, but for the paths of its update_mask, separated by commas.
func (w *typesWorld) call(t testing.TB, message, method, request, mask string) (protoreflect.Message, error) {
	t.Helper()
	md := w.method(t, message, method)
	req := dynamicpb.NewMessage(md.Input())
	if err := protojson.Unmarshal([]byte(request), req); err != nil {
		t.Fatalf("%s: %v", short(request), err)
	}
	if mask != "" {
		sent := req.Mutable(md.Input().Fields().ByName("update_mask")).Message()
		paths := sent.Mutable(sent.Descriptor().Fields().ByName("paths")).List()
		for path := range strings.SplitSeq(mask, ",") {
			paths.Append(protoreflect.ValueOfString(path))
		}
	}
	res := dynamicpb.NewMessage(md.Output())
	if err := w.conn.Invoke(t.Context(), "/"+string(md.Parent().FullName())+"/"+string(md.Name()), req, res); err != nil {
		return nil, err
	}
	return res, nil
}

// listField is the field of a List's answer that has the rows.
func listField(md protoreflect.MessageDescriptor) protoreflect.FieldDescriptor {
	for i := range md.Fields().Len() {
		if fd := md.Fields().Get(i); fd.IsList() {
			return fd
		}
	}
	return nil
}

// resource is a table as the contract has it.
type resource struct {
	// message is the message's name; item the field of a request that has a row,
	// and items that of an answer with several.
	message, item, items string
}

// resource finds the message that a table is bound to.
func (w *typesWorld) resource(t testing.TB, table string) resource {
	t.Helper()
	for _, path := range w.contract.Own {
		file, err := w.contract.Files.FindFileByPath(path)
		if err != nil {
			t.Fatal(err)
		}
		for i := range file.Messages().Len() {
			md := file.Messages().Get(i)
			option, _ := proto.GetExtension(md.Options(), rowgatev1.E_Relation).(*rowgatev1.Relation)
			if option.GetSchema() != "types" || option.GetName() != table {
				continue
			}
			r := resource{message: string(md.Name())}
			r.item = string(w.method(t, r.message, "Create").Input().Fields().Get(0).Name())
			r.items = string(listField(w.method(t, r.message, "List").Output()).Name())
			return r
		}
	}
	t.Fatalf("the contract has no message for %s", table)
	return resource{}
}
