package access

import (
	"slices"
	"strings"

	"github.com/rowgate/rowgate/store/catalog"
)

// rights are what the role is and has beside the relation's grants.
type rights struct {
	// usage is on the relation's schema.
	usage bool
	// of are the roles, of those that were asked about, whose rights it has:
	// itself, and those that it is a member of and inherits from.
	of []string
}

// judge says which policies count for the role and the command.
// https://www.postgresql.org/docs/current/ddl-rowsecurity.html
func (e *explanation) judge(policies []catalog.Policy, has rights) {
	owner := slices.Contains(has.of, e.relation.Owner)
	exempt := e.role.Superuser || e.role.BypassRLS
	e.held = e.RowSecurity && !exempt && (!owner || e.ForceRowSecurity)
	for _, p := range policies {
		ours := len(p.Roles) == 0 || slices.ContainsFunc(p.Roles, func(r string) bool { return slices.Contains(has.of, r) })
		e.Policies = append(e.Policies, Policy{Policy: p, Applies: e.held && ours && slices.Contains(e.commands(), CommandName(p.Command))})
	}
	switch {
	case e.role.Superuser:
		e.note("The role %s is a superuser: neither policies nor privileges hold it.", e.As.Role)
	case e.role.BypassRLS:
		e.note("The role %s has BYPASSRLS: no policy holds it.", e.As.Role)
	case owner && e.RowSecurity && !e.ForceRowSecurity:
		e.note("The role %s has the rights of %s, the owner of %s, whom policies hold only with FORCE ROW LEVEL SECURITY.", e.As.Role, e.relation.Owner, e.relation)
	}
	if !has.usage {
		e.note("The role %s has no USAGE on the schema %s, without which it may do nothing there.", e.As.Role, e.relation.Schema)
	}
}

// commands are those whose policies a row must meet: UPDATE and DELETE also read
// the rows that they look for, and INSERT those that it gives back.
// https://www.postgresql.org/docs/current/sql-createpolicy.html#SQL-CREATEPOLICY-SUMMARY
func (e *explanation) commands() []string {
	all := []string{"ALL", e.Command}
	if e.Command != "SELECT" && (e.Command != "INSERT" || !e.Blind) {
		all = append(all, "SELECT")
	}
	return all
}

// CommandName is what a policy is for, as CREATE POLICY has it.
func CommandName(command byte) string {
	switch command {
	case 'r':
		return "SELECT"
	case 'a':
		return "INSERT"
	case 'w':
		return "UPDATE"
	case 'd':
		return "DELETE"
	default:
		return "ALL"
	}
}

// explainRules notes what follows of all that was read without a question to the
// caller's side.
func (e *explanation) explainRules() {
	e.explainGrants()
	e.explainKind()
	if e.held {
		for _, command := range e.commands()[1:] {
			e.explainPolicies(command)
		}
	}
	if e.Command == "INSERT" {
		e.note("No row is tested against WITH CHECK here. A method that updates the row that is there already is held to the policies for UPDATE as well.")
	}
	if len(e.Key) > 0 && !e.admin.BypassRLS && !e.admin.Superuser {
		e.note("The admin path's login %s has no BYPASSRLS, so a row may exist that it does not see.", e.admin.Name)
	}
}

func (e *explanation) explainGrants() {
	if !e.Granted {
		e.note("The role %s has no privilege for %s on %s.", e.As.Role, e.Command, e.relation)
	}
	if len(e.readable) == 0 && slices.Contains(e.commands(), "SELECT") && e.Command != "SELECT" {
		e.note("The role %s may not SELECT from %s, which its %s needs for the rows that it looks for or gives back.", e.As.Role, e.relation, e.Command)
	}
}

// explainPolicies notes where no policy lets a row through.
func (e *explanation) explainPolicies(command string) {
	for _, p := range e.Policies {
		if name := CommandName(p.Command); p.Applies && p.Permissive && (name == command || name == "ALL") {
			return
		}
	}
	e.note("No permissive policy of %s is for %s and the role %s, so it has no rows there.", e.relation, command, e.As.Role)
}

// explainKind notes what relations do that are no plain tables.
func (e *explanation) explainKind() {
	r := e.relation
	var reads []string
	for _, from := range r.Reads {
		reads = append(reads, from.String())
	}
	from := strings.Join(reads, ", ")
	switch {
	case r.Kind == 'v' && r.SecurityInvoker:
		e.note("%s is a view with security_invoker: the policies of what it reads hold, as for the caller: %s.", r, from)
	case r.Kind == 'v':
		e.note("%s is a view without security_invoker: it reads with the rights of its owner %s, and the policies of what it reads hold as for that role: %s.", r, r.Owner, from)
	case r.Kind == 'm':
		e.note("%s is a materialized view: it has the rows that its owner %s saw when it was refreshed, and no policy holds.", r, r.Owner)
	case r.Kind == 'f':
		e.note("%s is a foreign table, on which there are no policies.", r)
	case !r.RowSecurity && len(e.Policies) > 0:
		e.note("Row level security is not enabled on %s: its policies do nothing, and every row is visible to who has the grant.", r)
	case !r.RowSecurity:
		e.note("Row level security is not enabled on %s: every row is visible to who has the grant.", r)
	case r.Kind == 'p':
		e.note("%s is partitioned: its own policies hold, and not those of its partitions.", r)
	}
}
