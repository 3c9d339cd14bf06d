// Command rowgate puts typed gRPC in front of a Postgres with row level
// security. `rowgate --help` lists what it does.
package main

import (
	"os"

	"github.com/rowgate/rowgate/cmd/rowgate/internal/cli"
)

func main() { os.Exit(cli.Main(os.Args[1:], os.Stdout, os.Stderr)) }
