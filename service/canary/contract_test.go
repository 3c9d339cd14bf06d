package canary_test

import (
	"fmt"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/rowgate/rowgate/service/descriptor"
)

// method is a method of the contract.
type method struct {
	path    string
	desc    protoreflect.MethodDescriptor
	perRows bool // an answer's rows are its first field
}

// methods returns the methods of a package by their names.
func methods(contract *descriptor.Set, pkg protoreflect.FullName) map[string]*method {
	all := map[string]*method{}
	contract.Files.RangeFilesByPackage(pkg, func(file protoreflect.FileDescriptor) bool {
		for i := range file.Services().Len() {
			declared := file.Services().Get(i).Methods()
			for j := range declared.Len() {
				md := declared.Get(j)
				first := md.Output().Fields().ByNumber(1)
				all[string(md.Name())] = &method{
					path: fmt.Sprintf("/%s/%s", md.Parent().FullName(), md.Name()), desc: md,
					perRows: first != nil && first.IsList(),
				}
			}
		}
		return true
	})
	return all
}

// request is the bytes of a message, written by the names of its fields. A
// million of dynamic messages would take longer than the calls.
type request struct {
	desc  protoreflect.MessageDescriptor
	bytes []byte
}

func (m *method) request() *request { return &request{desc: m.desc.Input()} }

func (r *request) tag(name string, wire protowire.Type) {
	fd := r.desc.Fields().ByName(protoreflect.Name(name))
	if fd == nil {
		panic(fmt.Sprintf("%s has no field %s", r.desc.FullName(), name))
	}
	r.bytes = protowire.AppendTag(r.bytes, fd.Number(), wire)
}

// text adds a string or bytes.
func (r *request) text(name, value string) *request {
	r.tag(name, protowire.BytesType)
	r.bytes = protowire.AppendString(r.bytes, value)
	return r
}

// number adds an integer, a bool or an enum.
func (r *request) number(name string, value int64) *request {
	r.tag(name, protowire.VarintType)
	r.bytes = protowire.AppendVarint(r.bytes, uint64(value))
	return r
}

func (r *request) double(name string, value float64) *request {
	r.tag(name, protowire.Fixed64Type)
	r.bytes = protowire.AppendFixed64(r.bytes, math.Float64bits(value))
	return r
}

// message adds a message, or one more of several.
func (r *request) message(name string, write func(*request)) *request {
	r.tag(name, protowire.BytesType)
	inner := request{desc: r.desc.Fields().ByName(protoreflect.Name(name)).Message()}
	write(&inner)
	r.bytes = protowire.AppendBytes(r.bytes, inner.bytes)
	return r
}

// mask adds a field mask.
func (r *request) mask(name string, paths ...string) *request {
	return r.message(name, func(m *request) {
		for _, path := range paths {
			m.text("paths", path)
		}
	})
}

// object adds a JSON object of one member whose value is a text.
func (r *request) object(name, key, value string) *request {
	return r.message(name, func(v *request) {
		v.message("struct_value", func(s *request) {
			s.message("fields", func(entry *request) {
				entry.text("key", key).message("value", func(v *request) { v.text("string_value", value) })
			})
		})
	})
}

// field calls f for each value of a message's field that is bytes, or a varint,
// whose bytes are then empty.
func field(message []byte, number protowire.Number, f func(value []byte, varint uint64)) {
	for len(message) > 0 {
		num, wire, n := protowire.ConsumeTag(message)
		if n < 0 {
			return
		}
		message = message[n:]
		n = protowire.ConsumeFieldValue(num, wire, message)
		if n < 0 {
			return
		}
		if num == number {
			switch wire {
			case protowire.BytesType:
				value, _ := protowire.ConsumeBytes(message)
				f(value, 0)
			case protowire.VarintType:
				varint, _ := protowire.ConsumeVarint(message)
				f(nil, varint)
			}
		}
		message = message[n:]
	}
}

// text returns a message's text, along the numbers of the fields that lead to it.
func text(message []byte, path ...protowire.Number) (found string) {
	field(message, path[0], func(value []byte, _ uint64) {
		if len(path) > 1 {
			found = text(value, path[1:]...)
			return
		}
		found = string(value)
	})
	return found
}

// varint returns a message's number.
func varint(message []byte, path ...protowire.Number) (found uint64) {
	field(message, path[0], func(value []byte, v uint64) {
		if len(path) > 1 {
			v = varint(value, path[1:]...)
		}
		found = v
	})
	return found
}
