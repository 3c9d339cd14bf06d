package service

import (
	"google.golang.org/grpc/reflection"
	reflectionpb "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/rowgate/rowgate/service/descriptor"
)

// reflect serves the contract's descriptors to clients such as grpcurl.
func (s *Server) reflect(contract *descriptor.Set) {
	files := resolver{}
	if contract != nil {
		files = append(files, contract.Files)
	}
	reflectionpb.RegisterServerReflectionServer(s.grpc, reflection.NewServerV1(reflection.ServerOptions{
		Services:           s.grpc,
		DescriptorResolver: append(files, protoregistry.GlobalFiles),
	}))
}

// resolver asks several registries in turn: the contract's, then those linked
// into the program, for services written by hand.
type resolver []*protoregistry.Files

func (r resolver) FindFileByPath(path string) (protoreflect.FileDescriptor, error) {
	for _, files := range r {
		if fd, err := files.FindFileByPath(path); err == nil {
			return fd, nil
		}
	}
	return nil, protoregistry.NotFound
}

func (r resolver) FindDescriptorByName(name protoreflect.FullName) (protoreflect.Descriptor, error) {
	for _, files := range r {
		if d, err := files.FindDescriptorByName(name); err == nil {
			return d, nil
		}
	}
	return nil, protoregistry.NotFound
}
