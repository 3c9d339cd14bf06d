// Package catalog reads what rowgate must know of a database from pg_catalog
// and keeps it as a snapshot that never changes: relations with their columns
// and keys, types, roles with their memberships and settings. A handful of
// set-based queries read it, whatever the number of relations.
//
// The snapshot is data. What it means for a method is worked out by whoever
// binds it, and a new snapshot is loaded when the schema has changed.
package catalog
