package service_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/rowgate/rowgate/service/descriptor"
	"github.com/rowgate/rowgate/store/storetest"
)

// twin is a server over one database, and a second database that began as an
// equal one, in which psql does what the server is asked to do.
type twin struct {
	*world
	mirror *storetest.Database

	ours, theirs *pgx.Conn // superusers
	baseline     []string  // both databases, before any case
	known        map[string]bool
	tables       []string // whose rows are compared
}

// keep holds what the four tables have at first, so that each case starts
// from there.
var keep = storetest.Migration{Name: "keep", SQL: `create schema kept;
	create table kept.profiles as table public.profiles;
	create table kept.items as table public.items;
	create table kept.posts as table public.posts;
	create table kept.comments as table public.comments`}

// restore brings the four tables and the one sequence back to where they were.
const restore = `delete from public.comments;
	delete from public.items;
	delete from public.posts;
	delete from public.profiles;
	insert into public.profiles table kept.profiles;
	insert into public.items table kept.items;
	insert into public.posts table kept.posts;
	insert into public.comments overriding system value table kept.comments;
	select setval('public.comments_id_seq', (select max(id) from kept.comments))`

func newTwin(t testing.TB) *twin { return twinOf(t, nil) }

// twinOf has more in both databases, and serves that; nil stands for the
// example's contract.
func twinOf(t testing.TB, contract *descriptor.Set, also ...storetest.Migration) *twin {
	t.Helper()
	also = append(also, keep)
	w := &twin{
		world:  newWorld(t, worldOptions{migrations: also, contract: contract}),
		mirror: storetest.New(t, append(exampleApp(), also...)...),
	}
	w.ours, w.theirs = w.db.Superuser(t), w.mirror.Superuser(t)
	w.both(t, "set timezone = 'UTC'")
	w.baseline = w.dump(t, w.ours)
	if diff := lineDiff(w.dump(t, w.theirs), w.baseline); diff != "" {
		t.Fatalf("the two databases do not start equal:\n%s", diff)
	}
	w.known = map[string]bool{}
	for _, line := range w.baseline {
		for _, value := range strings.Split(line, "\x1f") {
			w.known[value] = true
		}
	}
	return w
}

// both runs SQL as a superuser in both databases.
func (w *twin) both(t testing.TB, sql string) {
	t.Helper()
	w.run(t, w.ours, sql)
	w.run(t, w.theirs, sql)
}

// run runs SQL as a superuser in one of them.
func (w *twin) run(t testing.TB, conn *pgx.Conn, sql string) {
	t.Helper()
	if _, err := conn.PgConn().Exec(t.Context(), sql).ReadAll(); err != nil {
		t.Fatalf("%v, of:\n%s", err, sql)
	}
}

// dump reads every row of every table of the application and of auth, a line a
// row, sorted. Once the baseline is known, ids that the database made and
// times that its clock gave are written as what they are.
func (w *twin) dump(t testing.TB, conn *pgx.Conn) []string {
	t.Helper()
	if w.tables == nil {
		w.tables = tables(t, conn)
	}
	all, err := conn.PgConn().Exec(t.Context(), "table "+strings.Join(w.tables, "; table ")).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for i, result := range all {
		for _, row := range result.Rows {
			line := []string{w.tables[i]}
			for i, raw := range row {
				column := result.FieldDescriptions[i].Name
				value := column + "=NULL"
				if raw != nil {
					value = column + "=" + w.stable(column, string(raw))
				}
				line = append(line, value)
			}
			lines = append(lines, strings.Join(line, "\x1f"))
		}
	}
	slices.Sort(lines)
	return lines
}

// tables lists the tables of the application and of auth.
func tables(t testing.TB, conn *pgx.Conn) []string {
	t.Helper()
	rows, err := conn.Query(t.Context(), `select format('%I.%I', n.nspname, c.relname) from pg_class c
		join pg_namespace n on n.oid = c.relnamespace
		where n.nspname in ('public', 'auth') and c.relkind in ('r', 'p') order by 1`)
	if err != nil {
		t.Fatal(err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// What two databases cannot have alike.
const (
	madeHere = "(made here)"
	now      = "(now)"
)

// stable replaces an id that the database made, also where another row refers
// to it, and a time that its clock gave. A value of the baseline is none of these, nor is any that a case wrote:
// those are ids of the form 00000000-... and times of long ago.
func (w *twin) stable(column, value string) string {
	switch {
	case w.known == nil || w.known[column+"="+value]:
	case column != "id" && w.known["id="+value]:
	case (column == "id" || strings.HasSuffix(column, "_id")) && len(value) == 36 && !strings.HasPrefix(value, "00000000-"):
		return madeHere
	case strings.HasSuffix(column, "_at"):
		at, err := time.Parse("2006-01-02 15:04:05.999999-07", value)
		if err == nil && time.Since(at).Abs() < 10*time.Minute {
			return now
		}
	}
	return value
}

// settled is stable for a row of either side.
func (w *twin) settled(r row) row {
	settled := row{}
	for column, value := range r {
		at, err := time.Parse(instantForm, value)
		if err == nil && time.Since(at).Abs() < 10*time.Minute {
			value = now
		}
		settled[column] = w.stable(column, value)
	}
	return settled
}

// lineDiff lists the lines that only one of two sorted lists has, or nothing.
func lineDiff(got, want []string) string {
	var b strings.Builder
	for _, line := range got {
		if !slices.Contains(want, line) {
			fmt.Fprintf(&b, "  + %s\n", strings.ReplaceAll(line, "\x1f", " "))
		}
	}
	for _, line := range want {
		if !slices.Contains(got, line) {
			fmt.Fprintf(&b, "  - %s\n", strings.ReplaceAll(line, "\x1f", " "))
		}
	}
	if b.Len() == 0 && len(got) != len(want) {
		return fmt.Sprintf("  %d rows, want %d\n", len(got), len(want))
	}
	return b.String()
}
