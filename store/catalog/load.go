package catalog

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Querier sends queries together; a *pgx.Conn, a pgx.Tx and a pool do.
type Querier interface {
	SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
}

// Load reads a snapshot. It should run in a transaction at an isolation of
// REPEATABLE READ or above and with an empty search_path, so that its queries
// see one state and qualify every name.
func Load(ctx context.Context, db Querier) (*Catalog, error) {
	l := loader{
		cat: &Catalog{
			relations: map[Name]*Relation{}, rowTypes: map[uint32]*Relation{},
			types: map[Name]*Type{}, roles: map[string]*Role{}, schemas: map[string]*Schema{},
		},
		types: map[uint32]*rawType{},
	}
	var r reader
	for _, queue := range []func(*reader){
		l.session, l.loadTypes, l.loadAttributes, l.relations, l.columns, l.foreignKeys, l.functions, l.namespaces, l.rules, l.reached, l.inheritance,
	} {
		queue(&r)
	}
	if err := r.run(ctx, db); err != nil {
		return nil, err
	}
	l.cat.declared = l.declaredTypes()
	l.sessions()
	return l.cat, nil
}

// loader builds the snapshot from rows that come in the order of its queries.
type loader struct {
	cat   *Catalog
	types map[uint32]*rawType
	byOID map[uint32]*Relation
	// bodies are the functions' sources, and runs what relations run.
	bodies []body
	runs   []run
	// inherits are pairs of a relation and one of its partitions or children.
	inherits [][2]*Relation
}

func (l *loader) session(r *reader) {
	var login, searchPath string
	var timeout int64
	var acl, names []string
	restricted := map[string]bool{}
	r.queue(reading{
		name: "session",
		into: []any{
			&login, &l.cat.Database, &l.cat.Owner, &acl, &searchPath, &l.cat.ServerVersion, &l.cat.ServerEncoding, &timeout, &names,
		},
		row: func() {
			l.cat.ACL, l.cat.SearchPath = parseACL(acl), parseSearchPath(searchPath)
			for _, n := range names {
				restricted[n] = true
			}
		},
	})

	var role Role
	var memberships []Membership
	var settings []string
	r.queue(reading{
		name: "roles",
		into: []any{
			&role.Name, &role.Superuser, &role.Inherit, &role.CreateRole, &role.CreateDB, &role.CanLogin, &role.Replication,
			&role.BypassRLS, &memberships, &settings,
		},
		row: func() {
			role := role
			role.Memberships = memberships
			role.applySettings(settings, restricted)
			l.cat.roles[role.Name] = &role
			memberships, settings = nil, nil
		},
		done: func() error {
			l.cat.Login = l.cat.roles[login]
			if l.cat.Login == nil {
				return fmt.Errorf("pg_roles has no row for the login role %q", login)
			}
			// What the session has counts, wherever it was set.
			l.cat.Login.StatementTimeout = time.Duration(timeout) * time.Millisecond
			l.cat.Login.HasStatementTimeout = true
			return nil
		},
	})
}
