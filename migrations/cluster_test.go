package migrations_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rowgate/rowgate/migrations"
	"github.com/rowgate/rowgate/store/localpg"
)

// cluster is a Postgres for one test alone: roles belong to the whole cluster,
// so tests that make and break them cannot share one.
type cluster struct{ server *localpg.Server }

// start runs an empty cluster until the test ends. ROWGATE_PG_BIN chooses
// another Postgres than the one that localpg finds.
func start(t *testing.T) cluster {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	server, err := localpg.Start(t.Context(), localpg.Config{
		BinDir:    os.Getenv("ROWGATE_PG_BIN"),
		DataDir:   filepath.Join(t.TempDir(), "postgres"),
		Ephemeral: true,
		CacheDir:  filepath.Join(cache, "rowgate"),
		// Autovacuum rewrites catalog rows on its own, which snapshot would see.
		Settings: map[string]string{"fsync": "off", "autovacuum": "off"},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		// The test's own context has ended by now.
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		if err := server.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	return cluster{server}
}

// database makes a database and connects to it as the superuser.
func (c cluster) database(t *testing.T, name string) *pgx.Conn {
	t.Helper()
	admin := connect(t, c.server.URL("postgres"))
	run(t, admin, "create database "+name)
	return connect(t, c.server.URL(name))
}

// login gives a role a password and connects to a database as it.
func (c cluster) login(t *testing.T, admin *pgx.Conn, role string) *pgx.Conn {
	t.Helper()
	const password = "only for this test"
	run(t, admin, fmt.Sprintf("alter role %s password '%s'", role, password))
	return connect(t, c.server.URLFor(admin.Config().Database, role, password))
}

// connect opens a connection until the test ends.
func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// run sends SQL as one message of the simple protocol, which is how a file of
// migrations is sent.
func run(t *testing.T, conn *pgx.Conn, sql string) {
	t.Helper()
	if _, err := conn.PgConn().Exec(t.Context(), sql).ReadAll(); err != nil {
		t.Fatalf("%s\n%.200s", explain(err), sql)
	}
}

// apply runs sets of files, each file as one message.
func apply(t *testing.T, conn *pgx.Conn, sets ...[]migrations.File) {
	t.Helper()
	for _, set := range sets {
		for _, file := range set {
			if _, err := conn.PgConn().Exec(t.Context(), file.SQL).ReadAll(); err != nil {
				t.Fatalf("%s: %s", file.Name, explain(err))
			}
		}
	}
}

// explain returns an error with what Postgres says beside its message.
func explain(err error) string {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return err.Error()
	}
	return strings.TrimSpace(fmt.Sprintf("%s (%s) %s %s %s", pg.Message, pg.Code, pg.Detail, pg.Hint, pg.Where))
}

// sqlstate returns the code of an error that Postgres raised.
func sqlstate(t *testing.T, err error) string {
	t.Helper()
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		t.Fatal(err)
	}
	return pg.Code
}

// rows returns a query's rows, each as its columns' text with bars between.
func rows(t *testing.T, conn *pgx.Conn, sql string) []string {
	t.Helper()
	results, err := conn.PgConn().Exec(t.Context(), sql).ReadAll()
	if err != nil {
		t.Fatalf("%s\n%s", explain(err), sql)
	}
	return printed(results)
}

// printed returns the rows of the last result that has any columns. NULL is
// printed as ∅.
func printed(results []*pgconn.Result) []string {
	var lines []string
	for _, result := range results {
		if len(result.FieldDescriptions) == 0 {
			continue
		}
		lines = nil
		for _, row := range result.Rows {
			columns := make([]string, len(row))
			for i, column := range row {
				if columns[i] = string(column); column == nil {
					columns[i] = "∅"
				}
			}
			lines = append(lines, strings.Join(columns, "|"))
		}
	}
	return lines
}

// shared and local are the catalogs whose rows are what a migration can change:
// those of the cluster and those of a database.
var (
	shared = []string{"pg_authid", "pg_auth_members", "pg_db_role_setting", "pg_shdescription"}
	local  = []string{
		"pg_namespace", "pg_class", "pg_attribute", "pg_attrdef", "pg_type", "pg_enum", "pg_proc", "pg_constraint",
		"pg_index", "pg_trigger", "pg_policy", "pg_default_acl", "pg_init_privs", "pg_extension", "pg_description",
		"pg_depend", "pg_rewrite",
	}
)

// snapshot returns every row of the catalogs, catalog by catalog. Each row comes
// with its xmin, the transaction that wrote it, so that a row that was written
// again with the same content differs as well.
func snapshot(t *testing.T, conn *pgx.Conn, catalogs ...string) map[string][]string {
	t.Helper()
	found := make(map[string][]string)
	for _, catalog := range catalogs {
		found[catalog] = rows(t, conn, fmt.Sprintf("select c.xmin, c.* from pg_catalog.%s c order by c::text", catalog))
	}
	return found
}
