// Package cli is the command line, one file a command. It uses nothing but
// rowgate's exported packages, so whatever a command does a program can do too.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/rowgate/rowgate/cmd/rowgate/internal/config"
)

// commands is the command line as kong reads it.
type commands struct {
	config.File
	config.Log

	Dev     dev     `cmd:"" help:"Run everything in this folder: a private Postgres, migrations, seeds and the server."`
	Serve   serve   `cmd:"" help:"Serve a contract in front of a database."`
	Pull    pull    `cmd:"" help:"Write the .proto files for a database, or keep them in step with it."`
	Check   check   `cmd:"" help:"Check a contract, the login and the roles against the database."`
	Token   token   `cmd:"" help:"Sign a token for development."`
	Key     key     `cmd:"" help:"Make a secret key for the admin path."`
	Setup   setup   `cmd:"" help:"Print the SQL that makes rowgate's logins on an existing project."`
	Version version `cmd:"" help:"Print the version."`
}

// app is what every command is run with.
type app struct {
	ctx  context.Context
	out  io.Writer
	log  config.Log
	file config.File
}

// logger makes the logger, and tells it what is wrong with the configuration
// file and no reason to stop.
func (a *app) logger() *slog.Logger {
	log := a.log.Logger()
	a.file.Warn(log)
	return log
}

// Main runs a command and returns the exit code: 0, 1 for a failure, 2 for a
// command line or a configuration file that cannot be read.
func Main(args []string, out, errOut io.Writer) int {
	var c commands
	exit := -1
	parser, err := kong.New(&c,
		kong.Name("rowgate"),
		kong.Description("Typed gRPC in front of a Postgres with row level security. "+
			"Each flag can be set by the environment variable that stands behind it, and under its name in the configuration file."),
		kong.Writers(out, errOut),
		kong.Exit(func(code int) { exit = code }),
		kong.ConfigureHelp(kong.HelpOptions{WrapUpperBound: 100}),
	)
	if err != nil {
		fmt.Fprintln(errOut, "rowgate:", err)
		return 2
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	command, err := parser.Parse(args)
	if exit >= 0 {
		return exit
	}
	var file *config.FileError
	if errors.As(err, &file) {
		fmt.Fprintln(errOut, "rowgate:", file)
		return 2
	}
	if err != nil {
		fmt.Fprintf(errOut, "rowgate: %s\nRun `rowgate --help` to see what there is.\n", err)
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// Whoever presses Ctrl-C a second time does not want to wait.
	context.AfterFunc(ctx, stop)
	if err := command.Run(&app{ctx: ctx, out: out, log: c.Log, file: c.File}); err != nil {
		fmt.Fprintln(errOut, "rowgate:", err)
		return 1
	}
	return 0
}
