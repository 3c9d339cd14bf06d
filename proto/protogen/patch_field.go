package protogen

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bufbuild/protocompile/ast"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
)

// field sees to a field that stays: its comment, whether it is optional, and
// the options that the schema asks for. A rule that asks for more than the
// schema stays.
func (p *patch) field(f *field, n ast.Node) {
	if p.comment(n, f.comment, string(f.have.Name())) {
		p.retyped(f)
	}
	var c *changes
	switch n := n.(type) {
	case *ast.FieldNode:
		if f.label == "optional" && n.Label.KeywordNode == nil {
			p.insert(p.span(n.FldType).start, "optional ")
		}
		c = &changes{patch: p, list: n.Options, end: p.span(n.Tag).end}
	case *ast.MapFieldNode:
		c = &changes{patch: p, list: n.Options, end: p.span(n.Tag).end}
	default:
		return
	}
	c.values = map[*ast.OptionNode]string{}
	c.behaviors(f)
	c.rules(f)
	c.bindings(f)
	c.apply()
}

// changes are what a list of options, which may not be there, has to get.
type changes struct {
	*patch
	list *ast.CompactOptionsNode
	// end is the end of what the list stands behind.
	end    int
	values map[*ast.OptionNode]string
	added  []option
}

func (c *changes) add(options ...option) { c.added = append(c.added, options...) }

// option is the node of an option that the list sets by its name, or nil.
func (c *changes) option(name string) *ast.OptionNode {
	if c.list == nil {
		return nil
	}
	for _, o := range c.list.Options {
		if c.nameOf(o) == name {
			return o
		}
	}
	return nil
}

// whole is the node of an option of which the named one is a part, set as a
// whole: beside it, a part cannot be set.
func (c *changes) whole(name string) *ast.OptionNode {
	if c.list == nil {
		return nil
	}
	for _, o := range c.list.Options {
		if strings.HasPrefix(name, c.nameOf(o)+".") {
			return o
		}
	}
	return nil
}

func (p *patch) nameOf(o *ast.OptionNode) string {
	return strings.Join(strings.Fields(p.raw(o.Name)), "")
}

// set gives an option that is there another value.
func (c *changes) set(name, value string) bool {
	o := c.option(name)
	if o != nil {
		c.values[o] = value
	}
	return o != nil
}

// apply writes the changes: into the lines of a list that has lines, else the
// list anew.
func (c *changes) apply() {
	if len(c.added) == 0 || c.list != nil && strings.Contains(c.raw(c.list), "\n") {
		for o, value := range c.values {
			c.replace(c.span(o.Val), value)
		}
		if len(c.added) == 0 {
			return
		}
		last := c.list.Options[len(c.list.Options)-1]
		var b strings.Builder
		for _, o := range c.added {
			b.WriteString(",\n" + c.indent(c.span(last).start) + o.name + " = " + o.value)
		}
		c.insert(c.span(last).end, b.String())
		return
	}
	if c.list == nil {
		c.insert(c.end, optionList(c.added))
		return
	}
	var all []option
	for _, o := range c.list.Options {
		value, ok := c.values[o]
		if !ok {
			value = c.raw(o.Val)
		}
		all = append(all, option{c.raw(o.Name), value})
	}
	c.replace(span{c.end, c.span(c.list).end}, optionList(append(all, c.added...)))
}

// optionList writes options behind a field.
func optionList(options []option) string {
	if len(options) == 1 {
		return fmt.Sprintf(" [%s = %s]", options[0].name, options[0].value)
	}
	lines := make([]string, len(options))
	for i, o := range options {
		lines[i] = "    " + o.name + " = " + o.value
	}
	return " [\n" + strings.Join(lines, ",\n") + "\n  ]"
}

// beyond says what the behaviors mean that the files have and the database does
// not ask for: someone wants them, or the database did once.
var beyond = map[annotations.FieldBehavior]string{
	annotations.FieldBehavior_OUTPUT_ONLY: "is OUTPUT_ONLY in the files, and callers may write it",
	annotations.FieldBehavior_IMMUTABLE:   "is IMMUTABLE in the files, and callers may change it",
	annotations.FieldBehavior_REQUIRED:    "is REQUIRED in the files, and the database does not ask for it",
}

func (c *changes) behaviors(f *field) {
	have, _ := proto.GetExtension(f.have.Options(), annotations.E_FieldBehavior).([]annotations.FieldBehavior)
	var want []annotations.FieldBehavior
	for _, b := range f.behavior {
		behavior := annotations.FieldBehavior(annotations.FieldBehavior_value[b])
		want = append(want, behavior)
		if !slices.Contains(have, behavior) {
			c.add(option{fieldBehavior, b})
		}
	}
	for _, b := range have {
		if text := beyond[b]; f.input && text != "" && !slices.Contains(want, b) {
			c.g.note(Kept, subject(f.have.FullName()), "%s", text)
		}
	}
}

// bindings sees to the options that tie the field to its column or its foreign
// key. One that is written as a whole is written so again.
func (c *changes) bindings(f *field) {
	column, number := columnOf(f.have)
	wrong := map[*ast.OptionNode][]option{}
	for _, o := range f.options {
		switch o.name {
		case columnOption + ".name":
			if quote(column) == o.value {
				continue
			}
		case columnOption + ".number":
			if fmt.Sprint(number) == o.value {
				continue
			}
		default:
			if !referenceDiffers(f, o) {
				continue
			}
		}
		if whole := c.whole(o.name); whole != nil {
			wrong[whole] = append(wrong[whole], o)
		} else if !c.set(o.name, o.value) {
			c.add(o)
		}
	}
	for node := range maps.Keys(wrong) {
		var parts []string
		for _, o := range f.options {
			parts = append(parts, strings.TrimPrefix(strings.TrimPrefix(o.name, c.nameOf(node)), ".")+": "+o.value)
		}
		c.values[node] = "{" + strings.Join(parts, ", ") + "}"
	}
}

// referenceDiffers says whether an option of a relation's field has another
// value than it should.
func referenceDiffers(f *field, o option) bool {
	r := referenceOf(f.have)
	switch strings.TrimPrefix(o.name, referenceOption) {
	case ".foreign_key":
		return quote(r.GetForeignKey()) != o.value
	case ".through_foreign_key":
		return quote(r.GetThroughForeignKey()) != o.value
	case ".through.name":
		return quote(r.GetThrough().GetName()) != o.value
	case ".through.schema":
		return quote(named(r.GetThrough().GetSchema(), "").Schema) != o.value
	}
	return false
}

// setOption replaces the value of an option that stands in a list.
func (p *patch) setOption(options *ast.CompactOptionsNode, name, value string) {
	c := &changes{patch: p, list: options, values: map[*ast.OptionNode]string{}}
	if c.set(name, value) {
		c.apply()
	}
}
