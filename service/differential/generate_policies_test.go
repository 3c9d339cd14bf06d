package differential_test

import (
	"fmt"
	"strings"
)

// helpers makes the functions that policies call: one that reads a claim as the
// caller, and for each table some that look into it as their owner, whom the
// table's policies hold or not.
func (g *generator) helpers() string {
	var b strings.Builder
	b.WriteString("create function private.claim(name text) returns text language sql stable as $$ select auth.jwt() ->> name $$;\n")
	b.WriteString("create function private.level() returns integer language sql stable as $$ select (auth.jwt() ->> 'level')::integer $$;\n")
	for _, t := range g.tables {
		var where, arguments []string
		for i, c := range t.key {
			arguments = append(arguments, fmt.Sprintf("k%d %s", i, c.sql))
			where = append(where, fmt.Sprintf("x.%s = $%d", c.name, i+1))
		}
		fmt.Fprintf(&b, "create function private.may_%s(%s) returns boolean language sql stable security definer set search_path = ''\n"+
			"  as $$ select exists (select from %s x where %s and %s) $$;\n",
			t.name, strings.Join(arguments, ", "), t.sql(), strings.Join(where, " and "), g.atom(t, "x", nil))
		if g.percent(50) {
			var types []string
			for _, c := range t.key {
				types = append(types, c.sql)
			}
			fmt.Fprintf(&b, "alter function private.may_%s(%s) owner to %s;\n", t.name, strings.Join(types, ", "), g.owner)
		}
	}
	return b.String()
}

// makePolicies writes policies. Tables before are those that they may look into:
// policies that lead in a circle are an error for everybody.
func (g *generator) makePolicies(t *table, before []*table) {
	everybody := []string{"public", "anon, authenticated", "authenticated", "authenticated", "anon"}
	add := func(command, roles string, restrictive bool) {
		p := &policy{table: t, name: g.fresh("p"), command: command, roles: roles, restrictive: restrictive}
		if command != "insert" {
			p.using = g.condition(t, before)
		}
		if command == "insert" || (command == "update" || command == "all") && g.percent(50) {
			p.check = g.condition(t, before)
		}
		g.policies = append(g.policies, p)
	}
	if g.percent(70) {
		add("select", "public", false)
	}
	if g.lenient {
		p := &policy{table: t, name: g.fresh("p"), command: "all", roles: "authenticated"}
		p.using, p.check = g.condition(t, nil)+" or "+t.name+".rank < 6", "true"
		g.policies = append(g.policies, p)
	}
	for _, command := range []string{"select", "insert", "update", "delete"} {
		if g.percent(90) {
			add(command, pick(g.random, everybody), false)
		}
		if g.percent(35) {
			add(command, "authenticated", false)
		}
	}
	for range g.IntN(3) {
		add(pick(g.random, []string{"all", "all", "select", "insert", "update", "delete"}), pick(g.random, append(everybody, g.owner)), false)
	}
	if g.percent(40) {
		add(pick(g.random, []string{"all", "select", "insert", "update", "delete"}), pick(g.random, everybody), true)
	}
}

// condition is an expression of a policy.
func (g *generator) condition(t *table, before []*table) string {
	switch n := g.IntN(10); {
	case n <= 1:
		return "true"
	case n < 4:
		return g.atom(t, t.name, before)
	case n < 8:
		return g.atom(t, t.name, before) + " or " + g.atom(t, t.name, before)
	case n == 8:
		return g.atom(t, t.name, before) + " and not " + g.atom(t, t.name, before)
	}
	return "(" + g.atom(t, t.name, before) + " or " + g.atom(t, t.name, before) + ") and (" + g.atom(t, t.name, before) + " or " + g.atom(t, t.name, before) + ")"
}

// atom is a condition on a row of the alias at.
func (g *generator) atom(t *table, at string, before []*table) string {
	owner := fmt.Sprintf("(%s.owner = auth.jwt() ->> 'sub')", at)
	if t.column("owner").kind.name == "u" {
		owner = fmt.Sprintf("(%s.owner = %s)", at, pick(g.random, []string{"auth.uid()", "(select auth.uid())"}))
	}
	atoms := []string{
		owner, owner, owner,
		fmt.Sprintf("(%s.org = auth.jwt() ->> 'org')", at),
		fmt.Sprintf("(%s.org = private.claim('org'))", at),
		fmt.Sprintf("(%s.org = (select private.claim('org')))", at),
		fmt.Sprintf("(auth.jwt() -> 'orgs' ? %s.org)", at),
		fmt.Sprintf("(%s.org in (select jsonb_array_elements_text(auth.jwt() -> 'orgs')))", at),
		fmt.Sprintf("(%s.rank <= (auth.jwt() ->> 'level')::integer)", at),
		fmt.Sprintf("(%s.rank <= private.level())", at),
		at + ".flag", at + ".flag", "(not " + at + ".flag)",
		fmt.Sprintf("(%s.org is null)", at),
		"(auth.role() = 'authenticated')",
		"(current_user = 'anon')",
		"(auth.jwt() ->> 'admin' = 'true')",
		fmt.Sprintf("(%s.rank < 5)", at),
		fmt.Sprintf("(nullif(current_setting('request.jwt.claims', true), '')::json ->> 'org' is distinct from %s.org)", at),
	}
	for _, c := range t.columns {
		if c.kind.name == "e" {
			atoms = append(atoms, fmt.Sprintf("(%s.%s <> 'bad')", at, c.name))
		}
	}
	if before == nil {
		return pick(g.random, atoms)
	}
	for _, r := range t.refs {
		if r.to == t {
			continue
		}
		var joined, given []string
		for i, c := range r.columns {
			joined = append(joined, fmt.Sprintf("x.%s = %s.%s", r.to.key[i].name, at, c.name))
			given = append(given, at+"."+c.name)
		}
		exists := fmt.Sprintf("exists (select from %s x where %s and %s)", r.to.sql(), strings.Join(joined, " and "), g.atom(r.to, "x", nil))
		definer := fmt.Sprintf("private.may_%s(%s)", r.to.name, strings.Join(given, ", "))
		for range 3 {
			atoms = append(atoms, exists, definer)
		}
	}
	for _, other := range before {
		atoms = append(atoms, fmt.Sprintf("(%s.org in (select x.org from %s x where %s))", at, other.sql(), g.atom(other, "x", nil)))
	}
	return pick(g.random, atoms)
}
