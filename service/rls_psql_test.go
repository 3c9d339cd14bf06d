package service_test

import (
	"encoding/json"
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/rowgate/rowgate/migrations"
)

// person is somebody who calls, for both sides.
type person struct {
	name string
	// role and claims are what psql takes on; token is what gRPC sends.
	role, claims, token string
}

func persons(t testing.TB) []person {
	t.Helper()
	user := func(name, id string) person {
		claims, err := json.Marshal(map[string]string{"sub": id, "role": "authenticated", "aud": "authenticated"})
		if err != nil {
			t.Fatal(err)
		}
		return person{name, "authenticated", string(claims), token(t, id)}
	}
	return []person{
		{name: "anon", role: "anon", claims: `{"role":"anon"}`},
		user("alice", migrations.Alice),
		user("bob", migrations.Bob),
	}
}

// exampleTable is what the proof knows of a table, from the migrations.
type exampleTable struct {
	name, service, message string
	// jsonColumns are those where NULL and JSON's null differ.
	jsonColumns []string
	// absentID is the id of no row.
	absentID string
}

var exampleTables = []exampleTable{
	{name: "profiles", service: "ProfileService", message: "Profile", absentID: "00000000-0000-4000-8000-00000000dead"},
	{name: "items", service: "ItemService", message: "Item", absentID: "00000000-0000-4000-8000-00000000dead"},
	{name: "posts", service: "PostService", message: "Post", jsonColumns: []string{"metadata"}, absentID: "00000000-0000-4000-8000-00000000dead"},
	{name: "comments", service: "CommentService", message: "Comment", absentID: "999999"},
}

func (e exampleTable) descriptor(c *caller) protoreflect.MessageDescriptor {
	return c.message(e.message)
}

// rowSQL is the select list for a row of the table with the alias t.
func (e exampleTable) rowSQL() string {
	nulls := "'{}'::text[]"
	for _, column := range e.jsonColumns {
		nulls = "case when t." + column + " = 'null'::jsonb then array_append(" + nulls + ", '" + column + "') else " + nulls + " end"
	}
	return "json_build_object('row', row_to_json(t), 'json_null', " + nulls + ")"
}

// quiet leaves out the tags of statements that return no rows.
const quiet = "\\set QUIET on\n"

// inTransaction is SQL as the person, as one would type it into psql.
func (p person) inTransaction(sql string) string { return p.begin() + sql + "\ncommit;\n" }

// begin begins a transaction as the person.
func (p person) begin() string {
	return "begin;\nselect set_config('role', '" + p.role + "', true), " +
		"set_config('request.jwt.claims', '" + strings.ReplaceAll(p.claims, "'", "''") + "', true) \\g /dev/null\n"
}

// psqlRows runs one query after another as the person, each in a transaction
// of its own, and returns the lines that each printed.
func (w *twin) psqlRows(t testing.TB, p person, queries []string) [][]string {
	t.Helper()
	const border = "--border--"
	var script strings.Builder
	script.WriteString(quiet)
	for _, query := range queries {
		script.WriteString(p.inTransaction(query + ";"))
		script.WriteString("\\echo " + border + "\n")
	}
	out := w.mirror.Psql(t, script.String())
	answers := make([][]string, 0, len(queries))
	var lines []string
	for line := range strings.Lines(out) {
		line = strings.TrimSuffix(line, "\n")
		if line == border {
			answers = append(answers, lines)
			lines = nil
			continue
		}
		lines = append(lines, line)
	}
	if len(answers) != len(queries) || len(lines) > 0 {
		t.Fatalf("psql answered %d of %d queries:\n%s", len(answers), len(queries), out)
	}
	return answers
}

// psqlWrite runs one statement that returns rows as the person. It returns
// those rows, how many there are by psql's count, and the SQLSTATE of an
// error.
func (w *twin) psqlWrite(t testing.TB, p person, sql string) (rows []string, count, sqlstate string) {
	t.Helper()
	done := w.mirror.PsqlAs(t, w.mirror.SuperuserURL(), quiet+p.inTransaction(sql+";\n\\echo rows :ROW_COUNT"))
	if done.ExitCode != 0 && done.SQLState == "" {
		t.Fatalf("psql ended with status %d: %s", done.ExitCode, done.Stderr)
	}
	for line := range strings.Lines(done.Stdout) {
		line = strings.TrimSuffix(line, "\n")
		if n, ok := strings.CutPrefix(line, "rows "); ok {
			count = n
			continue
		}
		rows = append(rows, line)
	}
	return rows, count, done.SQLState
}
