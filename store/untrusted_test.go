package store

import (
	"testing"
)

// TestUntrusted holds that what SQL leaves in the session beyond settings is not
// for the next call, nor what others have left for it; and that a timeout which
// it leaves does not fail the next call.
func TestUntrusted(t *testing.T) {
	s := open(t, Config{URL: newDatabase(t), MaxConns: 1})
	list := textCall("select id::text, owner from notes where id < 5 order by id", 2)
	if _, err := rows(t, s, user("ann"), list); err != nil { // prepared
		t.Fatal(err)
	}
	left := write(textCall(`select (select pg_advisory_lock(1))::text
		|| set_config('statement_timeout', '1ms', false) || set_config('work_mem', '64kB', false)`, 1))
	left.Request.Untrusted = true
	if _, err := rows(t, s, anon, left); err != nil {
		t.Fatal(err)
	}
	got, err := rows(t, s, user("ann"), list)
	if err != nil || len(got) != 2 {
		t.Errorf("the next call: %q, %v", got, err)
	}
	look := textCall("select count(*)::text from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()", 1)
	if got, err := rows(t, s, anon, look); err != nil || got[0] != "0" {
		t.Errorf("locks: %q, %v", got, err)
	}

	// What a trusted call has left, an untrusted one does not find.
	if _, err := rows(t, s, anon, write(textCall("select (select pg_advisory_lock(2))::text || 'x'", 1))); err != nil {
		t.Fatal(err)
	}
	if got, err := rows(t, s, anon, look); err != nil || got[0] != "1" {
		t.Errorf("locks of a trusted call: %q, %v", got, err)
	}
	look.Request.Untrusted = true
	if got, err := rows(t, s, anon, look); err != nil || got[0] != "0" {
		t.Errorf("locks that an untrusted call finds: %q, %v", got, err)
	}
}
