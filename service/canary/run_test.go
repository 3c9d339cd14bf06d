package canary_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/grpc/codes"

	"github.com/rowgate/rowgate/service/servicetest"
	"github.com/rowgate/rowgate/store"
	"github.com/rowgate/rowgate/store/storetest"
)

// The few connections, and the many who wait for them.
const (
	databaseConnections = 4
	clientConnections   = 3
	workers             = 48
)

// world is a server of the schema's, with its callers.
type world struct {
	*servicetest.World
	methods map[string]*method
	callers []*caller // the first is the anonymous one
	conns   *connections
	proxy   *proxy
	super   *pgx.Conn
}

// newWorld starts one. SQL of the test's own comes after the schema.
func newWorld(t testing.TB, more ...storetest.Migration) *world {
	t.Helper()
	migrations := append([]storetest.Migration{schema()}, more...)
	contract := servicetest.Pull(t, storetest.New(t, append(servicetest.ExampleApp(), migrations...)...), "canary.v1", "cn")
	w := &world{methods: methods(contract, "canary.v1")}
	w.World = servicetest.New(t, servicetest.Options{
		Migrations: migrations, Contract: contract,
		Store: func(cfg *store.Config) {
			w.proxy, cfg.URL = newProxy(t, cfg.URL)
			cfg.MaxConns = databaseConnections
			cfg.StatementCache = 160 // fewer than there are, so that some are closed
		},
	})
	w.conns = dial(t, w.Addr, clientConnections)
	w.callers = newCallers(t, w.conns)
	w.super = w.DB.Superuser(t)
	rows, err := w.super.Query(t.Context(), "select id, right(owner::text, 12)::integer from cn.notes")
	if err != nil {
		t.Fatal(err)
	}
	var id int64
	var owner int
	if _, err := pgx.ForEachRow(rows, []any{&id, &owner}, func() error {
		w.callers[owner].base = append(w.callers[owner].base, id)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return w
}

// run is how calls are made, and what came of them.
type run struct {
	calls   int64         // how many are made
	during  time.Duration // if set, for so long, or four times as long for the calls
	calm    bool          // nothing is cancelled or cut
	started time.Time

	made, cancelled, late, rows, canaries atomic.Int64
	byCode                                [17]atomic.Int64
	answered                              map[string]*atomic.Int64

	mu       sync.Mutex
	foreign  map[string]int      // by kind, the canaries of others that came back
	wrong    int                 // whatever else is not as it has to be
	findings map[string][]string // by kind, the first of both
}

// find notes something that is not as it has to be.
func (r *run) find(k *kind, c *caller, format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.wrong++
	r.note(k, c, fmt.Sprintf(format, args...))
}

// leak notes what is another's.
func (r *run) leak(k *kind, c *caller, foreign []string, b []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.foreign[k.name] += len(foreign)
	r.note(k, c, fmt.Sprintf("got %s, in %q", strings.Join(foreign, " "), b))
}

// note keeps a few findings of each kind of call.
func (r *run) note(k *kind, c *caller, finding string) {
	if of := r.findings[k.name]; len(of) < 3 {
		r.findings[k.name] = append(of, fmt.Sprintf("%s of %s: %.2000s", k.name, c.sign, finding))
	}
}

// leaks counts what is another's.
func (r *run) leaks() (n int) {
	for _, of := range r.foreign {
		n += of
	}
	return n
}

// patience is how long a call may take that nobody ends.
const patience = 60 * time.Second

// callAll makes the calls.
func (r *run) callAll(w *world) {
	r.answered, r.foreign, r.findings = map[string]*atomic.Int64{}, map[string]int{}, map[string][]string{}
	for _, k := range join(userKinds, anonymousKinds) {
		r.answered[k.name] = &atomic.Int64{}
	}
	user, anonymous := newChooser(userKinds), newChooser(anonymousKinds)
	r.started = time.Now()
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for r.more() {
				if sometimes(8) {
					r.one(w, w.callers[0], anonymous.any())
				} else {
					r.one(w, w.anyUser(), user.any())
				}
			}
		})
	}
	all.Wait()
}

