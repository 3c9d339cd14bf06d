package store

import "errors"

// Caller is who a statement runs as: the database role that it takes on and
// the verified claims that policies read. It is made by whoever verified an
// identity, once a call, and is a parameter of every method that reaches the
// database; the zero Caller is refused by all of them.
type Caller struct {
	// Role is the Postgres role, as pg_roles.rolname has it. It must be one
	// that the login role is a member of.
	Role string

	// Claims is the verified claim set, a JSON object, which policies read as
	// current_setting('request.jwt.claims', true)::jsonb. Empty means none.
	Claims string

	// ClaimedRole is the role claim, where it is not Role: policies read it as
	// request.jwt.claim.role. Empty means Role.
	ClaimedRole string

	// Subject and Email are the sub and email claims again, for policies that
	// read the legacy settings request.jwt.claim.sub and request.jwt.claim.email.
	// Empty when the claims have none.
	Subject string
	Email   string
}

// ErrNoCaller is returned when a method is given the zero Caller.
var ErrNoCaller = errors.New("store: a call without a caller's role is refused")

// isZero says that the caller has no role of its own: none at all, or "none",
// which in SET ROLE means the login's.
func (c *Caller) isZero() bool { return c.Role == "" || c.Role == "none" }
