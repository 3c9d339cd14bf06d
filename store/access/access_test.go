package access_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rowgate/rowgate/store"
	"github.com/rowgate/rowgate/store/access"
)

// policies has policies of all shapes.
const policies = `
create schema app;
grant usage on schema public, app to access_user, access_guest, access_owner, access_bypass, access_admin;
create function public.sub() returns text language sql stable as $$ select current_setting('request.jwt.claims', true)::json ->> 'sub' $$;

create table public.members (team int, who text, primary key (team, who));
insert into public.members values (1, 'ann'), (1, 'bob'), (2, 'bob'), (2, '"; drop table notes; --');
alter table public.members enable row level security;
create policy own on public.members using (who = public.sub());
grant select on public.members to access_user, access_guest;

-- A function that looks its table up on the caller's search_path.
create table app.lucky (id int primary key);
insert into app.lucky values (2), (4);
grant select on app.lucky to access_user, access_guest;
create function app.is_lucky(n int) returns bool language plpgsql stable as $$ begin return exists (select from lucky where id = n); end $$;
create table app.forbidden (id int);

create type app.mood as enum ('good', 'bad');
create table public.notes (id int primary key, owner text, team int, secret bool not null default false, mood app.mood default 'good', gone int, body text unique not null);
alter table public.notes drop column gone;
insert into public.notes (id, owner, team, secret, mood, body) values
  (1, 'ann', 1, false, 'good', 'group: one'), (2, 'bob', 2, false, 'bad', 'two'), (3, 'bob', 1, true, 'good', 'three'),
  (4, null, null, false, 'bad', '(4,"x\",'), (5, '"; drop table notes; --', 2, false, 'good', '{five}');
alter table public.notes enable row level security;
create function public.long(n public.notes) returns bool language sql immutable as $$ select length(n.body) > 4 $$;
grant select, insert, update, delete on public.notes to access_user;
grant select (id, team, body), update (body) on public.notes to access_guest;
grant select on public.notes to access_owner, access_bypass, access_admin, access_reluctant;

create policy own on public.notes using (owner = public.sub());
create policy team on public.notes for select using (exists (select from public.members m where m.team = notes.team));
create policy self on public.notes for select using (exists (select from app.lucky notes_1 where notes_1.id = notes.id));
create policy "to the group" on public.notes for select to access_group using (body like 'group%');
create policy reluctant on public.notes for select to access_reluctant using (true);
create policy mood on public.notes for select using (mood = 'bad'::app.mood and owner is not null);
create policy lucky on public.notes for select using (app.is_lucky(id));
create policy whole on public.notes for select using (public.long(notes));
create policy "never known" on public.notes for select using (null::bool);
create policy "not secret" on public.notes as restrictive for select using (not secret);
create policy small on public.notes for update using (id < 3) with check (id < 100);
create policy even on public.notes for delete using (id % 2 = 0);
create policy made on public.notes for insert with check (owner = public.sub());
create policy "not two" on public.notes as restrictive for delete using (body <> 'two');
`

var callers = []store.Caller{
	caller("access_user", "ann"), caller("access_user", "bob"), caller("access_guest", "ann"),
	caller("access_user", `"; drop table notes; --`), caller("access_user", `'); reset role; --`),
	{Role: "access_user"},
}

// paths gives a role a search_path, without which its functions fail.
const paths = `
do $$ begin
  execute format('alter role access_user in database %I set search_path = app', current_database());
  execute format('alter role access_guest in database %I set search_path = app', current_database());
end $$;`

