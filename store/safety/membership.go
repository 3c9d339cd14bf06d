package safety

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rowgate/rowgate/store/catalog"
)

// since16 says that each grantor's membership stands and is revoked by itself.
func since16(cat *catalog.Catalog) bool { return cat.ServerVersion >= 160000 }

// memberships finds every membership of the login in a role that is no caller
// role, of a caller role in any role, and options of the login's own that go too
// far. What lies behind such a role is out of reach once it is revoked.
func (p *path) memberships() {
	login := p.cat.Login
	for _, granted := range byRole(login) {
		role := granted[0].Role
		if slices.Contains(p.roles, role) {
			p.options(granted)
			continue
		}
		p.found.add(LoginMembership, role, revoke(p.cat, "", login.Name, granted),
			"the login %q is a member of %q, so a caller could become it", login.Name, role)
	}
	for _, name := range p.roles {
		caller := p.cat.Role(name)
		if caller == nil {
			continue
		}
		for _, granted := range byRole(caller) {
			p.found.add(CallerRoleMembership, name+" in "+granted[0].Role, revoke(p.cat, "", name, granted),
				"the caller role %q is a member of %q, so a caller could become it", name, granted[0].Role)
		}
	}
}

// byRole returns a role's memberships, those in one role together.
func byRole(r *catalog.Role) [][]catalog.Membership {
	var all [][]catalog.Membership
	for _, m := range r.Memberships {
		if n := len(all); n > 0 && all[n-1][0].Role == m.Role {
			all[n-1] = append(all[n-1], m)
			continue
		}
		all = append(all, []catalog.Membership{m})
	}
	return all
}

// revoke writes the SQL that takes memberships away, or an option of theirs.
func revoke(cat *catalog.Catalog, option, member string, granted []catalog.Membership) string {
	var statements []string
	for _, m := range granted {
		by := ""
		if since16(cat) {
			by = " granted by " + quote(m.Grantor)
		}
		statements = append(statements, fmt.Sprintf("revoke %s%s from %s%s;", option, quote(m.Role), quote(member), by))
	}
	// Before PostgreSQL 16 there is one, whoever granted it.
	return strings.Join(statements, " ")
}

// options judges how the login is a member of a caller role. Before PostgreSQL
// 16 the option INHERIT is the login's attribute, which is judged by itself.
func (p *path) options(granted []catalog.Membership) {
	login, role := p.cat.Login.Name, granted[0].Role
	of := func(has func(catalog.Membership) bool) []catalog.Membership {
		return slices.DeleteFunc(slices.Clone(granted), func(m catalog.Membership) bool { return !has(m) })
	}
	if with := of(func(m catalog.Membership) bool { return m.Admin }); len(with) > 0 {
		p.found.add(LoginMembership, role, revoke(p.cat, "admin option for ", login, with),
			"the login %q may grant the caller role %q on", login, role)
	}
	if with := of(func(m catalog.Membership) bool { return m.Inherit }); len(with) > 0 && since16(p.cat) {
		p.found.add(LoginMembership, role, revoke(p.cat, "inherit option for ", login, with),
			"the login %q holds the rights of %q without taking it on", login, role)
	}
	if with := of(func(m catalog.Membership) bool { return m.Set }); len(with) == 0 {
		p.found.add(CallerRoleUnreachable, role, fmt.Sprintf("grant %s to %s with inherit false, set true;", quote(role), quote(login)),
			"the login %q cannot take on the caller role %q, for want of the option SET", login, role)
	}
}
