package service_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// form is what can be made of a type: columns of their own beside each other,
// for each one that is NOT NULL and one that is not.
type form struct {
	column string
	// over is SQL that makes the form's type of the case's.
	over string
	// array says that the values are arrays of the case's.
	array bool
}

var typeForms = []form{
	{"domain", `types."%[1]s domain"`, false},
	{"array", `%[2]s[]`, true},
	{"domain_array", `types."%[1]s domain"[]`, true},
	{"array_domain", `types."%[1]s array"`, true},
}

// formed is a case of which the forms are made.
type formed struct{ typeCase }

// between is what stands between items of arrays of the case's type.
func (c typeCase) between() byte { return cmp.Or(c.mark, ',') }

// array is an array of values of the case's type.
func (c typeCase) array(items ...string) string { return arrayBetween(c.between(), items...) }

// formedCases are the cases of types that are no arrays, as a pull proposes
// them.
func formedCases(cases []typeCase) []formed {
	var all []formed
	for _, c := range cases {
		array := strings.HasSuffix(c.sql, "[]") || slices.Contains([]string{"types.ints", "types.prices", "types.moods"}, c.sql)
		if !c.chosen && !array {
			all = append(all, formed{c})
		}
	}
	return all
}

// of is the form as a case. Lists within lists are texts, of which none is
// lossy.
func (c formed) of(f form) typeCase {
	of := c.typeCase
	if f.array && c.isList() {
		of.proto, of.json, of.lossy = "string", asString, nil
	}
	if f.array {
		of.proto, of.json = "repeated "+of.proto, eachBetween(c.between(), of.json)
	}
	return of
}

func (c formed) formTable() string { return `types."` + c.name + ` forms"` }

// sql makes the domains and the table.
func (c formed) formsSQL() string {
	var sql strings.Builder
	sql.WriteString(c.before)
	fmt.Fprintf(&sql, "create domain types.\"%[1]s domain\" as %[2]s; create domain types.\"%[1]s array\" as %[2]s[];\n", c.name, c.sql)
	fmt.Fprintf(&sql, "create table %s (id integer primary key", c.formTable())
	for _, f := range typeForms {
		typ := fmt.Sprintf(f.over, c.name, c.sql)
		fmt.Fprintf(&sql, ", %[1]s_needed %[2]s not null, %[1]s_maybe %[2]s", f.column, typ)
	}
	fmt.Fprintf(&sql, ");\n%s", openToAnon(c.formTable()))
	return sql.String()
}

// TestTypeForms takes values of every type through domains over it, arrays,
// arrays of domains and domains over arrays.
func TestTypeForms(t *testing.T) {
	present, missing := presentCases(t, typeCases())
	var sql strings.Builder
	cases := formedCases(present)
	for _, c := range cases {
		sql.WriteString(c.formsSQL())
	}
	w := newTypesWorld(t, nil, extensionsOf(present)+sql.String(), ownMood)
	for _, c := range formedCases(typeCases()) {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if why := missing[c.name]; why != "" {
				t.Skip(why)
			}
			p := &formsProof{typesWorld: w, formed: c, resource: w.resource(t, c.name+" forms")}
			p.proveFields(t)
			p.proveValues(t)
			p.proveLosses(t)
		})
	}
}
