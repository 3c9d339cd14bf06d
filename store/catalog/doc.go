// Package catalog reads what rowgate must know of a database from pg_catalog
// and keeps it as a snapshot that never changes: relations with their columns
// and keys, types, functions, roles with their memberships and settings. A
// [Description] has what only people and the writer of .proto files want:
// comments, policies, checks and grants. A handful of set-based queries read
// either, whatever the number of relations, in two round trips.
//
// The snapshot is data. What it means for a method is worked out by whoever
// binds it, and a new snapshot is loaded when the schema has changed.
package catalog
