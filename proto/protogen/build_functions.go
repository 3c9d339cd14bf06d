package protogen

import (
	"fmt"
	"slices"
	"strings"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/rowgate/rowgate/store/catalog"
)

const aboutFunctions = "The database's functions."

// buildFunctions writes a service for each schema that has functions, with a
// method for each that a caller may execute.
func (g *generator) buildFunctions() {
	// Whatever has the name counts, callable or not.
	named := map[catalog.Name][]*catalog.Function{}
	for _, fn := range g.cat.Functions() {
		named[fn.Name] = append(named[fn.Name], fn)
	}
	var chosen []*catalog.Function
	triggers := map[string]int{}
	for _, fn := range g.cat.Functions() {
		if !g.matches(fn.Name) {
			continue
		}
		if fn.ResultDeclared == "trigger" || fn.ResultDeclared == "event_trigger" {
			triggers[fn.Schema]++
			continue
		}
		if why := g.uncallable(fn, named[fn.Name]); why != "" {
			g.skip(subject(fn.Signature()), why)
			continue
		}
		chosen = append(chosen, fn)
	}
	for _, schema := range g.description.Schemas {
		if n := triggers[schema]; n > 0 {
			g.skip(subject(schema), fmt.Sprintf("trigger functions, %d of them: Postgres lets nobody call them", n))
		}
	}
	calls := g.knownCalls(chosen)
	chosen = slices.DeleteFunc(chosen, func(fn *catalog.Function) bool {
		if calls[fn] != nil || !g.lock.leftOut(fn) {
			return false
		}
		g.note(Kept, subject(fn.Signature()), "gets no method, since the files do without it")
		return true
	})
	if g.opts.Known {
		chosen = slices.DeleteFunc(chosen, func(fn *catalog.Function) bool {
			if calls[fn] == nil {
				g.result.Unexposed = append(g.result.Unexposed, fn.Signature())
			}
			return calls[fn] == nil || !g.have.pulled(calls[fn])
		})
	}
	// Methods that are there keep their names, so they go first.
	for _, known := range []bool{true, false} {
		for _, fn := range chosen {
			if (calls[fn] != nil) == known {
				g.function(fn, calls[fn], len(named[fn.Name]) > 1)
				g.result.Functions++
			}
		}
	}
	for _, f := range g.wanted {
		for _, s := range f.services {
			slices.SortStableFunc(s.methods, func(a, b *method) int { return a.rank - b.rank })
		}
	}
}

// uncallable says why no method can stand for a function; empty when one can.
// named are all functions of its name.
func (g *generator) uncallable(fn *catalog.Function, named []*catalog.Function) string {
	switch fn.Kind {
	case 'p':
		return "it is a procedure, which may end the transaction that the call's role holds for"
	case 'a', 'w':
		return "it is an aggregate or a window function, which is called within a query only"
	}
	if len(g.description.Executable(fn)) == 0 {
		return fmt.Sprintf("none of %s may execute it", strings.Join(g.description.Roles, ", "))
	}
	for _, a := range fn.Arguments {
		switch {
		case a.Type != nil:
		case g.cat.RowType(a.DeclaredOID) != nil:
			return fmt.Sprintf("it takes a row of %s, which only a query has", a.Declared)
		default:
			return fmt.Sprintf("it has an argument of the pseudo-type %s, which may be of any type", a.Declared)
		}
	}
	for _, other := range named {
		if other != fn && takesSame(fn, other) {
			return fmt.Sprintf("Postgres cannot tell a call of it from one of %s, which takes the same arguments and has defaults for the rest",
				other.Signature())
		}
	}
	outputs := fn.Outputs()
	switch {
	case fn.Result != nil && fn.Result.Kind == 'c' && len(fn.Result.Attributes) == 0:
		return fmt.Sprintf("it returns %s, which has no attribute", fn.ResultDeclared)
	case len(outputs) > 1, fn.Result != nil && !(fn.SetOf && fn.Result.Elem != nil):
	case fn.Result != nil:
		return "it returns a set of arrays, and a repeated field holds no repeated ones"
	case fn.ResultDeclared == "void":
	case g.cat.RowType(fn.ResultOID) != nil:
		rel := g.cat.RowType(fn.ResultOID)
		if r := g.resources[rel.Name]; r == nil || len(r.fields) == 0 {
			return fmt.Sprintf("it returns rows of %s, which is not exposed", rel)
		}
	case fn.ResultDeclared == "record":
		return "it returns record without OUT arguments, so its columns are known only to the query that calls it"
	default:
		return fmt.Sprintf("it returns the pseudo-type %s", fn.ResultDeclared)
	}
	return ""
}

