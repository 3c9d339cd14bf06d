package storetest

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"sync"

	"github.com/jackc/pgx/v5"

	"github.com/rowgate/rowgate/store/localpg"
)

// The environment variables that pgrun sets for the tests that it runs.
const (
	// URLVariable holds the superuser's URL of the database that others are
	// made from.
	URLVariable = "ROWGATE_TEST_URL"

	// BinVariable holds the folder of Postgres's programs.
	BinVariable = "ROWGATE_TEST_BIN"
)

// StartServer starts a throwaway server for tests: it forgets everything when
// it ends, and takes 400 connections. New calls it when needed; it is for
// programs that start one server for many test processes.
func StartServer(ctx context.Context) (*localpg.Server, error) {
	cfg := localpg.Config{
		BinDir:    os.Getenv("ROWGATE_PG_BIN"),
		DataDir:   filepath.Join(os.TempDir(), "rowgate-test-"+rand.Text()),
		Ephemeral: true,
		Settings: map[string]string{
			"max_connections": "400",
			"shared_buffers":  "128MB",
			// Nobody needs the data after a crash of the machine.
			"fsync":              "off",
			"synchronous_commit": "off",
			"full_page_writes":   "off",
			"max_wal_size":       "4GB", // A checkpoint only where a statement asks for one.
			// It would look into databases that are about to be copied or
			// dropped, and the server does not live long enough to need it.
			"autovacuum": "off",
		},
	}
	if cache, err := os.UserCacheDir(); err == nil {
		cfg.CacheDir = filepath.Join(cache, "rowgate")
	}
	return localpg.Start(ctx, cfg)
}

// server is where this process's databases are made.
type server struct {
	url *url.URL // of the maintenance database, for a superuser
	bin string   // the folder of psql; "" is the PATH
}

// theServer is the server of this process, chosen on first use.
var theServer = sync.OnceValues(chooseServer)

// chooseServer returns the server that the environment names, else starts one
// that ends with this process.
func chooseServer() (*server, error) {
	text, bin := os.Getenv(URLVariable), os.Getenv(BinVariable)
	if text == "" {
		own, err := StartServer(context.Background())
		if err != nil {
			return nil, err
		}
		text, bin = own.URL("postgres"), own.Installation().BinDir
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return nil, fmt.Errorf("%s is not a URL like postgres://postgres:password@127.0.0.1:5432/postgres", URLVariable)
	}
	return &server{url: u, bin: bin}, nil
}

// connect connects to the maintenance database as the superuser.
func (s *server) connect(ctx context.Context) (*pgx.Conn, error) {
	return pgx.Connect(ctx, s.url.String())
}

// urlFor returns the URL of a database for a user.
func (s *server) urlFor(database string, user *url.Userinfo) string {
	u := *s.url
	u.User, u.Path, u.RawPath = user, "/"+database, ""
	return u.String()
}

// psql returns the path of psql. Some installations have the server's programs
// alone.
func (s *server) psql() (string, error) {
	if s.bin != "" {
		path := filepath.Join(s.bin, "psql")
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
	}
	path, err := exec.LookPath("psql")
	if err != nil {
		return "", fmt.Errorf("psql is neither in %q (%s) nor on the PATH; install Postgres's client programs", s.bin, BinVariable)
	}
	return path, nil
}

// password returns the password that LoginURL gives to a role. All processes
// that use a server agree on it, and nobody else can guess it.
func (s *server) password(role string) string {
	secret, _ := s.url.User.Password()
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(role))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// buildLock is the key of the advisory lock that is held while templates are
// built and roles are changed. Advisory locks belong to one database, here the
// maintenance database, which all processes share.
const buildLock = 0x726f7767617465 // "rowgate"

// locked runs f on a connection that holds the build lock. The lock is freed
// with the connection, so also when this process dies.
func (s *server) locked(ctx context.Context, f func(*pgx.Conn) error) error {
	conn, err := s.connect(ctx)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, "select pg_advisory_lock($1)", int64(buildLock)); err != nil {
		return err
	}
	return f(conn)
}
