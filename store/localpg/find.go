package localpg

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Installation is a Postgres on this machine.
type Installation struct {
	// BinDir is the folder of its programs, an absolute path.
	BinDir string

	// Version is the version as it names itself, such as 15.16 or 18beta1.
	Version string

	// Major is the major version, such as 15.
	Major int
}

// Program returns the path of one of its programs, such as psql. Not every
// installation has every program; postgres and initdb are always there.
func (i Installation) Program(name string) string {
	return filepath.Join(i.BinDir, name)
}

// Find returns the Postgres to use: that in Config.BinDir if it is set, else
// the first of version 14 or later on the PATH, in the folders of the packages
// of Debian, Red Hat, Homebrew and Postgres.app (the newest first), and in a
// download to Config.CacheDir. The error wraps ErrNotFound and says where it
// looked, what was wrong there and what to do.
func Find(ctx context.Context, cfg Config) (Installation, error) {
	if err := supported(); err != nil {
		return Installation{}, err
	}
	acct, err := accountFor("")
	if err != nil {
		return Installation{}, err
	}
	return newSearch(cfg, acct, cluster{}).run(ctx)
}

// place is a pattern of folders that some kind of package installs to.
type place struct{ pattern, owner string }

var packagePlaces = []place{
	{"/usr/lib/postgresql/*/bin", "Debian"},
	{"/usr/pgsql-*/bin", "Red Hat"},
	{"/usr/bin", "Red Hat"},
	{"/opt/homebrew/opt/postgresql@*/bin", "Homebrew"},
	{"/opt/homebrew/opt/postgresql/bin", "Homebrew"},
	{"/usr/local/opt/postgresql@*/bin", "Homebrew"},
	{"/usr/local/opt/postgresql/bin", "Homebrew"},
	{"/Applications/Postgres.app/Contents/Versions/*/bin", "Postgres.app"},
}

// search is one run of Find.
type search struct {
	cfg    Config
	acct   *account // who must be able to run what is found
	made   cluster  // the cluster that it is for; zero: any
	places []place
	lookup func(program string) (string, error)
	seen   map[string]bool
	report []string // a line for each place that gave nothing
	log    *slog.Logger
}

func newSearch(cfg Config, acct *account, made cluster) *search {
	return &search{
		cfg: cfg, acct: acct, made: made,
		places: packagePlaces, lookup: exec.LookPath,
		seen: map[string]bool{}, log: cfg.logger(),
	}
}

func (s *search) run(ctx context.Context) (Installation, error) {
	if s.cfg.BinDir != "" {
		return s.given(ctx)
	}
	if found, ok := s.onPath(ctx); ok {
		return found, nil
	}
	for _, p := range s.places {
		if found, ok := s.inPlace(ctx, p); ok {
			return found, nil
		}
	}
	found, err := s.downloaded(ctx)
	if err == nil {
		return found, nil
	}
	if stopped := ctx.Err(); stopped != nil {
		return Installation{}, fmt.Errorf("localpg: the search for Postgres was stopped: %w", stopped)
	}
	s.pass("download", err.Error())
	return Installation{}, s.notFound()
}

// given checks the folder that the caller insists on.
func (s *search) given(ctx context.Context) (Installation, error) {
	dir, err := filepath.Abs(s.cfg.BinDir)
	if err != nil {
		return Installation{}, fmt.Errorf("localpg: the folder of Postgres %s: %w", s.cfg.BinDir, err)
	}
	found, err := s.probe(ctx, dir)
	if err != nil {
		return Installation{}, fmt.Errorf("localpg: %w in %s, which was given as its folder (ROWGATE_PG_BIN): %w. %s", ErrNotFound, dir, err, s.advice())
	}
	return found, nil
}

// onPath follows the links of the program on the PATH to the folder that has
// the other programs too.
func (s *search) onPath(ctx context.Context) (Installation, bool) {
	program, err := s.lookup("postgres")
	if err != nil {
		s.pass("PATH", "no program postgres")
		return Installation{}, false
	}
	if absolute, err := filepath.Abs(program); err == nil {
		program = absolute
	}
	dirs := []string{filepath.Dir(program)}
	if target, err := filepath.EvalSymlinks(program); err == nil {
		dirs = []string{filepath.Dir(target), filepath.Dir(program)}
	}
	return s.first(ctx, "PATH", slices.Compact(dirs))
}

