// Command bench measures calls per second beside what bounds them, in one
// interleaved run on one machine: pgbench with the statements that a call
// sends, a bare grpc-go server, and rowgate between the two.
//
//	go run ./service/bench -rounds 5 -seconds 3
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var o options
	flag.IntVar(&o.rounds, "rounds", 5, "rounds; each measures everything once, and the median counts")
	flag.DurationVar(&o.time, "time", 3*time.Second, "time of one measurement")
	flag.IntVar(&o.callers, "callers", 32, "callers at a time")
	flag.IntVar(&o.connections, "connections", 4, "database connections, of rowgate and of pgbench alike")
	flag.IntVar(&o.users, "users", 1000, "users, each with a token of their own; at most 1000")
	flag.StringVar(&o.pgBin, "pg-bin", os.Getenv("ROWGATE_PG_BIN"), "the folder of postgres and pgbench")
	flag.StringVar(&o.profile, "profile", "", "write a CPU profile of rowgate's measurements to this file")
	flag.StringVar(&o.only, "only", "", "measure these letters alone, of P N E G L")
	flag.Parse()
	if o.users < 1 || o.users > 1000 {
		fmt.Fprintln(os.Stderr, "bench: -users is from 1 to 1000")
		os.Exit(2)
	}
	if err := bench(ctx, o, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

type options struct {
	rounds, callers, connections, users int
	time                                time.Duration
	pgBin, profile, only                string
}