// TestVerdicts holds each verdict against what Postgres does where the policy is
// the only one.
func TestVerdicts(t *testing.T) {
	w := newWorld(t, policies+paths)
	asked := map[string]int{}
	for i, as := range callers {
		for _, command := range []string{"SELECT", "UPDATE", "DELETE"} {
			for id := 1; id <= 5; id++ {
				if command != "SELECT" && (i > 1 || id > 2) || i > 1 && id == 2 || i > 3 && id != 5 {
					continue
				}
				a := w.explain(t, question("notes", command, as, map[string]string{"id": strconv.Itoa(id)}))
				for _, p := range a.Policies {
					got := verdict(p)
					if got == "not asked" {
						if p.Applies {
							t.Errorf("%s of %s %s: the policy %q applies and was not asked", command, as.Role, as.Subject, p.Name)
						}
						continue
					}
					asked[got]++
					if command != "SELECT" && (p.Command == 'r' || p.Command == '*') {
						continue // As for SELECT.
					}
					want := w.psql(t, as, alone("notes", p.Name, as.Role), fmt.Sprintf("select exists (select from public.notes where id = %d)", id))
					if got == "raises" && len(want) == 5 {
						continue
					}
					if got != want {
						t.Errorf("%s of %s %s, row %d: the policy %q says %s %s, want %s", command, as.Role, as.Subject, id, p.Name, got, p.Error, want)
					}
				}
			}
		}
	}
	if asked["t"] < 30 || asked["f"] < 30 {
		t.Errorf("the verdicts were %v, which shows little", asked)
	}
}

// TestVisible holds the rows that are told of against those that psql finds.
func TestVisible(t *testing.T) {
	w := newWorld(t, policies+paths)
	for _, as := range append(callers, caller("access_owner", "ann"), caller("access_bypass", "ann")) {
		path := "set local search_path = app;"
		a := w.explain(t, question("notes", "SELECT", as, nil))
		if got, want := strconv.FormatInt(a.Visible, 10), w.psql(t, as, path, "select count(*) from public.notes"); got != want && !(got == "0" && len(want) == 5 && noted(a, "failed")) {
			t.Errorf("%s %s sees %s rows, want %s; %v", as.Role, as.Subject, got, want, a.Notes)
		}
		want := w.psql(t, as, path, "select id from public.notes order by id limit 10")
		if got := ids(t, a.Keys); got != want && len(want) != 5 {
			t.Errorf("%s %s sees the rows %s, want %s", as.Role, as.Subject, got, want)
		}
		if a.More || a.Row != nil {
			t.Errorf("%s %s: more %v, row %v", as.Role, as.Subject, a.More, a.Row)
		}
		for _, id := range []int{1, 3, 6} {
			a := w.explain(t, question("notes", "SELECT", as, map[string]string{"id": strconv.Itoa(id)}))
			want := w.psql(t, as, path, fmt.Sprintf("select exists (select from public.notes where id = %d)", id))
			if got := strconv.FormatBool(a.Row.Visible)[:1]; got != want && len(want) != 5 {
				t.Errorf("%s %s, row %d: visible %s, want %s", as.Role, as.Subject, id, got, want)
			}
			if a.Row.Exists != (id <= 5) {
				t.Errorf("row %d: exists %v", id, a.Row.Exists)
			}
		}
	}
}

func ids(t *testing.T, keys []string) string {
	t.Helper()
	var all []string
	for _, text := range keys {
		var key map[string]string
		if err := json.Unmarshal([]byte(text), &key); err != nil {
			t.Fatal(err)
		}
		all = append(all, key["id"])
	}
	return strings.Join(all, "\n")
}

