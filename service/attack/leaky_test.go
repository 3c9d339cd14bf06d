package attack_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Divisions, casts and functions that fail on a hidden row, or say what is in
// it, in a condition that could be looked at before the policy: Postgres' barrier
// has the policy first, unless the function is leakproof.
func TestLeakyConditions(t *testing.T) {
	a := attacked(t)
	for _, method := range []string{"Divided", "Casted", "Parsed", "Matched", "Told"} {
		for _, request := range []string{`{}`, `{"filter":"id > 0","orderBy":"code"}`, `{"filter":"code = \"HIDDENCODE\""}`, `{"count":"COUNT_EXACT"}`} {
			got, err := a.call(t, a.alice(t), method, request)
			if err != nil || strings.Contains(got, bob) || strings.Contains(got, "HIDDEN") {
				t.Errorf("%s %s: %s, %v", method, request, got, err)
			}
			a.discreet(t, err)
		}
		// As Bob each fails, so that it would have been seen.
		if _, err := a.call(t, a.bob(t), method, `{}`); err == nil {
			t.Errorf("%s as Bob does not fail, so it proves nothing", method)
		}
	}
	// The same with SQL of the attacker's own.
	for _, where := range []string{
		"10 / divisor > 0", "raw::int > 0", "raw::jsonb is not null", "attack.tells(payload)", "attack.tells(payload) or id > 0", "pg_temp.leak(payload)",
		"case when code like 'H%' then 1 / (divisor - divisor) else 1 end = 1", "code::text::int > 0 or true",
		"(payload || 'x')::xml is not null", "length(repeat(payload, divisor * 1000000)) >= 0", "exists (select 1 / v.divisor from attack.holder h where h.vault_id = v.id and 1 / v.divisor > 5)",
	} {
		leak := "create or replace function pg_temp.leak(v text) returns boolean language plpgsql cost 0.0000001 as $$ begin if v like '%HIDDEN%' then raise exception '%', v; end if; return true; end $$"
		got, err := a.run(t, a.alice(t), "select count(*) from attack.vault v where id > 10 and ("+where+")", leak, "set enable_seqscan = off")
		if err != nil || got != "0" {
			t.Errorf("where %s: %s, %v", where, got, err)
		}
		got, err = a.run(t, a.alice(t), "select string_agg(v::text, ' ') from (select * from attack.vault offset 0) v where id > 10 and ("+where+")", leak)
		if err != nil || got != `{}` {
			t.Errorf("where %s: %s, %v", where, got, err)
		}
	}
	// A view, and an operator class or statistics that would be looked at.
	got, err := a.run(t, a.alice(t), "select count(*) from pg_stats where tablename in ('vault', 'crowd', 'items', 'posts')")
	if err != nil || got != "0" {
		t.Errorf("Alice reads the statistics of %s columns, %v", got, err)
	}
	a.nextIsThemselves(t)
}

// Filters that are an error on some rows and not on others tell nothing of
// hidden rows: what is asked of a value that a hidden row has is answered as
// what is asked of one that no row has, in every method that takes a filter.
func TestFilterAsOracle(t *testing.T) {
	a := attacked(t)
	for _, c := range []struct{ method, request string }{
		{"ListVaults", `{"filter":FILTER,"count":"COUNT_EXACT"}`},
		{"StreamVaults", `{"filter":FILTER}`},
		{"AggregateVaults", `{"filter":FILTER,"aggregates":"count,max.code"}`},
		{"UpdateManyVaults", `{"filter":FILTER,"vault":{"payload":"x"},"validateOnly":true}`},
		{"UpdateManyVaults", `{"filter":FILTER,"vault":{"payload":"forbidden"},"validateOnly":true}`},
		{"UpdateManyVaults", `{"filter":FILTER,"vault":{"payload":"x"},"expectedCount":"0"}`},
		{"UpdateManyVaults", `{"filter":FILTER,"vault":{"payload":"x"},"expectedCount":"1"}`},
		{"DeleteManyVaults", `{"filter":FILTER,"maxAffected":"0"}`},
		{"DeleteManyVaults", `{"filter":FILTER,"validateOnly":true}`},
		{"ListHolders", `{"filter":FILTER}`},
	} {
		for _, filter := range []string{
			`code = "HIDDENCODE"`, `matches(code, "^HIDDENCODE$")`, `code = "HIDDENCODE" AND matches(raw, "[")`, `code = "HIDDENCODE" AND matches(payload, "(")`,
			`code:"HIDDENCODE"`, `in(code, "HIDDENCODE")`, `overlaps(during, "[100,200)") AND code = "HIDDENCODE"`, `NOT code != "HIDDENCODE"`,
		} {
			if c.method == "ListHolders" {
				if strings.Contains(filter, "(") {
					continue
				}
				filter = strings.ReplaceAll(filter, "code", "vault.code")
			}
			answers := [2]string{}
			for i, f := range []string{filter, strings.ReplaceAll(filter, "HIDDENCODE", "NOSUCHCODE")} {
				got, err := a.call(t, a.alice(t), c.method, strings.Replace(c.request, "FILTER", jsonText(f), 1))
				a.discreet(t, err)
				answers[i] = got + fmt.Sprint(status.Convert(err).Proto())
			}
			if answers[0] != answers[1] {
				t.Errorf("%s %s is answered %s, and of no such row %s", c.method, filter, answers[0], answers[1])
			}
		}
	}
	if got := a.ask(t, "select count(*) from attack.vault where payload <> 'x'"); got != "4" {
		t.Errorf("only %s rows are as they were", got)
	}
}

