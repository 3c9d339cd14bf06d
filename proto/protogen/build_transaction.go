package protogen

import (
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

const aboutTransactions = "Writes to several relations at once."

// usesNumber is the field uses of a transaction's writes, beyond the members for
// methods, of which there are at most a few a relation.
const usesNumber = 10001

// buildTransaction writes the service that carries out writes of several methods
// in one transaction.
func (g *generator) buildTransaction() {
	if known := g.lock.transact; known != nil {
		g.keepTransaction(known)
		return
	}
	had := slices.ContainsFunc(g.writes, func(m *method) bool { return m.have != nil })
	switch {
	case len(g.writes) == 0:
		return
	case had && !g.opts.Methods:
		g.note(Kept, subject(g.opts.Package), "could have a method for several writes in one transaction as well, "+
			"and the files have none; --methods writes what is missing")
		return
	}
	free := func(n string) bool { return !slices.ContainsFunc(stubs(n), g.names.has) }
	name := "TransactionService"
	if !free(name) {
		name = unique("TransactService", "", free)
		g.note(Told, subject(g.opts.Package), "the name TransactionService is taken, so the service for several writes is called %s", name)
	}
	g.names.add(stubs(name)...)
	free = func(n string) bool { return !g.names.has(n) }
	messageName := func(wish string) string {
		if !free(wish) {
			wish = unique(name+wish, "", free)
		}
		g.names.add(wish)
		return wish
	}
	m := &method{
		name: "Transact", input: messageName("TransactRequest"), output: messageName("TransactResponse"), operation: "transact: {}",
		comment: said("Carries out writes in their order and in one transaction, all or none. An error names the write's place."),
		http:    http{"post", strings.TrimSuffix(g.root(), "/") + ":transact", "*"},
	}
	if g.root() == "/" {
		m.http.path = "/transact"
	}
	write, result := g.transaction(nil, nil)
	req := &message{name: m.input, comment: said(m.input + " carries the writes."), nested: []*message{write}}
	req.fields = []*field{{
		name: "writes", number: 1, label: "repeated", typ: write.name, comment: said("The writes, in order."), behavior: []string{"REQUIRED"},
	}, numbered(requestID(), 2), numbered(validateOnly(), 3)}
	res := &message{name: m.output, comment: said(m.output + " carries the results."), nested: []*message{result}}
	res.fields = []*field{{name: "results", number: 1, label: "repeated", typ: result.name, comment: said("The results, one for each write, in their order.")}}
	f := g.file(transactionsFile, aboutTransactions)
	f.services = append(f.services, &service{
		name: name, methods: []*method{m}, comment: said(name + " writes to several relations in one transaction."),
	})
	g.add(f, req)
	g.add(f, res)
}

// keepTransaction keeps the members of a transaction that is there in step with
// the methods.
func (g *generator) keepTransaction(known protoreflect.MethodDescriptor) {
	write, result := withOneof(known.Input()), withOneof(known.Output())
	if write == nil || result == nil || !g.owns(write) || !g.owns(result) {
		// It is someone's own, and what check says of it is to them.
		return
	}
	w, r := g.transaction(write, result)
	left := membersOf(write)
	for _, gone := range w.gone {
		left = slices.DeleteFunc(left, func(fd protoreflect.FieldDescriptor) bool { return fd == gone.have })
	}
	fresh := slices.ContainsFunc(w.fields, func(f *field) bool { return f.inOneof })
	if len(left) > 0 || fresh {
		f := g.file(transactionsFile, aboutTransactions)
		g.add(f, w)
		g.add(f, r)
		return
	}
	if !g.opts.Prune {
		g.note(Gone, subject(g.opts.Package), "%s has no method left that it could carry out; --prune takes it out", known.Name())
		return
	}
	g.note(Breaking, subject(g.opts.Package), "%s has no method left that it could carry out, so it is taken out", known.Name())
	g.takeOutMethod(known)
}

// transaction is the message of a write and the one of its result, with a
// member for each method.
func (g *generator) transaction(haveWrite, haveResult protoreflect.MessageDescriptor) (write, result *message) {
	write = &message{
		name: "Write", have: haveWrite, comment: said("Write is the request of one method."),
		oneof: &oneof{"write", said("The request.")},
	}
	result = &message{
		name: "Result", have: haveResult, comment: said("Result is the response of the method that the write was for."),
		oneof: &oneof{"result", said("The response, under the name that the request has.")},
	}
	numbers, names := newMemberNumbers(haveWrite, haveResult), namesOf(haveWrite)
	for name := range namesOf(haveResult) {
		names[name] = true
	}
	names.add("uses")
	members := g.keepMembers(write, result)
	var missing []string
	for _, m := range g.writes {
		wish := snake(words(m.name))
		switch input := protoreflect.FullName(g.opts.Package + "." + m.input); {
		case m.have != nil && members[m.have.Input().FullName()], m.have == nil && members[input]:
			continue
		case haveWrite != nil && g.hides(haveWrite, wish):
			// Someone has reserved it.
			continue
		case haveWrite != nil && m.have != nil && !g.opts.Methods:
			missing = append(missing, m.name)
			continue
		}
		name := unique(wish, "_", func(n string) bool { return !names.has(n) })
		names.add(name)
		in, out := g.messagesOf(m)
		in, out = g.unhidden(in, haveWrite), g.unhidden(out, haveResult)
		number := numbers.take()
		about := said(fmt.Sprintf("The request of %s.", m.name))
		write.fields = append(write.fields, &field{name: name, number: number, typ: in, inOneof: true, comment: about})
		about = said(fmt.Sprintf("The response of %s.", m.name))
		result.fields = append(result.fields, &field{name: name, number: number, typ: out, inOneof: true, comment: about})
		if haveWrite != nil && m.have != nil {
			g.note(Added, subject(g.opts.Package), "%s is the member %s = %d of %s", m.name, name, number, write.have.FullName())
		}
	}
	if len(missing) > 0 {
		g.note(Kept, subject(g.opts.Package), "%s could carry out %s as well, and has no member for it; --methods writes what is missing",
			g.lock.transact.Name(), and(missing))
	}
	uses := &field{
		name: "uses", number: usesNumber, label: "repeated", typ: useMessage,
		comment: said("Values that the request takes of what earlier writes answered, such as the id of a row that one has made."),
	}
	if haveWrite == nil {
		write.fields = append(write.fields, uses)
		write.name, result.name = nestedName("Write", write), nestedName("Result", result)
	} else if missing := g.offered(write, uses); len(missing) > 0 {
		g.note(Kept, subject(write.have.FullName()), "could have uses as well, and the files have no such field; --methods writes what is missing")
	}
	return write, result
}

// unhidden is a type as a message refers to it whose own name may hide it.
func (g *generator) unhidden(typ string, within protoreflect.MessageDescriptor) string {
	if within != nil && string(within.Name()) == typ {
		return g.opts.Package + "." + typ
	}
	return typ
}

// nestedName is a name for a message that hides none of those within it.
func nestedName(wish string, m *message) string {
	return unique(wish, "", func(n string) bool {
		return !slices.ContainsFunc(m.fields, func(f *field) bool { return f.typ == n })
	})
}

// memberNumbers are the numbers that neither of the messages takes.
type memberNumbers struct {
	write, result numbers
	next          int32
}

func newMemberNumbers(write, result protoreflect.MessageDescriptor) *memberNumbers {
	n := &memberNumbers{write: numbersOf(write), result: numbersOf(result), next: 1}
	for _, fd := range append(membersOf(write), membersOf(result)...) {
		n.next = max(n.next, int32(fd.Number())+1)
	}
	return n
}

// take takes the next number that is free in both.
func (n *memberNumbers) take() int32 {
	for !n.write.free(n.next) || !n.result.free(n.next) || n.next == usesNumber {
		n.next++
	}
	n.next++
	return n.next - 1
}

// messagesOf are a method's request and response as the files write them.
func (g *generator) messagesOf(m *method) (in, out string) {
	if m.have == nil {
		return m.input, m.output
	}
	name := func(md protoreflect.MessageDescriptor) string {
		return strings.TrimPrefix(string(md.FullName()), g.opts.Package+".")
	}
	return name(m.have.Input()), name(m.have.Output())
}

// keepMembers marks the members of methods that are gone, and returns the
// requests of the others.
func (g *generator) keepMembers(write, result *message) map[protoreflect.FullName]bool {
	there := map[protoreflect.FullName]bool{}
	methods := map[protoreflect.FullName]bool{}
	var names []string
	for _, s := range g.have.sources {
		for i := range s.file.Services().Len() {
			sd := s.file.Services().Get(i)
			for j := range sd.Methods().Len() {
				if md := sd.Methods().Get(j); !g.goes(md) {
					methods[md.Input().FullName()] = true
				}
			}
		}
	}
	for _, m := range g.writes {
		if m.have == nil {
			methods[protoreflect.FullName(g.opts.Package+"."+m.input)] = true
		}
	}
	for _, fd := range membersOf(write.have) {
		if fd.Message() == nil || methods[fd.Message().FullName()] {
			if fd.Message() != nil {
				there[fd.Message().FullName()] = true
			}
			continue
		}
		why := fmt.Sprintf("Was for %s, whose method is gone.", fd.Message().Name())
		write.gone = append(write.gone, goneField{fd, why})
		if of := result.have.Fields().ByName(fd.Name()); of != nil {
			result.gone = append(result.gone, goneField{of, why})
		}
		names = append(names, string(fd.Name()))
	}
	if len(names) > 0 {
		g.note(Changed, subject(write.have.FullName()), "lacks the methods of %s; these members and their numbers are reserved", and(names))
	}
	return there
}

// goes says whether a method of the files is one that this pull takes out.
func (g *generator) goes(md protoreflect.MethodDescriptor) bool {
	if slices.Contains(g.lostMethods, md) {
		return true
	}
	if !g.opts.Prune {
		return false
	}
	if g.leaving == nil {
		g.leaving = map[protoreflect.MethodDescriptor]bool{}
		for _, n := range g.lock.order {
			if g.whyRelationGone(n) == "" {
				continue
			}
			for _, m := range g.lock.operations[g.lock.resources[n].FullName()] {
				g.leaving[m] = true
			}
		}
	}
	return g.leaving[md]
}

// withOneof is the message with a oneof that a message repeats, or nil.
func withOneof(md protoreflect.MessageDescriptor) protoreflect.MessageDescriptor {
	if m := listed(md); m != nil && len(membersOf(m)) > 0 {
		return m
	}
	return nil
}

// membersOf are the fields of a message's first oneof.
func membersOf(md protoreflect.MessageDescriptor) []protoreflect.FieldDescriptor {
	var all []protoreflect.FieldDescriptor
	if md == nil || md.Oneofs().Len() == 0 || md.Oneofs().Get(0).IsSynthetic() {
		return nil
	}
	fields := md.Oneofs().Get(0).Fields()
	for i := range fields.Len() {
		all = append(all, fields.Get(i))
	}
	return all
}
