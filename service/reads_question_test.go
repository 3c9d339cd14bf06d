package service_test

import (
	"fmt"
	"slices"
	"strings"
)

// readInclude is a rowgate.v1.Include, and its filter and order as SQL on rows
// that are called t.
type readInclude struct {
	path, filter, orderBy string
	pageSize              int
	filterSQL             func(t string) string
	orderSQL              func(t string) string
}

// readWant is what of a table's rows is asked for, worked out from the mask and
// the includes by what the contract says of them.
type readWant struct {
	*readTable
	all, masked bool
	fields      map[string]bool
	relations   []*readWantRows
}

type readWantRows struct {
	readWant
	*readRelation
	include *readInclude
}

func (w *readWant) rows(name string) *readWantRows {
	for _, rows := range w.relations {
		if rows.readRelation.name == name {
			return rows
		}
	}
	rel := w.relation(name)
	rows := &readWantRows{readWant: readWant{readTable: readTables[rel.to], fields: map[string]bool{}}, readRelation: rel}
	w.relations = append(w.relations, rows)
	return rows
}

// wants works out a mask and includes. No mask asks for all columns.
func wants(r *readTable, mask []string, includes []*readInclude) *readWant {
	top := &readWant{readTable: r, all: len(mask) == 0, masked: true, fields: map[string]bool{}}
	for _, path := range mask {
		w, names := top, strings.Split(path, ".")
		for i, name := range names {
			w.masked = true
			switch {
			case name == "*":
				w.all = true
			case w.readTable.relation(name) != nil:
				if w = &w.rows(name).readWant; i == len(names)-1 {
					w.all, w.masked = true, true
				}
			default:
				w.fields[name] = true
			}
		}
	}
	for _, in := range includes {
		w := top
		var rows *readWantRows
		for name := range strings.SplitSeq(in.path, ".") {
			rows = w.rows(name)
			w = &rows.readWant
		}
		rows.include = in
	}
	return top
}

// json is an SQL expression for a row called t with what is wanted of it.
func (w *readWant) json(t string) string {
	var members []string
	for _, f := range w.readTable.fields {
		if !w.all && w.masked && !w.fields[f.name] {
			continue
		}
		ref := t + "." + f.name
		switch f.kind {
		case "jsonb": // NULL and JSON's null differ.
			ref = "case when " + ref + " is not null then json_build_array(" + ref + ") end"
		case "int4range", "tsvector":
			ref += "::text"
		}
		members = append(members, literal(f.name)+", "+ref)
	}
	for _, rows := range w.relations {
		u := t + "_" + rows.readRelation.name
		from, where := rows.from(t, u)
		one := "select " + rows.readWant.json(u) + " as j from " + from + " where " + where
		if !rows.many {
			members = append(members, literal(rows.readRelation.name)+", ("+one+")")
			continue
		}
		order := keyOrder(rows.readTable, u, nil, false)
		limit := ""
		if in := rows.include; in != nil {
			if in.filterSQL != nil {
				one += " and (" + in.filterSQL(u) + ")"
			}
			if in.orderSQL != nil {
				order = in.orderSQL(u)
			}
			if in.pageSize > 0 {
				limit = fmt.Sprint(" limit ", in.pageSize)
			}
		}
		members = append(members, fmt.Sprintf("%s, (select coalesce(json_agg(q.j), '[]') from (%s order by %s%s) q)", literal(rows.readRelation.name), one, order, limit))
	}
	return "json_build_object(" + strings.Join(members, ", ") + ")"
}

// keyOrder is the key's columns that are not named, the way of the last term.
func keyOrder(r *readTable, t string, named []string, desc bool) string {
	var all []string
	for _, k := range r.key {
		if !slices.Contains(named, k) {
			all = append(all, t+"."+k+map[bool]string{true: " desc"}[desc])
		}
	}
	return strings.Join(all, ", ")
}

// readOrder is a random order, as order_by and as SQL on rows that are called t.
func (g *readGen) order(r *readTable, most int) (text string, sql func(t string) string) {
	var texts, named []string
	var terms []func(t string) string
	desc := false
	for range g.IntN(most + 1) {
		path, of := g.sortable(r, 2)
		if slices.Contains(named, path) {
			continue
		}
		named = append(named, path)
		suffix, how := "", ""
		desc = false
		switch g.IntN(4) {
		case 0:
			suffix, how = " asc", " asc"
		case 1, 2:
			suffix, how, desc = " desc", " desc", true
		}
		if g.chance(2) {
			nulls := pick(g, []string{" nulls first", " nulls last"})
			suffix, how = suffix+nulls, how+nulls
		}
		texts = append(texts, path+suffix)
		terms = append(terms, func(t string) string { return of(t) + how })
	}
	return strings.Join(texts, pick(g, []string{",", ", ", " , "})), func(t string) string {
		var all []string
		for _, term := range terms {
			all = append(all, term(t))
		}
		if key := keyOrder(r, t, named, desc); key != "" {
			all = append(all, key)
		}
		return strings.Join(all, ", ")
	}
}

