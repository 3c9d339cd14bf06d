package table

import (
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/rowgate/rowgate/store"
	"github.com/rowgate/rowgate/store/query"
)

// Describer asks the database what a statement's parameters and columns are,
// as [store.Store.DescribeStatement] does.
type Describer func(sql string, params []uint32) (*store.StatementDescription, error)

// describe asks the database. Its error is a [*store.StatementError], or one
// that is kept for [Binder.Err].
func (b *Binder) describe(sql string, params []uint32) (*store.StatementDescription, error) {
	d, err := b.describer(sql, params)
	if err != nil && !errors.As(err, new(*store.StatementError)) {
		b.err = err
	}
	return d, err
}

// refused notes what the server says of a query as it was written.
func (b *Binder) refused(at sqlOf, text *query.Text, err *store.StatementError) {
	message := parameterNames(err.Message, text)
	if err.SQLState == indeterminate {
		name := message[strings.LastIndex(message, ":")+1:]
		b.problem(at, "the SQL of %s does not tell the type of :%s: write :%s::type", at.Name(), name, name)
		return
	}
	if err.Position > 0 {
		message += ", at " + text.Near(err.Position)
	}
	b.problem(at, "the SQL of %s cannot be prepared as %s: %s", at.Name(), err.Role, message)
}

// The SQLSTATE of a parameter whose type cannot be inferred.
const indeterminate = "42P18"

var numbered = regexp.MustCompile(`\$[0-9]+`)

// parameterNames writes a message of the server with the parameters' names.
func parameterNames(message string, text *query.Text) string {
	return numbered.ReplaceAllStringFunc(message, func(s string) string {
		if n, err := strconv.Atoi(s[1:]); err == nil && n >= 1 && n <= len(text.Names) {
			return ":" + text.Names[n-1]
		}
		return s
	})
}

// queryStatement writes the statement that is run, and asks the database once
// more, where it differs from what was described. It returns nil after it has
// noted a problem.
func (b *Binder) queryStatement(at sqlOf, text *query.Text, d *store.StatementDescription, params []*queryParam, r *queryResult) *query.Statement {
	var results, oids []uint32
	casts := make([]string, len(params))
	sent := make([]query.Param, len(params))
	for i, p := range params {
		casts[i], sent[i] = p.cast, p.param
		oids = append(oids, p.param.OID)
	}
	for _, c := range r.columns {
		results = append(results, c.OID)
	}
	sql := text.Cast(casts, r.columns)
	if sql != text.SQL(nil) || !slices.Equal(oids, d.Params) {
		again, err := b.describe(sql, oids)
		if err != nil || !answers(again, oids, results) {
			b.problem(at, "the SQL of %s cannot stand within another statement, which would cast %s: write the casts in it", at.Name(), toCast(params, r, text))
			return nil
		}
	}
	return query.NewStatement(sql, sent, results, true)
}

// answers says whether a statement takes and gives the types that are meant.
// One that gives nothing to the caller may give anything.
func answers(d *store.StatementDescription, params, results []uint32) bool {
	if !slices.Equal(d.Params, params) {
		return false
	}
	for i, oid := range results {
		if i >= len(d.Columns) || oid != 0 && d.Columns[i].OID != oid {
			return false
		}
	}
	return results == nil || len(results) == len(d.Columns)
}

// toCast lists what rowgate would cast, as one would write it.
func toCast(params []*queryParam, r *queryResult, text *query.Text) string {
	var all []string
	for _, c := range r.columns {
		if c.Cast != "" {
			all = append(all, c.Name+"::"+c.Cast)
		}
	}
	for i, p := range params {
		if p.cast != "" {
			all = append(all, ":"+text.Names[i])
		}
	}
	return strings.Join(all, ", ")
}