func (g *generator) function(fn *catalog.Function, have protoreflect.MethodDescriptor, overloaded bool) {
	m := &method{have: have, rank: slices.Index(g.cat.Functions(), fn)}
	if have != nil {
		m.name = string(have.Name())
	} else {
		m.name = g.functionName(fn)
		if g.lock.known() {
			g.note(Added, subject(fn.Signature()), "is the method %s", m.name)
		}
	}
	f, s := g.functionService(fn, have)
	req := &message{name: m.name + "Request", counted: true, comment: said(fmt.Sprintf("%sRequest holds the arguments of %s.", m.name, fn.Name))}
	if have != nil {
		req.have, req.name = have.Input(), string(have.Input().Name())
		req.apart = g.besideArguments(fn, req.have)
	}
	g.members(req, subject(fn.Signature()), g.arguments(fn))
	arguments := len(req.fields)
	// Who the owner is depends on who ran the migrations, and is not said.
	plain := fmt.Sprintf("Calls %s.", fn.Signature())
	if fn.SecurityDefiner {
		plain = fmt.Sprintf("Calls %s, which runs as its owner and not as the caller.", fn.Signature())
	}
	m.comment = comment{plain, plain}
	if text := g.description.FunctionComment(fn); !blank(text) {
		m.comment.text = sentence(text, plain)
	}
	m.input = req.name
	recorded := g.lock.arguments(have)
	m.operation = callLiteral(fn, overloaded || len(recorded) > 0)
	m.operationChanged = have != nil && (overloaded || len(recorded) > 0) && !slices.Equal(recorded, fn.InputTypes())
	g.add(f, req)
	m.output = emptyMessage
	var res *message
	if fn.ResultDeclared != "void" || len(fn.Outputs()) > 0 {
		res = g.functionResponse(m, fn, f)
		m.output = res.name
		g.add(f, res)
	}
	if have != nil && !answers(have, m.output) {
		g.note(Breaking, subject(fn.Signature()), "returns %s now, so %s answers %s and no longer %s", fn.ResultDeclared, m.name, m.output, have.Output().Name())
	}
	g.functionPages(fn, m, req, res)
	m.http = g.functionHTTP(fn, m.name, req.fields[:arguments])
	if have != nil {
		m.http = http{}
		if rule, _ := proto.GetExtension(have.Options(), annotations.E_Http).(*annotations.HttpRule); fn.Volatility == 'v' && rule.GetGet() != "" {
			g.note(Kept, subject(fn.Signature()), "is VOLATILE, and the REST path of %s answers GET, which is for what changes nothing", m.name)
		}
	}
	s.methods = append(s.methods, m)
}

func (g *generator) arguments(fn *catalog.Function) []member {
	var members []member
	for i, a := range fn.Inputs() {
		mem := member{
			name: a.Name, number: int32(i) + 1, input: true,
			typed: argumentType(fn, a),
			what:  fmt.Sprintf("The argument %q, %s.", a.Name, a.Declared),
		}
		if a.Name == "" {
			mem.name, mem.unnamed = fmt.Sprintf("arg%d", i+1), true
			mem.what = fmt.Sprintf("Argument %d, %s.", i+1, a.Declared)
		}
		if !mem.optional && a.Type.Elem == nil {
			mem.behavior = []string{"REQUIRED"}
		}
		mem.rules = func(typ string) rules { return checkRules(g.description.DomainChecks(a.DeclaredOID), "VALUE", typ) }
		members = append(members, mem)
	}
	return members
}

