package service_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// proofCase is a call, and what one types into psql instead of it, within one
// transaction.
type proofCase struct {
	name string
	// prepare is SQL that a superuser runs in both databases first.
	prepare string
	method  string
	// requests are what is sent, in protobuf's JSON; several to a stream.
	requests []string
	steps    []proofStep
	// proved says that the call as it is has its proof elsewhere, and only its other
	// ways are asked for.
	proved bool
}

// proofStep is a statement, which prints what is answered as a line of JSON a
// row.
type proofStep struct {
	sql string
	// keyed says that it is about one row, and that there being none is
	// NOT_FOUND, or ABORTED where the query unless gives a row.
	keyed  bool
	unless string
	// total says that it prints a number, or EXPLAIN's JSON, for total_size.
	total bool
	// write is the place of the write that it stands for in a Transact.
	write int
}

// psqlSteps is what psql said to the steps of a case.
type psqlSteps struct {
	code  codes.Code
	lines []string
	// failed is the place of the write that did not succeed.
	failed int
}

// script is the steps of a case as the person types them, up to the first that
// fails; all is undone then.
func (tc proofCase) script(p person) string {
	var script strings.Builder
	script.WriteString(p.begin())
	for _, step := range tc.steps {
		script.WriteString("\\echo --step--\n" + step.sql + ";\n\\echo --rows :ROW_COUNT\n")
		if step.keyed {
			script.WriteString("select :ROW_COUNT <> 1 as missing \\gset\n\\if :missing\n")
			if step.unless != "" {
				script.WriteString("select exists (" + step.unless + ") as seen \\gset\n\\if :seen\n\\echo --changed--\n\\endif\n")
			}
			script.WriteString("\\echo --missing--\nrollback;\n\\q\n\\endif\n")
		}
	}
	return script.String() + "commit;\n"
}

// psql runs the steps of a case as a person.
func (w *twin) psql(t testing.TB, c *caller, p person, tc proofCase) psqlSteps {
	t.Helper()
	done := w.mirror.PsqlAs(t, w.mirror.SuperuserURL(), quiet+tc.script(p))
	if done.ExitCode != 0 && done.SQLState == "" {
		t.Fatalf("psql ended with status %d: %s", done.ExitCode, done.Stderr)
	}
	said := w.said(t, c, tc, done.Stdout)
	if done.SQLState != "" {
		code, ok := codeOfSQLSTATE[done.SQLState]
		if !ok {
			t.Fatalf("psql: SQLSTATE %s, which the test does not know: %s", done.SQLState, done.Stderr)
		}
		said.code = code
	}
	return said
}

// psqlReads runs the steps of cases that cannot fail by one psql.
func (w *twin) psqlReads(t testing.TB, c *caller, p person, cases []proofCase) []psqlSteps {
	t.Helper()
	const border = "--case--\n"
	var script strings.Builder
	script.WriteString(quiet)
	for _, tc := range cases {
		script.WriteString("\\echo " + border + tc.script(p))
	}
	outs := strings.Split(w.mirror.Psql(t, script.String()), border)[1:]
	all := make([]psqlSteps, len(cases))
	for i, tc := range cases {
		all[i] = w.said(t, c, tc, outs[i])
	}
	return all
}

// said reads what psql printed of a case's steps. The descriptor of the response
// says what a row is.
func (w *twin) said(t testing.TB, c *caller, tc proofCase, out string) psqlSteps {
	t.Helper()
	said := psqlSteps{lines: []string{}}
	counts := map[int]int{}
	at := -1
	var total strings.Builder
	for line := range strings.Lines(out) {
		line = strings.TrimSuffix(line, "\n")
		rows, isCount := strings.CutPrefix(line, "--rows ")
		switch {
		case line == "--step--":
			// The counts stand behind the rows of each write.
			if at++; at > 0 && tc.steps[at].write != tc.steps[at-1].write {
				said.lines = append(said.lines, w.countLine(c, tc, at-1, counts)...)
			}
			said.failed = tc.steps[at].write
		case line == "--changed--":
			said.code = codes.Aborted
		case line == "--missing--":
			if said.code == codes.OK {
				said.code = codes.NotFound
			}
		case isCount:
			var n int
			if _, err := fmt.Sscan(rows, &n); err != nil {
				t.Fatal(err)
			}
			counts[tc.steps[at].write] += n
		case tc.steps[at].total:
			total.WriteString(line)
		default:
			if md := rowMessage(w.output(c, tc, at)); md != nil {
				said.lines = append(said.lines, w.psqlLine(t, md, line))
			}
		}
	}
	if at >= 0 {
		said.lines = append(said.lines, w.countLine(c, tc, at, counts)...)
	}
	if total.Len() > 0 {
		said.lines = append(said.lines, "total "+total.String())
	}
	return said
}

// output is the message that answers the write of a step.
func (w *twin) output(c *caller, tc proofCase, step int) protoreflect.MessageDescriptor {
	md := c.method(tc.method).Output()
	if tc.method != "Transact" {
		return md
	}
	name := transactMembers(tc.requests[0])[tc.steps[step].write]
	return md.Fields().ByName("results").Message().Fields().ByJSONName(name).Message()
}

func (w *twin) countLine(c *caller, tc proofCase, step int, counts map[int]int) []string {
	if md := w.output(c, tc, step); isRow(md) || md.Fields().ByName("count") == nil {
		return nil
	}
	return []string{fmt.Sprintf("count %d", counts[tc.steps[step].write])}
}

// transactMembers names the writes of a Transact.
func transactMembers(request string) (names []string) {
	var r struct{ Writes []map[string]any }
	if err := json.Unmarshal([]byte(request), &r); err != nil {
		panic(err)
	}
	for _, write := range r.Writes {
		for name := range write {
			if name != "uses" {
				names = append(names, name)
			}
		}
	}
	return names
}

