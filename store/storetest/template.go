package storetest

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Migration is SQL that a database begins with.
type Migration struct {
	// Name tells it from others in errors.
	Name string

	// SQL is one or more statements without parameters. They are one message
	// of the simple query protocol, run by the superuser, and therefore one
	// transaction unless they say otherwise.
	SQL string
}

// Migrations joins lists of files that have a name and SQL, such as those of
// package migrations, into the list that New takes.
func Migrations[F ~struct{ Name, SQL string }](lists ...[]F) []Migration {
	var all []Migration
	for _, list := range lists {
		for _, file := range list {
			all = append(all, Migration(file))
		}
	}
	return all
}

const (
	templatePrefix = "rowgate_template_"
	buildingPrefix = "rowgate_building_"
)

// templateKey names a list of migrations by their content.
func templateKey(apply []Migration) string {
	h := sha256.New()
	for _, m := range apply {
		writeText(h, m.Name)
		writeText(h, m.SQL)
	}
	return fmt.Sprintf("%x", h.Sum(nil)[:12])
}

// writeText adds a text with its length, so that no two lists of texts are the
// same bytes.
func writeText(h hash.Hash, text string) {
	fmt.Fprintf(h, "%d:%s", len(text), text)
}

// templates remembers which templates this process has found or built.
var templates sync.Map // key -> func() error

// template returns the name of the database that has the migrations applied,
// and builds it when this server has none yet.
func (s *server) template(apply []Migration) (string, error) {
	key := templateKey(apply)
	// Not the test's context: the outcome is for the other tests too.
	once, _ := templates.LoadOrStore(key, sync.OnceValue(func() error {
		return s.ensureTemplate(context.Background(), key, apply)
	}))
	return templatePrefix + key, once.(func() error)()
}

func (s *server) ensureTemplate(ctx context.Context, key string, apply []Migration) error {
	conn, err := s.connect(ctx)
	if err != nil {
		return err
	}
	found, err := hasDatabase(ctx, conn, templatePrefix+key)
	if err = errors.Join(err, conn.Close(ctx)); err != nil || found {
		return err
	}
	return s.locked(ctx, func(conn *pgx.Conn) error {
		// Another process may have built it during the wait for the lock.
		if found, err := hasDatabase(ctx, conn, templatePrefix+key); err != nil || found {
			return err
		}
		return s.build(ctx, conn, key, apply)
	})
}

// build makes a template. It has another name while it is built, so that a
// template that exists is always a finished one.
func (s *server) build(ctx context.Context, conn *pgx.Conn, key string, apply []Migration) error {
	if err := dropUnfinished(ctx, conn); err != nil {
		return err
	}
	building, finished := quote(buildingPrefix+key), quote(templatePrefix+key)
	if err := run(ctx, conn, "create database "+building+" template template0"); err != nil {
		return err
	}
	if err := s.apply(ctx, buildingPrefix+key, apply); err != nil {
		return errors.Join(err, run(ctx, conn, "drop database "+building+" with (force)"))
	}
	return run(ctx, conn,
		// A database can be copied only while nobody is connected to it.
		"alter database "+building+" with is_template true allow_connections false",
		"alter database "+building+" rename to "+finished)
}

// dropUnfinished drops what builders that were killed have left. The caller
// holds the build lock, so no other is at work.
func dropUnfinished(ctx context.Context, conn *pgx.Conn) error {
	rows, err := conn.Query(ctx, "select datname from pg_database where starts_with(datname, $1)", buildingPrefix)
	if err != nil {
		return err
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for _, name := range names {
		err := run(ctx, conn,
			"alter database "+quote(name)+" with is_template false",
			"drop database "+quote(name)+" with (force)")
		if err != nil {
			return err
		}
	}
	return nil
}

// apply runs the migrations in a database.
func (s *server) apply(ctx context.Context, database string, apply []Migration) error {
	conn, err := pgx.Connect(ctx, s.urlFor(database, s.url.User))
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	for _, m := range apply {
		if _, err := conn.PgConn().Exec(ctx, m.SQL).ReadAll(); err != nil {
			return fmt.Errorf("the migration %s%s: %w", m.Name, line(m.SQL, err), err)
		}
	}
	return nil
}

// line says in which line an error is, when Postgres gives its position.
func line(sql string, err error) string {
	var refused *pgconn.PgError
	if !errors.As(err, &refused) || refused.Position == 0 {
		return ""
	}
	before := []rune(sql)
	before = before[:min(int(refused.Position)-1, len(before))]
	return fmt.Sprintf(", line %d", 1+strings.Count(string(before), "\n"))
}

func hasDatabase(ctx context.Context, conn *pgx.Conn, name string) (found bool, err error) {
	err = conn.QueryRow(ctx, "select exists (select from pg_database where datname = $1)", name).Scan(&found)
	return found, err
}

// run runs statements that have no parameters and cannot be in a transaction.
func run(ctx context.Context, conn *pgx.Conn, statements ...string) error {
	for _, sql := range statements {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return fmt.Errorf("%s: %w", sql, err)
		}
	}
	return nil
}

func quote(name string) string { return pgx.Identifier{name}.Sanitize() }