// functionName is the name of a new method. It and what is made of it must be
// free in the package.
func (g *generator) functionName(fn *catalog.Function) string {
	wish := camel(words(fn.Name.Name))
	made := func(name string) []string { return []string{name + "Request", name + "Response", name + "Row"} }
	free := func(name string) bool {
		// Within a service a method hides a message of its name.
		hides := g.names.has(name) && (strings.HasSuffix(name, "Request") || strings.HasSuffix(name, "Response"))
		hidden := slices.ContainsFunc(made(name), func(n string) bool { return g.methodNames.has(fn.Schema + "." + n) })
		return !g.methodNames.has(fn.Schema+"."+name) && !hides && !hidden && !slices.ContainsFunc(made(name), g.names.has)
	}
	name := wish
	if !free(name) && !g.methodNames.has(fn.Schema+"."+name) {
		name = "Call" + wish
	}
	name = unique(name, "", free)
	if name != wish {
		g.note(Told, subject(fn.Signature()), "the name %s is taken, so the method is called %s", wish, name)
	}
	g.names.add(made(name)...)
	g.methodNames.add(fn.Schema + "." + name)
	return name
}

// functionService is the service of a schema's functions.
func (g *generator) functionService(fn *catalog.Function, have protoreflect.MethodDescriptor) (*wantedFile, *service) {
	var sd protoreflect.ServiceDescriptor
	if have != nil {
		sd = have.Parent().(protoreflect.ServiceDescriptor)
	} else {
		for _, other := range g.lock.callServices() {
			if other.schema == fn.Schema {
				sd = other.service
				break
			}
		}
	}
	f := g.fileOf(desc(sd), functionsFile, aboutFunctions)
	of := "new for " + fn.Schema
	if sd != nil {
		of = string(sd.FullName())
	}
	if s := g.functionServices[of]; s != nil {
		return f, s
	}
	var name string
	if sd != nil {
		name = string(sd.Name())
	} else {
		name = g.functionServiceName(fn.Schema)
	}
	s := &service{name: name, have: sd, comment: said(fmt.Sprintf("%s calls the functions of the schema %s that the caller may execute.", name, fn.Schema))}
	f.services = append(f.services, s)
	g.functionServices[of] = s
	return f, s
}

// functionServiceName is the name of a new service for a schema's functions.
func (g *generator) functionServiceName(schema string) string {
	name, qualified := "FunctionService", camel(words(schema))+"FunctionService"
	if schema != "public" {
		name = qualified
	}
	free := func(name string) bool { return !slices.ContainsFunc(stubs(name), g.names.has) }
	chosen := name
	if !free(chosen) {
		chosen = unique(qualified, "", free)
		g.note(Told, subject(schema), "the name %s is taken, so its functions' service is called %s", name, chosen)
	}
	g.names.add(stubs(chosen)...)
	return chosen
}

// functionResponse is the message of a function's result.
func (g *generator) functionResponse(m *method, fn *catalog.Function, f *wantedFile) *message {
	res := &message{name: m.name + "Response", comment: said(fmt.Sprintf("%sResponse holds the result of %s.", m.name, fn.Name))}
	switch {
	case m.have == nil:
	case m.have.Output().FullName() != emptyMessage:
		res.have, res.name = m.have.Output(), string(m.have.Output().Name())
	default:
		// It returned nothing of late, and perhaps something before.
		res.have, res.name = g.unused(res.name)
	}
	out := &field{name: "result", number: 1, comment: said("The result; absent when it is NULL.")}
	if fn.SetOf {
		out = &field{name: "results", number: 1, comment: said("The results, in the order in which they came.")}
	}
	outputs := fn.Outputs()
	rel := g.cat.RowType(fn.ResultOID)
	switch {
	case len(outputs) > 1:
		out.typ = g.outputRow(m, fn, outputs, res, f)
	case fn.Result == nil && rel != nil:
		out.typ = g.resources[rel.Name].name
	case fn.SetOf:
		out.typ = g.itemType(typed{typ: fn.Result, typmod: -1, declared: fn.ResultDeclared, domain: fn.ResultOID})
	default:
		out.label, out.typ = g.fieldType(typed{
			typ: fn.Result, typmod: -1, declared: fn.ResultDeclared, optional: true, domain: fn.ResultOID,
		})
	}
	if fn.SetOf {
		out.label = "repeated"
	}
	g.resultField(res, out, fn)
	return res
}

