package protogen

import (
	"fmt"
	"strings"

	"github.com/rowgate/rowgate/store/catalog"
)

// policiesHeading begins the part of a service's comment that a pull always
// writes anew.
const policiesHeading = "Policies:"

// policies is that part: which policies stand between a caller and the rows,
// in words and as SQL.
func (g *generator) policies(rel *catalog.Relation) string {
	var b strings.Builder
	writeComment(&b, "", policiesHeading)
	say := func(text string) {
		b.WriteString("//\n")
		writeComment(&b, "", text)
	}
	policies := g.description.Policies(rel)
	switch {
	case rel.Kind == 'v' && rel.SecurityInvoker:
		say("The view reads as the caller, so the policies of the relations that it reads hold.")
	case rel.Kind == 'v':
		// Who that is depends on who ran the migrations, and is not said.
		say("The view reads as its owner: the policies of the relations that it reads hold for that role and not for the caller.")
	case rel.Kind == 'm':
		say("A materialized view has no policies: whoever may read it reads all of it.")
	case rel.Kind == 'f':
		say("A foreign table has no policies: whoever may read it reads all of it.")
	case !rel.RowSecurity:
		say("Row level security is off: a caller reads and writes every row that the grants allow.")
	case len(policies) == 0:
		say("Row level security is on and there is no policy: no caller reads or writes any row.")
	}
	if rel.Kind != 'r' && rel.Kind != 'p' || !rel.RowSecurity {
		return b.String()
	}
	for _, p := range policies {
		say(policyWords(p))
		b.WriteString("//\n")
		writeSQL(&b, fmt.Sprintf("%s: %sFOR %s TO %s", p.Name, restrictive(p), commands[p.Command], policyRoles(p)), "")
		if p.Using != "" {
			writeSQL(&b, "USING "+parenthesized(p.Using), "\t")
		}
		if p.Check != "" {
			writeSQL(&b, "WITH CHECK "+parenthesized(p.Check), "\t")
		}
	}
	return b.String()
}

var commands = map[byte]string{'r': "SELECT", 'a': "INSERT", 'w': "UPDATE", 'd': "DELETE", '*': "ALL"}

var verbs = map[byte]string{'r': "read", 'a': "insert", 'w': "change", 'd': "delete", '*': "read and write"}

// policyWords is the policy's comment, or what its parts say.
func policyWords(p catalog.Policy) string {
	if !blank(p.Comment) {
		return p.Comment
	}
	who := policyRoles(p)
	if len(p.Roles) == 0 {
		who = "Everyone"
	}
	if !p.Permissive {
		return fmt.Sprintf("%s may %s only rows that meet this, whatever else allows it.", who, verbs[p.Command])
	}
	if p.Using == "true" && (p.Check == "" || p.Check == "true") || p.Using == "" && p.Check == "true" {
		return fmt.Sprintf("%s may %s every row.", who, verbs[p.Command])
	}
	return fmt.Sprintf("%s may %s rows that meet this.", who, verbs[p.Command])
}

func policyRoles(p catalog.Policy) string {
	if len(p.Roles) == 0 {
		return "PUBLIC"
	}
	return strings.Join(p.Roles, ", ")
}

func restrictive(p catalog.Policy) string {
	if p.Permissive {
		return ""
	}
	return "AS RESTRICTIVE "
}

func parenthesized(expr string) string {
	if unwrap(expr) != strings.TrimSpace(expr) {
		return strings.TrimSpace(expr)
	}
	return "(" + strings.TrimSpace(expr) + ")"
}

// writeSQL writes lines that documentation tools show as they are.
func writeSQL(b *strings.Builder, sql, indent string) {
	for line := range strings.SplitSeq(printable(sql), "\n") {
		b.WriteString(strings.TrimRight("//\t"+indent+line, " \t") + "\n")
	}
}
