package storetest

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Migration is SQL that makes what a test needs, run by a superuser. Roles
// belong to the whole server, so SQL that makes one must bear that it exists.
type Migration struct {
	// Name stands in errors.
	Name string
	// SQL is one or more statements; they run in one transaction.
	SQL string
}

// Database is a database of one test.
type Database struct {
	// Name is the database's name.
	Name string

	server running
}

// lockKey is the advisory lock under which templates are made, one at a time
// on the whole server: "rgtest" in ASCII.
const lockKey = 0x726774657374

const cleanupTimeout = 30 * time.Second

// New makes a database and applies the migrations. It is dropped when the test
// ends.
func New(t testing.TB, migrations ...Migration) *Database {
	t.Helper()
	d, err := Create(t.Context(), migrations...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), cleanupTimeout)
		defer cancel()
		if err := d.Drop(ctx); err != nil {
			t.Error(err)
		}
	})
	return d
}

// Create is New where there is no test, as in an example. Whoever calls it
// drops the database.
func Create(ctx context.Context, migrations ...Migration) (*Database, error) {
	s, err := server()
	if err != nil {
		return nil, err
	}
	conn, err := pgx.Connect(ctx, s.url)
	if err != nil {
		return nil, fmt.Errorf("storetest: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	template, err := ensureTemplate(ctx, conn, s, migrations)
	if err != nil {
		return nil, fmt.Errorf("storetest: %w", err)
	}
	d := &Database{Name: "test_" + strings.ToLower(rand.Text()), server: s}
	if _, err := conn.Exec(ctx, "create database "+d.Name+" template "+template); err != nil {
		return nil, fmt.Errorf("storetest: %w", err)
	}
	return d, nil
}

// Drop removes the database, whoever is connected to it.
func (d *Database) Drop(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, d.server.url)
	if err != nil {
		return fmt.Errorf("storetest: %w", err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, "drop database if exists "+d.Name+" with (force)"); err != nil {
		return fmt.Errorf("storetest: %w", err)
	}
	return nil
}

// ensureTemplate makes the template of a set of migrations, unless the server
// has it. It gets its name when it is complete, so that one whose making was
// cut short is never used.
func ensureTemplate(ctx context.Context, conn *pgx.Conn, s running, migrations []Migration) (name string, err error) {
	hash := sha256.New()
	for _, m := range migrations {
		fmt.Fprintf(hash, "%d %s", len(m.SQL), m.SQL)
	}
	name = "template_" + hex.EncodeToString(hash.Sum(nil))[:24]
	if _, err := conn.Exec(ctx, "select pg_advisory_lock($1)", int64(lockKey)); err != nil {
		return "", err
	}
	defer func() {
		_, unlockErr := conn.Exec(context.WithoutCancel(ctx), "select pg_advisory_unlock($1)", int64(lockKey))
		err = errors.Join(err, unlockErr)
	}()
	var exists bool
	err = conn.QueryRow(ctx, "select exists (select from pg_database where datname = $1)", name).Scan(&exists)
	if err != nil || exists {
		return name, err
	}
	const making = "template_in_the_making"
	for _, sql := range []string{"drop database if exists " + making + " with (force)", "create database " + making} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return "", err
		}
	}
	if err := apply(ctx, withDatabase(s.url, making), migrations); err != nil {
		return "", err
	}
	_, err = conn.Exec(ctx, "alter database "+making+" with allow_connections false")
	if err != nil {
		return "", err
	}
	_, err = conn.Exec(ctx, "alter database "+making+" rename to "+name)
	return name, err
}

func apply(ctx context.Context, databaseURL string, migrations []Migration) error {
	conn, err := pgx.Connect(ctx, databaseURL)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	for _, m := range migrations {
		if _, err := conn.PgConn().Exec(ctx, m.SQL).ReadAll(); err != nil {
			return fmt.Errorf("%s: %w", m.Name, err)
		}
	}
	return nil
}

func withDatabase(serverURL, name string) string {
	u, err := url.Parse(serverURL)
	if err != nil {
		panic(err) // the URL is localpg's own
	}
	u.Path = "/" + name
	return u.String()
}

// URL returns the database's address for a login.
func (d *Database) URL(user, password string) string {
	u, err := url.Parse(withDatabase(d.server.url, d.Name))
	if err != nil {
		panic(err) // as above
	}
	u.User = url.UserPassword(user, password)
	return u.String()
}

// SuperuserURL returns the database's address for a superuser.
func (d *Database) SuperuserURL() string { return withDatabase(d.server.url, d.Name) }

// Superuser returns a superuser's connection, closed when the test ends.
func (d *Database) Superuser(t testing.TB) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), d.SuperuserURL())
	if err != nil {
		t.Fatalf("storetest: %v", err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), cleanupTimeout)
		defer cancel()
		_ = conn.Close(ctx)
	})
	return conn
}

// Psql runs SQL with psql as a superuser and returns what it printed, one row
// a line without alignment. SQL that fails ends the test.
func (d *Database) Psql(t testing.TB, sql string) string {
	t.Helper()
	out, sqlstate := d.TryPsql(t, sql)
	if sqlstate != "" {
		t.Fatalf("psql: SQLSTATE %s of:\n%s", sqlstate, sql)
	}
	return out
}

// TryPsql is Psql for SQL that may fail: it stops at the first error and
// returns the error's SQLSTATE, or the empty string when there was none.
func (d *Database) TryPsql(t testing.TB, sql string) (out, sqlstate string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), filepath.Join(d.server.binDir, "psql"),
		"--no-psqlrc", "--no-align", "--tuples-only", "--quiet",
		"--set=ON_ERROR_STOP=1", "--set=VERBOSITY=sqlstate", "--dbname="+d.SuperuserURL())
	cmd.Stdin = strings.NewReader(sql)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if err == nil {
		return stdout.String(), ""
	}
	// "ERROR:  42501" is all that this verbosity prints.
	for line := range strings.Lines(stderr.String()) {
		if _, state, ok := strings.Cut(line, "ERROR:  "); ok {
			return stdout.String(), strings.TrimSpace(state)
		}
	}
	t.Fatalf("psql: %v: %s", err, stderr.String())
	return "", ""
}