// expected tells whether a row has a value: of a row that is hidden, nothing.
func TestExpectedAsOracle(t *testing.T) {
	a := attacked(t)
	for _, c := range [][2]string{
		{"UpdateVault", `{"vault":{"id":11,"payload":"x"},"expected":{"code":"CODE"}}`},
		{"UpdateVault", `{"vault":{"id":11,"payload":"x"},"expected":{"code":"CODE"},"validateOnly":true}`},
		{"DeleteVault", `{"id":11,"expected":{"code":"CODE"}}`},
		{"DeleteVault", `{"id":11,"expected":{"code":"CODE"},"validateOnly":true}`},
		{"BatchUpdateVaults", `{"requests":[{"vault":{"id":1,"payload":"y"}},{"vault":{"id":11,"payload":"x"},"expected":{"code":"CODE"}}]}`},
		{"Transact", `{"writes":[{"updateVault":{"vault":{"id":11,"payload":"x"},"expected":{"code":"CODE"}}}]}`},
		{"Transact", `{"writes":[{"deleteVault":{"id":11,"expected":{"code":"CODE"}}}],"validateOnly":true}`},
	} {
		for _, code := range []string{"HIDDENCODE", "NOSUCHCODE"} {
			a.refused(t, codes.NotFound, a.alice(t), c[0], strings.Replace(c[1], "CODE", code, 1))
		}
	}
}

// The planner's estimate comes from statistics of all rows, hidden ones with
// them: asked with filters one after another it would tell what is in them.
func TestPlannedCountAsOracle(t *testing.T) {
	a := attacked(t)
	for _, mode := range []string{"COUNT_PLANNED", "COUNT_ESTIMATED", "COUNT_EXACT"} {
		for _, pair := range [][2]string{
			{`word = "HIDDENWORD"`, `word = "NOSUCHWORD"`}, {`price > 4000`, `price > 40000`}, {`id > 10`, `id > 100000`}, {`word = "rare"`, `word = "rarer"`},
		} {
			answers := [2]string{}
			for i, f := range pair {
				got, err := a.call(t, a.alice(t), "ListCrowds", `{"filter":`+jsonText(f)+`,"count":"`+mode+`"}`)
				a.discreet(t, err)
				answers[i] = got + fmt.Sprint(status.Convert(err).Proto())
			}
			if answers[0] != answers[1] {
				t.Errorf("%s of %s is answered %s, and of %s %s", mode, pair[0], answers[0], pair[1], answers[1])
			}
		}
	}
}

// A regular expression that takes for ever ends at the call's deadline, and
// leaves the other connection to others.
func TestRegularExpressionForEver(t *testing.T) {
	a := attacked(t, conns(2))
	a.must(t, a.alice(t), "CreateVault", `{"vault":{"id":60,"code":"`+strings.Repeat("a", 3001)+`b","divisor":1}}`)
	ctx, cancel := context.WithTimeout(a.alice(t).ctx, 600*time.Millisecond)
	defer cancel()
	start, done := time.Now(), make(chan error, 1)
	go func() {
		_, err := a.call(t, caller{"alice", ctx}, "ListVaults", `{"filter":"matches(code, \"^(a*)(a*)(a*)\\\\1\\\\2\\\\3b$\")"}`)
		done <- err
	}()
	for range 5 {
		if got := a.whoami(t, a.bob(t)); got != isBob {
			t.Errorf("Bob is %q", got)
		}
	}
	err := <-done
	if code := status.Code(err); code == codes.OK || time.Since(start) > 4*time.Second {
		t.Errorf("it ended after %s: %v", time.Since(start), err)
	}
	running := "1"
	for range 40 { // The server is told to give up too.
		if running = a.ask(t, "select count(*) from pg_stat_activity where datname = current_database() and state = 'active' and usename = 'rowgate'"); running == "0" {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if running != "0" {
		t.Errorf("%s statements still run", running)
	}
	a.nextIsThemselves(t)
}
