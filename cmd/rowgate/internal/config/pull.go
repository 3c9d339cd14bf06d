package config

import (
	"errors"
	"log/slog"

	"github.com/rowgate/rowgate/store"
)

// Pull says what `rowgate pull` reads and writes.
type Pull struct {
	URL        string   `name:"url" env:"DIRECT_URL,DATABASE_URL" secret:"" placeholder:"URL" help:"The database. Any login will do, since the catalogs are open to all; the direct URL is best."`
	Migrations string   `name:"migrations" placeholder:"FOLDER" help:"Instead of a database: the .sql files to apply, in the order of their names, to a Postgres that is there for the pull alone."`
	Supabase   bool     `name:"supabase" env:"ROWGATE_SUPABASE" default:"true" negatable:"" help:"With --migrations: begin with the roles, the schema auth and the default grants of a Supabase project. Those grants give callers everything in public, so a plain Postgres project wants --no-supabase, and migrations that make the roles."`
	PGBin      string   `name:"pg-bin" env:"ROWGATE_PG_BIN" placeholder:"FOLDER" help:"The folder of the programs postgres and initdb for that. Without it they are searched, and then downloaded."`
	Schemas    []string `name:"schema" env:"ROWGATE_SCHEMAS" default:"public" placeholder:"NAME" help:"The schemas to expose; may be given several times. Where names meet, those of the first one keep theirs."`
	Out        string   `name:"out" env:"ROWGATE_PROTO" default:"proto" placeholder:"FOLDER" help:"The folder of the .proto files, which is their import path."`
	Package    string   `name:"package" env:"ROWGATE_PACKAGE" default:"app.v1" placeholder:"NAME" help:"The protobuf package; its files lie in the folder of the same name."`
	GoPackage  string   `name:"go-package" env:"ROWGATE_GO_PACKAGE" placeholder:"PATH" help:"The go_package of new files. Without it the module of the go.mod in this folder, with gen and the package behind it."`
	Tables     []string `name:"tables" env:"ROWGATE_TABLES" placeholder:"PATTERN" help:"Add only relations and functions of these names, with or without their schema: order_*, public.items. May be given several times. What the files have is kept in step in any case."`
	Roles      []string `name:"roles" env:"ROWGATE_ROLES" default:"anon,authenticated" placeholder:"NAME" help:"The roles of callers: what none of them may do gets no method."`
	Comments   bool     `name:"comments" help:"Take the database's comments where the files have others."`
	Methods    bool     `name:"methods" help:"Write the standard methods that the grants allow and the files lack."`
	Prune      bool     `name:"prune" help:"Take out what stands for relations, functions and keys that are no longer there."`
	Check      bool     `name:"check" xor:"mode" help:"Write nothing, and exit 1 when the files are behind the database."`
	Diff       bool     `name:"diff" xor:"mode" help:"Write nothing, and show what would change."`
}

// Store is the settings as package store takes them. It refuses lists that an
// empty flag or variable has emptied.
func (p Pull) Store(log *slog.Logger) (store.Config, error) {
	if len(p.Schemas) == 0 {
		return store.Config{}, errors.New("no schema: name at least one with --schema or ROWGATE_SCHEMAS")
	}
	if len(p.Roles) == 0 {
		return store.Config{}, errors.New("no role: name at least one with --roles or ROWGATE_ROLES")
	}
	if p.URL == "" {
		return store.Config{}, errors.New("no database: set --url, DIRECT_URL or DATABASE_URL, " +
			"for example postgres://postgres:PASSWORD@HOST:5432/postgres, or name the folder of --migrations")
	}
	return store.Config{URL: p.URL, MaxConns: 1, Logger: log}, nil
}
