package service_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode"

	"google.golang.org/grpc/codes"

	"github.com/rowgate/rowgate/service/descriptor"
	"github.com/rowgate/rowgate/store/storetest"
)

// typeCase is a Postgres type bound to a protobuf type: a table of its own,
// with the key id and two columns of the type, needed, which is NOT NULL, and
// maybe, and the message that a pull makes of it.
type typeCase struct {
	name string // the table's
	sql  string // the columns' type
	// proto is the fields' type: what a pull proposes, or, when it is chosen,
	// what someone has put in its place.
	proto  string
	chosen bool
	// json turns the text that psql prints for a value into the JSON of the
	// field that holds the same value.
	json func(text string) string
	// both are values that the message carries both ways, as psql prints them.
	both []string
	// forms are other ways to say a value: JSON, and what psql prints then.
	forms [][2]string
	// stored are values that psql puts in and the message can carry out.
	stored []string
	// lossy are values that psql puts in and the message has no place for.
	lossy []refusal
	// refused are fields, in JSON, that the column has no place for.
	refused []refusal
	// zero is what psql prints for the column needed once an update with it in
	// the mask and not in the message has run; "!" and a text where that update
	// is refused, as INVALID_ARGUMENT when zeroCode is not set.
	zero     string
	zeroCode codes.Code
	// unsortable says that rows cannot be ordered by the type.
	unsortable bool
	// canonical makes texts that stand for one value alike; nil leaves them.
	canonical func(text string) string
	// mark stands between the items of arrays of the type; 0 for a comma.
	mark byte
	// before is SQL that the table needs.
	before string
	// extension is the one that brings the type.
	extension string
	// missing is a query that gives t where the server does not have the type.
	missing string
}

// refusal is a value and how a call with it is refused. The says of a lossy
// value lacks the column before it, that of a field the field.
type refusal struct {
	value string
	code  codes.Code
	says  string
}

func typeCases() []typeCase {
	return slices.Concat(numberCases, textCases, temporalCases, jsonCases, otherCases, arrayCases, wrapperCases, domainCases,
		compositeCases, rangeCases, extensionCases)
}

// presentCases are the cases whose types the server has, and why it has not the
// others.
func presentCases(t testing.TB, cases []typeCase) (present []typeCase, missing map[string]string) {
	t.Helper()
	db := storetest.New(t)
	available := map[string]bool{}
	for _, row := range psqlRows(t, db, "select name from pg_available_extensions") {
		available[row[0]] = true
	}
	missing = map[string]string{}
	for _, c := range cases {
		switch {
		case c.extension != "" && !available[c.extension]:
			missing[c.name] = "this Postgres has no extension " + c.extension + "; Debian has it in postgresql-contrib or a package of its own"
		case c.missing != "" && psqlRows(t, db, c.missing)[0][0] == "t":
			missing[c.name] = "this Postgres was built without the type " + c.sql
		default:
			present = append(present, c)
		}
	}
	return present, missing
}

// typesPrelude has the types of a user's own.
const typesPrelude = `
	create schema types;
	grant usage on schema types to anon;
	create type types.mood as enum ('so so', 'good', 'it''s fine', 'Ünder');
	create type types.pair as (a integer, b text);
	create domain types.posint as integer check (value >= 0);
	create domain types.posint2 as types.posint check (value < 1000);
	create domain types.limited as varchar(3);
	create domain types.cents as numeric(12,2);
	create domain types.flags as bit(3);
	create domain types.tenths as timestamp(1);
	create domain types.ints as integer[];
	create domain types.prices as money[];
	create domain types.moods as types.mood[];
	create domain types.good_mood as types.mood check (value <> 'so so');
	create domain types.span as int4range;
	create domain types.couple as types.pair;
	create domain types."Odd (name)" as bit varying(5);
`

// typesSQL is the SQL of the cases' types and tables.
func typesSQL(cases []typeCase) string {
	var sql strings.Builder
	sql.WriteString(extensionsOf(cases) + typesPrelude + rangesSQL + compositesSQL)
	for _, c := range cases {
		fmt.Fprintf(&sql, "%[4]s\ncreate table %[1]s (id integer primary key, needed %[2]s not null, maybe %[2]s);\n%[3]s",
			c.table(), c.sql, openToAnon(c.table()), c.before)
	}
	return sql.String()
}

// extensionsOf makes the extensions of the cases.
func extensionsOf(cases []typeCase) string {
	var sql strings.Builder
	made := map[string]bool{"": true}
	for _, c := range cases {
		if !made[c.extension] {
			made[c.extension] = true
			fmt.Fprintf(&sql, "create extension %s schema extensions;\n", c.extension)
		}
	}
	return sql.String()
}

// openToAnon lets anon do what it likes with a table, by a policy.
func openToAnon(table string) string {
	return fmt.Sprintf(`alter table %[1]s enable row level security;
	create policy open on %[1]s to anon using (true) with check (true);
	grant select, insert, update, delete on %[1]s to anon;
	`, table)
}

// table is the case's table in SQL.
func (c typeCase) table() string { return `types."` + c.name + `"` }

// isList says whether an empty field of the type is the same as none.
func (c typeCase) isList() bool {
	return strings.HasPrefix(c.proto, "repeated ") || strings.HasPrefix(c.proto, "map<")
}

// maybe is the type of the field of a column that may be NULL.
func (c typeCase) maybe() string {
	if c.isList() || strings.Contains(c.proto, ".") || c.isMessage() {
		return c.proto
	}
	return "optional " + c.proto
}

// isMessage says whether the type is a message of the pulled files.
func (c typeCase) isMessage() bool {
	return !strings.Contains(c.proto, ".") && c.proto != "Mood" && unicode.IsUpper(rune(c.proto[0]))
}

// typesWorld is a server over the schema types, for anybody.
type typesWorld struct {
	*world
	contract *descriptor.Set
}

// newTypesWorld starts a server over what a pull makes of the cases and of
// whatever else the SQL adds, with the edits and what is chosen.
func newTypesWorld(t testing.TB, cases []typeCase, sql string, edits ...func(testing.TB, *pulled)) *typesWorld {
	t.Helper()
	apply := []storetest.Migration{{Name: "types", SQL: typesSQL(cases) + sql}}
	p := pullTypes(t, apply)
	for _, edit := range edits {
		edit(t, p)
	}
	p.choose(t, cases)
	p.settled(t)
	contract := p.contract(t)
	return &typesWorld{contract: contract, world: newWorld(t, worldOptions{migrations: apply, contract: contract})}
}
