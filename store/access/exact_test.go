package access_test

import (
	"encoding/json"
	"strconv"
	"testing"

	"github.com/rowgate/rowgate/store/access"
)

// TestExactRow: what a policy is asked about is, byte for byte, the row that is
// stored, whatever its types, and whatever the two roles' settings make of their
// texts.
func TestExactRow(t *testing.T) {
	w := newWorld(t, `
grant usage on schema public to access_user, access_admin;
do $$ declare role text; begin
  execute format('alter role access_user in database %I set datestyle = ''SQL, DMY''', current_database());
  execute format('alter role access_user in database %I set intervalstyle = ''sql_standard''', current_database());
  execute format('alter role access_user in database %I set timezone = ''Asia/Kolkata''', current_database());
  execute format('alter role access_user in database %I set extra_float_digits = -15', current_database());
  execute format('alter role access_admin in database %I set extra_float_digits = -15', current_database());
  execute format('alter role access_admin in database %I set datestyle = ''SQL, MDY''', current_database());
  execute format('alter role access_admin in database %I set intervalstyle = ''sql_standard''', current_database());
  execute format('alter role access_admin in database %I set bytea_output = ''escape''', current_database());
  execute format('alter role access_admin in database %I set timezone = ''America/New_York''', current_database());
end $$;
create type public.mood as enum ('good', 'so, so', '"bad"', '');
create type public.place as (name text, at point, tags text[]);
create domain public.positive as int check (value > 0);
create table public."Of, all ""types""" (
  "the id" int primary key, gone text, b bytea, n numeric, n2 numeric(10,4), f4 real, f8 double precision, c char(5), v varchar(5), q "char",
  ts timestamp, tz timestamptz, d date, tm time, tt timetz, i interval, m public.mood, p public.place, ps public.place[], dm public.positive,
  r int4range, mr int4multirange, tr tstzrange, j json, jb jsonb, x xml, bi bit(3), vb varbit, net inet, mac macaddr, u uuid, mo money,
  pt point, box box, path path, tv tsvector, tq tsquery, o oid, rc regclass, arr int[], arr2 text[][], nm name, ls pg_lsn, t text,
  gen text generated always as (t || '!') stored);
alter table public."Of, all ""types""" drop column gone;
insert into public."Of, all ""types""" values
  (1, '\x00ff5c22', 'Infinity', 1.1, 'NaN', '-0', 'ab', 'a b', 'x', 'infinity', '2026-01-02 03:04:05.000001+00', '4713-01-01 BC', '24:00', '23:59:59.999999-12',
   '-1 year 2 days -03:04:05.6', 'so, so', row('a"b\,(', '(1e-300,NaN)', '{"x,y",null,""}'), array[row('x', null, '{}')::public.place, null], 7,
   'empty', '{[1,3),[5,)}', '[2026-01-01 00:00:00+00,)', '{"a" : 1,  "a":2}', '{"z": 1.10, "n": null}', '<a>&amp;</a>', '101', '', '::1/64', '08:00:2b:01:02:03', '00000000-0000-0000-0000-00000000000f', '-1234.56',
   '(0.1,-0)', '((1,2),(3,4))', '[(0,0),(1,1)]', 'fat:1A cat:2', 'fat & !cat', 4294967295, 'public."Of, all ""types"""', '[0:1]={1,null}', '{{"null",NULL},{"",","}}', 'na me', '16/B374D848', E'line\nbreak\t"q" \\ ''(),{}'),
  (2, '', 'NaN', -0.0001, 'Infinity', 0.1, '', '', '', '0001-01-01', '-infinity', 'infinity', '00:00', '00:00+15:59',
   '0.000001 s', '', row('', null, null), '{}', 1, '[,]', '{}', null, 'null', '"\u00e9"', 'text', '000', '1', '10.0.0.0/8', 'ff:ff:ff:ff:ff:ff', null, '0',
   null, null, null, '', '', 0, '0', '{}', '{}', '', '0/0', '');
insert into public."Of, all ""types""" ("the id") values (3);
alter table public."Of, all ""types""" enable row level security;
-- It runs as the superuser, who sees what is stored.
create function public.stored(given public."Of, all ""types""") returns bool language sql stable security definer as
  $$ select exists (select from public."Of, all ""types""" s where s."the id" = given."the id" and s *= given) $$;
create policy whole on public."Of, all ""types""" using (public.stored("Of, all ""types"""));
create policy one on public."Of, all ""types""" using ("the id" = 1 and m = 'so, so' and f8 = '-0' and n = 'Infinity' and (p).name like 'a%' and gen like '%!');
create policy zone on public."Of, all ""types""" using (tz::text like '%IST');
create policy stands on public."Of, all ""types""" using (tableoid <> 0);
grant select on public."Of, all ""types""" to access_user, access_admin;`)
	if w.version(t) >= 180000 {
		if _, err := w.super.Exec(t.Context(), `alter table public."Of, all ""types""" add column virtual text generated always as (coalesce(t, '-') || '?') virtual;
			alter policy zone on public."Of, all ""types""" using (tz::text like '%IST' and virtual like '%?')`); err != nil {
			t.Fatal(err)
		}
	}
	want := map[int]string{1: "t t t raises", 2: "t f f raises", 3: "t f f raises"}
	for id := 1; id <= 3; id++ {
		a := w.explain(t, question(`Of, all "types"`, "SELECT", caller("access_user", "ann"), map[string]string{"the id": strconv.Itoa(id)}))
		got := map[string]access.Policy{}
		for _, p := range a.Policies {
			got[p.Name] = p
		}
		said := verdict(got["whole"]) + " " + verdict(got["one"]) + " " + verdict(got["zone"]) + " " + verdict(got["stands"])
		if said != want[id] {
			t.Errorf("row %d: whole, one, zone and stands say %s, want %s\n%+v", id, said, want[id], a.Policies)
		}
		if e := got["stands"].Error; e != `column "tableoid" does not exist (columns such as tableoid and ctid, which a row has in its table alone, cannot be asked about here)` {
			t.Errorf("the error of a policy on tableoid: %s", e)
		}
		if !a.Row.Visible || a.Keys[0] != `{"the id": "1"}` {
			t.Errorf("row %d: visible %v, keys %v, %v", id, a.Row.Visible, a.Keys, a.Notes)
		}
	}
	// Each type that can be compared can be a key's.
	for column, value := range map[string]string{
		"b": `\x00ff5c22`, "n": "Infinity", "c": "ab", "v": "a b", "tz": "2026-01-02 03:04:05.000001+00", "m": "so, so", "dm": "7", "r": "empty",
		"i": "-1 year 2 days -03:04:05.6", "bi": "101", "arr2": `{{"null",NULL},{"",","}}`, "q": "x", "mo": "-1234.56",
	} {
		// With the primary key the rest may be anything.
		key := map[string]string{"the id": "1", column: value}
		a := w.explain(t, question(`Of, all "types"`, "SELECT", caller("access_user", "ann"), key))
		if !a.Row.Exists || !a.Row.Visible {
			t.Errorf("%s %q: %+v %v", column, value, a.Row, a.Notes)
		}
		key["the id"] = "3"
		if a := w.explain(t, question(`Of, all "types"`, "SELECT", caller("access_user", "ann"), key)); a.Row.Exists {
			t.Errorf("%s %q: a row that has another value exists", column, value)
		}
	}
}

