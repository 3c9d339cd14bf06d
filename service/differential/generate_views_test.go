package differential_test

import (
	"fmt"
	"slices"
	"strings"
)

// makeViews makes views that hold whoever asks to the policies of their tables.
func (g *generator) makeViews() {
	for i, of := range g.tables {
		if !g.percent(35) || slices.ContainsFunc(of.key, func(c *column) bool { return c.ref != nil || c.identity == "always" }) {
			continue
		}
		v := &table{name: fmt.Sprintf("v%d", i+1), of: of, checked: g.percent(40)}
		for _, c := range of.columns {
			isKey := slices.Contains(of.key, c)
			if c.ref != nil || !isKey && !g.percent(75) && c.name != "owner" && c.name != "org" && c.name != "rank" && c.name != "flag" {
				continue
			}
			// What a column of a view may be, its table alone knows.
			copied := &column{name: c.name, kind: c.kind, table: v, fixed: isKey || c.unique}
			v.columns = append(v.columns, copied)
			if isKey {
				v.key = append(v.key, copied)
			}
		}
		for _, row := range of.seeds {
			seed := make([]any, len(v.columns))
			for j, c := range v.columns {
				seed[j] = row[indexOf(of, of.column(c.name))]
			}
			v.seeds = append(v.seeds, seed)
		}
		g.views = append(g.views, v)
		g.makeGrants(v)
	}
}

// createView is the SQL of a view.
func (t *table) createView() string {
	check := ""
	if t.checked {
		check = " with local check option"
	}
	return fmt.Sprintf("create view %s with (security_invoker = true) as select %s from %s where rank < 6%s;\nrevoke all on %s from public, anon, authenticated;\n%s",
		t.sql(), names(t.columns), t.of.sql(), check, t.sql(), strings.Join(t.grants, "\n"))
}

// relations are all that callers may reach.
func (s *schema) relations() []*table { return append(slices.Clone(s.tables), s.views...) }
