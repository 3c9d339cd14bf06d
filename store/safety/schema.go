package safety

import (
	"fmt"
	"slices"

	"github.com/rowgate/rowgate/store/catalog"
)

// used returns the schemas that calls find names in, or reach things in: each
// once, those of the search_path first.
func (p *path) used() []*catalog.Schema {
	var all []*catalog.Schema
	add := func(name string) {
		if s := p.cat.Schema(name); s != nil && !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	for _, role := range p.roles {
		for _, name := range p.cat.CallPath(role) {
			add(name)
		}
	}
	for _, r := range p.exposed {
		add(r.Schema)
	}
	for _, f := range p.functions {
		add(f.Schema)
	}
	return all
}

// creators returns who of the callers and the login may create things.
func (p *path) creators(acl []catalog.ACLItem) []string {
	return slices.DeleteFunc(catalog.Grantees(acl, "C"), func(role string) bool {
		return !slices.Contains(p.callers, role) && !slices.Contains(p.reached, role)
	})
}

// schemas finds where callers may create what others' statements find. An owner
// may as well, and is found as one.
func (p *path) schemas() {
	for _, s := range p.used() {
		who := slices.DeleteFunc(p.creators(s.ACL), func(role string) bool { return role == s.Owner })
		if len(who) > 0 {
			p.found.add(SchemaCreate, "schema "+s.Name, fmt.Sprintf("revoke create on schema %s from %s;", quote(s.Name), grantees(who)),
				"%s may create things in the schema %s, where other callers' statements find names", people(who), s.Name)
		}
	}
	who := slices.DeleteFunc(p.creators(p.cat.ACL), func(role string) bool { return role == p.cat.Owner })
	if len(who) > 0 {
		p.found.add(SchemaCreate, "database "+p.cat.Database,
			fmt.Sprintf("revoke create on database %s from %s;", quote(p.cat.Database), grantees(who)),
			"%s may make schemas in the database %s, one of a role's name for instance, which its search_path begins with",
			people(who), p.cat.Database)
	}
}
