package protogen

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/bufbuild/protocompile/ast"
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
	// transact is the method that carries out several writes, or nil.
	transact protoreflect.MethodDescriptor
	// without are the functions that get no method.
	without map[catalog.Name]protoreflect.ServiceDescriptor
	// orphans are the requests that no method has, as they are left when a
	// method is deleted.
	orphans map[string]bool
	// names are those that are taken in the package.
	names scope
	// byName are the resources by their names, full and within the package.
	byName map[string]protoreflect.MessageDescriptor
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
		calls:      map[catalog.Name][]call{}, names: scope{}, byName: map[string]protoreflect.MessageDescriptor{},
		without: map[catalog.Name]protoreflect.ServiceDescriptor{}, orphans: map[string]bool{},
	}
	found := map[catalog.Name][]protoreflect.MessageDescriptor{}
	for _, path := range files.paths() {
		l.readTypes(files.sources[path].file, found)
	}
	for _, path := range files.paths() {
		l.readServices(files.sources[path].file)
	}
	// Of several messages over one relation the pull's is the one with the most
	// methods, or else the most fields.
	for name, all := range found {
		l.resources[name] = slices.MaxFunc(all, func(a, b protoreflect.MessageDescriptor) int {
			return cmp.Or(len(l.operations[a.FullName()])-len(l.operations[b.FullName()]), a.Fields().Len()-b.Fields().Len())
		})
	}
	return l
}

func (l *lock) readTypes(file protoreflect.FileDescriptor, found map[catalog.Name][]protoreflect.MessageDescriptor) {
	for i := range file.Messages().Len() {
		md := file.Messages().Get(i)
		l.names.add(string(md.Name()))
		if strings.HasSuffix(string(md.Name()), "Request") {
			l.orphans[string(md.Name())] = true
		}
		if r := relationOf(md); r != nil {
			if found[*r] == nil {
				l.order = append(l.order, *r)
			}
			found[*r] = append(found[*r], md)
			l.byName[string(md.Name())], l.byName[string(md.FullName())] = md, md
		}
		if name := typeOf(md); name != nil && l.types[*name] == nil {
			l.types[*name] = md
		}
	}
	for i := range file.Enums().Len() {
		ed := file.Enums().Get(i)
		l.names.add(string(ed.Name()))
		for j := range ed.Values().Len() {
			l.names.add(string(ed.Values().Get(j).Name()))
		}
		if t, _ := proto.GetExtension(ed.Options(), rowgatev1.E_EnumType).(*rowgatev1.EnumType); t.GetName() != "" {
			if name := named(t.GetSchema(), t.GetName()); l.enums[name] == nil {
				l.enums[name] = ed
			}
		}
	}
}

func (l *lock) readServices(file protoreflect.FileDescriptor) {
	for i := range file.Services().Len() {
		sd := file.Services().Get(i)
		if !transacts(sd) {
			l.names.add(stubs(string(sd.Name()))...)
		}
		option, _ := proto.GetExtension(sd.Options(), rowgatev1.E_Service).(*rowgatev1.Service)
		for _, name := range option.GetWithout() {
			schema, bare, qualified := strings.Cut(name, ".")
			if !qualified {
				schema, bare = "public", name
			}
			l.without[catalog.Name{Schema: schema, Name: bare}] = sd
		}
		for j := range sd.Methods().Len() {
			delete(l.orphans, string(sd.Methods().Get(j).Input().Name()))
			l.readMethod(sd.Methods().Get(j))
		}
	}
}

