// Package safety judges whether a database may stand behind the user path and
// its login behind it: a finding is a way around row level security that SQL
// can tell beforehand. It reads a catalog and touches nothing.
//
// SQL that a caller reaches, a function of the schema for instance, may call
// set_config('role', …) and set_config('search_path', …) itself, so whatever
// the login may become, a caller may become too, and a name without its schema
// may mean what a caller made.
//
// Each kind of finding is a [Rule] with a name, by which [Split] lets it be
// allowed for a reason. What no rule can see: the bodies of functions, and what
// a policy means.
package safety
