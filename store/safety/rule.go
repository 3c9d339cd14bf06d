package safety

// Rule is the stable name of a kind of finding.
type Rule string

// The login of the user path.
const (
	// LoginSuperuser: no policy and no privilege holds a superuser.
	// https://www.postgresql.org/docs/current/role-attributes.html
	LoginSuperuser Rule = "login-superuser"
	// LoginBypassRLS: policies do not hold a role with BYPASSRLS, and a RESET
	// ROLE leads back to it.
	// https://www.postgresql.org/docs/current/ddl-rowsecurity.html
	LoginBypassRLS Rule = "login-bypassrls"
	// LoginCreateRole: a role with CREATEROLE grants itself others: before
	// PostgreSQL 16 any but a superuser, since then those that it made.
	// https://www.postgresql.org/docs/current/role-attributes.html
	LoginCreateRole Rule = "login-createrole"
	// LoginReplication: a role with REPLICATION reads every table's changes from
	// the write-ahead log, and a base backup of all.
	// https://www.postgresql.org/docs/current/role-attributes.html
	LoginReplication Rule = "login-replication"
	// LoginInherit: a login that inherits has all caller roles' rights at once
	// wherever none was taken on.
	// https://www.postgresql.org/docs/current/role-membership.html
	LoginInherit Rule = "login-inherit"
	// LoginMembership: whatever the login is a member of, with whatever option
	// and by whosever grant, SQL that a caller reaches may become or have the
	// rights of; with ADMIN it may grant it on.
	// https://www.postgresql.org/docs/current/sql-grant.html
	LoginMembership Rule = "login-membership"
	// LoginOwner: an owner is not held to policies unless they are forced, and
	// may drop them, replace a function's body and grant at will.
	// https://www.postgresql.org/docs/current/ddl-rowsecurity.html
	LoginOwner Rule = "login-owner"
	// LoginGrants: SQL that resets the role reads and writes with the login's
	// own grants, under policies that were not written for it.
	// https://www.postgresql.org/docs/current/sql-set-role.html
	LoginGrants Rule = "login-grants"
)

// The roles of callers.
const (
	// CallerRoleMissing: calls take the role on, and it does not exist.
	// https://www.postgresql.org/docs/current/sql-createrole.html
	CallerRoleMissing Rule = "caller-role-missing"
	// CallerRoleUnreachable: the login is no member of the role, or not with the
	// option SET.
	// https://www.postgresql.org/docs/current/sql-set-role.html
	CallerRoleUnreachable Rule = "caller-role-unreachable"
	// CallerRoleAttributes: a caller role with SUPERUSER, BYPASSRLS, CREATEROLE or
	// REPLICATION is not held to policies, or gets round them.
	// https://www.postgresql.org/docs/current/role-attributes.html
	CallerRoleAttributes Rule = "caller-role-attributes"
	// CallerRoleMembership: a caller role that is a member of another has its
	// rights, or becomes it.
	// https://www.postgresql.org/docs/current/role-membership.html
	CallerRoleMembership Rule = "caller-role-membership"
)

// What methods reach.
const (
	// TableWithoutRLS: whoever is granted a table without row level security has
	// all its rows.
	// https://www.postgresql.org/docs/current/ddl-rowsecurity.html
	TableWithoutRLS Rule = "table-without-rls"
	// RLSWithoutForce: without FORCE policies do not hold a table's owner, whom
	// the login or a caller role may become.
	// https://www.postgresql.org/docs/current/ddl-rowsecurity.html
	RLSWithoutForce Rule = "rls-without-force"
	// ViewWithoutSecurityInvoker: such a view reads as its owner, so that the
	// policies of what it reads are asked for the owner and not for the caller, or
	// not at all. A view that reads nothing with row level security is left alone.
	// https://www.postgresql.org/docs/current/sql-createview.html
	ViewWithoutSecurityInvoker Rule = "view-without-security-invoker"
	// RuleAsOwner: what a rule reads and writes beside its own relation, it does
	// with the rights of the relation's owner, whatever a view's options say.
	// https://www.postgresql.org/docs/current/rules-privileges.html
	RuleAsOwner Rule = "rule-as-owner"
	// MaterializedView: its rows are those that its owner saw, and it has no
	// policies.
	// https://www.postgresql.org/docs/current/rules-materializedviews.html
	MaterializedView Rule = "materialized-view"
	// ForeignTable: it has no policies, and the other server knows but the one
	// user that it is reached as.
	// https://www.postgresql.org/docs/current/sql-createforeigntable.html
	ForeignTable Rule = "foreign-table"
	// DefinerFunctionSearchPath: a function that runs as its owner and leaves its
	// names to the caller's search_path, or to a schema that callers create
	// things in, runs what a caller made as its owner. That goes for temporary
	// tables, too, unless pg_temp is named last.
	// https://www.postgresql.org/docs/current/sql-createfunction.html#SQL-CREATEFUNCTION-SECURITY
	DefinerFunctionSearchPath Rule = "definer-function-search-path"
	// FunctionPublicExecute: Postgres lets every role run a new function; what a
	// method calls is granted to the roles that are meant to.
	// https://www.postgresql.org/docs/current/ddl-priv.html
	FunctionPublicExecute Rule = "function-public-execute"
	// SchemaCreate: who creates things in a schema on the search_path of calls, or
	// makes a schema, shadows names that other callers' statements mean.
	// https://www.postgresql.org/docs/current/ddl-schemas.html#DDL-SCHEMAS-PATTERNS
	SchemaCreate Rule = "schema-create"
)

