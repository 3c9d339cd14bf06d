package differential_test

import (
	"fmt"
	"strings"
)

// generate makes up a schema, rows and callers.
func generate(seed uint64, owner role) *schema {
	g := &generator{random: newRandom(seed), schema: &schema{seed: seed, owner: owner.name}}
	g.uuidSubs, g.lenient = g.percent(60), g.percent(50)
	g.makeCallers()
	for i := range g.between(2, 4) {
		g.makeTable(i + 1)
	}
	for _, t := range g.tables {
		g.makeSeeds(t)
	}
	helpers := g.helpers()
	for i, t := range g.tables {
		g.makePolicies(t, g.tables[:i])
	}
	g.makeFunctions()
	if g.makeViews(); !owner.views {
		g.views = nil
	}
	g.ddl = g.statements(helpers)
	g.rows = g.refill()
	return g.schema
}

type generator struct {
	*random
	*schema
	named int
}

// fresh is a name that nothing else has.
func (g *generator) fresh(prefix string) string {
	g.named++
	return fmt.Sprintf("%s%d", prefix, g.named)
}

func (g *generator) makeTable(n int) {
	t := &table{name: fmt.Sprintf("t%d", n), force: g.percent(50), owned: g.percent(50)}
	add := func(c *column) *column {
		c.table = t
		t.columns = append(t.columns, c)
		return c
	}
	key := func(c *column) {
		c.notNull, c.isKey = true, true
		t.key = append(t.key, add(c))
	}
	switch form := g.IntN(8); {
	case form == 0 && len(g.tables) >= 2: // a junction
		for _, to := range g.tables[len(g.tables)-2:] {
			r := g.refTo(t, to, add, false)
			for _, c := range r.columns {
				c.notNull, c.isKey = true, true
			}
			t.key = append(t.key, r.columns...)
		}
	case form <= 2:
		key(&column{name: "id", kind: kindOf("i")})
		key(&column{name: "part", kind: kindOf("s")})
	case form == 3:
		key(&column{name: "id", kind: kindOf("u")})
	case form == 4:
		key(&column{name: "id", kind: kindOf("l"), identity: "always"})
	case form == 5:
		key(&column{name: "id", kind: kindOf("i"), identity: "by default"})
	default:
		key(&column{name: "id", kind: kindOf("i")})
	}
	add(g.ownerColumn())
	add(&column{name: "org", kind: kindOf("s"), notNull: g.percent(30), fallback: pick(g.random, []string{"", "'a'", "(auth.jwt() ->> 'org')"})})
	add(&column{name: "rank", kind: kindOf("i"), notNull: g.percent(50), fallback: pick(g.random, []string{"0", "3"})})
	add(&column{name: "flag", kind: kindOf("b"), notNull: g.percent(60), fallback: pick(g.random, []string{"false", "true"})})
	for _, k := range some(g.random, 35, kinds) {
		add(g.plainColumn(k))
	}
	for _, to := range g.tables {
		if g.percent(60) {
			g.refTo(t, to, add, true)
		}
	}
	if len(t.key) == 1 && t.key[0].name == "id" && g.percent(25) {
		g.refTo(t, t, add, true)
	}
	g.tables = append(g.tables, t)
	g.makeGrants(t)
}

func (g *generator) ownerColumn() *column {
	c := &column{name: "owner", kind: kindOf("s"), notNull: g.percent(40)}
	if g.uuidSubs && g.percent(70) {
		c.kind = kindOf("u")
		c.fallback = pick(g.random, []string{"", "auth.uid()"})
	} else {
		c.fallback = pick(g.random, []string{"", "(auth.jwt() ->> 'sub')"})
	}
	return c
}

