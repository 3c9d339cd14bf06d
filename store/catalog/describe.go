package catalog

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Description is what a database says of itself to people, and what it grants
// the caller roles: what `rowgate pull` writes down beside the [Catalog].
type Description struct {
	// Schemas are those that were asked for, in that order, and Roles the
	// caller roles.
	Schemas []string
	Roles   []string

	comments     map[object]string
	policies     map[uint32][]Policy
	checks       map[uint32][]Check
	domainChecks map[uint32][]Check
	grants       map[uint32]*Grants
	executable   map[uint32][]string
}

// object is what a comment is about: OIDs are unique within a catalog alone.
type object struct {
	catalog string
	oid     uint32
	// number is that of a column, or 0.
	number int
}

// The catalogs whose objects have comments.
const (
	relationCatalog = "pg_class"
	functionCatalog = "pg_proc"
	typeCatalog     = "pg_type"
)

// UnknownError says that the database has no schema or role of a name that
// [Describe] was given.
type UnknownError struct {
	// Kind is schema or role.
	Kind, Name string
	// Known are the schemas that there are; empty for a role.
	Known []string
}

// Error names what there is instead, or what to do.
func (e *UnknownError) Error() string {
	if e.Kind == "schema" {
		return fmt.Sprintf("the database has no schema %q; it has %s", e.Name, strings.Join(e.Known, ", "))
	}
	return fmt.Sprintf("the database has no %s %q: name the roles of the callers, or create it", e.Kind, e.Name)
}

// Describe reads the description of some schemas, within the transaction that
// read the catalog. A schema or a role that is not there is an [UnknownError].
func Describe(ctx context.Context, db Querier, cat *Catalog, schemas, roles []string) (*Description, error) {
	for _, r := range roles {
		if cat.Role(r) == nil {
			return nil, &UnknownError{Kind: "role", Name: r}
		}
	}
	d := &Description{
		Schemas: schemas, Roles: roles,
		comments: map[object]string{}, policies: map[uint32][]Policy{},
		checks: map[uint32][]Check{}, domainChecks: map[uint32][]Check{},
		grants: map[uint32]*Grants{}, executable: map[uint32][]string{},
	}
	var r reader
	known := d.readSchemas(&r)
	for _, queue := range []func(*reader){d.readComments, d.readPolicies, d.readChecks, d.readGrants, d.readExecutable} {
		queue(&r)
	}
	if err := r.run(ctx, db); err != nil {
		return nil, err
	}
	for _, s := range schemas {
		if !slices.Contains(*known, s) {
			return nil, &UnknownError{Kind: "schema", Name: s, Known: *known}
		}
	}
	return d, nil
}

// Comment returns the comment of a relation, or "".
func (d *Description) Comment(r *Relation) string {
	return d.comments[object{relationCatalog, r.OID, 0}]
}

// ColumnComment returns the comment of a column, or "".
func (d *Description) ColumnComment(r *Relation, c *Column) string {
	return d.comments[object{relationCatalog, r.OID, c.Number}]
}

// FunctionComment returns the comment of a function, or "".
func (d *Description) FunctionComment(f *Function) string {
	return d.comments[object{functionCatalog, f.OID, 0}]
}

// TypeComment returns the comment of the type with that OID, or "".
func (d *Description) TypeComment(oid uint32) string {
	return d.comments[object{typeCatalog, oid, 0}]
}

// AttributeComment returns the comment of an attribute of a composite type, or
// "".
func (d *Description) AttributeComment(t *Type, a *Attribute) string {
	return d.comments[object{typeCatalog, t.OID, a.Number}]
}

// Policies returns a relation's policies, ordered by command and name.
func (d *Description) Policies(r *Relation) []Policy { return d.policies[r.OID] }

// Checks returns a relation's checks, ordered by name.
func (d *Description) Checks(r *Relation) []Check { return d.checks[r.OID] }

// DomainChecks returns the checks of the domain with that OID, ordered by name.
// Those of the domains that it stands on are among them and come first.
func (d *Description) DomainChecks(oid uint32) []Check { return d.domainChecks[oid] }

// Grants returns what the caller roles may do with a relation.
func (d *Description) Grants(r *Relation) *Grants {
	if g := d.grants[r.OID]; g != nil {
		return g
	}
	return &Grants{}
}

// Executable returns the caller roles that may call a function, in the order
// in which they were given.
func (d *Description) Executable(f *Function) []string { return d.executable[f.OID] }
