package store

import (
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/rowgate/rowgate/store/storetest"
)

// TestPreRequest counts the calls of everybody in SQL, and refuses one caller's,
// for each way of running a call. Calls that only read are counted, too.
func TestPreRequest(t *testing.T) {
	db := storetest.New(t, storetest.Migration{Name: "store", SQL: schema}, storetest.Migration{Name: "before", SQL: `
create schema hooks;
grant usage on schema hooks to store_user, store_anon;
create table hooks.calls (who text, path text);
create function hooks.before() returns void language plpgsql security definer set search_path = '' as $$
begin
  insert into hooks.calls values (current_setting('request.jwt.claims', true)::json ->> 'sub', current_setting('request.path', true));
  if current_setting('request.jwt.claims', true)::json ->> 'sub' = 'eve' then
    raise sqlstate 'PT403' using message = 'eve is banned';
  end if;
end $$;
revoke execute on function hooks.before() from public;
grant execute on function hooks.before() to store_user, store_anon;`})
	super := db.Superuser(t)
	for _, unnamed := range []bool{false, true} {
		s := open(t, Config{URL: db.URL("store_login", "store"), MaxConns: 1, PreRequest: "hooks.before", Unnamed: unnamed})
		ways := map[string]func(as Caller) error{
			"Run": func(as Caller) error {
				c := textCall("select body from notes", 1)
				c.Request.Path = "/Run"
				_, err := s.Run(t.Context(), as, c, nil)
				return err
			},
			"Batch": func(as Caller) error {
				return s.Batch(t.Context(), as, BatchOptions{ReadOnly: true, Request: Request{Path: "/Batch"}}, func(b *Batch) error {
					queue(b, textCall("select body from notes", 1), nil)
					return nil
				})
			},
			"Stream": func(as Caller) error {
				c := textCall("select body from notes", 1)
				c.Request.Path = "/Stream"
				_, err := s.Stream(t.Context(), as, c, 0, nil)
				return err
			},
			"Tx": func(as Caller) error {
				return s.Tx(t.Context(), as, TxOptions{ReadOnly: true, Request: Request{Path: "/Tx"}}, func(tx pgx.Tx) error {
					_, err := tx.Exec(t.Context(), "select body from notes")
					return err
				})
			},
		}
		for name, call := range ways {
			if err := call(user("ann")); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			var refused *PreRequestError
			if err := call(user("eve")); !errors.As(err, &refused) || code(err) != "PT403" {
				t.Errorf("%s as eve: %v, want a PreRequestError", name, err)
			}
			var calls int
			if err := super.QueryRow(t.Context(), "select count(*)::int from hooks.calls where who = 'ann' and path = $1", "/"+name).Scan(&calls); err != nil || calls != 1 {
				t.Errorf("%s: %d calls were counted, %v", name, calls, err)
			}
		}
		// What comes behind it may only read all the same.
		if _, err := rows(t, s, user("ann"), textCall("delete from notes returning body", 1)); code(err) != "25006" {
			t.Errorf("a read that writes: %v", err)
		}
		if _, err := super.Exec(t.Context(), "truncate hooks.calls"); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]string{"before": "needs its schema", "hooks.none": "no function of that name"} {
		if _, err := Open(t.Context(), Config{URL: db.URL("store_login", "store"), PreRequest: name}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("PreRequest %s: %v", name, err)
		}
	}
}