func (g *generator) plainColumn(k *kind) *column {
	c := &column{name: g.fresh(k.name), kind: k, notNull: g.percent(40)}
	if g.percent(40) || k.name == "a" {
		// An absent list is an empty one, so NULL would look the same.
		v := k.value(g.random)
		c.notNull, c.fallback = c.notNull || k.name == "a", k.literal(v)
	}
	switch {
	case k.name == "i" && g.percent(50):
		c.check = &check{c.name + " between 0 and 15", func(v any) bool { n, ok := v.(int64); return !ok || n >= 0 && n <= 15 }}
	case k.name == "s" && g.percent(50):
		c.check = &check{c.name + " <> 'zz'", func(v any) bool { return v != "zz" }}
	case (k.name == "s" || k.name == "l" || k.name == "y") && g.percent(40):
		c.unique, c.fallback = true, ""
	}
	if c.check != nil && c.fallback != "" {
		c.fallback = k.literal(map[string]any{"i": int64(7), "s": "ok"}[k.name])
	}
	return c
}

func (g *generator) refTo(from, to *table, add func(*column) *column, nullable bool) *ref {
	r := &ref{name: g.fresh("fk"), from: from, to: to}
	nullable = nullable && (from == to || g.percent(70))
	for _, k := range to.key {
		c := add(&column{name: g.fresh("r"), kind: k.kind, notNull: !nullable})
		c.ref = r
		r.columns = append(r.columns, c)
	}
	actions := []string{"", " on delete cascade", " on delete restrict", " deferrable initially deferred", " on delete cascade deferrable initially deferred"}
	if nullable {
		actions = append(actions, " on delete set null")
	}
	r.action = pick(g.random, actions)
	from.refs = append(from.refs, r)
	return r
}

// makeSeeds makes the rows that a table has at first.
func (g *generator) makeSeeds(t *table) {
	taken := map[string]bool{}
	for n := range g.between(6, 22) {
		row := make([]any, len(t.columns))
		var id []string
		fits := true
		for i, c := range t.columns {
			switch {
			case c.ref != nil:
				continue // below
			case c.identity != "":
				row[i] = int64(n + 1)
			default:
				row[i] = g.seedValue(c)
			}
		}
		for _, r := range t.refs {
			values := g.referred(r)
			if values == nil && r.columns[0].notNull {
				fits = false
			}
			for i, c := range r.columns {
				if values != nil {
					row[indexOf(t, c)] = values[i]
				}
			}
		}
		for i, c := range t.columns {
			if c.isKey {
				id = append(id, toJSON(row[i]))
			}
			if c.unique && row[i] != nil && taken[c.name+toJSON(row[i])] {
				fits = false
			}
		}
		if id := strings.Join(id, " "); !fits || taken[id] {
			continue
		} else {
			taken[id] = true
		}
		for i, c := range t.columns {
			if c.unique && row[i] != nil {
				taken[c.name+toJSON(row[i])] = true
			}
		}
		t.seeds = append(t.seeds, row)
	}
}

func indexOf(t *table, c *column) int {
	for i := range t.columns {
		if t.columns[i] == c {
			return i
		}
	}
	return -1
}

// referred is the key of some row that a foreign key may name, nil for none.
func (g *generator) referred(r *ref) []any {
	if len(r.to.seeds) == 0 || !r.columns[0].notNull && g.percent(20) {
		return nil
	}
	row := pick(g.random, r.to.seeds)
	values := make([]any, len(r.to.key))
	for i, c := range r.to.key {
		values[i] = row[indexOf(r.to, c)]
	}
	return values
}

func (g *generator) seedValue(c *column) any {
	if !c.notNull && g.percent(20) {
		return nil
	}
	for {
		if v := g.columnValue(c); c.check == nil || c.check.holds(v) {
			return v
		}
	}
}

// columnValue is a value that suits a column, and the callers' claims.
func (g *generator) columnValue(c *column) any {
	switch {
	case c.name == "owner":
		if c.kind.name == "u" {
			return uuidOf(g.between(1, 4))
		}
		return pick(g.random, g.subs())
	case c.name == "org":
		return pick(g.random, orgs)
	case c.name == "rank":
		return int64(g.IntN(8))
	case c.isKey && c.kind.name == "i":
		return int64(g.between(1, 30))
	case c.isKey && c.kind.name == "u":
		return uuidOf(g.between(1, 30))
	case c.isKey && c.kind.name == "s":
		return pick(g.random, words[:3])
	}
	return c.value(g.random)
}

