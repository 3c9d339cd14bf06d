package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rowgate/rowgate/store/catalog"
	"github.com/rowgate/rowgate/store/query"
)

// Request describes the call to the database's functions and policies, which
// read it as PostgREST's do: current_setting('request.method', true) and so
// on. Empty fields are set to the empty string.
type Request struct {
	Method string
	Path   string
	// Headers is a JSON object; empty leaves request.headers unset.
	Headers string
	// Untrusted says that the call may run SQL that leaves something in the session
	// beyond settings: prepared statements, temporary tables, locks and the like.
	// It then begins with a session in which there is nothing of others (DISCARD
	// ALL), and so does the next one; that is one more round trip. Behind a pooler
	// in transaction mode it is of no use.
	Untrusted bool
	// Audit is the row that the call leaves in rowgate.audit; nil for none.
	Audit *Audit
}

// settings is what set_config gets in front of a statement, role by role. It
// follows the catalog and never changes.
type settings struct {
	roles map[string]*roleSettings
	// other serves a role that the catalog has not got; the server then says
	// what is wrong with it.
	other *roleSettings
}

// roleSettings holds a role's statement timeout and the statements that set it
// up, one for each variant.
type roleSettings struct {
	timeout  time.Duration
	readOnly bool
	extra    []catalog.Setting
	variants [1 << 3]*query.Statement
}

// resetAll comes before the settings of every call: what SQL of an earlier one
// has set for the whole session, by set_config(…, false) for instance, is not
// the next caller's. https://www.postgresql.org/docs/current/sql-reset.html
var resetAll = query.NewStatement("reset all", nil, nil, false)

// readOnlyFromHere is for what comes behind statements that may write.
var readOnlyFromHere = query.NewStatement("select where pg_catalog.set_config('transaction_read_only', 'on', true) is not null", nil, nil, false)

// What a variant of the settings statement sets beyond what all of them do.
const (
	withHeaders = 1 << iota
	withTimeout
	withReadOnly
)

func newSettings(cat *catalog.Catalog) *settings {
	s := &settings{roles: map[string]*roleSettings{}, other: newRoleSettings(cat.Login.StatementTimeout, nil)}
	for _, name := range append(cat.Becomes(cat.Login.Name), cat.Login.Name) {
		role := cat.Role(name)
		if role == nil {
			continue
		}
		timeout := cat.Login.StatementTimeout
		if role.HasStatementTimeout {
			timeout = role.StatementTimeout
		}
		extra := role.Settings
		if cat.ServerEncoding != "UTF8" {
			// Behind a pooler, RESET ALL goes back to the encoding of its
			// connections, which is the database's.
			extra = append(slices.Clip(extra), catalog.Setting{Name: "client_encoding", Value: "UTF8"})
		}
		s.roles[name] = newRoleSettings(timeout, extra)
		s.roles[name].readOnly = role.ReadOnly
	}
	return s
}

func newRoleSettings(timeout time.Duration, extra []catalog.Setting) *roleSettings {
	r := &roleSettings{timeout: timeout, extra: extra}
	for v := range r.variants {
		r.variants[v] = settingsStatement(v, extra)
	}
	return r
}

func (s *settings) of(role string) *roleSettings {
	if r := s.roles[role]; r != nil {
		return r
	}
	return s.other
}

// alwaysSet are the parameters that every call sets, in the order of the
// arguments. The legacy claims are set even when they are empty: one left over
// in the session would override the claims.
var alwaysSet = []string{
	"role", "request.jwt.claims", "request.jwt.claim.sub", "request.jwt.claim.role", "request.jwt.claim.email",
	"request.method", "request.path",
}

// alwaysSetTo are the values of alwaysSet in a call.
func alwaysSetTo(as *Caller, req *Request) [7]string {
	return [...]string{as.Role, as.Claims, as.Subject, cmp.Or(as.ClaimedRole, as.Role), as.Email, req.Method, req.Path}
}

// settingsStatement writes the statement of one variant. The set_configs stand
// in a WHERE clause, so that the claims are not sent back with every call; the
// role comes first, so that everything after it, and the parse of the
// statement that follows, is already done as that role.
func settingsStatement(variant int, extra []catalog.Setting) *query.Statement {
	var b strings.Builder
	n := 0
	set := func(name, value string) {
		if b.Len() > 0 {
			b.WriteString(" and ")
		}
		fmt.Fprintf(&b, "pg_catalog.set_config(%s, %s, true) is not null", quoteLiteral(name), value)
	}
	parameter := func(name string) {
		n++
		set(name, "$"+strconv.Itoa(n))
	}
	for _, name := range alwaysSet {
		parameter(name)
	}
	if variant&withHeaders != 0 {
		parameter("request.headers")
	}
	for _, s := range extra {
		set(s.Name, quoteLiteral(s.Value))
	}
	if variant&withTimeout != 0 {
		parameter("statement_timeout")
	}
	if variant&withReadOnly != 0 {
		set("transaction_read_only", "'on'")
	}
	params := make([]query.Param, n)
	for i := range params {
		params[i] = query.Param{OID: textOID}
	}
	return query.NewStatement("select where "+b.String(), params, nil, false)
}

const textOID = 25

// quoteLiteral writes a string constant. E” is needed for backslashes, whose
// meaning in a plain constant depends on standard_conforming_strings.
func quoteLiteral(s string) string {
	q := "'" + strings.ReplaceAll(s, "'", "''") + "'"
	if strings.Contains(s, `\`) {
		return "E" + strings.ReplaceAll(q, `\`, `\\`)
	}
	return q
}

// timeLimit is how long a statement may run: the sooner of the role's limit
// and the context's deadline. 0 means no limit. It fails when the deadline has
// passed.
func timeLimit(ctx context.Context, role time.Duration) (time.Duration, error) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return role, nil
	}
	left := time.Until(deadline)
	if left < time.Millisecond {
		return 0, context.DeadlineExceeded
	}
	if role > 0 && role < left || left > maxTimeout {
		return role, nil
	}
	return left, nil
}

// maxTimeout is the largest statement_timeout, an int4 of milliseconds.
const maxTimeout = (1<<31 - 1) * time.Millisecond
