package safety

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rowgate/rowgate/store/catalog"
)

// Finding is a reason not to serve, and what mends it.
type Finding struct {
	Rule Rule
	// Object is what the finding is about, by which an [Exception] names it:
	// schema.name, schema.function(types), a role, a schema or a database after
	// the word for it, or the server's version. A membership is "member in
	// role".
	Object string
	// Text says what is wrong, as a sentence without its full stop.
	Text string
	// Mend is the SQL that mends it, with its semicolon. Of what no SQL mends it
	// is a comment that says what does.
	Mend string
}

// String writes the finding on two lines: rule, object and text, and the SQL.
func (f Finding) String() string {
	return fmt.Sprintf("%s  %s: %s\n    %s", f.Rule, f.Object, f.Text, f.Mend)
}

// findings gathers them, each once: a function that several tables' policies
// call is mended once.
type findings []Finding

func (all *findings) add(rule Rule, object, mend, format string, args ...any) {
	f := Finding{Rule: rule, Object: object, Text: fmt.Sprintf(format, args...), Mend: mend}
	if !slices.ContainsFunc(*all, func(g Finding) bool { return g.Rule == rule && g.Object == object && g.Mend == mend }) {
		*all = append(*all, f)
	}
}

// quote writes an identifier for SQL that a person reads: with quotes only
// where it needs them.
func quote(id string) string {
	plain := id != "" && !keywords[id]
	for i, c := range id {
		if (c < 'a' || c > 'z') && c != '_' && (i == 0 || c < '0' || c > '9') {
			plain = false
		}
	}
	if plain {
		return id
	}
	return `"` + strings.ReplaceAll(id, `"`, `""`) + `"`
}

// keywords are the reserved words, which are no names without quotes.
// https://www.postgresql.org/docs/current/sql-keywords-appendix.html
var keywords = func() map[string]bool {
	set := map[string]bool{}
	for _, word := range strings.Fields(`all analyse analyze and any array as asc asymmetric authorization binary both
		case cast check collate collation column concurrently constraint create cross current_catalog current_date
		current_role current_schema current_time current_timestamp current_user default deferrable desc distinct do
		else end except false fetch for foreign freeze from full grant group having ilike in initially inner intersect
		into is isnull join lateral leading left like limit localtime localtimestamp natural not notnull null offset on
		only or order outer overlaps placing primary references returning right select session_user similar some
		symmetric system_user table tablesample then to trailing true union unique user using variadic verbose when
		where window with`) {
		set[word] = true
	}
	return set
}()

func quoteName(n catalog.Name) string { return quote(n.Schema) + "." + quote(n.Name) }

// quoteAll writes names with commas between.
func quoteAll(ids []string) string {
	quoted := make([]string, len(ids))
	for i, id := range ids {
		quoted[i] = quote(id)
	}
	return strings.Join(quoted, ", ")
}

// grantees writes roles of an ACL for SQL. No role has the name public.
func grantees(roles []string) string {
	quoted := make([]string, len(roles))
	for i, role := range roles {
		quoted[i] = "public"
		if role != "" {
			quoted[i] = quote(role)
		}
	}
	return strings.Join(quoted, ", ")
}

// people writes roles of an ACL for a message.
func people(roles []string) string {
	named := make([]string, len(roles))
	for i, role := range roles {
		named[i] = role
		if role == "" {
			named[i] = "PUBLIC"
		}
	}
	return strings.Join(named, ", ")
}
