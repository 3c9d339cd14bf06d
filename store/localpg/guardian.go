package localpg

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"
)

//go:embed guardian.sh
var guardianScript string

// removal says when the guardian removes the folder of an order.
type removal string

const (
	removeAlways  removal = "always"
	removeOrphans removal = "orphaned"
	removeNever   removal = "never"
)

// patience is how many seconds an orderly end may take that nobody but the
// guardian waits for. What is quit after it recovers at the next start.
var patience = 30 // A variable for the tests only.

// order is what a guardian is to do.
type order struct {
	acct    *account
	log     string   // the file that the program's output is added to
	when    removal  // when folder is removed
	folder  string   // empty: none
	sockets string   // a folder that is removed in any case; empty: none
	command []string // the program and its arguments
}

// guardian is a running guardian.sh.
type guardian struct {
	order  order
	cmd    *exec.Cmd
	hold   *os.File // the pipe whose end means that this program is gone
	pid    int      // the guarded program
	stderr bytes.Buffer

	stopping sync.Once
	done     chan struct{} // closed when both have ended and err is set
	err      error
}

// guard starts a program under a guardian.
func guard(o order) (*guardian, error) {
	args := []string{"-c", guardianScript, "rowgate-guardian", o.log, string(o.when), o.folder, o.sockets, strconv.Itoa(patience)}
	// The guardian must outlive every context of this program.
	cmd := o.acct.command(context.Background(), "/bin/sh", append(args, o.command...)...)
	stdin, hold, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("localpg: a pipe for the guardian of Postgres: %w", err)
	}
	defer stdin.Close()
	announced, stdout, err := os.Pipe()
	if err != nil {
		hold.Close()
		return nil, fmt.Errorf("localpg: a pipe for the guardian of Postgres: %w", err)
	}
	defer announced.Close()
	g := &guardian{order: o, cmd: cmd, hold: hold, done: make(chan struct{})}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, stdout, &g.stderr
	err = cmd.Start()
	stdout.Close()
	if err != nil {
		hold.Close()
		return nil, fmt.Errorf("localpg: /bin/sh cannot be run by %s: %w", o.acct, err)
	}
	go func() {
		g.err = cmd.Wait()
		close(g.done)
	}()
	answer, _ := io.ReadAll(announced)
	g.pid, err = strconv.Atoi(strings.TrimSpace(string(answer)))
	if err != nil {
		g.hold.Close()
		<-g.done
		return nil, fmt.Errorf("localpg: the guardian of Postgres did not start: %w: %s", errors.Join(g.err), bytes.TrimSpace(g.stderr.Bytes()))
	}
	return g, nil
}

// stop asks for an orderly end of the program, once a second until it has
// ended, and returns at once. It may be called twice.
func (g *guardian) stop() {
	g.stopping.Do(func() {
		go func() {
			defer g.hold.Close()
			for {
				_, _ = io.WriteString(g.hold, "stop\n")
				select {
				case <-g.done:
					return
				case <-time.After(time.Second):
				}
			}
		}()
	})
}

// ended returns why the program ended, once done is closed.
func (g *guardian) ended() error {
	switch {
	case g.err == nil:
		return errEnded
	case g.killed():
		return fmt.Errorf("its guardian was killed: %w", g.err)
	default:
		return g.err
	}
}

// killed reports, once done is closed, whether the guardian itself was ended
// by a signal; the program may then still run.
func (g *guardian) killed() bool {
	return g.cmd.ProcessState.ExitCode() < 0
}