// TestApplies holds which policies count against those that the plan of the
// command shows: each has a number of its own in its expression.
func TestApplies(t *testing.T) {
	w := newWorld(t, `
grant usage on schema public to access_user, access_guest, access_owner, access_bypass;
create table public.things (id int primary key);
insert into public.things values (1);
grant all on public.things to access_user, access_guest, access_owner, access_bypass;
grant access_reluctant to access_user;
alter table public.things enable row level security;
do $$
declare n int := 1000; command text; kind text; role text;
begin
  foreach command in array array['all', 'select', 'insert', 'update', 'delete'] loop
    foreach kind in array array['permissive', 'restrictive'] loop
      foreach role in array array['public', 'access_user', 'access_group', 'access_reluctant', 'access_group, access_reluctant', 'access_owner'] loop
        n := n + 1;
        execute format('create policy p%s on public.things as %s for %s to %s %s (id <> %1$s)', n, kind, command, role,
          case command when 'insert' then 'with check' else 'using' end);
      end loop;
    end loop;
  end loop;
end $$;`)
	statements := map[string]string{
		"SELECT": "select id from public.things",
		"UPDATE": "update public.things set id = id where id > 0",
		"DELETE": "delete from public.things where id > 0",
	}
	// Whoever has no permissive policy has a plan without any.
	check := func(who string, roles ...string) {
		for _, role := range roles {
			for command, statement := range statements {
				as := caller(role, "ann")
				a := w.explain(t, question("things", command, as, nil))
				plan := w.psql(t, as, "", "explain "+statement)
				for _, p := range a.Policies {
					if p.Command == 'a' {
						if p.Applies {
							t.Errorf("%s, %s of %s: %s is for INSERT and applies", who, command, role, p.Name)
						}
						continue
					}
					if want := strings.Contains(plan, "<> "+p.Name[1:]); p.Applies != want && strings.Contains(plan, "<> ") {
						t.Errorf("%s, %s of %s: %s for %s applies %v, want %v", who, command, role, p.Name, access.CommandName(p.Command), p.Applies, want)
					}
					if p.Applies && !strings.Contains(plan, "<> ") {
						t.Errorf("%s, %s of %s: %s applies, and no policy is in the plan %s", who, command, role, p.Name, plan)
					}
				}
			}
		}
	}
	check("enabled", "access_user", "access_guest", "access_bypass")
	for _, sql := range []string{
		"alter table public.things owner to access_owner; grant all on public.things to access_user, access_guest",
		"alter table public.things force row level security",
		"alter table public.things disable row level security",
	} {
		if _, err := w.super.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
		check(sql, "access_owner")
	}
}

// TestInsertPolicies: rows that come back must be allowed to be read.
func TestInsertPolicies(t *testing.T) {
	w := newWorld(t, policies)
	for _, blind := range []bool{false, true} {
		q := question("notes", "INSERT", caller("access_user", "ann"), nil)
		q.Blind = blind
		var applies []string
		for _, p := range w.explain(t, q).Policies {
			if p.Applies {
				applies = append(applies, p.Name)
			}
		}
		if slices.Contains(applies, "not secret") == blind || !slices.Contains(applies, "made") || !slices.Contains(applies, "own") || slices.Contains(applies, "small") {
			t.Errorf("blind %v: %v apply", blind, applies)
		}
	}
}

// TestGrants holds what is granted against the server's own word.
func TestGrants(t *testing.T) {
	w := newWorld(t, policies)
	for _, role := range []string{"access_user", "access_guest", "access_owner"} {
		for _, command := range []string{"SELECT", "INSERT", "UPDATE", "DELETE"} {
			a := w.explain(t, question("notes", command, caller(role, "ann"), nil))
			var want []string
			granted := "has_any_column_privilege"
			if command == "DELETE" {
				granted = "has_table_privilege"
			} else if err := w.super.QueryRow(t.Context(), `select array(select attname::text from pg_attribute
				where attrelid = 'public.notes'::regclass and attnum > 0 and not attisdropped and has_column_privilege($1, attrelid, attnum, $2) order by attnum)`,
				role, command).Scan(&want); err != nil {
				t.Fatal(err)
			}
			var may bool
			if err := w.super.QueryRow(t.Context(), "select "+granted+"($1::text, 'public.notes', $2::text)", role, command).Scan(&may); err != nil {
				t.Fatal(err)
			}
			if a.Granted != may || !slices.Equal(a.GrantedColumns, want) {
				t.Errorf("%s of %s: %v %v, want %v %v", command, role, a.Granted, a.GrantedColumns, may, want)
			}
			if noted(a, "no privilege for "+command) == may {
				t.Errorf("%s of %s: the notes are %q", command, role, a.Notes)
			}
		}
	}
	// A role without the schema has nothing.
	if _, err := w.super.Exec(t.Context(), "revoke usage on schema public from public, access_user"); err != nil {
		t.Fatal(err)
	}
	a := w.explain(t, question("notes", "SELECT", caller("access_user", "ann"), nil))
	if a.Granted || !noted(a, "no USAGE on the schema public") || !noted(a, "permission denied for schema public") {
		t.Errorf("without USAGE: %v %q", a.Granted, a.Notes)
	}
}

