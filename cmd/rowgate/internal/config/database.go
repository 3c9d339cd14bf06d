package config

import (
	"errors"
	"log/slog"
	"time"

	"github.com/rowgate/rowgate/store"
)

// Database says where the database of the user path is.
type Database struct {
	DatabaseURL string `name:"database-url" env:"DATABASE_URL" secret:"" placeholder:"URL" help:"The user path's database: the login that may become anon and authenticated and nothing else. Add ?pgbouncer=true behind a transaction pooler that does not keep prepared statements."`
	PoolSize    int32  `name:"pool-size" env:"ROWGATE_POOL_SIZE" placeholder:"N" help:"The most database connections. Without it the URL's pool_max_conns, or 4, or the number of CPUs when that is more."`
	PreRequest  string `name:"pre-request" env:"ROWGATE_PRE_REQUEST" placeholder:"SCHEMA.FUNCTION" help:"A SQL function without arguments that runs in front of every call, in its transaction and as its caller; an error of it ends the call. For bans and limits in SQL."`

	RequestTTL time.Duration `name:"request-ttl" env:"ROWGATE_REQUEST_TTL" default:"24h" placeholder:"TIME" help:"How long the answer to a request with a request_id is kept."`
}

// Store is the settings as package store takes them.
func (d Database) Store(log *slog.Logger) (store.Config, error) {
	if d.DatabaseURL == "" {
		return store.Config{}, errors.New("no database: set DATABASE_URL or --database-url to the login that `rowgate setup` makes, " +
			"for example postgres://rowgate:PASSWORD@HOST:5432/postgres; to try rowgate without a database, run `rowgate dev`")
	}
	return store.Config{
		URL: d.DatabaseURL, MaxConns: d.PoolSize, PreRequest: d.PreRequest, RequestTTL: d.RequestTTL, Logger: log,
	}, nil
}
