package differential_test

import (
	"fmt"
	"strings"
)

// makeFunctions makes functions that callers may reach, as themselves and as
// the function's owner.
func (g *generator) makeFunctions() {
	integer, text := kindOf("i"), kindOf("s")
	add := func(f *function, arguments []argument, returns, language, volatility, body string, definer bool) {
		f.name, f.arguments = g.fresh("f"), arguments
		var declared, types []string
		for _, a := range arguments {
			declared = append(declared, a.name+" "+a.sql)
			types = append(types, a.sql)
		}
		also := ""
		if definer {
			also = " security definer set search_path = ''"
		}
		signature := fmt.Sprintf("public.%s(%s)", f.name, strings.Join(types, ", "))
		f.sql = fmt.Sprintf("create function public.%s(%s) returns %s language %s %s%s as $$ %s $$;\n", f.name, strings.Join(declared, ", "), returns, language, volatility, also, body)
		f.sql += fmt.Sprintf("revoke all on function %s from public, anon, authenticated;\n", signature)
		f.sql += fmt.Sprintf("grant execute on function %s to %s;\n", signature, pick(g.random, []string{"authenticated", "authenticated, anon", "authenticated, anon"}))
		if definer && g.percent(60) {
			f.sql += fmt.Sprintf("alter function %s owner to %s;\n", signature, g.owner)
		}
		g.functions = append(g.functions, f)
	}
	add(&function{}, []argument{{"name", text}}, "text", "sql", "stable", "select current_user || ' ' || coalesce(auth.jwt() ->> name, '-')", false)
	for _, t := range g.tables {
		low := []argument{{"low", integer}}
		if g.percent(60) {
			add(&function{of: t}, low, "setof "+t.sql(), "sql", "stable", "select * from "+t.sql()+" where rank >= low", g.percent(40))
		}
		if g.percent(40) {
			add(&function{}, low, "bigint", "sql", "stable", "select count(*) from "+t.sql()+" where rank >= low", g.percent(40))
		}
		if g.percent(50) {
			add(&function{writes: true}, low, "bigint", "plpgsql", "volatile",
				"declare n bigint; begin update "+t.sql()+" set flag = not flag where rank = low; get diagnostics n = row_count; return n; end", g.percent(30))
		}
		if g.percent(30) {
			add(&function{writes: true}, low, "bigint", "plpgsql", "volatile",
				"declare n bigint; begin delete from "+t.sql()+" where rank = low and flag; get diagnostics n = row_count; return n; end", false)
		}
	}
}
