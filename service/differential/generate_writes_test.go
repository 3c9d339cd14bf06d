package differential_test

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// write is one write, alone or within a transaction.
type write struct {
	op       string
	table    *table
	method   protoreflect.MethodDescriptor
	requests []map[string]any
	several  bool
	// run does it by SQL, and gives the response.
	run func(ctx context.Context, o *oracle) (map[string]any, error)
	// row is what a create gives. capture is the column whose value a later write
	// uses, and key that value, once there is one.
	row     *given
	capture *column
	key     any
}

// writing draws a call that writes; nil where the contract has none.
func (g *generator) writing() *call {
	as := pick(g.random, g.callers)
	if as.role == "anon" && g.percent(50) {
		as = pick(g.random, g.callers)
	}
	switch n := g.IntN(100); {
	case n < 8:
		return g.calling(true)
	case n < 20 && g.transact != nil:
		return g.transaction(as)
	}
	w := g.write(as)
	if w == nil {
		return nil
	}
	c := &call{op: w.op, as: as, method: w.method, requests: w.requests, keep: true, several: w.several}
	c.oracle = func(ctx context.Context, o *oracle) (any, error) { return w.run(ctx, o) }
	g.also(c)
	return c
}

// also lets a call be validated only, or carry a request id, at times.
func (g *generator) also(c *call) {
	fields := c.method.Input().Fields()
	switch {
	case g.percent(8) && fields.ByName("validate_only") != nil:
		c.requests[0]["validate_only"], c.keep = true, false
	case g.percent(5) && fields.ByName("request_id") != nil:
		c.requests[0]["request_id"] = fmt.Sprintf("%08x-0000-4000-8000-%012x", g.Uint32(), g.Uint64()>>16)
	}
}

var writeOps = []string{
	"create", "create", "create", "batch_create", "import", "update", "update", "update", "batch_update", "update_many", "delete", "delete_many",
}

func (g *generator) write(as *caller) *write {
	t := pick(g.random, g.relations())
	op := pick(g.random, writeOps)
	md := t.methods[op]
	if md == nil || !t.keyed() {
		return nil
	}
	w := &write{op: op, table: t, method: md}
	request := map[string]any{}
	w.requests = []map[string]any{request}
	switch op {
	case "create":
		g.create(w, as, request)
	case "batch_create", "import":
		g.createSeveral(w, as, request)
	case "update":
		if !g.update(w, as, request) {
			return nil
		}
	case "batch_update":
		if !g.updateSeveral(w, as, request) {
			return nil
		}
	case "update_many":
		if !g.updateMany(w, as, request) {
			return nil
		}
	case "delete":
		g.remove(w, as, request)
	case "delete_many":
		g.removeMany(w, request)
	}
	return w
}

// keyed says that the message has the whole key.
func (t *table) keyed() bool {
	return !slices.ContainsFunc(t.key, func(c *column) bool { return !slices.Contains(t.exposed, c) })
}

// returning draws what a write answers; "" for nothing.
func (g *generator) returning(t *table, request map[string]any, related, includes bool) string {
	if g.percent(20) {
		request["read_mask"] = map[string]any{"paths": []string{}}
		return ""
	}
	depth := 0
	if related {
		depth = 1
	}
	s := g.selection(t, depth)
	if !includes {
		s.withoutIncludes()
	}
	s.request(request, includes && len(t.related) > 0)
	return s.sql("t")
}

func (g *generator) create(w *write, as *caller, request map[string]any) {
	t := w.table
	row := g.newRow(t, as, nil, nil)
	w.row = &row
	body := t.rowsField(w.method.Input())
	request[body] = row.request()
	conflict, on := g.conflict(t, row.columns)
	if conflict != nil {
		request["on_conflict"] = conflict
	}
	returning := g.returning(t, request, true, true)
	w.run = func(ctx context.Context, o *oracle) (map[string]any, error) {
		sql := t.insert([]given{row}, on)
		answer := returning
		if w.capture != nil {
			if answer == "" {
				answer = "'{}'::jsonb"
			}
			answer = fmt.Sprintf("jsonb_build_object('row', %s, 'key', t.%s)", answer, w.capture.name)
		}
		rows, count, err := o.returning(ctx, sql, answer)
		switch {
		case err != nil:
			return nil, err
		case count == 0 && !strings.HasSuffix(on, "nothing"):
			return nil, refuse(codes.NotFound, "no row was written")
		case count == 0 || answer == "":
			return map[string]any{}, nil
		}
		one := rows[0].(map[string]any)
		if w.capture != nil {
			w.key = one["key"]
			one = one["row"].(map[string]any)
		}
		return one, nil
	}
}

// returning runs a write; answer is what it returns of each row, "" for nothing.
func (o *oracle) returning(ctx context.Context, sql, answer string) ([]any, int64, error) {
	if answer != "" {
		sql += " returning " + answer
	}
	return o.rows(ctx, sql)
}

