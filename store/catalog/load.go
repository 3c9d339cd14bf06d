package catalog

import (
	"context"
	"embed"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

//go:embed sql
var files embed.FS

// Querier runs a query; a *pgx.Conn, a pgx.Tx and a pool do.
type Querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// Load reads a snapshot. The queries should run in one transaction, at an
// isolation of REPEATABLE READ or above and with an empty search_path, so that
// they see one state and qualify every name.
func Load(ctx context.Context, db Querier) (*Catalog, error) {
	l := loader{
		ctx: ctx, db: db,
		cat:   &Catalog{relations: map[Name]*Relation{}, enums: map[Name]*Type{}, roles: map[string]*Role{}},
		types: map[uint32]*rawType{},
	}
	for _, step := range []func() error{l.session, l.loadTypes, l.relations, l.columns} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return l.cat, nil
}

type loader struct {
	ctx   context.Context
	db    Querier
	cat   *Catalog
	types map[uint32]*rawType
	byOID map[uint32]*Relation
}

// rawType is a row of pg_type with its resolved form, once there is one.
type rawType struct {
	Type
	elem, base uint32
	typmod     int32
	notNull    bool
	resolved   bool
}

// each runs an embedded query and calls f for every row, after its values were
// scanned into dest.
func (l *loader) each(name string, f func(), dest ...any) error {
	sql, err := files.ReadFile("sql/" + name + ".sql")
	if err != nil {
		return err
	}
	rows, err := l.db.Query(l.ctx, string(sql))
	if err != nil {
		return fmt.Errorf("catalog: reading %s: %w", name, err)
	}
	if _, err := pgx.ForEachRow(rows, dest, func() error { f(); return nil }); err != nil {
		return fmt.Errorf("catalog: reading %s: %w", name, err)
	}
	return nil
}

func (l *loader) session() error {
	var login string
	var timeout int64
	var restrictedNames []string
	err := l.each("session", func() {}, &login, &l.cat.Database, &l.cat.Owner, &l.cat.ServerVersion, &l.cat.ServerEncoding,
		&timeout, &restrictedNames)
	if err != nil {
		return err
	}
	restricted := make(map[string]bool, len(restrictedNames))
	for _, n := range restrictedNames {
		restricted[n] = true
	}

	var r Role
	var memberships []Membership
	var settings []string
	err = l.each("roles", func() {
		role := r
		role.Memberships = memberships
		role.applySettings(settings, restricted)
		l.cat.roles[role.Name] = &role
		memberships, settings = nil, nil
	}, &r.Name, &r.Superuser, &r.Inherit, &r.CreateRole, &r.CreateDB, &r.CanLogin, &r.Replication, &r.BypassRLS,
		&memberships, &settings)
	if err != nil {
		return err
	}
	l.cat.Login = l.cat.roles[login]
	if l.cat.Login == nil {
		return fmt.Errorf("catalog: pg_roles has no row for the login role %q", login)
	}
	// What the session has counts, wherever it was set.
	l.cat.Login.StatementTimeout = time.Duration(timeout) * time.Millisecond
	l.cat.Login.HasStatementTimeout = true
	return nil
}

func (l *loader) loadTypes() error {
	var oid, elem, base int64
	var kind, category string
	var t rawType
	err := l.each("types", func() {
		row := t
		row.OID, row.elem, row.base = uint32(oid), uint32(elem), uint32(base)
		row.Kind = kind[0]
		l.types[row.OID] = &row
		if row.Kind == 'e' {
			l.cat.enums[row.Type.Name] = &row.Type
		}
		t.Labels = nil
	}, &oid, &t.Schema, &t.Type.Name.Name, &t.Format, &kind, &category, &elem, &base, &t.typmod, &t.notNull,
		&t.Operators, &t.Labels)
	if err != nil {
		return err
	}
	for _, t := range l.types {
		l.resolve(t)
	}
	return nil
}

// resolve fills in what pg_type says by reference: an array's element, and
// that kinds of types share an operator class.
func (l *loader) resolve(t *rawType) {
	if t.resolved {
		return
	}
	t.resolved = true
	switch {
	case t.Kind == 'd':
		if base := l.types[t.base]; base != nil {
			l.resolve(base)
		}
	case t.elem != 0:
		if elem, mod, _ := l.underlying(t.elem, -1); elem != nil {
			l.resolve(l.types[elem.OID])
			t.Elem, t.ElemTypmod = elem, mod
			if elem.Operators != "" {
				t.Operators = builtIn
			}
		}
	case t.Kind == 'e', t.Kind == 'r', t.Kind == 'm':
		t.Operators = builtIn
	}
}

// builtIn is the schema of the operators that serve kinds of types.
const builtIn = "pg_catalog"

// underlying follows domains down to the type that they stand on, with the
// modifier and the NOT NULL that they add.
func (l *loader) underlying(oid uint32, typmod int32) (t *Type, mod int32, notNull bool) {
	raw := l.types[oid]
	for raw != nil && raw.Kind == 'd' {
		notNull = notNull || raw.notNull
		if raw.typmod != -1 {
			typmod = raw.typmod
		}
		raw = l.types[raw.base]
	}
	if raw == nil {
		return nil, -1, false
	}
	return &raw.Type, typmod, notNull
}

func (l *loader) relations() error {
	l.byOID = map[uint32]*Relation{}
	var oid int64
	var kind string
	var r Relation
	return l.each("relations", func() {
		rel := r
		rel.OID = uint32(oid)
		rel.Kind = kind[0]
		l.cat.relations[rel.Name] = &rel
		l.cat.ordered = append(l.cat.ordered, &rel)
		l.byOID[rel.OID] = &rel
		r.PrimaryKey, r.UniqueKeys = nil, nil
	}, &oid, &r.Schema, &r.Name.Name, &kind, &r.RowSecurity, &r.ForceRowSecurity, &r.Owner, &r.SchemaOwner, &r.PrimaryKey, &r.UniqueKeys)
}

func (l *loader) columns() error {
	var relation, typ int64
	var typmod int32
	var identity, generated string
	var c Column
	return l.each("columns", func() {
		rel := l.byOID[uint32(relation)]
		if rel == nil {
			return
		}
		col := c
		t, mod, notNull := l.underlying(uint32(typ), typmod)
		if t == nil {
			t = &Type{OID: uint32(typ), Format: c.Declared, Kind: 'b'}
			mod = typmod
		}
		col.Type, col.Typmod = t, mod
		col.NotNull = c.NotNull || notNull
		col.Sortable = t.Operators != "" && (t.Kind != 'e' || t.OID == uint32(typ))
		col.IdentityAlways = identity == "a"
		col.Generated = generated != ""
		col.HasDefault = c.HasDefault || identity != ""
		rel.Columns = append(rel.Columns, &col)
	}, &relation, &c.Number, &c.Name, &typ, &typmod, &c.Declared, &c.NotNull, &c.HasDefault, &identity, &generated)
}
