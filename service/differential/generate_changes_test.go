package differential_test

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// changes is what an update makes of a row: parts of a request, and SET.
type changes struct {
	body, increment, add, merge map[string]any
	mask                        []string
	sets                        []string
}

// changes draws some; nil when nothing can change. alone says that only one row
// is meant, so that unique columns may change too.
func (g *generator) changes(t *table, as *caller, in protoreflect.MessageDescriptor, alone bool) *changes {
	var able []*column
	for _, c := range t.exposed {
		if c.isKey || c.fixed || c.output || c.immutable || c.unique && !alone {
			continue
		}
		able = append(able, c)
	}
	ch := &changes{body: map[string]any{}, increment: map[string]any{}, add: map[string]any{}, merge: map[string]any{}}
	masked := g.percent(50)
	for _, c := range some(g.random, 30, able) {
		if g.operate(ch, c, in) {
			continue
		}
		v := g.newValue(c, as)
		switch {
		case masked && !c.notNull && !c.field.IsList() && g.percent(25):
			ch.sets = append(ch.sets, c.name+" = null")
			ch.mask = append(ch.mask, c.name)
			continue
		case masked && c.fallback != "" && c.field.HasPresence() && g.percent(25):
			ch.sets = append(ch.sets, c.name+" = default")
			ch.mask = append(ch.mask, c.name)
			if !c.notNull {
				ch.sets[len(ch.sets)-1] = c.name + " = null"
			}
			continue
		case !masked && !c.field.HasPresence() && isZero(v):
			continue // It would not be sent.
		}
		ch.body[c.name] = v
		ch.mask = append(ch.mask, c.name)
		ch.sets = append(ch.sets, c.name+" = "+c.literal(v))
	}
	for _, r := range t.refs {
		// Half of a foreign key is none.
		if len(r.columns) > 1 {
			continue
		}
		if v := g.referred(&ref{to: r.to, columns: []*column{{notNull: true}}}); v != nil && ch.body[r.columns[0].name] != nil && g.percent(80) {
			c := r.columns[0]
			for i, set := range ch.sets {
				if set == c.name+" = "+c.literal(ch.body[c.name]) {
					ch.sets[i] = c.name + " = " + c.literal(v[0])
				}
			}
			ch.body[c.name] = v[0]
		}
	}
	if len(ch.sets) == 0 {
		return nil
	}
	if !masked {
		ch.mask = nil
	}
	if masked && len(ch.mask) == 0 {
		ch.body = map[string]any{}
	}
	return ch
}

// operate changes a column by increment, append or merge, at times.
func (g *generator) operate(ch *changes, c *column, in protoreflect.MessageDescriptor) bool {
	if c.unique || c.ref != nil || g.percent(60) {
		return false
	}
	has := func(part protoreflect.Name) bool { return in.Fields().ByName(part) != nil }
	switch {
	case c.summed && has("increment"):
		v := c.value(g.random)
		if isZero(v) {
			return false
		}
		ch.increment[c.name] = v
		ch.sets = append(ch.sets, fmt.Sprintf("%s = t.%s + %s", c.name, c.name, c.literal(v)))
	case c.appended && has("append"):
		v := g.newValue(c, &caller{})
		ch.add[c.name] = v
		ch.sets = append(ch.sets, fmt.Sprintf("%s = coalesce(t.%s || %s, %s)", c.name, c.name, c.literal(v), c.literal(v)))
	case c.kind.name == "j" && has("merge"):
		v := c.value(g.random)
		ch.merge[c.name] = v
		ch.sets = append(ch.sets, fmt.Sprintf("%s = coalesce(t.%s || %s, %s)", c.name, c.name, c.literal(v), c.literal(v)))
	default:
		return false
	}
	return true
}

// request puts the changes into a request.
func (ch *changes) request(request map[string]any, body string) {
	if len(ch.body) > 0 {
		request[body] = ch.body
	}
	for name, part := range map[string]map[string]any{"increment": ch.increment, "append": ch.add, "merge": ch.merge} {
		if len(part) > 0 {
			request[name] = part
		}
	}
	if len(ch.mask) > 0 {
		request["update_mask"] = map[string]any{"paths": ch.mask}
	}
}

// one is a write of one row by its key.
type one struct {
	table *table
	key   []any
	// expected is a condition that the row has to meet; "" for none.
	expected string
}

// expect draws what the row is expected to be, at times.
func (g *generator) expect(of *one, request map[string]any, in protoreflect.MessageDescriptor) {
	t := of.table
	if in.Fields().ByName("expected") == nil || g.percent(75) {
		return
	}
	var row []any
	for _, seed := range t.seeds {
		if toJSON(keyIn(t, seed)) == toJSON(of.key) {
			row = seed
		}
	}
	values, parts := map[string]any{}, []string{}
	for _, c := range some(g.random, 25, t.exposed) {
		if c.isKey || !c.ordered {
			continue
		}
		v := g.columnValue(c)
		if row != nil && g.percent(80) {
			v = row[indexOf(t, c)]
		}
		if v == nil || isZero(v) && !c.field.HasPresence() {
			continue
		}
		values[c.name] = v
		parts = append(parts, "t."+c.name+" = "+c.literal(v))
	}
	if len(values) > 0 {
		request["expected"], of.expected = values, strings.Join(parts, " and ")
	}
}

func keyIn(t *table, row []any) []any {
	key := make([]any, len(t.key))
	for i, c := range t.key {
		key[i] = row[indexOf(t, c)]
	}
	return key
}