func (s *search) inPlace(ctx context.Context, p place) (Installation, bool) {
	label := fmt.Sprintf("%s (%s)", p.pattern, p.owner)
	dirs, _ := filepath.Glob(p.pattern)
	if len(dirs) == 0 {
		s.pass(label, "nothing there")
		return Installation{}, false
	}
	newestFirst(dirs)
	return s.first(ctx, label, dirs)
}

func (s *search) first(ctx context.Context, label string, dirs []string) (Installation, bool) {
	for _, dir := range dirs {
		if s.seen[dir] {
			continue
		}
		s.seen[dir] = true
		found, err := s.probe(ctx, dir)
		if err == nil {
			return found, true
		}
		if !errors.Is(err, errNoPrograms) {
			s.log.Info("passed over a Postgres", "folder", dir, "because", err)
		}
		s.pass(label, fmt.Sprintf("%s: %v", dir, err))
	}
	return Installation{}, false
}

var errNoPrograms = errors.New("it does not hold the programs postgres and initdb")

// probe asks the Postgres in a folder for its version, as the account that is
// to run it.
func (s *search) probe(ctx context.Context, dir string) (Installation, error) {
	for _, name := range []string{"postgres", "initdb"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.IsDir() {
			return Installation{}, errNoPrograms
		}
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	answer, err := s.acct.command(ctx, filepath.Join(dir, "postgres"), "--version").CombinedOutput()
	if err != nil {
		return Installation{}, fmt.Errorf("postgres --version, run by %s: %w %s", s.acct, err, strings.TrimSpace(string(answer)))
	}
	version, major, err := parseVersion(string(answer))
	switch {
	case err != nil:
		return Installation{}, err
	case major < minMajor:
		return Installation{}, fmt.Errorf("it is Postgres %s, and %d is the oldest that is used", version, minMajor)
	case s.made.major != 0 && major != s.made.major:
		return Installation{}, fmt.Errorf("it is Postgres %s, and %w (%d)", version, ErrOtherVersion, s.made.major)
	}
	s.log.Debug("found Postgres", "folder", dir, "version", version)
	return Installation{BinDir: dir, Version: version, Major: major}, nil
}

// pass notes a place that gave nothing.
func (s *search) pass(label, why string) {
	s.report = append(s.report, label+": "+why)
}

func (s *search) notFound() error {
	cause := ErrNotFound
	if s.made.major != 0 {
		cause = fmt.Errorf("%w (%s by %d): %w", ErrOtherVersion, s.made.dir, s.made.major, ErrNotFound)
	}
	return fmt.Errorf("localpg: %w. It was looked for in\n  %s\n%s", cause, strings.Join(s.report, "\n  "), s.advice())
}

// advice says what to do when nothing usable was found.
func (s *search) advice() string {
	const set = "set ROWGATE_PG_BIN to the folder that holds postgres and initdb"
	const install = "Install Postgres %d%s (apt install postgresql, dnf install postgresql-server, brew install postgresql) or " + set
	switch major := s.made.major; {
	case major == 0:
		return fmt.Sprintf(install, minMajor, " or later")
	case major < minMajor:
		return fmt.Sprintf("Remove the data folder %s to begin with an empty one: Postgres %d is too old for rowgate", s.made.dir, major)
	default:
		return fmt.Sprintf(install, major, "") + fmt.Sprintf(", or remove the data folder %s to begin with an empty one", s.made.dir)
	}
}

var numbers = regexp.MustCompile(`\d+`)

// newestFirst sorts folders by the numbers in their paths, so that 17 comes
// before 9.6.
func newestFirst(dirs []string) {
	version := func(dir string) (parts []int) {
		for _, text := range numbers.FindAllString(dir, -1) {
			n, err := leadingNumber(text)
			if err != nil {
				n = 0 // It is no version if it is too large for an int.
			}
			parts = append(parts, n)
		}
		return parts
	}
	slices.SortFunc(dirs, func(a, b string) int {
		return cmp.Or(slices.Compare(version(b), version(a)), cmp.Compare(a, b))
	})
}
