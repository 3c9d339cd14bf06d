package localpg

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// The names in a data folder.
const (
	clusterName  = "data"
	stagingName  = "data.init-"
	passwordName = "password"
	portName     = "port"
	logName      = "postgres.log"
	oldLogName   = "postgres.log.old"
	lockName     = "rowgate.lock"
)

// folder is an open, locked data folder. Its files are reached through root,
// since the folder belongs to another account when this program runs as root,
// and a link in it must not lead root out of it.
type folder struct {
	site
	root *os.Root
	lock *os.File
	log  *os.File // open for reading once rotateLog has made it
}

// openFolder makes the data folder if need be, makes it private and locks it.
func openFolder(s site, ephemeral bool, log *slog.Logger) (*folder, error) {
	if err := s.makeParents(); err != nil {
		return nil, s.explain(err)
	}
	if err := os.Mkdir(s.dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, s.explain(err)
	}
	root, err := os.OpenRoot(s.dir)
	if err != nil {
		return nil, s.explain(err)
	}
	f := &folder{site: s, root: root}
	if err := f.claim(ephemeral); err != nil {
		f.close()
		return nil, err
	}
	log.Debug("opened the data folder", "folder", s.dir, "account", s.acct.String())
	return f, nil
}

// claim refuses a folder that is not ours, gives ours to the account of
// Postgres and locks it.
func (f *folder) claim(ephemeral bool) error {
	entries, err := fs.ReadDir(f.root.FS(), ".")
	if err != nil {
		return f.explain(err)
	}
	ours := false
	for _, entry := range entries {
		ours = ours || entry.Name() == lockName
	}
	switch {
	case len(entries) > 0 && ephemeral:
		return fmt.Errorf("localpg: the folder %s is to be removed afterwards (Config.Ephemeral), so it has to be empty", f.dir)
	case len(entries) > 0 && !ours:
		return fmt.Errorf("localpg: the folder %s holds other files than those of a data folder; choose a folder that is empty or does not exist", f.dir)
	}
	if err := f.own("."); err != nil {
		return err
	}
	if err := f.root.Chmod(".", 0o700); err != nil {
		return f.explain(err)
	}
	return f.acquire()
}

// own gives a file to the account of Postgres.
func (f *folder) own(name string) error {
	if f.acct == nil {
		return nil
	}
	if err := f.root.Lchown(name, int(f.acct.uid), int(f.acct.gid)); err != nil {
		return fmt.Errorf("localpg: cannot give %s to %s: %w", filepath.Join(f.dir, name), f.acct, err)
	}
	return nil
}

// acquire takes the lock, which says that a living process of rowgate uses the
// folder.
func (f *folder) acquire() error {
	lock, err := f.root.OpenFile(lockName, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return f.explain(err)
	}
	f.lock = lock
	locked, err := lockFile(lock)
	if err != nil {
		return fmt.Errorf("localpg: the lock %s: %w", filepath.Join(f.dir, lockName), err)
	}
	if !locked {
		text, _ := f.root.ReadFile(lockName)
		holder, _ := strconv.Atoi(strings.TrimSpace(string(text)))
		postgres := "is being started or stopped"
		if pid := f.pidFile().pid; pid > 0 && exists(pid) {
			postgres = fmt.Sprintf("runs as process %d", pid)
		}
		return fmt.Errorf("localpg: %w: %s belongs to the rowgate process %d, whose Postgres %s; stop that one, or choose another folder", ErrInUse, f.dir, holder, postgres)
	}
	if err := f.own(lockName); err != nil {
		return err
	}
	return f.write(lockName, strconv.Itoa(os.Getpid())+"\n")
}

// write replaces the content of a file that only the account can read.
func (f *folder) write(name, text string) error {
	if err := f.root.WriteFile(name, []byte(text), 0o600); err != nil {
		return f.explain(err)
	}
	return f.own(name)
}

// read returns the trimmed content of a file, or "" if there is none.
func (f *folder) read(name string) (string, error) {
	text, err := f.root.ReadFile(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", f.explain(err)
	}
	return strings.TrimSpace(string(text)), nil
}

// path returns the path of a name in the folder.
func (f *folder) path(name string) string { return filepath.Join(f.dir, name) }

// pidFile reads postmaster.pid; there being none gives pid 0.
func (f *folder) pidFile() pidFile {
	text, _ := f.root.ReadFile(clusterName + "/postmaster.pid")
	return parsePidFile(string(text))
}

// close closes the files and so frees the lock.
func (f *folder) close() {
	for _, file := range []*os.File{f.lock, f.log} {
		if file != nil {
			file.Close()
		}
	}
	f.root.Close()
}
