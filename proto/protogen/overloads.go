package protogen

import (
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/rowgate/rowgate/store/catalog"
	"github.com/rowgate/rowgate/store/wire"
)

// takesSame says whether the other function takes whatever a call gives to this
// one when it gives all, by position as well as by name.
// https://www.postgresql.org/docs/current/typeconv-func.html
func takesSame(fn, other *catalog.Function) bool {
	ours, theirs := fn.Inputs(), other.Inputs()
	fits := func(place func(int) int) bool {
		taken := map[int]bool{}
		for i, a := range ours {
			at := place(i)
			if at < 0 || at >= len(theirs) || theirs[at].DeclaredOID != a.DeclaredOID || (theirs[at].Mode == 'v') != (a.Mode == 'v') {
				return false
			}
			taken[at] = true
		}
		for i, a := range theirs {
			if !taken[i] && !a.HasDefault {
				return false
			}
		}
		return true
	}
	if !fits(func(i int) int { return i }) {
		return false
	}
	named := !slices.ContainsFunc(ours, func(a *catalog.Argument) bool { return a.Name == "" })
	return !named || fits(func(i int) int {
		return slices.IndexFunc(theirs, func(a *catalog.Argument) bool { return a.Name == ours[i].Name })
	})
}

// knownCalls finds the methods that call the functions already. Of functions
// of one name the types of the arguments tell; where the file does not say
// them, the request's fields do. Where those fit several, the oldest is meant.
func (g *generator) knownCalls(functions []*catalog.Function) map[*catalog.Function]protoreflect.MethodDescriptor {
	known := map[*catalog.Function]protoreflect.MethodDescriptor{}
	used := map[protoreflect.MethodDescriptor]bool{}
	byAge := slices.SortedFunc(slices.Values(functions), func(a, b *catalog.Function) int {
		return int(int64(a.OID) - int64(b.OID))
	})
	take := func(fits func(*catalog.Function, call) bool) {
		for _, fn := range byAge {
			for _, c := range g.lock.calls[fn.Name] {
				if known[fn] == nil && !used[c.method] && fits(fn, c) {
					known[fn], used[c.method] = c.method, true
				}
			}
		}
	}
	take(func(fn *catalog.Function, c call) bool {
		return len(c.arguments) > 0 && slices.Equal(c.arguments, fn.InputTypes())
	})
	take(func(fn *catalog.Function, c call) bool {
		return len(c.arguments) == 0 && g.argumentsFit(fn, c.method.Input(), func(fd protoreflect.FieldDescriptor, v typed) bool {
			proposed := wire.Legal(v.wire())[0]
			return proposed == protoType(fd) || strings.HasSuffix(proposed, "enum") || strings.HasSuffix(proposed, "message")
		})
	})
	take(func(fn *catalog.Function, c call) bool {
		return len(c.arguments) == 0 && g.argumentsFit(fn, c.method.Input(), g.holds)
	})
	// One method and one function are left of a name: its arguments are others
	// now.
	take(func(fn *catalog.Function, c call) bool {
		left := func(other *catalog.Function) bool { return other.Name == fn.Name && known[other] == nil }
		unused := 0
		for _, other := range g.lock.calls[fn.Name] {
			if !used[other.method] {
				unused++
			}
		}
		first := slices.IndexFunc(functions, left)
		return unused == 1 && !slices.ContainsFunc(functions[first+1:], left)
	})
	return known
}

// argumentsFit says whether a request has a field for each argument and no
// other, of a type that holds.
func (g *generator) argumentsFit(fn *catalog.Function, md protoreflect.MessageDescriptor, holds func(protoreflect.FieldDescriptor, typed) bool) bool {
	inputs := fn.Inputs()
	apart := g.besideArguments(fn, md)
	if md.Fields().Len()-len(apart) != len(inputs) {
		return false
	}
	for i := range md.Fields().Len() {
		fd := md.Fields().Get(i)
		if apart[fd.Name()] {
			continue
		}
		name, number := columnOf(fd)
		at := slices.IndexFunc(inputs, func(a *catalog.Argument) bool { return a.Name == name })
		if at < 0 && number > 0 && int(number) <= len(inputs) && inputs[number-1].Name == "" {
			at = int(number) - 1
		}
		if at < 0 || !holds(fd, argumentType(fn, inputs[at])) {
			return false
		}
	}
	return true
}

// argumentType is the value that an argument takes. One that is STRICT makes
// no call of a NULL.
func argumentType(fn *catalog.Function, a *catalog.Argument) typed {
	return typed{a.Type, a.Typmod, a.Declared, a.HasDefault || !fn.Strict, a.DeclaredOID}
}
