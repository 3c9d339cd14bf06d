package migrate_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/rowgate/rowgate/store/migrate"
	"github.com/rowgate/rowgate/store/storetest"
)

var files = []migrate.File{
	{Name: "1_a.sql", SQL: "create table a (n int);\ninsert into a values (1);"},
	{Name: "2_b.sql", SQL: "insert into a values (2);"},
}

func TestUp(t *testing.T) {
	conn := storetest.New(t).Superuser(t)
	sum := func() (n int) {
		if err := conn.QueryRow(t.Context(), "select sum(n) from a").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	applied, err := migrate.Up(t.Context(), conn, files[:1])
	if diff := cmp.Diff([]string{"1_a.sql"}, applied); diff != "" || err != nil {
		t.Errorf("the first run: %v, (-want +got):\n%s", err, diff)
	}
	applied, err = migrate.Up(t.Context(), conn, files)
	if diff := cmp.Diff([]string{"2_b.sql"}, applied); diff != "" || err != nil {
		t.Errorf("the second run: %v, (-want +got):\n%s", err, diff)
	}
	if applied, err = migrate.Up(t.Context(), conn, files); applied != nil || err != nil || sum() != 3 {
		t.Errorf("the third run: %q, %v, sum %d", applied, err, sum())
	}

	edited := []migrate.File{files[0], {Name: "2_b.sql", SQL: "insert into a values (20);"}}
	_, err = migrate.Up(t.Context(), conn, edited)
	want := "migrate: 2_b.sql: the file was edited after it had been applied; undo the edit and write a new file instead"
	if !errors.Is(err, migrate.ErrEdited) || err.Error() != want || sum() != 3 {
		t.Errorf("an edited file: %v, sum %d", err, sum())
	}

	broken := append(files[:2:2], migrate.File{Name: "3_c.sql", SQL: "insert into a values (3);\n-- ünïcode\ninsert into nowhere values (4);"},
		migrate.File{Name: "4_d.sql", SQL: "insert into a values (5)"})
	applied, err = migrate.Up(t.Context(), conn, broken)
	if err == nil || !strings.HasPrefix(err.Error(), "3_c.sql:3: ") || !strings.Contains(err.Error(), "rolled back") || applied != nil || sum() != 3 {
		t.Errorf("a broken file: %q, %v, sum %d", applied, err, sum())
	}
	// The lock and the session are free again.
	broken[2].SQL = "insert into a values (3)"
	if applied, err = migrate.Up(t.Context(), conn, broken); len(applied) != 2 || err != nil || sum() != 11 {
		t.Errorf("mended: %q, %v, sum %d", applied, err, sum())
	}
}

// Two deployers at once apply each file once.
func TestUpAtOnce(t *testing.T) {
	db := storetest.New(t)
	var both sync.WaitGroup
	for range 2 {
		conn := db.Superuser(t)
		both.Go(func() {
			if _, err := migrate.Up(t.Context(), conn, files); err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
	var n int
	if err := db.Superuser(t).QueryRow(t.Context(), "select sum(n) from a").Scan(&n); err != nil || n != 3 {
		t.Errorf("sum %d, %v, want 3", n, err)
	}
}

// The history is nobody's business.
func TestHistoryIsNotExposed(t *testing.T) {
	conn := storetest.New(t).Superuser(t)
	if _, err := migrate.Up(t.Context(), conn, files); err != nil {
		t.Fatal(err)
	}
	err := pgx.BeginFunc(t.Context(), conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(t.Context(), "set local role pg_read_all_settings"); err != nil {
			return err
		}
		_, err := tx.Exec(t.Context(), "select from rowgate.migrations")
		return err
	})
	if err == nil || !strings.Contains(err.Error(), "42501") {
		t.Errorf("another role reads the history: %v", err)
	}
}
