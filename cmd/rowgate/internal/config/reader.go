package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v4"

	"github.com/rowgate/rowgate/store/safety"
)

// setting is a flag's value in the file: a string, or a list of them as kong
// takes it.
type setting struct{ value any }

// reader reads a configuration file and gathers all that is wrong with it.
type reader struct {
	file  string
	flags map[string][]*kong.Flag
	into  *File
	errs  []error
}

// The sections of the file.
const (
	issuersSection = "issuers"
	allowSection   = "allow"
)

// read returns the file's settings, and puts its sections where they belong.
func (r *reader) read(text []byte) (map[string]setting, error) {
	loader, err := yaml.NewLoader(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	var doc, second yaml.Node
	switch err := loader.Load(&doc); {
	case errors.Is(err, io.EOF): // nothing but comments
		return nil, nil
	case err != nil:
		r.syntax(err)
		return nil, errors.Join(r.errs...)
	}
	if err := loader.Load(&second); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s:%d: a second document begins here, and there is one configuration", r.file, second.Line)
	}
	settings := map[string]setting{}
	known := append(slices.Sorted(maps.Keys(r.flags)), issuersSection, allowSection)
	for key, value := range r.mapping(doc.Content[0], known) {
		switch key {
		case issuersSection:
			r.issuers(value)
		case allowSection:
			r.allow(value)
		default:
			r.setting(settings, key, value)
		}
	}
	return settings, errors.Join(r.errs...)
}

func (r *reader) wrong(n *yaml.Node, format string, args ...any) {
	r.errs = append(r.errs, fmt.Errorf("%s:%d: "+format, append([]any{r.file, n.Line}, args...)...))
}

// syntax tells what the YAML library has found, with the file's name.
func (r *reader) syntax(err error) {
	one, several := &yaml.LoadError{}, &yaml.LoadErrors{}
	switch {
	case errors.As(err, &several):
		for _, e := range several.Errors {
			r.wrong(&yaml.Node{Line: e.Mark.Line}, "%s", strings.TrimPrefix(e.Message, "yaml: "))
		}
	case errors.As(err, &one):
		r.wrong(&yaml.Node{Line: one.Mark.Line}, "%s", strings.TrimPrefix(one.Message, "yaml: "))
	default:
		r.errs = append(r.errs, fmt.Errorf("%s: %w", r.file, err))
	}
}

// mapping yields a mapping's known keys, in the order of the file. Words of a
// key may be joined by _ as well as by -.
func (r *reader) mapping(n *yaml.Node, known []string) func(yield func(string, *yaml.Node) bool) {
	return func(yield func(string, *yaml.Node) bool) {
		n := resolve(n)
		if n.Kind != yaml.MappingNode {
			if n.Tag != "!!null" {
				r.wrong(n, "this should be a mapping, KEY: VALUE")
			}
			return
		}
		lines := map[string]int{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			at := n.Content[i]
			key := strings.ReplaceAll(at.Value, "_", "-")
			switch first, twice := lines[key]; {
			case at.Kind != yaml.ScalarNode || !slices.Contains(known, key):
				r.wrong(at, "there is no key %q%s", at.Value, nearest(key, known))
			case twice:
				r.wrong(at, "%s is there already, on line %d", at.Value, first)
			default:
				lines[key] = at.Line
				if !yield(key, resolve(n.Content[i+1])) {
					return
				}
			}
		}
	}
}

// resolve follows an alias to what it stands for.
func resolve(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// setting reads a flag's value, and tries it on the flags of that name.
func (r *reader) setting(settings map[string]setting, name string, n *yaml.Node) {
	value, ok := r.value(name, n)
	if !ok {
		return
	}
	for _, flag := range r.flags[name] {
		if flag.Tag.Has(secretTag) {
			r.into.secrets = true
		}
		if _, list := value.([]any); list && !flag.IsSlice() {
			r.wrong(n, "%s takes one value, and not a list", name)
			return
		}
		target := reflect.New(flag.Target.Type()).Elem()
		err := flag.Mapper.Decode(&kong.DecodeContext{Value: flag.Value, Scan: kong.Scan().PushTyped(value, kong.FlagValueToken)}, target)
		if err != nil {
			r.wrong(n, "%s: %w", name, err)
			return
		}
		if flag.Enum != "" && !slices.Contains(flag.EnumSlice(), fmt.Sprint(target)) {
			r.wrong(n, "%s is %q; it can be %s", name, fmt.Sprint(target), strings.Join(flag.EnumSlice(), ", "))
			return
		}
	}
	settings[name] = setting{value}
}

// value is a scalar as it stands in the file, or a list of them.
func (r *reader) value(name string, n *yaml.Node) (any, bool) {
	switch {
	case n.Kind == yaml.ScalarNode && n.Tag == "!!null":
		r.wrong(n, "%s has no value; take the line out for the default", name)
	case n.Kind == yaml.ScalarNode:
		return n.Value, true
	case n.Kind == yaml.SequenceNode:
		list := []any{}
		for _, item := range n.Content {
			item = resolve(item)
			if item.Kind != yaml.ScalarNode || item.Tag == "!!null" {
				r.wrong(item, "%s takes a list of single values", name)
				return nil, false
			}
			list = append(list, item.Value)
		}
		return list, true
	default:
		r.wrong(n, "%s takes a value, and not a mapping", name)
	}
	return nil, false
}

// items yields the items of a section, each a mapping.
func (r *reader) items(section string, n *yaml.Node) []*yaml.Node {
	if n.Kind != yaml.SequenceNode {
		if n.Tag != "!!null" {
			r.wrong(n, "%s is a list; begin each of its items with -", section)
		}
		return nil
	}
	return n.Content
}

// allow reads the findings that are allowed.
func (r *reader) allow(n *yaml.Node) {
	for _, item := range r.items(allowSection, n) {
		var e safety.Exception
		item = resolve(item)
		texts := map[string]*string{"rule": (*string)(&e.Rule), "object": &e.Object, "reason": &e.Reason}
		for key, value := range r.mapping(item, []string{"rule", "object", "reason"}) {
			r.scalar(key, value, texts[key])
		}
		if _, _, _, err := safety.Split(nil, []safety.Exception{e}); err != nil {
			r.wrong(item, "%w", err)
		}
		r.into.allow = append(r.into.allow, e)
	}
}

func (r *reader) scalar(name string, n *yaml.Node, into *string) {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		r.wrong(n, "%s takes one value", name)
		return
	}
	*into = n.Value
}
