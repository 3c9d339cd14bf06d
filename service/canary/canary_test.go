// Package canary_test has a thousand users call at once over few connections that
// are cut all the time, and looks in all that comes back, and in all that was
// written, for what is another's.
package canary_test

import (
	"context"
	"maps"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/rowgate/rowgate/store/storetest"
)

// callsVariable has the run make so many calls; without it, it lasts for
// shortRun. A million take ten minutes, so go test needs a -timeout.
const (
	callsVariable = "ROWGATE_TEST_CANARY"
	shortRun      = 15 * time.Second
)

// TestCanary holds that nobody ever gets, or changes, what is another's.
func TestCanary(t *testing.T) {
	r := &run{during: shortRun, calls: 5000}
	if calls := os.Getenv(callsVariable); calls != "" {
		n, err := strconv.ParseInt(calls, 10, 64)
		if err != nil {
			t.Fatalf("%s: %v", callsVariable, err)
		}
		r.calls, r.during = n, 0
	}
	w := newWorld(t)
	ctx, stop := context.WithCancel(t.Context())
	chaos := w.unleash(ctx, w.DB.Superuser(t), w.DB.Superuser(t))
	chaos.all.Go(func() { r.watch(ctx, t) })
	r.callAll(w)
	stop()
	chaos.all.Wait()
	t.Logf("%s  %d backends killed, %d database connections cut, %d client connections closed", r, chaos.kills.Load(), w.proxy.cuts.Load(), w.conns.closed.Load())
	for _, name := range slices.Sorted(maps.Keys(r.findings)) {
		for _, finding := range r.findings[name] {
			t.Error(finding)
		}
	}
	for _, s := range strays(t, w.super) {
		t.Errorf("%s: %s", s.What, s.Row)
	}

	// It proves something only if much was asked, answered and cut off.
	made, ok := r.made.Load(), r.byCode[codes.OK].Load()
	lost := r.byCode[codes.Canceled].Load() + r.byCode[codes.DeadlineExceeded].Load() + r.byCode[codes.Unavailable].Load()
	if ok < made/3 || r.rows.Load() < made || lost < made/50 {
		t.Error("the mix is not one")
	}
	if chaos.kills.Load() == 0 || w.proxy.cuts.Load() == 0 || w.conns.closed.Load() == 0 {
		t.Error("nothing was cut")
	}
	for name, n := range r.answered {
		if n.Load() == 0 {
			t.Errorf("no %s came to its end", name)
		}
	}
}

// TestCanaryFinds holds that what TestCanary looks for would be found: under
// policies that are too wide, in answers, in the text of an error and in rows.
func TestCanaryFinds(t *testing.T) {
	w := newWorld(t, storetest.Migration{Name: "loose", SQL: `
		create policy loose on cn.notes to authenticated using (slot = 1 and owner::text like '%7') with check (true)`})
	r := &run{calls: 2000, calm: true}
	r.callAll(w)
	t.Logf("%s", r)
	for _, kind := range []string{"list", "stream", "group", "function of rows", "function that fails"} {
		if r.foreign[kind] == 0 {
			t.Errorf("%s shows nothing of others", kind)
		}
	}
	wanted := []string{"a row with a foreign canary", "a row that another wrote", "a write by another"}
	missing := func() []string {
		found := map[string]bool{}
		for _, s := range strays(t, w.super) {
			found[s.What] = true
		}
		return slices.DeleteFunc(slices.Clone(wanted), func(what string) bool { return found[what] })
	}
	// Few of the random writes are to what the policy opens.
	wrong := r.wrong
	for range 14 {
		if len(missing()) == 0 && wrong > 0 {
			break
		}
		more := &run{calls: 2000, calm: true}
		more.callAll(w)
		wrong += more.wrong
	}
	if wrong == 0 {
		t.Error("nobody could do what is to be refused")
	}
	if left := missing(); len(left) > 0 {
		t.Errorf("not found: %v", left)
	}
}

// TestScan holds what of an answer is another's.
func TestScan(t *testing.T) {
	users := newCallers(t, nil)
	anon, seven := users[0], users[7]
	for _, c := range []struct {
		name    string
		caller  *caller
		outcome outcome
		own     int
		foreign int
	}{
		{"its own", seven, outcome{messages: [][]byte{[]byte("\x0acanary-u0007-x canary-r0007-m canary-r0044-m"), []byte(seven.id)}}, 3, 0},
		{"another's", seven, outcome{messages: [][]byte{[]byte("canary-u0007-xcanary-u0008-x")}}, 1, 1},
		{"another room's", seven, outcome{messages: [][]byte{[]byte("canary-r0008-m")}}, 0, 1},
		{"a guest's", seven, outcome{messages: [][]byte{[]byte(anon.canary("x"))}}, 0, 1},
		{"a user's, to a guest", anon, outcome{messages: [][]byte{[]byte(anon.canary("x") + seven.canary("x"))}}, 1, 1},
		{"another's id", seven, outcome{messages: [][]byte{[]byte("x" + users[8].id)}}, 0, 1},
		// The message is in the details as well.
		{"in an error", seven, outcome{err: status.Error(codes.Internal, users[8].canary("x"))}, 0, 2},
		{"in a header", seven, outcome{header: metadata.Pairs("a", users[8].canary("x"))}, 0, 1},
		{"in a trailer", seven, outcome{trailer: metadata.Pairs("a", "b", "c", users[8].canary("x"))}, 0, 1},
		{"cut", seven, outcome{messages: [][]byte{[]byte("canary-u00")}}, 0, 0},
	} {
		own, foreign := 0, 0
		for _, b := range c.outcome.bytes() {
			o, f := c.caller.scan(b)
			own, foreign = own+o, foreign+len(f)
		}
		if own != c.own || foreign != c.foreign {
			t.Errorf("%s: %d own and %d foreign, want %d and %d", c.name, own, foreign, c.own, c.foreign)
		}
	}
}
