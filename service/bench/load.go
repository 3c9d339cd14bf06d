package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

// target makes one call as one of the users.
type target func(ctx context.Context, user int) error

// load makes calls from every caller at once and returns their rate, after a
// short warm-up that is not counted.
func (w *world) load(ctx context.Context, call target) (float64, error) {
	const warmUp = 300 * time.Millisecond
	var counting, stopping atomic.Bool
	var count atomic.Int64
	var failure atomic.Pointer[error]
	var callers sync.WaitGroup
	for range w.callers {
		callers.Go(func() {
			for !stopping.Load() && ctx.Err() == nil {
				if err := call(ctx, rand.IntN(w.users)); err != nil {
					failure.Store(&err)
					return
				}
				if counting.Load() {
					count.Add(1)
				}
			}
		})
	}
	time.Sleep(warmUp)
	counting.Store(true)
	start := time.Now()
	select {
	case <-time.After(w.time):
	case <-ctx.Done():
	}
	n, took := count.Load(), time.Since(start)
	stopping.Store(true)
	callers.Wait()
	if err := failure.Load(); err != nil {
		return 0, *err
	}
	if n == 0 {
		return 0, errors.New("no call was answered")
	}
	return float64(n) / took.Seconds(), ctx.Err()
}
