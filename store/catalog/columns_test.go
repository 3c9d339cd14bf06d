package catalog_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A view may have NULLs of a domain that refuses them.
func TestNotNullDomainInView(t *testing.T) {
	cat := load(t, `
create domain amount as int not null;
create domain total as amount;
create domain nullable as int;
create domain strict as nullable not null;
create table orders (id int primary key);
create table payments (id int not null references orders, sum amount, all_in_all total, strict strict, unique (id, sum));
create view paid as select o.id, p.sum from orders o left join payments p using (id);
create materialized view paid_once as select * from paid;
create table parted (sum amount) partition by list (sum);`)
	for name, want := range map[string]bool{"payments": true, "paid": false, "paid_once": false, "parted": true} {
		if c := relation(t, cat, name).Column("sum"); c.NotNull != want {
			t.Errorf("%s.sum refuses NULL: %t, want %t", name, c.NotNull, want)
		}
	}
	for _, name := range []string{"all_in_all", "strict"} {
		if !relation(t, cat, "payments").Column(name).NotNull {
			t.Errorf("%s, of a domain over a domain, takes NULL", name)
		}
	}
	// A NULL can get past the domain, so the index alone does not tell rows apart.
	if keys := relation(t, cat, "payments").UniqueKeys; len(keys) != 0 {
		t.Errorf("unique keys %q", keys)
	}
}

func TestDomainDefault(t *testing.T) {
	cat := load(t, `
create domain state as text not null default 'new';
create domain copied as state;
create domain bare as text not null;
create table t (a state, b copied, c bare, d bare default 'x', e state[], f state generated always as ('y') stored);`)
	got := map[string]bool{}
	for _, c := range relation(t, cat, "t").Columns {
		got[c.Name] = c.HasDefault
	}
	want := map[string]bool{"a": true, "b": true, "c": false, "d": true, "e": false, "f": true}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("has a default (-want +got):\n%s", diff)
	}
}

// What PostgreSQL 18 adds: NOT NULL that holds for new rows alone, and
// generated columns that are not stored.
func TestColumns18(t *testing.T) {
	need(t, 18, "NOT NULL NOT VALID and virtual columns")
	cat := load(t, `
create table t (id int primary key, late text, doubled int generated always as (id * 2) virtual);
create unique index on t (late);
insert into t (id) values (1);
alter table t add constraint late_now not null late not valid;
alter table t alter id set not null;`)
	r := relation(t, cat, "t")
	if c := r.Column("late"); c.NotNull {
		t.Error("a column that has a NULL refuses NULL")
	}
	if !r.Column("id").NotNull {
		t.Error("the key takes NULL")
	}
	if diff := cmp.Diff([][]string{{"id"}}, r.UniqueKeys); diff != "" {
		t.Errorf("unique keys (-want +got):\n%s", diff)
	}
	if c := r.Column("doubled"); !c.Generated || !c.HasDefault || c.Assignable() {
		t.Errorf("the virtual column: %+v", c)
	}
}
