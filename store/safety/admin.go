package safety

import (
	"fmt"

	"github.com/rowgate/rowgate/store/catalog"
)

// Admin returns what is wrong with the login of the admin path, whose catalog it
// is: it bypasses policies, and has no more than what was granted to it. It
// becomes no other role, a caller's neither: who acts as a user does so on the
// user path's login.
func Admin(cat *catalog.Catalog) []Finding {
	login := cat.Login
	var found findings
	refuse := func(is bool, rule Rule, attribute, what string) {
		if is {
			found.add(rule, login.Name, fmt.Sprintf("alter role %s %s;", quote(login.Name), attribute),
				"the admin path's login %q %s", login.Name, what)
		}
	}
	refuse(login.Superuser, AdminSuperuser, "nosuperuser", "is a superuser, whom no privilege holds: BYPASSRLS is enough")
	refuse(!login.BypassRLS, AdminBypassRLS, "bypassrls", "has no BYPASSRLS, so it sees what policies let it")
	refuse(login.CreateRole, AdminCreateRole, "nocreaterole", "has CREATEROLE, so it can grant itself other roles")
	refuse(login.Replication, AdminReplication, "noreplication", "has REPLICATION, so it can read every table's changes")
	for _, granted := range byRole(login) {
		found.add(AdminMembership, granted[0].Role, revoke(cat, "", login.Name, granted),
			"the admin path's login %q is a member of %q, so its calls could become it", login.Name, granted[0].Role)
	}
	own := func(o owned) {
		if o.owner == login.Name {
			found.add(AdminOwner, o.object, o.mend+" owner to postgres;",
				"the admin path's login %q owns %s, so it may change what it is", login.Name, o.object)
		}
	}
	own(ownedDatabase(cat))
	for _, s := range cat.Schemas() {
		own(ownedSchema(s))
	}
	for _, r := range cat.Relations() {
		own(ownedRelation(r))
	}
	for _, f := range cat.Functions() {
		own(ownedFunction(f))
	}
	return found
}
