package catalog

// Policy is a row level security policy.
// https://www.postgresql.org/docs/current/sql-createpolicy.html
type Policy struct {
	Name       string
	Permissive bool
	// Command is pg_policy.polcmd: r SELECT, a INSERT, w UPDATE, d DELETE, * all.
	Command byte
	// Roles are those that it is for; empty for PUBLIC.
	Roles []string
	// Using and Check are its expressions as SQL, empty when it has none.
	Using, Check string
	Comment      string
}

// Check is a CHECK constraint of a relation or a domain.
type Check struct {
	Name string
	// Columns are those that it is about; empty for a domain.
	Columns []string
	// Expr is the condition as SQL. A domain's value is VALUE in it.
	Expr string
}
