package access

import (
	"fmt"
	"strings"

	"github.com/rowgate/rowgate/store/catalog"
)

// RoleError says that the user path takes on no such role.
type RoleError struct {
	Role string
	// Callers are the roles that it takes on.
	Callers []string
}

// Error names the roles that there are.
func (e *RoleError) Error() string {
	callers := strings.Join(e.Callers, ", ")
	if e.Role == "" {
		return "there is none, in the claims neither; the caller roles are " + callers
	}
	return fmt.Sprintf("the user path's login does not take on %q; the caller roles are %s", e.Role, callers)
}

// RelationError says that the relation is gone.
type RelationError struct{ Relation catalog.Name }

// Error says what to do.
func (e *RelationError) Error() string {
	return fmt.Sprintf("the database has no relation %s any more; reload the schema", e.Relation)
}

// KeyError says that the question's key is none, or that a value of it is none
// of its column's type.
type KeyError struct {
	// Column is the column that is at fault; empty for all of them together.
	Column string
	Text   string
}

// Error names the column.
func (e *KeyError) Error() string {
	if e.Column == "" {
		return e.Text
	}
	return e.Column + ": " + e.Text
}

// GrantError says that the admin path's login may not read the relation.
type GrantError struct {
	Login    string
	Relation catalog.Name
	// Err is the server's error.
	Err error
}

// Error tells the grants that mend it.
func (e *GrantError) Error() string {
	return fmt.Sprintf("the admin path's login %s may not read %s: grant usage on schema %s to %s; grant select on %s to %s;",
		e.Login, e.Relation, quote(e.Relation.Schema), quote(e.Login), quote(e.Relation.Schema, e.Relation.Name), quote(e.Login))
}

// Unwrap returns the server's error.
func (e *GrantError) Unwrap() error { return e.Err }
