package config

import (
	"fmt"
	"os"
	"strings"

	"github.com/alecthomas/kong"
)

// secretTag marks the settings that are secrets: their variables have a form
// with _FILE behind the name, which names a file that holds the value, as
// Docker and Kubernetes mount them.
const secretTag = "secret"

// resolver finds the values that the command line has not set.
type resolver struct {
	// settings are the file's, by the names of flags.
	settings map[string]setting
}

// Validate implements kong.Resolver; the reader has done that.
func (*resolver) Validate(*kong.Application) error { return nil }

// Resolve implements kong.Resolver. kong asks it also where a variable is set,
// and would take its word over the variable's.
func (r *resolver) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	for _, env := range flag.Envs {
		_, set := os.LookupEnv(env)
		file := ""
		if flag.Tag.Has(secretTag) {
			file = os.Getenv(env + "_FILE")
		}
		switch {
		case set && file != "":
			return nil, fmt.Errorf("%s and %s_FILE are both set; which one counts?", env, env)
		case set:
			return nil, nil
		case file != "":
			text, err := os.ReadFile(file)
			if err != nil {
				return nil, fmt.Errorf("%s_FILE: %w", env, err)
			}
			return strings.TrimRight(string(text), "\r\n"), nil
		}
	}
	if s, ok := r.settings[flag.Name]; ok && lasting(flag) {
		return s.value, nil
	}
	return nil, nil
}
