package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime/pprof"
	"slices"
	"strings"
)

// pair is one kind of call with its floors.
type pair struct {
	name           string
	p, n, e, got   []float64
	pgPipe, pgFour string // pgbench scripts
	echo, call     target
}

// bench prepares a database and three servers, measures in rounds, and prints
// the medians.
func bench(ctx context.Context, o options, out io.Writer) error {
	w, err := newWorld(ctx, o)
	if err != nil {
		return err
	}
	defer w.close()

	pairs := []*pair{
		{name: "get by key", pgPipe: w.script("get", true), pgFour: w.script("get", false), echo: w.echoGet, call: w.get},
		{name: "list of 20", pgPipe: w.script("list", true), pgFour: w.script("list", false), echo: w.echoList, call: w.list},
	}
	if o.profile != "" {
		f, err := os.Create(o.profile)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	fmt.Fprintf(out, "%d rounds of %s each, %d callers as %d users, %d database connections\n\n",
		o.rounds, o.time, o.callers, o.users, o.connections)
	wanted := func(letter string) bool { return o.only == "" || strings.Contains(o.only, letter) }
	for range o.rounds {
		for _, p := range pairs {
			if err := p.round(ctx, w, wanted); err != nil {
				return err
			}
		}
	}
	for _, p := range pairs {
		p.print(out)
	}
	return nil
}

// round measures everything of a pair once.
func (p *pair) round(ctx context.Context, w *world, wanted func(string) bool) error {
	add := func(letter string, to *[]float64, measure func() (float64, error)) error {
		if !wanted(letter) {
			return nil
		}
		rate, err := measure()
		if err != nil {
			return fmt.Errorf("%s %s: %w", p.name, letter, err)
		}
		*to = append(*to, rate)
		return nil
	}
	calls := "G"
	if p.name != "get by key" {
		calls = "L"
	}
	if err := add("P", &p.p, func() (float64, error) { return w.pgbench(ctx, p.pgPipe) }); err != nil {
		return err
	}
	if err := add("N", &p.n, func() (float64, error) { return w.pgbench(ctx, p.pgFour) }); err != nil {
		return err
	}
	if err := add("E", &p.e, func() (float64, error) { return w.load(ctx, p.echo) }); err != nil {
		return err
	}
	return add(calls, &p.got, func() (float64, error) { return w.load(ctx, p.call) })
}

func (p *pair) print(out io.Writer) {
	pg, four, echo, got := median(p.p), median(p.n), median(p.e), median(p.got)
	bound := 1 / (1/echo + 1/pg)
	fmt.Fprintf(out, "%s\n", p.name)
	row := func(what string, rates []float64, rate float64) {
		if rate == 0 {
			return // not measured
		}
		fmt.Fprintf(out, "  %-58s %9.0f/s", what, rate)
		if len(rates) > 1 {
			fmt.Fprintf(out, "   (%.0f to %.0f)", slices.Min(rates), slices.Max(rates))
		}
		fmt.Fprintln(out)
	}
	row("N  pgbench, BEGIN, settings, query, COMMIT in turn", p.n, four)
	row("P  pgbench, settings and query in one pipeline", p.p, pg)
	row("E  bare grpc-go server, the same messages", p.e, echo)
	row("B  the bound, 1/(1/E + 1/P)", nil, bound)
	row("   rowgate", p.got, got)
	if got == 0 || bound == 0 || four == 0 {
		fmt.Fprintln(out)
		return
	}
	fmt.Fprintf(out, "  rowgate is %.2f of B, %.2f of P, %.2f of N\n\n", got/bound, got/pg, got/four)
}

func median(rates []float64) float64 {
	if len(rates) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(rates))
	return sorted[len(sorted)/2]
}
