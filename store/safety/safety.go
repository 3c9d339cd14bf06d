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
	return append(findings, ownership(cat, exposed)...)
}

// ownership finds what the login or a role that it reaches owns: an owner is
// not held to policies, and may change or drop them.
func ownership(cat *catalog.Catalog, exposed []*catalog.Relation) []Finding {
	reached := append(cat.Becomes(cat.Login.Name), cat.Login.Name)
	var findings []Finding
	refuse := func(owner, what, mend string) {
		if !slices.Contains(reached, owner) {
			return
		}
		who := fmt.Sprintf("the login %q", owner)
		if owner != cat.Login.Name {
			who = fmt.Sprintf("the role %q, which the login can become,", owner)
		}
		findings = append(findings, Finding{
			Text: who + " owns " + what + ", and an owner is not held to its policies",
			Mend: mend + " owner to postgres;",
		})
	}
	refuse(cat.Owner, "the database "+cat.Database, "alter database "+quote(cat.Database))
	schemas := map[string]bool{}
	for _, r := range exposed {
		if !schemas[r.Schema] {
			schemas[r.Schema] = true
			refuse(r.SchemaOwner, "the schema "+r.Schema, "alter schema "+quote(r.Schema))
		}
		refuse(r.Owner, r.String(), "alter table "+quote(r.Schema)+"."+quote(r.Name.Name))
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
		case role.CreateRole || role.Replication:
			findings = append(findings, Finding{
				Text: fmt.Sprintf("the caller role %q has CREATEROLE or REPLICATION, so it can get at what no policy grants it", name),
				Mend: fmt.Sprintf("alter role %s nocreaterole noreplication;", quote(name)),
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
// is no caller role, and options of the login's own that go too far.
func memberships(cat *catalog.Catalog, roles []string) []Finding {
	var findings []Finding
	for _, name := range append([]string{cat.Login.Name}, cat.Becomes(cat.Login.Name)...) {
		role := cat.Role(name)
		if role == nil || !slices.Contains(roles, name) && name != cat.Login.Name {
			continue
		}
		for _, m := range role.Memberships {
			if slices.Contains(roles, m.Role) && name == cat.Login.Name {
				findings = append(findings, options(cat, m)...)
				continue
			}
			text := fmt.Sprintf("the login %q is a member of %q, so a caller could become it", cat.Login.Name, m.Role)
			if name != cat.Login.Name {
				text = fmt.Sprintf("the caller role %q is a member of %q, so a caller could become it", name, m.Role)
			}
			findings = append(findings, Finding{
				Text: text,
				Mend: fmt.Sprintf("revoke %s from %s;", quote(m.Role), quote(name)),
			})
		}
	}
	return findings
}

// options judges how the login is a member of a caller role. Before PostgreSQL
// 16 the inherit option is the login's attribute, which is judged by itself.
func options(cat *catalog.Catalog, m catalog.Membership) []Finding {
	login := cat.Login.Name
	var findings []Finding
	if m.Admin {
		findings = append(findings, Finding{
			Text: fmt.Sprintf("the login %q may grant the caller role %q on", login, m.Role),
			Mend: fmt.Sprintf("revoke admin option for %s from %s;", quote(m.Role), quote(login)),
		})
	}
	if m.Inherit && !cat.Login.Inherit {
		findings = append(findings, Finding{
			Text: fmt.Sprintf("the login %q holds the rights of %q without taking it on", login, m.Role),
			Mend: fmt.Sprintf("grant %s to %s with inherit false;", quote(m.Role), quote(login)),
		})
	}
	if !m.Set {
		findings = append(findings, Finding{
			Text: fmt.Sprintf("the login %q cannot take on the caller role %q, for want of the SET option", login, m.Role),
			Mend: fmt.Sprintf("grant %s to %s with set true;", quote(m.Role), quote(login)),
		})
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
