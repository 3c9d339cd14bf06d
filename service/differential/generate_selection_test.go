package differential_test

import (
	"fmt"
	"slices"
	"strings"
)

// selection is what a call wants of each row: as the request says it and as SQL.
type selection struct {
	of      *table
	columns []*column
	related []*embedded
	// whole says that the request names no columns of it, and gets all.
	whole bool
}

type embedded struct {
	*relation
	selection
	// alone says that the include suffices to ask for the whole rows.
	alone bool
	// include is what the request says of the relation beside the mask, nil for nothing.
	include map[string]any
	where   condition
	order   ordering
	limit   int64
}

// selection draws what is wanted. depth is how many relations may follow one
// another.
func (g *generator) selection(t *table, depth int) *selection {
	s := &selection{of: t, whole: true, columns: t.exposed}
	if g.percent(50) {
		s.whole = false
		if s.columns = some(g.random, 50, t.exposed); len(s.columns) == 0 {
			s.columns = t.exposed[:1]
		}
	}
	if depth == 0 {
		return s
	}
	for _, rel := range some(g.random, 30, t.related) {
		if rel.to.message == nil {
			continue
		}
		e := &embedded{relation: rel, selection: *g.selection(rel.to, depth-1)}
		if rel.many && g.percent(50) {
			e.include = map[string]any{}
			if g.percent(50) {
				e.where = g.filter(rel.to, 1)
				e.include["filter"] = e.where.text
			}
			if g.percent(50) {
				e.order = g.ordering(rel.to)
				e.include["order_by"] = e.order.text
			}
			if g.percent(40) {
				e.limit = int64(g.between(1, 3))
				e.include["page_size"] = e.limit
			}
		}
		e.alone = e.include != nil && e.whole && len(e.related) == 0
		s.related = append(s.related, e)
	}
	return s
}

// request adds read_mask and include to a request; into is false where the
// request has no field for the latter.
func (s *selection) request(request map[string]any, includes bool) {
	var paths []string
	var all []map[string]any
	s.walk("", includes, &paths, &all)
	if len(paths) > 0 {
		request["read_mask"] = map[string]any{"paths": paths}
	}
	if len(all) > 0 {
		request["include"] = all
	}
}

func (s *selection) walk(prefix string, includes bool, paths *[]string, all *[]map[string]any) {
	// A relation in the mask means that the mask says all. Included alone, it comes
	// beside all columns.
	masked := !s.whole || prefix != "" || slices.ContainsFunc(s.related, func(e *embedded) bool { return !e.alone || !includes })
	switch {
	case s.whole && masked:
		*paths = append(*paths, prefix+"*")
	case !s.whole:
		for _, c := range s.columns {
			*paths = append(*paths, prefix+c.name)
		}
	}
	for _, e := range s.related {
		if e.include != nil && includes {
			in := clone(e.include)
			in["path"] = prefix + e.name
			*all = append(*all, in)
		}
		if masked || !includes {
			e.walk(prefix+e.name+".", includes, paths, all)
		}
	}
}

// withoutIncludes takes out what only an include can ask for.
func (s *selection) withoutIncludes() *selection {
	for _, e := range s.related {
		e.include, e.where, e.order, e.limit = nil, condition{}, ordering{}, 0
		e.withoutIncludes()
	}
	return s
}

// sql is a row of the alias at as JSON.
func (s *selection) sql(at string) string {
	var parts []string
	for _, c := range s.columns {
		parts = append(parts, fmt.Sprintf("'%s', %s.%s", c.name, at, c.name))
	}
	for i, e := range s.related {
		b := fmt.Sprintf("%s_%d", at, i)
		from := fmt.Sprintf("select %s as o from %s %s where %s", e.selection.sql(b), e.to.sql(), b, e.on(at, b))
		if e.many {
			if e.where.text != "" {
				from += " and (" + e.where.sql(b) + ")"
			}
			from += " order by " + e.order.sql(e.to, b)
			if e.limit > 0 {
				from += fmt.Sprintf(" limit %d", e.limit)
			}
			from = "select jsonb_agg(q.o) from (" + from + ") q"
		}
		parts = append(parts, fmt.Sprintf("'%s', (%s)", e.name, from))
	}
	return "jsonb_build_object(" + strings.Join(parts, ", ") + ")"
}

// ordering is an order_by.
type ordering struct {
	text  string
	terms func(at string) []string
	down  bool // the direction of the last term
}

// ordering draws an order; none at times, which is the key's.
func (g *generator) ordering(t *table) ordering {
	var texts []string
	var terms []func(at string) string
	o, used := ordering{}, map[*column]bool{}
	for range g.IntN(3) {
		c := pick(g.random, t.exposed)
		if !c.ordered || used[c] {
			continue
		}
		used[c] = true
		o.down = g.percent(40)
		suffix := ""
		if o.down {
			suffix = " desc"
		}
		suffix += pick(g.random, []string{"", "", " nulls first", " nulls last"})
		texts = append(texts, c.name+suffix)
		terms = append(terms, func(at string) string { return at + "." + c.name + suffix })
	}
	for _, c := range t.key {
		// A view has no key that could make the order a whole one.
		if t.of != nil && !used[c] {
			o.down = false
			texts = append(texts, c.name)
			terms = append(terms, func(at string) string { return at + "." + c.name })
		}
	}
	o.text = strings.Join(texts, ", ")
	o.terms = func(at string) (all []string) {
		for _, term := range terms {
			all = append(all, term(at))
		}
		return all
	}
	return o
}

// sql is the order with the key behind it.
func (o ordering) sql(t *table, at string) string {
	var all []string
	if o.terms != nil {
		all = o.terms(at)
	}
	// One that stands there already has no further say.
	for _, c := range t.key {
		term := at + "." + c.name
		if o.down {
			term += " desc"
		}
		all = append(all, term)
	}
	return strings.Join(all, ", ")
}
