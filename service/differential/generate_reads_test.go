package differential_test

import (
	"context"
	"fmt"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// call is one call, and what the oracle does instead.
type call struct {
	op       string
	as       *caller
	method   protoreflect.MethodDescriptor
	requests []map[string]any
	// rows is the response's field to gather from page to page; empty for no pages.
	rows string
	// keep is false for a call that is to be validated only.
	keep bool
	// several says that the call writes several rows or more: which of several
	// things that are wrong is told first is not said then.
	several bool
	oracle  func(ctx context.Context, o *oracle) (any, error)
}

// reading draws a call that reads; nil where the contract has none.
func (g *generator) reading() *call {
	t := pick(g.random, g.relations())
	op := pick(g.random, []string{"get", "get", "list", "list", "list", "stream", "aggregate", "call"})
	if op == "call" {
		return g.calling(false)
	}
	md := t.methods[op]
	if md == nil || !t.keyed() {
		return nil
	}
	c := &call{op: op, as: pick(g.random, g.callers), method: md, keep: true}
	request := map[string]any{}
	c.requests = []map[string]any{request}
	switch op {
	case "get":
		g.get(c, t, request)
	case "list":
		g.list(c, t, request, t.sql()+" t")
	case "stream":
		s, where, order := g.question(t, request)
		c.oracle = func(ctx context.Context, o *oracle) (any, error) {
			rows, _, err := o.rows(ctx, fmt.Sprintf("select %s from %s t where %s order by %s", s.sql("t"), t.sql(), where.where("t"), order.sql(t, "t")))
			return rows, err
		}
	case "aggregate":
		g.aggregate(c, t, request)
	}
	return c
}

// keyOf draws the key of some row, mostly of one that was there at first, and
// that has something to do with the caller.
func (g *generator) keyOf(t *table, as *caller) []any {
	values := make([]any, len(t.key))
	seeded := len(t.seeds) > 0 && g.percent(90)
	var row []any
	if seeded {
		for range pick(g.random, []int{1, 8}) {
			if row = pick(g.random, t.seeds); t.concerns(row, as) {
				break
			}
		}
	}
	for i, c := range t.key {
		switch {
		case seeded:
			values[i] = row[indexOf(t, c)]
		case c.ref != nil && len(t.seeds) > 0:
			values[i] = pick(g.random, t.seeds)[indexOf(t, c)]
		case c.identity != "":
			values[i] = int64(g.between(1, 30))
		default:
			values[i] = g.columnValue(c)
		}
	}
	return values
}

// concerns says that a row has the caller's sub or org, which most policies ask for.
func (t *table) concerns(row []any, as *caller) bool {
	for column, claim := range map[string]string{"owner": "sub", "org": "org"} {
		if v := row[indexOf(t, t.column(column))]; v != nil && v == as.claims[claim] {
			return true
		}
	}
	return false
}

// equals is the condition that a row has a key.
func (t *table) equals(at string, key []any) string {
	all := make([]string, len(key))
	for i, c := range t.key {
		all[i] = at + "." + c.name + " = " + c.literal(key[i])
	}
	return strings.Join(all, " and ")
}

func (t *table) giveKey(request map[string]any, key []any) {
	for i, c := range t.key {
		request[c.name] = key[i]
	}
}

func (g *generator) get(c *call, t *table, request map[string]any) {
	key := g.keyOf(t, c.as)
	t.giveKey(request, key)
	s := g.selection(t, 2)
	s.request(request, len(t.related) > 0)
	c.oracle = func(ctx context.Context, o *oracle) (any, error) {
		rows, _, err := o.rows(ctx, fmt.Sprintf("select %s from %s t where %s", s.sql("t"), t.sql(), t.equals("t", key)))
		if err == nil && len(rows) == 0 {
			err = refuse(codes.NotFound, "no row")
		}
		if err != nil {
			return nil, err
		}
		return rows[0], nil
	}
}

// question draws what lists, streams and sets of rows are asked.
func (g *generator) question(t *table, request map[string]any) (*selection, condition, ordering) {
	s, where, order := g.selection(t, 2), condition{}, ordering{}
	s.request(request, len(t.related) > 0)
	if g.percent(60) {
		where = g.filter(t, 2)
		request["filter"] = where.text
	}
	order = g.ordering(t)
	if order.text == "" {
		// A stream has its rows as they are found, unless it is told.
		var texts []string
		for _, k := range t.key {
			texts = append(texts, k.name)
		}
		order.text = strings.Join(texts, ", ")
	}
	request["order_by"] = order.text
	return s, where, order
}

// list draws a list of what from gives.
func (g *generator) list(c *call, t *table, request map[string]any, from string) {
	s, where, order := g.question(t, request)
	if t.methods["list"] == c.method && t.of == nil && g.percent(30) && len(order.terms("t")) == 0 {
		delete(request, "order_by")
	}
	answered := t.rowsField(c.method.Output())
	fields := c.method.Input().Fields()
	if fields.ByName("page_size") != nil {
		c.rows, request["page_size"] = answered, int64(1000)
		if g.percent(60) && fields.ByName("page_token") != nil {
			request["page_size"] = int64(g.between(1, 7))
		}
	}
	counted := g.percent(30) && fields.ByName("count") != nil
	if counted {
		request["count"] = int64(1)
	}
	c.oracle = func(ctx context.Context, o *oracle) (any, error) {
		found, _, err := o.rows(ctx, fmt.Sprintf("select %s from %s where %s order by %s", s.sql("t"), from, where.where("t"), order.sql(t, "t")))
		if err != nil {
			return nil, err
		}
		answer := map[string]any{answered: found}
		if counted {
			n, _, err := o.rows(ctx, fmt.Sprintf("select to_jsonb(count(*)) from %s where %s", from, where.where("t")))
			if err != nil {
				return nil, err
			}
			answer["total_size"] = n[0]
		}
		return answer, nil
	}
}

func (g *generator) aggregate(c *call, t *table, request map[string]any) {
	where := condition{}
	if g.percent(50) {
		where = g.filter(t, 1)
		request["filter"] = where.text
	}
	var by []*column
	for _, k := range some(g.random, 30, t.exposed) {
		if k.ordered && len(by) < 2 {
			by = append(by, k)
		}
	}
	paths, objects := []string{"count"}, map[string][]string{}
	for _, word := range []string{"sum", "avg", "min", "max"} {
		for _, k := range some(g.random, 25, t.exposed) {
			within := c.method.Output().Fields().ByName("groups").Message().Fields().ByName(protoreflect.Name(word))
			if within == nil || within.Message().Fields().ByName(protoreflect.Name(k.name)) == nil {
				continue
			}
			if !k.ordered || !k.summed && (word == "sum" || word == "avg") || k.kind.name == "b" || k.kind.name == "u" {
				continue
			}
			paths = append(paths, word+"."+k.name)
			objects[word] = append(objects[word], fmt.Sprintf("'%s', %s(t.%s)", k.name, word, k.name))
		}
	}
	request["aggregates"] = map[string]any{"paths": paths}
	parts, groups, group := []string{"'count', count(*)"}, []string{}, []string{}
	for word, all := range objects {
		parts = append(parts, "'"+word+"', jsonb_build_object("+strings.Join(all, ", ")+")")
	}
	for _, k := range by {
		groups = append(groups, "t."+k.name)
		group = append(group, fmt.Sprintf("'%s', t.%s", k.name, k.name))
	}
	var tail string
	if len(by) > 0 {
		var texts []string
		for _, k := range by {
			texts = append(texts, "group."+k.name)
		}
		parts = append(parts, "'group', jsonb_build_object("+strings.Join(group, ", ")+")")
		tail = " group by " + strings.Join(groups, ", ") + " order by " + strings.Join(groups, ", ")
		request["group_by"] = strings.Split(names(by), ", ")
		request["order_by"] = strings.Join(texts, ", ")
	}
	c.oracle = func(ctx context.Context, o *oracle) (any, error) {
		rows, _, err := o.rows(ctx, fmt.Sprintf("select jsonb_build_object(%s) from %s t where %s%s", strings.Join(parts, ", "), t.sql(), where.where("t"), tail))
		return map[string]any{"groups": rows}, err
	}
}

// calling draws a call of a function.
func (g *generator) calling(writes bool) *call {
	f := pick(g.random, g.functions)
	if f.writes != writes || f.method == nil {
		return nil
	}
	c := &call{op: "call", as: pick(g.random, g.callers), method: f.method, keep: true, several: f.writes}
	request := map[string]any{}
	c.requests = []map[string]any{request}
	var literals []string
	for _, a := range f.arguments {
		v := a.value(g.random)
		switch a.kind.name {
		case "i":
			v = int64(g.IntN(7))
		case "s":
			v = pick(g.random, []string{"org", "level", "sub", "none"})
		}
		request[a.name] = v
		literals = append(literals, a.literal(v))
	}
	from := fmt.Sprintf("public.%s(%s)", f.name, strings.Join(literals, ", "))
	if f.of != nil {
		if f.of.message == nil || !f.of.keyed() {
			return nil
		}
		g.list(c, f.of, request, from+" t")
		return c
	}
	c.oracle = func(ctx context.Context, o *oracle) (any, error) {
		rows, _, err := o.rows(ctx, "select to_jsonb("+from+")")
		if err != nil {
			return nil, err
		}
		return map[string]any{"result": rows[0]}, nil
	}
	return c
}
