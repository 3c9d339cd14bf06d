package config

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"runtime"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/rowgate/rowgate/store/safety"
)

// defaultFile is read when it is there and no other is named.
const defaultFile = "rowgate.yaml"

// File is the configuration file: YAML, whose keys are the names of flags, and
// the sections issuers and allow, which flags cannot say.
type File struct {
	Config string `name:"config" env:"ROWGATE_CONFIG" placeholder:"FILE" help:"The configuration file, YAML. Without it rowgate.yaml, when this folder has one."`

	issuers []issuerSection
	allow   []safety.Exception

	// path is where it was read, empty for nowhere; secrets says that it holds
	// some.
	path    string
	secrets bool
}

// FileError is a fault of the configuration file, with its file and line.
type FileError struct{ err error }

// Error implements error.
func (e *FileError) Error() string { return e.err.Error() }

// Unwrap returns what is wrong.
func (e *FileError) Unwrap() error { return e.err }

// BeforeResolve reads the file, before kong looks for what neither the command
// line nor the environment has set.
func (f *File) BeforeResolve(ctx *kong.Context) error {
	path := f.Config // from the environment
	for _, p := range ctx.Path {
		if p.Flag != nil && p.Flag.Name == "config" {
			path, _ = ctx.FlagValue(p.Flag).(string)
		}
	}
	flags := allFlags(ctx.Model)
	values := &resolver{}
	ctx.AddResolver(values)
	named := path != ""
	if !named {
		path = defaultFile
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && !named {
		return nil
	}
	if err != nil {
		return &FileError{fmt.Errorf("the configuration file: %w", err)}
	}
	f.path = path
	r := &reader{file: path, flags: flags, into: f}
	if values.settings, err = r.read(text); err != nil {
		return &FileError{err}
	}
	return nil
}

// Allow are the findings of the user path's check at the start that the file
// allows, each with its reason.
func (f File) Allow() []safety.Exception {
	return f.allowed(func(r safety.Rule) bool { return !ofAdmin(r) })
}

// AdminAllow are those of the admin path.
func (f File) AdminAllow() []safety.Exception {
	return f.allowed(func(r safety.Rule) bool { return ofAdmin(r) || r == safety.ServerVersion })
}

func (f File) allowed(on func(safety.Rule) bool) []safety.Exception {
	return slices.DeleteFunc(slices.Clone(f.allow), func(e safety.Exception) bool { return !on(e.Rule) })
}

// ofAdmin says whether a rule is about the admin path's login.
func ofAdmin(r safety.Rule) bool { return strings.HasPrefix(string(r), "admin-") }

// Warn logs what is wrong with the file and no reason to stop.
func (f File) Warn(log *slog.Logger) {
	if f.path == "" || !f.secrets || runtime.GOOS == "windows" {
		return
	}
	if info, err := os.Stat(f.path); err == nil && info.Mode().IsRegular() && info.Mode()&0o004 != 0 {
		log.Warn("the configuration file holds secrets, and every user of this machine can read it; chmod o-r takes that away", "file", f.path)
	}
}

// allFlags are the flags of every command that can stand in the file, by their
// names.
func allFlags(app *kong.Application) map[string][]*kong.Flag {
	flags := map[string][]*kong.Flag{}
	_ = kong.Visit(app, func(v kong.Visitable, next kong.Next) error {
		if flag, ok := v.(*kong.Flag); ok && lasting(flag) {
			flags[flag.Name] = append(flags[flag.Name], flag)
		}
		return next(nil)
	})
	return flags
}

// lasting says whether a flag is a setting. One without a variable says what a
// single call of a command does, such as pull --check.
func lasting(flag *kong.Flag) bool { return len(flag.Envs) > 0 && flag.Name != "config" }