// The server.
const (
	// ServerVersion: minor releases close known ways around row level security:
	// planner statistics that are shown for rows that a policy hides
	// (CVE-2025-8713) and plans that are used again after a change of role
	// (CVE-2024-10976) among them. A major version out of support gets none.
	// https://www.postgresql.org/support/security/
	ServerVersion Rule = "server-version"
)

// The login of the admin path.
const (
	// AdminSuperuser: the admin path's rights are those that were granted to it.
	// https://www.postgresql.org/docs/current/role-attributes.html
	AdminSuperuser Rule = "admin-superuser"
	// AdminBypassRLS: without BYPASSRLS the admin path sees what policies let it.
	// https://www.postgresql.org/docs/current/ddl-rowsecurity.html
	AdminBypassRLS Rule = "admin-bypassrls"
	// AdminCreateRole: see [LoginCreateRole].
	// https://www.postgresql.org/docs/current/role-attributes.html
	AdminCreateRole Rule = "admin-createrole"
	// AdminReplication: see [LoginReplication].
	// https://www.postgresql.org/docs/current/role-attributes.html
	AdminReplication Rule = "admin-replication"
	// AdminMembership: what the admin path may is granted to its login alone;
	// SQL that it reaches must not become a role beyond that.
	// https://www.postgresql.org/docs/current/role-membership.html
	AdminMembership Rule = "admin-membership"
	// AdminOwner: an owner may change the tables themselves, the audit's too.
	// https://www.postgresql.org/docs/current/ddl-priv.html
	AdminOwner Rule = "admin-owner"
)

// Rules returns all of them, in the order in which they are looked at.
func Rules() []Rule {
	return []Rule{
		LoginSuperuser, LoginBypassRLS, LoginCreateRole, LoginReplication, LoginInherit,
		CallerRoleMissing, CallerRoleUnreachable, CallerRoleAttributes,
		LoginMembership, CallerRoleMembership, LoginOwner, LoginGrants,
		TableWithoutRLS, RLSWithoutForce, ViewWithoutSecurityInvoker, RuleAsOwner, MaterializedView, ForeignTable,
		DefinerFunctionSearchPath, FunctionPublicExecute, SchemaCreate, ServerVersion,
		AdminSuperuser, AdminBypassRLS, AdminCreateRole, AdminReplication, AdminMembership, AdminOwner,
	}
}

// OfRoles says that the rule is about what a login or a caller role is and may
// become, and not about the application's own tables, views and functions.
func (r Rule) OfRoles() bool {
	switch r {
	case TableWithoutRLS, RLSWithoutForce, ViewWithoutSecurityInvoker, RuleAsOwner, MaterializedView, ForeignTable,
		DefinerFunctionSearchPath, FunctionPublicExecute, SchemaCreate, ServerVersion:
		return false
	default:
		return true
	}
}

// AllowObjects returns exceptions, all for one reason, for the rules that are not
// about roles: for development and tests, whose tables are in the making. What
// a login may become is refused there, too.
func AllowObjects(reason string) []Exception {
	var allow []Exception
	for _, r := range Rules() {
		if !r.OfRoles() {
			allow = append(allow, Exception{Rule: r, Object: "*", Reason: reason})
		}
	}
	return allow
}
