package catalog

import (
	"slices"
	"strings"
)

// Catalog is a snapshot of a database. It is safe for concurrent use, since
// nothing changes it once [Load] has returned it.
type Catalog struct {
	// Database is the database's name, and Owner the role that owns it.
	Database string
	Owner    string
	// ServerVersion is server_version_num: 150018 is PostgreSQL 15.18.
	ServerVersion int
	// ServerEncoding is the database's encoding, such as UTF8.
	ServerEncoding string
	// Login is the role that the connection logged in as.
	Login *Role

	relations map[Name]*Relation
	enums     map[Name]*Type
	roles     map[string]*Role
	ordered   []*Relation
}

// Name is the name of a relation or a type within its schema.
type Name struct {
	Schema string
	Name   string
}

// String writes the name for a message: schema.name, without quotes.
func (n Name) String() string { return n.Schema + "." + n.Name }

// Relation is a table, a view or another thing that has rows.
type Relation struct {
	Name
	OID uint32
	// Kind is pg_class.relkind: r a table, p a partitioned table, v a view, m a
	// materialized view, f a foreign table.
	Kind byte
	// Owner is the owning role, and SchemaOwner that of the schema.
	Owner       string
	SchemaOwner string
	// RowSecurity says that row level security is enabled, ForceRowSecurity
	// that it holds for the owner too.
	RowSecurity      bool
	ForceRowSecurity bool
	// PrimaryKey holds the names of the primary key's columns in their order;
	// empty when there is none.
	PrimaryKey []string
	// UniqueKeys holds the columns of each unique index on plain columns that
	// are NOT NULL, the primary key's included.
	UniqueKeys [][]string
	// Columns are in the order of their attribute numbers.
	Columns []*Column
}

// Column is a column of a relation.
type Column struct {
	Name string
	// Number is pg_attribute.attnum, which a rename leaves as it was.
	Number int
	// Declared is the column's type as it was declared, for messages.
	Declared string
	// Type is the column's type with domains resolved to what they stand on.
	Type *Type
	// Typmod is the type's modifier, such as numeric's precision and scale; -1
	// when there is none.
	Typmod int32
	// Sortable says that ORDER BY and comparisons work: the type has an order,
	// and the column is of no domain over an enum, which has no operators.
	Sortable bool
	// NotNull says that the column or its domain refuses NULL.
	NotNull bool
	// HasDefault says that an INSERT may leave the column out and get a value
	// other than NULL for certain or perhaps; generated columns have it too.
	HasDefault bool
	// IdentityAlways and Generated mark columns that an INSERT may not give.
	IdentityAlways bool
	Generated      bool
}

// Assignable says that an INSERT or an UPDATE may give the column a value.
func (c *Column) Assignable() bool { return !c.IdentityAlways && !c.Generated }

// Type is a type that is no domain.
type Type struct {
	Name
	OID uint32
	// Format is the type's name as format_type writes it with an empty search
	// path: schema-qualified unless it is built in.
	Format string
	// Kind is pg_type.typtype: b base, c composite, e enum, r range, m
	// multirange.
	Kind byte
	// Elem is the element type of an array, and nil for others.
	Elem *Type
	// ElemTypmod is the modifier of the element's domain, -1 when there is
	// none. It has a meaning for arrays only.
	ElemTypmod int32
	// Labels are an enum's labels in their order.
	Labels []string
	// Operators is the schema of the type's default btree operators (=, <, >),
	// which need not be on anyone's search path; empty when it has none, and
	// then ORDER BY and comparisons do not work.
	Operators string
}

// Relation returns a relation, or nil. An empty schema stands for public.
func (c *Catalog) Relation(n Name) *Relation { return c.relations[n.orPublic()] }

// Enum returns an enum type, or nil. An empty schema stands for public.
func (c *Catalog) Enum(n Name) *Type { return c.enums[n.orPublic()] }

// Relations returns all relations, ordered by schema and name.
func (c *Catalog) Relations() []*Relation { return c.ordered }

// Role returns a role, or nil.
func (c *Catalog) Role(name string) *Role { return c.roles[name] }

func (n Name) orPublic() Name {
	if n.Schema == "" {
		n.Schema = "public"
	}
	return n
}

// Column returns a column by its name, or nil.
func (r *Relation) Column(name string) *Column {
	for _, c := range r.Columns {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// Identifies says whether no two rows can have the same values in the columns.
// Of a view it is not known.
func (r *Relation) Identifies(columns []string) (unique, known bool) {
	for _, key := range r.UniqueKeys {
		within := true
		for _, c := range key {
			within = within && slices.Contains(columns, c)
		}
		if within {
			return true, true
		}
	}
	return false, r.Kind != 'v' && r.Kind != 'f'
}

// KindName says what the relation is, for messages.
func (r *Relation) KindName() string {
	switch r.Kind {
	case 'v':
		return "view"
	case 'm':
		return "materialized view"
	case 'f':
		return "foreign table"
	default:
		return "table"
	}
}

// Similar returns the names of relations that someone may have meant by one
// that does not exist: those of the same name in another schema, or of the
// same name but for case and a plural s.
func (c *Catalog) Similar(n Name) []string {
	fold := func(s string) string { return strings.TrimSuffix(strings.ToLower(s), "s") }
	var similar []string
	for _, r := range c.ordered {
		if fold(r.Name.Name) == fold(n.Name) {
			similar = append(similar, r.String())
		}
	}
	return similar
}
