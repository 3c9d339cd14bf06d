package catalog

import (
	"slices"
	"strings"
)

// ACLItem is what one role was granted on an object by another.
// https://www.postgresql.org/docs/current/ddl-priv.html
type ACLItem struct {
	// Role is who has it; empty for PUBLIC, which is every role.
	Role string
	// Privileges are the letters that Postgres has for them: r SELECT, a INSERT,
	// w UPDATE, d DELETE, X EXECUTE, C CREATE, T TEMPORARY and so on.
	Privileges string
}

// Grantees returns the roles that have one of the privileges by a grant of
// their own, each once and sorted. An empty one is PUBLIC.
func Grantees(acl []ACLItem, privileges string) []string {
	var roles []string
	for _, item := range acl {
		if strings.ContainsAny(item.Privileges, privileges) {
			roles = append(roles, item.Role)
		}
	}
	slices.Sort(roles)
	return slices.Compact(roles)
}

// parseACL reads aclitems in their text form: role=privileges/grantor, with *
// behind a privilege that may be granted on.
func parseACL(items []string) []ACLItem {
	var acl []ACLItem
	for _, item := range items {
		role, rest := identifier(item)
		privileges, _, _ := strings.Cut(strings.TrimPrefix(rest, "="), "/")
		acl = append(acl, ACLItem{Role: role, Privileges: strings.ReplaceAll(privileges, "*", "")})
	}
	return acl
}

// identifier reads a name, with quotes where it has some, up to a = or a comma.
func identifier(s string) (name, rest string) {
	if !strings.HasPrefix(s, `"`) {
		if end := strings.IndexAny(s, "=,"); end >= 0 {
			return s[:end], s[end:]
		}
		return s, ""
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] != '"':
			b.WriteByte(s[i])
		case strings.HasPrefix(s[i:], `""`):
			b.WriteByte('"')
			i++
		default:
			return b.String(), s[i+1:]
		}
	}
	return b.String(), ""
}

// parseSearchPath reads a search_path: names with commas between, in lower case
// unless they have quotes. An empty name, which stands for no schema, is left
// out.
// https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-SEARCH-PATH
func parseSearchPath(s string) []string {
	var path []string
	for s = strings.TrimSpace(s); s != ""; s = strings.TrimSpace(strings.TrimPrefix(s, ",")) {
		quoted := s[0] == '"'
		var name string
		name, s = identifier(s)
		if !quoted {
			name = strings.ToLower(strings.TrimSpace(name))
		}
		if name != "" {
			path = append(path, name)
		}
		s = strings.TrimSpace(s)
		if s != "" && s[0] != ',' {
			break // What the server would not take.
		}
	}
	return path
}

// CallPath returns the schemas that a call as a role begins with as its
// search_path: those that were set for the role, or the login's. "$user" is
// replaced by the role's name.
func (c *Catalog) CallPath(role string) []string {
	path := c.SearchPath
	if r := c.roles[role]; r != nil {
		for _, s := range r.Settings {
			if s.Name == "search_path" {
				path = parseSearchPath(s.Value)
			}
		}
	}
	path = slices.Clone(path)
	for i, schema := range path {
		if schema == "$user" {
			path[i] = role
		}
	}
	return path
}
