// Package protogen writes a database's catalog down as .proto files, and keeps
// files that are there already in step with it. It knows no connection: what
// goes in is a [catalog.Catalog] with its [catalog.Description] and the files
// as they are, what comes out is the files as they should be and a report.
//
// The files are the lock. A message is known again by its (rowgate.v1.relation),
// a field by its column, a value by its label, a method by its operation;
// whatever is known again keeps its name, its number and its type as long as
// they can hold what the database has. A file is changed in the places that
// have to change and nowhere else, so what people wrote into it stays.
//
// The work has three steps: lock.go reads what the files say, build*.go says
// what they should, and patch*.go makes the one of the other.
package protogen
