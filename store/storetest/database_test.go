package storetest

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

var notes = Migration{"notes.sql", `
	create table notes (id int primary key generated always as identity, text text not null);
	insert into notes (text) values ('first');`}

func TestDatabasesAreApart(t *testing.T) {
	one, other := New(t, notes), New(t, notes)
	if one.Name == other.Name {
		t.Fatalf("both are %s", one.Name)
	}
	a, b := one.Superuser(t), other.Superuser(t)
	if _, err := a.Exec(t.Context(), "insert into notes (text) values ('second')"); err != nil {
		t.Fatal(err)
	}
	const all = "select string_agg(text, ' ' order by id) from notes"
	if got := lookup(t, a, all); got != "first second" {
		t.Errorf("the first database has %q", got)
	}
	if got := lookup(t, b, all); got != "first" {
		t.Errorf("the second database has %q", got)
	}
	if got := lookup(t, New(t).Superuser(t), "select count(*)::text from pg_tables where tablename = 'notes'"); got != "0" {
		t.Errorf("a database without migrations has %s of the table", got)
	}
}

func TestDatabaseIsDropped(t *testing.T) {
	var name string
	var left *pgx.Conn
	t.Run("test", func(t *testing.T) {
		db := New(t, notes)
		name = db.Name
		var err error
		if left, err = pgx.Connect(t.Context(), db.SuperuserURL()); err != nil {
			t.Fatal(err)
		}
	})
	defer left.Close(context.Background())
	found, err := hasDatabase(t.Context(), maintenance(t), name)
	if err != nil || found {
		t.Errorf("%s is still there: %v %v", name, found, err)
	}
	if err := left.Ping(t.Context()); err == nil {
		t.Error("a connection to it still works")
	}
}

func TestDatabaseOfItsOwnNameMayBeGone(t *testing.T) {
	db := New(t)
	if err := run(t.Context(), maintenance(t), "drop database "+quote(db.Name)); err != nil {
		t.Fatal(err)
	}
}

func TestURL(t *testing.T) {
	db := New(t, migrationRole)
	if got := lookup(t, db.Connect(t, db.LoginURL(t, "storetest_made")), "select current_user::text || ' ' || current_database()"); got != "storetest_made "+db.Name {
		t.Errorf("logged in to %s", got)
	}
	if _, err := pgx.Connect(t.Context(), db.URL("storetest_made", "guess")); err == nil {
		t.Error("any password will do")
	}
	if got := db.URL("a@b", "/?"); !strings.Contains(got, "//a%40b:%2F%3F@") || !strings.Contains(got, "/"+db.Name) {
		t.Errorf("got %s", got)
	}
}

func TestMigrations(t *testing.T) {
	type file struct{ Name, SQL string }
	got := Migrations([]file{{"a", "select 1"}}, nil, []file{{"b", "select 2"}})
	if len(got) != 2 || got[0] != (Migration{"a", "select 1"}) || got[1] != (Migration{"b", "select 2"}) {
		t.Errorf("got %v", got)
	}
}

func BenchmarkNew(b *testing.B) {
	New(b, notes)
	for b.Loop() {
		d := New(b, notes)
		if err := d.Drop(); err != nil {
			b.Fatal(err)
		}
	}
}

func TestPsql(t *testing.T) {
	db := New(t, notes, migrationRole)
	// Neither the developer's settings nor psqlrc change what psql prints.
	t.Setenv("PGOPTIONS", "-c search_path=nowhere")
	t.Setenv("PGUSER", "nobody")
	t.Setenv("PSQL_HISTORY", "/nowhere")
	if got, want := db.Psql(t, "select id, text from notes; update notes set text = null where id = 0; \\echo done"), "1|first\nUPDATE 0\ndone\n"; got != want {
		t.Errorf("psql printed %q, want %q", got, want)
	}
	login := db.LoginURL(t, "storetest_made")
	for name, c := range map[string]struct {
		address, sql string
		want         PsqlResult // Stderr: a part of it
	}{
		"succeeds": {login, "select current_user", PsqlResult{"storetest_made\n", "", 0, ""}},
		"is denied": {
			login, "select 1;\nselect * from notes;\nselect 2",
			PsqlResult{"1\n", "psql:<stdin>:2: ERROR:  42501: permission denied for table notes", 3, "42501"},
		},
		"raises its own code": {
			db.SuperuserURL(), "do $$ begin raise exception 'no tea' using errcode = 'TEA01'; end $$",
			PsqlResult{"", "ERROR:  TEA01: no tea", 3, "TEA01"},
		},
		"warns with the text of an error": {
			db.SuperuserURL(), "do $$ begin raise warning 'ERROR:  12345: no'; end $$",
			PsqlResult{"DO\n", "WARNING:  01000: ERROR:  12345: no", 0, ""},
		},
		"cannot connect": {
			db.URL("storetest_made", "guess"), "select 1",
			PsqlResult{"", `FATAL:  password authentication failed for user "storetest_made"`, 2, ""},
		},
		"is ended": {
			db.SuperuserURL(), "select pg_terminate_backend(pg_backend_pid())",
			PsqlResult{"", "FATAL:  57P01: terminating connection due to administrator command", 2, "57P01"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := db.PsqlAs(t, c.address, c.sql)
			if !strings.Contains(got.Stderr, c.want.Stderr) || c.want.Stderr == "" && got.Stderr != "" {
				t.Errorf("the errors are %q, want %q in them", got.Stderr, c.want.Stderr)
			}
			got.Stderr = c.want.Stderr
			if got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
	if strings.Contains(os.Getenv("PGPASSWORD"), "a") {
		t.Error("the password is in this process's environment")
	}
}
