// Package config holds the command line's settings: each is a flag and an
// environment variable, with its default beside it. Nothing else in rowgate
// reads flags or the environment.
package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/rowgate/rowgate/service/auth"
	"github.com/rowgate/rowgate/store"
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

// Database says where the database of the user path is.
type Database struct {
	DatabaseURL string `name:"database-url" env:"DATABASE_URL" placeholder:"URL" help:"The user path's database: the login that may become anon and authenticated and nothing else. Add ?pgbouncer=true behind a transaction pooler that does not keep prepared statements."`
	PoolSize    int32  `name:"pool-size" env:"ROWGATE_POOL_SIZE" placeholder:"N" help:"The most database connections. Without it the URL's pool_max_conns, or 4, or the number of CPUs when that is more."`

	RequestTTL time.Duration `name:"request-ttl" env:"ROWGATE_REQUEST_TTL" default:"24h" placeholder:"TIME" help:"How long the answer to a request with a request_id is kept."`
}

// Store is the settings as package store takes them.
func (d Database) Store(log *slog.Logger) (store.Config, error) {
	if d.DatabaseURL == "" {
		return store.Config{}, errors.New("no database: set DATABASE_URL or --database-url to the login that `rowgate setup` makes, " +
			"for example postgres://rowgate:PASSWORD@HOST:5432/postgres; to try rowgate without a database, run `rowgate dev`")
	}
	return store.Config{URL: d.DatabaseURL, MaxConns: d.PoolSize, RequestTTL: d.RequestTTL, Logger: log}, nil
}

// Contract says where the services are declared.
type Contract struct {
	Proto string `name:"proto" env:"ROWGATE_PROTO" default:"proto" placeholder:"PATH" help:"The folder of the .proto files, which is their import path, or a buf image (buf build -o image.binpb)."`
}

// Identity says which tokens are believed.
type Identity struct {
	SupabaseURL string   `name:"supabase-url" env:"SUPABASE_URL" placeholder:"URL" help:"A Supabase project's URL: gives the issuer and the key set."`
	JWTSecret   string   `name:"jwt-secret" env:"SUPABASE_JWT_SECRET" placeholder:"SECRET" help:"The shared secret of HS256 tokens, at least 32 bytes. Better in the environment than on the command line, which others can see."`
	JWKSURL     string   `name:"jwks-url" env:"ROWGATE_JWKS_URL" placeholder:"URL" help:"Where the issuer publishes its keys, for RS256, ES256 and EdDSA."`
	Issuer      string   `name:"issuer" env:"ROWGATE_ISSUER" placeholder:"ISS" help:"What a token's iss claim must be. Unchecked when empty."`
	Audience    string   `name:"audience" env:"ROWGATE_AUDIENCE" placeholder:"AUD" help:"What a token's aud claim must hold. Unchecked when empty."`
	Roles       []string `name:"roles" env:"ROWGATE_ROLES" default:"anon,authenticated" help:"The roles that a token may take on."`
	AnonRole    string   `name:"anon-role" env:"ROWGATE_ANON_ROLE" default:"anon" help:"The role of calls without a token; - refuses them."`
}

// Auth is the settings as package auth takes them.
func (i Identity) Auth(log *slog.Logger) (auth.Config, error) {
	cfg := auth.Config{
		Secret: i.JWTSecret, JWKSURL: i.JWKSURL, Issuer: i.Issuer, Audience: i.Audience,
		Roles: i.Roles, AnonRole: i.AnonRole, Logger: log,
	}
	if i.SupabaseURL != "" {
		u, err := url.Parse(i.SupabaseURL)
		if err != nil || u.Host == "" {
			return cfg, fmt.Errorf("SUPABASE_URL %q is no URL; it looks like https://PROJECT.supabase.co", i.SupabaseURL)
		}
		base := strings.TrimSuffix(i.SupabaseURL, "/") + "/auth/v1"
		if cfg.Issuer == "" {
			cfg.Issuer = base
		}
		if cfg.JWKSURL == "" {
			cfg.JWKSURL = base + "/.well-known/jwks.json"
		}
	}
	if cfg.Secret == "" && cfg.JWKSURL == "" {
		return cfg, errors.New("no way to verify a token: set SUPABASE_URL, SUPABASE_JWT_SECRET or ROWGATE_JWKS_URL")
	}
	return cfg, nil
}

// Server says where and how the server listens.
type Server struct {
	Listen          string   `name:"listen" env:"ROWGATE_LISTEN" default:"127.0.0.1:50051" placeholder:"ADDRESS" help:"Where gRPC listens. Without TLS, which is not there yet, leave it on loopback or behind a proxy that ends TLS."`
	PageTokenSecret string   `name:"page-token-secret" env:"ROWGATE_PAGE_TOKEN_SECRET" placeholder:"SECRET" help:"Seals page tokens, at least 16 bytes. Set it to the same for all servers behind one address; without it page tokens end with the process."`
	Headers         []string `name:"headers" env:"ROWGATE_HEADERS" placeholder:"NAME" help:"Request headers that policies may read from request.headers."`
	Reflection      bool     `name:"reflection" env:"ROWGATE_REFLECTION" default:"true" negatable:"" help:"Serve the contract to clients such as grpcurl."`
	MaxRequest      int      `name:"max-request-bytes" env:"ROWGATE_MAX_REQUEST_BYTES" default:"4194304" placeholder:"BYTES" help:"The largest request."`
	Filter          Filter   `embed:"" prefix:"max-filter-" envprefix:"ROWGATE_MAX_FILTER_"`

	StreamPatience time.Duration `name:"stream-patience" env:"ROWGATE_STREAM_PATIENCE" default:"30s" placeholder:"TIME" help:"How long a stream waits for a client that reads, or sends, nothing."`
}

// Filter bounds the filters of requests, all of one request's together.
type Filter struct {
	Bytes  int `name:"bytes" env:"BYTES" default:"262144" placeholder:"BYTES" help:"The longest filter."`
	Terms  int `name:"terms" env:"TERMS" default:"500" placeholder:"N" help:"The most comparisons and functions of a request's filters."`
	Values int `name:"values" env:"VALUES" default:"10000" placeholder:"N" help:"The most values that a request's filters compare with."`
}

// Drift says what becomes of a contract that does not fit the database.
type Drift struct {
	AllowDrift bool `name:"allow-drift" env:"ROWGATE_ALLOW_DRIFT" help:"Serve the methods that fit the database when others do not. Those answer FAILED_PRECONDITION, and the log says why."`
}

// Listener opens the gRPC listener.
func (s Server) Listener() (net.Listener, error) {
	lis, err := net.Listen("tcp", s.Listen)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s: %w; choose another address with --listen or ROWGATE_LISTEN", s.Listen, err)
	}
	return lis, nil
}
