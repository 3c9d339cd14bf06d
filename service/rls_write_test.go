package service_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// codeOfSQLSTATE is what a client is told, by what psql is told.
var codeOfSQLSTATE = map[string]codes.Code{
	"42501": codes.PermissionDenied,   // a policy's WITH CHECK, or no grant
	"23505": codes.AlreadyExists,      // unique
	"23503": codes.FailedPrecondition, // foreign key
	"23514": codes.InvalidArgument,    // check
}

// proveWrites makes every write twice, through the server in one database and
// with psql in its twin, and holds the answers and then the whole of both
// databases against each other.
func proveWrites(t *testing.T, w *twin, c *caller) {
	// Each outcome must come about, or the cases prove less than they seem to.
	outcomes := map[string]int{}
	for _, table := range exampleTables {
		for _, tc := range writeCases[table.name] {
			for _, p := range persons(t) {
				t.Run(table.name+"/"+tc.name+"/"+p.name, func(t *testing.T) {
					defer w.both(t, restore)
					if tc.prepare != "" {
						w.both(t, tc.prepare)
					}
					outcomes[w.compareWrite(t, c, p, table, tc)]++
				})
			}
		}
	}
	w.unchanged(t)
	if len(outcomes) == 0 {
		return // another subtest was asked for
	}
	for _, want := range []string{"OK", "NotFound", "PermissionDenied", "AlreadyExists", "FailedPrecondition", "InvalidArgument"} {
		if outcomes[want] == 0 {
			t.Errorf("no write ended in %s: %v", want, outcomes)
		}
	}
}

// compareWrite makes one write on both sides and returns how it ended.
func (w *twin) compareWrite(t *testing.T, c *caller, p person, table exampleTable, tc writeCase) string {
	t.Helper()
	before := w.dump(t, w.ours)
	res, err := c.call(as(t, p.token), p.name, tc.method, c.request(t, tc.method, tc.request, tc.mask))
	lines, count, sqlstate := w.psqlWrite(t, p, tc.sql+" returning "+table.rowSQL())

	want := codes.OK
	switch known, ok := codeOfSQLSTATE[sqlstate]; {
	case ok:
		want = known
	case sqlstate != "":
		t.Fatalf("psql: SQLSTATE %s, which the test does not know", sqlstate)
	case count == "0":
		want = codes.NotFound
	case count != "1" || len(lines) != 1:
		t.Fatalf("psql: %s rows, printed %q", count, lines)
	}
	if got := status.Code(err); got != want {
		t.Errorf("the server answered %v; psql had %s rows and SQLSTATE %q", err, count, sqlstate)
	}
	if want == codes.OK && err == nil && res.Descriptor().FullName() != "google.protobuf.Empty" {
		psql := w.settled(rowOfPsql(t, table.descriptor(c), lines[0]))
		if diff := cmp.Diff(psql, w.settled(rowOfMessage(t, res))); diff != "" {
			t.Errorf("the row that was answered (-psql +gRPC):\n%s", diff)
		}
	}
	ours, theirs := w.dump(t, w.ours), w.dump(t, w.theirs)
	if diff := lineDiff(ours, theirs); diff != "" {
		t.Errorf("the databases differ (- psql, + gRPC):\n%s", diff)
	}
	if changed := lineDiff(ours, before) != ""; changed != (want == codes.OK) {
		t.Errorf("the outcome is %s; rows have changed: %t", want, changed)
	}
	return fmt.Sprint(want)
}
