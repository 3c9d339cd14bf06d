package catalog_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rowgate/rowgate/store/catalog"
)

func TestPolicies(t *testing.T) {
	cat, d := describe(t, `
create schema other;
create function me() returns text language sql stable as $$ select 'me' $$;
create table members (team int, who text);
create table items (id int, owner text, team int);
create policy z_read on items for select to catalog_user using (owner = (select me()));
create policy a_read on items as restrictive for select to catalog_user, catalog_anon using (id > 0);
create policy adding on items for insert with check (owner = me() and team is not null);
create policy changing on items for update to public using (owner = me()) with check (
  team in (
    select m.team from members m
    where m.who = me()
  )
);
create policy "Remove It" on items for delete to catalog_user using (false);
create policy everything on items to catalog_group using (true);
create policy open on items;
comment on policy a_read on items is E'Nothing\nbelow 1.';
create policy on_members on members using (true);
create table other.hidden (id int);
create policy elsewhere on other.hidden using (true);`)
	r := relation(t, cat, "items")
	want := []catalog.Policy{
		{Name: "a_read", Command: 'r', Roles: []string{"catalog_anon", "catalog_user"}, Using: "(id > 0)", Comment: "Nothing\nbelow 1."},
		{Name: "z_read", Permissive: true, Command: 'r', Roles: []string{"catalog_user"}, Using: "(owner = ( SELECT public.me() AS me))"},
		{Name: "adding", Permissive: true, Command: 'a', Roles: []string{}, Check: "((owner = public.me()) AND (team IS NOT NULL))"},
		{
			Name: "changing", Permissive: true, Command: 'w', Roles: []string{}, Using: "(owner = public.me())",
			Check: "(team IN ( SELECT m.team\n   FROM public.members m\n  WHERE (m.who = public.me())))",
		},
		{Name: "Remove It", Permissive: true, Command: 'd', Roles: []string{"catalog_user"}, Using: "false"},
		{Name: "everything", Permissive: true, Command: '*', Roles: []string{"catalog_group"}, Using: "true"},
		{Name: "open", Permissive: true, Command: '*', Roles: []string{}},
	}
	if diff := cmp.Diff(want, d.Policies(r)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := d.Policies(relation(t, cat, "members")); len(got) != 1 || got[0].Name != "on_members" {
		t.Errorf("policies of members: %+v", got)
	}
	if got := d.Policies(cat.Relation(catalog.Name{Schema: "other", Name: "hidden"})); got != nil {
		t.Errorf("policies of a schema that nobody asked for: %+v", got)
	}
}

func TestChecks(t *testing.T) {
	cat, d := describe(t, `
create schema other;
create domain other.positive as numeric constraint above_0 check (value > 0) constraint finite check (value < 'infinity');
create domain price as other.positive constraint a_below_1000 check (value < 1000) not null;
alter domain price add constraint not_yet check (value <> 13) not valid;
create domain plain as text;
create table items (
  id int not null, gone int, "First Day" date, last_day date, cost price, label plain, doubled int, kind text
    constraint of_kind check (kind in ('a', 'b''c')),
  check ("First Day" <= last_day),
  constraint always check (true),
  constraint of_row check (items is not null)
);
alter table items drop column gone;
alter table items add constraint not_yet check (id > 10) not valid;
create table parent (id int constraint inherited check (id > 0));
create table child () inherits (parent);
create table other.hidden (id int check (id > 0));`)
	r := relation(t, cat, "items")
	want := []catalog.Check{
		{Name: "always", Columns: []string{}, Expr: "true"},
		{Name: "items_check", Columns: []string{"First Day", "last_day"}, Expr: `("First Day" <= last_day)`},
		{Name: "of_kind", Columns: []string{"kind"}, Expr: "(kind = ANY (ARRAY['a'::text, 'b''c'::text]))"},
		{Name: "of_row", Columns: []string{}, Expr: "(items.* IS NOT NULL)"},
	}
	if diff := cmp.Diff(want, d.Checks(r)); diff != "" {
		t.Errorf("of the table (-want +got):\n%s", diff)
	}
	want = []catalog.Check{
		{Name: "above_0", Columns: []string{}, Expr: "(VALUE > (0)::numeric)"},
		{Name: "finite", Columns: []string{}, Expr: "(VALUE < 'Infinity'::numeric)"},
		{Name: "a_below_1000", Columns: []string{}, Expr: "((VALUE)::numeric < (1000)::numeric)"},
	}
	if diff := cmp.Diff(want, d.DomainChecks(r.Column("cost").DeclaredOID)); diff != "" {
		t.Errorf("of the domain (-want +got):\n%s", diff)
	}
	if got := d.DomainChecks(r.Column("label").DeclaredOID); got != nil {
		t.Errorf("of a domain without checks: %+v", got)
	}
	if got := d.Checks(relation(t, cat, "child")); len(got) != 1 || got[0].Name != "inherited" {
		t.Errorf("of a child: %+v", got)
	}
	if got := d.Checks(cat.Relation(catalog.Name{Schema: "other", Name: "hidden"})); got != nil {
		t.Errorf("of a schema that nobody asked for: %+v", got)
	}
}

// What PostgreSQL 18 adds: checks that are not enforced say nothing of the rows.
func TestChecks18(t *testing.T) {
	need(t, 18, "NOT ENFORCED checks")
	cat, d := describe(t, `create table t (id int primary key constraint ignored check (id > 0) not enforced constraint held check (id < 9));`)
	want := []catalog.Check{{Name: "held", Columns: []string{"id"}, Expr: "(id < 9)"}}
	if diff := cmp.Diff(want, d.Checks(relation(t, cat, "t"))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
