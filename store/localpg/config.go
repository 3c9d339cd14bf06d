package localpg

import (
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"regexp"
	"strings"
)

var (
	// ErrUnsupported is returned on systems other than Linux and macOS.
	ErrUnsupported = errors.New("localpg: a private Postgres can be run on Linux and macOS only; start one by other means and pass its URL")

	// ErrNotFound is returned when no usable Postgres is installed. The error
	// that wraps it lists where it was looked for.
	ErrNotFound = errors.New("no usable Postgres was found")

	// ErrInUse is returned when another process runs a Postgres in the data
	// folder. The error that wraps it names the process.
	ErrInUse = errors.New("the data folder is in use")

	// ErrOtherVersion is returned when the data folder was made by another
	// major version of Postgres than any that is installed.
	ErrOtherVersion = errors.New("the data folder was made by another version of Postgres")
)

// Config says which Postgres to run and where. [Find] reads BinDir, CacheDir,
// DownloadURL and Logger only.
type Config struct {
	// BinDir is the folder that holds the programs postgres and initdb. When
	// it is set, no other place is looked at, and a folder without a usable
	// Postgres is an error. Empty means that Find searches. The command line
	// takes it from ROWGATE_PG_BIN.
	BinDir string

	// DataDir is the folder of the cluster, described in the package's
	// comment; it and its parents are made when missing. A folder that holds
	// anything else is refused. Required. When the program runs as root and
	// the account of Postgres cannot reach the folder, another is used in its
	// place; that is logged, and Server.DataDir tells which.
	DataDir string

	// Ephemeral means that DataDir is removed after Postgres has ended,
	// however this program ends. DataDir must then be missing or empty.
	Ephemeral bool

	// Port is the TCP port on 127.0.0.1. 0 means the port of the last start
	// if that is still free, else any free one.
	Port int

	// Settings are server settings by name, passed as postgres -c name=value.
	// They override what ALTER SYSTEM has stored. Those that decide where
	// Postgres listens, keeps its files and logs are refused.
	Settings map[string]string

	// CacheDir is the folder for a downloaded Postgres, used when none is
	// installed. Empty means that nothing is downloaded.
	CacheDir string

	// DownloadURL is the base address of the Maven repository to download
	// from. Empty means Maven Central.
	DownloadURL string

	// Logger gets what is worth telling a developer: the installation that
	// was chosen, those that were passed over, a folder that was moved. Nil
	// means that nothing is logged.
	Logger *slog.Logger
}

// reserved are the settings that Start decides itself.
var reserved = map[string]string{
	"port":                    "set Config.Port",
	"listen_addresses":        "Postgres listens on 127.0.0.1 only",
	"unix_socket_directories": "Start chooses a path that is short enough",
	"unix_socket_permissions": "the socket is private",
	"data_directory":          "set Config.DataDir",
	"config_file":             "Start uses the one in the data folder",
	"hba_file":                "Start uses the one in the data folder",
	"ident_file":              "Start uses the one in the data folder",
	"external_pid_file":       "Start reads postmaster.pid",
	"logging_collector":       "Start reads the log for its errors",
	"log_destination":         "Start reads the log for its errors",
}

var settingName = regexp.MustCompile(`^[a-z_][a-z0-9_$]*(\.[a-z_][a-z0-9_$]*)*$`)

// validate reports what contradicts the rules that Config's fields state.
func (c Config) validate() error {
	switch {
	case c.DataDir == "":
		return errors.New("localpg: Config.DataDir is empty; name the folder for the cluster")
	case strings.ContainsAny(c.DataDir, "\x00\n\r"):
		return fmt.Errorf("localpg: Config.DataDir %q has a line break or a NUL in it; choose another folder", c.DataDir)
	case c.Port < 0 || c.Port > 65535:
		return fmt.Errorf("localpg: Config.Port %d is not a TCP port; use 0 for a free one", c.Port)
	}
	for name, value := range c.Settings {
		lower := strings.ToLower(name)
		if !settingName.MatchString(lower) {
			return fmt.Errorf("localpg: Config.Settings: %q is not the name of a setting", name)
		}
		if why, ok := reserved[lower]; ok {
			return fmt.Errorf("localpg: Config.Settings: %s cannot be set here: %s", lower, why)
		}
		if strings.ContainsRune(value, 0) {
			return fmt.Errorf("localpg: Config.Settings: the value of %s has a NUL in it", lower)
		}
	}
	return nil
}

// logger returns the Logger, or one that discards.
func (c Config) logger() *slog.Logger {
	if c.Logger == nil {
		return slog.New(slog.DiscardHandler)
	}
	return c.Logger
}

// dataDir returns DataDir as an absolute path, since the processes that are
// started have another working directory.
func (c Config) dataDir() (string, error) {
	path, err := filepath.Abs(c.DataDir)
	if err != nil {
		return "", fmt.Errorf("localpg: the data folder %s: %w", c.DataDir, err)
	}
	return path, nil
}
