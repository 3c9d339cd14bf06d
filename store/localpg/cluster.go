package localpg

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// superuser is the role that initdb makes. Postgres gives it every right.
const superuser = "postgres"

// password returns the superuser's password, made on the first start. It is
// written before initdb runs, so that a finished cluster always has one.
func (f *folder) password() (string, error) {
	text, err := f.read(passwordName)
	if err != nil || text != "" {
		return text, err
	}
	made, err := f.existing()
	if err != nil {
		return "", err
	}
	if made.major != 0 {
		return "", fmt.Errorf("localpg: %s is gone, and with it the superuser's password; put it back, or remove %s to begin with an empty cluster", f.path(passwordName), f.dir)
	}
	text = rand.Text()
	return text, f.write(passwordName, text+"\n")
}

// initialize makes the cluster, unless there is one. initdb works in a folder
// of another name, which is renamed when it is complete: an initdb that was
// killed half way leaves nothing that looks like a cluster.
func (f *folder) initialize(ctx context.Context, in Installation, ephemeral bool) error {
	made, err := f.existing()
	if err != nil {
		return err
	}
	if made.major != 0 {
		return nil
	}
	if err := f.removeStaging(); err != nil {
		return err
	}
	staging := stagingName + strings.ToLower(rand.Text()[:8])
	var failed error
	for _, locale := range localeArgs(in.Major) {
		if failed = f.initdb(ctx, in, staging, locale, ephemeral); failed == nil {
			break
		}
		if ctx.Err() != nil {
			return fmt.Errorf("localpg: initdb was stopped: %w", ctx.Err())
		}
		if err := f.removeStaging(); err != nil {
			return err
		}
	}
	if failed != nil {
		return failed
	}
	// An empty folder in its place is in the way of some systems' rename.
	if err := f.root.Remove(clusterName); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return f.explain(err)
	}
	if err := f.root.Rename(staging, clusterName); err != nil {
		return f.explain(err)
	}
	return nil
}

// localeArgs returns the arguments of initdb for a cluster that sorts by code
// point and knows the upper and lower case of every letter, followed by what
// to fall back to on a system without the locale C.UTF-8. From 17 on, Postgres
// brings that locale itself.
func localeArgs(major int) [][]string {
	full := []string{"--locale=C", "--lc-ctype=C.UTF-8"}
	if major >= 17 {
		full = []string{"--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"}
	}
	return [][]string{full, {"--locale=C"}}
}

func (f *folder) initdb(ctx context.Context, in Installation, staging string, locale []string, ephemeral bool) error {
	o := order{
		acct: f.acct, log: f.path(logName),
		when: removeOrphans, folder: f.path(staging),
		command: append([]string{
			in.Program("initdb"),
			"--pgdata=" + f.path(staging),
			"--username=" + superuser,
			"--pwfile=" + f.path(passwordName),
			"--auth=scram-sha-256",
			"--encoding=UTF8",
			"--no-instructions",
			// A machine that fails in this second costs an empty cluster.
			"--no-sync",
		}, locale...),
	}
	if ephemeral {
		o.folder = f.dir
	}
	g, err := guard(o)
	if err != nil {
		return err
	}
	defer g.stop()
	select {
	case <-g.done:
	case <-ctx.Done():
		g.stop()
		<-g.done
		return fmt.Errorf("localpg: initdb was stopped: %w", ctx.Err())
	}
	if g.err != nil {
		return f.withLog(fmt.Errorf("localpg: initdb of Postgres %s failed: %w", in.Version, g.err))
	}
	return nil
}

// removeStaging removes what a killed initdb left.
func (f *folder) removeStaging() error {
	entries, err := fs.ReadDir(f.root.FS(), ".")
	if err != nil {
		return f.explain(err)
	}
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), stagingName) {
			if err := f.root.RemoveAll(entry.Name()); err != nil {
				return f.explain(err)
			}
		}
	}
	return nil
}