// ways are the ways in which a case is called beside as it is: to be validated
// only, as the only write of a transaction, and both.
func (tc proofCase) ways(c *caller) (all []proofCase) {
	validated := func(of proofCase) proofCase {
		of.requests = []string{strings.Replace(strings.Replace(of.requests[0], "{", `{"validateOnly":true,`, 1), ",}", "}", 1)}
		return of
	}
	if c.method(tc.method).Input().Fields().ByName("validate_only") != nil {
		all = append(all, validated(tc))
	}
	name := strings.ToLower(tc.method[:1]) + tc.method[1:]
	if md := c.methods()["Transact"]; md != nil && md.Input().Fields().ByName("writes").Message().Fields().ByJSONName(name) != nil {
		within := tc
		within.method, within.requests = "Transact", []string{`{"writes":[{"` + name + `":` + tc.requests[0] + `}]}`}
		all = append(all, within, validated(within))
	}
	return all
}

// proveReads holds the answers of reads, to everybody, against psql's.
func (w *twin) proveReads(t *testing.T, c *caller, cases []proofCase) {
	for _, p := range persons(t) {
		t.Run(p.name, func(t *testing.T) {
			for i, said := range w.psqlReads(t, c, p, cases) {
				if difference := w.ask(t, c, p, cases[i], said); difference != "" {
					t.Errorf("%s: %s", cases[i].name, difference)
				}
			}
		})
	}
}

// proveWrites makes the calls of cases as everybody, each as it is and in one of
// the other ways, which take turns, and notes how each ended.
func (w *twin) proveWrites(t *testing.T, c *caller, cases []proofCase, outcomes map[codes.Code]int) {
	turns := map[string]int{}
	for _, tc := range cases {
		ways := tc.ways(c)
		turns[tc.method]++
		for i, p := range persons(t) {
			all := []proofCase{tc}
			if len(ways) > 0 {
				all = append(all, ways[(turns[tc.method]+i)%len(ways)])
			}
			t.Run(tc.method+" "+tc.name+"/"+p.name, func(t *testing.T) {
				code, differences := w.writeDifferences(t, c, p, all)
				outcomes[code]++
				for _, difference := range differences {
					t.Error(difference)
				}
			})
		}
	}
}

var place = regexp.MustCompile(`^writes\[(\d+)\]`)

// ask makes a call and says how its answer differs from psql's; empty for not at
// all.
func (w *twin) ask(t testing.TB, c *caller, p person, tc proofCase, want psqlSteps) string {
	t.Helper()
	sent := strings.Join(tc.requests, "\n")
	requests := make([]proto.Message, len(tc.requests))
	for i, text := range tc.requests {
		requests[i] = c.request(t, tc.method, text, "")
	}
	got, err := c.exchange(as(t, p.token), p.name, tc.method, requests...)
	if tc.method == "Transact" {
		for _, name := range transactMembers(tc.requests[0]) {
			c.called["Transact "+name+" as "+p.name] = true
		}
	}
	if status.Code(err) != want.code {
		return fmt.Sprintf("the server answered %v; psql %v\n%s", err, want.code, sent)
	}
	if err != nil {
		if at := place.FindStringSubmatch(answerOf(t, err).field); tc.method == "Transact" && (at == nil || at[1] != fmt.Sprint(want.failed)) {
			return fmt.Sprintf("%v; psql fails at write %d", err, want.failed)
		}
		return ""
	}
	lines := []string{}
	for _, m := range got {
		lines = append(lines, w.answerLines(t, m)...)
	}
	if md := c.method(tc.method).Output(); isRow(md) || tc.method == "Transact" {
		// A row that is ignored is answered by an empty message.
		lines = slices.DeleteFunc(lines, func(line string) bool { return line == "{}" })
	}
	wanted := slices.Clone(want.lines)
	if strings.Contains(tc.requests[0]+tc.method, "Many") {
		slices.Sort(lines)
		slices.Sort(wanted)
	}
	if diff := cmp.Diff(wanted, lines); diff != "" {
		return fmt.Sprintf("the answer to %s (-psql +gRPC):\n%s", sent, diff)
	}
	return ""
}

// writeDifferences makes a write in several ways and psql's once, holds the
// answers and the whole of both databases against each other, and returns how it
// ended and where they differ.
func (w *twin) writeDifferences(t *testing.T, c *caller, p person, ways []proofCase) (code codes.Code, found []string) {
	t.Helper()
	tc, before := ways[0], w.baseline
	if tc.prepare != "" {
		w.both(t, tc.prepare)
		before = w.dump(t, w.ours)
	}
	said := w.psql(t, c, p, tc)
	after := w.dump(t, w.theirs)
	defer w.both(t, restore)
	for i, way := range ways {
		if i == 0 && tc.proved && len(ways) > 1 {
			continue
		}
		if i > 0 {
			w.run(t, w.ours, restore)
			if tc.prepare != "" {
				w.run(t, w.ours, tc.prepare)
			}
		}
		if difference := w.ask(t, c, p, way, said); difference != "" {
			found = append(found, difference)
		}
		want := after
		if strings.Contains(way.requests[0], "validateOnly") {
			want = before
		}
		if diff := lineDiff(w.dump(t, w.ours), want); diff != "" {
			found = append(found, fmt.Sprintf("the database is not as it should be after %s (- psql, + gRPC):\n%s", strings.Join(way.requests, "\n"), diff))
		}
	}
	if diff := lineDiff(after, before); said.code != codes.OK && diff != "" {
		t.Errorf("psql failed and has changed rows:\n%s", diff)
	}
	return said.code, found
}
