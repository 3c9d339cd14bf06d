package protogen_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// maker writes the SQL of a random schema.
type maker struct {
	*namer
	statements []string
	schemas    []string
	types      []sqlType
	tables     []*madeTable
}

// madeTable is a table of a random schema.
type madeTable struct {
	schema, name string
	columns      []*madeColumn
	// keys are the columns that a foreign key may refer to.
	keys        [][]*madeColumn
	partitioned bool
}

type madeColumn struct {
	name    string
	typ     sqlType
	notNull bool
	// computed columns take no value.
	computed bool
	// null is the row that is NULL, or -1.
	null int
}

func (t *madeTable) String() string { return sqlName(t.schema) + "." + sqlName(t.name) }

func quoted(columns []*madeColumn) string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = sqlName(c.name)
	}
	return strings.Join(names, ", ")
}

// randomSchema makes the statements for a seed. available are the extensions.
func randomSchema(seed uint64, available []string) *maker {
	m := &maker{namer: &namer{rand.New(rand.NewPCG(seed, 1)), map[string]bool{}}}
	m.schemas = []string{"public", m.in("schema")}
	if m.IntN(2) == 0 {
		slices.Reverse(m.schemas)
	}
	for _, s := range m.schemas {
		m.printf("create schema if not exists %s", sqlName(s))
		m.printf("grant usage on schema %s to anon, authenticated", sqlName(s))
	}
	m.types = append(m.types, builtIn...)
	for _, e := range available {
		m.types = append(m.types, extensionTypes[e])
	}
	for range 2 + m.IntN(3) {
		m.enum()
		m.domain()
		m.composite()
		m.rangeType()
		m.domain()
	}
	for range 5 + m.IntN(6) {
		m.table()
	}
	for range 4 + m.IntN(5) {
		m.foreignKey()
	}
	for range m.IntN(3) {
		m.junction()
	}
	for range 2 + m.IntN(3) {
		m.view()
	}
	m.printf("begin") // Foreign keys are held against the rows at the commit.
	for _, t := range m.tables {
		m.rows(t)
	}
	m.printf("commit")
	for range 8 + m.IntN(8) {
		m.function()
	}
	return m
}

func (m *maker) printf(format string, args ...any) {
	m.statements = append(m.statements, fmt.Sprintf(format, args...))
}

func (m *maker) maybe(s string) string {
	if m.IntN(2) == 0 {
		return s
	}
	return ""
}

func pick[T any](m *maker, of []T) T { return of[m.IntN(len(of))] }

// named makes a name for a relation or a type, which share a space of names.
func (m *maker) named() (schema, name string) {
	schema = pick(m, m.schemas)
	return schema, m.in(schema)
}

func (m *maker) qualified(schema, name string) string { return sqlName(schema) + "." + sqlName(name) }

func (m *maker) comment(on string) {
	if m.IntN(3) == 0 {
		m.printf("comment on %s is %s", on, sqlText(pick(m, oddComments)))
	}
}

