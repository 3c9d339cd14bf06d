package localpg

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// pidFile is what postmaster.pid says. Its lines are the process id, the data
// folder, the start time, the port, the socket folder, the listen address, the
// shared memory key and, once known, the state
// (src/include/utils/pidfile.h of Postgres).
type pidFile struct {
	pid   int
	ready bool
}

// parsePidFile reads postmaster.pid. A file without a process id in it, such
// as one that a crash of the machine left empty, gives pid 0.
func parsePidFile(text string) pidFile {
	lines := strings.Split(text, "\n")
	pid, err := strconv.ParseInt(strings.TrimSpace(lines[0]), 10, 32)
	if err != nil {
		return pidFile{}
	}
	if pid < 0 {
		pid = -pid // A single-user server writes its id negated.
	}
	const state = 7
	return pidFile{
		pid:   int(pid),
		ready: len(lines) > state && strings.TrimSpace(lines[state]) == "ready",
	}
}

// leavingTimeout bounds the wait for a Postgres whose program was killed and
// that is being stopped by its guardian.
var leavingTimeout = 15 * time.Second // A variable for the tests only.

// evict makes sure that no Postgres runs on the cluster and removes the
// postmaster.pid of one that has ended. Postgres checks that file too, but
// takes any process of its account that has the id for itself.
func (f *folder) evict(ctx context.Context) error {
	home := f.path(clusterName)
	deadline := time.Now().Add(leavingTimeout)
	for {
		pid := f.pidFile().pid
		if !runsCluster(ctx, pid, home) {
			break
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("localpg: %w: a Postgres that no rowgate started runs on %s as process %d; stop it with kill -INT %d, or choose another folder", ErrInUse, home, pid, pid)
		}
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return fmt.Errorf("localpg: the wait for the Postgres process %d to end was stopped: %w", pid, err)
		}
	}
	if err := f.root.RemoveAll(clusterName + "/postmaster.pid"); err != nil {
		return f.explain(err)
	}
	return nil
}

// runsCluster reports whether a process is a Postgres that runs on a data
// folder, and not another program that was given the id of one that has ended.
// When it cannot tell, the answer is true.
func runsCluster(ctx context.Context, pid int, dataDir string) bool {
	if pid <= 0 || !exists(pid) {
		return false
	}
	args, ok := processArgs(ctx, pid)
	if !ok {
		return exists(pid)
	}
	if len(args) == 0 {
		return false // It has ended, and its parent does not know yet.
	}
	if name := filepath.Base(args[0]); name != "postgres" && name != "postmaster" {
		return false
	}
	// A postmaster's working directory is its data folder.
	if dir, err := os.Readlink(fmt.Sprintf("/proc/%d/cwd", pid)); err == nil {
		return sameFolder(dir, dataDir)
	}
	if slices.Contains(args, dataDir) || strings.Contains(strings.Join(args, " "), dataDir) {
		return true
	}
	return !slices.Contains(args, "-D")
}

func sameFolder(a, b string) bool {
	one, err := os.Stat(a)
	if err != nil {
		return false
	}
	other, err := os.Stat(b)
	return err == nil && os.SameFile(one, other)
}

// processArgs returns the command line of a process: from /proc where there is
// one, else from ps, which does not tell where an argument ends. The command
// line of a process that has ended and was not waited for is empty.
func processArgs(ctx context.Context, pid int) ([]string, bool) {
	if text, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid)); err == nil {
		if len(text) == 0 {
			return nil, true
		}
		return strings.Split(strings.TrimSuffix(string(text), "\x00"), "\x00"), true
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	text, err := exec.CommandContext(ctx, "ps", "-ww", "-o", "command=", "-p", strconv.Itoa(pid)).Output()
	if err != nil {
		return nil, false
	}
	return strings.Fields(string(text)), true
}
