package catalog

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// Role is a role with what it may become and what is set for it.
type Role struct {
	Name        string
	Superuser   bool
	Inherit     bool
	CreateRole  bool
	CreateDB    bool
	CanLogin    bool
	Replication bool
	BypassRLS   bool
	// Memberships are the roles that this one was granted, directly, ordered by
	// role and grantor.
	Memberships []Membership
	// Settings are those that ALTER ROLE ... SET stored for the role in this
	// database and that any role may set, in the order in which they apply,
	// without statement_timeout. SET ROLE does not apply them.
	Settings []Setting
	// ReadOnly says that default_transaction_read_only is stored as on.
	ReadOnly bool
	// StatementTimeout is the role's own statement_timeout; 0 when it is off,
	// and meaningless unless HasStatementTimeout.
	StatementTimeout    time.Duration
	HasStatementTimeout bool
}

// Membership is a role that another one was granted.
// https://www.postgresql.org/docs/current/sql-grant.html
type Membership struct {
	// Role is the granted role.
	Role string `json:"role"`
	// Grantor is who granted it. Since PostgreSQL 16 there is a membership for
	// each grantor, and each is revoked by itself; before, it means nothing.
	Grantor string `json:"grantor"`
	// Admin says that the member may grant the role on.
	Admin bool `json:"admin"`
	// Inherit says that the member has the role's rights without SET ROLE.
	Inherit bool `json:"inherit"`
	// Set says that the member may take the role on with SET ROLE.
	Set bool `json:"set"`
}

// Setting is a run-time parameter and its value.
type Setting struct {
	Name  string
	Value string
}

// Becomes returns every role that the named one is a member of, through however
// many memberships, without itself, sorted. Whether it may take one on at once
// or has to grant itself the option first is not told apart.
func (c *Catalog) Becomes(role string) []string {
	seen := map[string]bool{role: true}
	queue := []string{role}
	var reached []string
	for len(queue) > 0 {
		r := c.roles[queue[0]]
		queue = queue[1:]
		if r == nil {
			continue
		}
		for _, m := range r.Memberships {
			if !seen[m.Role] {
				seen[m.Role] = true
				reached = append(reached, m.Role)
				queue = append(queue, m.Role)
			}
		}
	}
	slices.Sort(reached)
	return reached
}

// neverApplied names settings that are the call's own, or that mean nothing
// inside a transaction that has begun.
var neverApplied = []string{
	"role", "session_authorization",
	"default_transaction_isolation", "default_transaction_read_only", "default_transaction_deferrable",
	"transaction_isolation", "transaction_read_only", "transaction_deferrable",
	"client_encoding",
}

// applySettings takes over pg_db_role_setting's entries, name=value each.
// restricted holds the settings that not every role may set.
func (r *Role) applySettings(entries []string, restricted map[string]bool) {
	values := map[string]string{}
	var order []string
	for _, e := range entries {
		name, value, ok := strings.Cut(e, "=")
		name = strings.ToLower(name)
		if name == "default_transaction_read_only" {
			on, err := strconv.ParseBool(strings.NewReplacer("on", "true", "off", "false").Replace(strings.ToLower(value)))
			r.ReadOnly = on && err == nil
		}
		if !ok || restricted[name] || slices.Contains(neverApplied, name) || strings.HasPrefix(name, "request.") {
			continue
		}
		if name == "statement_timeout" {
			if d, ok := parseDuration(value); ok {
				r.StatementTimeout, r.HasStatementTimeout = d, true
			}
			continue
		}
		if _, again := values[name]; !again {
			order = append(order, name)
		}
		values[name] = value
	}
	for _, name := range order {
		r.Settings = append(r.Settings, Setting{name, values[name]})
	}
}

// parseDuration reads a time as postgresql.conf writes it, in milliseconds
// unless it has a unit.
// https://www.postgresql.org/docs/current/config-setting.html#CONFIG-SETTING-NAMES-VALUES
func parseDuration(s string) (time.Duration, bool) {
	s = strings.TrimSpace(s)
	digits := strings.TrimRightFunc(s, func(r rune) bool { return r < '0' || r > '9' })
	n, err := strconv.ParseFloat(digits, 64)
	if err != nil || n < 0 {
		return 0, false
	}
	unit, ok := map[string]time.Duration{
		"": time.Millisecond, "us": time.Microsecond, "ms": time.Millisecond, "s": time.Second,
		"min": time.Minute, "h": time.Hour, "d": 24 * time.Hour,
	}[strings.TrimSpace(s[len(digits):])]
	return time.Duration(n * float64(unit)), ok
}
