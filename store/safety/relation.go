package safety

import (
	"fmt"
	"slices"

	"github.com/rowgate/rowgate/store/catalog"
)

// relations judges what methods reach, and what views among it read.
func (p *path) relations() {
	for _, r := range p.exposed {
		p.relation(r)
	}
}

// granted returns the callers that may read or write a relation.
func (p *path) granted(r *catalog.Relation) []string {
	return p.among(catalog.Grantees(r.ACL, "arwd"))
}

// among leaves those that a caller has the grants of.
func (p *path) among(roles []string) []string {
	return slices.DeleteFunc(roles, func(role string) bool { return !slices.Contains(p.callers, role) })
}

// relation judges a relation that statements of a caller reach. A partition
// that they reach through its parent is held to the parent's grants and
// policies, and so is not looked at.
func (p *path) relation(r *catalog.Relation) {
	granted := p.granted(r)
	if len(granted) == 0 || p.walked[r] {
		return
	}
	p.walked[r] = true
	p.definers(r)
	p.rules(r)
	takeBack := fmt.Sprintf("revoke all on %s from %s;", quoteName(r.Name), grantees(granted))
	switch r.Kind {
	case 'v':
		p.view(r, r, granted)
	case 'm':
		p.found.add(MaterializedView, r.String(), takeBack,
			"%s is a materialized view, whose rows no policy hides, and is granted to %s", r, people(granted))
	case 'f':
		p.found.add(ForeignTable, r.String(), takeBack,
			"%s is a foreign table, whose rows no policy hides, and is granted to %s", r, people(granted))
	default:
		if !r.RowSecurity {
			p.found.add(TableWithoutRLS, r.String(), fmt.Sprintf("alter table %s enable row level security;", quoteName(r.Name)),
				"%s has no row level security and is granted to %s, so every one of its rows is theirs", r, people(granted))
		}
		if r.RowSecurity && !r.ForceRowSecurity && slices.Contains(p.reached, r.Owner) {
			p.found.add(RLSWithoutForce, r.String(), fmt.Sprintf("alter table %s force row level security;", quoteName(r.Name)),
				"the policies of %s do not hold its owner %q, which the login can be", r, r.Owner)
		}
	}
}

// view judges a view by what it reads. One that reads as its caller needs the
// caller's grants on that, and what it reads is reached like the view itself,
// even where a view that reads as its owner stands around it. outer is the view
// that the callers were granted.
func (p *path) view(v, outer *catalog.Relation, granted []string) {
	if v.SecurityInvoker {
		for _, r := range v.Reads {
			p.relation(r)
		}
		return
	}
	for _, r := range v.Reads {
		if r.RowSecurity {
			mend, how := fmt.Sprintf("alter view %s set (security_invoker = true);", quoteName(v.Name)), ""
			if p.cat.ServerVersion < 150000 {
				mend = fmt.Sprintf("revoke all on %s from %s;", quoteName(outer.Name), grantees(granted))
				how = ", and PostgreSQL has security_invoker from 15 on only"
			}
			p.found.add(ViewWithoutSecurityInvoker, v.String(), mend,
				"the view %s reads %s as its owner %q, so its policies are not asked for the caller%s", v, r, v.Owner, how)
			break
		}
	}
	for _, r := range v.Reads {
		if r.Kind == 'v' && !p.walked[r] {
			p.walked[r] = true
			p.definers(r)
			p.rules(r)
			p.view(r, outer, granted)
		}
	}
}

// rules finds rules that reach tables with row level security.
func (p *path) rules(r *catalog.Relation) {
	for _, rule := range r.Rules {
		i := slices.IndexFunc(rule.Touches, func(t *catalog.Relation) bool { return t.RowSecurity })
		if i < 0 {
			continue
		}
		p.found.add(RuleAsOwner, r.String(), fmt.Sprintf("drop rule %s on %s;", quote(rule.Name), quoteName(r.Name)),
			"the rule %q on %s reaches %s as the owner %q, so its policies are not asked for the caller",
			rule.Name, r, rule.Touches[i], r.Owner)
	}
}
