package localpg

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	embeddedpostgres "github.com/fergusstrange/embedded-postgres"
)

// sharedCache is the folder for a downloaded Postgres when the program runs as
// root and its own cache is closed to the account of Postgres.
const sharedCache = "/var/cache/rowgate"

// downloads has the version that is downloaded for each major version that a
// data folder may want. New folders get preferredMajor, which is what new
// Supabase projects run.
var downloads = map[int]embeddedpostgres.PostgresVersion{
	14: embeddedpostgres.V14,
	15: embeddedpostgres.V15,
	16: embeddedpostgres.V16,
	17: embeddedpostgres.V17,
	18: embeddedpostgres.V18,
}

const preferredMajor = 17

// downloaded returns the Postgres in the cache folder, downloaded to it first
// when it is not there.
func (s *search) downloaded(ctx context.Context) (Installation, error) {
	if s.cfg.CacheDir == "" {
		return Installation{}, errors.New("switched off, since no cache folder is set")
	}
	major := preferredMajor
	if s.made.major != 0 {
		major = s.made.major
	}
	version, ok := downloads[major]
	if !ok {
		return Installation{}, fmt.Errorf("no Postgres %d is offered", major)
	}
	cache, err := filepath.Abs(s.cfg.CacheDir)
	if err != nil {
		return Installation{}, err
	}
	if !s.acct.reaches(ctx, cache) {
		s.log.Info("the cache folder is moved, since the account of Postgres cannot enter it", "from", cache, "to", sharedCache, "account", s.acct.name)
		cache = sharedCache
	}
	home := filepath.Join(cache, "postgres-"+string(version))
	if _, err := os.Stat(home); err != nil {
		s.log.Info("no Postgres is installed; downloading one", "version", string(version), "to", home)
		if err := fetch(ctx, s.cfg.DownloadURL, version, home); err != nil {
			return Installation{}, fmt.Errorf("Postgres %s: %w", version, err)
		}
	}
	return s.probe(ctx, filepath.Join(home, "bin"))
}

// fetch downloads a version and moves it to home when it is complete, so that
// neither a broken download nor a second process leaves half of one there.
func fetch(ctx context.Context, repository string, version embeddedpostgres.PostgresVersion, home string) error {
	cache := filepath.Dir(home)
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return err
	}
	staging, err := os.MkdirTemp(cache, ".download-")
	if err != nil {
		return err
	}
	fetched := make(chan error, 1)
	go func() {
		// The library takes no context. When ctx ends first, its download
		// goes on until it is done or this program is, and is removed here.
		err := extract(repository, version, staging)
		if err == nil && ctx.Err() == nil {
			err = os.Rename(filepath.Join(staging, "postgres"), home)
			if _, missing := os.Stat(home); missing == nil {
				err = nil // Another process was first.
			}
		}
		fetched <- errors.Join(err, os.RemoveAll(staging))
	}()
	select {
	case err := <-fetched:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// extract puts the programs of a version into the folder postgres in staging.
//
// The library has one call for this, Start, which goes on to make and run a
// cluster. Start works in this order: it unpacks the programs, makes
// RuntimePath, and removes DataPath in order to make it anew. DataPath ends in
// a dot here, which os.RemoveAll refuses, so Start returns an error before it
// runs any program; and RuntimePath exists by then exactly when every program
// has been unpacked. What remains of it is an empty log file in os.TempDir.
func extract(repository string, version embeddedpostgres.PostgresVersion, staging string) error {
	programs := filepath.Join(staging, "postgres")
	unpacked := filepath.Join(staging, "unpacked")
	cfg := embeddedpostgres.DefaultConfig().
		Version(version).
		Port(0).
		Logger(io.Discard).
		CachePath(staging).
		BinariesPath(programs).
		RuntimePath(unpacked).
		DataPath(unpacked + "/.")
	if repository != "" {
		cfg = cfg.BinaryRepositoryURL(repository)
	}
	server := embeddedpostgres.NewDatabase(cfg)
	err := server.Start()
	if err == nil {
		return errors.Join(errors.New("the library started a server; its order of steps has changed"), server.Stop())
	}
	if _, missing := os.Stat(unpacked); missing != nil {
		return err
	}
	return openToAll(programs)
}

// openToAll lets every account read what the owner reads and run what the
// owner runs, whatever the umask of this program is.
func openToAll(dir string) error {
	return filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.Type()&fs.ModeSymlink != 0 {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		mode := info.Mode().Perm() | 0o444
		if entry.IsDir() || mode&0o100 != 0 {
			mode |= 0o111
		}
		return os.Chmod(path, mode)
	})
}
