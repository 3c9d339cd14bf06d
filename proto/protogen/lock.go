package protogen

import (
	"maps"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	rowgatev1 "github.com/rowgate/rowgate/proto/gen/rowgate/v1"
	"github.com/rowgate/rowgate/store/catalog"
)

// lock is what the files say of the database: which declaration stands for
// what.
type lock struct {
	resources map[catalog.Name]protoreflect.MessageDescriptor
	types     map[catalog.Name]protoreflect.MessageDescriptor
	enums     map[catalog.Name]protoreflect.EnumDescriptor
	// operations are the methods on a resource, by the message's name.
	operations map[protoreflect.FullName]map[string]protoreflect.MethodDescriptor
	// calls are the methods that call functions of a name.
	calls map[catalog.Name][]call
	// names are those that are taken in the package.
	names scope
	// order has the resources in the files' order.
	order []catalog.Name
}

type call struct {
	method    protoreflect.MethodDescriptor
	arguments []string
}

func newLock(files *Files) *lock {
	l := &lock{
		resources: map[catalog.Name]protoreflect.MessageDescriptor{}, types: map[catalog.Name]protoreflect.MessageDescriptor{},
		enums:      map[catalog.Name]protoreflect.EnumDescriptor{},
		operations: map[protoreflect.FullName]map[string]protoreflect.MethodDescriptor{},
		calls:      map[catalog.Name][]call{}, names: scope{},
	}
	for _, path := range files.paths() {
		l.read(files.sources[path].file)
	}
	return l
}

func (l *lock) read(file protoreflect.FileDescriptor) {
	for i := range file.Messages().Len() {
		md := file.Messages().Get(i)
		l.names.add(string(md.Name()))
		if r := relationOf(md); r != nil {
			// Of several messages over one relation the first is the pull's.
			if _, again := l.resources[*r]; !again {
				l.resources[*r] = md
				l.order = append(l.order, *r)
			}
		}
		if t, _ := proto.GetExtension(md.Options(), rowgatev1.E_Type).(*rowgatev1.Type); t.GetName() != "" {
			l.types[named(t.GetSchema(), t.GetName())] = md
		}
	}
	for i := range file.Enums().Len() {
		ed := file.Enums().Get(i)
		l.names.add(string(ed.Name()))
		for j := range ed.Values().Len() {
			l.names.add(string(ed.Values().Get(j).Name()))
		}
		if t, _ := proto.GetExtension(ed.Options(), rowgatev1.E_EnumType).(*rowgatev1.EnumType); t.GetName() != "" {
			l.enums[named(t.GetSchema(), t.GetName())] = ed
		}
	}
	for i := range file.Services().Len() {
		sd := file.Services().Get(i)
		l.names.add(string(sd.Name()))
		for j := range sd.Methods().Len() {
			l.readMethod(sd.Methods().Get(j))
		}
	}
}

func (l *lock) readMethod(md protoreflect.MethodDescriptor) {
	option, _ := proto.GetExtension(md.Options(), rowgatev1.E_Method).(*rowgatev1.Method)
	var resource protoreflect.MessageDescriptor
	var operation string
	switch option.GetOperation().(type) {
	case *rowgatev1.Method_Get:
		operation, resource = opGet, md.Output()
	case *rowgatev1.Method_List:
		operation = opList
		for i := range md.Output().Fields().Len() {
			if fd := md.Output().Fields().Get(i); fd.IsList() && fd.Message() != nil {
				resource = fd.Message()
			}
		}
	case *rowgatev1.Method_Create:
		operation, resource = opCreate, md.Output()
	case *rowgatev1.Method_Update:
		operation, resource = opUpdate, md.Output()
	case *rowgatev1.Method_Delete:
		operation = opDelete
		for _, m := range l.resources {
			if strings.TrimPrefix(option.GetDelete().GetMessage(), string(m.ParentFile().Package())+".") == string(m.Name()) {
				resource = m
			}
		}
		if resource == nil {
			resource = siblingResource(md)
		}
	case *rowgatev1.Method_Call:
		c := option.GetCall()
		name := named(c.GetSchema(), c.GetName())
		l.calls[name] = append(l.calls[name], call{md, c.GetArguments()})
	}
	if resource == nil {
		return
	}
	if l.operations[resource.FullName()] == nil {
		l.operations[resource.FullName()] = map[string]protoreflect.MethodDescriptor{}
	}
	if _, again := l.operations[resource.FullName()][operation]; !again {
		l.operations[resource.FullName()][operation] = md
	}
}

// siblingResource finds the resource of a Delete whose message was not read
// yet, by the other methods of its service.
func siblingResource(md protoreflect.MethodDescriptor) protoreflect.MessageDescriptor {
	option, _ := proto.GetExtension(md.Options(), rowgatev1.E_Method).(*rowgatev1.Method)
	methods := md.Parent().(protoreflect.ServiceDescriptor).Methods()
	for i := range methods.Len() {
		if out := methods.Get(i).Output(); string(out.Name()) == option.GetDelete().GetMessage() {
			return out
		}
	}
	return nil
}

