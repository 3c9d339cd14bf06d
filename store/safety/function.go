package safety

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rowgate/rowgate/store/catalog"
)

// calls judges the functions that methods call.
func (p *path) calls() {
	for _, f := range p.functions {
		p.definer(f, "")
		p.execute(f)
	}
}

// definers judges the functions that statements on a relation run.
func (p *path) definers(r *catalog.Relation) {
	for _, f := range r.Definers {
		p.definer(f, ", which statements on "+r.String()+" run,")
	}
}

// execute finds a function that everybody may run. What mends it lets the caller
// roles go on where they have it from nowhere else.
func (p *path) execute(f *catalog.Function) {
	runs := catalog.Grantees(f.ACL, "X")
	if !slices.Contains(runs, "") {
		return
	}
	mend := fmt.Sprintf("revoke execute on routine %s from public;", signature(f))
	if len(p.among(runs)) == 1 && len(p.roles) > 0 {
		mend += fmt.Sprintf(" grant execute on routine %s to %s;", signature(f), quoteAll(p.roles))
	}
	p.found.add(FunctionPublicExecute, f.Signature(), mend,
		"every role may run %s, since PUBLIC has EXECUTE: grant it to the roles that are meant to", f.Signature())
}

// definer judges the search_path of a function that runs as its owner.
func (p *path) definer(f *catalog.Function, how string) {
	if !f.SecurityDefiner {
		return
	}
	refuse := func(mend, format string, args ...any) {
		p.found.add(DefinerFunctionSearchPath, f.Signature(), mend,
			"%s%s runs as its owner %q %s", f.Signature(), how, f.Owner, fmt.Sprintf(format, args...))
	}
	if !f.HasSearchPath {
		refuse(setPath(f, p.safePath()), "with the caller's search_path, so a caller could say what its names mean")
		return
	}
	named := slices.DeleteFunc(slices.Clone(f.SearchPath), func(s string) bool { return s == "pg_catalog" || s == "pg_temp" })
	for _, name := range named {
		if name == "$user" {
			name = f.Owner
		}
		s := p.cat.Schema(name)
		if s == nil {
			continue
		}
		if who := p.creators(s.ACL); len(who) > 0 {
			refuse(fmt.Sprintf("revoke create on schema %s from %s;", quote(name), grantees(who)),
				"with the schema %s on its search_path, where %s may create things", name, people(who))
		}
	}
	// Names of tables and types are looked for among the temporary ones first
	// unless pg_temp stands elsewhere. A path without schemas finds what Postgres
	// brings only, so that the rest is written with its schema.
	last := len(f.SearchPath) > 0 && f.SearchPath[len(f.SearchPath)-1] == "pg_temp"
	if who := p.among(catalog.Grantees(p.cat.ACL, "T")); len(named) > 0 && !last && len(who) > 0 {
		refuse(setPath(f, named), "and finds temporary tables first, which %s may create: pg_temp is to be the last of its search_path", people(who))
	}
}

// setPath writes the SQL that pins a function's search_path.
func setPath(f *catalog.Function, schemas []string) string {
	names := make([]string, len(schemas))
	for i, s := range schemas {
		names[i] = quote(s)
	}
	return fmt.Sprintf("alter routine %s set search_path = %s;", signature(f), strings.Join(append(names, "pg_temp"), ", "))
}

// safePath returns the schemas of a call's search_path that exist and that no
// caller creates things in.
func (p *path) safePath() []string {
	var names []string
	for _, role := range p.roles {
		for _, name := range p.cat.CallPath(role) {
			if s := p.cat.Schema(name); s != nil && len(p.creators(s.ACL)) == 0 && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	if names == nil {
		names = []string{"pg_catalog"}
	}
	return names
}

// signature writes a function for SQL. Its types are as Postgres writes them.
func signature(f *catalog.Function) string {
	return quoteName(f.Name) + "(" + strings.Join(f.InputTypes(), ", ") + ")"
}
