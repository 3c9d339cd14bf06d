package differential_test

import (
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// schema is a database that the generator made up.
type schema struct {
	seed      uint64
	owner     string // a role that is no superuser and owns some of the tables
	uuidSubs  bool   // every caller's sub is a uuid, so that auth.uid() never fails
	lenient   bool   // users may write most rows
	tables    []*table
	views     []*table
	functions []*function
	callers   []*caller
	policies  []*policy
	// ddl makes it, and rows fills it.
	ddl, rows string
	// transact is bound from the contract, nil when there is none.
	transact protoreflect.MethodDescriptor
}

type table struct {
	name    string
	columns []*column
	key     []*column
	refs    []*ref
	force   bool
	owned   bool // by schema.owner
	grants  []string
	seeds   [][]any // the rows at first, by column
	// of is the table of a view, which is checked with a CHECK OPTION or not.
	of      *table
	checked bool

	// What the contract has of it.
	message protoreflect.MessageDescriptor
	exposed []*column
	related []*relation
	methods map[string]protoreflect.MethodDescriptor
}

type column struct {
	name string
	*kind
	table    *table
	notNull  bool
	fallback string // DEFAULT; "" for none
	identity string // "always", "by default" or ""
	unique   bool
	check    *check
	isKey    bool
	fixed    bool // not to be changed by a view, which knows no key
	ref      *ref

	field             protoreflect.FieldDescriptor
	output, immutable bool
}

type check struct {
	sql   string
	holds func(v any) bool
}

// ref is a foreign key.
type ref struct {
	name     string
	from, to *table
	columns  []*column // beside to.key
	action   string
}

// relation is a field of a message that holds rows by foreign keys.
type relation struct {
	name string
	to   *table
	many bool
	// on writes the condition that ties a row of the alias b, of to, to one of a.
	on func(a, b string) string
}

// function is a SQL function that callers may reach.
type function struct {
	name string
	sql  string
	// arguments are random values and their literals.
	arguments []argument
	of        *table // the relation whose rows a set is of
	writes    bool

	method protoreflect.MethodDescriptor
}

type argument struct {
	name string
	*kind
}

type policy struct {
	table                *table
	name, command, roles string
	restrictive          bool
	using, check         string
}

func (p *policy) sql() string {
	text := "create policy " + p.name + " on " + p.table.sql()
	if p.restrictive {
		text += " as restrictive"
	}
	text += " for " + p.command + " to " + p.roles
	if p.using != "" {
		text += "\n  using (" + p.using + ")"
	}
	if p.check != "" {
		text += "\n  with check (" + p.check + ")"
	}
	return text + ";"
}

func (t *table) sql() string { return "public." + t.name }

func (t *table) column(name string) *column {
	for _, c := range t.columns {
		if c.name == name {
			return c
		}
	}
	return nil
}

// selfReferring says that a foreign key of the table leads to itself.
func (t *table) selfReferring() bool {
	return slices.ContainsFunc(t.refs, func(r *ref) bool { return r.to == t })
}

func (c *column) definition() string {
	text := c.name + " " + c.sql
	if c.identity != "" {
		text += " generated " + c.identity + " as identity"
	}
	if c.notNull {
		text += " not null"
	}
	if c.fallback != "" {
		text += " default " + c.fallback
	}
	if c.unique {
		text += " unique"
	}
	if c.check != nil {
		text += " check (" + c.check.sql + ")"
	}
	return text
}

func (t *table) create() string {
	var parts []string
	for _, c := range t.columns {
		parts = append(parts, c.definition())
	}
	parts = append(parts, "primary key ("+names(t.key)+")")
	for _, r := range t.refs {
		parts = append(parts, fmt.Sprintf("constraint %s foreign key (%s) references %s (%s)%s", r.name, names(r.columns), r.to.sql(), names(r.to.key), r.action))
	}
	return "create table " + t.sql() + " (\n  " + strings.Join(parts, ",\n  ") + "\n);"
}

func names(of []*column) string {
	all := make([]string, len(of))
	for i, c := range of {
		all[i] = c.name
	}
	return strings.Join(all, ", ")
}

// refill is SQL that brings the rows back to what they were at first. Neither
// triggers nor policies have a say in it.
func (s *schema) refill() string {
	var b strings.Builder
	b.WriteString("set session_replication_role = replica;\ntruncate private.log")
	for _, t := range s.tables {
		b.WriteString(", " + t.sql())
	}
	b.WriteString(";\n")
	for _, t := range s.tables {
		if len(t.seeds) == 0 {
			continue
		}
		rows := make([]string, len(t.seeds))
		for i, row := range t.seeds {
			values := make([]string, len(row))
			for j, v := range row {
				values[j] = t.columns[j].literal(v)
			}
			rows[i] = "(" + strings.Join(values, ", ") + ")"
		}
		fmt.Fprintf(&b, "insert into %s (%s) overriding system value values\n  %s;\n", t.sql(), names(t.columns), strings.Join(rows, ",\n  "))
	}
	b.WriteString("set session_replication_role = origin;\n" + s.sequences())
	return b.String()
}

// sequences is SQL that lets identity columns go on behind their greatest value:
// what a call took that failed is never given back, and may differ.
func (s *schema) sequences() string {
	var b strings.Builder
	for _, t := range s.tables {
		for _, c := range t.columns {
			if c.identity != "" {
				fmt.Fprintf(&b, "select setval(pg_get_serial_sequence('%s', '%s'), coalesce(max(%s), 0) + 1, false) from %s;\n", t.sql(), c.name, c.name, t.sql())
			}
		}
	}
	return b.String()
}
