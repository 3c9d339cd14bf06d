package catalog

import (
	"regexp"
	"strings"
)

// What SQL can leave in a session, beyond settings, outlasts its transaction:
// prepared statements, temporary tables, cursors WITH HOLD, LISTEN, advisory
// locks, what lastval() gives. It takes a utility command or a function of
// these names to do so, or SQL that is put together at run time and may be any.
// A default for later transactions spoils the one that would reset it. Of other
// languages than SQL and PL/pgSQL nothing is known.
// https://www.postgresql.org/docs/current/sql-discard.html
var leaving = regexp.MustCompile(`(?i)\b(execute|prepare|deallocate|discard|listen|temp|temporary|hold|` +
	`pg_temp\w*|set_config|default_transaction_\w+|pg_(try_)?advisory_lock(_shared)?|lastval|currval|setval|setseed|` +
	`dblink\w*|query_to_xml\w*|cursor_to_xml\w*|ts_stat|crosstab\w*|xpath_table)\b`)

// mentioned finds what may be the name of a function or a relation, with its
// schema where one is written.
var mentioned = regexp.MustCompile(`(?:"?([\pL_][\pL\pN_$]*)"?\s*\.\s*)?"?([\pL_][\pL\pN_$]*)"?`)

// body is a function's source.
type body struct {
	function         *Function
	language, source string
}

// run is a function that statements on a relation run.
type run struct {
	relation *Relation
	function *Function
	reads    bool
}

// node is a function, or the reads or the writes of a relation.
type node struct {
	function *Function
	relation *Relation
	writes   bool
}

// sessions marks what may leave something in the session: the functions that do,
// and all from which a name, a foreign key or a rule leads to them. A name that
// means something else marks too much, which costs time and nothing else.
func (l *loader) sessions() {
	var marked []node
	leads := map[node][]node{} // to those that it leads to, from those that lead to it
	edge := func(from, to node) { leads[to] = append(leads[to], from) }

	functions, relations := map[Name][]*Function{}, map[Name]*Relation{}
	for _, f := range l.cat.functions {
		functions[f.Name] = append(functions[f.Name], f)
	}
	for _, r := range l.cat.ordered {
		relations[r.Name] = r
		edge(node{relation: r, writes: true}, node{relation: r})
		for _, read := range r.Reads {
			edge(node{relation: r}, node{relation: read})
			edge(node{relation: r, writes: true}, node{relation: read, writes: true})
		}
		for _, rule := range r.Rules {
			for _, touched := range rule.Touches {
				edge(node{relation: r, writes: true}, node{relation: touched, writes: true})
			}
		}
		for _, key := range r.ForeignKeys {
			// Its actions write to this relation when the other one is written to.
			edge(node{relation: key.To, writes: true}, node{relation: r, writes: true})
		}
	}
	for _, b := range l.bodies {
		from := node{function: b.function}
		switch {
		case b.language == "c" || b.language == "internal":
			continue
		case b.language != "sql" && b.language != "plpgsql" || leaving.MatchString(b.source):
			marked = append(marked, from)
			continue
		}
		schemas := append([]string{b.function.Schema, "public"}, b.function.SearchPath...)
		for _, m := range mentioned.FindAllStringSubmatch(b.source, -1) {
			in := schemas
			if m[1] != "" {
				in = append([]string{m[1], strings.ToLower(m[1])}, schemas...)
			}
			for _, schema := range in {
				for _, name := range []string{m[2], strings.ToLower(m[2])} {
					n := Name{Schema: schema, Name: name}
					for _, f := range functions[n] {
						edge(from, node{function: f})
					}
					if r := relations[n]; r != nil {
						edge(from, node{relation: r, writes: true})
					}
				}
			}
		}
	}
	for _, r := range l.runs {
		edge(node{relation: r.relation, writes: !r.reads}, node{function: r.function})
	}
	for _, in := range l.inherits {
		edge(node{relation: in[0]}, node{relation: in[1]})
		edge(node{relation: in[0], writes: true}, node{relation: in[1], writes: true})
	}
	seen := map[node]bool{}
	for len(marked) > 0 {
		n := marked[len(marked)-1]
		marked = marked[:len(marked)-1]
		if seen[n] {
			continue
		}
		seen[n] = true
		switch {
		case n.function != nil:
			n.function.LeavesSession = true
		case n.writes:
			n.relation.WriteLeavesSession = true
		default:
			n.relation.ReadLeavesSession = true
		}
		marked = append(marked, leads[n]...)
	}
	l.bodies, l.runs, l.inherits = nil, nil, nil
}

// LeavesSession says whether a statement may leave something in the session:
// by its text, or by a function or a relation that it names, of whatever schema.
func (c *Catalog) LeavesSession(sql string) bool {
	if leaving.MatchString(sql) {
		return true
	}
	names := map[string]bool{}
	for _, m := range mentioned.FindAllStringSubmatch(sql, -1) {
		names[m[2]], names[strings.ToLower(m[2])] = true, true
	}
	for _, f := range c.functions {
		if f.LeavesSession && names[f.Name.Name] {
			return true
		}
	}
	for _, r := range c.ordered {
		if r.WriteLeavesSession && names[r.Name.Name] {
			return true
		}
	}
	return false
}