// makeGrants lets the caller roles at a table, here and there at some columns only.
func (g *generator) makeGrants(t *table) {
	chances := map[string]map[string]int{
		"authenticated": {"select": 96, "insert": 90, "update": 90, "delete": 90},
		"anon":          {"select": 88, "insert": 45, "update": 45, "delete": 40},
	}
	for _, role := range []string{"anon", "authenticated"} {
		for _, privilege := range []string{"select", "insert", "update", "delete"} {
			if !g.percent(chances[role][privilege]) {
				continue
			}
			what := privilege
			if privilege != "delete" && g.percent(12) {
				var granted []*column
				for _, c := range t.columns {
					if c.isKey && g.percent(92) || g.percent(75) {
						granted = append(granted, c)
					}
				}
				if len(granted) == 0 {
					continue
				}
				what += " (" + names(granted) + ")"
			}
			t.grants = append(t.grants, "grant "+what+" on "+t.sql()+" to "+role+";")
		}
	}
}

// statements is the SQL of the whole schema.
func (g *generator) statements(helpers string) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	// Of tables without statistics the planner expects so much that it would
	// compile most queries, for a dozen rows.
	line("do $$ begin execute format('alter database %%I set jit = off', current_database()); end $$;")
	line("create schema private;\ngrant usage on schema private to public;")
	line("grant usage on schema auth, public to %s;", g.owner)
	line("create type public.mood as enum ('%s');", strings.Join(moods, "', '"))
	line("create table private.log (what text, who text);")
	for _, t := range g.tables {
		line("%s", t.create())
	}
	b.WriteString(helpers)
	for _, t := range g.tables {
		line("revoke all on %s from public, anon, authenticated;", t.sql())
		line("alter table %s enable row level security;", t.sql())
		if t.force {
			line("alter table %s force row level security;", t.sql())
		}
		line("%s", strings.Join(t.grants, "\n"))
		line("grant select on %s to %s;", t.sql(), g.owner)
		g.triggers(t, line)
	}
	for _, v := range g.views {
		line("%s", v.createView())
	}
	for _, p := range g.policies {
		line("%s", p.sql())
	}
	for _, f := range g.functions {
		line("%s", f.sql)
	}
	for _, t := range g.tables {
		if t.owned {
			line("alter table %s owner to %s;", t.sql(), g.owner)
		}
	}
	return b.String()
}

// triggers gives a table triggers that change, leave out, refuse and log rows.
func (g *generator) triggers(t *table, line func(string, ...any)) {
	trigger := func(when, body, also string) {
		name := g.fresh("tr")
		line("create function private.%s() returns trigger language plpgsql%s as $$ begin\n  %s\nend $$;", name, also, body)
		line("create trigger %s %s on %s for each row execute function private.%s();", name, when, t.sql(), name)
	}
	if g.percent(20) {
		trigger("before insert or update", "new.org := lower(new.org); return new;", "")
	}
	if g.percent(15) && t.column("owner").kind.name == "s" {
		trigger("before insert", "new.owner := coalesce(auth.jwt() ->> 'sub', current_user); return new;", "")
	}
	if g.percent(15) {
		trigger("before insert or update", "if new.rank = 7 then return null; end if; return new;", "")
	}
	if g.percent(15) {
		trigger("before insert or update or delete", "if tg_op = 'DELETE' then return case when old.rank = 6 then null else old end; end if;\n"+
			"  if new.rank = 6 then raise exception 'six is not allowed'; end if; return new;", "")
	}
	if g.percent(30) {
		trigger("after insert or update or delete", "insert into private.log values (tg_op || ' "+t.name+" ' || coalesce(new."+t.key[0].name+"::text, old."+
			t.key[0].name+"::text), coalesce(auth.jwt() ->> 'sub', auth.jwt() ->> 'role')); return null;", " security definer set search_path = ''")
	}
}
