package storetest

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// databasePrefix begins the names of the databases of tests.
const databasePrefix = "rowgate_test_"

// cleanupTimeout bounds the drop of a database.
const cleanupTimeout = time.Minute

// Database is one test's own database.
type Database struct {
	// Name is its name on the server.
	Name string

	server *server
}

// New makes a database that the migrations have been applied to, in their
// order, and drops it when the test ends, with whoever is still connected. It
// ends the test when there is no server or a migration fails.
func New(t testing.TB, apply ...Migration) *Database {
	t.Helper()
	db, err := Create(apply...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Drop(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// Create is New where there is no test, as in a runnable example: whoever
// calls it drops the database.
func Create(apply ...Migration) (*Database, error) {
	s, err := theServer()
	if err != nil {
		return nil, fmt.Errorf("storetest: a Postgres for the tests: %w", err)
	}
	template, err := s.template(apply)
	if err != nil {
		return nil, fmt.Errorf("storetest: the template for the test's database: %w", err)
	}
	db := &Database{
		Name:   fmt.Sprintf("%s%d_%s", databasePrefix, os.Getpid(), strings.ToLower(rand.Text()[:12])),
		server: s,
	}
	// Not the test's context, since a statement that is cancelled may have
	// made the database.
	ctx, cancel := context.WithTimeout(context.Background(), cleanupTimeout)
	defer cancel()
	conn, err := s.connect(ctx)
	if err != nil {
		return nil, fmt.Errorf("storetest: %w", err)
	}
	defer conn.Close(ctx)
	if err := run(ctx, conn, "create database "+quote(db.Name)+" template "+quote(template)); err != nil {
		return nil, fmt.Errorf("storetest: %w", err)
	}
	return db, nil
}

// Drop removes the database, with whoever is connected to it.
func (d *Database) Drop() error {
	ctx, cancel := context.WithTimeout(context.Background(), cleanupTimeout)
	defer cancel()
	conn, err := d.server.connect(ctx)
	if err != nil {
		return fmt.Errorf("storetest: %w", err)
	}
	defer conn.Close(ctx)
	if err := run(ctx, conn, "drop database if exists "+quote(d.Name)+" with (force)"); err != nil {
		return fmt.Errorf("storetest: %w", err)
	}
	return nil
}

// URL returns the database's address for a user with a password.
func (d *Database) URL(user, password string) string {
	return d.server.urlFor(d.Name, url.UserPassword(user, password))
}

// SuperuserURL returns the database's address for the superuser.
func (d *Database) SuperuserURL() string {
	return d.server.urlFor(d.Name, d.server.url.User)
}

// LoginURL is Login for a test, which ends when the role can have no password.
func (d *Database) LoginURL(t testing.TB, role string) string {
	t.Helper()
	address, err := d.Login(role)
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// Login returns the database's address for a role that exists. The role is
// given LOGIN and a password first, if it cannot log in with that already. The
// password is the same for every test on the server, since a role has only one
// there: a test that sets another makes those of other packages fail.
func (d *Database) Login(role string) (string, error) {
	password := d.server.password(role)
	address := d.URL(role, password)
	ctx, cancel := context.WithTimeout(context.Background(), cleanupTimeout)
	defer cancel()
	if canLogIn(ctx, address) {
		return address, nil
	}
	err := d.server.locked(ctx, func(conn *pgx.Conn) error {
		if canLogIn(ctx, address) {
			return nil
		}
		return run(ctx, conn, fmt.Sprintf("alter role %s login password '%s'", quote(role), password))
	})
	if err != nil {
		return "", fmt.Errorf("storetest: a password for %s: %w", role, err)
	}
	return address, nil
}

func canLogIn(ctx context.Context, address string) bool {
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return false
	}
	return conn.Close(ctx) == nil
}

// Superuser returns a connection as the superuser, which is closed when the
// test ends.
func (d *Database) Superuser(t testing.TB) *pgx.Conn {
	t.Helper()
	return d.Connect(t, d.SuperuserURL())
}

// Connect returns a connection to an address that URL, SuperuserURL or LoginURL
// gave, which is closed when the test ends.
func (d *Database) Connect(t testing.TB, address string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatalf("storetest: %v", err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), cleanupTimeout)
		defer cancel()
		_ = conn.Close(ctx) // The test may have closed or broken it.
	})
	return conn
}