func (r *run) more() bool {
	if r.during > 0 {
		took := time.Since(r.started)
		return took < r.during || r.made.Load() < r.calls && took < 4*r.during
	}
	return r.made.Load() < r.calls
}

// one makes a call, and looks at what comes back.
func (r *run) one(w *world, c *caller, k *kind) {
	made := k.make(w, c)
	if made == nil {
		return
	}
	r.made.Add(1)
	ctx, allowed, end := r.fate(c.ctx)
	o := c.do(ctx, made)
	end()
	r.byCode[o.code].Add(1)
	for _, b := range o.bytes() {
		own, foreign := c.scan(b)
		if r.canaries.Add(int64(own)); len(foreign) > 0 {
			r.leak(k, c, foreign, b)
		}
	}
	switch {
	case o.code == codes.OK && made.foreign:
		r.find(k, c, "is answered: %q", o.messages)
	case o.code == codes.OK:
		r.answered[k.name].Add(1)
		r.rows.Add(int64(rows(made.method, o)))
		if made.after != nil {
			made.after(o)
		}
	case made.foreign && slices.Contains(made.refused, o.code):
		r.answered[k.name].Add(1)
	case made.half && o.code == codes.Canceled, made.stop > 0 && o.code == codes.Canceled:
		r.answered[k.name].Add(1)
	case !slices.Contains(made.refused, o.code) && !slices.Contains(allowed, o.code):
		r.find(k, c, "%v", o.err)
	}
	if o.problem != "" {
		r.find(k, c, "%s", o.problem)
	}
}

// fate decides what is to become of a call, and with which codes it may end. Two
// calls at the same rows may end one another, and a connection may be lost to
// any.
func (r *run) fate(ctx context.Context) (context.Context, []codes.Code, func()) {
	allowed := []codes.Code{codes.Aborted, codes.Unavailable, codes.Canceled}
	if r.calm {
		ctx, cancel := context.WithTimeout(ctx, patience)
		return ctx, allowed[:1], cancel
	}
	switch rand.IntN(10) {
	case 0:
		r.cancelled.Add(1)
		ctx, cancel := context.WithCancel(ctx)
		timer := time.AfterFunc(time.Duration(rand.IntN(12_000))*time.Microsecond, cancel)
		return ctx, allowed, func() { timer.Stop(); cancel() }
	case 1:
		r.late.Add(1)
		ctx, cancel := context.WithTimeout(ctx, time.Duration(rand.IntN(5000))*time.Microsecond)
		return ctx, append(allowed, codes.DeadlineExceeded), cancel
	default:
		ctx, cancel := context.WithTimeout(ctx, patience)
		return ctx, allowed, cancel
	}
}

// watch logs how far it is, every half a minute until the context ends.
func (r *run) watch(ctx context.Context, t *testing.T) {
	tick := time.NewTicker(30 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			r.mu.Lock()
			t.Logf("%d calls in %.0f s, %d answered, %d foreign canaries, %d other findings",
				r.made.Load(), time.Since(r.started).Seconds(), r.byCode[codes.OK].Load(), r.leaks(), r.wrong)
			r.mu.Unlock()
		}
	}
}

// String is the figures.
func (r *run) String() string {
	var b strings.Builder
	took := time.Since(r.started)
	fmt.Fprintf(&b, "%d calls in %.0f s (%.0f/s), %d answered with %d rows; %d own canaries seen, %d FOREIGN, %d other findings; %d to be cancelled, %d with deadlines of 0 to 5 ms\n",
		r.made.Load(), took.Seconds(), float64(r.made.Load())/took.Seconds(), r.byCode[codes.OK].Load(), r.rows.Load(), r.canaries.Load(), r.leaks(), r.wrong,
		r.cancelled.Load(), r.late.Load())
	for code := range r.byCode {
		if n := r.byCode[code].Load(); n > 0 {
			fmt.Fprintf(&b, "  %s %d\n", codes.Code(code), n)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.answered)) {
		fmt.Fprintf(&b, "  %s: %d\n", name, r.answered[name].Load())
	}
	return b.String()
}
