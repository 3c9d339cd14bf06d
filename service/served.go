package service

import (
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/rowgate/rowgate/service/descriptor"
	"github.com/rowgate/rowgate/service/status"
	"github.com/rowgate/rowgate/service/table"
	"github.com/rowgate/rowgate/store/safety"
)

// served is the contract that is served at a moment. It never changes.
type served struct {
	contract *descriptor.Set
	plan     *plan
	// entries are the contract's methods by their paths.
	entries map[string]entry
	loaded  time.Time
}

// entry is a method of the contract.
type entry struct {
	descriptor protoreflect.MethodDescriptor
	// method is nil for one that the database has no place for.
	method *table.Method
}

func newServed(contract *descriptor.Set, p *plan) *served {
	v := &served{contract: contract, plan: p, entries: map[string]entry{}, loaded: time.Now()}
	for _, m := range p.methods {
		v.entries[m.Path()] = entry{m.Descriptor, m}
	}
	for _, m := range p.unfit {
		v.entries[table.Path(m.descriptor)] = entry{m.descriptor, nil}
	}
	return v
}

// names are those of the methods that are served, package.Service/Method, in
// their order.
func (v *served) names() []string {
	all := make([]string, len(v.plan.methods))
	for i, m := range v.plan.methods {
		all[i] = m.Path()[1:]
	}
	slices.Sort(all)
	return all
}

// errUnimplemented is what a method answers that is not there, or not any more.
var errUnimplemented = status.New(codes.Unimplemented, "", "this server has no such method", nil)

// errOtherShape is what a method answers whose new form gRPC can only take once
// the server has been started anew.
var errOtherShape = status.New(codes.FailedPrecondition, "RESTART_NEEDED",
	"this method has become a stream since the server started, and is served after its next start", nil)

// method describes the method of a path to a gate: one of the contract, or one
// that was registered by hand.
func (s *Server) method(path string) MethodInfo {
	if e, ok := s.current.Load().entries[path]; ok {
		return MethodInfo{Descriptor: e.descriptor, Bound: true, ReadOnly: e.method != nil && e.method.ReadOnly()}
	}
	service, method, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if _, ok := s.grpc.GetServiceInfo()[service]; !ok {
		return MethodInfo{}
	}
	d, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(service))
	sd, ok := d.(protoreflect.ServiceDescriptor)
	if err != nil || !ok {
		return MethodInfo{}
	}
	if md := sd.Methods().ByName(protoreflect.Name(method)); md != nil {
		return MethodInfo{Descriptor: md}
	}
	return MethodInfo{}
}

// GetServiceInfo tells of the services that are served at the moment, as the
// reflection service asks for it.
func (s *Server) GetServiceInfo() map[string]grpc.ServiceInfo {
	all := map[string]grpc.ServiceInfo{}
	for _, e := range s.current.Load().entries {
		sd := e.descriptor.Parent()
		all[string(sd.FullName())] = grpc.ServiceInfo{Metadata: sd.ParentFile().Path()}
	}
	for name, info := range s.grpc.GetServiceInfo() {
		if !s.contracted[name] {
			all[name] = info
		}
	}
	return all
}

// Method returns a method that is served by its name, package.Service/Method,
// or nil.
func (s *Server) Method(name string) *table.Method { return s.current.Load().entries["/"+name].method }

// Methods returns the bound methods, in the contract's order. Those that do not
// fit the database are not among them.
func (s *Server) Methods() []*table.Method { return slices.Clone(s.current.Load().plan.methods) }

// State is what a server serves at a moment.
type State struct {
	// Loaded is when the contract was read.
	Loaded time.Time
	// Methods is how many are served, and Unfit those that do not fit the
	// database.
	Methods int
	Unfit   []Unfit
	// Allowed are the findings that the configuration allows.
	Allowed []safety.Allowed
}

// State tells what is served.
func (s *Server) State() State {
	v := s.current.Load()
	return State{Loaded: v.loaded, Methods: len(v.plan.methods), Unfit: v.plan.unfitMethods(), Allowed: v.plan.allowed}
}

// Change is what a contract changes of the one before. The names are
// package.Service/Method, in their order.
type Change struct{ Added, Removed []string }

func change(from, to *served) *Change {
	before, after := from.names(), to.names()
	missing := func(from, of []string) []string {
		return slices.DeleteFunc(slices.Clone(from), func(name string) bool {
			_, found := slices.BinarySearch(of, name)
			return found
		})
	}
	return &Change{Added: missing(after, before), Removed: missing(before, after)}
}
