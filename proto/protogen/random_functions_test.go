package protogen_test

import (
	"fmt"
	"strings"
)

// function makes a function of any signature. None of them is called.
func (m *maker) function() {
	schema := pick(m, m.schemas)
	name := m.in("functions of " + schema)
	for range 1 + m.IntN(3)/2 {
		q := m.qualified(schema, name)
		scope := fmt.Sprintf("%s %d", q, len(m.statements))
		var arguments []string
		outs, defaults := 0, false
		for range m.IntN(5) {
			t := m.anyType()
			mode := pick(m, []string{"", "", "in ", "out ", "inout "})
			arg := mode
			if m.IntN(5) > 0 {
				arg += sqlName(m.in(scope)) + " "
			}
			arg += t.sql
			if strings.HasSuffix(mode, "out ") {
				outs++
			}
			if mode != "out " && (defaults || m.IntN(4) == 0) {
				defaults = true
				arg += " default " + t.values[0]
			}
			arguments = append(arguments, arg)
		}
		if !defaults && outs == 0 && m.IntN(5) == 0 {
			arguments = append(arguments, "variadic "+sqlName(m.in(scope))+" "+pick(m, []string{"text[]", "integer[]", `"any"`, "anyarray"}))
		}
		returns := ""
		if outs == 0 {
			table := pick(m, m.tables)
			returns = "returns " + pick(m, []string{
				"void", m.anyType().sql, m.anyType().sql, "setof " + m.anyType().sql, table.String(), "setof " + table.String(), "record", "trigger", "anyelement",
				fmt.Sprintf("table (%s %s, %s %s)", sqlName(m.in(scope)), m.anyType().sql, sqlName(m.in(scope)), m.anyType().sql),
			})
			if returns == "returns trigger" {
				arguments = nil
			}
			if returns == "returns anyelement" {
				arguments = []string{"anyelement"}
			}
			if i := len(arguments) - 1; i >= 0 && strings.HasSuffix(arguments[i], `"any"`) {
				arguments = arguments[:i]
			}
		} else if m.IntN(3) == 0 {
			returns = "returns setof record"
			if outs == 1 {
				returns = ""
			}
		}
		// Two of one name and the same types are one; later ones take its place
		// where they can.
		m.printf(`do $do$ begin create function %s(%s) %s language plpgsql %s%s%s as $$ begin raise 'not called'; end $$;
		exception when duplicate_function then null; end $do$`, q, strings.Join(arguments, ", "), returns,
			pick(m, []string{"volatile", "stable", "immutable"}), m.maybe(" strict"), m.maybe(" security definer"))
	}
}
