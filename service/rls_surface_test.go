package service_test

import (
	"fmt"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
)

// surface is what the proof asks of a table beyond single rows.
type surface struct {
	table exampleTable
	// plural is how methods of several rows call it.
	plural string
	// filters are conditions, as clients write them and on the alias t.
	filters [][2]string
	// change is what an UpdateMany sets: JSON and SQL.
	change [2]string
	// prepare makes room for new rows. sets and the like are the rows of one call,
	// by their numbers.
	prepare string
	fresh   []newRow
	sets    [][]int
	// upserts meet rows that are there; update are the fields that those take.
	upserts    []newRow
	upsertSets [][]int
	update     []string
	changes    []rowChange
	changeSets [][]int
}

// newRow is a row as JSON, and its columns and values.
type newRow struct{ json, columns, values string }

// rowChange is a request of an update, and SQL.
type rowChange struct{ json, set, where string }

func (s surface) body() string { return strings.ToLower(s.table.message) }

func (s surface) insert(r newRow) string {
	return "insert into public." + s.table.name + " as t " + r.columns + " values " + r.values
}

const returning = " returning row_to_json(t)"

// readCases ask with each filter: a list with its count, a stream, and the number
// of rows.
func (s surface) readCases() (cases []proofCase) {
	for _, f := range s.filters {
		from := " from public." + s.table.name + " t where " + f[1]
		rows, count := "select row_to_json(t)"+from+" order by t.id", "select count(*)"+from
		cases = append(
			cases,
			proofCase{
				name: f[0], method: "List" + s.plural, requests: []string{fmt.Sprintf(`{"filter":%q,"count":"COUNT_EXACT"}`, f[0])},
				steps: []proofStep{{sql: rows}, {sql: count, total: true}},
			},
			proofCase{
				name: f[0], method: "List" + s.plural, requests: []string{fmt.Sprintf(`{"filter":%q,"count":"COUNT_ESTIMATED","pageSize":1000}`, f[0])},
				steps: []proofStep{{sql: rows}, {sql: count, total: true}},
			},
			proofCase{
				name: f[0], method: "Stream" + s.plural, requests: []string{fmt.Sprintf(`{"filter":%q,"orderBy":"id"}`, f[0])},
				steps: []proofStep{{sql: rows}},
			},
			proofCase{
				name: f[0], method: "Aggregate" + s.plural, requests: []string{fmt.Sprintf(`{"filter":%q,"aggregates":"count"}`, f[0])},
				steps: []proofStep{{sql: "select json_build_object('count', count(*))" + from}},
			},
		)
	}
	return cases
}

// writeCases write rows by filters, and several at once.
func (s surface) writeCases(c *caller) (cases []proofCase) {
	add := func(name, prepare, method string, steps []proofStep, requests ...string) {
		cases = append(cases, proofCase{name: name, prepare: prepare, method: method, requests: requests, steps: steps})
	}
	var columns []string
	for i := range s.table.descriptor(c).Fields().Len() {
		if fd := s.table.descriptor(c).Fields().Get(i); !isReference(fd) {
			columns = append(columns, fd.JSONName())
		}
	}
	for _, f := range s.filters {
		mask := fmt.Sprintf(`{"filter":%q,"readMask":%q`, f[0], strings.Join(columns, ","))
		add(f[0], "", "UpdateMany"+s.plural, []proofStep{{sql: "update public." + s.table.name + " t set " + s.change[1] + " where " + f[1] + returning}},
			mask+`,"`+s.body()+`":`+s.change[0]+`}`)
		add(f[0], "", "DeleteMany"+s.plural, []proofStep{{sql: "delete from public." + s.table.name + " t where " + f[1] + returning}}, mask+`}`)
	}
	creations := func(name, prepare string, rows []newRow, set []int, conflict, sql string) {
		var requests, whole, imported []string
		var steps []proofStep
		for _, i := range set {
			requests = append(requests, `{"`+s.body()+`":`+rows[i].json+`}`)
			whole = append(whole, `{"`+s.body()+`":`+rows[i].json+conflict+`}`)
			imported = append(imported, `{"`+strings.ToLower(s.plural)+`":[`+rows[i].json+`]`+conflict+`}`)
			conflict := strings.Contains(conflict, "ignore")
			steps = append(steps, proofStep{sql: s.insert(rows[i]) + sql + returning, keyed: !conflict})
		}
		add(name, prepare, "BatchCreate"+s.plural, steps, `{"requests":[`+strings.Join(requests, ",")+`]`+conflict+`}`)
		for i := range imported[1:] {
			imported[i+1] = strings.Replace(imported[i+1], conflict, "", 1) // The first request says it.
		}
		add(name, prepare, "Import"+s.plural, steps, imported...)
		if len(set) == 1 {
			add(name, prepare, "Create"+s.table.message, steps, whole...)
		}
	}
	for _, set := range s.sets {
		creations(fmt.Sprint("new ", set), s.prepare, s.fresh, set, "", "")
	}
	for _, set := range s.upsertSets {
		var sets []string
		for _, column := range s.update {
			sets = append(sets, column+" = excluded."+column)
		}
		name := fmt.Sprint("there ", set)
		creations(name, "", s.upserts, set, "", "")
		creations(name+" ignored", "", s.upserts, set, `,"onConflict":{"ignore":true}`, " on conflict (id) do nothing")
		creations(name+" updated", "", s.upserts, set, `,"onConflict":{"update":"`+strings.Join(s.update, ",")+`"}`,
			" on conflict (id) do update set "+strings.Join(sets, ", "))
	}
	for _, set := range s.changeSets {
		var requests []string
		var steps []proofStep
		for _, i := range set {
			ch := s.changes[i]
			requests = append(requests, ch.json)
			steps = append(steps, proofStep{sql: "update public." + s.table.name + " t set " + ch.set + " where " + ch.where + returning, keyed: true})
		}
		add(fmt.Sprint("changes ", set), "", "BatchUpdate"+s.plural, steps, `{"requests":[`+strings.Join(requests, ",")+`]}`)
	}
	return cases
}

