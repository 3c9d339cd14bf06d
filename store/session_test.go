package store

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
)

// TestSessionSettings holds that what SQL of a caller sets for the session ends
// with the call, for each way of running the next one.
func TestSessionSettings(t *testing.T) {
	const left = `select set_config('request.headers', '{"x-user":"eve"}', false) || set_config('app.tenant', 'eve', false)
		|| set_config('search_path', 'eve', false) || set_config('row_security', 'off', false)
		|| set_config('default_transaction_read_only', 'on', false) || set_config('datestyle', 'German', false)
		|| set_config('timezone', 'Asia/Tokyo', false) || set_config('statement_timeout', '1ms', false)
		|| set_config('role', 'store_user', false)`
	const look = `select concat_ws('|', coalesce(nullif(current_setting('request.headers', true), ''), '-'),
		coalesce(nullif(current_setting('app.tenant', true), ''), '-'), current_setting('search_path'),
		current_setting('row_security'), current_setting('default_transaction_read_only'),
		current_setting('datestyle'), current_setting('timezone') <> 'Asia/Tokyo', current_setting('statement_timeout'), current_user)`
	const clean = `-|-|"$user", public|on|off|ISO, MDY|t|0|store_anon`
	for _, unnamed := range []bool{false, true} {
		s := open(t, Config{URL: newDatabase(t), MaxConns: 1, Unnamed: unnamed})
		ways := map[string]func() (string, error){
			"Run": func() (string, error) {
				got, err := rows(t, s, anon, textCall(look, 1))
				return fmt.Sprint(got), err
			},
			"Batch": func() (string, error) {
				var got []string
				err := s.Batch(t.Context(), anon, BatchOptions{}, func(b *Batch) error {
					queue(b, textCall(look, 1), &got)
					return nil
				})
				return fmt.Sprint(got), err
			},
			"Stream": func() (string, error) {
				var got []string
				_, err := s.Stream(t.Context(), anon, textCall(look, 1), 0, gather(&got))
				return fmt.Sprint(got), err
			},
			"Tx": func() (string, error) {
				var got string
				err := s.Tx(t.Context(), anon, TxOptions{}, func(tx pgx.Tx) error { return tx.QueryRow(t.Context(), look).Scan(&got) })
				return "[" + got + "]", err
			},
		}
		for name, ask := range ways {
			t.Run(fmt.Sprintf("%s/unnamed=%t", name, unnamed), func(t *testing.T) {
				if _, err := rows(t, s, anon, write(textCall(left, 1))); err != nil {
					t.Fatal(err)
				}
				got, err := ask()
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff("["+clean+"]", got); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			})
		}
	}
}

// TestClaimedRole holds that policies read the role claim, where it is not the
// role that the call has.
func TestClaimedRole(t *testing.T) {
	s := open(t, Config{URL: newDatabase(t), MaxConns: 1})
	look := textCall("select current_user::text || ' ' || current_setting('request.jwt.claim.role')", 1)
	claiming := anon
	claiming.ClaimedRole = "service_role"
	for want, as := range map[string]Caller{"store_anon store_anon": anon, "store_anon service_role": claiming} {
		if got, err := rows(t, s, as, look); err != nil || got[0] != want {
			t.Errorf("%q, %v, want %s", got, err, want)
		}
	}
}
