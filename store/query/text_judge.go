package query

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// oneStatement cuts off the semicolon that may end the statement.
func oneStatement(sql string, tokens []token) ([]token, error) {
	i := slices.IndexFunc(tokens, func(t token) bool { return t.kind == semicolon })
	if i < 0 {
		i = len(tokens)
	}
	if i == 0 {
		return nil, ErrEmptyText
	}
	if i+1 < len(tokens) {
		return nil, fmt.Errorf("the SQL has more than one statement: a semicolon stands before %s", near(sql, tokens[i+1].start))
	}
	return tokens[:i], nil
}

// verbs are the words that a statement may begin with, and whether it then
// writes.
var verbs = map[string]bool{
	"select": false, "with": false, "values": false, "table": false,
	"insert": true, "update": true, "delete": true, "merge": true,
}

// judge refuses all but queries and writes of rows.
func (t *Text) judge(sql string, tokens []token) error {
	first := slices.IndexFunc(tokens, func(t token) bool { return t.kind != opening })
	if first < 0 {
		return errors.New("the SQL has no statement within its parentheses")
	}
	verb := strings.ToLower(tokens[first].text(sql))
	writes, ok := verbs[verb]
	if !ok || tokens[first].kind != word {
		return fmt.Errorf("the SQL begins with %s; a query is a SELECT, WITH, VALUES or TABLE, or with writes: true an INSERT, "+
			"UPDATE, DELETE or MERGE: anything else could end the transaction that holds the caller's role, or outlive it",
			near(sql, tokens[first].start))
	}
	t.Writes = writes
	is := func(i int, want string) bool {
		return i >= 0 && i < len(tokens) && tokens[i].kind == word && strings.EqualFold(tokens[i].text(sql), want)
	}
	for i, tok := range tokens {
		switch {
		case tok.kind == position:
			return fmt.Errorf("the SQL has the parameter %s: write :name, with the name of the request's field", tok.text(sql))
		case tok.kind == opening && (is(i-1, "as") || is(i-1, "materialized")) && i+1 < len(tokens) && tokens[i+1].kind == word:
			t.Writes = t.Writes || verbs[strings.ToLower(tokens[i+1].text(sql))]
		case !is(i, "into"), is(i-1, "insert"), is(i-1, "merge"), is(i-1, "as"), i > 0 && tokens[i-1].text(sql) == ".":
			// INTO is reserved: elsewhere it is no name.
		default:
			return fmt.Errorf("the SQL has a SELECT INTO, which makes a table: %s", near(sql, tok.start))
		}
	}
	if verb == "with" {
		t.Writes = t.Writes || verbs[verbOf(sql, tokens[first:])]
	}
	return nil
}

// verbOf is the word that tells what a statement with a WITH clause does: the
// first one behind that clause's parentheses.
func verbOf(sql string, tokens []token) string {
	depth := 0
	for i, tok := range tokens[:len(tokens)-1] {
		switch tok.kind {
		case opening:
			depth++
		case closing:
			depth--
			verb := strings.ToLower(tokens[i+1].text(sql))
			if _, ok := verbs[verb]; ok && depth == 0 && tokens[i+1].kind == word {
				return verb
			}
		}
	}
	return ""
}
