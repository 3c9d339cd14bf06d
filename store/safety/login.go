package safety

import (
	"fmt"
	"slices"

	"github.com/rowgate/rowgate/store/catalog"
)

// Login returns what is wrong with the user path: with the login, with the
// caller roles, which a call may take on, and with the relations and functions
// that methods reach.
func Login(cat *catalog.Catalog, roles []string, exposed []*catalog.Relation, functions []*catalog.Function) []Finding {
	p := &path{
		cat: cat, roles: roles, exposed: exposed, functions: functions,
		reached: append(cat.Becomes(cat.Login.Name), cat.Login.Name), walked: map[*catalog.Relation]bool{},
	}
	p.callers = []string{""}
	for _, role := range roles {
		p.callers = append(append(p.callers, role), cat.Becomes(role)...)
	}
	p.attributes()
	p.callerRoles()
	p.memberships()
	p.ownership()
	p.loginGrants()
	p.relations()
	p.calls()
	p.schemas()
	return p.found
}

// path is the user path while it is judged.
type path struct {
	cat       *catalog.Catalog
	roles     []string
	exposed   []*catalog.Relation
	functions []*catalog.Function
	// reached are the login and all that it may become.
	reached []string
	// callers are those whose grants a caller has: the caller roles, what they
	// are members of, and PUBLIC as "".
	callers []string
	walked  map[*catalog.Relation]bool
	found   findings
}

// attributes finds what a login must not be.
func (p *path) attributes() {
	login := p.cat.Login
	refuse := func(has bool, rule Rule, what, attribute string) {
		if has {
			p.found.add(rule, login.Name, fmt.Sprintf("alter role %s %s;", quote(login.Name), attribute), "the login %q %s", login.Name, what)
		}
	}
	refuse(login.Superuser, LoginSuperuser, "is a superuser, whom no policy holds", "nosuperuser")
	refuse(login.BypassRLS, LoginBypassRLS, "has BYPASSRLS, so no policy holds it", "nobypassrls")
	refuse(login.CreateRole, LoginCreateRole, "has CREATEROLE, so it can grant itself other roles", "nocreaterole")
	refuse(login.Replication, LoginReplication, "has REPLICATION, so it can read every table's changes", "noreplication")
	refuse(login.Inherit, LoginInherit, "has INHERIT, so it holds the caller roles' rights without taking one on", "noinherit")
}

// callerRoles finds caller roles that no caller may have, or that the login
// cannot take on.
func (p *path) callerRoles() {
	login := p.cat.Login.Name
	for _, name := range p.roles {
		role := p.cat.Role(name)
		if role == nil {
			p.found.add(CallerRoleMissing, name,
				fmt.Sprintf("create role %s nologin noinherit; grant %s to %s;", quote(name), quote(name), quote(login)),
				"the caller role %q does not exist", name)
			continue
		}
		if role.Superuser || role.BypassRLS {
			p.found.add(CallerRoleAttributes, name, fmt.Sprintf("alter role %s nosuperuser nobypassrls;", quote(name)),
				"the caller role %q is not held to policies; such a role has no place on the user path", name)
		}
		if role.CreateRole || role.Replication {
			p.found.add(CallerRoleAttributes, name, fmt.Sprintf("alter role %s nocreaterole noreplication;", quote(name)),
				"the caller role %q has CREATEROLE or REPLICATION, so it can get at what no policy grants it", name)
		}
		if !slices.Contains(p.reached, name) {
			p.found.add(CallerRoleUnreachable, name, fmt.Sprintf("grant %s to %s;", quote(name), quote(login)),
				"the login %q cannot take on the caller role %q", login, name)
		}
	}
}

// loginGrants finds what the login may do with a relation without a role.
func (p *path) loginGrants() {
	login := p.cat.Login.Name
	for _, r := range p.exposed {
		if slices.ContainsFunc(r.ACL, func(item catalog.ACLItem) bool { return item.Role == login }) && r.Owner != login {
			p.found.add(LoginGrants, r.String(), fmt.Sprintf("revoke all on %s from %s;", quoteName(r.Name), quote(login)),
				"the login %q has grants of its own on %s, which SQL that resets the role uses", login, r)
		}
	}
}