// service is the service that holds the methods on a resource, or nil.
func (l *lock) service(resource protoreflect.MessageDescriptor) protoreflect.ServiceDescriptor {
	for _, op := range []string{opGet, opList, opCreate, opUpdate, opDelete} {
		if m := l.operations[resource.FullName()][op]; m != nil {
			return m.Parent().(protoreflect.ServiceDescriptor)
		}
	}
	return nil
}

// arguments are the types that a method names to tell its function from others.
func (l *lock) arguments(md protoreflect.MethodDescriptor) []string {
	for _, calls := range l.calls {
		for _, c := range calls {
			if c.method == md {
				return c.arguments
			}
		}
	}
	return nil
}

// known says whether the files have anything of a database. Where they have
// not, everything is new and nobody has to be told of each.
func (l *lock) known() bool { return len(l.order) > 0 || len(l.calls) > 0 }

// callNames are the names of the functions that the files call, in order.
func (l *lock) callNames() []catalog.Name {
	return slices.SortedFunc(maps.Keys(l.calls), func(a, b catalog.Name) int { return strings.Compare(a.String(), b.String()) })
}

// callService is a service that calls functions of a schema.
type callService struct {
	schema  string
	service protoreflect.ServiceDescriptor
}

// callServices returns those of the files, in an order that is always the
// same.
func (l *lock) callServices() []callService {
	var all []callService
	for name, calls := range l.calls {
		for _, c := range calls {
			all = append(all, callService{name.Schema, c.method.Parent().(protoreflect.ServiceDescriptor)})
		}
	}
	slices.SortFunc(all, func(a, b callService) int {
		return strings.Compare(a.schema+string(a.service.FullName()), b.schema+string(b.service.FullName()))
	})
	return all
}

func named(schema, name string) catalog.Name {
	if schema == "" {
		schema = "public"
	}
	return catalog.Name{Schema: schema, Name: name}
}

func relationOf(md protoreflect.MessageDescriptor) *catalog.Name {
	r, _ := proto.GetExtension(md.Options(), rowgatev1.E_Relation).(*rowgatev1.Relation)
	if r.GetName() == "" {
		return nil
	}
	n := named(r.GetSchema(), r.GetName())
	return &n
}

// columnOf is the column, argument or attribute that a field stands for, with
// its number.
func columnOf(fd protoreflect.FieldDescriptor) (name string, number int32) {
	c, _ := proto.GetExtension(fd.Options(), rowgatev1.E_Column).(*rowgatev1.Column)
	name, number = c.GetName(), c.GetNumber()
	if name == "" {
		name = string(fd.Name())
	}
	if number == 0 {
		number = int32(fd.Number())
	}
	return name, number
}

func referenceOf(fd protoreflect.FieldDescriptor) *rowgatev1.Reference {
	r, _ := proto.GetExtension(fd.Options(), rowgatev1.E_Reference).(*rowgatev1.Reference)
	return r
}

// numbers are the field numbers of a message that are taken, by fields or by
// reservations, and those that are reserved.
type numbers struct {
	used     map[int32]bool
	reserved protoreflect.FieldRanges
}

func numbersOf(md protoreflect.MessageDescriptor) numbers {
	n := numbers{used: map[int32]bool{}}
	if md == nil {
		return n
	}
	for i := range md.Fields().Len() {
		n.used[int32(md.Fields().Get(i).Number())] = true
	}
	n.reserved = md.ReservedRanges()
	return n
}

func (n numbers) isReserved(number int32) bool {
	return n.reserved != nil && n.reserved.Has(protoreflect.FieldNumber(number))
}

// firstImplementation and lastImplementation bound the numbers that protobuf
// keeps for itself.
const (
	firstImplementation = 19000
	lastImplementation  = 19999
)

func (n numbers) free(number int32) bool {
	return number > 0 && !n.used[number] && !n.isReserved(number) &&
		(number < firstImplementation || number > lastImplementation)
}

// take takes the wanted number, or the next one that is free from start on.
func (n numbers) take(wanted, start int32) int32 {
	number := wanted
	if !n.free(number) {
		for number = start; !n.free(number); number++ {
			continue
		}
	}
	n.used[number] = true
	return number
}

// namesOf are the names that a message's fields have and reserve.
func namesOf(md protoreflect.MessageDescriptor) scope {
	s := scope{}
	if md == nil {
		return s
	}
	for i := range md.Fields().Len() {
		s.add(string(md.Fields().Get(i).Name()))
	}
	for i := range md.ReservedNames().Len() {
		s.add(string(md.ReservedNames().Get(i)))
	}
	return s
}

func reservesName(md protoreflect.MessageDescriptor, name string) bool {
	return md != nil && md.ReservedNames().Has(protoreflect.Name(name))
}

// sameSet says whether two lists hold the same, in whatever order.
func sameSet(a, b []string) bool {
	x, y := slices.Clone(a), slices.Clone(b)
	slices.Sort(x)
	slices.Sort(y)
	return slices.Equal(x, y)
}