// TestPlan: the plan has the policies' conditions, also where the role may read
// some columns alone.
func TestPlan(t *testing.T) {
	w := newWorld(t, policies)
	for _, as := range []store.Caller{caller("access_user", "ann"), caller("access_guest", "ann")} {
		a := w.explain(t, question("notes", "SELECT", as, nil))
		for _, want := range []string{"Scan on notes", "NOT secret", "members", "cost="} {
			if !strings.Contains(a.Plan, want) {
				t.Errorf("%s: the plan has no %q:\n%s", as.Role, want, a.Plan)
			}
		}
	}
	a := w.explain(t, question("notes", "SELECT", caller("access_bypass", "ann"), nil))
	if a.Plan == "" || strings.Contains(a.Plan, "secret") {
		t.Errorf("the plan of a role with BYPASSRLS:\n%s", a.Plan)
	}
}

// TestRefused: what cannot be asked.
func TestRefused(t *testing.T) {
	w := newWorld(t, policies)
	ann := caller("access_user", "ann")
	key := func(pairs ...string) map[string]string {
		m := map[string]string{}
		for i := 0; i < len(pairs); i += 2 {
			m[pairs[i]] = pairs[i+1]
		}
		return m
	}
	for _, test := range []struct {
		q    access.Question
		want string
	}{
		{question("notes", "SELECT", caller("access_nobody", ""), nil), `does not take on "access_nobody"; the caller roles are access_bypass`},
		{question("notes", "SELECT", caller("access_admin", ""), nil), `does not take on "access_admin"`},
		{question("notes", "SELECT", caller("access_login", ""), nil), `does not take on "access_login"`},
		{question("notes", "SELECT", store.Caller{}, nil), "the caller roles are"},
		{question("nothing", "SELECT", ann, nil), "no relation public.nothing"},
		{question("notes", "SELECT", ann, key("nr", "1")), "nr: public.notes has no such column; its primary key is id"},
		{question("notes", "SELECT", ann, key("team", "1")), "(team) does not tell the rows of public.notes apart; its primary key is id"},
		{question("notes", "SELECT", ann, key("id", "one")), `id: invalid input syntax for type integer: "one"`},
		{question("notes", "SELECT", ann, key("id", "99999999999")), "id: value \"99999999999\" is out of range"},
		{question("notes", "SELECT", ann, key("id", "1", "body", "a\x00")), "body: invalid byte sequence"},
		{question("members", "SELECT", ann, key("team", "1", "who", "ann")), "grant usage on schema \"public\" to \"access_admin\"; grant select on \"public\".\"members\" to \"access_admin\";"},
	} {
		a, err := access.Explain(t.Context(), w.stores, test.q)
		if a != nil || err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s %v: %v, %v, want %s", test.q.Relation, test.q.Key, a, err, test.want)
		}
	}
	// Any unique columns do, whatever their values, and values are no SQL.
	for value, exists := range map[string]bool{`(4,"x\",`: true, "group: one": true, "' or true --": false, "": false} {
		if a := w.explain(t, question("notes", "SELECT", ann, key("body", value))); a.Row.Exists != exists {
			t.Errorf("body %q: exists %v", value, a.Row.Exists)
		}
	}
	var grant *access.GrantError
	_, err := access.Explain(t.Context(), w.stores, question("members", "SELECT", ann, key("team", "1", "who", "ann")))
	if !errors.As(err, &grant) || grant.Unwrap() == nil {
		t.Errorf("a relation that the admin login may not read: %v", err)
	}
}
