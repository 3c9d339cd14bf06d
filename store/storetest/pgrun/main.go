// Command pgrun runs a command, such as go test ./..., beside a throwaway
// Postgres for package storetest, and removes it when the command has ended.
//
//	go run github.com/rowgate/rowgate/store/storetest/pgrun go test ./...
//
// The command finds the server by ROWGATE_TEST_URL and ROWGATE_TEST_BIN.
// Signals are passed on to it, and its exit status is that of pgrun: 128 and
// the number of the signal when a signal ended it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"

	"github.com/rowgate/rowgate/store/localpg"
	"github.com/rowgate/rowgate/store/storetest"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stderr))
}

// The exit statuses of pgrun itself.
const (
	statusFailed = 1
	statusUsage  = 2
	statusCannot = 126 // The command cannot be run.
)

func run(command []string, stderr io.Writer) int {
	if len(command) == 0 {
		fmt.Fprintln(stderr, "usage: pgrun COMMAND [ARGUMENT...]\nRuns the command beside a throwaway Postgres, whose address is in ROWGATE_TEST_URL. For instance: pgrun go test ./...")
		return statusUsage
	}
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)

	server, interrupted, err := start(signals)
	switch {
	case interrupted != nil:
		if server != nil {
			err = stop(server)
		}
		if err != nil && !errors.Is(err, context.Canceled) {
			fmt.Fprintln(stderr, "pgrun:", err)
		}
		return signalStatus(interrupted)
	case err != nil:
		fmt.Fprintln(stderr, "pgrun:", err)
		return statusFailed
	}
	status := runBeside(server.URL("postgres"), server.Installation().BinDir, command, signals, stderr)
	if err := server.Err(); err != nil {
		fmt.Fprintln(stderr, "pgrun: the Postgres of the tests ended before them:", err)
		return max(status, statusFailed)
	}
	if err := stop(server); err != nil {
		fmt.Fprintln(stderr, "pgrun:", err)
		return max(status, statusFailed)
	}
	return status
}

// start starts the server, and gives up at the first signal.
func start(signals <-chan os.Signal) (server *localpg.Server, interrupted os.Signal, err error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	started, watched := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(watched)
		select {
		case interrupted = <-signals:
			cancel()
		case <-started:
		}
	}()
	server, err = storetest.StartServer(ctx)
	close(started)
	<-watched
	return server, interrupted, err
}

func stop(server *localpg.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	return server.Stop(ctx)
}

// runBeside runs the command with the server's address in its environment.
func runBeside(address, bin string, command []string, signals <-chan os.Signal, stderr io.Writer) int {
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Env = append(os.Environ(), storetest.URLVariable+"="+address, storetest.BinVariable+"="+bin)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := cmd.Start(); err != nil {
		fmt.Fprintln(stderr, "pgrun:", err)
		return statusCannot
	}
	ended := make(chan struct{})
	go func() {
		for {
			select {
			case s := <-signals:
				_ = cmd.Process.Signal(s)
			case <-ended:
				return
			}
		}
	}()
	err := cmd.Wait()
	close(ended)
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit) && exit.ExitCode() >= 0:
		return exit.ExitCode()
	case errors.As(err, &exit):
		if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
			return signalStatus(status.Signal())
		}
	}
	fmt.Fprintln(stderr, "pgrun:", err)
	return statusFailed
}

// signalStatus is what a shell reports for a program that a signal ended.
func signalStatus(s os.Signal) int {
	if number, ok := s.(syscall.Signal); ok {
		return 128 + int(number)
	}
	return statusFailed
}
