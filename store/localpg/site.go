package localpg

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// elsewhere is where the data folders of a program that runs as root are put
// when the account of Postgres cannot reach the place that was asked for.
var elsewhere = "/var/lib/rowgate" // A variable for the tests only.

// site is where a cluster is or will be, and the account that it runs as.
type site struct {
	dir  string
	acct *account
}

// chooseSite returns the data folder that was asked for or, when the account
// of Postgres cannot reach it, the one that stands in for it.
func chooseSite(ctx context.Context, cfg Config) (site, error) {
	dir, err := cfg.dataDir()
	if err != nil {
		return site{}, err
	}
	acct, err := accountFor(dir)
	if err != nil {
		return site{}, err
	}
	// The folder itself will be given to the account.
	if acct.reaches(ctx, filepath.Dir(dir)) {
		return site{dir, acct}, nil
	}
	if err := ctx.Err(); err != nil {
		return site{}, fmt.Errorf("localpg: the start of Postgres was stopped: %w", err)
	}
	moved := filepath.Join("/tmp", "rowgate-"+rand.Text())
	if !cfg.Ephemeral {
		// The name is made from the path, so that the next start finds it again.
		sum := sha256.Sum256([]byte(dir))
		moved = filepath.Join(elsewhere, fmt.Sprintf("%s-%x", filepath.Base(dir), sum[:6]))
	}
	if acct, err = accountFor(moved); err != nil {
		return site{}, err
	}
	cfg.logger().Warn("the data folder is moved: Postgres does not run as root, and its account cannot enter the folder that was asked for",
		"from", dir, "to", moved, "account", acct.name)
	return site{moved, acct}, nil
}

// cluster names a cluster by its data folder and the major version that made
// it; the zero cluster is one that is still to be made.
type cluster struct {
	dir   string
	major int
}

// existing returns the cluster in a data folder.
func (s site) existing() (cluster, error) {
	home := filepath.Join(s.dir, clusterName)
	text, err := os.ReadFile(filepath.Join(home, "PG_VERSION"))
	switch {
	case err == nil:
		major, err := leadingNumber(strings.TrimSpace(string(text)))
		if err != nil {
			return cluster{}, fmt.Errorf("localpg: %s holds a broken cluster (PG_VERSION says %.40q); remove %s to begin with an empty one", home, text, s.dir)
		}
		return cluster{s.dir, major}, nil
	case !errors.Is(err, fs.ErrNotExist):
		return cluster{}, s.explain(err)
	}
	entries, err := os.ReadDir(home)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(entries) == 0 {
		return cluster{}, nil
	}
	if err != nil {
		return cluster{}, s.explain(err)
	}
	return cluster{}, fmt.Errorf("localpg: %s holds a broken cluster (it has no file PG_VERSION); remove %s to begin with an empty one", home, s.dir)
}

// explain adds the likely reason to a denied access.
func (s site) explain(err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("localpg: %w: the data folder %s may have been made by another account (by root?); start rowgate from that one, or choose another folder", err, s.dir)
	}
	return fmt.Errorf("localpg: the data folder: %w", err)
}

// makeParents makes the folders above the data folder. The account of Postgres
// must be able to enter those that root makes, whatever root's umask is.
func (s site) makeParents() error {
	parent := filepath.Dir(s.dir)
	var missing []string
	for dir := parent; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
			break
		}
		missing = append(missing, dir)
	}
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return err
	}
	if s.acct == nil {
		return nil
	}
	for _, dir := range missing {
		if err := os.Chmod(dir, 0o755); err != nil {
			return err
		}
	}
	return nil
}
