package safety

import (
	"fmt"
	"slices"

	"github.com/rowgate/rowgate/store/catalog"
)

// owned is a thing that somebody owns.
type owned struct {
	owner string
	// object is its name for an exception, and mend the SQL up to the owner.
	object, mend string
}

func ownedDatabase(cat *catalog.Catalog) owned {
	return owned{cat.Owner, "database " + cat.Database, "alter database " + quote(cat.Database)}
}

func ownedSchema(s *catalog.Schema) owned {
	return owned{s.Owner, "schema " + s.Name, "alter schema " + quote(s.Name)}
}

func ownedRelation(r *catalog.Relation) owned {
	// ALTER TABLE takes every kind of relation.
	return owned{r.Owner, r.String(), "alter table " + quoteName(r.Name)}
}

func ownedFunction(f *catalog.Function) owned {
	return owned{f.Owner, f.Signature(), "alter routine " + signature(f)}
}

// ownership finds what the login or a role that it reaches owns.
func (p *path) ownership() {
	login := p.cat.Login.Name
	things := []owned{ownedDatabase(p.cat)}
	for _, s := range p.used() {
		things = append(things, ownedSchema(s))
	}
	for _, r := range p.exposed {
		things = append(things, ownedRelation(r))
	}
	for _, f := range p.functions {
		things = append(things, ownedFunction(f))
	}
	for _, o := range things {
		if !slices.Contains(p.reached, o.owner) {
			continue
		}
		who := fmt.Sprintf("the login %q", login)
		if o.owner != login {
			who = fmt.Sprintf("the role %q, which the login can become,", o.owner)
		}
		p.found.add(LoginOwner, o.object, o.mend+" owner to postgres;",
			"%s owns %s, and an owner is not held to its policies and may change them", who, o.object)
	}
}
