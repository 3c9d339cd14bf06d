package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"
)

// pace is how often keys are fetched; tests make it faster.
type pace struct {
	refresh time.Duration // the longest time between fetches in the background; 0 is Issuer.Refresh
	least   time.Duration // the shortest, whatever an answer says
	// gap is the least time between two fetches that tokens ask for: strangers
	// can ask at will.
	gap time.Duration
	// retry is the wait after a first failure; it doubles up to maxRetry.
	retry, maxRetry time.Duration
	// patience is how long a call waits for a fetch, and waiting how many calls
	// do at a time.
	patience time.Duration
	waiting  int64
}

func defaultPace() pace {
	return pace{
		least:    30 * time.Second,
		gap:      30 * time.Second,
		retry:    time.Second,
		maxRetry: time.Minute,
		patience: 5 * time.Second,
		waiting:  1024,
	}
}

// remote holds the key set behind a URL. One fetch runs at a time, on behalf of
// everybody, and belongs to no call.
type remote struct {
	ctx    context.Context // ends the fetching
	url    *url.URL
	client *http.Client
	log    *slog.Logger
	pace   pace

	current atomic.Pointer[keySet] // nil until the first fetch succeeds
	// quiet is until when no token makes the set be fetched, as sinceStart has
	// it: the last fetch was a success, and a moment ago.
	quiet   atomic.Int64
	waiting atomic.Int64 // calls that wait for a fetch

	mu       sync.Mutex
	fetching chan struct{} // closed when the fetch under way ends; nil when none is
	ended    time.Time     // when the last fetch ended
	failures int           // since the last success
	err      error         // of the last fetch
	etag     string        // of the set in use; empty for none
	next     time.Duration // from the last success to the next fetch
}

// processStart and sinceStart are a clock that nobody can set.
var processStart = time.Now()

func sinceStart() int64 { return int64(time.Since(processStart)) }

func newRemote(ctx context.Context, cfg Config, address string, p pace) (*remote, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	r := &remote{ctx: ctx, url: u, client: cfg.HTTPClient, log: cfg.Logger.With("url", u.Redacted()), pace: p}
	if overClearNetwork(u) {
		r.log.Warn("the signing keys are fetched over unencrypted http: whoever sits between can forge tokens")
	}
	r.pace.maxRetry = min(r.pace.maxRetry, r.pace.refresh)
	r.next = r.pace.refresh
	r.mu.Lock()
	defer r.mu.Unlock()
	go r.keepFresh(r.start())
	return r, nil
}

// keepFresh fetches the set again and again, once the first fetch is done, until
// the context ends.
func (r *remote) keepFresh(first <-chan struct{}) {
	for done := first; ; {
		<-done
		timer := time.NewTimer(r.wait())
		select {
		case <-r.ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
		r.mu.Lock()
		done = r.start()
		r.mu.Unlock()
	}
}

// keys returns the set in use, nil when there is none.
func (r *remote) keys() *keySet {
	if r == nil {
		return nil
	}
	return r.current.Load()
}

// wait is the time to the next fetch in the background, a little less by
// chance, so that many servers do not ask at once.
func (r *remote) wait() time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	d := r.next
	if r.failures > 0 {
		d = min(r.pace.retry<<min(r.failures-1, 10), r.pace.maxRetry)
	}
	return d - rand.N(d/5+1)
}

// settled says that a key set is the newest there is to have: it was fetched a
// moment ago, and no fetch is under way. It costs nothing, for tokens with keys
// that nobody knows can come by the ten thousand.
func (r *remote) settled(seen *keySet) bool {
	return sinceStart() < r.quiet.Load() && r.current.Load() == seen
}

// newer waits for a key set other than seen, and says whether there is one. It
// has the set fetched unless that was done a moment ago. It returns the error
// of the last fetch, or of the context.
func (r *remote) newer(ctx context.Context, seen *keySet) (bool, error) {
	done := r.request(seen)
	if done != nil {
		defer r.waiting.Add(-1)
		if r.waiting.Add(1) > r.pace.waiting {
			return false, errors.New("too many calls wait for the keys")
		}
		timer := time.NewTimer(r.pace.patience)
		defer timer.Stop()
		select {
		case <-done:
		case <-timer.C:
			if r.current.Load() == seen {
				return false, fmt.Errorf("no answer within %s", r.pace.patience)
			}
		case <-ctx.Done():
			return false, ctx.Err()
		}
	}
	if r.current.Load() != seen {
		return true, nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if seen == nil && r.err == nil {
		return false, errors.New("the keys were never fetched")
	}
	return false, r.err
}

// request starts a fetch, or joins the one under way, and returns what is
// closed when it ends. It returns nil when there is nothing to wait for.
func (r *remote) request(seen *keySet) <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.current.Load() != seen || r.ctx.Err() != nil {
		return nil
	}
	if r.fetching != nil {
		return r.fetching
	}
	if !r.ended.IsZero() && time.Since(r.ended) < r.pace.gap {
		return nil
	}
	return r.start()
}

// start begins a fetch unless one is under way. The caller holds the lock.
func (r *remote) start() <-chan struct{} {
	if r.fetching != nil {
		return r.fetching
	}
	done := make(chan struct{})
	r.fetching = done
	r.quiet.Store(0)
	etag := r.etag
	go func() {
		defer close(done)
		got, err := r.fetch(etag)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.fetching, r.ended, r.err = nil, time.Now(), err
		if err != nil {
			r.failures++
			if r.ctx.Err() == nil {
				r.log.Warn("the signing keys could not be fetched", "error", err, "failures", r.failures)
			}
			return
		}
		r.failures = 0
		r.take(got)
	}()
	return done
}

// take makes use of an answer. The caller holds the lock.
func (r *remote) take(got *answer) {
	r.etag, r.next = got.etag, r.pace.refresh
	if got.dated {
		r.next = min(max(got.fresh, r.pace.least), r.pace.refresh)
	}
	if got.set != nil {
		r.replace(got.set, got.skipped)
	}
	r.quiet.Store(sinceStart() + int64(r.pace.gap))
}

// replace takes over a set that was fetched, if it is another one. The caller
// holds the lock.
func (r *remote) replace(set *keySet, skipped []error) {
	if old := r.current.Load(); old != nil && old.sum == set.sum {
		return
	}
	r.current.Store(set)
	r.log.Info("new signing keys are in use", "keys", len(set.keys))
	for _, err := range skipped {
		r.log.Warn("a signing key is not used", "error", err)
	}
}
