package localpg

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"time"
)

// account is the account that Postgres runs as when this program runs as
// root. A nil account is the program's own.
type account struct {
	name   string
	uid    uint32
	gid    uint32
	groups []uint32
}

// serviceAccounts are tried in this order for a new data folder: the account
// that packages of Postgres make, its name on macOS, and one that every system
// has.
var serviceAccounts = []string{"postgres", "_postgres", "nobody"}

// accountFor returns the account for the cluster in dataDir: its owner when
// there is a cluster already, so that a program run as root and one run as the
// owner can take turns, else the first of serviceAccounts.
func accountFor(dataDir string) (*account, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	if info, err := os.Stat(filepath.Join(dataDir, clusterName)); err == nil && dataDir != "" {
		if uid, gid := owner(info); uid != 0 {
			return ownerAccount(uid, gid), nil
		}
	}
	for _, name := range serviceAccounts {
		if found, err := user.Lookup(name); err == nil {
			return newAccount(found)
		}
	}
	return nil, errors.New("localpg: Postgres refuses to run as root, and this machine has neither an account postgres nor an account nobody; add one, or start rowgate from another account")
}

// ownerAccount is the account with an id, which need not have a name.
func ownerAccount(uid, gid uint32) *account {
	if found, err := user.LookupId(strconv.FormatUint(uint64(uid), 10)); err == nil {
		if named, err := newAccount(found); err == nil {
			return named
		}
	}
	return &account{name: fmt.Sprintf("#%d", uid), uid: uid, gid: gid}
}

func newAccount(found *user.User) (*account, error) {
	uid, err := parseID(found.Uid)
	if err != nil {
		return nil, err
	}
	gid, err := parseID(found.Gid)
	if err != nil {
		return nil, err
	}
	a := &account{name: found.Username, uid: uid, gid: gid}
	ids, err := found.GroupIds()
	if err != nil {
		ids = nil // The supplementary groups are a convenience only.
	}
	for _, id := range ids {
		if group, err := parseID(id); err == nil {
			a.groups = append(a.groups, group)
		}
	}
	return a, nil
}

// parseID reads a user or group id. macOS gives nobody the id -2, which wraps.
func parseID(text string) (uint32, error) {
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("localpg: %q is not the id of an account: %w", text, err)
	}
	return uint32(id), nil
}

// String names the account in messages.
func (a *account) String() string {
	if a == nil {
		return "this account"
	}
	return "the account " + a.name
}

// command returns a command that runs as the account, in a folder that every
// account can enter, with an environment in which no PG variable of the
// developer's shell changes what Postgres does. TZ spares initdb a search
// through every time zone file.
func (a *account) command(ctx context.Context, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = "/"
	cmd.Env = []string{"PATH=" + os.Getenv("PATH") + ":/usr/bin:/bin", "LC_ALL=C", "TZ=UTC"}
	cmd.SysProcAttr = attributes(a)
	cmd.WaitDelay = time.Second
	return cmd
}

// reaches reports whether the account can enter the folder that path is, or
// that path is to be made below. It tries, since mode bits do not tell of
// access lists and mount options.
func (a *account) reaches(ctx context.Context, path string) bool {
	if a == nil {
		return true
	}
	for {
		if _, err := os.Stat(path); err == nil {
			break
		}
		path = filepath.Dir(path)
	}
	return a.command(ctx, "/bin/sh", "-c", `cd -- "$1"`, "sh", path).Run() == nil
}
