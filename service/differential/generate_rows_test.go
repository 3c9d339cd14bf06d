package differential_test

import (
	"fmt"
	"slices"
	"strings"
)

// given is the values of columns that a write gives, in the table's order.
type given struct {
	columns []*column
	values  map[*column]any
}

// required says that a new row has to give a value.
func (c *column) required() bool { return c.notNull && c.fallback == "" && c.identity == "" }

// newRow draws a row that somebody might insert. Columns in always are given,
// those in never are not.
func (g *generator) newRow(t *table, as *caller, always, never []*column) given {
	row := given{values: map[*column]any{}}
	for _, c := range t.exposed {
		if c.output || slices.Contains(never, c) {
			continue
		}
		chance := 55
		if (c.isKey || t.of != nil) && c.identity == "" {
			chance = 95
		}
		// A field without presence is sent in any case.
		if c.required() || !c.field.HasPresence() && !c.field.IsList() || slices.Contains(always, c) || g.percent(chance) {
			row.columns = append(row.columns, c)
			row.values[c] = g.newValue(c, as)
		}
	}
	g.refer(row, t)
	return row
}

// newValue is a value for a column that suits the caller more often than not.
func (g *generator) newValue(c *column, as *caller) any {
	var claim any
	switch c.name {
	case "owner":
		claim = as.claims["sub"]
	case "org":
		claim = as.claims["org"]
	}
	switch {
	case claim != nil && g.percent(85):
		return claim
	case c.isKey && c.identity != "":
		return int64(g.between(20, 200))
	case c.isKey && c.kind.name == "i" && c.ref == nil:
		return int64(g.between(1, 200))
	case c.isKey && c.kind.name == "u":
		return uuidOf(g.between(1, 200))
	}
	v := g.columnValue(c)
	if list, ok := v.([]any); ok && len(list) == 0 {
		return []any{"a"} // An empty one is the same as none.
	}
	return v
}

// refer lets foreign keys that are given name rows that were there at first,
// most of the time.
func (g *generator) refer(row given, t *table) {
	for _, r := range t.refs {
		if g.percent(12) {
			continue
		}
		values := g.referred(&ref{to: r.to, columns: []*column{{notNull: true}}})
		for i, c := range r.columns {
			if _, ok := row.values[c]; ok && values != nil {
				row.values[c] = values[i]
			}
		}
	}
}

// request is the row as a request has it.
func (row given) request() map[string]any {
	all := map[string]any{}
	for _, c := range row.columns {
		if v := row.values[c]; v != nil {
			all[c.name] = v
		}
	}
	return all
}

// insert writes an INSERT of rows, up to RETURNING. A column that a row does not
// give has its default.
func (t *table) insert(rows []given, conflict string) string {
	var columns []*column
	for _, c := range t.columns {
		if slices.ContainsFunc(rows, func(row given) bool { return slices.Contains(row.columns, c) }) {
			columns = append(columns, c)
		}
	}
	if len(columns) == 0 {
		return "insert into " + t.sql() + " as t default values" + conflict
	}
	all := make([]string, len(rows))
	for i, row := range rows {
		values := make([]string, len(columns))
		for j, c := range columns {
			values[j] = "default"
			if slices.Contains(row.columns, c) {
				values[j] = c.literal(row.values[c])
			}
		}
		all[i] = "(" + strings.Join(values, ", ") + ")"
	}
	return fmt.Sprintf("insert into %s as t (%s) values %s%s", t.sql(), names(columns), strings.Join(all, ", "), conflict)
}

// conflict draws an on_conflict for rows that give all of some columns: for the
// request and as SQL. They are empty at times.
func (g *generator) conflict(t *table, columns []*column) (request map[string]any, sql string) {
	if t.of != nil || g.percent(60) {
		return nil, ""
	}
	request = map[string]any{}
	key := t.key
	uniques := slices.DeleteFunc(slices.Clone(t.exposed), func(c *column) bool { return !c.unique })
	if len(uniques) > 0 && g.percent(30) {
		key = []*column{pick(g.random, uniques)}
		request["fields"] = []string{key[0].name}
	} else if g.percent(20) {
		request["fields"] = strings.Split(names(key), ", ")
	}
	sql = " on conflict (" + names(key) + ") do "
	all := g.percent(50)
	var update []*column
	for _, c := range t.exposed {
		if c.isKey || c.immutable || c.output || all && (!slices.Contains(columns, c) || slices.Contains(key, c)) || !all && g.percent(60) {
			continue
		}
		update = append(update, c)
	}
	if len(update) == 0 || g.percent(35) {
		request["ignore"] = true
		return request, sql + "nothing"
	}
	paths := []string{}
	if !all {
		paths = strings.Split(names(update), ", ")
	}
	request["update"] = map[string]any{"paths": paths}
	var sets []string
	for _, c := range update {
		sets = append(sets, c.name+" = excluded."+c.name)
	}
	return request, sql + "update set " + strings.Join(sets, ", ")
}