var oddLabels = []string{
	"", "+", "-", "Good", "good", "GOOD", "so so", "so_so", "it's", "unspecified", "UNSPECIFIED", "1", "2", "1st", "名", "имя", "😀", " ", "a.b", "null",
	`"`, `\`, "new\nline", strings.Repeat("l", 63), "reserved", "max", "x", "x1", "TRUE", "open",
}

func (m *maker) enum() {
	schema, name := m.named()
	labels := map[string]bool{}
	var list, values []string
	for range 2 + m.IntN(6) {
		l := pick(m, oddLabels)
		if labels[l] {
			continue
		}
		labels[l] = true
		list = append(list, sqlText(l))
	}
	q := m.qualified(schema, name)
	m.printf("create type %s as enum (%s)", q, strings.Join(list, ", "))
	m.comment("type " + q)
	for _, l := range list {
		values = append(values, l+"::"+q)
	}
	m.types = append(m.types, sqlType{sql: q, values: values, key: len(values) > 1, enum: true})
}

func (m *maker) domain() {
	schema, name := m.named()
	base := pick(m, m.types)
	q := m.qualified(schema, name)
	t := sqlType{sql: q, key: base.key, check: base.check, notNull: base.notNull, unreferred: base.unreferred || base.enum}
	if m.IntN(4) == 0 {
		base = arrayOf(base)
		t = sqlType{sql: q, key: base.key, unreferred: true}
	}
	var more string
	if m.IntN(5) == 0 {
		more, t.notNull = " not null", true
	}
	if m.IntN(5) == 0 {
		more += " default " + base.values[0]
	}
	check := m.check("value", base)
	t.notNull = t.notNull || strings.Contains(check, "is not null")
	more += check
	m.printf("create domain %s as %s%s", q, base.sql, more)
	m.comment("domain " + q)
	for _, v := range base.values {
		t.values = append(t.values, fmt.Sprintf("(%s)::%s", v, q))
	}
	m.types = append(m.types, t)
}

// check is a CHECK that the type's values meet.
func (m *maker) check(name string, t sqlType) string {
	var forms []string
	switch t.check {
	case "number":
		forms = []string{
			"%s > 0", "%s >= 1", "%s <> 0", "%s between 0 and 1e305", "%s > 0 or %[1]s < -5", "not (%s < 0)",
			"%s is not null and %[1]s >= 0", "%s >= 0 and %[1]s >= 1 and %[1]s > -3", "%s >= 1.5 or true", "0 < %s",
		}
	case "text":
		forms = []string{
			"length(%s) >= 1", "char_length(%s) between 1 and 9", "length(%s) < 10 and length(%[1]s) > 1", "%s <> ''", "%s in ('one', 'two', 'it''s', 'a, b')",
			"%s ~ '^[a-z ]+$'", "%s = any (array['one', 'two'])", "length(%s) > 0 and %[1]s <> ' and '", "%s not in ('three')", "length(%s) = 3",
		}
	}
	if len(forms) == 0 || m.IntN(2) == 0 {
		return ""
	}
	return " check (" + fmt.Sprintf(pick(m, forms), name) + ")"
}

func (m *maker) composite() {
	schema, name := m.named()
	q := m.qualified(schema, name)
	var attributes, values []string
	for i := range 1 + m.IntN(4) {
		t := m.anyType()
		a := sqlName(m.in(q))
		attributes = append(attributes, a+" "+t.sql)
		for n := range 2 {
			v := t.values[n%len(t.values)]
			if n == 1 && i > 0 && !t.notNull && m.IntN(3) == 0 {
				v = "null"
			}
			values = append(values, v)
		}
	}
	m.printf("create type %s as (%s)", q, strings.Join(attributes, ", "))
	m.comment("type " + q)
	t := sqlType{sql: q}
	for n := range 2 {
		var row []string
		for i := n; i < len(values); i += 2 {
			row = append(row, values[i])
		}
		t.values = append(t.values, fmt.Sprintf("row(%s)::%s", strings.Join(row, ", "), q))
	}
	m.types = append(m.types, t)
}

func (m *maker) rangeType() {
	schema, name := m.named()
	multi := m.in(schema)
	q, qm := m.qualified(schema, name), m.qualified(schema, multi)
	var sub sqlType
	for sub = pick(m, m.types); !sub.key || strings.HasSuffix(sub.sql, "[]"); {
		sub = pick(m, m.types)
	}
	m.printf("create type %s as range (subtype = %s, multirange_type_name = %s)", q, sub.sql, qm)
	low, high := fmt.Sprintf("least(%s, %s)", sub.values[0], sub.values[1]), fmt.Sprintf("greatest(%[1]s, %[2]s)", sub.values[0], sub.values[1])
	full := fmt.Sprintf("%s(%s, %s)", q, low, high)
	m.types = append(m.types,
		sqlType{sql: q, values: []string{full, "'empty'::" + q}, key: true},
		sqlType{sql: qm, values: []string{fmt.Sprintf("%s(%s)", qm, full), "'{}'::" + qm}, key: true})
}

func (m *maker) anyType() sqlType {
	t := pick(m, m.types)
	if m.IntN(3) == 0 {
		// What the schema has made itself comes up more often.
		t = m.types[len(m.types)-1-m.IntN(min(12, len(m.types)))]
	}
	if m.IntN(5) == 0 && !strings.HasSuffix(t.sql, "[]") {
		return arrayOf(t)
	}
	return t
}

func (m *maker) keyType() sqlType {
	for {
		if t := m.anyType(); t.key && len(t.values) > 1 {
			return t
		}
	}
}

func (m *maker) table() {
	schema, name := m.named()
	t := &madeTable{schema: schema, name: name}
	partitioned := m.IntN(8) == 0
	var parts, after []string
	keyed := m.IntN(5)
	for i := range 1 + m.IntN(9) {
		c := &madeColumn{name: m.in(t.String()), typ: m.anyType(), null: -1}
		isKey := keyed > 0 && i < keyed/2+1 && i < 3
		if isKey {
			c.typ = m.keyType()
		}
		line := sqlName(c.name) + " " + c.typ.sql
		switch {
		case isKey || m.IntN(3) == 0:
			line, c.notNull = line+" not null", true
		case !c.typ.notNull && m.IntN(2) == 0:
			c.null = m.IntN(2)
		}
		if c.typ.sql == "integer" || c.typ.sql == "bigint" || c.typ.sql == "smallint" {
			switch m.IntN(6) {
			case 0:
				if !partitioned {
					line, c.notNull, c.null = line+" generated always as identity", true, -1
				}
			case 1:
				if !partitioned {
					line, c.notNull, c.null = line+" generated by default as identity", true, -1
				}
			case 2:
				line += " default " + c.typ.values[0]
			}
		} else if m.IntN(5) == 0 {
			line += " default " + c.typ.values[0]
		}
		check := m.check(sqlName(c.name), c.typ)
		if strings.Contains(check, "is not null") {
			c.null = -1
		}
		parts = append(parts, line+check)
		t.columns = append(t.columns, c)
		if isKey {
			if t.keys == nil {
				t.keys = [][]*madeColumn{nil}
			}
			t.keys[0] = append(t.keys[0], c)
		}
	}
	if first := t.columns[0]; m.IntN(5) == 0 && !partitioned && !strings.Contains(first.typ.sql, "citext") {
		c := &madeColumn{name: m.in(t.String()), typ: first.typ, computed: true, null: -1}
		parts = append(parts, fmt.Sprintf("%s %s generated always as (%s) stored", sqlName(c.name), c.typ.sql, sqlName(first.name)))
		t.columns = append(t.columns, c)
	}
	if t.keys != nil {
		kind := "primary key"
		if keyed == 4 {
			kind = "unique"
		}
		parts = append(parts, fmt.Sprintf("%s (%s)", kind, quoted(t.keys[0])))
	}
	by := ""
	if partitioned {
		on := t.columns[0]
		if t.keys != nil {
			on = t.keys[0][0]
		}
		if on.typ.key {
			t.partitioned = true
			by = fmt.Sprintf(" partition by range (%s)", sqlName(on.name))
			after = append(after, fmt.Sprintf("create table %s partition of %s default", m.qualified(schema, m.in(schema)), t))
		}
	}
	m.printf("create table %s (%s)%s", t, strings.Join(parts, ", "), by)
	for _, sql := range after {
		m.printf("%s", sql)
	}
	m.tables = append(m.tables, t)
	m.comment("table " + t.String())
	for _, c := range t.columns {
		m.comment(fmt.Sprintf("column %s.%s", t, sqlName(c.name)))
	}
	m.grants(t)
	m.policies(t)
}

// foreignKey gives a table columns that refer to a key of one, perhaps its own.
func (m *maker) foreignKey() {
	from, to := pick(m, m.tables), pick(m, m.tables)
	if m.IntN(2) == 0 && len(m.tables) > 1 {
		// Some tables have several to one other.
		from, to = m.tables[0], m.tables[1]
	}
	if len(to.keys) == 0 {
		return
	}
	m.refer(from, to)
}

func (m *maker) refer(from, to *madeTable) []*madeColumn {
	key := pick(m, to.keys)
	if slices.ContainsFunc(key, func(c *madeColumn) bool { return c.typ.unreferred }) {
		return nil
	}
	var columns []*madeColumn
	for _, k := range key {
		c := &madeColumn{name: m.in(from.String()), typ: k.typ, null: -1}
		m.printf("alter table %s add column %s %s", from, sqlName(c.name), c.typ.sql)
		columns = append(columns, c)
	}
	from.columns = append(from.columns, columns...)
	if m.IntN(4) == 0 && !from.partitioned {
		m.printf("alter table %s add unique (%s)", from, quoted(columns))
		for _, c := range columns {
			m.printf("alter table %s alter %s set not null", from, sqlName(c.name))
		}
	}
	m.printf("alter table %s add constraint %s foreign key (%s) references %s (%s) deferrable initially deferred",
		from, sqlName(m.in("constraint of "+from.String())), quoted(columns), to, quoted(key))
	return columns
}

// junction makes a table whose key is made of two foreign keys.
func (m *maker) junction() {
	a, b := pick(m, m.tables), pick(m, m.tables)
	if len(a.keys) == 0 || len(b.keys) == 0 {
		return
	}
	schema, name := m.named()
	t := &madeTable{schema: schema, name: name}
	m.printf("create table %s ()", t)
	if columns := append(m.refer(t, a), m.refer(t, b)...); len(columns) > 0 {
		m.printf("alter table %s add primary key (%s)", t, quoted(columns))
	}
	m.grants(t)
	m.tables = append(m.tables, t)
}

func (m *maker) grants(t *madeTable) {
	var columns []string
	for _, c := range t.columns {
		if m.IntN(2) == 0 {
			columns = append(columns, sqlName(c.name))
		}
	}
	some := strings.Join(columns, ", ")
	role := pick(m, []string{"anon", "authenticated", "anon, authenticated"})
	if t.schema != "public" || m.IntN(2) == 0 {
		m.printf("revoke all on %s from anon, authenticated", t)
		switch n := m.IntN(8); {
		case n < 4:
			m.printf("grant %s on %s to %s", pick(m, []string{"select", "all", "select, insert", "select, update", "insert"}), t, role)
		case n < 7 && some != "":
			m.printf("grant select on %s to authenticated", t)
			m.printf("grant insert (%s), update (%s) on %s to %s", some, columns[0], t, role)
		case some != "":
			m.printf("grant select (%s) on %s to %s", some, t, role)
		}
	}
}

func (m *maker) policies(t *madeTable) {
	if m.IntN(2) == 0 {
		return
	}
	m.printf("alter table %s enable row level security", t)
	for range m.IntN(4) {
		name := sqlName(m.in("policy of " + t.String()))
		as := pick(m, []string{"", "", " as restrictive"})
		command := pick(m, []string{" for select", " for all", "", " for insert", " for update", " for delete"})
		to := pick(m, []string{"", " to anon", " to authenticated, anon"})
		using, check := " using ("+m.condition(t)+")", ""
		switch command {
		case " for insert":
			using, check = "", " with check ("+m.condition(t)+")"
		case " for update", "":
			check = m.maybe(" with check (true)")
		}
		m.printf("create policy %s on %s%s%s%s%s%s", name, t, as, command, to, using, check)
		m.comment(fmt.Sprintf("policy %s on %s", name, t))
	}
}

func (m *maker) condition(t *madeTable) string {
	c := sqlName(pick(m, t.columns).name)
	return pick(m, []string{
		"true", "(select auth.uid()) is null or true", c + " is not null", "coalesce(" + c + "::text <> '" + `it''s -- not /* this */ "` + "', true)",
		"exists (select from pg_catalog.pg_class where relname = '\nPolicies:\n')", "false",
	})
}