func (g *generator) createSeveral(w *write, as *caller, request map[string]any) {
	t := w.table
	w.several = true
	first := g.newRow(t, as, nil, nil)
	var never, free []*column
	for _, c := range t.exposed {
		if !slices.Contains(first.columns, c) {
			never = append(never, c)
		}
	}
	conflict, on := g.conflict(t, first.columns)
	all := conflict != nil && conflict["ignore"] == nil && len(conflict["update"].(map[string]any)["paths"].([]string)) == 0
	for _, c := range t.exposed {
		// Rows with and without such a column share a statement.
		if c.notNull || c.fallback != "" || all || c.field.IsList() {
			continue
		}
		free = append(free, c)
	}
	always := slices.DeleteFunc(slices.Clone(first.columns), func(c *column) bool { return slices.Contains(free, c) })
	rows := []given{first}
	for range g.between(1, 3) {
		rows = append(rows, g.newRow(t, as, always, never))
	}
	together := !slices.ContainsFunc(first.columns, func(c *column) bool { return c.field.IsList() }) && len(first.columns) > 0
	returning := ""
	body := t.rowsField(w.method.Input())
	answered := t.rowsField(w.method.Output())
	if w.op == "import" {
		var items []any
		for _, row := range rows {
			items = append(items, row.request())
		}
		request[body] = items
		if g.percent(50) {
			cut := g.between(0, len(items))
			request[body] = items[:cut]
			w.requests = append(w.requests, map[string]any{body: items[cut:]})
		}
	} else {
		var items []map[string]any
		one := w.method.Input().Fields().ByName("requests").Message()
		for _, row := range rows {
			items = append(items, map[string]any{t.rowsField(one): row.request()})
		}
		request["requests"] = items
		returning = g.returning(t, request, !t.selfReferring(), false)
	}
	if conflict != nil {
		request["on_conflict"] = conflict
	}
	w.run = func(ctx context.Context, o *oracle) (map[string]any, error) {
		answers, total := []any{}, int64(0)
		groups := [][]given{rows}
		if !together {
			groups = nil
			for _, row := range rows {
				groups = append(groups, []given{row})
			}
		}
		for _, group := range groups {
			rows, count, err := o.returning(ctx, t.insert(group, on), returning)
			if err != nil {
				return nil, err
			}
			total += count
			answers = append(answers, rows...)
		}
		response := map[string]any{"count": total}
		if returning != "" {
			response[answered] = answers
		}
		return response, nil
	}
}

// transaction draws writes of one transaction, of which one may use what
// another has made.
func (g *generator) transaction(as *caller) *call {
	one := g.transact.Input().Fields().ByName("writes").Message()
	var items []map[string]any
	var names []string
	var writes []*write
	add := func(w *write, uses []map[string]any) bool {
		if w == nil || len(w.requests) != 1 {
			return false
		}
		for i := range one.Fields().Len() {
			fd := one.Fields().Get(i)
			if fd.Message() == nil || fd.Message().FullName() != w.method.Input().FullName() {
				continue
			}
			item := map[string]any{string(fd.Name()): w.requests[0]}
			if uses != nil {
				item["uses"] = uses
			}
			items, names, writes = append(items, item), append(names, string(fd.Name())), append(writes, w)
			return true
		}
		return false
	}
	var feeds *write
	for range g.between(1, 3) {
		w := g.write(as)
		if add(w, nil) && w.op == "create" && w.requests[0]["on_conflict"] == nil && len(w.table.key) == 1 {
			feeds = w
			if child := g.child(as, w); child != nil && g.percent(80) {
				column := child.capture
				child.capture = nil
				from := slices.Index(writes, feeds)
				uses := []map[string]any{{
					"field": child.table.rowsField(child.method.Input()) + "." + column.name, "write": int64(from), "from": w.table.key[0].name,
				}}
				w.capture = w.table.key[0]
				feed, inner := w, child.run
				child.run = func(ctx context.Context, o *oracle) (map[string]any, error) {
					child.row.values[column] = feed.key
					return inner(ctx, o)
				}
				add(child, uses)
			}
		}
	}
	if len(items) == 0 {
		return nil
	}
	c := &call{op: "transact", as: as, method: g.transact, requests: []map[string]any{{"writes": items}}, keep: true, several: true}
	c.oracle = func(ctx context.Context, o *oracle) (any, error) {
		var results []any
		for i, w := range writes {
			answer, err := w.run(ctx, o)
			if err != nil {
				return nil, err
			}
			results = append(results, map[string]any{names[i]: answer})
		}
		return map[string]any{"results": results}, nil
	}
	g.also(c)
	return c
}

// child draws a create of a row that refers to what another create makes, by the
// column that it names in capture.
func (g *generator) child(as *caller, parent *write) *write {
	for _, t := range g.tables {
		for _, r := range t.refs {
			if r.to != parent.table || t.methods["create"] == nil || !t.keyed() || !slices.Contains(t.exposed, r.columns[0]) || r.columns[0].output {
				continue
			}
			w := &write{op: "create", table: t, method: t.methods["create"]}
			c := r.columns[0]
			row := g.newRow(t, as, []*column{c}, nil)
			request := row.request()
			if c.field.HasPresence() {
				delete(request, c.name)
			}
			w.row = &row
			w.requests = []map[string]any{{t.rowsField(w.method.Input()): request}}
			returning := g.returning(t, w.requests[0], true, true)
			w.run = func(ctx context.Context, o *oracle) (map[string]any, error) {
				rows, count, err := o.returning(ctx, t.insert([]given{row}, ""), returning)
				switch {
				case err != nil:
					return nil, err
				case count == 0:
					return nil, refuse(codes.NotFound, "no row was written")
				case returning == "":
					return map[string]any{}, nil
				}
				return rows[0].(map[string]any), nil
			}
			w.capture = c
			return w
		}
	}
	return nil
}
