package differential_test

import (
	"fmt"
	"testing"
	"time"
)

// TestDifferentialNotices breaks one side at a time, and expects it to be
// noticed within the calls that every schema gets.
func TestDifferentialNotices(t *testing.T) {
	ours := func(sql func(w *twin) string) func(*testing.T, *twin) {
		return func(t *testing.T, w *twin) {
			if _, err := w.ours.PgConn().Exec(t.Context(), sql(w)).ReadAll(); err != nil {
				t.Fatal(err)
			}
		}
	}
	owner := ownerRole(t)
	for name, spoil := range map[string]func(*testing.T, *twin){
		"a looser policy": ours(func(w *twin) string {
			return fmt.Sprintf("create policy looser on %s for select using (true)", w.tables[0].sql())
		}),
		"a stricter policy": ours(func(w *twin) string {
			return fmt.Sprintf("create policy stricter on %s as restrictive for update using (rank <> 3)", w.tables[0].sql())
		}),
		"no row level security": ours(func(w *twin) string {
			return "alter table " + w.tables[1].sql() + " disable row level security"
		}),
		"a helper that answers another claim": ours(func(*twin) string {
			return "create or replace function private.claim(name text) returns text language sql stable as $$ select 'a' $$"
		}),
		"a write that leaves a trace": ours(func(w *twin) string {
			return "create function private.trace() returns trigger language plpgsql security definer as $$ begin insert into private.log values ('x'); return null; end $$;\n" +
				"create trigger trace after update on " + w.tables[0].sql() + " for each row execute function private.trace()"
		}),
		"another's token": func(_ *testing.T, w *twin) {
			// Whoever calls, the server takes for somebody else.
			w.callers[1].token, w.callers[2].token = w.callers[2].token, w.callers[1].token
		},
		"the other role": func(_ *testing.T, w *twin) { w.callers[1].token = "" },
	} {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(3) {
				w := newTwin(t, generate(seed+1, owner), newTally())
				spoil(t, w)
				if problem := w.play(t, rounds, time.Now().Add(time.Minute)); problem != "" {
					t.Logf("noticed after %d calls", w.tally.calls)
					return
				}
			}
			t.Error("nobody noticed")
		})
	}
}