// leftOut says whether someone took out the method of a function: by the
// option, or by deleting the method and not its request.
func (l *lock) leftOut(fn *catalog.Function) bool {
	return l.without[fn.Name] != nil || l.orphans[camel(words(fn.Name.Name))+"Request"]
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
		operation, resource = opDelete, l.byName[option.GetDelete().GetMessage()]
	case *rowgatev1.Method_Stream:
		operation, resource = opStream, md.Output()
	case *rowgatev1.Method_Aggregate:
		operation, resource = opAggregate, l.byName[option.GetAggregate().GetMessage()]
	case *rowgatev1.Method_BatchCreate:
		operation, resource = opBatchCreate, l.carried(md.Input())
	case *rowgatev1.Method_Import:
		operation, resource = opImport, l.carried(md.Input())
	case *rowgatev1.Method_BatchUpdate:
		operation, resource = opBatchUpdate, l.carried(md.Input())
	case *rowgatev1.Method_UpdateMany:
		operation, resource = opUpdateMany, l.carried(md.Input())
	case *rowgatev1.Method_DeleteMany:
		operation, resource = opDeleteMany, l.byName[option.GetDeleteMany().GetMessage()]
	case *rowgatev1.Method_Transact:
		if l.transact == nil {
			l.transact = md
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

// carried is the resource that a request carries, itself or within the
// requests that it repeats.
func (l *lock) carried(request protoreflect.MessageDescriptor) protoreflect.MessageDescriptor {
	for i := range request.Fields().Len() {
		switch md := request.Fields().Get(i).Message(); {
		case md == nil:
		case relationOf(md) != nil:
			return md
		case request.Fields().Get(i).IsList():
			for j := range md.Fields().Len() {
				if m := md.Fields().Get(j).Message(); m != nil && relationOf(m) != nil {
					return m
				}
			}
		}
	}
	return nil
}

// transacts says whether a service is there to carry out several writes, and
// for nothing else.
func transacts(sd protoreflect.ServiceDescriptor) bool {
	if sd.Methods().Len() != 1 {
		return false
	}
	option, _ := proto.GetExtension(sd.Methods().Get(0).Options(), rowgatev1.E_Method).(*rowgatev1.Method)
	return option.GetTransact() != nil
}

// service is the service that holds the methods on a resource, or nil.
func (l *lock) service(resource protoreflect.MessageDescriptor) protoreflect.ServiceDescriptor {
	for _, op := range standardOperations {
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
	for name, sd := range l.without {
		all = append(all, callService{name.Schema, sd})
	}
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

// typeOf is the composite or range type whose values a message holds, or nil.
func typeOf(md protoreflect.MessageDescriptor) *catalog.Name {
	t, _ := proto.GetExtension(md.Options(), rowgatev1.E_Type).(*rowgatev1.Type)
	if t.GetName() == "" {
		return nil
	}
	n := named(t.GetSchema(), t.GetName())
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

// namesOf are the names that a message's fields have and reserve, and the one
// for which protoc-gen-go makes code that does not compile.
func namesOf(md protoreflect.MessageDescriptor) scope {
	s := scope{}
	s.add("proto_reflect")
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

// hides says whether someone has reserved a name in a message, so that nothing
// is to have it. What a pull has reserved, for something that was there before,
// hides nothing.
func (g *generator) hides(md protoreflect.MessageDescriptor, name string) bool {
	if !reservesName(md, name) {
		return false
	}
	t := g.tree(md)
	m, ok := t.nodes[localName(md)].(*ast.MessageNode)
	if !ok {
		return true
	}
	for i, d := range m.Decls {
		n, ok := d.(*ast.ReservedNode)
		if !ok || !slices.ContainsFunc(n.Names, func(v ast.StringValueNode) bool { return v.AsString() == name }) {
			continue
		}
		_, lines := t.attached(n)
		if number, ok := m.Decls[max(i-1, 0)].(*ast.ReservedNode); ok && len(lines) == 0 {
			_, lines = t.attached(number)
		}
		return !reserved.MatchString(strings.Join(lines, " "))
	}
	return true
}

// tree is the syntax tree of the file of a declaration.
func (g *generator) tree(d protoreflect.Descriptor) *tree {
	path := d.ParentFile().Path()
	if g.trees[path] == nil {
		g.trees[path] = newTree(g.have.sources[path])
	}
	return g.trees[path]
}

// reserved matches the comments of a pull's reservations.
var reserved = regexp.MustCompile(`^(Was "|Was for |Was the (result|sum|average) |Is no part of the key |Told pages apart )`)

// sameSet says whether two lists hold the same, in whatever order.
func sameSet(a, b []string) bool {
	x, y := slices.Clone(a), slices.Clone(b)
	slices.Sort(x)
	slices.Sort(y)
	return slices.Equal(x, y)
}
