package protogen_test

import "fmt"

// changes makes statements that change the schema. Some cannot be carried out,
// since what they are about is gone or needed.
func (m *maker) changes() []string {
	m.statements = nil
	for range 25 {
		t := pick(m, m.tables)
		for len(t.columns) == 0 {
			t = pick(m, m.tables)
		}
		c := sqlName(pick(m, t.columns).name)
		switch m.IntN(20) {
		case 0:
			typ := m.anyType()
			m.printf("alter table %s add column %s %s%s", t, sqlName(m.in(t.String())), typ.sql, m.maybe(" not null default "+typ.values[0]))
		case 1:
			m.printf("alter table %s drop column %s cascade", t, c)
		case 2:
			m.printf("alter table %s rename column %s to %s", t, c, sqlName(m.in(t.String())))
		case 3:
			// Under a name that another column has had.
			m.printf("alter table %s drop column %s cascade", t, c)
			m.printf("alter table %s add column %s %s", t, c, m.anyType().sql)
		case 4:
			old, name := t.String(), m.in(t.schema)
			t.name = name
			m.printf("alter table %s rename to %s", old, sqlName(name))
		case 5:
			m.printf("alter table %s alter column %s type text using %[2]s::text", t, c)
		case 6:
			m.printf("alter table %s alter column %s %s not null", t, c, pick(m, []string{"set", "drop"}))
		case 7:
			m.printf("alter table %s alter column %s %s", t, c, pick(m, []string{"drop default", "set default null", "add generated always as identity"}))
		case 8:
			m.printf(`do $$ declare n text; begin
				select conname into strict n from pg_constraint where conrelid = %s::regclass order by conname limit 1;
				execute format('alter table %%s drop constraint %%I cascade', %[1]s::regclass, n);
			end $$`, sqlText(t.String()))
		case 9:
			m.printf("alter table %s add primary key (%s)", t, c)
		case 10:
			m.printf("alter table %s add unique (%s)", t, c)
		case 11:
			m.printf("drop table %s cascade", t)
		case 12:
			m.foreignKey()
		case 13:
			m.junction()
			m.table()
		case 14:
			m.view()
			m.function()
		case 15:
			m.grants(t)
			m.policies(t)
		case 16:
			m.comment("table " + t.String())
			m.comment(fmt.Sprintf("column %s.%s", t, c))
			m.printf("alter table %s %s row level security", t, pick(m, []string{"enable", "disable"}))
		case 17:
			m.printf(`do $$ declare f regprocedure; begin
				select oid into strict f from pg_proc where pronamespace = %s::regnamespace order by proname limit 1 offset %d;
				execute 'drop function ' || f;
			end $$`, sqlText(sqlName(pick(m, m.schemas))), m.IntN(5))
		default:
			m.changeType(t.schema)
		}
	}
	return m.statements
}

// changeType changes an enum or a composite type of a schema.
func (m *maker) changeType(schema string) {
	pickType := func(kind, do string) {
		m.printf(`do $$ declare t regtype; l text; begin
			select y.oid into strict t from pg_type y left join pg_class c on c.oid = y.typrelid
			where y.typnamespace = %s::regnamespace and y.typtype = '%s' and (c.oid is null or c.relkind = 'c') order by y.typname limit 1 offset %d;
			%s
		end $$`, sqlText(sqlName(schema)), kind, m.IntN(3), do)
	}
	label := "select enumlabel into strict l from pg_enum where enumtypid = t order by enumsortorder limit 1; "
	attribute := "select quote_ident(attname) into strict l from pg_attribute where attrelid = (select typrelid from pg_type where oid = t) and attnum > 0 and not attisdropped order by attnum limit 1; "
	name := sqlName(m.in("types of " + schema))
	switch m.IntN(7) {
	case 0:
		pickType("e", label+fmt.Sprintf("execute format('alter type %%s add value %%L before %%L', t, %s, l);", sqlText(pick(m, oddLabels)+"?")))
	case 1:
		pickType("e", label+fmt.Sprintf("execute format('alter type %%s rename value %%L to %%L', t, l, %s);", sqlText("was "+fmt.Sprint(m.IntN(99)))))
	case 2:
		pickType("e", fmt.Sprintf("execute format('alter type %%s rename to %%s', t, %s);", sqlText(sqlName(m.in(schema)))))
	case 3:
		pickType("c", fmt.Sprintf("execute format('alter type %%s add attribute %%s %%s cascade', t, %s, %s);", sqlText(name), sqlText(m.anyType().sql)))
	case 4:
		pickType("c", attribute+"execute format('alter type %s drop attribute %s cascade', t, l);")
	case 5:
		pickType("c", attribute+fmt.Sprintf("execute format('alter type %%s rename attribute %%s to %%s cascade', t, l, %s);", sqlText(name)))
	default:
		pickType(pick(m, []string{"e", "c", "r", "d"}), "execute format('drop type %s cascade', t);")
	}
}