// statistics gives the planner of both databases the same to go by.
const statistics = "vacuum (full, analyze) public.profiles, public.items, public.posts, public.comments"

// proveSurface holds what reads and writes of several rows do against psql.
func proveSurface(t *testing.T, w *twin, c *caller) {
	w.both(t, statistics)
	outcomes := map[codes.Code]int{}
	for _, s := range surfaces {
		t.Run("reads/"+s.table.name, func(t *testing.T) { w.proveReads(t, c, s.readCases()) })
	}
	w.unchanged(t)
	for _, s := range surfaces {
		t.Run("writes/"+s.table.name, func(t *testing.T) { w.proveWrites(t, c, s.writeCases(c), outcomes) })
	}
	t.Run("one row", func(t *testing.T) { w.proveWrites(t, c, singleCases(), outcomes) })
	w.unchanged(t)
	if len(outcomes) == 0 {
		return // another subtest was asked for
	}
	for _, want := range []codes.Code{codes.OK, codes.NotFound, codes.PermissionDenied, codes.AlreadyExists, codes.InvalidArgument, codes.Aborted} {
		if outcomes[want] == 0 {
			t.Errorf("no call ended in %v: %v", want, outcomes)
		}
	}
}

// singleCases are those of writes of one row that the older cases have not got,
// such as what is expected of the row; and of bounds.
func singleCases() (cases []proofCase) {
	for _, id := range []string{alicePublished, aliceDraft, bobPublished, bobDraft, absent} {
		for title, sql := range map[string]string{"Truing a wheel": "t.title = 'Truing a wheel'", "Four chords": "t.title = 'Four chords'"} {
			where := " where t.id = '" + id + "' and " + sql
			unless := "select from public.posts t where t.id = '" + id + "' and (" + sql + ") is not true"
			expected := `"expected":{"title":"` + title + `"}`
			cases = append(
				cases,
				proofCase{
					name: title + " " + id, method: "UpdatePost", requests: []string{`{"post":{"id":"` + id + `","body":"x"},` + expected + `}`},
					steps: []proofStep{{sql: "update public.posts t set body = 'x'" + where + returning, keyed: true, unless: unless}},
				},
				proofCase{
					name: title + " " + id, method: "DeletePost", requests: []string{`{"id":"` + id + `",` + expected + `}`},
					steps: []proofStep{{sql: "delete from public.posts t" + where, keyed: true, unless: unless}},
				},
				proofCase{
					name: title + " " + id, method: "BatchUpdatePosts", requests: []string{`{"requests":[{"post":{"id":"` + id + `","body":"x"},` + expected + `}]}`},
					steps: []proofStep{{sql: "update public.posts t set body = 'x'" + where + returning, keyed: true, unless: unless}},
				},
			)
		}
	}
	// Bob's profile would take the place of Alice's, by a key other than the first.
	insert := "insert into public.profiles as t (id, username, bio) values ('" + bob + "', 'alice', 'x') on conflict (username) do "
	for conflict, sql := range map[string]string{`"update":"bio"`: "update set bio = excluded.bio", `"ignore":true`: "nothing"} {
		cases = append(cases, proofCase{
			name: "another's name " + conflict, method: "CreateProfile", prepare: "delete from public.profiles where id = '" + bob + "'",
			requests: []string{`{"profile":{"id":"` + bob + `","username":"alice","bio":"x"},"onConflict":{"fields":["username"],` + conflict + `}}`},
			steps:    []proofStep{{sql: insert + sql + returning}},
		})
	}
	// Others' rows, which the caller sees, are not among those that are bounded.
	for _, bounds := range []string{`"expectedCount":"2"`, `"maxAffected":"2"`} {
		cases = append(
			cases,
			proofCase{
				name: bounds, method: "UpdateManyPosts", requests: []string{`{"filter":"published = true","post":{"body":"x"},"readMask":"id",` + bounds + `}`},
				steps: []proofStep{{sql: "update public.posts t set body = 'x' where published returning json_build_object('id', id)"}},
			},
			proofCase{
				name: bounds, method: "DeleteManyPosts", requests: []string{`{"filter":"published = true","readMask":"id",` + bounds + `}`},
				steps: []proofStep{{sql: "delete from public.posts t where published returning json_build_object('id', id)"}},
			},
		)
	}
	return append(cases, olderCases()...)
}

// olderCases are the writes of single rows in their other ways.
func olderCases() (cases []proofCase) {
	for _, table := range exampleTables {
		for _, tc := range writeCases[table.name] {
			if tc.mask == "*" {
				continue // JSON has no such mask.
			}
			request := tc.request
			if tc.mask != "" {
				paths := strings.Split(tc.mask, ",")
				for i := range paths {
					paths[i] = camel(paths[i])
				}
				request = `{"updateMask":"` + strings.Join(paths, ",") + `",` + request[1:]
			}
			step := proofStep{sql: tc.sql, keyed: true}
			if !strings.HasPrefix(tc.method, "Delete") {
				step.sql += returning
			}
			cases = append(cases, proofCase{tc.name, tc.prepare, tc.method, []string{request}, []proofStep{step}, true})
		}
	}
	return cases
}