// sortable is a path that rows can be ordered by.
func (g *readGen) sortable(r *readTable, depth int) (path string, sql func(t string) string) {
	var ones []readRelation
	for _, rel := range r.relations {
		if !rel.many {
			ones = append(ones, rel)
		}
	}
	if depth > 0 && len(ones) > 0 && g.chance(4) {
		rel := pick(g, ones)
		path, of := g.sortable(readTables[rel.to], depth-1)
		return rel.name + "." + path, func(t string) string {
			u := t + "_" + rel.name + "_o"
			from, where := rel.from(t, u)
			return "(select " + of(u) + " from " + from + " where " + where + ")"
		}
	}
	f := pick(g, r.fields)
	if f.kind == "jsonb" && !g.chance(4) {
		steps := pick(g, []string{"size", "name", "deep.size", "list"})
		return f.name + "." + steps, func(t string) string {
			return "(" + t + "." + f.name + " #> '{" + strings.ReplaceAll(steps, ".", ",") + "}')"
		}
	}
	return f.name, func(t string) string { return t + "." + f.name }
}

// readQuestion is what a call asks, and the same as SQL.
type readQuestion struct {
	filter, orderBy string
	mask            []string
	includes        []*readInclude

	table           *readTable
	want            *readWant
	where, orderSQL string
}

// sql is the one query that all pages together answer, of the table or of what
// else the rows are from.
func (q *readQuestion) sql(from string) string {
	return "select " + q.want.json("t") + " from " + from + " t where " + q.where + " order by " + q.orderSQL
}

// question is a random question of a table's rows.
func (g *readGen) question(r *readTable) *readQuestion {
	q := &readQuestion{table: r, where: "true"}
	if !g.chance(4) {
		c := g.filter(r, "t", 3)
		q.filter, q.where = c.text, c.sql
	}
	var order func(t string) string
	q.orderBy, order = g.order(r, 3)
	q.orderSQL = order("t")
	if g.chance(2) {
		for range 1 + g.IntN(6) {
			q.mask = append(q.mask, g.maskPath(r))
		}
	}
	for range g.IntN(3) {
		if in := g.include(r); in != nil && !slices.ContainsFunc(q.includes, func(o *readInclude) bool { return o.path == in.path }) {
			q.includes = append(q.includes, in)
		}
	}
	q.want = wants(r, q.mask, q.includes)
	return q
}

func (g *readGen) maskPath(r *readTable) string {
	var path []string
	for depth := 0; depth < 3 && len(r.relations) > 0 && g.chance(2); depth++ {
		rel := pick(g, r.relations)
		path, r = append(path, rel.name), readTables[rel.to]
	}
	switch {
	case len(path) > 0 && g.chance(3):
	case g.chance(12):
		path = append(path, "*")
	default:
		path = append(path, pick(g, r.fields).name)
	}
	return strings.Join(path, ".")
}

// include is a random include; nil for a table without relations.
func (g *readGen) include(r *readTable) *readInclude {
	in := &readInclude{}
	var path []string
	many := false
	for depth := 0; depth < 3 && len(r.relations) > 0 && (depth == 0 || g.chance(3)); depth++ {
		rel := pick(g, r.relations)
		path, r, many = append(path, rel.name), readTables[rel.to], rel.many
	}
	if len(path) == 0 {
		return nil
	}
	in.path = strings.Join(path, ".")
	if !many {
		return in
	}
	if g.chance(2) {
		// The SQL's alias is not known yet; no value has this one in it.
		const at = "at_the_row"
		c := g.filter(r, at, 2)
		in.filter, in.filterSQL = c.text, func(t string) string { return strings.ReplaceAll(c.sql, at, t) }
	}
	if g.chance(2) {
		in.orderBy, in.orderSQL = g.order(r, 2)
	}
	if g.chance(2) {
		in.pageSize = 1 + g.IntN(3)
	}
	return in
}
