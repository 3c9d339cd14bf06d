package catalog

import (
	"maps"
	"slices"
	"strings"
)

// Catalog is a snapshot of a database. It is safe for concurrent use, since
// nothing changes it once [Load] has returned it.
type Catalog struct {
	// Database is the database's name, and Owner the role that owns it.
	Database string
	Owner    string
	// ACL is what the database grants: C makes schemas, T temporary tables.
	ACL []ACLItem
	// SearchPath holds the schemas that a session of the login begins with;
	// "$user" stands for the schema of the role's name.
	SearchPath []string
	// ServerVersion is server_version_num: 150018 is PostgreSQL 15.18.
	ServerVersion int
	// ServerEncoding is the database's encoding, such as UTF8.
	ServerEncoding string
	// Login is the role that the connection logged in as.
	Login *Role

	relations map[Name]*Relation
	rowTypes  map[uint32]*Relation
	types     map[Name]*Type
	declared  map[uint32]*DeclaredType
	roles     map[string]*Role
	schemas   map[string]*Schema
	ordered   []*Relation
	functions []*Function
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
	// PrimaryKeyName is the name of the primary key's constraint.
	PrimaryKeyName string
	// UniqueKeys holds the columns of each unique index on plain columns that
	// are NOT NULL, the primary key's included.
	UniqueKeys [][]string
	// Arbiters holds the columns of each unique index that ON CONFLICT can name by
	// them: on plain columns, NULL or not, for all rows and checked at once. The
	// primary key's come first. Of a view they are not known.
	Arbiters [][]string
	// Columns are in the order of their attribute numbers.
	Columns []*Column
	// ForeignKeys are the relation's own, ordered by name, whether enforced or
	// not. A partition's lack those of its parent, and keys with a PERIOD are
	// left out.
	ForeignKeys []*ForeignKey
	// Partition says that the relation is a partition of another one, and
	// Extension that an extension brought it.
	Partition bool
	Extension bool
	// SecurityInvoker says that a view reads as its caller, so that the
	// policies of what it reads hold for the caller.
	SecurityInvoker bool
	// ACL is what is granted on it, on some of its columns too.
	ACL []ACLItem
	// Reads are the relations that a view's query names, of those that the
	// catalog has.
	Reads []*Relation
	// Rules are those that it has beside a view's query.
	Rules []*Rule
	// ReadLeavesSession and WriteLeavesSession say that a statement on the relation
	// runs a function that may leave something in the session.
	ReadLeavesSession, WriteLeavesSession bool
	// Definers are the functions that run as their owners (SECURITY DEFINER)
	// and that a statement on the relation may run, without having to name
	// them: in policies, triggers, rules, defaults and checks.
	Definers []*Function
}

// Rule is a rule of a relation, which stands in for a statement on it or is
// added to it, and which is held to the rights of the relation's owner.
// https://www.postgresql.org/docs/current/rules-privileges.html
type Rule struct {
	Name string
	// Touches are the relations that it reads or writes beside its own, of
	// those that the catalog has.
	Touches []*Relation
}

// Schema is a schema that is not Postgres' own.
type Schema struct {
	Name  string
	Owner string
	// ACL is what is granted on it: U uses it, C makes things in it.
	ACL []ACLItem
}

// ForeignKey is a foreign key constraint.
type ForeignKey struct {
	// Name is the constraint's, which is unique among the relation's own.
	Name string
	// Columns refer to the columns References of the relation To, one to one.
	Columns    []string
	To         *Relation
	References []string
}

// Column is a column of a relation.
type Column struct {
	Name string
	// Number is pg_attribute.attnum, which a rename leaves as it was.
	Number int
	// Declared is the column's type as it was declared, for messages, and
	// DeclaredOID its OID, a domain's own.
	Declared    string
	DeclaredOID uint32
	// Type is the column's type with domains resolved to what they stand on.
	Type *Type
	// Typmod is the type's modifier, such as numeric's precision and scale; -1
	// when there is none.
	Typmod int32
	// Sortable says that ORDER BY and comparisons work: the type has an order,
	// and the column is of no domain over an enum, which has no operators.
	Sortable bool
	// NotNull says that the column has no NULLs: it or its domain refuses them.
	// A view's may have some, whatever their domain refuses.
	NotNull bool
	// HasDefault says that an INSERT may leave the column out and get a value
	// other than NULL for certain or perhaps, its domain's default for one;
	// generated columns have it too.
	HasDefault bool
	// IdentityAlways and Generated mark columns that an INSERT may not give.
	IdentityAlways bool
	Generated      bool
}

// Assignable says that an INSERT or an UPDATE may give the column a value.
func (c *Column) Assignable() bool { return !c.IdentityAlways && !c.Generated }

// Relation returns a relation, or nil. An empty schema stands for public.
func (c *Catalog) Relation(n Name) *Relation { return c.relations[n.orPublic()] }

// Type returns a type that is no domain, or nil. An empty schema stands for
// public.
func (c *Catalog) Type(n Name) *Type { return c.types[n.orPublic()] }

// Functions returns all functions but those of extensions, ordered by schema,
// name and the types of their arguments.
func (c *Catalog) Functions() []*Function { return c.functions }

// RowType returns the relation whose rows have the type of that OID, or nil.
func (c *Catalog) RowType(oid uint32) *Relation { return c.rowTypes[oid] }

// Relations returns all relations, ordered by schema and name.
func (c *Catalog) Relations() []*Relation { return c.ordered }

// Schema returns a schema, or nil.
func (c *Catalog) Schema(name string) *Schema { return c.schemas[name] }

// Schemas returns all schemas that are not Postgres' own, ordered by name.
func (c *Catalog) Schemas() []*Schema {
	all := slices.Collect(maps.Values(c.schemas))
	slices.SortFunc(all, func(a, b *Schema) int { return strings.Compare(a.Name, b.Name) })
	return all
}

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

// ForeignKey returns a foreign key by its name, or nil.
func (r *Relation) ForeignKey(name string) *ForeignKey {
	for _, k := range r.ForeignKeys {
		if k.Name == name {
			return k
		}
	}
	return nil
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
