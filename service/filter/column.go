package filter

import (
	"strings"

	"github.com/rowgate/rowgate/store/query"
	"github.com/rowgate/rowgate/store/wire"
)

// plan is how a column's values are written: of an array its elements', of a
// range its bounds'.
type plan struct {
	class class
	of    *values
	err   error
}

// values plans a column once.
func (c *Column) values() *plan {
	c.once.Do(func() {
		t := c.Type
		c.plan.class = classOf(&t)
		for t.Elem != nil && (t.Kind == wire.Array || t.Kind == wire.Range || t.Kind == wire.Multirange) {
			t = *t.Elem
		}
		c.plan.of, c.plan.err = newValues(t, c.Field)
	})
	return &c.plan
}

// json is a JSON column's value as jsonb, which alone has operators.
func (c *Column) json(at query.Alias) query.Operand {
	if c.Type.OID == oidJSON {
		return query.Cast{Of: c.Operand(at), Type: jsonbType}
	}
	return c.Operand(at)
}

// text is a text column's value as an operand of the operators of type text.
func (c *Column) text(at query.Alias) query.Operand {
	switch c.Type.OID {
	case oidText, oidVarchar, oidBpchar, oidName:
		return c.Operand(at)
	}
	return query.Cast{Of: c.Operand(at), Type: textType}
}

// schema is where an extension's type has its operators: its own schema, which
// its name begins with, as it is written where no search path finds it.
func (c *Column) schema() string {
	name := c.Type.Name
	if i := strings.LastIndexByte(name, '.'); i > 0 {
		name = name[:i]
	}
	if quoted, ok := strings.CutPrefix(name, `"`); ok {
		return strings.ReplaceAll(strings.TrimSuffix(quoted, `"`), `""`, `"`)
	}
	return name
}
