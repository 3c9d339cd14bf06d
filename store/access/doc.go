// Package access tells what a caller may see and do of a relation, and why:
// which policies count, what each says of a row, which rows there are for the
// caller, and what Postgres plans for reading them.
//
// All of it is asked of the database itself. What a policy says is its own
// expression, evaluated as the caller, on the row that the admin path's login has
// read; which rows are visible is what a SELECT of the caller finds. Nothing is
// changed: the transactions are READ ONLY, are rolled back, and are bounded in
// time.
package access
