package differential_test

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/rowgate/rowgate/store/storetest"
)

// seeds are those of every run; one made of the time comes behind them.
var seeds = []uint64{1, 2, 3, 4}

const (
	// defaultTime is how long the test runs unless ROWGATE_TEST_DIFFERENTIAL says
	// otherwise, as a duration: 2h.
	defaultTime = 15 * time.Second
	// rounds is how many a schema gets, of so many writes and reads each.
	rounds     = 80
	writesEach = 2
	readsEach  = 3
	// refillAfter is after how many rounds the rows are put back.
	refillAfter = 8
)

// TestDifferential makes random calls of random schemas.
// ROWGATE_TEST_DIFFERENTIAL is how long, to which go test's -timeout has to
// agree, and ROWGATE_TEST_SEED the one seed to run instead, to its end.
func TestDifferential(t *testing.T) {
	limit, queue := defaultTime, append(seeds, uint64(time.Now().UnixNano())%1_000_000_000)
	if text := os.Getenv("ROWGATE_TEST_DIFFERENTIAL"); text != "" {
		var err error
		if limit, err = time.ParseDuration(text); err != nil {
			t.Fatalf("ROWGATE_TEST_DIFFERENTIAL: %v", err)
		}
	}
	only := false
	if text := os.Getenv("ROWGATE_TEST_SEED"); text != "" {
		seed, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatalf("ROWGATE_TEST_SEED: %v", err)
		}
		only, queue = true, []uint64{seed}
	}
	owner := ownerRole(t)
	end, count := time.Now().Add(limit), newTally()
	if only {
		end = time.Now().Add(time.Hour)
	}
	for n := 0; time.Now().Before(end) && (n < len(queue) || !only); n++ {
		seed := queue[min(n, len(queue)-1)]
		if n >= len(queue) {
			seed += uint64(n)
		}
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			s := generate(seed, owner)
			w := newTwin(t, s, count)
			count.schemas++
			if problem := w.play(t, rounds, end); problem != "" {
				t.Errorf("%s\n\n%s\n%s\nagain with ROWGATE_TEST_SEED=%d", problem, s.ddl, s.rows, seed)
			}
		})
	}
	count.log(t)
	for _, code := range []codes.Code{codes.OK, codes.NotFound, codes.PermissionDenied, codes.AlreadyExists, codes.FailedPrecondition, codes.InvalidArgument} {
		if count.schemas > len(seeds) && count.outcomes[code] == 0 {
			t.Errorf("no call ended in %v", code)
		}
	}
}

// role owns tables and functions and is held to policies where they are forced
// upon it.
type role struct {
	name string
	// views says that the server has views that are held to the policies of who
	// asks, which came with PostgreSQL 15.
	views bool
}

// ownerRole makes the role.
func ownerRole(t *testing.T) role {
	conn := storetest.New(t).Superuser(t)
	r := role{name: fmt.Sprintf("differential_owner_%d", os.Getpid())}
	run := func(ctx context.Context, sql string) {
		if _, err := conn.Exec(ctx, sql); err != nil {
			t.Error(err)
		}
	}
	run(t.Context(), "create role "+r.name+" nologin")
	t.Cleanup(func() { run(context.Background(), "drop role "+r.name) })
	if err := conn.QueryRow(t.Context(), "select current_setting('server_version_num')::integer >= 150000").Scan(&r.views); err != nil {
		t.Fatal(err)
	}
	return r
}

// play makes calls on both sides until they differ, and says how; or until the
// rounds or the time are over.
func (w *twin) play(t *testing.T, rounds int, end time.Time) string {
	ctx := t.Context()
	g := &generator{random: newRandom(w.seed ^ 0x63616c6c), schema: w.schema}
	for n := range rounds {
		if time.Now().After(end) {
			break
		}
		if n > 0 && n%refillAfter == 0 {
			if err := w.both(ctx, w.rows); err != nil {
				t.Fatal(err)
			}
		}
		for range writesEach {
			c := g.writing()
			if c == nil {
				continue
			}
			if problem := w.write(t, c); problem != "" {
				return problem
			}
		}
		if problem := w.read(t, g); problem != "" {
			return problem
		}
	}
	return ""
}

// write makes a call that writes, and compares answers and tables.
func (w *twin) write(t *testing.T, c *call) string {
	ctx := t.Context()
	want, err := w.consult(ctx, c)
	if err != nil {
		t.Fatalf("%v\n%s", err, w.describe(c))
	}
	got := w.ask(ctx, c)
	problem := w.judge(c, got, want)
	if id := c.requests[0]["request_id"]; id != nil && problem == "" && got.err == nil {
		// A repeat is answered as the first was, and does nothing.
		if again := w.ask(ctx, c); again.text != got.text || again.code != got.code {
			problem = fmt.Sprintf("\n%s\nrowgate answers %s\nand then %s", w.describe(c), got, again)
		}
	}
	after, err := w.compare(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if after != "" && problem == "" {
		problem = "\n" + w.describe(c) + "both answer " + got.String() + "\n"
	}
	if problem+after == "" {
		return ""
	}
	return problem + "\n" + after + "\nwhich is, by SQL:\n" + w.oracle.said()
}

// read makes some calls that read, all at once, so that callers take turns on
// the server's connections.
func (w *twin) read(t *testing.T, g *generator) string {
	ctx := t.Context()
	var all []*call
	for range readsEach {
		if c := g.reading(); c != nil {
			all = append(all, c)
		}
	}
	got := make([]outcome, len(all))
	var wg sync.WaitGroup
	for i, c := range all {
		wg.Go(func() { got[i] = w.ask(ctx, c) })
	}
	wg.Wait()
	for i, c := range all {
		want, err := w.consult(ctx, c)
		if err != nil {
			t.Fatalf("%v\n%s", err, w.describe(c))
		}
		if problem := w.judge(c, got[i], want); problem != "" {
			return problem + "\nwhich is, by SQL:\n" + w.oracle.said()
		}
	}
	return ""
}
