package differential_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"google.golang.org/grpc/codes"

	"github.com/rowgate/rowgate/migrations"
	"github.com/rowgate/rowgate/service/servicetest"
	"github.com/rowgate/rowgate/store"
	"github.com/rowgate/rowgate/store/storetest"
)

// twin is a schema twice: a server over one database, the oracle in the other.
type twin struct {
	*schema
	client *client
	oracle *oracle
	// ours and theirs are superusers' connections to look at the tables with.
	ours, theirs *pgx.Conn
	tally        *tally
}

// newTwin makes both databases and starts the server, which reaches its own
// with two connections, so that roles take turns on them.
func newTwin(t testing.TB, s *schema, count *tally) *twin {
	t.Helper()
	base := storetest.Migrations(migrations.Supabase(), migrations.Setup())
	db, mirror := storetest.New(t, base...), storetest.New(t, base...)
	w := &twin{schema: s, ours: db.Superuser(t), theirs: mirror.Superuser(t), tally: count}
	for _, sql := range []string{s.ddl, s.rows} {
		if err := w.both(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	contract := servicetest.Pull(t, db, "diff.v1", "public")
	if err := s.bind(contract); err != nil {
		t.Fatal(err)
	}
	s.sign(t)
	server := servicetest.New(t, servicetest.Options{
		Contract: contract,
		Store: func(cfg *store.Config) {
			cfg.URL, cfg.MaxConns = db.LoginURL(t, migrations.UserLogin), 2
		},
	})
	w.client, w.oracle = &client{server.Conn}, newOracle(t, mirror)
	return w
}

// both runs SQL as a superuser in both databases.
func (w *twin) both(ctx context.Context, sql string) error {
	for _, conn := range []*pgx.Conn{w.ours, w.theirs} {
		if _, err := conn.PgConn().Exec(ctx, sql).ReadAll(); err != nil {
			return fmt.Errorf("%w, of:\n%s", err, sql)
		}
	}
	return nil
}

// outcome is how a call ended on one side.
type outcome struct {
	code codes.Code
	text string // the answer, or why there is none
	err  error
}

func (o outcome) String() string {
	if o.err != nil {
		return o.code.String() + ": " + o.text
	}
	return "OK:\n" + o.text
}

// ask makes the call, and again when it took longer than its role may: it was
// undone then, and says how busy the machine is.
func (w *twin) ask(ctx context.Context, c *call) (got outcome) {
	for range 5 {
		if got = w.askOnce(ctx, c); got.code != codes.DeadlineExceeded {
			break
		}
	}
	return got
}

func (w *twin) askOnce(ctx context.Context, c *call) outcome {
	var answers []map[string]any
	var err error
	if c.rows != "" {
		answers, err = w.client.pages(ctx, c.as, c.method, c.requests[0], c.rows)
	} else {
		answers, err = w.client.call(ctx, c.as, c.method, c.requests)
	}
	if err != nil {
		return outcome{codeOf(err), err.Error(), err}
	}
	return outcome{text: canonical(c.method.Output(), answers)}
}

// consult has the oracle do the same. An error is one of the test's own.
func (w *twin) consult(ctx context.Context, c *call) (outcome, error) {
	answer, err := w.oracle.as(ctx, c.as, c.keep, func() (any, error) { return c.oracle(ctx, w.oracle) })
	var refused *refusal
	switch {
	case errors.As(err, &refused):
		return outcome{refused.code, refused.why, err}, nil
	case err != nil:
		return outcome{}, err
	}
	var answers []map[string]any
	switch answer := answer.(type) {
	case map[string]any:
		answers = []map[string]any{answer}
	case []any:
		for _, row := range answer {
			answers = append(answers, row.(map[string]any))
		}
	}
	return outcome{text: canonical(c.method.Output(), answers)}, nil
}

// refusedForData are outcomes of which a call that writes several rows may have
// the reason for more than one.
var refusedForData = map[codes.Code]bool{
	codes.PermissionDenied: true, codes.AlreadyExists: true, codes.FailedPrecondition: true, codes.InvalidArgument: true,
	codes.OutOfRange: true, codes.NotFound: true, codes.Aborted: true,
}

// judge says how two outcomes of a call differ; empty for not at all.
func (w *twin) judge(c *call, got, want outcome) string {
	w.tally.count(c, want)
	switch {
	case got.code == want.code && got.text == want.text:
		return ""
	case got.code == want.code && want.code != codes.OK:
		return ""
	case c.several && refusedForData[got.code] && refusedForData[want.code]:
		w.tally.either++
		return ""
	}
	return fmt.Sprintf("\n%s\nrowgate answers %s\nby SQL it is %s", w.describe(c), got, want)
}

// describe writes a call down.
func (w *twin) describe(c *call) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s as %s, claims %s\n", c.method.FullName(), c.as.name, toJSON(c.as.claims))
	for _, request := range c.requests {
		text, _ := json.Marshal(request)
		fmt.Fprintf(&b, "  %s\n", text)
	}
	return b.String()
}

// dump is SQL that gives a hash of each table, or with whole all rows.
func (s *schema) dump(whole bool) string {
	var parts []string
	for _, name := range append([]string{"private.log"}, s.tableNames()...) {
		value := "x::text"
		if !whole {
			value = "md5(coalesce(string_agg(x::text, '|' order by x::text collate \"C\"), ''))"
		}
		parts = append(parts, fmt.Sprintf("select '%s' as t, %s as v from %s x", name, value, name))
	}
	return "select t || ' ' || v from (" + strings.Join(parts, " union all ") + ") q order by (t || v) collate \"C\""
}

func (s *schema) tableNames() []string {
	var all []string
	for _, t := range s.tables {
		all = append(all, t.sql())
	}
	return all
}

// lines runs a dump.
func lines(ctx context.Context, conn *pgx.Conn, sql string) ([]string, error) {
	all, err := conn.PgConn().Exec(ctx, sql).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%w, of %s", err, sql)
	}
	var texts []string
	for _, row := range all[len(all)-1].Rows {
		texts = append(texts, string(row[0]))
	}
	return texts, nil
}

// compare holds the tables of both databases against each other, and says how
// they differ.
func (w *twin) compare(ctx context.Context) (string, error) {
	for _, whole := range []bool{false, true} {
		ours, err := lines(ctx, w.ours, w.sequences()+w.dump(whole))
		if err != nil {
			return "", err
		}
		theirs, err := lines(ctx, w.theirs, w.sequences()+w.dump(whole))
		if err != nil {
			return "", err
		}
		if strings.Join(ours, "\n") == strings.Join(theirs, "\n") {
			return "", nil
		}
		if whole {
			return "the tables differ:\n" + difference("rowgate", ours, theirs) + difference("by SQL", theirs, ours), nil
		}
	}
	return "", nil
}

// difference is the lines of one that the other has not.
func difference(side string, of, without []string) string {
	has := map[string]int{}
	for _, line := range without {
		has[line]++
	}
	var b strings.Builder
	for _, line := range of {
		if has[line]--; has[line] < 0 {
			fmt.Fprintf(&b, "  only %s: %s\n", side, line)
		}
	}
	return b.String()
}
