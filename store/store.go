package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/rowgate/rowgate/store/catalog"
	"github.com/rowgate/rowgate/store/query"
)

// Config says how to reach the database.
type Config struct {
	// URL is a connection URL or a keyword string as libpq reads it, with
	// pgxpool's pool_max_conns and the like. pgbouncer=true in it sets Unnamed,
	// as it does for Prisma. Required.
	URL string

	// Unnamed leaves statements unnamed and parses them in every call: for
	// poolers in transaction mode that do not carry named statements from one
	// server connection to another (Supavisor on port 6543, PgBouncer before
	// 1.21). A call is still one round trip.
	Unnamed bool

	// MaxConns is the most connections; 0 leaves it to the URL's
	// pool_max_conns, and without that to pgxpool: 4, or the number of CPUs
	// when that is greater.
	MaxConns int32

	// StatementCache is the number of statements kept prepared on each
	// connection, counted per role; 0 means 512.
	StatementCache int

	// PreRequest is a function without arguments, SCHEMA.FUNCTION, that runs in
	// front of every call's statements, in its transaction, as its caller, and
	// with its settings: for bans and limits in SQL. An error of it ends the call.
	// It may write, also where the call itself only reads. Empty means none.
	PreRequest string

	// RequestTTL is how long the answer of a request with an id is kept for its
	// repeats; 0 means 24 hours.
	RequestTTL time.Duration

	// Logger receives what goes wrong out of any call's sight. nil discards it.
	Logger *slog.Logger
}

const defaultStatementCache = 512

// Store runs statements as callers. It is safe for concurrent use.
type Store struct {
	pool     *pgxpool.Pool
	unnamed  bool
	cacheCap int
	log      *slog.Logger
	settings atomic.Pointer[settings]

	preRequestName string
	preRequest     atomic.Pointer[query.Statement]
	untrusted      atomic.Bool // all calls are, by PreRequest

	requestTTL time.Duration
	swept      atomic.Int64 // when expired requests were last removed
	background context.Context
	stop       context.CancelFunc
}

// Open connects to the database and reads the roles' settings. The context
// bounds the opening alone.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	s := &Store{unnamed: cfg.Unnamed, cacheCap: cfg.StatementCache, log: cfg.Logger, preRequestName: cfg.PreRequest}
	if s.cacheCap == 0 {
		s.cacheCap = defaultStatementCache
	}
	if s.cacheCap < 2 {
		return nil, errors.New("store: StatementCache must be at least 2: a call uses two statements")
	}
	if s.requestTTL = cfg.RequestTTL; s.requestTTL == 0 {
		s.requestTTL = defaultRequestTTL
	}
	if s.requestTTL < 0 {
		return nil, errors.New("store: RequestTTL must not be negative")
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	poolConfig, err := s.poolConfig(cfg)
	if err != nil {
		return nil, err
	}
	s.pool, err = pgxpool.NewWithConfig(context.Background(), poolConfig)
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	s.background, s.stop = context.WithCancel(context.Background())
	if _, err := s.Catalog(ctx); err != nil {
		s.stop()
		s.pool.Close()
		return nil, err
	}
	return s, nil
}

// MaxConns is the most connections that the store holds.
func (s *Store) MaxConns() int { return int(s.pool.Config().MaxConns) }

func (s *Store) poolConfig(cfg Config) (*pgxpool.Config, error) {
	if cfg.URL == "" {
		return nil, errors.New("store: Config.URL is empty")
	}
	dsn, pooled := cutPgBouncer(cfg.URL)
	s.unnamed = s.unnamed || pooled
	pc, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		// The parser's error quotes the URL, and its redaction of the password
		// fails on the very URLs that are malformed.
		return nil, errMalformedURL
	}
	if cfg.MaxConns > 0 {
		pc.MaxConns = cfg.MaxConns
	}
	// Statements that pgx prepares by itself would be shared by all roles.
	pc.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe
	if s.unnamed {
		pc.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeExec
	}
	pc.ConnConfig.RuntimeParams["client_encoding"] = "UTF8"
	if pc.ConnConfig.RuntimeParams["application_name"] == "" {
		pc.ConnConfig.RuntimeParams["application_name"] = "rowgate"
	}
	pc.ConnConfig.BuildFrontend = func(r io.Reader, w io.Writer) *pgproto3.Frontend {
		front := pgproto3.NewFrontend(r, w)
		front.SetMaxBodyLen(maxRow)
		return front
	}
	pc.ConnConfig.BuildContextWatcherHandler = func(c *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.CancelRequestContextWatcherHandler{Conn: c, DeadlineDelay: drainTimeout}
	}
	pc.ShouldPing = func(_ context.Context, p pgxpool.ShouldPingParams) bool {
		return p.IdleDuration > time.Second && !looksAlive(p.Conn.PgConn().Conn())
	}
	return pc, nil
}