// TestKeysOfDates: the keys that are told are the same to everybody.
func TestKeysOfDates(t *testing.T) {
	w := newWorld(t, `
grant usage on schema public to access_user, access_admin;
do $$ begin
  execute format('alter role access_user in database %I set datestyle = ''SQL, DMY''', current_database());
  execute format('alter role access_user in database %I set timezone = ''Asia/Kolkata''', current_database());
  execute format('alter role access_admin in database %I set datestyle = ''SQL, MDY''', current_database());
  execute format('alter role access_admin in database %I set timezone = ''America/New_York''', current_database());
end $$;
create table public.days (day date, at timestamptz, q "char", primary key (day, at, q));
insert into public.days values ('2026-02-01', '2026-02-01 12:00:00+00', 'x'), ('2026-01-02', '2026-01-02 12:00:00+00', 'y');
grant select on public.days to access_user, access_admin;`)
	a := w.explain(t, question("days", "SELECT", caller("access_user", "ann"), nil))
	if len(a.Keys) != 2 || a.Keys[0] != `{"day": "2026-01-02", "at": "2026-01-02 17:30:00+05:30", "q": "y"}` {
		t.Fatalf("the keys are %q, %v", a.Keys, a.Notes)
	}
	for _, text := range append(a.Keys, `{"day": "01/02/2026", "at": "2026-01-02 07:00", "q": "y"}`) {
		var key map[string]string
		if err := json.Unmarshal([]byte(text), &key); err != nil {
			t.Fatal(err)
		}
		if b := w.explain(t, question("days", "SELECT", caller("access_user", "ann"), key)); !b.Row.Exists || !b.Row.Visible {
			t.Errorf("%s: %+v %v", text, b.Row, b.Notes)
		}
	}
}
