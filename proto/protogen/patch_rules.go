package protogen

import (
	"slices"
	"strconv"
	"strings"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// rules adds the rules that the field lacks. Of one that it has, a looser value
// becomes the schema's; a stricter one may be someone's wish and stays.
func (c *changes) rules(f *field) {
	have, _ := proto.GetExtension(f.have.Options(), validate.E_Field).(*validate.FieldRules)
	if have.GetIgnore() == validate.Ignore_IGNORE_ALWAYS {
		return
	}
	kept := func(text string, r rule) {
		c.g.note(Kept, subject(f.have.FullName()), text, r.path, r.describe())
	}
	for _, r := range f.rules {
		name := validateOption + "." + r.path
		value, ok := ruleValue(have, r.path)
		switch {
		case !ok && clashes(have, r):
		case !ok && r.path == ignoreZero.path && !slices.ContainsFunc(f.rules, func(o rule) bool {
			_, there := ruleValue(have, o.path)
			return o.zeroFails && !there && !clashes(have, o)
		}):
			// It goes with a rule that is new; by itself it was taken out.
		case !ok && c.whole(name) != nil:
			kept("lacks the rule %s, which is %s by the database", r)
		case !ok:
			c.add(r.options()...)
		case r.items != nil && !r.sameItems(have):
			kept("has other values in %s than the database, where they are %s", r)
		case looser(value, r):
			if !c.set(name, r.value) {
				kept("allows more by %s than the database, where it is %s", r)
			}
		case r.strict != 0 && looser(r.value, rule{value: value, strict: r.strict}):
			kept("allows less by %s than the database, where it is %s", r)
		}
	}
}

// retyped notes what a field keeps of the type that its column had before: its
// own type, when another would be proposed now, and rules beyond those that the
// schema implies.
func (p *patch) retyped(f *field) {
	if f.proposed != "" && f.proposed != protoType(f.have) {
		p.g.note(Kept, subject(f.have.FullName()), "is of another type now, for which %s would be proposed, and stays %s; "+
			"a value that does not fit is OUT_OF_RANGE", f.proposed, protoType(f.have))
	}
	have, _ := proto.GetExtension(f.have.Options(), validate.E_Field).(*validate.FieldRules)
	var beyond []string
	for _, path := range implied {
		value, ok := ruleValue(have, path)
		if ok && !slices.ContainsFunc(f.rules, func(r rule) bool { return r.path == path }) {
			beyond = append(beyond, path+" = "+value)
		}
	}
	if len(beyond) > 0 {
		p.g.note(Kept, subject(f.have.FullName()), "is of another type now, and keeps the rules %s", and(beyond))
	}
}

// implied are the rules that types imply.
var implied = []string{"string.uuid", "string.max_len", "repeated.items.string.uuid", "repeated.items.string.max_len"}

func (r rule) describe() string {
	if r.items != nil {
		return strings.Join(r.items, ", ")
	}
	return r.value
}

func (r rule) sameItems(rules *validate.FieldRules) bool {
	var have []string
	for _, s := range rules.GetString().GetIn() {
		have = append(have, quote(s))
	}
	return sameSet(have, r.items)
}

// ruleValue is what a field's rules have under a path.
func ruleValue(rules *validate.FieldRules, path string) (string, bool) {
	if rules == nil {
		return "", false
	}
	m := rules.ProtoReflect()
	parts := strings.Split(path, ".")
	for i, part := range parts {
		fd := m.Descriptor().Fields().ByName(protoreflect.Name(part))
		if fd == nil || !m.Has(fd) {
			return "", false
		}
		if i == len(parts)-1 {
			return m.Get(fd).String(), true
		}
		m = m.Get(fd).Message()
	}
	return "", false
}

// clashes says whether the field has a rule beside which the other one cannot
// stand: a value or a list of them, a well-known form, another bound of the
// same side.
func clashes(rules *validate.FieldRules, r rule) bool {
	dot := strings.LastIndexByte(r.path, '.')
	if rules == nil || dot < 0 {
		return false
	}
	others := map[string][]string{
		"gte": {"gt"}, "gt": {"gte"}, "lte": {"lt"}, "lt": {"lte"}, "min_len": {"len"}, "max_len": {"len"},
	}
	for _, o := range append(others[r.path[dot+1:]], "const", "in") {
		if _, ok := ruleValue(rules, r.path[:dot+1]+o); ok {
			return true
		}
	}
	return r.path == "string.uuid" && rules.GetString().GetWellKnown() != nil
}

// looser says whether a value allows more than the rule does.
func looser(value string, r rule) bool {
	have, err1 := strconv.ParseFloat(value, 64)
	want, err2 := strconv.ParseFloat(r.value, 64)
	if r.strict == 0 || err1 != nil || err2 != nil {
		return false
	}
	return float64(r.strict)*(want-have) > 0
}
