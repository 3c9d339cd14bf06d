// Package table binds methods to tables. [Binder.Bind] takes a method's
// descriptor and the catalog, checks that they fit, and plans all that a call
// needs: the statement, how each field becomes a parameter and how each column
// becomes a field. A call then only follows the plan.
//
// Every contradiction between a .proto file and the database is found when the
// method is bound, and all of them are reported at once.
package table
