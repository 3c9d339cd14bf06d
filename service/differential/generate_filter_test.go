package differential_test

import (
	"fmt"
	"slices"
	"strings"
)

// condition is a filter: as AIP-160 has it and as SQL on an alias. The zero
// condition holds for every row.
type condition struct {
	text string
	sql  func(at string) string
}

func (c condition) where(at string) string {
	if c.text == "" {
		return "true"
	}
	return c.sql(at)
}

// filter draws a filter, of up to so many levels.
func (g *generator) filter(t *table, depth int) condition {
	if depth == 0 || g.percent(50) {
		return g.comparison(t, true)
	}
	a, b := g.filter(t, depth-1), g.filter(t, depth-1)
	switch g.IntN(3) {
	case 0:
		return condition{"(" + a.text + ") AND (" + b.text + ")", func(at string) string { return "(" + a.sql(at) + ") and (" + b.sql(at) + ")" }}
	case 1:
		return condition{"(" + a.text + ") OR (" + b.text + ")", func(at string) string { return "(" + a.sql(at) + ") or (" + b.sql(at) + ")" }}
	}
	return condition{"NOT (" + a.text + ")", func(at string) string { return "not (" + a.sql(at) + ")" }}
}

// comparison draws one comparison, within a relation at times.
func (g *generator) comparison(t *table, related bool) condition {
	if related && len(t.related) > 0 && g.percent(25) {
		if rel := pick(g.random, t.related); rel.to.message != nil {
			return g.within(rel)
		}
	}
	if g.percent(30) {
		// Of the columns that policies are about, and of the key.
		wanted := []string{"owner", "org", "rank", "flag", "id"}
		if c := t.column(pick(g.random, wanted)); c != nil && slices.Contains(t.exposed, c) {
			return g.compare(c)
		}
	}
	return g.compare(pick(g.random, t.exposed))
}

// within is a condition on the rows of a relation.
func (g *generator) within(rel *relation) condition {
	exists := func(where func(b string) string) func(at string) string {
		return func(at string) string {
			b := at + "x"
			return fmt.Sprintf("exists (select from %s %s where %s and (%s))", rel.to.sql(), b, rel.on(at, b), where(b))
		}
	}
	if g.percent(40) {
		return condition{rel.name + ":*", exists(func(string) string { return "true" })}
	}
	for {
		c := pick(g.random, rel.to.exposed)
		inner := g.compare(c)
		// About a NULL of a relation there is a rule of its own.
		if strings.HasPrefix(inner.text, c.name) && !strings.Contains(inner.text, "null") && !strings.HasSuffix(inner.text, ":*") {
			return condition{rel.name + "." + inner.text, exists(inner.sql)}
		}
	}
}

// compare compares a column with something.
func (g *generator) compare(c *column) condition {
	on := func(text, sql string) condition {
		return condition{text, func(at string) string { return strings.ReplaceAll(sql, "§", at+"."+c.name) }}
	}
	if g.percent(10) && c.compared != "a" {
		return pick(g.random, []condition{
			on(c.name+" = null", "§ is null"), on(c.name+" != null", "§ is not null"), on(c.name+":*", "§ is not null"),
		})
	}
	v := g.columnValue(c)
	switch op := pick(g.random, strings.Split(c.compared, "")); op {
	case "a":
		x := pick(g.random, words)
		return pick(g.random, []condition{
			on(c.name+":"+g.text(x), "§ @> array["+quote(x)+"]"),
			on("isEmpty("+c.name+")", "cardinality(§) = 0"),
			on("overlaps("+c.name+", "+g.text(x)+", \"a\")", "§ && array["+quote(x)+", 'a']"),
		})
	case "j":
		key := pick(g.random, []string{"a", "b", "c"})
		return pick(g.random, []condition{
			on(c.name+"."+key+" = 1", "§ -> '"+key+"' = '1'"),
			on(c.name+"."+key+" != \"x\"", "§ -> '"+key+"' <> '\"x\"'"),
			on(c.name+":"+g.text(key), "§ ? '"+key+"'"),
		})
	case "*":
		return on(c.name+` = "a*"`, "§ like 'a%'")
	case ":":
		return on(c.name+`:"B"`, "§ ilike '%b%'")
	case "=":
		if g.percent(30) && c.kind.name != "b" {
			w := g.columnValue(c)
			return on(fmt.Sprintf("in(%s, %s, %s)", c.name, g.filterValue(c, v), g.filterValue(c, w)), "§ in ("+c.literal(v)+", "+c.literal(w)+")")
		}
		return on(c.name+" = "+g.filterValue(c, v), "§ = "+c.literal(v))
	case "!":
		return on(c.name+" != "+g.filterValue(c, v), "§ <> "+c.literal(v))
	default:
		op += pick(g.random, []string{"", "="})
		return on(c.name+" "+op+" "+g.filterValue(c, v), "§ "+op+" "+c.literal(v))
	}
}

// filterValue writes a value as filters have it.
func (g *generator) filterValue(c *column, v any) string {
	if text, ok := v.(string); ok && c.kind.name != "n" && c.kind.name != "t" && c.kind.name != "y" {
		return g.text(text)
	}
	return fmt.Sprint(v)
}

func (g *generator) text(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, `*`, `\*`).Replace(text) + `"`
}
