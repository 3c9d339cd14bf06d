package service

import (
	"google.golang.org/grpc/reflection"
	reflectionpb "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// reflect serves the contract's descriptors to clients such as grpcurl.
func (s *Server) reflect() {
	reflectionpb.RegisterServerReflectionServer(s.grpc, reflection.NewServerV1(reflection.ServerOptions{
		Services:           s,
		DescriptorResolver: (*descriptors)(s),
	}))
}

// descriptors are those of what is served at the moment.
type descriptors Server

func (d *descriptors) resolver() resolver {
	files := resolver{}
	if contract := (*Server)(d).current.Load().contract; contract != nil {
		files = append(files, contract.Files)
	}
	return append(files, protoregistry.GlobalFiles)
}

func (d *descriptors) FindFileByPath(path string) (protoreflect.FileDescriptor, error) {
	return d.resolver().FindFileByPath(path)
}

func (d *descriptors) FindDescriptorByName(name protoreflect.FullName) (protoreflect.Descriptor, error) {
	return d.resolver().FindDescriptorByName(name)
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
