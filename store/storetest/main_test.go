package storetest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// childVariable makes the test binary another test process: one that makes a
// database with the migrations in it, prints a childReport and, at the end of
// its standard input, ends.
const childVariable = "STORETEST_TEST_CHILD"

type childReport struct {
	URL     string // of the maintenance database
	DataDir string
	Born    string // see migrationBorn
	Login   string // the user after LoginURL
}

func TestMain(m *testing.M) {
	text := os.Getenv(childVariable)
	if text == "" {
		os.Exit(m.Run())
	}
	if err := child(text); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func child(text string) error {
	var apply []Migration
	if err := json.Unmarshal([]byte(text), &apply); err != nil {
		return err
	}
	ctx := context.Background()
	t := &childTest{}
	defer t.end()
	db := New(t, apply...)
	var report childReport
	report.URL = db.server.url.String()
	if err := db.Superuser(t).QueryRow(ctx, "select born::text, current_setting('data_directory') from born").Scan(&report.Born, &report.DataDir); err != nil {
		return err
	}
	if err := db.Connect(t, db.LoginURL(t, "storetest_made")).QueryRow(ctx, "select current_user::text").Scan(&report.Login); err != nil {
		return err
	}
	if err := json.NewEncoder(os.Stdout).Encode(report); err != nil {
		return err
	}
	_, err := os.Stdin.Read(make([]byte, 1))
	_ = err // It is the end that is waited for.
	return nil
}

// childTest is the testing.TB of a child.
type childTest struct {
	testing.TB
	cleanups []func()
}

func (*childTest) Helper()                      {}
func (*childTest) Context() context.Context     { return context.Background() }
func (t *childTest) Cleanup(f func())           { t.cleanups = append(t.cleanups, f) }
func (*childTest) Errorf(f string, args ...any) { fmt.Fprintf(os.Stderr, f+"\n", args...) }
func (t *childTest) Error(args ...any)          { t.Errorf("%s", fmt.Sprint(args...)) }
func (t *childTest) Fatal(args ...any)          { t.Fatalf("%s", fmt.Sprint(args...)) }
func (t *childTest) Fatalf(f string, args ...any) {
	t.Errorf(f, args...)
	os.Exit(1)
}

func (t *childTest) end() {
	for i := range t.cleanups {
		t.cleanups[len(t.cleanups)-1-i]()
	}
}

// process is a running child.
type process struct {
	cmd     *exec.Cmd
	stdin   io.Closer
	answers *json.Decoder
}

// startChild runs a child until the test ends, with other variables than this
// process where environment says so.
func startChild(t *testing.T, apply []Migration, environment ...string) *process {
	t.Helper()
	text, err := json.Marshal(apply)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), append(environment, childVariable+"="+string(text))...)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stdin.Close()
		_ = cmd.Wait()
	})
	return &process{cmd, stdin, json.NewDecoder(stdout)}
}

// migrationRole makes the role storetest_made as migrations should: only when
// it is missing. Two at once would fail without the build lock.
var migrationRole = Migration{"role.sql", `
	do $$ begin
		if not exists (select from pg_roles where rolname = 'storetest_made') then
			create role storetest_made;
		end if;
	end $$;
	alter role storetest_made set statement_timeout = '10s';`}

// migrationBorn notes when the template was built. Its name is a new one for
// each run, so that the template is too.
func migrationBorn() Migration {
	return Migration{
		Name: fmt.Sprintf("born-%d.sql", time.Now().UnixNano()),
		SQL:  "create table born as select clock_timestamp() as born",
	}
}

// dropTemplates drops, when the test ends, the templates that nobody will ask
// for again: the server may outlive this process.
func dropTemplates(t *testing.T, lists ...[]Migration) {
	t.Helper()
	t.Cleanup(func() {
		ctx := context.Background()
		s := mustServer(t)
		conn, err := s.connect(ctx)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(ctx)
		for _, list := range lists {
			name := quote(templatePrefix + templateKey(list))
			if err := run(ctx, conn, "alter database "+name+" with is_template false", "drop database "+name); err != nil {
				t.Error(err)
			}
		}
	})
}

func mustServer(t testing.TB) *server {
	t.Helper()
	s, err := theServer()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// lookup runs a query that gives one text.
func lookup(t *testing.T, conn *pgx.Conn, sql string, args ...any) string {
	t.Helper()
	var text string
	if err := conn.QueryRow(t.Context(), sql, args...).Scan(&text); err != nil {
		t.Fatal(err)
	}
	return text
}

// maintenance returns a connection to the maintenance database.
func maintenance(t *testing.T) *pgx.Conn {
	t.Helper()
	conn, err := mustServer(t).connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

func eventually(t *testing.T, what string, check func() bool) {
	t.Helper()
	for deadline := time.Now().Add(15 * time.Second); !check(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("after 15 seconds it is not so that %s", what)
		}
	}
}

// missing reports whether there is nothing at a path.
func missing(path string) bool {
	_, err := os.Lstat(path)
	return os.IsNotExist(err)
}

// dataFolder is the folder of a server's own, from its setting data_directory.
func dataFolder(setting string) string {
	return filepath.Dir(strings.TrimSuffix(setting, "/"))
}