func (m *maker) view() {
	t := pick(m, m.tables)
	schema, name := m.named()
	q := m.qualified(schema, name)
	var columns []string
	for _, c := range t.columns {
		if m.IntN(3) > 0 {
			columns = append(columns, sqlName(c.name))
		}
	}
	if m.IntN(3) == 0 || len(columns) == 0 {
		columns = append(columns, "count(*) over ()", "1 as "+sqlName(m.in(t.String())), "'x' as "+sqlName(m.in(t.String())))
	}
	kind := pick(m, []string{"view", "view", "materialized view"})
	with := ""
	if kind == "view" {
		with = m.maybe(" with (security_invoker = true)")
	}
	m.printf("create %s %s%s as select %s from %s", kind, q, with, strings.Join(columns, ", "), t)
	m.comment(kind + " " + q)
	m.printf("grant select on %s to %s", q, pick(m, []string{"anon", "authenticated", "anon, authenticated"}))
}

// rows puts two rows into a table: each column has its type's value of that
// number, so that foreign keys meet what they refer to.
func (m *maker) rows(t *madeTable) {
	for n := range 2 {
		var columns, values []string
		for _, c := range t.columns {
			if c.computed {
				continue
			}
			columns = append(columns, sqlName(c.name))
			if c.null == n {
				values = append(values, "null")
			} else {
				values = append(values, c.typ.values[n%len(c.typ.values)])
			}
		}
		if len(columns) == 0 {
			return
		}
		m.printf("insert into %s (%s) overriding system value values (%s)", t, strings.Join(columns, ", "), strings.Join(values, ", "))
	}
}
