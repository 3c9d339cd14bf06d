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
	refresh time.Duration // between fetches in the background
	// gap is the least time between two fetches that tokens ask for: strangers
	// can ask at will.
	gap time.Duration
	// retry is the wait after a first failure; it doubles up to maxRetry.
	retry, maxRetry time.Duration
	// patience is how long a call waits for a fetch.
	patience time.Duration
}

func defaultPace(refresh time.Duration) pace {
	return pace{
		refresh:  refresh,
		gap:      10 * time.Second,
		retry:    time.Second,
		maxRetry: min(time.Minute, refresh),
		patience: 5 * time.Second,
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

	mu       sync.Mutex
	fetching chan struct{} // closed when the fetch under way ends; nil when none is
	ended    time.Time     // when the last fetch ended
	failures int           // since the last success
	err      error         // of the last fetch
}

func newRemote(ctx context.Context, cfg Config, p pace) (*remote, error) {
	u, err := url.Parse(cfg.JWKSURL)
	if err != nil {
		return nil, err
	}
	r := &remote{ctx: ctx, url: u, client: cfg.HTTPClient, log: cfg.Logger.With("url", u.Redacted()), pace: p}
	if overClearNetwork(u) {
		r.log.Warn("the signing keys are fetched over unencrypted http: whoever sits between can forge tokens")
	}
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

// wait is the time to the next fetch in the background, some of it by chance,
// so that many servers do not ask at once.
func (r *remote) wait() time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	d := r.pace.refresh
	if r.failures > 0 {
		d = min(r.pace.retry<<min(r.failures-1, 10), r.pace.maxRetry)
	}
	return d*9/10 + rand.N(d/5+1)
}

// newer waits for a key set other than seen, and says whether there is one. It
// has the set fetched unless that was done a moment ago. It returns the error
// of the last fetch, or of the context.
func (r *remote) newer(ctx context.Context, seen *keySet) (bool, error) {
	done := r.request(seen)
	if done != nil {
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
	gap := r.pace.gap
	if r.failures > 0 {
		gap = min(gap, r.pace.retry)
	}
	if !r.ended.IsZero() && time.Since(r.ended) < gap {
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
	go func() {
		defer close(done)
		set, skipped, err := r.fetch()
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
		r.replace(set, skipped)
	}()
	return done
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
