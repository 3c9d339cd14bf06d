// Package config holds the command line's settings: each is a flag, an
// environment variable and a key of the configuration file, with its default
// beside it. The flag counts before the variable, that before the file, and
// that before the default. Nothing else in rowgate reads flags, the environment
// or the file.
package config

import (
	"log/slog"
	"os"
)

// Log says how the program logs.
type Log struct {
	LogLevel  slog.Level `name:"log-level" env:"ROWGATE_LOG_LEVEL" default:"info" help:"The least that is logged: debug (every call), info, warn or error."`
	LogFormat string     `name:"log-format" env:"ROWGATE_LOG_FORMAT" enum:"text,json" default:"text" help:"text or json."`
}

// Logger makes the logger, which writes to standard error.
func (l Log) Logger() *slog.Logger {
	options := &slog.HandlerOptions{Level: l.LogLevel}
	if l.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(os.Stderr, options))
	}
	return slog.New(slog.NewTextHandler(os.Stderr, options))
}

// Contract says where the services are declared.
type Contract struct {
	Proto string `name:"proto" env:"ROWGATE_PROTO" default:"proto" placeholder:"PATH" help:"The folder of the .proto files, which is their import path, or a buf image (buf build -o image.binpb)."`
}

// Drift says what becomes of a contract that does not fit the database.
type Drift struct {
	AllowDrift bool `name:"allow-drift" env:"ROWGATE_ALLOW_DRIFT" help:"Serve the methods that fit the database when others do not. Those answer FAILED_PRECONDITION, and the log says why."`
}