// resultField keeps the one field of a response that is there, when it can
// hold the result.
func (g *generator) resultField(res *message, out *field, fn *catalog.Function) {
	res.fields = []*field{out}
	if res.have == nil {
		return
	}
	res.apart = besideResult(res.have)
	for i := range res.have.Fields().Len() {
		fd := res.have.Fields().Get(i)
		if res.apart[fd.Name()] {
			continue
		}
		if out.have == nil && fd.IsList() == (out.label == "repeated") && g.holdsResult(fd, out, fn) {
			out.have, out.name, out.number = fd, string(fd.Name()), int32(fd.Number())
			out.label, out.typ = "", ""
			continue
		}
		res.gone = append(res.gone, goneField{fd, "Was the result while it was of that type."})
	}
	if out.have == nil {
		names, taken := namesOf(res.have), numbersOf(res.have)
		out.name = unique(out.name, "_", func(n string) bool { return !names.has(n) })
		out.number = taken.take(1, 1)
		g.note(Changed, subject(fn.Signature()), "returns another type now: it is in the field %s = %d", out.name, out.number)
	}
}

func (g *generator) holdsResult(fd protoreflect.FieldDescriptor, out *field, fn *catalog.Function) bool {
	if fd.Kind() == protoreflect.MessageKind && string(fd.Message().Name()) == out.typ {
		return true
	}
	if fn.Result == nil || len(fn.Outputs()) > 1 {
		return false
	}
	v := typed{typ: fn.Result, typmod: -1, declared: fn.ResultDeclared}
	if fn.SetOf {
		return g.holdsAs(fd, strings.TrimPrefix(protoType(fd), "repeated "), "", v)
	}
	return g.holds(fd, v)
}

// outputRow is the message of a function's several results.
func (g *generator) outputRow(m *method, fn *catalog.Function, outputs []*catalog.Argument, res *message, f *wantedFile) string {
	row := &message{name: m.name + "Row", comment: said(fmt.Sprintf("%sRow is what %s returns.", m.name, fn.Name))}
	for i := 0; res.have != nil && i < res.have.Fields().Len(); i++ {
		if md := res.have.Fields().Get(i).Message(); md != nil && g.owns(md) && relationOf(md) == nil && typeOf(md) == nil {
			row.have, row.name = md, string(md.Name())
		}
	}
	if m.have != nil && row.have == nil {
		row.have, row.name = g.unused(row.name)
	}
	var members []member
	for i, a := range outputs {
		mem := member{
			name: a.Name, number: int32(i) + 1, typed: typed{a.Type, a.Typmod, a.Declared, true, a.DeclaredOID},
			what: fmt.Sprintf("The result %q, %s.", a.Name, a.Declared),
		}
		if a.Name == "" {
			// As Postgres calls it.
			mem.name, mem.unnamed = fmt.Sprintf("column%d", i+1), true
			mem.what = fmt.Sprintf("Result %d, %s.", i+1, a.Declared)
		}
		members = append(members, mem)
	}
	g.members(row, subject(fn.Signature()), members)
	g.add(f, row)
	return row.name
}

// functionHTTP is a GET for a function that only reads, when its arguments fit
// a query string.
func (g *generator) functionHTTP(fn *catalog.Function, name string, arguments []*field) http {
	// Paths have no messages to share a name with.
	if wish := camel(words(fn.Name.Name)); name == "Call"+wish {
		name = wish
	}
	path := g.root() + "rpc/" + snake(words(name))
	if fn.Schema != g.description.Schemas[0] {
		path = g.root() + "rpc/" + snake(words(fn.Schema)) + "/" + snake(words(name))
	}
	plain := !slices.ContainsFunc(arguments, func(f *field) bool { return !isScalar[f.typeName()] && !g.isEnum(f.typeName()) })
	if fn.Volatility != 'v' && plain {
		return http{"get", path, ""}
	}
	return http{"post", path, "*"}
}

func callLiteral(fn *catalog.Function, overloaded bool) string {
	lines := []string{"schema: " + quote(fn.Schema), "name: " + quote(fn.Name.Name)}
	if overloaded {
		for _, t := range fn.InputTypes() {
			lines = append(lines, "arguments: "+quote(t))
		}
	}
	return "call: {\n        " + strings.Join(lines, "\n        ") + "\n      }"
}

// isCalled says whether a method of the files calls a function that is there.
func (g *generator) isCalled(c call) bool {
	for _, f := range g.wanted {
		for _, s := range f.services {
			if slices.ContainsFunc(s.methods, func(m *method) bool { return m.have == c.method }) {
				return true
			}
		}
	}
	return false
}

// isEnum says whether a type is an enum of the package.
func (g *generator) isEnum(name string) bool {
	for _, e := range g.enums {
		if e.name == name {
			return true
		}
	}
	return false
}