// run runs a write of one row, and tells why there was none.
func (of *one) run(ctx context.Context, o *oracle, sql, returning string) (map[string]any, error) {
	where := of.table.equals("t", of.key)
	also := ""
	if of.expected != "" {
		also = " and " + of.expected
	}
	rows, count, err := o.returning(ctx, sql+" where "+where+also, returning)
	if err != nil {
		return nil, err
	}
	if count == 0 {
		if of.expected != "" {
			changed, err := o.exists(ctx, fmt.Sprintf("select from %s t where %s and (%s) is not true", of.table.sql(), where, of.expected))
			if err != nil {
				return nil, err
			}
			if changed {
				return nil, refuse(codes.Aborted, "the row is another")
			}
		}
		return nil, refuse(codes.NotFound, "no row")
	}
	if returning == "" {
		return map[string]any{}, nil
	}
	return rows[0].(map[string]any), nil
}

func (g *generator) update(w *write, as *caller, request map[string]any) bool {
	t := w.table
	ch := g.changes(t, as, w.method.Input(), true)
	if ch == nil {
		return false
	}
	of := &one{table: t, key: g.keyOf(t, as)}
	t.giveKey(ch.body, of.key)
	ch.request(request, t.rowsField(w.method.Input()))
	g.expect(of, request, w.method.Input())
	returning := g.returning(t, request, true, true)
	w.run = func(ctx context.Context, o *oracle) (map[string]any, error) {
		return of.run(ctx, o, "update "+t.sql()+" t set "+strings.Join(ch.sets, ", "), returning)
	}
	return true
}

func (g *generator) updateSeveral(w *write, as *caller, request map[string]any) bool {
	t := w.table
	w.several = true
	in := w.method.Input().Fields().ByName("requests").Message()
	var items []map[string]any
	var all []*one
	var sets []string
	alike := g.percent(50)
	var first *changes
	for range g.between(1, 3) {
		of := &one{table: t, key: g.keyOf(t, as)}
		if slices.ContainsFunc(all, func(other *one) bool { return toJSON(other.key) == toJSON(of.key) }) {
			continue
		}
		ch := g.changes(t, as, in, false)
		if alike && first != nil {
			again := *first
			again.body = clone(first.body)
			ch = &again
		}
		if ch == nil {
			continue
		}
		if first == nil {
			first = ch
			copied := *ch
			copied.body = clone(ch.body)
			first = &copied
		}
		item := map[string]any{}
		t.giveKey(ch.body, of.key)
		ch.request(item, t.rowsField(in))
		g.expect(of, item, in)
		items, all, sets = append(items, item), append(all, of), append(sets, strings.Join(ch.sets, ", "))
	}
	if len(items) == 0 {
		return false
	}
	request["requests"] = items
	returning := g.returning(t, request, !t.selfReferring(), false)
	rows := t.rowsField(w.method.Output())
	w.run = func(ctx context.Context, o *oracle) (map[string]any, error) {
		answers := []any{}
		for i, of := range all {
			row, err := of.run(ctx, o, "update "+t.sql()+" t set "+sets[i], returning)
			if err != nil {
				return nil, err
			}
			answers = append(answers, row)
		}
		response := map[string]any{"count": int64(len(all))}
		if returning != "" {
			response[rows] = answers
		}
		return response, nil
	}
	return true
}

func (g *generator) updateMany(w *write, as *caller, request map[string]any) bool {
	t := w.table
	ch := g.changes(t, as, w.method.Input(), false)
	if ch == nil {
		return false
	}
	ch.request(request, t.rowsField(w.method.Input()))
	g.many(w, request, "update "+t.sql()+" t set "+strings.Join(ch.sets, ", "))
	return true
}

func (g *generator) removeMany(w *write, request map[string]any) {
	g.many(w, request, "delete from "+w.table.sql()+" t")
}

// many draws the filter and the bounds of a write of many rows.
func (g *generator) many(w *write, request map[string]any, sql string) {
	t := w.table
	w.several = true
	where := g.filter(t, 1)
	request["filter"] = where.text
	expected, most := int64(-1), int64(1000)
	if g.percent(15) {
		expected = int64(g.IntN(4))
		request["expected_count"], most = expected, expected
	} else if g.percent(50) {
		most = int64(g.between(1, 5))
		request["max_affected"] = most
	}
	returning := ""
	if g.percent(60) {
		s := g.selection(t, 0)
		if t.selfReferring() {
			s.related = nil
		}
		s.withoutIncludes().request(request, false)
		if request["read_mask"] != nil {
			returning = s.sql("t")
		}
	}
	rows := t.rowsField(w.method.Output())
	w.run = func(ctx context.Context, o *oracle) (map[string]any, error) {
		answers, count, err := o.returning(ctx, sql+" where "+where.sql("t"), returning)
		switch {
		case err != nil:
			return nil, err
		case expected >= 0 && count != expected, count > most:
			return nil, refuse(codes.FailedPrecondition, fmt.Sprintf("%d rows", count))
		}
		response := map[string]any{"count": count}
		if returning != "" {
			response[rows] = answers
		}
		return response, nil
	}
}

func (g *generator) remove(w *write, as *caller, request map[string]any) {
	of := &one{table: w.table, key: g.keyOf(w.table, as)}
	of.table.giveKey(request, of.key)
	g.expect(of, request, w.method.Input())
	w.run = func(ctx context.Context, o *oracle) (map[string]any, error) {
		return of.run(ctx, o, "delete from "+of.table.sql()+" t", "")
	}
}
