package query

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Text is SQL text that a person wrote, with ":name" for its parameters. It
// holds exactly one statement.
//
// A colon directly before a name is a parameter, unless another colon is before
// it: a::text is a cast. There are none within quotes of any kind, quoted names
// and comments. Where a colon is to be a colon, as in the slice a[1: n], a space
// stands behind it.
//
// sqlx, squirrel and the like know neither dollar quotes nor comments that nest
// nor E-strings, pgx.NamedArgs wants @, which is an operator of Postgres, and
// pg_query is all of Postgres' parser in C and takes no colons. Hence the
// scanner of its own (text_scan.go), which knows the lexical rules alone; what
// the text means is left to the server.
type Text struct {
	// Names are the parameters' names, each once, in the order in which they
	// are first used.
	Names []string
	// Writes says that the statement, or one in its WITH clause, is an INSERT,
	// UPDATE, DELETE or MERGE. One that writes by a function does not say so.
	Writes bool

	// parts is the text around the parameters, and uses which one stands behind
	// each part but the last.
	parts []string
	uses  []int
}

// ErrEmptyText is the error of a text without a statement.
var ErrEmptyText = errors.New("the SQL is empty")

// ParseText reads a text. Its errors say what is wrong, for whoever wrote it.
// It refuses what is no single query or write of rows: the server would take a
// SET ROLE, a COMMIT or a PREPARE too, and it would end or outlive the
// transaction that holds the caller's role.
func ParseText(sql string) (*Text, error) {
	switch {
	case !utf8.ValidString(sql):
		return nil, errors.New("the SQL is not valid UTF-8")
	case strings.ContainsRune(sql, 0):
		return nil, errors.New("the SQL holds a NUL character")
	}
	tokens, err := scanText(sql)
	if err != nil {
		return nil, err
	}
	if tokens, err = oneStatement(sql, tokens); err != nil {
		return nil, err
	}
	t := &Text{}
	if err := t.judge(sql, tokens); err != nil {
		return nil, err
	}
	t.split(sql, tokens)
	return t, nil
}

// split cuts the statement at its parameters.
func (t *Text) split(sql string, tokens []token) {
	at := tokens[0].start
	for _, tok := range tokens {
		if tok.kind != parameter {
			continue
		}
		name := tok.text(sql)[1:]
		use := slices.Index(t.Names, name)
		if use < 0 {
			use = len(t.Names)
			t.Names = append(t.Names, name)
		}
		t.parts, t.uses = append(t.parts, sql[at:tok.start]), append(t.uses, use)
		at = tok.end
	}
	t.parts = append(t.parts, sql[at:tokens[len(tokens)-1].end])
}

// SQL writes the statement with $1, $2, ... for the parameters. Where casts
// has a type for one, as a cast writes it, the parameter is cast to it.
func (t *Text) SQL(casts []string) string {
	var b builder
	t.write(&b, casts)
	return b.String()
}

// Cast is SQL for a statement whose columns are to be cast: it then stands in a
// WITH clause, the one place where a query and a write may stand alike. The
// order of its rows is kept, since the query around it has none. A statement
// with a write in a WITH clause of its own cannot stand there, as the server
// says.
func (t *Text) Cast(casts []string, columns []Column) string {
	if !slices.ContainsFunc(columns, func(c Column) bool { return c.Cast != "" }) {
		return t.SQL(casts)
	}
	var b builder
	b.text("with ", alias, " as (")
	t.write(&b, casts)
	b.text(") select ")
	b.members(alias+".", columns)
	b.text(" from ", alias)
	return b.String()
}

func (t *Text) write(b *builder, casts []string) {
	for i, part := range t.parts {
		b.text(part)
		if i < len(t.uses) {
			b.text(t.placeholder(i, casts))
		}
	}
}

// placeholder is what stands for the parameter behind the i-th part.
func (t *Text) placeholder(i int, casts []string) string {
	use := t.uses[i]
	number := "$" + strconv.Itoa(use+1)
	if use < len(casts) && casts[use] != "" {
		number = "(" + number + "::" + casts[use] + ")"
	}
	// A word directly before the colon would become one name with it.
	if part := t.parts[i]; part != "" && inName(part[len(part)-1]) {
		return " " + number
	}
	return number
}

// Near shows what was written at a place that the server tells of the text
// which SQL writes without casts: a character, counted from 1.
func (t *Text) Near(character int) string {
	at := len(t.SQL(nil))
	for i := range t.SQL(nil) {
		if character--; character == 0 {
			at = i
		}
	}
	var written strings.Builder
	sent, place := 0, -1
	for i, part := range t.parts {
		if place < 0 && at < sent+len(part) {
			place = written.Len() + at - sent
		}
		sent += len(part)
		written.WriteString(part)
		if i == len(t.uses) {
			break
		}
		sent += len(t.placeholder(i, nil))
		if place < 0 && at < sent {
			place = written.Len()
		}
		written.WriteString(":" + t.Names[t.uses[i]])
	}
	if place < 0 {
		place = written.Len()
	}
	return near(written.String(), place)
}

// shownText bounds what near shows, in bytes.
const shownText = 40

// near shows the text from a place on.
func near(sql string, at int) string {
	rest := strings.Join(strings.Fields(sql[at:]), " ")
	if rest == "" {
		return "its end"
	}
	if len(rest) > shownText {
		cut := shownText
		for !utf8.RuneStart(rest[cut]) {
			cut--
		}
		rest = rest[:cut] + "…"
	}
	return strconv.Quote(rest)
}
