// Package safety judges whether a login may stand behind the user path: SQL
// that a caller reaches, a function of the schema for instance, may call
// set_config('role', …) itself, so whatever the login may become, a caller may
// become too. It reads a catalog and touches nothing.
package safety

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rowgate/rowgate/store/catalog"
)

// Finding is a reason to refuse a login, and what mends it.
type Finding struct {
	// Text says what is wrong, as a sentence without its full stop.
	Text string
	// Mend is the SQL that mends it, with its semicolon.
	Mend string
}

// String writes the finding on two lines.
func (f Finding) String() string { return f.Text + "\n    " + f.Mend }

// Login returns what is wrong with the login role of the user path. roles are
// the caller roles, those that a call may take on; exposed are the relations
// that methods reach.
func Login(cat *catalog.Catalog, roles []string, exposed []*catalog.Relation) []Finding {
	findings := append(attributes(cat.Login), callerRoles(cat, roles)...)
	findings = append(findings, memberships(cat, roles)...)
	for _, r := range exposed {
		if r.Owner == cat.Login.Name {
			findings = append(findings, Finding{
				Text: fmt.Sprintf("the login %q owns %s, and an owner is not held to its policies", r.Owner, r),
				Mend: fmt.Sprintf("alter table %s.%s owner to postgres;", quote(r.Schema), quote(r.Name.Name)),
			})
		}
	}
	return findings
}

// attributes finds what a login must not be.
func attributes(login *catalog.Role) []Finding {
	var findings []Finding
	refuse := func(has bool, what, attribute string) {
		if has {
			findings = append(findings, Finding{
				Text: fmt.Sprintf("the login %q %s", login.Name, what),
				Mend: fmt.Sprintf("alter role %s %s;", quote(login.Name), attribute),
			})
		}
	}
	refuse(login.Superuser, "is a superuser, whom no policy holds", "nosuperuser")
	refuse(login.BypassRLS, "has BYPASSRLS, so no policy holds it", "nobypassrls")
	refuse(login.CreateRole, "has CREATEROLE, so it can grant itself other roles", "nocreaterole")
	refuse(login.Replication, "has REPLICATION, so it can read every table's changes", "noreplication")
	refuse(login.Inherit, "has INHERIT, so it holds the caller roles' rights without taking one on", "noinherit")
	return findings
}

// callerRoles finds caller roles that no caller may have, or that the login
// cannot take on.
func callerRoles(cat *catalog.Catalog, roles []string) []Finding {
	var findings []Finding
	reachable := cat.Becomes(cat.Login.Name)
	for _, name := range roles {
		role := cat.Role(name)
		switch {
		case role == nil:
			findings = append(findings, Finding{
				Text: fmt.Sprintf("the caller role %q does not exist", name),
				Mend: fmt.Sprintf("create role %s nologin noinherit; grant %s to %s;", quote(name), quote(name), quote(cat.Login.Name)),
			})
		case role.Superuser || role.BypassRLS:
			findings = append(findings, Finding{
				Text: fmt.Sprintf("the caller role %q is not held to policies; such a role has no place on the user path", name),
				Mend: fmt.Sprintf("alter role %s nosuperuser nobypassrls;", quote(name)),
			})
		case !slices.Contains(reachable, name):
			findings = append(findings, Finding{
				Text: fmt.Sprintf("the login %q cannot take on the caller role %q", cat.Login.Name, name),
				Mend: fmt.Sprintf("grant %s to %s;", quote(name), quote(cat.Login.Name)),
			})
		}
	}
	return findings
}

// memberships finds every membership on the way from the login to a role that
// is no caller role.
func memberships(cat *catalog.Catalog, roles []string) []Finding {
	var findings []Finding
	for _, name := range append([]string{cat.Login.Name}, cat.Becomes(cat.Login.Name)...) {
		role := cat.Role(name)
		if role == nil || !slices.Contains(roles, name) && name != cat.Login.Name {
			continue
		}
		for _, granted := range role.MemberOf {
			if slices.Contains(roles, granted) && name == cat.Login.Name {
				continue
			}
			text := fmt.Sprintf("the login %q is a member of %q, so a caller could become it", cat.Login.Name, granted)
			if name != cat.Login.Name {
				text = fmt.Sprintf("the caller role %q is a member of %q, so a caller could become it", name, granted)
			}
			findings = append(findings, Finding{
				Text: text,
				Mend: fmt.Sprintf("revoke %s from %s;", quote(granted), quote(name)),
			})
		}
	}
	return findings
}

// quote writes an identifier for SQL that a person reads: with quotes only
// where it needs them.
func quote(id string) string {
	plain := id != ""
	for i, c := range id {
		if (c < 'a' || c > 'z') && c != '_' && (i == 0 || c < '0' || c > '9') {
			plain = false
		}
	}
	if plain {
		return id
	}
	return `"` + strings.ReplaceAll(id, `"`, `""`) + `"`
}
