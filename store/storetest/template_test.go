package storetest

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

func TestTemplateKey(t *testing.T) {
	keys := map[string]string{}
	for name, list := range map[string][]Migration{
		"none":              nil,
		"empty":             {{}},
		"one":               {{"a", "b"}},
		"moved":             {{"ab", ""}},
		"looks like two":    {{"a", "b1:c1:d"}},
		"two":               {{"a", "b"}, {"c", "d"}},
		"a name like two":   {{"a1:bc", "d"}},
		"two the other way": {{"c", "d"}, {"a", "b"}},
	} {
		key := templateKey(list)
		if other, ok := keys[key]; ok {
			t.Errorf("%s and %s have the same key", name, other)
		}
		keys[key] = name
		if len(templatePrefix+key) > 63 {
			t.Errorf("%s%s is too long for a name", templatePrefix, key)
		}
	}
}

// Processes that start together build each template once, one at a time, and
// none of them sees one that is not finished.
func TestProcessesShareTemplates(t *testing.T) {
	s := mustServer(t)
	// The pauses make an unfinished template likely to be seen.
	slow := Migration{"slow.sql", "select pg_sleep(0.2)"}
	same := []Migration{slow, migrationRole, migrationBorn()}
	other := []Migration{migrationRole, slow, migrationBorn()}
	dropTemplates(t, same, other)
	var born [2][]string
	var children []*process
	for i := range 6 {
		list := same
		if i%2 == 1 {
			list = other
		}
		children = append(children, startChild(t, list, URLVariable+"="+s.url.String(), BinVariable+"="+s.bin))
	}
	for i, c := range children {
		var report childReport
		if err := c.answers.Decode(&report); err != nil {
			t.Fatal(err)
		}
		if report.URL != s.url.String() || report.Login != "storetest_made" {
			t.Errorf("a process reports %+v", report)
		}
		born[i%2] = append(born[i%2], report.Born)
	}
	for _, all := range born {
		for _, b := range all {
			if b != all[0] {
				t.Errorf("the template was built more than once: %v", all)
			}
		}
	}
	if born[0][0] == born[1][0] {
		t.Error("the two templates are one")
	}
}

func TestTemplateIsClosed(t *testing.T) {
	list := []Migration{migrationBorn()}
	dropTemplates(t, list)
	New(t, list...)
	got := lookup(t, maintenance(t), "select concat_ws(' ', datistemplate, datallowconn) from pg_database where datname = $1", templatePrefix+templateKey(list))
	if got != "t f" {
		t.Errorf("the template is %q", got)
	}
}

func TestMigrationThatFails(t *testing.T) {
	s := mustServer(t)
	list := []Migration{
		{"first.sql", "create table made (x int)"},
		{"second.sql", "select 1;\n\nselect 'ä', nothing;"},
	}
	const want = `the migration second.sql, line 3: ERROR: column "nothing" does not exist (SQLSTATE 42703)`
	_, err := s.template(list)
	var refused *pgconn.PgError
	if !errors.As(err, &refused) || refused.Code != pgerrcode.UndefinedColumn || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
	noDatabase(t, templateKey(list))
}

// noDatabase checks that there is neither a template nor half of one.
func noDatabase(t *testing.T, key string) {
	t.Helper()
	conn := maintenance(t)
	for _, prefix := range []string{templatePrefix, buildingPrefix} {
		if found, err := hasDatabase(t.Context(), conn, prefix+key); err != nil || found {
			t.Errorf("%s%s is there: %v %v", prefix, key, found, err)
		}
	}
}

// A builder that is killed leaves a database that is half built and a
// statement that still runs. Neither is in the way of the next builder.
func TestKilledBuilder(t *testing.T) {
	s := mustServer(t)
	stuck := []Migration{{"stuck.sql", "create table born (born text); select pg_sleep(3600)"}, migrationBorn()}
	c := startChild(t, stuck, URLVariable+"="+s.url.String())
	conn := maintenance(t)
	building := buildingPrefix + templateKey(stuck)
	eventually(t, "the child builds", func() bool {
		return lookup(t, conn, "select count(*)::text from pg_stat_activity where datname = $1 and wait_event = 'PgSleep'", building) == "1"
	})
	if err := c.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	next := []Migration{migrationBorn()}
	dropTemplates(t, next)
	New(t, next...)
	noDatabase(t, templateKey(stuck))
}

// What failed between the last two steps of a build is dropped too, although
// it is marked as a template by then.
func TestUnfinishedTemplateIsDropped(t *testing.T) {
	name := buildingPrefix + "left"
	err := mustServer(t).locked(t.Context(), func(conn *pgx.Conn) error {
		return run(t.Context(), conn,
			"create database "+name, "alter database "+name+" with is_template true allow_connections false")
	})
	if err != nil {
		t.Fatal(err)
	}
	list := []Migration{migrationBorn()}
	dropTemplates(t, list)
	New(t, list...)
	noDatabase(t, "left")
}

// Without ROWGATE_TEST_URL a process has a server of its own, which does not
// outlive it, even when it is killed.
func TestServerOfItsOwn(t *testing.T) {
	for _, kill := range []bool{false, true} {
		c := startChild(t, []Migration{migrationRole, migrationBorn()}, URLVariable+"=", BinVariable+"=")
		var report childReport
		if err := c.answers.Decode(&report); err != nil {
			t.Fatal(err)
		}
		if report.URL == mustServer(t).url.String() || missing(report.DataDir) || !strings.Contains(report.DataDir, "rowgate-") {
			t.Fatalf("the process reports %+v", report)
		}
		if kill {
			if err := c.cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		} else {
			c.stdin.Close()
		}
		eventually(t, "its data folder is removed", func() bool { return missing(dataFolder(report.DataDir)) })
		eventually(t, "its server is gone", func() bool {
			conn, err := pgx.Connect(t.Context(), report.URL)
			if err != nil {
				return true
			}
			conn.Close(context.Background())
			return false
		})
	}
}

func TestBadURL(t *testing.T) {
	for _, text := range []string{"host=127.0.0.1", "http://127.0.0.1", "postgres://%"} {
		t.Setenv(URLVariable, text)
		_, err := chooseServer()
		const want = "ROWGATE_TEST_URL is not a URL like postgres://postgres:password@127.0.0.1:5432/postgres"
		if err == nil || err.Error() != want {
			t.Errorf("%q gave %v, want %s", text, err, want)
		}
	}
}
