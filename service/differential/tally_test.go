package differential_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
)

// tally counts what was done.
type tally struct {
	schemas, calls, either int
	ops, ok                map[string]int
	outcomes               map[codes.Code]int
	// rows is how many answers were OK and held something.
	rows int
	// views is how many calls were of views, and viewsOK how many of those were OK.
	views, viewsOK int
}

func newTally() *tally {
	return &tally{ops: map[string]int{}, ok: map[string]int{}, outcomes: map[codes.Code]int{}}
}

func (t *tally) count(c *call, want outcome) {
	t.calls++
	t.ops[c.op]++
	if want.err == nil {
		t.ok[c.op]++
	}
	if strings.HasPrefix(string(c.method.Parent().Name()), "V") {
		t.views++
		if want.err == nil {
			t.viewsOK++
		}
	}
	t.outcomes[want.code]++
	if want.err == nil && len(want.text) > len("{}\n") {
		t.rows++
	}
}

func (t *tally) log(tb testing.TB) {
	tb.Helper()
	var ops, outcomes []string
	for _, op := range slices.Sorted(maps.Keys(t.ops)) {
		ops = append(ops, fmt.Sprintf("%s %d (%d OK)", op, t.ops[op], t.ok[op]))
	}
	for _, code := range slices.Sorted(maps.Keys(t.outcomes)) {
		outcomes = append(outcomes, fmt.Sprintf("%s %d", code, t.outcomes[code]))
	}
	tb.Logf("%d schemas, %d calls, %d of views (%d OK): %s", t.schemas, t.calls, t.views, t.viewsOK, strings.Join(ops, ", "))
	tb.Logf("outcomes: %s; %d answers held something; %d calls of several rows were refused for another of several reasons",
		strings.Join(outcomes, ", "), t.rows, t.either)
}