var errMalformedURL = errors.New("store: the database URL cannot be read; it looks like " +
	"postgres://USER:PASSWORD@HOST:5432/DATABASE, with special characters of the password percent-encoded")

var pgBouncerParameter = regexp.MustCompile(`([?&])pgbouncer=(\w*)(&|$)`)

// cutPgBouncer takes Prisma's pgbouncer=true off a URL: Postgres would refuse
// it as a run-time parameter.
func cutPgBouncer(dsn string) (string, bool) {
	m := pgBouncerParameter.FindStringSubmatch(dsn)
	if m == nil || !strings.HasPrefix(dsn, "postgres") {
		return dsn, false
	}
	cut := m[1]
	if m[3] == "" {
		cut = ""
	}
	return strings.Replace(dsn, m[0], cut, 1), m[2] == "true"
}

// Catalog reads the database's catalog as the login role, and takes over the
// roles' settings that it finds there for the calls to come.
func (s *Store) Catalog(ctx context.Context) (*catalog.Catalog, error) {
	var cat *catalog.Catalog
	err := s.snapshot(ctx, func(tx pgx.Tx) (err error) {
		cat, err = catalog.Load(ctx, tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	if s.preRequestName != "" {
		before, leaves, err := preRequestStatement(cat, s.preRequestName)
		if err != nil {
			return nil, err
		}
		s.preRequest.Store(before)
		s.untrusted.Store(leaves)
	}
	s.settings.Store(newSettings(cat))
	return cat, nil
}

// Describe reads a snapshot and, of some schemas, what it says to people and
// grants to the caller roles, both of one moment. A schema or a role that is
// not there is a [catalog.UnknownError].
func (s *Store) Describe(ctx context.Context, schemas, roles []string) (*catalog.Catalog, *catalog.Description, error) {
	var cat *catalog.Catalog
	var description *catalog.Description
	err := s.snapshot(ctx, func(tx pgx.Tx) (err error) {
		if cat, err = catalog.Load(ctx, tx); err != nil {
			return err
		}
		description, err = catalog.Describe(ctx, tx, cat, schemas, roles)
		return err
	})
	var unknown *catalog.UnknownError
	if errors.As(err, &unknown) {
		return nil, nil, unknown
	}
	if err != nil {
		return nil, nil, err
	}
	return cat, description, nil
}

// snapshot runs f in a transaction that sees one state of the catalogs, and in
// which every name is written with its schema.
func (s *Store) snapshot(ctx context.Context, f func(pgx.Tx) error) error {
	// As new: what SQL has left in the session is not the database's.
	conn, err := s.acquire(ctx, true)
	if err == nil {
		defer conn.Release()
		s.sessionOf(conn.Conn().PgConn()).dirty = false
		err = pgx.BeginTxFunc(ctx, conn, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly},
			func(tx pgx.Tx) error {
				if _, err := tx.Exec(ctx, "select pg_catalog.set_config('role', 'none', true), pg_catalog.set_config('search_path', '', true)"); err != nil {
					return err
				}
				return f(tx)
			})
	}
	if err != nil {
		return fmt.Errorf("store: the database cannot be read: %w", err)
	}
	return nil
}

// Ping answers whether the database can be reached. It uses a connection of its
// own, since those of the pool may all be busy, which is another matter.
func (s *Store) Ping(ctx context.Context) error {
	conn, err := pgx.ConnectConfig(ctx, s.pool.Config().ConnConfig)
	if err != nil {
		return err
	}
	return conn.Close(ctx)
}

// Stat returns the connection pool's figures.
func (s *Store) Stat() *pgxpool.Stat { return s.pool.Stat() }

// closeTimeout bounds the wait of Close for running calls.
const closeTimeout = 10 * time.Second

// Close waits for the running calls, ten seconds at most, and closes every
// connection.
func (s *Store) Close() {
	s.stop()
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.pool.Close()
	}()
	select {
	case <-done:
	case <-time.After(closeTimeout):
		s.log.Warn("a call does not end; its connection is left to the server")
	}
}
